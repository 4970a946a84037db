"""Learning from a store's orders: rows in, artefact out. A worker's work, never a page's."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from recommendations import ArtefactError, Line, Model, Orders, Product, fit, read_model, update
from tracking.models.model_fit import ModelFit
from tracking.models.order import NOT_KEPT, Order, OrderLine, OrderState
from tracking.models.product import Product as ProductRow
from tracking.models.store import Store
from tracking.platform import clock
from tracking.platform.db import reading
from tracking.platform.errors import Conflict
from tracking.suggestions import artefacts, schedule
from tracking.suggestions.came_back import came_back
from tracking.suggestions.merged import successors
from tracking.suggestions.schedule import Learnt, Turn
from tracking.suggestions.shelf import catalogue_of

log = structlog.get_logger(__name__)

# learn from the newest orders only, a page of them at a time: what bounds memory
MAX_ORDERS = 1_000_000
PAGE_OF_ORDERS = 2000

Sessions = Callable[[], Session]


@dataclass(frozen=True, slots=True)
class FitReport:
    """What a fit learnt from, and where the artefact is. `whole`: from scratch; `took_s`: real seconds."""

    store: str
    orders: int
    products: int
    path: Path
    whole: bool
    took_s: float


@dataclass(frozen=True, slots=True)
class _Past:
    """What a store's rows say, read in one go: nothing is locked while it is learnt from.

    base    the model that is brought up to date, and `orders` are those it does not know; None: learn from scratch
    newest  the highest order id there was
    """

    store: Store
    orders: Orders
    catalogue: dict[str, Product]
    newest: int
    as_of: datetime
    base: Model | None = None


def fit_store(session: Session, store_id: int, state_dir: Path) -> FitReport:
    """Learn from the store's newest orders now, whatever the schedule says, in the caller's transaction. Flushes.

    For few orders: while it learns the transaction is open. `fit_now` is for stores of any size.
    Cancelled orders, lines cancelled or sent back, and what came back in its parcel count for nothing. A shop without
    orders gets an artefact that knows its products only.
    raises  LookupError if there is no such store; OSError if the file cannot be written
    """
    began = time.monotonic()
    past = _read(session, store_id)
    model = _learn(past)
    path = artefacts.publish(model, state_dir, past.store)
    learnt = _learnt(model, past, began)
    schedule.note(session, store_id, learnt)
    return _report(past, model, learnt, path)


def fit_now(sessions: Sessions, store_id: int, state_dir: Path) -> FitReport:
    """The same in short transactions: reads a page of orders at a time, and holds none while it learns.

    raises  LookupError if there is no such store; Conflict while a worker learns from it; OSError if the file cannot be
            written
    """
    with sessions() as session:
        if session.get(Store, store_id) is None:
            raise LookupError(f"there is no store {store_id}")
        turn = schedule.claim_store(session, store_id)
        session.commit()
    report = _fit_claimed(sessions, turn, state_dir) if turn is not None else None
    if report is None:
        raise Conflict("A worker is learning from this store right now. Its model is in use in a moment.")
    return report


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
        report = _fit_claimed(sessions, turn, state_dir)
    except Exception:  # whatever it was, other stores are learnt from and this one is again
        log.exception("recommendations.fit_failed", store=turn.store_id)
        return True
    if report is not None:
        name = "recommendations.fitted" if report.whole else "recommendations.updated"
        log.info(name, store=report.store, orders=report.orders, seconds=round(report.took_s, 2))
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


def _fit_claimed(sessions: Sessions, turn: Turn, state_dir: Path) -> FitReport | None:
    """Learn and publish; None if another worker has the store by now. Whatever goes wrong is written down."""
    try:
        return _fit_and_settle(sessions, turn, state_dir)
    except BaseException as error:
        with sessions() as session:
            schedule.give_up(session, turn, type(error).__name__)
            session.commit()
        raise


def _fit_and_settle(sessions: Sessions, turn: Turn, state_dir: Path) -> FitReport | None:
    began = time.monotonic()
    with reading(), sessions() as session:
        past = _read(session, turn.store_id, None if turn.whole else state_dir)
        session.expunge(past.store)
    model = _learn(past)
    with reading(), sessions() as session:
        mine = schedule.holds(session, turn)
    if not mine:
        log.warning("recommendations.lease_lost", store=past.store.slug)
        return None
    path = artefacts.publish(model, state_dir, past.store)
    learnt = _learnt(model, past, began)
    with sessions() as session:
        schedule.settle(session, turn, learnt)
        session.commit()
    return _report(past, model, learnt, path)


def _report(past: _Past, model: Model, learnt: Learnt, path: Path) -> FitReport:
    return FitReport(past.store.slug, model.orders, len(model.products), path, learnt.whole, learnt.took_s)


def _learn(past: _Past) -> Model:
    """The one place that decides how a model comes about."""
    as_of = past.as_of.timestamp()
    if past.base is not None:
        return update(past.base, past.orders, catalogue=past.catalogue, as_of=as_of)
    return fit(past.orders, catalogue=past.catalogue, as_of=as_of)


def _learnt(model: Model, past: _Past, began: float) -> Learnt:
    took_s = time.monotonic() - began
    return Learnt(model.orders, past.newest, past.as_of, whole=past.base is None, took_s=took_s)


def _read(session: Session, store_id: int, update_in: Path | None = None) -> _Past:
    """Everything there is; or, where the model in the folder `update_in` can be brought up to date, what is new."""
    store = session.get(Store, store_id)
    if store is None:
        raise LookupError(f"there is no store {store_id}")
    as_of = clock.now()
    # first, so that an order that comes while the others are read counts as new
    newest = session.scalar(select(func.max(Order.id)).where(Order.store_id == store_id)) or 0
    base, known = _base(session, store, update_in) if update_in is not None else (None, 0)
    lines = _news(session, store_id, known, newest) if base is not None else _lines(session, store_id, newest)
    became = successors(session, store_id)
    catalogue = {ref: shown for ref, shown in catalogue_of(session, store_id).items() if ref not in became}
    return _Past(store, Orders.from_lines(lines, aliases=became), catalogue, newest, as_of, base)


def _base(session: Session, store: Store, state_dir: Path) -> tuple[Model | None, int]:
    """The store's model, and the highest order id it knows; None if that is not certain.

    It is where the file is the very one that was written down. After a crash in between, or where somebody went back to
    an older file, what is known is unknown, and an order could count twice.
    """
    row = session.get(ModelFit, store.id)
    path = artefacts.artefact_path(state_dir, store)
    if row is None or row.as_of is None or path is None:
        return None, 0
    try:
        model = read_model(path)
    except ArtefactError:
        return None, 0
    is_it = model.orders == row.orders and model.as_of == row.as_of.timestamp()
    return (model, row.newest_order) if is_it else (None, 0)


def _news(session: Session, store_id: int, known: int, newest: int) -> Iterator[Line]:
    """The lines of the orders that came after `known`, a page of orders at a time."""
    wanted = (
        select(Order.id, Order.customer_id, Order.email, Order.placed_at)
        .where(Order.store_id == store_id, Order.id <= newest, Order.state != OrderState.CANCELLED)
        .order_by(Order.id)
        .limit(PAGE_OF_ORDERS)
    )
    while page := session.execute(wanted.where(Order.id > known)).all():
        yield from _lines_of(session, page)
        known = page[-1].id


def _lines(session: Session, store_id: int, newest: int) -> Iterator[Line]:
    """The lines of the store's newest orders, a page of orders at a time."""
    wanted = (
        select(Order.id, Order.customer_id, Order.email, Order.placed_at)
        .where(Order.store_id == store_id, Order.id <= newest, Order.state != OrderState.CANCELLED)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(PAGE_OF_ORDERS)
    )
    page = session.execute(wanted).all()
    for _ in range(MAX_ORDERS // PAGE_OF_ORDERS):
        if not page:
            return
        yield from _lines_of(session, page)
        last = page[-1]
        older = or_(Order.placed_at < last.placed_at, Order.id < last.id)
        page = session.execute(wanted.where(and_(Order.placed_at <= last.placed_at, older))).all()


def _lines_of(session: Session, page: Sequence[Any]) -> Iterator[Line]:
    orders = {row.id: row for row in page}
    back = came_back(session, orders.keys())
    for line, order_id, ref in session.execute(
        select(OrderLine.id, OrderLine.order_id, ProductRow.ref)
        .join(ProductRow, ProductRow.id == OrderLine.product_id)
        .where(OrderLine.order_id.in_(orders), OrderLine.state.not_in(NOT_KEPT))
    ):
        row = orders[order_id]
        if line not in back:
            yield Line(str(order_id), _customer(row.customer_id, row.email), row.placed_at.timestamp(), ref)


def _customer(customer_id: int | None, email: str | None) -> str:
    """One name for one person within a fit: the customer, else the address of a guest, else nobody."""
    if customer_id is not None:
        return f"customer {customer_id}"
    return f"guest {email.casefold()}" if email else ""
