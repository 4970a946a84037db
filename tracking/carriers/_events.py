"""Events in order, each once, and the status they suggest together."""

from collections.abc import Sequence

from tracking.platform.facts import TrackingEvent
from tracking.platform.status import Reason, Status

_DATA = frozenset({Status.PENDING, Status.INFO_RECEIVED})
# a new round or a way back; anything else after a delivery is clerical
_UNDOES_DELIVERY = frozenset(
    {
        Status.OUT_FOR_DELIVERY,
        Status.ATTEMPT_FAIL,
        Status.AVAILABLE_FOR_PICKUP,
        Status.DELIVERED,
        Status.RETURNING,
        Status.RETURNED,
    }
)


def oldest_first(events: Sequence[TrackingEvent], *, newest_first: bool) -> tuple[TrackingEvent, ...]:
    """Sort by instant and drop repeats (same instant, code, description and place); future events stay.

    Of events at one instant the carrier's order is kept: the one its list shows, else `newest_first` as documented.
    """
    if events and events[0].at != events[-1].at:
        newest_first = events[0].at > events[-1].at
    listed = list(reversed(events)) if newest_first else list(events)
    once = {(e.at, e.code, e.description, e.location): e for e in reversed(listed)}
    kept = {id(event) for event in once.values()}
    return tuple(sorted((e for e in listed if id(e) in kept), key=lambda e: e.at))


def suggested(events: Sequence[TrackingEvent]) -> tuple[Status, Reason | None]:
    """Status and reason after all events, oldest first; PENDING if none says where the parcel is.

    The last event that says so counts, but for what the timeline does not believe either: a delivery is not undone
    by a clerical scan, a parcel on its way back is delivered to the sender, and data does not take a parcel back.
    """
    status, reason = Status.PENDING, None
    for event in events:
        after = _after(status, event.status)
        if after is not None:
            # a scan of the way back keeps the reason why it goes back
            status, reason = after, event.reason or (reason if after is Status.RETURNING else None)
    return status, reason


def _after(before: Status, said: Status) -> Status | None:
    """The status after an event; None if it moves nothing."""
    if said is Status.UNKNOWN or before is Status.RETURNED:
        return None
    if before is Status.RETURNING:
        if said in (Status.DELIVERED, Status.RETURNED):
            return Status.RETURNED
        return None if said in _DATA else Status.RETURNING
    if before is Status.DELIVERED:
        return said if said in _UNDOES_DELIVERY else None
    return None if said in _DATA and before not in _DATA else said


def unread(listed: object, read: int) -> int:
    """How many entries of a list of events could not be read; a list that is none, and not nothing, counts as one."""
    return len(listed) - read if isinstance(listed, list) else int(bool(listed)) - min(read, 1)
