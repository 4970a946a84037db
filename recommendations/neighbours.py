"""What goes with each product: how much one speaks for the other, and how many people that is known of."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recommendations.linear import Entries, shares
from recommendations.orders import Orders
from recommendations.pairs import Pairs, count_later, count_pairs

# what one buyer did is nobody's habit
MIN_BUYERS = 2


class Links(NamedTuple):
    """Neighbours of several anchors: where each stands in the arrays, whose it is, and which product."""

    place: npt.NDArray[np.int64]
    anchor: npt.NDArray[np.int64]
    product: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The kept neighbours of each product; those of product `i` stand at `starts[i]:starts[i + 1]`, by number.

    within  how much `i` speaks for the neighbour in one order;  later  in the customer's next order (`linear.py`)
    share   of the orders with `i`, how many hold the neighbour: 0 … 1, shrunk
    people, orders   different customers, and orders, that held both; 0 if fewer than MIN_BUYERS did
    followed         different customers who ordered the neighbour in an order after one with `i`; 0 if only one did
    """

    starts: npt.NDArray[np.int64]
    neighbour: npt.NDArray[np.int32]
    within: npt.NDArray[np.float32]
    share: npt.NDArray[np.float32]
    later: npt.NDArray[np.float32]
    people: npt.NDArray[np.int32]
    orders: npt.NDArray[np.int32]
    followed: npt.NDArray[np.int32]

    @property
    def score(self) -> npt.NDArray[np.float32]:
        """How much each neighbour is bought with its product."""
        return self.within

    def only(self, kept: npt.NDArray[np.bool_]) -> "Neighbours":
        """The `kept` entries alone."""
        starts = np.append(0, np.cumsum(kept))[self.starts]
        columns = {one.name: getattr(self, one.name)[kept] for one in fields(self) if one.name != "starts"}
        return Neighbours(starts.astype(np.int64), **columns)

    def links(self, anchors: npt.NDArray[np.int64]) -> Links:
        """The neighbours of `anchors`; `anchor` is a place in `anchors`."""
        counts = self.starts[anchors + 1] - self.starts[anchors]
        place = np.repeat(self.starts[anchors] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        return Links(place, np.repeat(np.arange(len(anchors)), counts), self.neighbour[place])


def find_neighbours(
    orders: Orders,
    within: Sequence[Entries],
    later: Sequence[Entries],
    *,
    counted: bool = True,
) -> Neighbours:
    """Put the models' entries beside the counts that their reasons need; `counted` False leaves them 0.

    What followed one product with one customer alone is nobody's habit: it is not kept as `later`.
    """
    n = len(orders.products)
    key = np.unique(np.concatenate([np.zeros(0, np.int64), *(entries.key for entries in (*within, *later))]))
    one, other = np.divmod(key, max(1, n))
    followed = count_later(orders, one, other)
    people = together = np.zeros(len(key), np.int64)
    if counted:
        people, together = _together(count_pairs(orders), key, n)
    return Neighbours(
        np.searchsorted(one, np.arange(n + 1)).astype(np.int64),
        other.astype(np.int32),
        _values(key, within),
        shares(orders, key),
        np.where(followed < MIN_BUYERS, np.float32(0), _values(key, later)),
        people.astype(np.int32),
        together.astype(np.int32),
        np.where(followed < MIN_BUYERS, 0, followed).astype(np.int32),
    )


def _values(key: npt.NDArray[np.int64], parts: Sequence[Entries]) -> npt.NDArray[np.float32]:
    values = np.zeros(len(key), np.float32)
    for entries in parts:
        values[np.searchsorted(key, entries.key)] = entries.value
    return values


def _together(pairs: Pairs, key: npt.NDArray[np.int64], n: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """People and orders of each pair of `key`, whichever of the two comes first."""
    one, other = np.divmod(key, max(1, n))
    wanted = np.minimum(one, other) * n + np.maximum(one, other)
    place = np.minimum(np.searchsorted(pairs.key, wanted), max(0, len(pairs.key) - 1))
    if not len(pairs.key):
        return np.zeros_like(key), np.zeros_like(key)
    is_known = (pairs.key[place] == wanted) & (pairs.buyers[place] >= MIN_BUYERS)
    return np.where(is_known, pairs.people[place], 0), np.where(is_known, pairs.orders[place], 0)
