"""The database: typed base class, column types that mean the same on SQLite and PostgreSQL, and transactions.

SQLite: WAL, NORMAL, foreign keys, and BEGIN IMMEDIATE for every transaction that may write; a deferred one that reads
first and writes later loses against another writer at once. Whoever only reads says so with `reading()`.
"""

import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_MS = 5000
JOURNAL_SIZE_LIMIT = 64 * 1024 * 1024

_only_reading: ContextVar[bool] = ContextVar("only_reading", default=False)


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware instant; kept as UTC. A naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC, without a zone where the database knows none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Aware UTC again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# a growing id that both databases number by themselves
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def one_of(kind: type[StrEnum]) -> sa.Enum:
    """A text column that holds the values of a StrEnum, with a CHECK constraint."""
    return sa.Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
        name=kind.__name__.lower(),
    )


class Base(DeclarativeBase):
    """Base of all rows."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


R = TypeVar("R", bound=Base)
db = SQLAlchemy(model_class=Base)


def random_id() -> str:
    """A random identifier for the outside: 22 URL-safe characters, 128 bits; never one that looks like an option."""
    while (made := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return made


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside only read, and so take no write lock."""
    before = _only_reading.set(True)
    try:
        yield
    finally:
        _only_reading.reset(before)


def insert_new(session: Session, row: type[Base], values: Sequence[Mapping[str, Any]]) -> int:
    """Insert those rows that break no unique key; the others are left as they are.

    values   all with the same columns
    returns  how many were new
    """
    if not values:
        return 0
    statement = _insert_new(session, cast("sa.Table", row.__table__)).returning(sa.literal_column("1"))
    # values as parameters, not in the statement: it is compiled once, and many rows go out together
    return len(session.execute(statement, [dict(value) for value in values]).all())


def insert_new_rows(
    session: Session, row: type[R], values: Sequence[Mapping[str, Any]], *, with_nulls: bool = False
) -> list[R]:
    """The same, and returns the new rows. None stands for the column's default; `with_nulls`: for NULL."""
    if not values:
        return []
    statement = _insert_new(session, row).returning(row).execution_options(render_nulls=with_nulls)
    return list(session.scalars(statement, [dict(value) for value in values]))


def _insert_new(session: Session, into: Any) -> Any:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return insert(into).on_conflict_do_nothing()


def changed(result: sa.Result[Any]) -> int:
    """How many rows an UPDATE or DELETE touched."""
    return cast("sa.CursorResult[Any]", result).rowcount


@event.listens_for(Engine, "connect")
def _prepare(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # we begin transactions ourselves
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"journal_size_limit={JOURNAL_SIZE_LIMIT}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN" if _only_reading.get() else "BEGIN IMMEDIATE")
