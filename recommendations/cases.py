"""Questions with known answers out of a shop's own past: what the newest orders held, asked as of just before them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from recommendations.blend import Choice, Task
from recommendations.linear import fair_share
from recommendations.orders import Orders
from recommendations.signals import Shopper, Signals

# a tenth of the orders is asked about, and never more than this
SHARE, MOST_ORDERS = 0.1, 3000
# one customer's orders asked about, the newest; fewer where few customers are asked
PER_CUSTOMER = 20
CUSTOMER_SHARE = 0.03
# a shop of fewer orders is not worth asking; a small one is asked about several tenths, each from what came before
LEAST_ORDERS = 40
ENOUGH_ORDERS = 1000
FOLDS = 4
# questions of a task that a blend is learnt from: its few weights want no more
QUESTIONS = 800

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Orders to learn from, and the ones placed after them to ask about."""

    past: npt.NDArray[np.bool_]
    asked: npt.NDArray[np.bool_]
    as_of: float


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What a shopper had, what they may not be told, and what they took."""

    task: Task
    shopper: Shopper
    closed: Numbers
    taken: Numbers


def folds(orders: Orders) -> list[Fold]:
    """Cuts by time, newest last; [] if the shop is too small to be asked."""
    n = len(orders)
    place = np.lexsort((np.arange(n), orders.placed_at))
    # whoever placed very many counts as one who placed fewer: a wholesaler's newest are not all that is asked
    counted = np.cumsum(fair_share(orders)[place])
    whole = round(float(counted[-1])) if n else 0
    if whole < LEAST_ORDERS:
        return []
    held = int(min(SHARE * whole, MOST_ORDERS))
    count = int(min(FOLDS, -(-ENOUGH_ORDERS // held)))
    rank = np.empty(n, np.int64)
    rank[place] = np.arange(n)
    bounds = np.searchsorted(counted, whole - held * np.arange(count, -1, -1) + 0.5)
    found = []
    for begin, end in pairwise(bounds.tolist()):
        at = orders.placed_at[place[begin]]
        # orders of one instant are on one side of it
        past = (rank < begin) & (orders.placed_at < at)
        if past.any():
            found.append(Fold(past, (rank >= begin) & (rank < end), float(orders.placed_at[past].max())))
    return found


def questions(orders: Orders, fold: Fold) -> Iterator[Question]:
    """Every task's questions about the asked orders, by time."""
    products = _products(orders)
    place = np.lexsort((np.arange(len(orders)), orders.placed_at))
    earlier: dict[int, list[int]] = defaultdict(list)
    left = _newest_of_each(orders, fold)
    for number in place[(fold.past | fold.asked)[place]].tolist():
        bought = products[number]
        buyer = int(orders.buyer[number])
        if left[number]:
            before = [products[one] for one in reversed(earlier[buyer])] if orders.known[number] else []
            yield from _within(number, bought, before)
            if before:
                yield from _next(before, bought)
        if orders.known[number]:
            earlier[buyer].append(number)


def choices(signals: Signals, asked: Sequence[Question]) -> dict[Task, list[Choice]]:
    """The questions as the blend learns from them."""
    found: dict[Task, list[Choice]] = {task: [] for task in Task}
    for task in Task:
        mine = [question for question in asked if question.task is task]
        # evenly over the time that is asked about
        for place in np.unique(np.linspace(0, len(mine) - 1, min(len(mine), QUESTIONS)).astype(np.int64)):
            table = signals.table(mine[place].shopper, mine[place].closed)
            taken = np.isin(table.product, mine[place].taken)
            found[task].append(Choice(table.rows, taken, len(mine[place].taken) - int(taken.sum())))
    # whatever was taken says something of what sells; half of it says enough
    found[Task.POPULAR] = [*found[Task.TOGETHER][::2], *found[Task.NEW][::2]]
    return found


def _within(number: int, bought: Numbers, before: Sequence[Numbers]) -> Iterator[Question]:
    if len(bought) > 1:
        # any one of them; which is settled by the order's number
        hidden = number * 2654435761 % 2**32 % len(bought)
        seen, taken = np.delete(bought, hidden), bought[hidden : hidden + 1]
        yield Question(Task.TOGETHER, Shopper.of([seen]), seen, taken)
        if before:
            yield Question(Task.TOGETHER_KNOWN, Shopper.of([seen, *before]), seen, taken)


def _next(orders: Sequence[Numbers], bought: Numbers) -> Iterator[Question]:
    shopper = Shopper.of(orders)
    yield Question(Task.NEXT, shopper, np.zeros(0, np.int64), bought)
    new = np.setdiff1d(bought, shopper.products)
    if len(new):
        yield Question(Task.NEW, shopper, shopper.products, new)


def _products(orders: Orders) -> list[Numbers]:
    """The products of each order."""
    place = np.argsort(orders.line_order, kind="stable")
    bounds = np.searchsorted(orders.line_order[place], np.arange(1, len(orders)))
    return np.split(orders.line_product[place], bounds)


def _newest_of_each(orders: Orders, fold: Fold) -> npt.NDArray[np.bool_]:
    """Which asked orders are among the PER_CUSTOMER newest of their buyer."""
    asked = np.flatnonzero(fold.asked)
    asked = asked[np.lexsort((asked, -orders.placed_at[asked], orders.buyer[asked]))]
    buyer = orders.buyer[asked]
    begin = np.searchsorted(buyer, buyer)
    most = max(1, min(PER_CUSTOMER, int(CUSTOMER_SHARE * len(np.unique(buyer)))))
    kept = np.zeros(len(orders), np.bool_)
    kept[asked[np.arange(len(asked)) - begin < most]] = True
    return kept
