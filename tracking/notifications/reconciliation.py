"""Finds out what became of a text whose fate is unknown; it is never sent again blindly.

By callback with our own id (`receipts`), else by listing the recipient's messages and comparing the words. Listed twice
without a match, the second time ten minutes or more after the attempt, and still worth knowing: one new attempt, and no
second one. Otherwise it ends as failed. Source: Twilio has no idempotency key; docs/notifications.md.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.channels._base import Outgoing, Receipt
from tracking.models import Channel, Message, MessageEvent, MessageState
from tracking.notifications import ledger
from tracking.notifications.outbox import Channels, Leased, Sessions
from tracking.notifications.outcomes import accept, retry_in
from tracking.platform import clock, db
from tracking.platform.errors import WaypostError

log = structlog.get_logger(__name__)
S = MessageState

# real time after the attempt from which an empty list is believed
BELIEVE_AFTER: Final = timedelta(minutes=10)
# real time after which nobody looks any more, whatever the service answers
GIVE_UP_AFTER: Final = timedelta(hours=24)
NOT_LISTED: Final = "not_listed"


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A message to look for. `taken`: ids that belong to other messages to the same address."""

    leased: Leased
    channel: Channel
    outgoing: Outgoing
    since: datetime
    taken: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the list says: a receipt, nothing, or that it could not be read."""

    receipt: Receipt | None = None
    is_unread: bool = False


def reconcile(sessions: Sessions, leased: Sequence[Leased], channels: Channels) -> int:
    """Look for leased messages that are uncertain; returns how many were found at the service."""
    with db.reading(), sessions() as session:
        doubts = [_doubt(session, message) for message in _load(session, [one.id for one in leased])]
    fences = {one.id: one.fence for one in leased}
    answers = {
        doubt.leased.id: _look(doubt, channels) for doubt in doubts if fences[doubt.leased.id] == doubt.leased.fence
    }
    found = 0
    with sessions() as session:
        for message in _load(session, list(answers), lock=True):
            if message.lease_fence != fences[message.id]:
                continue
            message.lease_until = None
            if message.state is S.UNCERTAIN:
                found += _settle(session, message, answers[message.id])
        session.commit()
    return found


def _load(session: Session, ids: Collection[int], *, lock: bool = False) -> Sequence[Message]:
    wanted = select(Message).where(Message.id.in_(ids)).order_by(Message.id)
    return session.scalars(wanted.with_for_update() if lock else wanted).all()


def _doubt(session: Session, message: Message) -> _Doubt:
    taken = session.scalars(
        select(Message.provider_ref).where(
            Message.store_id == message.store_id,
            Message.subject_key == message.subject_key,
            Message.channel == message.channel,
            Message.sent_at.is_not(None),
            Message.provider_ref.is_not(None),
            Message.id != message.id,
        )
    )
    return _Doubt(
        Leased(message.id, message.lease_fence),
        message.channel,
        Outgoing(public_id=message.public_id, to=message.recipient, text=message.body_text or ""),
        _business_time_of(message.attempted_at or clock.real_now()),
        frozenset(ref for ref in taken if ref),
    )


def _business_time_of(real: datetime) -> datetime:
    """The business instant of a real one: where the service's list lives on a clock that runs fast, so do its dates."""
    return clock.now() - (clock.real_now() - real) * clock.speed()


def _look(doubt: _Doubt, channels: Channels) -> _Answer:
    adapter = channels.get(doubt.channel)
    if adapter is None or not doubt.outgoing.to:
        return _Answer(is_unread=True)
    try:
        return _Answer(adapter.find_sent(doubt.outgoing, doubt.since, doubt.taken))
    except WaypostError as error:
        log.info("message.not_looked_up", message=doubt.outgoing.public_id, code=error.code)
        return _Answer(is_unread=True)


def _settle(session: Session, message: Message, answer: _Answer) -> int:
    since = clock.real_now() - (message.attempted_at or clock.real_now())
    if answer.receipt is not None:
        accept(session, message, answer.receipt, "found_in_list")
        return 1
    if answer.is_unread:
        _look_again_or_end(session, message, since)
        return 0
    message.reconciled += 1
    if message.reconciled < 2 or since < BELIEVE_AFTER:
        ledger.move(session, message, S.UNCERTAIN, NOT_LISTED, listed=message.reconciled)
        message.next_at = clock.after_real(max(60.0, (BELIEVE_AFTER - since).total_seconds() + 1))
        return 0
    _not_there(session, message)
    return 0


def _not_there(session: Session, message: Message) -> None:
    """The service never had it."""
    if message.worth_until is not None and message.worth_until <= clock.now():
        ledger.move(session, message, S.FAILED, "too_late_to_repeat")
    elif _had_its_second_try(session, message):
        ledger.move(session, message, S.FAILED, "fate_unknown")
    else:
        ledger.move(session, message, S.QUEUED, NOT_LISTED)
        message.next_at = clock.now()


def _had_its_second_try(session: Session, message: Message) -> bool:
    return (
        session.scalar(
            select(MessageEvent.id).where(
                MessageEvent.message_id == message.id,
                MessageEvent.state == S.QUEUED,
                MessageEvent.why == NOT_LISTED,
            )
        )
        is not None
    )


def _look_again_or_end(session: Session, message: Message, since: timedelta) -> None:
    if since > GIVE_UP_AFTER or not message.recipient:
        ledger.move(session, message, S.FAILED, "fate_unknown")
        return
    ledger.move(session, message, S.UNCERTAIN, "list_unread")
    message.next_at = clock.after_real(min(1800.0, retry_in(2 + int(since.total_seconds() // 600))))
