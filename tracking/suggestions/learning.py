"""Learning from a store's orders: rows in, artefact out. A worker's work, never a page's."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from recommendations import Line, Model, Orders, Product, fit
from tracking.models.order import NOT_KEPT, Order, OrderLine, OrderState
from tracking.models.product import Product as ProductRow
from tracking.models.store import Store
from tracking.platform import clock
from tracking.platform.db import reading
from tracking.suggestions import artefacts, schedule
from tracking.suggestions.schedule import Learnt, Turn
from tracking.suggestions.shelf import catalogue_of

log = structlog.get_logger(__name__)

# learn from the newest orders only, a page of them at a time: what bounds memory
MAX_ORDERS = 1_000_000
PAGE_OF_ORDERS = 2000

Sessions = Callable[[], Session]


@dataclass(frozen=True, slots=True)
class FitReport:
    """What a fit learnt from, and where the artefact is."""

    orders: int
    products: int
    path: Path


@dataclass(frozen=True, slots=True)
class _Past:
    """What a store's rows say, read in one go: nothing is locked while it is learnt from."""

    store: Store
    orders: Orders
    catalogue: dict[str, Product]
    newest_order: int


def fit_store(session: Session, store_id: int, state_dir: Path) -> FitReport:
    """Learn from the store's newest orders now, whatever the schedule says, and put the model in use in one step.

    Reads a page of orders at a time. Cancelled orders, and lines cancelled or sent back, count for nothing. A shop
    without orders gets an artefact that knows its products only. Flushes.
    raises  LookupError if there is no such store; OSError if the file cannot be written
    """
    began = time.monotonic()
    past = _read(session, store_id)
    model = _learn(past)
    path = artefacts.publish(model, state_dir, past.store)
    schedule.note(session, store_id, _learnt(model, past, began))
    return FitReport(model.orders, len(model.products), path)


def fit_due(sessions: Sessions, state_dir: Path) -> bool:
    """Learn from the store that is due, if there is one. False if there is none.

    Holds no transaction while it learns. Whatever goes wrong, the old artefact stays in use and the store's turn comes
    again later: each claim is a failure until it has ended well.
    """
    with sessions() as session:
        schedule.adopt(session)
        turn = schedule.claim(session)
        session.commit()
    if turn is None:
        return False
    try:
        _fit_claimed(sessions, turn, state_dir)
    except Exception as error:  # whatever it was, other stores are learnt from and this one is again
        log.exception("recommendations.fit_failed", store=turn.store_id)
        with sessions() as session:
            schedule.give_up(session, turn, type(error).__name__)
            session.commit()
    return True


def look_after(sessions: Sessions, state_dir: Path) -> None:
    """Make those stores due whose artefact is gone or damaged although there should be one. Reads all of them."""
    with reading(), sessions() as session:
        stores = session.scalars(select(Store).order_by(Store.id)).all()
        session.expunge_all()
    for store in stores:
        why = artefacts.unsound(state_dir, store)
        if why:
            log.warning("recommendations.refit", store=store.slug, why=why)
            with sessions() as session:
                schedule.make_due(session, store.id)
                session.commit()


def _fit_claimed(sessions: Sessions, turn: Turn, state_dir: Path) -> None:
    began = time.monotonic()
    with reading(), sessions() as session:
        past = _read(session, turn.store_id)
        session.expunge(past.store)
    model = _learn(past)
    with reading(), sessions() as session:
        mine = schedule.holds(session, turn)
    if not mine:
        log.warning("recommendations.lease_lost", store=past.store.slug)
        return
    artefacts.publish(model, state_dir, past.store)
    learnt = _learnt(model, past, began)
    with sessions() as session:
        schedule.settle(session, turn, learnt)
        session.commit()
    log.info("recommendations.fitted", store=past.store.slug, orders=learnt.orders, seconds=round(learnt.took_s, 2))


def _learn(past: _Past) -> Model:
    """The one place that decides how a model comes about."""
    return fit(past.orders, catalogue=past.catalogue, as_of=clock.now().timestamp())


def _learnt(model: Model, past: _Past, began: float) -> Learnt:
    return Learnt(model.orders, past.newest_order, whole=True, took_s=time.monotonic() - began)


def _read(session: Session, store_id: int) -> _Past:
    store = session.get(Store, store_id)
    if store is None:
        raise LookupError(f"there is no store {store_id}")
    # first, so that an order that comes while the others are read counts as new
    newest = session.scalar(select(func.max(Order.id)).where(Order.store_id == store_id)) or 0
    return _Past(store, Orders.from_lines(_lines(session, store_id)), catalogue_of(session, store_id), newest)


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
            select(OrderLine.order_id, ProductRow.ref)
            .join(ProductRow, ProductRow.id == OrderLine.product_id)
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
