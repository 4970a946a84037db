"""What to show, by REST."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.api.conftest import Caller
from tests.factories import NOON, make_customer, make_product, make_shipment
from tests.suggestions.shop import buy
from tracking.models import Order, OrderState, Product, RecommendationSettings
from tracking.platform import clock
from tracking.platform.web import settings_of
from tracking.suggestions import fit_store


class Shelf:
    """Three people bought a mug with tea, two with jam; one of them is looked at."""

    def __init__(self, app: Flask, session: Session, shop: Caller) -> None:
        self.session, self.caller = session, shop
        self.mug, self.tea, self.jam = (
            make_product(session, shop.store, ref=title.lower(), title=title) for title in ("Mug", "Tea", "Jam")
        )
        for extra in ([self.tea, self.jam], [self.tea, self.jam], [self.tea]):
            buy(session, shop.store, None, self.mug, *extra, placed_at=NOON - timedelta(days=9))
        self.customer = make_customer(session, shop.store)
        self.order = self.buy(self.mug)
        fit_store(session, shop.store.id, settings_of(app).state_dir)
        session.commit()

    def buy(self, *products: Product) -> Order:
        order = buy(self.session, self.caller.store, self.customer, *products, placed_at=NOON - timedelta(days=1))
        self.session.commit()
        return order

    def titles(self, query: str) -> list[str]:
        answer = self.caller.get(f"/recommendations?{query}")
        assert answer.status_code == 200, answer.json
        return [one["title"] for one in answer.json["data"]]


@pytest.fixture
def shelf(app: Flask, session: Session, shop: Caller) -> Shelf:
    with clock.frozen(NOON):
        return Shelf(app, session, shop)


@pytest.fixture(autouse=True)
def _now():
    with clock.frozen(NOON):
        yield


def test_an_order_is_answered_as_its_page_would_be(shelf: Shelf, shop: Caller) -> None:
    body = shop.get(f"/recommendations?order={shelf.order.number}").json
    assert (body["heading"], body["model"]) == ("Goes with your order", "00000001")
    assert body["data"][0] == {
        "ref": "tea",
        "title": "Tea",
        "variant": None,
        "price": "89.00",
        "currency": "GBP",
        "image_url": None,
        "url": shelf.tea.url,
        "kind": "bought_together",
        "reason": "Bought with your Mug by 3 people",
        "anchor": "mug",
        "people": 3,
        "orders": 3,
    }
    assert shelf.titles(f"order={shelf.order.public_id}&limit=1") == ["Tea"]


def test_a_parcel_is_answered_by_what_is_in_it(shelf: Shelf, shop: Caller, session: Session) -> None:
    order = shelf.buy(shelf.mug, shelf.jam)
    parcel = make_shipment(session, order, lines=[order.lines[0]])
    other = make_shipment(session, order, lines=[order.lines[1]])
    session.commit()
    for one, anchor in ((parcel, "mug"), (other, "jam")):
        for key in (one.public_id, one.number):
            found = shop.get(f"/recommendations?order={order.number}&parcel={key}").json["data"]
            assert {item["anchor"] for item in found} <= {anchor, None}
            assert found[0]["title"] == "Tea"


def test_a_customer_is_answered_by_all_their_orders(shelf: Shelf) -> None:
    who = f"customer={shelf.customer.public_id}&strategy=goes_with"
    assert shelf.titles(who) == ["Tea", "Jam"]
    shelf.buy(shelf.tea)
    assert shelf.titles(who) == ["Jam"]


@pytest.mark.parametrize("strategy", ["goes_with", "step_up", "similar", "buy_again", "popular", "next"])
def test_every_strategy_is_answered(shelf: Shelf, strategy: str) -> None:
    again = strategy in {"buy_again", "next"}
    for whose in (f"order={shelf.order.number}", f"customer={shelf.customer.public_id}"):
        found = shelf.titles(f"{whose}&strategy={strategy}&about=mug&about=tea")
        assert set(found) <= {"Tea", "Jam", "Mug"}
        assert "Mug" not in found or again


def test_reasons_are_said_in_the_language_asked_for(shelf: Shelf, shop: Caller) -> None:
    body = shop.get(f"/recommendations?order={shelf.order.number}&language=fr").json
    assert body["heading"] == "Va bien avec votre commande"
    assert "3 personnes" in body["data"][0]["reason"]


def test_silent_in_trouble_and_for_those_held_out(shelf: Shelf, session: Session) -> None:
    shelf.order.state = OrderState.CANCELLING
    session.commit()
    assert shelf.titles(f"order={shelf.order.number}") == []
    assert shelf.titles(f"customer={shelf.customer.public_id}") == []
    shelf.order.state = OrderState.OPEN
    session.add(RecommendationSettings(store_id=shelf.order.store_id, held_out_percent=100))
    session.commit()
    assert shelf.titles(f"order={shelf.order.number}") == []
    assert shelf.titles(f"customer={shelf.customer.public_id}&strategy=goes_with") == []
    assert shelf.titles(f"customer={shelf.customer.public_id}&basket=mug") == []
    assert shelf.titles("basket=mug") == ["Tea", "Jam"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "order"),
        ("order=1&customer=2", "order"),
        ("customer=2&parcel=1", "parcel"),
        ("order=1&strategy=cheapest", "strategy"),
        ("order=1&limit=21", "limit"),
        ("order=1&language=xx", "language"),
        ("order=1&colour=red", "colour"),
        ("order=1" + "&about=x" * 21, "about"),
    ],
)
def test_wrong_questions_are_refused_by_name(shop: Caller, query: str, field: str) -> None:
    answer = shop.get(f"/recommendations?{query}")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_what_is_not_there_is_not_found(shelf: Shelf, shop: Caller, other_shop: Caller) -> None:
    for query in ("order=none", "customer=none", f"order={shelf.order.number}&parcel=none"):
        answer = shop.get(f"/recommendations?{query}")
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    for query in (f"order={shelf.order.public_id}", f"customer={shelf.customer.public_id}"):
        assert other_shop.get(f"/recommendations?{query}").status_code == 404


def test_a_basket_is_answered_by_what_completes_it(shelf: Shelf, shop: Caller) -> None:
    body = shop.get("/recommendations?basket=mug").json
    assert [(one["ref"], one["reason"], one["anchor"]) for one in body["data"]] == [
        ("tea", "Bought with your Mug by 3 people", "mug"),
        ("jam", "Bought with your Mug by 2 people", "mug"),
    ]
    # what is in it already is not shown, and what the shop does not know is no reason
    assert shelf.titles("basket=mug&basket=tea&basket=mug&basket=nothing") == ["Jam"]
    assert shelf.titles("basket=mug&strategy=together") == ["Tea", "Jam"]
    assert shelf.titles("basket=mug&strategy=popular&limit=1") == ["Tea"]
    assert shelf.titles(f"order={shelf.order.number}&strategy=together") == ["Tea", "Jam"]


def test_a_basket_of_somebody_known_is_completed_from_what_they_had_too(
    app: Flask, session: Session, shelf: Shelf, shop: Caller, other_shop: Caller
) -> None:
    filters, cup = (make_product(session, shop.store, ref=title.lower(), title=title) for title in ("Filter", "Cup"))
    for day in range(40, 0, -1):
        ann = make_customer(session, shop.store)
        buy(session, shop.store, ann, filters, cup, placed_at=NOON - timedelta(days=day + 40))
        buy(session, shop.store, ann, filters, shelf.jam, placed_at=NOON - timedelta(days=day + 2))
    shelf.buy(filters, cup)
    fit_store(session, shop.store.id, settings_of(app).state_dir)
    session.commit()
    who = f"customer={shelf.customer.public_id}"
    assert shelf.titles("basket=jam&limit=1") == ["Filter"]
    # they have both, but people buy one of them again
    assert shelf.titles(f"basket=jam&{who}&limit=20") == ["Filter", "Tea"]
    filters.consumable = False
    session.commit()
    assert shelf.titles(f"basket=jam&{who}&limit=20") == ["Tea"]
    # whose they are is for the store alone, and silence is kept in a cart too
    assert other_shop.get(f"/recommendations?basket=jam&{who}").status_code == 404
    session.query(Order).filter_by(customer_id=shelf.customer.id).update({"state": OrderState.CANCELLING})
    session.commit()
    assert shelf.titles(f"basket=jam&{who}") == []


def test_a_basket_has_its_reasons_in_any_language(shelf: Shelf, shop: Caller) -> None:
    (one, *_) = shop.get("/recommendations?basket=mug&language=fr").json["data"]
    assert "Mug" in one["reason"]
    assert one["reason"] != "Bought with your Mug by 3 people"


def test_a_basket_of_one_store_says_nothing_of_another(
    app: Flask, session: Session, shelf: Shelf, other_shop: Caller
) -> None:
    mug = make_product(session, other_shop.store, ref="mug", title="Their mug")
    for _ in range(3):
        buy(session, other_shop.store, None, mug, make_product(session, other_shop.store, ref=f"theirs {mug.id} {_}"))
    fit_store(session, other_shop.store.id, settings_of(app).state_dir)
    session.commit()
    answer = other_shop.get("/recommendations?basket=mug&basket=tea")
    assert not {"mug", "tea", "jam"} & {one["ref"] for one in answer.json["data"]}
    assert all(one["anchor"] in (None, "mug") for one in answer.json["data"])
    assert shelf.titles("basket=mug") == ["Tea", "Jam"]


def test_an_order_a_customer_and_a_basket_are_asked_about_one_at_a_time(shelf: Shelf, shop: Caller) -> None:
    for query in ("", f"order={shelf.order.number}&basket=mug", "order=1&customer=x", "basket=mug&parcel=x"):
        assert shop.get(f"/recommendations?{query}").status_code == 422
    many = "&".join(f"basket=p{number}" for number in range(101))
    assert shop.get(f"/recommendations?{many}").status_code == 422
    assert shop.get("/recommendations?basket=").status_code == 422
