"""When a store's orders are learnt from again, and by whom.

A fit is due a day after the last one, because what is popular ages, and earlier once the store has grown by a tenth, at
least by five orders: what a fit learns anew goes with the relative growth, what it costs with the size, so a shop that
doubles is learnt from some seven times whatever its size. After a fit its store rests ten times as long as the fit
took, ten minutes at least, so that nobody's imports keep a worker busy.

In between, what moves fast is brought up to date every hour, if there was an order or a product changed: that is cheap,
and none of it counts as a fit.

A lease keeps a second worker from the same store. Claiming counts as a failure until the fit has ended well: a worker
that is killed, for example because memory ran out, is waited for until its lease ends, then longer each time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, Update, and_, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from tracking.models.model_fit import ModelFit
from tracking.models.order import Order
from tracking.models.product import Product
from tracking.models.store import Store
from tracking.platform import clock
from tracking.platform.db import changed

# ten times what a million orders take on a small machine
LEASE_S: Final = 1800.0
EVERY: Final = timedelta(days=1)
UPDATE_EVERY: Final = timedelta(hours=1)
GROWTH: Final = 0.1
LEAST_GROWTH: Final = 5
REST: Final = timedelta(minutes=10)
REST_FACTOR: Final = 10
FIRST_RETRY: Final = timedelta(minutes=5)
LAST_RETRY: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Turn:
    """A store that this worker may learn from now. `whole`: from scratch; else its model is brought up to date."""

    store_id: int
    fence: int
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a fit learnt from.

    orders        of the model, those of an update among them
    newest_order  the highest order id there was when it began to read
    whole         from scratch, not as an update of the model before
    took_s        real seconds
    """

    orders: int
    newest_order: int
    as_of: datetime
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
    """Take the store that has waited longest for a fit, else one to bring up to date; None if none is due.

    Flushes, to be committed at once.
    """
    now = clock.real_now()
    new_orders = _new_orders()
    # what updates brought in counts as grown as well
    grown = new_orders + ModelFit.orders - ModelFit.whole_orders >= ModelFit.enough
    whole = or_(ModelFit.due_at <= now, ModelFit.learnt_at.is_(None), grown)
    is_old = ModelFit.learnt_at <= now - UPDATE_EVERY
    news = and_(is_old, or_(new_orders > 0, _changed_products()))
    found = session.execute(
        select(ModelFit.store_id, ModelFit.lease_fence, ModelFit.failures, whole.label("whole"))
        .where(_is_free(now), ModelFit.not_before <= now, or_(whole, news))
        .order_by(whole.desc(), ModelFit.due_at, ModelFit.store_id)
        .limit(1)
    ).one_or_none()
    return _take(session, found, now, lease_s) if found is not None else None


def claim_store(session: Session, store_id: int, lease_s: float = LEASE_S) -> Turn | None:
    """Take this store for a whole fit, due or not; None while another has it. Flushes, to be committed at once."""
    adopt(session)
    now = clock.real_now()
    found = session.execute(
        select(ModelFit.store_id, ModelFit.lease_fence, ModelFit.failures, literal(value=True).label("whole")).where(
            ModelFit.store_id == store_id, _is_free(now)
        )
    ).one_or_none()
    return _take(session, found, now, lease_s) if found is not None else None


def _take(session: Session, found: Any, now: datetime, lease_s: float) -> Turn | None:
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
    return Turn(found.store_id, fence, bool(found.whole)) if changed(taken) else None


def _new_orders() -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(Order)
        .where(Order.store_id == ModelFit.store_id, Order.id > ModelFit.newest_order)
        .correlate(ModelFit)
        .scalar_subquery()
    )


def _changed_products() -> ColumnElement[bool]:
    return (
        select(Product.id)
        .where(Product.store_id == ModelFit.store_id, Product.updated_at > ModelFit.as_of)
        .correlate(ModelFit)
        .exists()
    )


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
        "as_of": learnt.as_of,
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
