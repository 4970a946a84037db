"""What an adapter adds whose carrier tells news by itself: verify, read, answer; and asking for it where needed.

See docs/pushes.md for the flow. `tests/contracts/test_push_contract.py` runs over every adapter that is a `Pushes`.
"""

import base64
import binascii
import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tracking.carriers._base import Carrier, CredentialField, Parcel
from tracking.carriers._reading import BodyError, read_json
from tracking.platform import clock
from tracking.platform.errors import BadPayload, BadSignature, UpstreamError
from tracking.platform.facts import TrackingResult
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

# a signed moment may be so far from now
REPLAY_WINDOW_S = 300.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A push as it came: the raw body, header names in lower case, the query of the address."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """News of one parcel.

    result   as from a poll: the whole history, or only what is new
    id       the carrier's own id of this piece of news, or "" if it has none: then what is told stands for it
    carrier  slug of the parcel's carrier where an aggregator speaks of it; "" if it does not say
    ask      what happened can only be read with the whole history: the carrier is asked at once
    """

    result: TrackingResult
    id: str = ""
    carrier: str = ""
    ask: bool = False

    @property
    def key(self) -> str:
        """Under which it is taken in once."""
        said = f"{self.id}|{self.result.number}" if self.id else repr(self.result)
        return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=20).hexdigest()


class Pushes(Carrier, ABC):
    """A carrier that pushes.

    subscription_size  parcels that one call subscribes; 0: pushes come without asking for each parcel
    subscription_s     seconds of real time that a subscription lasts
    push_facts         what a merchant must know or do, a sentence or two for docs/carriers.md
    """

    subscription_size: ClassVar[int] = 0
    subscription_s: ClassVar[float] = 0.0
    push_facts: ClassVar[str]

    @classmethod
    @abstractmethod
    def verify(cls, delivery: Delivery, credentials: Mapping[str, str]) -> None:
        """Did the carrier send it? raises BadSignature, also if the account holds no secret to check it with"""

    @classmethod
    @abstractmethod
    def read_push(cls, delivery: Delivery, credentials: Mapping[str, str]) -> Sequence[Told]:
        """What it tells; nothing for messages about other things. raises BadPayload

        credentials  of the account that is told
        """

    @classmethod
    def answer_push(cls, delivery: Delivery) -> Reply:  # noqa: ARG003 - some carriers want theirs repeated
        """What the carrier wants to hear when the push was taken in."""
        return Reply(200, b"")

    def wants_subscription(self) -> bool:
        """This account is set up for pushes, and each parcel must be subscribed."""
        return self.subscription_size > 0

    def can_subscribe(self, parcel: Parcel) -> bool:  # noqa: ARG002 - most carriers take all of their numbers
        """The carrier offers pushes for such a number."""
        return True

    def subscribe_call(self, parcels: Sequence[Parcel], token: str | None) -> Call:
        """The request that subscribes 1..subscription_size parcels."""
        raise NotImplementedError(f"{self.slug} has a subscription_size and no subscribe_call")  # pragma: no cover

    @classmethod
    def parse_subscription(cls, reply: Reply, numbers: Sequence[str]) -> frozenset[str]:
        """The numbers that are subscribed now; empty for anything else than the documented answer. raises nothing"""
        raise NotImplementedError(f"{cls.slug} has a subscription_size and no parse_subscription")  # pragma: no cover

    def subscribe(self, parcels: Sequence[Parcel]) -> frozenset[str]:
        """Ask for pushes of these parcels. Returns the numbers that are subscribed now; empty after any failure."""
        numbers = [parcel.number for parcel in parcels]
        try:
            token = self._token()
            reply = self._upstream.send(self.subscribe_call(parcels, token))
            if reply.status == 401 and token is not None:
                self._forget(token)
                reply = self._upstream.send(self.subscribe_call(parcels, self._token()))
        except UpstreamError:
            return frozenset()
        return self.parse_subscription(reply, numbers)


def hint(number: str, said: str) -> Told:
    """Only that something happened to a parcel: it is asked about at once. `said` tells one hint from another."""
    return Told(TrackingResult(number, Status.PENDING), id=said, ask=True)


class KeyedPushes(Pushes, ABC):
    """Pushes of a carrier that documents no signature: the address proves them, and a key in it where one is set."""

    push_key: ClassVar[CredentialField] = CredentialField(
        "push_key", "Chosen by you, stands as ?key=… in the address for pushes.", required=False
    )

    @classmethod
    def verify(cls, delivery: Delivery, credentials: Mapping[str, str]) -> None:
        """The key in the address, where the account has one. raises BadSignature"""
        if credentials.get("push_key"):
            check_shared_secret(delivery, credentials["push_key"])


def read_document(delivery: Delivery) -> Any:
    """The JSON document in a push. raises BadPayload"""
    try:
        return read_json(delivery.body)
    except BodyError as what:
        raise BadPayload(f"This is {what}.") from None


# the manners of verifying


def same(given: str, expected: str) -> bool:
    """Compared in constant time; never true if nothing is expected."""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))


def hmac_sha256(secret: bytes, message: bytes) -> bytes:
    """HMAC-SHA256."""
    return hmac.new(secret, message, hashlib.sha256).digest()


def check_fresh(seconds: str) -> None:
    """A moment that was signed, in seconds since 1970. raises BadSignature if it is not about now"""
    try:
        age = abs(clock.real_now().timestamp() - float(seconds))
    except (ValueError, OverflowError):
        raise BadSignature from None
    if not age <= REPLAY_WINDOW_S:
        raise BadSignature


def check_shared_secret(delivery: Delivery, expected: str, *, headers: Sequence[str] = ("authorization",)) -> None:
    """A secret that the carrier repeats in a header (bare, Bearer or the password of Basic) or as ?key= of the address.

    raises  BadSignature
    """
    given = [delivery.query.get("key", "")]
    for name in headers:
        value = delivery.headers.get(name, "").strip()
        given += [value, value.partition(" ")[2].strip() if value.lower().startswith("bearer ") else ""]
        if value.lower().startswith("basic "):
            given.append(_password(value[6:]))
    if not any(same(one, expected) for one in given):
        raise BadSignature


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
