"""How much each signal counts, learnt from what this shop's own shoppers did next.

For each task a weight for each of the signals (`signals.py`): a multinomial logit over the candidates of each case,
fitted by maximum likelihood and held near PRIOR by a penalty that weighs as much as PRIOR_CASES cases. A shop with much
to learn from goes its own way; a small one stays with what holds for most shops.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from recommendations.signals import NAMES

PRIOR_CASES = 30.0
STEPS = 60


class Task(IntEnum):
    """What is foretold: rows of `Blend.weights`."""

    # one product of an order from its others
    TOGETHER = 0
    # the products of a customer's next order that they never bought
    NEW = 1
    # all products of a customer's next order
    NEXT = 2
    # any of these, by what sells alone
    POPULAR = 3
    # one product of an order from its others, and from what its customer ordered before
    TOGETHER_KNOWN = 4


_COMMON = {
    "within √": 1.5,
    "within the basket √": 1.0,
    "later √": 0.5,
    "share √": 0.5,
    "buyers of 12 d": 0.1,
    "buyers of 36 d": 0.3,
    "days since last sold": -0.2,
}
# what people come back for is what most ever bought, where little is known
_NEXT = _COMMON | {"buyers of 324 d": 1.0}
_OWN = {"owned": 1.0, "times owned": 1.0, "orders since owned": 1.0, "owned rank": 1.0}
_SELLING = tuple(name for name in NAMES if name.startswith("buyers of"))
# the signals that each task listens to: the fewer, the less is learnt that only seems so. An order of nobody known has
# no past; of what is new to somebody they have nothing; likeness says which hardly sold thing completes an order, and
# what comes next, but nobody buys their own again for it; and among things that sell, more buyers are never worse
LISTENS = np.array(
    [
        [name.startswith(("within", "share", "alike,", "buyers")) and "basket" not in name for name in NAMES],
        ["owned" not in name and not name.startswith(("share", "alike,")) for name in NAMES],
        [not name.startswith("alike") for name in NAMES],
        [name in _SELLING for name in NAMES],
        [name != "alike" for name in NAMES],
    ]
)
PRIOR = LISTENS * np.array(
    [
        [_COMMON.get(name, 0.0) for name in NAMES],
        [_NEXT.get(name, 0.0) for name in NAMES],
        [(_NEXT | _OWN).get(name, 0.0) for name in NAMES],
        [_COMMON.get(name, 0.0) for name in NAMES],
        [(_COMMON | _OWN).get(name, 0.0) for name in NAMES],
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """weights  a row for each task, a column for each of NAMES;  cases  how many each row was learnt from."""

    weights: npt.NDArray[np.float64]
    cases: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One case: the candidates' rows, which of them were taken, and how many things that were no candidates."""

    rows: npt.NDArray[np.float32]
    taken: npt.NDArray[np.bool_]
    missing: int = 0


def fit_blend(cases: Mapping[Task, Sequence[Choice]]) -> Blend:
    """Learn each task's weights from its cases, newest or not; PRIOR where there are none.

    Cases of which nothing taken, or all, was a candidate teach nothing.
    """
    telling = {
        task: [case for case in cases.get(task, ()) if case.taken.any() and not case.taken.all()] for task in Task
    }
    weights = [_fit(telling[task], task) for task in Task]
    return Blend(np.array(weights), np.array([len(telling[task]) for task in Task]))


def likelihoods(cases: Sequence[Choice], blend: Blend, task: Task, products: int) -> npt.NDArray[np.float64]:
    """How likely the blend called what was taken: of each case the mean log of its chances, 0 at most.

    products  what never was a candidate counts as one of so many, all alike
    """
    weights = blend.weights[task].astype(np.float32)
    found = np.zeros(len(cases))
    for place, case in enumerate(cases):
        score = (case.rows @ weights).astype(np.float64)
        most = score.max(initial=-np.inf)
        score -= most + np.log(np.exp(score - most).sum()) if len(score) else 0.0
        missing = case.missing * np.log(1.0 / max(1, products))
        found[place] = (score[case.taken].sum() + missing) / max(1, int(case.taken.sum()) + case.missing)
    return found


def _fit(cases: Sequence[Choice], task: Task) -> npt.NDArray[np.float64]:
    """Maximise the likelihood of what was taken. A case of n takings counts √n, so that large orders do not rule."""
    whole_prior: npt.NDArray[np.float64] = PRIOR[task].copy()
    listens = LISTENS[task]
    if not cases:
        return whole_prior
    prior = whole_prior[listens]
    rows = np.concatenate([case.rows[:, listens] for case in cases])
    taken = np.concatenate([case.taken for case in cases])
    sizes = np.array([len(case.taken) for case in cases])
    starts = np.cumsum(sizes) - sizes
    spread = np.maximum(rows.std(axis=0, dtype=np.float64), 1e-3)
    # from the mean: no choice depends on what all candidates have, and what never differs must teach nothing at all
    scaled = (rows - rows.mean(axis=0, dtype=np.float64).astype(np.float32)) / spread.astype(np.float32)
    begun = prior * spread
    counts = np.add.reduceat(taken.astype(np.float64), starts)
    share = (taken / np.repeat(np.sqrt(counts), sizes)).astype(np.float32)
    whole = np.sqrt(counts)

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        score = (scaled @ weights.astype(np.float32)).astype(np.float64)
        score -= np.repeat(np.maximum.reduceat(score, starts), sizes)
        chance = np.exp(score)
        total = np.add.reduceat(chance, starts)
        chance *= np.repeat(whole / total, sizes)
        likelihood = float(share @ score - whole @ np.log(total))
        away = weights - begun
        slope = scaled.T @ (share - chance.astype(np.float32))
        return PRIOR_CASES / 2 * float(away @ away) - likelihood, PRIOR_CASES * away - slope.astype(np.float64)

    bounds = [(0.0 if task is Task.POPULAR else None, None)] * len(begun)
    found = minimize(loss, begun, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": STEPS})
    whole_prior[listens] = found.x / spread
    return whole_prior
