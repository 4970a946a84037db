"""Rows for tests, with sensible values; each takes what a test cares about and flushes."""

from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from tracking.models import (
    CarrierAccount,
    CarrierBudget,
    Customer,
    Order,
    OrderLine,
    Product,
    Shipment,
    ShipmentLine,
    Store,
)
from tracking.platform import security

Row = TypeVar("Row")
_numbers = count(1)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def make_store(session: Session, **values: Any) -> Store:
    """A British outdoor shop, in English, French and Thai."""
    n = next(_numbers)
    return _add(
        session,
        Store(
            **{
                "slug": f"store-{n}",
                "name": "Fell & Ridge",
                "locales": ["en", "fr", "th"],
                "time_zone": "Europe/London",
                "country": "GB",
                "currency": "GBP",
                "brand": {"accent": "#2f6b4f"},
                "support": {"email": "help@example.com", "phone": "+442079460000"},
                "policies": {"returns_days": 60, "returns_url": "https://shop.example/returns"},
                "sender_name": "Fell & Ridge",
                "sender_email": "orders@example.com",
                "reply_to": "help@example.com",
                **values,
            }
        ),
    )


def make_product(session: Session, store: Store, **values: Any) -> Product:
    """A product in stock."""
    n = next(_numbers)
    return _add(
        session,
        Product(
            **{
                "store_id": store.id,
                "ref": f"SKU-{n}",
                "title": f"Tarn {n} daypack",
                "category": "Packs",
                "price_minor": 8900,
                "currency": store.currency,
                "stock": 12,
                "url": f"https://shop.example/p/{n}",
                **values,
            }
        ),
    )


def make_customer(session: Session, store: Store, **values: Any) -> Customer:
    """A customer who gave both addresses."""
    n = next(_numbers)
    return _add(
        session,
        Customer(
            **{
                "store_id": store.id,
                "email": f"jo{n}@example.com",
                "phone": f"+4479460{n:05d}",
                "name": "Jo Example",
                "locale": "en",
                "time_zone": "Europe/London",
                **values,
            }
        ),
    )


def make_order(
    session: Session, store: Store, customer: Customer | None = None, *, lines: int = 1, **values: Any
) -> Order:
    """An order of `lines` lines, each of one piece, by a customer who is made if none is given."""
    n = next(_numbers)
    customer = customer or make_customer(session, store)
    order = Order(
        **{
            "store_id": store.id,
            "number": f"{10000 + n}",
            "customer_id": customer.id,
            "email": customer.email,
            "phone": customer.phone,
            "locale": customer.locale or store.locale,
            "currency": store.currency,
            "total_minor": 8900 * lines,
            "recipient": "Jo Example",
            "address1": "5 Example Street",
            "city": "Kendal",
            "postal_code": "LA9 4AA",
            "country": "GB",
            "time_zone": "Europe/London",
            "placed_at": NOON,
            **values,
        }
    )
    for position in range(lines):
        product = make_product(session, store)
        order.lines.append(
            OrderLine(
                position=position,
                ref=product.ref,
                sku=product.ref,
                product_id=product.id,
                title=product.title,
                quantity=1,
                unit_price_minor=8900,
            )
        )
    return _add(session, order)


def make_shipment(session: Session, order: Order, *, lines: list[OrderLine] | None = None, **values: Any) -> Shipment:
    """A parcel of an order; with `lines`, of those lines only."""
    n = next(_numbers)
    shipment = Shipment(
        **{
            "store_id": order.store_id,
            "order_id": order.id,
            "carrier": "ups",
            "number": f"1Z999AA1{n:010d}",
            "label_at": NOON,
            "next_poll_at": NOON,
            **values,
        }
    )
    for line in lines or []:
        shipment.lines.append(ShipmentLine(order_line_id=line.id, quantity=line.quantity))
    return _add(session, shipment)


def make_account(
    session: Session, carrier: str, *, credentials: dict[str, str] | None = None, budgets: int = 0, **values: Any
) -> CarrierAccount:
    """The installation's account at a carrier; with `budgets`, that many calls a day."""
    account = CarrierAccount(carrier=carrier, credentials=security.seal(credentials or {}), **values)
    if budgets:
        account.budgets.append(CarrierBudget(unit="calls", amount=budgets, per_s=86400, aligned=True))
    return _add(session, account)
