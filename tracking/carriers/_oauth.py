"""OAuth 2 client credentials, as carriers ask for them: in Basic, in a form, in JSON; and what they answer.

Source: RFC 6749, 4.4 and 5; each carrier's document says which style, and what it adds.
"""

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from tracking.carriers._base import Token
from tracking.carriers._reading import BodyError, mapping, read_json, text, walk, whole
from tracking.platform import clock
from tracking.platform.errors import BadCredentials, RateLimited, Refused, UnreadableAnswer, UpstreamDown, UpstreamError
from tracking.platform.upstream import Call, Reply

# for an answer without expires_in: short, so that a wrong guess costs one renewal and never a refused call
_LIFE_UNSTATED_S = 600
_LONGEST_LIFE_S = 30 * 86_400


def basic(user: str, password: str) -> str:
    """The value of an `Authorization: Basic` header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def client_credentials(
    path: str,
    client_id: str,
    client_secret: str,
    style: Literal["basic", "form", "json"],
    *,
    extra: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Call:
    """The call that fetches a token. `extra` are further fields (`scope`), `headers` further headers."""
    fields = {"grant_type": "client_credentials", **(extra or {})}
    if style == "basic":
        return Call("POST", path, {"Authorization": basic(client_id, client_secret), **(headers or {})}, data=fields)
    fields |= {"client_id": client_id, "client_secret": client_secret}
    if style == "json":
        return Call("POST", path, dict(headers or {}), json=fields)
    return Call("POST", path, dict(headers or {}), data=fields)


def read_token(provider: str, name: str, reply: Reply, *, unstated_s: int = _LIFE_UNSTATED_S) -> Token:
    """Read a token answer; `expires_in` in seconds may be a text, and is `unstated_s` where it is left out.

    raises  BadCredentials (400 to 403), RateLimited, UpstreamDown (5xx), Refused, UnreadableAnswer
    """
    failure = token_failure(provider, name, reply)
    if failure is not None:
        raise failure
    try:
        answer = mapping(read_json(reply.body))
    except BodyError as what:
        raise UnreadableAnswer(f"{name} sent {what} when asked for a token.", provider=provider) from what
    value = answer.get("access_token")
    if not isinstance(value, str) or not is_header_safe(value):
        raise UnreadableAnswer(f"{name} sent no usable access token.", provider=provider, status=reply.status)
    life = whole(answer.get("expires_in"))
    life = unstated_s if life is None or life < 0 else min(life, _LONGEST_LIFE_S)
    return Token(value, clock.real_now() + timedelta(seconds=life), text(answer.get("scope")))


def token_failure(provider: str, name: str, reply: Reply) -> UpstreamError | None:
    """What an HTTP status outside 2xx means for a token; None for 2xx."""
    status = reply.status
    detail = _error_code(reply)
    shown = f" ({detail})" if detail else ""
    if 200 <= status < 300:
        return None
    if status in (400, 401, 403):
        sentence = f"{name} does not accept the client id and secret{shown}."
        return BadCredentials(sentence, provider=provider, status=status, detail_code=detail)
    if status == 429:
        return RateLimited(f"{name} gives no more tokens for now.", provider=provider, retry_after=reply.retry_after)
    if status >= 500 or status == 408:
        down = UpstreamDown(f"{name} gives no tokens, HTTP {status}.", provider=provider, status=status)
        down.retry_after = reply.retry_after
        return down
    return Refused(f"{name} refused to give a token, HTTP {status}{shown}.", provider=provider, status=status)


def is_header_safe(value: str) -> bool:
    """True if a text can stand in a header: not empty, printable ASCII."""
    return 0 < len(value) <= 8192 and value.isascii() and value.isprintable()


def _error_code(reply: Reply) -> str | None:
    """The carrier's own error code: RFC 6749's `error`, or the first of a list of errors."""
    try:
        answer: Any = read_json(reply.body)
    except BodyError:
        return None
    found = (
        walk(answer, "error"),
        walk(answer, "error", "code"),
        walk(answer, "errors", 0, "code"),
        walk(answer, "response", "errors", 0, "code"),
    )
    return next((text(code, 60) for code in found if text(code, 60)), None)
