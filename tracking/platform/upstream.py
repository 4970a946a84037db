"""HTTP out: one pooled `requests` session per carrier host, with deadlines, a size limit and redacted logs.

Every foreign exception is translated once, here, into `platform.errors`. Not for: deciding what an HTTP status means;
that is in each carrier's or shop's document.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import structlog
import urllib3
from requests.adapters import HTTPAdapter

from tracking.platform import clock
from tracking.platform.errors import UnreadableAnswer, UpstreamDown, UpstreamError, UpstreamTimeout

log = structlog.get_logger(__name__)

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 15.0
DEADLINE_S = 25.0
MAX_BYTES = 5 * 1024 * 1024
_CHUNK = 64 * 1024

# Most specific first; `test_every_exception_of_requests_is_mapped` walks `requests.exceptions`.
_MAPPED: tuple[tuple[type[Exception], type[UpstreamError], str], ...] = (
    (requests.exceptions.ConnectTimeout, UpstreamDown, "could not be reached in time"),
    (requests.exceptions.Timeout, UpstreamTimeout, "did not answer in time"),
    (requests.exceptions.SSLError, UpstreamDown, "showed a certificate that cannot be trusted"),
    (requests.exceptions.ConnectionError, UpstreamDown, "could not be reached, or hung up"),
    (requests.exceptions.ChunkedEncodingError, UpstreamDown, "broke off in the middle of its answer"),
    (requests.exceptions.ContentDecodingError, UnreadableAnswer, "sent a body that cannot be unpacked"),
    (requests.exceptions.TooManyRedirects, UnreadableAnswer, "redirects in a circle"),
    (requests.exceptions.RequestException, UpstreamDown, "could not be asked"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to send. `path` is joined to the base URL; `timeout_s` is the longest wait for the next byte."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    data: Mapping[str, str] | bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, read whole. Header names are lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def retry_after(self) -> float | None:
        """Seconds from now that Retry-After asks for; None if absent or unreadable. Source: RFC 9110, 10.2.3."""
        return retry_after_seconds(self.headers.get("retry-after"))


def retry_after_seconds(value: str | None) -> float | None:
    """Read Retry-After: seconds, or an HTTP date. None if absent or unreadable; never negative; a day at most."""
    if not value:
        return None
    text = value.strip()
    try:
        seconds = float(text) if text.isdigit() else (parsedate_to_datetime(text) - clock.real_now()).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0.0), 86_400.0)


class Upstream:
    """One host. Safe for threads: they share the connection pool."""

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        connections: int = 64,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        deadline_s: float = DEADLINE_S,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """`provider` is a slug for errors and logs; times in seconds of real time."""
        self.provider = provider
        self.base_url = base_url.rstrip("/")
        self._timeout = (connect_timeout_s, read_timeout_s)
        self._deadline_s = deadline_s
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._session: requests.Session | None = None
        self._connections = connections

    def send(self, call: Call) -> Reply:
        """Send a call and read the answer whole, whatever its HTTP status.

        raises  UpstreamTimeout (connected, but too slow: what it did is unknown), UpstreamDown, UnreadableAnswer
        """
        started = time.monotonic()
        status: int | None = None
        try:
            with self._open().request(
                call.method,
                self.base_url + call.path,
                headers={"Accept": "application/json", **call.headers},
                params=call.params or None,
                json=call.json,
                data=call.data,
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
            ) as response:
                status = response.status_code
                body = self._read(response, started + self._deadline_s)
                return Reply(status, body, {k.lower(): v for k, v in response.headers.items()})
        except UpstreamError as error:
            error.status = status
            raise
        except requests.RequestException as error:
            kind, sentence = next((kind, text) for foreign, kind, text in _MAPPED if isinstance(error, foreign))
            raise kind(f"{self.provider} {sentence}.", provider=self.provider, status=status) from error
        finally:
            # the path holds tracking numbers, the query keys: only the host and the outcome are logged
            log.debug(
                "upstream.call",
                provider=self.provider,
                host=urlsplit(self.base_url).hostname,
                status=status,
                seconds=round(time.monotonic() - started, 3),
            )

    def _read(self, response: requests.Response, until: float) -> bytes:
        """Read what came so far, piece by piece: a slow drip must not outlive the deadline."""
        chunks, size = [], 0
        try:
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                size += len(chunk)
                if size > self._max_bytes:
                    sentence = f"{self.provider} sent more than {self._max_bytes} bytes."
                    raise UnreadableAnswer(sentence, provider=self.provider)
                if time.monotonic() > until:
                    raise UpstreamTimeout(f"{self.provider} answered too slowly.", provider=self.provider)
                chunks.append(chunk)
        except urllib3.exceptions.ReadTimeoutError as error:
            raise UpstreamTimeout(f"{self.provider} answered too slowly.", provider=self.provider) from error
        except urllib3.exceptions.DecodeError as error:
            sentence = f"{self.provider} sent a body that cannot be unpacked."
            raise UnreadableAnswer(sentence, provider=self.provider) from error
        except urllib3.exceptions.HTTPError as error:
            sentence = f"{self.provider} broke off in the middle of its answer."
            raise UpstreamDown(sentence, provider=self.provider) from error
        return b"".join(chunks)

    def _open(self) -> requests.Session:
        with self._lock:
            if self._session is None:
                session = requests.Session()
                session.trust_env = False
                session.headers["User-Agent"] = "Waypost"
                adapter = HTTPAdapter(pool_connections=2, pool_maxsize=self._connections, pool_block=True)
                session.mount("https://", adapter)
                session.mount("http://", adapter)
                self._session = session
            return self._session
