"""Turns milestones into messages, in the commit that found them; flushes, never commits.

Uniqueness lives in the schema (order, meaning, occasion, address, channel), so a replay plans nothing twice. What is
not to be told is written down as well, with the reason, because the ledger says why a message was not sent.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.models import (
    Channel,
    Message,
    MessageState,
    Milestone,
    Order,
    Shipment,
)
from tracking.notifications import consent, ledger, preferences
from tracking.notifications.recipients import Recipient, recipients
from tracking.notifications.sifting import TOGETHER, Item, sift
from tracking.platform import clock
from tracking.platform.db import insert_new_rows, random_id
from tracking.promise.window import Window

# states in which a message still waits, and can take up more news of its kind
_WAITING = (MessageState.PLANNED, MessageState.HELD, MessageState.QUEUED)


def plan(
    session: Session,
    order: Order,
    milestones: Sequence[Milestone],
    *,
    shipments: Sequence[Shipment],
    window: Window | None,
) -> list[Message]:
    """Write the messages that newly found milestones cause.

    shipments  all parcels of the order, with the status that the same events gave them
    window     when it comes, as far as it can be said; None: nothing is said of it
    returns    the new rows, those that ended at once included; what is to be sent has `next_at`
    """
    now = clock.now()
    parcels = {shipment.id: shipment for shipment in shipments}
    items = sift(order, milestones, parcels, now)
    reachable = recipients(order)
    if not items or not reachable:
        return []
    subjects = {channel: (order.store_id, channel, found.key) for channel, found in reachable.items()}
    known = consent.standings(session, list(subjects.values()))
    refused = {
        channel: consent.why_not(channel, known[subject], order.store, order) for channel, subject in subjects.items()
    }
    choices = preferences.stored(order.customer)
    new: list[Message] = []
    for item in items:
        facts = _facts(item, parcels, window)
        for channel, why in _routes(choices, item, refused):
            message = _write(session, order, item if why is None else _refused(item, why), reachable[channel], facts)
            if message is not None:
                new.append(message)
    session.flush()
    return new


def _routes(
    choices: preferences.Preferences, item: Item, refused: Mapping[Channel, str | None]
) -> list[tuple[Channel, str | None]]:
    """Channels this item concerns, each with the reason why it may not go there, or None."""
    allowed = frozenset(channel for channel, why in refused.items() if why is None)
    routes: dict[Channel, str | None] = {
        channel: why for channel, why in refused.items() if why is not None and channel in item.row.channels
    }
    wanted = choices.wants(item.meaning)
    for channel in choices.channels_for(item.meaning, allowed):
        routes[channel] = None if wanted else "not_wanted"
    for channel in item.row.channels:
        if channel in allowed and channel not in choices.channels:
            routes.setdefault(channel, "channel_off_by_choice")
    return list(routes.items())


def _refused(item: Item, why: str) -> Item:
    return item.ended(MessageState.SUPPRESSED, why) if item.is_open else item


def _write(
    session: Session, order: Order, item: Item, recipient: Recipient, facts: Mapping[str, Any]
) -> Message | None:
    """The new row, or None if there is one already."""
    joined = _join_waiting(session, order, item, recipient) if item.is_open and item.shipment_id else None
    if joined is not None:
        item = item.ended(MessageState.MERGED, "same_news")
    values = {
        "public_id": random_id(),
        "store_id": order.store_id,
        "order_id": order.id,
        "shipment_id": item.shipment_id or None,
        "meaning": item.meaning,
        "occasion": item.occasion,
        "channel": recipient.channel,
        "recipient": recipient.address,
        "subject_key": recipient.key,
        "locale": order.locale,
        "urgent": item.row.urgent,
        "state": item.state,
        "why": item.why,
        "facts": dict(facts),
        "next_at": clock.now() if item.is_open else None,
        "worth_until": item.worth_until,
    }
    written = insert_new_rows(session, Message, [values], with_nulls=True)
    if not written:
        return None
    message = written[0]
    ledger.opened(session, message, into=joined.public_id if joined is not None else None)
    if joined is not None:
        joined.facts = {**joined.facts, "also": [*joined.facts.get("also", []), item.shipment_id, *item.also]}
    return message


def _join_waiting(session: Session, order: Order, item: Item, recipient: Recipient) -> Message | None:
    """A message of the same meaning that still waits, about another parcel at about the same time; else None."""
    candidates = session.scalars(
        select(Message)
        .where(
            Message.order_id == order.id,
            Message.meaning == item.meaning,
            Message.subject_key == recipient.key,
            Message.channel == recipient.channel,
            Message.state.in_(_WAITING),
            Message.next_at.is_not(None),
            Message.shipment_id != item.shipment_id,
        )
        .with_for_update()
    )
    return next((m for m in candidates if abs(_moment(m) - item.at) <= TOGETHER), None)


def _moment(message: Message) -> datetime:
    return datetime.fromisoformat(message.facts["at"])


def _facts(item: Item, parcels: Mapping[int, Shipment], window: Window | None) -> dict[str, Any]:
    """What the words need, as it is now."""
    shipment = parcels.get(item.shipment_id)
    return {
        "at": item.at.isoformat(),
        "parcels": len(parcels),
        **({"also": list(item.also)} if item.also else {}),
        **({"reason": shipment.reason.value} if shipment is not None and shipment.reason else {}),
        **({"window": window_facts(window)} if window is not None else {}),
    }


def window_facts(window: Window) -> dict[str, Any]:
    """A window as JSON values."""
    return {
        "source": window.source.value,
        "earliest_on": window.earliest_on.isoformat(),
        "latest_on": window.latest_on.isoformat(),
        "earliest_at": window.earliest_at.isoformat() if window.earliest_at else None,
        "latest_at": window.latest_at.isoformat() if window.latest_at else None,
        "confidence": window.confidence,
    }
