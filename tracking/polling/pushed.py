"""News that a carrier pushed: taken in once, for the parcels that the account may speak of; and asking for pushes."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, joinedload

from tracking import news
from tracking.carriers import Carrier, Parcel, get_carrier
from tracking.carriers._push import Pushes, Told
from tracking.models import CarrierAccount, EventSource, Order, PushDelivery, Shipment
from tracking.platform import clock
from tracking.platform.db import insert_new
from tracking.platform.status import Status
from tracking.polling import budgets, correcting
from tracking.polling.schedule import next_poll
from tracking.polling.settle import note_texts

log = structlog.get_logger(__name__)

Sessions = Callable[[], Session]

# asked for again so long before a subscription ends
RENEW_BEFORE = timedelta(days=1)
_OVER = [status for status in Status if status.is_final]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a push: pieces of news that were new, parcels that changed by them, numbers that nobody knows."""

    new: int
    changed: int
    unknown: int


def take(session: Session, account: CarrierAccount, told: Iterable[Told]) -> Taken:
    """Take in what an account's carrier pushed. The same again changes nothing. The caller commits."""
    fresh = [one for one in told if _is_first(session, account, one)]
    parcels = _parcels(session, account, {one.result.number for one in fresh})
    known = [one for one in fresh if one.result.number in parcels]
    changed: set[int] = set()
    for one in known:
        note_texts(account.carrier, one.result)
    # a parcel is named once in a round: a delivery may tell of it in several pieces
    for round_of in _rounds(known):
        said = [(parcel, one.result) for one in round_of for parcel in parcels[one.result.number]]
        recorded = news.parcels_news(session, said, EventSource.PUSH)
        changed |= {parcel.id for (parcel, _), of_one in zip(said, recorded, strict=True) if of_one.changed}
        for parcel, result in said:
            correcting.known(parcel, result)
    now = clock.now()
    at_once = {one.result.number for one in known if one.ask}
    for parcel in {parcel for one in known for parcel in parcels[one.result.number]}:
        parcel.pushed_at = now
        # partial news is not what a poll will say
        parcel.answer_digest = None
        if parcel.next_poll_at is not None and parcel.number in at_once:
            parcel.next_poll_at = now
        else:
            _ask_later(parcel, account)
    session.flush()
    return Taken(len(fresh), len(changed), len(fresh) - len(known))


def _is_first(session: Session, account: CarrierAccount, told: Told) -> bool:
    # two accounts may be told the same: each has its own id of it
    delivery = {"provider": f"carrier:{account.carrier}", "event_id": f"{account.id}:{told.key}"}
    return bool(insert_new(session, PushDelivery, [delivery | {"received_at": clock.real_now()}]))


def _parcels(session: Session, account: CarrierAccount, numbers: set[str]) -> dict[str, list[Shipment]]:
    """Parcels of those numbers that the account may speak of, by number, locked."""
    mine = Shipment.carrier_account_id == account.id
    theirs = or_(mine, Shipment.carrier == account.carrier)
    if account.store_id is not None:
        theirs = theirs & (Shipment.store_id == account.store_id)
    rows = session.scalars(
        select(Shipment)
        .where(Shipment.number.in_(numbers), theirs)
        .options(joinedload(Shipment.order).joinedload(Order.store))
        .order_by(Shipment.id)
        .with_for_update(of=Shipment)
    )
    found: dict[str, list[Shipment]] = {}
    for row in rows.unique() if numbers else ():
        found.setdefault(row.number, []).append(row)
    return found


def _rounds(told: Sequence[Told]) -> Iterable[list[Told]]:
    left = list(told)
    while left:
        first = {one.result.number: one for one in reversed(left)}
        yield list(first.values())
        left = [one for one in left if first[one.result.number] is not one]


def _ask_later(parcel: Shipment, account: CarrierAccount) -> None:
    """Put the next question off; a parcel that is being asked about keeps its lease."""
    if parcel.next_poll_at is None:
        return
    interval = timedelta(seconds=get_carrier(account.carrier).min_interval_s)
    since = parcel.last_event_at or parcel.label_at
    later = next_poll(parcel.status, since, clock.now(), random.Random(), interval, is_pushed=True)  # noqa: S311
    parcel.next_poll_at = max(parcel.next_poll_at, later) if later is not None else None


# asking for it


def subscribe(sessions: Sessions, adapter: Carrier, account_id: int, asked: Sequence[tuple[int, Parcel]]) -> int:
    """Ask for pushes of parcels that were just polled and need it, within the account's budget.

    asked    (shipment id, as the adapter knows it)
    returns  how many are subscribed now
    """
    if not isinstance(adapter, Pushes) or not adapter.wants_subscription():
        return 0
    by_id = {shipment_id: parcel for shipment_id, parcel in asked if adapter.can_subscribe(parcel)}
    wanted = _reserve(sessions, adapter, account_id, list(by_id))
    done, size = 0, adapter.subscription_size
    for ids in (wanted[start : start + size] for start in range(0, len(wanted), size)):
        taken = adapter.subscribe([by_id[one] for one in ids])
        subscribed = [one for one in ids if by_id[one].number in taken]
        with sessions() as session:
            until = clock.real_now() + timedelta(seconds=adapter.subscription_s)
            session.execute(update(Shipment).where(Shipment.id.in_(subscribed)).values(push_until=until))
            session.commit()
        done += len(subscribed)
    if wanted:
        log.info("carrier.subscribed", carrier=adapter.slug, asked=len(wanted), subscribed=done)
    return done


def _reserve(sessions: Sessions, adapter: Pushes, account_id: int, ids: Sequence[int]) -> list[int]:
    """Those of these parcels that are to be subscribed now, their calls counted. No transaction stays open."""
    soon = clock.real_now() + RENEW_BEFORE
    ends = Shipment.push_until
    with sessions() as session:
        account = session.get_one(CarrierAccount, account_id, with_for_update=True)
        wanted = session.scalars(
            select(Shipment.id)
            .where(Shipment.id.in_(ids), or_(ends.is_(None), ends <= soon), Shipment.status.not_in(_OVER))
            .order_by(Shipment.id)
        ).all()
        size = adapter.subscription_size
        # a budget of numbers is one of questions; a subscription costs a call
        calls = [window for window in budgets.windows(session, account.id) if window.unit == "calls"]
        granted = wanted[: budgets.allowed(calls, len(wanted), size)]
        budgets.charge(session, calls, len(granted), size)
        session.commit()
    return list(granted)
