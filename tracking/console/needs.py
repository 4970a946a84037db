"""What waits for a person now: parcels in trouble or late, orders not sent in time, labels without a scan, messages.

Every question walks an index and looks at a bounded number of rows, however much a store has: see `MOST`. An order that
stands still (`frozen_at`, in demonstrations) is judged at the instant it stands at, as its shopper's page is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    ScalarSelect,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from tracking.models import (
    CarrierAccount,
    LineState,
    Message,
    MessageState,
    Order,
    OrderLine,
    OrderState,
    Promise,
    Shipment,
    ShipmentLine,
    Store,
)
from tracking.platform import clock
from tracking.platform.status import Status
from tracking.polling import breaker
from tracking.promise.working_days import add_working_days

# counting stops here: "1000+" says as much
MOST: Final = 1000
# how many rows a question looks through, and how far back "now" reaches
WALK: Final = 5000
RECENT: Final = timedelta(days=45)

TROUBLE: Final = (Status.ATTEMPT_FAIL, Status.EXCEPTION, Status.RETURNING, Status.EXPIRED)
UNSCANNED: Final = (Status.PENDING, Status.INFO_RECEIVED)
COMING: Final = (*UNSCANNED, Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.ATTEMPT_FAIL, Status.EXCEPTION)
ATTENTION: Final = (MessageState.FAILED, MessageState.UNDELIVERABLE, MessageState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each, `MOST` at most."""

    trouble: int
    late: int
    unsent: int
    unscanned: int
    held: int
    failed: int
    carriers: int

    @property
    def total(self) -> int:
        """All that needs a person; messages that wait for their hour do not."""
        return self.trouble + self.late + self.unsent + self.unscanned + self.failed + self.carriers


def count(session: Session, store: Store) -> Counts:
    """Everything that waits in a store."""
    return Counts(
        trouble=_counted(session, trouble(store)),
        late=_counted(session, late(store)),
        unsent=_counted(session, unsent_in_time(store)),
        unscanned=_count_unscanned(session, store),
        held=count_messages(session, store, (MessageState.HELD,)),
        failed=count_messages(session, store, ATTENTION),
        carriers=sum(1 for account in accounts(session, store) if is_failing(account)),
    )


def trouble(store: Store) -> Select[int]:
    """Ids of parcels in trouble of late, newest first."""
    row = newest(store, TROUBLE, is_recent())
    return select(row.c.id).order_by(row.c.id.desc())


def is_recent() -> ColumnElement[bool]:
    """A condition on Shipment: what happened long ago needs nobody now."""
    return func.coalesce(Shipment.status_at, Shipment.label_at) > clock.now() - RECENT


def late(store: Store) -> Select[int]:
    """Ids of parcels that are past their day or announced for a later one than first said, newest first."""
    row = newest(store, COMING)
    return select(row.c.id).where(is_late(row, store)).order_by(row.c.id.desc())


def is_late(row: Subquery, store: Store) -> ColumnElement[bool]:
    """A condition on rows of `newest`: the window counts as `promise.outlook` counts it; no cancelled order's."""
    newest_day = (
        select(Promise.latest_on)
        .where(Promise.order_id == row.c.order_id, Promise.shipment_key == row.c.id)
        .order_by(Promise.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    first_day = (
        select(Promise.latest_on)
        .where(Promise.order_id == row.c.order_id, or_(Promise.shipment_key == 0, Promise.shipment_key == row.c.id))
        .order_by(Promise.id)
        .limit(1)
        .scalar_subquery()
    )
    day = func.coalesce(newest_day, row.c.carrier_latest_on, of_order(row, Order.promised_latest))
    today = of_order(
        row,
        func.coalesce(func.date(Order.frozen_at), literal(_today(store), Date)),
        Order.state != OrderState.CANCELLED,
    )
    return and_(row.c.status.in_(COMING), or_(day < today, and_(newest_day > first_day, today.is_not(None))))


def of_order(row: Subquery, value: Any, *conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
    """Something of a row's order; NULL if a condition does not hold.

    A question of its own for each row, and no join: a planner that expects many rows would read all orders for it.
    """
    return select(value).where(Order.id == row.c.order_id, *conditions).scalar_subquery()


def is_overdue(label_at: datetime, frozen_at: datetime | None, store: Store) -> bool:
    """A label is older than the store calls normal."""
    return (frozen_at or clock.now()) - label_at > timedelta(hours=store.scan_grace_h)


def unscanned(store: Store) -> Select[int]:
    """Ids of parcels that nobody has scanned and whose label is old; `is_overdue` has the last word on each."""
    row = _unscanned(store)
    return select(row.c.id).where(is_wanted(row)).order_by(row.c.id.desc())


def is_wanted(row: Subquery) -> ColumnElement[bool]:
    """A condition on rows of `newest`: the order is not cancelled."""
    return of_order(row, Order.id, Order.state != OrderState.CANCELLED).is_not(None)


def unsent(store: Store, *conditions: ColumnElement[bool]) -> Select[int]:
    """Ids of orders of late of which something is still to be sent, newest first.

    conditions  on Order
    """
    row = (
        select(Order.id, Order.placed_at)
        .where(Order.store_id == store.id, Order.placed_at > clock.now() - RECENT)
        .where(Order.state == OrderState.OPEN, *conditions)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(WALK)
        .subquery()
    )
    return select(row.c.id).where(_has_unsent(row)).order_by(row.c.placed_at.desc(), row.c.id.desc())


def unsent_in_time(store: Store, *conditions: ColumnElement[bool]) -> Select[int]:
    """Of these, the ones whose day to be sent has passed."""
    today = _today(store)
    placed_before = datetime.combine(_last_overdue(store, today) + timedelta(days=1), datetime.min.time())
    at = placed_before.replace(tzinfo=ZoneInfo(store.time_zone))
    overdue = or_(Order.send_by < today, and_(Order.send_by.is_(None), Order.placed_at < at))
    still = or_(Order.frozen_at.is_(None), Order.send_by < func.date(Order.frozen_at))
    return unsent(store, overdue, still, *conditions)


def _has_unsent(row: Subquery) -> ColumnElement[bool]:
    """A condition on orders: pieces are in no parcel. A parcel without lines holds all that is in no other."""
    lines = select(func.count()).where(ShipmentLine.shipment_id == Shipment.id).correlate(Shipment).scalar_subquery()
    holds_all = select(func.count()).select_from(Shipment).where(Shipment.order_id == row.c.id, lines == 0)
    sent = (
        select(func.coalesce(func.sum(ShipmentLine.quantity), 0))
        .where(ShipmentLine.order_line_id == OrderLine.id)
        .correlate(OrderLine)
        .scalar_subquery()
    )
    left = (
        select(func.count())
        .select_from(OrderLine)
        .where(
            OrderLine.order_id == row.c.id,
            OrderLine.state.in_([LineState.OPEN, LineState.BACKORDERED]),
            OrderLine.quantity > sent,
        )
        .scalar_subquery()
    )
    return and_(holds_all.scalar_subquery() == 0, left > 0)


def accounts(session: Session, store: Store) -> list[CarrierAccount]:
    """The carriers' accounts that serve a store: its own, and those of the installation."""
    own = select(CarrierAccount).where(CarrierAccount.store_id == store.id)
    shared = select(CarrierAccount).where(CarrierAccount.store_id.is_(None))
    found = [*session.scalars(own), *session.scalars(shared)]
    return sorted(found, key=lambda account: (account.carrier, account.store_id is None, account.id))


def is_failing(account: CarrierAccount) -> bool:
    """It is asked, and has not answered for so often that it is left alone for a while."""
    return account.enabled and account.failures >= breaker.OPENS_AFTER


def messages(store: Store, state: MessageState) -> Select[int]:
    """Ids of the store's messages in one of the states that the ledger's small index holds, newest first."""
    # written into the statement: a parameter would hide from the planner that the partial index holds it
    value: BindParameter[str] = bindparam(None, state.value, literal_execute=True)
    return (
        select(Message.id)
        .where(Message.store_id == store.id, type_coerce(Message.state, String) == value)
        .order_by(Message.id.desc())
    )


def count_messages(session: Session, store: Store, states: Sequence[MessageState]) -> int:
    """How many messages are in these states, `MOST` at most."""
    return min(MOST, sum(_counted(session, messages(store, state)) for state in states))


# what is asked about a parcel beside its id
WALKED: Final = (
    Shipment.id,
    Shipment.order_id,
    Shipment.status,
    Shipment.carrier,
    Shipment.carrier_account_id,
    Shipment.is_tracked,
    Shipment.carrier_latest_on,
    Shipment.label_at,
)


def newest(store: Store, statuses: Sequence[Status], *conditions: ColumnElement[bool]) -> Subquery:
    """The newest parcels in these statuses, `WALK` of each, walked along its own stretch of the index."""
    parts = [
        select(
            select(*WALKED)
            .where(Shipment.store_id == store.id, Shipment.status == status, *conditions)
            .order_by(Shipment.id.desc())
            .limit(WALK)
            .subquery()
        )
        for status in statuses
    ]
    return union_all(*parts).subquery()


def _counted(session: Session, ids: Select[int]) -> int:
    some = ids.order_by(None).limit(MOST).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _unscanned(store: Store) -> Subquery:
    return newest(store, UNSCANNED, Shipment.label_at < clock.now() - timedelta(hours=store.scan_grace_h))


def _count_unscanned(session: Session, store: Store) -> int:
    row = _unscanned(store)
    found = session.execute(select(row.c.label_at, of_order(row, Order.frozen_at)).where(is_wanted(row)).limit(MOST))
    return sum(1 for label_at, frozen_at in found if is_overdue(label_at, frozen_at, store))


def _today(store: Store) -> date:
    return clock.now().astimezone(ZoneInfo(store.time_zone)).date()


def _last_overdue(store: Store, today: date) -> date:
    """The last day on which an order without a stated day must have been placed to be overdue today."""
    day = today - timedelta(days=max(store.handling_days, 0) + 1)
    while add_working_days(day, store.handling_days, store.country) >= today:
        day -= timedelta(days=1)
    return day
