"""The bridge between the store's rows and the recommendations library."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from recommendations import Kind
from tests.factories import NOON, make_customer, make_order, make_product, make_shipment, make_store
from tracking import suggestions
from tracking.models import Customer, LineState, Order, OrderLine, OrderState, Product, Promise, PromiseSource, Store
from tracking.platform import clock
from tracking.platform.i18n import speaking
from tracking.platform.status import Reason, Status
from tracking.suggestions import artefact_path, fit_store, for_order, is_in_trouble, model_version, reason_sentence


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.frozen(NOON + timedelta(hours=2)):
        yield


def buy(session: Session, store: Store, customer: Customer | None, *products: Product, **values: object) -> Order:
    order = make_order(session, store, customer, lines=0, **values)
    for position, product in enumerate(products):
        line = OrderLine(position=position, ref=product.ref, product_id=product.id, title=product.title, quantity=1)
        order.lines.append(line)
    session.flush()
    return order


class Shop:
    """A mug that three people bought with tea, and two with jam; and an order of a mug to look at."""

    def __init__(self, session: Session, state_dir: Path) -> None:
        self.session, self.state_dir = session, state_dir
        self.store = make_store(session)
        self.mug, self.tea, self.jam = (
            make_product(session, self.store, title=title) for title in ("Mug", "Tea", "Jam")
        )
        for extra in ([self.tea, self.jam], [self.tea, self.jam], [self.tea]):
            buy(session, self.store, None, self.mug, *extra, placed_at=NOON - timedelta(days=9))
        self.order = buy(session, self.store, None, self.mug)
        self.fit()

    def fit(self) -> None:
        fit_store(self.session, self.store.id, self.state_dir)

    def titles(self, order: Order | None = None, limit: int = 4) -> list[str]:
        self.session.flush()
        self.session.expire_all()
        shown = for_order(self.session, order or self.order, state_dir=self.state_dir, limit=limit)
        return [product.title for product in shown]


@pytest.fixture
def shop(session: Session, tmp_path: Path) -> Shop:
    return Shop(session, tmp_path)


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


def test_every_kind_of_reason_has_a_sentence(shop: Shop) -> None:
    tea = for_order(shop.session, shop.order, state_dir=shop.state_dir)[0]
    assert reason_sentence(replace(tea, people=1, orders=4)) == "Bought with your Mug in 4 orders"
    popular = replace(tea, kind=Kind.POPULAR, anchor_title=None, people=1200)
    assert reason_sentence(popular) == "Bought here by 1,200 people"
    assert reason_sentence(replace(popular, people=0, orders=2)) == "Bought here in 2 orders"
    assert (
        reason_sentence(replace(tea, anchor_title="100 % %(count)s")) == "Bought with your 100 % %(count)s by 3 people"
    )


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
    monkeypatch.setattr(suggestions, "PAGE_OF_ORDERS", 1)
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


def test_nobody_is_named_in_the_artefact(shop: Shop) -> None:
    content = artefact_path(shop.state_dir, shop.store).read_bytes()
    assert shop.mug.ref.encode() in content
    assert b"example.com" not in content
    assert b"customer" not in content


@pytest.mark.parametrize("state", [OrderState.CANCELLING, OrderState.CANCELLED])
def test_silent_while_the_order_is_being_cancelled(shop: Shop, state: OrderState) -> None:
    shop.order.state = state
    assert shop.titles() == []


@pytest.mark.parametrize("status", list(Status))
def test_silent_while_a_parcel_is_in_trouble(shop: Shop, status: Status) -> None:
    trouble = {Status.EXCEPTION, Status.RETURNING, Status.RETURNED, Status.EXPIRED, Status.ATTEMPT_FAIL}
    make_shipment(shop.session, shop.order, status=Status.DELIVERED)
    make_shipment(shop.session, shop.order, status=status)
    assert (shop.titles() == []) == (status in trouble)


def test_silent_while_a_parcel_is_lost(shop: Shop) -> None:
    make_shipment(shop.session, shop.order, status=Status.IN_TRANSIT, reason=Reason.LOST)
    assert shop.titles() == []


def promise(shop: Shop, latest_on: date, shipment_key: int = 0) -> None:
    row = Promise(
        store_id=shop.store.id,
        order_id=shop.order.id,
        shipment_key=shipment_key,
        source=PromiseSource.STORE,
        earliest_on=latest_on,
        latest_on=latest_on,
    )
    shop.session.add(row)
    shop.session.flush()


TODAY = NOON.date()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def test_silent_once_the_first_date_has_passed_until_it_is_there(shop: Shop) -> None:
    parcel = make_shipment(shop.session, shop.order, status=Status.IN_TRANSIT)
    promise(shop, TODAY)
    assert shop.titles() == ["Tea", "Jam"]
    with clock.frozen(NOON + timedelta(days=1)):
        assert shop.titles() == []
        parcel.status = Status.DELIVERED
        assert shop.titles() == ["Tea", "Jam"]


def test_silent_when_the_date_was_moved_back(shop: Shop) -> None:
    parcel = make_shipment(shop.session, shop.order, status=Status.IN_TRANSIT)
    promise(shop, TODAY, parcel.id)
    assert shop.titles() != []
    promise(shop, TOMORROW, parcel.id)
    assert shop.titles() == []


def test_silent_when_the_carrier_expects_it_later_than_promised(shop: Shop) -> None:
    shop.order.promised_latest = TODAY
    make_shipment(shop.session, shop.order, status=Status.IN_TRANSIT, carrier_latest_on=TOMORROW)
    assert shop.titles() == []


def test_silent_when_it_was_not_sent_in_time(shop: Shop) -> None:
    shop.order.send_by = YESTERDAY
    assert is_in_trouble(shop.session, shop.order)
    assert shop.titles() == []


def test_late_is_told_by_the_day_where_the_parcel_goes(shop: Shop) -> None:
    shop.order.promised_latest = TODAY
    make_shipment(shop.session, shop.order, status=Status.IN_TRANSIT)
    with clock.frozen(NOON + timedelta(hours=8)):  # already tomorrow in Bangkok
        assert shop.titles() == ["Tea", "Jam"]
        shop.order.time_zone = "Asia/Bangkok"
        assert shop.titles() == []


def test_a_missing_artefact_means_nothing_and_one_line_in_the_log(shop: Shop) -> None:
    artefact_path(shop.state_dir, shop.store).unlink()
    with capture_logs() as logs:
        assert shop.titles() == shop.titles() == []
    assert [(line["event"], line["store"]) for line in logs] == [("recommendations_unavailable", shop.store.slug)]
    assert model_version(shop.state_dir, shop.store) == ""


def test_a_damaged_artefact_means_nothing_until_the_next_fit(shop: Shop) -> None:
    path = artefact_path(shop.state_dir, shop.store)
    path.write_bytes(path.read_bytes()[:-7])
    with capture_logs() as logs:
        assert shop.titles() == []
    assert len(logs) == 1
    shop.fit()
    assert shop.titles() == ["Tea", "Jam"]


def test_a_new_artefact_is_used_at_once_and_an_old_one_read_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    honest = suggestions.read_model
    monkeypatch.setattr(suggestions, "read_model", lambda path: read.append(path) or honest(path))
    shop.fit()
    before = model_version(shop.state_dir, shop.store)
    assert shop.titles() == shop.titles() == ["Tea", "Jam"]
    assert len(read) == 1
    for _ in range(4):
        buy(shop.session, shop.store, None, shop.mug, shop.jam)
    shop.fit()
    assert model_version(shop.state_dir, shop.store) != before
    assert shop.titles() == ["Jam", "Tea"]
    assert len(read) == 2


def test_a_shop_without_orders_and_an_order_without_products_get_nothing(session: Session, tmp_path: Path) -> None:
    store = make_store(session)
    assert fit_store(session, store.id, tmp_path).orders == 0
    assert for_order(session, make_order(session, store), state_dir=tmp_path) == ()
    order = make_order(session, store, lines=0)
    order.lines.append(OrderLine(position=0, ref="gone", title="No longer sold", quantity=1))
    session.flush()
    assert for_order(session, order, state_dir=tmp_path) == ()


def test_an_unknown_store_is_refused(session: Session, tmp_path: Path) -> None:
    with pytest.raises(LookupError):
        fit_store(session, 4711, tmp_path)


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
