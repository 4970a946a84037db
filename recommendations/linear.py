"""Two linear models of what shoppers take, each solved in one step.

Both are ridge regressions on sparse histories, so that what many things have in common is explained once and not
counted for each of them:

within  each product of an order from the others of the same order (EASE: Steck, "Embarrassingly Shallow Autoencoders
        for Sparse Data", 2019)
later   each product of an order from what its customer had bought before, the product itself included: what follows
        what, and what is bought again

An order counts for less when it is old, when it is large, and when its customer placed very many. The dense work is
bounded to the DENSE products that most people bought lately; the others get what their own pairs say.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import scipy.linalg as la
import scipy.sparse as sp

from recommendations.orders import Orders

# a customer counts as one who placed this many orders, if there were more, and as fewer where there are few customers:
# nobody owns the model
CUSTOMER_ORDERS = 50
# what was bought an order earlier speaks so much more softly, and beyond so many orders not at all
OLDER = 0.8
OLDEST = 13
# the newest orders of returning customers that `later` learns from
RETURNS = 300_000
RIDGE_LATER = 20.0
# a share of orders is taken as if the product had been in so many more
SHRINK = 3.0
DENSE = 10_000
# rows of a matrix of products × products that are worked on at once
ROWS = 512

# doubles: in single precision the many tiny numbers of sparse shops fall below what the processor does fast
Dense = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Memory:
    """How long what is bought with what stays true, which differs from shop to shop.

    half_life_s  an order that much older counts half
    ridge        how much evidence it takes for one product to speak for another, in orders that count whole
    """

    half_life_s: float
    ridge: float


SHORT = Memory(120 * 86400.0, 4.0)
LONG = Memory(1000 * 86400.0, 16.0)


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """The kept entries of a matrix of products × products: `key` = row · n + column, ascending, each once."""

    key: npt.NDArray[np.int64]
    value: npt.NDArray[np.float32]


def order_weights(orders: Orders, as_of: float, half_life_s: float) -> npt.NDArray[np.float64]:
    """How much each order counts, above 0 and at most 1. Orders placed after `as_of` count as placed then."""
    age = np.maximum(0.0, as_of - orders.placed_at)
    weights = 0.5 ** (age / half_life_s) / np.sqrt(orders.sizes()) * fair_share(orders)
    return np.asarray(np.maximum(weights, 1e-12))


def fair_share(orders: Orders) -> npt.NDArray[np.float64]:
    """Of each order how much it counts beside others of its buyer, so that all of these together count no more than
    CUSTOMER_ORDERS or the root of the number of buyers, whichever is less.
    """
    placed = np.bincount(orders.buyer)
    most = min(CUSTOMER_ORDERS, np.sqrt(np.count_nonzero(placed)))
    return np.asarray(np.minimum(1.0, most / np.maximum(placed, 1))[orders.buyer])


def dense_products(recent: npt.NDArray[np.float64], most: int = DENSE) -> npt.NDArray[np.int64]:
    """The `most` products with most recent buyers, by product number."""
    return np.sort(np.argsort(-recent, kind="stable")[:most])


def fit_within(orders: Orders, weights: npt.NDArray[np.float64], kept: npt.NDArray[np.int64], ridge: float) -> Dense:
    """Row i, column j: how much a product `kept[i]` of an order speaks for `kept[j]` in it. The diagonal is 0."""
    has = _incidence(orders)[:, kept]
    inverse = _inverse(_gram(sp.diags_array(np.sqrt(weights)) @ has), ridge)
    inverse *= (-1.0 / inverse.diagonal())[None, :]
    np.fill_diagonal(inverse, 0.0)
    return inverse


def fit_later(
    orders: Orders, weights: npt.NDArray[np.float64], kept: npt.NDArray[np.int64], ridge: float = RIDGE_LATER
) -> Dense | None:
    """Row i, column j: how much having bought `kept[i]` speaks for `kept[j]` in the next order; None if nobody came
    back. The diagonal says what is bought again.
    """
    before = _before(orders)
    came_back = np.flatnonzero(np.diff(before.indptr))
    came_back = came_back[np.argsort(-orders.placed_at[came_back], kind="stable")[:RETURNS]]
    if not len(came_back):
        return None
    has = _incidence(orders)[:, kept]
    had, took = (before[came_back] @ has).tocsr(), has[came_back]
    size = np.maximum(1.0, had.sum(axis=1))
    weights = weights[came_back] * np.sqrt(orders.sizes()[came_back]) / np.sqrt(size)
    half = sp.diags_array(np.sqrt(weights))
    had, took = (half @ had).tocsr(), (half @ took).tocsr()
    spoken = np.asfortranarray(_product(had, took))
    factor = _factor(_gram(had), ridge)
    solved, fault = la.lapack.dpotrs(factor, spoken, lower=1, overwrite_b=1)
    if fault:
        raise ArithmeticError(f"solving failed: {fault}")
    return np.asarray(solved)


def strongest(dense: Dense, kept: npt.NDArray[np.int64], n: int, most: int) -> Entries:
    """The `most` entries of each row that differ most from 0, in a matrix of `n` products."""
    keys, values = [], []
    width = len(kept)
    for begin in range(0, width, ROWS):
        rows = dense[begin : begin + ROWS]
        if most < width:
            column = np.argpartition(-np.abs(rows), most - 1, axis=1)[:, :most]
            column.sort(axis=1)
        else:
            column = np.broadcast_to(np.arange(width), rows.shape)
        value = np.take_along_axis(rows, column, axis=1)
        key = kept[begin : begin + len(rows), None] * n + kept[column]
        some = value != 0
        keys.append(key[some])
        values.append(value[some].astype(np.float32))
    nothing = np.zeros(0)
    return Entries(
        np.concatenate([nothing.astype(np.int64), *keys]), np.concatenate([nothing.astype(np.float32), *values])
    )


def shares(orders: Orders, key: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """In what share of the orders that hold a row's product the column's is too, for the entries at `key`; shrunk by
    SHRINK orders. 0 for a product with itself. Orders of one buyer count as `fair_share` says.
    """
    n = len(orders.products)
    has = sp.diags_array(np.sqrt(fair_share(orders))) @ _incidence(orders)
    turned, held = has.T.tocsr(), np.asarray(has.multiply(has).sum(axis=0)).ravel()
    row, column = np.divmod(key, max(1, n))
    bounds = np.searchsorted(row, np.arange(0, n + ROWS, ROWS))
    found = np.zeros(len(key), np.float32)
    for number, (begin, end) in enumerate(pairwise(bounds.tolist())):
        if begin < end:
            first = number * ROWS
            met = (turned[first : first + ROWS] @ has).toarray()
            found[begin:end] = met[row[begin:end] - first, column[begin:end]] / (held[row[begin:end]] + SHRINK)
    found[row == column] = 0
    return found


def outside(orders: Orders, weights: npt.NDArray[np.float64], kept: npt.NDArray[np.int64], ridge: float) -> Entries:
    """What pairs with a product that is not among `kept` say: the regression of one product on one other."""
    n = len(orders.products)
    others = np.setdiff1d(np.arange(n), kept)
    has = sp.diags_array(np.sqrt(weights)) @ _incidence(orders)
    own = np.asarray((has.multiply(has)).sum(axis=0)).ravel() + ridge
    met = (has[:, others].T @ has).tocoo()
    one, other = others[met.row].astype(np.int64), met.col.astype(np.int64)
    apart = one != other
    one, other, value = one[apart], other[apart], met.data[apart]
    key = np.concatenate([one * n + other, other * n + one])
    key, first = np.unique(key, return_index=True)
    return Entries(key, np.concatenate([value / own[one], value / own[other]])[first].astype(np.float32))


def _incidence(orders: Orders) -> sp.csr_array:
    shape = (len(orders), len(orders.products))
    return sp.csr_array((np.ones(len(orders.line_order)), (orders.line_order, orders.line_product)), shape)


def _before(orders: Orders) -> sp.csr_array:
    """Orders × orders: the OLDEST orders that each customer placed before one, the newest of them with weight 1."""
    place = np.lexsort((np.arange(len(orders)), orders.placed_at, orders.buyer))
    buyer, placed_at = np.where(orders.known, orders.buyer, -1)[place], orders.placed_at[place]
    rows, columns, values = [], [], []
    for back in range(1, min(OLDEST, max(1, len(place) - 1)) + 1):
        same = (buyer[back:] == buyer[:-back]) & (buyer[back:] >= 0)
        # of orders of one instant nobody knows which came first
        same = np.flatnonzero(same & (placed_at[back:] > placed_at[:-back]))
        rows.append(place[same + back])
        columns.append(place[same])
        values.append(np.full(len(same), OLDER ** (back - 1)))
    shape = (len(orders), len(orders))
    return sp.csr_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape)


def _gram(rows: sp.csr_array) -> Dense:
    return _product(rows.tocsr(), rows.tocsr())


def _product(left: sp.csr_array, right: sp.csr_array) -> Dense:
    """leftᵀ · right as a dense matrix, a few rows at a time: the sparse form of it would be larger."""
    turned = left.T.tocsr()
    out = np.empty((turned.shape[0], right.shape[1]))
    for begin in range(0, len(out), ROWS):
        out[begin : begin + ROWS] = (turned[begin : begin + ROWS] @ right).toarray()
    return out


def _factor(gram: Dense, ridge: float) -> Dense:
    """The lower Cholesky factor of gram + ridge, in its place."""
    gram[np.diag_indices_from(gram)] += ridge
    # symmetric: its transpose is the same matrix in the order LAPACK wants
    factor, fault = la.lapack.dpotrf(gram.T, lower=1, overwrite_a=1, clean=0)
    if fault:
        raise ArithmeticError(f"the products' counts cannot be factored: {fault}")
    return np.asarray(factor)


def _inverse(gram: Dense, ridge: float) -> Dense:
    inverse, fault = la.lapack.dpotri(_factor(gram, ridge), lower=1, overwrite_c=1)
    if fault:
        raise ArithmeticError(f"the products' counts cannot be inverted: {fault}")
    # only its lower half was filled
    for begin in range(0, len(inverse), ROWS):
        end = begin + ROWS
        inverse[begin:end, end:] = inverse[end:, begin:end].T
        block = inverse[begin:end, begin:end]
        block[:] = np.tril(block) + np.tril(block, -1).T
    return np.asarray(inverse)
