"""One item of a PostNord shipment: its events, what they mean, and the item's own status where it knows more.

Items, events and shipments share one list of statuses; an event's number is only looked at where the status says too
little. Four statuses stand for different things by their English text: those texts, as seen in answers, are the rules.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from tracking.carriers import _reading as read
from tracking.carriers._codes import Code, CodeTable
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._times import moment, read_iso
from tracking.platform.facts import TrackingEvent
from tracking.platform.status import Reason, Status

CODES = CodeTable.load("postnord")

_ON_THE_ROUND = "113"
_SECOND = timedelta(seconds=1)
_TEXTS: Mapping[str, tuple[tuple[re.Pattern[str], Code], ...]] = MappingProxyType(
    {
        status: tuple((re.compile(pattern), meaning) for pattern, meaning in rules)
        for status, rules in {
            "EN_ROUTE": (
                (r"\bdelivery of the shipment item is in progress\b", Code(Status.OUT_FOR_DELIVERY)),
                (r"\bimport is complete\b", Code(Status.IN_TRANSIT, Reason.CUSTOMS)),
            ),
            "OTHER": (
                (r"\bimport charge sent to recipient\b", Code(Status.EXCEPTION, Reason.PAYMENT_DUE)),
                (
                    r"\bis under transportation\b|\bbeing processed at our sorting cent|\bitem has been loaded\b",
                    Code(Status.IN_TRANSIT),
                ),
            ),
            "STOPPED": (
                (r"\bbeing customs cleared\b", Code(Status.IN_TRANSIT, Reason.CUSTOMS)),
                (r"\bheld\b.*\bawaiting the booked delivery date\b", Code(Status.IN_TRANSIT, Reason.ON_HOLD)),
                (r"\bhas been stored\b", Code(Status.EXCEPTION, Reason.ON_HOLD)),
            ),
            "EXPECTED_DELAY": ((r"\baddress is incomplete\b", Code(Status.EXCEPTION, Reason.ADDRESS)),),
            "DELIVERED": (
                (
                    r"\bdelivered (?:to|at) the recipient.s (?:mailbox|door)\b",
                    Code(Status.DELIVERED, Reason.SAFE_PLACE),
                ),
            ),
        }.items()
    }
)
_BACK = frozenset({Status.RETURNING, Status.RETURNED})
_DATA = frozenset({Status.PENDING, Status.INFO_RECEIVED})


@dataclass(frozen=True, slots=True)
class Item:
    """An item as far as it can be read; `left_out` events had no readable time."""

    raw: Mapping[str, Any]
    number: str
    status: Status
    reason: Reason | None
    events: tuple[TrackingEvent, ...]
    left_out: int


def read_item(raw: Mapping[str, Any]) -> Item:
    """Read an item, or a shipment that lists none."""
    listed = raw.get("events") if raw.get("events") is not None else raw.get("event")
    told = [event for one in read.mappings(listed) if (event := _event(one))]
    events = _with_own_status(oldest_first(told, newest_first=True), raw)
    status, reason = suggested(events)
    if not events:
        own = _own(raw)
        status, reason = (own.status, own.reason) if own.status is not Status.UNKNOWN else (status, None)
    return Item(raw, read.number(raw.get("itemId")), status, reason, events, unread(listed, len(told)))


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    at = read_iso(raw.get("eventTime"))
    if at is None:
        return None
    spot = read.mapping(raw.get("location"))
    where = read.place(
        read.text(spot.get("city")) or read.text(spot.get("displayName")) or spot.get("name"),
        None,
        spot.get("postcode"),
        spot.get("countryCode") or spot.get("country"),
    )
    when = moment(at, where)
    status, number = _status(raw), read.text(raw.get("eventCode"), 40)
    words = read.text(raw.get("eventDescription"))
    meaning = _meaning(status, number, words)
    code = "/".join(part for part in (status, number) if part)
    return TrackingEvent(when.at, when.zone, code, meaning.status, words or meaning.text, meaning.reason, where)


def _status(raw: Mapping[str, Any]) -> str:
    """The status of an event or item; version 7 has it as `eventStatus`."""
    return (read.text(raw.get("status"), 40) or read.text(raw.get("eventStatus"), 40)).upper()


def _meaning(status: str, number: str, words: str) -> Code:
    if not status:
        return CODES.meaning(number, "event")
    if status == "EN_ROUTE" and number == _ON_THE_ROUND:
        return CODES.meaning(number, "event")
    said = words.lower()
    by_text = next((meaning for rule, meaning in _TEXTS.get(status, ()) if rule.search(said)), None)
    return by_text or CODES.meaning(status, "status")


def _own(raw: Mapping[str, Any]) -> Code:
    return CODES.meaning(status, "status") if (status := _status(raw)) else Code(Status.UNKNOWN)


def _with_own_status(events: tuple[TrackingEvent, ...], raw: Mapping[str, Any]) -> tuple[TrackingEvent, ...]:
    """The events, and the item's status behind them if it is ahead of its newest event.

    An item waits at a service point or is delivered before the scan of it is listed. Its status has no time of its
    own: it is told a second after the newest event, which orders the two wherever they are kept.
    """
    if not events:
        return events
    own, last = _own(raw), events[-1]
    status = _status(raw)
    newest = {event.code.partition("/")[0] for event in events if event.at == last.at}
    before, _ = suggested(events)
    ahead = before in _DATA if own.status in _DATA | {Status.IN_TRANSIT} else before not in _BACK
    if own.status in (Status.UNKNOWN, before) or status in newest or not ahead:
        return events
    words = read.text(read.walk(raw, "statusText", "header")) or own.text
    return (
        *events,
        replace(last, at=last.at + _SECOND, code=status, status=own.status, description=words, reason=own.reason),
    )
