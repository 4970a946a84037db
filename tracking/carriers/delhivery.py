"""Delhivery (India): tracking of B2C packages, several waybills a call. Times are Indian and say no zone.

Source: Delhivery's page on the life cycle of a package, a description of its conventions, and public clients, read
2026-11-22; what its codes stand for, from public merchant systems. No source shows the answer for an unknown waybill.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._base import CredentialField, Limit, Parcel
from tracking.carriers._delhivery_scan import ZONE, read_scan, read_status, said_by_status
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._push import Delivery, KeyedPushes, Told, read_document
from tracking.carriers._times import moment, read_iso_or_day, window
from tracking.platform.errors import BadPayload
from tracking.platform.facts import Answer, EstimatedDelivery, TrackingEvent, TrackingResult
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Call, Reply

_NAME = "Delhivery"


class Adapter(KeyedPushes):
    """Delhivery, up to ten waybills a call."""

    slug = "delhivery"
    name = _NAME
    base_url = "https://track.delhivery.com"
    credentials = (
        CredentialField("api_token", "API token of the Delhivery account, as its support or portal gives it."),
        KeyedPushes.push_key,
    )
    push_facts = "Have Delhivery register the address, with `?key=` and the value of `push_key` behind it."
    batch_size = 10
    limits = (Limit("calls", 60, 60, source="assumed: no figures are published"),)
    home_zone = ZONE
    weak = (
        "Ten waybills a call is what one client documents; an account may be given fewer.",
        "60 calls a minute are assumed; no source names a figure.",
        "An empty list, an “Error” and a waybill that is left out are read as not found; no source shows the answer.",
        "What the status codes stand for is known from merchants' systems, not from Delhivery.",
        "No signature of pushes is documented; what is in the address is all that proves them.",
        "A pending parcel without a code is read as a failed attempt by the wording of its instructions.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - a static token
        """`GET /api/v1/packages/json/?waybill=a,b`."""
        headers = {"Authorization": f"Token {self.credential('api_token')}"}
        waybills = ",".join(parcel.number for parcel in parcels)
        return Call("GET", "/api/v1/packages/json/", headers, {"waybill": waybills})

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read the shipments; a waybill that is not among them is not known yet."""
        try:
            document = read.mapping(read.read_json(reply.body))
        except read.BodyError as what:
            return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
        words = read.text(document.get("Error") or document.get("detail"), 200)
        refused = read.refusal(_NAME, reply, numbers, detail=words)
        if refused:
            return refused
        listed = document.get("ShipmentData")
        shipments = [read.mapping(one.get("Shipment", one)) for one in read.mappings(listed)]
        if not shipments and (listed == [] or (listed is None and words)):
            return Answer(errors=read.not_found(_NAME, numbers))
        if not shipments:
            return read.unreadable(_NAME, numbers, "an answer without shipments")
        named = {number: shipment for shipment in reversed(shipments) if (number := read.number(shipment.get("AWB")))}
        if not named and not numbers:
            return read.unreadable(_NAME, numbers, "shipments without a waybill")
        told = [(number, named.get(number)) for number in (numbers or list(named)[::-1])]
        return read.merged(
            _told(number, shipment) if shipment else Answer(errors=read.not_found(_NAME, [number]))
            for number, shipment in told
        )

    @classmethod
    def read_push(cls, delivery: Delivery, credentials: Mapping[str, str]) -> Sequence[Told]:  # noqa: ARG003
        """One shipment, or several, as in an answer. raises BadPayload"""
        document = read.mapping(read_document(delivery))
        listed = read.mappings(document.get("ShipmentData")) or [document]
        shipments = [read.mapping(one.get("Shipment")) for one in listed]
        named = {number: shipment for shipment in shipments if (number := read.number(shipment.get("AWB")))}
        if not named:
            raise BadPayload("There is no shipment.")
        return [Told(result) for number, shipment in named.items() for result in _told(number, shipment).results]

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - the page is English
        """Delhivery's own page for a waybill."""
        return f"https://www.delhivery.com/track/package/{quote(number, safe='')}"


def _told(number: str, shipment: Mapping[str, Any]) -> Answer:
    listed, own = shipment.get("Scans"), shipment.get("Status")
    told = [event for one in read.mappings(listed) if (event := read_scan(one))]
    events = oldest_first(_with_status(told, own), newest_first=False)
    status, reason = suggested(events) if events else _by_status(own)
    delivered = status is Status.DELIVERED
    result = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        estimated=None if status.is_final else _estimate(shipment),
        delivered_at=_delivered_at(events, shipment) if delivered else None,
        signed_by=read.text_or_none(read.walk(own, "RecievedBy"), 120) if delivered else None,
        proof=_proof(events[-1]) if delivered and events else (),
        carrier_url=Adapter.public_url(number, "en"),
        extra=_extra(shipment),
    )
    return Answer((result,), read.left_out(_NAME, number, unread(listed, len(told))))


def _with_status(events: list[TrackingEvent], own: object) -> list[TrackingEvent]:
    """The scans, and the shipment's own status if it is newer than all of them."""
    current = read_status(own)
    newest = max((event.at for event in events), default=None)
    return [*events, current] if current and (newest is None or current.at > newest) else events


def _by_status(own: object) -> tuple[Status, Reason | None]:
    meaning = said_by_status(own).meaning() if own else None
    known = meaning is not None and meaning.status is not Status.UNKNOWN
    return (meaning.status, meaning.reason) if meaning and known else (Status.PENDING, None)


def _delivered_at(events: Sequence[TrackingEvent], shipment: Mapping[str, Any]) -> datetime | None:
    scanned = next((event.at for event in reversed(events) if event.status is Status.DELIVERED), None)
    stated = read_iso_or_day(shipment.get("Delivery Date")) or read_iso_or_day(shipment.get("DeliveryDate"))
    return scanned or (moment(stated, None, ZONE).at if stated else None)


def _estimate(shipment: Mapping[str, Any]) -> EstimatedDelivery | None:
    at = read_iso_or_day(shipment.get("Expected Delivery Date")) or read_iso_or_day(
        shipment.get("ExpectedDeliveryDate")
    )
    if at is None:
        return None
    # midnight is a day without a time
    day: date | datetime = at.date() if at.time() == time() else moment(at, None, ZONE).at
    return window(day, None)


def _proof(last: TrackingEvent) -> tuple[str, ...]:
    return ("code",) if last.code.rpartition("/")[2] in ("EOD-135", "EOD-141") else ()


def _extra(shipment: Mapping[str, Any]) -> dict[str, Any]:
    fields = {
        "origin": "Origin",
        "destination": "Destination",
        "order_type": "OrderType",
        "cash_on_delivery": "CODAmount",
    }
    told = {name: read.text(shipment.get(field), 120) for name, field in fields.items()}
    return {name: value for name, value in told.items() if value and value != "0"}
