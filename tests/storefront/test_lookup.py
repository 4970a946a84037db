"""The lookup: it finds for those who know, and tells the others nothing."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import make_store
from tests.storefront.shop import on_its_way
from tracking.models import RateLimit
from tracking.storefront import lookup

MISS = "We could not find that."


def test_form_is_served_in_the_browsers_language(client: FlaskClient, session: Session) -> None:
    store = make_store(session)
    session.commit()
    page = client.get(f"/s/{store.slug}/track", headers={"Accept-Language": "fr-CA,fr;q=0.9"})
    assert page.status_code == 200
    assert "Où est ma commande" in page.text
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("contact", ["email", "EMAIL", "phone", "local phone", "postal_code", "la94aa"])
def test_number_and_contact_open_the_order(client: FlaskClient, session: Session, contact: str) -> None:
    order, _ = on_its_way(session)
    known = {
        "email": order.email,
        "EMAIL": (order.email or "").upper(),
        "phone": order.phone,
        "local phone": "0" + (order.phone or "").removeprefix("+44"),
        "postal_code": order.postal_code,
        "la94aa": "la94aa",
    }[contact]
    order.phone = "+447946000123" if contact == "local phone" else order.phone
    known = "07946 000123" if contact == "local phone" else known
    session.commit()
    answer = client.post(f"/s/{order.store.slug}/track", data={"order": f"# {order.number}", "contact": known})
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/t/{order.token}")
    assert "@" not in answer.headers["Location"]


def test_every_miss_looks_the_same(client: FlaskClient, session: Session) -> None:
    order, _ = on_its_way(session)
    url = f"/s/{order.store.slug}/track"
    tries = [
        {"order": order.number, "contact": "wrong@example.com"},
        {"order": order.number, "contact": "0"},
        {"order": "99999999", "contact": order.email},
        {"number": "NOSUCHNUMBER1"},
        {"order": "' OR 1=1 --", "contact": "' OR 1=1 --"},
    ]
    answers = [client.post(url, data=data) for data in tries]
    assert {answer.status_code for answer in answers} == {404}
    plain = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert len(plain) == 1
    assert MISS in plain.pop()


def test_order_of_another_store_is_not_found(client: FlaskClient, session: Session) -> None:
    order, shipment = on_its_way(session)
    other = make_store(session)
    session.commit()
    url = f"/s/{other.slug}/track"
    assert client.post(url, data={"order": order.number, "contact": order.email}).status_code == 404
    assert client.post(url, data={"number": shipment.number}).status_code == 404


def test_order_without_contacts_cannot_be_opened_by_an_empty_one(client: FlaskClient, session: Session) -> None:
    order, _ = on_its_way(session)
    order.email = order.phone = order.postal_code = None
    session.commit()
    url = f"/s/{order.store.slug}/track"
    assert client.post(url, data={"order": order.number, "contact": ""}).status_code == 422
    assert client.post(url, data={"order": order.number, "contact": " "}).status_code == 422
    assert client.post(url, data={"order": order.number, "contact": "-"}).status_code == 404


def test_tracking_number_alone_shows_the_parcel_only(client: FlaskClient, session: Session) -> None:
    order, shipment = on_its_way(session)
    spaced = f" {shipment.number[:4].lower()} {shipment.number[4:]}"
    answer = client.post(f"/s/{order.store.slug}/track", data={"number": spaced})
    assert answer.status_code == 303
    assert shipment.number not in answer.headers["Location"]
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert order.number not in page.text


def test_tries_are_limited_across_processes(client: FlaskClient, session: Session) -> None:
    order, _ = on_its_way(session)
    url = f"/s/{order.store.slug}/track"
    for _ in range(lookup.TRIES):
        assert client.post(url, data={"number": "NOPE123"}).status_code == 404
    blocked = client.post(url, data={"order": order.number, "contact": order.email})
    assert blocked.status_code == 429
    assert int(blocked.headers["Retry-After"]) > 0
    row = session.scalars(select(RateLimit).where(RateLimit.used > lookup.TRIES)).one()
    assert "127.0.0.1" not in row.key, "no address is kept"
    elsewhere = client.post(url, data={"number": "NOPE123"}, environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 404
    row.window_start -= timedelta(seconds=lookup.TRIES_PER_S)
    session.commit()
    assert client.post(url, data={"number": "NOPE123"}).status_code == 404


def test_many_visitors_cannot_guess_at_one_order(client: FlaskClient, session: Session) -> None:
    order, _ = on_its_way(session)
    url = f"/s/{order.store.slug}/track"
    for number in range(lookup.TRIES_ON_ONE):
        where = {"REMOTE_ADDR": f"192.0.2.{number}"}
        client.post(url, data={"order": order.number, "contact": f"{number}"}, environ_overrides=where)
    last = client.post(
        url, data={"order": order.number, "contact": order.email}, environ_overrides={"REMOTE_ADDR": "198.51.100.1"}
    )
    assert last.status_code == 429


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_form_of_another_site_is_refused(client: FlaskClient, session: Session, headers: dict[str, str]) -> None:
    order, _ = on_its_way(session)
    data = {"order": order.number, "contact": order.email}
    answer = client.post(f"/s/{order.store.slug}/track", data=data, headers=headers)
    assert answer.status_code == 403


def test_scripts_in_a_field_stay_text(client: FlaskClient, session: Session) -> None:
    store = make_store(session)
    session.commit()
    answer = client.post(f"/s/{store.slug}/track", data={"order": '"><script>x</script>', "contact": "y"})
    assert "<script>x" not in answer.text


def test_store_is_found_by_its_own_domain(client: FlaskClient, session: Session) -> None:
    make_store(session, name="Somebody else")
    make_store(session, name="Own Domain Shop", domain="track.shop.example")
    session.commit()
    answer = client.get("/track", base_url="http://track.shop.example:8000")
    assert "Own Domain Shop" in answer.text
    assert client.get("/track", base_url="http://elsewhere.example").status_code == 404


def test_only_store_needs_no_name(client: FlaskClient, session: Session) -> None:
    make_store(session, name="The Only Shop")
    session.commit()
    assert "The Only Shop" in client.get("/track").text


@pytest.mark.parametrize("field", ["order", "contact", "number"])
def test_nul_in_a_field_is_a_miss(client: FlaskClient, session: Session, field: str) -> None:
    order, _ = on_its_way(session)
    data = {"order": order.number, "contact": order.email, "number": "1Z999"} | {field: "x\0y"}
    assert client.post(f"/s/{order.store.slug}/track", data=data).status_code == 404
