"""Few rows that count what happened, however often it does."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOON, make_customer, make_order, make_product, make_store
from tests.suggestions.shop import Shop
from tracking.models import (
    RecommendationDismissal,
    RecommendationSettings,
    RecommendationTrial,
    RecommendationUse,
    Surface,
)
from tracking.platform import clock
from tracking.suggestions import exposure
from tracking.suggestions.offering import offer
from tracking.suggestions.recording import (
    Placed,
    dismiss,
    enter_trial,
    placed,
    record_clicked,
    record_letter,
    record_shown,
)

MUG = Placed("MUG", "bought_together", 2)


def uses(session: Session) -> list[RecommendationUse]:
    session.expire_all()
    return list(session.scalars(select(RecommendationUse).order_by(RecommendationUse.id)))


def test_a_page_opened_again_and_again_is_one_row(session: Session) -> None:
    store = make_store(session)
    make_product(session, store, ref="MUG")
    order = make_order(session, store)
    for minutes in (0, 5, 29, 31, 40, 95):
        with clock.frozen(NOON + timedelta(minutes=minutes)):
            record_shown(session, order, [MUG], surface=Surface.PAGE, model="7")
    (row,) = uses(session)
    # minutes 0, 31 and 95 are views of their own
    assert (row.shown, row.clicks, row.place, row.model) == (3, 0, 2, "7")
    assert (row.first_at, row.last_at) == (NOON, NOON + timedelta(minutes=95))


def test_the_best_place_and_the_newest_reason_are_kept(session: Session) -> None:
    store = make_store(session)
    make_product(session, store, ref="MUG")
    order = make_order(session, store)
    for minutes, kind, place in ((0, "bought_together", 1), (60, "similar", 0), (120, "popular", 3)):
        with clock.frozen(NOON + timedelta(minutes=minutes)):
            record_shown(session, order, [Placed("MUG", kind, place)], surface=Surface.PAGE, model="7")
    (row,) = uses(session)
    assert (row.kind, row.place, row.shown) == ("popular", 0, 3)


def test_each_surface_counts_for_itself(session: Session) -> None:
    store = make_store(session)
    make_product(session, store, ref="MUG")
    order = make_order(session, store)
    for surface in Surface:
        record_shown(session, order, [MUG], surface=surface, model="7")
    assert {row.surface for row in uses(session)} == set(Surface)


def test_whoever_follows_has_seen_it(session: Session) -> None:
    store = make_store(session)
    make_product(session, store, ref="MUG")
    order = make_order(session, store)
    for seconds in (0, 10, 90):
        with clock.frozen(NOON + timedelta(seconds=seconds)):
            assert record_clicked(session, order, MUG, surface=Surface.PAGE, model="7")
    (row,) = uses(session)
    # a double click is one
    assert (row.shown, row.clicks) == (1, 2)
    assert (row.clicked_at, row.last_click_at) == (NOON, NOON + timedelta(seconds=90))


def test_several_products_are_one_statement_and_stale_ones_are_left_out(session: Session) -> None:
    store = make_store(session)
    refs = [make_product(session, store).ref for _ in range(3)]
    order = make_order(session, store)
    rows = [Placed(ref, "popular", place) for place, ref in enumerate([*refs, "gone", refs[0]])]
    assert record_shown(session, order, rows, surface=Surface.PAGE, model="7") == 3
    assert record_shown(session, order, [], surface=Surface.PAGE, model="7") == 0
    assert len(uses(session)) == 3


def test_rows_go_with_their_customer_and_with_their_order(session: Session) -> None:
    store = make_store(session)
    make_product(session, store, ref="MUG")
    session.add(RecommendationSettings(store_id=store.id, held_out_percent=10, since=NOON))
    order, guest = make_order(session, store), make_order(session, store)
    customer = order.customer
    guest.customer_id = None
    session.flush()
    for one in (order, guest):
        record_shown(session, one, [MUG], surface=Surface.PAGE, model="7")
        dismiss(session, one, MUG)
        enter_trial(session, one, held_out=False)
    session.delete(customer)
    session.flush()
    session.expire_all()
    assert [row.order_id for row in uses(session)] == [guest.id]
    assert [row.order_id for row in session.scalars(select(RecommendationDismissal))] == [guest.id]
    assert session.scalars(select(RecommendationTrial)).all() == []
    session.delete(guest)
    session.flush()
    assert uses(session) == []
    assert session.scalars(select(RecommendationDismissal)).all() == []


def test_a_customer_enters_a_comparison_once_and_a_guest_never(session: Session) -> None:
    store = make_store(session)
    customer = make_customer(session, store)
    here, there, guest = (*(make_order(session, store, customer) for _ in range(2)), make_order(session, store))
    guest.customer_id = None
    assert not enter_trial(session, here, held_out=True), "no comparison has begun"
    session.add(RecommendationSettings(store_id=store.id, held_out_percent=10, since=NOON))
    session.flush()
    assert enter_trial(session, here, held_out=True)
    assert not enter_trial(session, there, held_out=True)
    assert not enter_trial(session, guest, held_out=True)
    assert [row.held_out for row in session.scalars(select(RecommendationTrial))] == [True]


def test_a_new_comparison_takes_everybody_in_anew(session: Session) -> None:
    store = make_store(session)
    order = make_order(session, store)
    settings = RecommendationSettings(store_id=store.id, held_out_percent=10, since=NOON)
    session.add(settings)
    session.flush()
    assert enter_trial(session, order, held_out=False)
    row = session.scalars(select(RecommendationTrial)).one()
    row.orders = 2
    settings.since = NOON + timedelta(days=3)
    session.flush()
    with clock.frozen(NOON + timedelta(days=4)):
        assert enter_trial(session, order, held_out=True)
        assert not enter_trial(session, order, held_out=True)
    session.expire_all()
    assert (row.held_out, row.orders, row.began_at) == (True, 0, NOON + timedelta(days=4))


def test_an_offer_shows_nothing_to_who_is_held_out_and_says_that_it_could(shop: Shop, session: Session) -> None:
    there = offer(session, shop.order, state_dir=shop.state_dir)
    assert [one.title for one in there.shown] == ["Tea", "Jam"]
    assert there.is_eligible
    assert not there.held_out
    assert there.model
    session.add(RecommendationSettings(store_id=shop.store.id, held_out_percent=100))
    session.flush()
    assert exposure.is_held_out(session, shop.order)
    away = offer(session, shop.order, state_dir=shop.state_dir)
    assert away.shown == ()
    assert away.is_eligible
    assert away.held_out
    alone = make_order(session, make_store(session))
    assert not offer(session, alone, state_dir=shop.state_dir).is_eligible


def test_a_letter_enters_both_groups_and_counts_for_one(shop: Shop, session: Session) -> None:
    settings = RecommendationSettings(store_id=shop.store.id, held_out_percent=0)
    session.add(settings)
    session.flush()
    found = offer(session, shop.order, state_dir=shop.state_dir)
    assert [(one.ref, one.place) for one in placed(found)] == [(shop.tea.ref, 0), (shop.jam.ref, 1)]
    record_letter(session, shop.order, found)
    assert [(row.surface, row.place) for row in uses(session)] == [(Surface.EMAIL, 0), (Surface.EMAIL, 1)]
    settings.held_out_percent = 100
    other = make_order(session, shop.store)
    other.lines[0].product_id = shop.mug.id
    session.flush()
    record_letter(session, other, offer(session, other, state_dir=shop.state_dir))
    assert len(uses(session)) == 2
    assert [row.held_out for row in session.scalars(select(RecommendationTrial).order_by(RecommendationTrial.id))] == [
        False,
        True,
    ]
