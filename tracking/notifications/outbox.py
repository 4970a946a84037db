"""The outbox: which messages are due, who has them, and what a dead worker left. Due in business time, leased in real.

`next_at` is set while a message waits and None while it is leased; `lease_fence` grows with every lease and is compared
when the work is settled, so that a worker that was taken for dead settles nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from tracking.channels._base import Channel as Adapter
from tracking.models import Channel, Message, MessageState
from tracking.notifications import ledger
from tracking.platform import clock

Sessions = Callable[[], Session]
Channels = Mapping[Channel, Adapter]

# an uncertain text is looked for at once, and again until ten minutes have passed
RECONCILE_FIRST_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Leased:
    """A message that this worker has, as long as its `fence` is the row's."""

    id: int
    fence: int


def lease_due(session: Session, limit: int, lease_s: float) -> list[Leased]:
    """Take up to `limit` due messages, the longest waiting first, for `lease_s` seconds of real time."""
    due = select(Message.id).where(Message.next_at <= clock.now()).order_by(Message.next_at).limit(limit)
    return _take(session, due.with_for_update(skip_locked=True), lease_s)


def lease(session: Session, ids: Sequence[int], lease_s: float) -> list[Leased]:
    """Take those of these messages that are due and that nobody has; for a worker that was told of them."""
    due = select(Message.id).where(Message.id.in_(ids), Message.next_at <= clock.now()).order_by(Message.next_at)
    return _take(session, due.with_for_update(skip_locked=True), lease_s)


def _take(session: Session, due: Select[int], lease_s: float) -> list[Leased]:
    # a CTE runs once; a subquery PostgreSQL may run for each row, and take more than its limit
    wanted = due.cte("due")
    taken = session.execute(
        update(Message)
        .where(Message.id.in_(select(wanted.c.id)))
        .values(
            next_at=None,
            lease_until=clock.real_now() + timedelta(seconds=lease_s),
            lease_fence=Message.lease_fence + 1,
        )
        .returning(Message.id, Message.lease_fence)
        .execution_options(synchronize_session=False)
    ).all()
    return sorted((Leased(row.id, row.lease_fence) for row in taken), key=lambda leased: leased.id)


def sweep(session: Session, limit: int = 500) -> int:
    """Free messages whose lease has run out.

    One that was being sent: an email goes into the queue again, with the same Message-ID; a text becomes uncertain and
    is looked for. Anything else simply waits again.

    returns  how many were freed
    """
    dead = session.scalars(
        select(Message)
        .where(Message.lease_until < clock.real_now())
        .order_by(Message.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for message in dead:
        message.lease_until = None
        message.next_at = clock.now()
        if message.state is not MessageState.SENDING:
            continue
        if message.channel is Channel.EMAIL:
            ledger.move(session, message, MessageState.QUEUED, "worker_lost")
        else:
            ledger.move(session, message, MessageState.UNCERTAIN, "worker_lost")
            message.next_at = clock.after_real(RECONCILE_FIRST_S)
    session.flush()
    return len(dead)
