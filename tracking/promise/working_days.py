"""Days on which shops pack and carriers deliver: Monday to Friday without public holidays."""

from datetime import date, timedelta
from functools import lru_cache

import holidays

_SATURDAY = 5


@lru_cache(maxsize=256)
def _public_holidays(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:  # a country the library does not know
        return frozenset()


def is_working_day(on: date, country: str) -> bool:
    """Monday to Friday, and no public holiday of the country (ISO 3166-1 alpha-2)."""
    return on.weekday() < _SATURDAY and on not in _public_holidays(country.upper(), on.year)


def add_working_days(start: date, days: int, country: str) -> date:
    """The day that is `days` working days after `start`; 0 gives `start`, or the next working day."""
    on = start
    while not is_working_day(on, country):
        on += timedelta(days=1)
    for _ in range(max(days, 0)):
        on += timedelta(days=1)
        while not is_working_day(on, country):
            on += timedelta(days=1)
    return on
