"""Learning from a store's orders: rows in, artefact out. A worker's work, never a page's."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from recommendations import Line, Orders, fit, write_model
from tracking.models.order import NOT_KEPT, Order, OrderLine, OrderState
from tracking.models.product import Product
from tracking.models.store import Store
from tracking.platform import clock
from tracking.suggestions.artefacts import artefact_path

# learn from the newest orders only, a page of them at a time
MAX_ORDERS = 500_000
PAGE_OF_ORDERS = 2000


@dataclass(frozen=True, slots=True)
class FitReport:
    """What a fit learnt from, and where the artefact is."""

    orders: int
    products: int
    pairs: int
    path: Path


def fit_store(session: Session, store_id: int, state_dir: Path) -> FitReport:
    """Learn from the store's newest orders and replace its artefact in one step.

    Reads a page of orders at a time and writes no row. Cancelled orders, and lines cancelled or sent back, count for
    nothing. A shop without orders gets an artefact that suggests nothing.
    raises  LookupError if there is no such store; OSError if the file cannot be written
    """
    store = session.get(Store, store_id)
    if store is None:
        raise LookupError(f"there is no store {store_id}")
    refs = session.scalars(select(Product.ref).where(Product.store_id == store_id)).all()
    model = fit(Orders.from_lines(_lines(session, store_id)), catalogue=refs, as_of=clock.now().timestamp())
    path = artefact_path(state_dir, store)
    write_model(model, path)
    return FitReport(model.orders, len(model.products), len(model.bought_together.neighbour), path)


def _lines(session: Session, store_id: int) -> Iterator[Line]:
    """The lines of the store's newest orders, a page of orders at a time."""
    wanted = (
        select(Order.id, Order.customer_id, Order.email, Order.placed_at)
        .where(Order.store_id == store_id, Order.state != OrderState.CANCELLED)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(PAGE_OF_ORDERS)
    )
    page = session.execute(wanted).all()
    for _ in range(MAX_ORDERS // PAGE_OF_ORDERS):
        if not page:
            return
        orders = {row.id: row for row in page}
        for order_id, ref in session.execute(
            select(OrderLine.order_id, Product.ref)
            .join(Product, Product.id == OrderLine.product_id)
            .where(OrderLine.order_id.in_(orders), OrderLine.state.not_in(NOT_KEPT))
        ):
            row = orders[order_id]
            yield Line(str(order_id), _customer(row.customer_id, row.email), row.placed_at.timestamp(), ref)
        last = page[-1]
        older = or_(Order.placed_at < last.placed_at, Order.id < last.id)
        page = session.execute(wanted.where(and_(Order.placed_at <= last.placed_at, older))).all()


def _customer(customer_id: int | None, email: str | None) -> str:
    """One name for one person within a fit: the customer, else the address of a guest, else nobody."""
    if customer_id is not None:
        return f"customer {customer_id}"
    return f"guest {email.casefold()}" if email else ""
