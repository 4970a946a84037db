"""A wrong carrier is noticed, because it never knows the parcel, and another one is asked. See docs/detection.md

Runs inside the transaction that settles an answer: the parcel's row is locked, its lease is over.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.carriers import Confidence, detect
from tracking.models import Audit, Shipment, TrackingEventRow
from tracking.models.order import touch_order
from tracking.orders import candidates
from tracking.platform import clock
from tracking.platform.facts import ResultCode, TrackingResult
from tracking.platform.status import Status
from tracking.polling.connecting import open_account
from tracking.polling.due import find_account

log = structlog.get_logger(__name__)

# a new label is unknown for up to a day
USUAL = timedelta(hours=24)
# what a shop said is doubted later than what we guessed
NAMED = timedelta(hours=48)
# asked everywhere, and nobody knows it
SLOWLY = timedelta(hours=12)
_MOST_ROUNDS = 6


def unknown(session: Session, shipment: Shipment, code: ResultCode) -> bool:
    """Its carrier does not know a parcel: after the usual time the next one that may have it is asked.

    code     NOT_FOUND, or INVALID_NUMBER
    returns  True if it was this one's turn to be doubted, and another is asked from now on
    """
    if shipment.status is not Status.PENDING or shipment.last_event_at is not None or shipment.pushed_at is not None:
        return False
    done, slugs = candidates.correction(shipment), candidates.of(shipment)
    now = clock.now()
    if not slugs and now - shipment.label_at < NAMED:
        return False
    is_named = bool(done.get("named", not slugs))
    slugs = slugs or _speaks_for(shipment)
    at = slugs.index(shipment.carrier) if shipment.carrier in slugs else 0
    rounds = _whole(done.get("rounds"))
    following = None
    if at > 0 or now >= _due(shipment, code, rounds, is_named=is_named):
        following = _next(session, shipment, slugs[at + 1 :])
    if (at == 0 and following is None) or _has_known_it(session, shipment):
        if rounds and shipment.next_poll_at is not None:
            shipment.next_poll_at = max(shipment.next_poll_at, now + SLOWLY)
        return False
    was, done = shipment.carrier, {"before": shipment.carrier, "named": is_named} | done
    if following is not None:
        candidates.start_over(shipment, *following)
    else:
        slugs = _rest(session, shipment, slugs, at)
        done["rounds"] = rounds + 1
    candidates.keep(shipment, slugs, done)
    if shipment.carrier != was:
        _note(session, shipment, was)
    return True


def known(shipment: Shipment, result: TrackingResult) -> None:
    """A carrier knows the parcel: it is the one, and the others are forgotten. Nothing if it says no more than that."""
    if not candidates.of(shipment) or not (result.events or result.status is not Status.PENDING):
        return
    done = candidates.correction(shipment)
    was_wrong = done.get("before") not in (None, shipment.carrier)
    # what the shop named is kept, so that it is not taken for another parcel when the shop says it again
    candidates.keep(shipment, [], {"before": done["before"]} if was_wrong else {})
    log.info("carrier.found_out", shipment=shipment.public_id, carrier=shipment.carrier)


def _due(shipment: Shipment, code: ResultCode, rounds: int, *, is_named: bool) -> datetime:
    """From when on the first carrier of the list is doubted; each round waits twice as long as the one before."""
    if rounds == 0 and code is ResultCode.INVALID_NUMBER and not is_named:
        return shipment.label_at
    since = shipment.label_at if rounds == 0 else shipment.not_found_since or shipment.label_at
    return since + (NAMED if is_named else USUAL) * (1 << min(rounds, _MOST_ROUNDS))


def _whole(said: object) -> int:
    return said if isinstance(said, int) and said > 0 else 0


def _speaks_for(shipment: Shipment) -> list[str]:
    """The carrier the shop named, and those that the number strongly speaks for."""
    guesses = detect(shipment.number, country=shipment.order.country)
    strong = [guess.carrier for guess in guesses if guess.trackable and guess.confidence is Confidence.STRONG]
    return [shipment.carrier, *(slug for slug in strong if slug != shipment.carrier)]


def _has_known_it(session: Session, shipment: Shipment) -> bool:
    events = select(TrackingEventRow.shipment_id).where(TrackingEventRow.shipment_id == shipment.id).limit(1)
    return session.scalar(events) is not None


def _next(session: Session, shipment: Shipment, slugs: Sequence[str]) -> tuple[str, int] | None:
    """The first of these carriers that can be asked, and the account to ask it with."""
    same = select(Shipment.carrier).where(Shipment.order_id == shipment.order_id, Shipment.number == shipment.number)
    taken = set(session.scalars(same))
    for slug in slugs:
        if slug in taken:
            continue
        account_id = find_account(session, shipment.store_id, slug) or open_account(session, slug)
        if account_id is not None:
            return slug, account_id
    return None


def _rest(session: Session, shipment: Shipment, slugs: Sequence[str], at: int) -> list[str]:
    """Nobody knows it: back to the first that can be asked, slowly. Returns the slugs, that one first."""
    first = _next(session, shipment, slugs[:at])
    if first is not None:
        candidates.start_over(shipment, *first)
    shipment.not_found_since = clock.now()
    shipment.next_poll_at = clock.now() + SLOWLY
    return [shipment.carrier, *(slug for slug in slugs if slug != shipment.carrier)]


def _note(session: Session, shipment: Shipment, was: str) -> None:
    session.add(
        Audit(
            store_id=shipment.store_id,
            actor="worker",
            action="shipment.carrier_corrected",
            subject=shipment.public_id,
            detail={"from": was, "to": shipment.carrier},
        )
    )
    touch_order(session, shipment.order_id)
    session.expire(shipment.order, ["version", "updated_at"])
    log.info("carrier.corrected", shipment=shipment.public_id, was=was, now=shipment.carrier)
