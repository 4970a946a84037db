"""Customers, and what they agreed to when they ordered."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from tracking.models import Channel, Consent, ConsentState, Customer, Order, Store
from tracking.orders.facts import ConsentFacts, OrderFacts
from tracking.platform import security
from tracking.platform.db import insert_new_rows


def take_customer(session: Session, store: Store, order: Order, facts: OrderFacts) -> Customer | None:
    """The order's customer, by email, else by phone; made if there is none yet. None for an order without either.

    What an older order says does not overwrite what a newer one said.
    """
    email, phone = order.email, order.phone
    if not email and not phone:
        return None
    one = _by_email(store, email) if email else _by_phone(store, phone or "")
    customer = session.scalar(one)
    if customer is None:
        new = {"store_id": store.id, "email": email, "phone": phone, **_learnt(facts)}
        added = insert_new_rows(session, Customer, [new])
        return added[0] if added else session.scalars(one).one()
    if order.customer_id == customer.id and not _learnt(facts):
        return customer
    newest = session.scalar(
        select(Order.placed_at).where(Order.customer_id == customer.id).order_by(Order.placed_at.desc()).limit(1)
    )
    if newest is None or order.placed_at >= newest:
        for name, value in _learnt(facts).items():
            if getattr(customer, name) != value:
                setattr(customer, name, value)
    return customer


def keep_consents(session: Session, order: Order, said: Iterable[ConsentFacts]) -> None:
    """Append what the person said, where it is news.

    A statement older than the newest one we have, or the same again, adds nothing: an import that is repeated must not
    undo a STOP that came in between.
    """
    for statement in said:
        address = order.email if statement.channel is Channel.EMAIL else order.phone
        if not address:
            continue
        subject = security.subject_key(address)
        at = statement.at or order.placed_at
        newest = session.scalar(
            select(Consent)
            .where(
                Consent.store_id == order.store_id,
                Consent.channel == statement.channel,
                Consent.subject == subject,
                Consent.purpose == statement.purpose,
            )
            .order_by(Consent.id.desc())
            .limit(1)
        )
        state = ConsentState.GRANTED if statement.granted else ConsentState.REVOKED
        if newest is not None and (newest.state is state or at <= newest.at):
            continue
        session.add(
            Consent(
                store_id=order.store_id,
                channel=statement.channel,
                subject=subject,
                purpose=statement.purpose,
                state=state,
                method=statement.method,
                shown_text=statement.shown_text,
                evidence=dict(statement.evidence),
                order_id=order.id,
                at=at,
            )
        )


def _by_email(store: Store, email: str) -> Select[Customer]:
    return select(Customer).where(Customer.store_id == store.id, Customer.email == email)


def _by_phone(store: Store, phone: str) -> Select[Customer]:
    return (
        select(Customer)
        .where(Customer.store_id == store.id, Customer.phone == phone)
        .order_by(Customer.email.is_not(None), Customer.id)
        .limit(1)
    )


def _learnt(facts: OrderFacts) -> dict[str, Any]:
    """What an order says of the person."""
    said = {
        "ref": facts.contact.ref,
        "phone": facts.contact.phone,
        "name": facts.contact.name or facts.address.name,
        "locale": facts.locale,
        "time_zone": facts.time_zone,
    }
    return {name: value for name, value in said.items() if value is not None}
