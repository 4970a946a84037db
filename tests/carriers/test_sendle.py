"""Sendle: words for types, two clocks for one scan, an answer that does not say which parcel it is about."""

import base64
import json
from datetime import date

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers.sendle import Adapter
from tracking.platform.facts import Answer, Location, ResultCode, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

CREDENTIALS = {"sendle_id": "the-id", "api_key": "the-key"}


def _event(kind: str, day: int = 1, **fields: object) -> dict[str, object]:
    at = f"2026-02-{day:02}T10:00:00Z"
    return {"event_type": kind, "scan_time": at, "display_time": at, "description": "Something", **fields}


def _parse(*events: object, **fields: object) -> Answer:
    document = {"state": "", "origin": {"country": "AU"}, "destination": {"country": "AU"}, **fields}
    return Adapter.parse(Reply(200, json.dumps({**document, "tracking_events": events}).encode()), ["A"])


def test_a_scan_is_told_on_the_clock_of_its_place_and_in_utc_where_sendle_does_not_know_it() -> None:
    (result,) = parsed("sendle", "delivered.json", "SXYZ1234").results
    assert [(event.code, event.at.isoformat()) for event in result.events] == [
        ("Pickup Attempted", "2026-10-30T15:20:00+00:00"),
        ("Pickup", "2026-10-31T16:12:00+00:00"),
        ("In Transit", "2026-11-01T01:30:00-04:00"),
        ("In Transit", "2026-11-01T01:30:00-05:00"),
        ("In Transit", "2026-11-02T03:14:00+00:00"),
        ("Out for Delivery", "2026-11-02T08:10:00-05:00"),
        ("Delivered", "2026-11-02T15:14:00-05:00"),
    ]
    assert {event.zone for event in result.events} == {Zone.STATED}
    assert (result.status, result.delivered_at, result.estimated) == (Status.DELIVERED, result.events[-1].at, None)
    assert result.extra == {"origin_country": "US", "destination_country": "US", "picked_up_on": "2026-10-31"}


def test_the_reason_of_an_attempt_stands_behind_its_words() -> None:
    first = parsed("sendle", "delivered.json", "SXYZ1234").results[0].events[0]
    assert first.status is Status.EXCEPTION
    assert first.description == "We attempted to pick up the parcel but were unsuccessful (Parcel not ready)"


def test_what_waits_says_where_and_until_then_when_it_would_come() -> None:
    (result,) = parsed("sendle", "left-with-agent.json", "SXYZ1235").results
    assert [event.status for event in result.events] == [
        Status.INFO_RECEIVED,
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.ATTEMPT_FAIL,
        Status.AVAILABLE_FOR_PICKUP,
    ]
    assert (result.status, result.pickup_place) == (Status.AVAILABLE_FOR_PICKUP, "Kew VIC")
    assert result.estimated is not None
    assert (result.estimated.earliest, result.estimated.latest) == (date(2026, 10, 6), date(2026, 10, 8))


@pytest.mark.parametrize(
    ("said", "countries", "place"),
    [
        ("TEANECK, NJ", ("US", "US"), Location("TEANECK", "NJ", None, "US")),
        (
            "NEW YORK NY DISTRIBUTION CENTER",
            ("US", "US"),
            Location("NEW YORK NY DISTRIBUTION CENTER", None, None, "US"),
        ),
        ("TORONTO, ON", ("CA", "CA"), Location("TORONTO", "ON", None, "CA")),
        ("KEW VIC", ("AU", "AU"), Location("KEW", "VIC", None, "AU")),
        ("KEW VIC", ("AU", "US"), Location("KEW", "VIC", None, "AU")),
        # which of the two it is, Washington or Western Australia, the text does not say
        ("SEATTLE, WA", ("AU", "US"), Location("SEATTLE", "WA")),
        ("AUCKLAND", ("AU", "NZ"), Location("AUCKLAND")),
        ("", ("AU", "AU"), Location()),
    ],
)
def test_a_place_is_read_from_a_text(said: str, countries: tuple[str, str], place: Location) -> None:
    origin, destination = ({"country": country} for country in countries)
    (event,) = _parse(_event("Pickup", location=said), origin=origin, destination=destination).results[0].events
    assert event.location == place


def test_a_place_in_parts_is_believed_before_a_text() -> None:
    parts = {"suburb": "Kew", "state": "VIC", "postcode": "3101", "country": "AU"}
    (event,) = _parse(_event("Pickup", location="SOMEWHERE", location_data=parts)).results[0].events
    assert event.location == Location("Kew", "VIC", "3101", "AU")
    empty = dict.fromkeys(parts)
    (event,) = _parse(_event("Pickup", location="KEW VIC", location_data=empty)).results[0].events
    assert event.location.city == "KEW"


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        ("Info", Status.INFO_RECEIVED, None),
        ("Pickup Attempted", Status.EXCEPTION, Reason.OTHER),
        ("Pickup", Status.IN_TRANSIT, None),
        ("Drop Off", Status.IN_TRANSIT, None),
        ("Dropped Off", Status.IN_TRANSIT, None),
        ("Dropped off", Status.IN_TRANSIT, None),
        ("In Transit", Status.IN_TRANSIT, None),
        ("Out for Delivery", Status.OUT_FOR_DELIVERY, None),
        ("Local Delivery", Status.OUT_FOR_DELIVERY, None),
        ("Delivery Attempted", Status.ATTEMPT_FAIL, None),
        ("Card Left", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        ("Left with Agent", Status.AVAILABLE_FOR_PICKUP, None),
        ("Delivered", Status.DELIVERED, None),
        ("Damaged", Status.EXCEPTION, Reason.DAMAGED),
        ("Unable to Deliver", Status.EXCEPTION, Reason.OTHER),
        ("Return to Sender", Status.RETURNING, None),
        ("Returned to Sender", Status.RETURNED, None),
        ("Returned", Status.RETURNED, None),
    ],
)
def test_a_type_means(kind: str, status: Status, reason: Reason | None) -> None:
    (result,) = _parse(_event(kind)).results
    assert (result.events[0].status, result.reason) == (status, reason)
    assert result.status is status


def test_an_expired_order_and_news_on_the_way_move_nothing() -> None:
    (result,) = _parse(_event("Pickup"), _event("Info", 2), _event("Expired", 3), state="Delivered").results
    assert (result.status, result.events[-1].status) == (Status.IN_TRANSIT, Status.UNKNOWN)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Parcel returned to sender", Status.RETURNED),
        ("Return to Sender requested", Status.RETURNING),
        ("To be delivered", Status.UNKNOWN),
    ],
)
def test_words_are_read_only_where_there_is_no_type(words: str, status: Status) -> None:
    (event,) = _parse(_event("", description=words)).results[0].events
    assert event.status is status
    (event,) = _parse(_event("Napping", description=words)).results[0].events
    assert event.status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("state", "status"),
    [("Left with Agent", Status.AVAILABLE_FOR_PICKUP), ("Delivered", Status.DELIVERED), ("Resting", Status.IN_TRANSIT)],
)
def test_the_state_tells_what_a_newest_event_of_an_unseen_type_means(state: str, status: Status) -> None:
    forget_unseen()
    with capture_logs() as logs:
        for _ in range(2):
            (result,) = _parse(_event("Pickup"), _event("Napping", 2), state=state).results
    assert result.status is status
    assert [(log["carrier"], log["code"]) for log in logs] == [("sendle", "Napping")]
    (older,) = _parse(_event("Napping"), _event("Pickup", 2), state=state).results
    assert [event.status for event in older.events] == [Status.UNKNOWN, Status.IN_TRANSIT]


@pytest.mark.parametrize(
    ("state", "status"),
    [("", Status.INFO_RECEIVED), ("Pickup", Status.IN_TRANSIT), ("Booked", Status.INFO_RECEIVED)],
)
def test_without_an_event_sendle_has_the_order_unless_its_state_says_more(state: str, status: Status) -> None:
    answer = _parse(state=state)
    assert [(result.status, result.events) for result in answer.results] == [(status, ())]
    assert answer.errors == ()


@pytest.mark.parametrize(
    ("times", "at", "zone"),
    [
        ({"scan_time": "2026-02-01T10:00:00Z"}, "2026-02-01T10:00:00+00:00", Zone.STATED),
        ({"display_time": "2026-02-01T21:00:00+11:00"}, "2026-02-01T21:00:00+11:00", Zone.STATED),
        ({"local_scan_time": "2026-02-01T21:00:00"}, "2026-02-01T21:00:00+11:00", Zone.ASSUMED),
        (
            {"scan_time": "2026-02-01T10:00:00Z", "display_time": "2026-02-01T21:00:00"},
            "2026-02-01T10:00:00+00:00",
            Zone.STATED,
        ),
    ],
)
def test_one_time_of_three_is_enough(times: dict[str, str], at: str, zone: Zone) -> None:
    (event,) = _parse({"event_type": "Pickup", "location": "KEW VIC", **times}).results[0].events
    assert (event.at.isoformat(), event.zone) == (at, zone)


def test_events_that_cannot_be_read_cost_the_others_nothing() -> None:
    answer = _parse(_event("Pickup"), _event("Delivered", scan_time="soon", display_time=None), "Delivered")
    assert answer.results[0].status is Status.IN_TRANSIT
    assert [(e.number, e.code) for e in answer.errors] == [("A", ResultCode.UNREADABLE)]
    assert "2 events" in answer.errors[0].message


@pytest.mark.parametrize(
    ("status", "body", "code", "retryable"),
    [
        (404, raw("sendle", "not-found.json"), ResultCode.NOT_FOUND, False),
        (200, raw("sendle", "not-found.json"), ResultCode.NOT_FOUND, False),
        (200, b'{"error": "precondition_failed"}', ResultCode.REFUSED, False),
        (401, b'{"error": "unauthorized"}', ResultCode.UNAUTHORIZED, False),
        (403, b"", ResultCode.UNAUTHORIZED, False),
        (422, b'{"error": "unprocessable_entity"}', ResultCode.REFUSED, False),
        (429, b"", ResultCode.RATE_LIMITED, True),
        (503, b"<html></html>", ResultCode.UNAVAILABLE, True),
        (200, b'{"tracking_events": {}}', ResultCode.UNREADABLE, False),
    ],
)
def test_every_documented_error_has_its_code(status: int, body: bytes, code: ResultCode, retryable: bool) -> None:
    (error,) = Adapter.parse(Reply(status, body), ["A"]).errors
    assert (error.number, error.code, error.retryable) == ("A", code, retryable)


def test_a_file_that_is_only_read_has_no_number() -> None:
    (result,) = parsed("sendle", "delivered.json").results
    assert (result.number, result.carrier_url) == ("", None)


def test_one_parcel_is_asked_about_with_id_and_key() -> None:
    with Loopback(lambda _: Told(raw("sendle", "delivered.json"))) as server:
        answer = Adapter(Account("a", CREDENTIALS, server.url)).track([Parcel("S34WER4S")])
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.query) == ("GET", "/tracking/S34WER4S", {})
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"the-id:the-key").decode()
    assert asked.headers["accept"] == "application/json"
    assert [result.number for result in answer.results] == ["S34WER4S"]
    assert Adapter.batch_size == 1


def test_a_reference_cannot_leave_its_place_in_the_address() -> None:
    assert Adapter(Account("a", CREDENTIALS)).call([Parcel("A/../B?x=1")], None).path == "/tracking/A%2F..%2FB%3Fx%3D1"
