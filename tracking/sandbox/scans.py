"""The sandbox's own vocabulary: what can happen to a parcel, in no carrier's words."""

import bisect
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from tracking.platform import clock
from tracking.sandbox.places import Place


class Kind(StrEnum):
    """What a scan says. Each carrier module translates every one of them."""

    # announced, not handed over
    LABEL = "label"
    ACCEPTED = "accepted"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    # moving, without a place
    IN_TRANSIT = "in_transit"
    CUSTOMS_IN = "customs_in"
    CUSTOMS_HELD = "customs_held"
    CUSTOMS_OUT = "customs_out"
    # at the site that delivers it
    AT_DEPOT = "at_depot"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    READY_TO_COLLECT = "ready_to_collect"
    # handed out at the counter
    COLLECTED = "collected"
    DELIVERED = "delivered"
    WEATHER_DELAY = "weather_delay"
    DELAYED = "delayed"
    ADDRESS_PROBLEM = "address_problem"
    DAMAGED = "damaged"
    REFUSED = "refused"
    RETURNING = "returning"
    # back at the sender
    RETURNED = "returned"
    MISROUTED = "misrouted"
    LOST = "lost"
    CANCELLED = "cancelled"
    # information that moves nothing
    NOTE = "note"
    # a code the carrier documents nowhere
    UNHEARD = "unheard"


PROOFS = ("signature", "photo", "none")
LEFT_AT = ("front_door", "mailbox", "neighbour", "reception", "garage", "locker", "recipient")
REASONS = ("not_home", "closed", "no_access")


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan. `at` is aware; `place` None where carriers name none.

    proof      of a delivery: signature, photo or none
    left_at    where it was left, one of LEFT_AT
    signed_by  a name, as the carrier would print it
    reason     of a failed attempt, one of REASONS
    """

    at: datetime
    kind: Kind
    place: Place | None
    proof: str = "none"
    left_at: str = "recipient"
    signed_by: str = ""
    reason: str = "not_home"


@dataclass(frozen=True, slots=True)
class Estimate:
    """When the carrier says it will come, and from which instant on it says so. `timed` False: a date only."""

    said_at: datetime
    earliest: datetime
    latest: datetime
    timed: bool = True


@dataclass(frozen=True, slots=True)
class View:
    """A parcel as it is known at one instant: what a carrier module translates. `scans` are oldest first."""

    number: str
    service: str
    origin: Place
    destination: Place
    scans: tuple[Scan, ...]
    estimate: Estimate | None
    first_estimate: Estimate | None

    @property
    def last(self) -> Scan:
        """The newest scan."""
        return self.scans[-1]

    @property
    def abroad(self) -> bool:
        """Whether it crosses a border."""
        return self.origin.country != self.destination.country

    @property
    def delivered(self) -> Scan | None:
        """The newest scan if it hands the parcel out."""
        return self.last if self.last.kind in {Kind.DELIVERED, Kind.COLLECTED} else None

    @property
    def postponed(self) -> bool:
        """Whether the carrier first promised an earlier day."""
        now, then = self.estimate, self.first_estimate
        return now is not None and then is not None and now.latest.date() > then.latest.date()

    def first(self, *kinds: Kind) -> Scan | None:
        """The oldest scan of these kinds."""
        return next((scan for scan in self.scans if scan.kind in kinds), None)


@dataclass(slots=True)
class Parcel:
    """A parcel the sandbox moves: its whole plan, of which only what is past is shown.

    Immutable facts are replaced whole (`plan`), so that threads can read without a lock; `_made` holds answers already
    composed for what is visible, because polling asks for the same again and again.
    """

    number: str
    carrier: str
    origin: Place
    destination: Place
    service: str
    route: str
    created_at: datetime
    plan: tuple[Scan, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    _times: tuple[datetime, ...] = ()
    _made: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Put the plan in order."""
        self.replan(self.plan)

    def replan(self, plan: tuple[Scan, ...]) -> None:
        """Replace the plan; it is put in the order of its instants."""
        with self._lock:
            self.plan = tuple(sorted(plan, key=lambda scan: scan.at))
            self._times = tuple(scan.at for scan in self.plan)
            self._made = {}

    def visible(self) -> int:
        """How many scans have happened by now."""
        return bisect.bisect_right(self._times, clock.now())

    def view(self) -> View | None:
        """What is known now; None while the carrier knows nothing."""
        count = self.visible()
        return self._view(count, self._said()) if count else None

    def made(self, variant: tuple[Any, ...], make: Callable[[View], Any]) -> Any:
        """`make(view)` for what is known now, from memory when nothing changed; None while nothing is known.

        variant  what else the answer depends on: language, detail
        """
        count, said = self.visible(), self._said()
        if not count:
            return None
        memory, key = self._made, (count, said, *variant)
        found = memory.get(key)
        if found is None:
            if len(memory) > 8:
                memory.clear()
            found = memory[key] = make(self._view(count, said))
        return found

    def _said(self) -> int:
        if not self.estimates:
            return 0
        now = clock.now()
        return sum(1 for estimate in self.estimates if estimate.said_at <= now)

    def _view(self, count: int, said: int) -> View:
        estimate = self.estimates[said - 1] if said else None
        first = self.estimates[0] if said else None
        return View(self.number, self.service, self.origin, self.destination, self.plan[:count], estimate, first)
