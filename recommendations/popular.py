"""How many people bought each product, lately and ever, and since when it is sold.

Lately is measured with several half-lives at once: what matters in one shop is this week, in another this year. Each
buyer counts once, at their latest purchase of the product. Every column can be brought forward in time and added to,
so that news of an hour need no new count (`forward`, `add`).
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from recommendations.orders import Orders

DAY_S = 86400.0
HALF_LIVES_D = (4.0, 12.0, 36.0, 108.0, 324.0)


@dataclass(frozen=True, slots=True, eq=False)
class Popular:
    """Of each product, by number.

    recent  one column for each of HALF_LIVES_D: its buyers, half after that many days
    buyers  over all time, an order without customer being a buyer of its own
    people  different customers;  orders  different orders
    first, last  when it was first and last ordered, seconds since 1970; +inf and -inf if never
    """

    recent: npt.NDArray[np.float32]
    buyers: npt.NDArray[np.int32]
    people: npt.NDArray[np.int32]
    orders: npt.NDArray[np.int32]
    first: npt.NDArray[np.float64]
    last: npt.NDArray[np.float64]


def fit_popular(orders: Orders, as_of: float) -> Popular:
    """Count each product's buyers. Orders placed after `as_of` (seconds since 1970) count as placed then."""
    n = len(orders.products)
    at = np.minimum(orders.placed_at, as_of)[orders.line_order]
    buyer = orders.buyer[orders.line_order]
    # the first line of each (product, buyer) is the latest purchase
    newest = np.lexsort((-at, buyer, orders.line_product))
    product, buyer = orders.line_product[newest], buyer[newest]
    latest = newest[(np.diff(product, prepend=-1) != 0) | (np.diff(buyer, prepend=-1) != 0)]
    product, age_d = orders.line_product[latest], (as_of - at[latest]) / DAY_S
    recent = [np.bincount(product, weights=0.5 ** (age_d / half), minlength=n) for half in HALF_LIVES_D]
    first, last = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(first, orders.line_product, at)
    np.maximum.at(last, orders.line_product, at)
    known = orders.known[orders.line_order][latest]
    return Popular(
        np.stack(recent, axis=1).astype(np.float32),
        np.bincount(product, minlength=n).astype(np.int32),
        np.bincount(product[known], minlength=n).astype(np.int32),
        np.bincount(orders.line_product, minlength=n).astype(np.int32),
        first,
        last,
    )


def forward(popular: Popular, seconds: float) -> Popular:
    """The same some seconds later; not before 0."""
    faded = 0.5 ** (max(0.0, seconds) / DAY_S / np.array(HALF_LIVES_D))
    return replace(popular, recent=(popular.recent * faded).astype(np.float32))


def add(popular: Popular, news: Popular) -> Popular:
    """Both together, as of one instant. Who bought a product in both is not counted as two people: of these counts the
    larger stands, so that they may be too small and are never too large.
    """
    return Popular(
        popular.recent + news.recent,
        np.maximum(popular.buyers, news.buyers),
        np.maximum(popular.people, news.people),
        popular.orders + news.orders,
        np.minimum(popular.first, news.first),
        np.maximum(popular.last, news.last),
    )
