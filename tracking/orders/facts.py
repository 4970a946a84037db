"""What a shop says of an order, in one shape for all shops: checked and normalised by `orders.reading`.

None means "not said": what is stored stays as it is. Only the standard library and the names of rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from tracking.models.customer import Purpose
from tracking.models.message import Channel
from tracking.models.order import LineState


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """Who ordered. `email` with a lower-case ASCII domain, `phone` E.164, `ref` the shop's own id."""

    email: str | None = None
    phone: str | None = None
    name: str | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """Where it goes. `country` ISO 3166-1 alpha-2; `postal_code` as that country writes it."""

    name: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """A statement of the person. `at`: aware; None: when the order was placed. `evidence`: where it can be proved."""

    channel: Channel
    granted: bool
    purpose: Purpose = Purpose.TRANSACTIONAL
    at: datetime | None = None
    method: str = "checkout"
    shown_text: str | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """Some pieces of one product. `ref` is unique in the order: the shop's id of the line, or the SKU.

    quantity  pieces ordered, 1..100000
    state     None: as stored, OPEN for a new line
    """

    ref: str
    title: str | None = None
    quantity: int | None = None
    sku: str | None = None
    variant: str | None = None
    unit_price_minor: int | None = None
    state: LineState | None = None
    image_url: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class PieceFacts:
    """How many pieces of a line are in a parcel."""

    ref: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ShipmentFacts:
    """A parcel. `number` upper case without blanks; `carrier` a slug that has an adapter.

    pieces       what is in it; empty: the whole order, or what is in no other parcel
    extra        facts an adapter needs beside the number
    is_detected  the shop did not name the carrier: it is the likeliest by the number
    """

    number: str
    carrier: str
    service: str | None = None
    shipped_at: datetime | None = None
    carrier_url: str | None = None
    pieces: tuple[PieceFacts, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    is_detected: bool = False


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order as the shop knows it now.

    number     as the shopper knows it
    placed_at  aware; None for an order that is stored already, else now
    locale     one of the store's languages
    time_zone  IANA zone of the destination
    lines      those named are new or changed; a line not named stays as it is
    is_part    what is listed may be only a part of the order (rows of a file): quantities never shrink
    extra      whatever else the shop says, flat
    """

    number: str
    placed_at: datetime | None = None
    ref: str | None = None
    sales_channel: str | None = None
    contact: ContactFacts = ContactFacts()
    address: AddressFacts = AddressFacts()
    currency: str | None = None
    total_minor: int | None = None
    locale: str | None = None
    time_zone: str | None = None
    send_by: date | None = None
    promised_earliest: date | None = None
    promised_latest: date | None = None
    note: str | None = None
    lines: tuple[LineFacts, ...] = ()
    shipments: tuple[ShipmentFacts, ...] = ()
    consents: tuple[ConsentFacts, ...] = ()
    extra: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product. `ref`: the shop's id or SKU. `stock` in pieces. `parts`: refs of what a bundle holds; () for none.

    became_ref  the ref of the product that took its place; its own: it is itself again
    """

    ref: str
    title: str | None = None
    group_ref: str | None = None
    became_ref: str | None = None
    variant: str | None = None
    category: str | None = None
    price_minor: int | None = None
    currency: str | None = None
    stock: int | None = None
    available: bool | None = None
    cost_minor: int | None = None
    consumable: bool | None = None
    parts: tuple[str, ...] | None = None
    image_url: str | None = None
    url: str | None = None
    guide_url: str | None = None
    guide_title: str | None = None
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict)
