"""SMS through Twilio's Messages API, with the official client.

Twilio has no idempotency key: a message whose fate is unknown is looked up (`find_sent`), never sent again blindly.
Source: Messages API description of 2026-04 (twilio-oai); guides on errors, retries and status callbacks, read 2026-11.
"""

import re
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, ClassVar, Self, TypeVar

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException

from tracking.channels import _twilio_codes, _twilio_hooks
from tracking.channels._base import (
    About,
    Channel,
    ChannelRefused,
    Outgoing,
    Progressed,
    Receipt,
    Sender,
    Setting,
    masked,
)
from tracking.channels._gsm import downgraded, segments
from tracking.channels._twilio_hooks import Inbound
from tracking.channels._twilio_http import DEFAULT_BASE_URL, TwilioHttp, never_left
from tracking.platform.errors import (
    BadCredentials,
    BadRecipient,
    ConfigError,
    RateLimited,
    UnreadableAnswer,
    UpstreamDown,
    UpstreamError,
    UpstreamTimeout,
)

_T = TypeVar("_T")
_PROVIDER = "twilio"
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_QUEUE_FULL_RETRY_S = 3600.0
# how many of a recipient's messages are looked through, and how far two clocks may be apart
_LOOK_AT = 200
_SKEW = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """An account. `sender`: a number, a name, or "MG…" of a Messaging Service; None: every message names its own."""

    account_sid: str
    auth_token: str
    sender: Sender | None = None
    base_url: str = DEFAULT_BASE_URL


class Adapter(Channel):
    """SMS. Safe for threads."""

    slug: ClassVar[str] = "sms"
    repeat_is_safe: ClassVar[bool] = False
    max_length: ClassVar[int | None] = 1600
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("TWILIO_ACCOUNT_SID", "Account SID, AC and 32 hexadecimal digits."),
        Setting("TWILIO_AUTH_TOKEN", "The account's primary auth token; it also signs what Twilio posts.", secret=True),
        Setting("TWILIO_MESSAGING_SERVICE_SID", "Messaging Service that chooses the sender.", required=False),
        Setting("TWILIO_FROM", "Number or name to send from, if there is no Messaging Service.", required=False),
        Setting("TWILIO_API_BASE_URL", "Where the API is, if not at Twilio: the sandbox.", required=False),
    )

    def __init__(self, account: TwilioAccount, *, read_timeout_s: float = 15.0) -> None:
        """`read_timeout_s` of real time: after it, a message's fate is unknown."""
        self.account = account
        self._http = TwilioHttp(account.base_url, read_s=read_timeout_s)
        self._lock = threading.Lock()
        self._opened: Any = None

    @classmethod
    def from_settings(cls, values: Mapping[str, str]) -> Self:
        """As `Channel`. A Messaging Service goes before a number; without both, each message names its sender."""
        sid, token = values.get("TWILIO_ACCOUNT_SID", ""), values.get("TWILIO_AUTH_TOKEN", "")
        service, number = values.get("TWILIO_MESSAGING_SERVICE_SID", ""), values.get("TWILIO_FROM", "")
        base_url = values.get("TWILIO_API_BASE_URL", "") or DEFAULT_BASE_URL
        faults = []
        if not _ACCOUNT.fullmatch(sid):
            faults.append("TWILIO_ACCOUNT_SID is AC and 32 hexadecimal digits.")
        if not token:
            faults.append("TWILIO_AUTH_TOKEN is missing.")
        if service and not _SERVICE.fullmatch(service):
            faults.append("TWILIO_MESSAGING_SERVICE_SID is MG and 32 hexadecimal digits.")
        if not base_url.startswith(("https://", "http://")):
            faults.append("TWILIO_API_BASE_URL is an address that starts with https:// or http://.")
        if faults:
            raise ConfigError(faults)
        sender = service or number
        return cls(TwilioAccount(sid, token, Sender(sender) if sender else None, base_url))

    def send(self, outgoing: Outgoing) -> Receipt:
        """As `Channel`. The text goes out in the small alphabet where look-alikes allow it."""
        to, text = _number(outgoing.to), wire_text(outgoing.text)
        if not text or len(text) > 1600:
            failure = _twilio_codes.failure("21617" if text else "21602")
            raise ChannelRefused(failure.meaning, provider=_PROVIDER, about=About.CONTENT, detail_code=failure.code)
        given: dict[str, Any] = {"to": to, "body": text, **self._sender(outgoing.sender)}
        callback = _twilio_hooks.with_id(outgoing.callback_url, outgoing.public_id)
        if callback:
            given["status_callback"] = callback
        if outgoing.valid_for_s is not None:
            given["validity_period"] = min(max(outgoing.valid_for_s, 1), 36_000)
        return self._asked(lambda client: _receipt(client.messages.create(**given), text), creating=True)

    def find_sent(self, outgoing: Outgoing, since: datetime, taken: Collection[str] = ()) -> Receipt | None:
        """As `Channel`: the newest message to that recipient with exactly this text, created since `since`.

        There is no filter on text, status or creation; DateSent would hide what still waits.
        """
        to, text = _number(outgoing.to), wire_text(outgoing.text)
        earliest = since.astimezone(UTC) - _SKEW

        def look(client: Any) -> Receipt | None:
            for found in islice(client.messages.stream(to=to, page_size=100), _LOOK_AT):
                if found.date_created is not None and found.date_created.astimezone(UTC) < earliest:
                    return None
                outbound = str(found.direction or "").startswith("outbound")
                if outbound and found.body == text and found.sid not in taken:
                    return _receipt(found, text)
            return None

        return self._asked(look, creating=False)

    def fetch(self, provider_id: str) -> Progressed | None:
        """How far a message is, asked instead of told; None if Twilio does not know it. raises UpstreamError"""

        def ask(client: Any) -> Progressed:
            found = client.messages(provider_id).fetch()
            now = _twilio_hooks.progress(str(found.status or ""))
            failure = _twilio_codes.failure(found.error_code) if now.is_failure else None
            return Progressed("", str(found.sid), now, failure)

        try:
            return self._asked(ask, creating=False)
        except ChannelRefused as error:
            if error.status == 404:
                return None
            raise

    def check(self) -> None:
        """As `Channel`: reads the account."""
        self._asked(lambda client: client.api.accounts(self.account.account_sid).fetch(), creating=False)

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    def is_signed(
        self, url: str, params: Mapping[str, str | Sequence[str]], header: str, body: bytes | None = None
    ) -> bool:
        """Whether Twilio signed this request with our token; see `_twilio_hooks.is_signed`."""
        return _twilio_hooks.is_signed(self.account.auth_token, url, params, header, body)

    @staticmethod
    def read_status(params: Mapping[str, str], query: Mapping[str, str]) -> Progressed:
        """Read a status callback; `query` is that of its URL."""
        return _twilio_hooks.read_status(params, query)

    @staticmethod
    def read_inbound(params: Mapping[str, str]) -> Inbound:
        """Read an inbound message."""
        return _twilio_hooks.read_inbound(params)

    @staticmethod
    def twiml(*texts: str) -> str:
        """The answer to an inbound message; without texts, one that says nothing."""
        return _twilio_hooks.twiml(*texts)

    def _sender(self, own: Sender | None) -> dict[str, str]:
        sender = own or self.account.sender
        if sender is None or not sender.address:
            failure = _twilio_codes.failure("21603")
            raise ChannelRefused(failure.meaning, provider=_PROVIDER, about=About.CONFIG, detail_code=failure.code)
        return {"messaging_service_sid" if _SERVICE.fullmatch(sender.address) else "from_": sender.address}

    def _client(self) -> Any:
        with self._lock:
            if self._opened is None:
                # a second of imports that only a process that sends should pay
                from twilio.rest import Client  # noqa: PLC0415

                client = Client(self.account.account_sid, self.account.auth_token, http_client=self._http)
                client.api.base_url = self.account.base_url.rstrip("/")
                self._opened = client
            return self._opened

    def _asked(self, ask: Callable[[Any], _T], *, creating: bool) -> _T:
        """Ask, and translate every failure once. `creating`: what cannot be known must be called uncertain."""
        try:
            return ask(self._client())
        except TwilioException as error:
            raise self._translated(error, creating=creating) from error
        except requests.RequestException as error:
            raise _unreached(error, creating=creating) from error
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            # the client reads answers without looking: half of one, HTML and lists end here
            raise _unread(creating=creating) from error

    def _translated(self, error: TwilioException, *, creating: bool) -> UpstreamError:
        status, code = _status_and_code(error)
        request_id = self._http.request_id
        if status in {401, 403} or code == "20003":
            return BadCredentials(
                "Twilio does not accept our credentials.",
                provider=_PROVIDER,
                status=status,
                request_id=request_id,
                detail_code=code,
            )
        if status == 429 or code in {"20429", "21611"}:
            return RateLimited(
                _twilio_codes.failure(code).meaning,
                provider=_PROVIDER,
                retry_after=_QUEUE_FULL_RETRY_S if code == "21611" else self._http.retry_after,
                status=status,
                request_id=request_id,
                detail_code=code,
            )
        if 400 <= status < 500:
            failure = _twilio_codes.failure(code)
            return ChannelRefused(
                failure.meaning,
                provider=_PROVIDER,
                about=failure.about,
                again=failure.again,
                status=status,
                request_id=request_id,
                detail_code=code,
            )
        kind = UpstreamTimeout if creating else UpstreamDown
        return kind(
            "Twilio is out of order.", provider=_PROVIDER, status=status, request_id=request_id, detail_code=code
        )


def wire_text(text: str) -> str:
    """A text as it goes over the wire, and as Twilio lists it."""
    return downgraded(text.strip())


def _number(to: str) -> str:
    if not _E164.fullmatch(to):
        raise BadRecipient(f"{masked(to)} is not a phone number in international form.", field="to")
    return to


def _receipt(found: Any, text: str) -> Receipt:
    sid = found.sid
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        raise ValueError("an answer without a message id")
    return Receipt(
        sid, _twilio_hooks.progress(str(found.status or "")), segments(text).segments, str(found.from_ or "")
    )


def _status_and_code(error: TwilioException) -> tuple[int, str]:
    """HTTP status (0 if there was none) and Twilio's code ("" if none)."""
    if isinstance(error, (TwilioRestException, TwilioServiceException)):
        return error.status, "" if error.code in {None, error.status} else str(error.code)
    # lists fail with the answer itself as an argument
    answer = next((part for part in error.args if hasattr(part, "status_code")), None)
    if answer is None:
        return 0, ""
    found = re.search(r'"code"\s*:\s*(\d{5})\b', answer.text or "")
    return answer.status_code, found.group(1) if found else ""


def _unreached(error: requests.RequestException, *, creating: bool) -> UpstreamError:
    if never_left(error) or not creating:
        return UpstreamDown("Twilio could not be reached.", provider=_PROVIDER)
    return UpstreamTimeout("Twilio did not say what became of the message.", provider=_PROVIDER)


def _unread(*, creating: bool) -> UpstreamError:
    if creating:
        return UpstreamTimeout("Twilio's answer cannot be read; it may have sent the message.", provider=_PROVIDER)
    return UnreadableAnswer("Twilio's answer is not what it documents.", provider=_PROVIDER)
