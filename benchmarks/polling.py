"""How fast parcels are asked about, one number a call, against a bare `requests` thread pool on the same sandbox.

    python benchmarks/polling.py [--parcels 600] [--rounds 3] [--database sqlite|postgresql]

A round of Waypost leases what is due, asks UPS's sandbox (a process of its own) and writes down what came, as its
worker does: events, status, milestones, messages, the next poll. The baseline asks for the same numbers with the same
threads, reads the JSON and forgets it. Measured when 4 of 5 answers bring nothing new, and when all do.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
import structlog
from requests.adapters import HTTPAdapter
from sqlalchemy import create_engine, func, select, update
from sqlalchemy.orm import Session, sessionmaker

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig import places, report

from tests.factories import make_account, make_order, make_shipment, make_store
from tracking import create_app
from tracking.models import Message, Shipment, TrackingEventRow
from tracking.platform import clock
from tracking.platform.db import db
from tracking.polling import due
from tracking.polling.accounts import Adapters
from tracking.polling.ask import poll
from tracking.workers.runtime import FETCH_THREADS

TARGETS = {"4 of 5 the same": 0.5, "all new": 0.25}
KINDS = ("departed", "arrived")


class Round:
    """Parcels of an installation, and the same numbers for the baseline."""

    def __init__(self, sandbox: dict[str, Any], database_url: str, numbers: Sequence[str], account_id: int) -> None:
        """The account and the parcels are in the database already."""
        self.sandbox, self.numbers, self.account_id = sandbox, numbers, account_id
        engine = create_engine(database_url, pool_size=16, max_overflow=64)
        self.sessions: sessionmaker[Session] = sessionmaker(engine, expire_on_commit=False)
        self.adapters = Adapters(self.sessions)
        self.pool = ThreadPoolExecutor(FETCH_THREADS)
        self.url = sandbox["carriers"]["ups"]["base_url"]
        self.moves = 0
        self.start = datetime.now(UTC) - timedelta(days=2)
        usual = ("label", "accepted", "departed", "arrived")
        self.scans: dict[str, list[dict[str, str]]] = {
            number: [
                {"at": (self.start + timedelta(minutes=10 * place)).isoformat(), "kind": kind}
                for place, kind in enumerate(usual)
            ]
            for number in numbers
        }
        self.tell(numbers)

    def waypost(self, share_new: float) -> float:
        """Parcels a second, after something has happened to a share of them."""
        self._move(share_new)
        with self.sessions() as session:
            session.execute(update(Shipment).values(next_poll_at=clock.now() - timedelta(seconds=1)))
            session.commit()
        started, asked = time.perf_counter(), 0
        while True:
            with self.sessions() as session:
                leases = due.lease_due(session, self.account_id)
                session.commit()
            if not leases:
                break
            asked += len(leases)
            poll(self.sessions, self.adapters, self.pool, self.account_id, leases)
        assert asked == len(self.numbers)
        return asked / (time.perf_counter() - started)

    def bare(self) -> float:
        """Calls a second of a thread pool that asks, reads and forgets."""
        with requests.Session() as session:
            session.trust_env = False
            session.mount("http://", HTTPAdapter(pool_maxsize=FETCH_THREADS))
            token = session.post(
                f"{self.url}/security/v1/oauth/token",
                data={"grant_type": "client_credentials"},
                auth=tuple(self.sandbox["carriers"]["ups"]["credentials"].values()),  # type: ignore[arg-type]
            ).json()["access_token"]
            headers = {"Authorization": f"Bearer {token}", "transId": "bench", "transactionSrc": "bench"}

            def ask(number: str) -> None:
                url = f"{self.url}/api/track/v1/details/{number}?locale=en_US&returnSignature=true&returnPOD=true"
                answer = session.get(url, headers=headers, timeout=30)
                assert answer.status_code == 200, answer.text
                answer.json()

            started = time.perf_counter()
            list(self.pool.map(ask, self.numbers))
            return len(self.numbers) / (time.perf_counter() - started)

    def _move(self, share: float) -> None:
        """A new scan for a share of the parcels, and never the same one twice."""
        self.moves += 1
        every = round(1 / share)
        moved = [number for place, number in enumerate(self.numbers) if place % every == 0]
        for number in moved:
            at = self.start + timedelta(minutes=10 * len(self.scans[number]))
            self.scans[number].append({"at": at.isoformat(), "kind": KINDS[self.moves % 2]})
        self.tell(moved)

    def tell(self, numbers: Sequence[str]) -> None:
        """Tell the sandbox what has happened to these parcels."""
        rows = [{"number": number, "carrier": "ups", "scans": self.scans[number]} for number in numbers]
        places.tell(f"{self.sandbox['url']}/_sandbox/parcels?replace=1", rows)


def furnish(sandbox: dict[str, Any], database_url: str, count: int) -> Round:
    """Parcels on their way, at the sandbox and in the database, asked about once."""
    numbers = [f"1Z999AA10{n:09d}" for n in range(count)]
    with Session(create_engine(database_url)) as session:
        ups = sandbox["carriers"]["ups"]
        account = make_account(session, "ups", credentials=ups["credentials"], base_url=ups["base_url"])
        store = make_store(session)
        for number in numbers:
            order = make_order(session, store, country="US", postal_code="80301", time_zone="America/Denver")
            make_shipment(session, order, number=number, carrier_account_id=account.id)
        session.commit()
        made = Round(sandbox, database_url, numbers, account.id)
    made.waypost(1.0)
    return made


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--parcels", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=list(places.DATABASES), default="sqlite")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    with places.folder() as folder, places.sandbox() as sandbox, places.DATABASES[arguments.database]() as url:
        app = create_app(places.loaded(places.environment(url, folder)))
        with app.app_context():
            it = furnish(sandbox, url, arguments.parcels)
            same = report.interleaved(arguments.rounds, {"bare": it.bare, "waypost": lambda: it.waypost(0.2)})
            new = report.interleaved(arguments.rounds, {"bare": it.bare, "waypost": lambda: it.waypost(1.0)})
            with it.sessions() as session:
                counts = {
                    row.__tablename__: session.scalar(select(func.count()).select_from(row))
                    for row in (TrackingEventRow, Message)
                }
            db.engine.dispose()
    rows = []
    for name, values in (("4 of 5 the same", same), ("all new", new)):
        bare, waypost = (report.median(values[who]) for who in ("bare", "waypost"))
        rows.append([name, bare, waypost, report.ratio(values, "waypost", "bare"), TARGETS[name]])
    report.show(
        "polling",
        ["answers", "bare requests/s", "waypost parcels/s", "ratio", "target ≥"],
        rows,
        database=arguments.database,
        parcels=arguments.parcels,
        rows_written=counts,
        rounds={"4 of 5 the same": same, "all new": new},
    )


if __name__ == "__main__":
    main()
