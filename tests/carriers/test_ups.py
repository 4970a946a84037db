"""UPS: packages, codes in their order, local and GMT times, warnings under HTTP 200, what is asked."""

import json
from datetime import date
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed
from tests.loopback import Asked, Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers.ups import Adapter
from tracking.platform.facts import Answer, ResultCode, TrackingEvent, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

DELIVERED, TRIED = "1Z5R89390357567127", "1Z879E930346834440"


def _event(**status: str) -> TrackingEvent:
    package = {"trackingNumber": TRIED, "activity": [{"date": "20261203", "time": "101200", "status": status}]}
    ((event,),) = (result.events for result in _package(package).results)
    return event


def _package(package: dict[str, Any], *numbers: str) -> Answer:
    body = {"trackResponse": {"shipment": [{"inquiryNumber": TRIED, "package": [package]}]}}
    return Adapter.parse(Reply(200, json.dumps(body).encode()), numbers or (TRIED,))


def test_delivered_is_told_oldest_first_each_once() -> None:
    (result,) = parsed("ups", "delivered.json", DELIVERED).results
    assert [(event.at.isoformat(), event.zone, event.code, event.status) for event in result.events] == [
        ("2026-11-30T12:00:00-05:00", Zone.ASSUMED, "MP", Status.INFO_RECEIVED),
        ("2026-12-01T19:00:00-06:00", Zone.STATED, "DP", Status.IN_TRANSIT),
        # its GMT time lacks the leading zero
        ("2026-12-02T23:47:00-08:00", Zone.STATED, "AR", Status.IN_TRANSIT),
        ("2026-12-03T07:15:00-08:00", Zone.STATED, "OT", Status.OUT_FOR_DELIVERY),
        ("2026-12-03T10:12:00-08:00", Zone.STATED, "ML", Status.DELIVERED),
    ]
    assert result.events[-1].description == "DELIVERED"


def test_delivered_says_when_to_whom_and_with_what_proof() -> None:
    (result,) = parsed("ups", "delivered.json", DELIVERED).results
    assert (result.status, result.reason) == (Status.DELIVERED, Reason.SAFE_PLACE)
    assert result.delivered_at is not None
    assert result.delivered_at.isoformat() == "2026-12-03T10:12:00-08:00"
    assert (result.service, result.signed_by, result.proof) == ("UPS Ground", "LOVELACE", ("signature", "photo"))
    assert result.extra == {"left_at": "Front Door"}
    assert result.estimated is None


def test_of_several_packages_the_one_asked_for_is_told() -> None:
    for number, status in ((DELIVERED, Status.DELIVERED), (TRIED, Status.ATTEMPT_FAIL)):
        (result,) = parsed("ups", "two-packages.json", number).results
        assert (result.number, result.status) == (number, status)
    assert [result.number for result in parsed("ups", "two-packages.json").results] == [DELIVERED, TRIED]


def test_a_package_is_found_by_its_number_at_the_local_post() -> None:
    (result,) = parsed("ups", "two-packages.json", "9400111206206406260787").results
    assert (result.number, result.status) == ("9400111206206406260787", Status.ATTEMPT_FAIL)


def test_a_rescheduled_window_is_in_the_destinations_time() -> None:
    (result,) = parsed("ups", "two-packages.json", TRIED).results
    assert result.estimated is not None
    assert [str(end) for end in (result.estimated.earliest, result.estimated.latest)] == [
        "2026-12-04 09:00:00-08:00",
        "2026-12-04 12:00:00-08:00",
    ]


@pytest.mark.parametrize("kind", ["EOD", "CMT", ""])
def test_a_day_without_a_window_stays_a_day(kind: str) -> None:
    package = {
        "trackingNumber": TRIED,
        "deliveryDate": [{"type": "SDD", "date": "20261204"}],
        "deliveryTime": {"type": kind, "endTime": "120000"},
    }
    (result,) = _package(package).results
    assert result.estimated is not None
    assert (result.estimated.earliest, result.estimated.latest) == (date(2026, 12, 4), date(2026, 12, 4))


def test_local_times_are_read_in_the_zone_of_their_place() -> None:
    (result,) = parsed("ups", "local-times-only.json", TRIED).results
    assert {event.zone for event in result.events} == {Zone.ASSUMED}
    assert {str(event.at.utcoffset()) for event in result.events} == {"1:00:00"}
    # a label without a time of day counts from the start of its day
    assert result.events[0].at.isoformat() == "2026-11-01T00:00:00+01:00"


def test_an_access_point_says_where_and_until_when() -> None:
    (result,) = parsed("ups", "local-times-only.json", TRIED).results
    assert result.status is Status.AVAILABLE_FOR_PICKUP
    assert (result.pickup_place, result.pickup_until) == ("LYON", date(2026, 12, 10))
    assert result.delivered_at is None


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        # the 3-digit code comes first, with or without its zeros
        ({"type": "X", "code": "48", "statusCode": "011"}, (Status.DELIVERED, None)),
        ({"type": "I", "code": "DP", "statusCode": "21"}, (Status.OUT_FOR_DELIVERY, None)),
        # where it only says "exception" the 2-character code of its type says more
        ({"type": "X", "code": "48", "statusCode": "013"}, (Status.ATTEMPT_FAIL, Reason.NOT_HOME)),
        ({"type": "X", "code": "7W", "statusCode": "046"}, (Status.EXCEPTION, Reason.WEATHER)),
        ({"type": "X", "code": "AZ", "statusCode": "046"}, (Status.EXCEPTION, Reason.HOLIDAY)),
        ({"type": "X", "code": "??", "statusCode": "046"}, (Status.EXCEPTION, Reason.CARRIER_DELAY)),
        # "delivered" to a shop or to the sender is not delivered to the recipient
        ({"type": "D", "code": "2Q", "statusCode": "011"}, (Status.AVAILABLE_FOR_PICKUP, None)),
        ({"type": "D", "code": "1N", "statusCode": "011"}, (Status.AVAILABLE_FOR_PICKUP, None)),
        ({"type": "D", "code": "B0", "statusCode": "011"}, (Status.RETURNED, None)),
        ({"type": "D", "code": "FS", "statusCode": "011"}, (Status.DELIVERED, None)),
        # informational codes say nothing about where it is
        ({"type": "X", "code": "H6", "statusCode": "054"}, (Status.UNKNOWN, None)),
        # without it, the 2-character code of the type
        ({"type": "M", "code": "DP"}, (Status.INFO_RECEIVED, None)),
        ({"type": "I", "code": "DP"}, (Status.IN_TRANSIT, None)),
        ({"type": "X", "code": "DP"}, (Status.EXCEPTION, Reason.CUSTOMS)),
        ({"type": "D", "code": "2Q"}, (Status.AVAILABLE_FOR_PICKUP, None)),
        ({"type": "X", "code": "08"}, (Status.EXCEPTION, Reason.CARRIER_DELAY)),
        ({"type": "X", "code": "18"}, (Status.IN_TRANSIT, Reason.CARRIER_DELAY)),
        # with neither, the type
        ({"type": "MV"}, (Status.EXCEPTION, Reason.CANCELLED)),
        ({"type": "RS"}, (Status.RETURNING, None)),
        ({"type": "NA"}, (Status.PENDING, None)),
        ({"type": "U", "code": "UP"}, (Status.UNKNOWN, None)),
    ],
)
def test_a_code_means_what_the_most_exact_of_its_parts_says(
    status: dict[str, str], meaning: tuple[Status, Reason | None]
) -> None:
    event = _event(**status)
    assert (event.status, event.reason) == meaning


def test_an_unseen_3_digit_code_is_not_guessed_from_its_type() -> None:
    forget_unseen()
    with capture_logs() as logs:
        assert _event(type="D", code="Q9", statusCode="998").status is Status.UNKNOWN
        assert _event(type="D", code="Q9", statusCode="998").status is Status.UNKNOWN
    assert logs == [{"event": "carrier.code_unseen", "carrier": "ups", "code": "D/998/Q9", "log_level": "warning"}]


def test_an_informational_event_does_not_move_the_status() -> None:
    def scan(day: str, code: str) -> dict[str, Any]:
        return {"date": day, "time": "101200", "status": {"statusCode": code, "type": "I"}}

    (result,) = _package(
        {"trackingNumber": TRIED, "activity": [scan("20261204", "154"), scan("20261203", "021")]}
    ).results
    assert [event.status for event in result.events] == [Status.OUT_FOR_DELIVERY, Status.UNKNOWN]
    assert result.status is Status.OUT_FOR_DELIVERY


def test_a_package_without_scans_is_told_by_its_current_status() -> None:
    (result,) = _package({"trackingNumber": TRIED, "currentStatus": {"statusCode": "003"}}).results
    assert (result.status, result.events) == (Status.INFO_RECEIVED, ())


def test_an_activity_that_cannot_be_read_is_told_beside_the_others() -> None:
    good = {"date": "20261203", "time": "101200", "status": {"statusCode": "011"}}
    answer = _package({"trackingNumber": TRIED, "activity": [good, {"date": "soon"}, 7]})
    assert [result.status for result in answer.results] == [Status.DELIVERED]
    assert [(error.number, error.code) for error in answer.errors] == [(TRIED, ResultCode.UNREADABLE)]
    assert "2 events" in answer.errors[0].message


def test_a_package_of_which_nothing_can_be_read_is_unreadable() -> None:
    answer = _package({"trackingNumber": TRIED, "activity": "none"})
    assert answer.results == ()
    assert answer.errors[0].code is ResultCode.UNREADABLE


@pytest.mark.parametrize("numbers", [(), (DELIVERED,)])
def test_a_warning_under_200_is_not_found(numbers: tuple[str, ...]) -> None:
    answer = parsed("ups", "not-found.json", *numbers)
    assert [(error.number, error.code, error.retryable) for error in answer.errors] == [
        (DELIVERED, ResultCode.NOT_FOUND, False)
    ]


def test_a_warning_that_is_not_documented_is_refused() -> None:
    body = {"trackResponse": {"shipment": [{"warnings": [{"code": "TW0009", "message": "No."}]}]}}
    (error,) = Adapter.parse(Reply(200, json.dumps(body).encode()), [TRIED]).errors
    assert (error.code, error.message) == (ResultCode.REFUSED, "UPS refused the question (TW0009: No).")


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "TV1002", ResultCode.INVALID_NUMBER),
        (400, "TV9999", ResultCode.REFUSED),
        (401, "250002", ResultCode.UNAUTHORIZED),
        (400, "250003", ResultCode.UNAUTHORIZED),
        (403, "", ResultCode.UNAUTHORIZED),
        (200, "UJ0001", ResultCode.UNAUTHORIZED),
        (200, "XX", ResultCode.REFUSED),
        (404, "", ResultCode.NOT_FOUND),
        (500, "10004", ResultCode.UNAVAILABLE),
    ],
)
def test_an_error_is_told_by_its_code_then_by_its_status(status: int, code: str, expected: ResultCode) -> None:
    body = {"response": {"errors": [{"code": code, "message": "words"}]}}
    (error,) = Adapter.parse(Reply(status, json.dumps(body).encode()), [TRIED]).errors
    assert (error.number, error.code) == (TRIED, expected)


@pytest.mark.parametrize("suffix", ["", "/", "/api", "/api/"])
def test_it_asks_with_a_token_from_outside_the_api_path(suffix: str) -> None:
    def answer(asked: Asked) -> Told:
        if asked.path == "/security/v1/oauth/token":
            return Told({"access_token": "T", "expires_in": "14399"})
        return Told({"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001"}]}]}})

    credentials = {"client_id": "me", "client_secret": "pass", "account_number": "A1B2C3"}
    with Loopback(answer) as server:
        adapter = Adapter(Account("one", credentials, server.url + suffix, "th"))
        for _ in range(2):
            adapter.track([Parcel(TRIED)])
    token, first, second = server.asked
    assert (token.method, token.body) == ("POST", b"grant_type=client_credentials")
    assert token.headers["authorization"] == "Basic bWU6cGFzcw=="
    assert token.headers["x-merchant-id"] == "A1B2C3"
    assert (first.method, first.path) == ("GET", f"/api/track/v1/details/{TRIED}")
    assert first.query == {"locale": "th_TH"}
    assert (first.headers["authorization"], first.headers["transactionsrc"]) == ("Bearer T", "Waypost")
    assert first.headers["transid"] != second.headers["transid"]


def _scan(day: str, code: str, **more: Any) -> dict[str, Any]:
    return {"date": day, "time": "101200", "status": {"statusCode": code}, **more}


def test_a_delivery_after_a_return_began_is_one_to_the_sender() -> None:
    (result,) = _package(
        {"trackingNumber": TRIED, "activity": [_scan("20261205", "011"), _scan("20261203", "035")]}
    ).results
    assert (result.status, result.delivered_at, result.signed_by) == (Status.RETURNED, None, None)


def test_a_scan_of_the_clerks_does_not_undo_a_delivery() -> None:
    (result,) = _package(
        {"trackingNumber": TRIED, "activity": [_scan("20261205", "005"), _scan("20261203", "011")]}
    ).results
    assert result.status is Status.DELIVERED
    assert result.delivered_at is not None
    assert result.delivered_at.day == 3


def test_the_lone_package_of_a_shipment_is_found_by_the_shipments_number() -> None:
    package = {"trackingNumber": DELIVERED, "activity": [_scan("20261203", "005")]}
    assert [result.number for result in _package(package, TRIED).results] == [TRIED]
    assert [error.code for error in _package(package, "1ZNOBODY").errors] == [ResultCode.UNREADABLE]


def test_of_a_number_used_twice_the_newest_package_is_meant() -> None:
    packages = [
        {"trackingNumber": TRIED, "activity": [_scan(day, code)]}
        for day, code in (("20250103", "011"), ("20261203", "021"))
    ]
    body = {"trackResponse": {"shipment": [{"inquiryNumber": TRIED, "package": [one]} for one in packages]}}
    (result,) = Adapter.parse(Reply(200, json.dumps(body).encode()), [TRIED]).results
    assert result.status is Status.OUT_FOR_DELIVERY


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Invalid tracking number", ResultCode.INVALID_NUMBER),
        ("Tracking information not available", ResultCode.NOT_FOUND),
        ("Missing transId", ResultCode.REFUSED),
    ],
)
def test_an_error_of_an_unlisted_code_is_told_by_its_words(words: str, expected: ResultCode) -> None:
    body = {"response": {"errors": [{"code": "TV9999", "message": words}]}}
    assert [e.code for e in Adapter.parse(Reply(400, json.dumps(body).encode()), [TRIED]).errors] == [expected]


def test_a_country_in_words_gives_its_zone() -> None:
    activity = _scan("20261203", "005", location={"address": {"city": "KOELN", "country": "GERMANY"}})
    ((event,),) = (result.events for result in _package({"trackingNumber": TRIED, "activity": activity}).results)
    assert (event.at.isoformat(), event.zone, event.location.country) == (
        "2026-12-03T10:12:00+01:00",
        Zone.ASSUMED,
        "DE",
    )
