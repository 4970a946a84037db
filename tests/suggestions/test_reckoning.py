"""What the daily reckoning finds in the rows, and what it writes down."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import NOON, make_customer, make_order, make_product, make_store
from tests.suggestions.shop import buy
from tracking.models import (
    Audit,
    Customer,
    LineState,
    Order,
    OrderState,
    Product,
    RecommendationFactor,
    RecommendationSettings,
    RecommendationSwitch,
    RecommendationTrial,
    RecommendationUse,
    Store,
    Surface,
    SwitchScope,
)
from tracking.platform import clock
from tracking.platform.db import reading
from tracking.suggestions import exposure, known, reckoning
from tracking.suggestions.reckoning import BEGINS_AT, gather, hold_out, keep, switch_on
from tracking.suggestions.recording import Placed, enter_trial, record_clicked, record_shown

LATER = NOON + timedelta(days=60)


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    with clock.frozen(LATER):
        yield


def reckon(session: Session, store: Store) -> reckoning.Findings:
    session.commit()
    with reading():
        found = gather(session, store.id)
    session.commit()
    keep(session, found)
    session.commit()
    return found


def seen(session: Session, order: Order, product: Product, days_ago: float, *, clicked: bool = False) -> None:
    with clock.frozen(LATER - timedelta(days=days_ago)):
        one = Placed(product.ref, "bought_together", 0)
        record_shown(session, order, [one], surface=Surface.PAGE, model="1")
        if clicked:
            record_clicked(session, order, one, surface=Surface.PAGE, model="1")


def followed(session: Session) -> list[tuple[int, int | None]]:
    session.expire_all()
    rows = session.scalars(select(RecommendationUse).where(RecommendationUse.followed_order_id.is_not(None)))
    return [(row.followed_order_id or 0, row.followed_minor) for row in rows]


class Shopper:
    """A customer who was shown a product beside an order nine days ago."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.store = make_store(session)
        self.customer = make_customer(session, self.store)
        self.product = make_product(session, self.store)
        self.order = make_order(session, self.store, self.customer, placed_at=LATER - timedelta(days=12))
        seen(session, self.order, self.product, 9)

    def orders(self, days_ago: float, *, of: Customer | None = None, **values: object) -> Order:
        order = buy(
            self.session,
            self.store,
            of or self.customer,
            self.product,
            placed_at=LATER - timedelta(days=days_ago),
            **values,
        )
        order.lines[0].unit_price_minor = 1250
        order.lines[0].quantity = 2
        return order


def test_an_order_of_what_was_shown_followed(session: Session) -> None:
    shopper = Shopper(session)
    later = shopper.orders(3)
    reckon(session, shopper.store)
    assert followed(session) == [(later.id, 2500)]
    # and stays the same when reckoned again
    shopper.orders(1)
    reckon(session, shopper.store)
    assert followed(session) == [(later.id, 2500)]


@pytest.mark.parametrize("shown_last", [True, False])
def test_an_order_of_what_took_its_place_followed(session: Session, shown_last: bool) -> None:
    shopper = Shopper(session)
    old, between, new = shopper.product, make_product(session, shopper.store), make_product(session, shopper.store)
    if shown_last:
        old, new = new, old
    old.became_ref, between.became_ref = between.ref, new.ref
    later = buy(session, shopper.store, shopper.customer, old if shown_last else new, placed_at=LATER)
    other = make_product(session, shopper.store, became_ref=make_product(session, shopper.store).ref)
    buy(session, shopper.store, shopper.customer, other, placed_at=LATER - timedelta(days=2))
    reckon(session, shopper.store)
    assert followed(session) == [(later.id, later.lines[0].unit_price_minor)]


def test_what_does_not_follow(session: Session) -> None:
    shopper = Shopper(session)
    shopper.orders(10)  # before it was shown
    shopper.orders(3, of=make_customer(session, shopper.store))  # somebody else
    shopper.orders(3, state=OrderState.CANCELLED)
    shopper.orders(3).lines[0].state = LineState.RETURNED
    buy(session, shopper.store, shopper.customer, make_product(session, shopper.store), placed_at=LATER)
    reckon(session, shopper.store)
    assert followed(session) == []


def test_it_follows_within_two_weeks_of_the_last_look(session: Session) -> None:
    shopper = Shopper(session)
    with clock.frozen(LATER + timedelta(days=5.5)):
        shopper.orders(-5.1)
        reckon(session, shopper.store)
        assert followed(session) == [], "14.1 days after it was shown"
    seen(session, shopper.order, shopper.product, -3)
    with clock.frozen(LATER + timedelta(days=5.5)):
        reckon(session, shopper.store)
    assert len(followed(session)) == 1, "it was shown again meanwhile"


def test_an_order_in_another_currency_follows_without_an_amount(session: Session) -> None:
    shopper = Shopper(session)
    later = shopper.orders(3, currency="EUR")
    reckon(session, shopper.store)
    assert followed(session) == [(later.id, None)]


def test_a_cancelled_order_is_taken_back(session: Session) -> None:
    shopper = Shopper(session)
    later = shopper.orders(3)
    reckon(session, shopper.store)
    later.state = OrderState.CANCELLED
    reckon(session, shopper.store)
    assert followed(session) == []


def test_a_comparison_begins_with_enough_orders_and_only_once(session: Session) -> None:
    store, other = make_store(session), make_store(session)
    customer = make_customer(session, store)
    for _ in range(BEGINS_AT - 1):
        make_order(session, store, customer, lines=0)
    make_order(session, other, lines=0)
    assert not reckon(session, store).begins
    make_order(session, store, customer, lines=0)
    assert reckon(session, store).begins
    row = session.get(RecommendationSettings, store.id)
    assert row
    assert row.held_out_percent == 10
    row.held_out_percent = 0
    assert not reckon(session, store).begins
    assert session.get(RecommendationSettings, other.id) is None


def test_who_came_back_within_thirty_days_is_counted_in_both_groups(session: Session) -> None:
    store = make_store(session)
    hold_out(session, store.id, 10)
    settings = session.get(RecommendationSettings, store.id)
    assert settings
    settings.since = NOON
    customers = [make_customer(session, store) for _ in range(3)]
    with clock.frozen(NOON + timedelta(days=1)):
        for number, customer in enumerate(customers):
            enter_trial(session, make_order(session, store, customer), held_out=number == 2)
    for days, total in ((5, 4000), (20, 1000), (32, 9000)):
        make_order(session, store, customers[0], placed_at=NOON + timedelta(days=days), total_minor=total)
    make_order(session, store, customers[2], placed_at=NOON + timedelta(days=2), total_minor=None)
    make_order(session, store, customers[1], placed_at=NOON + timedelta(days=2), state=OrderState.CANCELLED)
    reckon(session, store)
    rows = session.scalars(select(RecommendationTrial).order_by(RecommendationTrial.id)).all()
    assert [(row.orders, row.spent_minor, row.held_out) for row in rows] == [
        (2, 5000, False),
        (0, 0, False),
        (1, 0, True),
    ]


def many_uses(session: Session, store: Store, product: Product, kind: str, *, shown: int, clicked: int) -> None:
    """So many orders beside which the product stood first."""
    customer = make_customer(session, store)
    at = LATER - timedelta(days=2)
    orders = [make_order(session, store, customer, lines=0) for _ in range(shown)]
    session.add_all(
        RecommendationUse(
            store_id=store.id,
            order_id=order.id,
            customer_id=customer.id,
            product_id=product.id,
            surface=Surface.PAGE,
            kind=kind,
            place=0,
            clicks=int(number < clicked),
            first_at=at,
            last_at=at,
        )
        for number, order in enumerate(orders)
    )
    session.flush()


def test_what_nobody_follows_is_turned_off_with_its_numbers_and_on_again_by_a_person(session: Session) -> None:
    store = make_store(session)
    good, bad = make_product(session, store, ref="GOOD"), make_product(session, store, ref="BAD")
    many_uses(session, store, good, "bought_together", shown=300, clicked=45)
    many_uses(session, store, bad, "bought_together", shown=300, clicked=0)
    version = store.version
    reckon(session, store)
    (row,) = session.scalars(select(RecommendationSwitch)).all()
    assert (row.scope, row.subject, row.why) == (SwitchScope.PRODUCT, "BAD", "unwanted")
    assert (row.numbers["shown"], row.numbers["seen"], row.numbers["expected"]) == (300, 0, 45)
    (entry,) = session.scalars(select(Audit).where(Audit.action == "recommendations.off")).all()
    assert (entry.actor, entry.detail["what"], entry.detail["expected"]) == ("worker", "BAD", 45)
    session.refresh(store)
    assert store.version == version + 1
    assert known.of_store(session, store.id).off.products == {"BAD"}
    # again: no second row
    reckon(session, store)
    assert session.scalar(select(func.count()).select_from(RecommendationSwitch)) == 1
    # a person knows better; what counted against it counts no more
    assert not switch_on(session, store.id, SwitchScope.PRODUCT, "GOOD")
    assert switch_on(session, store.id, SwitchScope.PRODUCT, "BAD")
    assert not switch_on(session, store.id, SwitchScope.PRODUCT, "BAD")
    reckon(session, store)
    assert known.of_store(session, store.id).off.products == frozenset()


def test_nobody_turns_on_what_belongs_to_another_store(session: Session) -> None:
    store, other = make_store(session), make_store(session)
    row = RecommendationSwitch(store_id=other.id, scope=SwitchScope.ALL, why="harm")
    session.add(row)
    session.flush()
    assert not switch_on(session, store.id, SwitchScope.ALL, "")
    assert known.of_store(session, other.id).off.everything


def test_a_kind_may_be_wanted_less_and_stays_and_what_the_merchant_chose_stays_too(session: Session) -> None:
    store = make_store(session)
    products = [make_product(session, store) for _ in range(3)]
    many_uses(session, store, products[0], "bought_together", shown=300, clicked=60)
    many_uses(session, store, products[1], "popular", shown=300, clicked=18)
    many_uses(session, store, products[2], "picked", shown=300, clicked=0)
    reckon(session, store)
    assert known.of_store(session, store.id).off.kinds == frozenset()
    many_uses(session, store, products[1], "similar", shown=450, clicked=0)
    reckon(session, store)
    assert known.of_store(session, store.id).off.kinds == {"similar"}


def test_everything_is_turned_off_where_shown_shoppers_come_back_less(session: Session) -> None:
    store = make_store(session)
    session.add(RecommendationSettings(store_id=store.id, held_out_percent=50, since=NOON))
    for held_out, came_back in ((False, 20), (True, 140)):
        customers = [Customer(store_id=store.id) for _ in range(400)]
        session.add_all(customers)
        session.flush()
        session.add_all(
            RecommendationTrial(
                store_id=store.id,
                customer_id=customer.id,
                held_out=held_out,
                began_at=NOON + timedelta(days=1),
                orders=int(number < came_back),
                counted_at=NOON + timedelta(days=32),
            )
            for number, customer in enumerate(customers)
        )
    session.flush()
    reckon(session, store)
    assert known.of_store(session, store.id).off.everything
    (row,) = session.scalars(select(RecommendationSwitch)).all()
    assert (row.why, row.numbers["shown_came_back"], row.numbers["held_out_came_back"]) == ("harm", 20, 140)
    assert row.numbers["high"] < 0
    # on again: a new comparison, in which nobody is yet
    assert switch_on(session, store.id, SwitchScope.ALL, "")
    reckon(session, store)
    assert not known.of_store(session, store.id).off.everything


def test_a_store_s_harm_turns_nothing_off_in_another(session: Session) -> None:
    store, other = make_store(session), make_store(session)
    bad = make_product(session, store, ref="BAD")
    many_uses(session, store, make_product(session, store), "bought_together", shown=300, clicked=45)
    many_uses(session, store, bad, "bought_together", shown=300, clicked=0)
    make_product(session, other, ref="BAD")
    reckon(session, store)
    reckon(session, other)
    assert known.of_store(session, other.id).off == exposure.Off()
    assert session.scalars(select(RecommendationFactor.store_id).distinct()).all() == [store.id]


def test_factors_are_replaced_each_time_and_leave_out_what_is_usual(session: Session) -> None:
    store = make_store(session)
    star = make_product(session, store, ref="STAR")
    others = [make_product(session, store) for _ in range(3)]
    for other in others:
        many_uses(session, store, other, "bought_together", shown=100, clicked=10)
    many_uses(session, store, star, "bought_together", shown=100, clicked=45)
    reckon(session, store)
    found = exposure.factors(session, store.id, ["STAR", *(one.ref for one in others)])
    assert 1.3 < found["STAR"] <= 2
    assert all(0.5 <= found.get(one.ref, 1.0) < 1 for one in others)
    for row in session.scalars(select(RecommendationUse)):
        row.clicks = 0
    reckon(session, store)
    assert exposure.factors(session, store.id, ["STAR"]) == {}


def test_choosing_a_share_begins_a_new_comparison(session: Session) -> None:
    store = make_store(session)
    assert hold_out(session, store.id, 20)
    row = session.get(RecommendationSettings, store.id)
    assert row
    with clock.frozen(LATER + timedelta(days=1)):
        assert not hold_out(session, store.id, 20)
        assert row.since == LATER
        assert hold_out(session, store.id, 0)
        assert row.since == LATER + timedelta(days=1)
    for percent in (-1, 51):
        with pytest.raises(ValueError, match=str(percent)):
            hold_out(session, store.id, percent)


def test_an_empty_store_is_no_trouble(session: Session) -> None:
    found = reckon(session, make_store(session))
    assert (found.begins, found.followed, found.came_back, found.verdicts, found.factors) == (False, [], [], [], {})
