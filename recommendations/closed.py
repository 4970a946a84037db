"""What is not shown whatever its score, each with the one reason that is told first.

Everything here speaks of one candidate and the order; what stands beside what in an answer is `rules`.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from recommendations import similar, step_up
from recommendations.grades import make_marks, other_make
from recommendations.prices import price_ratio
from recommendations.request import Kind, Product, Request, Strategy, Suggestion
from recommendations.variants import is_twin, marks, same_thing

# titles of what the shopper has are taken apart for these, the newest; of what is older only the group tells a variant
TITLES_READ: Final = 200


class KeptOut(StrEnum):
    """Why a candidate is not shown. The first that applies is told, in this order."""

    # it is not on the shelf: deleted, or nothing can link to it
    UNKNOWN = "unknown"
    # it cannot be bought now
    SOLD_OUT = "sold_out"
    # its price is 0 or less: a gift, a fee
    FREE = "free"
    # the caller does not want it: the shopper dismissed it, for example
    DISMISSED = "dismissed"
    # the merchant never shows this product
    EXCLUDED = "excluded"
    # the merchant never shows this category
    EXCLUDED_CATEGORY = "excluded_category"
    # the shopper has it, and it is not bought again
    OWNED = "owned"
    # the shopper has the same thing in another size, colour or entry
    SAME_AS_OWNED = "same_as_owned"
    # the shopper has it in a plainer or a better make; for a step-up: in one as good
    OTHER_MAKE = "other_make"
    # it is a bundle with something the shopper has
    HOLDS_OWNED = "holds_owned"
    # it is part of a bundle the shopper has
    PART_OF_OWNED = "part_of_owned"
    # the merchant keeps its category away from one of the order
    APART_FROM_ORDER = "apart_from_order"
    # it is no better version at a sensible price
    NO_STEP_UP = "no_step_up"
    # it cannot stand in for what it is offered for: another size of it, or far from its price
    NO_STAND_IN = "no_stand_in"
    # this shopper saw it as often as the merchant allows and did not follow it
    SEEN_ENOUGH = "seen_enough"
    # it is the same thing as a better one of this answer, holds it, or is a part of it
    SAME_AS_SHOWN = "same_as_shown"
    # a better one of this answer is a plainer or better make of it
    OTHER_MAKE_SHOWN = "other_make_shown"
    # the merchant keeps its category away from that of a better one of this answer
    APART_FROM_SHOWN = "apart_from_shown"
    # its category has its share of this answer
    CATEGORY_FULL = "category_full"
    # there is no room: others are better
    NO_ROOM = "no_room"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why, and the product or category it is because of; "" where it is because of none."""

    why: KeptOut
    by: str = ""


class Gate:
    """Judges candidates for one request.

    shelf  what is known now of candidates and of what the shopper has
    of     ids of all candidates that will be judged: what the shopper has is looked through once, for these alone
    """

    def __init__(self, request: Request, shelf: Mapping[str, Product], of: Iterable[str]) -> None:
        self._request = request
        self._shelf = shelf
        policy = request.policy
        self._dismissed = frozenset(request.excluded)
        self._excluded = frozenset(policy.excluded)
        self._excluded_categories = frozenset(policy.excluded_categories)
        self._consumables = frozenset(policy.consumables)
        self._basket = frozenset(request.basket).union(request.about)
        self._owned = self._basket.union(request.owned())
        self._about = about_of(request, shelf)
        self._find_relatives([shelf[product] for product in of if product in shelf])
        apart = Apart(policy.apart)
        self._kept_away: dict[str, str] = {}
        for category in sorted({shelf[product].category for product in self._basket if product in shelf}):
            for other in apart.of(category):
                self._kept_away.setdefault(other, category)

    def refusal(self, candidate: Suggestion) -> Refusal | None:
        """Why it is not shown; None if nothing speaks against it."""
        product = self._shelf.get(candidate.product)
        if product is None:
            return Refusal(KeptOut.UNKNOWN)
        return (
            self._not_for_sale(product)
            or self._not_wanted(product)
            or self._has_already(product, candidate)
            or self._does_not_do(candidate)
            or self._seen_enough(product)
        )

    def _not_for_sale(self, product: Product) -> Refusal | None:
        if not product.available:
            return Refusal(KeptOut.SOLD_OUT)
        if product.price_minor is not None and product.price_minor <= 0:
            return Refusal(KeptOut.FREE)
        return None

    def _not_wanted(self, product: Product) -> Refusal | None:
        if product.id in self._dismissed:
            return Refusal(KeptOut.DISMISSED)
        if product.id in self._excluded:
            return Refusal(KeptOut.EXCLUDED)
        if product.category and product.category in self._excluded_categories:
            return Refusal(KeptOut.EXCLUDED_CATEGORY, product.category)
        if product.category and product.category in self._kept_away:
            return Refusal(KeptOut.APART_FROM_ORDER, self._kept_away[product.category])
        return None

    def _has_already(self, product: Product, candidate: Suggestion) -> Refusal | None:
        if self._is_asked_again(product, candidate):
            return None
        # what is used up may come again, but not beside the parcel that brings it
        has = self._basket if self._is_used_up(product) else self._owned
        if product.id in has:
            return Refusal(KeptOut.OWNED)
        for other in sorted(self._relatives.get(product.id, ())):
            if other in has and not self._stands_in(product, other):
                return Refusal(KeptOut.SAME_AS_OWNED, other)
        for other in sorted(self._makes.get(product.id, ())):
            if other in has and self._is_no_gain(candidate, product, self._shelf[other]):
                return Refusal(KeptOut.OTHER_MAKE, other)
        for part in sorted(product.parts):
            if part in has:
                return Refusal(KeptOut.HOLDS_OWNED, part)
        for bundle in sorted(self._bundles.get(product.id, ())):
            if bundle in has:
                return Refusal(KeptOut.PART_OF_OWNED, bundle)
        return None

    def _is_asked_again(self, product: Product, candidate: Suggestion) -> bool:
        """Buying it again is the point, or what people do; a shop that says it is not used up knows better."""
        if self._request.strategy in {Strategy.NEXT, Strategy.BUY_AGAIN}:
            return True
        return candidate.reason.kind is Kind.BUY_AGAIN and product.consumable is not False

    def _stands_in(self, product: Product, other: str) -> bool:
        """In place of something its other colours are the nearest thing to it."""
        if self._request.strategy is not Strategy.SIMILAR:
            return False
        return any(one.id == other and is_twin(product, one) for one in self._about)

    def _is_no_gain(self, candidate: Suggestion, product: Product, owned: Product) -> bool:
        """What one has in another make is not for cross-selling, and no step up where that is as dear.

        A merchant who shows the better make beside the plain one means it.
        """
        if self._request.strategy is Strategy.STEP_UP:
            ratio = price_ratio(product, owned)
            return ratio is not None and ratio <= 1
        return self._request.strategy is not Strategy.SIMILAR and candidate.reason.kind is not Kind.PICKED

    def _is_used_up(self, product: Product) -> bool:
        """What the shop says of a product stands above what it says of its category."""
        if product.consumable is not None:
            return product.consumable
        return bool(product.category) and product.category in self._consumables

    def _does_not_do(self, candidate: Suggestion) -> Refusal | None:
        """It is not what it is offered as."""
        kind, strategy, anchor = candidate.reason.kind, self._request.strategy, candidate.reason.anchor or ""
        if Kind.STEP_UP is kind or strategy is Strategy.STEP_UP:
            if not step_up.keep(candidate, self._about, self._shelf, self._request.policy):
                return Refusal(KeptOut.NO_STEP_UP, anchor)
        elif kind is Kind.SIMILAR and not similar.keep(candidate, self._about, self._shelf):
            return Refusal(KeptOut.NO_STAND_IN, anchor)
        return None

    def _seen_enough(self, product: Product) -> Refusal | None:
        seen = self._request.shown.get(product.id, 0)
        return Refusal(KeptOut.SEEN_ENOUGH) if seen >= self._request.policy.shown_most else None

    def _find_relatives(self, candidates: Sequence[Product]) -> None:
        """Which of what the shopper has is the same thing as a candidate, another make, or a bundle that holds it."""
        by_mark: dict[Hashable, list[Product]] = {}
        for product in candidates:
            for mark in (*marks(product), *make_marks(product)):
                by_mark.setdefault(mark, []).append(product)
        ids = {product.id for product in candidates}
        self._relatives: dict[str, list[str]] = {}
        self._makes: dict[str, list[str]] = {}
        self._bundles: dict[str, list[str]] = {}
        near = self._newest()
        get = self._shelf.get
        for has in self._owned:
            owned = get(has)
            if owned is None:
                continue
            if owned.parts:
                for part in ids.intersection(owned.parts):
                    self._bundles.setdefault(part, []).append(has)
            if has in near:
                found = {one.id: one for mark in marks(owned) for one in by_mark.get(mark, ())}
                self._find_makes(owned, by_mark)
            elif owned.group and ("group", owned.group) in by_mark:
                found = {one.id: one for one in by_mark["group", owned.group]}
            else:
                continue
            for product in found.values():
                if product.id != has and same_thing(product, owned):
                    self._relatives.setdefault(product.id, []).append(has)

    def _find_makes(self, owned: Product, by_mark: Mapping[Hashable, Sequence[Product]]) -> None:
        for mark in make_marks(owned):
            for product in by_mark.get(mark, ()):
                if other_make(product, owned):
                    self._makes.setdefault(product.id, []).append(owned.id)

    def _newest(self) -> set[str]:
        """What the shopper has whose titles are taken apart: whole orders, the newest first."""
        near = set(self._basket)
        for order in self._request.history:
            if len(near) >= TITLES_READ:
                break
            near.update(order)
        return near


def about_of(request: Request, shelf: Mapping[str, Product]) -> list[Product]:
    """The products a better version of, or something in place of, is asked for, as far as they are known now."""
    return [shelf[product] for product in request.about or request.basket if product in shelf]


class Apart:
    """Pairs of categories that never stand beside each other, whichever is named first."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._others: dict[str, set[str]] = {}
        for one, other in pairs:
            if one and other:
                self._others.setdefault(one, set()).add(other)
                self._others.setdefault(other, set()).add(one)

    def of(self, category: str) -> set[str]:
        """The categories that never stand beside this one."""
        return self._others.get(category, set())
