"""One mail piece of a Royal Mail answer: its events, when it will come and who signed for it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from tracking.carriers import _reading as read
from tracking.carriers import _times as times
from tracking.carriers._codes import NOTHING, Code, CodeTable, note_unseen
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.platform.facts import Answer, EstimatedDelivery, TrackingEvent, TrackingResult
from tracking.platform.status import Reason, Status

NAME = "Royal Mail"
_ZONE = "Europe/London"
CODES = CodeTable.load("royal-mail")
# known of more than these is only that there are more
_CATEGORIES: Mapping[str, Code] = {"IN TRANSIT": Code(Status.IN_TRANSIT), "DELIVERED": Code(Status.DELIVERED)}
_RETURNED = re.compile(r"\breturned to (?:the )?sender\b", re.IGNORECASE)
_TIME = re.compile(r"\d{1,2}:\d{2}", re.ASCII)


def read_piece(number: str, piece: Mapping[str, Any], carrier_url: str) -> Answer | None:
    """What a piece says; None if it tells of no event, which is then the business of its error.

    An event whose time cannot be read is left out and reported; its code still counts if there is no other.
    """
    summary = read.mapping(piece.get("summary"))
    category = read.text(summary.get("statusCategory"), 40).upper()
    last = {
        "eventCode": summary.get("lastEventCode"),
        "eventName": summary.get("lastEventName"),
        "eventDateTime": summary.get("lastEventDateTime"),
        "locationName": summary.get("lastEventLocationName"),
    }
    listed = piece.get("events")
    told = [event for raw in read.mappings(listed) if (event := _event(raw, ""))]
    lost = unread(listed, len(told)) if listed else 0
    newest = _event(last, category)
    if newest:
        told = _with_newest(told, newest)
    elif _is_event(last):
        lost = lost or 1
    events = oldest_first(told, newest_first=True)
    if not events and not lost:
        return None
    status, reason = suggested(events) if events else _alone(last, category)
    result = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        service=read.text_or_none(summary.get("productName"), 120),
        estimated=None if status.is_final else _estimate(read.mapping(piece.get("estimatedDelivery"))),
        **_delivery(piece, status, events),
        pickup_place=_pickup_place(events) if status is Status.AVAILABLE_FOR_PICKUP else None,
        carrier_url=carrier_url,
        extra=_extra(number, summary),
    )
    return Answer((result,), read.left_out(NAME, number, lost))


def _with_newest(told: Sequence[TrackingEvent], newest: TrackingEvent) -> list[TrackingEvent]:
    """The events with the last one of the summary, whose category tells more of it, among them once."""
    same = [(event.at, event.code) == (newest.at, newest.code) for event in told]
    if not any(same):
        return [*told, newest]
    return [
        replace(event, status=newest.status, reason=newest.reason) if is_it else event
        for event, is_it in zip(told, same, strict=True)
    ]


def _is_event(raw: Mapping[str, Any]) -> bool:
    return bool(read.text(raw.get("eventCode")) or read.text(raw.get("eventName")))


def _alone(raw: Mapping[str, Any], category: str) -> tuple[Status, Reason | None]:
    """What the last event says although nobody can read when it was."""
    meaning = _meaning(read.text(raw.get("eventCode"), 20), read.text(raw.get("eventName")), category)
    return (Status.PENDING, None) if meaning.status is Status.UNKNOWN else (meaning.status, meaning.reason)


def _event(raw: Mapping[str, Any], category: str) -> TrackingEvent | None:
    at = times.read_iso(raw.get("eventDateTime"))
    if at is None:
        return None
    when = times.moment(at, None, _ZONE)
    code, name = read.text(raw.get("eventCode"), 20), read.text(raw.get("eventName"))
    meaning = _meaning(code, name, category)
    return TrackingEvent(
        at=when.at,
        zone=when.zone,
        code=code,
        status=meaning.status,
        description=name or meaning.text,
        reason=meaning.reason,
        location=read.place(raw.get("locationName")),
    )


def _meaning(code: str, name: str, category: str) -> Code:
    """The code first; for one that nobody knows the documented words, then the category, which the last event has."""
    known = CODES.find(code) if code else None
    if known is None:
        note_unseen(CODES.carrier, code or name)
        known = Code(Status.RETURNED) if _RETURNED.search(name) else _CATEGORIES.get(category)
    return known or NOTHING


def _estimate(raw: Mapping[str, Any]) -> EstimatedDelivery | None:
    day = times.read_date(raw.get("date"))
    if day is None:
        return None
    ends = [_on(day.isoformat(), raw.get(key)) for key in ("startOfEstimatedWindow", "endOfEstimatedWindow")]
    return times.window(ends[0] or day, ends[1] or day) if all(ends) else times.window(day, day)


def _on(day: str, clock: object) -> datetime | None:
    """A time of that day, as `08:00:00+01:00`; without an offset as in the UK."""
    said = read.text(clock, 40)
    at = times.read_iso(f"{day}T{said}") if _TIME.match(said) else None
    return times.moment(at, None, _ZONE).at if at else None


def _delivery(piece: Mapping[str, Any], status: Status, events: Sequence[TrackingEvent]) -> dict[str, Any]:
    """When it was delivered and who signed; nothing unless it was."""
    if status is not Status.DELIVERED:
        return {}
    signature = read.mapping(piece.get("signature"))
    scans = [event.at for event in events if event.status is Status.DELIVERED]
    return {
        "delivered_at": scans[-1] if scans else None,
        "signed_by": read.text_or_none(signature.get("recipientName"), 120),
        "proof": ("signature",) if read.text(signature.get("imageId"), 40) else (),
    }


def _pickup_place(events: Sequence[TrackingEvent]) -> str | None:
    return next((e.location.city for e in reversed(events) if e.status is Status.AVAILABLE_FOR_PICKUP), None)


def _extra(number: str, summary: Mapping[str, Any]) -> dict[str, Any]:
    provider = read.mapping(summary.get("internationalPostalProvider"))
    partner = {
        "name": read.text(provider.get("title"), 80),
        "url": url if (url := read.text(provider.get("url"))).startswith("https://") else "",
    }
    named = {"barcode": "oneDBarcode", "item_id": "uniqueItemId"}
    extra: dict[str, Any] = {
        **{key: name for key, field in named.items() if (name := read.number(summary.get(field))) != number},
        "origin_country": read.country_code(summary.get("originCountryCode")),
        "destination_country": read.country_code(summary.get("destinationCountryCode")),
        # abroad, another post delivers
        "partner": {} if partner["name"].startswith(NAME) else {key: said for key, said in partner.items() if said},
    }
    return {key: value for key, value in extra.items() if value}
