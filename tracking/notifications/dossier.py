"""Everything a worker needs to decide about and write some messages, loaded in a bounded number of queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from tracking.models import Channel, Message, MessageState, Order, OrderLine, Promise, Shipment, ShipmentLine
from tracking.notifications import consent
from tracking.notifications.consent import Standing
from tracking.notifications.meanings import MEANINGS
from tracking.notifications.recipients import Subject
from tracking.platform import clock

_SENT = (MessageState.SENDING, MessageState.SENT, MessageState.DELIVERED, MessageState.UNCERTAIN)
# nothing older counts for "one piece of ordinary news a day"
_A_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Dossier:
    """A message and what it is about.

    standing    consent and suppression of its address
    spoken_at   when ordinary news last went out to this address, if within a day
    texted      a text went out to this number before
    thread_id   Message-ID of the order's first email, "" if there is none yet
    promise     the newest window written down for the parcel, or for the order
    """

    message: Message
    order: Order
    standing: Standing
    spoken_at: datetime | None
    texted: bool
    thread_id: str
    promise: Promise | None

    @property
    def shipments(self) -> dict[int, Shipment]:
        """The order's parcels."""
        return {shipment.id: shipment for shipment in self.order.shipments}

    @property
    def shipment(self) -> Shipment | None:
        """The parcel it speaks of; None: of the order as a whole."""
        return self.shipments.get(self.message.shipment_id or 0)


def load(session: Session, ids: Collection[int]) -> list[Dossier]:
    """Dossiers of these messages, in the order of their ids; those that are gone are left out."""
    messages = session.scalars(select(Message).where(Message.id.in_(ids)).order_by(Message.id)).all()
    orders = _orders(session, {message.order_id for message in messages})
    subjects = {subject(message) for message in messages}
    known = consent.standings(session, subjects)
    spoken = _spoken_to(session, messages)
    texted = _texted(session, messages)
    threads = _threads(session, orders)
    promises = _promises(session, orders)
    return [
        Dossier(
            message,
            orders[message.order_id],
            known[subject(message)],
            spoken.get(subject(message)) if MEANINGS[message.meaning].once_a_day else None,
            subject(message) in texted,
            threads.get(message.order_id, ""),
            promises.get((message.order_id, message.shipment_id or 0)) or promises.get((message.order_id, 0)),
        )
        for message in messages
    ]


def subject(message: Message) -> Subject:
    """What identifies the message's address."""
    return message.store_id, message.channel, message.subject_key


def _orders(session: Session, ids: Collection[int]) -> Mapping[int, Order]:
    found = session.scalars(
        select(Order)
        .where(Order.id.in_(ids))
        .options(
            joinedload(Order.store),
            joinedload(Order.customer),
            selectinload(Order.lines).joinedload(OrderLine.product),
            selectinload(Order.shipments).selectinload(Shipment.lines).joinedload(ShipmentLine.order_line),
        )
    )
    return {order.id: order for order in found}


def _spoken_to(session: Session, messages: Collection[Message]) -> dict[Subject, datetime]:
    """When addresses got ordinary news within a day."""
    limited = [message for message in messages if MEANINGS[message.meaning].once_a_day]
    if not limited:
        return {}
    counted = [meaning for meaning, row in MEANINGS.items() if row.once_a_day]
    rows = session.execute(
        select(Message.store_id, Message.channel, Message.subject_key, func.max(Message.sent_at).label("last"))
        .where(
            Message.store_id.in_({message.store_id for message in limited}),
            Message.subject_key.in_({message.subject_key for message in limited}),
            Message.channel.in_(list(Channel)),
            Message.sent_at > clock.now() - _A_DAY,
            Message.state.in_(_SENT),
            Message.meaning.in_(counted),
        )
        .group_by(Message.store_id, Message.channel, Message.subject_key)
    )
    return {(row.store_id, row.channel, row.subject_key): row.last for row in rows}


def _texted(session: Session, messages: Collection[Message]) -> set[Subject]:
    """Numbers that got a text from this store before."""
    texts = [message for message in messages if message.channel is Channel.SMS]
    if not texts:
        return set()
    rows = session.execute(
        select(Message.store_id, Message.channel, Message.subject_key)
        .where(
            Message.store_id.in_({message.store_id for message in texts}),
            Message.subject_key.in_({message.subject_key for message in texts}),
            Message.channel == Channel.SMS,
            Message.sent_at.is_not(None),
        )
        .distinct()
    )
    return {(row.store_id, row.channel, row.subject_key) for row in rows}


def _threads(session: Session, orders: Collection[int]) -> dict[int, str]:
    """Message-ID of the first email of each order that has one."""
    rows = session.execute(
        select(Message.order_id, Message.provider_ref)
        .where(
            Message.order_id.in_(orders),
            Message.channel == Channel.EMAIL,
            Message.provider_ref.is_not(None),
            Message.sent_at.is_not(None),
        )
        .order_by(Message.sent_at.desc(), Message.id.desc())
    )
    return {row.order_id: row.provider_ref for row in rows}


def _promises(session: Session, orders: Collection[int]) -> dict[tuple[int, int], Promise]:
    rows = session.scalars(select(Promise).where(Promise.order_id.in_(orders)).order_by(Promise.id))
    return {(promise.order_id, promise.shipment_key): promise for promise in rows}
