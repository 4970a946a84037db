"""The words of the interface: what is asked, and what comes back. Ids are any text."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Why a product is shown; every strategy has one."""

    # people who bought one of the shopper's products bought it in the same order
    BOUGHT_TOGETHER = "bought_together"
    # many people bought it; says nothing about the shopper's own products
    POPULAR = "popular"


@dataclass(frozen=True, slots=True)
class Reason:
    """Facts for one true sentence about a suggestion.

    anchor  the shopper's product that the sentence is about; None if it is about none
    people  different customers who did what `kind` says; orders without a customer are not counted
    orders  different orders in which it was done, those without a customer included; at least `people`
    """

    kind: Kind
    anchor: str | None
    people: int
    orders: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A product that a model proposes, or that was chosen to be shown. Scores compare within one kind only."""

    product: str
    score: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Product:
    """What is known now of a product on the shelf.

    group        the variants of one product share it; "" if it has none
    category     "" if the shop has none
    price_minor  None if unknown; 0 or less is a gift or a fee and is never suggested
    available    can be bought now
    """

    id: str
    title: str = ""
    group: str = ""
    category: str = ""
    price_minor: int | None = None
    available: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """What is known of the shopper, and what is wanted.

    basket        products of the order that is looked at
    history       the customer's other orders, newest first; may be empty
    excluded      products never to show, for reasons of the caller
    limit         how many suggestions at most; 0 or less gives none
    per_category  how many of one category while others are to be had; None means half the limit, rounded up
    """

    basket: Sequence[str]
    history: Sequence[Sequence[str]] = ()
    excluded: Collection[str] = ()
    limit: int = 4
    per_category: int | None = None

    def owned(self) -> set[str]:
        """Every product of the basket and the history."""
        return {*self.basket, *(product for order in self.history for product in order)}
