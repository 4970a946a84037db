"""How many people took two products, together in one order or one after the other: plain counts for true sentences.

Counted exactly, over all time and within bounded memory; nothing is weighed or estimated. An order of more than
MAX_PRODUCTS products is not a basket that somebody put together: it is left out of what was bought together.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recommendations.orders import Orders

MAX_PRODUCTS = 500
# pairs that are expanded at once: bounds the memory of a fit
CHUNK_PAIRS = 2_000_000

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Counts for each pair of products i < j that met in an order, sorted by `key` = i · n + j.

    buyers  different buyers, an order without customer being a buyer of its own
    people  different customers
    orders  different orders
    """

    key: Numbers
    buyers: Numbers
    people: Numbers
    orders: Numbers


def count_pairs(orders: Orders) -> Pairs:
    """Count every pair that met in an order."""
    nothing = np.zeros(0, np.int64)
    pairs = Pairs(nothing, nothing, nothing, nothing)
    for lines in _chunks(orders):
        new = _count(orders, lines)
        pairs = _sum(*(np.concatenate(columns) for columns in zip(_columns(pairs), new, strict=True)))
    return pairs


def count_later(orders: Orders, one: Numbers, other: Numbers) -> Numbers:
    """For each pair, the customers who ordered `one` and then, in a later order, `other`; `one` = `other` counts who
    bought it again.

    one  product numbers in runs: those that are equal stand beside each other
    """
    n = len(orders.products)
    bought = _bought(orders)
    by_product = np.argsort(bought.product, kind="stable")
    product_bounds = np.searchsorted(bought.product[by_product], np.arange(n + 1))
    buyer_bounds = np.searchsorted(bought.buyer, np.arange(int(bought.buyer.max(initial=-1)) + 2))
    found = np.zeros(len(one), np.int64)
    bounds = np.append(np.flatnonzero(np.diff(one, prepend=-1)), len(one))
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        places = by_product[product_bounds[one[begin]] : product_bounds[one[begin] + 1]]
        start = buyer_bounds[bought.buyer[places]]
        counts = buyer_bounds[bought.buyer[places] + 1] - start
        followed = np.repeat(start - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        later = bought.last[followed] > np.repeat(bought.first[places], counts)
        found[begin:end] = np.bincount(bought.product[followed[later]], minlength=n)[other[begin:end]]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Bought:
    """Each product of each known customer, sorted by customer: when it was first and last ordered."""

    buyer: Numbers
    product: Numbers
    first: npt.NDArray[np.float64]
    last: npt.NDArray[np.float64]


def _bought(orders: Orders) -> _Bought:
    known = orders.known[orders.line_order]
    order, product = orders.line_order[known], orders.line_product[known]
    at = orders.placed_at[order]
    place = np.lexsort((at, product, orders.buyer[order]))
    buyer, product, at = orders.buyer[order][place], product[place], at[place]
    first = np.flatnonzero((np.diff(buyer, prepend=-1) != 0) | (np.diff(product, prepend=-1) != 0))
    last = np.append(first[1:], len(place)) - 1
    return _Bought(buyer[first], product[first], at[first], at[last] if len(first) else at)


def _chunks(orders: Orders) -> Iterator[Numbers]:
    """Lines of usable orders, a few whole buyers at a time."""
    sizes = orders.sizes()
    buyer = orders.buyer[orders.line_order]
    lines = np.flatnonzero(sizes[orders.line_order] <= MAX_PRODUCTS)
    lines = lines[np.argsort(buyer[lines], kind="stable")]
    spent = np.concatenate([[0], np.cumsum(sizes[orders.line_order[lines]])])
    begin = 0
    for end in map(int, np.flatnonzero(np.diff(buyer[lines], append=-1)) + 1):
        if end == len(lines) or spent[end] - spent[begin] >= CHUNK_PAIRS:
            yield lines[begin:end]
            begin = end


def _count(orders: Orders, lines: Numbers) -> tuple[Numbers, ...]:
    """Key, buyer, person and orders of each pair of each buyer in `lines`: all lines of those buyers."""
    n = len(orders.products)
    order, row = np.unique(orders.line_order[lines], return_inverse=True)
    # a column for each product of each buyer: the products of two buyers never meet
    key, column = np.unique(
        orders.buyer[orders.line_order[lines]] * n + orders.line_product[lines], return_inverse=True
    )
    known = np.zeros(int(orders.buyer.max()) + 1, np.int64)
    known[orders.buyer] = orders.known
    has = sp.csr_array((np.ones(len(lines), np.int32), (row, column)), shape=(len(order), len(key)))
    met = sp.triu(has.T @ has, k=1).tocoo()
    left, right, times = key[met.row], key[met.col], met.data.astype(np.int64)
    return left % n * n + right % n, np.ones_like(times), known[left // n], times


def _sum(key: Numbers, *columns: Numbers) -> Pairs:
    """Add up what has the same key."""
    # stable: linear in what is sorted already
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    return Pairs(key[first], *(np.add.reduceat(column[order], first) for column in columns))


def _columns(pairs: Pairs) -> tuple[Numbers, ...]:
    return pairs.key, pairs.buyers, pairs.people, pairs.orders
