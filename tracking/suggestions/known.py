"""What is known before anything is suggested: of the store in one read, of the shopper in another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import CompoundSelect, bindparam, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session

from recommendations import Policy
from tracking.models.order import Order
from tracking.models.product import Product
from tracking.models.recommendation import (
    RecommendationDismissal,
    RecommendationFactor,
    RecommendationSettings,
    RecommendationSwitch,
    RecommendationUse,
)
from tracking.models.recommendation_policy import RecommendationPolicy, default_policy
from tracking.models.store import Store
from tracking.suggestions.exposure import Off, off_of
from tracking.suggestions.policy import as_policy


@dataclass(frozen=True, slots=True)
class StoreSays:
    """What a store wants of recommendations.

    policy            the merchant's wishes;  on_page, in_emails  where the merchant wants any
    off               what the guard turned off
    held_out_percent  how many shoppers in a hundred see none
    has_factors       clicks say something of some of its products
    has_merged        some of its products became others
    """

    policy: Policy = field(default_factory=Policy)
    on_page: bool = True
    in_emails: bool = True
    off: Off = field(default_factory=Off)
    held_out_percent: int = 0
    has_factors: bool = False
    has_merged: bool = False


@dataclass(frozen=True, slots=True)
class ShopperSays:
    """What a shopper did with what was shown: references sent away, and how often each other was seen in vain."""

    dismissed: frozenset[str] = frozenset()
    views: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


_STORE: Final = (
    select(
        RecommendationPolicy,
        RecommendationSettings.held_out_percent,
        RecommendationSwitch.scope,
        RecommendationSwitch.subject,
        select(RecommendationFactor.product_id)
        .where(RecommendationFactor.store_id == bindparam("store"))
        .exists()
        .label("has_factors"),
        select(Product.id)
        .where(Product.store_id == bindparam("store"), Product.became_ref.is_not(None))
        .exists()
        .label("has_merged"),
    )
    .select_from(Store)
    .outerjoin(RecommendationPolicy, RecommendationPolicy.store_id == Store.id)
    .outerjoin(RecommendationSettings, RecommendationSettings.store_id == Store.id)
    .outerjoin(RecommendationSwitch, (RecommendationSwitch.store_id == Store.id) & RecommendationSwitch.on_at.is_(None))
    .where(Store.id == bindparam("store"))
)


def of_store(session: Session, store_id: int) -> StoreSays:
    """What the store says; the defaults if nothing was ever said. One read by primary keys."""
    rows = session.execute(_STORE, {"store": store_id}).all()
    if not rows:
        return StoreSays()
    found: RecommendationPolicy | None = rows[0][0]
    kept = default_policy(store_id) if found is None else found
    return StoreSays(
        policy=as_policy(kept),
        on_page=kept.on_page,
        in_emails=kept.in_emails,
        off=off_of((row.scope, row.subject) for row in rows if row.scope is not None),
        held_out_percent=rows[0].held_out_percent or 0,
        has_factors=bool(rows[0].has_factors),
        has_merged=bool(rows[0].has_merged),
    )


def of_shopper(session: Session, order: Order) -> ShopperSays:
    """What the order's shopper did: a customer beside any of their orders, a guest beside this one. One read."""
    who = {"store": order.store_id, "order": order.id}
    if order.customer_id is None:
        rows = session.execute(_GUEST, who).all()
    else:
        rows = session.execute(_CUSTOMER, who | {"customer": order.customer_id}).all()
    return ShopperSays(
        frozenset(row.ref for row in rows if row.is_away),
        {row.ref: int(row.times) for row in rows if not row.is_away},
    )


def _shopper(*, is_guest: bool) -> CompoundSelect[Any]:
    """Rows of the order's customer, or of the order: those of a guest who became a customer count too."""
    use, away = RecommendationUse, RecommendationDismissal

    def theirs(row: Any) -> Any:
        here = row.order_id == bindparam("order")
        return here if is_guest else or_(row.customer_id == bindparam("customer"), here)

    here = Product.store_id == bindparam("store")
    sent_away: Any = (
        select(Product.ref, literal_column("1").label("is_away"), literal_column("0").label("times"))
        .join(away, away.product_id == Product.id)
        .where(theirs(away), here)
    )
    seen: Any = (
        select(Product.ref, literal_column("0"), func.sum(use.shown))
        .join(use, use.product_id == Product.id)
        .where(theirs(use), here)
        .group_by(Product.ref)
        .having(func.sum(use.clicks) == 0)
    )
    return union_all(sent_away, seen)


_GUEST: Final = _shopper(is_guest=True)
_CUSTOMER: Final = _shopper(is_guest=False)
