"""Products that people bought in one order, with how many people that were.

The score of a pair is the squared cosine of its votes (`pairs.py`), shrunk where few buyers stand behind it, and a
little higher for what people buy now. Pairs with fewer than MIN_BUYERS are dropped; each product keeps its NEIGHBOURS
best. The people and orders of a reason are plain counts over all time: no weight, no estimate.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from recommendations.pairs import Pairs
from recommendations.request import Kind

MIN_BUYERS = 2
NEIGHBOURS = 64
# a pair's score is halved at this many buyers
SHRINK = 1.0
# how much what people buy now is preferred: 0 not at all, 1 in proportion to its buyers
SEASON = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Neighbours of some products: product number, score, the anchor that says most for it, and that pair's counts."""

    product: npt.NDArray[np.int64]
    score: npt.NDArray[np.float64]
    anchor: npt.NDArray[np.int64]
    people: npt.NDArray[np.int32]
    orders: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class BoughtTogether:
    """The kept neighbours of each product; those of product `i` stand at `starts[i]:starts[i + 1]`, best first."""

    kind: ClassVar[Kind] = Kind.BOUGHT_TOGETHER

    starts: npt.NDArray[np.int64]
    neighbour: npt.NDArray[np.int32]
    score: npt.NDArray[np.float32]
    people: npt.NDArray[np.int32]
    orders: npt.NDArray[np.int32]

    def find(
        self,
        anchors: npt.NDArray[np.int64],
        weights: npt.NDArray[np.float64],
        closed: npt.NDArray[np.int64],
        limit: int,
    ) -> Found:
        """The best `limit` products bought together with any of `anchors`, best first; ties by product number.

        anchors  product numbers, ascending, each once
        weights  how much each counts, positive
        closed   product numbers that are not wanted
        """
        counts = self.starts[anchors + 1] - self.starts[anchors]
        places = np.repeat(self.starts[anchors] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        product = self.neighbour[places]
        part = self.score[places] * np.repeat(weights, counts)
        total = np.bincount(product, weights=part, minlength=len(self.starts) - 1).astype(np.float64)
        total[closed] = 0
        wanted = np.flatnonzero(total)
        wanted = wanted[np.argsort(-total[wanted], kind="stable")[:limit]]
        # of the wanted only: which anchor says most
        is_wanted = np.zeros(len(total), np.bool_)
        is_wanted[wanted] = True
        kept = np.flatnonzero(is_wanted[product])
        kept = kept[np.lexsort((-part[kept], product[kept]))]
        first = kept[np.flatnonzero(np.diff(product[kept], prepend=-1))]
        first = first[np.searchsorted(product[first], wanted)]
        source = np.repeat(anchors, counts)[first]
        return Found(wanted, total[wanted], source, self.people[places[first]], self.orders[places[first]])


def fit_bought_together(
    pairs: Pairs, recent: npt.NDArray[np.float64], allowed: npt.NDArray[np.bool_]
) -> BoughtTogether:
    """Score all pairs and keep each product's best; ties by product number.

    recent   per product: its buyers, weighed by age
    allowed  per product: whether it may be suggested; the others still serve as anchors
    """
    n = len(allowed)
    left, right = np.divmod(pairs.key, max(1, n))
    season = ((1 + recent) / (1 + recent.max(initial=0.0))) ** SEASON
    own = np.zeros(n)
    own[left[left == right]] = pairs.votes[left == right]
    kept = np.flatnonzero((pairs.buyers >= MIN_BUYERS) & (left != right))
    left, right, buyers = left[kept], right[kept], pairs.buyers[kept]
    # a buyer's average over the shared orders can exceed that over all their orders: the cosine is held at 1
    squared_cosine = np.minimum(1.0, pairs.votes[kept] ** 2 / (own[left] * own[right]))
    score = squared_cosine * buyers / (buyers + SHRINK)
    row, column = np.concatenate([left, right]), np.concatenate([right, left])
    lifted = (np.tile(score, 2) * season[column]).astype(np.float32)
    best = _best(row, column, lifted, allowed)
    place = best % max(1, len(kept))
    return BoughtTogether(
        np.searchsorted(row[best], np.arange(n + 1)).astype(np.int64),
        column[best].astype(np.int32),
        lifted[best],
        pairs.people[kept][place].astype(np.int32),
        pairs.orders[kept][place].astype(np.int32),
    )


def _best(
    row: npt.NDArray[np.int64],
    column: npt.NDArray[np.int64],
    score: npt.NDArray[np.float32],
    allowed: npt.NDArray[np.bool_],
) -> npt.NDArray[np.int64]:
    """Where the NEIGHBOURS best allowed columns of each row stand: by row, then best first, then by column."""
    n = len(allowed)
    places = np.flatnonzero(allowed[column])
    places = places[np.argsort(row[places] * n + column[places], kind="stable")]
    bounds = np.searchsorted(row[places], np.arange(n + 1))
    best = [
        places[begin:end][np.argsort(-score[places[begin:end]], kind="stable")[:NEIGHBOURS]]
        for begin, end in pairwise(bounds)
        if begin < end
    ]
    return np.concatenate(best) if best else np.zeros(0, np.int64)
