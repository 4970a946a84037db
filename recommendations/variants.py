"""The same product in another colour or size, told by what the shop says of it and by the words of its title.

Two entries of one group are one thing. Without a group, two titles are one thing if they differ only in words that say
which one of it: a colour, a size, a measure with its unit, how many are in a set. A number alone is never such a word
(iPhone 14, volume 2), nor is a pattern (dots, stripes): where it is unclear, two things are two things.

The words stand in `variant_words.csv`, by language and kind; the values of a product's own options (its attribute
"colour", say) count besides them, whatever they are. The kinds:

    colour    names a colour and little else
    thing     names a colour, or a thing (orange, rose, gold): counts only where the other title has a colour too
    shade     belongs to the colour or the size it stands beside (dark blue, bleu clair, extra large)
    size      says how large;  letter: the same, at the end of a title or behind such a word
    numbered  a size if a number or a size follows (taille 42, ไซส์ M)
    pack      and  joint: how many, if a number follows (set of 6, lot de 6, ชุด 6 ชิ้น)
    unit      a measure if a number stands before it (250 g, 20 x 30 cm)
    sort      beside it a colour names a sort: green tea and black tea are two things
    option    the name of an attribute whose values tell variants apart
"""

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from recommendations.request import Product
from recommendations.words import LONGEST, fold, is_number, is_run, load_words, tokens

# the same thing in another colour costs about the same; beyond this it is another thing: a ring of gold, one of silver
COLOUR_PRICE_MOST = 1.5
# what is read of one product
ATTRIBUTES = 30
# the networks of telephones, written like a weight
_NETWORKS = frozenset({"2", "3", "4", "5"})


@dataclass(frozen=True, slots=True)
class Reading:
    """A title taken apart. Words are folded (`words.tokens`); runs of unspaced scripts are joined into one.

    words  all of them, in order, the numbers too
    rest   what is left without colours, sizes, measures and packs, in order
    core   `rest` sorted, what is written without spaces as one word: what the thing is
    bare   `core` without the words that may be a colour or a thing
    colours, sizes  the words of them, those of the product's options too: sorted, each once
    """

    words: tuple[str, ...]
    rest: tuple[str, ...]
    core: tuple[str, ...]
    bare: tuple[str, ...]
    colours: tuple[str, ...]
    sizes: tuple[str, ...]


def same_thing(one: Product, other: Product) -> bool:
    """They are one product, or the same product in another colour or size. Symmetric; False where it is unclear.

    True for the same id, the same group, the same title, and for titles of which the same is left without colours and
    sizes. Titles do not count so where the shop puts the two into different categories; where only the colour differs
    and one costs more than COLOUR_PRICE_MOST times the other; or where one of them is used up, since then another
    colour is another sort.
    """
    if one.id == other.id or (one.group and one.group == other.group):
        return True
    left, right = read_product(one), read_product(other)
    if not left.words or not right.words:
        return False
    if left.words == right.words:
        return True
    if one.category and other.category and one.category != other.category:
        return False
    is_same = (left.core and left.core == right.core) or (
        left.bare and left.bare == right.bare and left.colours and right.colours
    )
    if not is_same:
        return False
    return left.colours == right.colours or _is_a_mere_colour(one, other, left.sizes == right.sizes)


def is_twin(one: Product, other: Product) -> bool:
    """They are the same product in the same size and another colour, as far as the shop says so."""
    left, right = read_product(one), read_product(other)
    differ = bool(left.colours and right.colours) and left.colours != right.colours
    return differ and left.sizes == right.sizes and same_thing(one, other)


def marks(product: Product, reading: Reading | None = None) -> Iterator[tuple[Hashable, ...]]:
    """What products that are one thing have in common: two of which `same_thing` is true share at least one mark.

    For finding them among many without comparing all with all. The reverse does not hold: prices are not looked at.

    reading  of the product, where it is at hand
    """
    if product.group:
        yield "group", product.group
    yield from _marks(reading or read_product(product))


@lru_cache(maxsize=16384)
def _marks(read: Reading) -> tuple[tuple[Hashable, ...], ...]:
    marks: list[tuple[Hashable, ...]] = []
    if read.words:
        marks.append(("words", read.words))
    # without a category it is compared with those of all categories: `same_thing` decides
    if read.core:
        marks.append(("core", read.core))
    if read.bare and read.colours:
        marks.append(("bare", read.bare))
    return tuple(marks)


def read_product(product: Product) -> Reading:
    """Its title taken apart; the values of its own options count as words of colour and size."""
    return read_title(product.title, product)


def read_title(title: str, of: Product) -> Reading:
    """`title`, or a part of it, taken apart like that of the product `of`."""
    return _read(title[:LONGEST], _own_words(options(of)) if of.attributes else ())


def options(product: Product) -> tuple[str, ...]:
    """The values of those attributes that tell variants apart: colour, size, …; of ATTRIBUTES attributes at most."""
    names = sorted(product.attributes)[:ATTRIBUTES]
    return tuple(product.attributes[name][:LONGEST] for name in names if is_option(name))


@lru_cache(maxsize=4096)
def is_option(name: str) -> bool:
    """An attribute of this name tells the variants of one product apart."""
    return tuple(tokens(name)) in _OPTIONS


@lru_cache(maxsize=16384)
def _own_words(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({word for value in values for word in tokens(value)}))


def _is_a_mere_colour(one: Product, other: Product, of_one_size: bool) -> bool:
    if one.consumable or other.consumable:
        return False
    prices = [product.price_minor for product in (one, other) if product.price_minor and product.price_minor > 0]
    return not of_one_size or len(prices) < 2 or max(prices) <= COLOUR_PRICE_MOST * min(prices)


@lru_cache(maxsize=16384)
def _read(title: str, own: tuple[str, ...]) -> Reading:
    words = tokens(title)
    pieces = _split_runs(words, own)
    kinds = _kinds(pieces, frozenset(own))
    names_a_sort = any(piece in _WORDS["sort"] for piece in pieces)
    colour_kinds = () if names_a_sort else ("colour", "thing")
    rest = [
        word for word, kind in zip(pieces, kinds, strict=True) if kind in ("", "thing") or _kept(kind, colour_kinds)
    ]
    bare = [word for word, kind in zip(pieces, kinds, strict=True) if not kind or _kept(kind, colour_kinds)]
    return Reading(
        tuple(words),
        tuple(rest),
        _sorted(rest),
        _sorted(bare),
        _said(pieces, kinds, own, colour_kinds),
        _said(pieces, kinds, own, ("size",)),
    )


def _said(pieces: Sequence[str], kinds: Sequence[str], own: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    said = {piece for piece, kind in zip(pieces, kinds, strict=True) if kind in wanted}
    return tuple(sorted(said.union(word for word in own if _kind_of_own(word) in wanted)))


def _kept(kind: str, colour_kinds: Sequence[str]) -> bool:
    return kind in ("colour", "thing") and kind not in colour_kinds


def _sorted(words: Iterable[str]) -> tuple[str, ...]:
    """Words by name; what is written without spaces stays in its order, as one word."""
    whole = list(words)
    run = "".join(word for word in whole if is_run(word))
    return tuple(sorted(word for word in whole if not is_run(word)) + ([run] if run else []))


def _split_runs(words: Iterable[str], own: Iterable[str]) -> list[str]:
    """Cut the words of colour and size out of runs, as words of their own."""
    runs = [word for word in own if is_run(word)]
    pieces: list[str] = []
    for word in words:
        if not is_run(word):
            pieces.append(word)
            continue
        rest = word
        for value in runs:
            rest = rest.replace(value, f" {value} ")
        for pattern in _IN_RUNS:
            rest = pattern.sub(lambda found: f" {found[0]} ", rest)
        pieces += rest.split()
    return pieces


def _kinds(pieces: Sequence[str], own: frozenset[str]) -> list[str]:
    """Of each piece: "colour", "thing" or "size" as said above; "" if it says what the thing is."""
    kinds = [_kind(piece, own) for piece in pieces]
    for place, piece in enumerate(pieces):
        if is_number(piece):
            _mark_number(pieces, kinds, place)
        elif piece in _WORDS["numbered"] and place + 1 < len(pieces) and _is_size(pieces[place + 1]):
            kinds[place] = kinds[place + 1] = "size"
    for place, piece in enumerate(pieces):
        if piece in _WORDS["letter"] and not kinds[place]:
            kinds[place] = "size" if place and (place + 1 == len(pieces) or kinds[place - 1]) else ""
        if piece in _WORDS["shade"] and not kinds[place]:
            beside = {kinds[near] for near in (place - 1, place + 1) if 0 <= near < len(pieces)}
            kinds[place] = "colour" if beside & {"colour", "thing"} else "size" if "size" in beside else ""
    return kinds


def _kind(piece: str, own: frozenset[str]) -> str:
    if piece in own:
        return _kind_of_own(piece)
    for kind in ("thing", "colour", "size"):
        if piece in _WORDS[kind]:
            return kind
    if is_run(piece):
        return "colour" if _THAI_COLOUR.fullmatch(piece) else "size" if _THAI_SIZE.fullmatch(piece) else ""
    return ""


def _kind_of_own(word: str) -> str:
    """A word of an option: what is no size is taken for a colour, though it be a scent."""
    return "size" if _is_size(word) or word in _WORDS["unit"] or word in _WORDS["numbered"] else "colour"


def _is_size(piece: str) -> bool:
    return is_number(piece) or piece in _WORDS["size"] or piece in _WORDS["letter"]


def _mark_number(pieces: Sequence[str], kinds: list[str], place: int) -> None:
    """Mark the measure, pack or numbered size that the number at `place` belongs to, if it belongs to one."""
    end = place
    while end + 2 < len(pieces) and pieces[end + 1] == "x" and is_number(pieces[end + 2]):
        end += 2
    begin = place
    before = pieces[place - 1] if place else ""
    if end + 1 < len(pieces) and pieces[end + 1] in _WORDS["unit"] and not _is_network(pieces, end):
        end += 1
    elif before not in _WORDS["numbered"] and not _pack_before(pieces, place):
        return
    if before in _WORDS["numbered"]:
        begin = place - 1
    kinds[begin - _pack_before(pieces, begin) : end + 1] = ["size"] * (end + 1 - begin + _pack_before(pieces, begin))


def _pack_before(pieces: Sequence[str], place: int) -> int:
    """How many words before `place` say that a number there is how many are in a pack: "set", "set of"; 0 for none."""
    if place >= 1 and pieces[place - 1] in _WORDS["pack"]:
        return 1
    if place >= 2 and pieces[place - 1] in _WORDS["joint"] and pieces[place - 2] in _WORDS["pack"]:
        return 2
    return 0


def _is_network(pieces: Sequence[str], place: int) -> bool:
    return pieces[place + 1] == "g" and pieces[place] in _NETWORKS


def _any_of(*kinds: str) -> str:
    """A pattern for the words of an unspaced script; the longest first, so that none ends inside another."""
    words = [word for kind in kinds for word in _WORDS[kind] if is_run(word)]
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))


_WORDS = load_words("variant_words.csv")
_OPTIONS = frozenset((word,) for word in _WORDS["option"])
_THAI_COLOUR = re.compile(rf"{fold('สี')}?(?:{_any_of('colour')})(?:{_any_of('shade')})?")
_THAI_SIZE = re.compile(rf"(?:{_any_of('numbered')})?(?:{_any_of('size')})")
# inside a longer run only what its first word announces: "ดำ" alone may be part of another word
_IN_RUNS = (
    re.compile(rf"{fold('สี')}(?:{_any_of('colour')})(?:{_any_of('shade')})?"),
    re.compile(rf"(?:{_any_of('numbered')})(?:{_any_of('size')})|(?<=.)(?:{_any_of('numbered')})$"),
)
