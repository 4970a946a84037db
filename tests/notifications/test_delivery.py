"""Sending: what goes out, what waits, what ends; over real SMTP and a real HTTP API on loopback."""

from datetime import timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOON
from tests.notifications.scene import at, history, make_scene, milestone, plan, states, work
from tracking.models import Channel, Meaning, Message, MessageState, MilestoneKind
from tracking.notifications.outbox import Channels
from tracking.sandbox import Sandbox

S = MessageState
K = MilestoneKind


def test_news_goes_out_once_on_both_channels(session: Session, sandbox: Sandbox, channels: Channels) -> None:
    order, [parcel] = make_scene(session)
    with at():
        plan(session, order, milestone(session, order, K.OUT_FOR_DELIVERY, parcel))
        report = work(channels)
        work(channels)
    assert report.sent == 2
    assert [mail.recipients[0] for mail in sandbox.state.mail] == [order.email]
    assert len(sandbox.state.messages) == 1
    assert set(states(session, order).values()) <= {(S.SENT, "accepted"), (S.DELIVERED, "confirmed")}


def test_ledger_tells_every_step(session: Session, channels: Channels) -> None:
    order, [parcel] = make_scene(session, consent=False)
    with at():
        messages = plan(session, order, milestone(session, order, K.OUT_FOR_DELIVERY, parcel))
        work(channels)
    mail = next(message for message in messages if message.channel is Channel.EMAIL)
    assert history(session, mail) == [(S.PLANNED, "news"), (S.SENDING, "due"), (S.SENT, "accepted")]
