"""Asking a carrier about leased parcels, in batches, from a pool of threads; no transaction is open meanwhile."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from itertools import islice
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.carriers import Carrier, Parcel, get_carrier
from tracking.models import CarrierAccount, Order, Shipment
from tracking.platform.facts import Answer, ResultCode, TrackingError
from tracking.polling import budgets
from tracking.polling.accounts import Adapters
from tracking.polling.due import Lease
from tracking.polling.pushed import subscribe
from tracking.polling.settle import give_up, settle

log = structlog.get_logger(__name__)

# so many parcels, or so much time, are written down in one commit
COMMIT_PARCELS = 50
COMMIT_S = 0.5

Sessions = Callable[[], Session]
Batch = list[tuple[Lease, Parcel]]


def poll(sessions: Sessions, adapters: Adapters, pool: Executor, account_id: int, leases: Sequence[Lease]) -> int:
    """Ask about leased parcels and write down what comes, group by group.

    returns  for how many parcels there was news
    """
    adapter, batches = _prepare(sessions, adapters, account_id, leases)
    asked: dict[Future[Answer], Batch] = {
        pool.submit(_track, adapter, [parcel for _, parcel in batch]): batch for batch in batches
    }
    rng = random.Random()  # noqa: S311 - jitter, not secrecy
    fresh, done, since = 0, list[tuple[Batch, Answer]](), time.monotonic()
    for place, future in enumerate(as_completed(asked), start=1):
        done.append((asked[future], future.result()))
        full = sum(len(batch) for batch, _ in done) >= COMMIT_PARCELS
        if full or place == len(asked) or time.monotonic() - since > COMMIT_S:
            fresh += _write_down(sessions, account_id, done, rng)
            done, since = [], time.monotonic()
    known = [(lease.shipment_id, parcel) for batch in batches for lease, parcel in batch]
    subscribe(sessions, adapter, account_id, known)
    return fresh


def _write_down(sessions: Sessions, account_id: int, done: Sequence[tuple[Batch, Answer]], rng: random.Random) -> int:
    """All of it in one commit. If one parcel spoils that, each by itself, so that it costs the others nothing."""
    leases, answers = [lease for batch, _ in done for lease, _ in batch], [answer for _, answer in done]
    try:
        with sessions() as session:
            fresh = settle(session, account_id, leases, answers, rng)
            session.commit()
            return fresh
    except Exception:
        log.exception("polling.settling_failed", account=account_id, parcels=len(leases))
    return sum(_write_one(sessions, account_id, lease, answer, rng) for batch, answer in done for lease, _ in batch)


def _write_one(sessions: Sessions, account_id: int, lease: Lease, answer: Answer, rng: random.Random) -> int:
    try:
        with sessions() as session:
            fresh = settle(session, account_id, [lease], [answer], rng)
            session.commit()
            return fresh
    except Exception:  # the edge: a bug that one parcel meets
        log.exception("polling.parcel_failed", account=account_id, shipment=lease.shipment_id)
    with sessions() as session:
        give_up(session, lease, rng)
        session.commit()
    return 0


def _prepare(
    sessions: Sessions, adapters: Adapters, account_id: int, leases: Sequence[Lease]
) -> tuple[Carrier, list[Batch]]:
    """Read what the adapter needs to know, in one short transaction."""
    by_id = {lease.shipment_id: lease for lease in leases}
    with sessions() as session:
        account = session.get_one(CarrierAccount, account_id)
        adapter = adapters.of(account)
        size = budgets.batch_size(account, get_carrier(account.carrier))
        rows = session.execute(
            select(
                Shipment.id,
                Shipment.lease_fence,
                Shipment.carrier,
                Shipment.number,
                Shipment.extra,
                Order.postal_code,
                Order.country,
                Order.phone,
            )
            .join(Order, Order.id == Shipment.order_id)
            .where(Shipment.id.in_(by_id))
        ).all()
    asked: Batch = []
    for shipment_id, fence, carrier, number, extra, postal_code, country, phone in rows:
        if fence == by_id[shipment_id].fence:
            known = {"carrier": carrier, "destination_postcode": postal_code, "destination_country": country}
            # four digits are all that any carrier asks for
            known["destination_phone"] = phone[-4:] if phone else None
            told = {name: str(value) for name, value in {**known, **_plain(extra)}.items() if value}
            asked.append((by_id[shipment_id], Parcel(number, told)))
    return adapter, list(_batches(asked, size))


def _plain(extra: Mapping[str, Any] | None) -> dict[str, Any]:
    """Facts for an adapter; lists and objects are ours."""
    return {name: value for name, value in (extra or {}).items() if not isinstance(value, list | dict)}


def _batches(parcels: Batch, size: int) -> Iterator[Batch]:
    left = iter(parcels)
    while batch := list(islice(left, size)):
        yield batch


def _track(adapter: Carrier, parcels: Sequence[Parcel]) -> Answer:
    try:
        return adapter.track(parcels)
    except Exception:  # the edge: a bug in one adapter must not cost the other batches their answers
        log.exception("carrier.adapter_failed", carrier=adapter.slug)
        errors = [TrackingError(p.number, ResultCode.UNREADABLE, "The adapter failed.") for p in parcels]
        return Answer(errors=tuple(errors))
