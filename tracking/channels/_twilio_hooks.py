"""What Twilio posts to us: signatures, status callbacks, inbound messages, and the TwiML to answer with.

Source: twilio-python `request_validator`; "Outbound message status in status callbacks", "Webhook request", 2026-11.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, urldefrag, urlencode, urlsplit, urlunsplit
from xml.sax.saxutils import escape

from tracking.channels import _keywords, _twilio_codes
from tracking.channels._base import Progress, Progressed

# the query parameter of a callback URL that brings our own id back
ID_PARAMETER = "m"
# Twilio would give up after an answer of 500: ask for three more tries unless the address says otherwise
_OVERRIDES = "rc=3&rp=5xx,ct,rt"
_PORTS = {"https": 443, "http": 80}

_PROGRESS = {
    "accepted": Progress.ACCEPTED,
    "scheduled": Progress.ACCEPTED,
    "queued": Progress.QUEUED,
    "sending": Progress.SENDING,
    "sent": Progress.SENT,
    # one part of several is confirmed: not yet what a reader would call delivered
    "partially_delivered": Progress.SENT,
    "delivered": Progress.DELIVERED,
    "read": Progress.READ,
    "failed": Progress.FAILED,
    "undelivered": Progress.UNDELIVERED,
    "canceled": Progress.CANCELED,
}


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message somebody sent to one of our numbers.

    provider_id   Twilio's id; the same for a repeated delivery
    sender, to    E.164, or a channel address ("whatsapp:+…")
    intent        what it wants
    is_answered   True: Twilio has replied by itself, a reply of ours would be a second one
    service_sid   Messaging Service it came in by; "" for none
    """

    provider_id: str
    sender: str
    to: str
    text: str
    intent: _keywords.Intent
    is_answered: bool
    service_sid: str = ""


def progress(word: str) -> Progress:
    """A status word of Twilio; UNKNOWN for one it did not document."""
    return _PROGRESS.get(word.strip().lower(), Progress.UNKNOWN)


def with_id(callback_url: str, public_id: str) -> str:
    """A callback URL that brings `public_id` back; "" stays "". The fragment asks Twilio for retries."""
    if not callback_url:
        return ""
    parts = urlsplit(callback_url)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != ID_PARAMETER]
    return urlunsplit(
        parts._replace(query=urlencode([*query, (ID_PARAMETER, public_id)]), fragment=parts.fragment or _OVERRIDES)
    )


def is_signed(
    auth_token: str,
    url: str,
    params: Mapping[str, str | Sequence[str]],
    header: str,
    body: bytes | None = None,
) -> bool:
    """Whether X-Twilio-Signature is right for a request, compared in constant time.

    url     as Twilio called it: the PUBLIC one, query included
    params  the decoded form, values or lists of values; empty for a GET or a JSON body
    body    the raw JSON body, if it is one: then its hash, which stands in the query, must match as well
    """
    url = urldefrag(url).url
    claimed = parse_qs(urlsplit(url).query).get("bodySHA256")
    body_fits = True
    if claimed and body is not None:
        params = {}
        body_fits = hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), claimed[0].encode())
    given = header.encode("utf-8", "replace")
    fits = [hmac.compare_digest(_signature(auth_token, form, params), given) for form in _with_and_without_port(url)]
    return body_fits and any(fits)


def _signature(auth_token: str, url: str, params: Mapping[str, str | Sequence[str]]) -> bytes:
    data = [url]
    for name in sorted(params):
        values = params[name]
        data += [name + value for value in sorted({values} if isinstance(values, str) else set(values))]
    digest = hmac.new(auth_token.encode(), "".join(data).encode("utf-8", "replace"), hashlib.sha1)
    return base64.b64encode(digest.digest())


def _with_and_without_port(url: str) -> tuple[str, str]:
    """Twilio is not consistent about the port; its validators try both."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    bare = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    user = parts.netloc[: len(parts.netloc) - len(host)]
    full = host if host != bare else f"{bare}:{_PORTS.get(parts.scheme, 443)}"
    return urlunsplit(parts._replace(netloc=user + bare)), urlunsplit(parts._replace(netloc=user + full))


def read_status(params: Mapping[str, str], query: Mapping[str, str]) -> Progressed:
    """A status callback: its form, and the query of the URL it came to. Unknown parameters and words are fine."""
    word = params.get("MessageStatus") or params.get("SmsStatus") or ""
    now = progress(word)
    return Progressed(
        public_id=query.get(ID_PARAMETER, ""),
        provider_id=params.get("MessageSid") or params.get("SmsSid") or "",
        progress=now,
        failure=_twilio_codes.failure(params.get("ErrorCode")) if now.is_failure else None,
    )


def read_inbound(params: Mapping[str, str]) -> Inbound:
    """An inbound message. What Twilio's own opt-out handling says is trusted before our reading of the words."""
    text = params.get("Body", "")
    told = {"STOP": _keywords.Intent.STOP, "START": _keywords.Intent.START, "HELP": _keywords.Intent.HELP}.get(
        params.get("OptOutType", "").upper()
    )
    return Inbound(
        provider_id=params.get("MessageSid") or params.get("SmsSid") or "",
        sender=params.get("From", ""),
        to=params.get("To", ""),
        text=text,
        intent=told or _keywords.intent(text),
        is_answered=told is not None or _keywords.twilio_answers(text),
        service_sid=params.get("MessagingServiceSid", ""),
    )


def twiml(*texts: str) -> str:
    """The text/xml that answers an inbound message with these texts; without any, that says nothing."""
    inner = "".join(f"<Message>{escape(_printable(text))}</Message>" for text in texts)
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f"{head}<Response>{inner}</Response>" if inner else f"{head}<Response/>"


def _printable(text: str) -> str:
    return "".join(char for char in text if char >= " " or char in "\n\t")
