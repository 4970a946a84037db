"""One result of a FedEx answer: its scans, what they mean, when it will come and who took it."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from tracking.carriers import _times as times
from tracking.carriers._codes import Code, CodeTable
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._reading import left_out, mapping, mappings, number, place, text, text_or_none, walk
from tracking.platform.facts import Answer, EstimatedDelivery, Location, TrackingEvent, TrackingResult
from tracking.platform.status import Reason, Status

CODES = CodeTable.load("fedex")

_LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
# what a scan of these codes means depends on its exception code
_EXCEPTIONS = frozenset({"DE", "SE"})
# the list of exception codes is partial; these are the words of the others. First match wins
_PHRASES = tuple(
    (re.compile(pattern), Code(status, reason))
    for pattern, status, reason in (
        (r"\b(?:customer|recipient) not available|business closed", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        (
            r"\bno (?:authorized|adult) recipient|\bsignature (?:not available|required)",
            Status.ATTEMPT_FAIL,
            Reason.NOT_HOME,
        ),
        (r"\bunable to access|\bno access|\bsecurity code required", Status.ATTEMPT_FAIL, Reason.NO_ACCESS),
        (
            r"\bdelivery (?:was )?attempted|\bunsuccessful delivery attempt|\bdelivery attempt (?:was )?unsuccessful",
            Status.ATTEMPT_FAIL,
            None,
        ),
        (r"\brefused\b", Status.EXCEPTION, Reason.REFUSED),
        (
            r"\b(?:incorrect|incomplete|invalid|unable to locate) .*\baddress\b|\brecipient .*\bmoved\b",
            Status.EXCEPTION,
            Reason.ADDRESS,
        ),
        (
            r"\bfuture delivery requested|\brequested (?:future|later) delivery|\breschedul",
            Status.EXCEPTION,
            Reason.RESCHEDULED,
        ),
        (r"\bweather\b", Status.EXCEPTION, Reason.WEATHER),
        (r"\bholiday\b", Status.EXCEPTION, Reason.HOLIDAY),
        (r"\bdamage", Status.EXCEPTION, Reason.DAMAGED),
        (r"\b(?:paperwork|documentation|documents)\b", Status.EXCEPTION, Reason.DOCUMENTS),
        (r"\b(?:clearance|customs|regulatory)\b", Status.EXCEPTION, Reason.CUSTOMS),
        (r"\b(?:missort|misrouted|mis-routed)", Status.EXCEPTION, Reason.MISROUTED),
        (
            r"\bmechanical|\bnatural disaster|\bbeyond our control|\boperational delay|\bnot attempted\b",
            Status.EXCEPTION,
            Reason.CARRIER_DELAY,
        ),
    )
)
# what stands where a name would, if nobody signed
_NO_NAME = re.compile(
    r"signature (?:is )?(?:not|release|waived)|no signature|not required|service release", re.IGNORECASE
)


def newest_scan(result: dict[str, Any]) -> datetime:
    """When a result was last scanned; long ago if never. Tells a number's lives apart."""
    scans = [when.at for scan in mappings(result.get("scanEvents")) if (when := _when(scan, _scan_place(scan)))]
    dates = [at for kind in ("ACTUAL_DELIVERY", "ACTUAL_PICKUP", "SHIP") if (at := _dated(result, kind))]
    return max(scans or dates, default=_LONG_AGO)


def read_result(result: dict[str, Any], which: str, carrier_url: str) -> Answer | None:
    """A result under the number asked about, and what of it could not be read; None if that is all of it."""
    listed = result.get("scanEvents")
    scans = mappings(listed)
    read = [event for scan in scans if (event := _event(scan))]
    dropped = unread(listed, len(read))
    events = _sent_back(oldest_first(read, newest_first=True), result)
    latest = mapping(result.get("latestStatusDetail"))
    if not events and (dropped or not latest):
        return None
    status, reason = suggested(events)
    if not events:
        code, derived = text(latest.get("code"), 20), text(latest.get("derivedCode"), 20)
        current = _meaning(code, derived, *_latest_exception(latest))
        status = Status.PENDING if current.status is Status.UNKNOWN else current.status
        reason = current.reason
    delivered = status is Status.DELIVERED
    details = mapping(result.get("deliveryDetails"))
    told = TrackingResult(
        number=which,
        status=status,
        events=events,
        reason=reason or (_delay(latest) if status is Status.EXCEPTION else None),
        service=text_or_none(walk(result, "serviceDetail", "description")),
        estimated=_estimate(result),
        delivered_at=_delivered_at(result, events) if delivered else None,
        signed_by=_signer(details) if delivered else None,
        proof=_proof(result) if delivered else (),
        pickup_place=_pickup_place(result) if status is Status.AVAILABLE_FOR_PICKUP else None,
        carrier_url=carrier_url,
        extra=_extra(details),
    )
    return Answer((told,), left_out("FedEx", which, dropped))


# scans


def _event(scan: dict[str, Any]) -> TrackingEvent | None:
    spot = _scan_place(scan)
    when = _when(scan, spot)
    if when is None:
        return None
    code, derived = text(scan.get("eventType"), 20), text(scan.get("derivedStatusCode"), 20)
    meaning = _meaning(code, derived, text(scan.get("exceptionCode"), 20), text(scan.get("exceptionDescription")))
    cause = _delay(scan) if meaning.status is Status.EXCEPTION else None
    words = [text(scan.get("eventDescription")), text(scan.get("exceptionDescription"))]
    return TrackingEvent(
        at=when.at,
        zone=when.zone,
        code=code or derived,
        status=meaning.status,
        description=" – ".join(part for part in words if part) or text(scan.get("derivedStatus")),
        reason=meaning.reason or cause,
        location=spot,
    )


def _meaning(code: str, derived: str, exception: str, words: str = "") -> Code:
    """The event's own code; the coarser derived one only where there is no other. An unseen code is no guess."""
    if code:
        meaning = CODES.meaning(code, "event")
    elif derived:
        meaning = CODES.find(derived, "derived") or CODES.meaning(derived, "event")
    else:
        return CODES.meaning("", "event")
    key = (code or derived).upper()
    if key in _EXCEPTIONS and (exception or words):
        cause = CODES.find(exception.lstrip("0") or "0", "exception") if exception else None
        cause = cause or _by_words(words)
        if cause is not None:
            # only a delivery can have been attempted
            attempt = key == "DE" and cause.status is Status.ATTEMPT_FAIL
            return Code(Status.ATTEMPT_FAIL if attempt else meaning.status, cause.reason)
    return meaning


def _by_words(words: str) -> Code | None:
    """What an exception says whose code is not listed; None if its words say nothing more either."""
    said = words.lower()
    return next((code for rule, code in _PHRASES if rule.search(said)), None)


def _delay(detail: dict[str, Any]) -> Reason | None:
    kind = text(walk(detail, "delayDetail", "type"), 20)
    known = CODES.find(kind, "delay") if kind else None
    late = text(walk(detail, "delayDetail", "status"), 20).upper() == "DELAYED"
    return known.reason if known and late else None


def _latest_exception(latest: dict[str, Any]) -> tuple[str, str]:
    first = mapping(walk(latest, "ancillaryDetails", 0))
    return text(first.get("reason"), 20), text(first.get("reasonDescription"))


def _sent_back(events: tuple[TrackingEvent, ...], result: dict[str, Any]) -> tuple[TrackingEvent, ...]:
    """A return ends in "delivered" too, at the shipper: after a return scan, or under another number."""
    identifiers = mappings(walk(result, "additionalTrackingInfo", "packageIdentifiers"))
    back = any(text(i.get("type"), 60) == "RETURNED_TO_SHIPPER_TRACKING_NUMBER" for i in identifiers)
    back = back or bool(
        walk(result, "returnDetail", "reasonDetail") or walk(result, "returnDetail", "authorizationName")
    )
    read: list[TrackingEvent] = []
    for event in events:
        back = back or event.status is Status.RETURNING
        read.append(_returned(event) if back and event.status is Status.DELIVERED else event)
    return tuple(read)


def _returned(event: TrackingEvent) -> TrackingEvent:
    return TrackingEvent(
        event.at, event.zone, event.code, Status.RETURNED, event.description, event.reason, event.location
    )


def _when(scan: dict[str, Any], spot: Location) -> times.Moment | None:
    read = times.read_iso_or_day(scan.get("date"))
    return times.moment(read, spot) if read else None


def _scan_place(scan: dict[str, Any]) -> Location:
    return _address(scan.get("scanLocation"))


def _address(address: object) -> Location:
    parts = mapping(address)
    country = parts.get("countryCode") or parts.get("countryName")
    return place(parts.get("city"), parts.get("stateOrProvinceCode"), parts.get("postalCode"), country)


# the rest


def _destination(result: dict[str, Any]) -> Location:
    for address in (
        walk(result, "recipientInformation", "address"),
        walk(result, "destinationLocation", "locationContactAndAddress", "address"),
        walk(result, "lastUpdatedDestinationAddress"),
    ):
        found = _address(address)
        if found.country:
            return found
    return Location()


def _dated(result: dict[str, Any], kind: str) -> datetime | None:
    for dated in mappings(result.get("dateAndTimes")):
        if text(dated.get("type"), 40) == kind:
            read = times.read_iso_or_day(dated.get("dateTime"))
            return times.moment(read, _destination(result)).at if read else None
    return None


def _estimate(result: dict[str, Any]) -> EstimatedDelivery | None:
    """FedEx's window, else its estimated day, else what it committed to."""
    for name in ("estimatedDeliveryTimeWindow", "standardTransitTimeWindow"):
        window = mapping(walk(result, name, "window"))
        ends = [_aware(window.get(end), result) for end in ("begins", "ends")]
        whole_days = all(isinstance(_day(end), datetime) is False for end in ends if end)
        found = times.window(*(_day(end) for end in ends)) if whole_days else times.window(*ends)
        if found:
            return found
        if name == "estimatedDeliveryTimeWindow" and (day := _day(_dated(result, "ESTIMATED_DELIVERY"))):
            return times.window(day, day)
    committed = _day(_dated(result, "COMMITMENT"))
    return times.window(committed, committed)


def _aware(value: object, result: dict[str, Any]) -> datetime | None:
    read = times.read_iso_or_day(value)
    return times.moment(read, _destination(result)).at if read else None


def _day(at: datetime | None) -> date | datetime | None:
    """Midnight stands for the day."""
    return at.date() if at and at.time() == time() else at


def _delivered_at(result: dict[str, Any], events: Sequence[TrackingEvent]) -> datetime | None:
    scans = [event.at for event in events if event.status is Status.DELIVERED]
    return scans[-1] if scans else _dated(result, "ACTUAL_DELIVERY")


def _signer(details: dict[str, Any]) -> str | None:
    names = (text(details.get(key), 120) for key in ("signedByName", "receivedByName"))
    return next((name for name in names if name and not _NO_NAME.search(name)), None)


def _proof(result: dict[str, Any]) -> tuple[str, ...]:
    kinds = {text(image.get("type"), 60).upper() for image in mappings(result.get("availableImages"))}
    there = (
        ("signature", "SIGNATURE_PROOF_OF_DELIVERY" in kinds),
        ("photo", any("PICTURE" in kind or "PHOTO" in kind for kind in kinds)),
    )
    return tuple(name for name, has in there if has)


def _pickup_place(result: dict[str, Any]) -> str | None:
    held = mapping(walk(result, "holdAtLocation", "locationContactAndAddress"))
    spot = _address(held.get("address"))
    streets = walk(held, "address", "streetLines")
    lines = [text(line, 120) for line in streets[:3]] if isinstance(streets, list) else []
    parts = [text(walk(held, "contact", "companyName"), 120), *lines, spot.city, spot.region, spot.postal_code]
    return ", ".join(part for part in parts if part) or None


def _extra(details: dict[str, Any]) -> dict[str, Any]:
    left_at, attempts = text(details.get("locationDescription"), 120), number(details.get("deliveryAttempts"))
    return {key: value for key, value in (("left_at", left_at), ("delivery_attempts", attempts)) if value}
