"""Parcels whose carrier only their number tells: which is asked first, and what stays known."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from tests.factories import NOON, make_account, make_order, make_shipment, make_store
from tracking.models import Order, Shipment, Store
from tracking.orders import candidates
from tracking.orders.facts import AddressFacts, OrderFacts, ShipmentFacts
from tracking.orders.intake import take_order, take_shipment
from tracking.orders.reading import read_order, read_shipment
from tracking.platform.status import Status

# passes the check digits of FedEx and of Purolator
NUMBER = "320610804900"
UNTOLD = ShipmentFacts(NUMBER, "fedex", is_detected=True)


def _taken(session: Session, store: Store, country: str = "US") -> Shipment:
    return take_shipment(session, make_order(session, store, country=country), UNTOLD).shipment


def _order(session: Session, shipment: Shipment) -> Order:
    return session.get_one(Order, shipment.order_id)


def test_the_likeliest_carrier_is_asked_and_the_others_are_kept_in_order(session: Session) -> None:
    store = make_store(session)
    shipment = _taken(session, store)
    assert (shipment.carrier, shipment.extra) == ("fedex", {"carrier_candidates": ["fedex", "purolator", "gls"]})
    assert _taken(session, store, "CA").carrier == "purolator"


def test_a_number_of_one_carrier_alone_leaves_nothing_to_find_out(session: Session) -> None:
    order = make_order(session, make_store(session))
    shipment = take_shipment(session, order, ShipmentFacts("1Z999AA10123456784", "ups", is_detected=True)).shipment
    assert (shipment.carrier, shipment.extra) == ("ups", {})


def test_a_carrier_the_shop_names_is_taken_as_it_is(session: Session) -> None:
    order = make_order(session, make_store(session))
    shipment = take_shipment(session, order, ShipmentFacts(NUMBER, "fedex")).shipment
    assert (shipment.carrier, shipment.extra) == ("fedex", {})


def test_carriers_with_an_account_come_first(session: Session) -> None:
    store, other = make_store(session), make_store(session)
    make_account(session, "purolator", store_id=store.id)
    make_account(session, "gls", store_id=store.id, enabled=False)
    assert _taken(session, store).extra["carrier_candidates"] == ["purolator", "fedex", "gls"]
    assert _taken(session, other).extra["carrier_candidates"] == ["fedex", "purolator", "gls"]


def test_what_the_stores_numbers_of_that_form_turned_out_to_be_comes_first(session: Session) -> None:
    store = make_store(session)
    make_account(session, "fedex")
    before = make_order(session, store)
    make_shipment(session, before, carrier="purolator", number="287809468872", last_event_at=NOON)
    # another form, and one that nobody has known yet
    make_shipment(session, before, carrier="gls", number="36301917596", last_event_at=NOON)
    make_shipment(session, before, carrier="gls", number="363019175961")
    assert _taken(session, store).extra["carrier_candidates"] == ["purolator", "fedex", "gls"]
    assert _taken(session, make_store(session)).carrier == "fedex"


def test_the_same_order_again_finds_its_parcel_by_the_number(session: Session) -> None:
    store = make_store(session)
    facts = OrderFacts(number="1001", placed_at=NOON, address=AddressFacts(country="CA"), shipments=(UNTOLD,))
    first = take_order(session, store, facts)
    (shipment,) = first.new_shipments
    assert shipment.carrier == "purolator"
    again = take_order(session, store, facts)
    assert (again.changed, again.new_shipments) == (False, ())
    candidates.start_over(shipment, "gls")
    candidates.keep(shipment, [], {"before": "purolator"})
    assert take_order(session, store, facts).new_shipments == ()
    assert shipment.carrier == "gls"


def test_a_carrier_named_later_is_asked_from_then_on(session: Session) -> None:
    shipment = _taken(session, make_store(session))
    shipment.carrier_account_id = make_account(session, "fedex").id
    order = _order(session, shipment)
    told = take_shipment(session, order, ShipmentFacts(NUMBER, "purolator"))
    assert (told.shipment.id, told.created, told.changed) == (shipment.id, False, True)
    assert (shipment.carrier, shipment.carrier_account_id, shipment.extra) == ("purolator", None, {})
    assert take_shipment(session, order, ShipmentFacts(NUMBER, "purolator")).changed is False


def test_the_likeliest_carrier_named_later_is_found_out_no_more(session: Session) -> None:
    shipment = _taken(session, make_store(session))
    told = take_shipment(session, _order(session, shipment), ShipmentFacts(NUMBER, "fedex"))
    assert (told.changed, shipment.carrier, shipment.extra) == (True, "fedex", {})


def test_a_carrier_found_wrong_is_not_asked_again_because_the_shop_repeats_it(session: Session) -> None:
    shipment = _taken(session, make_store(session))
    candidates.start_over(shipment, "purolator")
    candidates.keep(shipment, ["fedex", "purolator"], {"before": "fedex"})
    told = take_shipment(session, _order(session, shipment), ShipmentFacts(NUMBER, "fedex"))
    assert (told.created, told.changed, shipment.carrier) == (False, False, "purolator")


def test_another_carrier_of_a_parcel_that_is_known_is_another_parcel(session: Session) -> None:
    shipment = _taken(session, make_store(session))
    shipment.status, shipment.last_event_at = Status.IN_TRANSIT, NOON
    told = take_shipment(session, _order(session, shipment), ShipmentFacts(NUMBER, "purolator"))
    assert told.created
    assert shipment.carrier == "fedex"


def test_two_parcels_of_an_order_never_get_the_same_carrier_and_number(session: Session) -> None:
    order = make_order(session, make_store(session))
    make_shipment(session, order, carrier="ups", number=NUMBER)
    session.refresh(order)
    assert take_shipment(session, order, UNTOLD).created is False


@pytest.mark.parametrize("name", sorted(candidates.KEPT))
def test_no_shop_writes_what_was_found_out(session: Session, name: str) -> None:
    order = make_order(session, make_store(session))
    facts = ShipmentFacts("1Z999AA10123456784", "ups", extra={name: "x", "service": "express"})
    assert take_shipment(session, order, facts).shipment.extra == {"service": "express"}
    assert take_shipment(session, order, replace(facts, extra={name: "y"})).changed is False


@pytest.mark.parametrize("said", [{}, {"carrier": None}, {"carrier": ""}, {"carrier": "  "}])
def test_reading_says_whether_the_number_told_the_carrier(session: Session, said: dict[str, object]) -> None:
    store = make_store(session)
    facts = read_shipment({"number": "3206 1080 4900", **said}, store)
    assert (facts.number, facts.carrier, facts.is_detected) == (NUMBER, "fedex", True)
    named = read_order({"number": "1", "shipments": [{"number": NUMBER, "carrier": "FedEx"}]}, store).shipments[0]
    assert (named.carrier, named.is_detected) == ("fedex", False)
