"""What is remembered of a shopper, who is held out, and what is turned off."""

from datetime import timedelta

from sqlalchemy.orm import Session

from tests.factories import NOON, make_customer, make_order, make_product, make_store
from tracking.models import (
    RecommendationFactor,
    RecommendationSettings,
    RecommendationSwitch,
    Store,
    Surface,
    SwitchScope,
)
from tracking.platform import clock
from tracking.suggestions import exposure, known
from tracking.suggestions.recording import Placed, dismiss, record_clicked, record_shown, undo_dismissal


def shown(session: Session, order: object, *refs: str, surface: Surface = Surface.PAGE) -> int:
    rows = [Placed(ref, "popular", place) for place, ref in enumerate(refs)]
    return record_shown(session, order, rows, surface=surface, model="1")  # type: ignore[arg-type]


def held_out(session: Session, store: Store, percent: int) -> None:
    session.merge(RecommendationSettings(store_id=store.id, held_out_percent=percent))
    session.flush()


def test_a_dismissed_product_stays_away_from_every_order_of_the_customer(session: Session) -> None:
    store = make_store(session)
    customer = make_customer(session, store)
    product, other = make_product(session, store), make_product(session, store)
    here, there = make_order(session, store, customer), make_order(session, store, customer)
    somebody = make_order(session, store)
    assert dismiss(session, here, Placed(product.ref, "popular", 0))
    assert known.of_shopper(session, here).dismissed == known.of_shopper(session, there).dismissed == {product.ref}
    assert known.of_shopper(session, somebody).dismissed == set()
    # taking it back works from any of them
    assert undo_dismissal(session, there, product.ref)
    assert not undo_dismissal(session, there, other.ref)
    assert known.of_shopper(session, here).dismissed == set()


def test_a_guest_dismisses_for_one_order(session: Session) -> None:
    store = make_store(session)
    product = make_product(session, store)
    here, there = make_order(session, store), make_order(session, store)
    here.customer_id = there.customer_id = None
    session.flush()
    dismiss(session, here, Placed(product.ref, "popular", 0))
    assert known.of_shopper(session, here).dismissed == {product.ref}
    assert known.of_shopper(session, there).dismissed == set()


def test_a_guest_who_becomes_a_customer_takes_it_along(session: Session) -> None:
    store = make_store(session)
    product = make_product(session, store)
    order = make_order(session, store)
    customer_id, order.customer_id = order.customer_id, None
    session.flush()
    dismiss(session, order, Placed(product.ref, "popular", 0))
    order.customer_id = customer_id
    session.flush()
    assert known.of_shopper(session, order).dismissed == {product.ref}


def test_a_product_of_another_store_cannot_be_dismissed_or_shown(session: Session) -> None:
    store, other = make_store(session), make_store(session)
    foreign = make_product(session, other)
    order = make_order(session, store)
    assert not dismiss(session, order, Placed(foreign.ref, "popular", 0))
    assert shown(session, order, foreign.ref) == 0
    assert known.of_shopper(session, order).dismissed == set()
    assert known.of_shopper(session, order).views == {}


def test_the_same_reference_in_two_stores_is_two_products(session: Session) -> None:
    store, other = make_store(session), make_store(session)
    make_product(session, store, ref="MUG")
    make_product(session, other, ref="MUG")
    mine, theirs = make_order(session, store), make_order(session, other)
    dismiss(session, mine, Placed("MUG", "popular", 0))
    shown(session, mine, "MUG")
    assert known.of_shopper(session, theirs).dismissed == set()
    assert known.of_shopper(session, theirs).views == {}


def test_dismissing_makes_the_pages_of_the_shopper_anew(session: Session) -> None:
    store = make_store(session)
    customer = make_customer(session, store)
    product = make_product(session, store)
    here, there, foreign = (*(make_order(session, store, customer) for _ in range(2)), make_order(session, store))
    before = (here.version, there.version, foreign.version)
    dismiss(session, here, Placed(product.ref, "popular", 0))
    session.expire_all()
    assert (here.version, there.version, foreign.version) == (before[0] + 1, before[1] + 1, before[2])
    # a second time is no change
    dismiss(session, here, Placed(product.ref, "popular", 0))
    session.expire_all()
    assert here.version == before[0] + 1


def test_views_add_up_over_orders_and_surfaces_until_it_is_followed(session: Session) -> None:
    store = make_store(session)
    customer = make_customer(session, store)
    mug, tea = make_product(session, store, ref="MUG"), make_product(session, store, ref="TEA")
    here, there = make_order(session, store, customer), make_order(session, store, customer)
    shown(session, here, mug.ref, tea.ref)
    shown(session, there, mug.ref)
    shown(session, there, mug.ref, surface=Surface.EMAIL)
    assert known.of_shopper(session, here).views == {"MUG": 3, "TEA": 1}
    record_clicked(session, there, Placed("MUG", "popular", 0), surface=Surface.PAGE, model="1")
    assert known.of_shopper(session, here).views == {"TEA": 1}


def test_nobody_is_held_out_before_a_store_begins(session: Session) -> None:
    store = make_store(session)
    assert not any(exposure.is_held_out(session, make_order(session, store)) for _ in range(30))


def test_who_is_held_out_stays_so_and_a_larger_share_adds_to_it(session: Session) -> None:
    store = make_store(session)
    orders = [make_order(session, store, lines=0) for _ in range(200)]
    groups = []
    for percent in (10, 10, 30, 50):
        held_out(session, store, percent)
        groups.append({order.id for order in orders if exposure.is_held_out(session, order)})
    assert groups[0] == groups[1] < groups[2] < groups[3]
    for percent, group in ((10, groups[0]), (30, groups[2]), (50, groups[3])):
        assert abs(len(group) / 200 - percent / 100) < 0.11


def test_all_orders_of_a_customer_draw_one_lot(session: Session) -> None:
    store, other = make_store(session), make_store(session)
    customer = make_customer(session, store)
    lots = {exposure.draw(store, make_order(session, store, customer, lines=0)) for _ in range(3)}
    assert len(lots) == 1
    guests = [make_order(session, store, lines=0) for _ in range(2)]
    for guest in guests:
        guest.customer_id = None
    assert len({exposure.draw(store, guest) for guest in guests}) == 2
    # another store draws anew
    assert exposure.draw(other, guests[0]) != exposure.draw(store, guests[0])


def test_what_is_turned_off_belongs_to_its_store_until_it_is_on_again(session: Session) -> None:
    store, other = make_store(session), make_store(session)
    rows = [
        RecommendationSwitch(store_id=store.id, scope=SwitchScope.KIND, subject="popular", why="unwanted"),
        RecommendationSwitch(store_id=store.id, scope=SwitchScope.PRODUCT, subject="MUG", why="dismissed"),
        RecommendationSwitch(store_id=other.id, scope=SwitchScope.ALL, why="harm"),
    ]
    session.add_all(rows)
    session.flush()
    assert known.of_store(session, store.id).off == exposure.Off(False, frozenset({"popular"}), frozenset({"MUG"}))
    assert known.of_store(session, other.id).off.everything
    for row in rows:
        row.on_at = clock.now()
    session.flush()
    assert known.of_store(session, store.id).off == known.of_store(session, other.id).off == exposure.Off()


def test_factors_are_read_for_what_is_asked(session: Session) -> None:
    store = make_store(session)
    mug, tea = make_product(session, store, ref="MUG"), make_product(session, store, ref="TEA")
    session.add_all(RecommendationFactor(store_id=store.id, product_id=one.id, factor=1.5) for one in (mug, tea))
    session.flush()
    assert exposure.factors(session, store.id, ["MUG", "JAM"]) == {"MUG": 1.5}
    assert exposure.factors(session, store.id, []) == {}


def test_what_was_sent_away_lately_is_known_by_name(session: Session) -> None:
    store = make_store(session)
    product = make_product(session, store, title="Mug")
    order = make_order(session, store)
    dismiss(session, order, Placed(product.ref, "popular", 0))
    found = exposure.dismissed_since(session, order, NOON)
    assert [(ref, title) for ref, title, _at in found] == [(product.ref, "Mug")]
    with clock.frozen(NOON + timedelta(days=2)):
        assert exposure.dismissed_since(session, order, clock.now() - timedelta(minutes=30)) == []
