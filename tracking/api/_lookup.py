"""Finds the store's own rows by what a caller knows of them; what belongs to another store does not exist."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from tracking.api import _auth
from tracking.models import Order, Shipment, ShipmentLine
from tracking.platform.db import db
from tracking.platform.errors import NotFound

WHOLE_ORDER = (
    selectinload(Order.lines),
    selectinload(Order.shipments).selectinload(Shipment.lines).joinedload(ShipmentLine.order_line),
    selectinload(Order.customer),
    selectinload(Order.store),
)


def get_order(key: str) -> Order:
    """The store's order of that id or number, with its lines and parcels. raises NotFound"""
    if "\x00" in key:
        raise NotFound("This store has no such order.")
    mine = select(Order).where(Order.store_id == _auth.store_id()).options(*WHOLE_ORDER)
    found = db.session.scalar(mine.where(Order.public_id == key)) or db.session.scalar(mine.where(Order.number == key))
    if found is None:
        raise NotFound("This store has no such order.")
    return found


def find_order_key(key: str) -> int | None:
    """The row id of the store's order of that id or number, or None."""
    mine = select(Order.id).where(Order.store_id == _auth.store_id())
    return db.session.scalar(mine.where(Order.public_id == key)) or db.session.scalar(mine.where(Order.number == key))
