"""The outbox at size: no question that a worker or a hook asks reads a whole table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from tests.factories import NOON
from tests.factories.plans import nested_loops_only
from tests.notifications.scene import at, make_scene, milestone, plan, sessions, work
from tracking.channels._base import Progress, Progressed
from tracking.models import Channel, MilestoneKind
from tracking.notifications import outbox, receipts
from tracking.notifications.outbox import Channels
from tracking.platform.db import Base, db


@contextmanager
def questions() -> Iterator[list[tuple[str, object]]]:
    """Every statement that the engine is asked inside."""
    asked: list[tuple[str, object]] = []

    def note(*given: Any) -> None:
        _connection, _cursor, statement, parameters, _context, many = given
        if not many and statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def scans(statement: str, parameters: object) -> list[str]:
    """Tables of a statement that are read as a whole."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()  # type: ignore[arg-type]
            return [row[3] for row in rows if row[3].removeprefix("SCAN ") in Base.metadata.tables]
        # a small table is read as a whole whatever indexes there are: ask whether it can be done without
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all()  # type: ignore[arg-type]
        return [row[0] for row in rows if "Seq Scan" in row[0]]


def assert_no_scans(asked: list[tuple[str, object]]) -> None:
    assert asked
    found = {statement: scans(statement, parameters) for statement, parameters in asked}
    assert not {statement: tables for statement, tables in found.items() if tables}


@pytest.fixture
def news(session: Session) -> None:
    order, [parcel] = make_scene(session)
    with at():
        plan(session, order, milestone(session, order, MilestoneKind.OUT_FOR_DELIVERY, parcel))


def test_planning_reads_no_table_as_a_whole(session: Session) -> None:
    order, [parcel] = make_scene(session)
    with at(), questions() as asked:
        plan(session, order, milestone(session, order, MilestoneKind.OUT_FOR_DELIVERY, parcel))
    assert_no_scans(asked)


def test_a_round_of_delivery_reads_no_table_as_a_whole(news: None, channels: Channels) -> None:
    with at(), questions() as asked:
        assert work(channels).sent == 2
    assert_no_scans(asked)


def test_no_plan_of_the_database_leases_more_than_the_limit(news: None, session: Session) -> None:
    session.rollback()
    with at(), sessions()() as other:
        nested_loops_only(other)
        assert len(outbox.lease_due(other, 1, 60)) == 1
        other.rollback()


def test_the_sweep_reads_no_table_as_a_whole(news: None, session: Session) -> None:
    session.rollback()
    with at(), sessions()() as other:
        outbox.lease_due(other, 10, -1)
        other.commit()
        with questions() as asked:
            assert outbox.sweep(other) == 2
        other.commit()
    assert_no_scans(asked)


def test_a_receipt_reads_no_table_as_a_whole(news: None, session: Session) -> None:
    with at(NOON), questions() as asked:
        receipts.record(session, 1, Channel.SMS, Progressed("", "SM1", Progress.SENT))
        receipts.record(session, 1, Channel.SMS, Progressed("nobody", "SM1", Progress.SENT))
    session.rollback()
    assert_no_scans(asked)


def test_a_round_asks_a_bounded_number_of_questions(session: Session, channels: Channels) -> None:
    counts = []
    for size in (2, 12):
        for _ in range(size):
            order, [parcel] = make_scene(session, consent=False)
            with at():
                plan(session, order, milestone(session, order, MilestoneKind.OUT_FOR_DELIVERY, parcel))
        with at(), questions() as asked:
            assert work(channels).sent == size
        counts.append(len(asked))
    assert counts[0] == counts[1]
