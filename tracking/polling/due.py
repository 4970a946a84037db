"""What is due, and who has it: leases on shipments.

A claimed parcel has `next_poll_at` NULL and a lease, so that the index of what is due holds only what is due. A dead
worker's leases end, and `sweep` makes those parcels due again. `lease_fence` is checked when the answer is settled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Select, Table, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from tracking.carriers import aggregators, get_carrier
from tracking.models import CarrierAccount, Shipment
from tracking.platform import clock
from tracking.platform.db import changed
from tracking.polling import breaker, budgets
from tracking.polling.connecting import open_account

LEASE_S = 120.0
# a task asks about so many parcels at most: its calls, each with its deadline, fit into the lease
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Lease:
    """A parcel that this worker may ask about, and the fence number that proves it."""

    shipment_id: int
    fence: int


def due_accounts(session: Session) -> list[int]:
    """Ids of enabled accounts that have something due and may be asked now."""
    now = clock.now()
    waiting = select(Shipment.id).where(Shipment.carrier_account_id == CarrierAccount.id, Shipment.next_poll_at <= now)
    accounts = session.scalars(select(CarrierAccount).where(CarrierAccount.enabled, waiting.exists()))
    return [account.id for account in accounts if breaker.is_closed(account)]


def due(account_id: int, now: datetime, limit: int) -> Select[int]:
    """The query for what is due first at an account; walks one index."""
    return (
        select(Shipment.id)
        .where(Shipment.carrier_account_id == account_id, Shipment.next_poll_at <= now)
        .order_by(Shipment.next_poll_at)
        .limit(limit)
    )


def lease_due(session: Session, account_id: int, limit: int = AT_ONCE, lease_s: float = LEASE_S) -> list[Lease]:
    """Lease parcels of an account that are due, as far as its budget goes. The caller commits.

    lease_s  seconds of real time
    returns  leases of those longest due; empty if nothing is due, or nothing may be asked
    """
    row = session.execute(_ACCOUNT, {"account": account_id}).one_or_none()
    account = _Account(*row) if row is not None else None
    if account is None or not account.enabled or not breaker.is_closed(account):
        return []
    size = budgets.batch_size(account, get_carrier(account.carrier))
    wanted = size if breaker.is_trying(account) else limit
    now = clock.now()
    budget = budgets.windows(session, account_id)
    granted = budgets.allowed(budget, wanted, size)
    leased = _lease(session, account_id, now, granted, lease_s) if granted else []
    again = budgets.charge(session, budget, len(leased), size)
    if again is not None and len(leased) == granted < wanted:
        postpone(session, session.scalars(due(account_id, now, wanted - granted)).all(), again)
    return leased


@dataclass(frozen=True, slots=True)
class _Account:
    """What a claim must know of an account."""

    carrier: str
    enabled: bool
    batch_size: int | None
    failures: int
    open_until: datetime | None
    paused_until: datetime | None


# built once, and without the ORM: this runs twice a second for every account that has something due. What is due is a
# CTE: as a subquery PostgreSQL may run it once for each row, and lease more than the limit
_A, _S = cast("Table", CarrierAccount.__table__), cast("Table", Shipment.__table__)
_ACCOUNT = (
    select(*(_A.c[one.name] for one in fields(_Account))).where(_A.c.id == bindparam("account")).with_for_update()
)
_DUE = (
    select(_S.c.id)
    .where(_S.c.carrier_account_id == bindparam("account"), _S.c.next_poll_at <= bindparam("now"))
    .order_by(_S.c.next_poll_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_LEASE = (
    update(_S)
    .where(_S.c.id.in_(select(_DUE.c.id)))
    .values(next_poll_at=None, lease_until=bindparam("until"), lease_fence=_S.c.lease_fence + 1)
    .returning(_S.c.id, _S.c.lease_fence)
)


def _lease(session: Session, account_id: int, now: datetime, most: int, lease_s: float) -> list[Lease]:
    """Find and lease in one statement."""
    until = clock.real_now() + timedelta(seconds=lease_s)
    rows = session.execute(_LEASE, {"account": account_id, "now": now, "most": most, "until": until})
    return sorted((Lease(*row) for row in rows), key=lambda lease: lease.shipment_id)


def claim(session: Session, ids: Sequence[int], lease_s: float) -> list[Lease]:
    """Lease these parcels if nobody else has; a conditional UPDATE, so that two workers never both get one."""
    if not ids:
        return []
    rows = session.execute(
        update(Shipment)
        .where(Shipment.id.in_(ids), Shipment.next_poll_at.is_not(None))
        .values(
            next_poll_at=None,
            lease_until=clock.real_now() + timedelta(seconds=lease_s),
            lease_fence=Shipment.lease_fence + 1,
        )
        .returning(Shipment.id, Shipment.lease_fence)
        .execution_options(synchronize_session=False)
    )
    return [Lease(shipment_id, fence) for shipment_id, fence in rows]


def postpone(session: Session, ids: Sequence[int], until: datetime) -> None:
    """Not before `until` (business time): the budget is used up. Spread a little, in the order they were due."""
    for place, shipment_id in enumerate(ids):
        session.execute(
            update(Shipment)
            .where(Shipment.id == shipment_id)
            .values(next_poll_at=until + timedelta(milliseconds=place))
            .execution_options(synchronize_session=False)
        )


def sweep(session: Session) -> int:
    """Make parcels due again whose lease has ended: their worker is dead or too late. Returns how many."""
    return changed(
        session.execute(
            update(Shipment)
            .where(Shipment.lease_until <= clock.real_now())
            .values(lease_until=None, next_poll_at=clock.now(), lease_fence=Shipment.lease_fence + 1)
            .execution_options(synchronize_session=False)
        )
    )


def adopt(session: Session, limit: int = 1000) -> int:
    """Give parcels without an account the one of their store, or the installation's. Returns how many got one."""
    orphans = session.execute(
        select(Shipment.id, Shipment.store_id, Shipment.carrier)
        .where(Shipment.carrier_account_id.is_(None), Shipment.next_poll_at.is_not(None))
        .limit(limit)
    ).all()
    adopted = 0
    for shipment_id, store_id, carrier in orphans:
        account_id = account_for(session, store_id, carrier)
        if account_id is not None:
            adopted += 1
            session.execute(update(Shipment).where(Shipment.id == shipment_id).values(carrier_account_id=account_id))
    return adopted


def account_for(session: Session, store_id: int, carrier: str) -> int | None:
    """Whom to ask about a store's parcels at a carrier: the carrier, else an aggregator; None if there is nobody."""
    return (
        find_account(session, store_id, carrier)
        or open_account(session, carrier)
        or find_account(session, store_id, *aggregators())
    )


def find_account(session: Session, store_id: int, *carriers: str) -> int | None:
    """The account at one of these carriers: the store's own, else the installation's; or None."""
    usable = CarrierAccount.enabled & or_(CarrierAccount.store_id == store_id, CarrierAccount.store_id.is_(None))
    return session.scalar(
        select(CarrierAccount.id)
        .where(usable, CarrierAccount.carrier.in_(carriers))
        .order_by(CarrierAccount.store_id.is_(None), CarrierAccount.id)
        .limit(1)
    )


def waiting(session: Session) -> tuple[int, float]:
    """How many parcels are due, and for how many seconds of business time the oldest of them."""
    now = clock.now()
    count, oldest = session.execute(
        select(func.count(), func.min(Shipment.next_poll_at)).where(and_(Shipment.next_poll_at <= now))
    ).one()
    return count, (now - oldest).total_seconds() if oldest else 0.0
