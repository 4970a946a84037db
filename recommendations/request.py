"""The words of the interface: what is asked, and what comes back. Ids are any text."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Strategy(StrEnum):
    """What is asked for."""

    # what completes an order that is being put together: what else stands in such orders
    TOGETHER = "together"
    # cross-sell: what a shopper who has bought this will buy next and never had; falls back to what is popular
    GOES_WITH = "goes_with"
    # up-sell: a better version of what was bought
    STEP_UP = "step_up"
    # in place of something: swaps, backorders, returns
    SIMILAR = "similar"
    # what the shopper bought and people do buy again
    BUY_AGAIN = "buy_again"
    # what most people buy now
    POPULAR = "popular"
    # whatever the shopper may buy next: new things and things again, as this shop's shoppers do
    NEXT = "next"


class Kind(StrEnum):
    """Why a product is shown; each has its own sentence."""

    # people who bought one of the shopper's products bought it in the same order
    BOUGHT_TOGETHER = "bought_together"
    # people who bought one of the shopper's products bought it in a later order
    BOUGHT_LATER = "bought_later"
    # nobody bought it yet; people who bought one of the shopper's products bought something it is described like
    LIKE_BOUGHT = "like_bought"
    # it is described like one of the shopper's products
    SIMILAR = "similar"
    # it is the same sort of thing as one of the shopper's products, and a better one
    STEP_UP = "step_up"
    # the shopper bought it, and people buy it more than once
    BUY_AGAIN = "buy_again"
    # many people bought it; says nothing about the shopper's own products
    POPULAR = "popular"
    # the merchant chose it
    PICKED = "picked"


# kinds whose sentence says how many did it, and how many orders it takes to say so
_COUNTED = frozenset({Kind.BOUGHT_TOGETHER, Kind.BOUGHT_LATER, Kind.LIKE_BOUGHT, Kind.BUY_AGAIN, Kind.POPULAR})
LEAST_ORDERS = 2


@dataclass(frozen=True, slots=True)
class Reason:
    """Facts for one true sentence about a suggestion.

    anchor  the shopper's product that the sentence is about; None if it is about none
    people  different customers who did what `kind` says; orders without a customer are not counted. 0 where `kind`
            speaks of nobody (similar, step-up, picked)
    orders  different orders in which it was done, those without a customer included; at least `people`
    """

    kind: Kind
    anchor: str | None
    people: int = 0
    orders: int = 0

    @property
    def is_borne_out(self) -> bool:
        """Whether the sentence would rest on more than what one order happened to hold."""
        return self.kind not in _COUNTED or self.orders >= LEAST_ORDERS


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A product that a model proposes, or that was chosen to be shown.

    score  positive; twice as high is twice as likely to be wanted. Compares within one answer only
    """

    product: str
    score: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Product:
    """What is known now of a product on the shelf.

    group         the variants of one product share it; "" if it has none
    category      "" if the shop has none
    price_minor   None if unknown; 0 or less is a gift or a fee and is never suggested
    margin_minor  what the shop earns on one; None if unknown
    available     can be bought now
    consumable    used up and bought again; None: the shop does not say, its orders may
    parts         the products that this one is a bundle of
    attributes    what else is said of it, name → value, for similarity and step-up
    """

    id: str
    title: str = ""
    group: str = ""
    category: str = ""
    price_minor: int | None = None
    available: bool = True
    margin_minor: int | None = None
    consumable: bool | None = None
    parts: Collection[str] = ()
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Policy:
    """What the merchant wants, by the shop's own product ids and names of categories.

    pinned               product of the order → products to show first with it; under "" those for every order
    excluded             products never shown
    excluded_categories  categories never shown
    apart                pairs of categories that never stand beside each other: neither in one answer, nor one of them
                         beside an order that holds the other
    boosts               product or category → factor on its score, 0.25 … 4
    margin_boost         0: margin does not matter … 1: the best margin counts twice as much as none
    consumables          categories whose products may be suggested again
    step_up_most         a step-up costs at most this many times as much
    shown_most           how often one product is shown to one shopper who does not follow it
    """

    pinned: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    excluded: Collection[str] = ()
    excluded_categories: Collection[str] = ()
    apart: Collection[tuple[str, str]] = ()
    boosts: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    margin_boost: float = 0.0
    consumables: Collection[str] = ()
    step_up_most: float = 2.0
    shown_most: int = 8


@dataclass(frozen=True, slots=True)
class Request:
    """What is known of the shopper, and what is wanted.

    basket        products of the order (or of the parcel) that is looked at
    history       the customer's other orders, newest first; may be empty
    times         when `basket` and then each of `history` was ordered, seconds since 1970; () if not known
    at            the instant of asking, seconds since 1970; None: the model's own
    strategy      what is asked for
    about         products that STEP_UP and SIMILAR speak of; () means the basket
    excluded      products never to show, for reasons of the caller: dismissed ones, for example
    shown         product → how often this shopper was shown it without following it
    policy        what the merchant wants
    limit         how many suggestions at most; 0 or less gives none
    per_category  how many of one category while others are to be had; None means half the limit, rounded up
    """

    basket: Sequence[str]
    history: Sequence[Sequence[str]] = ()
    times: Sequence[float] = ()
    at: float | None = None
    strategy: Strategy = Strategy.GOES_WITH
    about: Sequence[str] = ()
    excluded: Collection[str] = ()
    shown: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    policy: Policy = field(default_factory=Policy)
    limit: int = 4
    per_category: int | None = None

    def owned(self) -> set[str]:
        """Every product of the basket and the history."""
        return {*self.basket, *(product for order in self.history for product in order)}
