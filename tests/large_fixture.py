"""An installation with 10⁵ parcels, and the plans of what is asked of it: the statements really sent, explained.

Both planners are asked about what the code executes, parameters included: SQLite's EXPLAIN QUERY PLAN must not say
SCAN, PostgreSQL's EXPLAIN (after ANALYZE) must not say Seq Scan, on a table that grows with orders.
"""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.orm import Session

from tests.factories import make_account, make_store
from tests.factories.many import Many, make_audit, make_many, make_shipments
from tracking import create_app
from tracking.models import Role, StoreUser, User
from tracking.platform.db import db
from tracking.platform.settings import Settings

ORDERS, SMALL_SHOP, PARCELS = 20_000, 1_000, 100_000
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
    if "large" not in metafunc.fixturenames:
        return
    choice = metafunc.config.getoption("database")
    kinds = ["sqlite", "postgresql"] if choice == "both" else [choice]
    marked = [pytest.param(kind, marks=[pytest.mark.postgres] if kind == "postgresql" else []) for kind in kinds]
    metafunc.parametrize("large", marked, indirect=True, scope="session")


@pytest.fixture(scope="session")
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
        secret_keys=("a secret key for a large installation",),
        encryption_keys=(Fernet.generate_key().decode(),),
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
        rest = PARCELS - ORDERS - SMALL_SHOP
        make_shipments(session, store, orders, rest, account_id=account.id, due=100, mixed=True)
        make_audit(session, store, 5_000)
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
