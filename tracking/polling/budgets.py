"""What an account may still ask: windows of calls or numbers, as rows, so that they hold across processes.

Windows run on business time, as the carrier's own day does. A call is counted when it is granted, before it is made.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracking.carriers import Carrier, Limit
from tracking.models import CarrierAccount, CarrierBudget
from tracking.platform import clock


def furnish(account: CarrierAccount, limits: Sequence[Limit]) -> None:
    """Give an account its carrier's documented limits where it has none of that kind."""
    have = {(budget.unit, budget.per_s) for budget in account.budgets}
    for limit in limits:
        if (limit.unit, limit.per_s) not in have:
            account.budgets.append(
                CarrierBudget(unit=limit.unit, amount=limit.amount, per_s=limit.per_s, aligned=limit.aligned)
            )


def grant(session: Session, account: CarrierAccount, wanted: int, batch_size: int) -> tuple[int, datetime | None]:
    """Take up to `wanted` numbers' worth of calls from an account's budgets.

    returns  how many numbers may be asked about now, and, if fewer than wanted, the business time of the next window
    """
    now = clock.now()
    budgets = session.scalars(
        select(CarrierBudget).where(CarrierBudget.account_id == account.id).with_for_update()
    ).all()
    granted = wanted
    for budget in budgets:
        _turn(budget, now)
        left = max(budget.amount - budget.used, 0)
        granted = min(granted, left if budget.unit == "numbers" else left * batch_size)
    again = None
    for budget in budgets:
        used = granted if budget.unit == "numbers" else -(-granted // batch_size)
        budget.used += used
        if granted < wanted and budget.used >= budget.amount:
            ends = _ends(budget, now)
            again = ends if again is None else max(again, ends)
    session.flush()
    return granted, again if granted < wanted else None


def batch_size(account: CarrierAccount, adapter: type[Carrier]) -> int:
    """Numbers a call: the carrier's, or fewer if the account says so."""
    return max(1, min(account.batch_size or adapter.batch_size, adapter.batch_size))


def _turn(budget: CarrierBudget, now: datetime) -> None:
    """Start a new window if the current one is over, or lies in the future because a clock was set back."""
    started = budget.window_start
    if started is not None and started <= now < started + timedelta(seconds=budget.per_s):
        return
    budget.window_start = _floor(now, budget.per_s) if budget.aligned else now
    budget.used = 0


def _ends(budget: CarrierBudget, now: datetime) -> datetime:
    return (budget.window_start or now) + timedelta(seconds=budget.per_s)


def _floor(now: datetime, per_s: int) -> datetime:
    return now - timedelta(seconds=now.timestamp() % per_s)
