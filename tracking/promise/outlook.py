"""How a window stands against what was first said: on time, or late. Pure."""

from dataclasses import dataclass
from datetime import date

from tracking.models import Promise
from tracking.platform.status import Status
from tracking.promise.window import Window


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a page may say about the arrival.

    window     the window to speak of now
    first      the last day of the first window ever shown, None if none was
    is_past    the window is over and the parcel is not there
    is_later   the window ends after the day first said
    """

    window: Window
    first: date | None
    is_past: bool
    is_later: bool

    @property
    def is_late(self) -> bool:
        """Past its day, or announced for a later one."""
        return self.is_past or self.is_later


def outlook(window: Window, first: Promise | None, status: Status, today: date) -> Outlook:
    """Compare with what was first said. `today` is the destination's local day; a final status is never past."""
    said = first.latest_on if first is not None else None
    there = status.is_final or status is Status.AVAILABLE_FOR_PICKUP
    return Outlook(
        window=window,
        first=said,
        is_past=not there and window.latest_on < today,
        is_later=not there and said is not None and window.latest_on > said,
    )
