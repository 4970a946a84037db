"""Which products stood in one order, counted exactly and within bounded memory.

For each pair of products every buyer has one vote, however many orders they placed. A vote counts for less when it is
old (half after HALF_LIFE_S) and when the order was large (an order of n products gives 1/n to each pair, so that a
wholesaler's order says as much in all as a shopper's). An order of more than MAX_PRODUCTS products is not a basket that
somebody put together; it is left out of votes and counts alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recommendations.orders import Orders

HALF_LIFE_S = 180 * 86400.0
MAX_PRODUCTS = 500
# pairs that are expanded at once: bounds the memory of a fit
CHUNK_PAIRS = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Sums for each pair of products i ≤ j that met, sorted by `key` = i · n + j; a product meets itself.

    votes   what the buyers' votes add up to, positive
    buyers  different buyers, an order without customer being a buyer of its own
    people  different customers
    orders  different orders
    """

    key: npt.NDArray[np.int64]
    votes: npt.NDArray[np.float64]
    buyers: npt.NDArray[np.int64]
    people: npt.NDArray[np.int64]
    orders: npt.NDArray[np.int64]


def count_pairs(orders: Orders, as_of: float) -> Pairs:
    """Count every pair. Orders placed after `as_of` (seconds since 1970) count as placed then."""
    nothing = np.zeros(0, np.int64)
    pairs = Pairs(nothing, np.zeros(0), nothing, nothing, nothing)
    for lines in _chunks(orders):
        new = _count(orders, lines, as_of)
        pairs = _sum(*(np.concatenate(columns) for columns in zip(_columns(pairs), new, strict=True)))
    return pairs


def _chunks(orders: Orders) -> Iterator[npt.NDArray[np.int64]]:
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


def _count(orders: Orders, lines: npt.NDArray[np.int64], as_of: float) -> tuple[npt.NDArray[np.generic], ...]:
    """Key, vote, buyer, person and orders of each pair of each buyer in `lines`: all lines of those buyers."""
    n = len(orders.products)
    order, row = np.unique(orders.line_order[lines], return_inverse=True)
    # a column for each product of each buyer: the products of two buyers never meet
    key, column = np.unique(
        orders.buyer[orders.line_order[lines]] * n + orders.line_product[lines], return_inverse=True
    )
    known = np.zeros(int(orders.buyer.max()) + 1, np.int64)
    known[orders.buyer] = orders.known
    age = np.maximum(0.0, as_of - orders.placed_at[order])
    # held above zero, so that no pair vanishes for being old
    vote = np.maximum(0.5 ** (age / HALF_LIFE_S), 1e-30) / orders.sizes()[order]
    has = sp.csr_array((np.ones(len(lines)), (row, column)), shape=(len(order), len(key)))
    # two sums in one product: votes in the real part, orders in the imaginary part
    met = (has.T @ sp.diags_array(vote + 1j) @ has).tocoo()
    upper = met.row <= met.col
    left, right, sums = key[met.row[upper]], key[met.col[upper]], met.data[upper]
    times = np.rint(sums.imag).astype(np.int64)
    # several orders of one buyer: the average vote, so that the buyer has one
    return left % n * n + right % n, sums.real / times, np.ones_like(times), known[left // n], times


def _sum(key: npt.NDArray[np.int64], *columns: npt.NDArray[np.generic]) -> Pairs:
    """Add up what has the same key."""
    # stable: linear in what is sorted already, and float sums do not depend on the order of the input
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    return Pairs(key[first], *(np.add.reduceat(column[order], first) for column in columns))


def _columns(pairs: Pairs) -> tuple[npt.NDArray[np.generic], ...]:
    return pairs.key, pairs.votes, pairs.buyers, pairs.people, pairs.orders
