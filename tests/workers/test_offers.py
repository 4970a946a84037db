"""Letters with suggestions, from rows to the mailbox."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from tests.factories import NOON, make_product, make_shipment, make_store
from tests.notifications.scene import milestone, plan
from tests.suggestions.shop import buy
from tests.workers.rounds import Rounds
from tracking.models import MilestoneKind, Order, OrderState, RecommendationPolicy, RecommendationUse, Surface
from tracking.platform import clock
from tracking.platform.settings import Settings
from tracking.platform.web import settings_of
from tracking.sandbox import Sandbox
from tracking.suggestions import fit_store
from tracking.workers import offers as worker_offers


@pytest.fixture
def settings(settings: Settings, sandbox: Sandbox) -> Settings:
    return replace(settings, environment={**settings.environment, **sandbox.settings()})


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


@pytest.fixture
def order(app: Flask, session: Session) -> Order:
    """A mug on its way, which others bought with tea; its letter waits."""
    store = make_store(session, policies={"email_offers": "unless_refused"})
    mug, tea = (make_product(session, store, title=title) for title in ("Mug", "Tea"))
    for _ in range(3):
        buy(session, store, None, mug, tea, placed_at=NOON - timedelta(days=9))
    order = buy(session, store, None, mug)
    parcel = make_shipment(session, order)
    session.commit()
    fit_store(session, store.id, settings_of(app).state_dir)
    plan(session, order, milestone(session, order, MilestoneKind.HANDED_OVER, parcel))
    return order


def send(app: Flask, session: Session) -> None:
    session.commit()
    with Rounds(app) as worker:
        worker.beat.lease_messages()


def test_good_news_says_what_goes_with_it_and_that_is_counted(
    app: Flask, session: Session, sandbox: Sandbox, order: Order
) -> None:
    send(app, session)
    [mail] = sandbox.state.mail
    said = mail.text.replace("\r\n", "\n")
    assert "Goes with your order:\n- Tea, £89.00\n  Bought with your Mug by 3 people\n" in said
    used = session.scalars(select(RecommendationUse)).one()
    assert (used.order_id, used.surface, used.shown, used.model) == (order.id, Surface.EMAIL, 1, "00000001")


def test_an_order_that_came_into_trouble_meanwhile_is_not_sold_to(
    app: Flask, session: Session, sandbox: Sandbox, order: Order
) -> None:
    order.state = OrderState.CANCELLING
    send(app, session)
    assert [("Tea" in mail.text) for mail in sandbox.state.mail] in ([], [False])
    assert session.scalars(select(RecommendationUse)).all() == []


def test_a_late_order_gets_its_news_alone(app: Flask, session: Session, sandbox: Sandbox, order: Order) -> None:
    order.promised_latest = NOON.date() - timedelta(days=1)
    send(app, session)
    [mail] = sandbox.state.mail
    assert "Tea" not in mail.text


def test_a_merchant_who_wants_none_in_emails_gets_none(
    app: Flask, session: Session, sandbox: Sandbox, order: Order
) -> None:
    session.add(RecommendationPolicy(store_id=order.store_id, in_emails=False))
    send(app, session)
    [mail] = sandbox.state.mail
    assert "Tea" not in mail.text
    assert session.scalars(select(RecommendationUse)).all() == []


@pytest.mark.parametrize("part", ["offer", "heading", "reason_sentence"])
def test_whatever_goes_wrong_the_news_goes_out(
    app: Flask, session: Session, sandbox: Sandbox, order: Order, monkeypatch: pytest.MonkeyPatch, *, part: str
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise IndexError("an artefact that is not what it says")

    monkeypatch.setattr(worker_offers, part, breaks)
    with capture_logs() as logs:
        send(app, session)
    [mail] = sandbox.state.mail
    assert "Tea" not in mail.text
    assert [(line["event"], line["order"]) for line in logs if line["event"] == "offers.failed"] == [
        ("offers.failed", order.public_id)
    ]
