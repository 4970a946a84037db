"""What a channel's answer means for the message, and for the address it went to."""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracking.channels._base import About, Again, ChannelRefused, Progress, Receipt, is_uncertain
from tracking.models import Channel, ConsentState, Message, MessageState, Order, Store
from tracking.notifications import consent, ledger, quiet_hours, suppression
from tracking.notifications.decision import place_of
from tracking.notifications.dossier import subject
from tracking.notifications.outbox import RECONCILE_FIRST_S
from tracking.notifications.suppression import Because
from tracking.platform import clock
from tracking.platform.errors import (
    BadCredentials,
    BadRecipient,
    Permanent,
    RateLimited,
    Transient,
    WaypostError,
)

log = structlog.get_logger(__name__)
S = MessageState

# real seconds; the wait doubles with each try up to the longest
FIRST_RETRY_S: Final = 30.0
LONGEST_RETRY_S: Final = 4 * 3600.0
MUCH_LATER_S: Final = 2 * 3600.0
SET_UP_AGAIN_S: Final = 900.0
MOST_ATTEMPTS: Final = 12
# how often an address may look wrong within two weeks before it is believed
SUSPECT_TIMES: Final = 3
_SUSPECT_WITHIN: Final = timedelta(days=14)

_BECAUSE = {
    About.OPTED_OUT: Because.OPTED_OUT,
    About.BAD_ADDRESS: Because.BAD_ADDRESS,
    About.NOT_MOBILE: Because.NOT_MOBILE,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt: a receipt, an error, or neither because it was not made."""

    receipt: Receipt | None = None
    error: WaypostError | None = None
    why: str = "out_of_time"


def settle(session: Session, message: Message, outcome: Outcome) -> None:
    """Write down what came of an attempt. A report that was quicker than the answer is kept."""
    if message.state not in {S.SENDING, S.UNCERTAIN}:
        if outcome.receipt is not None and message.state in {S.SENT, S.DELIVERED, S.UNDELIVERABLE}:
            message.provider_ref = outcome.receipt.provider_id or message.provider_ref
        return
    if outcome.receipt is not None:
        accept(session, message, outcome.receipt, "accepted")
    elif outcome.error is None:
        ledger.move(session, message, S.QUEUED, outcome.why)
        message.next_at = clock.now()
        message.attempts = max(0, message.attempts - 1)
    else:
        _failed(session, message, outcome.error)


def accept(session: Session, message: Message, receipt: Receipt, why: str) -> None:
    """The service has it."""
    ledger.move(session, message, S.SENT, why, progress=receipt.progress.value, provider_id=receipt.provider_id)
    message.provider_ref = receipt.provider_id or message.provider_ref
    message.provider_rank = max(message.provider_rank, receipt.progress.rank)
    message.segments = receipt.segments if receipt.segments is not None else message.segments
    message.sent_at = clock.now()
    message.next_at, message.error_code = None, None


def retry_in(attempts: int) -> float:
    """Real seconds until the next try after `attempts` tries, with jitter so that many do not come back at once."""
    wait = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** max(0, attempts - 1))
    return wait * random.uniform(0.7, 1.3)  # noqa: S311 - spread, not secrecy


def blame(session: Session, message: Message, about: About, code: str) -> bool:
    """Draw the conclusions for an address; True if it is not written to any more."""
    because = _BECAUSE.get(about)
    if about is About.SUSPECT and _suspected(session, message) >= SUSPECT_TIMES - 1:
        because = Because.BAD_ADDRESS
    if because is None:
        return False
    suppression.suppress(session, subject(message), because, f"{message.provider or message.channel} {code}".strip())
    if because is Because.OPTED_OUT:
        consent.record(
            session, subject(message), ConsentState.REVOKED, "provider", evidence={"message": message.public_id}
        )
    return True


def try_again(session: Session, message: Message, again: Again, why: str, code: str) -> bool:
    """Queue another try if the service says that it makes sense; False if it does not."""
    if again is Again.NEVER or message.attempts >= {Again.ONCE: 2, Again.IF_USEFUL: 3}.get(again, 4):
        return False
    if again is Again.NEXT_WINDOW:
        at = quiet_hours.next_morning(
            clock.now(), place_of(_order(session, message)), _store(session, message), message.channel
        )
    elif again is Again.MUCH_LATER:
        at = clock.after_real(MUCH_LATER_S * random.uniform(0.9, 1.3))  # noqa: S311 - spread, not secrecy
    else:
        at = clock.after_real(600 * random.uniform(0.9, 1.3))  # noqa: S311 - spread, not secrecy
    if message.worth_until is not None and at >= message.worth_until:
        return False
    ledger.move(session, message, S.QUEUED, why, code=code or None, again=again.value, next_at=at)
    message.next_at, message.error_code = at, code or None
    return True


def _failed(session: Session, message: Message, error: WaypostError) -> None:
    code = str(getattr(error, "detail_code", None) or error.code)[:40]
    message.error_code = code
    if isinstance(error, ChannelRefused):
        _refused(session, message, error, code)
    elif isinstance(error, BadCredentials):
        _wait_for_a_person(session, message, code)
    elif isinstance(error, BadRecipient):
        ledger.move(session, message, S.FAILED, "bad_address", code=code)
    elif isinstance(error, Transient):
        _transient(session, message, error, code)
    else:
        kind = "refused" if isinstance(error, Permanent) else "error"
        ledger.move(session, message, S.FAILED, kind, code=code)


def _refused(session: Session, message: Message, error: ChannelRefused, code: str) -> None:
    if blame(session, message, error.about, code):
        to = S.SUPPRESSED if error.about is About.OPTED_OUT else S.FAILED
        ledger.move(session, message, to, _BECAUSE.get(error.about, Because.BAD_ADDRESS).value, code=code)
    elif error.about is About.CONFIG:
        _wait_for_a_person(session, message, code)
    elif not try_again(session, message, error.again, error.about.value, code):
        if error.about.needs_person:
            log.error("message.refused", message=message.public_id, channel=message.channel.value, code=code)
        ledger.move(session, message, S.FAILED, error.about.value, code=code)


def _transient(session: Session, message: Message, error: Transient, code: str) -> None:
    if is_uncertain(error) and message.channel is not Channel.EMAIL:
        ledger.move(session, message, S.UNCERTAIN, "no_answer", code=code)
        message.reconciled, message.next_at = 0, clock.after_real(RECONCILE_FIRST_S)
        return
    if message.attempts >= MOST_ATTEMPTS:
        ledger.move(session, message, S.FAILED, "gave_up", code=code)
        return
    wait = max(error.retry_after or 0.0, retry_in(message.attempts))
    why = "no_answer" if is_uncertain(error) else "slow_down" if isinstance(error, RateLimited) else "unavailable"
    message.next_at = clock.after_real(wait)
    ledger.move(session, message, S.QUEUED, why, code=code, next_at=message.next_at)


def _wait_for_a_person(session: Session, message: Message, code: str) -> None:
    """Our own account or sender is wrong: nothing is lost, the next try is later, and the log says so loudly."""
    log.error("channel.config", channel=message.channel.value, store=message.store_id, code=code)
    message.next_at = clock.after_real(SET_UP_AGAIN_S)
    ledger.move(session, message, S.HELD, "config", code=code, next_at=message.next_at)


def _suspected(session: Session, message: Message) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Message)
            .where(
                Message.store_id == message.store_id,
                Message.subject_key == message.subject_key,
                Message.channel == message.channel,
                Message.why == About.SUSPECT.value,
                Message.planned_at > clock.now() - _SUSPECT_WITHIN,
                Message.id != message.id,
            )
        )
        or 0
    )


def _order(session: Session, message: Message) -> Order:
    return session.get_one(Order, message.order_id)


def _store(session: Session, message: Message) -> Store:
    return session.get_one(Store, message.store_id)


def rank_of(progress: Progress) -> int:
    """For `Message.provider_rank`: UNKNOWN counts as nothing heard."""
    return max(0, progress.rank)
