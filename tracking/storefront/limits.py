"""How often something may be tried: counted in rows, so that it holds across processes and machines."""

from sqlalchemy.orm import Session

from tracking.models.audit import take_turn
from tracking.platform import security
from tracking.platform.errors import TooManyRequests


def spend(session: Session, what: str, who: str, *, amount: int, per_s: int) -> None:
    """Count one try of `who` at `what`, in windows of real time.

    raises  TooManyRequests once there were `amount` in the current window; the try is counted all the same
    """
    wait = take_turn(session, security.subject_key(f"{what}|{who}"), amount, per_s)
    if wait is not None:
        raise TooManyRequests(
            "There were too many tries. Please wait a little and try again.", retry_after=max(1.0, wait)
        )
