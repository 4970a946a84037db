"""A fitted model, and the two questions it answers: which products are worth a look, and which of them to show."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt

from recommendations import similar, step_up
from recommendations.blend import Blend, Choice, Task, fit_blend, likelihoods
from recommendations.cases import Fold, Question, choices, folds, questions
from recommendations.content import Alike, Content, fit_content
from recommendations.ids import Ids
from recommendations.learnt import Learnt, learn
from recommendations.lending import lend
from recommendations.linear import LONG, SHORT, Memory
from recommendations.orders import Orders
from recommendations.popular import HALF_LIVES_D
from recommendations.reasons import Grounds
from recommendations.request import Kind, Product, Reason, Request, Strategy, Suggestion
from recommendations.rules import choose
from recommendations.signals import NAMES, Shopper, Signals

# how many are worth asking the database about
CANDIDATES = 80
# lines of a shopper's orders that are read, newest first: what is older hardly counts
READ = 500
# products that a blend is learnt over: its few weights are the same for all
LEARNING_DENSE = 4000
# a shop of more orders has news enough to go by, and solving once more would take too long
REMEMBERED = 300_000
# what shows how long the past stays true: what goes together, and what comes next and is new
JUDGED = (Task.TOGETHER, Task.NEW)
# standard errors beyond which a difference is no chance
SURE = 2.0

_TASKS = {
    Strategy.TOGETHER: Task.TOGETHER,
    Strategy.GOES_WITH: Task.NEW,
    Strategy.NEXT: Task.NEXT,
    Strategy.BUY_AGAIN: Task.NEXT,
    Strategy.POPULAR: Task.POPULAR,
}
_STANDING = slice(NAMES.index(f"buyers of {HALF_LIVES_D[0]:g} d"), NAMES.index("owned"))

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Model:
    """Everything that was learnt from one store's orders. Immutable; its arrays may be mapped from a file.

    allowed  of each product: whether the shop still has it
    orders   how many orders it was learnt from
    """

    products: Ids
    learnt: Learnt
    blend: Blend
    content: Content
    allowed: npt.NDArray[np.bool_]
    orders: int

    @property
    def as_of(self) -> float:
        """The instant it speaks for, seconds since 1970."""
        return self.learnt.as_of

    @cached_property
    def signals(self) -> Signals:
        """What the blend weighs, made once in a process."""
        return self.learnt.signals(self.content)

    @cached_property
    def grounds(self) -> Grounds:
        """What reasons are made of."""
        return Grounds(self.products, self.signals, self.learnt.popular, self.content)


def fit(
    orders: Orders,
    *,
    catalogue: Mapping[str, Product] | Collection[str] | None = None,
    as_of: float | None = None,
) -> Model:
    """Learn from `orders`.

    catalogue  the products that still exist, and no other is suggested; where it says how they are described, that is
               learnt from too, and what was never ordered can be suggested. None means every product ever ordered
    as_of      now, in seconds since 1970; orders placed later count as placed now. None: the time of the last order
    raises     ValueError for an `as_of` that is not finite
    """
    when = as_of if as_of is not None else float(orders.placed_at.max(initial=0.0))
    if not math.isfinite(when):
        raise ValueError(f"a model cannot speak for {when!r}")
    known = frozenset(orders.products if catalogue is None else catalogue)
    products = Ids.of([*orders.products, *known])
    orders = orders.beside(products)
    described = catalogue if isinstance(catalogue, Mapping) else {}
    content = fit_content([described.get(product, Product(product)) for product in products])
    memory, blend = learn_blend(orders, content)
    return Model(
        products,
        lend(learn(orders, when, memory=memory), content),
        blend,
        content,
        np.fromiter((product in known for product in products), np.bool_, len(products)),
        len(orders),
    )


def learn_blend(orders: Orders, content: Content) -> tuple[Memory, Blend]:
    """Ask the shop's own newest orders how long its past stays true, and how much each signal counts.

    The longer memory is taken where its answers are better by more than chance.
    """
    asked = [(fold, list(questions(orders, fold))) for fold in folds(orders)]
    short, known = _tried(orders, content, asked, SHORT)
    if not asked or len(orders) > REMEMBERED:
        return SHORT, short
    long, better = _tried(orders, content, asked, LONG)
    gain = better - known
    is_sure = len(gain) > 0 and gain.sum() > SURE * gain.std() * math.sqrt(len(gain))
    return (LONG, long) if is_sure else (SHORT, short)


def _tried(
    orders: Orders, content: Content, asked: Sequence[tuple[Fold, Sequence[Question]]], memory: Memory
) -> tuple[Blend, npt.NDArray[np.float64]]:
    """The blend that answers best with such a memory, and how likely it called each answer that JUDGED asks for."""
    cases: dict[Task, list[Choice]] = {task: [] for task in Task}
    for fold, about in asked:
        past = learn(orders.only(fold.past), fold.as_of, memory=memory, dense=LEARNING_DENSE, counted=False)
        for task, found in choices(past.signals(content), about).items():
            cases[task] += found
    blend = fit_blend(cases)
    return blend, np.concatenate([likelihoods(cases[task], blend, task, len(orders.products)) for task in JUDGED])


def candidates(model: Model, request: Request) -> tuple[Suggestion, ...]:
    """Products worth a look, best first; at most CANDIDATES whatever `request.limit` is.

    Never one of the excluded ones, never one twice. What the shopper has, within the newest READ lines of their orders,
    only for NEXT and BUY_AGAIN, and of their earlier orders for TOGETHER; `rules.py` knows all of it. Ask for the facts
    of these, then call `recommend` with them.
    """
    shopper = _shopper(model.products, request)
    excluded = model.products.find_all(request.excluded)
    if request.strategy in (Strategy.SIMILAR, Strategy.STEP_UP):
        return _like(model, request, np.union1d(excluded, shopper.products))
    owns = request.strategy in (Strategy.NEXT, Strategy.BUY_AGAIN)
    completes = request.strategy is Strategy.TOGETHER
    has = shopper.products[shopper.in_basket] if completes else shopper.products
    closed = excluded if owns else np.union1d(excluded, has)
    if request.strategy is Strategy.POPULAR:
        return _popular(model, closed)
    return _blended(model, request.strategy, shopper, closed)


def recommend(model: Model, request: Request, shelf: Mapping[str, Product]) -> list[Suggestion]:
    """Choose what to show, best first; [] if nothing is worth showing, or if no true reason can be given for it.

    shelf  what is known now of the candidates, and of the basket and history so that their variants are not shown.
           A candidate that is not on it is not shown.
    """
    found = [one for one in candidates(model, request) if one.reason.is_borne_out]
    return choose(found, request, shelf)


def _shopper(products: Ids, request: Request) -> Shopper:
    """What the shopper has of what the model knows; an order with nothing of it is no order, but a basket stays one."""
    orders = _newest((request.basket, *request.history))
    number = products.find_each(chain.from_iterable(orders))
    order = np.repeat(np.arange(len(orders)), [len(one) for one in orders])
    known = number >= 0
    order = order[known]
    age = np.cumsum(np.diff(order, prepend=order[:1]) != 0)
    # what was ordered before a basket of unknown things is not in it
    return Shopper.reading(number[known], age + 1 if request.basket and not (order == 0).any() else age)


def _newest(orders: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """The newest orders, until they hold READ products."""
    held = 0
    for place, order in enumerate(orders):
        held += len(order)
        if held >= READ:
            return orders[: place + 1]
    return orders


def _blended(model: Model, strategy: Strategy, shopper: Shopper, closed: Numbers) -> tuple[Suggestion, ...]:
    task = _task(strategy, shopper)
    table = model.signals.table(shopper, closed, model.allowed)
    product, score = table.product, table.rows @ model.blend.weights[task].astype(np.float32)
    if strategy is Strategy.BUY_AGAIN:
        owned = np.isin(product, shopper.products)
        product, score = product[owned], score[owned]
    best = np.argsort(-score, kind="stable")[:CANDIDATES]
    numbers = product[best].tolist()
    reasons = model.grounds.reasons(shopper, table, numbers)
    found = _suggestions(model, numbers, score[best], [reasons[number] for number in numbers])
    if strategy is Strategy.BUY_AGAIN:
        return tuple(one for one in found if one.reason.people)
    return found


def _task(strategy: Strategy, shopper: Shopper) -> Task:
    if strategy is Strategy.TOGETHER and not shopper.in_basket.all():
        return Task.TOGETHER_KNOWN
    return _TASKS[strategy]


def _popular(model: Model, closed: Numbers) -> tuple[Suggestion, ...]:
    """What people buy now, each time span weighed as the shop's own past taught."""
    weights = model.blend.weights[Task.POPULAR][_STANDING].astype(np.float32)
    score = model.signals.standing @ weights
    shown = model.allowed & (model.learnt.popular.orders > 0)
    shown[closed] = False
    product = np.flatnonzero(shown)
    # a past that taught nothing leaves all scores equal
    best = product[np.lexsort((-model.learnt.popular.recent[product, -1], -score[product]))[:CANDIDATES]]
    return _suggestions(model, best.tolist(), score[best], [model.grounds.bought(int(number)) for number in best])


def _like(model: Model, request: Request, closed: Numbers) -> tuple[Suggestion, ...]:
    """In place of, or better than, the products asked about."""
    anchors = model.products.find_all(request.about or request.basket)
    weights = np.ones(len(anchors))
    closed = np.union1d(closed, np.flatnonzero(~model.allowed))
    together = model.learnt.neighbours
    if request.strategy is Strategy.SIMILAR:
        found = similar.find(model.content, anchors, weights, closed, limit=CANDIDATES, together=together)
        kind = Kind.SIMILAR
    else:
        buyers = model.learnt.popular.people
        found = step_up.find(
            model.content, anchors, weights, closed, limit=CANDIDATES, buyers=buyers, together=together
        )
        kind = Kind.STEP_UP
    return tuple(_alike(model, kind, found))


def _alike(model: Model, kind: Kind, found: Alike) -> Iterable[Suggestion]:
    for product, score, anchor in zip(found.product, found.score, found.anchor, strict=True):
        yield Suggestion(model.products[int(product)], float(score), Reason(kind, model.products[int(anchor)]))


def _suggestions(
    model: Model, numbers: Sequence[int], score: npt.NDArray[np.float32], reasons: Sequence[Reason]
) -> tuple[Suggestion, ...]:
    chance = np.exp(score.astype(np.float64) - float(score.max(initial=-np.inf))) if len(score) else score
    return tuple(
        Suggestion(model.products[number], max(float(one), 1e-12), reason)
        for number, one, reason in zip(numbers, chance, reasons, strict=True)
    )
