"""Silence: when anything to sell would be out of place."""

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from tracking.models.order import Order, OrderState
from tracking.models.promise import Promise
from tracking.platform import clock
from tracking.platform.status import Reason, Status

# built once: a page asks it
_SAID: Final = (
    select(Promise.shipment_key, Promise.latest_on).where(Promise.order_id == bindparam("order")).order_by(Promise.id)
)


def is_in_trouble(session: Session, order: Order) -> bool:
    """Whether anything to sell would be out of place: cancelled or about to be, lost, returning, failed, or late."""
    if order.state is not OrderState.OPEN:
        return True
    if any(parcel.status.is_trouble or parcel.reason is Reason.LOST for parcel in order.shipments):
        return True
    return _is_late(session, order)


def _is_late(session: Session, order: Order) -> bool:
    """Something is not there yet, and its first date has passed or has been moved back."""
    today = clock.now().astimezone(ZoneInfo(order.time_zone)).date()
    if order.send_by is not None and order.send_by < today and not order.shipments:
        return True
    first: dict[int, date] = {}
    newest: dict[int, date] = {}
    for key, latest_on in session.execute(_SAID, {"order": order.id}):
        first.setdefault(key, latest_on)
        newest[key] = latest_on
    whole = first.get(0, order.promised_latest)
    arrived = (Status.DELIVERED, Status.AVAILABLE_FOR_PICKUP)
    waiting = [parcel for parcel in order.shipments if parcel.status not in arrived]
    dates = [
        (first.get(p.id, whole), max(filter(None, (newest.get(p.id), p.carrier_latest_on)), default=None))
        for p in waiting
    ]
    if not order.shipments:
        dates.append((whole, newest.get(0)))
    return any(said is not None and (today > said or (now is not None and now > said)) for said, now in dates)
