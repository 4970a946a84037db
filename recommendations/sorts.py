"""Whether two products are the same sort of thing: by their categories, and by the word of a title that names it.

A category alone does not tell: pencils and a pencil sharpener stand in one. English names a thing at the end of its
title (pencil SHARPENER), French and Thai at the beginning (TASSE à café). Which it is, a shop's prices tell: it is the
end of the titles that says more about what things cost. While too few prices are known either end may name it.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
import numpy.typing as npt

from recommendations.request import Product
from recommendations.variants import read_title
from recommendations.words import is_number, is_run, letters_of

# so many things with a price, and a word at that end that another has as well, tell how a shop names things
ENOUGH = 30
# so much of a run without spaces is taken for its first word; two more where an open syllable begins it (กระถาง)
FIRST_LETTERS = 3
_OPEN, _VOWELS_BEFORE = "ะ", frozenset("เแโใไ")
# so much of what one word stands for is in one category, or the word is a maker, a material, a pattern
IN_ONE = 0.75
# behind these a title says more of the thing that it has named
_ASIDE = re.compile(r"[,;:(\[|]")

_Word = Callable[[Sequence[str]], str]


@dataclass(frozen=True, slots=True, eq=False)
class Sorts:
    """Of each product the numbers of its category and of the words that may name it; -1 for none.

    named  whether the word names the product for sure, and not perhaps its maker or its pattern
    """

    category: npt.NDArray[np.int32]
    first: npt.NDArray[np.int32]
    last: npt.NDArray[np.int32]
    named: npt.NDArray[np.bool_]

    def are_akin(self, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Of each pair: they have a word in common that may name them both, and no categories that differ."""
        apart = _differ(self.category, one, other)
        return ~apart & (_agree(self.first, one, other) | _agree(self.last, one, other))

    def are_same(self, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Of each pair: they are akin, and it is sure: by their one category, or since the word does name them."""
        sure = _agree(self.category, one, other) | (self.named[one] & self.named[other])
        return sure & self.are_akin(one, other)


def find_sorts(products: Sequence[Product]) -> Sorts:
    """What tells the sort of each of `products`: one of each family, so that no variant counts twice."""
    titles = [_naming(product) for product in products]
    end = _learn_end(products, titles)
    first = ["" if end is _last and not _is_unspaced(words) else _first(words) for words in titles]
    last = ["" if end is _first or _is_unspaced(words) else _last(words) for words in titles]
    category = [product.category for product in products]
    if end is None:
        first, last = (_in_one_category(words, category) for words in (first, last))
    named = [bool(end) or _is_unspaced(words) for words in titles]
    return Sorts(_numbers(category), _numbers(first), _numbers(last), np.array(named, np.bool_))


def _agree(
    of: npt.NDArray[np.int32], one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    agree: npt.NDArray[np.bool_] = (of[one] >= 0) & (of[one] == of[other])
    return agree


def _differ(
    of: npt.NDArray[np.int32], one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    differ: npt.NDArray[np.bool_] = (of[one] >= 0) & (of[other] >= 0) & (of[one] != of[other])
    return differ


def _numbers(names: Sequence[str]) -> npt.NDArray[np.int32]:
    """The same number for the same name; -1 for none."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) if name else -1 for name in names], np.int32)


def _in_one_category(words: Sequence[str], categories: Sequence[str]) -> list[str]:
    """`words` without those that stand in several categories."""
    both = Counter((word, category) for word, category in zip(words, categories, strict=True) if category)
    total: Counter[str] = Counter()
    most: dict[str, int] = {}
    for (word, _), count in both.items():
        total[word] += count
        most[word] = max(count, most.get(word, 0))
    return ["" if most.get(word, 0) < IN_ONE * total[word] else word for word in words]


def _naming(product: Product) -> list[str]:
    """The words of a title that name the thing, or some of its kind: up to the first aside, and no colours."""
    reading = read_title(_ASIDE.split(product.title, maxsplit=1)[0], product)
    if not reading.rest:
        reading = read_title(product.title, product)
    return [word for word in reading.rest if is_run(word) or word in reading.bare] or list(reading.rest)


def _is_unspaced(words: Sequence[str]) -> bool:
    return any(is_run(word) for word in words)


def _first(words: Sequence[str]) -> str:
    run = next((word for word in words if is_run(word)), "")
    if run:
        letters = letters_of(run)
        is_open = letters[FIRST_LETTERS - 1 : FIRST_LETTERS] == [_OPEN] and letters[0] not in _VOWELS_BEFORE
        return "".join(letters[: FIRST_LETTERS + 2 * is_open])
    return next((word for word in words if not is_number(word)), "")


def _last(words: Sequence[str]) -> str:
    return next((word for word in words[::-1] if not is_number(word)), "")


def _learn_end(products: Sequence[Product], titles: Sequence[Sequence[str]]) -> _Word | None:
    """Which end of a title names the thing where words are spaced; None if this shop does not tell."""
    priced = [
        bool(product.price_minor and product.price_minor > 0) and not _is_unspaced(words)
        for product, words in zip(products, titles, strict=True)
    ]
    cost = np.log([float(product.price_minor or 1) for product in compress(products, priced)])
    spaced = list(compress(titles, priced))
    begin, end = (_unexplained([word(words) for words in spaced], cost) for word in (_first, _last))
    if begin == end:
        return None
    return _first if begin < end else _last


def _unexplained(words: Sequence[str], cost: npt.NDArray[np.float64]) -> float:
    """How much of the spread of prices is left when those of the others with the same word are known: about 0 … 1.

    Where no other has the word, nothing is explained. 1 if there is too little to tell.
    """
    if not words:
        return 1.0
    place = _numbers(words)
    place[place < 0] = len(words)
    shared = np.bincount(place)[place]
    told = (shared > 1) & (place < len(words))
    spread = (cost - cost.mean()) ** 2
    if told.sum() < ENOUGH or spread.sum() <= 0:
        return 1.0
    others = (np.bincount(place, cost)[place] - cost) / np.maximum(1, shared - 1)
    return float(np.where(told, (cost - others) ** 2, spread).sum() / spread.sum())
