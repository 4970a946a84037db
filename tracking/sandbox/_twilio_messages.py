"""Messages as Twilio keeps them: who sends, when each status is reached, what the API shows of it.

A message's life is planned when it is created (`steps`, in business time); its status is the last step that has been
reached. Source: Messages API description of 2026-04; send rates: "Rate limits and message queues".
"""

import random
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, NamedTuple

from tracking.sandbox import _gsm
from tracking.sandbox._twilio_errors import ENDINGS

API_VERSION = "2010-04-01"
QUEUE_LIMIT = timedelta(hours=10)
_PRICE_OF_SEGMENT = 0.0079
_TOLL_FREE = re.compile(r"^\+18(00|33|44|55|66|77|88)")
_COMPLETE = {"sent", "delivered", "undelivered", "failed", "received", "canceled", "read"}


class Step(NamedTuple):
    """A status and the business instant at which it is reached."""

    at: datetime
    status: str
    code: int | None = None


@dataclass(slots=True)
class Message:
    """An SMS, in or out.

    text      what the phone shows
    body      what the API shows: redaction and discarding change this one only
    callback  where each status is reported, fragment included; "" for nowhere
    notes     what happened to its webhooks, for the reader of the sandbox's page
    """

    sid: str
    account_sid: str
    direction: str
    to: str
    sender: str
    text: str
    body: str
    created_at: datetime
    steps: list[Step]
    service_sid: str | None = None
    media: int = 0
    callback: str = ""
    discard: bool = False
    obfuscate: bool = False
    deleted: bool = False
    unlisted: bool = False
    opt_out_type: str = ""
    notes: list[str] = field(default_factory=list)

    def step(self, now: datetime) -> Step:
        """Where it stands."""
        reached = [step for step in self.steps if step.at <= now]
        return reached[-1] if reached else self.steps[0]

    @property
    def segments(self) -> int:
        """Parts on the air."""
        return max(1, _gsm.count(self.text)[1])

    def is_complete(self, now: datetime) -> bool:
        """True once Twilio lets it be redacted or deleted."""
        return self.step(now).status in _COMPLETE

    def resource(self, now: datetime) -> dict[str, Any]:
        """The JSON of the API."""
        step = self.step(now)
        chosen = step.status not in {"accepted", "scheduled"}
        sent = next((s.at for s in self.steps if s.status in {"sent", "received"} and s.at <= now), None)
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": "" if self.discard and sent else self.body,
            "date_created": _rfc2822(self.created_at),
            "date_sent": _rfc2822(sent) if sent else None,
            "date_updated": _rfc2822(max(self.created_at, min(step.at, now))),
            "direction": self.direction,
            "error_code": step.code,
            "error_message": ENDINGS[step.code][1] if step.code in ENDINGS else None,
            "from": self.sender if chosen else None,
            "messaging_service_sid": self.service_sid,
            "num_media": str(self.media),
            "num_segments": str(self.segments) if chosen else "0",
            "price": f"-{self.segments * _PRICE_OF_SEGMENT:.5f}" if sent else None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": step.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": _obfuscated(self.to) if self.obfuscate else self.to,
            "uri": f"{uri}.json",
        }


def segments_a_second(sender: str) -> float:
    """What a sender may put on the air, in segments a second."""
    if _TOLL_FREE.match(sender):
        return 3.0
    if sender.startswith("+1"):
        return 1.0
    return 100.0 if re.fullmatch(r"\d{3,8}", sender) else 10.0


class Lanes:
    """When each sender is free again."""

    def __init__(self) -> None:
        """All are free."""
        self._free_at: dict[str, datetime] = {}
        self._asked_at: dict[str, datetime] = {}

    def wait(self, sender: str, now: datetime) -> timedelta:
        """How long a message would stand in this sender's queue; a clock that was set back empties it."""
        if now < self._asked_at.get(sender, now):
            self._free_at.pop(sender, None)
        self._asked_at[sender] = now
        return max(self._free_at.get(sender, now) - now, timedelta(0))

    def take(self, sender: str, now: datetime, segments: int) -> datetime:
        """Queue so many segments; when the sender gets to them."""
        start = now + self.wait(sender, now)
        self._free_at[sender] = start + timedelta(seconds=segments / segments_a_second(sender))
        return start


def plan(
    *,
    first: str,
    created_at: datetime,
    start: datetime,
    ending: int | None,
    sid: str,
    valid_for_s: int = 36_000,
    silent: bool = False,
) -> list[Step]:
    """The life of an outbound message.

    first    status of the answer: queued, accepted or scheduled
    start    when its sender gets to it
    ending   error code it ends with, None for a delivery
    silent   True: the network never confirms, "sent" is the last word
    """
    dice = random.Random(sid)

    def after(at: datetime, low: float, high: float) -> datetime:
        return at + timedelta(seconds=dice.uniform(low, high))

    steps = [Step(created_at, first)]
    queued = created_at
    if first != "queued":
        queued = after(start if first == "scheduled" else created_at, 0.1, 0.4)
        steps.append(Step(queued, "queued"))
    if start - created_at > timedelta(seconds=valid_for_s) and first != "scheduled":
        return [*steps, Step(created_at + timedelta(seconds=valid_for_s), "failed", 30036)]
    sending = after(max(start, queued), 0.2, 0.6)
    if ending is not None and ENDINGS.get(ending, (False, ""))[0]:
        return [*steps, Step(sending, "failed", ending)]
    sent = after(sending, 0.3, 0.9)
    steps += [Step(sending, "sending"), Step(sent, "sent")]
    if silent:
        return steps
    done = after(sent, 1.0, 5.0)
    return [*steps, Step(done, "delivered") if ending is None else Step(done, "undelivered", ending)]


def _rfc2822(at: datetime) -> str:
    return format_datetime(at.replace(microsecond=0))


def _obfuscated(number: str) -> str:
    return number[:-4] + "XXXX"
