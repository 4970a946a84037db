"""/api/v1/shipments: parcels, where they are, and what carriers said of them."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields
from marshmallow.validate import Length, OneOf
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload

from tracking.api import _auth, _paging
from tracking.api._answers import ShipmentOut, ShipmentWithEventsOut, page_of
from tracking.api._idempotency import changing
from tracking.api._lookup import find_order_key, get_order
from tracking.api._schemas import OrderShipmentIn, PageQuery
from tracking.api._shown import promises_of, shown_event, shown_shipment
from tracking.api._spec import Resource
from tracking.api._taking import put_shipment
from tracking.models import Shipment, ShipmentLine, TrackingEventRow
from tracking.platform.db import db
from tracking.platform.errors import NotFound
from tracking.platform.status import Status

blueprint = Resource("shipments", __name__, "Parcels and where they are.")

_ID = [{"in": "path", "name": "key", "required": True, "schema": {"type": "string"}, "description": "id"}]
_WHOLE = (joinedload(Shipment.order), selectinload(Shipment.lines).joinedload(ShipmentLine.order_line))
MAX_EVENTS = 500


class ShipmentsQuery(PageQuery):
    """Which parcels."""

    order = fields.String(validate=Length(1, 64), metadata={"description": "the order's id or number"})
    status = fields.String(validate=OneOf(list(Status)))
    carrier = fields.String(validate=Length(1, 40), metadata={"description": "slug"})
    number = fields.String(validate=Length(1, 64), metadata={"description": "as it is shown: upper case, no blanks"})


@blueprint.route("")
class Shipments(MethodView):
    """All parcels of the store."""

    @blueprint.errors(422)
    @blueprint.arguments(ShipmentsQuery, location="query")
    @blueprint.response(200, page_of(ShipmentOut, "ShipmentPage"))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List parcels, newest first."""
        wanted = select(Shipment).where(Shipment.store_id == _auth.store_id(), *_filters(query)).options(*_WHOLE)
        after = _paging.load_cursor(query.get("cursor"), (_paging.whole,))
        if after:
            wanted = wanted.where(Shipment.id < after[0])
        limit = query["limit"]
        rows = db.session.scalars(wanted.order_by(Shipment.id.desc()).limit(limit + 1)).all()
        shipments, cursor = _paging.page(rows, limit, lambda row: (row.id,))
        promises = promises_of(db.session(), (shipment.order_id for shipment in shipments))
        return {"data": [shown_shipment(shipment, promises) for shipment in shipments], "next_cursor": cursor}

    @changing
    @blueprint.errors(404, change=True)
    @blueprint.arguments(OrderShipmentIn)
    @blueprint.response(200, ShipmentOut, description="It was known; it may have changed")
    @blueprint.alt_response(201, schema=ShipmentOut, description="It is new", success=True)
    def post(self, said: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Insert or update a parcel of a stored order, by carrier and tracking number."""
        return put_shipment(get_order(said.pop("order")), said)


@blueprint.route("/<key>", parameters=_ID)
class OneShipment(MethodView):
    """One parcel."""

    @blueprint.errors(404)
    @blueprint.response(200, ShipmentWithEventsOut)
    def get(self, key: str) -> dict[str, Any]:
        """Get a parcel with its timeline."""
        wanted = select(Shipment).where(Shipment.store_id == _auth.store_id(), Shipment.public_id == key)
        shipment = db.session.scalar(wanted.options(*_WHOLE))
        if shipment is None:
            raise NotFound("This store has no such parcel.")
        events = db.session.scalars(
            select(TrackingEventRow)
            .where(TrackingEventRow.shipment_id == shipment.id)
            .order_by(TrackingEventRow.at.desc(), TrackingEventRow.seq.desc())
            .limit(MAX_EVENTS)
        ).all()
        shown = shown_shipment(shipment, promises_of(db.session(), [shipment.order_id]))
        return shown | {"events": [shown_event(event, shipment) for event in reversed(events)]}


def _filters(query: dict[str, Any]) -> list[ColumnElement[bool]]:
    filters = [getattr(Shipment, name) == query[name] for name in ("status", "carrier", "number") if name in query]
    if "order" in query:
        # an order of another store, or none, has no parcels here
        filters.append(Shipment.order_id == (find_order_key(query["order"]) or 0))
    return filters
