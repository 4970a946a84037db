"""How often something may be tried: counted in rows, so that it holds across processes and machines."""

import ipaddress
from datetime import UTC, datetime

from flask import request
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tracking.models import RateLimit
from tracking.platform import clock, security
from tracking.platform.errors import TooManyRequests


def spend(session: Session, what: str, who: str, *, amount: int, per_s: int) -> None:
    """Count one try of `who` at `what`, in windows of real time.

    raises  TooManyRequests once there were `amount` in the current window; the try is counted all the same
    """
    real = clock.real_now()
    start = datetime.fromtimestamp(int(real.timestamp()) // per_s * per_s, tz=UTC)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = (
        insert(RateLimit)
        .values(key=security.subject_key(f"{what}|{who}"), window_start=start, used=1)
        .on_conflict_do_update(index_elements=["key", "window_start"], set_={"used": RateLimit.used + 1})
        .returning(RateLimit.used)
    )
    used = session.execute(statement).scalar_one()
    if used > amount:
        left = per_s - (real - start).total_seconds()
        raise TooManyRequests(
            "There were too many tries. Please wait a little and try again.", retry_after=max(1.0, left)
        )


def visitor() -> str:
    """Where the request came from: the address, or its /64 for IPv6, which one line usually has whole."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)
