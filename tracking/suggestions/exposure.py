"""What a shopper was shown and sent away, who is held out, what is turned off: read wherever something is suggested.

A shopper is a customer with all their orders; a guest is one order. Reads a few rows along indexes and writes nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from tracking.models.order import Order
from tracking.models.product import Product
from tracking.models.recommendation import (
    RecommendationDismissal,
    RecommendationFactor,
    RecommendationSettings,
    RecommendationSwitch,
    RecommendationUse,
    SwitchScope,
)
from tracking.models.store import Store
from tracking.platform import security

# one in so many: what a share is compared with
_STEPS = 2**32


@dataclass(frozen=True, slots=True)
class Off:
    """What is turned off in a store: everything, kinds by name, products by reference."""

    everything: bool = False
    kinds: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()


def dismissed(session: Session, order: Order) -> set[str]:
    """References of products that the order's shopper does not want to see."""
    found = session.scalars(
        select(Product.ref)
        .join(RecommendationDismissal, RecommendationDismissal.product_id == Product.id)
        .where(of_shopper(order, RecommendationDismissal), Product.store_id == order.store_id)
    )
    return set(found)


def dismissed_since(session: Session, order: Order, since: datetime) -> list[tuple[str, str, datetime]]:
    """Reference, title and time of what was sent away beside this very order since then, newest first."""
    rows = session.execute(
        select(Product.ref, Product.title, RecommendationDismissal.at)
        .join(RecommendationDismissal, RecommendationDismissal.product_id == Product.id)
        .where(RecommendationDismissal.order_id == order.id, RecommendationDismissal.at >= since)
        .order_by(RecommendationDismissal.at.desc(), Product.ref)
    )
    return [(ref, title, at) for ref, title, at in rows]


def views(session: Session, order: Order) -> dict[str, int]:
    """Reference → how often the order's shopper was shown the product, anywhere, without ever following it."""
    rows = session.execute(
        select(Product.ref, func.sum(RecommendationUse.shown))
        .join(RecommendationUse, RecommendationUse.product_id == Product.id)
        .where(of_shopper(order, RecommendationUse), Product.store_id == order.store_id)
        .group_by(Product.ref)
        .having(func.sum(RecommendationUse.clicks) == 0)
    )
    return {ref: int(times) for ref, times in rows}


def is_held_out(session: Session, order: Order) -> bool:
    """The shopper is one of those who see no recommendations, so that what these do can be measured."""
    percent = held_out_percent(session, order.store_id)
    return percent > 0 and draw(order.store, order) < percent / 100


def held_out_percent(session: Session, store_id: int) -> int:
    """How many shoppers in a hundred are held out; 0 before a store has begun with it."""
    return (
        session.scalar(
            select(RecommendationSettings.held_out_percent).where(RecommendationSettings.store_id == store_id)
        )
        or 0
    )


def draw(store: Store, order: Order) -> float:
    """The lot of the order's shopper, 0 … 1: always the same, and nobody without the key can tell it."""
    who = f"customer {order.customer_id}" if order.customer_id is not None else f"order {order.public_id}"
    return int(security.subject_key(f"held out|{store.public_id}|{who}")[:8], 16) / _STEPS


def switched_off(session: Session, store_id: int) -> Off:
    """What the guard turned off and nobody turned on again."""
    rows = session.execute(
        select(RecommendationSwitch.scope, RecommendationSwitch.subject).where(
            RecommendationSwitch.store_id == store_id, RecommendationSwitch.on_at.is_(None)
        )
    ).all()
    by_scope: dict[SwitchScope, set[str]] = {scope: set() for scope in SwitchScope}
    for scope, subject in rows:
        by_scope[scope].add(subject)
    return Off(
        bool(by_scope[SwitchScope.ALL]),
        frozenset(by_scope[SwitchScope.KIND]),
        frozenset(by_scope[SwitchScope.PRODUCT]),
    )


def factors(session: Session, store_id: int, refs: Collection[str]) -> Mapping[str, float]:
    """Reference → what clicks say of the product, 0.5 … 2; products that are not in it: 1."""
    rows = session.execute(
        select(Product.ref, RecommendationFactor.factor)
        .join(RecommendationFactor, RecommendationFactor.product_id == Product.id)
        .where(Product.store_id == store_id, Product.ref.in_(refs), RecommendationFactor.store_id == store_id)
    )
    return {row.ref: row.factor for row in rows}


def of_shopper(order: Order, row: Any) -> ColumnElement[bool]:
    """Rows of the order's customer, or of the order: those of a guest who became a customer count too."""
    if order.customer_id is None:
        return row.order_id == order.id  # type: ignore[no-any-return]
    return or_(row.customer_id == order.customer_id, row.order_id == order.id)
