"""The merchant's wishes, from rows to the words of `recommendations/`."""

from collections.abc import Iterable, Sequence

from recommendations import Policy
from tracking.models.recommendation_policy import RecommendationPolicy


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
