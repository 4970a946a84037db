"""Two clocks: business time, which tests and the demo may replace, and real time, which nobody may.

Business time says when an event happened, when a message may go out, what "today" is. Leases, timeouts,
Retry-After, token lives and signature windows use real time (`real_now`, `time.monotonic`).

A business clock that differs from real time is an anchor: at real instant A it was business instant B, and since
then it runs `speed` times as fast. All processes of an installation share it through `WAYPOST_CLOCK`.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where business time was at a real instant, and how fast it runs since."""

    business: datetime
    real: float
    speed: float = 1.0

    def at(self, real: float) -> datetime:
        """Business time at the real instant `real` (seconds since 1970)."""
        return self.business + timedelta(seconds=(real - self.real) * self.speed)

    def dump(self) -> str:
        """As text for `WAYPOST_CLOCK`; `load` reads it."""
        return f"{self.business.isoformat()}|{self.real!r}|{self.speed!r}"

    @classmethod
    def load(cls, text: str) -> "Anchor":
        """Read what `dump` wrote. ValueError if it is not that: no zone, a speed that is not positive."""
        business, real, speed = text.split("|")
        anchor = cls(datetime.fromisoformat(business), float(real), float(speed))
        if anchor.business.tzinfo is None or anchor.speed <= 0:
            raise ValueError("an anchor needs a time with a zone and a positive speed")
        return anchor


_anchor: Anchor | None = Anchor.load(os.environ["WAYPOST_CLOCK"]) if os.environ.get("WAYPOST_CLOCK") else None
_frozen: datetime | None = None
_standing_at: ContextVar[datetime | None] = ContextVar("standing_at", default=None)


def now() -> datetime:
    """Business time, aware, UTC."""
    standing = _standing_at.get()
    if standing is not None:
        return standing
    if _frozen is not None:
        return _frozen
    return (_anchor.at(time.time()) if _anchor else datetime.now(UTC)).astimezone(UTC)


def real_now() -> datetime:
    """Real time, aware, UTC: for leases, Retry-After and token lives that are stored in rows."""
    return datetime.now(UTC)


def speed() -> float:
    """Business seconds that pass in a real second; 1.0 unless anchored."""
    return _anchor.speed if _anchor else 1.0


def anchor() -> Anchor | None:
    """The anchor of this process's business clock; None while it is real time."""
    return _anchor


def set_anchor(anchor: Anchor | None) -> None:
    """Replace the business clock of this process; None returns to real time."""
    global _anchor  # noqa: PLW0603 - the one process-wide clock
    _anchor = anchor


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold business time of the whole process at `at` (aware); for tests and for furnishing a past."""
    global _frozen  # noqa: PLW0603 - the one process-wide clock
    if at.tzinfo is None:
        raise ValueError("business time needs a zone")
    before, _frozen = _frozen, at.astimezone(UTC)
    try:
        yield
    finally:
        _frozen = before


@contextmanager
def standing_at(at: datetime | None) -> Iterator[None]:
    """Hold business time at `at` for this request or task alone; None lets it run."""
    before = _standing_at.set(at.astimezone(UTC) if at else None)
    try:
        yield
    finally:
        _standing_at.reset(before)


def after_real(seconds: float) -> datetime:
    """The business instant that comes when `seconds` of real time have passed: for retries and back-off."""
    return now() + timedelta(seconds=seconds * speed())
