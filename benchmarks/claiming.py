"""Claiming 50 due parcels of 10⁵ (and of 5·10⁶ with --large) against the same SQL on a raw driver, on both databases.

    python benchmarks/claiming.py [--rounds 40] [--large]

A claim of Waypost is what its beat does for an account: breaker, budgets, the rows that are due, leases, commit. The
raw driver sends the same statements and commits. Both take turns on one database.
"""

import argparse
import sqlite3
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig import places, report

from tests.factories import NOON, make_account, make_store
from tests.factories.many import make_many, make_shipments
from tracking.platform import clock
from tracking.polling import due

CLAIM, ORDERS = 50, 5_000
TARGET = 2.0
_ACCOUNT = "SELECT enabled, open_until, paused_until, failures FROM carrier_accounts WHERE id = ?"
_BUDGETS = "SELECT id, unit, amount, per_s, used, window_start FROM carrier_budgets WHERE account_id = ?"
_LEASE = """UPDATE shipments SET next_poll_at = NULL, lease_until = ?, lease_fence = lease_fence + 1 WHERE id IN (
              SELECT id FROM shipments WHERE carrier_account_id = ? AND next_poll_at <= ?
              ORDER BY next_poll_at LIMIT ? {lock}) RETURNING id, lease_fence"""
_CHARGE = "UPDATE carrier_budgets SET used = used + ? WHERE account_id = ?"


def raw_sqlite(url: str, account_id: int) -> Callable[[], int]:
    """The same claim on sqlite3 itself."""
    connection = sqlite3.connect(make_url(url).database or "", isolation_level=None)
    connection.execute("PRAGMA synchronous=NORMAL")
    lease = _LEASE.format(lock="")

    def claim() -> int:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_ACCOUNT, (account_id,)).fetchall()
        connection.execute(_BUDGETS, (account_id,)).fetchall()
        now = NOON.strftime("%Y-%m-%d %H:%M:%S.%f")
        until = (datetime.now(UTC) + timedelta(seconds=due.LEASE_S)).strftime("%Y-%m-%d %H:%M:%S.%f")
        taken = connection.execute(lease, (until, account_id, now, CLAIM)).fetchall()
        connection.execute(_CHARGE, (len(taken), account_id))
        connection.execute("COMMIT")
        return len(taken)

    return claim


def raw_postgresql(url: str, account_id: int) -> Callable[[], int]:
    """The same claim on psycopg itself."""
    connection = psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    account, budgets, charge = (sql.replace("?", "%s") for sql in (_ACCOUNT + " FOR UPDATE", _BUDGETS, _CHARGE))
    lease = _LEASE.format(lock="FOR UPDATE SKIP LOCKED").replace("?", "%s")

    def claim() -> int:
        connection.execute(account, (account_id,)).fetchall()
        connection.execute(budgets, (account_id,)).fetchall()
        until = datetime.now(UTC) + timedelta(seconds=due.LEASE_S)
        taken = connection.execute(lease, (until, account_id, NOON, CLAIM)).fetchall()
        connection.execute(charge, (len(taken), account_id))
        connection.commit()
        return len(taken)

    return claim


RAW: dict[str, Callable[[str, int], Callable[[], int]]] = {"sqlite": raw_sqlite, "postgresql": raw_postgresql}


def measure(database: str, parcels: int, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each claim."""
    with places.folder() as folder, places.DATABASES[database]() as url, clock.frozen(NOON):
        places.loaded(places.environment(url, folder))
        engine = create_engine(url)
        sessions = sessionmaker(engine, expire_on_commit=False)
        with Session(engine) as session:
            store, account = make_store(session), make_account(session, "ups", budgets=10**9)
            orders = make_many(session, store, ORDERS, messages=False)
            ready = 2 * (rounds + 3) * CLAIM
            make_shipments(session, store, orders, parcels, account_id=account.id, due=ready)
            session.execute(text("ANALYZE"))
            account_id = account.id
            session.commit()

        def waypost() -> int:
            with sessions() as session:
                leased = due.lease_due(session, account_id, CLAIM)
                session.commit()
            return len(leased)

        runs = {"waypost": _timed(waypost), "raw": _timed(RAW[database](url, account_id))}
        report.interleaved(3, runs)
        values = report.interleaved(rounds, runs)
        engine.dispose()
        return values


def _timed(claim: Callable[[], int]) -> Callable[[], float]:
    def run() -> float:
        started = time.perf_counter()
        assert claim() == CLAIM
        return (time.perf_counter() - started) * 1000

    return run


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--large", action="store_true", help="of 5·10⁶ as well; takes minutes and 5 GB")
    arguments = parser.parse_args()
    rows: list[list[Any]] = []
    all_rounds = {}
    for database in places.DATABASES:
        for parcels in (100_000, *([5_000_000] if arguments.large else [])):
            values = measure(database, parcels, arguments.rounds)
            all_rounds[f"{database} {parcels}"] = values
            waypost, raw = median(values["waypost"]), median(values["raw"])
            rows.append([database, f"{parcels:,}", waypost, raw, waypost / raw, TARGET])
    columns = ["database", "parcels", "waypost ms", "raw driver ms", "ratio", "target ≤"]
    report.show("claiming", columns, rows, claimed=CLAIM, rounds=all_rounds)


if __name__ == "__main__":
    main()
