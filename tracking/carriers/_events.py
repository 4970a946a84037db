"""Events in order, each once, and the status they suggest together."""

from collections.abc import Sequence

from tracking.platform.facts import TrackingEvent
from tracking.platform.status import Reason, Status


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
    """Status and reason of the last event that says where the parcel is, of events oldest first; PENDING if none."""
    for event in reversed(events):
        if event.status is not Status.UNKNOWN:
            return event.status, event.reason
    return Status.PENDING, None


def unread(listed: object, read: int) -> int:
    """How many entries of a list of events could not be read; a list that is none, and not nothing, counts as one."""
    return len(listed) - read if isinstance(listed, list) else int(bool(listed)) - min(read, 1)
