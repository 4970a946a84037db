"""What a shopper has: the lines of an order or parcel, and of the customer's other orders. Bounded reads."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import DateTime, Select, Text, bindparam, cast, inspect, select, type_coerce
from sqlalchemy.orm import Session

from recommendations import Product as Shown
from tracking.models.order import NOT_KEPT, Order, OrderLine, OrderState
from tracking.models.product import Product
from tracking.models.shipment import Shipment, ShipmentLine
from tracking.platform.status import Status
from tracking.suggestions.came_back import came_back
from tracking.suggestions.shelf import COLUMNS, parts_of, shown_of, shown_of_product

# more than a household orders in years, and enough to know a wholesaler
MAX_ORDERS: Final = 500
MAX_LINES: Final = 5000


class Bought(NamedTuple):
    """A line whose product the store still has.

    shown  not available, whatever is in stock: there so that it, its variants and its parts are recognised
    title  as it was then where the order is looked at, else as it is
    kept   neither cancelled nor sent back, and its parcel did not come back
    """

    order_id: int
    at: datetime
    shown: Shown
    title: str
    kept: bool


_KEPT: Final = OrderLine.state.not_in(NOT_KEPT).label("kept")
_LINES: Final = (
    select(OrderLine.id, OrderLine.title.label("said"), _KEPT, *COLUMNS)
    .join(Product, Product.id == OrderLine.product_id)
    .where(OrderLine.order_id == bindparam("order"))
    .order_by(OrderLine.position, OrderLine.id)
)


def lines_of(session: Session, order: Order, shipment: Shipment | None = None) -> tuple[list[Bought], list[Bought]]:
    """The order's lines, those in the parcel first by themselves, then the others; all are in it if there is none."""
    inside = _in_parcel(session, order, shipment)
    is_back = any(parcel.status is Status.RETURNED for parcel in order.shipments)
    back = came_back(session, [order.id]) if is_back else ()
    here: list[Bought] = []
    beside: list[Bought] = []
    for line_id, shown, title, kept in _lines_of(session, order):
        bought = Bought(order.id, order.placed_at, shown, title, kept and line_id not in back)
        (here if inside is None or line_id in inside else beside).append(bought)
    return here, beside


def _lines_of(session: Session, order: Order) -> Iterator[tuple[int, Shown, str, bool]]:
    """Each line's id, product, title, and whether it was kept. What a page has loaded already is not read again."""
    if "lines" in inspect(order).unloaded or any("product" in inspect(line).unloaded for line in order.lines):
        for row in session.execute(_LINES, {"order": order.id}):
            yield row.id, shown_of(row, available=False), row.said, row.kept
        return
    for line in order.lines:
        if line.product is not None:
            yield line.id, shown_of_product(line.product, available=False), line.title, line.state not in NOT_KEPT


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


def _history() -> Select[Any]:
    is_back = select(Shipment.id).where(Shipment.order_id == Order.id, Shipment.status == Status.RETURNED).exists()
    newest = (
        select(Order.id, Order.placed_at, is_back.label("is_back"))
        .where(
            Order.customer_id == bindparam("customer"),
            Order.store_id == bindparam("store"),
            Order.id != bindparam("but"),
            Order.state != OrderState.CANCELLED,
        )
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(bindparam("orders"))
        .subquery()
    )
    return (
        select(
            newest.c.id,
            newest.c.is_back,
            OrderLine.id,
            # made an instant once an order, not once a line
            type_coerce(newest.c.placed_at, DateTime(timezone=True)),
            _KEPT,
            Product.ref,
            Product.title,
            Product.group_ref,
            Product.category,
            Product.price_minor,
            Product.consumable,
            cast(Product.parts, Text),
        )
        .join(OrderLine, OrderLine.order_id == newest.c.id)
        .join(Product, Product.id == OrderLine.product_id)
        .order_by(newest.c.placed_at.desc(), newest.c.id.desc(), OrderLine.position, OrderLine.id)
        .limit(bindparam("lines"))
    )


_HISTORY: Final = _history()


def history_of(session: Session, store_id: int, customer_id: int | None, *, but: int = 0) -> list[Bought]:
    """What the customer's newest orders hold, newest first, without the order `but` and without cancelled ones."""
    if customer_id is None:
        return []
    who = {"customer": customer_id, "store": store_id, "but": but, "orders": MAX_ORDERS, "lines": MAX_LINES}
    known: dict[str, Shown] = {}
    found: list[Bought] = []
    order_id, at = 0, datetime.min.replace(tzinfo=UTC)
    rows = session.execute(_HISTORY, who).all()
    orders_back = {row[0] for row in rows if row[1]}
    back = came_back(session, orders_back) if orders_back else ()
    for this, _, line, placed_at, kept, ref, title, group, category, price, consumable, parts in rows:
        if this != order_id:
            order_id, at = this, _instant(placed_at)
        shown = known.get(ref)
        if shown is None:
            shown = known[ref] = Shown(
                ref,
                title,
                group or "",
                category or "",
                price,
                available=False,
                consumable=consumable,
                parts=parts_of(parts),
            )
        found.append(Bought(order_id, at, shown, title, kept and line not in back))
    return found


def _instant(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


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
    """References of what was not kept, in no order of the shopper: neither a reason nor worth showing again."""
    gone = {one.shown.id for one in bought if not one.kept}
    return gone - {one.shown.id for one in bought if one.kept} if gone else gone
