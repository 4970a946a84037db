"""USPS: events by code, the piece by its category, GMT beside local times, the tracking scope, what is asked."""

import json
from datetime import date
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers.usps import Adapter
from tracking.platform.errors import BadCredentials
from tracking.platform.facts import Answer, ResultCode, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

NUMBER = "9400111206206406260787"


def _piece(**fields: Any) -> Answer:
    return Adapter.parse(Reply(200, json.dumps({"trackingNumber": NUMBER, **fields}).encode()), [NUMBER])


def _scan(code: str, words: str = "", day: str = "2026-12-03") -> dict[str, Any]:
    return {"eventCode": code, "eventType": words, "GMTTimestamp": f"{day}T12:00:00Z", "GMTOffset": "-05:00"}


def test_delivered_is_told_in_the_offsets_that_gmt_and_local_time_give_together() -> None:
    (result,) = parsed("usps", "delivered.json", NUMBER).results
    assert [(event.at.isoformat(), event.zone, event.code, event.status) for event in result.events] == [
        ("2026-12-01T11:32:33-05:00", Zone.STATED, "GX", Status.INFO_RECEIVED),
        # no offset, and a Z behind the local time that is none
        ("2026-12-02T01:13:31-08:00", Zone.STATED, "A1", Status.IN_TRANSIT),
        # local time only: by its state
        ("2026-12-03T09:10:00-08:00", Zone.ASSUMED, "OF", Status.OUT_FOR_DELIVERY),
        ("2026-12-03T13:58:40-08:00", Zone.STATED, "01", Status.DELIVERED),
    ]


def test_delivered_says_when_to_whom_where_and_names_the_service_without_tags() -> None:
    (result,) = parsed("usps", "delivered.json", NUMBER).results
    assert (result.status, result.reason) == (Status.DELIVERED, Reason.SAFE_PLACE)
    assert result.delivered_at == result.events[-1].at
    assert (result.service, result.signed_by, result.proof) == ("USPS Ground Advantage™", "A LOVELACE", ("signature",))


def test_an_alert_whose_newest_scan_goes_back_is_returning() -> None:
    (result,) = parsed("usps", "alert-returning.json", NUMBER).results
    assert (result.status, result.reason) == (Status.RETURNING, Reason.NOT_COLLECTED)
    assert result.events[1].reason is Reason.NO_ACCESS


def test_the_prediction_is_preferred_and_in_the_destinations_time() -> None:
    (result,) = parsed("usps", "predicted.json", NUMBER).results
    assert result.estimated is not None
    assert str(result.estimated.earliest) == "2026-12-04 13:00:00-08:00"
    assert str(result.estimated.latest) == "2026-12-04 17:00:00-08:00"
    assert result.events[-1].zone is Zone.ASSUMED


def test_an_expected_day_stays_a_day() -> None:
    (result,) = _piece(
        statusCategory="In Transit", expectedDeliveryDate="2026-12-05", expectedDeliveryTime="21:00"
    ).results
    assert result.estimated is not None
    assert (result.estimated.earliest, result.estimated.latest) == (date(2026, 12, 5), date(2026, 12, 5))
    assert result.extra == {"by": "21:00"}


@pytest.mark.parametrize(
    ("category", "status"),
    [
        ("Delivered", Status.DELIVERED),
        ("DELIVERED TO AGENT", Status.DELIVERED),
        ("Out for Delivery", Status.OUT_FOR_DELIVERY),
        ("In Transit", Status.IN_TRANSIT),
        ("Accepted", Status.IN_TRANSIT),
        ("Moving Through Network", Status.IN_TRANSIT),
        ("Delivery Attempt: Action Needed", Status.ATTEMPT_FAIL),
        ("Available for Pickup", Status.AVAILABLE_FOR_PICKUP),
        ("Alert: Undeliverable as Addressed", Status.EXCEPTION),
        ("Alert", Status.EXCEPTION),
        ("Pre-Shipment", Status.INFO_RECEIVED),
    ],
)
def test_the_category_says_where_the_piece_is(category: str, status: Status) -> None:
    (result,) = _piece(statusCategory=category, trackingEvents=[_scan("DX")]).results
    assert result.status is status


def test_an_unseen_category_is_logged_and_the_newest_scan_counts() -> None:
    forget_unseen()
    with capture_logs() as logs:
        (result,) = _piece(statusCategory="Teleported", trackingEvents=[_scan("OF")]).results
    assert result.status is Status.OUT_FOR_DELIVERY
    assert [line["code"] for line in logs] == ["category/Teleported"]


@pytest.mark.parametrize("category", ["Delivered", ""])
def test_a_delivery_to_the_sender_is_a_return(category: str) -> None:
    (result,) = _piece(statusCategory=category, trackingEvents=[_scan("01", "Delivered, To Original Sender")]).results
    assert (result.status, result.delivered_at) == (Status.RETURNED, None)
    assert result.events[0].status is Status.RETURNED


@pytest.mark.parametrize(
    ("code", "words", "meaning"),
    [
        ("01", "Delivered, Neighbor as Requested", (Status.DELIVERED, Reason.NEIGHBOUR)),
        ("01", "Delivered, In/At Mailbox", (Status.DELIVERED, Reason.SAFE_PLACE)),
        ("01", "Delivered, Left with Individual", (Status.DELIVERED, None)),
        ("1", "", (Status.DELIVERED, None)),
        ("43", "Picked Up", (Status.DELIVERED, None)),
        ("04", "Refused", (Status.EXCEPTION, Reason.REFUSED)),
        ("51", "Business Closed", (Status.ATTEMPT_FAIL, Reason.CLOSED)),
        ("23", "Moved, Left no Address", (Status.RETURNING, Reason.ADDRESS)),
        ("DX", "Delivery status not updated", (Status.UNKNOWN, None)),
    ],
)
def test_an_event_means_what_its_code_says(code: str, words: str, meaning: tuple[Status, Reason | None]) -> None:
    (result,) = _piece(trackingEvents=[_scan(code, words)]).results
    assert (result.events[0].status, result.events[0].reason) == meaning


def test_a_piece_that_waits_says_where_and_until_when() -> None:
    scan = {**_scan("16"), "eventCity": "FRESNO", "eventState": "CA", "eventZIP": "93650"}
    (result,) = _piece(
        statusCategory="Available for Pickup", trackingEvents=[scan], returnDateNotice="2026-12-18"
    ).results
    assert (result.pickup_place, result.pickup_until) == ("FRESNO, CA, 93650", date(2026, 12, 18))


@pytest.mark.parametrize("prefix", ["42093650", "420936501234"])
def test_a_number_asked_with_its_routing_prefix_is_the_same_piece(prefix: str) -> None:
    (result,) = parsed("usps", "delivered.json", prefix + NUMBER).results
    assert result.number == prefix + NUMBER


def test_a_malformed_number_is_invalid_and_an_unknown_one_not_found() -> None:
    for status, expected in ((400, ResultCode.INVALID_NUMBER), (404, ResultCode.NOT_FOUND)):
        (error,) = parsed("usps", "error-404.json", NUMBER, status=status).errors
        assert (error.number, error.code) == (NUMBER, expected)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_missing_scope_is_unauthorized_under_any_status(status: int) -> None:
    (error,) = parsed("usps", "error-401-scope.json", NUMBER, status=status).errors
    assert error.code is ResultCode.UNAUTHORIZED


def test_an_error_envelope_under_200_is_believed() -> None:
    (error,) = parsed("usps", "error-404.json", NUMBER, status=200).errors
    assert error.code is ResultCode.NOT_FOUND


def _server(scope: str) -> Loopback:
    def answer(asked: Asked) -> Told:
        if asked.path == "/oauth2/v3/token":
            return Told({"access_token": "T", "expires_in": 28799, "scope": scope})
        return Told(raw("usps", "delivered.json"))

    return Loopback(answer)


def _adapter(server: Loopback) -> Adapter:
    return Adapter(Account("one", {"client_id": "me", "client_secret": "pass"}, server.url))


def test_it_asks_in_detail_with_what_tells_reused_numbers_apart() -> None:
    with _server("tracking addresses") as server:
        extra = {"destination_postcode": "93650-1234", "shipped_on": "2026-12-01"}
        found = _adapter(server).track([Parcel(NUMBER, extra)])
    token, asked = server.asked
    assert b"scope=tracking" in token.body
    assert b"client_secret=pass" in token.body
    assert (asked.path, asked.headers["authorization"]) == (f"/tracking/v3/tracking/{NUMBER}", "Bearer T")
    assert asked.query == {"expand": "DETAIL", "destinationZIPCode": "93650", "mailingDate": "2026-12-01"}
    assert [result.number for result in found.results] == [NUMBER]


def test_a_token_without_the_tracking_scope_is_told_to_the_operator() -> None:
    with _server("domestic-prices addresses") as server, capture_logs() as logs:
        with pytest.raises(BadCredentials, match="tracking"):
            _adapter(server).check()
        assert [line["event"] for line in logs if line["log_level"] == "warning"] == ["usps.scope_missing"]


def test_a_token_with_the_tracking_scope_passes_the_check() -> None:
    with _server("tracking") as server:
        _adapter(server).check()
        assert [asked.path for asked in server.asked] == ["/oauth2/v3/token"]


@pytest.mark.parametrize(
    ("where", "at", "zone"),
    [
        (
            {"eventCity": "ANCHORAGE", "eventState": "AK", "eventZIP": "99501"},
            "2026-12-03T12:00:00-09:00",
            Zone.ASSUMED,
        ),
        ({"eventCity": "LOS ANGELES CA DISTRIBUTION CENTER"}, "2026-12-03T12:00:00-08:00", Zone.ASSUMED),
        ({"eventCity": "TOKYO", "eventCountry": "JAPAN"}, "2026-12-03T12:00:00+09:00", Zone.ASSUMED),
        ({}, "2026-12-03T12:00:00-05:00", Zone.ASSUMED),
        # abroad, and nobody knows where: not the carrier's own zone
        ({"eventCity": "CITY", "eventCountry": "ATLANTIS"}, "2026-12-03T12:00:00+00:00", Zone.UNKNOWN),
    ],
)
def test_a_local_time_is_read_where_it_happened(where: dict[str, str], at: str, zone: Zone) -> None:
    scan = {"eventCode": "10", "eventTimestamp": "2026-12-03T12:00:00Z", **where}
    (result,) = _piece(statusCategory="In Transit", trackingEvents=[scan]).results
    assert [(event.at.isoformat(), event.zone) for event in result.events] == [(at, zone)]


def test_a_window_of_twelve_hours_is_in_the_zone_of_the_zip_code() -> None:
    (result,) = _piece(
        statusCategory="In Transit",
        predictedDeliveryDate="2026-12-03",
        predictedDeliveryWindowStartTime="1:15 PM",
        predictedDeliveryWindowEndTime="5:15 p.m.",
        destinationZIP="99501",
    ).results
    assert result.estimated is not None
    assert result.estimated.earliest.isoformat() == "2026-12-03T13:15:00-09:00"
    assert result.estimated.latest.isoformat() == "2026-12-03T17:15:00-09:00"


def test_a_piece_in_transit_back_to_its_sender_is_returning() -> None:
    scans = [_scan("TL", day="2026-12-04"), _scan("21", day="2026-12-03")]
    (result,) = _piece(statusCategory="In Transit", trackingEvents=scans).results
    assert (result.status, result.reason) == (Status.RETURNING, Reason.ADDRESS)


def test_an_alert_keeps_the_reason_of_a_failed_attempt() -> None:
    (result,) = _piece(statusCategory="Alert", status="Delivery Attempted", trackingEvents=[_scan("53")]).results
    assert (result.status, result.reason) == (Status.EXCEPTION, Reason.NO_ACCESS)


def test_without_a_category_and_events_the_status_counts() -> None:
    assert [result.status for result in _piece(status="Out for Delivery").results] == [Status.OUT_FOR_DELIVERY]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("A status update is not yet available on your package.", ResultCode.NOT_FOUND),
        ("The tracking number may be incorrect.", ResultCode.INVALID_NUMBER),
    ],
)
def test_a_bad_request_may_be_about_a_number_not_known_yet(words: str, expected: ResultCode) -> None:
    body = {"error": {"code": "400", "message": words, "errors": []}}
    assert [e.code for e in Adapter.parse(Reply(400, json.dumps(body).encode()), [NUMBER]).errors] == [expected]
