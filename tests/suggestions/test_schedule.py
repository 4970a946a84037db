"""When a store's orders are learnt from again, and by whom."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker
from structlog.testing import capture_logs

from recommendations import fit
from tests.factories import NOON, make_store
from tests.suggestions.shop import Shop, buy
from tracking.models import ModelFit
from tracking.platform import clock
from tracking.platform.db import db
from tracking.suggestions import artefacts, fit_due, learning, look_after, model_version, schedule


class Worker:
    """A worker's part in it, on the database under test."""

    def __init__(self, session: Session, state_dir: Path) -> None:
        self.session, self.state_dir = session, state_dir
        self.sessions = sessionmaker(db.engine, expire_on_commit=False)

    def work(self) -> bool:
        """Learn from one store that is due."""
        self.session.commit()
        return fit_due(self.sessions, self.state_dir)

    def row(self, shop: Shop) -> ModelFit:
        self.session.commit()
        self.session.expire_all()
        return self.session.get_one(ModelFit, shop.store.id)

    def later(self, shop: Shop, **span: float) -> None:
        """As if so much real time had passed since the row was written."""
        row = self.row(shop)
        for name in ("whole_at", "learnt_at", "not_before", "due_at", "lease_until"):
            at: datetime | None = getattr(row, name)
            if at is not None:
                setattr(row, name, at - timedelta(**span))
        self.session.commit()


@pytest.fixture
def worker(session: Session, tmp_path: Path) -> Worker:
    return Worker(session, tmp_path)


@pytest.fixture
def orders(shop: Shop) -> Callable[[int], None]:
    def more(count: int) -> None:
        for _ in range(count):
            buy(shop.session, shop.store, None, shop.mug, shop.jam)
        shop.session.commit()

    return more


def test_a_new_store_is_learnt_from_at_once_and_then_not_again(session: Session, worker: Worker) -> None:
    store = make_store(session)
    assert worker.work()
    assert not worker.work()
    assert model_version(worker.state_dir, store) == "00000001"
    assert session.get_one(ModelFit, store.id).failures == 0


def test_a_day_later_it_is_due_whatever_was_ordered(shop: Shop, worker: Worker) -> None:
    assert not worker.work()
    worker.later(shop, hours=23)
    assert not worker.work()
    worker.later(shop, hours=1.01)
    assert worker.work()
    assert not worker.work()


def test_a_store_that_has_grown_is_due_after_its_rest(
    shop: Shop, worker: Worker, orders: Callable[[int], None]
) -> None:
    orders(4)
    worker.later(shop, minutes=11)
    assert not worker.work()
    orders(1)
    assert worker.work()
    assert worker.row(shop).orders == 9
    orders(5)
    assert not worker.work()
    worker.later(shop, minutes=11)
    assert worker.work()


@pytest.mark.parametrize(("orders", "enough"), [(0, 1), (1, 5), (50, 5), (100, 10), (1_000_000, 100_000)])
def test_a_tenth_more_is_enough_and_five_at_least(orders: int, enough: int) -> None:
    assert schedule.enough(orders) == enough


def test_a_store_without_orders_is_due_with_its_first(session: Session, worker: Worker) -> None:
    store = make_store(session)
    assert worker.work()
    session.execute(update(ModelFit).values(not_before=clock.real_now()))
    assert not worker.work()
    buy(session, store, None)
    assert worker.work()


def test_rest_grows_with_what_a_fit_takes(shop: Shop, session: Session) -> None:
    schedule.note(session, shop.store.id, schedule.Learnt(10, 10, NOON, whole=True, took_s=300))
    row = session.get_one(ModelFit, shop.store.id, populate_existing=True)
    assert row.learnt_at is not None
    assert row.not_before - row.learnt_at == timedelta(minutes=50)


def test_two_workers_never_learn_from_one_store_at_once(shop: Shop, worker: Worker) -> None:
    worker.later(shop, days=2)
    with worker.sessions() as one:
        turn = schedule.claim(one)
        one.commit()
    assert turn is not None
    assert not worker.work()
    assert worker.row(shop).lease_until is not None


def test_a_fit_that_fails_leaves_the_old_artefact_and_is_tried_later_and_later(
    shop: Shop, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> object:
        raise MemoryError

    worker.later(shop, days=2)
    honest = fit
    monkeypatch.setattr(learning, "fit", breaks)
    for minutes, failures in ((5, 1), (10, 2), (20, 3)):
        with capture_logs() as logs:
            assert worker.work()
        assert [line["event"] for line in logs] == ["recommendations.fit_failed"]
        row = worker.row(shop)
        assert (row.failures, row.last_error, row.lease_until) == (failures, "MemoryError", None)
        assert not worker.work()
        worker.later(shop, minutes=minutes - 1)
        assert not worker.work()
        worker.later(shop, minutes=1.01)
    assert shop.titles() == ["Tea", "Jam"]
    assert model_version(worker.state_dir, shop.store) == "00000001"
    monkeypatch.setattr(learning, "fit", honest)
    assert worker.work()
    row = worker.row(shop)
    assert (row.failures, row.last_error) == (0, None)


def test_waiting_for_another_try_never_takes_more_than_half_a_day() -> None:
    assert schedule.retry_after(1) == timedelta(minutes=5)
    assert schedule.retry_after(50) == timedelta(hours=12)


def test_a_worker_that_died_is_waited_for_until_its_lease_ends(shop: Shop, worker: Worker) -> None:
    worker.later(shop, days=2)
    with worker.sessions() as dying:
        assert schedule.claim(dying) is not None
        dying.commit()
    worker.later(shop, seconds=schedule.LEASE_S - 60)
    assert not worker.work()
    worker.later(shop, seconds=61)
    assert worker.row(shop).failures == 1
    assert worker.work()
    assert worker.row(shop).failures == 0


def test_whoever_lost_the_lease_publishes_nothing(shop: Shop, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.later(shop, days=2)
    honest = fit

    def slow(*given: Any, **more: Any) -> Any:
        with worker.sessions() as other:
            other.execute(update(ModelFit).values(lease_fence=ModelFit.lease_fence + 1))
            other.commit()
        return honest(*given, **more)

    monkeypatch.setattr(learning, "fit", slow)
    with capture_logs() as logs:
        assert worker.work()
    assert [line["event"] for line in logs] == ["recommendations.lease_lost"]
    assert model_version(worker.state_dir, shop.store) == "00000001"
    assert worker.row(shop).lease_until is not None


def test_no_transaction_is_open_while_it_learns(shop: Shop, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.later(shop, days=2)
    honest = fit

    def writes_meanwhile(*given: Any, **more: Any) -> Any:
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        return honest(*given, **more)

    # the test's own connection
    shop.session.close()
    monkeypatch.setattr(learning, "fit", writes_meanwhile)
    assert fit_due(worker.sessions, worker.state_dir)
    assert shop.session.scalars(select(ModelFit.failures)).all() == [0]


def test_orders_that_come_while_others_are_read_count_as_new(
    shop: Shop, worker: Worker, orders: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.later(shop, days=2)
    honest = fit

    def slow(*given: Any, **more: Any) -> Any:
        orders(5)
        return honest(*given, **more)

    monkeypatch.setattr(learning, "fit", slow)
    assert worker.work()
    monkeypatch.setattr(learning, "fit", honest)
    worker.later(shop, minutes=11)
    assert worker.work()
    assert worker.row(shop).orders == 9


def test_a_damaged_artefact_is_learnt_anew_without_waiting_a_day(shop: Shop, worker: Worker) -> None:
    shop.session.commit()
    worker.later(shop, minutes=11)
    look_after(worker.sessions, worker.state_dir)
    assert not worker.work()
    path = artefacts.artefact_path(worker.state_dir, shop.store)
    assert path is not None
    path.write_bytes(b"WAYPOST")
    shop.session.commit()
    with capture_logs() as logs:
        look_after(worker.sessions, worker.state_dir)
    assert [line["event"] for line in logs] == ["recommendations.refit"]
    assert worker.work()
    assert artefacts.unsound(worker.state_dir, shop.store) == ""


def test_stores_wait_in_turn(session: Session, worker: Worker) -> None:
    stores = [make_store(session) for _ in range(3)]
    session.commit()
    turns = [worker.work() for _ in range(4)]
    assert turns == [True, True, True, False]
    assert set(session.scalars(select(ModelFit.store_id))) == {store.id for store in stores}
