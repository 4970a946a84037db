"""Trouble on demand: what may go wrong with a carrier's answers, how often, and for how long."""

import itertools
import random
import threading
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from tracking.platform.errors import BadPayload


class FaultKind(StrEnum):
    """What goes wrong."""

    # the answer comes late
    LATENCY = "latency"
    TOO_MANY = "429"
    SERVER_ERROR = "500"
    UNAVAILABLE = "503"
    # nothing comes, then the connection ends
    TIMEOUT = "timeout"
    # bytes that are no text
    GARBAGE = "garbage"
    # a web page with status 200, as proxies and maintenance pages send
    HTML = "html"
    # the first half of a right answer, delivered whole
    HALF = "half"
    # the first half of a right answer, then the connection ends
    CUT = "cut"
    # all of the carrier's tokens end before the call is looked at
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a kind of fault
    # a right answer, about another parcel
    WRONG_NUMBER = "wrong_number"


@dataclass(slots=True)
class Fault:
    """One rule of trouble.

    carrier      a slug, or "*" for all
    share        0..1 of the calls it meets
    seconds      for latency and timeout
    retry_after  for 429 and 503, seconds; None sends none where that is allowed
    count        how many more times it strikes; None for ever
    on           "track", "token" or "any" calls
    """

    id: int
    carrier: str
    kind: FaultKind
    share: float = 1.0
    seconds: float = 1.0
    retry_after: int | None = None
    count: int | None = None
    on: str = "track"

    def shown(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        """Start with none."""
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._rng = random.Random()

    def add(self, spec: dict[str, Any]) -> Fault:
        """Read a fault from a control request and put it in force. raises BadPayload, naming the field."""
        try:
            kind = FaultKind(str(spec.get("kind")))
        except ValueError as error:
            raise BadPayload(f"“kind” is one of {', '.join(FaultKind)}.", field="kind") from error
        on = str(spec.get("on") or "track")
        if on not in {"track", "token", "any"}:
            raise BadPayload("“on” is one of track, token, any.", field="on")
        share = number(spec, "share", 0.0, 1.0, 1.0)
        seconds = number(spec, "seconds", 0.0, 600.0, 30.0 if kind is FaultKind.TIMEOUT else 1.0)
        retry_after = None if spec.get("retry_after") is None else int(number(spec, "retry_after", 0, 86_400, 0))
        count = None if spec.get("count") is None else int(number(spec, "count", 1, 1e9, 1))
        fault = Fault(next(self._ids), str(spec.get("carrier") or "*"), kind, share, seconds, retry_after, count, on)
        with self._lock:
            self._faults.append(fault)
        return fault

    def strike(self, carrier: str, call: str) -> Fault | None:
        """The fault that meets this call, counted; None for a call that goes well."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.carrier not in {"*", carrier} or fault.on not in {"any", call}:
                    continue
                if fault.share < 1.0 and self._rng.random() >= fault.share:
                    continue
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self._faults.remove(fault)
                return fault
        return None

    def all(self) -> list[Fault]:
        """In the order they were added."""
        with self._lock:
            return list(self._faults)

    def clear(self, *, fault_id: int | None = None, carrier: str | None = None) -> int:
        """Remove one, a carrier's, or all; how many went."""
        with self._lock:
            before = len(self._faults)
            self._faults = [
                fault
                for fault in self._faults
                if (fault_id is not None and fault.id != fault_id) or (carrier is not None and fault.carrier != carrier)
            ]
            return before - len(self._faults)


def number(spec: dict[str, Any], name: str, least: float, most: float, default: float) -> float:
    """A number of a control request within bounds. raises BadPayload, naming the field."""
    value = spec.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise BadPayload(f"“{name}” is a number from {least:g} to {most:g}.", field=name)
    return float(value)
