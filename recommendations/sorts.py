"""Whether two products are the same sort of thing: by their categories, and by the word of a title that names it.

A category alone does not tell: pencils and a pencil sharpener stand in one. English names a thing at the end of its
title (pencil SHARPENER), French and Thai at the beginning (TASSE à café). Which it is, a shop's prices tell: it is the
end of the titles that says more about what things cost. While too few prices are known either end may name it.

Two things of one name may do different work: a fish plate is no better plate, a coffee press no better garlic press.
What names other things of the shop (fish), and is no material, says what a thing is for. Without spaces it stands right
behind the name (จานปลา, ชามข้าว): two such things are for one use if they share it, or if both go on with what they are
like (a shape, a pattern, a material).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
import numpy.typing as npt

from recommendations.grades import GRADES, MATERIALS, RUNS_OF_STYLE, named_part
from recommendations.request import Product
from recommendations.variants import read_title
from recommendations.words import LONGEST, is_number, is_run, letters_of

# so many things with a price, and a word at that end that another has as well, tell how a shop names things
ENOUGH = 30
# so much of a run without spaces is taken for its first word; two more where an open syllable begins it (กระถาง)
FIRST_LETTERS = 3
_OPEN, _VOWELS_BEFORE = "ะ", frozenset("เแโใไ")
# so much of what one word stands for is in one category, or the word is a maker, a material, a pattern
IN_ONE = 0.75
# so much of the time a word that names things stands at that end of the titles it is in; a pattern, a room do not
NAMES = 0.5
# alike by at least this much two things of one name are versions of one
SURE = 0.5
# two runs that share so many letters more than all of their name do share what stands behind it
SHARED_LETTERS = 2
# a word may have begun so many letters before the place where two runs part
WITHIN = 4
# behind these a title says more of the thing that it has named
_ASIDE = re.compile(r"[,;:(\[|]")


@dataclass(frozen=True, slots=True, eq=False)
class Sorts:
    """Of each product the numbers of its category and of the words that may name it; -1 for none.

    front  as `last`, of what stands before "for" or "with": a filter for a press is no press
    named  whether the word names the product for sure, and not perhaps its maker or its pattern
    use    a number for what the title says the thing is for, as far as other things are named so
    run    a title without spaces, "" for others
    name   how many letters at its beginning all runs that are named so have in common; 0 for others
    """

    category: npt.NDArray[np.int32]
    first: npt.NDArray[np.int32]
    last: npt.NDArray[np.int32]
    front: npt.NDArray[np.int32]
    named: npt.NDArray[np.bool_]
    use: npt.NDArray[np.int32]
    run: Sequence[str]
    name: npt.NDArray[np.int32]

    def are_akin(self, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Of each pair: they have a word in common that may name them both, and no categories that differ."""
        apart = _differ(self.category, one, other)
        return ~apart & (_agree(self.first, one, other) | _agree(self.last, one, other))

    def are_same(
        self, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64], likeness: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.bool_]:
        """Of each pair: they are akin and for the same use, and it is sure.

        By their one category; without one, since the word does name them and they are alike in half of what else is
        said (`likeness` at least SURE): a ball for the tree and one for the dance floor are both balls.
        """
        by_name = self.named[one] & self.named[other] & (likeness >= SURE)
        is_sure = _agree(self.category, one, other) | by_name
        is_named_so = _agree(self.first, one, other) | _agree(self.front, one, other)
        is_same: npt.NDArray[np.bool_] = is_sure & is_named_so & (self.use[one] == self.use[other])
        is_same &= self.are_akin(one, other)
        for pair in np.flatnonzero(is_same & (self.name[one] > 0) & (self.name[other] > 0)).tolist():
            is_same[pair] = self._is_one_use(int(one[pair]), int(other[pair]))
        return is_same

    def _is_one_use(self, one: int, other: int) -> bool:
        """Of titles without spaces: what stands behind the name is the same, or both go on with what they are like."""
        left, right = self.run[one], self.run[other]
        both = _shared(left, right)
        if both in (len(left), len(right)) or both >= self.name[one] + SHARED_LETTERS:
            return True
        return all(_is_style_at(run, both) for run in (left, right))


def find_sorts(products: Sequence[Product]) -> Sorts:
    """What tells the sort of each of `products`: one of each family, so that no variant counts twice."""
    titles = [_naming(product) for product in products]
    runs = [_first_of_run(words) for words in titles]
    spaced = [[] if run else words for words, run in zip(titles, runs, strict=True)]
    first, last = _names_at_end([words[::-1] for words in spaced]), _names_at_end(spaced)
    category = [product.category for product in products]
    costs = [0 if run else product.price_minor or 0 for product, run in zip(products, runs, strict=True)]
    left = [_unexplained(names, costs) for names in (first, last)]
    if left[0] == left[1]:
        first, last = (_in_one_category(names, category) for names in (first, last))
    elif left[0] < left[1]:
        last = [""] * len(last)
    else:
        first = [""] * len(first)
    is_told = left[0] != left[1]
    named = [is_told or bool(run) for run in runs]
    names = [one or other for one, other in zip(first, last, strict=True)]
    words = _uses(spaced, names) if is_told else [()] * len(spaced)
    uses = [" ".join((*one, *run)) or "-" for one, run in zip(words, _uses_of_runs(titles, runs), strict=True)]
    ends = _numbers([*last, *(_front(product, name) for product, name in zip(products, last, strict=True))])
    return Sorts(
        _numbers(category),
        _numbers([run or name for run, name in zip(runs, first, strict=True)]),
        ends[: len(last)],
        ends[len(last) :],
        np.array(named, np.bool_),
        _numbers(uses),
        *_runs_named(titles, runs),
    )


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


def _uses(titles: Sequence[Sequence[str]], names: Sequence[str]) -> list[tuple[str, ...]]:
    """Of each title the words, by name, that name other things."""
    naming = frozenset(names) - MATERIALS - GRADES
    return [tuple(sorted(naming.intersection(words) - {name})) for words, name in zip(titles, names, strict=True)]


def _uses_of_runs(titles: Sequence[Sequence[str]], names: Sequence[str]) -> list[tuple[str, ...]]:
    """The same of titles without spaces: what names several other things, and stands behind their own name."""
    known = [name for name, many in Counter(names).items() if name and many > 1]
    naming = re.compile("|".join(map(re.escape, sorted(known, key=lambda name: (-len(name), name))))) if known else None
    uses: list[tuple[str, ...]] = []
    for words, name in zip(titles, names, strict=True):
        run = "".join(word for word in words if is_run(word))[len(name) :] if name and naming else ""
        uses.append(tuple(sorted(set(naming.findall(run)) - {name})) if naming and run else ())
    return uses


def _runs_named(titles: Sequence[Sequence[str]], names: Sequence[str]) -> tuple[list[str], npt.NDArray[np.int32]]:
    """The titles without spaces as one run each, and how many letters all of one name begin with."""
    runs = ["".join(word for word in words if is_run(word)) for words in titles]
    of_name: dict[str, str] = {}
    for run, name in zip(runs, names, strict=True):
        before = of_name.get(name, run)
        of_name[name] = run[: _shared(before, run)]
    return runs, np.array([len(of_name[name]) for name in names], np.int32)


def _shared(one: str, other: str) -> int:
    """How many letters both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _is_style_at(run: str, place: int) -> bool:
    """What stands there says what a thing is like; its first letters may be before."""
    return any(RUNS_OF_STYLE.match(run, at) for at in range(max(0, place - WITHIN), place + 1))


def _front(product: Product, last: str) -> str:
    """The word that names the thing at the end of what stands before "for" or "with", if `last` names it behind."""
    part = named_part(product.title[:LONGEST])
    if not last or len(part) == len(product.title[:LONGEST]):
        return last
    words = _naming(replace(product, title=part))
    return last if last in words else next((word for word in reversed(words) if not is_number(word)), "")


def _naming(product: Product) -> list[str]:
    """The words of a title that name the thing, or some of its kind: up to the first aside, and no colours."""
    reading = read_title(_ASIDE.split(product.title[:LONGEST], maxsplit=1)[0], product)
    if not reading.rest:
        reading = read_title(product.title, product)
    return [word for word in reading.rest if is_run(word) or word in reading.bare] or list(reading.rest)


def _first_of_run(words: Sequence[str]) -> str:
    """About the first word of the first run without spaces; "" if there is none."""
    run = next((word for word in words if is_run(word)), "")
    letters = letters_of(run)
    is_open = letters[FIRST_LETTERS - 1 : FIRST_LETTERS] == [_OPEN] and letters[0] not in _VOWELS_BEFORE
    return "".join(letters[: FIRST_LETTERS + 2 * is_open])


def _names_at_end(titles: Sequence[Sequence[str]]) -> list[str]:
    """Of each title the word nearest to its end that mostly stands at the end of titles; "" if none does."""
    words = [[word for word in title[::-1] if not is_number(word)] for title in titles]
    at_end = Counter(title[0] for title in words if title)
    anywhere = Counter(word for title in words for word in set(title))
    return [next((word for word in title if at_end[word] >= NAMES * anywhere[word]), "") for title in words]


def _unexplained(names: Sequence[str], costs: Sequence[int]) -> float:
    """How much of the spread of prices is left when those of the others of the same name are known: about 0 … 1.

    Where no other has the name, nothing is explained. 1 if there is too little to tell. A cost of 0 or less is unknown.
    """
    priced = [cost > 0 for cost in costs]
    place = _numbers(list(compress(names, priced))).astype(np.int64)
    if not len(place):
        return 1.0
    cost = np.log(np.array(list(compress(costs, priced)), np.float64))
    place[place < 0] = len(place)
    shared = np.bincount(place)[place]
    told = (shared > 1) & (place < len(place))
    spread = (cost - cost.mean()) ** 2
    if told.sum() < ENOUGH or spread.sum() <= 0:
        return 1.0
    others = (np.bincount(place, cost)[place] - cost) / np.maximum(1, shared - 1)
    return float(np.where(told, (cost - others) ** 2, spread).sum() / spread.sum())
