"""A carrier's own codes and what they mean, from `codes/<name>.csv` or a dict; a code nobody knows is never guessed.

A table has the columns `code,status,reason,text`, or `group,code,status,reason,text` where the same code means
different things in different groups. `status` is a `Status`; `unknown` marks a code that is known and says nothing
about where the parcel is. `reason` is a `Reason` or empty. `text` is the carrier's wording, for people.
"""

import csv
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

import structlog

from tracking.platform.status import Reason, Status

log = structlog.get_logger(__name__)

_NOTED_AT_MOST = 10_000
_noted: set[tuple[str, str]] = set()
_seen: Counter[tuple[str, str]] = Counter()
_texts: dict[tuple[str, str], str] = {}

# how often each (carrier, unseen code) came, and what was said
Unseen = dict[tuple[str, str], tuple[int, str]]
_noting = threading.Lock()


@dataclass(frozen=True, slots=True)
class Code:
    """What one code means. UNKNOWN: it says nothing about where the parcel is."""

    status: Status
    reason: Reason | None = None
    text: str = ""


NOTHING = Code(Status.UNKNOWN)


def has_table(carrier: str) -> bool:
    """There is a file of codes for a carrier; some document no codes, or a handful in the adapter."""
    return (files("tracking.carriers") / "codes" / f"{carrier.replace('-', '_')}.csv").is_file()


class CodeTable:
    """The codes of one carrier. Codes are compared in upper case, without blanks around them."""

    def __init__(self, carrier: str, rows: Mapping[tuple[str, str], Code]) -> None:
        """`rows` by (group, code); the group is "" in a table without groups."""
        self.carrier = carrier
        self._rows = {(group, code.upper()): meaning for (group, code), meaning in rows.items()}

    @classmethod
    def load(cls, carrier: str, name: str | None = None) -> "CodeTable":
        """Read `codes/<name>.csv`; the name is the carrier's slug with "_" unless given. ValueError names a bad row."""
        file = f"{name or carrier.replace('-', '_')}.csv"
        rows: dict[tuple[str, str], Code] = {}
        with (files("tracking.carriers") / "codes" / file).open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                key = (row.get("group") or "", row["code"].upper())
                if key in rows:
                    raise ValueError(f"{file} has {key} twice")
                reason = Reason(row["reason"]) if row["reason"] else None
                rows[key] = Code(Status(row["status"]), reason, row["text"])
        return cls(carrier, rows)

    @classmethod
    def of(cls, carrier: str, rows: Mapping[str, Code]) -> "CodeTable":
        """A short table without groups, written in the adapter."""
        return cls(carrier, {("", code): meaning for code, meaning in rows.items()})

    def find(self, code: str, group: str = "") -> Code | None:
        """The meaning of a code; None if nobody knows it. Logs nothing."""
        return self._rows.get((group, code.strip().upper()))

    def meaning(self, code: str, group: str = "") -> Code:
        """The meaning of a code; an unseen one is logged once and means nothing."""
        found = self.find(code, group)
        if found is None:
            note_unseen(self.carrier, f"{group}/{code}" if group else code)
        return found or NOTHING

    def __iter__(self) -> Iterator[tuple[str, str, Code]]:
        """Every row as (group, code, meaning)."""
        return ((group, code, meaning) for (group, code), meaning in self._rows.items())

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._rows)


def note_unseen(carrier: str, code: str) -> None:
    """Log a code that no table knows, once a process. A code that looks like a number of somebody is cut out."""
    shown = re.sub(r"\d{6,}", "…", code.strip())[:40]
    with _noting:
        if (carrier, shown) in _seen or len(_seen) < _NOTED_AT_MOST:
            _seen[carrier, shown] += 1
        if (carrier, shown) in _noted or len(_noted) >= _NOTED_AT_MOST:
            return
        _noted.add((carrier, shown))
    log.warning("carrier.code_unseen", carrier=carrier, code=shown)


def forget_unseen() -> None:
    """Log unseen codes again from now on; for tests and for a worker that starts a new day."""
    with _noting:
        _noted.clear()


def note_text(carrier: str, code: str, text: str) -> None:
    """What a carrier said beside a code, in case nobody knows that code; the first text is kept."""
    with _noting:
        for which in [key for key in _seen if key[0] == carrier and f"/{key[1]}".endswith(f"/{code.strip()[:40]}")]:
            _texts.setdefault(which, text[:500])


def take_unseen() -> Unseen:
    """What came since this was last asked, in this process."""
    with _noting:
        taken = {which: (times, _texts.get(which, "")) for which, times in _seen.items()}
        _seen.clear()
        _texts.clear()
    return taken


def put_back_unseen(taken: Unseen) -> None:
    """Count again what was taken and could not be written down."""
    with _noting:
        for which, (times, text) in taken.items():
            _seen[which] += times
            if text:
                _texts[which] = text
