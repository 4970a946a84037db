"""What a shop said, as plain JSON values → checked and normalised facts, or all that is wrong with it, field by field.

The shape is that of the API (docs/api.md), and files are turned into it. Every fault is found in one go, so that a
person corrects a row once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tracking.models import Channel, LineState, Purpose, Store
from tracking.orders import normalise
from tracking.orders.carrier_names import carrier_of, is_said
from tracking.orders.facts import (
    AddressFacts,
    ConsentFacts,
    ContactFacts,
    LineFacts,
    OrderFacts,
    PieceFacts,
    ProductFacts,
    ShipmentFacts,
)
from tracking.orders.zones import zone_of
from tracking.platform import clock
from tracking.platform.errors import InputError

T = TypeVar("T")
Said = Mapping[str, Any]
Scalars = Mapping[str, str | int | float | bool]

MAX_LINES = 500
MAX_SHIPMENTS = 100
MAX_EXTRA = 50
MAX_PARTS = 50


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `field`: a path like "lines.0.quantity"; `code` stable, snake_case."""

    field: str
    reason: str
    code: str = "bad_input"


class Faulty(InputError):
    """Some fields are wrong."""

    code = "invalid_fields"
    http_status = 422

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep every fault."""
        self.faults = tuple(faults)
        super().__init__(
            "Some fields are wrong: " + "; ".join(f"{fault.field}: {fault.reason}" for fault in faults[:5])
        )


class _Reader:
    """Takes values out of an object and gathers what is wrong with them."""

    def __init__(self, said: Said, path: str = "", faults: list[Fault] | None = None) -> None:
        self.said = said
        self.path = path
        self.faults: list[Fault] = [] if faults is None else faults

    def fault(self, name: str, error: InputError) -> None:
        self.faults.append(Fault(self.path + name, error.message, error.code))

    def take(self, name: str, read: Callable[[Any], T | None], *, required: bool = False) -> T | None:
        """The value of a field as `read` makes it; None if it is absent, blank or wrong."""
        value = self.said.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            if required:
                self.fault(name, InputError("This is needed."))
            return None
        try:
            found = read(value)
        except InputError as error:
            self.fault(name, error)
            return None
        if found is None and required:
            self.fault(name, InputError("This is needed."))
        return found

    def words(self, name: str, most: int, *, required: bool = False) -> str | None:
        return self.take(name, lambda value: normalise.text(_text(value), most=most), required=required)

    def parts(self, name: str, most: int) -> "list[_Reader]":
        """Readers of the objects of a list."""
        items = self.said.get(name) or []
        if not isinstance(items, Sequence) or isinstance(items, str) or len(items) > most:
            self.fault(name, InputError(f"This must be a list of at most {most} objects."))
            return []
        return [self.part(f"{name}.{at}", item) for at, item in enumerate(items)]

    def part(self, name: str, value: Any) -> "_Reader":
        if value is not None and not isinstance(value, Mapping):
            self.fault(name, InputError("This must be an object."))
        return _Reader(value if isinstance(value, Mapping) else {}, f"{self.path}{name}.", self.faults)

    def flat(self, name: str) -> Scalars:
        """Free facts: names and plain values."""
        value = self.said.get(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or len(value) > MAX_EXTRA:
            self.fault(name, InputError(f"This must be an object of at most {MAX_EXTRA} plain values."))
            return {}
        kept: dict[str, str | int | float | bool] = {}
        for key, item in value.items():
            try:
                label = normalise.text(str(key), most=60)
                kept_item = _plain(item)
            except InputError as error:
                self.fault(name, error)
                continue
            if label and kept_item is not None:
                kept[label] = kept_item
        return kept


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InputError("This must be text.")
    return str(value)


def _plain(item: Any) -> str | int | float | bool | None:
    if item is None or isinstance(item, bool):
        return item
    if isinstance(item, str):
        return normalise.text(item, most=1000)
    if isinstance(item, int) and abs(item) < 2**63:
        return item
    if isinstance(item, float) and item - item == 0:
        return item
    raise InputError("Only text, numbers and yes or no can be kept here.")


def read_order(said: Said, store: Store, *, method: str = "api") -> OrderFacts:
    """Read an order.

    method  how consent came to us: "api", "csv import", "checkout" …
    raises  Faulty with every fault
    """
    reader = _Reader(said)
    zone = store.time_zone
    address = _address(reader.part("address", said.get("address")))
    country = address.country or store.country
    currency = reader.take("currency", lambda value: normalise.currency(_text(value)))
    money = currency or store.currency
    lines = _lines(reader, money)
    facts = OrderFacts(
        number=reader.words("number", 64, required=True) or "",
        placed_at=reader.take("placed_at", lambda value: normalise.instant(_text(value), zone)),
        ref=reader.words("ref", 120),
        sales_channel=reader.words("sales_channel", 64),
        contact=_contact(reader.part("customer", said.get("customer")), country),
        address=address,
        currency=currency,
        total_minor=reader.take("total", lambda value: _money(value, money)),
        locale=reader.take("language", lambda value: normalise.language(_text(value), store.locales)),
        time_zone=zone_of(address.country, address.region, address.postal_code),
        send_by=reader.take("send_by", lambda value: normalise.day(_text(value), zone)),
        promised_earliest=reader.take("promised_earliest", lambda value: normalise.day(_text(value), zone)),
        promised_latest=reader.take("promised_latest", lambda value: normalise.day(_text(value), zone)),
        note=reader.words("note", 2000),
        lines=lines,
        shipments=tuple(
            shipment
            for part in reader.parts("shipments", MAX_SHIPMENTS)
            if (shipment := _shipment(part, zone)) is not None
        ),
        consents=tuple(
            consent for part in reader.parts("consents", 10) if (consent := _consent(part, zone, method)) is not None
        ),
        extra=reader.flat("metadata"),
        is_part=bool(said.get("is_part")),
    )
    earliest, latest = facts.promised_earliest, facts.promised_latest
    if earliest and latest and earliest > latest:
        reader.fault("promised_latest", InputError("This is before promised_earliest."))
    if reader.faults:
        raise Faulty(reader.faults)
    return facts


def read_shipment(said: Said, store: Store) -> ShipmentFacts:
    """Read a parcel. raises Faulty"""
    reader = _Reader(said)
    shipment = _shipment(reader, store.time_zone)
    if reader.faults or shipment is None:
        raise Faulty(reader.faults)
    return shipment


def read_product(said: Said, store: Store) -> ProductFacts:
    """Read a product. raises Faulty"""
    reader = _Reader(said)
    currency = reader.take("currency", lambda value: normalise.currency(_text(value)))
    facts = ProductFacts(
        ref=reader.words("ref", 120, required=True) or "",
        title=reader.words("title", 300),
        group_ref=reader.words("group_ref", 120),
        became_ref=reader.words("became_ref", 120),
        variant=reader.words("variant", 200),
        category=reader.words("category", 200),
        price_minor=reader.take("price", lambda value: _money(value, currency or store.currency)),
        currency=currency,
        stock=reader.take("stock", _stock),
        available=reader.take("available", _flag),
        cost_minor=reader.take("cost", lambda value: _money(value, currency or store.currency)),
        consumable=reader.take("consumable", _flag),
        parts=reader.take("parts", _refs),
        image_url=reader.take("image_url", lambda value: normalise.url(_text(value))),
        url=reader.take("url", lambda value: normalise.url(_text(value))),
        guide_url=reader.take("guide_url", lambda value: normalise.url(_text(value))),
        guide_title=reader.words("guide_title", 200),
        attributes=reader.flat("attributes"),
    )
    if reader.faults:
        raise Faulty(reader.faults)
    return facts


def _address(reader: _Reader) -> AddressFacts:
    country = reader.take("country", lambda value: normalise.country(_text(value)))
    return AddressFacts(
        name=reader.words("name", 200),
        address1=reader.words("address1", 200),
        address2=reader.words("address2", 200),
        city=reader.words("city", 120),
        region=reader.words("region", 120),
        postal_code=reader.take("postal_code", lambda value: normalise.postal_code(_text(value), country)),
        country=country,
    )


def _contact(reader: _Reader, country: str) -> ContactFacts:
    return ContactFacts(
        email=reader.take("email", lambda value: normalise.email(_text(value))),
        phone=reader.take("phone", lambda value: normalise.phone(_text(value), country)),
        name=reader.words("name", 200),
        ref=reader.words("ref", 120),
    )


def _lines(reader: _Reader, currency: str) -> tuple[LineFacts, ...]:
    lines: list[LineFacts] = []
    seen: set[str] = set()
    for part in reader.parts("lines", MAX_LINES):
        sku = part.words("sku", 120)
        title = part.words("title", 300)
        ref = part.words("ref", 120) or sku
        if ref is None:
            part.fault("ref", InputError("A line needs a ref or a sku, to be known again."))
            continue
        if ref in seen:
            part.fault("ref", InputError("Another line of this order has the same ref. Give each its own."))
        seen.add(ref)
        lines.append(
            LineFacts(
                ref=ref,
                sku=sku,
                title=title,
                quantity=part.take("quantity", normalise.quantity),
                variant=part.words("variant", 200),
                unit_price_minor=part.take("unit_price", lambda value: _money(value, currency)),
                state=part.take("state", _line_state),
                image_url=part.take("image_url", lambda value: normalise.url(_text(value))),
                url=part.take("url", lambda value: normalise.url(_text(value))),
            )
        )
    return tuple(lines)


def _shipment(reader: _Reader, zone: str) -> ShipmentFacts | None:
    number = reader.take("number", lambda value: normalise.tracking_number(_text(value)), required=True)
    if number is None:
        return None
    carrier, is_detected = "", False
    try:
        said = reader.said.get("carrier")
        name = None if said is None else _text(said)
        carrier, is_detected = carrier_of(name, number), not is_said(name)
    except InputError as error:
        reader.fault("carrier", error)
    pieces: dict[str, int] = {}
    for part in reader.parts("lines", MAX_LINES):
        ref = part.words("ref", 120, required=True)
        quantity = part.take("quantity", normalise.quantity) or 1
        if ref:
            pieces[ref] = pieces.get(ref, 0) + quantity
    extra = {name: str(value) for name, value in reader.flat("extra").items()}
    return ShipmentFacts(
        number=number,
        carrier=carrier,
        is_detected=is_detected,
        service=reader.words("service", 120),
        shipped_at=reader.take("shipped_at", lambda value: normalise.instant(_text(value), zone)),
        carrier_url=reader.take("carrier_url", lambda value: normalise.url(_text(value))),
        pieces=tuple(PieceFacts(ref, quantity) for ref, quantity in pieces.items()),
        extra=extra,
    )


def _consent(reader: _Reader, zone: str, method: str) -> ConsentFacts | None:
    channel = reader.take("channel", lambda value: _member(Channel, value), required=True)
    granted = reader.take("granted", _flag, required=True)
    at = reader.take("at", lambda value: normalise.instant(_text(value), zone))
    if at is not None:
        # a clock that runs ahead must not make a later “stop” look older
        at = min(at, clock.now())
    evidence = {name: str(value) for name, value in reader.flat("evidence").items()}
    if channel is None or granted is None:
        return None
    return ConsentFacts(
        channel=channel,
        granted=granted,
        purpose=reader.take("purpose", lambda value: _member(Purpose, value)) or Purpose.TRANSACTIONAL,
        at=at,
        method=reader.words("method", 40) or method,
        shown_text=reader.words("shown_text", 2000),
        evidence=evidence,
    )


Named = TypeVar("Named", Channel, Purpose, LineState)


def _member(kind: type[Named], value: Any) -> Named:
    try:
        return kind(_text(value).strip())
    except ValueError:
        raise InputError(f"This must be one of: {', '.join(kind)}.") from None


def _line_state(value: Any) -> LineState:
    return _member(LineState, value)


def _flag(value: Any) -> bool:
    return value if isinstance(value, bool) else normalise.yes_or_no(_text(value))


def _stock(value: Any) -> int:
    try:
        pieces = int(_text(value).strip())
    except ValueError:
        raise InputError("Stock is a whole number of pieces.") from None
    if not -(10**9) <= pieces <= 10**9:
        raise InputError("Stock is a whole number of pieces.")
    return pieces


def _refs(value: Any) -> tuple[str, ...]:
    """References, each once, in their order."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > MAX_PARTS:
        raise InputError(f"This must be a list of at most {MAX_PARTS} refs.")
    refs = (normalise.text(_text(item), most=120) for item in value)
    return tuple(dict.fromkeys(ref for ref in refs if ref))


def _money(value: Any, currency: str) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError("This must be an amount of money.")
    return normalise.money(value, currency)
