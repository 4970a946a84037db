"""Learning from a store's rows."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from recommendations import Kind
from tests.factories import make_order, make_product, make_store
from tests.suggestions.shop import Shop, buy
from tracking.models import LineState, ModelFit, Order, OrderLine, OrderState
from tracking.suggestions import artefacts, fit_store, for_order, learning


def test_cancelled_orders_and_lines_teach_nothing(session: Session, tmp_path: Path) -> None:
    store = make_store(session)
    mug, tea, jam = (make_product(session, store) for _ in range(3))
    for _ in range(3):
        buy(session, store, None, mug, tea, state=OrderState.CANCELLED)
        buy(session, store, None, mug, jam).lines[1].state = LineState.RETURNED
    session.flush()
    report = fit_store(session, store.id, tmp_path)
    assert report.orders == 3
    shown = for_order(session, buy(session, store, None, mug), state_dir=tmp_path)
    assert not {Kind.BOUGHT_TOGETHER, Kind.BOUGHT_LATER} & {one.kind for one in shown}


def test_all_orders_are_read_whatever_a_page_of_them_holds(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fit_store(shop.session, shop.store.id, shop.state_dir)
    bytes_before = whole.path.read_bytes()
    monkeypatch.setattr(learning, "PAGE_OF_ORDERS", 1)
    again = fit_store(shop.session, shop.store.id, shop.state_dir)
    assert again.orders == whole.orders == 4
    assert again.path.read_bytes() == bytes_before


def test_only_the_newest_orders_are_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "PAGE_OF_ORDERS", 1)
    monkeypatch.setattr(learning, "MAX_ORDERS", 2)
    assert fit_store(shop.session, shop.store.id, shop.state_dir).orders == 2


def test_guests_of_one_address_are_one_person(session: Session, tmp_path: Path) -> None:
    store = make_store(session)
    mug, tea = (make_product(session, store) for _ in range(2))
    for email in ("jo@example.com", "JO@example.com", "al@example.com"):
        buy(session, store, None, mug, tea).email = email
    for order in session.query(Order):
        order.customer_id = None
    session.flush()
    fit_store(session, store.id, tmp_path)
    (shown,) = for_order(session, buy(session, store, None, mug), state_dir=tmp_path)
    assert (shown.people, shown.orders) == (2, 3)


def test_stores_learn_nothing_from_each_other(shop: Shop) -> None:
    other = make_store(shop.session)
    mug = make_product(shop.session, other, ref=shop.mug.ref)
    make_product(shop.session, other, ref=shop.tea.ref)
    fit_store(shop.session, other.id, shop.state_dir)
    assert shop.titles(buy(shop.session, other, None, mug)) == []
    assert shop.titles() == ["Tea", "Jam"]


def test_a_shop_without_orders_and_an_order_without_products_get_nothing(session: Session, tmp_path: Path) -> None:
    store = make_store(session)
    assert fit_store(session, store.id, tmp_path).orders == 0
    order = make_order(session, store, lines=0)
    order.lines.append(OrderLine(position=0, ref="gone", title="No longer sold", quantity=1))
    session.flush()
    assert for_order(session, order, state_dir=tmp_path) == ()


def test_an_unknown_store_is_refused(session: Session, tmp_path: Path) -> None:
    with pytest.raises(LookupError):
        fit_store(session, 4711, tmp_path)


def test_a_fit_that_was_asked_for_is_written_down_too(shop: Shop) -> None:
    row = shop.session.get_one(ModelFit, shop.store.id)
    assert (row.orders, row.whole_orders, row.failures, row.lease_until) == (4, 4, 0, None)
    assert row.newest_order == shop.order.id
    assert row.whole_at is not None
    assert row.due_at > row.not_before > row.whole_at


def test_nothing_is_written_where_the_artefact_cannot_be(shop: Shop) -> None:
    folder = artefacts.folder_of(shop.state_dir, shop.store)
    before = sorted(folder.iterdir())
    with pytest.raises(OSError, match="Not a directory"):
        fit_store(shop.session, shop.store.id, folder / "current")
    assert sorted(folder.iterdir()) == before
