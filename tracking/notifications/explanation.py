"""Why each message of an order was or was not sent, from the ledger, and what never became one, from the rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from tracking.models import Channel, Meaning, Message, MessageState, Milestone, MilestoneKind, Order
from tracking.notifications.meanings import BY_MILESTONE, MEANINGS
from tracking.notifications.reasons import why_words
from tracking.notifications.recipients import recipients
from tracking.platform.security import mask


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the ledger, with its sentence."""

    at: datetime
    state: MessageState
    why: str
    sentence: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A message and everything that happened to it. `to` is masked."""

    id: str
    meaning: Meaning
    channel: Channel
    to: str
    state: MessageState
    why: str
    sentence: str
    title: str
    text: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """A moment of which no message exists on a channel, and why."""

    moment: MilestoneKind
    at: datetime
    channel: Channel
    why: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of an order, or of one message of it."""

    order: str
    messages: tuple[Told, ...]
    absent: tuple[Absent, ...]


def of_message(session: Session, message: Message) -> Explanation:
    """One message."""
    order = session.get_one(Order, message.order_id)
    return Explanation(order.number, (_told(message),), ())


def of_order(session: Session, order: Order) -> Explanation:
    """Every message of an order, oldest first, and what never became one."""
    messages = session.scalars(
        select(Message).where(Message.order_id == order.id).options(selectinload(Message.history)).order_by(Message.id)
    ).all()
    milestones = session.scalars(
        select(Milestone).where(Milestone.order_id == order.id).order_by(Milestone.at, Milestone.id)
    ).all()
    return Explanation(
        order.number, tuple(_told(message) for message in messages), _absent(order, messages, milestones)
    )


def _told(message: Message) -> Told:
    steps = tuple(
        Step(event.at, event.state, event.why, why_words(event.why), dict(event.detail)) for event in message.history
    )
    return Told(
        id=message.public_id,
        meaning=message.meaning,
        channel=message.channel,
        to=_masked(message.recipient),
        state=message.state,
        why=message.why or "",
        sentence=why_words(message.why),
        title=message.title or "",
        text=message.body_text or "",
        steps=steps,
    )


def _absent(order: Order, messages: Sequence[Message], milestones: Sequence[Milestone]) -> tuple[Absent, ...]:
    planned = {(message.meaning, message.shipment_id or 0, message.channel) for message in messages}
    reachable = recipients(order)
    found = []
    for milestone in milestones:
        row = BY_MILESTONE.get(milestone.kind)
        for channel in Channel:
            if row is not None and (row.meaning, milestone.shipment_key, channel) in planned:
                continue
            why = _why_absent(order, milestone, channel, has_address=channel in reachable)
            found.append(Absent(milestone.kind, milestone.at, channel, why, why_words(why)))
    return tuple(found)


def _why_absent(order: Order, milestone: Milestone, channel: Channel, *, has_address: bool) -> str:
    row = BY_MILESTONE.get(milestone.kind)
    if row is None or not row.is_built:
        return "no_words"
    if row.meaning is Meaning.ALL_DELIVERED and len(order.shipments) <= 1:
        return "single_parcel"
    if not has_address:
        return "no_address"
    return "not_planned" if channel in MEANINGS[row.meaning].channels else "other_channel"


def _masked(address: str) -> str:
    """ "jo…@example.com", "+44…23": enough to recognise, not enough to write to."""
    if "@" in address:
        name, domain = address.rsplit("@", 1)
        return f"{name[:2]}…@{domain}"
    return f"{address[:3]}…{address[-2:]}" if address else mask(address)
