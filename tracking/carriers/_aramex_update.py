"""One update of an Aramex shipment: its code, its words, where and when.

Aramex publishes no stable list of codes, and regions differ. A code of its form that the list lacks is counted as
unseen, and read by its description only if that is, word for word, one of the list's: no rule looks for words inside a
text, where “documents out for delivery” and “will be delivered” lie in wait.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from tracking.carriers import _reading as read
from tracking.carriers._codes import NOTHING, Code, CodeTable
from tracking.carriers._times import moment, read_iso
from tracking.platform.facts import Location, TrackingEvent
from tracking.platform.status import Reason

CODES = CodeTable.load("aramex")

_FORM = re.compile(r"SH\d{3}", re.ASCII)
# milliseconds since 1970 in UTC; what follows only says which zone to show
_SERIAL = re.compile(r"/Date\((\d{9,14})(?:([+-])(\d{2})(\d{2}))?\)/", re.ASCII)
# "Shipment update": what is meant stands in the comments
_SEE_COMMENTS = "SH382"
# one code, several causes, which the description tells
_MANY_CAUSES = frozenset({"SH033", "SH043", "SH044", "SH074", "SH076", "SH156", "SH157"})
_CAUSES = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"\b(?:rejected|refused)\b", Reason.REFUSED),
        (r"\b(?:customs|clearance)\b", Reason.CUSTOMS),
        (r"\b(?:document|identity|kyc|id proof)\b", Reason.DOCUMENTS),
        (r"\b(?:payment|cash|cod amount|duty|tax)\b", Reason.PAYMENT_DUE),
        (r"\b(?:address|moved|relocated)\b", Reason.ADDRESS),
        (r"\b(?:not (?:at )?home|unavailable|not available|no (?:answer|response))\b", Reason.NOT_HOME),
        (r"\bholiday\b", Reason.HOLIDAY),
        (r"\bclosed\b", Reason.CLOSED),
        (r"\b(?:access|restricted)\b", Reason.NO_ACCESS),
        (r"\bweather\b", Reason.WEATHER),
        (r"\bdamage", Reason.DAMAGED),
        (r"\b(?:missort|misrout)", Reason.MISROUTED),
    )
)
_BY_TEXT: Mapping[str, Code] = {meaning.text.lower(): meaning for _, _, meaning in CODES}


def read_update(raw: Mapping[str, Any], home_zone: str | None = None) -> TrackingEvent | None:
    """A `TrackingResult` of Aramex as an event; None without a readable time.

    home_zone  IANA zone for a time without an offset at a place without a country
    """
    where = _place(raw.get("UpdateLocation"))
    at = _time(raw.get("UpdateDateTime"))
    if at is None:
        return None
    when = moment(at, where, home_zone)
    code, words = read.text(raw.get("UpdateCode"), 40).upper(), read.text(raw.get("UpdateDescription"))
    meaning = _meaning(code, words)
    said = read.text(raw.get("Comments")) if code == _SEE_COMMENTS else ""
    return TrackingEvent(
        when.at, when.zone, code, meaning.status, said or words or meaning.text, _reason(code, meaning, words), where
    )


def _meaning(code: str, words: str) -> Code:
    known = CODES.find(code) if code else None
    if known:
        return known
    found = _BY_TEXT.get(words.lower().rstrip(".")) if not code or _FORM.fullmatch(code) else None
    if code or not found:
        # counts and logs it, whatever its description says
        CODES.meaning(code)
    return found or NOTHING


def _reason(code: str, meaning: Code, words: str) -> Reason | None:
    if code not in _MANY_CAUSES:
        return meaning.reason
    said = words.lower()
    return next((reason for rule, reason in _CAUSES if rule.search(said)), meaning.reason)


def _time(raw: object) -> datetime | None:
    """`/Date(1436782080000+0300)/`, or ISO with or without a zone."""
    found = _SERIAL.fullmatch(raw.strip()) if isinstance(raw, str) and len(raw) < 64 else None
    if not found:
        return read_iso(raw)
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(found[1]) // 1000)
    if not 1990 <= at.year <= 2100:
        return None
    ahead = timedelta(hours=int(found[3] or 0), minutes=int(found[4] or 0)) * (-1 if found[2] == "-" else 1)
    return at.astimezone(timezone(ahead)) if abs(ahead) <= timedelta(hours=14) else at


def _place(raw: object) -> Location:
    """“Amman, Jordan”: the country stands behind the last comma; a place without one is a city."""
    said = read.text(raw, 160)
    city, comma, country = said.rpartition(",")
    if comma and read.country_code(country):
        return read.place(city, None, None, country)
    return read.place(said)
