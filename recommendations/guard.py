"""When to stop showing something: a rule on counts, with the numbers it was decided on. Decides, and does nothing.

What is judged by its clicks or dismissals is judged by a likelihood ratio between "bad" and "just bearable" that is
multiplied up as counts come in. While it is bearable the ratio exceeds 1/ALPHA at most with probability ALPHA at any
time (Ville's inequality), so it may be looked at every day; ALPHA is shared among all that is judged.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from recommendations.lift import Lift

ALPHA = 0.05
# below this nothing is judged, however striking
FEWEST_SHOWN = 200
# clicked this often, as a part of what its places let expect: still bearable; plainly bad
CLICKS_BEARABLE, CLICKS_BAD = 0.5, 0.1
# dismissed this many times as often as the rest: still bearable; plainly bad
DISMISSALS_BEARABLE, DISMISSALS_BAD = 2.0, 5.0


class Fault(StrEnum):
    """Why something is turned off."""

    # shoppers who were shown recommendations came back less
    HARM = "harm"
    # nearly nobody follows it
    UNWANTED = "unwanted"
    # too many say that it is not for them
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of one kind or product.

    shown            pairs of an order and a product
    clicked          how many of them were followed
    dismissed        how many were sent away
    clicks_expected  at the places it was shown in, if it were like the others
    dismissals_expected  likewise
    """

    shown: int
    clicked: int
    dismissed: int
    clicks_expected: float
    dismissals_expected: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Turn it off. `numbers` are what that rests on, by name."""

    subject: str
    fault: Fault
    numbers: Mapping[str, float]


def judge_lift(found: Lift | None) -> Verdict | None:
    """Everything goes off if the always-valid interval of the lift lies below zero; None while there is no telling."""
    if found is None or not found.anytime.is_below:
        return None
    numbers = {
        "shown": float(found.shown.size),
        "shown_came_back": float(found.shown.successes),
        "held_out": float(found.held_out.size),
        "held_out_came_back": float(found.held_out.successes),
        "difference": found.anytime.estimate,
        "low": found.anytime.low,
        "high": found.anytime.high,
    }
    return Verdict("", Fault.HARM, numbers)


def judge(
    subjects: Mapping[str, Counts],
    *,
    alpha: float = ALPHA,
    clicks_bearable: float = CLICKS_BEARABLE,
    clicks_bad: float = CLICKS_BAD,
) -> list[Verdict]:
    """What of these to turn off, by name; each at most once. A shop with more of them needs more evidence for each."""
    # two questions about each
    enough = math.log(2 * max(1, len(subjects)) / alpha)
    parts = (clicks_bearable, clicks_bad)
    found = (_judge_one(subject, subjects[subject], enough, parts) for subject in sorted(subjects))
    return [verdict for verdict in found if verdict is not None]


def _judge_one(subject: str, counts: Counts, enough: float, parts: tuple[float, float]) -> Verdict | None:
    if counts.shown < FEWEST_SHOWN:
        return None
    dismissals = _evidence(counts.dismissed, counts.dismissals_expected, DISMISSALS_BEARABLE, DISMISSALS_BAD)
    clicks = _evidence(counts.clicked, counts.clicks_expected, *parts)
    if dismissals >= enough:
        seen, expected, fault = counts.dismissed, counts.dismissals_expected, Fault.DISMISSED
    elif clicks >= enough:
        seen, expected, fault = counts.clicked, counts.clicks_expected, Fault.UNWANTED
    else:
        return None
    numbers = {
        "shown": float(counts.shown),
        "seen": float(seen),
        "expected": expected,
        "evidence": max(dismissals, clicks),
        "enough": enough,
    }
    return Verdict(subject, fault, numbers)


def _evidence(seen: int, expected: float, bearable: float, bad: float) -> float:
    """Logarithm of how much likelier `seen` is if it is bad than if it is bearable (Poisson)."""
    if expected <= 0:
        return 0.0
    return seen * math.log(bad / bearable) - (bad - bearable) * expected


def expectations(shown: Iterable[tuple[str, int, int, int, int]]) -> dict[str, Counts]:
    """Counts with what is to be expected of each, from rows (subject, place, shown, clicked, dismissed).

    What is expected of one subject is what the others got in the same places; of the only one nothing is.
    """
    rows = list(shown)
    places: dict[int, list[int]] = {}
    for _subject, place, *counts in rows:
        total = places.setdefault(place, [0, 0, 0])
        for index, count in enumerate(counts):
            total[index] += count
    own: dict[tuple[str, int], list[int]] = {}
    for subject, place, *counts in rows:
        mine = own.setdefault((subject, place), [0, 0, 0])
        for index, count in enumerate(counts):
            mine[index] += count
    found: dict[str, list[float]] = {}
    for (subject, place), (seen, clicked, dismissed) in own.items():
        others = [whole - part for whole, part in zip(places[place], (seen, clicked, dismissed), strict=True)]
        sums = found.setdefault(subject, [0, 0, 0, 0.0, 0.0])
        for index, count in enumerate((seen, clicked, dismissed)):
            sums[index] += count
        if others[0]:
            sums[3] += seen * others[1] / others[0]
            sums[4] += seen * others[2] / others[0]
    return {
        subject: Counts(int(seen), int(clicked), int(dismissed), clicks, dismissals)
        for subject, (seen, clicked, dismissed, clicks, dismissals) in found.items()
    }
