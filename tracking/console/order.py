"""An order's page, and what a person may do with it: cancel it, have the carrier asked now."""

from datetime import timedelta
from typing import Final

from flask import Response, redirect, request, url_for
from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from tracking import news
from tracking.console import access, words
from tracking.console.frame import render, say
from tracking.console.order_page import order_page
from tracking.models import Order, OrderLine, Shipment
from tracking.models.audit import take_turn
from tracking.orders import normalise
from tracking.orders.intake import cancel_order
from tracking.platform import clock
from tracking.platform.db import changed, db
from tracking.platform.errors import Conflict, InputError, NotFound
from tracking.platform.gettext import _

bp = access.guarded("order")
# a parcel may be asked about by hand so often in so many seconds; the carrier's budget has the last word
ASKS, ASKS_PER_S = 3, 300
MAX_REASON: Final = 200
# all that the page needs
_WHOLE: Final = (
    joinedload(Order.store),
    joinedload(Order.customer),
    selectinload(Order.lines).joinedload(OrderLine.product),
    selectinload(Order.shipments).selectinload(Shipment.lines),
)


@bp.get("/orders/<order>")
def page(order: str) -> Response:
    """The order."""
    return render("order", order_page(db.session(), _order(db.session(), order, *_WHOLE)))


@bp.post("/orders/<order>/cancel")
def cancel(order: str) -> Response:
    """Cancel it, and plan what follows; doing it again changes nothing."""
    session = db.session()
    # without its neighbours: the row is locked, and PostgreSQL locks none that an outer join brings
    found = _order(session, order)
    try:
        reason = normalise.text(request.form.get("reason", ""), most=MAX_REASON)
        amount = request.form.get("refunded", "").strip()
        refunded = normalise.money(amount, found.currency) if amount else None
    except InputError:
        return _not_cancelled(session, order, _("This is not an amount of money. Write it like 1234.50."))
    try:
        done = cancel_order(session, found, reason=reason, refunded_minor=refunded)
    except Conflict:
        return _not_cancelled(session, order, _("More would be refunded than was paid."))
    if done:
        news.order_news(session, found)
        access.note("order.cancelled", f"order:{found.public_id}", refunded_minor=refunded)
        say(_("Order %(number)s is cancelled. Its shopper’s page says so.", number=found.number))
    session.commit()
    return _back(order)


@bp.post("/orders/<order>/parcels/<parcel>/ask")
def ask(order: str, parcel: str) -> Response:
    """Make a parcel due now. A worker asks; no carrier is called from here."""
    session, here = db.session(), access.here()
    found = session.scalar(select(Shipment).where(Shipment.public_id == parcel, Shipment.store_id == here.store.id))
    if found is None or found.order.public_id != order:
        raise NotFound
    carrier = words.carrier_name(found.carrier)
    if take_turn(session, f"ask|{found.public_id}", ASKS, ASKS_PER_S) is not None:
        session.commit()
        say(_("It was asked a moment ago. Wait a few minutes."), is_good=False)
        return _back(order, parcel)
    due = changed(
        session.execute(
            update(Shipment)
            .where(Shipment.id == found.id, Shipment.lease_until.is_(None), Shipment.is_tracked)
            .values(next_poll_at=clock.now() - timedelta(seconds=1))
            .execution_options(synchronize_session=False)
        )
    )
    if due:
        access.note("carrier.asked", f"order:{order}", parcel=parcel)
        say(_("%(carrier)s is asked now. The answer is here in a moment.", carrier=carrier))
    else:
        say(_("%(carrier)s is being asked already.", carrier=carrier))
    session.commit()
    return _back(order, parcel)


def _order(session: Session, public_id: str, *options: ORMOption) -> Order:
    """The open store's order of that id. raises NotFound"""
    one = select(Order).where(Order.public_id == public_id, Order.store_id == access.here().store.id)
    found = session.scalar(one.options(*options))
    if found is None:
        raise NotFound
    return found


def _not_cancelled(session: Session, order: str, why: str) -> Response:
    """The page again, with what was wrong and what was typed."""
    session.rollback()
    found = _order(session, order, *_WHOLE)
    typed = (request.form.get("reason", "")[:MAX_REASON], request.form.get("refunded", "")[:40])
    return render("order", order_page(session, found, typed=typed, fault=why), 422)


def _back(order: str, parcel: str | None = None) -> Response:
    to = redirect(url_for("console-order.page", store=access.here().store.slug, order=order, _anchor=parcel), 303)
    return Response(to.response, 303, to.headers)
