"""Addresses that must not be written to on a channel, whatever consent says: STOP, a hard bounce, a complaint."""

from collections.abc import Collection
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tracking.models import Suppression
from tracking.notifications.recipients import Subject
from tracking.platform import clock
from tracking.platform.db import changed, insert_new


class Because(StrEnum):
    """Why an address is on the list."""

    # said STOP, or its service says so
    OPTED_OUT = "opted_out"
    # by the link in an email, or on the preferences page
    UNSUBSCRIBED = "unsubscribed"
    # does not exist
    BAD_ADDRESS = "bad_address"
    # a number that receives no SMS
    NOT_MOBILE = "not_mobile"
    # called a message unwanted
    COMPLAINT = "complaint"


# what the person can take back, and by which way: START for what STOP said, the page for what the page said
TAKEN_BACK_BY_START = frozenset({Because.OPTED_OUT, Because.UNSUBSCRIBED})
TAKEN_BACK_BY_PAGE = frozenset({Because.UNSUBSCRIBED})


def find(session: Session, subject: Subject) -> Suppression | None:
    """The entry of an address, or None."""
    store_id, channel, key = subject
    return session.scalar(
        select(Suppression).where(
            Suppression.store_id == store_id, Suppression.channel == channel, Suppression.subject == key
        )
    )


def suppress(session: Session, subject: Subject, because: Because, source: str = "") -> bool:
    """Put an address on the list. A later STOP outranks an older unsubscribe; True if anything changed."""
    store_id, channel, key = subject
    values = {
        "store_id": store_id,
        "channel": channel,
        "subject": key,
        "reason": because.value,
        "source": source[:120],
        "since": clock.now(),
    }
    if insert_new(session, Suppression, [values]):
        return True
    entry = find(session, subject)
    if entry is None or entry.reason == because or because is Because.UNSUBSCRIBED:
        return False
    entry.reason, entry.source, entry.since = because.value, source[:120], clock.now()
    session.flush()
    return True


def lift(session: Session, subject: Subject, only: Collection[Because]) -> bool:
    """Take an address off the list if it is there for one of these reasons."""
    store_id, channel, key = subject
    done = session.execute(
        delete(Suppression).where(
            Suppression.store_id == store_id,
            Suppression.channel == channel,
            Suppression.subject == key,
            Suppression.reason.in_([because.value for because in only]),
        )
    )
    return changed(done) > 0
