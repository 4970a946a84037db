"""Plainer and better makes of one thing, as far as titles say so; and what is a part of a thing, or made to refill it.

Two titles are one thing in two makes if they differ in words of grade (plain, deluxe) or of material only. Another
material at about the same price is a matter of taste: only where one costs far more is it the better make. Where it is
unclear, two things are two things. The words stand in `grade_words.csv`, by language and kind:

    grade     says how good a make is and little else
    material  what a thing is made of. Not glass and paper, which name things as well
    joint     joins the others (en, of)
    part      says that this serves another thing: a refill, a spare part, an accessory
    style     of scripts without spaces: begins what a thing is like and not what it is for (of a shape, with a pattern)
    beyond    behind it a title says what the thing is for or comes with, not what it is (a filter FOR a press)
"""

import re
from collections.abc import Hashable, Iterator
from functools import lru_cache
from typing import Final

from recommendations.prices import price_ratio
from recommendations.request import Product
from recommendations.variants import COLOUR_PRICE_MOST, read_product
from recommendations.words import fold, is_run, load_words, tokens

_WORDS: Final = load_words("grade_words.csv")
_NO_THING: Final = _WORDS["grade"] | _WORDS["material"] | _WORDS["joint"]
MATERIALS: Final = _WORDS["material"]
GRADES: Final = _WORDS["grade"]


def _any_run(*kinds: str) -> re.Pattern[str]:
    """A pattern for the words of an unspaced script; the longest first, so that none ends inside another."""
    runs = {word for kind in kinds for word in _WORDS[kind] if is_run(word)}
    return re.compile("|".join(sorted(runs, key=lambda word: (-len(word), word))))


_RUNS_OF_NO_THING: Final = _any_run("grade", "material")
_RUNS_OF_GRADE: Final = _any_run("grade")
_RUNS_OF_PART: Final = _any_run("part")
# begins what a thing is like, in a script without spaces
RUNS_OF_STYLE: Final = _any_run("grade", "material", "style")
# "pour over" is English
_BEYOND: Final = re.compile(rf"(?<=\w)\W+(?:{'|'.join(sorted(_WORDS['beyond']))})\b(?!\W+over\b)", re.IGNORECASE)


def other_make(one: Product, other: Product) -> bool:
    """They are one thing in a plainer and a better make. Symmetric; False where it is unclear, and for one make."""
    if one.id == other.id or (one.category and other.category and one.category != other.category):
        return False
    left, right = _make(read_product(one).rest), _make(read_product(other).rest)
    if not left[0] or left[0] != right[0] or left[1:] == right[1:]:
        return False
    if left[1] != right[1]:
        return True
    ratio = price_ratio(one, other)
    return ratio is not None and max(ratio, 1 / ratio) > COLOUR_PRICE_MOST


def make_marks(product: Product) -> Iterator[tuple[Hashable, ...]]:
    """What products have in common of which `other_make` may be true."""
    thing = _make(read_product(product).rest)[0]
    if thing:
        yield "make", thing


def is_part(product: Product) -> bool:
    """Its title says that it is a refill, a spare part or an accessory of something."""
    return _is_part(product.title)


def named_part(title: str) -> str:
    """`title` up to where it says what the thing is for, or comes with."""
    return _BEYOND.split(title, maxsplit=1)[0]


@lru_cache(maxsize=16384)
def _make(rest: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """What the thing is, of what grade, and of what material: words by name, what is written without spaces as one."""
    run = "".join(word for word in rest if is_run(word))
    words = [word for word in rest if not is_run(word)]
    bare = _RUNS_OF_NO_THING.sub("", run)
    thing = sorted(word for word in words if word not in _NO_THING) + ([bare] if bare else [])
    grades = {word for word in words if word in GRADES} | set(_RUNS_OF_GRADE.findall(run))
    materials = {word for word in words if word in MATERIALS} | set(_RUNS_OF_NO_THING.findall(run)) - grades
    return tuple(thing), tuple(sorted(grades)), tuple(sorted(materials))


@lru_cache(maxsize=16384)
def _is_part(title: str) -> bool:
    folded = fold(title)
    return bool(_RUNS_OF_PART.search(folded)) or not _WORDS["part"].isdisjoint(tokens(title))
