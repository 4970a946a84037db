"""Finished pages, kept in this process until anything they say changes.

A key holds the versions of all rows a page is made of; an entry also ends at the next instant (business time) at which
a sentence changes by itself, and after some minutes of real time, because stock and prices have no version.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

MAX_PAGES: Final = 2000
MAX_AGE_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A page without "checked", which is put in when it is served.

    tag            of its words, for ETag
    parcel         public id of the parcel it is about; None: of nothing sent yet
    look_again_at  when it says the carrier is asked again; None if it says nothing of it
    """

    page: str
    live: str
    tag: str
    parcel: str | None
    says_look_again: bool
    look_again_at: datetime | None
    ends_at: datetime | None
    last_seen: bool


class Pages:
    """The newest pages, least recently used first to go. Safe for threads."""

    def __init__(self) -> None:
        """Start with none."""
        self._kept: OrderedDict[Hashable, tuple[float, Kept]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable, now: datetime) -> Kept | None:
        """The page if it still says what is true at `now` (business time)."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            since, kept = found
            if time.monotonic() - since > MAX_AGE_S or (kept.ends_at is not None and now >= kept.ends_at):
                del self._kept[key]
                return None
            self._kept.move_to_end(key)
            return kept

    def keep(self, key: Hashable, kept: Kept) -> None:
        """Keep a page, and let the oldest go."""
        with self._lock:
            self._kept[key] = (time.monotonic(), kept)
            self._kept.move_to_end(key)
            while len(self._kept) > MAX_PAGES:
                self._kept.popitem(last=False)
