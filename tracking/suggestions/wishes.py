"""A merchant's wishes one by one: said, taken back, never twice, never more than can be looked after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeVar

from tracking.models.recommendation_policy import RecommendationPolicy
from tracking.platform.errors import InputError

# of one kind: a page shows them all, and each is looked at for each answer
MOST_OF_A_KIND: Final = 500
PERCENT_LOW, PERCENT_MOST = 25, 400
T = TypeVar("T")


class TooMany(InputError):
    """There are MOST_OF_A_KIND of these already."""

    code = "too_many_rules"
    http_status = 422


class NeverShown(InputError):
    """What is never shown cannot be shown first."""

    code = "never_shown"
    http_status = 422


class WishKind(StrEnum):
    """What a merchant wants of a product or a category."""

    # shown before everything else, beside one product or beside every order
    FIRST = "first"
    # not shown at all
    NEVER = "never"
    # shown more or less often
    WEIGH = "weigh"
    # two categories that do not stand beside each other
    APART = "apart"
    # a category whose products are bought again
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish. Of product and category one is "", but for APART, which names two categories.

    beside   FIRST: the product of the order, "" for every order; APART: the other category
    percent  WEIGH: of its score, 25 … 400
    """

    kind: WishKind
    product: str = ""
    category: str = ""
    beside: str = ""
    percent: int = 100


def wishes_of(row: RecommendationPolicy) -> tuple[Wish, ...]:
    """All of them: pins in the order in which they are shown, the others by name."""
    found = [Wish(WishKind.FIRST, product=product, beside=beside) for product, beside in row.pinned]
    found += [Wish(WishKind.NEVER, product=product) for product in sorted(row.excluded)]
    found += [Wish(WishKind.NEVER, category=category) for category in sorted(row.excluded_categories)]
    found += [Wish(WishKind.WEIGH, product=str(what), percent=int(much)) for what, much in _by_name(row.boosts)]
    found += [
        Wish(WishKind.WEIGH, category=str(what), percent=int(much)) for what, much in _by_name(row.category_boosts)
    ]
    found += [Wish(WishKind.APART, category=one, beside=other) for one, other in _by_name(row.apart)]
    found += [Wish(WishKind.AGAIN, category=category) for category in sorted(row.consumables)]
    return tuple(found)


def add_wish(row: RecommendationPolicy, wish: Wish) -> bool:
    """Keep a wish; False if it was there already. A new weight of the same thing takes the place of the old one.

    raises  InputError for what is no wish; NeverShown; TooMany of one list
    """
    _check(wish)
    if wish in wishes_of(row):
        return False
    if wish.kind is WishKind.FIRST and wish.product in row.excluded:
        raise NeverShown("It is never shown. Take that rule away first.")
    match wish.kind:
        case WishKind.FIRST:
            row.pinned = _more(row.pinned, [wish.product, wish.beside])
        case WishKind.NEVER if wish.product:
            row.excluded = _more(row.excluded, wish.product)
        case WishKind.NEVER:
            row.excluded_categories = _more(row.excluded_categories, wish.category)
        case WishKind.WEIGH if wish.product:
            others = [one for one in row.boosts if one[0] != wish.product]
            row.boosts = _more(others, [wish.product, wish.percent])
        case WishKind.WEIGH:
            others = [one for one in row.category_boosts if one[0] != wish.category]
            row.category_boosts = _more(others, [wish.category, wish.percent])
        case WishKind.APART:
            pair = sorted((wish.category, wish.beside))
            if pair in row.apart:
                return False
            row.apart = _more(row.apart, pair)
        case WishKind.AGAIN:
            row.consumables = _more(row.consumables, wish.category)
    return True


def remove_wish(row: RecommendationPolicy, wish: Wish) -> bool:
    """Take a wish back; False if it is not there."""
    if wish not in wishes_of(row):
        return False
    match wish.kind:
        case WishKind.FIRST:
            row.pinned = [one for one in row.pinned if one != [wish.product, wish.beside]]
        case WishKind.NEVER:
            row.excluded = [one for one in row.excluded if one != wish.product]
            row.excluded_categories = [one for one in row.excluded_categories if one != wish.category]
        case WishKind.WEIGH:
            row.boosts = [one for one in row.boosts if one[0] != wish.product]
            row.category_boosts = [one for one in row.category_boosts if one[0] != wish.category]
        case WishKind.APART:
            row.apart = [one for one in row.apart if one != [wish.category, wish.beside]]
        case WishKind.AGAIN:
            row.consumables = [one for one in row.consumables if one != wish.category]
    return True


def list_of(wish: Wish) -> str:
    """The list of the row that keeps it."""
    match wish.kind:
        case WishKind.FIRST:
            return "pinned"
        case WishKind.NEVER:
            return "excluded" if wish.product else "excluded_categories"
        case WishKind.WEIGH:
            return "boosts" if wish.product else "category_boosts"
        case WishKind.APART:
            return "apart"
        case WishKind.AGAIN:
            return "consumables"


def replace_wishes(row: RecommendationPolicy, said: Mapping[str, Sequence[Wish]]) -> list[str]:
    """Let these be all wishes of the lists that are named; the names of those that differ.

    said    by list, as `list_of` names them; pins in the order in which they are shown
    raises  InputError as `add_wish`, and for one thing that is named twice: its field is like "pinned.3"
    """
    before = {name: getattr(row, name) for name in said}
    for name, wishes in said.items():
        _refuse_twice(name, wishes)
        for wish in wishes_of(row):
            if list_of(wish) == name and wish not in wishes:
                remove_wish(row, wish)
    # what is never shown first, whoever names it last
    for name in sorted(said, key=lambda name: name == "pinned"):
        for place, wish in enumerate(said[name]):
            try:
                add_wish(row, wish)
            except InputError as error:
                error.field = f"{name}.{place}"
                raise
    if "pinned" in said and list(said["pinned"]) != [one for one in wishes_of(row) if one.kind is WishKind.FIRST]:
        row.pinned = [[wish.product, wish.beside] for wish in said["pinned"]]
    return [name for name, kept in before.items() if getattr(row, name) != kept]


def _refuse_twice(name: str, wishes: Sequence[Wish]) -> None:
    seen: set[Wish] = set()
    for place, wish in enumerate(wishes):
        # two weights of one thing contradict each other
        if (bare := replace(wish, percent=100)) in seen:
            raise InputError("It is named twice.", field=f"{name}.{place}")
        seen.add(bare)


def _check(wish: Wish) -> None:
    """raises InputError"""
    of_categories = wish.kind in {WishKind.APART, WishKind.AGAIN}
    named = [wish.category] if of_categories else [wish.product, wish.category]
    if (
        sum(map(bool, named)) != 1
        or (of_categories and wish.product)
        or (wish.kind is WishKind.FIRST and wish.category)
    ):
        raise InputError("A rule names one product or one category.")
    if wish.kind is WishKind.APART and not wish.beside:
        raise InputError("Two categories are kept apart.")
    if wish.kind is WishKind.FIRST and wish.beside == wish.product:
        raise InputError("A product does not stand beside itself.")
    if wish.kind is WishKind.WEIGH and not PERCENT_LOW <= wish.percent <= PERCENT_MOST:
        raise InputError(f"A weight is {PERCENT_LOW} to {PERCENT_MOST} percent.")


def _more(kept: Sequence[T], one: T) -> list[T]:
    if len(kept) >= MOST_OF_A_KIND:
        raise TooMany(f"There are {MOST_OF_A_KIND} of these already. Take some away first.")
    return [*kept, one]


def _by_name(items: Sequence[list[T]]) -> list[list[T]]:
    return sorted(items, key=lambda item: str(item[0]))
