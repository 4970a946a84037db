"""What came back in its parcel: not bought, not owned, no reason."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from recommendations import Kind
from tests.factories import NOON, make_customer, make_product, make_shipment, make_store
from tests.suggestions.shop import Shop, buy
from tracking.models import Order, OrderLine, Shipment, ShipmentLine
from tracking.platform.status import Status
from tracking.suggestions import artefacts, for_order, for_shopper, past
from tracking.suggestions.came_back import Parcel, came_back, lines_back
from tracking.suggestions.floor import bought_lately

BACK, THERE = True, False


def send(session: Session, order: Order, status: Status, *lines: OrderLine, pieces: int = 1) -> Shipment:
    """A parcel that says what it holds; one that does not, without any lines named."""
    parcel = make_shipment(session, order, status=status, lines=[])
    parcel.lines = [ShipmentLine(order_line_id=line.id, quantity=pieces) for line in lines]
    session.flush()
    session.expire(order, ["shipments"])
    return parcel


@pytest.mark.parametrize(
    ("ordered", "parcels", "back"),
    [
        # one parcel that says nothing holds everything
        ({1: 1, 2: 3}, [Parcel(BACK)], {1, 2}),
        ({1: 1, 2: 3}, [Parcel(THERE)], set()),
        ({1: 1}, [], set()),
        # one of two came back
        ({1: 1, 2: 1}, [Parcel(BACK, {1: 1}), Parcel(THERE, {2: 1})], {1}),
        # what it does not name was not in it
        ({1: 1, 2: 1}, [Parcel(BACK, {1: 1})], {1}),
        # some pieces of a line
        ({1: 3}, [Parcel(BACK, {1: 1}), Parcel(THERE, {1: 2})], set()),
        ({1: 3}, [Parcel(BACK, {1: 1})], set()),
        ({1: 3}, [Parcel(BACK, {1: 1}), Parcel(BACK, {1: 2})], {1}),
        # the one that says nothing holds what is in no other
        ({1: 1, 2: 1}, [Parcel(BACK), Parcel(THERE, {2: 1})], {1}),
        ({1: 1, 2: 1}, [Parcel(THERE), Parcel(BACK, {2: 1})], {2}),
        # of two that say nothing nobody knows which holds what
        ({1: 1, 2: 1}, [Parcel(BACK), Parcel(THERE)], set()),
        ({1: 1, 2: 1}, [Parcel(BACK), Parcel(BACK)], {1, 2}),
        # came back and was sent again
        ({1: 1, 2: 1}, [Parcel(BACK, {1: 1, 2: 1}), Parcel(THERE)], set()),
    ],
)
def test_a_line_came_back_if_all_its_pieces_did(ordered: dict[int, int], parcels: list[Parcel], back: set[int]) -> None:
    assert lines_back(ordered, parcels) == back
    assert lines_back(ordered, parcels[::-1]) == back


def test_what_came_back_teaches_nothing_and_the_rest_of_its_order_does(shop: Shop, session: Session) -> None:
    first, second, third = shop.store_orders()[:3]
    # mug, tea and jam in two parcels, of which that with the jam came back
    send(session, first, Status.RETURNED, first.lines[2])
    send(session, first, Status.DELIVERED, *first.lines[:2])
    send(session, second, Status.RETURNING)
    parcel = send(session, third, Status.DELIVERED)
    shop.fit()
    found = for_order(session, shop.order, state_dir=shop.state_dir)
    # jam was bought with it once now, and that is no reason
    assert [(one.title, one.orders) for one in found if one.kind is Kind.BOUGHT_TOGETHER] == [("Tea", 3)]
    parcel.status = Status.RETURNED
    shop.fit()
    assert for_order(session, shop.order, state_dir=shop.state_dir)[0].orders == 2


def test_pages_of_orders_that_all_came_back_are_read_past(shop: Shop, session: Session) -> None:
    for order in shop.store_orders():
        send(session, order, Status.RETURNED)
    shop.fit()
    model = artefacts.load(shop.state_dir, shop.store, wait=True)
    assert model is not None
    assert model.orders == 0


def test_what_came_back_is_not_owned_not_a_reason_and_not_offered_again(shop: Shop, session: Session) -> None:
    customer = make_customer(session, shop.store)
    order = buy(session, shop.store, customer, shop.mug, shop.tea, placed_at=NOON - timedelta(days=20))
    newest = buy(session, shop.store, customer, make_product(session, shop.store, title="Rug"))

    def reasons() -> set[str | None]:
        session.expire_all()
        return {one.anchor_title for one in for_shopper(session, customer, state_dir=shop.state_dir)}

    assert "Mug" in reasons()
    parcel = send(session, order, Status.RETURNED, order.lines[0])
    send(session, order, Status.DELIVERED, order.lines[1])
    assert reasons() == {"Tea"}
    assert "Mug" not in shop.titles(newest)
    parcel.status = Status.DELIVERED
    session.flush()
    assert "Mug" in reasons()


def test_an_order_looked_at_rests_on_what_did_not_come_back(shop: Shop, session: Session) -> None:
    order = buy(session, shop.store, None, shop.mug, shop.jam)
    send(session, order, Status.RETURNED, order.lines[0])
    send(session, order, Status.DELIVERED, order.lines[1])
    here, beside = past.lines_of(session, order)
    assert [(one.title, one.kept) for one in here] == [("Mug", False), ("Jam", True)]
    assert beside == []
    assert past.orders_of(here) == ([[shop.jam.ref]], [order.placed_at.timestamp()])
    assert past.given_back(here) == {shop.mug.ref}


def test_without_a_model_what_came_back_was_not_bought_lately(shop: Shop, session: Session) -> None:
    assert [(one.product, one.reason.orders) for one in bought_lately(session, shop.store.id)] == [
        (shop.mug.ref, 4),
        (shop.tea.ref, 3),
        (shop.jam.ref, 2),
    ]
    first = shop.store_orders()[0]
    send(session, first, Status.RETURNED, *first.lines[1:])
    assert [(one.product, one.reason.orders) for one in bought_lately(session, shop.store.id)] == [
        (shop.mug.ref, 4),
        (shop.tea.ref, 2),
    ]


def test_another_order_that_came_back_changes_nothing_here(shop: Shop, session: Session) -> None:
    other = buy(session, make_store(session), None, shop.mug)
    send(session, other, Status.RETURNED)
    mine = session.scalars(select(Order.id).where(Order.store_id == shop.store.id)).all()
    assert came_back(session, mine) == came_back(session, []) == set()
    assert came_back(session, [*mine, other.id]) == {other.lines[0].id}
