"""The fold: any order, any repetition of the same events gives the same answer; contradictions are resolved one way."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.platform.facts import Location, TrackingEvent, Zone
from tracking.platform.status import Reason, Status
from tracking.timeline.fold import fold
from tracking.timeline.milestones import find

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NOW = START + timedelta(days=30)
S = Status


def scan(status: Status, hours: float, code: str = "", reason: Reason | None = None, zone: int = 0) -> TrackingEvent:
    at = START + timedelta(hours=hours)
    return TrackingEvent(at, Zone.STATED, code or status.value, status, "", reason, Location())


events = st.lists(
    st.builds(
        scan,
        st.sampled_from([s for s in Status if s is not S.EXPIRED]),
        st.integers(0, 240),
        st.sampled_from(["A", "B"]),
        st.sampled_from([None, Reason.WEATHER, Reason.REFUSED]),
    ),
    max_size=14,
)


@given(events, st.randoms(use_true_random=False))
def test_any_order_and_repetition_gives_the_same_state_and_milestones(history, rng) -> None:
    shuffled = history + history[: len(history) // 2]
    rng.shuffle(shuffled)
    assert fold(shuffled, NOW) == fold(history, NOW)
    assert find(shuffled, NOW) == find(history, NOW)


@given(events, events)
def test_older_news_found_later_keeps_every_milestone_that_was_found_in_order(before, after) -> None:
    late = [event for event in after if before and event.at > max(e.at for e in before)]
    found = {(m.kind, m.occasion) for m in find(before, NOW)}
    assert found <= {(m.kind, m.occasion) for m in find(before + late, NOW)}


@given(events)
def test_an_unknown_code_never_moves_the_status(history) -> None:
    noise = [scan(S.UNKNOWN, hours, "Z") for hours in (0, 100, 300)]
    with_noise, without = fold(history + noise, NOW), fold(history, NOW)
    assert (with_noise.status, with_noise.reason, with_noise.delivered_at) == (
        without.status,
        without.reason,
        without.delivered_at,
    )


@given(events)
def test_delivered_at_is_known_exactly_when_it_is_delivered(history) -> None:
    state = fold(history, NOW)
    assert (state.delivered_at is not None) == (state.status is S.DELIVERED)


@given(events)
def test_each_milestone_occurs_once(history) -> None:
    keys = [(m.kind, m.occasion) for m in find(history, NOW)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("history", "status"),
    [
        ([], S.PENDING),
        ([(S.INFO_RECEIVED, 0)], S.INFO_RECEIVED),
        # data sent again after the first scan says nothing
        ([(S.IN_TRANSIT, 1), (S.INFO_RECEIVED, 2)], S.IN_TRANSIT),
        # a clerical scan after delivery does not undo it, a new round does
        ([(S.DELIVERED, 5), (S.IN_TRANSIT, 6)], S.DELIVERED),
        ([(S.DELIVERED, 5), (S.OUT_FOR_DELIVERY, 20)], S.OUT_FOR_DELIVERY),
        # on its way back, scans of the way back do not turn it round, and its delivery is to the sender
        ([(S.RETURNING, 5), (S.IN_TRANSIT, 6), (S.OUT_FOR_DELIVERY, 7)], S.RETURNING),
        ([(S.RETURNING, 5), (S.DELIVERED, 9)], S.RETURNED),
        ([(S.RETURNED, 5), (S.IN_TRANSIT, 9)], S.RETURNED),
        # trouble is over when it moves again
        ([(S.EXCEPTION, 5), (S.IN_TRANSIT, 9)], S.IN_TRANSIT),
        # two scans of one instant: the further one along the way counts
        ([(S.DELIVERED, 5), (S.OUT_FOR_DELIVERY, 5)], S.DELIVERED),
    ],
)
def test_contradictions_are_resolved(history, status) -> None:
    assert fold([scan(*row) for row in history], NOW).status is status


def test_a_scan_dated_in_the_future_counts_when_its_time_comes() -> None:
    history = [scan(S.IN_TRANSIT, 0), scan(S.DELIVERED, 48)]
    assert fold(history, START + timedelta(hours=24)).status is S.IN_TRANSIT
    assert fold(history, START + timedelta(hours=49)).status is S.DELIVERED


def test_the_reason_of_a_return_survives_the_scans_of_the_way_back() -> None:
    state = fold([scan(S.RETURNING, 1, reason=Reason.REFUSED), scan(S.IN_TRANSIT, 2)], NOW)
    assert (state.status, state.reason) == (S.RETURNING, Reason.REFUSED)


def test_handed_over_is_the_first_scan_by_the_carrier() -> None:
    state = fold([scan(S.INFO_RECEIVED, 0), scan(S.IN_TRANSIT, 7), scan(S.IN_TRANSIT, 9)], NOW)
    assert state.handed_over_at == START + timedelta(hours=7)


def test_each_local_day_of_delivery_is_an_occasion_of_its_own() -> None:
    history = [
        scan(S.OUT_FOR_DELIVERY, 0),
        scan(S.ATTEMPT_FAIL, 4),
        scan(S.OUT_FOR_DELIVERY, 24),
        scan(S.DELIVERED, 30),
    ]
    found = [(m.kind.value, m.occasion) for m in find(history, NOW)]
    assert found == [
        ("handed_over", "1"),
        ("out_for_delivery", "2026-11-20"),
        ("attempt_failed", "2026-11-20"),
        ("out_for_delivery", "2026-11-21"),
        ("delivered", "1"),
    ]


def test_a_delivery_that_was_taken_back_and_made_good_is_told_again() -> None:
    history = [scan(S.DELIVERED, 0), scan(S.OUT_FOR_DELIVERY, 24), scan(S.DELIVERED, 30)]
    delivered = [m.occasion for m in find(history, NOW) if m.kind.value == "delivered"]
    assert delivered == ["1", "2026-11-21"]


def test_each_reason_of_trouble_is_told_once() -> None:
    history = [
        scan(S.EXCEPTION, 0, reason=Reason.WEATHER),
        scan(S.EXCEPTION, 1, reason=Reason.WEATHER),
        scan(S.EXCEPTION, 2, reason=Reason.ADDRESS),
        scan(S.IN_TRANSIT, 3),
        scan(S.EXCEPTION, 4, reason=Reason.WEATHER),
    ]
    assert [m.occasion for m in find(history, NOW) if m.kind.value == "exception"] == ["weather", "address"]
