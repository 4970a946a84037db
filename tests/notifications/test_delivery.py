"""Sending: what goes out, what waits, what ends; over real SMTP and a real HTTP API on loopback."""

from datetime import timedelta
from email import message_from_bytes
from email.message import Message as Mail

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOON, make_store
from tests.notifications.scene import (
    BASE_URL,
    at,
    grant,
    history,
    make_scene,
    milestone,
    plan,
    sessions,
    states,
    work,
)
from tracking.models import (
    Channel,
    Consent,
    ConsentState,
    Meaning,
    Message,
    MessageState,
    MilestoneKind,
    Order,
    Suppression,
)
from tracking.notifications import delivery, outbox
from tracking.notifications.outbox import Channels
from tracking.platform import clock, security
from tracking.platform.status import Status
from tracking.sandbox import Sandbox

S, K, M = MessageState, MilestoneKind, Meaning
EMAIL, SMS = Channel.EMAIL, Channel.SMS


def mails(sandbox: Sandbox) -> list[Mail]:
    return [message_from_bytes(mail.raw) for mail in sandbox.state.mail]


def only(session: Session, channel: Channel) -> Message:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Message).where(Message.channel == channel)).one()


def due_now(session: Session) -> None:
    """As if the time of waiting had passed."""
    session.rollback()
    session.execute(update(Message).where(Message.next_at.is_not(None)).values(next_at=NOON))
    session.commit()


def out_for_delivery(session: Session, **values: object) -> Order:
    order, [parcel] = make_scene(session, **values)  # type: ignore[arg-type]
    plan(session, order, milestone(session, order, K.OUT_FOR_DELIVERY, parcel))
    return order


def test_news_goes_out_once_on_both_channels(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    with at():
        order = out_for_delivery(session)
        report = work(channels)
        work(channels)
    assert report.sent == 2
    assert [mail.recipients[0] for mail in sandbox.state.mail] == [order.email]
    assert len(sandbox.state.messages) == 1
    assert states(session, order) == {
        (M.OUT_FOR_DELIVERY, EMAIL): (S.SENT, "accepted"),
        (M.OUT_FOR_DELIVERY, SMS): (S.SENT, "accepted"),
    }


def test_ledger_tells_every_step(session: Session, channels: Channels) -> None:
    with at():
        out_for_delivery(session, consent=False)
        work(channels)
    assert history(session, only(session, EMAIL)) == [(S.PLANNED, "news"), (S.SENDING, "due"), (S.SENT, "accepted")]


def test_email_carries_what_a_good_sender_sends(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    with at():
        order = out_for_delivery(session, consent=False)
        work(channels)
    message, [mail] = only(session, EMAIL), mails(sandbox)
    assert order.customer is not None
    assert mail["Message-ID"] == f"<{message.public_id}@example.com>" == message.provider_ref
    assert mail["From"] == "Fell & Ridge <orders@example.com>"
    assert mail["Reply-To"] == "help@example.com"
    assert mail["List-Unsubscribe"] == f"<{BASE_URL}/u/{order.customer.unsubscribe_token}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["In-Reply-To"] is None
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


def test_later_mails_of_an_order_continue_its_thread(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    order, [parcel] = make_scene(session, consent=False)
    with at():
        plan(session, order, milestone(session, order, K.OUT_FOR_DELIVERY, parcel))
        work(channels)
    with at(hours=2):
        plan(session, order, milestone(session, order, K.DELIVERED, parcel, at=NOON + timedelta(hours=2)))
        work(channels)
    first, second = mails(sandbox)
    assert second["References"] == second["In-Reply-To"] == first["Message-ID"]


def test_first_text_says_how_to_end_them_and_later_ones_do_not(
    session: Session, sandbox: Sandbox, channels: Channels
) -> None:
    order, [parcel] = make_scene(session)
    with at():
        plan(session, order, milestone(session, order, K.OUT_FOR_DELIVERY, parcel))
        work(channels)
        plan(session, order, milestone(session, order, K.DELIVERED, parcel))
        work(channels)
    first, second = (message.text for message in sandbox.state.messages)
    assert first.endswith("Reply STOP to opt out.")
    assert second.endswith(f"{BASE_URL}/t/{order.token}")


# ---- what waits


def test_ordinary_news_waits_for_the_morning(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    night = NOON + timedelta(hours=11)
    order, [parcel] = make_scene(session, consent=False)
    with at(night):
        plan(session, order, milestone(session, order, K.HANDED_OVER, parcel, at=night))
        work(channels)
        work(channels)
    assert len(sandbox.state.mail) == 0
    message = only(session, EMAIL)
    assert (message.state, message.why) == (S.HELD, "quiet_hours")
    assert message.next_at == NOON + timedelta(hours=20)
    with at(hours=20):
        work(channels)
    assert len(sandbox.state.mail) == 1


def test_held_news_that_is_overtaken_is_dropped(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    night = NOON + timedelta(hours=11)
    order, [parcel] = make_scene(session, consent=False)
    with at(night):
        plan(session, order, milestone(session, order, K.HANDED_OVER, parcel, at=night))
        work(channels)
    parcel.status = Status.OUT_FOR_DELIVERY
    session.commit()
    with at(hours=20):
        work(channels)
    assert states(session, order)[M.HANDED_OVER, EMAIL] == (S.DROPPED, "superseded")
    assert len(sandbox.state.mail) == 0


def test_out_for_delivery_after_delivery_is_dropped(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    order, [parcel] = make_scene(session)
    with at():
        plan(session, order, milestone(session, order, K.OUT_FOR_DELIVERY, parcel))
        parcel.status = Status.DELIVERED
        session.commit()
        work(channels)
    assert set(states(session, order).values()) == {(S.DROPPED, "superseded")}
    assert not len(sandbox.state.mail)
    assert not len(sandbox.state.messages)


def test_receipt_of_an_order_goes_out_at_night(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    night = NOON + timedelta(hours=11)
    order, _ = make_scene(session, parcels=0)
    with at(night):
        plan(session, order, milestone(session, order, K.ORDERED, at=night))
        work(channels)
    assert len(sandbox.state.mail) == 1


def test_ordinary_news_goes_out_once_a_day(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    order, [first, second] = make_scene(session, parcels=2, consent=False)
    with at():
        plan(session, order, milestone(session, order, K.HANDED_OVER, first))
        work(channels)
    later = NOON + timedelta(hours=5)
    with at(later):
        plan(session, order, milestone(session, order, K.HANDED_OVER, second, at=later))
        work(channels)
    rows = session.scalars(select(Message).order_by(Message.id)).all()
    assert [(row.state, row.why) for row in rows] == [(S.SENT, "accepted"), (S.HELD, "once_a_day")]
    with at(hours=20):
        work(channels)
    assert len(sandbox.state.mail) == 2


# ---- what ends


def test_stop_between_planning_and_sending_is_heard(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    with at():
        order = out_for_delivery(session)
        grant(session, order, ConsentState.REVOKED)
        session.commit()
        work(channels)
    assert states(session, order)[M.OUT_FOR_DELIVERY, SMS] == (S.SUPPRESSED, "consent_revoked")
    assert not len(sandbox.state.messages)


def test_channel_that_is_not_set_up_is_said_so(session: Session, channels: Channels) -> None:
    with at():
        order = out_for_delivery(session)
        work({EMAIL: channels[EMAIL]})
    assert states(session, order)[M.OUT_FOR_DELIVERY, SMS] == (S.DROPPED, "channel_not_set_up")


def test_erased_person_is_not_written_to(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    with at():
        order = out_for_delivery(session, consent=False)
        session.execute(update(Message).where(Message.channel == EMAIL).values(recipient=""))
        session.commit()
        work(channels)
    assert states(session, order)[M.OUT_FOR_DELIVERY, EMAIL] == (S.DROPPED, "erased")


def test_news_that_waited_too_long_is_dropped(session: Session, channels: Channels) -> None:
    with at():
        order = out_for_delivery(session, consent=False)
    with at(days=1):
        work(channels)
    assert states(session, order)[M.OUT_FOR_DELIVERY, EMAIL] == (S.DROPPED, "too_late")


# ---- what services answer


def test_unknown_mailbox_ends_the_address(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    sandbox.state.mishaps["mail"].add(kind="unknown_user", count=1)
    with at():
        order = out_for_delivery(session, consent=False)
        work(channels)
    assert states(session, order)[M.OUT_FOR_DELIVERY, EMAIL] == (S.FAILED, "bad_address")
    assert session.scalars(select(Suppression.reason)).all() == ["bad_address"]


def test_opted_out_phone_is_suppressed_for_good(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    sandbox.state.mishaps["twilio"].add(kind="error", code=21610, count=1)
    with at():
        order = out_for_delivery(session)
        work(channels)
    assert states(session, order)[M.OUT_FOR_DELIVERY, SMS] == (S.SUPPRESSED, "opted_out")
    assert order.phone is not None
    said = session.scalars(select(Consent.state).order_by(Consent.id)).all()
    assert said == [ConsentState.GRANTED, ConsentState.REVOKED]
    assert session.scalars(select(Suppression.subject)).all() == [security.subject_key(order.phone)]


@pytest.mark.parametrize("kind", ["greylist", "local_error"])
def test_mail_that_is_put_off_comes_again(session: Session, sandbox: Sandbox, channels: Channels, kind: str) -> None:
    sandbox.state.mishaps["mail"].add(kind=kind, count=1)
    with at():
        out_for_delivery(session, consent=False)
        work(channels)
        message = only(session, EMAIL)
        assert message.state is S.QUEUED
        assert message.next_at is not None
        assert message.next_at > clock.now() + timedelta(seconds=60)
        due_now(session)
        work(channels)
    assert only(session, EMAIL).state is S.SENT
    assert len(sandbox.state.mail) == 1


def test_mail_without_an_answer_is_repeated_with_the_same_id(
    session: Session, sandbox: Sandbox, channels: Channels
) -> None:
    sandbox.state.mishaps["mail"].add(kind="drop_after", count=1)
    with at():
        out_for_delivery(session, consent=False)
        work(channels)
        assert (only(session, EMAIL).state, only(session, EMAIL).why) == (S.QUEUED, "no_answer")
        due_now(session)
        work(channels)
    first, second = mails(sandbox)
    assert first["Message-ID"] == second["Message-ID"]
    assert only(session, EMAIL).state is S.SENT


def test_retry_after_of_the_service_is_honoured(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    sandbox.state.mishaps["twilio"].add(kind="too_many_requests", retry_after=900, count=1)
    with at():
        out_for_delivery(session)
        work(channels)
        message = only(session, SMS)
        assert (message.state, message.why) == (S.QUEUED, "slow_down")
        assert message.next_at is not None
        assert message.next_at >= clock.now() + timedelta(seconds=900)


def test_wrong_account_holds_everything_and_loses_nothing(
    session: Session, sandbox: Sandbox, channels: Channels
) -> None:
    sandbox.state.mishaps["twilio"].add(kind="error", code=20003)
    with at():
        orders = [out_for_delivery(session) for _ in range(3)]
        work(channels)
    told = [states(session, order)[M.OUT_FOR_DELIVERY, SMS] for order in orders]
    assert told[0] == (S.HELD, "config")
    assert set(told[1:]) == {(S.QUEUED, "channel_closed")}
    sandbox.state.mishaps["twilio"].clear()
    with at(minutes=1):
        due_now(session)
        work(channels)
    assert {states(session, order)[M.OUT_FOR_DELIVERY, SMS][0] for order in orders} == {S.SENT}


def test_address_is_suspected_three_times_before_it_is_believed(
    session: Session, sandbox: Sandbox, channels: Channels
) -> None:
    sandbox.state.mishaps["mail"].add(kind="mailbox_full")
    order, parcels = make_scene(session, parcels=3, consent=False)
    for day, parcel in enumerate(parcels):
        now = NOON + timedelta(days=day)
        with at(now):
            plan(session, order, milestone(session, order, K.OUT_FOR_DELIVERY, parcel, at=now))
            for _ in range(5):
                work(channels)
                session.rollback()
                session.execute(update(Message).where(Message.next_at.is_not(None)).values(next_at=clock.now()))
                session.commit()
    assert session.scalars(select(Suppression.reason)).all() == ["bad_address"]
    assert not len(sandbox.state.mail)


# ---- workers that die or dawdle


def lease_all(session: Session, seconds: float = 60) -> list[outbox.Leased]:
    session.rollback()
    with sessions()() as other:
        leased = outbox.lease_due(other, 100, seconds)
        other.commit()
    return leased


def test_message_is_leased_to_one_worker(session: Session) -> None:
    with at():
        out_for_delivery(session)
        assert len(lease_all(session)) == 2
        assert lease_all(session) == []


def test_sweep_frees_what_was_only_leased(session: Session, channels: Channels) -> None:
    with at():
        order = out_for_delivery(session)
        lease_all(session, seconds=-1)
        with sessions()() as other:
            assert outbox.sweep(other) == 2
            other.commit()
        work(channels)
    assert {state for state, _ in states(session, order).values()} == {S.SENT}


def test_sweep_queues_the_email_and_doubts_the_text(session: Session) -> None:
    with at():
        order = out_for_delivery(session)
        lease_all(session, seconds=-1)
        session.rollback()
        session.execute(update(Message).values(state=S.SENDING, attempted_at=clock.real_now()))
        session.commit()
        with sessions()() as other:
            assert outbox.sweep(other) == 2
            other.commit()
    assert states(session, order) == {
        (M.OUT_FOR_DELIVERY, EMAIL): (S.QUEUED, "worker_lost"),
        (M.OUT_FOR_DELIVERY, SMS): (S.UNCERTAIN, "worker_lost"),
    }


def test_worker_whose_lease_was_taken_settles_nothing(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    with at():
        order = out_for_delivery(session, consent=False)
        old = lease_all(session, seconds=-1)
        with sessions()() as other:
            outbox.sweep(other)
            other.commit()
        lease_all(session)
        report = delivery.deliver(sessions(), old, channels, base_url=BASE_URL)
    assert report.sent == 0
    assert not len(sandbox.state.mail)
    assert states(session, order)[M.OUT_FOR_DELIVERY, EMAIL] == (S.PLANNED, "news")


def test_store_domain_is_where_links_lead(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    with at():
        order = out_for_delivery(session, store=make_store(session, domain="track.fellandridge.example"))
        work(channels)
    [text] = sandbox.state.messages
    assert f"https://track.fellandridge.example/t/{order.token}" in text.text
