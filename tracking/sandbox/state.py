"""What the sandbox remembers: in memory, behind locks, every log bounded. Nothing here outlives the process.

Carriers, Twilio and mail share one `State`; each keeps its own things in it, and none reads another's.
"""

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from tracking.platform import clock
from tracking.sandbox.accounts import Accounts, Counting, Limits, Tokens
from tracking.sandbox.faults import Faults
from tracking.sandbox.mishaps import Mishaps
from tracking.sandbox.parcels import Parcels

T = TypeVar("T")


class Log(Generic[T]):
    """A bounded list that many threads may write: the oldest entries fall out."""

    def __init__(self, limit: int) -> None:
        """Keep at most `limit` entries."""
        self.limit = limit
        self._lock = threading.Lock()
        self._entries: deque[T] = deque(maxlen=limit)
        self._total = 0

    def add(self, entry: T) -> T:
        """Append an entry and hand it back."""
        with self._lock:
            self._entries.append(entry)
            self._total += 1
        return entry

    def all(self) -> list[T]:
        """A copy, oldest first."""
        with self._lock:
            return list(self._entries)

    def find(self, wanted: Callable[[T], bool]) -> T | None:
        """The newest entry that is wanted; None if there is none."""
        return next((entry for entry in reversed(self.all()) if wanted(entry)), None)

    def clear(self) -> None:
        """Forget everything, the total included."""
        with self._lock:
            self._entries.clear()
            self._total = 0

    @property
    def total(self) -> int:
        """How many were ever added, those that fell out included."""
        return self._total

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._entries)

    def __iter__(self) -> Iterator[T]:
        """Over a copy, oldest first."""
        return iter(self.all())


@dataclass(slots=True)
class Call:
    """One call a carrier received. `at` is business time, `real_at` real time; `took_s` real seconds."""

    at: datetime
    real_at: datetime
    carrier: str
    kind: str
    numbers: tuple[str, ...]
    status: int
    fault: str | None = None
    took_s: float = 0.0


@dataclass(slots=True)
class State:
    """Everything one sandbox knows.

    url       its own address, without a slash at the end; set once the port is known
    smtp_url  where it takes mail
    messages  SMS, in and out; the entries are the business of `twilio`
    mail      what arrived by SMTP; the entries are the business of `mailbox`
    calls     what carriers were asked
    carriers  who answers, by slug
    parts     what Twilio and mail keep for themselves, by name
    mishaps   what goes wrong with "twilio" and "mail"
    stopping  set when the sandbox ends: whoever dawdles on purpose wakes up
    """

    url: str = "http://127.0.0.1"
    smtp_url: str = "smtp://127.0.0.1"
    lock: threading.RLock = field(default_factory=threading.RLock)
    messages: Log[Any] = field(default_factory=lambda: Log(20_000))
    mail: Log[Any] = field(default_factory=lambda: Log(20_000))
    calls: Log[Call] = field(default_factory=lambda: Log(50_000))
    parcels: Parcels = field(default_factory=Parcels)
    accounts: Accounts = field(default_factory=Accounts)
    tokens: Tokens = field(default_factory=Tokens)
    limits: Limits = field(default_factory=lambda: Limits(Counting.REAL))
    faults: Faults = field(default_factory=Faults)
    carriers: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    mishaps: dict[str, Mishaps] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)
    _ids: Iterator[int] = field(default_factory=itertools.count)

    def next_id(self) -> int:
        """A number no one else got."""
        with self.lock:
            return next(self._ids)

    def now(self) -> datetime:
        """Business time."""
        return clock.now()
