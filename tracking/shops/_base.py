"""The contract of a source of orders.

A module of `shops` knows one shop system's or file's dialect and nothing of rows, requests or other shops. It gives
what was said as plain values in the shape of the API (`POST /api/v1/orders`); checking and normalising them is the same
for all and is done in `tracking.orders.reading`. Where a value came from is kept beside it, so that a fault that is
found later can be shown where a person can correct it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands in what was sent: a line of a file, counted from 1, and a column's name."""

    line: int
    column: str


@dataclass(frozen=True, slots=True)
class SaidOrder:
    """One order as a shop says it.

    key     the order's number as it was written, "" if it has none
    body    in the shape of the API
    places  path of a field ("lines.0.quantity") -> where it stands; not every path has one
    lines   the lines of a file it came from
    """

    key: str
    body: Mapping[str, Any]
    places: Mapping[str, Place] = field(default_factory=dict)
    lines: tuple[int, ...] = ()

    def place_of(self, path: str) -> Place:
        """Where a field stands, else the nearest field around it, else the order's first line."""
        parts = path.split(".")
        for size in range(len(parts), 0, -1):
            found = self.places.get(".".join(parts[:size]))
            if found is not None:
                return found
        return Place(self.lines[0] if self.lines else 0, parts[-1])


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that was not taken, and why. `line` counts from 1; `column` is "" if it is about the row as a whole."""

    line: int
    column: str
    reason: str
    code: str = "bad_input"
