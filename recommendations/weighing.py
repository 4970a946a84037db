"""How much the merchant's wishes and the shopper's eyes change a score. Everything is a factor; 1 changes nothing."""

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from recommendations import similar, step_up
from recommendations.request import Kind, Policy, Product, Request, Suggestion

BOOST_LOW, BOOST_HIGH = 0.25, 4.0
_PRICED: Final = frozenset({Kind.STEP_UP, Kind.SIMILAR})


def weights(found: Sequence[Suggestion], request: Request, shelf: Mapping[str, Product]) -> list[float]:
    """A factor for each suggestion: those that may be shown, as margins are compared among them alone."""
    products = [shelf[one.product] for one in found]
    margins = margin_weights(products, request.policy.margin_boost)
    prices = price_weights(found, request, shelf)
    return [
        boost(product, request.policy) * margin * freshness(product.id, request) * price
        for product, margin, price in zip(products, margins, prices, strict=True)
    ]


def price_weights(found: Sequence[Suggestion], request: Request, shelf: Mapping[str, Product]) -> list[float]:
    """Less for a better version the dearer it is, and for a stand-in the farther its price is; 1 for all others."""
    if not any(one.reason.kind in _PRICED for one in found):
        return [1.0] * len(found)
    ranked = similar.rank(step_up.rank(found, request, shelf), request, shelf)
    scores = {one.product: one.score for one in ranked}
    return [scores[one.product] / one.score for one in found]


def boost(product: Product, policy: Policy) -> float:
    """The merchant's factor: the product's own, else its category's, else 1."""
    boosts: Mapping[str, float] = policy.boosts
    said = boosts.get(product.id)
    if said is None:
        said = boosts.get(product.category) if product.category else None
    if said is None or math.isnan(said):
        return 1.0
    return min(max(said, BOOST_LOW), BOOST_HIGH)


def margin_weights(products: Sequence[Product], how_much: float) -> list[float]:
    """1 for no margin … 1 + `how_much` for the best of these, by the margin's share in the price.

    An unknown margin counts as the median of the known ones, so that it is neither punished nor favoured.
    """
    how_much = 0.0 if math.isnan(how_much) else min(max(how_much, 0.0), 1.0)
    shares = [_share(product) for product in products]
    known = [share for share in shares if share is not None]
    best = max(known, default=0.0)
    if how_much == 0.0 or best <= 0.0:
        return [1.0] * len(products)
    usual = median(known)
    return [1.0 + how_much * (usual if share is None else share) / best for share in shares]


def freshness(product: str, request: Request) -> float:
    """1 for what the shopper was never shown, less with each time it was not followed, 0 when it was seen enough."""
    seen, most = request.shown.get(product, 0), request.policy.shown_most
    return 1.0 - seen / most if 0 < seen < most else float(seen <= 0 < most)


def _share(product: Product) -> float | None:
    """Of the price, 0 … 1; None if it is not known. What is sold at a loss earns as little as what earns nothing."""
    if product.margin_minor is None or not product.price_minor or product.price_minor < 0:
        return None
    return min(max(product.margin_minor / product.price_minor, 0.0), 1.0)
