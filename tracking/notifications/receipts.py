"""What a channel's service reports later: it arrived, or it did not. Reports come late, twice and out of order."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.channels._base import About, Again, Failure, Progress, Progressed
from tracking.models import Channel, Message, MessageState
from tracking.notifications import ledger
from tracking.notifications.outcomes import blame, rank_of, try_again
from tracking.platform import clock

S = MessageState
# a report about a message in any other state changes nothing
_HEARD_IN = frozenset({S.SENDING, S.UNCERTAIN, S.SENT})
_NO_REASON = Failure("", About.UNKNOWN, Again.NEVER, "")


def record(session: Session, store_id: int, channel: Channel, report: Progressed) -> bool:
    """Take a report down, for a message of that store.

    returns  True if it was news; False for one that is unknown, repeated, late, or about somebody else's message
    """
    message = _find(session, store_id, channel, report)
    if message is None or not _is_of_this_attempt(message, report):
        return False
    if message.state not in _HEARD_IN or report.progress is Progress.UNKNOWN:
        return False
    if report.progress.rank <= message.provider_rank and message.state is S.SENT:
        return False
    was_sent = message.state is S.SENT
    message.provider_ref = report.provider_id or message.provider_ref
    message.provider_rank = rank_of(report.progress)
    # whoever was looking for it, or waits for the answer, need not
    message.next_at = None
    if report.progress.is_failure:
        _did_not_arrive(session, message, report.failure or _NO_REASON)
    elif report.progress in {Progress.DELIVERED, Progress.READ}:
        message.arrived_at = clock.now()
        message.sent_at = message.sent_at or message.arrived_at
        ledger.move(session, message, S.DELIVERED, "confirmed", progress=report.progress.value)
    elif not was_sent:
        message.sent_at = clock.now()
        ledger.move(session, message, S.SENT, "reported", progress=report.progress.value)
    session.flush()
    return True


def _find(session: Session, store_id: int, channel: Channel, report: Progressed) -> Message | None:
    """By our own id, which comes back in the callback's address; else by the service's."""
    wanted = select(Message).where(Message.store_id == store_id, Message.channel == channel).with_for_update()
    if report.public_id:
        return session.scalar(wanted.where(Message.public_id == report.public_id))
    if report.provider_id:
        return session.scalar(wanted.where(Message.provider_ref == report.provider_id))
    return None


def _is_of_this_attempt(message: Message, report: Progressed) -> bool:
    """False for a report on an earlier attempt of a message that was tried again since."""
    known = message.provider_ref
    return (
        not known or not report.provider_id or known == report.provider_id or message.state in {S.SENDING, S.UNCERTAIN}
    )


def _did_not_arrive(session: Session, message: Message, failure: Failure) -> None:
    code, why = failure.code, failure.about.value
    message.error_code = code[:40] or None
    ends = blame(session, message, failure.about, code) or message.state is S.UNCERTAIN
    if ends or not try_again(session, message, failure.again, why, code):
        ledger.move(session, message, S.UNDELIVERABLE, why, code=code or None)
    else:
        # the next attempt is a new message at the service, with reports of its own
        message.provider_ref, message.provider_rank = None, 0
