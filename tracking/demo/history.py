"""A year of finished orders of a shop, for the lists of the console and for recommendations to learn from.

Baskets follow what goes with what in the catalogue, so that "bought together" has something true to find. Written in
bulk: nobody is sent anything about them.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from tracking.demo.numbers import tracking_number
from tracking.demo.shops import Shop
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

ORDERS = 420
CUSTOMERS = 260
_TOGETHER = 0.62
_MOST_LINES = 5


def write(
    session: Session, store: Store, shop: Shop, products: Sequence[Product], *, until: datetime, seed: int
) -> int:
    """Write a year of orders that ends three days before `until`. Returns how many."""
    rng = random.Random(seed)  # noqa: S311 - a plausible past, not secrecy
    customers = _customers(session, store, rng)
    by_ref = {product.ref: product for product in products}
    weights = [1.0 / (place + 2) for place in range(len(shop.catalogue))]
    last_number = shop.first_number - 1
    orders: list[dict[str, Any]] = []
    baskets: list[list[Product]] = []
    for place in range(ORDERS):
        placed = until - timedelta(days=3 + 362 * (1 - (place / ORDERS) ** 0.8), hours=rng.uniform(0, 14))
        basket = _basket(shop, weights, rng)
        baskets.append([by_ref[ref] for ref in basket if ref in by_ref])
        total = sum(product.price_minor or 0 for product in baskets[-1])
        customer = customers[min(int(rng.expovariate(1 / 70)), len(customers) - 1)]
        number = shop.number_format.format(last_number - ORDERS + place)
        to = rng.choice(shop.people).address
        orders.append(_order(store, customer, number, placed=placed, total=total, to=to))
    order_ids = _insert(session, Order, orders)
    lines = [
        _line(order_id, position, product, rng)
        for order_id, basket_of in zip(order_ids, baskets, strict=True)
        for position, product in enumerate(basket_of)
    ]
    session.execute(insert(OrderLine), lines)
    _parcels(session, store, shop, dict(zip(order_ids, orders, strict=True)), rng)
    return len(orders)


def _customers(session: Session, store: Store, rng: random.Random) -> list[tuple[int, str]]:
    rows = [
        {
            "store_id": store.id,
            "public_id": random_id(),
            "unsubscribe_token": random_id(),
            "email": f"customer{rng.randrange(10**9):09d}@example.net",
            "locale": store.locale,
            "time_zone": store.time_zone,
            "preferences": {},
        }
        for _ in range(CUSTOMERS)
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


def _basket(shop: Shop, weights: list[float], rng: random.Random) -> list[str]:
    first = rng.choices(shop.catalogue, weights)[0]
    basket = [str(first["ref"])]
    for friend in first.get("goes_with", []):
        if rng.random() < _TOGETHER / (1 + 0.6 * len(basket)):
            basket.append(str(friend))
    while rng.random() < 0.22 and len(basket) < _MOST_LINES:
        basket.append(str(rng.choices(shop.catalogue, weights)[0]["ref"]))
    return list(dict.fromkeys(basket))[:_MOST_LINES]


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
