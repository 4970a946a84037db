"""Simple rules a model has to beat, each fitted on the same orders and asked the same questions.

None of them is shown to anybody: `evaluate` and the benchmarks print them beside the model.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import chain

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recommendations.evaluation import Ranker, Task, closed
from recommendations.linear import fit_within
from recommendations.orders import Orders
from recommendations.request import Request

DAY_S = 86400.0
RECENT_DAYS = 30.0
NEIGHBOURS = 200
# a product of the newest order counts 1, one of the order before it OLDER, …
OLDER = 0.8


def popularity(orders: Orders, as_of: float, days: float = float("inf")) -> Ranker:
    """What stood in most orders, ever or in the last days before `as_of` (seconds since 1970); ties by product id."""
    recent = orders.placed_at[orders.line_order] >= as_of - days * DAY_S
    count = np.bincount(orders.line_product[recent], minlength=len(orders.products))
    ranked = [orders.products[int(place)] for place in np.argsort(-count, kind="stable")]

    def answer(request: Request) -> list[str]:
        return _first(request, ranked)

    return answer


def own_products(orders: Orders, as_of: float) -> Ranker:
    """What the shopper bought, and after that what was popular in the last 30 days.

    First what they bought oftenest, of equals the latest, of these what was popular: of the simple orders that were
    tried on held-back orders the best, and so the hardest to beat.
    """
    recent = popularity(orders, as_of, RECENT_DAYS)
    every = recent(Request(basket=(), limit=len(orders.products)))
    place = {product: place for place, product in enumerate(every)}

    def answer(request: Request) -> list[str]:
        orders = (request.basket, *request.history)
        times = Counter(chain.from_iterable(orders))
        latest = {product: age for age, order in reversed(list(enumerate(orders))) for product in order}
        best_first = sorted(
            latest, key=lambda product: (-times[product], latest[product], place.get(product, len(place)), product)
        )
        return _first(request, chain(best_first, every))

    return answer


def cosine(orders: Orders) -> Ranker:
    """Item-item cosine over orders, 200 neighbours a product; earlier orders of the shopper count less."""
    near = _nearest(orders)
    number = {product: place for place, product in enumerate(orders.products)}

    def answer(request: Request) -> list[str]:
        weight: dict[int, float] = {}
        for age, order in enumerate((request.basket, *request.history)):
            for product in order:
                if product in number:
                    weight[number[product]] = weight.get(number[product], 0.0) + OLDER**age
        rows = list(weight)
        score = np.asarray(near[rows].T @ np.array([weight[row] for row in rows]) if rows else np.zeros(len(number)))
        barred = [number[product] for product in closed(request) if product in number]
        score[barred] = 0
        return [orders.products[int(place)] for place in _best(score, request.limit)]

    return answer


def linear(orders: Orders, ridge: float = 50.0) -> Ranker:
    """EASE on orders × products, dense and unweighted; earlier orders of the shopper count less.

    For products by the thousand: it holds products × products.
    """
    n = len(orders.products)
    near = fit_within(orders, np.ones(len(orders)), np.arange(n), ridge)
    number = {product: place for place, product in enumerate(orders.products)}

    def answer(request: Request) -> list[str]:
        score = np.zeros(n)
        for age, order in enumerate((request.basket, *request.history)):
            rows = [number[product] for product in order if product in number]
            score += OLDER**age * near[rows].sum(axis=0)
        score -= score.min(initial=0.0) - 1
        score[[number[product] for product in closed(request) if product in number]] = 0
        return [orders.products[int(place)] for place in _best(score, request.limit)]

    return answer


def _nearest(orders: Orders) -> "sp.csr_array":
    n = len(orders.products)
    ones = np.ones(len(orders.line_order), np.float32)
    has = sp.csr_array((ones, (orders.line_order, orders.line_product)), shape=(len(orders), n))
    norm = sp.diags_array(1 / np.sqrt(np.maximum(1, np.asarray(has.sum(axis=0)))), dtype=np.float32)
    near = (norm @ (has.T @ has) @ norm).tocsr()
    for row in range(n):
        part = near.data[near.indptr[row] : near.indptr[row + 1]]
        if len(part) > NEIGHBOURS:
            part[part < np.partition(part, -NEIGHBOURS)[-NEIGHBOURS]] = 0
    near.eliminate_zeros()
    return near


def _best(score: npt.NDArray[np.float64], limit: int) -> npt.NDArray[np.int64]:
    """The places of the highest positive scores, best first."""
    limit = min(max(0, limit), len(score))
    best = np.argpartition(-score, limit - 1)[:limit] if 0 < limit < len(score) else np.arange(len(score))[:limit]
    best = best[np.argsort(-score[best], kind="stable")]
    return best[score[best] > 0]


def _first(request: Request, ranked: Iterable[str]) -> list[str]:
    barred = closed(request)
    found: list[str] = []
    for product in ranked:
        if len(found) >= request.limit:
            break
        if product not in barred:
            barred.add(product)
            found.append(product)
    return found


# what each baseline is called, the tasks it has an answer for, and how it is fitted
BASELINES: Mapping[str, tuple[frozenset[Task], Callable[[Orders, float], Ranker]]] = {
    "popularity": (frozenset(Task), popularity),
    "popularity, last 30 days": (frozenset(Task), lambda orders, as_of: popularity(orders, as_of, RECENT_DAYS)),
    "own products": (frozenset([Task.NEXT_ANY, Task.LOO_KNOWN]), own_products),
    "item-item cosine": (frozenset(Task), lambda orders, _: cosine(orders)),
}
