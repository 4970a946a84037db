"""Invented shops of any size: no data of anybody in them, the same for the same seed.

How a shop comes about:

- products belong to tastes (some 40 each); within the shop their popularity follows Zipf's law;
- each product has a season of the year, as strong as the shop says, and is sold from its launch for its lifetime;
- customers come back as often as a heavy-tailed draw says, and each has three tastes, the first by far the strongest;
- the first product of an order is drawn from a taste of the customer; each further one is, by chance, a companion of
  the first (every product has four), or of the same taste, or of any; what the customer has already is drawn anew,
  three times at most, the last time of any taste;
- baskets are small: 1 + geometric, and few in a hundred are large;
- consumables are bought again: each customer has four staples among those of their tastes, and a line is one of them as
  often as the shop says;
- guests are customers that the shop does not know.

All of it is drawn in columns, so that a million orders take seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from recommendations import Line, Orders, Product
from recommendations.history import History, PastOrder
from recommendations.ids import Ids

DAY_S = 86400.0
OPENED_AT = 1_700_000_000.0
WEEKS = 52
OF_A_TASTE = 40
COMPANIONS = 4
STAPLES = 4
LARGE_SHARE = 0.01
REDRAWN = 3
THINGS = "bowl lamp scarf kettle rug basket candle print notebook planter mug apron cushion tray vase throw".split()  # noqa: SIM905
MAKES = "oak linen copper cork stone wool glass walnut steel cotton clay bamboo brass paper felt rattan".split()  # noqa: SIM905
LOOKS = "plain striped round tall small wide dark pale folded ribbed glazed woven carved dotted smooth rough".split()  # noqa: SIM905

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """What sort of shop.

    basket      mean number of lines of an order
    season      0: the year does not matter … 1: most products sell in their season only
    life_weeks  how long a product is sold; newcomers: this share of products is launched during the year, evenly
    again       share of lines that are one of the customer's staples;  consumable  share of products that can be
    companion   share of further lines that are a companion of the first
    visits      mean orders of a customer;  guests  share of orders by nobody known
    assortment  products, as a multiple of those of other shops
    """

    basket: float = 2.5
    season: float = 0.4
    life_weeks: int = WEEKS
    newcomers: float = 0.1
    again: float = 0.1
    consumable: float = 0.2
    companion: float = 0.35
    visits: float = 3.0
    guests: float = 0.2
    assortment: float = 1.0


LARGE = Kind()
KINDS: Mapping[str, Kind] = {
    "general": Kind(),
    "grocery": Kind(basket=4.0, season=0.1, again=0.6, consumable=0.8, companion=0.15, visits=12.0, guests=0.05),
    "pet food": Kind(basket=1.6, season=0.0, again=0.75, consumable=0.7, companion=0.2, visits=8.0, guests=0.1),
    "fashion": Kind(basket=2.0, season=0.9, life_weeks=13, newcomers=0.9, again=0.0, consumable=0.0, visits=3.0),
    "one product": Kind(basket=1.05, again=0.05, companion=0.3, visits=2.5, guests=0.3),
    "newcomers": Kind(basket=2.5, newcomers=0.8, life_weeks=26, again=0.05),
    "café": Kind(
        basket=2.4, season=0.1, newcomers=0.0, again=0.0, companion=0.3, visits=1.0, guests=1.0, assortment=0.08
    ),
    "supermarket": Kind(
        basket=8.0, season=0.1, again=0.7, consumable=0.95, companion=0.15, visits=25.0, guests=0.0, assortment=2.0
    ),
    "marketplace": Kind(
        basket=1.1, newcomers=0.6, life_weeks=20, again=0.0, consumable=0.05, visits=1.05, guests=0.0, assortment=6.0
    ),
}


@dataclass(frozen=True)
class Invented:
    """A shop in columns; orders by time."""

    placed_at: Floats
    customer: Numbers
    is_guest: npt.NDArray[np.bool_]
    line_order: Numbers
    line_product: Numbers
    taste: Numbers

    def columns(self) -> Orders:
        """What the models learn from, without a detour through rows."""
        name = [f"p{number:06}" for number in range(len(self.taste))]
        width = len(name)
        line = np.unique(self.line_order * width + self.line_product)
        sold = np.unique(self.line_product)
        buyer = np.where(self.is_guest, int(self.customer.max()) + 1 + np.arange(len(self.customer)), self.customer)
        product = np.searchsorted(sold, line % width)
        ids = Ids.of(name[number] for number in sold)
        return Orders(ids, self.placed_at, buyer, ~self.is_guest, line // width, product)

    def lines(self) -> list[Line]:
        """The same as rows."""
        customers, times = self._customers(), self.placed_at.tolist()
        columns = (self.line_order.tolist(), self.line_product.tolist())
        return [
            Line(f"o{order:07}", customers[order], times[order], f"p{product:06}")
            for order, product in zip(*columns, strict=True)
        ]

    def _customers(self) -> list[str]:
        pairs = zip(self.customer.tolist(), self.is_guest.tolist(), strict=True)
        return ["" if guest else f"c{number}" for number, guest in pairs]

    def products(self) -> dict[str, Product]:
        """Titles and categories: a taste's things look alike, as a shop's do."""
        found = {}
        for number, taste in enumerate(self.taste.tolist()):
            thing, make = THINGS[taste % len(THINGS)], MAKES[taste // len(THINGS) % len(MAKES)]
            look = LOOKS[(number * 7 + taste) % len(LOOKS)]
            product = f"p{number:06}"
            found[product] = Product(product, f"{look} {make} {thing} no. {number}", category=thing)
        return found

    def history(self) -> History:
        """The same as a history to be judged on."""
        begins = np.searchsorted(self.line_order, np.arange(len(self.placed_at) + 1)).tolist()
        names = [f"p{product:06}" for product in self.line_product.tolist()]
        customers, times = self._customers(), self.placed_at.tolist()
        orders = [
            PastOrder(f"o{order:07}", customers[order], times[order], tuple(dict.fromkeys(names[begin:end])))
            for order, (begin, end) in enumerate(pairwise(begins))
        ]
        return History.of(orders, self.products())


def invent(kind: Kind = LARGE, *, orders: int = 12_000, products: int = 1_500, seed: int = 7) -> Invented:
    """A year of a shop."""
    random = np.random.default_rng(seed)
    tastes = max(1, products // OF_A_TASTE)
    taste = np.sort(random.integers(0, tastes, products))
    customers = max(1, int(orders / kind.visits))
    placed_at = OPENED_AT + np.sort(random.random(orders)) * WEEKS * 7 * DAY_S
    often = random.pareto(1.3, customers) + 0.2
    customer = _drawn(random, often, orders)
    likes = random.integers(0, tastes, (customers, 3))
    large_share = LARGE_SHARE if kind.basket > 1.5 else 0.0
    size = random.geometric(1 / max(1.0, kind.basket - large_share * 25), orders)
    large = random.random(orders) < large_share
    size = np.where(large, random.integers(15, 60, orders), size)
    line_order = np.repeat(np.arange(orders), size)
    is_first = np.diff(line_order, prepend=-1) != 0
    whose = customer[line_order]
    liked = likes[whose, random.choice(3, len(whose), p=[0.7, 0.2, 0.1])]
    stray = ~is_first & (random.random(len(whose)) < 0.15)
    liked[stray] = random.integers(0, tastes, int(stray.sum()))
    weight = _weights(random, kind, products)
    product = _bought(random, weight, taste, liked, _week(placed_at[line_order]))
    companions = _companions(random, taste, tastes)
    goes = ~is_first & (random.random(len(product)) < kind.companion)
    first = product[np.maximum.accumulate(np.where(is_first, np.arange(len(product)), 0))]
    with_first = companions[first, random.integers(0, COMPANIONS, len(product))]
    sold = weight[_week(placed_at[line_order]), with_first] > 0
    product = np.where(goes & sold, with_first, product)
    for attempt in range(REDRAWN):
        has = _has_already(whose * products + product)
        # of another taste at last: who has all that they like looks elsewhere
        wanted = liked[has] if attempt < REDRAWN - 1 else random.integers(0, tastes, int(has.sum()))
        product[has] = _bought(random, weight, taste, wanted, _week(placed_at[line_order[has]]))
    staples = _staples(random, kind, likes, taste)
    if len(staples):
        again = random.random(len(product)) < kind.again
        product = np.where(again, staples[whose, random.integers(0, STAPLES, len(product))], product)
    return Invented(placed_at, customer, random.random(orders) < kind.guests, line_order, product, taste)


def _drawn(random: np.random.Generator, weights: Floats, count: int) -> Numbers:
    """Numbers by weight."""
    bounds = np.cumsum(weights)
    return np.minimum(np.searchsorted(bounds, random.random(count) * bounds[-1]), len(weights) - 1)


def _week(at: Floats) -> Numbers:
    return np.minimum(((at - OPENED_AT) / (7 * DAY_S)).astype(np.int64), WEEKS - 1)


def _weights(random: np.random.Generator, kind: Kind, products: int) -> Floats:
    """How well each product sells in each week: Zipf × season × whether it is sold at all."""
    zipf = 1 / (1.0 + random.permutation(products)) ** 0.9
    peak = random.integers(0, WEEKS, products)
    week = np.arange(WEEKS)[:, None]
    away = np.minimum((week - peak) % WEEKS, (peak - week) % WEEKS)
    season = (1 - kind.season) + kind.season * np.exp(-((away / 5.0) ** 2)) * 4
    is_new = random.random(products) < kind.newcomers
    launch = np.where(is_new, random.integers(-kind.life_weeks // 2, WEEKS, products), -WEEKS)
    ends = np.where(is_new, launch + kind.life_weeks, 2 * WEEKS)
    return zipf * season * ((week >= launch) & (week < ends))


def _bought(random: np.random.Generator, weight: Floats, taste: Numbers, liked: Numbers, week: Numbers) -> Numbers:
    """A product of the liked taste for each line, by what sells that week; of any taste if that one sells nothing."""
    bounds = np.searchsorted(taste, np.arange(int(taste.max()) + 2))
    product = np.zeros(len(liked), np.int64)
    places = np.argsort(week, kind="stable")
    begins = np.searchsorted(week[places], np.arange(WEEKS + 1))
    for number, (begin, end) in enumerate(pairwise(begins)):
        lines = places[begin:end]
        total = np.concatenate([[0.0], np.cumsum(weight[number])])
        wanted = np.minimum(liked[lines], len(bounds) - 2)
        low, high = total[bounds[wanted]], total[bounds[wanted + 1]]
        nothing = high - low <= 0
        low[nothing], high[nothing] = 0.0, total[-1]
        at = low + random.random(len(lines)) * (high - low)
        product[lines] = np.minimum(np.searchsorted(total, at, side="right") - 1, len(taste) - 1)
    return product


def _has_already(key: Numbers) -> npt.NDArray[np.bool_]:
    """Where a customer's product comes again."""
    _, first = np.unique(key, return_index=True)
    again = np.ones(len(key), np.bool_)
    again[first] = False
    return again


def _companions(random: np.random.Generator, taste: Numbers, tastes: int) -> Numbers:
    """Four products that go with each: of the next taste or of any, as a lead goes with a collar."""
    bounds = np.searchsorted(taste, np.arange(tastes + 1))
    near = (taste[:, None] + random.integers(0, 2, (len(taste), COMPANIONS))) % tastes
    begin, end = bounds[near], bounds[near + 1]
    return np.minimum(begin + (random.random(near.shape) * np.maximum(1, end - begin)).astype(np.int64), len(taste) - 1)


def _staples(random: np.random.Generator, kind: Kind, likes: Numbers, taste: Numbers) -> Numbers:
    """Four consumables of each customer, of their tastes where those have any; nothing where nothing is used up."""
    consumable = np.flatnonzero(random.random(len(taste)) < kind.consumable)
    if not len(consumable):
        return np.zeros((0, STAPLES), np.int64)
    wanted = likes[:, random.choice(3, STAPLES, p=[0.7, 0.2, 0.1])]
    at = np.searchsorted(taste[consumable], wanted) + random.integers(0, OF_A_TASTE // 4, wanted.shape)
    return consumable[at % len(consumable)]
