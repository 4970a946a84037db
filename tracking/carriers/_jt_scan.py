"""What one scan of J&T Express means: by its name, else by its number in the tenant's own list.

Every country is a tenant with numbers of its own: 10 is "picked up" in Malaysia and "signed" in Egypt. So a number
without a country means nothing, and a name that is known comes first.
Source: the platform's pages in Malaysia and Egypt, public clients for the rest, read 2026-11-22.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from tracking.carriers import _reading as read
from tracking.carriers._codes import NOTHING, Code, CodeTable, note_unseen
from tracking.carriers._times import moment, read_iso, read_offset
from tracking.platform.facts import Location, TrackingEvent
from tracking.platform.status import Reason, Status

SLUG = "jt-express"
CODES = CodeTable.load(SLUG)
# numbers say which tenant they belong to, where the account does not
_NUMBERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"UEG\d{12}", re.ASCII), "EG"),
    (re.compile(r"(?:UTE|JTE)\d{12}", re.ASCII), "SA"),
    (re.compile(r"JMX\d{12}", re.ASCII), "MX"),
    (re.compile(r"(?:JT|UT)\d{13}", re.ASCII), "CN"),
    (re.compile(r"6[37]\d{10}", re.ASCII), "MY"),
)
_TO_SENDER = re.compile(r"return\w*\s+(?:\w+\s+){0,4}(?:to|by)\s+(?:the\s+)?sender|退回|退件|ส่งคืนผู้ส่ง", re.IGNORECASE)
_REFUSED = re.compile(r"\b(?:refus|reject)|拒收|ปฏิเสธ|recusad|rechazad", re.IGNORECASE)
_NOBODY = re.compile(
    r"not\s+at\s+home|\bnobody\b|\bno\s+one\b|no\s+answer|unreachable|not\s+available|不在|无人|联系不上|ไม่อยู่|ติดต่อไม่ได้|ausente",
    re.IGNORECASE,
)
_ATTEMPT = re.compile(r"\battempt", re.IGNORECASE)
# a name of ours for the rest of the world's "GMT+08:00" and "UTC+8"
_ZONE = re.compile(r"\s*(?:GMT|UTC)\s*", re.IGNORECASE)
SIGNATURE = MappingProxyType({"electronicSignaturePicUrl": "signature", "sigPicUrl": "photo", "signUrl": "photo"})


def tenant_of(number: str) -> str | None:
    """The country whose tenant a number belongs to, by its form; None for forms that say nothing."""
    return next((country for form, country in _NUMBERS if form.fullmatch(number)), None)


def scan(raw: Mapping[str, Any], country: str | None) -> TrackingEvent | None:
    """Read one scan; None without a readable time. Names and telephones of staff, and one-time codes, stay out."""
    where = read.place(raw.get("scanNetworkCity"), raw.get("scanNetworkProvince"), None, country)
    at = _at(raw, where)
    if at is None:
        return None
    said = read.text(raw.get("desc"))
    problem = read.text(raw.get("probleDescription"))
    code, meaning = _meaning(raw, country, f"{said} {problem}")
    return TrackingEvent(
        at=at.at,
        zone=at.zone,
        code=code,
        status=meaning.status,
        reason=meaning.reason,
        description=said or problem or read.text(raw.get("scanType")) or meaning.text,
        location=where,
    )


def _at(raw: Mapping[str, Any], where: Location) -> Any:
    read_time: datetime | None = read_iso(raw.get("scanTime"))
    if read_time is None:
        return None
    offset = read_offset(_ZONE.sub("", read.text(raw.get("timeZone"), 20)))
    if offset is not None and read_time.tzinfo is None:
        read_time = read_time.replace(tzinfo=offset)
    return moment(read_time, where)


def _meaning(raw: Mapping[str, Any], country: str | None, said: str) -> tuple[str, Code]:
    """The code we keep, and what it means with what is said beside it."""
    number = read.text(raw.get("scanTypeCode"), 40)
    names = [read.text(raw.get(key), 80) for key in ("scanType", "scanTypeName", "problemReason")]
    by_name = [found for name in names[:2] if name and (found := CODES.find(name, "text"))]
    by_number = CODES.find(number, country) if number and country else None
    # in Egypt the "problem" is the scan's name in Chinese
    by_problem = CODES.find(names[2], "text") if names[2] else None
    kept = number or next((name for name in names if name), "")
    meaning = (by_name[0] if by_name else None) or by_number or by_problem
    if meaning is None:
        if kept:
            note_unseen(SLUG, f"{country or '?'}/{kept}")
        return kept, NOTHING
    return kept, _refined(meaning, said)


def _refined(meaning: Code, said: str) -> Code:
    """A signature of a sender is a return, and a problem may be that nobody was in."""
    if meaning.status is Status.DELIVERED and _TO_SENDER.search(said):
        return replace(meaning, status=Status.RETURNED)
    if meaning.status is Status.EXCEPTION and meaning.reason is Reason.OTHER:
        if _REFUSED.search(said):
            return replace(meaning, reason=Reason.REFUSED)
        if _NOBODY.search(said):
            return replace(meaning, status=Status.ATTEMPT_FAIL, reason=Reason.NOT_HOME)
        if _ATTEMPT.search(said):
            return replace(meaning, status=Status.ATTEMPT_FAIL, reason=None)
    return meaning
