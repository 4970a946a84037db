"""Between whole fits a model is brought up to date with what is new, and no order counts twice."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from recommendations import fit, read_model
from tests.factories import make_product
from tests.suggestions.shop import Shop
from tests.suggestions.test_schedule import Worker, orders, worker
from tracking.models import OrderState
from tracking.platform import clock
from tracking.platform.db import db
from tracking.platform.errors import Conflict
from tracking.suggestions import artefacts, fit_now, learning, schedule

__all__ = ["orders", "worker"]


def model_of(shop: Shop) -> Any:
    path = artefacts.artefact_path(shop.state_dir, shop.store)
    assert path is not None
    return read_model(path)


def bought(shop: Shop, ref: str) -> int:
    """How many orders of a product the store's newest model knows."""
    model = model_of(shop)
    return int(model.learnt.popular.orders[model.products.find(ref)])


@pytest.fixture
def learns(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How models came about, one after the other."""
    told: list[str] = []

    def telling(name: str) -> Callable[..., Any]:
        honest = getattr(learning, name)

        def learns(*given: Any, **more: Any) -> Any:
            told.append(name)
            return honest(*given, **more)

        return learns

    for name in ("fit", "update"):
        monkeypatch.setattr(learning, name, telling(name))
    return told


def test_an_hour_later_one_new_order_is_enough(
    shop: Shop, worker: Worker, orders: Callable[[int], None], learns: list[str]
) -> None:
    worker.later(shop, minutes=61)
    assert not worker.work()
    orders(1)
    with capture_logs() as logs:
        assert worker.work()
    assert [line["event"] for line in logs] == ["recommendations.updated"]
    assert not worker.work()
    assert learns == ["update"]
    row = worker.row(shop)
    assert (row.orders, row.whole_orders, row.failures, row.lease_until) == (5, 4, 0, None)
    assert model_of(shop).orders == 5
    # within the hour nothing happens, however rested the store is
    orders(1)
    worker.later(shop, minutes=58)
    assert not worker.work()
    worker.later(shop, minutes=3)
    assert worker.work()
    assert learns == ["update", "update"]


def test_no_order_counts_twice(shop: Shop, worker: Worker, orders: Callable[[int], None], learns: list[str]) -> None:
    assert bought(shop, shop.jam.ref) == 2
    for known in (3, 4, 5):
        orders(1)
        worker.later(shop, minutes=61)
        assert worker.work()
        assert bought(shop, shop.jam.ref) == known
        assert bought(shop, shop.tea.ref) == 3
    assert learns == ["update"] * 3


def test_updates_count_as_grown_too(
    shop: Shop, worker: Worker, orders: Callable[[int], None], learns: list[str]
) -> None:
    orders(3)
    worker.later(shop, minutes=61)
    assert worker.work()
    orders(2)
    worker.later(shop, minutes=11)
    assert worker.work()
    assert learns == ["update", "fit"]
    assert worker.row(shop).whole_orders == 9
    assert bought(shop, shop.jam.ref) == 7


def test_a_day_after_the_last_whole_fit_updates_do_not_stand_in_for_it(
    shop: Shop, worker: Worker, orders: Callable[[int], None], learns: list[str]
) -> None:
    worker.later(shop, hours=20)
    orders(1)
    assert worker.work()
    worker.later(shop, hours=4.1)
    assert worker.work()
    assert learns == ["update", "fit"]


def test_a_new_product_is_known_within_the_hour(shop: Shop, worker: Worker, learns: list[str]) -> None:
    with clock.frozen(clock.now().replace(hour=18)):
        new = make_product(shop.session, shop.store, title="Honey")
        worker.later(shop, minutes=61)
        assert worker.work()
        worker.later(shop, minutes=61)
        assert not worker.work()
    assert learns == ["update"]
    model = model_of(shop)
    assert model.allowed[model.products.find(new.ref)]


def test_what_was_cancelled_since_is_set_right_by_the_next_whole_fit(
    shop: Shop, worker: Worker, orders: Callable[[int], None], learns: list[str]
) -> None:
    orders(1)
    first = shop.store_orders()[0]
    first.state = OrderState.CANCELLED
    worker.later(shop, minutes=61)
    assert worker.work()
    assert bought(shop, shop.jam.ref) == 3
    worker.later(shop, days=1)
    assert worker.work()
    assert learns == ["update", "fit"]
    assert bought(shop, shop.jam.ref) == 2


def _damaged(shop: Shop, _worker: Worker) -> None:
    path = artefacts.artefact_path(shop.state_dir, shop.store)
    assert path is not None
    path.write_bytes(b"WAYPOST of another format")


def _published_and_not_written_down(shop: Shop, worker: Worker) -> None:
    row = worker.row(shop)
    row.orders, row.whole_orders = 3, 3
    shop.session.commit()


def _gone_back(shop: Shop, worker: Worker) -> None:
    with clock.frozen(clock.now().replace(hour=18)):
        shop.fit()
    shop.session.commit()
    worker.later(shop, hours=2)
    current = artefacts.folder_of(shop.state_dir, shop.store) / "current"
    newest, before = current.read_text().splitlines()
    current.write_text(f"{before}\n{newest}\n")


@pytest.mark.parametrize("what", [_damaged, _published_and_not_written_down, _gone_back])
def test_where_it_is_not_certain_what_a_model_knows_all_is_learnt_anew(
    shop: Shop,
    worker: Worker,
    orders: Callable[[int], None],
    learns: list[str],
    what: Callable[[Shop, Worker], None],
) -> None:
    worker.later(shop, minutes=61)
    what(shop, worker)
    learns.clear()
    orders(1)
    assert worker.work()
    assert learns == ["fit"]
    assert bought(shop, shop.jam.ref) == 3


def test_an_update_reads_new_orders_only(shop: Shop, worker: Worker, orders: Callable[[int], None]) -> None:
    orders(2)
    worker.later(shop, minutes=61)
    known = worker.row(shop).newest_order
    asked: list[Any] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        if "FROM orders" in statement and "count(" not in statement:
            asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert worker.work()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    pages = [statement for statement, _parameters in asked if "orders.placed_at" in statement]
    assert pages
    assert all("orders.id > " in statement for statement in pages)
    assert worker.row(shop).newest_order == known + 2


def test_news_are_read_whatever_a_page_of_them_holds(
    shop: Shop, worker: Worker, orders: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "PAGE_OF_ORDERS", 1)
    orders(3)
    worker.later(shop, minutes=61)
    assert worker.work()
    assert bought(shop, shop.jam.ref) == 5


def test_asking_for_a_fit_holds_no_transaction_while_it_learns(
    shop: Shop, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = fit
    store_id = shop.store.id
    shop.session.commit()
    shop.session.close()

    def looking(*given: Any, **more: Any) -> Any:
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        return honest(*given, **more)

    monkeypatch.setattr(learning, "fit", looking)
    assert fit_now(worker.sessions, store_id, worker.state_dir).orders == 4


def test_asking_for_a_fit_while_a_worker_learns_is_refused(shop: Shop, worker: Worker) -> None:
    store_id = shop.store.id
    worker.later(shop, days=2)
    with worker.sessions() as other:
        assert schedule.claim(other) is not None
        other.commit()
    with pytest.raises(Conflict, match="right now"):
        fit_now(worker.sessions, store_id, worker.state_dir)
    with pytest.raises(LookupError):
        fit_now(worker.sessions, 4711, worker.state_dir)


def test_a_fit_that_was_asked_for_and_failed_leaves_the_store_to_others(
    shop: Shop, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> object:
        raise MemoryError

    store_id = shop.store.id
    shop.session.commit()
    monkeypatch.setattr(learning, "fit", breaks)
    with pytest.raises(MemoryError):
        fit_now(worker.sessions, store_id, worker.state_dir)
    row = worker.row(shop)
    assert (row.lease_until, row.last_error) == (None, "MemoryError")
