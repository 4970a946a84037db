"""One mail piece of a USPS answer: its events, what they mean, its category, when it will come and who took it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from tracking.carriers import _times as times
from tracking.carriers._codes import Code, CodeTable, note_unseen
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._reading import flag, left_out, mappings, place, text, text_or_none
from tracking.platform.facts import Answer, EstimatedDelivery, Location, TrackingEvent, TrackingResult, Zone
from tracking.platform.status import Reason, Status

CODES = CodeTable.load("usps")

# What `statusCategory` begins with or holds, in this order; never the bare "deliver": an alert may say "undeliverable".
_CATEGORIES = (
    ("delivery attempt", Status.ATTEMPT_FAIL),
    ("out for delivery", Status.OUT_FOR_DELIVERY),
    ("available for pickup", Status.AVAILABLE_FOR_PICKUP),
    ("alert", Status.EXCEPTION),
    ("pre-shipment", Status.INFO_RECEIVED),
    ("in transit", Status.IN_TRANSIT),
    ("in-transit", Status.IN_TRANSIT),
    ("accepted", Status.IN_TRANSIT),
    ("moving through network", Status.IN_TRANSIT),
)
_ON_ITS_WAY = frozenset({Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.AVAILABLE_FOR_PICKUP, Status.ATTEMPT_FAIL})
_WAYS_BACK = frozenset({Status.RETURNING, Status.RETURNED})
# "QUEENS NY DISTRIBUTION CENTER"
_FACILITY = re.compile(r" ([A-Z]{2}) (?:[A-Z ]*)(?:CENTER|FACILITY|ANNEX|HUB|P&DC|NDC|ISC)\b")
_SAFE_PLACES = ("mailbox", "porch", "front door", "side door", "back door", "garage", "parcel locker")


def read_piece(piece: dict[str, Any], which: str, carrier_url: str, home_zone: str | None) -> Answer | None:
    """A piece under the number asked about, and what of it could not be read; None if that is all of it."""
    listed = piece.get("trackingEvents")
    read = [event for row in mappings(listed) if (event := _event(row, home_zone))]
    dropped = unread(listed, len(read))
    events = oldest_first(read, newest_first=True)
    category = text(piece.get("statusCategory"), 80) or ("" if read else text(piece.get("status"), 80))
    if not events and (dropped or not category):
        return None
    status, reason = _current(piece, category, events)
    events = _with_category(events, status)
    delivered = status is Status.DELIVERED
    waits = status is Status.AVAILABLE_FOR_PICKUP
    signer = _signer(mappings(listed)) if delivered else None
    result = TrackingResult(
        number=which,
        status=status,
        events=events,
        reason=reason,
        service=text_or_none(piece.get("mailClass"), 120),
        estimated=_estimate(piece),
        delivered_at=_delivered_at(events) if delivered else None,
        signed_by=signer,
        proof=("signature",) if delivered and (signer or flag(piece.get("proofOfDeliveryEnabled"))) else (),
        pickup_place=_pickup_place(events) if waits else None,
        pickup_until=times.read_date(piece.get("returnDateNotice")) if waits else None,
        carrier_url=carrier_url,
        extra=_extra(piece),
    )
    return Answer((result,), left_out("USPS", which, dropped))


# events


def _event(row: dict[str, Any], home_zone: str | None) -> TrackingEvent | None:
    spot = _place(row)
    when = _when(row, spot, home_zone)
    if when is None:
        return None
    code, words = text(row.get("eventCode"), 20), text(row.get("eventType"))
    meaning = _meaning(code, words)
    return TrackingEvent(
        at=when.at,
        zone=when.zone,
        code=code,
        status=meaning.status,
        description=words,
        reason=meaning.reason,
        location=spot,
    )


def _meaning(code: str, words: str) -> Code:
    """By code; of a delivery the words say where it was left, or that it went back to the sender."""
    # codes of one digit have lost their zero
    meaning = CODES.meaning(code.zfill(2) if code.isdigit() else code)
    if meaning.status is not Status.DELIVERED:
        return meaning
    said = words.lower()
    if "original sender" in said:
        return Code(Status.RETURNED)
    if "neighbor" in said:
        return Code(Status.DELIVERED, Reason.NEIGHBOUR)
    safe = any(spot in said for spot in _SAFE_PLACES)
    return Code(Status.DELIVERED, Reason.SAFE_PLACE) if safe else meaning


def _place(row: dict[str, Any]) -> Location:
    country = row.get("eventCountry")
    # events at home leave the country out, and write other countries in words
    at_home = not text(country) and bool(text(row.get("eventState")))
    return place(row.get("eventCity"), row.get("eventState"), row.get("eventZIP"), "US" if at_home else country)


def _when(row: dict[str, Any], spot: Location, home_zone: str | None) -> times.Moment | None:
    local = times.read_iso(row.get("eventTimestamp"))
    utc = times.read_iso(row.get("GMTTimestamp"))
    known = times.stated(utc, local, times.read_offset(row.get("GMTOffset")))
    if known is not None:
        return times.moment(known)
    if local is None:
        return None
    # a Z behind a local time is a mistake of theirs; a facility is named with its state, and lies in no country
    abroad = bool(text(row.get("eventCountry"))) and not spot.country
    at_facility = _FACILITY.search(spot.city) if spot.city and not spot.country else None
    where = place(region=at_facility[1], country="US") if at_facility else spot
    return times.moment(local.replace(tzinfo=None), where, None if abroad else home_zone)


# the piece


def _current(piece: dict[str, Any], category: str, events: Sequence[TrackingEvent]) -> tuple[Status, Reason | None]:
    """USPS's category of the whole piece before the newest event; the event where it says more of the same."""
    folded, reason = suggested(events)
    known = _category(category)
    if known is None:
        if category:
            note_unseen(CODES.carrier, f"category/{category}")
        return folded, reason
    said = f"{text(piece.get('status'))} {text(piece.get('statusSummary'))}".lower()
    if known is Status.EXCEPTION:
        if folded in _WAYS_BACK:
            return folded, reason
        if "return to sender" in said or "returned to sender" in said or "returned to the sender" in said:
            return Status.RETURNING, reason
    if folded is Status.RETURNING and known in _ON_ITS_WAY:
        return folded, reason
    if known is Status.DELIVERED and ("original sender" in said or folded is Status.RETURNED):
        return Status.RETURNED, reason
    same = folded is known or (known is Status.EXCEPTION and folded is Status.ATTEMPT_FAIL)
    return known, reason if same else None


def _with_category(events: tuple[TrackingEvent, ...], status: Status) -> tuple[TrackingEvent, ...]:
    """The newest event, where it has no code, means what the category of the piece says."""
    if not events or events[-1].code or events[-1].status is not Status.UNKNOWN:
        return events
    return (*events[:-1], replace(events[-1], status=status))


def _category(category: str) -> Status | None:
    said = category.lower()
    if said.startswith("delivered"):
        return Status.DELIVERED
    return next((status for words, status in _CATEGORIES if words in said), None)


def _estimate(piece: dict[str, Any]) -> EstimatedDelivery | None:
    """The prediction with its window, else the expected or guaranteed day."""
    on = times.read_date(piece.get("predictedDeliveryDate"))
    names = ("predictedDeliveryWindowStartTime", "predictedDeliveryWindowEndTime")
    begins, ends = (times.read_clock(piece.get(name)) for name in names)
    region, zip_code, country = (piece.get(f"destination{part}") for part in ("State", "ZIP", "CountryCode"))
    zone_of = place(piece.get("destinationCity"), region, zip_code, country or "US")
    if on and begins and ends and (zone_of.region or zone_of.postal_code):
        window = [times.moment(datetime.combine(on, end), zone_of) for end in (begins, ends)]
        if all(end.zone is not Zone.UNKNOWN for end in window):
            return times.window(window[0].at, window[1].at)
    day = (
        on or times.read_date(piece.get("expectedDeliveryDate")) or times.read_date(piece.get("guaranteedDeliveryDate"))
    )
    return times.window(day, day)


def _delivered_at(events: Sequence[TrackingEvent]) -> datetime | None:
    scans = [event.at for event in events if event.status is Status.DELIVERED]
    return scans[-1] if scans else None


def _signer(rows: Sequence[dict[str, Any]]) -> str | None:
    for row in rows:
        taken = CODES.find(text(row.get("eventCode"), 20))
        if taken and taken.status is Status.DELIVERED:
            return text_or_none(row.get("name"), 120) or text_or_none(row.get("firm"), 120)
    return None


def _pickup_place(events: Sequence[TrackingEvent]) -> str | None:
    waits = [event.location for event in events if event.status is Status.AVAILABLE_FOR_PICKUP]
    parts = (waits[-1].city, waits[-1].region, waits[-1].postal_code) if waits else ()
    return ", ".join(part for part in parts if part) or None


def _extra(piece: dict[str, Any]) -> dict[str, Any]:
    facts = {
        "by": text(piece.get("expectedDeliveryTime"), 20),
        "access_control": text(piece.get("accessControl"), 40),
        "return_on": text(piece.get("returnDateNotice"), 40),
    }
    return {name: value for name, value in facts.items() if value}
