"""A fitted model, and the two questions it answers: which products are worth a look, and which of them to show."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from recommendations.bought_together import BoughtTogether, fit_bought_together
from recommendations.ids import Ids
from recommendations.orders import Orders
from recommendations.pairs import count_pairs
from recommendations.popular import Popular, count_buyers, fit_popular
from recommendations.request import Kind, Product, Reason, Request, Suggestion
from recommendations.rules import choose

# a product of the basket counts 1, one of the order before OLDER, of the one before that OLDER², …
OLDER = 0.8
# orders and products beyond these say nothing new and would only cost time
ANCHOR_ORDERS = 20
ANCHORS = 200
# how many of each kind are worth asking the database about
CANDIDATES = {Kind.BOUGHT_TOGETHER: 60, Kind.POPULAR: 20}


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything that was learnt from one store's orders. Immutable; its arrays may be mapped from a file.

    as_of   seconds since 1970: the instant it speaks for
    orders  how many orders it was learnt from
    """

    products: Ids
    bought_together: BoughtTogether
    popular: Popular
    as_of: float
    orders: int


def fit(orders: Orders, *, catalogue: Collection[str] | None = None, as_of: float | None = None) -> Model:
    """Learn from `orders`.

    catalogue  the products that still exist: no other is suggested; None means every product ever ordered
    as_of      now, in seconds since 1970; orders placed later count as placed now. None: the time of the last order
    """
    when = as_of if as_of is not None else float(orders.placed_at.max(initial=0.0))
    allowed = np.ones(len(orders.products), np.bool_)
    if catalogue is not None:
        known = frozenset(catalogue)
        allowed = np.fromiter((product in known for product in orders.products), np.bool_, len(orders.products))
    buyers = count_buyers(orders, when)
    together = fit_bought_together(count_pairs(orders, when), buyers.recent, allowed)
    return Model(orders.products, together, fit_popular(buyers, allowed), when, len(orders))


def candidates(model: Model, request: Request) -> tuple[Suggestion, ...]:
    """Products worth a look, best first, bought-together before popular; at most 80 whatever `request.limit` is.

    Never one of the basket, the history or the excluded ones, never one twice. Ask for the facts of these, then call
    `recommend` with them.
    """
    closed = model.products.find_all(request.owned().union(request.excluded))
    together = list(_bought_together(model, request, closed))
    closed = np.union1d(closed, model.products.find_all(found.product for found in together))
    return (*together, *islice(_popular(model, frozenset(closed.tolist())), CANDIDATES[Kind.POPULAR]))


def recommend(model: Model, request: Request, shelf: Mapping[str, Product]) -> list[Suggestion]:
    """Choose what to show, best first; [] if nothing is worth showing.

    shelf  what is known now of the candidates, and of the basket and history so that their variants are not shown.
           A candidate that is not on it is not shown.
    """
    return choose(candidates(model, request), request, shelf)


def _bought_together(model: Model, request: Request, closed: npt.NDArray[np.int64]) -> Iterator[Suggestion]:
    anchors, weights = _anchors(model.products, request)
    found = model.bought_together.find(anchors, weights, closed, CANDIDATES[Kind.BOUGHT_TOGETHER])
    for product, score, anchor, people, orders in zip(
        found.product, found.score, found.anchor, found.people, found.orders, strict=True
    ):
        reason = Reason(Kind.BOUGHT_TOGETHER, model.products[anchor], int(people), int(orders))
        yield Suggestion(model.products[product], float(score), reason)


def _popular(model: Model, closed: frozenset[int]) -> Iterator[Suggestion]:
    ranked = model.popular
    for place, product in enumerate(ranked.product):
        if int(product) not in closed:
            reason = Reason(Kind.POPULAR, None, int(ranked.people[place]), int(ranked.orders[place]))
            yield Suggestion(model.products[product], float(ranked.score[place]), reason)


def _anchors(products: Ids, request: Request) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The shopper's products that the model knows, each once, with its weight: that of all orders it was in."""
    weights: dict[int, float] = {}
    for age, order in enumerate((request.basket, *request.history[:ANCHOR_ORDERS])):
        for number in products.find_all(order):
            if number in weights or len(weights) < ANCHORS:
                weights[int(number)] = weights.get(int(number), 0.0) + OLDER**age
    numbers = sorted(weights)
    return np.array(numbers, np.int64), np.array([weights[number] for number in numbers], np.float64)
