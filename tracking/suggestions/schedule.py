"""When a store's orders are learnt from again, and by whom.

A fit is due a day after the last one, because what is popular ages, and earlier once the store has grown by a tenth, at
least by five orders: what a fit learns anew goes with the relative growth, what it costs with the size, so a shop that
doubles is learnt from some seven times whatever its size. After a fit its store rests ten times as long as the fit
took, ten minutes at least, so that nobody's imports keep a worker busy.

A lease keeps a second worker from the same store. Claiming counts as a failure until the fit has ended well: a worker
that is killed, for example because memory ran out, is waited for until its lease ends, then longer each time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Update, func, insert, or_, select, update
from sqlalchemy.orm import Session

from tracking.models.model_fit import ModelFit
from tracking.models.order import Order
from tracking.models.store import Store
from tracking.platform import clock
from tracking.platform.db import changed

# ten times what a million orders take on a small machine
LEASE_S: Final = 1800.0
EVERY: Final = timedelta(days=1)
GROWTH: Final = 0.1
LEAST_GROWTH: Final = 5
REST: Final = timedelta(minutes=10)
REST_FACTOR: Final = 10
FIRST_RETRY: Final = timedelta(minutes=5)
LAST_RETRY: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Turn:
    """A store that this worker may learn from now."""

    store_id: int
    fence: int


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a fit learnt from.

    newest_order  the highest order id there was when it began to read
    whole         from scratch, not as an update of the model before
    took_s        real seconds
    """

    orders: int
    newest_order: int
    whole: bool
    took_s: float


def adopt(session: Session) -> int:
    """Put stores that are new on the schedule. Returns how many were."""
    known = select(ModelFit.store_id).where(ModelFit.store_id == Store.id)
    new = session.scalars(select(Store.id).where(~known.exists())).all()
    rows = [{"store_id": store_id} for store_id in new]
    if rows:
        session.execute(insert(ModelFit), rows)
    return len(rows)


def claim(session: Session, lease_s: float = LEASE_S) -> Turn | None:
    """Take the store that has waited longest for a fit; None if none is due. Flushes, to be committed at once."""
    now = clock.real_now()
    new_orders = (
        select(func.count())
        .select_from(Order)
        .where(Order.store_id == ModelFit.store_id, Order.id > ModelFit.newest_order)
        .correlate(ModelFit)
        .scalar_subquery()
    )
    found = session.execute(
        select(ModelFit.store_id, ModelFit.lease_fence, ModelFit.failures)
        .where(
            _is_free(now),
            ModelFit.not_before <= now,
            or_(ModelFit.due_at <= now, new_orders >= ModelFit.enough),
        )
        .order_by(ModelFit.due_at, ModelFit.store_id)
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    fence = found.lease_fence + 1
    taken = session.execute(
        update(ModelFit)
        .where(ModelFit.store_id == found.store_id, ModelFit.lease_fence == found.lease_fence, _is_free(now))
        .values(
            lease_until=now + timedelta(seconds=lease_s),
            lease_fence=fence,
            failures=found.failures + 1,
            not_before=now + retry_after(found.failures + 1),
            last_error=None,
        )
    )
    return Turn(found.store_id, fence) if changed(taken) else None


def holds(session: Session, turn: Turn) -> bool:
    """Whether the store is still this worker's: its lease did not end and go to another."""
    fence = select(ModelFit.lease_fence).where(ModelFit.store_id == turn.store_id)
    return session.scalar(fence) == turn.fence


def settle(session: Session, turn: Turn, learnt: Learnt) -> bool:
    """Write down a fit that ended well. False, and nothing, if another worker has the store by now."""
    return bool(changed(session.execute(_ended(turn).values(_after(learnt)))))


def give_up(session: Session, turn: Turn, error: str) -> None:
    """Write down a fit that failed: its lease ends now, the pause that its claim set stays."""
    session.execute(_ended(turn).values(lease_until=None, last_error=error[:80]))


def note(session: Session, store_id: int, learnt: Learnt) -> None:
    """Write down a fit that nobody claimed: it was asked for."""
    adopt(session)
    session.execute(update(ModelFit).where(ModelFit.store_id == store_id).values(_after(learnt)))


def make_due(session: Session, store_id: int) -> None:
    """Let the store be learnt from at the next look, for example because its artefact is damaged."""
    session.execute(update(ModelFit).where(ModelFit.store_id == store_id).values(due_at=clock.real_now()))


def enough(orders: int) -> int:
    """So many new orders make a fit due, after one that learnt from `orders`."""
    return max(LEAST_GROWTH, round(orders * GROWTH)) if orders else 1


def retry_after(failures: int) -> timedelta:
    """How long to wait after so many fits in a row that did not end well, from when the last one began."""
    return min(LAST_RETRY, FIRST_RETRY * (1 << min(failures - 1, 10)))


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(ModelFit.lease_until.is_(None), ModelFit.lease_until < now)


def _ended(turn: Turn) -> Update:
    return update(ModelFit).where(ModelFit.store_id == turn.store_id, ModelFit.lease_fence == turn.fence)


def _after(learnt: Learnt) -> dict[str, object]:
    now = clock.real_now()
    rest = max(REST, timedelta(seconds=learnt.took_s * REST_FACTOR))
    values: dict[str, object] = {
        "orders": learnt.orders,
        "learnt_at": now,
        "newest_order": learnt.newest_order,
        "not_before": now + rest,
        "failures": 0,
        "last_error": None,
        "lease_until": None,
    }
    if learnt.whole:
        values |= {
            "whole_at": now,
            "whole_orders": learnt.orders,
            "due_at": now + EVERY,
            "enough": enough(learnt.orders),
        }
    return values
