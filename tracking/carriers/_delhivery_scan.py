"""A scan of Delhivery: a type, a word, often a code, and instructions in plain words.

The type says on which leg it is (UD forward, RT back, DL done, PP and PU a pickup from the recipient). The code is the
most exact; without one, the word under its type; and a pending parcel's instructions tell a failed attempt.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracking.carriers import _reading as read
from tracking.carriers._codes import NOTHING, Code, CodeTable, note_unseen
from tracking.carriers._times import moment, read_iso
from tracking.platform.facts import Location, TrackingEvent
from tracking.platform.status import Reason, Status

ZONE = "Asia/Kolkata"
CODES = CodeTable.load("delhivery")
# legs on which a word counts
_BY_WORD = frozenset({"UD", "DL"})
_SITE = re.compile(r"([^()]{1,100}?)\s*(?:\(([^()]{1,60})\))?", re.ASCII)
# instructions of an attempt that failed, for scans without a code; first match wins
_ATTEMPTS = tuple(
    (re.compile(pattern), Code(Status.ATTEMPT_FAIL, reason))
    for pattern, reason in (
        (r"\b(?:customer|consignee|recipient)\b.{0,20}\b(?:refused|rejected)\b|\brefused to accept\b", Reason.REFUSED),
        (r"\b(?:customer|consignee|recipient) (?:is )?(?:unavailable|not (?:available|reachable))\b", Reason.NOT_HOME),
        (r"\b(?:bad|incomplete|incorrect|wrong)\b.{0,20}\baddress\b|\bconsignee (?:moved|shifted)\b", Reason.ADDRESS),
        (r"\b(?:payment|cash|cod amount) not ready\b", Reason.PAYMENT_DUE),
        (r"\bentry restricted\b", Reason.NO_ACCESS),
        (r"\basked to reschedule\b", Reason.RESCHEDULED),
        (r"\b(?:office|premises|shop|institute)\b.{0,12}\bclosed\b", Reason.CLOSED),
    )
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a scan or a shipment's status says, before it has a time."""

    kind: str
    word: str
    code: str
    instructions: str

    @property
    def shown(self) -> str:
        """Type, word and code as one."""
        return "/".join(part for part in (self.kind, self.word, self.code) if part)

    def meaning(self) -> Code:
        """What it means; an unseen word or type means nothing."""
        exact = CODES.find(self.code, self.kind) if self.code and self.kind else None
        if exact:
            return exact
        if self.kind and self.kind not in _BY_WORD:
            found = CODES.find(self.kind, "type")
            if found is None:
                note_unseen("delhivery", f"type/{self.kind}")
            return found or NOTHING
        meaning = CODES.meaning(self.word, self.kind or "word")
        if meaning.status is not Status.IN_TRANSIT or self.code:
            return meaning
        said = self.instructions.lower()
        return next((attempt for rule, attempt in _ATTEMPTS if rule.search(said)), meaning)


def said_by_status(raw: object) -> Said:
    """A shipment's `Status`: an object, or in some answers a bare word."""
    if isinstance(raw, str):
        return Said("", read.text(raw, 40), "", "")
    return _said(read.mapping(raw), "Status", "StatusType")


def _said(raw: Mapping[str, Any], word: str, kind: str) -> Said:
    return Said(
        read.text(raw.get(kind), 10).upper(),
        read.text(raw.get(word), 40),
        "".join(read.text(raw.get("StatusCode"), 20).upper().split()),
        read.text(raw.get("Instructions")),
    )


def read_scan(raw: Mapping[str, Any]) -> TrackingEvent | None:
    """An entry of `Scans`; None without a readable time."""
    detail = read.mapping(raw.get("ScanDetail", raw))
    said = _said(detail, "Scan", "ScanType")
    return _event(said, detail, ("ScanDateTime", "StatusDateTime"), "ScannedLocation")


def read_status(raw: object) -> TrackingEvent | None:
    """A shipment's `Status` as an event; None without a readable time."""
    return _event(said_by_status(raw), read.mapping(raw), ("StatusDateTime",), "StatusLocation")


def _event(said: Said, raw: Mapping[str, Any], times: tuple[str, ...], place: str) -> TrackingEvent | None:
    at = next((found for name in times if (found := read_iso(raw.get(name)))), None)
    if at is None:
        return None
    when, meaning = moment(at, None, ZONE), said.meaning()
    words = said.instructions or said.word or meaning.text
    return TrackingEvent(when.at, when.zone, said.shown, meaning.status, words, meaning.reason, _site(raw.get(place)))


def _site(raw: object) -> Location:
    """“Bengaluru_Koramngla_D (Karnataka)” is a site in Bengaluru."""
    found = _SITE.fullmatch(read.text(raw, 160))
    return read.place(found[1].partition("_")[0], found[2]) if found else read.place(read.text(raw, 120))
