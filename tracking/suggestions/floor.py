"""What to show while there is no model: what was bought most in the store's newest orders. One bounded read; four
more where a parcel of them came back.
"""

from typing import Final

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from recommendations import Kind, Reason, Suggestion
from tracking.models.order import NOT_KEPT, Order, OrderLine, OrderState
from tracking.models.product import Product
from tracking.models.shipment import Shipment
from tracking.platform.status import Status
from tracking.suggestions.came_back import came_back

NEWEST_ORDERS: Final = 300
CANDIDATES: Final = 40
# bought by one only is no reason
LEAST_ORDERS: Final = 2


def bought_lately(session: Session, store_id: int) -> tuple[Suggestion, ...]:
    """Products of the newest orders, those in most of them first. Their numbers are true of these orders alone, so
    that more people and orders than they say may have bought them, and never fewer.
    """
    newest = (
        select(Order.id, Order.customer_id)
        .where(Order.store_id == store_id, Order.state != OrderState.CANCELLED)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(NEWEST_ORDERS)
        .subquery()
    )
    orders = func.count(newest.c.id.distinct())
    people = func.count(case((newest.c.customer_id.is_not(None), newest.c.customer_id)).distinct())
    parcels = select(Shipment.order_id).join(newest, newest.c.id == Shipment.order_id)
    some_back = parcels.where(Shipment.status == Status.RETURNED).exists()
    wanted = (
        select(Product.ref, orders.label("orders"), people.label("people"), some_back.label("some_back"))
        .join(OrderLine, OrderLine.product_id == Product.id)
        .join(newest, newest.c.id == OrderLine.order_id)
        .where(OrderLine.state.not_in(NOT_KEPT))
        .group_by(Product.id, Product.ref)
        .having(orders >= LEAST_ORDERS)
        .order_by(people.desc(), orders.desc(), Product.ref)
        .limit(CANDIDATES)
    )
    rows = session.execute(wanted).all()
    if rows and rows[0].some_back:
        back = came_back(session, select(newest.c.id))
        rows = session.execute(wanted.where(OrderLine.id.not_in(back))).all()
    return tuple(
        Suggestion(row.ref, float(row.orders), Reason(Kind.POPULAR, None, row.people, row.orders)) for row in rows
    )
