"""How the official Twilio client reaches Twilio: our own connections, deadlines and logs. Nothing is tried twice.

Not for: what an error means for a message; that is in `sms`.
"""

import logging
import ssl
import threading
import time
from typing import Any

import requests
import structlog
from requests.adapters import HTTPAdapter
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from tracking.platform.upstream import retry_after_seconds

log = structlog.get_logger(__name__)
# at DEBUG it writes whole paths, and a lookup's path holds the recipient
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

DEFAULT_BASE_URL = "https://api.twilio.com"
_CONNECT_S = 5.0
_READ_S = 15.0
_DEADLINE_S = 25.0
_MAX_BYTES = 4 * 1024 * 1024
_CONNECTIONS = 64

# requests' errors that are raised before a byte of the request has left; all others leave its fate open
NEVER_LEFT: tuple[type[requests.RequestException], ...] = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.URLRequired,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.UnrewindableBodyError,
    requests.exceptions.InvalidJSONError,
)


def never_left(error: requests.RequestException) -> bool:
    """True if the request certainly did not reach the other side."""
    if isinstance(error, requests.exceptions.JSONDecodeError):
        return False
    if isinstance(error, NEVER_LEFT):
        return True
    reason: Any = error.args[0] if error.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    if isinstance(reason, (NewConnectionError, ConnectTimeoutError)):
        return True
    # a certificate is looked at before anything is said
    causes = getattr(reason, "args", ())
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes)


class TwilioHttp(HttpClient):  # type: ignore[misc]
    """The client's `http_client`. Safe for threads.

    retry_after, request_id   of the calling thread's last answer
    """

    def __init__(self, base_url: str = DEFAULT_BASE_URL, *, read_s: float = _READ_S) -> None:
        """`base_url` replaces Twilio's own; times in real seconds."""
        # the library's logger would write recipients and texts
        quiet = logging.getLogger("tracking.twilio.silent")
        quiet.disabled = True
        super().__init__(quiet, False, read_s)
        self._base_url = base_url.rstrip("/")
        self._read_s = read_s
        self._last = threading.local()
        self._session = requests.Session()
        self._session.trust_env = False
        adapter = HTTPAdapter(pool_connections=2, pool_maxsize=_CONNECTIONS, pool_block=True, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    @property
    def retry_after(self) -> float | None:
        """Seconds the last answer asked to wait; None if it did not."""
        return getattr(self._last, "retry_after", None)

    @property
    def request_id(self) -> str | None:
        """Twilio's id of the last request; None if there was no answer."""
        return getattr(self._last, "request_id", None)

    def request(  # noqa: PLR0917 - the library's signature
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: ARG002 - never
    ) -> Response:
        """Send one request, once. raises requests.RequestException"""
        started, status = time.monotonic(), None
        self._last.retry_after = self._last.request_id = None
        if url.startswith(DEFAULT_BASE_URL):
            url = self._base_url + url[len(DEFAULT_BASE_URL) :]
        try:
            with self._session.request(
                method.upper(),
                url,
                params=params,  # type: ignore[arg-type]
                data=data,
                headers=headers,
                auth=auth,
                timeout=(_CONNECT_S, timeout or self._read_s),
                allow_redirects=False,
                stream=True,
            ) as answer:
                status = answer.status_code
                self._last.retry_after = retry_after_seconds(answer.headers.get("Retry-After"))
                self._last.request_id = answer.headers.get("Twilio-Request-Id")
                body = _read(answer, started + _DEADLINE_S)
                return Response(status, body.decode("utf-8", "replace"), answer.headers)
        finally:
            # neither the path (account) nor the form (recipient, text) is logged
            log.debug("twilio.call", method=method, status=status, seconds=round(time.monotonic() - started, 3))

    def close(self) -> None:
        """Close the idle connections."""
        self._session.close()


def _read(answer: requests.Response, until: float) -> bytes:
    chunks, size = [], 0
    for chunk in answer.iter_content(64 * 1024):
        size += len(chunk)
        if size > _MAX_BYTES or time.monotonic() > until:
            raise requests.exceptions.ReadTimeout("too much, or too slow")
        chunks.append(chunk)
    return b"".join(chunks)
