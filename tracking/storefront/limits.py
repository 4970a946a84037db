"""How often something may be tried: counted in rows, so that it holds across processes and machines."""

import ipaddress

from flask import request
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


def visitor() -> str:
    """Where the request came from: the address, or its /64 for IPv6, which one line usually has whole."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)
