"""Things that go wrong on purpose, for SMS and mail: which, how often, for whom."""

import random
import threading
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tracking.platform.errors import BadPayload


@dataclass(slots=True)
class Mishap:
    """One rule.

    service      "twilio" or "mail"
    kind         what happens; see the table of each service
    share        how many of those concerned, 0..1
    count        how many more times it strikes; None for ever
    to           only for this recipient; "" for all
    code         error code to give, where the kind has one
    seconds      real seconds to wait, where the kind waits
    retry_after  seconds to name, where the answer can
    """

    service: str
    kind: str
    share: float = 1.0
    count: int | None = None
    to: str = ""
    code: int | None = None
    seconds: float = 30.0
    retry_after: int | None = None


class Mishaps:
    """The rules in force; safe for threads. `random` is seeded, so that a run can be repeated."""

    def __init__(self, service: str, kinds: dict[str, str]) -> None:
        """`kinds`: every kind this service knows, with a sentence of what it does."""
        self.service = service
        self.kinds = kinds
        self._lock = threading.Lock()
        self._rules: list[Mishap] = []
        self._random = random.Random(7)

    def add(self, **given: Any) -> Mishap:
        """Set a rule. raises ValueError with a sentence for an unknown kind, field or figure."""
        kind = given.get("kind")
        if kind not in self.kinds:
            raise ValueError(f"no fault of {self.service} is called {kind!r}; there are: {', '.join(self.kinds)}")
        unknown = set(given) - set(Mishap.__dataclass_fields__)
        if unknown:
            raise ValueError(f"unknown field: {', '.join(sorted(unknown))}")
        rule = Mishap(service=self.service, kind=kind)
        for name, read in _FIELDS.items():
            if given.get(name) is not None:
                try:
                    setattr(rule, name, read(given[name]))
                except (TypeError, ValueError) as error:
                    raise ValueError(f"{name}: {given[name]!r} is not a value for it") from error
        if not 0 <= rule.share <= 1 or rule.seconds < 0 or (rule.count is not None and rule.count < 1):
            raise ValueError("share lies between 0 and 1, seconds from 0 on, count from 1 on")
        with self._lock:
            self._rules.append(rule)
        return rule

    def add_spec(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Set a rule as the sandbox's own interface asks for it: `carrier` names the service. raises BadPayload"""
        try:
            return asdict(self.add(**{name: value for name, value in spec.items() if name != "carrier"}))
        except (TypeError, ValueError) as error:
            raise BadPayload(str(error)) from error

    def take(self, kinds: Collection[str], to: str = "") -> Mishap | None:
        """The first rule of these kinds that strikes for this recipient now, counted as used; None if none does."""
        with self._lock:
            for rule in self._rules:
                if rule.kind not in kinds or (rule.to and rule.to != to):
                    continue
                if rule.share < 1 and self._random.random() >= rule.share:
                    continue
                if rule.count is not None:
                    rule.count -= 1
                    if rule.count <= 0:
                        self._rules.remove(rule)
                return rule
        return None

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._rules.clear()

    def dump(self) -> list[dict[str, Any]]:
        """The rules in force, as JSON."""
        with self._lock:
            return [asdict(rule) for rule in self._rules]


_FIELDS: dict[str, Any] = {
    "share": float,
    "count": int,
    "to": str,
    "code": int,
    "seconds": float,
    "retry_after": int,
}
