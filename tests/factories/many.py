"""Rows by the hundred thousand, written by the database itself: for query plans and benchmarks. Nothing here is random.

Row i (1, 2, …) of every table belongs to order i of the call. Ids begin after those that are there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    false,
    func,
    insert,
    literal,
    null,
    select,
    text,
)
from sqlalchemy.orm import Session

from tests.factories import NOON
from tracking.models import (
    Audit,
    Channel,
    Consent,
    ConsentState,
    Customer,
    Meaning,
    Message,
    MessageState,
    Milestone,
    MilestoneKind,
    Order,
    OrderLine,
    Promise,
    PromiseSource,
    Shipment,
    ShipmentLine,
    Store,
    Suppression,
    TrackingEventRow,
)
from tracking.platform.db import Base, UtcDateTime
from tracking.platform.facts import Zone
from tracking.platform.status import Status

RARE = (Status.PENDING, Status.EXCEPTION, Status.ATTEMPT_FAIL, Status.OUT_FOR_DELIVERY)
EVENTS = (Status.INFO_RECEIVED, Status.IN_TRANSIT, Status.IN_TRANSIT)
Values = Mapping[str, ColumnElement[Any]]


@dataclass(frozen=True)
class Many:
    """What was made: `count` orders, the first of which has id `first`."""

    first: int
    count: int

    def token(self, i: int) -> str:
        """The token of order i, 1..count."""
        return f"t{self.first + i - 1:021d}"

    def number(self, i: int) -> str:
        """The tracking number of its parcel."""
        return f"1Z{self.first + i - 1:016d}"


def make_many(
    session: Session, store: Store, count: int, *, account_id: int | None = None, due: int = 0, messages: bool = True
) -> Many:
    """Orders of one parcel each, with two lines, three scans, two windows, a milestone, consent and
    (with `messages`) an email.

    due  how many parcels are due at NOON; the others are a second later each. Every tenth email waits likewise
    Orders are five minutes apart, every tenth is late, every 50th from a marketplace, every 1000th email is held.
    """
    _roomy(session)
    base, customers, first_lines = (_newest(session, row) for row in (Order, Customer, OrderLine))
    i = _numbers(count)
    n = i.c.i
    key = n + base
    at = _seconds(session, NOON - timedelta(hours=40), n % 3600)
    _fill(
        session,
        Customer,
        i,
        store_id=literal(store.id),
        id=n + customers,
        public_id=_id("c", key),
        unsubscribe_token=_id("u", key),
        name=_id("Person ", key),
        name_key=_id("person ", key),
        email=_id("jo", key) + "@example.com",
        phone=literal("+4479460") + cast(key, String),
        locale=literal("en"),
    )
    _fill(
        session,
        Order,
        i,
        id=key,
        store_id=literal(store.id),
        public_id=_id("o", key),
        token=_id("t", key),
        number=literal("N") + cast(key, String),
        sales_channel=case((n % 50 == 0, "marketplace:x"), else_="web"),
        customer_id=n + customers,
        email=_id("jo", key) + "@example.com",
        locale=literal("en"),
        currency=literal(store.currency),
        total_minor=literal(8900),
        recipient=literal("Jo Example"),
        city=literal("Kendal"),
        postal_code=literal("LA9 4AA"),
        country=literal("GB"),
        time_zone=literal("Europe/London"),
        placed_at=_seconds(session, NOON - timedelta(hours=40), n % 20_000 * -300),
    )
    for position in range(2):
        _fill(
            session,
            OrderLine,
            i,
            id=n + (first_lines + position * count),
            order_id=key,
            position=literal(position),
            ref=literal(f"SKU-{position}"),
            title=literal("Tarn daypack"),
            quantity=literal(1),
            unit_price_minor=literal(8900),
        )
    shipments = _shipments(session, store, i, order_id=key, account_id=account_id, due=due)
    _fill(session, ShipmentLine, i, shipment_id=n + shipments, order_line_id=n + first_lines, quantity=literal(1))
    for place, status in enumerate(EVENTS):
        _fill(
            session,
            TrackingEventRow,
            i,
            shipment_id=n + shipments,
            month=literal(202611),
            fingerprint=_id(f"{place}", key),
            store_id=literal(store.id),
            at=_seconds(session, NOON - timedelta(hours=30 - 8 * place), n % 3600),
            zone=literal(Zone.STATED.value),
            status=literal(status.value),
            code=literal("DP"),
            description=literal("Departed from facility"),
            city=literal("Kendal"),
            country=literal("GB"),
        )
    late, in_time = (_day(session, NOON + timedelta(days=days)) for days in (-1, 3))
    for shipment_key in (literal(0), n + shipments):
        _fill(
            session,
            Promise,
            i,
            store_id=literal(store.id),
            order_id=key,
            shipment_key=shipment_key,
            source=literal(PromiseSource.STORE.value),
            earliest_on=_day(session, NOON + timedelta(days=2)),
            latest_on=case((n % 10 == 0, late), else_=in_time),
        )
    _fill(
        session,
        Milestone,
        i,
        store_id=literal(store.id),
        order_id=key,
        kind=literal(MilestoneKind.ORDERED.value),
        at=at,
    )
    _make_choices(session, store, i, key)
    if messages:
        make_messages(session, store, Many(base + 1, count), due=due)
    session.flush()
    return Many(base + 1, count)


def make_messages(session: Session, store: Store, orders: Many, *, due: int = 0) -> None:
    """An email for each of those orders: every tenth waits for its turn, the others were sent."""
    i = _numbers(orders.count)
    n = i.c.i
    key = n + (orders.first - 1)
    waits = n % 10 == 0
    _fill(
        session,
        Message,
        i,
        store_id=literal(store.id),
        public_id=_id("m", key),
        order_id=key,
        meaning=literal(Meaning.ORDER_CONFIRMED.value),
        channel=literal(Channel.EMAIL.value),
        recipient=_id("jo", key) + "@example.com",
        subject_key=_id("", key),
        locale=literal("en"),
        state=case(
            (waits, MessageState.PLANNED.value),
            (n % 1000 == 1, MessageState.HELD.value),
            else_=MessageState.DELIVERED.value,
        ),
        next_at=case((waits, _seconds(session, NOON, n / 10 - due)), else_=null()),
        sent_at=case((waits, null()), else_=_seconds(session, NOON - timedelta(days=30), n % 3600)),
    )


def _make_choices(session: Session, store: Store, i: CTE, key: ColumnElement[int]) -> None:
    """Everybody agreed to texts, and nobody of them was written to again."""
    common = {"store_id": literal(store.id), "channel": literal(Channel.SMS.value), "subject": _id("a", key)}
    agreed = literal(ConsentState.GRANTED.value)
    _fill(session, Consent, i, **common, state=agreed, method=literal("checkout"))
    _fill(session, Suppression, i, **common, reason=literal("opted_out"))


def make_audit(session: Session, store: Store, count: int) -> None:
    """So many things that were done."""
    common = {"store_id": literal(store.id), "actor": literal("cli"), "action": literal("x"), "subject": literal("")}
    _fill(
        session,
        Audit,
        _numbers(count),
        **common,
        detail=literal({}, Audit.detail.type),
        at=_seconds(session, NOON, literal(0)),
    )


def make_shipments(
    session: Session, store: Store, orders: Many, count: int, *, account_id: int, due: int = 0, mixed: bool = False
) -> int:
    """So many further parcels, spread over those orders.

    mixed    every third is DHL's, and of those that are not due most are delivered and a few are in trouble
    returns  the id before the first
    """
    _roomy(session)
    i = _numbers(count)
    order_id = i.c.i % orders.count + orders.first
    return _shipments(session, store, i, order_id=order_id, account_id=account_id, due=due, mixed=mixed)


def _shipments(
    session: Session,
    store: Store,
    i: CTE,
    *,
    order_id: ColumnElement[int],
    account_id: int | None,
    due: int,
    mixed: bool = False,
) -> int:
    n, before = i.c.i, _newest(session, Shipment)
    moving = Status.IN_TRANSIT.value
    over = n % 100 < 90 if mixed else false()
    rare = [(n % 100 == place, status.value) for place, status in enumerate(RARE, start=90)] if mixed else []
    _fill(
        session,
        Shipment,
        i,
        id=n + before,
        store_id=literal(store.id),
        order_id=order_id,
        public_id=_id("s", n + before),
        carrier=case((n % 3 == 0, "dhl"), else_="ups") if mixed else literal("ups"),
        number=literal("1Z") + _padded(n + before, 16),
        carrier_account_id=literal(account_id) if account_id is not None else null(),
        status=case((n <= due, moving), (over, Status.DELIVERED.value), *rare, else_=moving),
        status_at=_seconds(session, NOON - timedelta(hours=14), n % 3600),
        handed_over_at=_seconds(session, NOON - timedelta(hours=22), n % 3600),
        last_event_at=_seconds(session, NOON - timedelta(hours=14), n % 3600),
        last_polled_at=_seconds(session, NOON - timedelta(hours=2), n % 3600),
        label_at=_seconds(session, NOON - timedelta(hours=30), n % 3600),
        next_poll_at=case((and_(over, n > due), null()), else_=_seconds(session, NOON, n - due)),
    )
    return before


def _roomy(session: Session) -> None:
    """SQLite's usual cache of 2 MB makes it write each page many times."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA cache_size=-524288"))


def _numbers(count: int) -> CTE:
    """1..count, as a table."""
    numbers = select(literal(1).label("i")).cte("numbers", recursive=True)
    return numbers.union_all(select(numbers.c.i + 1).where(numbers.c.i < count))


def _fill(session: Session, row: type[Base], numbers: CTE, **values: ColumnElement[Any]) -> None:
    table = row.__table__
    assert isinstance(table, Table)
    source: Select[Any] = select(*(value.label(name) for name, value in values.items())).select_from(numbers)
    session.execute(insert(table).from_select(list(values), source))
    if session.get_bind().dialect.name == "postgresql" and "id" in table.c:
        newest = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT max(id) FROM {table.name}))"
        session.execute(text(newest))


def _newest(session: Session, row: type[Base]) -> int:
    return session.scalar(select(func.max(row.__table__.c.id))) or 0


def _id(prefix: str, key: ColumnElement[int]) -> ColumnElement[str]:
    """22 characters."""
    return literal(prefix) + _padded(key, 22 - len(prefix))


def _padded(key: ColumnElement[int], width: int) -> ColumnElement[str]:
    """With zeros in front."""
    return func.substr(literal("0" * width) + cast(key, String), func.length(cast(key, String)) + 1)


def _seconds(session: Session, start: datetime, later: ColumnElement[Any]) -> ColumnElement[Any]:
    """`later` seconds after `start`, as the database keeps an instant."""
    if session.get_bind().dialect.name == "sqlite":
        shift = cast(cast(later, Integer), String) + " seconds"
        return func.strftime("%Y-%m-%d %H:%M:%S.000000", start.strftime("%Y-%m-%d %H:%M:%S"), shift)
    return literal(start, UtcDateTime) + cast(later, Integer) * text("interval '1 second'")


def _day(session: Session, day: datetime) -> ColumnElement[Any]:
    name = session.get_bind().dialect.name
    return (
        literal(day.date().isoformat())
        if name == "sqlite"
        else cast(literal(day, DateTime(timezone=True)), Promise.latest_on.type)
    )
