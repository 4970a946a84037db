"""Requests a second of the tracking page against a bare Flask view with one indexed read: same server, same database.

    python benchmarks/pages.py [--rounds 3] [--seconds 2] [--database sqlite|postgresql] [--large]

unchanged  If-None-Match, answered 304 · cached  the page from memory · cold  every page built anew. Then the median CPU
of a view, cached and cold, with 10⁴ and with 10⁵ orders (10⁶ with --large).
"""

import argparse
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig import load, places, report

from tests.factories import NOON, make_store
from tests.factories.many import Many, make_many
from tracking.platform import clock

TARGETS = {"unchanged": 0.6, "cached": 0.4, "cold": 0.1}
GROWTH = 1.3
WORKERS, THREADS, PAGES = 2, 8, 64


@dataclass(frozen=True)
class Served:
    """A server with so many orders."""

    port: int
    pid: int
    orders: Many

    def asks(self, kind: str) -> list[load.Ask]:
        """Requests for some dozens of pages, spread over all orders."""
        step = max(self.orders.count // PAGES, 1)
        tokens = [self.orders.token(1 + place * step) for place in range(PAGES)]
        if kind == "unchanged":
            return [(f"/t/{token}", {"If-None-Match": self._tag(token)}) for token in tokens]
        path = {"bare": "/bare/{}", "cached": "/t/{}", "cold": "/cold/t/{}"}[kind]
        return [(path.format(token), {}) for token in tokens]

    def rate(self, kind: str, seconds: float) -> float:
        """Requests a second."""
        came = load.run(self.port, self.asks(kind), seconds=seconds)
        wanted = "status 304" if kind == "unchanged" else "status 200"
        assert came.get(wanted) == came["answers"], came
        return came["answers"] / came["seconds"]

    def cpu_ms(self, kind: str, seconds: float) -> float:
        """Milliseconds of the server's CPU a view."""
        asks, before = self.asks(kind), places.cpu_s(self.pid)
        came = load.run(self.port, asks, seconds=seconds, connections=4)
        return (places.cpu_s(self.pid) - before) * 1000 / came["answers"]

    def _tag(self, token: str) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/t/{token}", headers={"Accept": "text/html"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return str(answer.headers["ETag"])


@contextmanager
def served(database: str, orders: int) -> Iterator[Served]:
    """Fill a database, and serve it; business time stands near the orders."""
    with places.folder() as folder, places.DATABASES[database]() as url:
        clock_env = {"WAYPOST_CLOCK": clock.Anchor(NOON, clock.real_now().timestamp()).dump()}
        env = places.environment(url, folder, clock_env)
        places.loaded(env)
        engine = create_engine(url)
        with Session(engine) as session:
            store = make_store(session)
            made = make_many(session, store, orders, messages=False)
            session.execute(text("ANALYZE"))
            session.commit()
        engine.dispose()
        port = places.free_port()
        env["PYTHONPATH"] = f"{places.ROOT}:{places.ROOT / 'benchmarks'}"
        command = ["-m", "rig.served", str(port), str(WORKERS), str(THREADS)]
        with places.process(command, env, folder / "web.log") as child:
            places.wait_for(f"http://127.0.0.1:{port}/bare/x", child)
            one = Served(port, child.pid, made)
            # every worker process has served once before anything is counted
            load.run(port, one.asks("cached") + one.asks("bare"), seconds=3)
            yield one


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--database", choices=list(places.DATABASES), default="sqlite")
    parser.add_argument("--large", action="store_true", help="compare with 10⁶ orders; takes minutes")
    arguments = parser.parse_args()
    many = 1_000_000 if arguments.large else 100_000
    cpu: dict[str, list[float]] = {}
    with served(arguments.database, 10_000) as few, served(arguments.database, many) as lots:
        kinds = ("bare", "unchanged", "cached", "cold")
        runs = {kind: lambda kind=kind: few.rate(kind, arguments.seconds) for kind in kinds}
        rates = report.interleaved(arguments.rounds, runs)
        for kind in ("bare", "cached", "cold"):
            both = {
                f"{kind} {who.orders.count:,}": lambda who=who, kind=kind: who.cpu_ms(kind, arguments.seconds)
                for who in (few, lots)
            }
            cpu |= report.interleaved(arguments.rounds, both)
    rows = [[kind, median(rates[kind]), report.ratio(rates, kind, "bare"), TARGETS.get(kind, "")] for kind in kinds]
    report.show("pages", ["page", "requests/s", "ratio", "target ≥"], rows, database=arguments.database, rounds=rates)
    growth = []
    for kind in ("bare", "cached", "cold"):
        small, large = f"{kind} 10,000", f"{kind} {many:,}"
        growth.append([kind, median(cpu[small]), median(cpu[large]), report.ratio(cpu, large, small), GROWTH])
    columns = ["view", "CPU ms of 10,000", f"of {many:,}", "ratio", "target ≤"]
    report.show("pages_growth", columns, growth, database=arguments.database, rounds=cpu)


if __name__ == "__main__":
    main()
