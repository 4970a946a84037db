"""The rows behind the list of shipments: which ones, in a bounded number of queries, and what they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload, selectinload

from tracking.console import needs, words
from tracking.console.facts import Mark, Row
from tracking.models import LineState, Order, OrderState, Promise, Shipment, Store, TrackingEventRow
from tracking.platform import clock, i18n
from tracking.platform.gettext import _
from tracking.platform.status import Status
from tracking.promise import ledger, outlook, window
from tracking.promise.window import Window
from tracking.timeline.reasons import every_reason

PAGE: Final = 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a store's shipments is asked for.

    statuses  None: all
    recent    only what happened in the last weeks
    unsent    orders that are not sent instead of parcels; `overdue`: those past their day only
    before    parcels older than this id; for orders, than (placed_at, id)
    """

    statuses: tuple[Status, ...] | None = None
    carrier: str = ""
    channel: str = ""
    late: bool = False
    unscanned: bool = False
    recent: bool = False
    unsent: bool = False
    overdue: bool = False
    before: int | None = None
    before_order: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Parcels or orders of one page, and the place from which older ones follow; None if there are none."""

    shipments: tuple[Shipment, ...] = ()
    orders: tuple[Order, ...] = ()
    last: int | None = None
    last_order: tuple[datetime, int] | None = None


def find(session: Session, store: Store, wanted: Wanted) -> Page:
    """One page of what is asked for, newest first."""
    if wanted.unsent:
        return _orders(session, store, wanted)
    ids = session.scalars(shipment_ids(store, wanted).limit(PAGE + 1)).all()
    shipments = load_shipments(session, ids[:PAGE])
    last: int | None = ids[PAGE - 1] if len(ids) > PAGE else None
    if last is None and _is_sifted(wanted):
        # what was looked through may have ended before the store's parcels did
        walked = session.scalars(_walk(store, wanted).limit(needs.WALK)).all()
        last = min(walked) if len(walked) >= needs.WALK else None
    if wanted.unscanned:
        shipments = [s for s in shipments if needs.is_overdue(s.label_at, s.order.frozen_at, store)]
    return Page(shipments=tuple(shipments), last=last)


def shipment_ids(store: Store, wanted: Wanted) -> Any:
    """Ids of the parcels asked for, newest first; looks through `needs.WALK` of a stretch of an index at most."""
    if not _is_sifted(wanted):
        return _walk(store, wanted)
    walked = _walk(store, wanted).limit(needs.WALK).subquery()
    conditions: list[ColumnElement[bool]] = []
    if wanted.carrier and wanted.statuses:
        conditions.append(walked.c.carrier == wanted.carrier)
    if wanted.channel:
        conditions.append(needs.of_order(walked, Order.sales_channel) == wanted.channel)
    if wanted.late:
        conditions.append(needs.is_late(walked, store))
    if wanted.unscanned:
        conditions.append(needs.is_wanted(walked))
    return select(walked.c.id).where(*conditions).order_by(walked.c.id.desc())


def load_shipments(session: Session, ids: Sequence[int]) -> list[Shipment]:
    """These parcels with their orders and customers, in the order of their ids as given."""
    found = session.scalars(
        select(Shipment)
        .where(Shipment.id.in_(ids))
        .options(joinedload(Shipment.order).joinedload(Order.customer), joinedload(Shipment.order, Order.store))
    ).unique()
    by_id = {shipment.id: shipment for shipment in found}
    return [by_id[key] for key in ids if key in by_id]


def load_orders(session: Session, ids: Sequence[int]) -> list[Order]:
    """These orders with customers, parcels and lines, in the order of their ids as given."""
    found = session.scalars(
        select(Order)
        .where(Order.id.in_(ids))
        .options(
            joinedload(Order.customer),
            selectinload(Order.lines),
            selectinload(Order.shipments).selectinload(Shipment.lines),
        )
    )
    by_id = {order.id: order for order in found}
    return [by_id[key] for key in ids if key in by_id]


def parcel_rows(session: Session, store: Store, shipments: Sequence[Shipment]) -> list[Row]:
    """Parcels as rows of the list."""
    promises = ledger.history(session, sorted({shipment.order_id for shipment in shipments}))
    places = _places(session, shipments)
    said: dict[int, list[Promise]] = {}
    for promise in promises:
        said.setdefault(promise.order_id, []).append(promise)
    return [_parcel_row(store, one, said.get(one.order_id, []), places.get(one.id, "")) for one in shipments]


def order_rows(store: Store, orders: Sequence[Order]) -> list[Row]:
    """Orders of which something is not sent, as rows of the list."""
    return [_order_row(store, order) for order in orders]


def judged(
    order: Order, shipment: Shipment, store: Store, promises: Sequence[Promise]
) -> tuple[Window, outlook.Outlook, date]:
    """The window that counts now, how it stands against what was first said, and the day that is at the destination."""
    at = order.frozen_at or clock.now()
    today = at.astimezone(ZoneInfo(order.time_zone)).date()
    now = window.window_for(order, shipment, store)
    first = ledger.first_of(promises, shipment.id)
    return now, outlook.outlook(now, first, shipment.status, today), today


def expected_words(shipment: Shipment, now: Window, today: date, at: datetime) -> str:
    """When it comes, or came: short."""
    if shipment.status is Status.DELIVERED:
        return i18n.moment(shipment.delivered_at, now=at) if shipment.delivered_at else ""
    if shipment.status in _NOT_EXPECTED:
        return ""
    if shipment.status is Status.AVAILABLE_FOR_PICKUP:
        if shipment.pickup_until is None:
            return ""
        return _("until %(day)s", day=i18n.day(shipment.pickup_until, today=today, width="short"))
    if now.latest_on < today:
        return ""
    days = i18n.day_window(now.earliest_on, now.latest_on, today=today, width="short")
    if now.earliest_at and now.latest_at and now.earliest_on == now.latest_on:
        return _(
            "%(day)s, %(first)s–%(last)s", day=days, first=i18n.time(now.earliest_at), last=i18n.time(now.latest_at)
        )
    return days


def late_words(shipment: Shipment, look: outlook.Outlook, today: date) -> str:
    """That it is past its day, or announced for a later one than first said; "" if it is neither."""
    if shipment.status not in needs.COMING or not look.is_late:
        return ""
    if look.is_past:
        return _("late since %(day)s", day=i18n.day(look.window.latest_on, today=today, width="short"))
    return _("late")


def town(name: str) -> str:
    """A place as people write it: carriers shout."""
    return name.title() if name.isupper() else name


def customer_name(order: Order) -> str:
    """Who ordered, or who gets it; "" after erasure."""
    return (order.customer.name if order.customer else None) or order.recipient or ""


def _walk(store: Store, wanted: Wanted) -> Any:
    """Parcels along one index, newest first; the id comes first."""
    if wanted.statuses is not None:
        conditions: list[ColumnElement[bool]] = [needs.is_recent()] if wanted.recent else []
        if wanted.before is not None:
            conditions.append(Shipment.id < wanted.before)
        row = needs.newest(store, wanted.statuses, *conditions)
        return select(row).order_by(row.c.id.desc())
    found = select(*needs.WALKED).where(Shipment.store_id == store.id).order_by(Shipment.id.desc())
    if wanted.carrier:
        found = found.where(Shipment.carrier == wanted.carrier)
    return found.where(Shipment.id < wanted.before) if wanted.before is not None else found


def _is_sifted(wanted: Wanted) -> bool:
    return bool(wanted.channel or wanted.late or wanted.unscanned or (wanted.carrier and wanted.statuses))


def _orders(session: Session, store: Store, wanted: Wanted) -> Page:
    conditions: list[ColumnElement[bool]] = []
    if wanted.channel:
        conditions.append(Order.sales_channel == wanted.channel)
    if wanted.before_order is not None:
        at, last = wanted.before_order
        conditions.append((Order.placed_at < at) | ((Order.placed_at == at) & (Order.id < last)))
    ids = (needs.unsent_in_time if wanted.overdue else needs.unsent)(store, *conditions)
    found = session.scalars(ids.limit(PAGE + 1)).all()
    orders = load_orders(session, found[:PAGE])
    more = (orders[-1].placed_at, orders[-1].id) if len(found) > PAGE and orders else None
    return Page(orders=tuple(orders), last_order=more)


def _places(session: Session, shipments: Sequence[Shipment]) -> dict[int, str]:
    """Where each parcel was scanned last."""
    newest = select(TrackingEventRow.shipment_id, TrackingEventRow.city).join(
        Shipment,
        (Shipment.id == TrackingEventRow.shipment_id) & (TrackingEventRow.at == Shipment.last_event_at),
    )
    found = session.execute(newest.where(Shipment.id.in_([shipment.id for shipment in shipments])))
    return {shipment_id: town(city) for shipment_id, city in found if city}


def _parcel_row(store: Store, shipment: Shipment, promises: Sequence[Promise], place: str) -> Row:
    order = shipment.order
    at = order.frozen_at or clock.now()
    now, look, today = judged(order, shipment, store, promises)
    overdue = shipment.status in needs.UNSCANNED and needs.is_overdue(shipment.label_at, order.frozen_at, store)
    cancelled = order.state is OrderState.CANCELLED and shipment.status in needs.UNSCANNED
    heard = shipment.last_event_at or shipment.label_at
    return Row(
        url=url_for("console-order.page", store=store.slug, order=order.public_id),
        order=order.number,
        customer=customer_name(order),
        place=order.city or "",
        status=_("Cancelled") if cancelled else _("No scan yet") if overdue else words.status_words(shipment.status),
        why=every_reason(shipment.reason),
        mark=Mark.CLOSED if cancelled else Mark.TROUBLE if overdue else words.status_mark(shipment.status),
        position=words.position(shipment.status),
        carrier=words.carrier_name(shipment.carrier),
        number=shipment.number,
        expected="" if cancelled else expected_words(shipment, now, today, at),
        late="" if cancelled else late_words(shipment, look, today),
        newest=" · ".join(part for part in (place, i18n.moment(heard, now=at)) if part),
        newest_at=heard,
    )


def _order_row(store: Store, order: Order) -> Row:
    at = order.frozen_at or clock.now()
    today = at.astimezone(ZoneInfo(store.time_zone)).date()
    by = window.send_by(order, store)
    days = window.store_window(order, store)
    waiting = any(line.state is LineState.BACKORDERED for line in order.lines)
    return Row(
        url=url_for("console-order.page", store=store.slug, order=order.public_id),
        order=order.number,
        customer=customer_name(order),
        place=order.city or "",
        status=_("Partly sent") if order.shipments else _("Not sent yet"),
        why=_("something is not in stock") if waiting else "",
        mark=Mark.TROUBLE if by < today else Mark.MOVING,
        position=1 if order.shipments else 0,
        carrier=_("to be sent by %(day)s", day=i18n.day(by, today=today, width="short")),
        number="",
        expected=i18n.day_window(days.earliest_on, days.latest_on, today=today, width="short"),
        late="",
        newest=_("ordered %(when)s", when=i18n.moment(order.placed_at, now=at)),
        newest_at=order.placed_at,
    )


_NOT_EXPECTED = frozenset({Status.RETURNING, Status.RETURNED, Status.EXPIRED})
