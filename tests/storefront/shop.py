"""An order with a parcel on its way, in rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from tests.factories import make_order, make_shipment, make_store
from tracking.models import Order, Promise, PromiseSource, Shipment, Store, TrackingEventRow
from tracking.platform.facts import Zone
from tracking.platform.status import Reason, Status

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TODAY = AT.date()


def on_its_way(session: Session, store: Store | None = None, **values: Any) -> tuple[Order, Shipment]:
    """With DHL since yesterday, expected the day after tomorrow."""
    store = store or make_store(session, url="https://shop.example")
    order = make_order(
        session,
        store,
        lines=2,
        placed_at=AT - timedelta(days=3),
        send_by=TODAY - timedelta(days=1),
        promised_earliest=TODAY + timedelta(days=2),
        promised_latest=TODAY + timedelta(days=3),
    )
    promise(session, order)
    shipment = make_shipment(
        session,
        order,
        **{
            "carrier": "dhl",
            "number": "JJD000390011487",
            "label_at": AT - timedelta(hours=30),
            "status": Status.IN_TRANSIT,
            "status_at": AT - timedelta(hours=2),
            "handed_over_at": AT - timedelta(hours=24),
            "last_event_at": AT - timedelta(hours=2),
            "last_polled_at": AT - timedelta(minutes=8),
            "next_poll_at": AT + timedelta(hours=3),
            "carrier_earliest_on": TODAY + timedelta(days=2),
            "carrier_latest_on": TODAY + timedelta(days=2),
            **values,
        },
    )
    happened(session, shipment, 24, Status.IN_TRANSIT, "Picked up", "Leipzig")
    happened(session, shipment, 9, Status.IN_TRANSIT, "Processed at hub", "Leipzig")
    happened(session, shipment, 5, Status.IN_TRANSIT, "Arrived at facility", "Carlisle")
    happened(session, shipment, 2, Status.IN_TRANSIT, "Departed from facility", "Carlisle")
    session.commit()
    return order, shipment


def promise(session: Session, order: Order) -> None:
    """The window first shown."""
    assert order.promised_earliest
    assert order.promised_latest
    session.add(
        Promise(
            store_id=order.store_id,
            order_id=order.id,
            source=PromiseSource.STORE,
            earliest_on=order.promised_earliest,
            latest_on=order.promised_latest,
        )
    )
    session.flush()


def happened(
    session: Session,
    shipment: Shipment,
    hours: float,
    status: Status,
    *said: str,
    reason: Reason | None = None,
) -> None:
    """An event so many hours ago; `said` is the carrier's text, then the town."""
    text, city = (*said, "", "")[:2]
    at = AT - timedelta(hours=hours)
    session.add(
        TrackingEventRow(
            shipment_id=shipment.id,
            store_id=shipment.store_id,
            month=at.year * 100 + at.month,
            fingerprint=f"{at.isoformat()}{status}"[:32],
            at=at,
            zone=Zone.STATED,
            status=status,
            reason=reason,
            description=text,
            city=city or None,
            country="GB",
        )
    )
    session.flush()
