"""What to show beside an order, and to a shopper."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from recommendations import Kind, Model, Reason, Request, Strategy, Suggestion
from tests.factories import NOON, make_customer, make_order, make_product, make_shipment, make_store
from tests.suggestions.shop import Shop, buy
from tracking.models import LineState, OrderLine, OrderState, Shipment
from tracking.platform import clock
from tracking.platform.i18n import speaking
from tracking.suggestions import artefacts, asking, fit_store, for_order, for_shopper, past, reason_sentence


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


def test_earlier_orders_are_a_reason_too_but_the_page_of_this_one_does_not_name_them(shop: Shop) -> None:
    customer = make_customer(shop.session, shop.store)
    buy(shop.session, shop.store, customer, shop.mug, placed_at=NOON - timedelta(days=400))
    pan = make_product(shop.session, shop.store, title="Pan")
    shown = for_order(shop.session, buy(shop.session, shop.store, customer, pan), state_dir=shop.state_dir)
    assert [(one.title, one.anchor_title, one.is_earlier) for one in shown] == [
        ("Tea", None, True),
        ("Jam", None, True),
    ]
    assert [one.anchor_ref for one in shown] == [shop.mug.ref, shop.mug.ref]
    assert "Mug" not in reason_sentence(shown[0])


def test_the_customer_may_hear_of_all_their_orders(shop: Shop) -> None:
    customer = make_customer(shop.session, shop.store)
    buy(shop.session, shop.store, customer, shop.mug, placed_at=NOON - timedelta(days=40))
    buy(shop.session, shop.store, customer, shop.jam, placed_at=NOON - timedelta(days=20))
    (shown,) = for_shopper(shop.session, customer, state_dir=shop.state_dir, strategy=Strategy.GOES_WITH)
    assert (shown.title, shown.is_earlier) == ("Tea", False)
    assert shown.anchor_title in {"Mug", "Jam"}


def test_a_customer_whose_newest_order_is_in_trouble_is_left_alone(shop: Shop) -> None:
    customer = make_customer(shop.session, shop.store)
    order = buy(shop.session, shop.store, customer, shop.mug)
    assert for_shopper(shop.session, customer, state_dir=shop.state_dir) != ()
    order.state = OrderState.CANCELLING
    shop.session.flush()
    assert for_shopper(shop.session, customer, state_dir=shop.state_dir) == ()


def test_a_customer_without_orders_hears_what_sells_well(shop: Shop) -> None:
    customer = make_customer(shop.session, shop.store)
    shown = for_shopper(shop.session, customer, state_dir=shop.state_dir)
    assert {one.kind for one in shown} == {Kind.POPULAR}


def test_a_parcel_is_asked_about_by_what_is_in_it(shop: Shop) -> None:
    plate, cloth = (make_product(shop.session, shop.store, title=title) for title in ("Plate", "Cloth"))
    for _ in range(3):
        buy(shop.session, shop.store, None, plate, cloth)
    shop.fit()
    order = buy(shop.session, shop.store, None, shop.mug, plate)
    first = make_shipment(shop.session, order, lines=[order.lines[0]])
    rest = make_shipment(shop.session, order)
    shop.session.expire_all()

    def best(shipment: Shipment | None) -> str:
        return for_order(shop.session, order, state_dir=shop.state_dir, shipment=shipment)[0].title

    assert best(first) == "Tea"
    # a parcel without lines of its own holds what is in no other
    assert best(rest) == "Cloth"
    # nothing of the same order is shown beside it, and all of it may be named
    shown = for_order(shop.session, order, state_dir=shop.state_dir, shipment=first, limit=9)
    assert not {"Mug", "Plate"} & {one.title for one in shown}
    assert not any(one.is_earlier for one in shown)


def test_without_a_model_what_was_bought_lately_stands_in(shop: Shop) -> None:
    for path in artefacts.folder_of(shop.state_dir, shop.store).iterdir():
        path.unlink()
    shown = for_order(shop.session, shop.order, state_dir=shop.state_dir)
    assert [(one.title, one.kind, one.people, one.orders) for one in shown] == [
        ("Tea", Kind.POPULAR, 3, 3),
        ("Jam", Kind.POPULAR, 2, 2),
    ]
    assert reason_sentence(shown[0]) == "Bought here by 3 people"
    assert for_order(shop.session, shop.order, state_dir=shop.state_dir, strategy=Strategy.SIMILAR) == ()


def test_cancelled_orders_and_lines_sell_nothing_well(shop: Shop) -> None:
    for path in artefacts.folder_of(shop.state_dir, shop.store).iterdir():
        path.unlink()
    for order in shop.store_orders():
        for line in order.lines:
            if line.title == "Tea":
                line.state = LineState.RETURNED
    assert shop.titles() == ["Jam"]
    for order in shop.store_orders()[:2]:
        order.state = OrderState.CANCELLED
    assert shop.titles() == []


def test_what_is_asked_in_place_of_something_is_answered_in_trouble_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Request] = []

    def proposing(_model: Model, request: Request) -> list[Suggestion]:
        asked.append(request)
        return [Suggestion(shop.tea.ref, 1.0, Reason(Kind.SIMILAR, shop.mug.ref))]

    monkeypatch.setattr(asking, "candidates", proposing)
    shop.order.state = OrderState.CANCELLING
    assert shop.titles() == []
    assert asked == []
    (shown,) = for_order(
        shop.session, shop.order, state_dir=shop.state_dir, strategy=Strategy.SIMILAR, about=[shop.mug.ref]
    )
    assert (shown.title, shown.kind, shown.anchor_title) == ("Tea", Kind.SIMILAR, "Mug")
    assert (asked[0].strategy, asked[0].about) == (Strategy.SIMILAR, [shop.mug.ref])


def test_a_reason_that_rests_on_no_number_is_none(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        Suggestion(shop.tea.ref, 2.0, Reason(Kind.BOUGHT_TOGETHER, shop.mug.ref)),
        Suggestion(shop.jam.ref, 1.0, Reason(Kind.SIMILAR, shop.mug.ref)),
    ]
    monkeypatch.setattr(asking, "candidates", lambda _model, _request: found)
    assert shop.titles() == ["Jam"]


def test_the_model_is_told_when_things_were_bought_and_what_is_known_of_the_shopper(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Request] = []

    def proposing(_model: Model, request: Request) -> list[Suggestion]:
        asked.append(request)
        return []

    monkeypatch.setattr(asking, "candidates", proposing)
    customer = make_customer(shop.session, shop.store)
    for days in (30, 10):
        buy(shop.session, shop.store, customer, shop.tea, placed_at=NOON - timedelta(days=days))
    order = buy(shop.session, shop.store, customer, shop.mug, shop.jam)
    order.lines[1].state = LineState.RETURNED
    shop.session.flush()
    for_order(shop.session, order, state_dir=shop.state_dir)
    (request,) = asked
    assert request.basket == [shop.mug.ref]
    assert request.history == [[shop.tea.ref], [shop.tea.ref]]
    at = NOON.timestamp()
    assert request.times == [at, at - 10 * 86_400, at - 30 * 86_400]
    assert request.at == clock.now().timestamp()
    assert request.excluded == {shop.jam.ref}


def test_what_can_be_had_again_is_only_shown_with_a_link(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.mug.consumable = True
    again = [Suggestion(shop.mug.ref, 1.0, Reason(Kind.BUY_AGAIN, shop.mug.ref, 3, 9))]
    monkeypatch.setattr(asking, "candidates", lambda _model, _request: again)

    def titles() -> list[str]:
        shop.session.flush()
        found = for_order(shop.session, shop.order, state_dir=shop.state_dir, strategy=Strategy.BUY_AGAIN)
        return [one.title for one in found]

    assert titles() == ["Mug"]
    shop.mug.url = None
    assert titles() == []


def test_a_wholesaler_s_newest_orders_are_enough(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "MAX_ORDERS", 2)
    customer = make_customer(shop.session, shop.store)
    for days in (30, 20, 10):
        buy(shop.session, shop.store, customer, shop.tea, placed_at=NOON - timedelta(days=days))
    found = past.history_of(shop.session, shop.store.id, customer.id)
    assert [one.at for one in found] == [NOON - timedelta(days=10), NOON - timedelta(days=20)]


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
    assert len(asked) == 6, asked
