"""Learning from a store's rows."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.factories import make_product, make_store
from tests.suggestions.shop import Shop, buy
from tracking.models import LineState, Order, OrderState
from tracking.suggestions import fit_store, for_order, learning


def test_cancelled_orders_and_lines_teach_nothing(session: Session, tmp_path: Path) -> None:
    store = make_store(session)
    mug, tea, jam = (make_product(session, store) for _ in range(3))
    for _ in range(3):
        buy(session, store, None, mug, tea, state=OrderState.CANCELLED)
        buy(session, store, None, mug, jam).lines[1].state = LineState.RETURNED
    session.flush()
    report = fit_store(session, store.id, tmp_path)
    assert (report.orders, report.products, report.pairs) == (3, 1, 0)


def test_all_orders_are_read_whatever_a_page_of_them_holds(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fit_store(shop.session, shop.store.id, shop.state_dir)
    bytes_before = whole.path.read_bytes()
    monkeypatch.setattr(learning, "PAGE_OF_ORDERS", 1)
    assert fit_store(shop.session, shop.store.id, shop.state_dir) == whole
    assert whole.orders == 4
    assert whole.path.read_bytes() == bytes_before


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


def test_an_unknown_store_is_refused(session: Session, tmp_path: Path) -> None:
    with pytest.raises(LookupError):
        fit_store(session, 4711, tmp_path)
