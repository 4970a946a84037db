"""Pushes of carriers: believed, read, taken in once; and nothing else changes anything."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories import NOON, make_account, make_order, make_shipment, make_store
from tracking.models import CarrierAccount, EventSource, Message, PushDelivery, Shipment, Store, TrackingEventRow
from tracking.platform import clock
from tracking.platform.status import Status

SECRET = "a long secret"
NUMBER = "1Z12345E0205271688"
SAMPLES = Path(__file__).parent.parent / "samples" / "pushes" / "ups"
LATER = NOON.replace(year=2026, month=12, day=4)


@pytest.fixture
def store(session: Session) -> Store:
    return make_store(session, slug="fell")


@pytest.fixture
def account(session: Session, store: Store) -> CarrierAccount:
    credentials = {"client_id": "a", "client_secret": "b", "push_credential": SECRET}
    return make_account(session, "ups", credentials=credentials, store_id=store.id)


@pytest.fixture
def parcel(session: Session, store: Store, account: CarrierAccount) -> Shipment:
    order = make_order(session, store, placed_at=LATER - timedelta(days=3))
    made = make_shipment(
        session, order, carrier="ups", number=NUMBER, carrier_account_id=account.id, label_at=LATER - timedelta(days=3)
    )
    session.commit()
    return made


def push(client: FlaskClient, hook: str, body: bytes | str, *, secret: str = SECRET, slug: str = "ups") -> TestResponse:
    with clock.frozen(LATER):
        return client.post(f"/hooks/carriers/{slug}/{hook}", data=body, headers={"credential": secret})


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def events(session: Session) -> list[TrackingEventRow]:
    session.expire_all()
    return list(session.scalars(select(TrackingEventRow).order_by(TrackingEventRow.at)))


def test_news_reaches_timeline_and_outbox_in_any_order_and_once(
    client: FlaskClient, session: Session, account: CarrierAccount, parcel: Shipment
) -> None:
    for name in ("delivered.json", "out-for-delivery.json", "delivered.json"):
        assert push(client, account.hook, sample(name)).status_code == 200
    assert [row.status for row in events(session)] == [Status.OUT_FOR_DELIVERY, Status.DELIVERED]
    assert {row.source for row in events(session)} == {EventSource.PUSH}
    assert (parcel.status, parcel.signed_by, parcel.pushed_at) == (Status.DELIVERED, "SMITH", LATER)
    meanings = [one.meaning.value for one in session.scalars(select(Message))]
    assert meanings.count("delivered") == len({m.channel for m in session.scalars(select(Message))})
    assert session.scalar(select(func.count()).select_from(PushDelivery)) == 2


def test_a_push_puts_the_next_question_off_and_never_cancels_it(
    client: FlaskClient, session: Session, account: CarrierAccount, parcel: Shipment
) -> None:
    parcel.next_poll_at = LATER
    session.commit()
    push(client, account.hook, sample("out-for-delivery.json"))
    session.refresh(parcel)
    assert timedelta(hours=1.5) < parcel.next_poll_at - LATER < timedelta(hours=3)


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1]])
def test_a_wrong_secret_is_refused_and_changes_nothing(
    client: FlaskClient, session: Session, account: CarrierAccount, parcel: Shipment, secret: str
) -> None:
    answer = push(client, account.hook, sample("delivered.json"), secret=secret)
    assert (answer.status_code, answer.json["code"]) == (401, "bad_signature")
    assert events(session) == []
    assert session.scalar(select(func.count()).select_from(PushDelivery)) == 0


def test_an_account_without_a_secret_takes_nothing(
    client: FlaskClient, session: Session, store: Store, parcel: Shipment
) -> None:
    bare = make_account(session, "ups", credentials={"client_id": "a", "client_secret": "b"}, store_id=store.id)
    session.commit()
    assert push(client, bare.hook, sample("delivered.json"), secret="").status_code == 401
    assert events(session) == []


def test_other_addresses_are_not_there(
    client: FlaskClient, session: Session, account: CarrierAccount, parcel: Shipment
) -> None:
    for hook, slug in [
        ("x" * 22, "ups"),
        (account.hook, "la-poste"),
        (account.hook, "nobody"),
        (account.public_id, "ups"),
    ]:
        assert push(client, hook, sample("delivered.json"), slug=slug).status_code == 404
    account.enabled = False
    session.commit()
    assert push(client, account.hook, sample("delivered.json")).status_code == 404
    assert client.get(f"/hooks/carriers/ups/{account.hook}").status_code == 405
    assert events(session) == []


def test_a_parcel_of_another_store_is_unknown(client: FlaskClient, session: Session, account: CarrierAccount) -> None:
    other = make_store(session)
    make_shipment(session, make_order(session, other), carrier="ups", number=NUMBER)
    session.commit()
    assert push(client, account.hook, sample("delivered.json")).status_code == 202
    assert events(session) == []


def test_the_installations_account_speaks_of_every_store(client: FlaskClient, session: Session) -> None:
    shared = make_account(session, "ups", credentials={"push_credential": SECRET})
    for _ in range(2):
        make_shipment(session, make_order(session, make_store(session)), carrier="ups", number=NUMBER)
    session.commit()
    assert push(client, shared.hook, sample("delivered.json")).status_code == 200
    assert len(events(session)) == 2


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"[]", b"null", b"{}", json.dumps({"trackingNumber": NUMBER})])
def test_what_is_no_push_is_refused(
    client: FlaskClient, session: Session, account: CarrierAccount, parcel: Shipment, body: bytes | str
) -> None:
    answer = push(client, account.hook, body)
    assert (answer.status_code, answer.json["code"]) == (400, "bad_payload")
    assert events(session) == []


def test_too_much_is_refused(client: FlaskClient, session: Session, account: CarrierAccount, parcel: Shipment) -> None:
    assert push(client, account.hook, b" " * (1024 * 1024 + 1)).status_code == 413
    assert events(session) == []


def test_a_parcel_that_is_being_asked_about_keeps_its_lease(
    client: FlaskClient, session: Session, account: CarrierAccount, parcel: Shipment
) -> None:
    parcel.next_poll_at, parcel.lease_until, parcel.lease_fence = None, LATER, 7
    session.commit()
    assert push(client, account.hook, sample("out-for-delivery.json")).status_code == 200
    session.refresh(parcel)
    assert (parcel.next_poll_at, parcel.lease_fence) == (None, 7)
    assert parcel.lease_until is not None


def test_a_final_delivery_without_its_history_is_asked_about_at_once(
    client: FlaskClient, session: Session, store: Store
) -> None:
    account = make_account(session, "thailand-post", credentials={"api_token": "x"}, store_id=store.id)
    order = make_order(session, store, placed_at=LATER - timedelta(days=3))
    later = LATER + timedelta(hours=9)
    parcel = make_shipment(
        session,
        order,
        carrier="thailand-post",
        number="EF582568151TH",
        carrier_account_id=account.id,
        next_poll_at=later,
    )
    session.commit()
    body = (SAMPLES.parent / "thailand-post" / "final-delivery.json").read_bytes()
    assert push(client, account.hook, body, slug="thailand-post").status_code == 200
    session.refresh(parcel)
    assert (parcel.status, parcel.delivered_at, parcel.next_poll_at) == (Status.IN_TRANSIT, None, LATER)
    assert session.scalars(select(Message).where(Message.meaning == "delivered")).all() == []


def test_a_hint_has_the_carrier_asked_at_once_and_moves_nothing_by_itself(
    client: FlaskClient, session: Session, store: Store
) -> None:
    account = make_account(session, "inpost", credentials={"push_key": SECRET}, store_id=store.id)
    parcel = make_shipment(
        session,
        make_order(session, store),
        carrier="inpost",
        number="602677439331630337653846",
        carrier_account_id=account.id,
        next_poll_at=LATER + timedelta(hours=9),
    )
    session.commit()
    body = (SAMPLES.parent / "inpost" / "status-changed.json").read_bytes()
    for key, status in (("wrong", 401), (SECRET, 200)):
        with clock.frozen(LATER):
            assert client.post(f"/hooks/carriers/inpost/{account.hook}?key={key}", data=body).status_code == status
    session.refresh(parcel)
    assert (parcel.status, parcel.next_poll_at) == (Status.PENDING, LATER)
    assert events(session) == []
