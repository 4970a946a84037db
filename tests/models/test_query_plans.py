"""With 10⁵ parcels no page, lookup or claim reads a table from end to end: the statements really sent, explained.

Both planners are asked about what the code executes, parameters included: SQLite's EXPLAIN QUERY PLAN must not say
SCAN, PostgreSQL's EXPLAIN (after ANALYZE) must not say Seq Scan, on a table that grows with orders.
"""

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.orm import Session

from tests.conftest import ENCRYPTION_KEY, SECRET_KEY
from tests.factories import NOON, make_account, make_store
from tests.factories.many import Many, make_many, make_shipments
from tracking import create_app
from tracking.models import CarrierAccount, Role, Shipment, StoreUser, User
from tracking.notifications import delivery, outbox
from tracking.platform import clock
from tracking.platform.db import db
from tracking.platform.facts import Answer, Location, TrackingEvent, TrackingResult, Zone
from tracking.platform.settings import Settings
from tracking.platform.status import Status
from tracking.polling import due
from tracking.polling.settle import settle

ORDERS, SMALL_SHOP, PARCELS = 20_000, 60, 100_000
# these hold what merchants set up, not what shoppers cause
SMALL = {"stores", "carrier_accounts", "carrier_budgets", "users", "store_users", "api_keys", "products"}
Statement = tuple[str, Any]


@dataclass
class Large:
    """An installation with many parcels."""

    app: Flask
    engine: Engine
    store_slug: str
    small_slug: str
    account_id: int
    orders: Many


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    choice = metafunc.config.getoption("database")
    kinds = ["sqlite", "postgresql"] if choice == "both" else [choice]
    marked = [pytest.param(kind, marks=[pytest.mark.postgres] if kind == "postgresql" else []) for kind in kinds]
    metafunc.parametrize("large", marked, indirect=True, scope="module")


@pytest.fixture(scope="module")
def large(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Large]:
    """Made once a database: the rows are written by the database itself."""
    folder = tmp_path_factory.mktemp("large")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "large.db")
        url = f"sqlite:///{folder / 'large.db'}"
    else:
        server = make_url(request.getfixturevalue("postgres_url"))
        _admin(server, "CREATE DATABASE large TEMPLATE waypost_template STRATEGY file_copy")
        url = server.set(database="large").render_as_string(hide_password=False)
    settings = Settings(
        database_url=url,
        queue_url=f"sqlite:///{folder / 'queue.db'}",
        state_dir=folder,
        secret_keys=(SECRET_KEY,),
        encryption_keys=(ENCRYPTION_KEY,),
    )
    app = create_app(settings)
    app.testing = True
    with app.app_context(), Session(db.engine) as session:
        store = make_store(session)
        account = make_account(session, "ups")
        orders = make_many(session, store, ORDERS, account_id=account.id, due=100)
        # the console of a small shop beside a large one
        small = make_store(session)
        make_many(session, small, SMALL_SHOP, account_id=account.id)
        make_shipments(session, store, orders, PARCELS - ORDERS - SMALL_SHOP, account_id=account.id, due=100)
        user = User(email="merchant@example.com", name="Merchant", password_hash="-")
        session.add(user)
        session.flush()
        session.add(StoreUser(user_id=user.id, store_id=small.id, role=Role.OWNER))
        session.flush()
        session.execute(text("ANALYZE"))
        session.commit()
        made = Large(app, db.engine, store.slug, small.slug, account.id, orders)
    # outside of the context: each request has its own, and ends its transaction with it
    yield made
    made.engine.dispose()
    if request.param == "postgresql":
        _admin(server, "DROP DATABASE large WITH (FORCE)")


def _admin(server: Any, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def overheard(engine: Engine) -> Iterator[list[Statement]]:
    """The statements that are really executed, with their parameters."""
    heard: list[Statement] = []

    def listen(_connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if re.match(r"\s*(SELECT|UPDATE|DELETE|WITH|INSERT)\b", statement):
            heard.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def scans(engine: Engine, heard: list[Statement], *, has_index: bool = False) -> list[str]:
    """Each reading of a growing table from end to end, with the statement that does it.

    has_index  ask only whether an index can serve: PostgreSQL reads a table of this size from end to end when it means
               to need hundreds of its rows, and is right
    """
    assert heard, "nothing was asked of the database"
    with engine.connect() as connection:
        if has_index and connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [
            f"{table}: {statement}"
            for statement, parameters in heard
            for table in _scanned(connection, statement, parameters)
        ]


def _scanned(connection: Connection, statement: str, parameters: Any) -> list[str]:
    several = isinstance(parameters, list)
    given = parameters[0] if several and parameters else parameters
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
        found = [
            match for row in rows if (match := re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?$", row[3]))
        ]
        tables = {alias: table for table, alias in re.findall(r"(?:FROM|JOIN|UPDATE) (\w+)(?: AS (\w+))?", statement)}
        # an index of what waits may be walked from end to end: it holds nothing else
        names = [tables.get(match[1], match[1]) for match in found if match[2] not in _partial()]
        # a SCAN of a list of bound values or of a subquery's result is no table
        return [name for name in names if name in _growing()]
    plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", given).scalar_one()
    nodes = json.loads(plan) if isinstance(plan, str) else plan
    return [name for name in _seq_scans(nodes[0]["Plan"]) if name in _growing()]


def _seq_scans(node: dict[str, Any]) -> list[str]:
    mine = [node["Relation Name"]] if node["Node Type"] == "Seq Scan" else []
    return mine + [name for child in node.get("Plans", ()) for name in _seq_scans(child)]


def _partial() -> set[str | None]:
    tables = db.metadata.tables.values()
    return {
        index.name
        for table in tables
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }


def _growing() -> set[str]:
    return set(db.metadata.tables) - SMALL


def test_a_scan_would_be_noticed(large: Large) -> None:
    with overheard(large.engine) as heard, Session(large.engine) as session:
        session.scalars(select(Shipment.id).where(Shipment.signed_by == "nobody")).all()
    assert [found.partition(":")[0] for found in scans(large.engine, heard)] == ["shipments"]


def test_a_page_view_scans_no_table(large: Large) -> None:
    client = large.app.test_client()
    with clock.frozen(NOON), overheard(large.engine) as heard:
        for path in (f"/t/{large.orders.token(7000)}", f"/t/{large.orders.token(7000)}/live"):
            assert client.get(path).status_code == 200
    assert scans(large.engine, heard) == []


def test_a_page_view_after_a_change_of_nothing_costs_one_read(large: Large) -> None:
    client = large.app.test_client()
    with clock.frozen(NOON):
        page = client.get(f"/t/{large.orders.token(7001)}")
        with overheard(large.engine) as heard:
            again = client.get(f"/t/{large.orders.token(7001)}", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304
    assert len(heard) == 1
    assert scans(large.engine, heard) == []


@pytest.mark.parametrize(
    "form",
    [
        lambda orders: {"order": "N9000", "contact": "LA9 4AA"},
        lambda orders: {"number": orders.number(9000)},
        lambda orders: {"order": "no such order", "contact": "jo@example.com"},
    ],
    ids=["by order", "by number", "a miss"],
)
def test_a_lookup_scans_no_table(large: Large, form: Callable[[Many], dict[str, str]]) -> None:
    client = large.app.test_client()
    with overheard(large.engine) as heard:
        answer = client.post(f"/s/{large.store_slug}/track", data=form(large.orders))
    assert answer.status_code in {303, 404}
    assert scans(large.engine, heard) == []


def test_claiming_and_sweeping_parcels_scans_no_table(large: Large) -> None:
    with clock.frozen(NOON), overheard(large.engine) as heard, Session(large.engine) as session:
        assert due.due_accounts(session) == [large.account_id]
        assert len(due.lease_due(session, large.account_id, 50)) == 50
        due.sweep(session)
        session.rollback()
    assert scans(large.engine, heard) == []


def test_writing_down_news_reads_along_indexes_and_in_few_statements(large: Large) -> None:
    def answer(numbers: list[str], *texts: str) -> Answer:
        scans = tuple(
            TrackingEvent(NOON, Zone.STATED, "AR", Status.IN_TRANSIT, text, None, Location("Leeds")) for text in texts
        )
        return Answer(tuple(TrackingResult(number, Status.IN_TRANSIT, scans) for number in numbers))

    rng = random.Random(1)
    with clock.frozen(NOON), overheard(large.engine) as heard, Session(large.engine) as session:
        leases = due.lease_due(session, large.account_id, 50)
        ids = [one.shipment_id for one in leases]
        numbers = list(session.scalars(select(Shipment.number).where(Shipment.id.in_(ids))))
        assert settle(session, large.account_id, leases, [answer(numbers, "Arrived")], rng) == 50
        first = len(heard)
        assert settle(session, large.account_id, leases, [answer(numbers, "Arrived", "Sorted")], rng) == 50
        session.rollback()
    assert scans(large.engine, heard, has_index=True) == []
    # a scan that nobody is told of: as many statements for fifty parcels as for one
    assert len(heard) - first < 25


def test_claiming_and_loading_messages_scans_no_table(large: Large) -> None:
    with clock.frozen(NOON), Session(large.engine) as session:
        with overheard(large.engine) as heard:
            leased = outbox.lease_due(session, 50, delivery.LEASE_S)
            assert len(leased) == 50
            outbox.sweep(session)
        with overheard(large.engine) as loading:
            delivery.load(session, [one.id for one in leased])
        session.rollback()
    assert scans(large.engine, heard) == []
    assert scans(large.engine, loading, has_index=True) == []


@pytest.mark.parametrize("query", ["", "?status=in_transit", "?status=trouble", "?late=1", "?carrier=ups"])
def test_the_consoles_list_scans_no_table(large: Large, query: str) -> None:
    client = large.app.test_client()
    with Session(large.engine) as session:
        user = session.scalars(select(User)).one()
        identity = f"{user.public_id}.{user.session_epoch}"
    with client.session_transaction(path="/console/") as kept:
        kept["_user_id"], kept["since"], kept["_fresh"] = identity, int(clock.real_now().timestamp()), True
    with clock.frozen(NOON), overheard(large.engine) as heard:
        assert client.get(f"/console/s/{large.small_slug}/{query}").status_code == 200
    assert scans(large.engine, heard, has_index=True) == []


def test_there_are_as_many_parcels_as_it_says(large: Large) -> None:
    with Session(large.engine) as session:
        assert session.scalar(select(CarrierAccount.id)) == large.account_id
        assert session.scalar(text("SELECT count(*) FROM shipments")) == PARCELS
