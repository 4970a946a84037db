"""What every page and answer has in common: headers, read-only transactions for reads, where a request came from."""

import ipaddress
import time
from typing import cast
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, request

from tracking.platform import db as database
from tracking.platform.errors import NotAllowed
from tracking.platform.settings import Settings

log = structlog.get_logger("access")

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def settings_of(app: Flask) -> Settings:
    """The settings an application was made with."""
    return cast("Settings", app.extensions["waypost"])


def settings() -> Settings:
    """The settings of the application that serves this request or task."""
    return settings_of(current_app)


def init_app(app: Flask) -> None:
    """Install the hooks."""
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_end)


def check_same_origin() -> None:
    """Refuse a POST that another site's page sent; shopper pages have no cookie, and so no CSRF token.

    raises  NotAllowed
    source  OWASP CSRF prevention, "Fetch metadata" and "Verifying origin"
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        raise NotAllowed("This form was sent from another site. Open the page itself and try again.")
    origin = request.headers.get("Origin")
    if origin not in {None, "null"} and urlsplit(origin or "").netloc != request.host:
        raise NotAllowed("This form was sent from another site. Open the page itself and try again.")


def visitor() -> str:
    """Where the request came from, to count tries by: the address, or its /64 for IPv6, which one line has whole."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def _begin() -> None:
    g.started = time.perf_counter()
    if request.method in _READS:
        g.reading = database.reading()
        g.reading.__enter__()


def _end(_error: BaseException | None) -> None:
    held = g.pop("reading", None)
    if held is not None:
        held.__exit__(None, None, None)


def _finish(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", CSP)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    # the rule, not the path: paths hold tokens
    log.info(
        "request",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else "-",
        status=response.status_code,
        ms=round((time.perf_counter() - g.started) * 1000, 1) if "started" in g else None,
    )
    return response
