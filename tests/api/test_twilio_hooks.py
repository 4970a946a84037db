"""Twilio's posts: signed, in any order, more than once; and STOP and START all the way through the sandbox."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.conftest import ENCRYPTION_KEY, SECRET_KEY
from tests.factories import NOON, make_store
from tests.notifications.scene import make_channels, make_scene, milestone, plan, sessions
from tracking import create_app
from tracking.channels._twilio_hooks import _signature
from tracking.models import (
    Channel,
    Consent,
    ConsentState,
    Message,
    MessageEvent,
    MessageState,
    MilestoneKind,
    Order,
    Purpose,
    PushDelivery,
    Store,
    Suppression,
)
from tracking.notifications import delivery, outbox
from tracking.platform import clock
from tracking.platform.clock import Anchor
from tracking.platform.db import db
from tracking.platform.settings import Settings
from tracking.sandbox import ACCOUNT_SID, AUTH_TOKEN, SERVICE_SID, Sandbox

S = MessageState
SID = "SM" + "0" * 31 + "1"
POOL = "+15005550006"


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database,
        queue_url=f"sqlite:///{tmp_path}/queue.db",
        state_dir=tmp_path,
        base_url="https://track.example.com",
        secret_keys=(SECRET_KEY,),
        encryption_keys=(ENCRYPTION_KEY,),
        twilio_account_sid=ACCOUNT_SID,
        twilio_auth_token=AUTH_TOKEN,
    )


def post(
    client: FlaskClient, path: str, *, base: str = "https://track.example.com", token: str = AUTH_TOKEN, **form: str
) -> int:
    """Post as Twilio does; the status code."""
    header = _signature(token, base + path, form).decode()
    return client.post(path, data=form, headers={"X-Twilio-Signature": header}).status_code


@pytest.fixture
def text(session: Session) -> Message:
    """A text that went out and was taken over as SID."""
    order, [parcel] = make_scene(session)
    messages = plan(session, order, milestone(session, order, MilestoneKind.OUT_FOR_DELIVERY, parcel))
    found = next(message for message in messages if message.channel is Channel.SMS)
    found.state, found.next_at, found.provider_ref, found.sent_at = S.SENT, None, SID, NOON
    session.commit()
    return found


def hook(session: Session, message: Message, kind: str = "status", **query: str) -> str:
    account = session.get_one(Store, message.store_id).hook_account
    session.rollback()
    return f"/hooks/twilio/{account}/{kind}" + (f"?{urlencode(query)}" if query else "")


def state_of(session: Session, message: Message) -> tuple[MessageState, str | None]:
    session.rollback()
    session.refresh(message)
    return message.state, message.why


def test_reports_move_a_text_up_and_never_down(session: Session, client: FlaskClient, text: Message) -> None:
    path = hook(session, text, m=text.public_id)
    for word in ("delivered", "sent", "queued", "delivered"):
        assert post(client, path, MessageSid=SID, MessageStatus=word) == 204
    assert state_of(session, text) == (S.DELIVERED, "confirmed")
    assert session.scalar(select(func.count()).where(MessageEvent.message_id == text.id)) == 2


def test_failure_after_delivery_is_not_believed(session: Session, client: FlaskClient, text: Message) -> None:
    path = hook(session, text, m=text.public_id)
    post(client, path, MessageSid=SID, MessageStatus="delivered")
    post(client, path, MessageSid=SID, MessageStatus="undelivered", ErrorCode="30003")
    assert state_of(session, text)[0] is S.DELIVERED


def test_report_finds_its_text_by_the_provider_s_id(session: Session, client: FlaskClient, text: Message) -> None:
    assert post(client, hook(session, text), MessageSid=SID, MessageStatus="delivered") == 204
    assert state_of(session, text)[0] is S.DELIVERED


def test_report_settles_a_text_whose_answer_was_lost(session: Session, client: FlaskClient, text: Message) -> None:
    text.state, text.provider_ref, text.next_at = S.UNCERTAIN, None, NOON
    session.commit()
    post(client, hook(session, text, m=text.public_id), MessageSid=SID, MessageStatus="sent")
    assert state_of(session, text) == (S.SENT, "reported")
    assert (text.provider_ref, text.next_at) == (SID, None)


def test_landline_is_not_written_to_again(session: Session, client: FlaskClient, text: Message) -> None:
    post(client, hook(session, text, m=text.public_id), MessageSid=SID, MessageStatus="undelivered", ErrorCode="30006")
    assert state_of(session, text) == (S.UNDELIVERABLE, "not_mobile")
    assert session.scalars(select(Suppression.reason)).all() == ["not_mobile"]


def test_phone_that_was_off_gets_one_more_try(session: Session, client: FlaskClient, text: Message) -> None:
    with clock.frozen(NOON):
        text.attempts = 1
        session.commit()
        path = hook(session, text, m=text.public_id)
        post(client, path, MessageSid=SID, MessageStatus="undelivered", ErrorCode="30003")
        assert state_of(session, text) == (S.QUEUED, "unreachable")
        text.state, text.attempts, text.next_at = S.SENT, 2, None
        session.commit()
        post(client, path, MessageSid=SID, MessageStatus="undelivered", ErrorCode="30003")
    assert state_of(session, text) == (S.UNDELIVERABLE, "unreachable")


def test_unknown_words_and_unknown_texts_are_taken_and_change_nothing(
    session: Session, client: FlaskClient, text: Message
) -> None:
    assert post(client, hook(session, text, m=text.public_id), MessageSid=SID, MessageStatus="teleported") == 204
    assert post(client, hook(session, text, m="nobody"), MessageSid="SMx", MessageStatus="sent") == 204
    assert state_of(session, text)[0] is S.SENT


def test_hook_of_another_store_cannot_touch_it(session: Session, client: FlaskClient, text: Message) -> None:
    other = make_store(session)
    session.commit()
    path = f"/hooks/twilio/{other.hook_account}/status?m={text.public_id}"
    session.rollback()
    assert post(client, path, MessageSid=SID, MessageStatus="delivered") == 204
    assert state_of(session, text)[0] is S.SENT


@pytest.mark.parametrize("kind", ["status", "inbound"])
def test_wrong_signature_is_refused_and_changes_nothing(
    session: Session, client: FlaskClient, text: Message, kind: str
) -> None:
    path = hook(session, text, kind, m=text.public_id)
    form = {"MessageSid": SID, "MessageStatus": "delivered", "From": text.recipient, "Body": "STOP"}
    assert post(client, path, token="somebody else's", **form) == 401
    assert client.post(path, data=form).status_code == 401
    right = _signature(AUTH_TOKEN, "https://track.example.com" + path, form).decode()
    changed = client.post(path, data={**form, "Body": "START"}, headers={"X-Twilio-Signature": right})
    assert changed.status_code == 401
    assert changed.mimetype == "application/problem+json"
    assert state_of(session, text)[0] is S.SENT
    assert session.scalar(select(func.count()).select_from(Suppression)) == 0
    assert session.scalar(select(func.count()).select_from(PushDelivery)) == 0


def test_unknown_account_is_not_there(client: FlaskClient) -> None:
    assert post(client, "/hooks/twilio/nobody/status", MessageSid=SID, MessageStatus="sent") == 404


def test_oversized_post_is_refused(session: Session, client: FlaskClient, text: Message) -> None:
    assert post(client, hook(session, text, "inbound"), Body="x" * 100_000) == 413


def test_store_s_own_domain_is_an_address_too(session: Session, client: FlaskClient, text: Message) -> None:
    session.get_one(Store, text.store_id).domain = "track.fell.example"
    session.commit()
    path = hook(session, text, m=text.public_id)
    assert post(client, path, base="https://track.fell.example", MessageSid=SID, MessageStatus="delivered") == 204
    assert state_of(session, text)[0] is S.DELIVERED


# ---- answers of people


def answer(
    client: FlaskClient, path: str, text: str, sid: str = SID, sender: str = "+447946000001", **more: str
) -> str:
    """The TwiML that an inbound text gets."""
    form = {"MessageSid": sid, "From": sender, "To": POOL, "Body": text, **more}
    header = _signature(AUTH_TOKEN, "https://track.example.com" + path, form).decode()
    response = client.post(path, data=form, headers={"X-Twilio-Signature": header})
    assert (response.status_code, response.mimetype) == (200, "text/xml")
    return response.text


def test_stop_that_twilio_answered_gets_an_empty_answer(session: Session, client: FlaskClient, text: Message) -> None:
    heard = answer(client, hook(session, text, "inbound"), "STOP", sender=text.recipient)
    assert "<Message>" not in heard
    assert session.scalars(select(Suppression.reason)).all() == ["opted_out"]
    said = session.execute(select(Consent.purpose, Consent.state).order_by(Consent.id)).all()[1:]
    assert {tuple(row) for row in said} == {
        (Purpose.TRANSACTIONAL, ConsentState.REVOKED),
        (Purpose.MARKETING, ConsentState.REVOKED),
    }


def test_stop_in_another_language_is_done_and_answered_in_it(
    session: Session, client: FlaskClient, text: Message
) -> None:
    text.locale = "fr"
    session.commit()
    heard = answer(client, hook(session, text, "inbound"), "Arrêt", sender=text.recipient)
    assert "vous ne recevrez plus de messages" in heard
    assert session.scalars(select(Suppression.reason)).all() == ["opted_out"]


def test_stop_in_free_words_counts(session: Session, client: FlaskClient, text: Message) -> None:
    heard = answer(client, hook(session, text, "inbound"), "please stop texting me", sender=text.recipient)
    assert "no more messages" in heard
    assert session.scalars(select(Suppression.reason)).all() == ["opted_out"]


def test_start_takes_a_stop_back_and_nothing_else(session: Session, client: FlaskClient, text: Message) -> None:
    path = hook(session, text, "inbound")
    answer(client, path, "STOP", "SM1", sender=text.recipient)
    answer(client, path, "START", "SM2", sender=text.recipient)
    assert session.scalars(select(Suppression.reason)).all() == []
    newest = session.scalars(select(Consent).order_by(Consent.id.desc())).first()
    assert newest is not None
    assert (newest.state, newest.purpose, newest.evidence["text"]) == (
        ConsentState.GRANTED,
        Purpose.TRANSACTIONAL,
        "START",
    )
    session.rollback()


def test_same_answer_brought_again_does_nothing(session: Session, client: FlaskClient, text: Message) -> None:
    path = hook(session, text, "inbound")
    answer(client, path, "Arrêt", sender=text.recipient)
    assert "<Message>" not in answer(client, path, "Arrêt", sender=text.recipient)
    assert session.scalar(select(func.count()).select_from(Consent)) == 3


def test_help_names_the_shop_and_a_way_to_reach_it(session: Session, client: FlaskClient, text: Message) -> None:
    path = hook(session, text, "inbound")
    assert "Fell &amp; Ridge" in answer(client, path, "aide", "SM1")
    assert "+442079460000" in answer(client, path, "aide", "SM2")
    assert "<Message>" not in answer(client, path, "HELP", "SM3")
    assert "<Message>" not in answer(client, path, "HELP", "SM4", OptOutType="HELP")


def test_other_words_are_not_answered_by_a_machine(session: Session, client: FlaskClient, text: Message) -> None:
    assert "<Message>" not in answer(client, hook(session, text, "inbound"), "thank you, very kind")
    assert session.scalar(select(func.count()).select_from(Suppression)) == 0


# ---- all the way, over real sockets


@pytest.fixture
def served(settings: Settings, sandbox: Sandbox) -> Iterator[tuple[Flask, str]]:
    """The application on a real port, and the sandbox's phones pointed at it; an hour passes in six seconds."""
    # the address is part of the settings: bind first, then make the application
    server = make_server("127.0.0.1", 0, create_app(settings), threaded=True)
    base_url = f"http://127.0.0.1:{server.server_port}"
    app = server.app = create_app(replace(settings, base_url=base_url))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    clock.set_anchor(Anchor(NOON, time.time(), 600.0))
    with app.app_context():
        try:
            yield app, base_url
        finally:
            sandbox.state.stopping.set()
            server.shutdown()
            thread.join()
            server.server_close()
            db.session.remove()
            db.engine.dispose()


def until(true: Callable[[], bool], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)


def rounds(channels: delivery.Channels, base_url: str) -> None:
    with sessions()() as session:
        leased = outbox.lease_due(session, 100, 60)
        session.commit()
    delivery.deliver(sessions(), leased, channels, base_url=base_url)


def fresh_state(message_id: int) -> MessageState:
    with sessions()() as session:
        return session.get_one(Message, message_id).state


@pytest.mark.parametrize("mishap", [None, "callback_twice", "callback_reordered", "hangup_after", "callback_forged"])
def test_text_is_confirmed_whatever_happens_to_the_reports(
    served: tuple[Flask, str], sandbox: Sandbox, mishap: str | None
) -> None:
    _, base_url = served
    channels = make_channels(sandbox)
    if mishap:
        sandbox.state.mishaps["twilio"].add(kind=mishap, count=1)
    text = news(sandbox, channels, base_url)
    until(lambda: fresh_state(text) is S.DELIVERED)
    assert len(sandbox.state.messages) == 1
    close(channels)


def test_stop_and_start_through_the_phone(served: tuple[Flask, str], sandbox: Sandbox) -> None:
    _, base_url = served
    channels = make_channels(sandbox)
    news(sandbox, channels, base_url)
    [first] = sandbox.state.messages
    exchange = sandbox.state.parts["twilio"]
    account = urlsplit(first.callback).path.split("/")[3]
    exchange.accounts[ACCOUNT_SID].services[SERVICE_SID].inbound_url = f"{base_url}/hooks/twilio/{account}/inbound"

    exchange.inbound(first.to, first.sender, "STOP")
    until(lambda: suppressed() == 1)
    replies = [m for m in exchange.phones() if m.direction == "outbound-reply"]
    assert len(replies) == 1, "Twilio's own answer, and none of ours"
    assert again(channels, base_url) is S.SUPPRESSED

    exchange.inbound(first.to, first.sender, "START")
    until(lambda: suppressed() == 0)
    assert again(channels, base_url) in {S.SENT, S.DELIVERED}
    close(channels)


def suppressed() -> int:
    with sessions()() as session:
        return session.scalar(select(func.count()).select_from(Suppression)) or 0


def news(sandbox: Sandbox, channels: delivery.Channels, base_url: str) -> int:
    """A parcel comes today, and its text goes out; the message's id."""
    with sessions()() as session:
        order, [parcel] = make_scene(session)
        moment = milestone(session, order, MilestoneKind.OUT_FOR_DELIVERY, parcel, at=clock.now())
        messages = plan(session, order, moment)
        text = next(message.id for message in messages if message.channel is Channel.SMS)
    rounds(channels, base_url)
    return text


def again(channels: delivery.Channels, base_url: str) -> MessageState:
    """The same parcel is delivered; what became of the text about it."""
    with sessions()() as session:
        order = session.scalars(select(Order)).one()
        kind = MilestoneKind.DELIVERED
        moment = milestone(session, order, kind, order.shipments[0], at=clock.now(), occasion=str(time.time()))
        messages = plan(session, order, moment)
        text = next(message.id for message in messages if message.channel is Channel.SMS)
    rounds(channels, base_url)
    return fresh_state(text)


def close(channels: delivery.Channels) -> None:
    for adapter in channels.values():
        adapter.close()
