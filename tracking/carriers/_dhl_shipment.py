"""One shipment of a DHL answer, as the unified API writes it. Asking, errors and choosing are in `dhl.py`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from tracking.carriers import _dhl_meanings as meanings
from tracking.carriers import _reading as read
from tracking.carriers._codes import Code
from tracking.carriers._events import oldest_first, suggested
from tracking.carriers._times import moment, read_iso_or_day, window
from tracking.carriers._zones import place_zone
from tracking.platform.facts import EstimatedDelivery, Location, TrackingEvent, TrackingResult
from tracking.platform.status import Reason, Status

# where a division works that gives local times without a country
_DIVISION_ZONES: Mapping[str, str] = MappingProxyType(
    {
        "parcel-de": "Europe/Berlin",
        "svb": "Europe/Berlin",
        "parcel-nl": "Europe/Amsterdam",
        "parcel-pl": "Europe/Warsaw",
        "ecommerce-ppl": "Europe/Prague",
    }
)
# two letters behind a dash may be anything
_SHORTEST_COUNTRY = 2
_STATE = re.compile(r", ([A-Z]{2})$", re.ASCII)
_HOSTS = ("dhl.com", "dhl.de", "deutschepost.de")


@dataclass(frozen=True, slots=True)
class Found:
    """A shipment of an answer.

    names     every number it goes by: its own, its pieces', its references'; without leading zeros
    unread    how many of its events could not be read
    """

    result: TrackingResult
    own: str
    names: frozenset[str]
    unread: int = 0

    @property
    def newest(self) -> float:
        """When there was last news, as seconds since 1970; 0 without news."""
        return self.result.events[-1].at.timestamp() if self.result.events else 0.0


def same(number: str) -> str:
    """A number as it is compared: DHL may give it as an integer, which loses leading zeros."""
    return number.lstrip("0") or number


def read_shipment(raw: Mapping[str, Any]) -> Found:
    """Read one shipment; events that cannot be read are left out and counted."""
    division = read.text(raw.get("service"), 40).lower()
    home = _DIVISION_ZONES.get(division) or _common_zone(raw)
    events, unread = _events(raw, division, home)
    status, reason = suggested(events)
    if not events:
        status, reason = _said(raw, division)
    details = read.mapping(raw.get("details"))
    proof = read.mapping(details.get("proofOfDelivery"))
    own = read.number(raw.get("id"))
    result = TrackingResult(
        number=own,
        status=status,
        events=events,
        reason=reason,
        service=read.text_or_none(read.walk(details, "product", "productName"), 120) or division or None,
        estimated=_estimate(raw, home),
        delivered_at=next((e.at for e in reversed(events) if e.status is Status.DELIVERED), None)
        if status is Status.DELIVERED
        else None,
        signed_by=_person(proof.get("signed")),
        proof=("signature",) if any(proof.get(key) for key in ("signatureUrl", "documentUrl", "signed")) else (),
        carrier_url=_own_page(raw.get("serviceUrl")),
        extra=_extra(raw, details, division),
    )
    names = {own, *_pieces(details), *(ref["number"] for ref in _references(details))}
    return Found(result, same(own), frozenset(same(name) for name in names if name), unread)


def _events(raw: Mapping[str, Any], division: str, home: str | None) -> tuple[tuple[TrackingEvent, ...], int]:
    listed = read.mappings(raw.get("events"))
    latest = read.mapping(raw.get("status"))
    if _is_news(latest, listed):
        listed = [latest, *listed]
    readable = [event for event in (_event(one, division, home) for one in listed) if event]
    skipped = len(raw["events"]) - len(read.mappings(raw["events"])) if isinstance(raw.get("events"), list) else 0
    return oldest_first(readable, newest_first=True), len(listed) - len(readable) + skipped


def _is_news(latest: Mapping[str, Any], listed: list[dict[str, Any]]) -> bool:
    """True if the shipment's own status is newer than every event: the list may be cut or missing.

    Compared by the clock on the wall, because the same scan may have an offset in one place and none in the other.
    """
    at = _wall(latest)
    return at is not None and all((_wall(event) or datetime.min) < at for event in listed)  # noqa: DTZ901


def _wall(raw: Mapping[str, Any]) -> datetime | None:
    at = read_iso_or_day(raw.get("timestamp"))
    return at.replace(tzinfo=None) if at else None


def _event(raw: Mapping[str, Any], division: str, home: str | None) -> TrackingEvent | None:
    at = read_iso_or_day(raw.get("timestamp"))
    if at is None:
        return None
    location = _address(raw.get("location"))
    when = moment(at, location, home)
    code, meaning = _meaning(raw, division)
    return TrackingEvent(
        at=when.at,
        zone=when.zone,
        code=code,
        status=meaning.status,
        reason=meaning.reason,
        description=read.text(raw.get("description")) or read.text(raw.get("status")) or meaning.text,
        location=location,
    )


def _meaning(raw: Mapping[str, Any], division: str) -> tuple[str, Code]:
    texts = (read.text(raw.get("status")), read.text(raw.get("description")))
    return meanings.meaning(read.text(raw.get("statusCode"), 60), division, texts)


def _said(raw: Mapping[str, Any], division: str) -> tuple[Status, Reason | None]:
    """What the shipment says of itself where no event could be read."""
    if not isinstance(raw.get("status"), dict):
        return Status.PENDING, None
    _, meaning = _meaning(raw["status"], division)
    return (Status.PENDING, None) if meaning.status is Status.UNKNOWN else (meaning.status, meaning.reason)


def _address(raw: object) -> Location:
    at = read.mapping(read.walk(raw, "address"))
    city, postal_code = at.get("addressLocality"), at.get("postalCode")
    if read.text(at.get("countryCode")):
        return read.place(city, None, postal_code, at.get("countryCode"))
    # Express writes "LOS ANGELES GATEWAY, CA - USA"
    head, _, tail = read.text(city).rpartition(" - ")
    country = read.country_code(tail) if head and len(tail) > _SHORTEST_COUNTRY else None
    state = _STATE.search(head) if country == "US" else None
    return read.place(city, state[1] if state else None, postal_code, country)


def _common_zone(raw: Mapping[str, Any]) -> str | None:
    """The zone of a shipment that stays in one country, for events that name none."""
    origin, destination = (_address(raw.get(end)) for end in ("origin", "destination"))
    return place_zone(destination) if origin.country and origin.country == destination.country else None


def _estimate(raw: Mapping[str, Any], home: str | None) -> EstimatedDelivery | None:
    where = _address(raw.get("destination"))
    frame = read.mapping(raw.get("estimatedDeliveryTimeFrame"))
    found = [read_iso_or_day(frame.get(key)) for key in ("estimatedFrom", "estimatedThrough")]
    if any(found):
        return window(*(moment(at, where, home).at if at else None for at in found))
    at = read_iso_or_day(raw.get("estimatedTimeOfDelivery"))
    if at is None:
        return None
    # midnight is how DHL writes a day without a time
    day: date | datetime = at.date() if at.time() == time() else moment(at, where, home).at
    return window(day, None)


def _person(raw: object) -> str | None:
    signed = read.mapping(raw)
    parts = (read.text(signed.get(key), 120) for key in ("givenName", "familyName"))
    return read.text_or_none(signed.get("name"), 120) or " ".join(part for part in parts if part) or None


def _own_page(raw: object) -> str | None:
    """DHL's link to the shipment, if it leads to DHL; as https."""
    url = read.text(raw)
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not any(host == own or host.endswith(f".{own}") for own in _HOSTS):
        return None
    return parts._replace(scheme="https").geturl()


def _references(details: Mapping[str, Any]) -> list[dict[str, str]]:
    """References, which come as one object or as a list."""
    found = ({key: read.text(ref.get(key), 80) for key in ("number", "type")} for ref in _list(details, "references"))
    return [ref for ref in found if ref["number"]]


def _list(details: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return read.mappings(details.get(key))


def _pieces(details: Mapping[str, Any]) -> list[str]:
    listed = details.get("pieceIds")
    return [piece for piece in map(read.number, listed if isinstance(listed, list) else []) if piece]


def _extra(raw: Mapping[str, Any], details: Mapping[str, Any], division: str) -> dict[str, Any]:
    extra: dict[str, Any] = {
        "division": division,
        "pieces": _pieces(details),
        "references": _references(details),
        "next_steps": read.text(read.walk(raw, "status", "nextSteps")),
        "remark": read.text(read.walk(raw, "status", "remark")),
        "estimate_remark": read.text(raw.get("estimatedTimeOfDeliveryRemark")),
    }
    return {key: value for key, value in extra.items() if value}
