"""One breaker a carrier account: what fails is left alone for a while, and slows no other."""

import random
from datetime import datetime, timedelta
from typing import Protocol

from tracking.models import CarrierAccount
from tracking.platform import clock
from tracking.platform.facts import ResultCode, TrackingError
from tracking.polling.schedule import Backoff

OPENS_AFTER = 5
_OPEN = Backoff(first=20.0, most=600.0)
_PAUSE_S = 60.0
# wrong credentials do not mend themselves in a minute
_UNAUTHORIZED_S = 900.0


class Standing(Protocol):
    """An account, or as much of it as matters here; the columns are explained at the row."""

    @property
    def failures(self) -> int:
        """Failed calls in a row."""

    @property
    def open_until(self) -> datetime | None:
        """Real time."""

    @property
    def paused_until(self) -> datetime | None:
        """Real time."""


def is_closed(account: Standing) -> bool:
    """It may be asked now."""
    now = clock.real_now()
    return all(until is None or until <= now for until in (account.open_until, account.paused_until))


def is_trying(account: Standing) -> bool:
    """It was open, its time is over, and nobody has got an answer since: one call is enough to find out."""
    return account.open_until is not None and account.failures >= OPENS_AFTER


def succeeded(account: CarrierAccount) -> None:
    """It answered."""
    account.failures = 0
    account.open_until = None
    account.last_success_at = clock.now()


def failed(account: CarrierAccount, error: TrackingError, rng: random.Random) -> None:
    """A whole call failed. Opens the breaker when that happens again and again, pauses where the carrier asks to."""
    now = clock.real_now()
    account.last_error = error.code.value
    account.last_error_at = clock.now()
    if error.code is ResultCode.RATE_LIMITED:
        account.paused_until = now + timedelta(seconds=error.retry_after or _PAUSE_S)
        return
    account.failures += 1
    if error.code is ResultCode.UNAUTHORIZED:
        account.failures = max(account.failures, OPENS_AFTER)
        account.open_until = now + timedelta(seconds=_UNAUTHORIZED_S)
    elif account.failures >= OPENS_AFTER:
        wait = _OPEN.after(account.failures - OPENS_AFTER + 1, rng)
        account.open_until = now + timedelta(seconds=max(wait, error.retry_after or 0.0))
