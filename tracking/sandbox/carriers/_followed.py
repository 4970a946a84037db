"""What the sandbox's aggregators share: numbers are entered with them, and they speak of parcels of any carrier."""

import threading
from collections.abc import Mapping
from typing import Any

from tracking.platform.errors import NotFound
from tracking.sandbox.scans import Parcel
from tracking.sandbox.state import State


class Register:
    """Numbers that one aggregator was asked to follow, with what was said of each."""

    def __init__(self, state: State, slug: str) -> None:
        """Start with none."""
        self._state = state
        self._slug = slug
        self._entered: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def enter(self, number: str, said: Mapping[str, Any]) -> bool:
        """Follow a number. False if it was followed already; what was said of it first is kept."""
        with self._lock:
            if number in self._entered:
                return False
            self._entered[number] = dict(said)
            return True

    def said(self, number: str) -> dict[str, Any] | None:
        """What was said of a number when it was entered; None if it is not followed."""
        return self._entered.get(number)

    def parcel(self, number: str) -> Parcel | None:
        """The parcel of that number, whoever carries it."""
        try:
            return self._state.parcels.get(number)
        except NotFound:
            return None

    def carrier(self, parcel: Parcel | None) -> str:
        """Whose parcel it is; the aggregator names USPS for those that are in its own name."""
        return "usps" if parcel is None or parcel.carrier == self._slug else parcel.carrier
