"""When to ask again."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import NOON
from tracking.platform.status import Status
from tracking.polling.schedule import Backoff, is_expired, next_poll

RNG = random.Random(1)


@pytest.mark.parametrize("status", [Status.RETURNED, Status.EXPIRED])
def test_what_is_over_is_not_asked_about(status) -> None:
    assert next_poll(status, NOON, NOON, RNG) is None


def test_delivered_is_looked_at_once_more() -> None:
    again = next_poll(Status.DELIVERED, NOON, NOON, RNG)
    assert again is not None
    assert next_poll(Status.DELIVERED, NOON, again, RNG) is None


@given(st.sampled_from([s for s in Status if not s.is_final]), st.integers(0, 20 * 24))
def test_everything_else_is_asked_about_again_within_half_a_day(status, quiet_h) -> None:
    now = NOON + timedelta(hours=quiet_h)
    again = next_poll(status, NOON, now, random.Random(quiet_h))
    assert again is not None
    assert timedelta(minutes=20) < again - now <= timedelta(hours=13.5)


def test_the_day_of_delivery_is_asked_about_most_often() -> None:
    def wait(status: Status) -> timedelta:
        return next_poll(status, NOON, NOON, random.Random(3)) - NOON

    assert wait(Status.OUT_FOR_DELIVERY) < min(wait(s) for s in (Status.IN_TRANSIT, Status.INFO_RECEIVED))


def test_a_carriers_own_shortest_interval_is_kept() -> None:
    again = next_poll(Status.OUT_FOR_DELIVERY, NOON, NOON, RNG, timedelta(seconds=8640))
    assert again - NOON >= timedelta(seconds=8640)


@given(st.integers(1, 200), st.integers(0, 100))
def test_backoff_grows_to_its_bound_and_never_beyond(failures, seed) -> None:
    wait = Backoff(first=30, most=3600).after(failures, random.Random(seed))
    assert 15 <= wait <= 3600


def test_thirty_days_of_silence_end_it() -> None:
    assert is_expired(Status.IN_TRANSIT, NOON, NOON + timedelta(days=31))
    assert not is_expired(Status.IN_TRANSIT, NOON, NOON + timedelta(days=29))
    assert not is_expired(Status.DELIVERED, NOON, NOON + timedelta(days=99))
