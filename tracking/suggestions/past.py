"""What a shopper has: the lines of an order or parcel, and of the customer's other orders. Bounded reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from recommendations import Product as Shown
from tracking.models.order import NOT_KEPT, Order, OrderLine, OrderState
from tracking.models.product import Product
from tracking.models.shipment import Shipment, ShipmentLine
from tracking.suggestions.policy import on_shelf

# more than a household orders in years, and enough to know a wholesaler
MAX_ORDERS: Final = 500
MAX_LINES: Final = 5000


@dataclass(frozen=True, slots=True)
class Bought:
    """A line whose product the store still has. `title`: as it was then where the order is looked at, else as it is."""

    order_id: int
    at: datetime
    shown: Shown
    title: str
    kept: bool


def lines_of(session: Session, order: Order, shipment: Shipment | None = None) -> tuple[list[Bought], list[Bought]]:
    """The order's lines, those in the parcel first by themselves, then the others; all are in it if there is none."""
    rows = session.execute(
        select(OrderLine, Product)
        .join(Product, Product.id == OrderLine.product_id)
        .where(OrderLine.order_id == order.id)
        .order_by(OrderLine.position, OrderLine.id)
    ).all()
    inside = _in_parcel(session, order, shipment)
    here: list[Bought] = []
    beside: list[Bought] = []
    for line, product in rows:
        bought = Bought(order.id, order.placed_at, on_shelf(product), line.title, line.state not in NOT_KEPT)
        (here if inside is None or line.id in inside else beside).append(bought)
    return here, beside


def _in_parcel(session: Session, order: Order, shipment: Shipment | None) -> set[int] | None:
    """Ids of the lines in the parcel; None: all. A parcel without any of its own holds what is in no other."""
    if shipment is None or len(order.shipments) < 2:
        return None
    rows = session.execute(
        select(ShipmentLine.shipment_id, ShipmentLine.order_line_id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(Shipment.order_id == order.id)
    ).all()
    mine = {row.order_line_id for row in rows if row.shipment_id == shipment.id}
    if mine:
        return mine
    elsewhere = {row.order_line_id for row in rows}
    return {line.id for line in order.lines if line.id not in elsewhere}


def history_of(session: Session, store_id: int, customer_id: int | None, *, but: int = 0) -> list[Bought]:
    """What the customer's newest orders hold, newest first, without the order `but` and without cancelled ones."""
    if customer_id is None:
        return []
    newest = (
        select(Order.id, Order.placed_at)
        .where(
            Order.customer_id == customer_id,
            Order.store_id == store_id,
            Order.id != but,
            Order.state != OrderState.CANCELLED,
        )
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(MAX_ORDERS)
        .subquery()
    )
    rows = session.execute(
        select(
            newest.c.id,
            newest.c.placed_at,
            OrderLine.state,
            Product.ref,
            Product.title,
            Product.group_ref,
            Product.category,
            Product.consumable,
            Product.parts,
        )
        .join(OrderLine, OrderLine.order_id == newest.c.id)
        .join(Product, Product.id == OrderLine.product_id)
        .order_by(newest.c.placed_at.desc(), newest.c.id.desc(), OrderLine.position, OrderLine.id)
        .limit(MAX_LINES)
    )
    return [
        # on the shelf only so that it, its variants and its parts are recognised
        Bought(
            row.id,
            row.placed_at,
            Shown(
                row.ref,
                row.title,
                row.group_ref or "",
                row.category or "",
                available=False,
                consumable=row.consumable,
                parts=tuple(row.parts or ()),
            ),
            row.title,
            row.state not in NOT_KEPT,
        )
        for row in rows
    ]


def orders_of(bought: Iterable[Bought]) -> tuple[list[list[str]], list[float]]:
    """References of what was kept, order by order, and when each was placed, in seconds since 1970."""
    orders: list[list[str]] = []
    times: list[float] = []
    for _, lines in groupby((one for one in bought if one.kept), key=lambda one: one.order_id):
        same = list(lines)
        orders.append([one.shown.id for one in same])
        times.append(same[0].at.timestamp())
    return orders, times


def given_back(bought: Sequence[Bought]) -> set[str]:
    """References of what was cancelled or sent back, and never kept: neither a reason nor worth showing again."""
    return {one.shown.id for one in bought if not one.kept} - {one.shown.id for one in bought if one.kept}
