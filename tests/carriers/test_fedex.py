"""FedEx: batches in which one number costs the others nothing, reused numbers, codes that collide, what is asked."""

import json
from datetime import date
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed
from tests.loopback import Asked, Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers.fedex import Adapter
from tracking.platform.facts import Answer, ResultCode, TrackingEvent, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

DELIVERED, TRIED, UNKNOWN, REUSED = "986578788855", "477179081230", "449044304137", "122816215025"


def _batch(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"output": {"completeTrackResults": entries}}).encode()


def _told(result: dict[str, Any]) -> Answer:
    return Adapter.parse(Reply(200, _batch({"trackingNumber": TRIED, "trackResults": [result]})), [TRIED])


def _event(**scan: Any) -> TrackingEvent:
    ((event,),) = (
        result.events for result in _told({"scanEvents": [{"date": "2026-12-03T10:00:00Z", **scan}]}).results
    )
    return event


def test_one_bad_number_costs_the_others_nothing() -> None:
    answer = parsed("fedex", "mixed-batch.json", DELIVERED, UNKNOWN, TRIED, "999999999999")
    assert [(result.number, result.status) for result in answer.results] == [
        (DELIVERED, Status.DELIVERED),
        (TRIED, Status.ATTEMPT_FAIL),
    ]
    assert [(error.number, error.code, error.retryable) for error in answer.errors] == [
        (UNKNOWN, ResultCode.NOT_FOUND, False),
        ("999999999999", ResultCode.UNREADABLE, False),
    ]


def test_delivered_says_when_to_whom_and_with_what_proof() -> None:
    (result,) = parsed("fedex", "mixed-batch.json", DELIVERED).results
    assert result.delivered_at is not None
    assert result.delivered_at.isoformat() == "2026-12-03T10:12:00-05:00"
    assert (result.service, result.signed_by, result.proof) == ("FedEx Ground", "A.LOVELACE", ("signature",))
    assert result.estimated is not None
    assert result.estimated.latest.isoformat() == "2026-12-03T12:00:00-05:00"


def test_a_scan_without_an_offset_is_read_in_the_zone_of_its_place() -> None:
    (result,) = parsed("fedex", "mixed-batch.json", DELIVERED).results
    assert [event.zone for event in result.events].count(Zone.ASSUMED) == 1
    assert result.events[2].at.isoformat() == "2026-12-02T07:15:00-05:00"


def test_a_midnight_is_a_day_and_an_informational_scan_keeps_the_status() -> None:
    (result,) = parsed("fedex", "mixed-batch.json", TRIED).results
    assert result.estimated is not None
    assert (result.estimated.earliest, result.estimated.latest) == (date(2026, 12, 4), date(2026, 12, 4))
    assert [(event.code, event.status, event.reason) for event in result.events] == [
        ("CD", Status.EXCEPTION, Reason.CUSTOMS),
        ("AO", Status.UNKNOWN, None),
        ("DE", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
    ]


def test_of_a_reused_number_the_newest_scan_is_meant_and_a_return_is_no_delivery() -> None:
    (result,) = parsed("fedex", "reused-number-returned.json", REUSED).results
    assert [event.status for event in result.events] == [Status.EXCEPTION, Status.RETURNING, Status.RETURNED]
    assert (result.status, result.delivered_at, result.signed_by) == (Status.RETURNED, None, None)
    assert result.events[0].reason is Reason.ADDRESS


@pytest.mark.parametrize(
    "more",
    [
        {"returnDetail": {"authorizationName": "A B"}},
        {"additionalTrackingInfo": {"packageIdentifiers": [{"type": "RETURNED_TO_SHIPPER_TRACKING_NUMBER"}]}},
    ],
)
def test_a_return_under_another_number_is_no_delivery_either(more: dict[str, Any]) -> None:
    scan = {"date": "2026-12-03T10:00:00Z", "eventType": "DL"}
    (result,) = _told({"scanEvents": [scan], **more}).results
    assert result.status is Status.RETURNED


def test_a_held_parcel_says_where_and_a_delay_says_why() -> None:
    (result,) = parsed("fedex", "held-for-pickup.json", REUSED).results
    assert result.status is Status.AVAILABLE_FOR_PICKUP
    assert result.pickup_place == "FedEx Office, 1 Main Street, Boston, MA, 02108"
    assert result.events[0].reason is Reason.WEATHER
    assert result.estimated is not None
    assert result.estimated.latest == date(2026, 12, 4)


@pytest.mark.parametrize(
    ("scan", "meaning"),
    [
        ({"eventType": "DE", "exceptionCode": "08"}, (Status.ATTEMPT_FAIL, Reason.NOT_HOME)),
        ({"eventType": "DE", "exceptionCode": "A47"}, (Status.EXCEPTION, None)),
        ({"eventType": "SE", "exceptionCode": "007"}, (Status.EXCEPTION, Reason.NOT_HOME)),
        ({"eventType": "PU", "exceptionCode": "007"}, (Status.IN_TRANSIT, None)),
        ({"eventType": "Ow"}, (Status.IN_TRANSIT, None)),
        ({"eventType": "DY", "derivedStatusCode": "DY"}, (Status.UNKNOWN, None)),
        # the event's own code before the derived one; the derived one where there is no other
        ({"eventType": "AR", "derivedStatusCode": "DL"}, (Status.IN_TRANSIT, None)),
        ({"derivedStatusCode": "OD"}, (Status.OUT_FOR_DELIVERY, None)),
        ({"derivedStatusCode": "IN"}, (Status.INFO_RECEIVED, None)),
        # as an event's code it is movement
        ({"eventType": "IN"}, (Status.IN_TRANSIT, None)),
    ],
)
def test_a_scan_means_what_its_codes_say(scan: dict[str, str], meaning: tuple[Status, Reason | None]) -> None:
    event = _event(**scan)
    assert (event.status, event.reason) == meaning


def test_an_unseen_code_is_not_guessed_from_the_derived_one() -> None:
    forget_unseen()
    with capture_logs() as logs:
        assert _event(eventType="Q9", derivedStatusCode="DL").status is Status.UNKNOWN
    assert [(line["carrier"], line["code"]) for line in logs] == [("fedex", "event/Q9")]


def test_without_scans_the_latest_status_is_told() -> None:
    latest = {"code": "DE", "ancillaryDetails": [{"reason": "007"}]}
    (result,) = _told({"latestStatusDetail": latest}).results
    assert (result.status, result.reason, result.events) == (Status.ATTEMPT_FAIL, Reason.NOT_HOME, ())


def test_the_number_asked_for_counts_even_if_another_stands_inside() -> None:
    inside = {"trackingNumberInfo": {"trackingNumber": "1"}, "latestStatusDetail": {"code": "PU"}}
    (result,) = _told(inside).results
    assert (result.number, result.status) == (TRIED, Status.IN_TRANSIT)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("TRACKING.TRACKINGNUMBER.NOTFOUND", ResultCode.NOT_FOUND),
        ("TRACKING.TRACKINGNUMBER.EMPTY", ResultCode.INVALID_NUMBER),
        ("INTERNAL.SERVER.ERROR", ResultCode.UNAVAILABLE),
        ("SOMETHING.ELSE", ResultCode.REFUSED),
    ],
)
def test_an_error_inside_200_is_told_for_its_number(code: str, expected: ResultCode) -> None:
    (error,) = _told({"error": {"code": code, "message": f"About {TRIED}."}}).errors
    assert (error.number, error.code) == (TRIED, expected)
    assert error.message.count(TRIED) == 0


@pytest.mark.parametrize(
    ("name", "status", "expected"),
    [
        ("error-400.json", 400, ResultCode.INVALID_NUMBER),
        ("error-401.json", 401, ResultCode.UNAUTHORIZED),
        ("error-503.json", 503, ResultCode.UNAVAILABLE),
        # the envelope alone says it too
        ("error-503.json", 200, ResultCode.UNAVAILABLE),
    ],
)
def test_an_error_of_the_whole_call_is_told_for_every_number(name: str, status: int, expected: ResultCode) -> None:
    answer = parsed("fedex", name, DELIVERED, TRIED, status=status)
    assert [(error.number, error.code) for error in answer.errors] == [(DELIVERED, expected), (TRIED, expected)]


def test_thirty_numbers_are_asked_about_in_one_call() -> None:
    def answer(asked: Asked) -> Told:
        if asked.path == "/oauth/token":
            return Told({"access_token": "T", "token_type": "bearer", "expires_in": 3600, "scope": "CXS"})
        listed = [info["trackingNumberInfo"]["trackingNumber"] for info in asked.json["trackingInfo"]]
        error = {"error": {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND"}}
        entries = [{"trackingNumber": number, "trackResults": [error]} for number in listed]
        return Told({"output": {"completeTrackResults": entries}})

    parcels = [Parcel(str(10**11 + n), {"shipped_on": "2026-12-01", "carrier_code": "FDXG"}) for n in range(30)]
    with Loopback(answer) as server:
        adapter = Adapter(Account("one", {"client_id": "me", "client_secret": "pass"}, server.url, "fr"))
        found = adapter.track(parcels)
    token, asked = server.asked
    assert token.body == b"grant_type=client_credentials&client_id=me&client_secret=pass"
    assert (asked.method, asked.path) == ("POST", "/track/v1/trackingnumbers")
    assert (asked.headers["authorization"], asked.headers["x-locale"]) == ("Bearer T", "fr_FR")
    assert asked.json["includeDetailedScans"] is True
    assert asked.json["trackingInfo"][0] == {
        "trackingNumberInfo": {"trackingNumber": "100000000000", "carrierCode": "FDXG"},
        "shipDateBegin": "2026-12-01",
    }
    assert [error.number for error in found.errors] == [parcel.number for parcel in parcels]
    assert len(parcels) == Adapter.batch_size


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("Delivery attempted - customer not available", (Status.ATTEMPT_FAIL, Reason.NOT_HOME)),
        ("Delivery attempted", (Status.ATTEMPT_FAIL, None)),
        ("Refused by recipient", (Status.EXCEPTION, Reason.REFUSED)),
        ("Incorrect recipient address", (Status.EXCEPTION, Reason.ADDRESS)),
        ("Future delivery requested", (Status.EXCEPTION, Reason.RESCHEDULED)),
        ("Severe weather delaying delivery", (Status.EXCEPTION, Reason.WEATHER)),
        ("Something else", (Status.EXCEPTION, None)),
    ],
)
def test_an_exception_of_an_unlisted_code_is_told_by_its_words(
    words: str, meaning: tuple[Status, Reason | None]
) -> None:
    event = _event(eventType="DE", exceptionCode="A99", exceptionDescription=words)
    assert (event.status, event.reason) == meaning
    # only a delivery can have been attempted
    assert _event(eventType="SE", exceptionCode="A99", exceptionDescription=words).status is Status.EXCEPTION


def test_a_photo_is_proof_and_a_note_is_no_signer() -> None:
    delivered = {
        "scanEvents": [{"date": "2026-12-03T10:00:00-05:00", "eventType": "DL"}],
        "deliveryDetails": {"receivedByName": "Signature not required", "signedByName": ""},
        "availableImages": [{"type": "PICTURE_PROOF_OF_DELIVERY"}, {"type": "SIGNATURE_PROOF_OF_DELIVERY"}],
    }
    (result,) = _told(delivered).results
    assert (result.signed_by, result.proof) == (None, ("signature", "photo"))


def test_days_without_a_time_are_days() -> None:
    dated = [{"type": "ESTIMATED_DELIVERY", "dateTime": "2026-12-04"}]
    (result,) = _told({"latestStatusDetail": {"code": "IT"}, "dateAndTimes": dated}).results
    assert result.estimated is not None
    assert result.estimated.latest.isoformat() == "2026-12-04"


@pytest.mark.parametrize("status", [200, 400])
def test_a_malformed_number_is_invalid(status: int) -> None:
    body = {"errors": [{"code": "TRACKING.TRACKINGNUMBER.INVALID", "message": "Invalid tracking numbers."}]}
    assert [e.code for e in Adapter.parse(Reply(status, json.dumps(body).encode()), [TRIED]).errors] == [
        ResultCode.INVALID_NUMBER
    ]


def test_an_integer_is_the_same_number_without_its_leading_zeros() -> None:
    entry = {"trackingNumber": 39936862321, "trackResults": [{"latestStatusDetail": {"code": "IT"}}]}
    answer = Adapter.parse(Reply(200, _batch(entry)), ["039936862321"])
    assert [result.number for result in answer.results] == ["039936862321"]
