"""The contract of a carrier adapter.

An adapter is a class `Adapter(Carrier)` in `carriers/<slug>.py`. It says how to ask (`call`), and what an answer means
(`parse`, pure: no network, no clock, no database). It knows no Flask, no row, no template. `track` is the same for all:
authorise, ask within the deadline, translate every failure; it returns what it has and never raises for anything the
carrier did.

`tests/contracts/test_carrier_contract.py` runs over every adapter that exists.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from types import MappingProxyType
from typing import ClassVar, Literal, Protocol, cast

from tracking.platform import clock, registry
from tracking.platform.errors import BadCredentials, UnknownCarrier, UpstreamError
from tracking.platform.facts import Answer, ResultCode, TrackingError
from tracking.platform.upstream import Call, Reply, Upstream


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One thing an account needs. `name` is also the end of the setting: WAYPOST_<CARRIER>_<NAME>."""

    name: str
    help: str
    secret: bool = True
    required: bool = True


@dataclass(frozen=True, slots=True)
class Limit:
    """What a carrier allows an account by default; an account may be given other figures.

    unit       what is counted: calls, or numbers asked about
    amount     how many within `per_s` seconds
    aligned    True: the window starts at 00:00 UTC (or the full hour); False: it slides
    source     the document the figure comes from, or "assumed"
    """

    unit: Literal["calls", "numbers"]
    amount: int
    per_s: int
    aligned: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What an adapter may need to ask about one parcel.

    number   normalised: upper case, no blanks
    extra    free facts of the shipment (destination postcode, service, country …) by name
    """

    number: str
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """A carrier account as an adapter sees it: credentials in the clear, and where the API is."""

    key: str
    credentials: Mapping[str, str]
    base_url: str | None = None
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, when (real time) it ends, and what it is good for as the carrier words it."""

    value: str
    expires_at: datetime
    scope: str = ""


class Tokens(Protocol):
    """Where access tokens are kept between calls, by account key."""

    def get(self, key: str) -> Token | None:
        """The token kept for `key`, or None."""

    def put(self, key: str, token: Token | None) -> None:
        """Keep a token; None forgets it."""


class MemoryTokens:
    """Tokens of one process."""

    def __init__(self) -> None:
        """Start with none."""
        self._kept: dict[str, Token] = {}

    def get(self, key: str) -> Token | None:
        """The token kept for `key`, or None."""
        return self._kept.get(key)

    def put(self, key: str, token: Token | None) -> None:
        """Keep a token; None forgets it."""
        if token is None:
            self._kept.pop(key, None)
        else:
            self._kept[key] = token


class Carrier(ABC):
    """A carrier's API.

    slug, name      as in URLs and settings; as a shopper reads it
    base_url        production; an account may name another. "" if it is asked through a library that knows where
    credentials     what an account needs
    batch_size      numbers a call, as documented
    limits          default budget of an account
    home_zone       IANA zone for local times without a place, None if the carrier has none
    weak            facts that no solid source backs, each a sentence; they can be set per account
    aggregates      it is no carrier itself but speaks of other carriers' parcels: `Parcel.extra["carrier"]` names whose
    """

    slug: ClassVar[str]
    name: ClassVar[str]
    base_url: ClassVar[str]
    credentials: ClassVar[tuple[CredentialField, ...]]
    batch_size: ClassVar[int] = 1
    limits: ClassVar[tuple[Limit, ...]] = ()
    home_zone: ClassVar[str | None] = None
    # the shortest time between two questions about one parcel, where the carrier states one
    min_interval_s: ClassVar[float] = 0.0
    weak: ClassVar[tuple[str, ...]] = ()
    aggregates: ClassVar[bool] = False
    # seconds before its end at which a token is renewed
    token_margin_s: ClassVar[float] = 120.0

    def __init__(self, account: Account, *, tokens: Tokens | None = None, upstream: Upstream | None = None) -> None:
        """`tokens` outlive this object if given; `upstream` replaces the connection pool."""
        self.account = account
        self._tokens: Tokens = tokens or MemoryTokens()
        self._upstream = upstream or Upstream(self.slug, account.base_url or self.base_url)
        login = None if upstream else self.token_host()
        self._login = Upstream(self.slug, login) if login else self._upstream
        self._renewing = threading.Lock()

    # what an adapter says

    @abstractmethod
    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:
        """The request that asks about 1..batch_size parcels. `token` is None for carriers without tokens."""

    @classmethod
    @abstractmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """What an answer means.

        reply    any HTTP status, any body: half-broken, HTML, empty
        numbers  those asked about, normalised; may be empty when only a file is read
        returns  a result or an error for each number; the good half of a half-broken answer is kept
        raises   nothing
        """

    @classmethod
    @abstractmethod
    def public_url(cls, number: str, locale: str) -> str:
        """The carrier's own page for a number."""

    def token_call(self) -> Call | None:
        """The request that fetches a token; None for carriers without tokens."""
        return None

    def token_host(self) -> str | None:
        """The address that tokens are fetched from, if it is another one than the account's; None for the same."""
        return None

    @classmethod
    def parse_token(cls, reply: Reply) -> Token:
        """Read the answer to `token_call`. raises BadCredentials, RateLimited, UpstreamDown, UnreadableAnswer."""
        raise NotImplementedError(f"{cls.slug} has a token_call and no parse_token")  # pragma: no cover

    @classmethod
    def refuses_token(cls, reply: Reply) -> bool:
        """Whether an answer says that the token is not valid any more; a new one is fetched, and asked once again."""
        return reply.status == 401

    def understand(self, reply: Reply, numbers: Sequence[str]) -> Answer:
        """As `parse`, with what the account's settings say about it: a country, a zone. raises nothing"""
        return self.parse(reply, numbers)

    # the same for all

    def track(self, parcels: Sequence[Parcel]) -> Answer:
        """Ask where 1..batch_size parcels are. Every failure comes back as errors in the answer; none is raised."""
        numbers = [parcel.number for parcel in parcels]
        try:
            token = self._token()
            reply = self._upstream.send(self.call(parcels, token))
            if token is not None and self.refuses_token(reply):
                self._forget(token)
                reply = self._upstream.send(self.call(parcels, self._token()))
        except UpstreamError as error:
            return failed(numbers, error)
        answer = self.understand(reply, numbers)
        if any(error.code is ResultCode.UNREADABLE for error in answer.errors):
            return replace(answer, raw=reply.body, http_status=reply.status)
        return answer

    def check(self) -> None:
        """Try the credentials as far as that costs no tracking call. raises UpstreamError; nothing for static keys."""
        self._tokens.put(self.account.key, None)
        self._token()

    def credential(self, name: str) -> str:
        """A required credential, fit to stand in a header. raises BadCredentials if it is missing or cannot be one."""
        value = self.account.credentials.get(name, "").strip()
        if not value or not value.isascii() or not value.isprintable():
            what = "lacks" if not value else "has an unusable"
            raise BadCredentials(f"The {self.name} account {what} “{name}”.", provider=self.slug)
        return value

    def option(self, name: str) -> str | None:
        """A credential that need not be there; None if it is missing or could not stand in a header."""
        value = self.account.credentials.get(name, "").strip()
        return value if value and value.isascii() and value.isprintable() else None

    def _forget(self, token: str) -> None:
        """Forget a token that was refused, unless another thread has renewed it since."""
        with self._renewing:
            kept = self._tokens.get(self.account.key)
            if kept is not None and kept.value == token:
                self._tokens.put(self.account.key, None)

    def _token(self) -> str | None:
        call = self.token_call()
        if call is None:
            return None
        with self._renewing:
            kept = self._tokens.get(self.account.key)
            now = clock.real_now()
            if kept is None or (kept.expires_at - now).total_seconds() < self.token_margin_s:
                kept = self.parse_token(self._login.send(call))
                self._tokens.put(self.account.key, kept)
            return kept.value


def failed(numbers: Sequence[str], error: UpstreamError) -> Answer:
    """The answer when a whole call failed: one error for each number, or one without a number if there are none."""
    code = ResultCode(error.code)
    about: Sequence[str | None] = list(numbers) or [None]
    return Answer(
        errors=tuple(TrackingError(which, code, error.message, error.retryable, error.retry_after) for which in about)
    )


# adapters that an optional extra brings -> the package it installs
EXTRAS: Mapping[str, str] = MappingProxyType({"karrio": "karrio"})


def all_slugs() -> list[str]:
    """Slugs of all carriers there is an adapter for, sorted; those of an extra only where it is installed."""
    return [slug for slug in registry.modules("tracking.carriers") if slug not in EXTRAS or _is_there(EXTRAS[slug])]


@cache
def _is_there(package: str) -> bool:
    return find_spec(package) is not None


@cache
def aggregators() -> tuple[str, ...]:
    """Slugs of those that speak of other carriers' parcels, sorted."""
    return tuple(slug for slug in all_slugs() if get_carrier(slug).aggregates)


def get_carrier(slug: str) -> type[Carrier]:
    """The adapter class of a slug, that of an extra even where it is not installed. raises UnknownCarrier"""
    found = registry.find("tracking.carriers", slug, "Adapter")
    if found is None:
        raise UnknownCarrier(f"No carrier is called “{slug[:40]}”. Known: {', '.join(all_slugs())}.")
    return cast("type[Carrier]", found)
