"""What came of asking: news, or a reason to ask again later; flushes, never commits."""

import random
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from tracking import news
from tracking.carriers import get_carrier
from tracking.carriers._codes import note_text
from tracking.models import CarrierAccount, EventSource, Order, RawAnswer, Shipment
from tracking.platform import clock
from tracking.platform.facts import Answer, ResultCode, TrackingError, TrackingResult
from tracking.platform.status import Status
from tracking.polling import breaker, correcting
from tracking.polling.due import Lease
from tracking.polling.schedule import Backoff, is_expired, is_pushed, next_poll
from tracking.timeline.record import digest

log = structlog.get_logger(__name__)

_BACKOFF = Backoff(first=60.0, most=21_600.0)
_INVALID_NUMBER_AGAIN = timedelta(hours=24)
# the carrier understood the question, and has no such parcel
_NOT_ITS_NUMBER = frozenset({ResultCode.NOT_FOUND, ResultCode.INVALID_NUMBER})
# errors that say something about the account or the host, not about one number
_WHOLE_CALL = frozenset({ResultCode.UNAUTHORIZED, ResultCode.RATE_LIMITED, ResultCode.UNAVAILABLE})


def settle(
    session: Session, account_id: int, leases: Sequence[Lease], answers: Sequence[Answer], rng: random.Random
) -> int:
    """Write down what answers say of leased parcels, and when to ask again. The caller commits.

    A lease that another worker has taken over since is left alone. A parcel that no answer speaks of counts as failed.
    returns  for how many parcels there was news
    """
    fences = {lease.shipment_id: lease.fence for lease in leases}
    rows = session.scalars(
        select(Shipment)
        .where(Shipment.id.in_(fences))
        .options(joinedload(Shipment.order).options(joinedload(Order.store), joinedload(Order.customer)))
        .order_by(Shipment.id)
        .with_for_update(of=Shipment)
    ).unique()
    held = [row for row in rows if row.lease_fence == fences[row.id]]
    account = session.get(CarrierAccount, account_id, with_for_update=True)
    if account is None:
        return 0
    results = {result.number: result for answer in answers for result in answer.results}
    errors = {error.number: error for answer in answers for error in answer.errors}
    with session.no_autoflush:
        _judge(session, account, answers, rng)
        fresh = _answered(session, account, [(row, results[row.number]) for row in held if row.number in results], rng)
        for shipment in held:
            shipment.lease_until = None
            if shipment.number not in results:
                missing = TrackingError(shipment.number, ResultCode.UNREADABLE, "It was not in the answer.")
                error = errors.get(shipment.number) or errors.get(None) or missing
                _failed(account, shipment, error, rng)
                if error.code in _NOT_ITS_NUMBER:
                    correcting.unknown(session, shipment, error.code)
    session.flush()
    return fresh


def _answered(
    session: Session, account: CarrierAccount, said: Sequence[tuple[Shipment, TrackingResult]], rng: random.Random
) -> int:
    """Most answers say what is known already: only the others are worth a look at the timeline."""
    now = clock.now()
    interval = timedelta(seconds=get_carrier(account.carrier).min_interval_s)
    different = [
        (shipment, result)
        for shipment, result in said
        if shipment.answer_digest is None or shipment.answer_digest != digest(result, now)
    ]
    for _, result in different:
        note_texts(account.carrier, result)
    recorded = news.parcels_news(session, different, EventSource.POLL) if different else []
    for shipment, result in said:
        correcting.known(shipment, result)
        shipment.last_polled_at = now
        shipment.failures = 0
        shipment.not_found_since = None
        shipment.last_error = None
        since = shipment.last_event_at or shipment.label_at
        if is_expired(shipment.status, since, now):
            shipment.status = Status.EXPIRED
        told = is_pushed(shipment.pushed_at, shipment.push_until, now, clock.real_now())
        shipment.next_poll_at = next_poll(shipment.status, since, now, rng, interval, is_pushed=told)
    return sum(one.changed for one in recorded)


def note_texts(carrier: str, result: TrackingResult) -> None:
    """Keep what the carrier says beside codes that nobody knows, for whoever adds them to the table."""
    for event in result.events:
        if event.status is Status.UNKNOWN and event.code:
            note_text(carrier, event.code, event.description)


def give_up(session: Session, lease: Lease, rng: random.Random) -> None:
    """What came of this parcel cannot be written down: it waits, ever longer, and holds nobody else up."""
    shipment = session.get(Shipment, lease.shipment_id, with_for_update=True)
    if shipment is None or shipment.lease_fence != lease.fence:
        return
    shipment.lease_until = None
    shipment.failures += 1
    shipment.last_error = ResultCode.UNREADABLE.value
    shipment.next_poll_at = clock.after_real(_BACKOFF.after(shipment.failures, rng))


def _failed(account: CarrierAccount, shipment: Shipment, error: TrackingError, rng: random.Random) -> None:
    now = clock.now()
    shipment.last_error = error.code.value
    if error.code is ResultCode.NOT_FOUND:
        # the carrier answered: it does not know it yet
        shipment.last_polled_at = now
        shipment.failures = 0
        shipment.not_found_since = shipment.not_found_since or now
        # carriers forget: what was known stays so, and what is over is not asked about for ever
        since = shipment.last_event_at or shipment.label_at
        if is_expired(shipment.status, since, now):
            shipment.status = Status.EXPIRED
        shipment.next_poll_at = next_poll(shipment.status, since, now, rng)
        return
    shipment.failures += 1
    if error.code is ResultCode.INVALID_NUMBER:
        shipment.next_poll_at = now + _INVALID_NUMBER_AGAIN
        return
    wait = max(_BACKOFF.after(shipment.failures, rng), error.retry_after or 0.0)
    again = [until for until in (account.paused_until, account.open_until) if until is not None]
    if error.code in _WHOLE_CALL and again:
        wait = max([(until - clock.real_now()).total_seconds() for until in again] + [error.retry_after or 0.0])
    # real seconds: the carrier's machine does not run on our fast clock
    shipment.next_poll_at = clock.after_real(max(wait, 0.0))


def _judge(session: Session, account: CarrierAccount, answers: Sequence[Answer], rng: random.Random) -> None:
    """What the answers say about the account: its breaker, its pause, its budget; and keep what could not be read."""
    for answer in answers:
        whole = next((error for error in answer.errors if error.code in _WHOLE_CALL), None)
        if whole is not None:
            breaker.failed(account, whole, rng)
            if whole.code is ResultCode.UNAUTHORIZED:
                log.error("carrier.unauthorized", carrier=account.carrier, account=account.public_id)
        elif answer.results or answer.errors:
            breaker.succeeded(account)
        if answer.raw is not None:
            session.add(
                RawAnswer(
                    account_id=account.id,
                    carrier=account.carrier,
                    http_status=answer.http_status or 0,
                    body=answer.raw,
                    numbers=[error.number for error in answer.errors if error.number],
                )
            )


def release(session: Session, leases: Sequence[Lease]) -> None:
    """Give back parcels that were not asked about: a worker that stops loses nobody a turn."""
    for lease in leases:
        session.execute(
            update(Shipment)
            .where(Shipment.id == lease.shipment_id, Shipment.lease_fence == lease.fence)
            .values(lease_until=None, next_poll_at=clock.now())
        )
