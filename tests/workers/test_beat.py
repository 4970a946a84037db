"""The beat of a worker, on both databases: what it leases, what it sweeps, what it does once an hour."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update
from structlog.testing import capture_logs

from tests.factories import NOON, make_account, make_customer, make_order, make_shipment, make_store
from tests.workers.rounds import Rounds
from tracking.models import RecommendationSettings, Shipment, TrackingEventRow, UnknownCode
from tracking.platform import clock
from tracking.platform.status import Status
from tracking.platform.web import settings_of
from tracking.suggestions import artefact_of
from tracking.suggestions.reckoning import BEGINS_AT
from tracking.workers import beat, tasks

LATER = NOON + timedelta(hours=1)
NUMBERS = ["1Z999AA10123456784", "1Z12345E0205271688"]


@pytest.fixture
def worker(app) -> Iterator[Rounds]:
    with Rounds(app) as made:
        yield made


@pytest.fixture
def parcels(session, sandbox) -> list[int]:
    account = make_account(session, "ups", credentials=sandbox.credentials("ups"), base_url=sandbox.carrier_url("ups"))
    store = make_store(session)
    made = []
    for number in NUMBERS:
        sandbox.parcel(number=number, carrier="ups", scans=[{"at": NOON, "kind": "accepted"}])
        made.append(make_shipment(session, make_order(session, store), number=number, carrier_account_id=account.id).id)
    session.commit()
    return made


def test_a_beat_asks_about_what_is_due_and_writes_it_down(worker, parcels, session) -> None:
    with clock.frozen(LATER):
        worker.beat.lease_parcels()
    session.expire_all()
    assert set(session.scalars(select(Shipment.status))) == {Status.IN_TRANSIT}
    assert session.scalar(select(func.count()).select_from(TrackingEventRow)) == 2


def test_a_beat_asks_nobody_about_what_is_not_due(worker, parcels, session, sandbox) -> None:
    with clock.frozen(LATER):
        worker.beat.lease_parcels()
        asked = len(sandbox.calls("ups", "track"))
        worker.beat.lease_parcels()
    assert len(sandbox.calls("ups", "track")) == asked == 2


def test_a_sweep_frees_what_a_dead_worker_had_and_gives_orphans_an_account(worker, parcels, session) -> None:
    past = clock.real_now() - timedelta(seconds=1)
    session.execute(update(Shipment).where(Shipment.id == parcels[0]).values(next_poll_at=None, lease_until=past))
    session.execute(update(Shipment).where(Shipment.id == parcels[1]).values(carrier_account_id=None))
    session.commit()
    with clock.frozen(LATER):
        worker.beat.sweep()
    session.expire_all()
    freed, adopted = session.get_one(Shipment, parcels[0]), session.get_one(Shipment, parcels[1])
    assert (freed.next_poll_at, freed.lease_until, freed.lease_fence) == (LATER, None, 1)
    assert adopted.carrier_account_id is not None


def test_a_full_queue_is_given_nothing_more(worker, parcels, session, monkeypatch) -> None:
    monkeypatch.setattr(beat, "QUEUED_AT_MOST", 0)
    with clock.frozen(LATER):
        worker.beat.lease_parcels()
        worker.beat.lease_messages()
    session.expire_all()
    assert set(session.scalars(select(Shipment.lease_fence))) == {0}


def test_hourly_work_is_done_once_however_many_sweep(worker, app, monkeypatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(beat, "tidy", lambda _session: done.append("tidy"))
    with Rounds(app) as other:
        other.runtime.queue.storage = worker.runtime.queue.storage
        for one in (worker, other, worker):
            one.beat.sweep()
    assert done == ["tidy"]


def test_recommendations_are_reckoned_once_a_day_for_every_store(worker, session) -> None:
    stores = [make_store(session) for _ in range(2)]
    for store in stores:
        customer = make_customer(session, store)
        for _ in range(BEGINS_AT):
            make_order(session, store, customer, lines=0)
    session.commit()
    worker.beat.sweep()
    held_out = select(RecommendationSettings.store_id).order_by(RecommendationSettings.store_id)
    assert session.scalars(held_out).all() == [store.id for store in stores]
    session.execute(delete(RecommendationSettings))
    session.commit()
    worker.beat.sweep()
    assert session.scalars(held_out).all() == []


def test_stores_that_are_due_are_learnt_from_one_after_the_other(worker, app, session) -> None:
    stores = [make_store(session) for _ in range(3)]
    for store in stores:
        make_order(session, store)
    session.commit()
    worker.beat.sweep()
    state_dir = settings_of(app).state_dir
    assert [artefact_of(state_dir, store).version for store in stores] == ["00000001"] * 3
    session.commit()
    worker.beat.sweep()
    assert [artefact_of(state_dir, store).version for store in stores] == ["00000001"] * 3


def test_a_process_learns_from_one_store_at_a_time(worker, app, session) -> None:
    store = make_store(session)
    session.commit()
    with worker.runtime.fitting:
        worker.beat.sweep()
    assert artefact_of(settings_of(app).state_dir, store).version == ""


def test_a_worker_that_is_to_stop_begins_no_further_fit(worker, app, session, monkeypatch) -> None:
    monkeypatch.setattr(tasks, "FIT_FOR_S", 0.0)
    stores = [make_store(session) for _ in range(2)]
    session.commit()
    worker.beat.sweep()
    versions = [artefact_of(settings_of(app).state_dir, store).version for store in stores]
    assert sorted(versions) == ["", "00000001"]


def test_codes_nobody_knows_are_counted_by_carrier(worker, parcels, session, sandbox) -> None:
    with clock.frozen(LATER):
        sandbox.move(NUMBERS[0], scan={"kind": "unheard"})
        worker.beat.lease_parcels()
        worker.beat.sweep()
    found = session.scalars(select(UnknownCode)).one()
    assert (found.carrier, found.seen) == ("ups", 1)


def test_what_could_not_be_counted_is_counted_later(worker, parcels, session, sandbox, monkeypatch) -> None:
    with clock.frozen(LATER):
        sandbox.move(NUMBERS[0], scan={"kind": "unheard"})
        worker.beat.lease_parcels()
        with monkeypatch.context() as broken, capture_logs() as logs:
            broken.setattr(beat, "count_unseen", _breaks)
            worker.beat.sweep()
        assert [(line["event"], line["step"]) for line in logs if line["log_level"] == "error"] == [
            ("beat.failed", "count_unseen")
        ]
        worker.beat.sweep()
    found = session.scalars(select(UnknownCode)).one()
    assert (found.carrier, found.seen) == ("ups", 1)


def test_daily_and_hourly_work_that_fails_is_done_with_the_next_sweep(worker, session, monkeypatch) -> None:
    stores = [make_store(session)]
    make_order(session, stores[0])
    session.commit()
    done: list[str] = []
    with monkeypatch.context() as broken, capture_logs() as logs:
        broken.setattr(beat, "tidy", _breaks)
        broken.setattr(beat, "select", _breaks)
        worker.beat.sweep()
    failed = [line["step"] for line in logs if line["event"] == "beat.failed"]
    assert failed == ["tidy", "reckon"], "what comes after a failure is done all the same"
    assert "recommendations.fitted" in {line["event"] for line in logs}
    monkeypatch.setattr(beat, "tidy", lambda _session: done.append("tidy"))
    with capture_logs() as logs:
        worker.beat.sweep()
        worker.beat.sweep()
    assert done == ["tidy"]
    assert [line["store"] for line in logs if line["event"] == "reckoned"] == [stores[0].id]


def _breaks(*_: object) -> None:
    raise RuntimeError("no database")


def test_a_failing_step_is_logged_and_the_beat_goes_on(worker, monkeypatch) -> None:
    calls: list[int] = []

    def breaks() -> None:
        calls.append(1)
        _breaks()

    monkeypatch.setattr(beat, "BEAT_S", 0.01)
    monkeypatch.setattr(worker.beat, "lease_messages", breaks)
    monkeypatch.setattr(worker.beat, "lease_parcels", lambda: None)
    monkeypatch.setattr(worker.beat, "sweep", lambda: None)
    with capture_logs() as logs:
        worker.beat.start()
        while len(calls) < 3:
            assert worker.beat.is_alive()
    worker.beat.stop()
    worker.beat.join(5)
    assert not worker.beat.is_alive()
    assert {(line["event"], line["step"]) for line in logs} == {("beat.failed", "lease_messages")}
