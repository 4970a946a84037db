"""One package of a UPS answer: its activities, what they mean, when it will come and who took it."""

from collections.abc import Sequence
from datetime import date, datetime, timezone
from typing import Any, cast

from tracking.carriers import _times as times
from tracking.carriers._codes import Code, CodeTable, note_unseen
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._reading import left_out, mapping, mappings, place, text, text_or_none, walk
from tracking.platform.facts import Answer, EstimatedDelivery, Location, TrackingEvent, TrackingResult, Zone
from tracking.platform.status import Reason, Status

CODES = CodeTable.load("ups")

# status.type, where no 3-digit code says more
_TYPES = {
    "M": Code(Status.INFO_RECEIVED),
    "MV": Code(Status.EXCEPTION, Reason.CANCELLED),
    "P": Code(Status.IN_TRANSIT),
    "I": Code(Status.IN_TRANSIT),
    "O": Code(Status.OUT_FOR_DELIVERY),
    "D": Code(Status.DELIVERED),
    "X": Code(Status.EXCEPTION),
    "U": Code(Status.UNKNOWN),
    "RS": Code(Status.RETURNING),
    "DO": Code(Status.IN_TRANSIT),
    "DD": Code(Status.IN_TRANSIT),
    "W": Code(Status.IN_TRANSIT),
    "NA": Code(Status.PENDING),
}
# the 2-character code is only unique within its type
_GROUPS = {
    "M": "manifest",
    "MV": "manifest",
    "P": "movement",
    "I": "movement",
    "O": "movement",
    "D": "delivery",
    "X": "exception",
    "RS": "exception",
}
# 3-digit codes that say "exception" or "delay" and no more: the 2-character code may say better what happened
_VAGUE = frozenset({"013", "029", "030", "046", "048", "049", "069", "076", "083", "086", "090"})
# "delivered" to whom: a 2-character code of a delivery may say that it waits at a shop, or went back
_NOT_HANDED_OVER = frozenset({Status.AVAILABLE_FOR_PICKUP, Status.RETURNED})
_BETTER = frozenset({Status.ATTEMPT_FAIL, Status.AVAILABLE_FOR_PICKUP, Status.RETURNING, Status.RETURNED})

# a window has two ends; the others name only the latest time, or none
_WINDOWS = frozenset({"EDW", "CDW", "IDW"})


def read_package(package: dict[str, Any], which: str, carrier_url: str) -> Answer | None:
    """A package under the number asked about, and what of it could not be read; None if that is all of it."""
    activities = mappings(package.get("activity"))
    read = [event for activity in activities if (event := _event(activity))]
    dropped = unread(package.get("activity"), len(read))
    events = oldest_first(read, newest_first=True)
    if not which or (dropped and not events):
        return None
    status, reason = suggested(events)
    if not events and isinstance(package.get("currentStatus"), dict):
        current = _meaning(package["currentStatus"])
        status, reason = (
            (Status.PENDING, None) if current.status is Status.UNKNOWN else (current.status, current.reason)
        )
    delivered = status is Status.DELIVERED
    given = mapping(package.get("deliveryInformation"))
    left_at = text(given.get("location"), 120)
    result = TrackingResult(
        number=which,
        status=status,
        events=events,
        reason=reason,
        service=text_or_none(walk(package, "service", "description")),
        estimated=_estimate(package, events),
        delivered_at=_delivered_at(package, events) if delivered else None,
        signed_by=text_or_none(given.get("receivedBy"), 120) if delivered else None,
        proof=_proof(given) if delivered else (),
        pickup_place=_pickup_place(events) if status is Status.AVAILABLE_FOR_PICKUP else None,
        pickup_until=times.read_date(walk(package, "accessPointInformation", "pickupByDate")),
        carrier_url=carrier_url,
        extra={"left_at": left_at} if left_at else {},
    )
    return Answer((result,), left_out("UPS", which, dropped))


def read_alert(body: dict[str, Any], which: str, carrier_url: str) -> TrackingResult | None:
    """One activity as Track Alert v2 pushes it, as the news of a package; None if it cannot be read."""
    said = mapping(body.get("activityStatus"))
    activity = {
        "date": body.get("localActivityDate"),
        "time": body.get("localActivityTime"),
        "gmtDate": body.get("gmtActivityDate"),
        "gmtTime": body.get("gmtActivityTime"),
        # written with a dot there: -04.00
        "gmtOffset": text(body.get("gmtOffset"), 12).replace(".", ":"),
        "location": {"address": body.get("activityLocation")},
        "status": {**said, "statusCode": said.get("descriptionCode")},
    }
    times_of_day = {"startTime": body.get("deliveryStartTime"), "endTime": body.get("deliveryEndTime")}
    package = {
        "activity": [activity],
        "deliveryDate": [{"type": "SDD", "date": body.get("scheduledDeliveryDate")}],
        "deliveryTime": {**times_of_day, "type": "EDW"},
        "deliveryInformation": {
            "receivedBy": body.get("receivedBy"),
            "deliveryPhoto": {"photo": body.get("deliveryPhoto")},
        },
    }
    read = read_package(package, which, carrier_url)
    return read.results[0] if read is not None and read.results and read.results[0].events else None


def _event(activity: dict[str, Any]) -> TrackingEvent | None:
    at_place = _place(walk(activity, "location", "address"))
    when = _when(activity, at_place)
    if when is None:
        return None
    status = mapping(activity.get("status"))
    meaning = _meaning(status)
    return TrackingEvent(
        at=when.at,
        zone=when.zone,
        code=text(status.get("code"), 20) or text(status.get("statusCode"), 20) or text(status.get("type"), 20),
        status=meaning.status,
        description=text(status.get("description")) or text(status.get("simplifiedTextDescription")),
        reason=meaning.reason,
        location=at_place,
    )


def _when(activity: dict[str, Any], at_place: Location) -> times.Moment | None:
    local = times.read_compact(activity.get("date"), activity.get("time"))
    utc = times.read_compact(activity.get("gmtDate"), activity.get("gmtTime"))
    known = times.stated(utc, local, times.read_offset(activity.get("gmtOffset")))
    if known is not None:
        return times.moment(known)
    if local is None:
        # labels sometimes come without a time of day
        day = times.read_date(text(activity.get("date"), 20))
        local = datetime.combine(day, datetime.min.time()) if day else None
    return times.moment(local, at_place) if local else None


def _place(address: object) -> Location:
    parts = mapping(address)
    country = parts.get("countryCode") or parts.get("country")
    return place(parts.get("city"), parts.get("stateProvince"), parts.get("postalCode"), country)


def _meaning(status: dict[str, Any]) -> Code:
    """The 3-digit code first, then the type, with the 2-character code of that type for the detail."""
    digits, kind, short = (text(status.get(key), 20).upper() for key in ("statusCode", "type", "code"))
    digits = digits.zfill(3) if digits else ""
    group = _GROUPS.get(kind, kind)
    # the appendix drops leading zeros
    detail = (CODES.find(short, group) or CODES.find(short.lstrip("0"), group)) if short else None
    main = CODES.find(digits, "status") if digits else None
    if main is not None:
        if detail and digits in _VAGUE and detail.status in _BETTER:
            return detail
        if detail and main.status is Status.DELIVERED and detail.status in _NOT_HANDED_OVER:
            return detail
        return Code(main.status, _reason(main, detail))
    if digits:
        # the most exact code is one nobody knows: the detail may know better, the type alone would be a guess
        note_unseen(CODES.carrier, f"{kind}/{digits}/{short}")
        return detail or Code(Status.UNKNOWN)
    broad = _TYPES.get(kind)
    if detail is None and (short or broad is None):
        note_unseen(CODES.carrier, f"{kind}/{short}")
    return detail or broad or Code(Status.UNKNOWN)


def _reason(main: Code, detail: Code | None) -> Reason | None:
    if main.status is Status.UNKNOWN or detail is None:
        return main.reason
    troubles = (Status.EXCEPTION, Status.ATTEMPT_FAIL, Status.RETURNING, Status.RETURNED)
    same_kind = detail.status is main.status or (detail.status in troubles and main.status in troubles)
    return (detail.reason if same_kind else None) or main.reason


def _estimate(package: dict[str, Any], events: Sequence[TrackingEvent]) -> EstimatedDelivery | None:
    days = {
        text(day.get("type"), 8): times.read_date(text(day.get("date"), 20))
        for day in mappings(package.get("deliveryDate"))
    }
    on = days.get("RDD") or days.get("SDD")
    if on is None:
        return None
    span = mapping(package.get("deliveryTime"))
    begins, ends = times.read_clock(span.get("startTime")), times.read_clock(span.get("endTime"))
    if text(span.get("type"), 8) not in _WINDOWS or begins is None or ends is None:
        return times.window(on, on)
    ends_of_it = [_at_destination(package, events, datetime.combine(on, end)) for end in (begins, ends)]
    return times.window(ends_of_it[0] or on, ends_of_it[1] or on)


def _at_destination(package: dict[str, Any], events: Sequence[TrackingEvent], local: datetime) -> datetime | None:
    """A local time where it will be delivered: by the destination's address, else by the offset of the newest scan."""
    for address in mappings(package.get("packageAddress")):
        if text(address.get("type"), 20).upper() == "DESTINATION":
            found = times.moment(local, _place(address.get("address")))
            if found.zone is not Zone.UNKNOWN:
                return found.at
    offset = events[-1].at.tzinfo if events and events[-1].zone is not Zone.UNKNOWN else None
    return local.replace(tzinfo=cast("timezone", offset)) if offset else None


def _delivered_at(package: dict[str, Any], events: Sequence[TrackingEvent]) -> datetime | None:
    scans = [event.at for event in events if event.status is Status.DELIVERED]
    if scans:
        return scans[-1]
    for day in mappings(package.get("deliveryDate")):
        on: date | None = times.read_date(text(day.get("date"), 20))
        at = times.read_clock(walk(package, "deliveryTime", "endTime"))
        if text(day.get("type"), 8) == "DEL" and on and at:
            return _at_destination(package, events, datetime.combine(on, at))
    return None


def _proof(given: dict[str, Any]) -> tuple[str, ...]:
    signature = walk(given, "signature", "image") or walk(given, "pod", "content")
    photo = walk(given, "deliveryPhoto", "photo")
    return tuple(kind for kind, there in (("signature", signature), ("photo", photo)) if text(there, 8))


def _pickup_place(events: Sequence[TrackingEvent]) -> str | None:
    waits = [event for event in events if event.status is Status.AVAILABLE_FOR_PICKUP]
    spot = waits[-1].location if waits else Location()
    return ", ".join(part for part in (spot.city, spot.region) if part) or None
