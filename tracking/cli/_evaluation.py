"""What `waypost recommend evaluate` found out: for its tables, its JSON and its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recommendations import Model
from recommendations.evaluation import Task
from recommendations.history import History
from recommendations.history_files import Findings
from recommendations.trial import OfSize, Verdict


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that was found out.

    history  everything read;  past  the orders before `cut`, which were learnt from
    sizes    by task, how good it would be if the shop had fewer orders; empty if nobody asked
    seconds  how long each step took
    """

    history: History
    past: History
    cut: float
    model: Model
    model_bytes: int
    verdicts: Sequence[Verdict]
    sizes: Mapping[Task, Sequence[OfSize]]
    found: Findings
    seconds: Mapping[str, float]
