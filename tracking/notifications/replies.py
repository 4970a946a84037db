"""What people answer to a text: STOP, START, HELP, or words for the shop. Every statement is kept with its wording."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.models import Channel, Consent, ConsentState, Customer, Message, Purpose, PushDelivery, Store
from tracking.notifications import consent, suppression
from tracking.notifications.recipients import Subject
from tracking.notifications.suppression import TAKEN_BACK_BY_START, Because
from tracking.platform import i18n, security
from tracking.platform.db import insert_new
from tracking.platform.gettext import _


class Wish(StrEnum):
    """What an answer asks for."""

    # no more messages
    STOP = "stop"
    # messages again
    START = "start"
    # who is this
    HELP = "help"
    # anything else
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reply:
    """An inbound text.

    provider     slug of who brought it; provider_id its id there, the same if it is brought again
    sender       E.164
    is_answered  the provider has replied by itself: another reply would be a second one
    """

    provider: str
    provider_id: str
    sender: str
    text: str
    wish: Wish
    is_answered: bool


def hear(session: Session, store: Store, reply: Reply) -> str:
    """Take an answer down and do what it asks for; the same one again does nothing.

    returns  the text to send back, "" for none
    """
    delivery = {"provider": f"{reply.provider}.inbound", "event_id": reply.provider_id[:120]}
    if not reply.provider_id or not insert_new(session, PushDelivery, [delivery]):
        return ""
    subject = (store.id, Channel.SMS, security.subject_key(reply.sender))
    if reply.wish is Wish.STOP:
        _stop(session, subject, reply)
    elif reply.wish is Wish.START:
        _start(session, subject, reply)
    if reply.is_answered:
        return ""
    with i18n.speaking(_locale(session, store, subject[2], reply.sender), store.time_zone):
        return _answer(store, reply.wish)


def _stop(session: Session, subject: Subject, reply: Reply) -> None:
    """Ends order news and marketing alike on this sender."""
    suppression.suppress(session, subject, Because.OPTED_OUT, "reply")
    for purpose in Purpose:
        _say(session, subject, ConsentState.REVOKED, reply, purpose)


def _start(session: Session, subject: Subject, reply: Reply) -> None:
    """Takes back what STOP and the page said, for order news only."""
    suppression.lift(session, subject, TAKEN_BACK_BY_START)
    _say(session, subject, ConsentState.GRANTED, reply, Purpose.TRANSACTIONAL)


def _say(session: Session, subject: Subject, state: ConsentState, reply: Reply, purpose: Purpose) -> Consent:
    evidence = {"provider": reply.provider, "id": reply.provider_id, "text": security.mask(reply.text[:160])}
    return consent.record(session, subject, state, "reply", evidence=evidence, purpose=purpose)


def _answer(store: Store, wish: Wish) -> str:
    if wish is Wish.STOP:
        return _("%(store)s: you get no more messages from us. Reply START to get them again.", store=store.name)
    if wish is Wish.START:
        return _("%(store)s: you get news of your orders by text again. Reply STOP to end it.", store=store.name)
    if wish is Wish.HELP:
        contact = store.support.get("phone") or store.support.get("email") or store.support.get("url") or ""
        if contact:
            return _(
                "%(store)s: news of your orders. Help: %(contact)s. Reply STOP to end it.",
                store=store.name,
                contact=contact,
            )
        return _("%(store)s: news of your orders. Reply STOP to end it.", store=store.name)
    return ""


def _locale(session: Session, store: Store, key: str, phone: str) -> str:
    """The language we last wrote to this number in, else its owner's, else the store's."""
    written = session.scalar(
        select(Message.locale)
        .where(Message.store_id == store.id, Message.subject_key == key, Message.channel == Channel.SMS)
        .order_by(Message.sent_at.desc())
        .limit(1)
    )
    if written:
        return written
    known = session.scalar(
        select(Customer.locale).where(Customer.store_id == store.id, Customer.phone == phone).limit(1)
    )
    return i18n.best([known], store.locales)
