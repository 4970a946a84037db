"""News of an order or a parcel, from a poll, a push, a shop or a person: timeline, promise and notices in one commit.

The caller holds the transaction: it commits all of it, or nothing.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from tracking.models import EventSource, LineState, Milestone, MilestoneKind, Order, OrderState, Promise, Shipment
from tracking.models.order import touch_orders
from tracking.notifications.planning import plan
from tracking.platform import clock
from tracking.platform.facts import TrackingResult
from tracking.platform.status import Status
from tracking.promise import ledger
from tracking.promise.window import window_for
from tracking.timeline.milestones import Moment
from tracking.timeline.record import Recorded, keep, keep_for, record_all


def parcel_news(session: Session, shipment: Shipment, result: TrackingResult, source: EventSource) -> Recorded:
    """Take in what a carrier says of a parcel. The same again changes nothing."""
    return parcels_news(session, [(shipment, result)], source)[0]


def parcels_news(
    session: Session, said: Sequence[tuple[Shipment, TrackingResult]], source: EventSource
) -> list[Recorded]:
    """Take in what carriers say of parcels, each named once; in few statements for many parcels."""
    # nothing below reads what it has changed: one flush at the end writes all of it together
    with session.no_autoflush:
        recorded = record_all(session, said, source)
        fresh = [(shipment, one) for (shipment, _), one in zip(said, recorded, strict=True) if one.changed]
        orders = {shipment.order_id: shipment.order for shipment, _ in fresh}
        shown = _shown(session, orders)
        for shipment, _ in fresh:
            _promise(session, shipment.order, shipment, shown[shipment.order_id])
        last = {shipment.order_id: shipment for shipment, _ in fresh}
        for shipment, one in fresh:
            arrived = _all_there(session, shipment) if last[shipment.order_id] is shipment else ()
            _tell(session, shipment.order, shipment, [*one.milestones, *arrived])
        touch_orders(session, orders.values())
    session.flush()
    return recorded


def order_news(session: Session, order: Order, new_shipments: Sequence[Shipment] = ()) -> None:
    """Take in an order that is new or was changed, and parcels that are new. The same again changes nothing."""
    shown = _shown(session, [order.id])[order.id]
    _promise(session, order, None, shown)
    found = list(keep_for(session, order.store_id, order.id, 0, [Moment(MilestoneKind.ORDERED, "1", order.placed_at)]))
    for shipment in new_shipments:
        found += keep(session, shipment, [Moment(MilestoneKind.PACKED, "1", shipment.label_at)])
        _promise(session, order, shipment, shown)
    if order.state is OrderState.CANCELLED:
        cancelled = Moment(MilestoneKind.CANCELLED, "1", order.cancelled_at or clock.now())
        found += keep_for(session, order.store_id, order.id, 0, [cancelled])
    _tell(session, order, None, [*found, *_all_delivered(session, order)])
    touch_orders(session, [order])


def _tell(session: Session, order: Order, shipment: Shipment | None, found: Sequence[Milestone]) -> None:
    if found:
        window = window_for(order, shipment, order.store)
        plan(session, order, found, shipments=order.shipments, window=window)


def _shown(session: Session, order_ids: Collection[int]) -> dict[int, list[Promise]]:
    """The windows that were shown for these orders."""
    shown: dict[int, list[Promise]] = {order_id: [] for order_id in order_ids}
    for promise in ledger.history(session, list(order_ids)) if shown else ():
        shown[promise.order_id].append(promise)
    return shown


def _promise(session: Session, order: Order, shipment: Shipment | None, shown: list[Promise]) -> None:
    if shipment is not None and shipment.status.is_final:
        return
    window = window_for(order, shipment, order.store)
    kept = ledger.keep(session, order, shipment.id if shipment is not None else 0, window, shown)
    if kept is not None:
        shown.append(kept)


def _all_there(session: Session, shipment: Shipment) -> Sequence[Milestone]:
    """The order is complete, with this parcel; most news is of parcels on their way, and costs nothing here."""
    return _all_delivered(session, shipment.order) if shipment.status is Status.DELIVERED else ()


def _all_delivered(session: Session, order: Order) -> Sequence[Milestone]:
    at = _all_delivered_at(order)
    if at is None:
        return ()
    return keep_for(session, order.store_id, order.id, 0, [Moment(MilestoneKind.ALL_DELIVERED, "1", at)])


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
