"""How good a ranking is on what people really bought next, for any shop whose history is known.

Four tasks, by time: whoever answers has learnt from the orders before a cut, and is asked about orders after it.

loo       one product of an order is hidden; recommend it from the others. The others may not be recommended
loo-known the same; what its customer had bought before is known too, and may be recommended
next-new  from all a customer bought up to an order, what they buy in a later one and never bought before. What they
          bought before may not be recommended, and a case without anything new has no target
next-any  the same, with everything allowed and repeats counted

Metrics (`metrics.py`) are means over cases with binary relevance; a target that nobody could know counts too. Two
rankings are compared on the same cases by a paired bootstrap.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import md5

import numpy as np
import numpy.typing as npt

from recommendations.history import History, PastOrder
from recommendations.metrics import coverage, hit_rate, ndcg, recall
from recommendations.model import Model, candidates
from recommendations.request import Request, Strategy

# how many places a page shows, and how many a longer list has
SHOWN = 4
K = 10
# a consumer's order has at most so many other products
SMALL = 9
ROUNDS = 2000
FIGURES = ("hit", "ndcg", "recall")

Ranker = Callable[[Request], Sequence[str]]
Column = npt.NDArray[np.float64]


class Task(StrEnum):
    """What is asked."""

    LOO = "loo"
    LOO_KNOWN = "loo-known"
    NEXT_NEW = "next-new"
    NEXT_ANY = "next-any"


STRATEGIES = {
    Task.LOO: Strategy.TOGETHER,
    Task.LOO_KNOWN: Strategy.TOGETHER,
    Task.NEXT_NEW: Strategy.GOES_WITH,
    Task.NEXT_ANY: Strategy.NEXT,
}
HIDING = frozenset({Task.LOO, Task.LOO_KNOWN})


@dataclass(frozen=True, slots=True)
class Case:
    """One question with a known answer.

    place   where the order that is looked at stands in the history
    hidden  LOO, LOO_KNOWN: the product taken out of it
    later   NEXT_…: where the order to be foretold stands
    """

    history: History
    task: Task
    place: int
    hidden: str = ""
    later: int = -1

    @property
    def order(self) -> PastOrder:
        """The order that is looked at."""
        return self.history.orders[self.place]

    @property
    def visible(self) -> tuple[str, ...]:
        """What is seen of that order."""
        return tuple(product for product in self.order.products if product != self.hidden)

    @property
    def targets(self) -> frozenset[str]:
        """What would be right; empty for NEXT_NEW if nothing new was bought."""
        if self.task in HIDING:
            return frozenset([self.hidden])
        bought = frozenset(self.history.orders[self.later].products)
        return bought - self.request().owned() if self.task is Task.NEXT_NEW else bought

    @property
    def is_small(self) -> bool:
        """Whether the order is of the usual size of a consumer's."""
        return len(self.visible) <= SMALL

    def request(self, limit: int = K) -> Request:
        """What the shopper has at that time, and what is asked; `closed` says what may not be the answer.

        LOO knows the rest of the basket alone, the other tasks all orders of a known customer up to this one.
        """
        order = self.order
        older: list[PastOrder] = []
        if self.task is not Task.LOO:
            earlier = self.history.of_customer.get(order.customer, ())
            older = [self.history.orders[place] for place in reversed(earlier) if place < self.place]
        return Request(
            basket=self.visible,
            history=[each.products for each in older],
            times=(order.placed_at, *(each.placed_at for each in older)),
            at=order.placed_at,
            strategy=STRATEGIES[self.task],
            limit=limit,
            per_category=limit,
        )


def closed(request: Request) -> set[str]:
    """What may not be recommended: what the shopper has, unless what they bought before may come again."""
    if request.strategy is Strategy.NEXT:
        return set(request.excluded)
    owned = set(request.basket) if request.strategy is Strategy.TOGETHER else request.owned()
    return owned.union(request.excluded)


def loo_case(history: History, order: str, hidden: str, task: Task = Task.LOO) -> Case:
    """Hide a product of an order. raises ValueError if there is no such order, or nothing of it to hide or to see"""
    place = _place(history, order)
    products = history.orders[place].products
    if hidden not in products:
        raise ValueError(f"order {order!r} has no product {hidden!r}")
    if len(products) < 2:
        raise ValueError(f"order {order!r} has no product beside the hidden one")
    return Case(history, task, place, hidden)


def next_case(history: History, task: Task, order: str, later: str) -> Case:
    """Foretell a later order of the same customer. raises ValueError if it is not that"""
    place, after = _place(history, order), _place(history, later)
    if not history.orders[place].customer or history.orders[place].customer != history.orders[after].customer:
        raise ValueError(f"orders {order!r} and {later!r} are not of one known customer")
    if after <= place:
        raise ValueError(f"order {later!r} is not later than order {order!r}")
    return Case(history, task, place, later=after)


def _place(history: History, order: str) -> int:
    place = history.places.get(order)
    if place is None:
        raise ValueError(f"there is no order {order!r}")
    return place


def cases_after(history: History, task: Task, cut: float) -> Iterator[Case]:
    """Every case that the orders at or after `cut` give, by time.

    LOO… hides the product at md5(order id) mod n of an order's n sorted product ids, in orders of two products or more.
    NEXT_… foretells each order from the customer's one just before it, which may lie before the cut.
    """
    before: dict[str, int] = {}
    for place, order in enumerate(history.orders):
        if order.placed_at >= cut:
            if task in HIDING and len(order.products) > 1:
                number = int(md5(order.id.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest(), 16)
                yield Case(history, task, place, sorted(order.products)[number % len(order.products)])
            elif task not in HIDING and order.customer in before:
                yield Case(history, task, before[order.customer], later=place)
        if order.customer and order.products:
            before[order.customer] = place


def ranked_by(model: Model) -> Ranker:
    """Ask a model as the protocol wants it: what it thinks likeliest, without the rules of a page."""

    def answer(request: Request) -> list[str]:
        barred = closed(request)
        found = dict.fromkeys(each.product for each in candidates(model, request) if each.product not in barred)
        return list(found)[: request.limit]

    return answer


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """How one ranker did.

    ranked    its answers, in the order of the cases
    hit       HitRate@4 of each case;  ndcg  NDCG@4;  recall  Recall@10
    coverage  different products in first fours, as a share of the catalogue
    ms        time of each answer, milliseconds
    """

    ranked: Sequence[Sequence[str]]
    hit: Column
    ndcg: Column
    recall: Column
    coverage: float
    ms: Column

    def means(self, chosen: npt.NDArray[np.bool_] | None = None) -> dict[str, float]:
        """HitRate@4, NDCG@4 and Recall@10 over all or the chosen cases; 0 over none."""
        columns = {figure: getattr(self, figure) for figure in FIGURES}
        kept = {figure: column if chosen is None else column[chosen] for figure, column in columns.items()}
        return {figure: float(column.mean()) if len(column) else 0.0 for figure, column in kept.items()}


def measure(ranker: Ranker, cases: Iterable[Case], catalogue: int) -> Measured:
    """Ask `ranker` all cases that have a target. `catalogue`: how many products could have been recommended, > 0."""
    ranked: list[Sequence[str]] = []
    rows: list[tuple[float, float, float, float]] = []
    for case in cases:
        targets = case.targets
        if not targets:
            continue
        request = case.request()
        begun = time.perf_counter()
        found = ranker(request)[:K]
        spent = (time.perf_counter() - begun) * 1000
        ranked.append(found)
        rows.append((hit_rate(found, targets, SHOWN), ndcg(found, targets, SHOWN), recall(found, targets, K), spent))
    hit, gain, share, ms = np.array(rows, np.float64).reshape(-1, 4).T
    return Measured(ranked, hit, gain, share, coverage(ranked, SHOWN, catalogue), ms)


@dataclass(frozen=True, slots=True)
class Compared:
    """How much better one ranking is than another on the same cases.

    low, high  the middle 95 % of the differences that other samples of as many cases would show
    p          how likely a difference of this size or more would be if there were none, both sides together
    """

    difference: float
    low: float
    high: float
    p: float

    @property
    def is_sure(self) -> bool:
        """Whether chance does not explain it (at 5 %)."""
        return self.p < 0.05 and (self.low > 0 or self.high < 0)


def bootstrap(values: Column, *, rounds: int = ROUNDS, seed: int = 1) -> Compared:
    """Mean of one value a case with its percentile interval; with differences of pairs, a paired comparison.

    Nothing measured is no difference: 0, from 0 to 0, p = 1.
    """
    if not len(values):
        return Compared(0.0, 0.0, 0.0, 1.0)
    random = np.random.default_rng(seed)
    means = np.concatenate(
        [values[random.integers(0, len(values), (part, len(values)))].mean(axis=1) for part in _parts(rounds, values)]
    )
    low, high = np.quantile(means, [0.025, 0.975])
    tail = min(int((means <= 0).sum()), int((means >= 0).sum()))
    return Compared(float(values.mean()), float(low), float(high), min(1.0, 2 * (tail + 1) / (rounds + 1)))


def compare(ours: Column, theirs: Column, *, rounds: int = ROUNDS, seed: int = 1) -> Compared:
    """`ours` − `theirs`, case by case. raises ValueError if they are not of the same cases"""
    if ours.shape != theirs.shape:
        raise ValueError(f"{len(ours)} cases cannot be compared with {len(theirs)}")
    return bootstrap(ours - theirs, rounds=rounds, seed=seed)


def _parts(rounds: int, values: Column) -> Iterator[int]:
    """Rounds at a time, so that a large test does not fill the memory."""
    most = max(1, 4_000_000 // len(values))
    for begin in range(0, rounds, most):
        yield min(most, rounds - begin)
