"""What to show beside an order."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

from recommendations import Kind
from tests.factories import NOON, make_customer, make_order, make_product, make_store
from tests.suggestions.shop import Shop, buy
from tracking.models import LineState, OrderLine, OrderState
from tracking.platform.i18n import speaking
from tracking.suggestions import fit_store, for_order, reason_sentence


def test_what_others_bought_with_it_is_shown_with_its_reason(shop: Shop) -> None:
    tea, jam = for_order(shop.session, shop.order, state_dir=shop.state_dir)
    assert (tea.title, tea.kind, tea.anchor_title, tea.people) == ("Tea", Kind.BOUGHT_TOGETHER, "Mug", 3)
    assert (jam.title, jam.people, jam.url, jam.price_minor) == ("Jam", 2, shop.jam.url, 8900)
    assert reason_sentence(tea) == "Bought with your Mug by 3 people"
    with speaking("fr"):
        assert "Mug" in reason_sentence(tea)
        assert "3 personnes" in reason_sentence(tea)
    with speaking("th"):
        assert "3 คน" in reason_sentence(tea)


def test_what_is_sold_out_since_the_fit_is_not_shown(shop: Shop) -> None:
    shop.tea.stock = 0
    assert shop.titles() == ["Jam"]
    shop.jam.available = False
    assert shop.titles() == []


def test_what_was_deleted_or_has_no_link_is_not_shown(shop: Shop) -> None:
    shop.tea.url = "javascript:alert(1)"
    assert shop.titles() == ["Jam"]
    shop.session.delete(shop.jam)
    assert shop.titles() == []


def test_what_the_customer_bought_before_is_not_shown(shop: Shop) -> None:
    customer = make_customer(shop.session, shop.store)
    buy(shop.session, shop.store, customer, shop.tea, placed_at=NOON - timedelta(days=400))
    assert shop.titles(buy(shop.session, shop.store, customer, shop.mug)) == ["Jam"]


def test_a_variant_of_what_the_customer_bought_before_is_not_shown(shop: Shop) -> None:
    customer = make_customer(shop.session, shop.store)
    shop.tea.group_ref = "tea"
    big = make_product(shop.session, shop.store, title="Big tea", group_ref="tea")
    buy(shop.session, shop.store, customer, big, placed_at=NOON - timedelta(days=400))
    assert shop.titles(buy(shop.session, shop.store, customer, shop.mug)) == ["Jam"]


def test_what_was_only_bought_in_a_cancelled_order_may_be_shown(shop: Shop) -> None:
    customer = make_customer(shop.session, shop.store)
    buy(shop.session, shop.store, customer, shop.tea, state=OrderState.CANCELLED)
    assert shop.titles(buy(shop.session, shop.store, customer, shop.mug)) == ["Tea", "Jam"]


def test_a_line_that_was_sent_back_is_neither_a_reason_nor_shown(shop: Shop) -> None:
    order = buy(shop.session, shop.store, None, shop.mug, shop.jam)
    order.lines[0].state = LineState.RETURNED
    shown = for_order(shop.session, order, state_dir=shop.state_dir)
    assert [(product.title, product.anchor_title) for product in shown] == [("Tea", "Jam")]


def test_earlier_orders_are_a_reason_too(shop: Shop) -> None:
    customer = make_customer(shop.session, shop.store)
    buy(shop.session, shop.store, customer, shop.mug, placed_at=NOON - timedelta(days=400))
    pan = make_product(shop.session, shop.store, title="Pan")
    shown = for_order(shop.session, buy(shop.session, shop.store, customer, pan), state_dir=shop.state_dir)
    assert [(product.title, product.anchor_title) for product in shown] == [("Tea", "Mug"), ("Jam", "Mug")]


def test_a_shop_without_orders_and_an_order_without_products_get_nothing(session: Session, tmp_path: Path) -> None:
    store = make_store(session)
    assert fit_store(session, store.id, tmp_path).orders == 0
    assert for_order(session, make_order(session, store), state_dir=tmp_path) == ()
    order = make_order(session, store, lines=0)
    order.lines.append(OrderLine(position=0, ref="gone", title="No longer sold", quantity=1))
    session.flush()
    assert for_order(session, order, state_dir=tmp_path) == ()


def test_the_limit_holds(shop: Shop) -> None:
    assert shop.titles(limit=1) == ["Tea"]
    assert shop.titles(limit=0) == []


def test_a_view_costs_a_bounded_number_of_queries(shop: Shop) -> None:
    customer = make_customer(shop.session, shop.store)
    for days in range(40):
        extra = make_product(shop.session, shop.store)
        buy(shop.session, shop.store, customer, extra, placed_at=NOON - timedelta(days=days))
    order = buy(
        shop.session, shop.store, customer, shop.mug, *(make_product(shop.session, shop.store) for _ in range(9))
    )
    shop.session.expire_all()
    assert order.store.slug
    assert order.shipments == []
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    engine = shop.session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert len(for_order(shop.session, order, state_dir=shop.state_dir)) == 2
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(asked) == 4, asked
