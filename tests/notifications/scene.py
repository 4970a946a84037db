"""An order with its parcels and milestones, and what sends its messages: shared by the tests of notices."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import NOON, make_order, make_shipment, make_store
from tracking.channels import email, sms
from tracking.channels._base import Channel as Adapter
from tracking.models import (
    Channel,
    Consent,
    ConsentState,
    Meaning,
    Message,
    MessageEvent,
    MessageState,
    Milestone,
    MilestoneKind,
    Order,
    PromiseSource,
    Shipment,
)
from tracking.notifications import delivery, outbox, planning
from tracking.notifications.outbox import Channels
from tracking.platform import clock, security
from tracking.platform.db import db
from tracking.platform.status import Status
from tracking.promise.window import Window
from tracking.sandbox import Sandbox

BASE_URL = "https://track.example.com"
WINDOW = Window(PromiseSource.STORE, date(2026, 11, 26), date(2026, 11, 27))

STATUS = {
    MilestoneKind.HANDED_OVER: Status.IN_TRANSIT,
    MilestoneKind.OUT_FOR_DELIVERY: Status.OUT_FOR_DELIVERY,
    MilestoneKind.ATTEMPT_FAILED: Status.ATTEMPT_FAIL,
    MilestoneKind.READY_TO_COLLECT: Status.AVAILABLE_FOR_PICKUP,
    MilestoneKind.DELIVERED: Status.DELIVERED,
    MilestoneKind.EXCEPTION: Status.EXCEPTION,
    MilestoneKind.RETURNING: Status.RETURNING,
    MilestoneKind.RETURNED: Status.RETURNED,
}


def sessions() -> sessionmaker[Session]:
    """Sessions of the database under test, as a worker makes them."""
    return sessionmaker(db.engine)


def make_scene(
    session: Session, *, consent: bool = True, parcels: int = 1, **values: Any
) -> tuple[Order, list[Shipment]]:
    """An order of a person who may get emails and, with `consent`, texts."""
    store = values.pop("store", None) or make_store(session)
    order = make_order(session, store, lines=2, **values)
    shipments = [make_shipment(session, order) for _ in range(parcels)]
    if consent and order.phone:
        grant(session, order)
    session.commit()
    return order, shipments


def grant(session: Session, order: Order, state: ConsentState = ConsentState.GRANTED) -> None:
    """The person said yes to texts at the checkout, or something else."""
    assert order.phone
    session.add(
        Consent(
            store_id=order.store_id,
            channel=Channel.SMS,
            subject=security.subject_key(order.phone),
            state=state,
            method="checkout",
        )
    )
    session.flush()


def milestone(
    session: Session,
    order: Order,
    kind: MilestoneKind,
    shipment: Shipment | None = None,
    *,
    at: datetime = NOON,
    occasion: str = "1",
) -> Milestone:
    """A moment, and the parcel in the state that goes with it."""
    row = Milestone(
        store_id=order.store_id,
        order_id=order.id,
        shipment_key=shipment.id if shipment else 0,
        kind=kind,
        occasion=occasion,
        at=at,
    )
    session.add(row)
    if shipment is not None and kind in STATUS:
        shipment.status, shipment.status_at = STATUS[kind], at
        if kind is MilestoneKind.HANDED_OVER:
            shipment.handed_over_at = at
        if kind is MilestoneKind.DELIVERED:
            shipment.delivered_at = at
    session.flush()
    return row


def plan(session: Session, order: Order, *milestones: Milestone, window: Window | None = WINDOW) -> list[Message]:
    """Plan, and commit as news does."""
    session.expire(order, ["shipments"])
    messages = planning.plan(session, order, milestones, shipments=order.shipments, window=window)
    session.commit()
    return messages


def make_channels(sandbox: Sandbox) -> dict[Channel, Adapter]:
    """Both channels, on the sandbox."""
    settings = sandbox.settings()
    return {Channel.EMAIL: email.Adapter.from_settings(settings), Channel.SMS: sms.Adapter.from_settings(settings)}


def work(channels: Channels, *, limit: int = 100) -> delivery.Report:
    """One round of a worker: lease what is due, deliver. Ends the test's own transaction, which would lock it out."""
    db.session.rollback()
    with sessions()() as session:
        leased = outbox.lease_due(session, limit, 60)
        session.commit()
    return delivery.deliver(sessions(), leased, channels, base_url=BASE_URL)


def states(session: Session, order: Order) -> dict[tuple[Meaning, Channel], tuple[MessageState, str | None]]:
    """Where the order's messages stand: (meaning, channel) → (state, why)."""
    session.rollback()
    session.expire_all()
    rows = session.scalars(select(Message).where(Message.order_id == order.id).order_by(Message.id))
    return {(row.meaning, row.channel): (row.state, row.why) for row in rows}


def history(session: Session, message: Message) -> list[tuple[MessageState, str]]:
    """The ledger of one message."""
    session.rollback()
    rows = session.scalars(select(MessageEvent).where(MessageEvent.message_id == message.id).order_by(MessageEvent.id))
    return [(row.state, row.why) for row in rows]


def at(moment: datetime = NOON, **later: float) -> Any:
    """Business time held at noon, or so much later."""
    return clock.frozen(moment + timedelta(**later))
