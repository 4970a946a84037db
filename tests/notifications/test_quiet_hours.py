"""When a message may go out: the store's hours, the rules of the place, and the clock's own leaps."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.models import Channel, Store
from tracking.notifications.quiet_hours import NO_RULE, Place, next_morning, next_open, rule_for

EMAIL, SMS = Channel.EMAIL, Channel.SMS


def store(**values: object) -> Store:
    return Store(**{"quiet_from_h": 21, "quiet_until_h": 8, "policies": {}, **values})  # type: ignore[arg-type]


def local(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def opens(place: Place, text: str, *, channel: Channel = SMS, urgent: bool = False, **values: object) -> str:
    found = next_open(local(place.zone, text), place, store(**values), channel, urgent=urgent)
    return found.astimezone(ZoneInfo(place.zone)).isoformat()[:16]


LONDON = Place("Europe/London", "GB")
PARIS = Place("Europe/Paris", "FR")
MIAMI = Place("America/New_York", "US", "Florida")
DALLAS = Place("America/Chicago", "US", "TX")


@pytest.mark.parametrize(
    ("place", "said", "opened"),
    [
        (LONDON, "2026-11-24T12:00", "2026-11-24T12:00"),
        (LONDON, "2026-11-24T21:00", "2026-11-25T08:00"),
        (LONDON, "2026-11-24T07:59", "2026-11-24T08:00"),
        # Sundays and public holidays are closed in France; 26 December is not one there
        (PARIS, "2026-11-28T20:30", "2026-11-30T08:00"),
        (PARIS, "2026-12-24T21:00", "2026-12-26T08:00"),
        # the state's row is narrower than the country's
        (MIAMI, "2026-11-24T20:15", "2026-11-25T08:00"),
        (DALLAS, "2026-11-29T09:30", "2026-11-29T12:00"),
        (Place("America/New_York", "US", "us-ri"), "2026-11-28T17:30", "2026-11-30T09:00"),
        (Place("Asia/Bangkok", "TH"), "2026-11-24T08:30", "2026-11-24T09:00"),
    ],
)
def test_ordinary_texts_wait_for_the_next_open_minute(place: Place, said: str, opened: str) -> None:
    assert opens(place, said) == opened


def test_urgent_texts_go_out_at_night_where_the_rules_allow_it() -> None:
    assert opens(LONDON, "2026-11-24T23:00", urgent=True) == "2026-11-24T23:00"
    assert opens(MIAMI, "2026-11-24T20:30", urgent=True) == "2026-11-24T20:30"
    assert opens(MIAMI, "2026-11-24T22:00", urgent=True) == "2026-11-25T08:00"


def test_email_knows_the_store_s_hours_only() -> None:
    assert opens(PARIS, "2026-11-29T12:00", channel=EMAIL) == "2026-11-29T12:00"
    assert opens(PARIS, "2026-11-29T22:00", channel=EMAIL) == "2026-11-30T08:00"


def test_store_without_quiet_hours_is_always_open_for_email() -> None:
    assert opens(PARIS, "2026-11-29T03:00", channel=EMAIL, quiet_from_h=0, quiet_until_h=0) == "2026-11-29T03:00"


def test_quiet_hours_may_lie_within_a_day() -> None:
    assert opens(LONDON, "2026-11-24T01:30", channel=EMAIL, quiet_from_h=1, quiet_until_h=6) == "2026-11-24T06:00"
    assert opens(LONDON, "2026-11-24T00:30", channel=EMAIL, quiet_from_h=1, quiet_until_h=6) == "2026-11-24T00:30"


def test_merchant_changes_a_row() -> None:
    policies = {"quiet_hours": {"US-FL": {"urgent": "any"}, "FR": {"sunday": "10-18"}}}
    assert opens(MIAMI, "2026-11-24T22:00", urgent=True, policies=policies) == "2026-11-24T22:00"
    assert opens(PARIS, "2026-11-29T09:00", policies=policies) == "2026-11-29T10:00"


def test_place_without_a_row_has_the_store_s_hours() -> None:
    assert rule_for(Place("Pacific/Auckland", "NZ")) == NO_RULE
    assert rule_for(Place("UTC")) == NO_RULE


@pytest.mark.parametrize(
    ("zone", "said", "opened"),
    [
        # clocks go forward: the night is an hour shorter
        ("Europe/Paris", "2027-03-27T22:00", timedelta(hours=9)),
        # clocks go back: an hour longer
        ("Europe/Paris", "2026-10-24T22:00", timedelta(hours=11)),
        ("America/New_York", "2026-10-31T22:00", timedelta(hours=11)),
        ("Asia/Bangkok", "2026-10-24T22:00", timedelta(hours=10)),
    ],
)
def test_night_is_as_long_as_the_clocks_make_it(zone: str, said: str, opened: timedelta) -> None:
    at = local(zone, said).astimezone(UTC)
    assert next_open(at, Place(zone), store(), EMAIL, urgent=False) - at == opened


def test_hour_that_the_clocks_skip_opens_when_it_would_have_been() -> None:
    at = local("Europe/Paris", "2027-03-28T00:30").astimezone(UTC)
    found = next_open(at, Place("Europe/Paris"), store(quiet_from_h=22, quiet_until_h=2), EMAIL, urgent=False)
    assert found == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


def test_hour_that_the_clocks_skip_does_not_open_for_nothing() -> None:
    at = local("Europe/Paris", "2027-03-28T00:30").astimezone(UTC)
    found = next_open(at, Place("Europe/Paris"), store(quiet_from_h=3, quiet_until_h=2), EMAIL, urgent=False)
    assert found == local("Europe/Paris", "2027-03-29T02:00")


@settings(deadline=None)
@given(
    at=st.integers(0, 2 * 365 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    zone=st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]),
    quiet=st.tuples(st.integers(0, 23), st.integers(0, 23)),
    country=st.sampled_from([None, "FR", "US", "IN", "AU"]),
    urgent=st.booleans(),
)
def test_opening_is_never_in_the_past_and_is_open(
    at: datetime, zone: str, quiet: tuple[int, int], country: str | None, urgent: bool
) -> None:
    place, shop = Place(zone, country), store(quiet_from_h=quiet[0], quiet_until_h=quiet[1])
    found = next_open(at, place, shop, SMS, urgent=urgent)
    assert at <= found <= at + timedelta(days=15)
    if found < at + timedelta(days=15):
        assert next_open(found, place, shop, SMS, urgent=urgent) == found


def test_next_morning_is_tomorrow() -> None:
    at = local("Europe/London", "2026-11-24T10:00")
    assert next_morning(at, LONDON, store(), SMS) == local("Europe/London", "2026-11-25T08:00")
    assert next_morning(at, LONDON, store(quiet_from_h=0, quiet_until_h=0), EMAIL).hour == 8
