"""What most people bought lately: the answer when nothing better is known.

Ranked by different buyers, each counted once at their latest purchase of the product, half after HALF_LIFE_S. The
people and orders of a reason are plain counts over all time.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from recommendations.orders import Orders
from recommendations.request import Kind

HALF_LIFE_S = 30 * 86400.0
MIN_BUYERS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Popular:
    """Product numbers, best first, with a score between 0 and 1 and the counts of the reason."""

    kind: ClassVar[Kind] = Kind.POPULAR

    product: npt.NDArray[np.int32]
    score: npt.NDArray[np.float32]
    people: npt.NDArray[np.int32]
    orders: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Buyers:
    """Who bought each product: `recent` weighs buyers by age, the others are plain counts over all time."""

    recent: npt.NDArray[np.float64]
    buyers: npt.NDArray[np.int64]
    people: npt.NDArray[np.int64]
    orders: npt.NDArray[np.int64]


def count_buyers(orders: Orders, as_of: float) -> Buyers:
    """Count each product's buyers. Orders placed after `as_of` (seconds since 1970) count as placed then."""
    n = len(orders.products)
    buyer = orders.buyer[orders.line_order]
    age = np.maximum(0.0, as_of - orders.placed_at[orders.line_order])
    # the first line of each (product, buyer) is the latest purchase
    newest = np.lexsort((age, buyer, orders.line_product))
    product, buyer, age = orders.line_product[newest], buyer[newest], age[newest]
    first = (np.diff(product, prepend=-1) != 0) | (np.diff(buyer, prepend=-1) != 0)
    known = orders.known[orders.line_order][newest]
    weights = 0.5 ** (age[first] / HALF_LIFE_S)
    return Buyers(
        np.bincount(product[first], weights=weights, minlength=n).astype(np.float64),
        np.bincount(product[first], minlength=n),
        np.bincount(product[first & known], minlength=n),
        np.bincount(orders.line_product, minlength=n),
    )


def fit_popular(found: Buyers, allowed: npt.NDArray[np.bool_]) -> Popular:
    """Rank the allowed products that at least MIN_BUYERS bought; ties by product number."""
    ranked = np.lexsort((np.arange(len(allowed)), -found.buyers, -found.recent))
    ranked = ranked[allowed[ranked] & (found.buyers[ranked] >= MIN_BUYERS)]
    score = found.recent[ranked] / max(float(found.recent.max(initial=0.0)), np.finfo(float).tiny)
    return Popular(
        ranked.astype(np.int32),
        score.astype(np.float32),
        found.people[ranked].astype(np.int32),
        found.orders[ranked].astype(np.int32),
    )
