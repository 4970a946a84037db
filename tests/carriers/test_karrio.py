"""What karrio's unified details mean here, and what of them is put right. None of it needs karrio."""

import json
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pytest

from tests.carriers.samples import parsed, raw
from tracking.carriers import Account, Parcel, all_slugs, get_carrier
from tracking.carriers._base import EXTRAS
from tracking.carriers._karrio_process import is_installed
from tracking.carriers.karrio import REASONS, STATUSES, Adapter
from tracking.platform.errors import BadCredentials
from tracking.platform.facts import Answer, ResultCode, TrackingEvent, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

NUMBER = "X1"


def account(zone: str = "", **credentials: str) -> Account:
    given = {"connector": "bpost", "zone": zone, **credentials}
    return Account("one", {name: value for name, value in given.items() if value})


def body(*events: dict[str, Any], **details: Any) -> bytes:
    told = {"tracking_number": NUMBER, "events": [{"date": "2026-11-18", "time": "09:00", **each} for each in events]}
    parcel = {"number": NUMBER, "http_status": 200, "details": [{**told, **details}], "messages": []}
    return json.dumps({"connector": "bpost", "parcels": [parcel]}).encode()


def events(*given: dict[str, Any], zone: str = "", **details: Any) -> tuple[TrackingEvent, ...]:
    (result,) = Adapter(account(zone)).understand(Reply(200, body(*given, **details)), [NUMBER]).results
    return result.events


def refusals() -> dict[str | None, Answer]:
    names = [f"A{place}" for place in range(1, 11)]
    answer = parsed("karrio", "refusals.json", *names)
    assert answer.results == ()
    return {error.number: Answer(errors=(error,)) for error in answer.errors}


# an extra


def test_it_is_listed_only_where_karrio_is_installed() -> None:
    assert ("karrio" in all_slugs()) is is_installed()
    assert get_carrier("karrio") is Adapter
    assert set(EXTRAS) == {"karrio"}


def test_reading_its_answers_imports_nothing_of_karrio() -> None:
    code = "import sys, tracking.carriers.karrio; print([m for m in sys.modules if m.split('.')[0] == 'karrio'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


# what it tells


def test_a_delivered_parcel_is_told_whole() -> None:
    result = parsed("karrio", "bpost-two.json", "323299901059912015030").results[0]
    assert [event.status for event in result.events] == [
        Status.INFO_RECEIVED,
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.DELIVERED,
    ]
    assert result.status is Status.DELIVERED
    assert result.delivered_at == result.events[-1].at
    assert (result.service, result.signed_by, result.proof) == ("bpack 24h Pro", "A.LOVELACE", ("signature",))
    assert result.estimated is not None
    assert result.estimated.latest == date(2026, 11, 19)
    assert result.carrier_url == "https://track.example/btr/323299901059912015030"


def test_a_reason_of_karrio_is_kept_over_that_of_its_status() -> None:
    result = parsed("karrio", "bpost-two.json", "323299901059912015031").results[0]
    assert [(event.status, event.reason) for event in result.events] == [
        (Status.EXCEPTION, Reason.ON_HOLD),
        (Status.ATTEMPT_FAIL, Reason.REFUSED),
    ]
    assert (result.status, result.reason) == (Status.ATTEMPT_FAIL, Reason.REFUSED)


@pytest.mark.parametrize(("said", "meaning"), STATUSES.items())
def test_every_status_of_karrio_has_its_meaning(said: str, meaning: Any) -> None:
    (event,) = events({"code": "C", "status": said, "status_of_code": said})
    assert (event.status, event.reason) == (meaning.status, meaning.reason)
    assert meaning.status not in (Status.UNKNOWN, Status.EXPIRED)


@pytest.mark.parametrize(("said", "reason"), REASONS.items())
def test_every_reason_of_karrio_has_its_meaning(said: str, reason: Reason) -> None:
    (event,) = events({"code": "C", "status": "delivery_failed", "reason": said})
    assert event.reason is reason


def test_a_reason_that_karrio_does_not_know_leaves_the_one_of_the_status() -> None:
    (event,) = events({"code": "C", "status": "on_hold", "reason": "unknown"})
    assert event.reason is Reason.ON_HOLD


# what is put right


@pytest.mark.parametrize("said", ["in_transit", "unknown", None, "", "teleported"])
def test_what_a_connector_says_of_everything_is_unknown(said: str | None) -> None:
    (event,) = events({"code": "??", "status": said, "status_of_code": None}, status="in_transit")
    assert event.status is Status.UNKNOWN


def test_in_transit_counts_where_the_connectors_table_has_the_code() -> None:
    (event,) = events({"code": "DEP", "status": "in_transit", "status_of_code": "in_transit"})
    assert event.status is Status.IN_TRANSIT
    (event,) = events({"code": "DEP", "status": None, "status_of_code": "delivery_delayed"})
    assert (event.status, event.reason) == (Status.EXCEPTION, Reason.CARRIER_DELAY)


def test_the_newest_event_gets_the_parcels_status_where_no_event_has_one() -> None:
    (result,) = parsed("karrio", "no-statuses.json", "RD4711").results
    assert [event.status for event in result.events] == [Status.UNKNOWN, Status.OUT_FOR_DELIVERY]
    assert result.events[-1].location.region == "GA"


def test_the_parcels_status_moves_nothing_where_events_have_their_own() -> None:
    given = {"code": "1", "status": "pending"}, {"code": "2", "time": "10:00"}
    assert [event.status for event in events(*given, status="delivered", delivered=True)] == [
        Status.INFO_RECEIVED,
        Status.UNKNOWN,
    ]


def test_a_parcel_that_is_only_said_to_be_delivered_is_believed() -> None:
    assert events({"code": "1"}, status="in_transit", delivered=True)[-1].status is Status.DELIVERED
    assert events({"code": "1"}, status="in_transit", delivered=False)[-1].status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("written", "clock"),
    [
        ("14:30 PM", "14:30:00"),
        ("00:12 AM", "00:12:00"),
        ("12:05 PM", "12:05:00"),
        ("12:05 AM", "00:05:00"),
        ("02:30 PM", "14:30:00"),
        ("07:05", "07:05:00"),
        ("07:05:09", "07:05:09"),
    ],
)
def test_a_clock_of_twenty_four_hours_with_am_and_pm_is_read(written: str, clock: str) -> None:
    assert events({"time": written, "code": "1"})[0].at.time().isoformat() == clock


def test_a_z_behind_a_local_time_is_not_believed() -> None:
    given = {"time": "14:07 PM", "timestamp": "2026-11-18T14:07:33.000Z", "code": "1"}
    (known,) = events({**given, "location": "Gent, 9000, BE"})
    assert (known.at.isoformat(), known.zone) == ("2026-11-18T14:07:33+01:00", Zone.ASSUMED)
    (unknown,) = events({**given, "location": "Gent"})
    assert (unknown.at.isoformat(), unknown.zone) == ("2026-11-18T14:07:33+00:00", Zone.UNKNOWN)


def test_the_accounts_zone_stands_in_for_a_country() -> None:
    (event,) = events({"code": "1", "location": "Gent"}, zone="Europe/Brussels")
    assert (event.at.utcoffset(), event.zone) == (timedelta(hours=1), Zone.ASSUMED)


def test_a_timestamp_that_says_another_time_gives_no_seconds() -> None:
    (event,) = events({"time": "14:07", "timestamp": "2026-11-18T13:07:33.000Z", "code": "1"})
    assert event.at.time().isoformat() == "14:07:00"


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("Louisville, KY, 40202, United States", ("Louisville", "KY", "40202", "US")),
        ("Louisville, KY", ("Louisville", "KY", None, None)),
        ("Gent, 9000, BE", ("Gent", None, "9000", "BE")),
        ("Bangkok", ("Bangkok", None, None, None)),
        ("Belgium", (None, None, None, "BE")),
        ("", (None, None, None, None)),
        (" , ,", (None, None, None, None)),
    ],
)
def test_a_joined_place_is_taken_apart(written: str, parts: tuple[str | None, ...]) -> None:
    spot = events({"code": "1", "location": written})[0].location
    assert (spot.city, spot.region, spot.postal_code, spot.country) == parts


def test_an_event_without_a_day_is_left_out_and_told() -> None:
    lost = {"date": None, "time": "09:00", "code": "1"}
    answer = Adapter.parse(Reply(200, body({"code": "2", "status": "delivered"}, lost)), [NUMBER])
    assert [len(result.events) for result in answer.results] == [1]
    assert [error.code for error in answer.errors] == [ResultCode.UNREADABLE]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://track.example/1", 'https://x.example/"><b>'])
def test_only_an_address_that_is_one_is_linked(link: str) -> None:
    answer = Adapter.parse(Reply(200, body({"code": "2"}, info={"carrier_tracking_link": link})), [NUMBER])
    assert answer.results[0].carrier_url is None


# why there is nothing


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("A1", ResultCode.NOT_FOUND),
        ("A2", ResultCode.UNREADABLE),
        ("A3", ResultCode.UNAUTHORIZED),
        ("A4", ResultCode.RATE_LIMITED),
        ("A5", ResultCode.NOT_FOUND),
        ("A6", ResultCode.UNREADABLE),
        ("A7", ResultCode.UNAVAILABLE),
        ("A8", ResultCode.REFUSED),
        ("A9", ResultCode.NOT_FOUND),
        ("A10", ResultCode.UNAVAILABLE),
    ],
)
def test_each_way_of_having_nothing_has_its_code(number: str, code: ResultCode) -> None:
    assert refusals()[number].errors[0].code is code


def test_a_wait_is_passed_on_and_numbers_and_exceptions_are_not() -> None:
    told = refusals()
    assert told["A4"].errors[0].retry_after == 30.0
    assert "A8" not in told["A8"].errors[0].message
    assert "secret" not in told["A6"].errors[0].message


def test_what_is_said_of_another_parcel_is_no_result() -> None:
    answer = Adapter.parse(Reply(200, body({"code": "1"}, tracking_number="X2")), [NUMBER])
    assert answer.results == ()
    assert [error.code for error in answer.errors] == [ResultCode.UNREADABLE]


def test_one_bad_number_costs_the_other_nothing() -> None:
    document = json.loads(raw("karrio", "bpost-two.json"))
    document["parcels"][1]["details"][0]["events"] = 42
    answer = Adapter.parse(Reply(200, json.dumps(document).encode()), [])
    assert [result.number for result in answer.results] == ["323299901059912015030"]
    assert [error.number for error in answer.errors] == ["323299901059912015031"]


# the account


@pytest.mark.parametrize("connector", ["", "../ups", "Ups", "ups; rm", "x" * 60, "_private"])
def test_a_connector_has_to_have_the_name_of_one(connector: str) -> None:
    with pytest.raises(BadCredentials):
        Adapter(Account("one", {"connector": connector})).call([Parcel(NUMBER)], None)


@pytest.mark.parametrize("settings", ["{", "[]", "1", "[" * 100_000])
def test_settings_have_to_be_an_object(settings: str) -> None:
    answer = Adapter(account(settings=settings)).track([Parcel(NUMBER)])
    assert [error.code for error in answer.errors] == [ResultCode.UNAUTHORIZED]


def test_the_question_holds_what_the_account_says() -> None:
    given = Account("one", {"connector": "bpost", "settings": '{"passphrase": "clé"}'}, "https://karrio.example")
    assert Adapter(given).call([Parcel("A"), Parcel("B")], None).json == {
        "connector": "bpost",
        "settings": {"passphrase": "clé"},
        "base_url": "https://karrio.example",
        "numbers": ["A", "B"],
    }
