"""`waypost explain`: a readable account of why each message was or was not sent."""

import json

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy.orm import Session

from tests.conftest import ENCRYPTION_KEY
from tests.factories import make_customer, make_store
from tests.notifications.scene import at, make_scene, milestone, plan
from tracking.cli.explain import explain
from tracking.models import MilestoneKind as K
from tracking.models import Order, Store


@pytest.fixture(autouse=True)
def _environment(app: Flask, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command reads its settings from the environment."""
    monkeypatch.setenv("WAYPOST_DATABASE_URL", database)
    monkeypatch.setenv("WAYPOST_SECRET_KEY", "k" * 40)
    monkeypatch.setenv("WAYPOST_ENCRYPTION_KEY", ENCRYPTION_KEY)
    monkeypatch.setenv("COLUMNS", "200")


def run(session: Session, *args: str) -> Result:
    session.rollback()
    return CliRunner().invoke(explain, list(args))


@pytest.fixture
def order(session: Session) -> Order:
    """Delivered; the person has not agreed to texts."""
    made, [parcel] = make_scene(session, consent=False, store=make_store(session, slug="fell-and-ridge"))
    with at():
        plan(
            session,
            made,
            milestone(session, made, K.HANDED_OVER, parcel),
            milestone(session, made, K.DELIVERED, parcel),
            milestone(session, made, K.ALL_DELIVERED),
        )
    session.refresh(made)
    return made


def test_every_message_has_its_reason(session: Session, order: Order) -> None:
    said = run(session, order.number).output
    assert "The person has not agreed to texts." in said
    assert "Something newer happened before this went out." in said
    assert "There is one parcel: “delivered” says it." in said


def test_addresses_are_shown_in_part(session: Session, order: Order) -> None:
    email, phone = order.email or "", order.phone or ""
    said = run(session, order.number).output
    assert email not in said
    assert phone not in said
    assert "…@example.com" in said


def test_json_is_one_document(session: Session, order: Order) -> None:
    said = json.loads(run(session, order.number, "--json").output)
    assert said["order"] == order.number
    by_name = {(m["meaning"], m["channel"]): m for m in said["messages"]}
    assert by_name["delivered", "sms"]["why"] == "no_consent"
    assert by_name["delivered", "email"]["steps"][0]["state"] == "planned"
    assert {(one["moment"], one["why"]) for one in said["absent"]} == {
        ("handed_over", "other_channel"),
        ("all_delivered", "single_parcel"),
    }


def test_one_message_is_explained_by_its_id(session: Session, order: Order) -> None:
    messages = json.loads(run(session, order.number, "--json").output)["messages"]
    said = json.loads(run(session, messages[0]["id"], "--json").output)
    assert said["messages"] == [messages[0]]
    assert said["absent"] == []


def test_order_without_any_address_is_explained(session: Session) -> None:
    store = make_store(session)
    customer = make_customer(session, store, email=None, phone=None)
    made, [parcel] = make_scene(session, store=store, customer=customer)
    with at():
        plan(session, made, milestone(session, made, K.DELIVERED, parcel))
    said = run(session, made.number).output
    assert "No message was written for it." in said
    assert "The order has no address for this channel." in said


def test_number_of_two_stores_asks_which(session: Session, order: Order) -> None:
    other, _ = make_scene(session, number=order.number)
    refused = run(session, order.number)
    assert refused.exit_code == 2
    assert "fell-and-ridge" in refused.output
    chosen = run(session, order.number, "--store", session.get_one(Store, other.store_id).slug)
    assert chosen.exit_code == 0


def test_nothing_of_that_name(session: Session) -> None:
    assert run(session, "nowhere").exit_code == 1
    assert run(session, "nowhere", "--store", "none").exit_code == 2
