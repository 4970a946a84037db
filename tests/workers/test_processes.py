"""Real workers, killed and stopped at the worst moments: nothing is lost, nothing is done twice."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from tests.conftest import ENCRYPTION_KEY, SECRET_KEY
from tests.factories import NOON, make_account, make_order, make_product, make_shipment, make_store
from tests.suggestions.shop import buy
from tracking.models import (
    Channel,
    Consent,
    ConsentState,
    Message,
    MessageState,
    ModelFit,
    Order,
    Shipment,
    Store,
    TrackingEventRow,
)
from tracking.platform import clock, security
from tracking.platform.db import db, reading
from tracking.platform.engine import make_queue
from tracking.platform.settings import Settings
from tracking.platform.status import Status
from tracking.sandbox import Sandbox
from tracking.suggestions import artefacts, for_order, learning, schedule

pytestmark = pytest.mark.processes
ROOT = Path(__file__).parents[2]
WITHIN_S = 90.0
S = MessageState


class Workers:
    """Starts workers on the test's database and sandbox."""

    def __init__(self, settings: Settings, sandbox: Sandbox, folder: Path) -> None:
        self.started: list[subprocess.Popen[bytes]] = []
        self.log = folder / "worker.log"
        anchor = clock.Anchor(NOON, time.time())
        clock.set_anchor(anchor)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WAYPOST_", "TWILIO_"))}
        self.env = {
            **kept,
            **sandbox.settings(),
            "WAYPOST_DATABASE_URL": settings.database_url,
            "WAYPOST_QUEUE_URL": settings.queue_url,
            "WAYPOST_STATE_DIR": str(folder),
            "WAYPOST_BASE_URL": settings.base_url,
            "WAYPOST_SECRET_KEY": "k" * 40,
            "WAYPOST_ENCRYPTION_KEY": ENCRYPTION_KEY,
            "WAYPOST_CLOCK": anchor.dump(),
        }

    def start(self, module: str = "quick_worker", *more: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", f"tests.workers.{module}", *more],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.started.append(worker)
        return worker

    def kill(self) -> None:
        """kill -9: no worker gets to say a word."""
        for worker in self.started:
            if worker.poll() is None:
                worker.send_signal(signal.SIGKILL)
                worker.wait(10)

    def let_leases_end(self) -> None:
        """Two minutes later: the next worker's sweep finds what the dead one had."""
        past = clock.real_now() - timedelta(seconds=1)
        with Session(db.engine) as session:
            for row in (Shipment, Message):
                session.execute(update(row).where(row.lease_until.is_not(None)).values(lease_until=past))
            session.commit()

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until it is so, or show the workers' log."""
        end = time.monotonic() + WITHIN_S
        while not true():
            dead = [worker.returncode for worker in self.started[-1:] if worker.poll() is not None]
            if dead or time.monotonic() > end:
                tail = self.log.read_text(encoding="utf-8", errors="replace")[-3000:]
                pytest.fail(f"it did not come to that; the worker ended with {dead}\n{tail}")
            time.sleep(0.05)


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> Iterator[Settings]:
    """On SQLite, and where a test says so on PostgreSQL: a start of a worker takes seconds."""
    made = Settings(
        database_url=f"sqlite:///{tmp_path / 'waypost.db'}",
        queue_url=f"sqlite:///{tmp_path / 'queue.db'}",
        state_dir=tmp_path,
        secret_keys=(SECRET_KEY,),
        encryption_keys=(ENCRYPTION_KEY,),
    )
    if getattr(request, "param", "sqlite") == "sqlite":
        shutil.copy(sqlite_template, tmp_path / "waypost.db")
        yield made
        return
    url = make_url(request.getfixturevalue("postgres_url"))
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE processes TEMPLATE waypost_template STRATEGY file_copy"))
    yield made.with_database(url.set(database="processes").render_as_string(hide_password=False))
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE processes WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def workers(app: Flask, settings: Settings, sandbox: Sandbox, tmp_path: Path) -> Iterator[Workers]:
    made = Workers(settings, sandbox, tmp_path)
    yield made
    made.kill()


def parcels(session: Session, sandbox: Sandbox, count: int, kind: str = "accepted") -> list[str]:
    """Due parcels of people who get emails and texts; the carrier knows what happened to them an hour ago."""
    account = make_account(session, "ups", credentials=sandbox.credentials("ups"), base_url=sandbox.carrier_url("ups"))
    store = make_store(session)
    numbers = [f"1Z999AA10{n:09d}" for n in range(count)]
    for number in numbers:
        scans = [{"at": NOON - timedelta(hours=20), "kind": "accepted"}]
        if kind != "accepted":
            scans.append({"at": NOON - timedelta(hours=1), "kind": kind})
        sandbox.parcel(number=number, carrier="ups", scans=scans)
        order = make_order(session, store, country="GB")
        make_shipment(session, order, number=number, carrier_account_id=account.id)
        session.add(
            Consent(
                store_id=store.id,
                channel=Channel.SMS,
                subject=security.subject_key(order.phone or ""),
                state=ConsentState.GRANTED,
                method="checkout",
            )
        )
    session.commit()
    return numbers


def count(what: object) -> int:
    """How many rows there are, in a transaction that only reads."""
    with reading(), Session(db.engine) as session:
        return session.scalar(select(func.count()).select_from(what)) or 0


def leased() -> int:
    return count(select(Shipment.id).where(Shipment.lease_until.is_not(None)).subquery())


def asked_about() -> int:
    return count(select(Shipment.id).where(Shipment.last_polled_at.is_not(None)).subquery())


def in_states(*states: MessageState) -> int:
    return count(select(Message.id).where(Message.state.in_(states)).subquery())


def waits() -> int:
    return count(select(Message.id).where(~Message.state.in_([S.SENT, S.DELIVERED, S.DROPPED, S.MERGED])).subquery())


def test_a_worker_killed_while_it_asks_loses_no_parcel(session, sandbox, workers) -> None:
    parcels(session, sandbox, 12)
    slow = sandbox.fault("ups", kind="latency", seconds=60)
    workers.start()
    workers.until(lambda: leased() == 12)
    time.sleep(0.3)
    workers.kill()
    assert asked_about() == 0
    sandbox.state.faults.clear(fault_id=slow.id)
    workers.let_leases_end()
    workers.start()
    workers.until(lambda: asked_about() == 12 and leased() == 0)
    with Session(db.engine) as read:
        assert set(read.scalars(select(Shipment.status))) == {Status.IN_TRANSIT}
    assert count(TrackingEventRow) == 12


@pytest.mark.parametrize("settings", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_a_worker_killed_while_it_texts_doubles_no_text(session, sandbox, workers) -> None:
    parcels(session, sandbox, 4, "out_for_delivery")
    # the text is on its way, and the worker dies before it hears so
    sandbox.state.mishaps["twilio"].add(kind="timeout_after", seconds=60, count=1)
    workers.start()
    workers.until(lambda: len(texts(sandbox)) >= 1 and in_states(S.SENDING) >= 1)
    workers.kill()
    workers.let_leases_end()
    workers.start()
    # what was on its way is found at Twilio, and only ten minutes later is it certain that the others were not begun
    workers.until(lambda: in_states(S.SENT, S.DELIVERED) == 5 and in_states(S.UNCERTAIN) == 3)
    assert len(texts(sandbox)) == 1
    workers.until(lambda: let_minutes_pass() and in_states(S.SENT, S.DELIVERED) == 8 and waits() == 0)
    to = Counter(message.to for message in texts(sandbox))
    assert (len(to), set(to.values())) == (4, {1})
    assert len(sandbox.state.mail) == 4


def test_a_worker_killed_while_it_mails_loses_none_and_changes_no_message_id(session, sandbox, workers) -> None:
    parcels(session, sandbox, 4, "out_for_delivery")
    sandbox.state.mishaps["mail"].add(kind="late", seconds=60, count=1)
    workers.start()
    workers.until(lambda: len(sandbox.state.mail) >= 1 and in_states(S.SENDING) >= 1)
    workers.kill()
    workers.let_leases_end()
    workers.start()
    workers.until(lambda: in_states(S.SENT, S.DELIVERED) == 8 and waits() == 0)
    ids: dict[tuple[str, ...], set[str]] = {}
    for mail in sandbox.state.mail:
        ids.setdefault(mail.recipients, set()).add(mail.header("Message-ID"))
    assert len(ids) == 4
    assert all(len(of_one) == 1 for of_one in ids.values())


def let_minutes_pass() -> bool:
    """Eleven minutes after the attempts: what is uncertain may be looked for again."""
    with Session(db.engine) as session:
        long_ago = clock.real_now() - timedelta(minutes=11)
        uncertain = update(Message).where(Message.state == S.UNCERTAIN, Message.next_at.is_not(None))
        session.execute(uncertain.values(attempted_at=long_ago, next_at=clock.now()))
        session.commit()
    time.sleep(0.5)
    return True


def texts(sandbox: Sandbox) -> list:
    return [message for message in sandbox.state.messages if not message.direction.startswith("inbound")]


def test_an_account_in_the_environment_is_all_that_a_parcel_needs_to_be_asked_about(session, sandbox, workers) -> None:
    order = make_order(session, make_store(session), country="GB")
    make_shipment(session, order, carrier="dhl", number="00340434292135100124")
    session.commit()
    sandbox.parcel(
        number="00340434292135100124",
        carrier="dhl",
        scans=[{"at": NOON - timedelta(hours=20), "kind": "accepted"}],
    )
    workers.start()
    workers.until(lambda: asked_about() == 1 and leased() == 0)
    with Session(db.engine) as read:
        assert read.scalars(select(Shipment.status)).one() is Status.IN_TRANSIT


def test_sigterm_lets_the_worker_finish_what_runs(session, sandbox, workers) -> None:
    parcels(session, sandbox, 3)
    sandbox.fault("ups", kind="latency", seconds=1.5)
    worker = workers.start()
    workers.until(lambda: leased() == 3)
    time.sleep(0.3)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert (asked_about(), leased(), count(TrackingEventRow)) == (3, 0, 3)


def test_two_workers_never_ask_about_the_same_parcel(session, sandbox, workers) -> None:
    numbers = parcels(session, sandbox, 60)
    sandbox.fault("ups", kind="latency", seconds=0.05)
    workers.start()
    workers.start()
    workers.until(lambda: asked_about() == 60)
    asked = Counter(number for call in sandbox.calls("ups", "track") for number in call.numbers)
    assert asked == Counter(numbers)


@pytest.mark.parametrize("settings", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_workers_learn_from_a_store_once_and_again_when_it_has_grown(session, workers, settings) -> None:
    store = make_store(session)
    folder = settings.state_dir / "recommendations" / store.public_id
    order = make_order(session, store)
    store_id = store.id
    session.commit()
    workers.start()
    workers.start()
    workers.until(lambda: (folder / "current").exists() and not busy())
    assert [path.name for path in folder.glob("*.wpr")] == ["model-00000001.wpr"]
    # its rest is over, and five more orders were placed
    for _ in range(5):
        make_order(session, session.get_one(Store, store_id), placed_at=order.placed_at)
    session.execute(update(ModelFit).values(not_before=clock.real_now()))
    session.commit()
    forget_ticks(settings)
    workers.until(lambda: (folder / "model-00000002.wpr").exists() and not busy())
    with Session(db.engine) as read:
        fit = read.scalars(select(ModelFit)).one()
        assert (fit.orders, fit.failures, fit.last_error) == (6, 0, None)


def test_a_worker_killed_anywhere_in_a_fit_leaves_the_model_there_was_and_another_takes_the_fit_up(
    session, workers, settings, tmp_path
) -> None:
    store = make_store(session)
    mug, tea = make_product(session, store), make_product(session, store)
    for _ in range(3):
        buy(session, store, None, mug, tea)
    order_id = buy(session, store, None, mug).id
    tea_ref = tea.ref
    learning.fit_store(session, store.id, settings.state_dir)
    session.commit()
    session.refresh(store)
    session.expunge(store)
    session.rollback()
    folder = artefacts.folder_of(settings.state_dir, store)
    named = (folder / "current").read_text()
    for killed, stage in enumerate(("learning", "writing", "pointing"), 1):
        let_fits_be_due(settings)
        mark = tmp_path / stage
        workers.start("stuck_worker", stage, str(mark))
        workers.until(mark.exists)
        workers.kill()
        # nobody knows that it is dead: as long as its lease lasts nobody else begins
        with Session(db.engine) as other:
            row = other.scalars(select(ModelFit)).one()
            assert (row.failures, row.orders) == (killed, 4)
            assert row.lease_until > clock.real_now()
            row.not_before = clock.real_now()
            other.flush()
            assert schedule.claim(other) is None
        # and what there was answers
        assert (folder / "current").read_text() == named
        assert artefacts.unsound(settings.state_dir, store) == ""
        with reading(), Session(db.engine) as page:
            shown = for_order(page, page.get_one(Order, order_id), state_dir=settings.state_dir)
        assert [one.ref for one in shown] == [tea_ref]
    (left,) = folder.glob(".model-*")
    assert (folder / "model-00000002.wpr").exists()
    # a day later
    os.utime(left, (time.time() - 25 * 3600,) * 2)
    let_fits_be_due(settings)
    workers.start()
    workers.until(lambda: (folder / "current").read_text() != named and not busy())
    assert sorted(path.name for path in folder.iterdir()) == ["current", "model-00000001.wpr", "model-00000003.wpr"]
    with Session(db.engine) as read:
        row = read.scalars(select(ModelFit)).one()
        assert (row.failures, row.last_error, row.orders) == (0, None, 4)


def let_fits_be_due(settings: Settings) -> None:
    """Leases of dead workers have ended, and so have the pauses: the next worker's first sweep finds a fit due."""
    past = clock.real_now() - timedelta(seconds=1)
    with Session(db.engine) as session:
        session.execute(update(ModelFit).values(due_at=past, not_before=past, lease_until=past))
        session.commit()
    forget_ticks(settings)


def busy() -> bool:
    return count(select(ModelFit.store_id).where(ModelFit.lease_until.is_not(None)).subquery()) > 0


def forget_ticks(settings: Settings) -> None:
    """As if a minute had passed: the next sweep looks again."""
    queue = make_queue(settings.queue_url)
    real = clock.real_now()
    for minute in (real, real - timedelta(minutes=1)):
        queue.delete(f"tick:fit:{minute:%Y%m%d%H%M}")
