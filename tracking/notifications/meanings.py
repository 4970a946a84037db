"""The table of meanings: everything a message can say, a row each. A new notice is a row here and its words.

A meaning is built once it has words in `templates/notices/<name>.txt`; planning writes nothing for the others. What
decides about a message (urgency, channels, how long it is worth knowing) stands here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tracking.models import Channel, Meaning, MilestoneKind
from tracking.platform.status import Status

NOTICES: Final = Path(__file__).parents[1] / "templates" / "notices"
BOTH: Final = (Channel.EMAIL, Channel.SMS)
MAIL: Final = (Channel.EMAIL,)


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of a meaning.

    milestone      the moment that causes it; None: something else does
    urgent         may go out in quiet hours where the recipient's rules allow it
    channels       where it goes unless the recipient chose; who has only the other channel gets it there
    worth_h        hours after the moment during which people want to read it
    until_midnight … but not beyond the recipient's local day
    true_while     statuses of the parcel in which it is still true; empty: always
    trouble        goes to those who only want to hear when something is wrong
    once_a_day     counts for, and obeys, the limit of one piece of ordinary news a day
    answers        answers what the person has just done: its email goes out at any hour
    recommends     its email may carry suggestions; never where something is wrong
    """

    meaning: Meaning
    milestone: MilestoneKind | None = None
    urgent: bool = False
    channels: tuple[Channel, ...] = MAIL
    worth_h: int = 72
    until_midnight: bool = False
    true_while: frozenset[Status] = frozenset()
    trouble: bool = False
    once_a_day: bool = True
    answers: bool = False
    recommends: bool = False

    @property
    def is_built(self) -> bool:
        """It has words."""
        return self.meaning in built()


_ON_THE_WAY = frozenset({Status.IN_TRANSIT, Status.INFO_RECEIVED, Status.PENDING})

_ROWS = (
    Row(
        Meaning.ORDER_CONFIRMED,
        MilestoneKind.ORDERED,
        worth_h=48,
        true_while=_ON_THE_WAY,
        once_a_day=False,
        answers=True,
        recommends=True,
    ),
    Row(Meaning.BACKORDERED, answers=True),
    Row(Meaning.PACKED, MilestoneKind.PACKED, true_while=frozenset({Status.PENDING, Status.INFO_RECEIVED})),
    Row(Meaning.HANDED_OVER, MilestoneKind.HANDED_OVER, true_while=frozenset({Status.IN_TRANSIT}), recommends=True),
    Row(Meaning.NOT_PICKED_UP, true_while=frozenset({Status.PENDING, Status.INFO_RECEIVED}), trouble=True),
    Row(Meaning.IN_TRANSIT, true_while=frozenset({Status.IN_TRANSIT})),
    Row(Meaning.ARRIVING_TOMORROW, worth_h=18, true_while=frozenset({Status.IN_TRANSIT})),
    Row(
        Meaning.OUT_FOR_DELIVERY,
        MilestoneKind.OUT_FOR_DELIVERY,
        urgent=True,
        channels=BOTH,
        worth_h=18,
        until_midnight=True,
        true_while=frozenset({Status.OUT_FOR_DELIVERY}),
        once_a_day=False,
    ),
    Row(
        Meaning.ATTEMPT_FAILED,
        MilestoneKind.ATTEMPT_FAILED,
        urgent=True,
        channels=BOTH,
        worth_h=48,
        true_while=frozenset({Status.ATTEMPT_FAIL, Status.IN_TRANSIT}),
        trouble=True,
        once_a_day=False,
    ),
    Row(
        Meaning.READY_TO_COLLECT,
        MilestoneKind.READY_TO_COLLECT,
        urgent=True,
        channels=BOTH,
        worth_h=7 * 24,
        true_while=frozenset({Status.AVAILABLE_FOR_PICKUP}),
        trouble=True,
        once_a_day=False,
    ),
    Row(Meaning.COLLECT_REMINDER, channels=BOTH, true_while=frozenset({Status.AVAILABLE_FOR_PICKUP}), trouble=True),
    Row(
        Meaning.DELIVERED,
        MilestoneKind.DELIVERED,
        urgent=True,
        channels=BOTH,
        true_while=frozenset({Status.DELIVERED}),
        once_a_day=False,
        recommends=True,
    ),
    Row(Meaning.DELIVERED_UNPROVEN, true_while=frozenset({Status.DELIVERED})),
    Row(
        Meaning.ALL_DELIVERED,
        MilestoneKind.ALL_DELIVERED,
        channels=BOTH,
        true_while=frozenset({Status.DELIVERED}),
        once_a_day=False,
        recommends=True,
    ),
    Row(Meaning.PROMISE_EARLIER),
    Row(Meaning.PROMISE_LATER, channels=BOTH, trouble=True),
    Row(Meaning.DELAYED, channels=BOTH, trouble=True),
    Row(Meaning.STALLED, trouble=True),
    Row(Meaning.CUSTOMS, channels=BOTH, trouble=True),
    Row(
        Meaning.EXCEPTION,
        MilestoneKind.EXCEPTION,
        channels=BOTH,
        worth_h=48,
        true_while=frozenset({Status.EXCEPTION}),
        trouble=True,
        once_a_day=False,
    ),
    Row(
        Meaning.RETURNING,
        MilestoneKind.RETURNING,
        channels=BOTH,
        worth_h=7 * 24,
        true_while=frozenset({Status.RETURNING, Status.RETURNED}),
        trouble=True,
        once_a_day=False,
    ),
    Row(Meaning.RETURNED, MilestoneKind.RETURNED, true_while=frozenset({Status.RETURNED}), trouble=True),
    Row(Meaning.LOST, channels=BOTH, worth_h=7 * 24, trouble=True),
    Row(Meaning.CANCELLED, MilestoneKind.CANCELLED, trouble=True, answers=True),
    Row(Meaning.REFUNDED, trouble=True, worth_h=7 * 24),
    Row(Meaning.DIGEST),
)

MEANINGS: Final[Mapping[Meaning, Row]] = {row.meaning: row for row in _ROWS}
BY_MILESTONE: Final[Mapping[MilestoneKind, Row]] = {row.milestone: row for row in _ROWS if row.milestone is not None}


@cache
def built() -> frozenset[Meaning]:
    """The meanings that have words, and so can be sent."""
    return frozenset(meaning for meaning in Meaning if (NOTICES / f"{meaning.value}.txt").is_file())
