"""From events to where a parcel is: a pure fold.

Events are taken in the order of their instants, so a late, repeated or reordered scan needs no special case: any order
and any repetition of the same events gives the same answer. Of events at one instant the further one along the way
counts last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracking.platform.facts import TrackingEvent
from tracking.platform.status import Reason, Status

# carriers' clocks and ours may differ by this much; what is dated later has not happened yet
CLOCK_SKEW = timedelta(hours=1)

_ALONG_THE_WAY = {
    status: rank
    for rank, status in enumerate(
        (
            Status.UNKNOWN,
            Status.PENDING,
            Status.INFO_RECEIVED,
            Status.IN_TRANSIT,
            Status.EXCEPTION,
            Status.OUT_FOR_DELIVERY,
            Status.ATTEMPT_FAIL,
            Status.AVAILABLE_FOR_PICKUP,
            Status.DELIVERED,
            Status.RETURNING,
            Status.RETURNED,
            Status.EXPIRED,
        )
    )
}
_NEWS_OF_NOTHING = frozenset({Status.UNKNOWN, Status.PENDING, Status.EXPIRED})
# once it goes back, scans of the way back do not turn it round again
_STILL_RETURNING = frozenset(
    {Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.ATTEMPT_FAIL, Status.AVAILABLE_FOR_PICKUP, Status.EXCEPTION}
)
# after "delivered", clerical scans say nothing; a new round or a way back takes it back
_UNDOES_DELIVERY = frozenset(
    {Status.OUT_FOR_DELIVERY, Status.ATTEMPT_FAIL, Status.AVAILABLE_FOR_PICKUP, Status.RETURNING, Status.RETURNED}
)


@dataclass(frozen=True, slots=True)
class State:
    """Where a parcel is after all its events; None where no event says so.

    status_at       instant of the event that gave the status
    handed_over_at  first event of a parcel that the carrier has
    """

    status: Status = Status.PENDING
    reason: Reason | None = None
    status_at: datetime | None = None
    handed_over_at: datetime | None = None
    delivered_at: datetime | None = None
    last_event_at: datetime | None = None


def in_order(events: Iterable[TrackingEvent], now: datetime) -> list[TrackingEvent]:
    """The events that have happened by `now`, oldest first, each once; the same for every order they come in."""
    return sorted(
        {event for event in events if event.at <= now + CLOCK_SKEW},
        key=lambda e: (e.at, _ALONG_THE_WAY[e.status], e.code, e.description, str(e.location), e.reason or ""),
    )


def fold(events: Sequence[TrackingEvent], now: datetime) -> State:
    """Where the parcel is; PENDING without events. Events of an unknown code never move it."""
    state = State()
    for event in in_order(events, now):
        state = step(state, event)
    return state


def step(state: State, event: TrackingEvent) -> State:
    """The state after one more event, which is not older than any before it."""
    state = replace(state, last_event_at=event.at)
    if event.status in _NEWS_OF_NOTHING:
        return state
    status = _next(state.status, event.status)
    if event.status is not Status.INFO_RECEIVED and state.handed_over_at is None and _with_carrier(event):
        state = replace(state, handed_over_at=event.at)
    if status is None:
        return state
    # a scan of the way back keeps the reason why it goes back
    reason = event.reason or (state.reason if status is Status.RETURNING else None)
    delivered_at = event.at if status is Status.DELIVERED else None
    if status is Status.DELIVERED and state.status is Status.DELIVERED:
        delivered_at = state.delivered_at
    return replace(state, status=status, reason=reason, status_at=event.at, delivered_at=delivered_at)


def _next(before: Status, said: Status) -> Status | None:
    """The status after `said`; None if it moves nothing."""
    if before is Status.RETURNED:
        return None
    if before is Status.RETURNING:
        if said is Status.DELIVERED:
            return Status.RETURNED
        return Status.RETURNING if said in _STILL_RETURNING else (said if said is Status.RETURNED else None)
    if before is Status.DELIVERED and said is not Status.DELIVERED:
        return said if said in _UNDOES_DELIVERY else None
    if said is Status.INFO_RECEIVED and before is not Status.PENDING:
        return None
    return said


def _with_carrier(event: TrackingEvent) -> bool:
    """A cancelled label or a bad address found before the first scan is no hand-over."""
    return event.status is not Status.EXCEPTION
