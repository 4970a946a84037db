"""Orders over REST: in, again, changed, cancelled, looked up."""

from typing import Any

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.api.conftest import Caller
from tracking.models import Audit, Consent, Customer, Message, Milestone, MilestoneKind, Order, Shipment

ORDER: dict[str, Any] = {
    "number": "1001",
    "placed_at": "2026-11-20T10:00:00+00:00",
    "language": "fr-CA",
    "currency": "EUR",
    "total": "84.40",
    "customer": {"email": "Marie@EXAMPLE.fr", "phone": "06 12 34 56 78", "name": "Marie Exemple"},
    "address": {
        "name": "Marie Exemple",
        "address1": "5 rue de l’Été",
        "city": "Lyon",
        "postal_code": "69001",
        "country": "France",
    },
    "lines": [
        {"sku": "SKU-É1", "title": "Écharpe rouge", "quantity": 2, "unit_price": "39,90"},
        {"sku": "SKU-2", "title": "Gants", "quantity": 1, "unit_price": 4.6},
    ],
    "shipments": [{"number": "1z999aa1 0123456784", "carrier": "UPS", "lines": [{"ref": "SKU-É1", "quantity": 1}]}],
    "consents": [{"channel": "sms", "granted": True, "shown_text": "Text me about my parcel"}],
    "metadata": {"gift": True, "till": 4},
}


def test_new_order_is_stored_normalised(shop: Caller, session: Session) -> None:
    answer = shop.post("/orders", ORDER)
    assert answer.status_code == 201, answer.json
    shown = answer.json
    assert shown["customer"]["email"] == "Marie@example.fr"
    assert shown["customer"]["phone"] == "+33612345678"
    assert shown["language"] == "fr"
    assert shown["total"] == "84.40"
    assert shown["address"]["country"] == "FR"
    assert shown["time_zone"] == "Europe/Paris"
    assert [line["unit_price"] for line in shown["lines"]] == ["39.90", "4.60"]
    assert shown["lines"][0]["shipped"] == 1
    assert shown["shipments"][0]["number"] == "1Z999AA10123456784"
    assert shown["shipments"][0]["carrier"] == "ups"
    assert shown["metadata"] == {"gift": True, "till": 4}
    assert shown["tracking_url"].startswith("http://127.0.0.1:8000/t/")
    kinds = set(session.scalars(select(Milestone.kind)))
    assert kinds == {MilestoneKind.ORDERED, MilestoneKind.PACKED}
    assert session.scalar(select(Audit.action).where(Audit.actor.startswith("key:wp_"))) == "order.created"


def test_same_order_again_changes_nothing(shop: Caller, session: Session) -> None:
    first = shop.post("/orders", ORDER).json
    counts = [
        session.scalar(select(func.count()).select_from(t)) for t in (Message, Consent, Customer, Shipment, Audit)
    ]
    session.rollback()
    again = shop.post("/orders", ORDER)
    assert again.status_code == 200
    assert again.json == first
    assert counts == [
        session.scalar(select(func.count()).select_from(t)) for t in (Message, Consent, Customer, Shipment, Audit)
    ]


def test_what_is_absent_stays(shop: Caller) -> None:
    shop.post("/orders", ORDER)
    shown = shop.post("/orders", {"number": "1001", "note": "ring twice", "customer": None}).json
    assert shown["note"] == "ring twice"
    assert shown["customer"]["email"] == "Marie@example.fr"
    assert len(shown["lines"]) == 2
    assert shown["version"] > 1


def test_every_wrong_field_is_named(shop: Caller, session: Session) -> None:
    answer = shop.post(
        "/orders",
        {
            "number": "1001",
            "placed_at": "20/11/2026",
            "currency": "EURO",
            "customer": {"email": "not an address", "phone": "12"},
            "address": {"country": "Atlantis"},
            "lines": [{"title": "no key"}, {"sku": "A", "unit_price": "1.234"}],
            "shipments": [{"number": "9.4E+21", "carrier": "Royal Mule"}],
        },
    )
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    fields = {error["field"]: error for error in answer.json["errors"]}
    assert set(fields) == {
        "placed_at",
        "currency",
        "customer.email",
        "customer.phone",
        "address.country",
        "lines.0.ref",
        "lines.1.unit_price",
        "shipments.0.number",
    }
    assert "spreadsheet" in fields["shipments.0.number"]["reason"]
    assert session.scalar(select(func.count()).select_from(Order)) == 0


def test_unknown_fields_and_types_are_refused(shop: Caller) -> None:
    answer = shop.post("/orders", {"number": "1", "nmae": "x", "lines": [{"sku": "A", "quantity": "two"}]})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json["errors"]} == {"nmae", "lines.0.quantity"}


def test_more_pieces_sent_than_ordered_is_refused(shop: Caller) -> None:
    shop.post("/orders", ORDER)
    answer = shop.post(
        "/orders/1001/shipments", {"number": "9400111899223397541123", "lines": [{"ref": "SKU-É1", "quantity": 2}]}
    )
    assert answer.status_code == 409
    assert "only 2 were ordered" in answer.json["detail"]
    assert len(shop.get("/orders/1001/shipments").json["data"]) == 1


def test_carrier_is_told_by_the_number_where_any_has_such_numbers(shop: Caller) -> None:
    shop.post("/orders", ORDER)
    told = shop.post("/orders/1001/shipments", {"number": "9400 1118 9922 3397 5411 23"})
    assert (told.status_code, told.json["carrier"]) == (201, "usps")
    likeliest = shop.post("/orders/1001/shipments", {"number": "123456789012"})
    assert (likeliest.status_code, likeliest.json["carrier"]) == (201, "fedex")
    assert shop.post("/orders/1001/shipments", {"number": "123456789012"}).status_code == 200
    untold = shop.post("/orders/1001/shipments", {"number": "TBA000000000000"})
    assert untold.status_code == 422
    assert untold.json["errors"][0]["code"] == "unknown_carrier"
    assert "ups" in untold.json["errors"][0]["reason"]


def test_cancelling_is_noted_once(shop: Caller, session: Session) -> None:
    shop.post("/orders", ORDER)
    body = {"reason": "changed her mind", "refunded": "84.40"}
    first = shop.post("/orders/1001/cancel", body)
    assert first.status_code == 200
    assert (first.json["state"], first.json["refunded"]) == ("cancelled", "84.40")
    assert {line["state"] for line in first.json["lines"]} == {"cancelled"}
    again = shop.post("/orders/1001/cancel", body)
    assert again.json == first.json
    assert session.scalar(select(func.count()).where(Audit.action == "order.cancelled")) == 1
    too_much = shop.post("/orders/1001/cancel", {"refunded": "84.41"})
    assert too_much.status_code == 409


def test_list_is_paged_and_filtered(shop: Caller) -> None:
    for n in range(5):
        shop.post("/orders", {"number": f"N{n}", "placed_at": f"2026-11-{10 + n}", "ref": f"r{n}"})
    first = shop.get("/orders?limit=2").json
    assert [order["number"] for order in first["data"]] == ["N4", "N3"]
    second = shop.get("/orders", query_string={"limit": 2, "cursor": first["next_cursor"]}).json
    assert [order["number"] for order in second["data"]] == ["N2", "N1"]
    last = shop.get("/orders", query_string={"limit": 2, "cursor": second["next_cursor"]}).json
    assert ([order["number"] for order in last["data"]], last["next_cursor"]) == (["N0"], None)
    some = shop.get("/orders?placed_from=2026-11-11&placed_until=2026-11-13").json["data"]
    assert [order["number"] for order in some] == ["N2", "N1"]
    assert [order["number"] for order in shop.get("/orders?ref=r3").json["data"]] == ["N3"]
    for bad in ("limit=0", "limit=x", "cursor=!", "cursor=W10", "state=lost", "nonsense=1", "placed_from=yesterday"):
        assert shop.get(f"/orders?{bad}").status_code == 422, bad


def test_order_is_found_by_id_and_by_number(shop: Caller) -> None:
    shown = shop.post("/orders", {"number": "#A/7"}).json
    assert shop.get(f"/orders/{shown['id']}").json["number"] == "#A/7"
    assert shop.get("/orders/%23A%2F7").status_code == 404  # a slash parts the path; the list finds it
    assert shop.get("/orders?number=%23A/7").json["data"][0]["id"] == shown["id"]


def test_order_needs_no_customer_and_no_lines(shop: Caller, app: Flask) -> None:
    shown = shop.post("/orders", {"number": "bare"}).json
    assert shown["customer"] == {"id": None, "email": None, "phone": None, "name": None}
    assert shown["lines"] == shown["shipments"] == []
