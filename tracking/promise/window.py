"""When an order or a parcel comes: the one place where the sources are combined, and that says which of them spoke.

The learned window (once a store has a record that bears it), else the carrier's estimate, else the store's own promise.
Pure: rows in, a window out; no query, no clock.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tracking.models import Order, PromiseSource, Shipment, Store
from tracking.promise.working_days import add_working_days


@dataclass(frozen=True, slots=True)
class Window:
    """From the first to the last day it may come, in the destination's local days; instants where there are times.

    confidence  share of such windows that were right, 0..1; None where no record bears one, and then nothing is said
    """

    source: PromiseSource
    earliest_on: date
    latest_on: date
    earliest_at: datetime | None = None
    latest_at: datetime | None = None
    confidence: float | None = None


def send_by(order: Order, store: Store) -> date:
    """The last local day on which the store means to hand the order over."""
    if order.send_by is not None:
        return order.send_by
    ordered_on = order.placed_at.astimezone(ZoneInfo(store.time_zone)).date()
    return add_working_days(ordered_on, store.handling_days, store.country)


def store_window(order: Order, store: Store) -> Window:
    """The store's own promise: what it said with the order, else its usual days after the send-by day."""
    if order.promised_latest is not None:
        earliest = order.promised_earliest or order.promised_latest
        return Window(PromiseSource.STORE, min(earliest, order.promised_latest), order.promised_latest)
    country = order.country or store.country
    sent_on = send_by(order, store)
    return Window(
        PromiseSource.STORE,
        add_working_days(sent_on, store.transit_days_min, country),
        add_working_days(sent_on, max(store.transit_days_min, store.transit_days_max), country),
    )


def carrier_window(shipment: Shipment) -> Window | None:
    """The carrier's newest estimate, or None."""
    if shipment.carrier_latest_on is None:
        return None
    earliest = shipment.carrier_earliest_on or shipment.carrier_latest_on
    return Window(
        PromiseSource.CARRIER,
        min(earliest, shipment.carrier_latest_on),
        shipment.carrier_latest_on,
        shipment.carrier_earliest_at,
        shipment.carrier_latest_at,
    )


def window_for(order: Order, shipment: Shipment | None, store: Store) -> Window:
    """The window to speak of now, for a parcel, or for what is not sent yet where `shipment` is None."""
    return (carrier_window(shipment) if shipment is not None else None) or store_window(order, store)
