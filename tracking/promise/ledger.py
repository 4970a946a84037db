"""Every window that was ever shown, when, and from which source; flushes, never commits."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.models import Order, Promise
from tracking.promise.window import Window


def history(session: Session, order_ids: Sequence[int]) -> list[Promise]:
    """All windows of these orders, oldest first."""
    return list(session.scalars(select(Promise).where(Promise.order_id.in_(order_ids)).order_by(Promise.id)))


def first_of(promises: Sequence[Promise], shipment_key: int) -> Promise | None:
    """The first window shown for a parcel: of the order as a whole where that came earlier; None if none was shown."""
    return next((p for p in promises if p.shipment_key in {0, shipment_key}), None)


def keep(
    session: Session, order: Order, shipment_key: int, window: Window, promises: Sequence[Promise]
) -> Promise | None:
    """Write a window down if it differs from the newest of that parcel; None if it does not.

    promises  the order's history as `history` gives it
    """
    newest = next((p for p in reversed(promises) if p.shipment_key == shipment_key), None)
    said = (window.source, window.earliest_on, window.latest_on, window.earliest_at, window.latest_at)
    if newest is not None and said == (
        newest.source,
        newest.earliest_on,
        newest.latest_on,
        newest.earliest_at,
        newest.latest_at,
    ):
        return None
    promise = Promise(
        store_id=order.store_id,
        order_id=order.id,
        shipment_key=shipment_key,
        source=window.source,
        earliest_on=window.earliest_on,
        latest_on=window.latest_on,
        earliest_at=window.earliest_at,
        latest_at=window.latest_at,
        confidence=window.confidence,
    )
    session.add(promise)
    session.flush()
    return promise
