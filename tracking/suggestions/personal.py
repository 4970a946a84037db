"""What is kept of one customer's way with recommendations: shown to them, and erased. Flushes, never commits."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tracking.models.customer import Customer
from tracking.models.order import Order
from tracking.models.product import Product
from tracking.models.recommendation import RecommendationDismissal, RecommendationTrial, RecommendationUse
from tracking.platform.db import changed
from tracking.suggestions.retention import fold_trials, fold_uses


def export(session: Session, customer: Customer) -> dict[str, list[dict[str, Any]]]:
    """Everything there is, as JSON values: what was shown beside which order, what was sent away, and their group."""
    use, away = RecommendationUse, RecommendationDismissal
    uses = session.execute(
        select(use, Order.number, Product.ref, Product.title)
        .join(Order, Order.id == use.order_id)
        .join(Product, Product.id == use.product_id)
        .where(use.customer_id == customer.id)
        .order_by(use.id)
    )
    dismissals = session.execute(
        select(away.at, Order.number, Product.ref, Product.title)
        .join(Order, Order.id == away.order_id)
        .join(Product, Product.id == away.product_id)
        .where(away.customer_id == customer.id)
        .order_by(away.id)
    )
    trials = session.scalars(select(RecommendationTrial).where(RecommendationTrial.customer_id == customer.id))
    return {
        "shown": [
            {
                "order": number,
                "product": ref,
                "title": title,
                "surface": row.surface.value,
                "kind": row.kind,
                "times": row.shown,
                "followed": row.clicks,
                "first_at": row.first_at.isoformat(),
                "last_at": row.last_at.isoformat(),
            }
            for row, number, ref, title in uses
        ],
        "dismissed": [
            {"order": number, "product": ref, "title": title, "at": at.isoformat()}
            for at, number, ref, title in dismissals
        ],
        "compared": [
            {"sees_recommendations": not row.held_out, "since": row.began_at.isoformat(), "orders": row.orders}
            for row in trials
        ],
    }


def forget(session: Session, customer: Customer) -> int:
    """Erase all of it, and keep what it adds up to. Returns how many rows went."""
    uses = session.scalars(select(RecommendationUse.id).where(RecommendationUse.customer_id == customer.id)).all()
    counted = session.scalars(
        select(RecommendationTrial.id).where(
            RecommendationTrial.customer_id == customer.id, RecommendationTrial.counted_at.is_not(None)
        )
    ).all()
    gone = fold_uses(session, uses) + fold_trials(session, counted)
    for row in (RecommendationTrial, RecommendationDismissal):
        gone += changed(session.execute(delete(row).where(row.customer_id == customer.id)))
    return gone
