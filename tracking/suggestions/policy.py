"""The merchant's wishes: the row that holds them, what it may hold, and the words of `recommendations/`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from recommendations import Policy
from tracking.models import Store
from tracking.models.recommendation_policy import (
    MARGIN_WEIGHT_MOST,
    SHOWN_MOST_LOW,
    SHOWN_MOST_MOST,
    STEP_UP_PERCENT_LOW,
    STEP_UP_PERCENT_MOST,
    RecommendationPolicy,
    default_policy,
)
from tracking.platform.errors import InputError

# where they may stand
PLACES: Final = ("on_page", "in_emails")
# least and most of each number
BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "margin_weight": (0, MARGIN_WEIGHT_MOST),
    "step_up_percent": (STEP_UP_PERCENT_LOW, STEP_UP_PERCENT_MOST),
    "shown_most": (SHOWN_MOST_LOW, SHOWN_MOST_MOST),
}


def locked(session: Session, store: Store) -> RecommendationPolicy:
    """The store's wishes, as `own`, which nobody else changes until the commit."""
    session.refresh(store, with_for_update=True)
    return own(session, store)


def own(session: Session, store: Store) -> RecommendationPolicy:
    """The row of the store; a new one with the defaults if it has none. Call it while the store is locked."""
    row = session.get(RecommendationPolicy, store.id, populate_existing=True)
    if row is None:
        row = default_policy(store.id)
        session.add(row)
    return row


def keep(row: RecommendationPolicy, values: Mapping[str, bool | int]) -> list[str]:
    """Set places and numbers; the names of those that differ.

    raises  InputError for a number out of BOUNDS; nothing is set then
    """
    for name, (low, high) in BOUNDS.items():
        if not low <= values.get(name, low) <= high:
            raise InputError(f"This is {low} to {high}.", field=name)
    names = [name for name in (*PLACES, *BOUNDS) if name in values and getattr(row, name) != values[name]]
    for name in names:
        setattr(row, name, values[name])
    return names


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


def _factors(boosts: Iterable[Sequence[str | int]]) -> dict[str, float]:
    return {str(what): int(percent) / 100 for what, percent in boosts}
