"""What the API takes, as schemas; the meaning of each field is checked in `tracking.orders.reading`."""

from typing import Any

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import Length, OneOf, Range

from tracking.api._spec import Schema
from tracking.models import Channel, LineState, Purpose


def text(most: int, *, required: bool = False, help: str = "", example: Any = None) -> fields.String:  # noqa: A002
    """A text to send; None says nothing."""
    metadata: dict[str, Any] = {"description": help} if help else {}
    if example is not None:
        metadata["example"] = example
    bounds = Length(min=1, max=most) if required else Length(max=most)
    return fields.String(required=required, allow_none=not required, validate=bounds, metadata=metadata)


class Money(fields.Field[str | int | float]):
    """An amount in major units: "39.90" or 39.9."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str | int | float:  # noqa: ARG002
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ma.ValidationError("Not a valid amount.")
        if isinstance(value, str) and len(value) > 40:
            raise ma.ValidationError("Longer than maximum length 40.")
        return value


class Plain(fields.Dict):
    """Names and plain values, flat."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        kept = super()._deserialize(value, *args, **kwargs)  # type: ignore[no-untyped-call]
        if len(kept) > 50:
            raise ma.ValidationError("At most 50 values.")
        if any(isinstance(item, list | dict) for item in kept.values()):
            raise ma.ValidationError("Only text, numbers and yes or no.")
        return kept


def money(help: str) -> Money:  # noqa: A002
    """An amount to send."""
    metadata = {"type": ["string", "number"], "maxLength": 40, "description": help, "example": "39.90"}
    return Money(allow_none=True, metadata=metadata)


def plain(help: str) -> Plain:  # noqa: A002
    """Free facts to send."""
    values = {"type": ["string", "number", "boolean", "null"]}
    metadata = {"description": help, "additionalProperties": values, "maxProperties": 50}
    return Plain(keys=fields.String(), allow_none=True, metadata=metadata)


def choice(kind: Any, *, required: bool = False) -> fields.String:
    """One of the values of an enum."""
    return fields.String(
        required=required, allow_none=not required, validate=OneOf([*kind, *([] if required else [None])])
    )


def quantity() -> fields.Integer:
    """Pieces."""
    return fields.Integer(strict=True, allow_none=True, validate=Range(1, 100_000))


class CustomerIn(Schema):
    """Who ordered."""

    email = text(320, example="jo@example.com")
    phone = text(60, help="E.164, or as it is written in the country of the address", example="+44 20 7946 0000")
    name = text(200)
    ref = text(120, help="your id of the customer")


class AddressIn(Schema):
    """Where it goes."""

    name = text(200, help="who receives it")
    address1 = text(200)
    address2 = text(200)
    city = text(120)
    region = text(120)
    postal_code = text(20)
    country = text(80, help="ISO 3166-1 alpha-2, or a name", example="GB")


class LineIn(Schema):
    """Some pieces of one product."""

    ref = text(120, help="your id of the line, unique in the order; the sku if absent")
    sku = text(120)
    title = text(300)
    variant = text(200)
    quantity = quantity()
    unit_price = money("price of a piece, in major units of the order's currency")
    state = choice(LineState)
    image_url = text(1000)
    url = text(1000)


class PieceIn(Schema):
    """Pieces of a line in a parcel."""

    ref = text(120, required=True, help="the line's ref")
    quantity = quantity()


class ShipmentIn(Schema):
    """A parcel."""

    number = text(100, required=True, help="the tracking number", example="1Z999AA10123456784")
    carrier = text(60, help="slug or name; left out, the number tells the likeliest", example="ups")
    service = text(120)
    shipped_at = text(40, help="ISO 8601; without an offset: the store's zone")
    carrier_url = text(1000)
    lines = fields.List(fields.Nested(PieceIn), allow_none=True, validate=Length(max=500))
    extra = plain("facts the carrier's API needs beside the number")


class OrderShipmentIn(ShipmentIn):
    """A parcel, and the order it belongs to."""

    order = text(64, required=True, help="the order's id or number")


class ConsentIn(Schema):
    """What the person agreed to."""

    channel = choice(Channel, required=True)
    granted = fields.Boolean(required=True, truthy={True}, falsy={False})
    purpose = choice(Purpose)
    at = text(40, help="ISO 8601; when the order was placed if absent")
    method = text(40, help="how it was given", example="checkout")
    shown_text = text(2000, help="the words that were shown")
    evidence = plain("where it can be proved")


class OrderIn(Schema):
    """An order as you know it now. What is absent or null stays as it is; a line that is not named stays as it is."""

    number = text(64, required=True, help="as the shopper knows it; the key", example="1001")
    placed_at = text(40, help="ISO 8601; without an offset: the store's zone", example="2026-12-01T10:12:00+01:00")
    ref = text(120, help="your own id of the order")
    sales_channel = text(64, example="web")
    customer = fields.Nested(CustomerIn, allow_none=True)
    address = fields.Nested(AddressIn, allow_none=True)
    currency = text(20, help="ISO 4217; the store's if absent", example="EUR")
    total = money("total, in major units")
    language = text(40, help="BCP 47", example="fr")
    send_by = text(40, help="the day until which you mean to send it", example="2026-12-03")
    promised_earliest = text(40, help="a day at the destination", example="2026-12-04")
    promised_latest = text(40, help="a day at the destination", example="2026-12-05")
    note = text(2000)
    lines = fields.List(fields.Nested(LineIn), allow_none=True, validate=Length(max=500))
    shipments = fields.List(fields.Nested(ShipmentIn), allow_none=True, validate=Length(max=100))
    consents = fields.List(fields.Nested(ConsentIn), allow_none=True, validate=Length(max=10))
    metadata = plain("whatever else you want to keep with the order")


class CancelIn(Schema):
    """A cancellation."""

    reason = text(500, help="your words; kept with the order")
    refunded = money("what is paid back, in major units")
    at = text(40, help="ISO 8601; now if absent")


class ProductFields(Schema):
    """A product. What is absent or null stays as it is."""

    title = text(300, help="needed for a new product")
    group_ref = text(120, help="shared by products that are the same thing in another size or colour")
    became_ref = text(
        120, help="ref of the product that took its place, which may come later; its own ref: it is itself again"
    )
    variant = text(200)
    category = text(200)
    price = money("in major units")
    currency = text(20, example="EUR")
    stock = fields.Integer(strict=True, allow_none=True, validate=Range(-(10**9), 10**9))
    available = fields.Boolean(allow_none=True, truthy={True}, falsy={False})
    cost = money("what one costs you, in major units; no shopper sees it")
    consumable = fields.Boolean(
        allow_none=True,
        truthy={True},
        falsy={False},
        metadata={"description": "it is used up and bought again; if you never say, your orders do"},
    )
    parts = fields.List(
        fields.String(validate=Length(1, 120)),
        allow_none=True,
        validate=Length(max=50),
        metadata={"description": "refs of the products that this one is a bundle of; [] for none"},
    )
    image_url = text(1000)
    url = text(1000)
    guide_url = text(1000, help="a guide for whoever bought it")
    guide_title = text(200)
    attributes = plain("size, colour …")


class ProductIn(ProductFields):
    """A product by its ref."""

    ref = text(120, required=True, help="your id or SKU; the key")


class ProductsIn(Schema):
    """Many products."""

    products = fields.List(
        fields.Dict(
            keys=fields.String(), metadata={"description": "in the shape of ProductIn; each is checked on its own"}
        ),
        required=True,
        validate=Length(min=1, max=500),
    )


class PageQuery(Schema):
    """Which page of a list."""

    cursor = fields.String(validate=Length(max=500), metadata={"description": "next_cursor of the page before"})
    limit = fields.Integer(load_default=50, validate=Range(1, 200))
