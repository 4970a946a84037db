"""All that is known of a product for a shopper, as numbers: what the blend weighs when learning and when answering."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recommendations.content import Alike, Content
from recommendations.linear import OLDER
from recommendations.neighbours import Links, Neighbours
from recommendations.popular import DAY_S, HALF_LIVES_D, Popular

# products beyond these say nothing new and would only cost time
ANCHORS = 100
# nor do those that weigh less than this beside the weightiest: some twenty orders ago
LEAST_WEIGHT = 0.01
# products that each signal brings to the table
CANDIDATES = 120
# half-lives (their places) by which what sells well comes to the table
LATELY = (1, 2)
# buyers of late that make up half of what a product's description says for it: what people do with it says the rest
HARDLY_SOLD = 3.0
# a signal is measured against the mean of its best
BEST = 10
MOST = 4.0

NAMES = (
    "within",
    "within √",
    "within the basket",
    "within the basket √",
    "later",
    "later √",
    "share",
    "share √",
    "alike",
    "alike, hardly sold",
    *(f"buyers of {half:g} d" for half in HALF_LIVES_D),
    "days since first sold",
    "days since last sold",
    "owned",
    "owned lately",
    "times owned",
    "orders since owned",
    "owned rank",
    "owned among many",
    "owned within √",
    "owned since first sold",
)

_OWNED = NAMES.index("owned")
# column of `standing`: buyers by the longest half-life
_LONGEST = len(HALF_LIVES_D) - 1
_OTHERWISE = [NAMES.index("within √"), NAMES.index("days since first sold")]

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Shopper:
    """What somebody has, as product numbers.

    products  each once, ascending
    weight    of each: 1 for an order that holds it, OLDER for the order before, OLDER² …; all its orders added
    in_basket whether it is in the order looked at
    times     in how many orders it was
    since     orders since then: 0 for the order looked at
    """

    products: Numbers
    weight: npt.NDArray[np.float64]
    in_basket: npt.NDArray[np.bool_]
    times: Numbers
    since: Numbers

    @classmethod
    def of(cls, orders: Sequence[Numbers]) -> "Shopper":
        """`orders` newest first, the order looked at among them."""
        has = [np.zeros(0, np.int64), *orders]
        return cls.reading(np.concatenate(has), np.repeat(np.arange(-1, len(orders)), [len(one) for one in has]))

    @classmethod
    def reading(cls, product: Numbers, age: Numbers) -> "Shopper":
        """From one row for each product of each order: `age` says which order, 0 being the one looked at."""
        if not len(product):
            nothing = np.zeros(0, np.int64)
            return cls(nothing, np.zeros(0), np.zeros(0, np.bool_), nothing, nothing)
        place = np.lexsort((age, product))
        product, age = product[place], age[place]
        once = np.append(True, (np.diff(product) != 0) | (np.diff(age) != 0))
        product, age = product[once], age[once]
        first = np.flatnonzero(np.diff(product, prepend=-1))
        since = age[first]
        weight = np.add.reduceat(OLDER ** age.astype(np.float64), first)
        return cls(product[first], weight, since == 0, np.diff(np.append(first, len(product))), since)

    @cached_property
    def anchors(self) -> Numbers:
        """Places in `products` of those that speak for others: the ANCHORS that weigh most, if anything; ascending."""
        heaviest = np.argsort(-self.weight, kind="stable")[:ANCHORS]
        return np.sort(heaviest[self.weight[heaviest] >= LEAST_WEIGHT * self.weight.max(initial=0.0)])


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Candidates for a shopper: product numbers, ascending, their rows of NAMES' columns, and what they came by.

    links  what people bought with or after the shopper's products;  alike  what is described like these
    """

    product: Numbers
    rows: npt.NDArray[np.float32]
    links: Links
    alike: Alike


class Signals:
    """The learnt parts, ready to be asked. `standing` is kept of every product: what does not depend on the shopper."""

    def __init__(self, neighbours: Neighbours, popular: Popular, content: Content, as_of: float) -> None:
        self.neighbours = neighbours
        self.content = content
        self.n = len(popular.people)
        with np.errstate(invalid="ignore"):
            days = np.stack([as_of - popular.first, as_of - popular.last], axis=1) / DAY_S
        days = np.where(np.isfinite(days), np.maximum(days, 0.0), 0.0)
        self.standing = np.concatenate([np.log1p(popular.recent), np.log1p(days)], axis=1).astype(np.float32)
        self._lately = [_ranked(popular.recent[:, column]) for column in LATELY]

    def table(self, shopper: Shopper, closed: Numbers, allowed: npt.NDArray[np.bool_] | None = None) -> Table:
        """What may come into question, and how each of it looks.

        closed   product numbers that are not wanted
        allowed  of each product, whether it may come into question at all; None: all may
        """
        links = self._links(shopper)
        linked = self._linked(shopper, links)
        alike = self._alike(shopper)
        likeness = np.bincount(alike.product, alike.score, self.n)
        shut = np.zeros(self.n, np.bool_) if allowed is None else ~allowed
        shut[closed] = True
        open_to = np.zeros(self.n, np.bool_)
        positive = [np.flatnonzero(score > 0) for score in linked]
        for score, places in zip(linked, positive, strict=True):
            open_to[_best(score, places[~shut[places]])] = True
        for ranked in self._lately:
            open_to[ranked[~shut[ranked]][:CANDIDATES]] = True
        open_to[shopper.products] = True
        product = np.flatnonzero(open_to & ~shut)
        relative = np.stack([_relative(*one, product) for one in zip(linked, positive, strict=True)], axis=1)
        linear_and_root = np.stack([relative, np.sqrt(relative)], axis=2).reshape(len(product), 2 * len(linked))
        described = np.log1p(likeness[product]).astype(np.float32)
        hardly_sold = described / (1 + np.expm1(self.standing[product, _LONGEST]) / HARDLY_SOLD)
        described_as = np.stack([described, hardly_sold], axis=1)
        rows = np.hstack([linear_and_root, described_as, self.standing[product], self._owned(shopper, product)])
        # what speaks for the new and the rare speaks otherwise of what somebody has already
        has = rows[:, _OWNED, None]
        many = np.full((len(product), 1), np.log(max(1, len(shopper.products))), np.float32)
        return Table(product, np.hstack([rows, has * many, has * rows[:, _OTHERWISE]]), links, alike)

    def _links(self, shopper: Shopper) -> Links:
        """The neighbours of the shopper's products; `anchor` is a place in `shopper.products`."""
        links = self.neighbours.links(shopper.products[shopper.anchors])
        return links._replace(anchor=shopper.anchors[links.anchor])

    def _linked(self, shopper: Shopper, links: Links) -> tuple[npt.NDArray[np.float64], ...]:
        near, weight = links.product.astype(np.int64), shopper.weight[links.anchor]
        within = self.neighbours.within[links.place]
        later = self.neighbours.later[links.place] * weight
        basket = within * shopper.in_basket[links.anchor]
        share = np.zeros(self.n)
        np.maximum.at(share, near, self.neighbours.share[links.place] * np.minimum(weight, 1.0))
        sums = (np.bincount(near, weights=part, minlength=self.n) for part in (within * weight, basket, later))
        return (*(part.astype(np.float64) for part in sums), share)

    def _alike(self, shopper: Shopper) -> Alike:
        """What is described like the shopper's products; one that they have often is no more like another for that."""
        mine = shopper.anchors
        return self.content.pairs(shopper.products[mine], np.minimum(shopper.weight[mine], 1.0))

    def _owned(self, shopper: Shopper, product: Numbers) -> npt.NDArray[np.float32]:
        columns = np.zeros((len(product), 5), np.float32)
        place = np.searchsorted(product, shopper.products)
        is_there = np.append(product, -1)[place] == shopper.products
        if is_there.any():
            own = (
                np.ones(len(place)),
                shopper.weight,
                np.log1p(shopper.times),
                1.0 / (1 + shopper.since),
                -np.log1p(self._rank(shopper)),
            )
            columns[place[is_there]] = np.column_stack(own)[is_there]
        return columns

    def _rank(self, shopper: Shopper) -> Numbers:
        """Of each of the shopper's products its place among them, from 0: by how often, how lately, how many others."""
        sold = self.standing[shopper.products, LATELY[-1]]
        best_first = np.lexsort((-sold, shopper.since, -shopper.times))
        rank = np.empty(len(best_first), np.int64)
        rank[best_first] = np.arange(len(best_first))
        return rank


def _ranked(score: npt.NDArray[np.float32]) -> Numbers:
    """Where the positive scores are, best first."""
    return np.argsort(-score, kind="stable")[: int((score > 0).sum())]


def _best(score: npt.NDArray[np.float64], places: Numbers) -> Numbers:
    """Those of `places` where the CANDIDATES highest scores are; of equal ones the first."""
    if len(places) <= CANDIDATES:
        return places
    found = score[places]
    least = np.partition(found, -CANDIDATES)[-CANDIDATES]
    above, level = places[found > least], places[found == least]
    return np.concatenate([above, level[: CANDIDATES - len(above)]])


def _relative(score: npt.NDArray[np.float64], positive: Numbers, product: Numbers) -> npt.NDArray[np.float32]:
    """The scores of `product` beside the mean of the BEST of all that are `positive`: 0 … MOST."""
    some = score[positive]
    best = np.partition(some, -BEST)[-BEST:] if len(some) > BEST else some
    mean = max(float(best.sum()) / max(1, len(best)), 1e-6)
    return np.clip(score[product] / mean, 0.0, MOST).astype(np.float32)
