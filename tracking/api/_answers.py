"""What the API shows, as schemas."""

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import OneOf

from tracking.models import Channel, LineState, Meaning, MessageState, OrderState, PromiseSource
from tracking.platform.status import Reason, Status


class PieceOut(ma.Schema):
    """Pieces of a line in a parcel."""

    ref = fields.String(required=True)
    quantity = fields.Integer(required=True)


class LocationOut(ma.Schema):
    """Where something happened."""

    city = fields.String(required=True, allow_none=True)
    region = fields.String(required=True, allow_none=True)
    postal_code = fields.String(required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)


class EventOut(ma.Schema):
    """One scan or notice of a carrier."""

    id = fields.String(required=True)
    shipment = fields.String(required=True)
    order = fields.String(required=True)
    at = fields.String(required=True, metadata={"format": "date-time", "description": "with the place's own offset"})
    zone = fields.String(required=True, validate=OneOf(["stated", "assumed", "unknown"]))
    code = fields.String(required=True)
    status = fields.String(required=True, validate=OneOf(list(Status)))
    reason = fields.String(required=True, allow_none=True, validate=OneOf([*Reason, None]))
    description = fields.String(required=True)
    location = fields.Nested(LocationOut, required=True)
    source = fields.String(required=True, validate=OneOf(["poll", "push", "person"]))
    recorded_at = fields.DateTime(required=True)


class WindowOut(ma.Schema):
    """When it comes: days at the destination, and instants where the source gives times."""

    source = fields.String(required=True, validate=OneOf(list(PromiseSource)))
    earliest_on = fields.Date(required=True)
    latest_on = fields.Date(required=True)
    earliest_at = fields.DateTime(required=True, allow_none=True)
    latest_at = fields.DateTime(required=True, allow_none=True)
    confidence = fields.Float(required=True, allow_none=True)
    said_at = fields.DateTime(required=True, attribute="made_at")


class PickupOut(ma.Schema):
    """Where it can be collected."""

    place = fields.String(required=True, allow_none=True)
    until = fields.Date(required=True, allow_none=True)


class ShipmentOut(ma.Schema):
    """A parcel. `promise` is what the shopper's page says now."""

    id = fields.String(required=True)
    order = fields.String(required=True)
    order_number = fields.String(required=True)
    carrier = fields.String(required=True)
    number = fields.String(required=True)
    service = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=OneOf(list(Status)))
    reason = fields.String(required=True, allow_none=True, validate=OneOf([*Reason, None]))
    status_at = fields.DateTime(required=True, allow_none=True)
    label_at = fields.DateTime(required=True)
    handed_over_at = fields.DateTime(required=True, allow_none=True)
    delivered_at = fields.DateTime(required=True, allow_none=True)
    signed_by = fields.String(required=True, allow_none=True)
    proof = fields.List(fields.String(), required=True)
    pickup = fields.Nested(PickupOut, required=True)
    promise = fields.Nested(WindowOut, required=True, allow_none=True)
    lines = fields.List(fields.Nested(PieceOut), required=True)
    carrier_url = fields.String(required=True, allow_none=True)
    checked_at = fields.DateTime(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)


class ShipmentWithEventsOut(ShipmentOut):
    """A parcel with its timeline, oldest first."""

    events = fields.List(fields.Nested(EventOut), required=True)


class CustomerOut(ma.Schema):
    """Who ordered."""

    id = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)


class AddressOut(ma.Schema):
    """Where it goes."""

    name = fields.String(required=True, allow_none=True)
    address1 = fields.String(required=True, allow_none=True)
    address2 = fields.String(required=True, allow_none=True)
    city = fields.String(required=True, allow_none=True)
    region = fields.String(required=True, allow_none=True)
    postal_code = fields.String(required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)


class LineOut(ma.Schema):
    """Some pieces of one product; `shipped` of them are in parcels that name their pieces."""

    ref = fields.String(required=True)
    sku = fields.String(required=True, allow_none=True)
    title = fields.String(required=True)
    variant = fields.String(required=True, allow_none=True)
    quantity = fields.Integer(required=True)
    shipped = fields.Integer(required=True)
    unit_price = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=OneOf(list(LineState)))
    image_url = fields.String(required=True, allow_none=True)
    url = fields.String(required=True, allow_none=True)


class OrderOut(ma.Schema):
    """An order."""

    id = fields.String(required=True)
    number = fields.String(required=True)
    ref = fields.String(required=True, allow_none=True)
    sales_channel = fields.String(required=True)
    state = fields.String(required=True, validate=OneOf(list(OrderState)))
    placed_at = fields.DateTime(required=True)
    cancelled_at = fields.DateTime(required=True, allow_none=True)
    language = fields.String(required=True)
    currency = fields.String(required=True)
    total = fields.String(required=True, allow_none=True)
    refunded = fields.String(required=True)
    customer = fields.Nested(CustomerOut, required=True)
    address = fields.Nested(AddressOut, required=True)
    time_zone = fields.String(required=True)
    send_by = fields.Date(required=True, allow_none=True)
    promised_earliest = fields.Date(required=True, allow_none=True)
    promised_latest = fields.Date(required=True, allow_none=True)
    promise = fields.Nested(WindowOut, required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    metadata = fields.Dict(keys=fields.String(), required=True)
    lines = fields.List(fields.Nested(LineOut), required=True)
    shipments = fields.List(fields.Nested(ShipmentOut), required=True)
    tracking_url = fields.String(required=True, metadata={"description": "secret: only for whoever ordered"})
    version = fields.Integer(required=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)


class ProductOut(ma.Schema):
    """A product."""

    ref = fields.String(required=True)
    title = fields.String(required=True)
    group_ref = fields.String(required=True, allow_none=True)
    became_ref = fields.String(required=True, allow_none=True)
    variant = fields.String(required=True, allow_none=True)
    category = fields.String(required=True, allow_none=True)
    price = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    stock = fields.Integer(required=True, allow_none=True)
    available = fields.Boolean(required=True)
    cost = fields.String(required=True, allow_none=True)
    consumable = fields.Boolean(required=True, allow_none=True)
    parts = fields.List(fields.String(), required=True)
    image_url = fields.String(required=True, allow_none=True)
    url = fields.String(required=True, allow_none=True)
    guide_url = fields.String(required=True, allow_none=True)
    guide_title = fields.String(required=True, allow_none=True)
    attributes = fields.Dict(keys=fields.String(), required=True)
    updated_at = fields.DateTime(required=True)


class FieldErrorOut(ma.Schema):
    """One field that is wrong."""

    field = fields.String(required=True)
    reason = fields.String(required=True)
    code = fields.String(required=True)


class ProductResultOut(ma.Schema):
    """What became of one of many products."""

    index = fields.Integer(required=True)
    ref = fields.String(required=True, allow_none=True)
    outcome = fields.String(required=True, validate=OneOf(["created", "changed", "unchanged", "failed"]))
    errors = fields.List(fields.Nested(FieldErrorOut), required=True)


class ProductResultsOut(ma.Schema):
    """What became of many products, in the order they were sent."""

    results = fields.List(fields.Nested(ProductResultOut), required=True)
    failed = fields.Integer(required=True)


class MoveOut(ma.Schema):
    """One line of the ledger."""

    at = fields.DateTime(required=True)
    state = fields.String(required=True, validate=OneOf(list(MessageState)))
    why = fields.String(required=True)


class MessageOut(ma.Schema):
    """A message to a shopper."""

    id = fields.String(required=True)
    order = fields.String(required=True)
    shipment = fields.String(required=True, allow_none=True)
    meaning = fields.String(required=True, validate=OneOf(list(Meaning)))
    channel = fields.String(required=True, validate=OneOf(list(Channel)))
    recipient = fields.String(required=True, metadata={"description": "masked"})
    language = fields.String(required=True)
    state = fields.String(required=True, validate=OneOf(list(MessageState)))
    why = fields.String(required=True, allow_none=True)
    planned_at = fields.DateTime(required=True)
    sent_at = fields.DateTime(required=True, allow_none=True)
    arrived_at = fields.DateTime(required=True, allow_none=True)


class MessageWithHistoryOut(MessageOut):
    """A message with why it is where it is, oldest first."""

    history = fields.List(fields.Nested(MoveOut), required=True)


def page_of(item: type[ma.Schema], name: str) -> type[ma.Schema]:
    """The schema of a page of a list."""
    return ma.Schema.from_dict(
        {
            "data": fields.List(fields.Nested(item), required=True),
            "next_cursor": fields.String(required=True, allow_none=True),
        },
        name=name,
    )
