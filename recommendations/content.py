"""Products that are described alike: by the words of their titles, categories and attributes, in any language.

Each word weighs by how few products have it (tf-idf), so the words that every title has weigh nothing and no list of
them is needed; numbers and measures make nothing alike, colours little. Text without spaces is compared by pieces of
three letters. Likeness is the cosine of these weights, halved where the two do not seem to be one sort (`sorts.py`).

The variants of one product, as `variants.py` tells them, are one thing here: they count once, are never each other's
neighbours, and at most PER_FAMILY of them are another product's. Products × products is never a dense matrix: a few
rows at a time, and only what is alike at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recommendations.families import find_families, find_looks
from recommendations.request import Kind, Product
from recommendations.sorts import Sorts, find_sorts
from recommendations.variants import ATTRIBUTES, Reading, is_option, read_product
from recommendations.words import grams, is_number, is_run, tokens

NEIGHBOURS = 30
PER_FAMILY = 2
# below a fifth two products have a word in common, and no more
MIN_LIKENESS = 0.2
# how much of their likeness is left to things that do not seem to be one sort
OTHER_SORT = 0.5
# what a word counts, by where it stands; a piece of an unspaced run, of which a word gives several, half as much
TITLE, COLOUR, CATEGORY, ATTRIBUTE, VALUE = 1.0, 0.25, 0.5, 0.5, 0.25
# what it counts besides that a word may be the one that names the thing
NAME = 1.0
PIECE = 0.5
# of, de, la, à: words of one or two letters mostly join others, and in a small shop no count tells so
SHORT, SHORT_LETTERS = 0.25, 2
# a word of more products than this tells too little for the time it takes
COMMONEST = 1000
# things of other shops that no word is taken to stand in: that three of six are jackets says little about "jacket"
OTHERS = 100
# what is read of one product, and of the variants of one
WORDS, DESCRIBING = 60, 20
# products of words that are held at once: bounds the memory of a fit
CHUNK_WORK = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """Products found alike: product number, score, the anchor that it is most like, and whether it is of its sort."""

    product: npt.NDArray[np.int64]
    score: npt.NDArray[np.float64]
    anchor: npt.NDArray[np.int64]
    same_sort: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """The kept neighbours of each product; those of product `i` stand at `starts[i]:starts[i + 1]`, best first.

    score      likeness, MIN_LIKENESS … 1
    same_sort  whether the two are for sure the same sort of thing (`sorts.py`)
    look       of each product a number that the same thing in the same size and another colour has too (`families.py`),
               -1 if it is not said to have a colour
    """

    kind: ClassVar[Kind] = Kind.SIMILAR

    starts: npt.NDArray[np.int64]
    neighbour: npt.NDArray[np.int32]
    score: npt.NDArray[np.float32]
    same_sort: npt.NDArray[np.bool_]
    look: npt.NDArray[np.int32]

    def find(
        self,
        anchors: npt.NDArray[np.int64],
        weights: npt.NDArray[np.float64],
        closed: npt.NDArray[np.int64],
        limit: int,
    ) -> Alike:
        """The best `limit` products like any of `anchors`, best first; ties by product number.

        A score is the weight of the anchor that says most for it × its likeness: in place of two things one looks for
        something like one of them, not for something between them.

        anchors  product numbers, each once
        weights  how much each counts, positive
        closed   product numbers that are not wanted
        """
        return best(self.pairs(anchors, weights), closed, limit)

    def pairs(self, anchors: npt.NDArray[np.int64], weights: npt.NDArray[np.float64]) -> Alike:
        """All neighbours of `anchors`; a product stands there once for each anchor it is like."""
        counts = self.starts[anchors + 1] - self.starts[anchors]
        places = np.repeat(self.starts[anchors] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        score = self.score[places].astype(np.float64) * np.repeat(weights, counts)
        product = self.neighbour[places].astype(np.int64)
        return Alike(product, score, np.repeat(anchors, counts), self.same_sort[places])


def best(pairs: Alike, closed: npt.NDArray[np.int64], limit: int) -> Alike:
    """Of `pairs` each product once with its best anchor, none of `closed`; the best `limit`, ties by product number."""
    open_to = np.flatnonzero(~np.isin(pairs.product, closed) & (pairs.score > 0))
    order = open_to[np.lexsort((pairs.anchor[open_to], -pairs.score[open_to], pairs.product[open_to]))]
    first = order[np.flatnonzero(np.diff(pairs.product[order], prepend=-1))]
    first = first[np.argsort(-pairs.score[first], kind="stable")[: max(0, limit)]]
    return Alike(pairs.product[first], pairs.score[first], pairs.anchor[first], pairs.same_sort[first])


def fit_content(products: Sequence[Product]) -> Content:
    """Find each product's best NEIGHBOURS.

    products  in the model's numbering. One without a word in its title has no neighbours and is nobody's
    """
    readings = [read_product(product) for product in products]
    family = find_families(products, readings)
    _, first = np.unique(family, return_index=True)
    # the lowest number of a family speaks for its sort
    sorts = find_sorts([products[number] for number in first])
    starts, member = _members(products, family)
    near = _near(_describe(products, readings, starts, member, sorts), sorts)
    return _of_products(_expand(near, starts, member), family, find_looks(readings, family))


def _members(
    products: Sequence[Product], family: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The products of each family: what can be bought first, then by number."""
    gone = np.array([not product.available for product in products], np.bool_)
    member = np.lexsort((gone, family)).astype(np.int64)
    return np.searchsorted(family[member], np.arange(family.max(initial=-1) + 2)).astype(np.int64), member


def _describe(
    products: Sequence[Product],
    readings: Sequence[Reading],
    starts: npt.NDArray[np.int64],
    member: npt.NDArray[np.int64],
    sorts: Sorts,
) -> sp.csr_array:
    """A row for each family: the weights of its words, of length 1; empty where its title tells it from nothing."""
    vocabulary: dict[str, int] = {}
    row, column, count, is_title = [], [], [], []
    for number, (begin, end) in enumerate(pairwise(starts.tolist())):
        words: dict[str, float] = {}
        in_titles: set[str] = set()
        for place in member[begin : min(end, begin + DESCRIBING)]:
            title = dict(_weighed(readings[place].rest[:WORDS], TITLE))
            in_titles.update(title)
            for word, weight in (*title.items(), *_other_words(products[place], readings[place])):
                words[word] = max(weight, words.get(word, 0.0))
        if not in_titles:
            continue
        names = {f"\0first {sorts.first[number]}", f"\0last {sorts.last[number]}"} - {"\0first -1", "\0last -1"}
        words |= dict.fromkeys(names, NAME)
        for word, weight in words.items():
            row.append(number)
            column.append(vocabulary.setdefault(word, len(vocabulary)))
            count.append(weight)
            is_title.append(word in in_titles)
    n = len(starts) - 1
    rows, columns = np.array(row, np.int64), np.array(column, np.int64)
    described = max(1, len(np.unique(rows)))
    had = np.bincount(columns, minlength=len(vocabulary))
    rarity = np.log((described + OTHERS) / np.maximum(1, had)) * np.sqrt(1 - (had / described) ** 2)
    weights = np.array(count) * rarity[columns]
    told = np.bincount(rows, np.where(is_title, weights, 0.0), minlength=n) > 0
    # never less than one word that nobody else has: what is said in common words only is like nothing much
    alone = np.log(described + OTHERS) * np.sqrt(1 - 1 / described**2)
    length = np.sqrt(np.maximum(np.bincount(rows, weights**2, minlength=n), alone**2))
    kept = np.flatnonzero(told[rows] & (had[columns] > 1) & (had[columns] <= COMMONEST) & (weights > 0))
    data = (weights[kept] / length[rows[kept]]).astype(np.float32)
    return sp.csr_array((data, (rows[kept], columns[kept])), shape=(n, len(vocabulary)))


def _other_words(product: Product, reading: Reading) -> Iterator[tuple[str, float]]:
    """What else is said of a product, and what it counts. A category's word is the same word in a title."""
    for colour in reading.colours[:WORDS]:
        yield f"\0{colour}", COLOUR
    yield from _weighed(tokens(product.category)[:WORDS], CATEGORY)
    for name in sorted(product.attributes)[:ATTRIBUTES]:
        value = tokens(product.attributes[name])
        if value and not is_option(name):
            yield f"\0{' '.join(tokens(name))}\0{' '.join(value)}", ATTRIBUTE
            yield from _weighed(value[:WORDS], VALUE)


def _weighed(words: Sequence[str], weight: float) -> Iterator[tuple[str, float]]:
    """Words, pieces of runs, and numbers only together with the word before them."""
    before = ""
    for word in words:
        if is_number(word):
            if before:
                yield f"{before} {word}", weight
        elif is_run(word):
            yield from ((piece, weight * PIECE) for piece in grams(word))
        else:
            yield word, weight * (SHORT if len(word) <= SHORT_LETTERS else 1.0)
        before = word


@dataclass(frozen=True, slots=True, eq=False)
class _Near:
    """Pairs of a row and what is near it, by row, then best first."""

    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    score: npt.NDArray[np.float32]
    same_sort: npt.NDArray[np.bool_]


def _near(rows: sp.csr_array, sorts: Sorts) -> _Near:
    """The NEIGHBOURS nearest families of each."""
    columns = rows.T.tocsr()
    had = np.diff(columns.indptr)
    work = np.concatenate([[0], np.cumsum(np.bincount(_row_of(rows), had[rows.indices], minlength=rows.shape[0]))])
    parts, begin = [], 0
    while begin < rows.shape[0]:
        end = max(begin + 1, int(np.searchsorted(work, work[begin] + CHUNK_WORK, "right")) - 1)
        parts.append(_best_of(rows[begin:end] @ columns, begin, sorts))
        begin = end
    return _joined(parts)


def _joined(parts: Sequence[_Near]) -> _Near:
    return _Near(
        np.concatenate([np.zeros(0, np.int64), *(part.row for part in parts)]),
        np.concatenate([np.zeros(0, np.int64), *(part.column for part in parts)]),
        np.concatenate([np.zeros(0, np.float32), *(part.score for part in parts)]),
        np.concatenate([np.zeros(0, np.bool_), *(part.same_sort for part in parts)]),
    )


def _row_of(rows: sp.csr_array) -> npt.NDArray[np.int64]:
    return np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))


def _best_of(likeness: sp.csr_array, begin: int, sorts: Sorts) -> _Near:
    enough = np.flatnonzero(likeness.data >= MIN_LIKENESS)
    row, column = _row_of(likeness)[enough] + begin, likeness.indices[enough].astype(np.int64)
    share = np.where(sorts.are_akin(row, column), np.float32(1), np.float32(OTHER_SORT))
    score = np.minimum(likeness.data[enough], np.float32(1)) * share
    order = np.flatnonzero((score >= MIN_LIKENESS) & (row != column))
    order = order[np.lexsort((column[order], -score[order], row[order]))]
    order = order[_place_within(row[order]) < NEIGHBOURS]
    return _Near(row[order], column[order], score[order], sorts.are_same(row[order], column[order], score[order]))


def _place_within(row: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many of the same row stand before each; `row` ascends."""
    return np.arange(len(row)) - np.searchsorted(row, row)


def _expand(near: _Near, starts: npt.NDArray[np.int64], member: npt.NDArray[np.int64]) -> _Near:
    """Families near each family → products near each family: the first PER_FAMILY of each, NEIGHBOURS in all."""
    counts = np.minimum(np.diff(starts), PER_FAMILY)[near.column]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    row = np.repeat(near.row, counts)
    kept = np.flatnonzero(_place_within(row) < NEIGHBOURS)
    product = member[(np.repeat(starts[near.column], counts) + within)[kept]]
    return _Near(row[kept], product, np.repeat(near.score, counts)[kept], np.repeat(near.same_sort, counts)[kept])


def _of_products(near: _Near, family: npt.NDArray[np.int64], look: npt.NDArray[np.int32]) -> Content:
    """Give every product the neighbours of its family."""
    bounds = np.searchsorted(near.row, np.arange(family.max(initial=-1) + 2))
    counts = np.diff(bounds)[family]
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    places = np.repeat(bounds[family] - starts[:-1], counts) + np.arange(starts[-1])
    return Content(starts, near.column[places].astype(np.int32), near.score[places], near.same_sort[places], look)
