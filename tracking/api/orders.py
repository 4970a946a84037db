"""/api/v1/orders: an order in, changed, cancelled, and looked up."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields
from marshmallow.validate import Length, OneOf
from sqlalchemy import ColumnElement, and_, or_, select

from tracking import news
from tracking.api import _auth, _paging
from tracking.api._answers import OrderOut, ShipmentOut, page_of
from tracking.api._idempotency import changing
from tracking.api._lookup import WHOLE_ORDER, get_order
from tracking.api._schemas import CancelIn, OrderIn, PageQuery, ShipmentIn
from tracking.api._shown import promises_of, shown_order, shown_shipment
from tracking.api._spec import Resource
from tracking.api._taking import put_shipment
from tracking.models import Order, OrderState
from tracking.orders import normalise
from tracking.orders.intake import cancel_order, take_order
from tracking.orders.reading import read_order
from tracking.platform.db import db
from tracking.platform.errors import InputError
from tracking.platform.web import settings

blueprint = Resource("orders", __name__, "Orders of any sales channel.")

_ID = [{"in": "path", "name": "key", "required": True, "schema": {"type": "string"}, "description": "id or number"}]


class OrdersQuery(PageQuery):
    """Which orders."""

    number = fields.String(validate=Length(1, 64))
    ref = fields.String(validate=Length(1, 120))
    state = fields.String(validate=OneOf(list(OrderState)))
    placed_from = fields.String(validate=Length(1, 40), metadata={"description": "ISO 8601, inclusive"})
    placed_until = fields.String(validate=Length(1, 40), metadata={"description": "ISO 8601, exclusive"})


@blueprint.route("")
class Orders(MethodView):
    """All orders of the store."""

    @blueprint.errors(422)
    @blueprint.arguments(OrdersQuery, location="query")
    @blueprint.response(200, page_of(OrderOut, "OrderPage"))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List orders, newest first."""
        wanted = select(Order).where(Order.store_id == _auth.store_id(), *_filters(query)).options(*WHOLE_ORDER)
        after = _paging.load_cursor(query.get("cursor"), (_paging.instant, _paging.whole))
        if after:
            wanted = wanted.where(
                or_(Order.placed_at < after[0], and_(Order.placed_at == after[0], Order.id < after[1]))
            )
        limit = query["limit"]
        rows = db.session.scalars(wanted.order_by(Order.placed_at.desc(), Order.id.desc()).limit(limit + 1)).all()
        orders, cursor = _paging.page(rows, limit, lambda row: (row.placed_at.isoformat(), row.id))
        promises = promises_of(db.session(), (order.id for order in orders))
        return {"data": [shown_order(order, settings(), promises) for order in orders], "next_cursor": cursor}

    @changing
    @blueprint.errors(change=True)
    @blueprint.arguments(OrderIn)
    @blueprint.response(200, OrderOut, description="It was known; it may have changed")
    @blueprint.alt_response(201, schema=OrderOut, description="It is new", success=True)
    def post(self, said: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Insert or update an order, by its number.

        Sending the same again changes nothing. What is absent stays as it is.
        """
        store = _auth.store()
        taken = take_order(db.session(), store, read_order(said, store))
        if taken.changed:
            news.order_news(db.session(), taken.order, taken.new_shipments)
            _auth.note("order.created" if taken.created else "order.changed", taken.order.public_id)
        return _show(taken.order), 201 if taken.created else 200


@blueprint.route("/<key>", parameters=_ID)
class OneOrder(MethodView):
    """One order."""

    @blueprint.errors(404)
    @blueprint.response(200, OrderOut)
    def get(self, key: str) -> dict[str, Any]:
        """Get an order by its id or number."""
        return _show(get_order(key))


@blueprint.route("/<key>/cancel", parameters=_ID)
class Cancellation(MethodView):
    """The cancellation of an order."""

    @changing
    @blueprint.errors(404, change=True)
    @blueprint.arguments(CancelIn)
    @blueprint.response(200, OrderOut)
    def post(self, said: dict[str, Any], key: str) -> dict[str, Any]:
        """Cancel an order as a whole. Repeating it changes nothing."""
        order = get_order(key)
        refunded, at = said.get("refunded"), said.get("at")
        changed = cancel_order(
            db.session(),
            order,
            at=_read("at", normalise.instant, at, order.store.time_zone) if at else None,
            reason=_read("reason", lambda text: normalise.text(text, most=500), said.get("reason") or ""),
            refunded_minor=_read("refunded", normalise.money, refunded, order.currency)
            if refunded is not None
            else None,
        )
        if changed:
            news.order_news(db.session(), order)
            _auth.note("order.cancelled", order.public_id)
        return _show(order)


@blueprint.route("/<key>/shipments", parameters=_ID)
class OrderShipments(MethodView):
    """The parcels of an order."""

    @blueprint.errors(404)
    @blueprint.response(200, page_of(ShipmentOut, "OrderShipments"))
    def get(self, key: str) -> dict[str, Any]:
        """List the parcels of an order, oldest first; there is one page."""
        order = get_order(key)
        promises = promises_of(db.session(), [order.id])
        return {"data": [shown_shipment(shipment, promises) for shipment in order.shipments], "next_cursor": None}

    @changing
    @blueprint.errors(404, change=True)
    @blueprint.arguments(ShipmentIn)
    @blueprint.response(200, ShipmentOut, description="It was known; it may have changed")
    @blueprint.alt_response(201, schema=ShipmentOut, description="It is new", success=True)
    def post(self, said: dict[str, Any], key: str) -> tuple[dict[str, Any], int]:
        """Insert or update a parcel of an order, by carrier and tracking number."""
        return put_shipment(get_order(key), said)


def _show(order: Order) -> dict[str, Any]:
    return shown_order(order, settings(), promises_of(db.session(), [order.id]))


def _filters(query: dict[str, Any]) -> list[ColumnElement[bool]]:
    filters = [getattr(Order, name) == query[name] for name in ("number", "ref", "state") if name in query]
    zone = _auth.store().time_zone
    if "placed_from" in query:
        filters.append(Order.placed_at >= _read("placed_from", normalise.instant, query["placed_from"], zone))
    if "placed_until" in query:
        filters.append(Order.placed_at < _read("placed_until", normalise.instant, query["placed_until"], zone))
    return filters


def _read(name: str, read: Any, *values: Any) -> Any:
    try:
        return read(*values)
    except InputError as error:
        error.field = name
        raise
