"""When a message may go out: the recipient's local time, the store's quiet hours, and the rules of the place for texts.

The rules are rows of `quiet_hours.csv`: hours by country and, in the United States, by state. They were made for
advertising; news of an order is outside them nearly everywhere. We keep ordinary news to them all the same, and let
urgent news go out where the row says so. A merchant changes a row in the store's policies:

    {"quiet_hours": {"US-FL": {"urgent": "any"}, "FR": {"sunday": "8-20"}}}

Source: 47 CFR 64.1200 and the vendors' compliance pages listed in docs/notifications.md, read 2026-11.
Not legal advice.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import holidays

from tracking.models import Channel, Store

TABLE: Final = Path(__file__).with_suffix(".csv")
# nothing is held for longer: no rule closes two weeks
_HORIZON_DAYS: Final = 15
_DAY: Final = (0, 24)

# whole hours of a local day during which the door is open
Hours = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: open hours by kind of day, None where closed; `urgent` None: urgent news goes out at any hour."""

    weekdays: Hours | None = _DAY
    saturday: Hours | None = _DAY
    sunday: Hours | None = _DAY
    holidays_open: bool = True
    urgent: Hours | None = None
    country: str = ""

    def hours_on(self, on: date) -> Hours | None:
        """When ordinary news may go out on that local day."""
        if not self.holidays_open and on in _holidays(self.country, on.year):
            return None
        return (self.sunday if on.weekday() == 6 else self.saturday) if on.weekday() >= 5 else self.weekdays


NO_RULE: Final = Rule()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the recipient is: IANA zone, ISO country, region by code or name."""

    zone: str
    country: str | None = None
    region: str | None = None


def next_open(at: datetime, place: Place, store: Store, channel: Channel, *, urgent: bool) -> datetime:
    """The first instant from `at` on (aware) at which this may go out; `at` itself if it may now."""
    rule = rule_for(place, store.policies.get("quiet_hours")) if channel is Channel.SMS else NO_RULE
    if urgent and rule.urgent is None:
        return at
    zone = ZoneInfo(place.zone)
    first = at.astimezone(zone).date()
    for ahead in range(_HORIZON_DAYS):
        on = first + timedelta(days=ahead)
        for start, end in _open_on(on, rule, store, urgent=urgent):
            opens, closes = _instant(on, start, zone), _instant(on, end, zone)
            # an hour that the clocks skip does not open at all
            if at < closes and opens < closes:
                return max(at, opens)
    return at + timedelta(days=_HORIZON_DAYS)


def next_morning(at: datetime, place: Place, store: Store, channel: Channel) -> datetime:
    """The first instant of the next local day, or later, at which ordinary news may go out."""
    zone = ZoneInfo(place.zone)
    midnight = _instant(at.astimezone(zone).date(), 24, zone)
    # a store without quiet hours still lets people sleep
    opening = max(next_open(midnight, place, store, channel, urgent=False), midnight + timedelta(hours=8))
    return next_open(opening, place, store, channel, urgent=False)


def end_of_day(at: datetime, zone: str) -> datetime:
    """Local midnight after `at`."""
    there = ZoneInfo(zone)
    return _instant(at.astimezone(there).date(), 24, there)


def rule_for(place: Place, changes: Mapping[str, Any] | None = None) -> Rule:
    """The rule of a place: its state's row, else its country's, else none; with the merchant's changes."""
    country = (place.country or "").upper()
    state = _state(country, place.region)
    row = dict(_table().get((country, state)) or _table().get((country, "")) or {})
    for key in (country, f"{country}-{state}"):
        change = (changes or {}).get(key)
        if isinstance(change, Mapping):
            row.update({str(name): str(value) for name, value in change.items()})
    return _rule(tuple(sorted(row.items())), country) if row else NO_RULE


def _open_on(on: date, rule: Rule, store: Store, *, urgent: bool) -> Iterator[Hours]:
    allowed = rule.urgent if urgent else rule.hours_on(on)
    if allowed is None:
        return
    for start, end in [_DAY] if urgent else _loud_hours(store.quiet_from_h, store.quiet_until_h):
        first, last = max(start, allowed[0]), min(end, allowed[1])
        if first < last:
            yield first, last


def _loud_hours(quiet_from: int, quiet_until: int) -> list[Hours]:
    if quiet_from == quiet_until:
        return [_DAY]
    if quiet_from > quiet_until:
        return [(quiet_until, quiet_from)]
    return [(0, quiet_from), (quiet_until, 24)]


def _instant(on: date, hour: int, zone: ZoneInfo) -> datetime:
    # an hour that the clocks skip is read with the offset before: the instant at which it would have been
    day, hour = (on + timedelta(days=1), 0) if hour == 24 else (on, hour)
    return datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC)


def _state(country: str, region: str | None) -> str:
    given = (region or "").strip()
    code = given.upper().removeprefix(f"{country}-")
    if (country, code) in _table():
        return code
    return _names().get((country, given.casefold()), "")


@cache
def _table() -> dict[tuple[str, str], dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["country"], row["region"]): row for row in csv.DictReader(file)}


@cache
def _names() -> dict[tuple[str, str], str]:
    return {(country, row["names"]): region for (country, region), row in _table().items() if row["names"]}


@lru_cache(maxsize=1024)
def _rule(row: tuple[tuple[str, str], ...], country: str) -> Rule:
    values = dict(row)
    return Rule(
        weekdays=_hours(values.get("weekdays", "any")),
        saturday=_hours(values.get("saturday", "any")),
        sunday=_hours(values.get("sunday", "any")),
        holidays_open=values.get("holidays", "open") == "open",
        urgent=None if values.get("urgent", "any") == "any" else _hours(values["urgent"]),
        country=country,
    )


def _hours(text: str) -> Hours | None:
    """ "8-21"; "any" is the whole day, "closed" none of it. What cannot be read is the whole day."""
    if text == "closed":
        return None
    start, dash, end = text.partition("-")
    if not dash or not (start.isdigit() and end.isdigit()):
        return _DAY
    return max(0, min(24, int(start))), max(0, min(24, int(end)))


@lru_cache(maxsize=256)
def _holidays(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()
