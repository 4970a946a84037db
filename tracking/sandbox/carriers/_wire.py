"""What the sandbox's carriers share: faults, credentials, limits, the log of calls. Formats they do not share.

A carrier module has a class of this kind and `blueprint(state)`. Its views say which numbers are asked about, whose
call it is, and how the answer is made; `serve` does the rest in the order a real gateway does: trouble, credentials,
limits, answer.
"""

import base64
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from flask import Response, request

from tracking.platform import clock
from tracking.sandbox.accounts import Exceeded, Rule
from tracking.sandbox.faults import Fault, FaultKind
from tracking.sandbox.server import hang_up
from tracking.sandbox.state import Call, State

JSON = "application/json"
_HTML = (
    "<!DOCTYPE html><html><head><title>Service temporarily unavailable</title></head>"
    "<body><h1>We will be back soon</h1><p>Our systems are being maintained.</p></body></html>"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it becomes HTTP."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = JSON

    def with_header(self, name: str, value: str) -> "Reply":
        """The same with that header in place of another of its name."""
        kept = tuple(pair for pair in self.headers if pair[0] != name)
        return replace(self, headers=(*kept, (name, value)))


class Denied(Exception):
    """Whoever asks may not; carries the carrier's own answer."""

    def __init__(self, reply: Reply) -> None:
        """Keep the answer."""
        super().__init__(reply.status)
        self.reply = reply


class Wire(ABC):
    """One carrier's manner of speaking.

    slug         as in the carriers' documents
    rules        its documented limits for an account
    credentials  what opens the demo account
    """

    slug: ClassVar[str]
    rules: ClassVar[tuple[Rule, ...]] = ()
    credentials: ClassVar[Mapping[str, str]]

    def __init__(self, state: State) -> None:
        """Let the demo account in."""
        self.state = state
        state.accounts.add(self.slug, self.credentials)
        state.carriers[self.slug] = self

    @abstractmethod
    def refusal(self, status: int) -> Reply:
        """The carrier's documented body for 401, 429, 500 and 503, with the headers it always sends."""

    def throttled(self, exceeded: Exceeded) -> Reply:  # noqa: ARG002 - for carriers that say more
        """The answer when a limit is reached."""
        return self.refusal(429)

    def serve(
        self,
        call: Literal["track", "token", "subscribe"],
        numbers: Sequence[str],
        authorise: Callable[[], str],
        produce: Callable[[str], Reply],
    ) -> Response:
        """Answer a call and log it.

        authorise  says which account asks; raises Denied
        produce    makes the answer for that account
        """
        began = time.perf_counter()
        fault = self.state.faults.strike(self.slug, call)
        reply = self._before(fault)
        if reply is None:
            try:
                account = authorise()
                reply = self._limited(account, len(numbers), call == "token") or produce(account)
            except Denied as denied:
                reply = denied.reply
        response = self._after(fault, reply, numbers)
        self.state.calls.add(
            Call(
                at=clock.now(),
                real_at=clock.real_now(),
                carrier=self.slug,
                kind=call,
                numbers=tuple(numbers),
                status=response.status_code,
                fault=fault.kind if fault else None,
                took_s=time.perf_counter() - began,
            )
        )
        return response

    def _limited(self, account: str, numbers: int, token_call: bool) -> Reply | None:
        broken = self.state.limits.take(self.slug, account, self.rules, numbers, token_call)
        return self.throttled(broken) if broken else None

    def _before(self, fault: Fault | None) -> Reply | None:
        if fault is None:
            return None
        match fault.kind:
            case FaultKind.LATENCY:
                self.state.stopping.wait(fault.seconds)
            case FaultKind.TIMEOUT:
                self.state.stopping.wait(fault.seconds)
                hang_up()
                return Reply(504, "")
            case FaultKind.TOO_MANY:
                return self._troubled(429, fault)
            case FaultKind.SERVER_ERROR:
                return self._troubled(500, fault)
            case FaultKind.UNAVAILABLE:
                return self._troubled(503, fault)
            case FaultKind.HTML:
                return Reply(200, _HTML, content_type="text/html; charset=utf-8")
            case FaultKind.TOKEN_EXPIRED:
                self.state.tokens.expire(self.slug)
                return self.refusal(401)
            case _:
                pass
        return None

    def _troubled(self, status: int, fault: Fault) -> Reply:
        reply = self.refusal(status)
        # an explicit wish beats the carrier's habit
        return reply if fault.retry_after is None else reply.with_header("Retry-After", str(fault.retry_after))

    def _after(self, fault: Fault | None, reply: Reply, numbers: Sequence[str]) -> Response:
        body = reply.body.encode()
        kind = fault.kind if fault else None
        if kind is FaultKind.GARBAGE:
            body = random.randbytes(max(64, min(len(body), 4096)))
        elif kind is FaultKind.HALF:
            body = body[: len(body) // 2]
        elif kind is FaultKind.CUT:
            hang_up(max(len(body) // 2, 1))
        elif kind is FaultKind.WRONG_NUMBER:
            for number in numbers:
                body = body.replace(number.encode(), another(number).encode())
        response = Response(body, reply.status, content_type=reply.content_type)
        for name, value in reply.headers:
            response.headers[name] = value
        return response


def another(number: str) -> str:
    """A number of the same shape that is not this one: its last digits turned."""
    turned = {"0": "9", "9": "0"}
    digits = [index for index, char in enumerate(number) if char.isdigit()][-3:]
    return "".join(
        turned.get(char, str(9 - int(char))) if index in digits else char for index, char in enumerate(number)
    )


def bearer(*schemes: str) -> str | None:
    """The token of the Authorization header under one of these schemes; None if there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() in {name.lower() for name in schemes} and token.strip() else None


def basic() -> tuple[str, str] | None:
    """User and password of HTTP Basic; None if there are none."""
    given = bearer("Basic")
    if given is None:
        return None
    try:
        user, colon, password = base64.b64decode(given, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (user, password) if colon else None
