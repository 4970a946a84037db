"""Products that others took the place of."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from recommendations import Kind, Strategy
from tests.factories import NOON, make_customer, make_product, make_store
from tests.large_fixture import overheard
from tests.suggestions.shop import Shop, buy
from tests.suggestions.test_schedule import Worker, orders, worker
from tracking.models import Order, Product, RecommendationDismissal, RecommendationPolicy
from tracking.models.product import AT_ONCE
from tracking.orders.forgetting import forget_product
from tracking.suggestions import artefacts, for_basket, for_order, for_shopper
from tracking.suggestions.merged import successors

__all__ = ["orders", "worker"]


@pytest.fixture
def new(shop: Shop) -> Product:
    """What the mug of the shop became; nobody bought it yet."""
    product = make_product(shop.session, shop.store, ref="แก้ว ใหม่", title="New mug")
    shop.mug.became_ref = product.ref
    shop.session.flush()
    return product


def test_what_was_learnt_of_the_old_one_is_known_of_the_new_one(shop: Shop, new: Product) -> None:
    shop.fit()
    first, second = for_order(shop.session, buy(shop.session, shop.store, None, new), state_dir=shop.state_dir)
    assert (first.title, first.kind, first.people, first.orders) == ("Tea", Kind.BOUGHT_TOGETHER, 3, 3)
    assert (first.anchor_title, second.title) == ("New mug", "Jam")


def test_whoever_bought_the_old_one_reads_its_own_name(shop: Shop, new: Product) -> None:
    shop.fit()
    shop.order.lines[0].title = "Mug, as it was called"
    first = for_order(shop.session, shop.order, state_dir=shop.state_dir)[0]
    assert (first.title, first.anchor_title, first.anchor_ref) == ("Tea", "Mug, as it was called", new.ref)


def test_the_old_one_is_never_suggested_and_the_new_one_in_its_place(shop: Shop, new: Product) -> None:
    tea = buy(shop.session, shop.store, None, shop.tea)
    # the model knows the mug only: neither it nor what it never heard of
    assert shop.titles(tea) == ["Jam"]
    shop.fit()
    assert shop.titles(tea) == ["New mug", "Jam"]
    basket = for_basket(shop.session, shop.store, [shop.tea.ref], state_dir=shop.state_dir)
    assert [one.title for one in basket] == ["New mug", "Jam"]
    popular = for_basket(shop.session, shop.store, [], state_dir=shop.state_dir, strategy=Strategy.POPULAR)
    assert "Mug" not in [one.title for one in popular]


def test_until_all_is_learnt_anew_the_model_of_the_old_one_answers(shop: Shop, new: Product) -> None:
    assert shop.titles() == ["Tea", "Jam"]
    assert new.ref not in [one.ref for one in for_order(shop.session, shop.order, state_dir=shop.state_dir)]


def test_who_owns_the_old_one_is_not_offered_the_new_one(shop: Shop, new: Product) -> None:
    shop.fit()
    customer = make_customer(shop.session, shop.store)
    buy(shop.session, shop.store, customer, shop.mug, placed_at=NOON - timedelta(days=3))
    order = buy(shop.session, shop.store, customer, shop.tea)
    assert shop.titles(order) == ["Jam"]


def test_what_is_bought_again_is_the_new_one(shop: Shop, new: Product) -> None:
    customers = [make_customer(shop.session, shop.store) for _ in range(3)]
    for days in (90, 60, 30):
        for one in customers:
            buy(shop.session, shop.store, one, shop.mug, placed_at=NOON - timedelta(days=days))
    shop.fit()
    found = for_shopper(shop.session, customers[0], state_dir=shop.state_dir, strategy=Strategy.BUY_AGAIN)
    assert [(one.title, one.kind) for one in found] == [("New mug", Kind.BUY_AGAIN)]
    assert found[0].bought_at == NOON - timedelta(days=30)


def test_a_bundle_of_the_old_one_holds_the_new_one(shop: Shop, new: Product) -> None:
    jam = buy(shop.session, shop.store, None, shop.jam)
    shop.tea.parts = [shop.mug.ref]
    shop.fit()
    # not beside each other, nor for whoever has the one or the other
    assert shop.titles(jam) == ["New mug"]
    assert shop.titles(buy(shop.session, shop.store, None, new)) == ["Jam"]
    assert shop.titles(buy(shop.session, shop.store, None, shop.tea)) == ["Jam"]


def test_a_chain_counts_to_its_end_and_parts_that_are_missing_do_not(shop: Shop, new: Product) -> None:
    newest = make_product(shop.session, shop.store, ref="newest", title="Newest mug")
    new.became_ref, newest.became_ref = "newest", "not there yet"
    shop.session.flush()
    ends = {shop.mug.ref: "newest", new.ref: "newest"}
    assert successors(shop.session, shop.store.id) == ends
    assert successors(shop.session, shop.store.id, [shop.mug.ref, shop.tea.ref, "unheard of"]) == ends
    assert successors(shop.session, shop.store.id, [newest.ref]) == {}
    shop.fit()
    assert shop.titles(buy(shop.session, shop.store, None, shop.tea)) == ["Newest mug", "Jam"]


def test_one_that_became_what_the_store_does_not_have_is_sold_as_itself(shop: Shop) -> None:
    shop.mug.became_ref = "comes later"
    shop.fit()
    assert shop.titles(buy(shop.session, shop.store, None, shop.tea)) == ["Mug", "Jam"]
    assert shop.titles() == ["Tea", "Jam"]


def test_products_that_became_each_other_stay_themselves(shop: Shop) -> None:
    shop.mug.became_ref, shop.tea.became_ref, shop.jam.became_ref = shop.tea.ref, shop.mug.ref, shop.mug.ref
    shop.session.flush()
    assert successors(shop.session, shop.store.id) == successors(shop.session, shop.store.id, [shop.jam.ref]) == {}
    shop.fit()
    assert shop.titles() == ["Tea", "Jam"]


def test_another_store_says_nothing_of_this_one(shop: Shop, new: Product) -> None:
    other = make_store(shop.session)
    make_product(shop.session, other, ref=shop.mug.ref)
    make_product(shop.session, other, ref=new.ref)
    make_product(shop.session, other, ref=shop.tea.ref, became_ref=shop.mug.ref)
    assert successors(shop.session, other.id) == {shop.tea.ref: shop.mug.ref}
    assert successors(shop.session, shop.store.id) == {shop.mug.ref: new.ref}


def test_what_the_merchant_and_the_shopper_said_of_the_old_one_counts_for_the_new_one(
    shop: Shop, new: Product, session: Session
) -> None:
    shop.fit()
    tea = buy(session, shop.store, None, shop.tea)
    policy = RecommendationPolicy(store_id=shop.store.id, pinned=[[shop.mug.ref, shop.jam.ref]])
    session.add(policy)
    # a pin of the old one, beside something
    jam = buy(session, shop.store, None, shop.jam)
    first = for_order(session, jam, state_dir=shop.state_dir)[0]
    assert (first.title, first.kind) == ("New mug", Kind.PICKED)
    # a pin beside the old one, for who bought it and for who bought the new one
    policy.pinned = [[shop.jam.ref, shop.mug.ref]]
    for product in (shop.mug, new):
        order = buy(session, shop.store, None, product)
        first = for_order(session, order, state_dir=shop.state_dir)[0]
        assert (first.title, first.kind) == ("Jam", Kind.PICKED)
    policy.pinned, policy.excluded = [], [shop.mug.ref]
    assert shop.titles(tea) == ["Jam"]
    policy.excluded, policy.boosts = [], [[shop.mug.ref, 25], [shop.jam.ref, 400]]
    assert shop.titles(tea) == ["Jam", "New mug"]
    policy.boosts = [[shop.mug.ref, 25], [new.ref, 400], [shop.jam.ref, 100]]
    assert shop.titles(tea) == ["New mug", "Jam"]
    session.add(
        RecommendationDismissal(
            store_id=shop.store.id, order_id=tea.id, product_id=shop.mug.id, kind="popular", at=NOON
        )
    )
    assert shop.titles(tea) == ["Jam"]


def test_it_can_be_itself_again(shop: Shop, new: Product) -> None:
    shop.fit()
    shop.mug.became_ref = None
    shop.fit()
    assert shop.titles(buy(shop.session, shop.store, None, shop.tea))[:2] == ["Mug", "Jam"]


def test_what_became_others_costs_two_reads_however_much_it_is(shop: Shop, new: Product) -> None:
    shop.fit()
    extra = [make_product(shop.session, shop.store, became_ref=new.ref) for _ in range(30)]
    order = buy(shop.session, shop.store, make_customer(shop.session, shop.store), shop.mug, *extra)
    shop.session.flush()
    shop.session.expire_all()
    assert order.store.slug
    assert order.shipments == []
    with overheard(shop.session.connection().engine) as asked:
        assert [one.title for one in for_order(shop.session, order, state_dir=shop.state_dir)] == ["Tea", "Jam"]
    assert len(asked) == 8, asked


def test_once_the_old_one_is_forgotten_its_orders_hold_the_new_one(shop: Shop, new: Product, session: Session) -> None:
    older = make_product(session, shop.store, ref="older", became_ref=shop.mug.ref)
    jam = buy(session, shop.store, None, shop.jam)
    tea = buy(session, shop.store, None, shop.tea)
    away = {"store_id": shop.store.id, "kind": "popular", "at": NOON}
    session.add(RecommendationDismissal(order_id=jam.id, product_id=shop.mug.id, **away))
    for product in (shop.mug, new):
        session.add(RecommendationDismissal(order_id=tea.id, product_id=product.id, **away))
    session.flush()
    assert forget_product(session, shop.store.id, shop.mug.ref)
    assert not forget_product(session, shop.store.id, "gone long ago")
    assert older.became_ref == new.ref
    assert (shop.order.lines[0].title, shop.order.lines[0].product_id) == ("Mug", new.id)
    left = session.execute(select(RecommendationDismissal.order_id, RecommendationDismissal.product_id)).all()
    assert sorted(left) == [(jam.id, new.id), (tea.id, new.id)]
    shop.fit()
    first = for_order(session, shop.order, state_dir=shop.state_dir)[0]
    assert (first.title, first.anchor_title, first.orders) == ("Tea", "Mug", 3)
    assert shop.titles(jam) == ["Tea"]


def test_what_had_become_a_forgotten_one_is_itself_again_where_nothing_took_its_place(
    shop: Shop, session: Session
) -> None:
    shop.mug.became_ref, shop.tea.became_ref = shop.tea.ref, shop.mug.ref
    session.flush()
    assert forget_product(session, shop.store.id, shop.mug.ref)
    assert shop.tea.became_ref is None
    shop.jam.became_ref = shop.tea.ref
    session.flush()
    assert forget_product(session, shop.store.id, shop.tea.ref)
    assert successors(session, shop.store.id) == {}
    assert [line.product_id for line in shop.store_orders()[2].lines] == [None, None]


def test_an_update_counts_new_orders_of_the_old_one_for_the_new_one(
    shop: Shop, new: Product, worker: Worker, orders: Callable[[int], None]
) -> None:
    worker.later(shop, minutes=61)
    orders(1)
    with capture_logs() as logs:
        assert worker.work()
    assert [line["event"] for line in logs if line["event"].startswith("recommendations.")] == [
        "recommendations.updated"
    ]
    model = artefacts.load(shop.state_dir, shop.store, wait=True)
    assert model is not None
    allowed = {ref for ref, is_there in zip(model.products, model.allowed, strict=True) if is_there}
    assert allowed == {new.ref, shop.tea.ref, shop.jam.ref}
    bought = dict(zip(model.products, model.learnt.popular.orders.tolist(), strict=True))
    assert (bought[new.ref], bought[shop.mug.ref]) == (1, 4)


def test_chains_longer_than_one_read_and_circles_longer_than_it_are_followed_to_their_end(shop: Shop) -> None:
    links = 3 * AT_ONCE + 1
    for place in range(links + 1):
        became = f"c{place + 1}" if place < links else None
        make_product(shop.session, shop.store, ref=f"c{place}", became_ref=became)
    # and as a circle of its own
    for place in range(links):
        make_product(shop.session, shop.store, ref=f"r{place}", became_ref=f"r{(place + 1) % links}")
    asked = {f"c{place}" for place in (0, 5, AT_ONCE, links)}
    assert successors(shop.session, shop.store.id, [*asked, "r0", "r9"]) == dict.fromkeys(
        (f"c{place}" for place in range(links)), f"c{links}"
    )
    assert successors(shop.session, shop.store.id, ["r3"]) == {}


def test_in_place_of_the_old_one_the_new_one_comes_first_and_then_what_is_like_it(shop: Shop, new: Product) -> None:
    for title in ("New mug with dots", "New mug with stripes", "Rug", "Lamp", "Jug", "Vase"):
        make_product(shop.session, shop.store, title=title)
    shop.fit()

    def instead(order: Order, *about: str) -> list[str]:
        shop.session.flush()
        found = for_order(
            shop.session, order, state_dir=shop.state_dir, strategy=Strategy.SIMILAR, about=about, wait=True
        )
        assert {(one.kind, one.anchor_title) for one in found} <= {(Kind.SIMILAR, "Mug")}
        return [one.title for one in found]

    like = {"New mug with dots", "New mug with stripes"}
    for about in ((), (shop.mug.ref,)):
        first, *others = instead(shop.order, *about)
        assert first == "New mug"
        assert like.issuperset(others)
        assert others
    # not while it cannot be bought, and not to somebody who has it
    new.available = False
    assert like.issuperset(instead(shop.order))
    new.available = True
    assert like.issuperset(instead(buy(shop.session, shop.store, None, shop.mug, new), shop.mug.ref))
