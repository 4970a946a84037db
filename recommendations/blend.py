"""How much each signal counts, learnt from what this shop's own shoppers did next.

For each task a weight for each of the signals (`signals.py`): a multinomial logit over the candidates of each case,
fitted by maximum likelihood and held near PRIOR by a penalty that weighs as much as PRIOR_CASES cases. A shop with much
to learn from goes its own way; a small one stays with what holds for most shops.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from recommendations.signals import NAMES

PRIOR_CASES = 10.0
STEPS = 60


class Task(IntEnum):
    """What is foretold: rows of `Blend.weights`."""

    # one product of an order from its others
    TOGETHER = 0
    # the products of a customer's next order that they never bought
    NEW = 1
    # all products of a customer's next order
    NEXT = 2


_COMMON = {
    "within √": 1.5,
    "within the basket √": 1.0,
    "later √": 0.5,
    "buyers of 12 d": 0.1,
    "buyers of 36 d": 0.3,
    "days since last sold": -0.2,
}
PRIOR = np.array(
    [
        [_COMMON.get(name, 0.0) for name in NAMES],
        [_COMMON.get(name, 0.0) for name in NAMES],
        [(_COMMON | {"owned": 1.0, "times owned": 1.0, "orders since owned": 1.0}).get(name, 0.0) for name in NAMES],
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """weights  a row for each task, a column for each of NAMES;  cases  how many each row was learnt from."""

    weights: npt.NDArray[np.float64]
    cases: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One case: the candidates' rows, and which of them were taken. At least one was."""

    rows: npt.NDArray[np.float32]
    taken: npt.NDArray[np.bool_]


def fit_blend(cases: dict[Task, Sequence[Choice]]) -> Blend:
    """Learn each task's weights from its cases, newest or not; PRIOR where there are none."""
    weights = [_fit(cases.get(task, ()), PRIOR[task]) for task in Task]
    return Blend(np.array(weights), np.array([len(cases.get(task, ())) for task in Task]))


def _fit(cases: Sequence[Choice], prior: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Maximise the likelihood of what was taken. A case of n takings counts √n, so that large orders do not rule."""
    if not cases:
        return prior.copy()
    rows = np.concatenate([case.rows for case in cases])
    taken = np.concatenate([case.taken for case in cases])
    sizes = np.array([len(case.taken) for case in cases])
    starts = np.cumsum(sizes) - sizes
    spread = np.maximum(rows.std(axis=0, dtype=np.float64), 1e-3)
    scaled = rows / spread.astype(np.float32)
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

    found = minimize(loss, begun, jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return np.asarray(found.x / spread)
