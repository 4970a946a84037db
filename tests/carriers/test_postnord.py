"""PostNord: one list of statuses for all, texts that tell them apart, items in different places."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers._postnord_item import CODES
from tracking.carriers.postnord import Adapter
from tracking.platform.facts import Answer, ResultCode, TrackingResult, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

NUMBER = "84971563697SE"


def _shipment(*events: tuple[str, ...], status: str = "", **fields: object) -> dict[str, object]:
    """A shipment of one item; each event is (status, text, number), a day apart, told newest first."""
    told = [
        {"eventTime": f"2026-03-{day:02}T10:00:00Z", "status": e[0], "eventDescription": e[1], "eventCode": (*e, "")[2]}
        for day, e in enumerate(events, 1)
    ]
    own = status or (events[-1][0] if events else "")
    return {"shipmentId": NUMBER, "items": [{"itemId": NUMBER, "status": own, "events": told[::-1], **fields}]}


def _parse(*shipments: dict[str, object], number: str = NUMBER) -> Answer:
    body = {"TrackingInformationResponse": {"shipments": list(shipments)}}
    return Adapter.parse(Reply(200, json.dumps(body).encode()), [number])


def _only(*events: tuple[str, ...], status: str = "", **fields: object) -> TrackingResult:
    (result,) = _parse(_shipment(*events, status=status, **fields)).results
    return result


def test_a_mailbox_delivery_is_told_oldest_first_each_scan_once() -> None:
    (result,) = parsed("postnord", "delivered-mailbox.json", NUMBER).results
    assert [(event.code, event.status) for event in result.events] == [
        ("INFORMED/68", Status.INFO_RECEIVED),
        ("EN_ROUTE/21", Status.IN_TRANSIT),
        ("STOPPED/90", Status.IN_TRANSIT),
        ("EN_ROUTE/20", Status.IN_TRANSIT),
        ("EN_ROUTE/113", Status.OUT_FOR_DELIVERY),
        ("DELIVERED/40", Status.DELIVERED),
    ]
    assert {event.zone for event in result.events} == {Zone.STATED}
    assert (result.status, result.reason) == (Status.DELIVERED, Reason.SAFE_PLACE)
    assert result.delivered_at == datetime(2026, 3, 30, 11, 42, 10, tzinfo=UTC)
    assert (result.signed_by, result.proof, result.estimated) == ("A. EXAMPLE", ("signature",), None)
    assert (result.events[1].location.city, result.events[1].location.country) == ("Taastrup", "DK")
    assert (result.service, result.extra["weight"]) == ("PostNord Varubrev", "0.40 kg")


def test_of_several_items_the_hindmost_speaks_for_the_shipment() -> None:
    (result,) = parsed("postnord", "two-items.json", "00370726201232207865").results
    assert result.status is Status.AVAILABLE_FOR_PICKUP
    assert result.pickup_place == "Example Locker, Storgatan 1, Lund"
    assert result.extra["items"] == {
        "00370726201232207872": "delivered",
        "00370726201232207889": "available_for_pickup",
    }
    assert result.estimated is not None
    assert result.estimated.latest == datetime(2026, 4, 2, 15, tzinfo=UTC)


def test_an_item_asked_for_by_its_own_number_is_told_alone() -> None:
    (result,) = parsed("postnord", "two-items.json", "00370726201232207872").results
    assert (result.status, len(result.events)) == (Status.DELIVERED, 3)
    assert "items" not in result.extra


def test_version_7_names_the_status_otherwise() -> None:
    (result,) = parsed("postnord", "charge-due-v7.json", "RR000000005SE").results
    assert (result.status, result.reason) == (Status.EXCEPTION, Reason.PAYMENT_DUE)
    assert result.estimated is not None
    assert result.estimated.latest == date(2026, 5, 6)


@pytest.mark.parametrize(
    ("status", "text", "expected", "reason"),
    [
        ("CREATED", "", Status.INFO_RECEIVED, None),
        ("INFORMED", "", Status.INFO_RECEIVED, None),
        ("EN_ROUTE", "The shipment item has been dropped off by sender.", Status.IN_TRANSIT, None),
        ("EN_ROUTE", "The delivery of the shipment item is in progress.", Status.OUT_FOR_DELIVERY, None),
        ("EN_ROUTE", "The import is complete and all fees have been handled.", Status.IN_TRANSIT, Reason.CUSTOMS),
        ("DELIVERY", "", Status.OUT_FOR_DELIVERY, None),
        ("AVAILABLE_FOR_DELIVERY", "", Status.AVAILABLE_FOR_PICKUP, None),
        ("AVAILABLE_FOR_DELIVERY_PAR_LOC", "", Status.AVAILABLE_FOR_PICKUP, None),
        ("DELIVERED", "The shipment item has been delivered.", Status.DELIVERED, None),
        ("DELIVERED", "It was delivered at the recipient's door.", Status.DELIVERED, Reason.SAFE_PLACE),
        ("DELAYED", "", Status.EXCEPTION, Reason.CARRIER_DELAY),
        ("EXPECTED_DELAY", "", Status.EXCEPTION, Reason.CARRIER_DELAY),
        ("EXPECTED_DELAY", "The address is incomplete.", Status.EXCEPTION, Reason.ADDRESS),
        ("DELIVERY_IMPOSSIBLE", "", Status.ATTEMPT_FAIL, None),
        ("DELIVERY_REFUSED", "", Status.EXCEPTION, Reason.REFUSED),
        ("RETURNED", "", Status.RETURNING, None),
        ("STOPPED", "", Status.EXCEPTION, Reason.OTHER),
        ("STOPPED", "The shipment item has been stored.", Status.EXCEPTION, Reason.ON_HOLD),
        ("STOPPED", "The shipment item is being customs cleared by us.", Status.IN_TRANSIT, Reason.CUSTOMS),
        (
            "STOPPED",
            "It is held at a distribution terminal awaiting the booked delivery date or an agreement.",
            Status.IN_TRANSIT,
            Reason.ON_HOLD,
        ),
        ("OTHER", "Import Charge sent to recipient.", Status.EXCEPTION, Reason.PAYMENT_DUE),
        ("OTHER", "Your item is being processed at our sorting center.", Status.IN_TRANSIT, None),
        ("OTHER", "The shipment item has been loaded.", Status.IN_TRANSIT, None),
        ("OTHER", "Will be delivered soon.", Status.UNKNOWN, None),
        ("SPLIT", "", Status.UNKNOWN, None),
    ],
)
def test_a_status_means(status: str, text: str, expected: Status, reason: Reason | None) -> None:
    (event,) = _only((status, text)).events
    assert (event.status, event.reason) == (expected, reason)


@pytest.mark.parametrize(
    ("number", "expected"),
    [("20", "in_transit"), ("30", "out_for_delivery"), ("40", "delivered"), ("68", "info_received"), ("7", "unknown")],
)
def test_the_number_of_an_event_counts_where_it_has_no_status(number: str, expected: str) -> None:
    assert _only(("", "", number), status="OTHER").events[0].status == expected


def test_an_item_that_waits_before_its_scan_is_listed_is_told_as_waiting() -> None:
    result = _only(("INFORMED", ""), ("DELIVERY", "Out for delivery"), status="AVAILABLE_FOR_DELIVERY")
    assert result.status is Status.AVAILABLE_FOR_PICKUP
    assert [event.status for event in result.events] == [
        Status.INFO_RECEIVED,
        Status.OUT_FOR_DELIVERY,
        Status.AVAILABLE_FOR_PICKUP,
    ]
    assert result.events[2].at - result.events[1].at == timedelta(seconds=1)


def test_an_item_that_is_behind_its_events_changes_nothing() -> None:
    assert _only(("DELIVERY_IMPOSSIBLE", ""), status="EN_ROUTE").status is Status.ATTEMPT_FAIL
    assert _only(("RETURNED", ""), ("DELIVERED", ""), status="RETURNED").status is Status.RETURNED
    assert _only(("STOPPED", "It is being customs cleared by us."), status="STOPPED").status is Status.IN_TRANSIT


def test_a_shipment_without_events_is_what_it_says_it_is() -> None:
    (result,) = _parse({"shipmentId": NUMBER, "status": "INFORMED"}).results
    assert (result.status, result.events) == (Status.INFO_RECEIVED, ())
    assert _only(status="DELIVERED").status is Status.DELIVERED
    assert _only().status is Status.PENDING


def test_an_older_answer_names_its_events_otherwise() -> None:
    item = {
        "itemId": NUMBER,
        "status": "EN_ROUTE",
        "event": [{"eventTime": "2026-03-01T10:00:00Z", "status": "EN_ROUTE"}],
    }
    assert _parse({"shipmentId": NUMBER, "items": [item]}).results[0].status is Status.IN_TRANSIT


def test_an_unseen_status_changes_nothing_and_is_logged_once() -> None:
    forget_unseen()
    with capture_logs() as logs:
        result = _only(("EN_ROUTE", ""), ("RESTING", "delivered"))
        _only(("RESTING", ""))
    assert result.status is Status.IN_TRANSIT
    assert [line["code"] for line in logs if line["event"] == "carrier.code_unseen"] == ["status/RESTING"]


def test_an_event_without_a_readable_time_is_left_out_and_said() -> None:
    broken = _shipment(("EN_ROUTE", ""), ("DELIVERED", ""))
    broken["items"][0]["events"][0]["eventTime"] = "yesterday"  # type: ignore[index]
    answer = _parse(broken)
    assert [(error.number, error.code) for error in answer.errors] == [(NUMBER, ResultCode.UNREADABLE)]
    assert len(answer.results[0].events) == 2, "the item says delivered"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, raw("postnord", "not-found.json"), ResultCode.NOT_FOUND),
        (200, raw("postnord", "invalid-identifier.json"), ResultCode.INVALID_NUMBER),
        (400, raw("postnord", "invalid-identifier.json"), ResultCode.INVALID_NUMBER),
        (200, b'{"compositeFault": {"faults": [{"faultCode": "invalidLocale"}]}}', ResultCode.REFUSED),
        (200, b'{"compositeFault": {"faults": [{"faultCode": "x"}]}, "shipments": []}', ResultCode.NOT_FOUND),
        (404, b"{}", ResultCode.NOT_FOUND),
        (401, b"", ResultCode.UNAUTHORIZED),
        (403, b"", ResultCode.UNAUTHORIZED),
        (429, b"", ResultCode.RATE_LIMITED),
        (200, b'{"TrackingInformationResponse": {}}', ResultCode.UNREADABLE),
        (200, b'{"TrackingInformationResponse": {"shipments": [{"items": []}]}}', ResultCode.UNREADABLE),
    ],
)  # fmt: skip
def test_every_error_has_its_code(status: int, body: bytes, code: ResultCode) -> None:
    answer = Adapter.parse(Reply(status, body), ["123"])
    assert [(error.number, error.code) for error in answer.errors] == [("123", code)]


def test_it_asks_version_5_in_english_with_the_key_as_a_parameter() -> None:
    with Loopback(lambda _: Told(raw("postnord", "delivered-mailbox.json"))) as server:
        answer = Adapter(Account("a", {"api_key": "k"}, server.url, "sv")).track([Parcel(NUMBER)])
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("GET", "/shipment/v5/trackandtrace/findByIdentifier.json")
    assert asked.query == {"id": NUMBER, "locale": "en", "apikey": "k"}
    assert [result.number for result in answer.results] == [NUMBER]


def test_it_asks_version_7_if_the_account_says_so() -> None:
    call = Adapter(Account("a", {"api_key": "k", "version": "V7"})).call([Parcel("A/../B?")], None)
    assert call.path == "/shipment/v7/trackandtrace/id/A%2F..%2FB%3F/public"
    assert call.params == {"locale": "en", "apikey": "k"}


def test_every_status_and_number_of_the_page_is_listed() -> None:
    assert len(CODES) == 20
