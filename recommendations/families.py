"""Which products of a catalogue are one thing: those of one group, and those that differ in colour or size only."""

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from recommendations.request import Product
from recommendations.variants import Reading, marks

_CERTAIN = frozenset({"group", "words"})


def find_families(products: Sequence[Product], readings: Sequence[Reading]) -> npt.NDArray[np.int64]:
    """The number of each product's family, by the lowest product of each.

    As `same_thing` has it, and what the same third thing ties together too; prices, which change, do not count.

    readings  of each product (`read_product`)
    """
    keys: dict[Hashable, int] = {}
    product, key = [], []
    for number, (one, reading) in enumerate(zip(products, readings, strict=True)):
        # nothing is said of a product without a title, whatever its group
        for mark in marks(one, reading) if reading.words else ():
            product.append(number)
            # titles that are not the same to the letter tie only what the shop has in one category
            tie = mark if mark[0] in _CERTAIN else (*mark, one.category)
            key.append(keys.setdefault(tie, len(keys)))
    n = len(products)
    ties = sp.csr_array((np.ones(len(product), np.int8), (product, np.array(key, np.int64) + n)), (n + len(keys),) * 2)
    _, label = connected_components(ties, directed=False)
    _, first, family = np.unique(label[:n], return_index=True, return_inverse=True)
    place = np.empty(len(first), np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    return place[family]


def find_looks(readings: Sequence[Reading], family: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Of each product a number that those of its family share which have its size in another colour.

    -1 for a product that is not said to have a colour: what it differs in from the others is not known.
    """
    numbers: dict[tuple[int, tuple[str, ...]], int] = {}
    look = np.full(len(readings), -1, np.int32)
    for number, (reading, one) in enumerate(zip(readings, family.tolist(), strict=True)):
        if reading.colours:
            look[number] = numbers.setdefault((one, reading.sizes), len(numbers))
    return look
