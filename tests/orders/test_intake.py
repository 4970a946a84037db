"""Facts become rows once, whoever brings them and how often."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import NOON, make_customer, make_order, make_product, make_store
from tracking.models import (
    Channel,
    Consent,
    ConsentState,
    Customer,
    LineState,
    Order,
    OrderState,
    Shipment,
    ShipmentLine,
)
from tracking.orders.facts import (
    AddressFacts,
    ConsentFacts,
    ContactFacts,
    LineFacts,
    OrderFacts,
    PieceFacts,
    ProductFacts,
    ShipmentFacts,
)
from tracking.orders.intake import cancel_order, take_order, take_product, take_shipment
from tracking.platform import clock, security
from tracking.platform.errors import Conflict, InputError, UnknownCarrier

FACTS = OrderFacts(
    number="1001",
    placed_at=NOON,
    contact=ContactFacts("jo@example.com", "+447946000001", "Jo"),
    address=AddressFacts("Jo Doe", "5 Example Street", None, "Kendal", None, "LA9 4AA", "GB"),
    locale="en",
    time_zone="Europe/London",
    lines=(LineFacts("A", "Pack", 2, "A", unit_price_minor=8900), LineFacts("B", "Cup", 1, "B")),
    shipments=(ShipmentFacts("1Z999AA10123456784", "ups", pieces=(PieceFacts("A", 1),)),),
    consents=(ConsentFacts(Channel.SMS, True),),
)


def count(session: Session, kind: type) -> int:
    return session.scalar(select(func.count()).select_from(kind)) or 0


def test_order_comes_with_customer_lines_parcels_and_consent(session: Session) -> None:
    store = make_store(session)
    product = make_product(session, store, ref="A")
    taken = take_order(session, store, FACTS)
    session.commit()
    assert (taken.created, taken.changed, len(taken.new_shipments)) == (True, True, 1)
    order = taken.order
    assert order.customer is not None
    assert (order.customer.email, order.customer.time_zone) == ("jo@example.com", "Europe/London")
    assert [(line.ref, line.quantity, line.product_id) for line in order.lines] == [
        ("A", 2, product.id),
        ("B", 1, None),
    ]
    assert [(piece.order_line.ref, piece.quantity) for piece in order.shipments[0].lines] == [("A", 1)]
    consent = session.scalars(select(Consent)).one()
    assert (consent.subject, consent.at) == (security.subject_key("+447946000001"), NOON)
    assert len(order.token) == 22


def test_same_facts_again_change_nothing(session: Session) -> None:
    store = make_store(session)
    first = take_order(session, store, FACTS)
    session.commit()
    version = first.order.version
    again = take_order(session, store, FACTS)
    session.commit()
    assert (again.created, again.changed, again.new_shipments) == (False, False, ())
    assert again.order.version == version
    assert [count(session, kind) for kind in (Order, Customer, Shipment, ShipmentLine, Consent)] == [1, 1, 1, 1, 1]


def test_change_makes_the_page_anew(session: Session) -> None:
    store = make_store(session)
    version = take_order(session, store, FACTS).order.version
    session.commit()
    changed = take_order(session, store, OrderFacts("1001", address=AddressFacts(city="Keswick")))
    session.commit()
    assert changed.changed
    assert not changed.created
    assert changed.order.version > version
    assert (changed.order.city, changed.order.postal_code) == ("Keswick", "LA9 4AA")


def test_orders_of_one_person_share_a_customer(session: Session) -> None:
    store, other = make_store(session), make_store(session)
    orders = [
        take_order(session, store, FACTS).order,
        take_order(session, store, replace(FACTS, number="1002", shipments=())).order,
        take_order(session, store, OrderFacts("1003", contact=ContactFacts(phone="+447946000001"))).order,
        take_order(session, other, FACTS).order,
    ]
    session.commit()
    ids = [order.customer_id for order in orders]
    assert ids[0] == ids[1] == ids[2] != ids[3]


def test_older_order_does_not_rename_the_customer(session: Session) -> None:
    store = make_store(session)
    take_order(session, store, FACTS)
    session.commit()
    old = replace(
        FACTS,
        number="0900",
        placed_at=NOON - timedelta(days=90),
        shipments=(),
        contact=ContactFacts("jo@example.com", None, "Jo Maiden-Name"),
    )
    take_order(session, store, old)
    session.commit()
    assert session.scalars(select(Customer.name)).one() == "Jo"


def test_order_that_turns_out_to_be_anothers_moves(session: Session) -> None:
    store = make_store(session)
    take_order(session, store, FACTS)
    session.commit()
    taken = take_order(session, store, OrderFacts("1001", contact=ContactFacts(email="al@example.com")))
    session.commit()
    assert taken.order.customer is not None
    assert taken.order.customer.email == "al@example.com"
    assert count(session, Customer) == 2


def test_import_repeated_does_not_undo_a_stop(session: Session) -> None:
    store = make_store(session)
    order = take_order(session, store, FACTS).order
    session.add(
        Consent(
            store_id=store.id,
            channel=Channel.SMS,
            subject=security.subject_key("+447946000001"),
            state=ConsentState.REVOKED,
            method="reply keyword",
            at=NOON + timedelta(hours=1),
        )
    )
    session.commit()
    take_order(session, store, FACTS)
    session.commit()
    newest = session.scalars(select(Consent).order_by(Consent.id.desc())).first()
    assert newest is not None
    assert newest.state is ConsentState.REVOKED
    later = replace(FACTS, number="1002", placed_at=NOON + timedelta(days=1), shipments=())
    take_order(session, store, later)
    session.commit()
    assert session.scalars(select(Consent.state).order_by(Consent.id)).all() == [
        ConsentState.GRANTED,
        ConsentState.REVOKED,
        ConsentState.GRANTED,
    ]
    assert order.phone == "+447946000001"


def test_never_more_pieces_in_parcels_than_ordered(session: Session) -> None:
    store = make_store(session)
    order = take_order(session, store, FACTS).order
    session.commit()
    with pytest.raises(Conflict, match="only 2 were ordered"):
        take_shipment(session, order, ShipmentFacts("9400111899223397541123", "usps", pieces=(PieceFacts("A", 2),)))
    session.rollback()
    with pytest.raises(Conflict):
        take_order(
            session,
            store,
            OrderFacts(
                "1001",
                lines=(LineFacts("B", quantity=1), LineFacts("A", quantity=0 + 1)),
                shipments=(ShipmentFacts("9400111899223397541123", "usps", pieces=(PieceFacts("A", 1),)),),
            ),
        )
    session.rollback()
    taken = take_shipment(session, order, ShipmentFacts("9400111899223397541123", "usps", pieces=(PieceFacts("A", 1),)))
    session.commit()
    assert taken.created
    repacked = take_shipment(
        session, order, ShipmentFacts("9400111899223397541123", "usps", pieces=(PieceFacts("B", 1),))
    )
    session.commit()
    assert [(piece.order_line.ref, piece.quantity) for piece in repacked.shipment.lines] == [("B", 1)]


def test_parcel_names_only_lines_of_its_order(session: Session) -> None:
    order = take_order(session, make_store(session), FACTS).order
    with pytest.raises(InputError, match="no line “Z”"):
        take_shipment(session, order, ShipmentFacts("9400111899223397541123", "usps", pieces=(PieceFacts("Z", 1),)))


def test_unknown_carrier_is_refused(session: Session) -> None:
    order = make_order(session, make_store(session))
    with pytest.raises(UnknownCarrier):
        take_shipment(session, order, ShipmentFacts("1234567890", "royal-mule"))


def test_part_of_an_order_never_shrinks_it(session: Session) -> None:
    store = make_store(session)
    take_order(session, store, FACTS)
    session.commit()
    part = OrderFacts(
        "1001",
        lines=(LineFacts("A", quantity=1),),
        shipments=(ShipmentFacts("9400111899223397541123", "usps", pieces=(PieceFacts("A", 1),)),),
        is_part=True,
    )
    taken = take_order(session, store, part)
    session.commit()
    assert {line.ref: line.quantity for line in taken.order.lines} == {"A": 2, "B": 1}
    assert not take_order(session, store, part).changed


def test_label_is_not_younger_than_the_day_it_was_sent(session: Session) -> None:
    store = make_store(session)
    with clock.frozen(NOON):
        sent = NOON - timedelta(days=3)
        facts = replace(
            FACTS,
            shipments=(
                ShipmentFacts("1Z999AA10123456784", "ups", shipped_at=sent),
                ShipmentFacts("1Z999AA10123456785", "ups", shipped_at=NOON + timedelta(days=3)),
            ),
        )
        taken = take_order(session, store, facts)
    assert [shipment.label_at for shipment in taken.new_shipments] == [sent, NOON]


def test_cancelling_is_once_and_keeps_what_was_sent_back(session: Session) -> None:
    store = make_store(session)
    order = make_order(session, store, lines=2, total_minor=100)
    order.lines[0].state = LineState.RETURNED
    session.commit()
    assert cancel_order(session, order, reason="changed mind", refunded_minor=100)
    assert not cancel_order(session, order, reason="changed mind", refunded_minor=100)
    session.commit()
    assert (order.state, order.refunded_minor) == (OrderState.CANCELLED, 100)
    assert [line.state for line in order.lines] == [LineState.RETURNED, LineState.CANCELLED]
    with pytest.raises(Conflict):
        cancel_order(session, order, refunded_minor=101)


def test_product_is_upserted_by_its_ref(session: Session) -> None:
    store = make_store(session)
    with pytest.raises(InputError, match="title"):
        take_product(session, store, ProductFacts("A", price_minor=1))
    first = take_product(session, store, ProductFacts("A", "Pack", attributes={"colour": "red"}))
    again = take_product(session, store, ProductFacts("A", "Pack", attributes={"size": "L"}, stock=0, available=False))
    session.commit()
    assert (first.created, again.created, again.changed) == (True, False, True)
    assert again.product.attributes == {"colour": "red", "size": "L"}
    assert not again.product.in_stock
    assert not take_product(session, store, ProductFacts("A", stock=0)).changed


def test_customer_found_by_phone_is_the_one_without_another_email(session: Session) -> None:
    store = make_store(session)
    make_customer(session, store, email="al@example.com", phone="+447946000009")
    nameless = make_customer(session, store, email=None, phone="+447946000009")
    taken = take_order(session, store, OrderFacts("1", contact=ContactFacts(phone="+447946000009")))
    assert taken.order.customer_id == nameless.id
