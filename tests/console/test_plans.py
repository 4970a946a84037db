"""With 10⁵ shipments no question of the console scans a table: asserted on the plans of both databases."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select, insert, select, text
from sqlalchemy.orm import Session

from tests.factories import NOON, make_customer, make_store
from tracking.console import needs, rows, search
from tracking.console.rows import Wanted
from tracking.models import (
    Audit,
    Channel,
    Customer,
    Meaning,
    Message,
    MessageState,
    Order,
    OrderLine,
    Promise,
    PromiseSource,
    Shipment,
    ShipmentLine,
    Store,
)
from tracking.platform import clock
from tracking.platform.status import Status

SHIPMENTS = 100_000
# tables that grow; the others are small, and a planner may well read them whole
GROWING = ("orders", "shipments", "customers", "messages", "promises", "order_lines", "shipment_lines", "audit")
_MIX = [Status.DELIVERED] * 90 + [
    *[Status.IN_TRANSIT] * 6,
    Status.PENDING,
    Status.EXCEPTION,
    Status.ATTEMPT_FAIL,
    Status.OUT_FOR_DELIVERY,
]


def fill(session: Session, store: Store, number: int) -> None:
    """So many orders of a store, each with a line, a parcel, a promise, a message; one customer for five."""
    first = session.scalar(text("SELECT coalesce(max(id), 0) FROM orders")) + 1
    people = session.scalar(text("SELECT coalesce(max(id), 0) FROM customers")) + 1
    ids = range(first, first + number)

    def placed(n: int) -> Any:
        return NOON - timedelta(minutes=20 * (number - (n - first)))

    many: dict[Any, list[dict[str, Any]]] = {
        Customer: [
            {
                "id": people + n,
                "store_id": store.id,
                "public_id": f"c{people + n}",
                "unsubscribe_token": f"u{people + n}",
                "email": f"p{n}@{store.slug}.example",
                "name": f"Person {n:06d}",
                "preferences": {},
            }
            for n in range(number // 5 + 1)
        ],
        Order: [
            {
                "id": n,
                "store_id": store.id,
                "public_id": f"o{n}",
                "token": f"t{n}",
                "number": f"{store.slug}-{n}",
                "customer_id": people + (n - first) // 5,
                "currency": "EUR",
                "time_zone": "Europe/Paris",
                "sales_channel": "web" if n % 50 else "marketplace:x",
                "placed_at": placed(n),
                "extra": {},
            }
            for n in ids
        ],
        OrderLine: [{"id": n, "order_id": n, "position": 0, "ref": "a", "title": "A", "quantity": 1} for n in ids],
        Shipment: [
            {
                "id": n,
                "store_id": store.id,
                "order_id": n,
                "public_id": f"s{n}",
                "carrier": "ups" if n % 3 else "dhl",
                "number": f"1Z{n:010d}",
                "status": _MIX[n % len(_MIX)],
                "label_at": placed(n),
                "next_poll_at": None,
                "proof": [],
                "extra": {},
            }
            for n in ids
            if n % 500
        ],
        ShipmentLine: [{"shipment_id": n, "order_line_id": n, "quantity": 1} for n in ids if n % 500 and n % 3 == 0],
        Promise: [
            {
                "store_id": store.id,
                "order_id": n,
                "shipment_key": 0,
                "source": PromiseSource.STORE,
                "earliest_on": placed(n).date(),
                "latest_on": placed(n).date() + timedelta(days=4),
            }
            for n in ids
        ],
        Message: [
            {
                "store_id": store.id,
                "public_id": f"m{n}",
                "order_id": n,
                "meaning": Meaning.ORDER_CONFIRMED,
                "channel": Channel.EMAIL,
                "recipient": "x@example.com",
                "subject_key": f"k{n}",
                "locale": "en",
                "state": MessageState.SENT if n % 1000 else MessageState.HELD,
                "next_at": None,
                "facts": {},
            }
            for n in ids
        ],
        Audit: [{"store_id": store.id, "actor": "cli", "action": "x", "detail": {}} for _ in range(number // 10)],
    }
    for kind, values in many.items():
        session.execute(insert(kind), values)


@pytest.fixture
def stores(session: Session) -> Iterator[tuple[Store, Store]]:
    with clock.frozen(NOON):
        store, other = make_store(session, slug="big"), make_store(session, slug="small")
        make_customer(session, store)
        fill(session, store, int(SHIPMENTS * 0.9))
        fill(session, other, SHIPMENTS - int(SHIPMENTS * 0.9))
        session.commit()
        session.execute(text("ANALYZE"))
        session.commit()
        yield store, other


def plan(session: Session, question: Select[Any]) -> list[str]:
    """The plan, a line a step."""
    dialect = session.get_bind().dialect
    compiled = question.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    prefix = "EXPLAIN QUERY PLAN " if dialect.name == "sqlite" else "EXPLAIN "
    found = session.connection().exec_driver_sql(prefix + str(compiled), _parameters(compiled, dialect))
    return [str(row[3] if dialect.name == "sqlite" else row[0]) for row in found]


def _parameters(compiled: Any, dialect: Any) -> Any:
    values = {
        name: compiled._bind_processors[name](value) if name in compiled._bind_processors else value
        for name, value in compiled.params.items()
    }
    return tuple(values[name] for name in compiled.positiontup) if compiled.positional else values


def scans(lines: list[str]) -> list[str]:
    """Steps that read a growing table from end to end."""
    found = []
    for line in lines:
        step = line.strip().removeprefix("->").strip()
        if step.startswith("SCAN"):
            # SQLite: "SCAN orders", "SCAN orders USING INDEX …"; subqueries are results, not tables
            name = step.split()[1]
            if any(name == table or name.startswith(f"{table}_") for table in GROWING):
                found.append(step)
        elif "Seq Scan on " in step and step.split("Seq Scan on ")[1].split()[0] in GROWING:
            found.append(step)
    return found


def questions(session: Session, store: Store) -> dict[str, Select[Any]]:
    """Everything a view of the list, of the messages and of a search asks for."""
    coming = Wanted(statuses=needs.COMING, late=True)
    return {
        "whole list": rows.shipment_ids(store, Wanted()).limit(41),
        "next page": rows.shipment_ids(store, Wanted(before=50_000)).limit(41),
        "a status": rows.shipment_ids(store, Wanted(statuses=(Status.DELIVERED,), before=50_000)).limit(41),
        "a carrier": rows.shipment_ids(store, Wanted(carrier="dhl", before=50_000)).limit(41),
        "a status and a carrier": rows.shipment_ids(store, Wanted(statuses=needs.TROUBLE, carrier="dhl")).limit(41),
        "a sales channel": rows.shipment_ids(store, Wanted(channel="marketplace:x")).limit(41),
        "late": rows.shipment_ids(store, coming).limit(41),
        "in trouble": needs.trouble(store).limit(needs.MOST),
        "late, counted": needs.late(store).limit(needs.MOST),
        "without a scan": needs.unscanned(store).limit(needs.MOST),
        "not sent": needs.unsent(store).limit(41),
        "not sent in time": needs.unsent_in_time(store).limit(needs.MOST),
        "held": needs.messages(store, MessageState.HELD).limit(needs.MOST),
        "failed": needs.messages(store, MessageState.FAILED).limit(needs.MOST),
        "by order number": search.by_number(store, "big-400").limit(51),
        "by tracking number": search.by_tracking_number(store, "1Z0000000400").limit(51),
        "by email": search.by_email(store, "p400@big.example").limit(51),
        "by name": search.by_name(store, "person 0004").limit(51),
        "messages": select(Message.id).where(Message.store_id == store.id).order_by(Message.id.desc()).limit(41),
        "what was done": select(Audit).where(Audit.store_id == store.id).order_by(Audit.id.desc()).limit(51),
    }


def test_no_question_of_the_console_scans_a_table(session: Session, stores: tuple[Store, Store]) -> None:
    # filling takes most of the time, so that one test asks all that is to be known of the filled tables
    found = {
        f"{name} ({store.slug})": bad
        for store in stores
        for name, question in questions(session, store).items()
        if (bad := scans(plan(session, question)))
    }
    assert not found
    assert scans(plan(session, select(Order.id).where(Order.note == "nowhere"))), "a scan would be seen"
    big, small = stores
    number = session.scalar(select(Order.number).where(Order.store_id == big.id).limit(1))
    assert len(search.find(session, big, number)) == 1
    assert search.find(session, small, number) == []
    assert len(search.find(session, big, "p400@big.example")) == 5
    assert len(search.find(session, big, "Person 0004")) == search.MOST + 1
