"""A text whose fate is unknown is looked for, and never doubled."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOON
from tests.notifications.scene import at, history, make_scene, milestone, plan, work
from tracking.models import Channel, Message, MessageState, MilestoneKind, Order
from tracking.notifications.outbox import Channels
from tracking.platform import clock
from tracking.sandbox import Sandbox

S = MessageState
LATER = timedelta(minutes=11)


def out_for_delivery(session: Session) -> Order:
    order, [parcel] = make_scene(session)
    plan(session, order, milestone(session, order, MilestoneKind.OUT_FOR_DELIVERY, parcel))
    return order


def text_of(session: Session) -> Message:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Message).where(Message.channel == Channel.SMS)).one()


def look_again(session: Session, channels: Channels, *, earlier: timedelta = LATER) -> None:
    """As if the attempt had been so much earlier, and it were time to look."""
    session.rollback()
    session.execute(
        update(Message)
        .where(Message.next_at.is_not(None))
        .values(next_at=clock.now(), attempted_at=clock.real_now() - earlier)
    )
    session.commit()
    work(channels)


@pytest.mark.parametrize("kind", ["server_error_after", "hangup_after", "garbage_after", "half_after"])
def test_text_that_did_go_out_is_found_and_not_doubled(
    session: Session, sandbox: Sandbox, channels: Channels, kind: str
) -> None:
    sandbox.state.mishaps["twilio"].add(kind=kind, count=1)
    with at():
        out_for_delivery(session)
        work(channels)
        assert (text_of(session).state, text_of(session).why) == (S.UNCERTAIN, "no_answer")
        look_again(session, channels, earlier=timedelta(seconds=30))
    found = text_of(session)
    assert (found.state, found.why) == (S.SENT, "found_in_list")
    assert [message.sid for message in sandbox.state.messages] == [found.provider_ref]


def test_text_that_did_not_go_out_is_tried_once_more(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    sandbox.state.mishaps["twilio"].add(kind="server_error", count=1)
    with at():
        out_for_delivery(session)
        work(channels)
        look_again(session, channels, earlier=timedelta(seconds=30))
        assert text_of(session).state is S.UNCERTAIN
        look_again(session, channels)
        assert text_of(session).state is S.QUEUED
        work(channels)
    assert text_of(session).state is S.SENT
    assert len(sandbox.state.messages) == 1


def test_empty_list_is_not_believed_within_ten_minutes(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    sandbox.state.mishaps["twilio"].add(kind="server_error", count=1)
    with at():
        out_for_delivery(session)
        work(channels)
        for _ in range(4):
            look_again(session, channels, earlier=timedelta(minutes=8))
        assert (text_of(session).state, text_of(session).reconciled) == (S.UNCERTAIN, 4)
    assert not len(sandbox.state.messages)


def test_second_loss_ends_it(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    sandbox.state.mishaps["twilio"].add(kind="server_error", count=2)
    with at():
        out_for_delivery(session)
        work(channels)
        look_again(session, channels)
        look_again(session, channels)
        work(channels)
        look_again(session, channels)
        look_again(session, channels)
    assert (text_of(session).state, text_of(session).why) == (S.FAILED, "fate_unknown")
    assert not len(sandbox.state.messages)


def test_news_that_is_old_by_then_is_not_repeated(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    sandbox.state.mishaps["twilio"].add(kind="server_error", count=1)
    with at():
        out_for_delivery(session)
        work(channels)
        look_again(session, channels)
    with at(NOON + timedelta(days=1)):
        look_again(session, channels)
    assert (text_of(session).state, text_of(session).why) == (S.FAILED, "too_late_to_repeat")


def test_list_that_cannot_be_read_counts_for_nothing(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    sandbox.state.mishaps["twilio"].add(kind="server_error", count=1)
    sandbox.state.mishaps["twilio"].add(kind="lookup_error")
    with at():
        out_for_delivery(session)
        work(channels)
        look_again(session, channels)
        look_again(session, channels)
        waiting = text_of(session)
        assert (waiting.state, waiting.why, waiting.reconciled) == (S.UNCERTAIN, "list_unread", 0)
        look_again(session, channels, earlier=timedelta(hours=25))
    assert (text_of(session).state, text_of(session).why) == (S.FAILED, "fate_unknown")


def test_text_of_another_message_is_not_taken_for_this_one(
    session: Session, sandbox: Sandbox, channels: Channels
) -> None:
    order, [parcel] = make_scene(session)
    with at():
        first = milestone(session, order, MilestoneKind.OUT_FOR_DELIVERY, parcel, occasion="a")
        plan(session, order, first)
        work(channels)
        sandbox.state.mishaps["twilio"].add(kind="server_error", count=1)
        second = milestone(session, order, MilestoneKind.OUT_FOR_DELIVERY, parcel, occasion="b")
        plan(session, order, second)
        work(channels)
        look_again(session, channels, earlier=timedelta(seconds=30))
    session.rollback()
    texts = session.scalars(select(Message).where(Message.channel == Channel.SMS).order_by(Message.id)).all()
    assert [text.state for text in texts] == [S.SENT, S.UNCERTAIN]


def test_ledger_of_a_doubtful_text_tells_the_whole_story(
    session: Session, sandbox: Sandbox, channels: Channels
) -> None:
    sandbox.state.mishaps["twilio"].add(kind="server_error", count=1)
    with at():
        out_for_delivery(session)
        work(channels)
        look_again(session, channels)
        look_again(session, channels)
        work(channels)
    assert history(session, text_of(session)) == [
        (S.PLANNED, "news"),
        (S.SENDING, "due"),
        (S.UNCERTAIN, "no_answer"),
        (S.UNCERTAIN, "not_listed"),
        (S.QUEUED, "not_listed"),
        (S.SENDING, "due"),
        (S.SENT, "accepted"),
    ]
