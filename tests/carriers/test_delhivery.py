"""Delhivery: a type, a word and often a code for each scan; Indian times; waybills that are left out."""

import json
from datetime import date

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers._delhivery_scan import CODES
from tracking.carriers.delhivery import Adapter
from tracking.platform.facts import Answer, ResultCode, TrackingResult, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

AWB = "1490810000011"


def _scan(kind: str, word: str, code: str = "", instructions: str = "", *, day: int = 1) -> dict[str, object]:
    at = f"2026-03-{day:02}T10:00:00.000"
    detail = {"ScanDateTime": at, "ScanType": kind, "Scan": word, "StatusCode": code, "Instructions": instructions}
    return {"ScanDetail": detail}


def _parse(*shipments: dict[str, object], numbers: tuple[str, ...] = (AWB,)) -> Answer:
    body = {"ShipmentData": [{"Shipment": shipment} for shipment in shipments]}
    return Adapter.parse(Reply(200, json.dumps(body).encode()), numbers)


def _only(*scans: dict[str, object], **fields: object) -> TrackingResult:
    (result,) = _parse({"AWB": AWB, "Scans": list(scans), **fields}).results
    return result


def test_a_mixed_batch_is_told_in_indian_time_each_scan_once() -> None:
    delivered, tried = parsed("delhivery", "mixed-batch.json", AWB, "1490810000022").results
    assert [(event.code, event.at.isoformat()) for event in delivered.events] == [
        ("UD/Manifested/X-UCI", "2026-03-02T15:27:46+05:30"),
        ("UD/In Transit/X-PPOM", "2026-03-02T19:05:10+05:30"),
        ("UD/Pending/X-IBD3F", "2026-03-04T07:10:00+05:30"),
        ("UD/Dispatched", "2026-03-04T08:11:00+05:30"),
        ("DL/Delivered/EOD-135", "2026-03-04T13:02:11+05:30"),
    ]
    assert {event.zone for event in delivered.events} == {Zone.ASSUMED}
    assert (delivered.status, delivered.signed_by, delivered.proof) == (Status.DELIVERED, "A EXAMPLE", ("code",))
    assert delivered.delivered_at == delivered.events[-1].at
    assert (delivered.events[0].location.city, delivered.events[0].location.region) == ("Mumbai", "Maharashtra")
    assert (tried.status, tried.reason, len(tried.events)) == (Status.ATTEMPT_FAIL, Reason.NOT_HOME, 3)
    assert tried.estimated is not None
    assert tried.estimated.latest == date(2026, 3, 5)


def test_a_parcel_that_went_back_is_returned_and_was_refused() -> None:
    (result,) = parsed("delhivery", "returned.json", "14908100000333").results
    assert [event.status for event in result.events] == [
        Status.INFO_RECEIVED,
        Status.ATTEMPT_FAIL,
        Status.RETURNING,
        Status.RETURNING,
        Status.RETURNED,
    ]
    assert result.events[1].reason is Reason.REFUSED
    assert (result.status, result.delivered_at) == (Status.RETURNED, None)


def test_a_status_may_be_a_bare_word() -> None:
    (result,) = parsed("delhivery", "bare-status.json", "14908100000444").results
    assert (result.status, result.reason) == (Status.EXCEPTION, Reason.CARRIER_DELAY)
    assert result.events[1].location.city == "Bengaluru"
    assert _only(Status="Delivered").status is Status.DELIVERED
    assert _only(Status="Somewhere").status is Status.PENDING


@pytest.mark.parametrize(
    ("kind", "word", "expected"),
    [
        ("UD", "Manifested", Status.INFO_RECEIVED),
        ("UD", "Not Picked", Status.INFO_RECEIVED),
        ("UD", "Scheduled", Status.INFO_RECEIVED),
        ("UD", "In Transit", Status.IN_TRANSIT),
        ("UD", "Pending", Status.IN_TRANSIT),
        ("UD", "Dispatched", Status.OUT_FOR_DELIVERY),
        ("UD", "Cancelled", Status.EXCEPTION),
        ("UD", "RTO", Status.RETURNING),
        ("UD", "Delivered", Status.UNKNOWN),
        ("DL", "Delivered", Status.DELIVERED),
        ("DL", "RTO", Status.RETURNED),
        ("DL", "DTO", Status.RETURNED),
        ("RT", "In Transit", Status.RETURNING),
        ("RT", "Dispatched", Status.RETURNING),
        ("PP", "Scheduled", Status.INFO_RECEIVED),
        ("PU", "In Transit", Status.IN_TRANSIT),
        ("CN", "Canceled", Status.EXCEPTION),
        ("LT", "LOST", Status.EXCEPTION),
        ("", "Delivered", Status.DELIVERED),
        ("", "RTO", Status.RETURNING),
        ("", "Collected", Status.IN_TRANSIT),
        ("XX", "Delivered", Status.UNKNOWN),
    ],
)
def test_a_word_means_what_its_type_says(kind: str, word: str, expected: Status) -> None:
    assert _only(_scan(kind, word)).events[0].status is expected


@pytest.mark.parametrize(
    ("kind", "code", "expected", "reason"),
    [
        ("UD", "EOD-11", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        ("UD", "EOD-6", Status.ATTEMPT_FAIL, Reason.REFUSED),
        ("UD", "EOD- 146", Status.ATTEMPT_FAIL, Reason.DOCUMENTS),
        ("UD", "DLYDC-101", Status.EXCEPTION, Reason.WEATHER),
        ("UD", "RT-104", Status.EXCEPTION, Reason.DAMAGED),
        ("RT", "RT-107", Status.RETURNING, Reason.NOT_HOME),
        ("DL", "EOD-37", Status.DELIVERED, Reason.SAFE_PLACE),
        ("UD", "EOD-37", Status.IN_TRANSIT, None),
    ],
)
def test_a_code_is_more_exact_than_its_word(kind: str, code: str, expected: Status, reason: Reason | None) -> None:
    (event,) = _only(_scan(kind, "Delivered" if kind == "DL" else "Pending", code)).events
    assert (event.status, event.reason) == (expected, reason)


@pytest.mark.parametrize(
    ("instructions", "expected", "reason"),
    [
        ("Customer is unavailable", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        ("Consignee not reachable", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        ("Consignee refused the package", Status.ATTEMPT_FAIL, Reason.REFUSED),
        ("Bad/Incomplete Address", Status.ATTEMPT_FAIL, Reason.ADDRESS),
        ("Payment not ready with customer", Status.ATTEMPT_FAIL, Reason.PAYMENT_DUE),
        ("Entry restricted area", Status.ATTEMPT_FAIL, Reason.NO_ACCESS),
        ("Asked to reschedule on 12 March", Status.ATTEMPT_FAIL, Reason.RESCHEDULED),
        ("Office/Institute closed", Status.ATTEMPT_FAIL, Reason.CLOSED),
        ("Will be delivered tomorrow", Status.IN_TRANSIT, None),
    ],
)
def test_instructions_tell_a_failed_attempt_where_no_code_does(
    instructions: str, expected: Status, reason: Reason | None
) -> None:
    (event,) = _only(_scan("UD", "Pending", "", instructions)).events
    assert (event.status, event.reason) == (expected, reason)
    assert _only(_scan("UD", "Pending", "ZZ-1", instructions)).events[0].status is Status.IN_TRANSIT


def test_a_status_that_is_no_newer_than_the_scans_is_not_told_twice() -> None:
    own = {"Status": "Dispatched", "StatusType": "UD", "StatusDateTime": "2026-03-01T10:00:00", "Instructions": "Out"}
    assert len(_only(_scan("UD", "Dispatched", "", "Out for delivery"), Status=own).events) == 1


def test_unseen_words_and_types_change_nothing_and_are_logged_once() -> None:
    forget_unseen()
    with capture_logs() as logs:
        result = _only(_scan("UD", "Dispatched"), _scan("UD", "Resting", day=2), _scan("XX", "Pending", day=3))
        _only(_scan("UD", "Resting"), _scan("XX", "Pending", day=3))
    assert result.status is Status.OUT_FOR_DELIVERY
    codes = [line["code"] for line in logs if line["event"] == "carrier.code_unseen"]
    assert sorted(codes) == ["UD/Resting", "type/XX"]


def test_a_scan_without_a_readable_time_is_left_out_and_said() -> None:
    broken = _scan("UD", "Pending")
    broken["ScanDetail"]["ScanDateTime"] = "today"  # type: ignore[index]
    answer = _parse({"AWB": AWB, "Scans": [_scan("UD", "Manifested"), broken]})
    assert len(answer.results[0].events) == 1
    assert [(error.number, error.code) for error in answer.errors] == [(AWB, ResultCode.UNREADABLE)]


def test_a_delivery_day_of_its_own_stands_in_for_a_scan() -> None:
    result = _only(Status="Delivered", **{"Delivery Date": "2026-03-04T13:02:11"})
    assert result.delivered_at is not None
    assert result.delivered_at.isoformat() == "2026-03-04T13:02:11+05:30"


def test_a_waybill_that_is_left_out_is_not_found_and_a_strangers_is_not_told() -> None:
    answer = _parse({"AWB": AWB, "Scans": []}, {"AWB": "99", "Scans": []}, numbers=(AWB, "77"))
    assert [result.number for result in answer.results] == [AWB]
    assert [(error.number, error.code) for error in answer.errors] == [("77", ResultCode.NOT_FOUND)]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, raw("delhivery", "not-found.json"), ResultCode.NOT_FOUND),
        (200, raw("delhivery", "error.json"), ResultCode.NOT_FOUND),
        (401, raw("delhivery", "error-401.json"), ResultCode.UNAUTHORIZED),
        (404, b"{}", ResultCode.NOT_FOUND),
        (429, b"", ResultCode.RATE_LIMITED),
        (503, b"<html>", ResultCode.UNAVAILABLE),
        (200, b'{"ShipmentData": 7}', ResultCode.UNREADABLE),
        (200, b'{"ShipmentData": null}', ResultCode.UNREADABLE),
    ],
)
def test_every_error_has_its_code(status: int, body: bytes, code: ResultCode) -> None:
    answer = Adapter.parse(Reply(status, body), [AWB])
    assert [(error.number, error.code) for error in answer.errors] == [(AWB, code)]


def test_shipments_without_a_waybill_belong_to_nobody() -> None:
    body = b'{"ShipmentData": [{"Shipment": {"Scans": []}}]}'
    assert Adapter.parse(Reply(200, body), [AWB]).errors[0].code is ResultCode.NOT_FOUND
    assert Adapter.parse(Reply(200, body), []).errors[0].code is ResultCode.UNREADABLE


def test_ten_waybills_are_asked_in_one_call_with_the_token() -> None:
    with Loopback(lambda _: Told(raw("delhivery", "mixed-batch.json"))) as server:
        answer = Adapter(Account("a", {"api_token": "t"}, server.url)).track([Parcel(AWB), Parcel("1490810000022")])
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("GET", "/api/v1/packages/json/")
    assert asked.query == {"waybill": f"{AWB},1490810000022"}
    assert asked.headers["authorization"] == "Token t"
    assert (len(answer.results), Adapter.batch_size) == (2, 10)


def test_no_code_stands_for_a_delivery_on_the_way() -> None:
    assert not [code for group, code, meaning in CODES if group == "UD" and meaning.status is Status.DELIVERED]
