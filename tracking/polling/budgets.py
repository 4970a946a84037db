"""What an account may still ask: windows of calls or numbers, as rows, so that they hold across processes.

Windows run on business time, as the carrier's own day does. A call is counted when it is granted, before it is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Protocol, cast

from sqlalchemy import Table, bindparam, select, update
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


@dataclass(slots=True)
class Window:
    """A budget and how much of its current window is used; as in the row."""

    id: int
    unit: str
    amount: int
    per_s: int
    aligned: bool
    window_start: datetime | None
    used: int


class HasBatchSize(Protocol):
    """An account, or as much of it as matters here."""

    @property
    def batch_size(self) -> int | None:
        """Numbers a call that the account may ask about; None: as many as the carrier allows."""


# built once: this is asked for with every claim
_B = cast("Table", CarrierBudget.__table__)
_READ = select(*(_B.c[one.name] for one in fields(Window))).where(_B.c.account_id == bindparam("account"))
_WRITE = (
    update(_B).where(_B.c.id == bindparam("budget")).values(used=bindparam("now_used"), window_start=bindparam("at"))
)


def windows(session: Session, account_id: int) -> list[Window]:
    """An account's budgets in their current windows. The caller holds the account's row."""
    now = clock.now()
    found = [Window(*row) for row in session.execute(_READ, {"account": account_id})]
    for window in found:
        _turn(window, now)
    return found


def allowed(budgets: Sequence[Window], wanted: int, batch_size: int) -> int:
    """How many numbers may be asked about now, `wanted` at most."""
    for budget in budgets:
        left = max(budget.amount - budget.used, 0)
        wanted = min(wanted, left if budget.unit == "numbers" else left * batch_size)
    return wanted


def charge(session: Session, budgets: Sequence[Window], numbers: int, batch_size: int) -> datetime | None:
    """Count the calls for so many numbers.

    returns  the business time at which the window of what is used up now ends; None if nothing is
    """
    for budget in budgets:
        budget.used += numbers if budget.unit == "numbers" else -(-numbers // batch_size)
    if budgets:
        rows = [{"budget": one.id, "now_used": one.used, "at": one.window_start} for one in budgets]
        session.connection().execute(_WRITE, rows)
    now = clock.now()
    return max((_ends(budget, now) for budget in budgets if budget.used >= budget.amount), default=None)


def batch_size(account: HasBatchSize, adapter: type[Carrier]) -> int:
    """Numbers a call: the carrier's, or fewer if the account says so."""
    return max(1, min(account.batch_size or adapter.batch_size, adapter.batch_size))


def _turn(budget: Window, now: datetime) -> None:
    """Start a new window if the current one is over, or lies in the future because a clock was set back."""
    started = budget.window_start
    if started is not None and started <= now < started + timedelta(seconds=budget.per_s):
        return
    budget.window_start = _floor(now, budget.per_s) if budget.aligned else now
    budget.used = 0


def _ends(budget: Window, now: datetime) -> datetime:
    return (budget.window_start or now) + timedelta(seconds=budget.per_s)


def _floor(now: datetime, per_s: int) -> datetime:
    return now - timedelta(seconds=now.timestamp() % per_s)
