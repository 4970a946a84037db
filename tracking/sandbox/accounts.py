"""Who may ask: credentials, access tokens with an end, and the documented limits of an account.

Tokens live in real time. Limits count in real time too, unless the sandbox is told to count in business time, which
suits a demo whose clock runs fast, or not at all.
"""

import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from tracking.platform import clock


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `amount` calls (or numbers asked about) in `per_s` seconds.

    aligned    the window starts with the UTC hour or day, shifted by `offset_s`; otherwise with the first call in it
    tokens     whether calls for a token count as well
    """

    amount: int
    per_s: int
    unit: Literal["calls", "numbers"] = "calls"
    aligned: bool = False
    offset_s: int = 0
    tokens: bool = False


class Counting(StrEnum):
    """How limits are counted."""

    REAL = "real"
    BUSINESS = "business"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Exceeded:
    """Which rule was broken, and the seconds until its window ends."""

    rule: Rule
    retry_after: float


class Limits:
    """Counts per carrier and account."""

    def __init__(self, counting: Counting) -> None:
        """Start at zero."""
        self.counting = counting
        self._rules: dict[str, tuple[Rule, ...]] = {}
        self._windows: dict[tuple[str, str, int], tuple[float, int]] = {}
        self._lock = threading.Lock()

    def set(self, carrier: str, rules: Sequence[Rule] | None) -> None:
        """Replace a carrier's documented rules; None returns to them. Counts start anew."""
        with self._lock:
            if rules is None:
                self._rules.pop(carrier, None)
            else:
                self._rules[carrier] = tuple(rules)
            self._windows = {key: value for key, value in self._windows.items() if key[0] != carrier}

    def rules(self, carrier: str, documented: tuple[Rule, ...]) -> tuple[Rule, ...]:
        """The rules in force."""
        return self._rules.get(carrier, documented)

    def take(
        self, carrier: str, account: str, documented: tuple[Rule, ...], numbers: int, token_call: bool = False
    ) -> Exceeded | None:
        """Count one call about `numbers` parcels; the rule it breaks, or None. A refused call counts for nothing."""
        if self.counting is Counting.OFF:
            return None
        rules = self.rules(carrier, documented)
        if not rules:
            return None
        now = time.time() if self.counting is Counting.REAL else clock.now().timestamp()
        with self._lock:
            counted: list[tuple[tuple[str, str, int], float, int]] = []
            for index, rule in enumerate(rules):
                if token_call and not rule.tokens:
                    continue
                key, cost = (carrier, account, index), numbers if rule.unit == "numbers" else 1
                began, used = self._window(key, rule, now)
                if used + cost > rule.amount:
                    return Exceeded(rule, max(began + rule.per_s - now, 0.0))
                counted.append((key, began, used + cost))
            for key, began, used in counted:
                self._windows[key] = (began, used)
        return None

    def used(self, carrier: str, account: str, documented: tuple[Rule, ...], index: int = 0) -> int:
        """How much of a rule is used in its present window; counted in business time when limits are off."""
        now = time.time() if self.counting is Counting.REAL else clock.now().timestamp()
        rules = self.rules(carrier, documented)
        with self._lock:
            return self._window((carrier, account, index), rules[index], now)[1] if index < len(rules) else 0

    def _window(self, key: tuple[str, str, int], rule: Rule, now: float) -> tuple[float, int]:
        if rule.aligned:
            began = (now + rule.offset_s) // rule.per_s * rule.per_s - rule.offset_s
            kept = self._windows.get(key)
            return kept if kept is not None and kept[0] == began else (began, 0)
        kept = self._windows.get(key)
        return kept if kept is not None and kept[0] <= now < kept[0] + rule.per_s else (now, 0)


class Accounts:
    """Credentials by carrier: any of an account's sets of credentials opens it."""

    def __init__(self) -> None:
        """Start with none; each carrier module adds its demo credentials."""
        self._known: dict[str, list[dict[str, str]]] = {}
        self._lock = threading.Lock()

    def add(self, carrier: str, credentials: Mapping[str, str]) -> None:
        """Let these credentials in."""
        with self._lock:
            self._known.setdefault(carrier, []).append(dict(credentials))

    def first(self, carrier: str) -> dict[str, str]:
        """The credentials that were added first: the demo's. Empty for an unknown carrier."""
        known = self._known.get(carrier)
        return dict(known[0]) if known else {}

    def of(self, carrier: str, **given: str) -> dict[str, str] | None:
        """All credentials of the account that has these, for carriers whose calls are signed; None if none has."""
        rows = self._known.get(carrier, ())
        return next((dict(known) for known in rows if all(known.get(name) == given[name] for name in given)), None)

    def find(self, carrier: str, **given: str) -> str | None:
        """The account that these credentials open, by the first of them; None if they open none."""
        for known in self._known.get(carrier, ()):
            if all(
                secrets.compare_digest(known.get(name, "").encode(), value.encode()) for name, value in given.items()
            ):
                return next(iter(given.values()))
        return None


class Tokens:
    """Access tokens: random, bound to an account, ending in real time."""

    def __init__(self) -> None:
        """Start with none."""
        self._known: dict[str, tuple[str, str, float]] = {}
        self._lock = threading.Lock()
        self.lives_s: dict[str, float] = {}

    def issue(self, carrier: str, account: str, documented_s: float) -> tuple[str, float]:
        """A new token and its life in seconds."""
        life = self.lives_s.get(carrier, documented_s)
        token = secrets.token_urlsafe(32)
        with self._lock:
            if len(self._known) > 10_000:
                now = time.monotonic()
                self._known = {key: value for key, value in self._known.items() if value[2] > now}
            self._known[token] = (carrier, account, time.monotonic() + life)
        return token, life

    def account(self, carrier: str, token: str) -> str | None:
        """Whose token it is; None if it is unknown, another carrier's, or over."""
        known = self._known.get(token)
        if known is None or known[0] != carrier or known[2] <= time.monotonic():
            return None
        return known[1]

    def expire(self, carrier: str) -> int:
        """End all of a carrier's tokens now; how many there were."""
        with self._lock:
            ended = [key for key, value in self._known.items() if value[0] == carrier]
            for key in ended:
                del self._known[key]
        return len(ended)
