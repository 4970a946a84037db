"""What Twilio checks before it takes a message over, and the accounts it checks against.

Source: Messages API description of 2026-04; test credentials' magic numbers, read 2026-11.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from tracking.sandbox._twilio_errors import ApiError

ACCOUNT_SID = "AC5a4d0b0c5a4d0b0c5a4d0b0c5a4d0b0c"
AUTH_TOKEN = "sandbox-auth-token-0123456789abcd"  # noqa: S105 - public on purpose: it opens a toy
TEST_ACCOUNT_SID = "ACfeedfeedfeedfeedfeedfeedfeedfeed"
SERVICE_SID = "MG5a4d0b0c5a4d0b0c5a4d0b0c5a4d0b0c"
POOL = ("+15005550006",)

_MAGIC_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
_MAGIC_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
_E164 = re.compile(r"^\+[1-9]\d{6,14}$")
_SENDER = re.compile(r"^(\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ._+&-]{1,11})$")


@dataclass(slots=True)
class Service:
    """A Messaging Service: its pool of senders, its webhooks, and whether it keeps opt-outs by Advanced Opt-Out."""

    pool: tuple[str, ...] = POOL
    inbound_url: str = ""
    status_callback: str = ""
    advanced_opt_out: bool = False


@dataclass(slots=True)
class Account:
    """An account. `numbers` empty: any well-formed sender is its own."""

    sid: str
    auth_token: str
    numbers: tuple[str, ...] = ()
    inbound_url: str = ""
    services: dict[str, Service] = field(default_factory=dict)
    is_test: bool = False

    def service_of(self, number: str) -> tuple[str, Service] | None:
        """The service whose pool has this number."""
        return next(((sid, service) for sid, service in self.services.items() if number in service.pool), None)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that passed the checks. `send_at` None: now; `service_sid` "" : none."""

    to: str
    sender: str
    text: str
    media: tuple[str, ...]
    service_sid: str
    callback: str
    send_at: datetime | None
    valid_for_s: int
    discard: bool
    obfuscate: bool


def read(account: Account, form: Mapping[str, Sequence[str]], now: datetime) -> Draft:
    """Check a create request. raises ApiError as Twilio refuses"""
    one = {name: values[-1] for name, values in form.items() if values}
    to = _recipient(one.get("To", ""))
    media = tuple(url for url in form.get("MediaUrl", ()) if url)
    service_sid, service = _service(account, one.get("MessagingServiceSid", ""))
    sender = _sender(account, service, one.get("From", ""), to)
    text = one.get("Body", "")
    _check_content(one, text, media)
    if to in _MAGIC_TO:
        raise ApiError(_MAGIC_TO[to], to)
    if to == sender:
        raise ApiError(21266, to)
    if _is_channel(to) != _is_channel(sender):
        raise ApiError(21612)
    return Draft(
        to=to,
        sender=sender,
        text=text,
        media=media,
        service_sid=service_sid,
        callback=one.get("StatusCallback") or (service.status_callback if service else ""),
        send_at=_send_at(one, service_sid, now),
        valid_for_s=_validity(one),
        discard=one.get("ContentRetention") == "discard",
        obfuscate=one.get("AddressRetention") == "obfuscate",
    )


def _service(account: Account, sid: str) -> tuple[str, Service | None]:
    if not sid:
        return "", None
    if account.is_test or sid not in account.services:
        raise ApiError(21701, sid)
    return sid, account.services[sid]


def _sender(account: Account, service: Service | None, given: str, to: str) -> str:
    sender = re.sub(r"[ ()-]", "", given) if given.startswith("+") else given
    if service is not None:
        if not sender:
            # the same phone always hears from the same number of the pool
            return service.pool[sum(to.encode()) % len(service.pool)]
        if sender not in service.pool:
            raise ApiError(21606, sender)
        return sender
    if not sender:
        raise ApiError(21603)
    if sender in _MAGIC_FROM:
        raise ApiError(_MAGIC_FROM[sender], sender)
    if not _SENDER.match(sender) and not _is_channel(sender):
        raise ApiError(21212, sender)
    own = POOL if account.is_test else account.numbers
    if own and sender not in own:
        raise ApiError(21606, sender)
    return sender


def _is_channel(address: str) -> bool:
    return address.startswith(("whatsapp:", "rcs:", "messenger:"))


def _recipient(given: str) -> str:
    if not given.strip():
        raise ApiError(21604)
    to = given.strip() if _is_channel(given) else re.sub(r"[ ().-]", "", given)
    if not _E164.match(to.split(":", 1)[-1]):
        raise ApiError(21211, given)
    return to


def _check_content(one: Mapping[str, str], text: str, media: Sequence[str]) -> None:
    if not text.strip() and not media and not one.get("ContentSid"):
        raise ApiError(21602)
    if len(text) > 1600:
        raise ApiError(21617)
    callback = one.get("StatusCallback", "")
    if callback:
        parts = urlsplit(callback)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "_" in parts.hostname:
            raise ApiError(21609, callback)


def _validity(one: Mapping[str, str]) -> int:
    given = one.get("ValidityPeriod", "")
    return int(given) if given.isdigit() and 1 <= int(given) <= 36_000 else 36_000


def _send_at(one: Mapping[str, str], service_sid: str, now: datetime) -> datetime | None:
    if one.get("ScheduleType") != "fixed" or not one.get("SendAt"):
        return None
    if not service_sid:
        raise ApiError(35118)
    try:
        at = datetime.fromisoformat(one["SendAt"])
    except ValueError as error:
        raise ApiError(35114) from error
    if at.tzinfo is None or not timedelta(minutes=15) <= at - now <= timedelta(days=35):
        raise ApiError(35114)
    return at
