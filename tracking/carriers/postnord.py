"""PostNord: Track & Trace, version 5 or 7, one shipment or item a call.

It is always asked in English: what some statuses mean hangs on their text. An unknown id is HTTP 200 with an empty
list. Source: public clients of the service (an answer of 2026-07-30, field lists, a reference of version 7), read
2026-11-22. No specification by PostNord itself was at hand.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._base import Carrier, CredentialField, Limit, Parcel
from tracking.carriers._pieces import hindmost
from tracking.carriers._postnord_item import Item, read_item
from tracking.carriers._times import moment, read_iso_or_day, window
from tracking.platform.facts import Answer, EstimatedDelivery, ResultCode, TrackingResult
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

_NAME = "PostNord"
_FAULTS: Mapping[str, ResultCode] = MappingProxyType(
    {"invalididentifier": ResultCode.INVALID_NUMBER, "invalidlocale": ResultCode.REFUSED}
)


class Adapter(Carrier):
    """PostNord in Sweden, Denmark, Norway and Finland."""

    slug = "postnord"
    name = _NAME
    base_url = "https://api2.postnord.com/rest"
    credentials = (
        CredentialField("api_key", "API key of an app at developer.postnord.com that has Track & Trace."),
        CredentialField(
            "version",
            "Version of Track & Trace the key is for, “v5” or “v7”; v5 if empty.",
            secret=False,
            required=False,
        ),
    )
    limits = (Limit("calls", 60, 60, source="assumed: no figures are published"),)
    weak = (
        "Version 5 is asked unless the account says v7; a key is granted for each product.",
        "60 calls a minute are assumed; no source names a figure.",
        "HTTP 404 and an empty list are both read as not found.",
        "An item whose status is ahead of its events is taken to have it since a second after the newest of them.",
        "The texts that tell statuses apart were seen in English answers; no document lists them.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - a static key
        """`findByIdentifier.json` of version 5, or the public address of version 7; the key is a parameter of both."""
        number, params = parcels[0].number, {"locale": "en", "apikey": self.credential("api_key")}
        if (self.option("version") or "").lower() in ("v7", "7"):
            return Call("GET", f"/shipment/v7/trackandtrace/id/{quote(number, safe='')}/public", params=params)
        return Call("GET", "/shipment/v5/trackandtrace/findByIdentifier.json", params={"id": number, **params})

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read the shipments; asked by an item's id, its shipment is told of that item alone."""
        try:
            document = read.mapping(read.read_json(reply.body))
        except read.BodyError as what:
            return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
        response = read.mapping(document.get("TrackingInformationResponse", document))
        fault, words = _fault(response.get("compositeFault") or document.get("compositeFault"))
        known = _FAULTS.get(fault.lower())
        overrule = {reply.status: known} if known and 400 <= reply.status < 500 else None
        refused = read.refusal(_NAME, reply, numbers, overrule=overrule, detail=words, detail_code=fault)
        if refused:
            return refused
        listed = response.get("shipments")
        shipments = read.mappings(listed)
        if shipments:
            return _found(shipments, numbers)
        if known:
            said = read.sentence(_NAME, known, numbers, words, fault)
            return Answer(errors=read.errors(numbers, known, said))
        # an unknown id may come with a fault of whatever name beside the empty list
        if listed == [] or fault:
            return Answer(errors=read.not_found(_NAME, numbers))
        return read.unreadable(_NAME, numbers, "an answer without shipments")

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - none of Waypost's others is spoken there
        """PostNord's own page for a number."""
        return f"https://tracking.postnord.com/en/tracking?id={quote(number, safe='')}"


def _fault(composite: object) -> tuple[str, str]:
    """The code and the words of the first fault; two empty texts if there is none."""
    first = next(iter(read.mappings(read.walk(composite, "faults"))), {})
    return read.text(first.get("faultCode"), 60), read.text(first.get("explanationText"), 200)


def _found(shipments: Sequence[Mapping[str, Any]], numbers: Sequence[str]) -> Answer:
    by_number = _by_number(shipments)
    if not numbers:
        # each shipment once, under its own number
        firsts = {id(shipment): number for number, shipment in reversed(by_number.items())}
        numbers = [firsts[id(shipment)] for shipment in shipments if id(shipment) in firsts]
        return read.merged(_told(number, by_number[number]) for number in numbers) if numbers else _unnamed([])
    return read.merged(
        _told(number, by_number[number]) if number in by_number else _unnamed([number]) for number in numbers
    )


def _by_number(shipments: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The shipments by their own numbers, and behind those by the numbers of their items; the first of each counts."""
    found: dict[str, Mapping[str, Any]] = {}
    for shipment in shipments:
        found.setdefault(read.number(shipment.get("shipmentId")), shipment)
    for shipment in shipments:
        for item in read.mappings(shipment.get("items")):
            found.setdefault(read.number(item.get("itemId")), shipment)
    found.pop("", None)
    return found


def _unnamed(numbers: Sequence[str]) -> Answer:
    return read.unreadable(_NAME, numbers, "an answer without this number")


def _told(number: str, shipment: Mapping[str, Any]) -> Answer:
    items = _items(number, shipment)
    item = hindmost(items)
    delivered = item.status is Status.DELIVERED
    acceptor = read.mapping(item.raw.get("acceptor"))
    waits = item.status is Status.AVAILABLE_FOR_PICKUP
    result = TrackingResult(
        number=number,
        status=item.status,
        events=item.events,
        reason=item.reason,
        service=read.text_or_none(read.walk(shipment, "service", "name"), 80),
        estimated=None if item.status.is_final else _estimate(item.raw) or _estimate(shipment),
        delivered_at=_delivered_at(item, shipment) if delivered else None,
        signed_by=read.text_or_none(acceptor.get("name"), 120) if delivered else None,
        proof=("signature",) if delivered and acceptor.get("signatureReference") else (),
        pickup_place=_pickup(shipment.get("deliveryPoint")) if waits else None,
        carrier_url=Adapter.public_url(number, "en"),
        extra=_extra(shipment, items),
    )
    return Answer((result,), read.left_out(_NAME, number, sum(one.left_out for one in items)))


def _items(number: str, shipment: Mapping[str, Any]) -> list[Item]:
    """The items meant by a number: the one that has it, else all; a shipment that lists none is its own item."""
    items = [read_item(raw) for raw in read.mappings(shipment.get("items"))]
    return [item for item in items if item.number == number] or items or [read_item(shipment)]


def _delivered_at(item: Item, shipment: Mapping[str, Any]) -> datetime | None:
    scanned = next((event.at for event in reversed(item.events) if event.status is Status.DELIVERED), None)
    stated = read_iso_or_day(item.raw.get("deliveryDate")) or read_iso_or_day(shipment.get("deliveryDate"))
    return scanned or (moment(stated).at if stated else None)


def _estimate(raw: Mapping[str, Any]) -> EstimatedDelivery | None:
    """When it comes; the key is absent once it has arrived."""
    for value in (
        raw.get("estimatedTimeOfArrival"),
        raw.get("publicTimeOfArrival"),
        read.walk(raw, "statusText", "estimatedTimeOfArrival"),
    ):
        at = read_iso_or_day(value)
        if at is not None:
            bare = isinstance(value, str) and len(value.strip()) <= 10
            return window(at.date() if bare else moment(at).at, None)
    return None


def _pickup(raw: object) -> str | None:
    """The service point or locker, with its address."""
    address = read.mapping(read.walk(raw, "address"))
    street = read.text(address.get("street1"), 120) or read.text(address.get("streetName"), 120)
    parts = [read.text(read.walk(raw, "name"), 120), street, read.text(address.get("city"), 80)]
    return ", ".join(part for part in parts if part) or None


def _extra(shipment: Mapping[str, Any], items: Sequence[Item]) -> dict[str, Any]:
    weight = read.mapping(shipment.get("totalWeight"))
    value, unit = read.text(weight.get("value"), 20), read.text(weight.get("unit"), 10)
    extra: dict[str, Any] = {
        "weight": f"{value} {unit}" if value and unit else "",
        "items": {item.number: str(item.status) for item in items if item.number} if len(items) > 1 else {},
        "destination_country": read.place(country=read.walk(shipment, "consignee", "address", "countryCode")).country,
    }
    return {key: value for key, value in extra.items() if value}
