"""A parcel in, for the two addresses that take one."""

from typing import Any

from tracking import news
from tracking.api import _auth
from tracking.api._shown import promises_of, shown_shipment
from tracking.models import Order
from tracking.orders.intake import take_shipment
from tracking.orders.reading import read_shipment
from tracking.platform.db import db


def put_shipment(order: Order, said: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Insert or update a parcel, with its news; what is shown and the HTTP status. raises Faulty, Conflict"""
    taken = take_shipment(db.session(), order, read_shipment(said, order.store))
    if taken.changed:
        news.order_news(db.session(), order, (taken.shipment,) if taken.created else ())
        _auth.note("shipment.created" if taken.created else "shipment.changed", taken.shipment.public_id)
    promises = promises_of(db.session(), [order.id])
    return shown_shipment(taken.shipment, promises), 201 if taken.created else 200
