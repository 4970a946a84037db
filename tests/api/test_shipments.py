"""Parcels, what carriers said of them, and what was said to shoppers, over REST."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.api.conftest import Caller
from tests.api.test_orders import ORDER
from tracking import news
from tracking.models import EventSource, Message, Shipment
from tracking.platform.facts import Location, TrackingEvent, TrackingResult, Zone
from tracking.platform.status import Status

AT = datetime(2026, 11, 21, 6, 12, tzinfo=UTC)


@pytest.fixture
def parcel(shop: Caller, session: Session) -> Shipment:
    """A parcel that was scanned three times."""
    shop.post("/orders", ORDER)
    shipment = session.scalars(select(Shipment)).one()
    events = tuple(
        TrackingEvent(
            AT + timedelta(hours=n),
            Zone.STATED,
            f"C{n}",
            Status.IN_TRANSIT,
            f"Scan {n}",
            None,
            Location("Lyon", country="FR"),
        )
        for n in range(3)
    )
    result = TrackingResult(shipment.number, Status.IN_TRANSIT, events)
    news.parcel_news(session, shipment, result, EventSource.POLL)
    session.commit()
    return shipment


def test_parcel_is_shown_with_its_timeline(shop: Caller, parcel: Shipment) -> None:
    shown = shop.get(f"/shipments/{parcel.public_id}").json
    assert (shown["status"], shown["carrier"], shown["order_number"]) == ("in_transit", "ups", "1001")
    assert [event["description"] for event in shown["events"]] == ["Scan 0", "Scan 1", "Scan 2"]
    assert shown["events"][0]["location"] == {"city": "Lyon", "region": None, "postal_code": None, "country": "FR"}
    assert shown["lines"] == [{"ref": "SKU-É1", "quantity": 1}]
    assert shown["promise"]["source"] == "store"
    assert shown["promise"]["confidence"] is None


def test_parcels_are_listed_and_filtered(shop: Caller, parcel: Shipment) -> None:
    for n in range(3):
        shop.post("/shipments", {"order": "1001", "number": f"9400111899223397541{n:03d}", "carrier": "USPS"})
    first = shop.get("/shipments?limit=3").json
    rest = shop.get("/shipments", query_string={"limit": 3, "cursor": first["next_cursor"]}).json
    assert [len(first["data"]), len(rest["data"]), rest["next_cursor"]] == [3, 1, None]
    for query, count in {
        "status=in_transit": 1,
        "status=pending": 3,
        "carrier=usps": 3,
        f"number={parcel.number}": 1,
        "order=1001": 4,
        "order=none": 0,
    }.items():
        assert len(shop.get(f"/shipments?{query}").json["data"]) == count, query
    assert shop.get("/shipments?status=lost").status_code == 422
    assert len(shop.get("/orders/1001/shipments").json["data"]) == 4


def test_same_parcel_again_changes_nothing(shop: Caller, parcel: Shipment) -> None:
    body = {"order": "1001", "number": "1Z 999 AA1 01 2345 6784", "carrier": "ups"}
    answer = shop.post("/shipments", body)
    assert (answer.status_code, answer.json["id"]) == (200, parcel.public_id)
    assert shop.post("/shipments", {**body, "order": "none"}).status_code == 404


def test_events_are_followed_with_a_cursor(shop: Caller, session: Session, parcel: Shipment) -> None:
    first = shop.get("/events?limit=2").json
    assert len(first["data"]) == 2
    second = shop.get("/events", query_string={"cursor": first["next_cursor"]}).json
    assert len(second["data"]) == 1
    assert {event["id"] for event in first["data"]}.isdisjoint(event["id"] for event in second["data"])
    nothing = shop.get("/events", query_string={"cursor": second["next_cursor"]}).json
    assert nothing == {"data": [], "next_cursor": second["next_cursor"]}
    news.parcel_news(
        session,
        parcel,
        TrackingResult(
            parcel.number,
            Status.OUT_FOR_DELIVERY,
            (TrackingEvent(AT + timedelta(days=1), Zone.STATED, "O", Status.OUT_FOR_DELIVERY, "Out"),),
        ),
        EventSource.POLL,
    )
    session.commit()
    since = shop.get("/events", query_string={"cursor": second["next_cursor"]}).json
    assert [event["status"] for event in since["data"]] == ["out_for_delivery"]
    assert len(shop.get("/events?order=1001").json["data"]) == 4
    assert len(shop.get(f"/events?shipment={parcel.public_id}").json["data"]) == 4
    assert shop.get("/events?order=none").json["data"] == []


def test_ledger_is_shown_with_masked_recipients(shop: Caller, session: Session, parcel: Shipment) -> None:
    page = shop.get("/messages?order=1001").json
    assert len(page["data"]) == len(session.scalars(select(Message)).all()) > 0
    session.rollback()
    assert "Marie@example.fr" not in str(page)
    assert "+33612345678" not in str(page)
    one = shop.get(f"/messages/{page['data'][0]['id']}").json
    assert one["history"]
    assert {message["channel"] for message in shop.get("/messages?channel=email").json["data"]} == {"email"}
    assert shop.get("/messages?meaning=shouted").status_code == 422
    assert shop.get("/messages?order=none").json["data"] == []
    assert shop.get("/messages/none").status_code == 404
