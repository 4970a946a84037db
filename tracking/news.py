"""News of an order or a parcel, from a poll, a push, a shop or a person: timeline, promise and notices in one commit.

The caller holds the transaction: it commits all of it, or nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from tracking.models import EventSource, LineState, Milestone, MilestoneKind, Order, OrderState, Shipment
from tracking.models.order import touch_order
from tracking.notifications.planning import plan
from tracking.platform import clock
from tracking.platform.facts import TrackingResult
from tracking.platform.status import Status
from tracking.promise import ledger
from tracking.promise.window import window_for
from tracking.timeline.milestones import Moment
from tracking.timeline.record import Recorded, keep, keep_for, record


def parcel_news(session: Session, shipment: Shipment, result: TrackingResult, source: EventSource) -> Recorded:
    """Take in what a carrier says of a parcel. The same again changes nothing."""
    recorded = record(session, shipment, result, source)
    if recorded.changed:
        _follow(session, shipment.order, shipment, recorded.milestones)
    return recorded


def order_news(session: Session, order: Order, new_shipments: Sequence[Shipment] = ()) -> None:
    """Take in an order that is new or was changed, and parcels that are new. The same again changes nothing."""
    _promise(session, order, None)
    found = list(keep_for(session, order.store_id, order.id, 0, [Moment(MilestoneKind.ORDERED, "1", order.placed_at)]))
    for shipment in new_shipments:
        found += keep(session, shipment, [Moment(MilestoneKind.PACKED, "1", shipment.label_at)])
        _promise(session, order, shipment)
    if order.state is OrderState.CANCELLED:
        cancelled = Moment(MilestoneKind.CANCELLED, "1", order.cancelled_at or clock.now())
        found += keep_for(session, order.store_id, order.id, 0, [cancelled])
    _follow(session, order, None, found)


def _follow(session: Session, order: Order, shipment: Shipment | None, found: Sequence[Milestone]) -> None:
    if shipment is not None:
        _promise(session, order, shipment)
    all_there = _all_delivered_at(order)
    if all_there is not None:
        moment = Moment(MilestoneKind.ALL_DELIVERED, "1", all_there)
        found = [*found, *keep_for(session, order.store_id, order.id, 0, [moment])]
    if found:
        window = window_for(order, shipment, order.store)
        plan(session, order, found, shipments=order.shipments, window=window)
    touch_order(session, order.id)


def _promise(session: Session, order: Order, shipment: Shipment | None) -> None:
    if shipment is not None and shipment.status.is_final:
        return
    window = window_for(order, shipment, order.store)
    shipment_key = shipment.id if shipment is not None else 0
    ledger.keep(session, order, shipment_key, window, ledger.history(session, [order.id]))


def _all_delivered_at(order: Order) -> datetime | None:
    """When the last parcel of an order arrived, if every parcel is there and nothing is left to send; else None."""
    parcels = order.shipments
    if not parcels or any(parcel.status is not Status.DELIVERED for parcel in parcels):
        return None
    if all(parcel.lines for parcel in parcels):
        sent: dict[int, int] = {}
        for parcel in parcels:
            for part in parcel.lines:
                sent[part.order_line_id] = sent.get(part.order_line_id, 0) + part.quantity
        if any(line.quantity > sent.get(line.id, 0) for line in order.lines if line.state in _TO_SEND):
            return None
    return max(parcel.delivered_at or clock.now() for parcel in parcels)


_TO_SEND = frozenset({LineState.OPEN, LineState.BACKORDERED})
