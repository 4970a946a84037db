"""What Twilio posts: signed requests, with timeouts and retries as the URL's fragment asks; and what it reads back.

Source: twilio-python `request_validator` (signature), "Webhooks connection overrides" (fragment), TwiML for messages.
"""

import base64
import hashlib
import hmac
import threading
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag, urlsplit, urlunsplit

import requests

_MAX_ANSWER = 64 * 1024


def signature(auth_token: str, url: str, params: Mapping[str, str]) -> str:
    """X-Twilio-Signature of a form POST. The fragment is no part of it, nor the port of an https URL."""
    parts = urlsplit(urldefrag(url).url)
    if parts.scheme == "https" and parts.port is not None:
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        parts = parts._replace(netloc=host)
    data = urlunsplit(parts) + "".join(name + params[name] for name in sorted(params))
    digest = hmac.new(auth_token.encode(), data.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


@dataclass(frozen=True, slots=True)
class Policy:
    """Connection overrides of a webhook URL.

    connect_s, read_s  timeouts
    retries            further tries, 0..5
    on                 what is retried: "4xx", "5xx", "ct", "rt"
    """

    connect_s: float = 5.0
    read_s: float = 15.0
    retries: int = 1
    on: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, url: str) -> "Policy":
        """As the fragment says; what it does not say, or says wrongly, stays at the default."""
        given = {name: values[-1] for name, values in parse_qs(urldefrag(url).fragment).items()}
        on = {part for part in given.get("rp", "ct").split(",") if part in {"4xx", "5xx", "ct", "rt", "all"}}
        total = _number(given.get("tt"), 100, 15000, 15000) / 1000
        return cls(
            connect_s=min(total, _number(given.get("ct"), 100, 10000, 5000) / 1000),
            read_s=min(total, _number(given.get("rt"), 100, 15000, 15000) / 1000),
            retries=_number(given.get("rc"), 0, 5, 1),
            on=frozenset({"4xx", "5xx", "ct", "rt"} if "all" in on else on or {"ct"}),
        )


def _number(text: str | None, low: int, high: int, default: int) -> int:
    return int(text) if text and text.isdigit() and low <= int(text) <= high else default


@dataclass(frozen=True, slots=True)
class Heard:
    """What a webhook answered. `status` None: nothing, `outcome` says why; `tries` that it took."""

    outcome: str
    status: int | None = None
    content_type: str = ""
    body: str = ""
    tries: int = 1


_sessions = threading.local()


def _session() -> requests.Session:
    if not hasattr(_sessions, "kept"):
        session = requests.Session()
        session.trust_env = False
        _sessions.kept = session
    kept: requests.Session = _sessions.kept
    return kept


def post(url: str, params: Mapping[str, str], auth_token: str, *, forge: bool = False) -> Heard:
    """POST a signed form, with as many tries as the URL's fragment allows. Raises nothing the other side caused.

    forge  sign with a wrong token, as somebody else would
    """
    policy = Policy.of(url)
    headers = {
        "X-Twilio-Signature": signature("forged" if forge else auth_token, url, params),
        "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
        "User-Agent": "TwilioProxy/1.1",
        "Accept": "*/*",
    }
    heard = Heard("not tried", tries=0)
    for tried in range(1, policy.retries + 2):
        heard, reason = _once(urldefrag(url).url, params, headers, policy, tried)
        if reason not in policy.on:
            break
    return heard


def _once(
    url: str, params: Mapping[str, str], headers: Mapping[str, str], policy: Policy, tried: int
) -> tuple[Heard, str]:
    """One try, and which retry rule it falls under ("" for none)."""
    try:
        with _session().post(
            url,
            data=params,
            headers=dict(headers),
            timeout=(policy.connect_s, policy.read_s),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = response.raw.read(_MAX_ANSWER, decode_content=True)
            kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
            heard = Heard(
                f"HTTP {response.status_code}", response.status_code, kind, body.decode("utf-8", "replace"), tried
            )
            return heard, {4: "4xx", 5: "5xx"}.get(response.status_code // 100, "")
    except requests.ReadTimeout:
        return Heard("no answer in time", tries=tried), "rt"
    except (requests.RequestException, OSError, ValueError) as error:
        return Heard(f"could not be reached ({type(error).__name__})", tries=tried), "ct"


class TwimlError(ValueError):
    """Twilio's 12100: the document cannot be read."""


def replies(content_type: str, body: str) -> list[str]:
    """The texts to send back: of TwiML each Message, of text/plain the whole. raises TwimlError"""
    if content_type == "text/plain":
        return [body.strip()] if body.strip() else []
    if not body.strip():
        return []
    if content_type not in {"text/xml", "application/xml", "text/html"}:
        raise TwimlError(f"12300 invalid Content-Type: {content_type or 'none'}")
    if "<!doctype" in body.lower() or "<!entity" in body.lower():
        # the only dangers of the standard parser: entities that grow or read files
        raise TwimlError("12100 document type declarations are not read")
    try:
        root = ET.fromstring(body.encode())  # noqa: S314 - see above
    except ET.ParseError as error:
        raise TwimlError(f"12100 document parse failure: {error}") from error
    if root.tag != "Response":
        raise TwimlError(f"12100 the document starts with {root.tag}, not with Response")
    return list(_texts(root))


def _texts(root: ET.Element) -> Iterable[str]:
    for verb in root:
        if verb.tag in {"Message", "Sms"}:
            inner = verb.find("Body")
            text = "".join((verb if inner is None else inner).itertext()).strip()
            if text:
                yield text
