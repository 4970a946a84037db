"""Search finds an order by what a person has in hand, and leaves nothing personal in an address."""

import pytest

from tests.console.conftest import Person, Scene
from tests.factories import make_customer, make_order, make_shipment
from tracking.models.customer import name_key


def ask(person: Person, scene: Scene, query: str) -> object:
    return person.post(f"{scene.base}/search", {"q": query})


@pytest.mark.parametrize(
    "query",
    ["fell-77", "#fell-77", "No. fell-77", "fell@example.com", "fell@EXAMPLE.com", "zoe mu", "ZOÉ", " zoé  müller "],
)
def test_single_order_is_opened_at_once(scene: Scene, owner: Person, query: str) -> None:
    answer = ask(owner, scene, query)
    assert answer.status_code == 303, answer.text
    assert answer.location == f"{scene.base}/orders/{scene.order.public_id}"


def test_tracking_number_is_found_however_it_is_grouped(scene: Scene, owner: Person) -> None:
    number = scene.shipment.number
    for written in (number, number.lower(), " ".join(number[n : n + 4] for n in range(0, len(number), 4))):
        assert ask(owner, scene, written).status_code == 303


def test_several_are_listed_newest_first(scene: Scene, owner: Person) -> None:
    customer = make_customer(scene.session, scene.store, name="Zoe Other")
    sent, unsent = make_order(scene.session, scene.store, customer), make_order(scene.session, scene.store, customer)
    make_shipment(scene.session, sent)
    scene.session.commit()
    page = ask(owner, scene, "zoe")
    assert page.status_code == 200
    for number in (scene.order.number, sent.number, unsent.number):
        assert number in page.text


@pytest.mark.parametrize("query", ["", "   ", "Müller", "77", "fell@example", "%", "_", "zoe%", "'; DROP TABLE orders"])
def test_anything_else_finds_nothing_and_says_what_search_takes(scene: Scene, owner: Person, query: str) -> None:
    answer = ask(owner, scene, query)
    assert answer.status_code == 404
    assert "whole order number" in answer.text


def test_script_in_a_search_is_shown_as_text(scene: Scene, owner: Person) -> None:
    answer = ask(owner, scene, "<script>alert(1)</script>")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_search_is_no_get(scene: Scene, owner: Person) -> None:
    assert owner.get(f"{scene.base}/search?q=fell@example.com").status_code == 404


def test_names_are_keyed_without_case_and_accents() -> None:
    assert name_key("  Zoé   MÜLLER ") == "zoe muller"
    assert name_key("สมชาย ใจดี") == "สมชาย ใจดี"
    assert name_key("Straße") == "strasse"
    assert name_key("") is None
    assert name_key(None) is None


def test_key_follows_the_name(scene: Scene) -> None:
    customer = make_customer(scene.session, scene.store, name="Ada")
    customer.name = "Béa"
    scene.session.flush()
    assert customer.name_key == "bea"
    customer.name = None
    scene.session.flush()
    assert customer.name_key is None
