"""What a shopper sent away, who is held out, what is turned off, what clicks say.

A shopper is a customer with all their orders; a guest is one order. Reads a few rows along indexes and writes nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from tracking.models.order import Order
from tracking.models.product import Product
from tracking.models.recommendation import (
    RecommendationDismissal,
    RecommendationFactor,
    RecommendationSettings,
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


def dismissed_since(session: Session, order: Order, since: datetime) -> list[tuple[str, str, datetime]]:
    """Reference, title and time of what was sent away beside this very order since then, newest first."""
    rows = session.execute(
        select(Product.ref, Product.title, RecommendationDismissal.at)
        .join(RecommendationDismissal, RecommendationDismissal.product_id == Product.id)
        .where(RecommendationDismissal.order_id == order.id, RecommendationDismissal.at >= since)
        .order_by(RecommendationDismissal.at.desc(), Product.ref)
    )
    return [(ref, title, at) for ref, title, at in rows]


def is_held_out(session: Session, order: Order) -> bool:
    """The shopper is one of those who see no recommendations, so that what these do can be measured."""
    return is_among(order, held_out_percent(session, order.store_id))


def is_among(order: Order, percent: int) -> bool:
    """The order's shopper is drawn where so many in a hundred are."""
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


def off_of(switches: Iterable[tuple[SwitchScope, str]]) -> Off:
    """What is turned off by these: scope and subject of each."""
    by_scope: dict[SwitchScope, set[str]] = {scope: set() for scope in SwitchScope}
    for scope, subject in switches:
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
