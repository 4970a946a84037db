"""A year of finished orders of a shop, for the lists of the console and for recommendations to learn from.

What was bought is told by `lives`. Written in bulk: nobody is sent anything about them.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from tracking.demo.lives import DAYS, Visit, lives
from tracking.demo.numbers import tracking_number
from tracking.demo.shops import Person, Shop
from tracking.models import (
    Customer,
    EventSource,
    LineState,
    Order,
    OrderLine,
    OrderState,
    Product,
    Shipment,
    Store,
    TrackingEventRow,
)
from tracking.orders.facts import AddressFacts
from tracking.platform.db import random_id
from tracking.platform.facts import Zone
from tracking.platform.status import Status

CUSTOMERS = 340
# the year ends so many days before the demonstration begins
_RESTS_D = 3.0


def write(
    session: Session, store: Store, shop: Shop, products: Sequence[Product], *, until: datetime, seed: int
) -> list[Visit]:
    """Write a year of orders that ends three days before `until`. Returns them, oldest first."""
    rng = random.Random(seed)  # noqa: S311 - a plausible past, not secrecy
    known = [person for person in shop.people if not person.is_new]
    visits = lives(shop.catalogue, customers=CUSTOMERS, known=len(known), rng=rng)
    customers = _customers(session, store, known, rng)
    by_ref = {product.ref: product for product in products}
    orders: list[dict[str, Any]] = []
    for place, visit in enumerate(visits):
        total = sum(by_ref[ref].price_minor or 0 for ref in visit.refs)
        number = shop.number_format.format(shop.first_number - 1 - len(visits) + place)
        to = (known[visit.customer] if visit.customer < len(known) else rng.choice(known)).address
        placed = moment_of(visit, until)
        orders.append(_order(store, customers[visit.customer], number, placed=placed, total=total, to=to))
    order_ids = _insert(session, Order, orders)
    lines = [
        _line(order_id, position, by_ref[ref], rng)
        for order_id, visit in zip(order_ids, visits, strict=True)
        for position, ref in enumerate(visit.refs)
    ]
    session.execute(insert(OrderLine), lines)
    _parcels(session, store, shop, dict(zip(order_ids, orders, strict=True)), rng)
    return visits


def moment_of(visit: Visit, until: datetime) -> datetime:
    """When it was ordered: aware."""
    return until - timedelta(days=_RESTS_D + DAYS - visit.day)


def _customers(session: Session, store: Store, known: Sequence[Person], rng: random.Random) -> list[tuple[int, str]]:
    people: list[Person | None] = [*known, *[None] * (CUSTOMERS - len(known))]
    rows = [
        {
            "store_id": store.id,
            "public_id": random_id(),
            "unsubscribe_token": random_id(),
            "email": person.email if person else f"customer{rng.randrange(10**9):09d}@example.net",
            "locale": store.locale,
            "time_zone": store.time_zone,
            "preferences": {},
        }
        for person in people
    ]
    ids = _insert(session, Customer, rows)
    return [(customer_id, str(row["email"])) for customer_id, row in zip(ids, rows, strict=True)]


def _insert(session: Session, row: type[Customer | Order | Shipment], values: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows of one store, in one go: SQLite would return their ids only one by one. Returns these, in order."""
    # NULL is meant where it stands: nothing of the past is asked about again
    session.execute(insert(row), values, execution_options={"render_nulls": True})
    known = session.execute(select(row.public_id, row.id).where(row.store_id == values[0]["store_id"]))
    ids = {made.public_id: made.id for made in known}
    return [ids[value["public_id"]] for value in values]


def _order(
    store: Store, customer: tuple[int, str], number: str, *, placed: datetime, total: int, to: AddressFacts
) -> dict[str, Any]:
    return {
        "store_id": store.id,
        "public_id": random_id(),
        "token": random_id(),
        "number": number,
        "sales_channel": "web",
        "state": OrderState.OPEN,
        "customer_id": customer[0],
        "email": customer[1],
        "locale": store.locale,
        "currency": store.currency,
        "total_minor": total,
        "refunded_minor": 0,
        "city": to.city,
        "postal_code": to.postal_code,
        "country": to.country,
        "time_zone": store.time_zone,
        "placed_at": placed,
        "promised_earliest": (placed + timedelta(days=2)).date(),
        "promised_latest": (placed + timedelta(days=4)).date(),
        "send_by": (placed + timedelta(days=2)).date(),
        "extra": {},
        "version": 1,
    }


def _line(order_id: int, position: int, product: Product, rng: random.Random) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "position": position,
        "ref": product.ref,
        "sku": product.ref,
        "product_id": product.id,
        "title": product.title,
        "variant": product.variant,
        "quantity": 1 if rng.random() < 0.85 else 2,
        "unit_price_minor": product.price_minor,
        "state": LineState.OPEN,
        "image_url": product.image_url,
        "url": product.url,
    }


def _parcels(
    session: Session, store: Store, shop: Shop, orders: Mapping[int, dict[str, Any]], rng: random.Random
) -> None:
    parcels, scans = [], []
    for order_id, order in orders.items():
        carrier = shop.carriers[0] if rng.random() < 0.7 else rng.choice(shop.carriers)
        handed = order["placed_at"] + timedelta(hours=rng.uniform(6, 30))
        there = handed + timedelta(hours=rng.uniform(20, 60))
        parcels.append(
            {
                "store_id": store.id,
                "order_id": order_id,
                "public_id": random_id(),
                "carrier": carrier,
                "number": tracking_number(carrier, rng),
                "status": Status.DELIVERED,
                "status_at": there,
                "label_at": handed - timedelta(hours=2),
                "handed_over_at": handed,
                "last_event_at": there,
                "delivered_at": there,
                "proof": ["signature"],
                "extra": {},
                "last_polled_at": there,
                "next_poll_at": None,
                "lease_fence": 0,
                "failures": 0,
                "is_tracked": True,
            }
        )
        scans.append((handed, there, order["city"], order["country"]))
    parcel_ids = _insert(session, Shipment, parcels)
    rows = [
        _event(store, parcel_id, at, status, place)
        for parcel_id, (handed, there, city, country) in zip(parcel_ids, scans, strict=True)
        for at, status, place in (
            (handed, Status.IN_TRANSIT, (shop.origin, store.country)),
            (there - timedelta(hours=5), Status.OUT_FOR_DELIVERY, (city, country)),
            (there, Status.DELIVERED, (city, country)),
        )
    ]
    session.execute(insert(TrackingEventRow), rows)


def _event(
    store: Store, shipment_id: int, at: datetime, status: Status, place: tuple[str | None, str | None]
) -> dict[str, Any]:
    return {
        "shipment_id": shipment_id,
        "month": int(at.strftime("%Y%m")),
        "fingerprint": f"{status.value[:8]}{int(at.timestamp()):024d}",
        "store_id": store.id,
        "at": at,
        "seq": 0,
        "offset_min": 0,
        "zone": Zone.STATED,
        "code": "",
        "status": status,
        "description": "",
        "city": place[0],
        "country": place[1],
        "source": EventSource.POLL,
    }
