"""What a product that nobody bought yet is lent by those it is described like.

A new product has no past of its own. Until it is sold, it is taken to go with what its likes go with, and to be wanted
as they are, each in proportion to the likeness and at LENT of the strength. Only scores are lent; the counts that
sentences speak of stay its own. Once it is sold it keeps what it was lent until the next whole fit.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recommendations.content import Content
from recommendations.learnt import Learnt
from recommendations.neighbours import MIN_BUYERS, Neighbours
from recommendations.popular import Popular

LENT = 0.5
# likes that a product borrows from, the nearest of its own sort first
LENDERS = 3


def lend(learnt: Learnt, content: Content) -> Learnt:
    """`learnt`, with what its new products borrow, and nothing that they borrowed before."""
    learnt = _given_back(learnt)
    shares = lenders(content, learnt.popular)
    if not shares.nnz:
        return learnt
    recent = learnt.popular.recent + (shares @ learnt.popular.recent.astype(np.float64)).astype(np.float32)
    return replace(learnt, neighbours=_lent(learnt.neighbours, shares), popular=replace(learnt.popular, recent=recent))


def _given_back(learnt: Learnt) -> Learnt:
    new = learnt.popular.orders == 0
    near = learnt.neighbours
    row = np.repeat(np.arange(len(new)), np.diff(near.starts))
    kept = ~(new[row] | new[near.neighbour])
    if kept.all():
        return learnt
    recent = np.where(new[:, None], np.float32(0), learnt.popular.recent)
    return replace(learnt, neighbours=near.only(kept), popular=replace(learnt.popular, recent=recent))


def lenders(content: Content, popular: Popular) -> sp.csr_array:
    """Products × products: how much of each other one a product borrows; empty rows for those that were sold."""
    n = len(popular.orders)
    row = np.repeat(np.arange(n), np.diff(content.starts))
    column = content.neighbour.astype(np.int64)
    useful = np.flatnonzero((popular.orders[row] == 0) & (popular.buyers[column] >= MIN_BUYERS))
    useful = useful[np.lexsort((column[useful], -content.score[useful], ~content.same_sort[useful], row[useful]))]
    begin = np.searchsorted(row[useful], row[useful])
    useful = useful[np.arange(len(useful)) - begin < LENDERS]
    count = np.bincount(row[useful], minlength=n)
    value = LENT * content.score[useful] / count[row[useful]]
    return sp.csr_array((value, (row[useful], column[useful])), shape=(n, n))


def _lent(near: Neighbours, shares: sp.csr_array) -> Neighbours:
    """The new products as anchors and as neighbours, beside all there was."""
    n = len(near.starts) - 1
    key = np.repeat(np.arange(n), np.diff(near.starts)) * n + near.neighbour
    keys, values = [key], {name: [getattr(near, name)] for name in ("within", "share", "later")}
    matrices = {name: _matrix(near, getattr(near, name)) for name in values}
    # both have entries in the same places, so that one set of keys serves them
    for turned in (False, True):
        parts = {name: _products(turned, shares, matrix) for name, matrix in matrices.items()}
        shape = sp.coo_array(abs(parts["within"]) + abs(parts["share"]) + abs(parts["later"]))
        other = shape.row != shape.col
        row, column = shape.row[other].astype(np.int64), shape.col[other].astype(np.int64)
        if not len(row):
            continue
        keys.append(row * n + column)
        for name, part in parts.items():
            values[name].append(np.asarray(part[row, column]).ravel().astype(np.float32))
    whole, place = np.unique(np.concatenate(keys), return_inverse=True)
    own = place[: len(key)]

    def counts(column: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        moved = np.zeros(len(whole), np.int32)
        moved[own] = column
        return moved

    def sums(name: str) -> npt.NDArray[np.float32]:
        return np.bincount(place, np.concatenate(values[name]), len(whole)).astype(np.float32)

    return Neighbours(
        np.searchsorted(whole, np.arange(n + 1) * n).astype(np.int64),
        (whole % n).astype(np.int32),
        sums("within"),
        sums("share"),
        sums("later"),
        counts(near.people),
        counts(near.orders),
        counts(near.followed),
    )


def _products(turned: bool, shares: sp.csr_array, matrix: sp.csr_array) -> sp.csr_array:
    return (matrix @ shares.T.tocsr()).tocsr() if turned else (shares @ matrix).tocsr()


def _matrix(near: Neighbours, values: npt.NDArray[np.float32]) -> sp.csr_array:
    n = len(near.starts) - 1
    return sp.csr_array((values.astype(np.float64), near.neighbour.astype(np.int64), near.starts), shape=(n, n))
