"""How many people bought each product, lately and ever, and since when it is sold.

Lately is measured with several half-lives at once: what matters in one shop is this week, in another this year. Each
buyer counts once, at their latest purchase of the product. Every column can be brought forward in time and added to,
so that news of an hour need no new count (`refresh`).
"""

from dataclasses import dataclass

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
    first, last  when it was first and last ordered, seconds since 1970; infinite if never
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
    first, last = np.full(n, np.inf), np.full(n, np.inf)
    np.minimum.at(first, orders.line_product, at)
    last[orders.line_product] = -np.inf
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
