"""The merchant's wishes and the catalogue, from rows to the words of `recommendations/`."""

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from recommendations import Policy
from recommendations import Product as Shown
from tracking.models.product import Product
from tracking.models.recommendation_policy import RecommendationPolicy, find_policy
from tracking.models.store import Store


def policy_of(session: Session, store: Store) -> Policy:
    """What the store's merchant wants; the defaults if nothing was ever said. One read by primary key."""
    return as_policy(find_policy(session, store.id))


def as_policy(row: RecommendationPolicy) -> Policy:
    """A row of wishes in the words of the rules."""
    pinned: dict[str, list[str]] = {}
    for product, beside in row.pinned:
        pinned.setdefault(beside, []).append(product)
    return Policy(
        pinned=pinned,
        excluded=frozenset(row.excluded),
        excluded_categories=frozenset(row.excluded_categories),
        apart=frozenset((one, other) for one, other in row.apart),
        # where a product is called like a category, what was said of the product counts
        boosts={**_factors(row.category_boosts), **_factors(row.boosts)},
        margin_boost=row.margin_weight / 100,
        consumables=frozenset(row.consumables),
        step_up_most=row.step_up_percent / 100,
        shown_most=row.shown_most,
    )


def on_shelf(row: Product) -> Shown:
    """A product as it is now, for the rules and for what is learnt of titles and attributes."""
    margin = None
    if row.cost_minor is not None and row.price_minor is not None:
        margin = row.price_minor - row.cost_minor
    return Shown(
        id=row.ref,
        title=row.title,
        group=row.group_ref or "",
        category=row.category or "",
        price_minor=row.price_minor,
        available=row.in_stock,
        margin_minor=margin,
        consumable=row.consumable,
        parts=tuple(row.parts),
        attributes={name: str(value) for name, value in row.attributes.items()},
    )


def _factors(boosts: Iterable[Sequence[str | int]]) -> dict[str, float]:
    return {str(what): int(percent) / 100 for what, percent in boosts}
