"""The moments in a parcel's history that people care about; pure. An older event found later changes none of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracking.models import MilestoneKind
from tracking.platform.facts import TrackingEvent
from tracking.platform.status import Reason, Status
from tracking.timeline.fold import State, in_order, step


@dataclass(frozen=True, slots=True)
class Moment:
    """A milestone before it is a row. `occasion` tells moments of one kind apart."""

    kind: MilestoneKind
    occasion: str
    at: datetime
    reason: Reason | None = None


_ONCE_A_DAY = {
    Status.OUT_FOR_DELIVERY: MilestoneKind.OUT_FOR_DELIVERY,
    Status.ATTEMPT_FAIL: MilestoneKind.ATTEMPT_FAILED,
}
_ONCE = {
    Status.AVAILABLE_FOR_PICKUP: MilestoneKind.READY_TO_COLLECT,
    Status.RETURNING: MilestoneKind.RETURNING,
    Status.RETURNED: MilestoneKind.RETURNED,
}


def find(events: Sequence[TrackingEvent], now: datetime) -> list[Moment]:
    """All milestones of one parcel, oldest first, each (kind, occasion) once."""
    found: dict[tuple[MilestoneKind, str], Moment] = {}
    state = State()
    undone = False
    for event in in_order(events, now):
        before, state = state, step(state, event)
        if state.handed_over_at is not None and before.handed_over_at is None:
            _add(found, Moment(MilestoneKind.HANDED_OVER, "1", event.at))
        if state.status_at != event.at or (state.status is before.status and state.status not in _ONCE_A_DAY):
            if state.status is Status.EXCEPTION and state.status_at == event.at and state.reason != before.reason:
                _add(found, _trouble(event))
            continue
        undone = undone or before.status is Status.DELIVERED
        _add(found, _moment(state.status, event, undone=undone))
    return sorted(found.values(), key=lambda m: m.at)


def _moment(status: Status, event: TrackingEvent, *, undone: bool) -> Moment | None:
    # the carrier's local day: the day of the person at the door
    day = event.at.date().isoformat()
    if status in _ONCE_A_DAY:
        return Moment(_ONCE_A_DAY[status], day, event.at, event.reason)
    if status in _ONCE:
        return Moment(_ONCE[status], "1", event.at, event.reason)
    if status is Status.DELIVERED:
        # a delivery that was taken back and made good is news again
        return Moment(MilestoneKind.DELIVERED, day if undone else "1", event.at, event.reason)
    return _trouble(event) if status is Status.EXCEPTION else None


def _trouble(event: TrackingEvent) -> Moment:
    return Moment(MilestoneKind.EXCEPTION, (event.reason or Reason.OTHER).value, event.at, event.reason)


def _add(found: dict[tuple[MilestoneKind, str], Moment], moment: Moment | None) -> None:
    if moment is not None:
        found.setdefault((moment.kind, moment.occasion), moment)
