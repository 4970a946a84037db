"""How fast emails go out, rendered and with every step in the ledger, against a bare loop of smtplib.

    python benchmarks/messages.py [--messages 500] [--rounds 5] [--database sqlite|postgresql]

A round of Waypost takes planned messages as its worker does: lease, decide (consent, preferences, quiet hours, what the
parcel does now), write the letter, "sending", SMTP, "sent". The baseline sends letters of the same size to the same
server (the sandbox, a process of its own) over one connection; they are finished bytes before its clock starts.
"""

import argparse
import json
import smtplib
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session, sessionmaker

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig import places, report

from tests.factories import make_customer, make_order, make_shipment, make_store
from tracking import create_app
from tracking.channels import email
from tracking.models import Channel, Message, MessageEvent, MessageState, Milestone, MilestoneKind, Order, PromiseSource
from tracking.notifications import delivery, outbox
from tracking.notifications.planning import plan
from tracking.platform import clock
from tracking.platform.db import db
from tracking.platform.status import Status
from tracking.promise.window import Window

TARGET = 0.5
AT_ONCE = 100
BASE_URL = "http://127.0.0.1:8000"


class Round:
    """Orders whose parcels come today, a new message for each in every round, and letters for the baseline."""

    def __init__(self, smtp_url: str, database_url: str, count: int) -> None:
        """Furnish the orders."""
        self.count, self.moment = count, 0
        self.sessions: sessionmaker[Session] = sessionmaker(create_engine(database_url), expire_on_commit=False)
        self.channels = {Channel.EMAIL: email.Adapter.from_settings({"WAYPOST_SMTP_URL": smtp_url})}
        self.server = urlsplit(smtp_url)
        with self.sessions() as session:
            store = make_store(session)
            self.orders = []
            for _ in range(count):
                locale = ("en", "fr", "th")[len(self.orders) % 3]
                customer = make_customer(session, store, phone=None, locale=locale)
                order = make_order(session, store, customer, lines=2)
                make_shipment(session, order, status=Status.OUT_FOR_DELIVERY)
                self.orders.append(order.id)
            session.commit()
        self.letters: list[bytes] = []

    def news(self) -> list[int]:
        """Plan a message for each order; their ids."""
        self.moment += 1
        now = clock.now()
        today = now.date()
        window = Window(PromiseSource.CARRIER, today, today, now + timedelta(hours=2), now + timedelta(hours=4))
        ids = []
        with self.sessions() as session:
            for order_id in self.orders:
                order = session.get_one(Order, order_id)
                milestone = Milestone(
                    store_id=order.store_id,
                    order_id=order.id,
                    shipment_key=order.shipments[0].id,
                    kind=MilestoneKind.OUT_FOR_DELIVERY,
                    occasion=str(self.moment),
                    at=now,
                )
                session.add(milestone)
                session.flush()
                ids += [m.id for m in plan(session, order, [milestone], shipments=order.shipments, window=window)]
            session.commit()
        return ids

    def waypost(self) -> float:
        """Messages a second, from lease to "sent"."""
        ids = self.news()
        started, sent = time.perf_counter(), 0
        while True:
            with self.sessions() as session:
                leased = outbox.lease_due(session, AT_ONCE, delivery.LEASE_S)
                session.commit()
            if not leased:
                break
            sent += delivery.deliver(self.sessions, leased, self.channels, base_url=BASE_URL).sent
        took = time.perf_counter() - started
        assert sent == len(ids) == self.count, (sent, len(ids))
        return sent / took

    def bare(self) -> float:
        """Letters a second, finished before, over one connection."""
        with smtplib.SMTP(self.server.hostname or "", self.server.port or 25) as connection:
            connection.ehlo()
            started = time.perf_counter()
            for letter in self.letters:
                connection.sendmail("orders@example.com", ["somebody@example.com"], letter)
            return len(self.letters) / (time.perf_counter() - started)

    def collect(self, sandbox: dict[str, Any]) -> int:
        """Keep what the sandbox got as the baseline's letters; returns their median size."""
        with urllib.request.urlopen(f"{sandbox['url']}/_sandbox/mail?format=json&limit=1", timeout=30) as answer:
            newest = json.load(answer)["mails"][-1]["id"]
        with urllib.request.urlopen(f"{sandbox['url']}/_sandbox/mail/{newest}.eml", timeout=30) as answer:
            raw = answer.read()
        self.letters = [raw] * self.count
        return len(raw)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=list(places.DATABASES), default="sqlite")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    with places.folder() as folder, places.sandbox() as sandbox, places.DATABASES[arguments.database]() as url:
        app = create_app(places.loaded(places.environment(url, folder)))
        with app.app_context():
            it = Round(sandbox["smtp_url"], url, arguments.messages)
            it.waypost()
            size = it.collect(sandbox)
            values = report.interleaved(arguments.rounds, {"bare": it.bare, "waypost": it.waypost})
            with it.sessions() as session:
                states = set(session.scalars(select(Message.state).distinct()))
                steps = session.scalar(select(func.count()).select_from(MessageEvent))
            it.channels[Channel.EMAIL].close()
            db.engine.dispose()
    assert states == {MessageState.SENT}, states
    bare, waypost = (report.median(values[who]) for who in ("bare", "waypost"))
    report.show(
        "messages",
        ["emails", "bare smtplib/s", "waypost/s", "ratio", "target ≥"],
        [[f"{size:,} bytes each", bare, waypost, report.ratio(values, "waypost", "bare"), TARGET]],
        database=arguments.database,
        messages=arguments.messages,
        ledger_rows=steps,
        rounds=values,
    )


if __name__ == "__main__":
    main()
