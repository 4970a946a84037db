"""What sort of thing a product is: its category and, where that says little, the word of its title that names it.

English puts that word last (retrospot CUP), French and Thai first (TASSE à café). Which it is, a shop's prices tell: it
is the end of the titles that says more about what things cost.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import compress

import numpy as np
import numpy.typing as npt

from recommendations.request import Product
from recommendations.variants import Reading
from recommendations.words import is_number, is_run, letters_of

# a category of more things than this holds several sorts
COARSE = 100
# so many things with a price, and a word at that end that another has as well, tell how a shop names things
ENOUGH = 30
# so much of a run without spaces is taken for its first word
FIRST_LETTERS = 3

_Head = Callable[[Sequence[str]], str]


def find_sorts(
    products: Sequence[Product], readings: Sequence[Reading], family: npt.NDArray[np.int64]
) -> npt.NDArray[np.int32]:
    """The number of each product's sort; -1 where neither category nor title tells. `family`: see `find_families`."""
    _, first = np.unique(family, return_index=True)
    sizes = Counter(products[number].category for number in first)
    head = _learn_head([products[number] for number in first], [readings[number] for number in first])
    numbers: dict[tuple[str, str], int] = {}
    sort = np.full(len(products), -1, np.int32)
    for number, (product, reading) in enumerate(zip(products, readings, strict=True)):
        is_coarse = not product.category or sizes[product.category] > COARSE
        name = (product.category, _name(reading.rest, head) if is_coarse else "")
        if any(name):
            sort[number] = numbers.setdefault(name, len(numbers))
    return sort


def _name(words: Sequence[str], head: _Head | None) -> str:
    for word in words:
        if is_run(word):
            return "".join(letters_of(word)[:FIRST_LETTERS])
    return head(words) if head else ""


def _first(words: Sequence[str]) -> str:
    return next((word for word in words if not is_number(word)), "")


def _last(words: Sequence[str]) -> str:
    return _first(words[::-1])


def _learn_head(products: Sequence[Product], readings: Sequence[Reading]) -> _Head | None:
    """Which end of a title names the thing; None if this shop does not tell."""
    priced = [bool(product.price_minor and product.price_minor > 0) for product in products]
    cost = np.log([float(product.price_minor or 1) for product in compress(products, priced)])
    titles = [reading.rest for reading in compress(readings, priced)]
    begin, end = (_unexplained([head(words) for words in titles], cost) for head in (_first, _last))
    if begin == end:
        return None
    return _first if begin < end else _last


def _unexplained(words: Sequence[str], cost: npt.NDArray[np.float64]) -> float:
    """How much of the spread of prices is left when those of the others with the same word are known: about 0 … 1.

    A price by itself is not known from its word: it counts as unexplained. 1 if there is too little to tell.
    """
    if not words:
        return 1.0
    _, place, shared = np.unique(np.array(words, object).astype(str), return_inverse=True, return_counts=True)
    told = (shared[place] > 1) & (np.array(words, object) != "")
    spread = (cost - cost.mean()) ** 2
    if told.sum() < ENOUGH or spread.sum() <= 0:
        return 1.0
    total = np.bincount(place, cost)[place]
    others = (total - cost) / np.maximum(1, shared[place] - 1)
    return float(np.where(told, (cost - others) ** 2, spread).sum() / spread.sum())
