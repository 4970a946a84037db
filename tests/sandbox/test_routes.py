"""Journeys are plausible: order, hours, borders, promises."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.platform.errors import BadPayload
from tracking.sandbox.places import PLACES, crosses_customs, distance_km, find_place, gateway, hub_between
from tracking.sandbox.routes import ROUTES, Trip, plan
from tracking.sandbox.scans import Kind

MONDAY = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
ABROAD = {"international", "customs"}
US = ("Portland, ME", "Boulder")
WAYS = [
    ("ups", *US),
    ("fedex", "San Francisco", "Austin"),
    ("usps", "Brooklyn", "Jamaica"),
    ("dhl", "Berlin", "Bonn"),
    ("la-poste", "Paris", "Annecy"),
    ("thailand-post", "Chiang Mai", "Phuket"),
    ("ups", "New York", "Paris"),
    ("dhl", "Munich", "Seattle"),
    ("thailand-post", "Chiang Mai", "Lyon"),
    ("dhl", "Berlin", "Lyon"),
]


def trip(carrier: str, origin: str, destination: str, number: str = "N1", pace: float = 1.0) -> Trip:
    return Trip(number, carrier, find_place(origin), find_place(destination), MONDAY, pace)


def kinds(route: str, *way: str) -> list[Kind]:
    return [scan.kind for scan in plan(route, trip(*(way or ("ups", *US))))[0]]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]} {way[1]} to {way[2]}")
@pytest.mark.parametrize("route", [route for route in ROUTES if route not in ABROAD])
def test_scans_follow_each_other_and_last_miles_keep_local_hours(route: str, way: tuple[str, str, str]) -> None:
    for index in range(8):
        scans, _ = plan(route, trip(*way, number=f"N{index}"))
        instants = [scan.at for scan in scans]
        assert instants == sorted(instants)
        assert len(set(instants)) == len(instants)
        for scan in scans:
            assert scan.place is not None
            local = scan.at.astimezone(scan.place.tz)
            hour = local.hour + local.minute / 60
            if scan.kind is Kind.OUT_FOR_DELIVERY:
                assert 7.5 <= hour <= 9.0
            if scan.kind is Kind.DELIVERED and route != "early_delivered_scan":
                assert 10.0 <= hour <= 18.0
            if scan.kind in {Kind.OUT_FOR_DELIVERY, Kind.ACCEPTED} and scan.place.country != "TH":
                assert local.weekday() != 6


@pytest.mark.parametrize("way", [way for way in WAYS if way[1:] != US], ids=lambda way: f"{way[0]} {way[1]}")
def test_no_leg_is_faster_than_a_plane(way: tuple[str, str, str]) -> None:
    scans, _ = plan("standard", trip(*way))
    for before, after in itertools.pairwise(scans):
        assert before.place is not None
        assert after.place is not None
        hours = (after.at - before.at).total_seconds() / 3600
        assert distance_km(before.place, after.place) <= hours * 800


def test_same_number_gives_the_same_journey_and_another_a_different_one() -> None:
    assert plan("standard", trip("ups", *US)) == plan("standard", trip("ups", *US))
    assert plan("standard", trip("ups", *US)) != plan("standard", trip("ups", *US, number="N2"))


def test_what_each_route_is_about() -> None:
    assert kinds("no_scan") == [Kind.LABEL]
    assert kinds("unknown") == []
    assert kinds("standard")[-3:] == [Kind.AT_DEPOT, Kind.OUT_FOR_DELIVERY, Kind.DELIVERED]
    assert kinds("failed_attempt")[-4:] == [
        Kind.OUT_FOR_DELIVERY, Kind.ATTEMPT_FAILED, Kind.OUT_FOR_DELIVERY, Kind.DELIVERED,
    ]  # fmt: skip
    assert kinds("pickup")[-2:] == [Kind.READY_TO_COLLECT, Kind.COLLECTED]
    assert Kind.WEATHER_DELAY in kinds("exception_weather")
    assert Kind.ADDRESS_PROBLEM in kinds("exception_address")
    assert kinds("damaged")[-1] is Kind.DAMAGED
    assert kinds("returned")[-2:] == [Kind.RETURNING, Kind.RETURNED]
    assert kinds("returned").count(Kind.ATTEMPT_FAILED) == 2
    assert kinds("refused")[-3:] == [Kind.REFUSED, Kind.RETURNING, Kind.RETURNED]
    assert kinds("lost")[-1] is Kind.DEPARTED
    assert kinds("misrouted").count(Kind.MISROUTED) == 1
    assert kinds("early_delivered_scan")[-3:] == [Kind.DELIVERED, Kind.OUT_FOR_DELIVERY, Kind.DELIVERED]
    assert Kind.DELAYED in kinds("late")
    abroad = kinds("customs", "dhl", "Munich", "Seattle")
    assert [kind for kind in abroad if "customs" in kind] == [Kind.CUSTOMS_IN, Kind.CUSTOMS_HELD, Kind.CUSTOMS_OUT]


def test_silent_parcel_says_nothing_for_more_than_four_days() -> None:
    scans, _ = plan("silent", trip("ups", *US))
    gaps = [after.at - before.at for before, after in itertools.pairwise(scans)]
    assert timedelta(days=4) < max(gaps) < timedelta(days=9)
    assert scans[-1].kind is Kind.DELIVERED


def test_misrouted_parcel_goes_on_from_where_it_strayed() -> None:
    scans, _ = plan("misrouted", trip("ups", *US))
    index = next(index for index, scan in enumerate(scans) if scan.kind is Kind.MISROUTED)
    assert scans[index + 1].kind is Kind.DEPARTED
    assert scans[index + 1].place == scans[index].place != scans[index - 1].place


def test_customs_stand_between_unions_not_within_them() -> None:
    assert not crosses_customs("DE", "FR")
    assert crosses_customs("US", "FR")
    assert Kind.CUSTOMS_IN not in kinds("standard", "dhl", "Berlin", "Lyon")
    assert Kind.CUSTOMS_IN in kinds("standard", "ups", "New York", "Paris")
    for route in ABROAD:
        with pytest.raises(BadPayload, match="two countries"):
            plan(route, trip("ups", *US))


def test_promise_is_a_day_first_then_a_window_that_is_kept() -> None:
    scans, (day, window) = plan("standard", trip("ups", *US))
    accepted = next(scan for scan in scans if scan.kind is Kind.ACCEPTED)
    assert (day.said_at, day.timed, window.timed) == (accepted.at, False, True)
    assert day.earliest <= scans[-1].at <= day.latest
    assert window.earliest <= scans[-1].at <= window.latest
    assert window.latest - window.earliest == timedelta(hours=3)


def test_late_parcel_misses_its_first_day_and_says_so_when_it_is_held() -> None:
    scans, estimates = plan("late", trip("ups", *US))
    held = next(scan for scan in scans if scan.kind is Kind.DELAYED)
    assert estimates[0].latest < scans[-1].at
    assert estimates[1].said_at == held.at
    assert estimates[1].earliest <= scans[-1].at <= estimates[1].latest


def test_pace_shortens_everything_from_the_start_on() -> None:
    slow, _ = plan("standard", trip("ups", *US))
    fast, _ = plan("standard", trip("ups", *US, pace=4))
    for one, other in zip(slow, fast, strict=True):
        assert (one.at - MONDAY) / 4 == pytest.approx(other.at - MONDAY, abs=timedelta(seconds=1))


def test_unknown_route_names_the_known_ones() -> None:
    with pytest.raises(BadPayload, match="early_delivered_scan"):
        plan("teleport", trip("ups", *US))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(PLACES)), st.sampled_from(sorted(PLACES)), st.sampled_from(["ups", "fedex", "usps", "dhl"]),
    st.integers(0, 700 * 24),
)  # fmt: skip
def test_any_two_places_on_any_day_make_a_journey(origin: tuple, destination: tuple, carrier: str, hours: int) -> None:
    there = Trip("N", carrier, PLACES[origin], PLACES[destination], MONDAY + timedelta(hours=hours))
    scans, estimates = plan("standard", there)
    assert scans[0].kind is Kind.LABEL
    assert scans[-1].kind is Kind.DELIVERED
    assert scans[-1].at - scans[0].at < timedelta(days=16)
    assert estimates[0].earliest <= scans[-1].at <= estimates[0].latest


def test_places_by_name_fields_and_country() -> None:
    assert find_place("Portland, OR").zone == "America/Los_Angeles"
    assert find_place("Portland, ME").postal_code == "04101"
    assert find_place("FR").city == "Paris"
    made = find_place({"city": "Corvallis", "region": "OR", "postal_code": "97330", "country": "US"})
    assert (made.city, made.zone, made.postal_code) == ("Corvallis", "America/Los_Angeles", "97330")
    village = find_place({"city": "Giverny", "postal_code": "27620", "country": "FR"})
    assert (village.zone, village.country) == ("Europe/Paris", "FR")
    assert find_place({"city": "Papeete", "country": "PF", "zone": "Pacific/Tahiti"}).zone == "Pacific/Tahiti"


@pytest.mark.parametrize("value", ["Atlantis", {"country": "ZZ"}, {"country": "FR", "zone": "Mars/Base"}, 5, None])
def test_places_that_nobody_knows_are_refused(value: object) -> None:
    with pytest.raises(BadPayload):
        find_place(value)


def test_hubs_lie_between_and_neighbours_need_none() -> None:
    hub = hub_between("ups", find_place("Portland, ME"), find_place("Boulder"))
    assert hub is not None
    assert (hub.hub, hub.country) == (True, "US")
    assert hub_between("usps", find_place("Brooklyn"), find_place("Jamaica")) is None
    entry = gateway("fedex", "US")
    assert entry is not None
    assert entry.city == "Memphis"
