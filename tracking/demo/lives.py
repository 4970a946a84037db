"""What a shop's invented customers bought in its year: a life each, so that whoever counts finds something true.

Nobody buys at random. A customer begins with something, takes what goes with it, comes back for what follows from it,
buys again what is used up, and sometimes finds something else. Nobody buys twice what lasts, nor the plainer of what
they have.
"""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

DAYS: Final = 362.0
# of the goods that go with what is bought the first is taken with it so often, the others less and less
_TOGETHER: Final = 0.56
_LESS: Final = 0.62
_MOST_LINES: Final = 4
# after each order: how often there is another one, where recommendations were shown and where not, and how much later
_COMES_BACK: Final = {True: 0.68, False: 0.5}
_SOONEST_D, _USUALLY_D, _LATEST_D = 4.0, 42.0, 130.0
# what brings somebody back: something used up, what was not taken with the last order, what follows from it, …
_AGAIN, _MISSING, _THEN = 0.34, 0.62, 0.9
# … or something else, mostly of a kind that they have
_OF_A_KIND: Final = 0.75


@dataclass(frozen=True, slots=True)
class Visit:
    """An order of a customer.

    day   days since the year began
    refs  the goods, what it was about first
    """

    customer: int
    day: float
    refs: tuple[str, ...]


def lives(catalogue: Sequence[Mapping[str, Any]], *, customers: int, known: int, rng: random.Random) -> list[Visit]:
    """All orders of `customers` customers, oldest first.

    known  the first so many have ordered once, months ago, something that is used up: shoppers of the demonstration,
           who order again in it
    """
    shop = _Shop(catalogue)
    found = []
    for customer in range(customers):
        if customer < known:
            found.append(Visit(customer, rng.uniform(90, DAYS - 60), shop.used_up_with_company(rng)))
        else:
            found += _life(shop, customer, rng)
    return sorted(found, key=lambda visit: (visit.day, visit.customer))


def saw_recommendations(customer: int) -> bool:
    """Whether the customer is of the half that was shown some, in a shop that tried for a year."""
    return customer % 2 == 0


def _life(shop: "_Shop", customer: int, rng: random.Random) -> list[Visit]:
    # more come each month than the month before
    day = DAYS * rng.random() ** 0.8
    owned: list[str] = []
    visits: list[Visit] = []
    about: str | None = shop.anything(rng, owned)
    while about is not None and day < DAYS:
        basket = shop.basket(about, owned, rng)
        visits.append(Visit(customer, day, tuple(basket)))
        owned += basket
        if rng.random() > _COMES_BACK[saw_recommendations(customer)]:
            break
        day += min(_SOONEST_D + rng.expovariate(1 / (_USUALLY_D - _SOONEST_D)), _LATEST_D)
        about = shop.next(owned, rng)
    return visits


class _Shop:
    """The goods as people see them."""

    def __init__(self, catalogue: Sequence[Mapping[str, Any]]) -> None:
        self._goods = {str(item["ref"]): item for item in catalogue}
        # what has only just come in was bought by nobody yet
        self._sold = [str(item["ref"]) for item in catalogue if not item["is_new"]]
        self._wanted = [1.0 / (place + 5) for place in range(len(self._sold))]

    def anything(self, rng: random.Random, owned: Sequence[str], kinds: Collection[str] = ()) -> str | None:
        """What many want and this one has not, of these categories if any; None if there is nothing left."""
        for _ in range(20):
            ref = rng.choices(self._sold, self._wanted)[0]
            if self._is_open(ref, owned) and (not kinds or self._goods[ref]["category"] in kinds):
                return ref
        return None

    def next(self, owned: Sequence[str], rng: random.Random) -> str | None:
        """What brings somebody back who owns these."""
        chance = rng.random()
        used_up = [ref for ref in dict.fromkeys(owned) if self._goods[ref]["consumable"]]
        if chance < _AGAIN and used_up:
            return rng.choice(used_up)
        for link, share in (("goes_with", _MISSING), ("then", _THEN)):
            found = [ref for one in owned[-3:] for ref in self._goods[one][link] if self._is_open(ref, owned)]
            if chance < share and found:
                # the nearest first
                return str(found[min(int(rng.expovariate(1.2)), len(found) - 1)])
        kinds = {self._goods[ref]["category"] for ref in owned} if rng.random() < _OF_A_KIND else set()
        return self.anything(rng, owned, kinds)

    def basket(self, about: str, owned: Sequence[str], rng: random.Random) -> list[str]:
        """It, and what is taken with it."""
        taken = [about]
        chance = _TOGETHER
        for friend in self._goods[about]["goes_with"]:
            if len(taken) < _MOST_LINES and self._is_open(friend, [*owned, *taken]) and rng.random() < chance:
                taken.append(friend)
            chance *= _LESS
        return taken

    def used_up_with_company(self, rng: random.Random) -> tuple[str, ...]:
        """Something that is used up, and what goes with it."""
        about = rng.choice([ref for ref in self._sold if self._goods[ref]["consumable"]])
        return tuple(self.basket(about, (), rng))

    def _is_open(self, ref: str, owned: Sequence[str]) -> bool:
        """Whether who owns these may want it."""
        item = self._goods[ref]
        if item["is_new"]:
            return False
        if item["consumable"]:
            return True
        has = set(owned)
        parts = {part for one in owned for part in self._goods[one]["parts"]}
        outdone = {self._goods[one]["better_than"] for one in owned}
        return ref not in has | parts and not has & set(item["parts"]) and not outdone & {ref, item["group"] or ref}
