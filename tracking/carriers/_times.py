"""Carriers' times: readers for what they write, and the offset for what they leave out.

Every reader returns None for what it cannot read, whatever it is given, and for years outside 1990..2100. A reader
returns a naive datetime if the carrier gave none of offset or UTC; `moment` makes it aware and says how.
Offsets are kept as fixed ones: two times of one `ZoneInfo` would be compared by the clock on the wall.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tracking.carriers._zones import place_zone
from tracking.platform.facts import EstimatedDelivery, Location, Zone

_YEARS = range(1990, 2101)
_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})[T ]\s*(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*(Z|[+-]\d{1,2}[:.]?(?:\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)
_OFFSET = re.compile(r"([+-])(\d{1,2})[:.]?(\d{2})?", re.ASCII)
_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ].*)?", re.ASCII | re.DOTALL)
_DAY_FIRST = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(Z|[+-]\d{1,2}[:.]?(?:\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)
_HALF_DAY = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::\d{2})? ?([ap])\.?m\.?", re.ASCII | re.IGNORECASE)
_BUDDHIST_YEARS = 543
_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Moment:
    """An aware instant, and how its offset is known."""

    at: datetime
    zone: Zone


def read_offset(value: object) -> timezone | None:
    """An offset as `-05:00`, `-7:00`, `+0200`, `-04.00`, `+7` or `Z`; None if it is none, or beyond 14 hours."""
    return _offset(value.strip()) if isinstance(value, str) and len(value) < 16 else None


@lru_cache(maxsize=512)
def _offset(text: str) -> timezone | None:
    if text.upper() == "Z":
        return UTC
    found = _OFFSET.fullmatch(text)
    if not found:
        return None
    sign, hours, minutes = found.groups()
    # "+0200" reads as hours 02, minutes 00; "+070" cannot be read
    amount = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if amount > timedelta(hours=14) or int(minutes or 0) > 59:
        return None
    return timezone(-amount if sign == "-" else amount)


def read_iso(value: object) -> datetime | None:
    """ISO 8601 and its neighbours: with or without seconds, fraction (dropped), offset; blank or T between."""
    found = _ISO.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 64 else None
    if not found:
        return None
    year, month, day, hour, minute, second, offset = found.groups()
    return _build((year, month, day, hour, minute, second), offset)


def read_iso_or_day(value: object) -> datetime | None:
    """As `read_iso`; a bare day is its midnight, which is how carriers write a day, too."""
    day = None if (read := read_iso(value)) else read_date(value)
    return datetime.combine(day, time()) if day else read


def read_day_first(value: object, *, buddhist: bool = False) -> datetime | None:
    """`DD/MM/YYYY HH:MM[:SS]` with or without offset; `buddhist` years are 543 ahead of ours."""
    found = _DAY_FIRST.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 64 else None
    if not found:
        return None
    day, month, year, hour, minute, second, offset = found.groups()
    ours = str(int(year) - _BUDDHIST_YEARS) if buddhist else year
    return _build((ours, month, day, hour, minute, second), offset)


def read_compact(day: object, clock_time: object) -> datetime | None:
    """`YYYYMMDD` and `HHMMSS`; the time may lack its leading zeros. Naive. None without a readable day and time."""
    on = read_date(str(day)) if isinstance(day, str | int) and not isinstance(day, bool) else None
    at = read_clock(clock_time)
    return datetime.combine(on, at) if on and at else None


def read_clock(value: object) -> time | None:
    """A time of day as `HHMMSS` (leading zeros may lack), `HH:MM` or `HH:MM:SS`, or of twelve hours with am or pm."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value)[:16].strip()
    if half := _HALF_DAY.fullmatch(text):
        return _of_twelve(int(half[1]), int(half[2] or 0), half[3].lower() == "p")
    parts = text.split(":") if ":" in text else [(digits := text.zfill(6))[:2], digits[2:4], digits[4:]]
    if not text or len(parts) not in (2, 3) or not all(p.isascii() and p.isdigit() and len(p) <= 2 for p in parts):
        return None
    try:
        return time(int(parts[0]), int(parts[1]), int(parts[2]) if len(parts) == 3 else 0)
    except ValueError:
        return None


def _of_twelve(hour: int, minute: int, afternoon: bool) -> time | None:
    return time(hour % 12 + 12 * afternoon, minute) if 1 <= hour <= 12 and minute < 60 else None


def read_epoch(value: object) -> datetime | None:
    """Seconds or milliseconds since 1970, as a number or as digits. Aware, UTC."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e16:
        return None
    seconds = value / 1000 if value > 1e11 else float(value)
    read = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds)) if seconds < 5e9 else None
    return read if read and read.year in _YEARS else None


def read_date(value: object) -> date | None:
    """A day as `YYYY-MM-DD` or `YYYYMMDD`; what follows a T or a blank is left out."""
    found = _DATE.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 64 else None
    if not found or int(found[1]) not in _YEARS:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _build(parts: tuple[str | None, ...], offset: str | None) -> datetime | None:
    zone = read_offset(offset) if offset else None
    if offset and zone is None:
        return None
    year, month, day, hour, minute, second = map(int, [part or 0 for part in parts])
    try:
        read = datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
    return read if read.year in _YEARS else None


def moment(read: datetime, place: Location | None = None, home_zone: str | None = None) -> Moment:
    """Make a time aware: by its own offset, else by where it happened, else by the carrier's zone, else as UTC."""
    if read.tzinfo is not None:
        return Moment(read, Zone.STATED)
    name = place_zone(place) if place else None
    found = _zone(name) if name else None
    if found is None and home_zone and not (place and place.country):
        found = _zone(home_zone)
    if found is None:
        return Moment(read.replace(tzinfo=UTC), Zone.UNKNOWN)
    offset = read.replace(tzinfo=found).utcoffset() or timedelta()
    return Moment(read.replace(tzinfo=timezone(offset)), Zone.ASSUMED)


def stated(utc: datetime | None, local: datetime | None, offset: timezone | None) -> datetime | None:
    """The instant a carrier states in parts: its UTC time, its local time, its offset; None if they do not make one.

    UTC and local together give an offset of their own, to the quarter of an hour. A zone written
    behind `utc` or `local` is left out of account: carriers put a Z behind local times.
    """
    utc = utc.replace(tzinfo=UTC) if utc else None
    local = local.replace(tzinfo=None) if local else None
    if utc is None:
        return local.replace(tzinfo=offset) if local and offset else None
    if offset is None and local is not None:
        ahead = round((local - utc.replace(tzinfo=None)) / _QUARTER) * _QUARTER
        offset = timezone(ahead) if abs(ahead) <= timedelta(hours=14) else None
    return utc.astimezone(offset or UTC)


def in_zone_of(read: datetime, offset: timezone | None) -> datetime:
    """An aware time as the clock showed it at `offset`; unchanged without one."""
    return read.astimezone(offset) if offset and read.tzinfo else read


def window(earliest: date | datetime | None, latest: date | datetime | None) -> EstimatedDelivery | None:
    """An estimate from what there is.

    One end stands for both, a day beside a time makes both days, and the ends are put in order.
    Datetimes must be aware. None if both are None.
    """
    first, last = earliest or latest, latest or earliest
    if first is None or last is None:
        return None
    if isinstance(first, datetime) and isinstance(last, datetime):
        return EstimatedDelivery(min(first, last), max(first, last))
    first, last = _day(first), _day(last)
    return EstimatedDelivery(min(first, last), max(first, last))


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


@cache
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
