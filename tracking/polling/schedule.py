"""When to ask about a parcel again: pure. Later work makes it clever; here it is correct and even.

Intervals follow what an answer could change for the shopper: often on the day of delivery, seldom while a label waits.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracking.platform.status import Status

JITTER = 0.1
# a carrier that has said nothing for so long has lost it, or never had it. AfterShip and Track123 use 30 days too
EXPIRES_AFTER = timedelta(days=30)
# "delivered" is looked at once more: carriers correct themselves, and proof comes late
LAST_LOOK = timedelta(hours=20)
# pushes get lost, too: a parcel that is pushed is still asked about, so many times less often
_SLOWER = 4
# a push so long ago says nothing about the next one
_PUSHES_FADE = timedelta(days=3)

_INTERVALS = {
    Status.PENDING: timedelta(hours=2),
    Status.INFO_RECEIVED: timedelta(hours=4),
    Status.IN_TRANSIT: timedelta(hours=3),
    Status.OUT_FOR_DELIVERY: timedelta(minutes=30),
    Status.ATTEMPT_FAIL: timedelta(hours=2),
    Status.AVAILABLE_FOR_PICKUP: timedelta(hours=4),
    Status.EXCEPTION: timedelta(hours=3),
    Status.RETURNING: timedelta(hours=12),
    Status.UNKNOWN: timedelta(hours=4),
}


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds of real time to wait after a failure: doubling from `first` to `most`, with full jitter above a half."""

    first: float = 30.0
    most: float = 3600.0

    def after(self, failures: int, rng: random.Random) -> float:
        """Wait after the nth failure in a row (1, 2, …)."""
        ceiling = min(self.first * 2.0 ** min(max(failures - 1, 0), 20), self.most)
        return ceiling * (0.5 + rng.random() / 2)


def is_pushed(pushed_at: datetime | None, push_until: datetime | None, now: datetime, real_now: datetime) -> bool:
    """The carrier tells of a parcel by itself: it is subscribed, or it was told of lately. See docs/pushes.md"""
    return (push_until is not None and push_until > real_now) or (
        pushed_at is not None and now - pushed_at < _PUSHES_FADE
    )


def next_poll(
    status: Status,
    since: datetime,
    now: datetime,
    rng: random.Random,
    min_interval: timedelta = timedelta(0),
    *,
    is_pushed: bool = False,
) -> datetime | None:
    """When to ask again after an answer; None: nothing more is expected.

    since         the newest event, or when the parcel was added
    min_interval  the shortest interval the carrier states for one parcel
    is_pushed     the carrier tells of it by itself: asked about less often, but still asked about
    """
    if status in {Status.RETURNED, Status.EXPIRED}:
        return None
    if status is Status.DELIVERED:
        look = since + LAST_LOOK
        return look if look > now else None
    interval = _INTERVALS[status]
    quiet = now - since
    if quiet > timedelta(days=3):
        # long silence: slower, but not given up
        interval = min(interval * 2, timedelta(hours=12))
    if is_pushed:
        interval = min(interval * _SLOWER, timedelta(hours=24))
    return now + max(interval * (1 + JITTER * (2 * rng.random() - 1)), min_interval)


def is_expired(status: Status, since: datetime, now: datetime) -> bool:
    """No news for so long that none will come."""
    return not status.is_final and now - since > EXPIRES_AFTER
