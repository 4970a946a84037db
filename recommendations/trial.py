"""A model beside simple rules on the same cases, and how good it would be if the shop were smaller."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommendations.baselines import BASELINES
from recommendations.evaluation import Case, Compared, Measured, Ranker, Task, compare, measure, ranked_by
from recommendations.history import History
from recommendations.model import fit

OURS = "model"
SIZES = (50, 200, 1_000, 5_000, 20_000, 100_000)
# cases asked for each size: quality by size is a curve, not a figure to three places
CASES_OF_SIZE = 800

Watch = Callable[[str, Sequence[Case]], Iterable[Case]]


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """How all rankers did in one task.

    cases    those that had a target: every ranker was asked these
    no_target  how many had none
    """

    task: Task
    cases: Sequence[Case]
    no_target: int
    answers: Mapping[str, Measured]

    @property
    def small(self) -> npt.NDArray[np.bool_]:
        """Which cases are of a usual consumer's size."""
        return np.array([case.is_small for case in self.cases], np.bool_)

    def compared(self, rule: str, figure: str = "hit") -> Compared:
        """Our figure less that of a rule."""
        return compare(getattr(self.answers[OURS], figure), getattr(self.answers[rule], figure))

    def best_rule(self, figure: str = "hit") -> str:
        """The simple rule with the best mean."""
        rules = [name for name in self.answers if name != OURS]
        return max(rules, key=lambda name: self.answers[name].means()[figure])


@dataclass(frozen=True, slots=True)
class OfSize:
    """HitRate@4 of each ranker when only the last `orders` orders before the cut are learnt from."""

    orders: int
    hits: Mapping[str, float]


def rules(past: History, cut: float, task: Task) -> dict[str, Ranker]:
    """The simple rules that have an answer to the task, fitted."""
    orders = past.columns()
    return {name: fitter(orders, cut) for name, (tasks, fitter) in BASELINES.items() if task in tasks}


def _unwatched(_: str, cases: Sequence[Case]) -> Iterable[Case]:
    return cases


def judge(
    rankers: Mapping[str, Ranker], task: Task, cases: Sequence[Case], catalogue: int, watch: Watch = _unwatched
) -> Verdict:
    """Ask every ranker every case that has a target.

    catalogue  how many products could have been recommended
    watch      is given a ranker's name and the cases, and yields the cases: for a bar that shows how far it is
    """
    asked = [case for case in cases if case.targets]
    answers = {name: measure(ranker, watch(name, asked), max(1, catalogue)) for name, ranker in rankers.items()}
    return Verdict(task, asked, len(cases) - len(asked), answers)


def sizes_of(past: History, wanted: Sequence[int] = SIZES) -> list[int]:
    """Those of the sizes that the history has, and its own."""
    return [*(size for size in sorted(set(wanted)) if 0 < size < len(past)), len(past)]


def by_size(
    past: History, cut: float, cases: Mapping[Task, Sequence[Case]], sizes: Iterable[int]
) -> Iterator[dict[Task, OfSize]]:
    """Learn from the last 50, 200, … orders alone, as if the shop had opened then, and ask the same cases each time.

    What a shopper bought before is told in full: their own past does not get shorter.
    """
    chosen = {task: _some([case for case in asked if case.targets]) for task, asked in cases.items()}
    for size in sizes:
        young = past.newest(size)
        model = ranked_by(fit(young.columns(), catalogue=young.products, as_of=cut))
        found = {
            task: judge({OURS: model, **rules(young, cut, task)}, task, some, len(young.products)).answers
            for task, some in chosen.items()
        }
        yield {
            task: OfSize(size, {name: measured.means()["hit"] for name, measured in answers.items()})
            for task, answers in found.items()
        }


def _some(cases: Sequence[Case]) -> Sequence[Case]:
    return cases[:: max(1, len(cases) // CASES_OF_SIZE)]
