"""Asking what to show: rows of an order in, products on the shelf out. Cheap enough for a page, or nothing."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recommendations import Product as Shown
from recommendations import Reason, Request, candidates, recommend
from tracking.models.order import NOT_KEPT, Order, OrderLine, OrderState
from tracking.models.product import Product
from tracking.suggestions.artefacts import load
from tracking.suggestions.suggested import SuggestedProduct
from tracking.suggestions.trouble import is_in_trouble

# products somebody bought before, newest first: more than a household buys in a life
MAX_OWNED = 5000


def for_order(session: Session, order: Order, *, state_dir: Path, limit: int = 3) -> tuple[SuggestedProduct, ...]:
    """What to show on the order's page, best first; () while the order is in trouble or nothing is worth showing.

    At most four queries beside the order's store and shipments, however much the customer bought.
    """
    if limit <= 0 or is_in_trouble(session, order):
        return ()
    model = load(state_dir, order.store)
    if model is None:
        return ()
    lines = _bought(session, order)
    owned = _owned(session, order)
    request = Request(
        basket=[product.ref for line, product in lines if line.state not in NOT_KEPT],
        history=[[ref for ref, *_ in same] for _, same in groupby(owned, key=lambda row: row[3])],
        excluded=[product.ref for _, product in lines],
        limit=limit,
    )
    rows = _rows(session, order.store_id, [found.product for found in candidates(model, request)])
    # what the shopper has is on the shelf only so that its variants are recognised
    shelf = {ref: Shown(ref, title, group or "", available=False) for ref, group, title, _ in owned}
    shelf |= {product.ref: _shown(product) for product in (*(product for _, product in lines), *rows.values())}
    titles = {ref: title for ref, _, title, _ in owned} | {product.ref: line.title for line, product in lines}
    return tuple(
        _suggested(rows[found.product], found.reason, titles.get(found.reason.anchor or ""))
        for found in recommend(model, request, shelf)
    )


def _bought(session: Session, order: Order) -> list[tuple[OrderLine, Product]]:
    """The order's lines whose product the store still has."""
    rows = session.execute(
        select(OrderLine, Product)
        .join(Product, Product.id == OrderLine.product_id)
        .where(OrderLine.order_id == order.id)
        .order_by(OrderLine.position, OrderLine.id)
    )
    return [(line, product) for line, product in rows]


def _owned(session: Session, order: Order) -> Sequence[tuple[str, str | None, str, datetime]]:
    """Reference, group, title and time of the last purchase of what the customer's other orders hold, newest first."""
    if order.customer_id is None:
        return ()
    bought_at = func.max(Order.placed_at, type_=Order.placed_at.type)
    rows = session.execute(
        select(Product.ref, Product.group_ref, Product.title, bought_at)
        .join(OrderLine, OrderLine.product_id == Product.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            Order.customer_id == order.customer_id,
            Order.store_id == order.store_id,
            Order.id != order.id,
            Order.state != OrderState.CANCELLED,
        )
        .group_by(Product.id, Product.ref, Product.group_ref, Product.title)
        .order_by(bought_at.desc(), Product.ref)
        .limit(MAX_OWNED)
    )
    return [(ref, group, title, at) for ref, group, title, at in rows]


def _rows(session: Session, store_id: int, refs: Sequence[str]) -> dict[str, Product]:
    """Those of the products that a page can link to."""
    found = session.scalars(select(Product).where(Product.store_id == store_id, Product.ref.in_(refs)))
    return {row.ref: row for row in found if row.url and row.url.startswith(("https://", "http://"))}


def _shown(row: Product) -> Shown:
    return Shown(row.ref, row.title, row.group_ref or "", row.category or "", row.price_minor, row.in_stock)


def _suggested(row: Product, reason: Reason, anchor_title: str | None) -> SuggestedProduct:
    return SuggestedProduct(
        ref=row.ref,
        title=row.title,
        variant=row.variant,
        price_minor=row.price_minor,
        currency=row.currency,
        image_url=row.image_url,
        url=row.url or "",
        kind=reason.kind,
        anchor_title=anchor_title,
        people=reason.people,
        orders=reason.orders,
    )
