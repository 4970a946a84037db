"""/api/v1/events: what carriers reported, in the order in which it was recorded, to be followed with a cursor."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields
from marshmallow.validate import Length
from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import joinedload

from tracking.api import _auth, _paging
from tracking.api._answers import EventOut, page_of
from tracking.api._lookup import find_order_key
from tracking.api._schemas import PageQuery
from tracking.api._shown import shown_event
from tracking.api._spec import Resource
from tracking.models import Shipment, TrackingEventRow
from tracking.platform.db import db

blueprint = Resource("events", __name__, "What carriers reported.")

_PLACE = (TrackingEventRow.recorded_at, TrackingEventRow.shipment_id, TrackingEventRow.fingerprint)


class EventsQuery(PageQuery):
    """Which events."""

    order = fields.String(validate=Length(1, 64), metadata={"description": "the order's id or number"})
    shipment = fields.String(validate=Length(1, 64), metadata={"description": "the parcel's id"})
    cursor = fields.String(
        validate=Length(max=500),
        metadata={"description": "next_cursor of the page before; the last one is good for asking again later"},
    )


@blueprint.route("")
class Events(MethodView):
    """All tracking events of the store."""

    @blueprint.errors(422)
    @blueprint.arguments(EventsQuery, location="query")
    @blueprint.response(200, page_of(EventOut, "EventPage"))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List events, oldest recorded first.

        Unlike other lists, the last page has a cursor too: keep it, and ask again with it for what came since.
        """
        wanted = (
            select(TrackingEventRow, Shipment)
            .join(Shipment, Shipment.id == TrackingEventRow.shipment_id)
            .where(TrackingEventRow.store_id == _auth.store_id(), *_filters(query))
            .options(joinedload(Shipment.order))
        )
        after = _paging.load_cursor(query.get("cursor"), (_paging.instant, _paging.whole, _paging.words))
        if after:
            wanted = wanted.where(tuple_(*_PLACE) > tuple_(*after))
        rows = db.session.execute(wanted.order_by(*_PLACE).limit(query["limit"])).all()
        cursor = query.get("cursor") or None
        if rows:
            last = rows[-1][0]
            cursor = _paging.dump_cursor((last.recorded_at.isoformat(), last.shipment_id, last.fingerprint))
        return {"data": [shown_event(event, shipment) for event, shipment in rows], "next_cursor": cursor}


def _filters(query: dict[str, Any]) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = []
    if "order" in query:
        filters.append(Shipment.order_id == (find_order_key(query["order"]) or 0))
    if "shipment" in query:
        filters.append(Shipment.public_id == query["shipment"])
    return filters
