"""Ship24: codes and milestones, places and times as texts, entering a number, pushes of what is new."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers._base import Account, Parcel
from tracking.carriers._push import Delivery
from tracking.carriers.ship24 import CODES, Adapter
from tracking.platform.facts import ResultCode, TrackingEvent, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply
from tracking.sandbox import Sandbox

KEY = {"api_key": "apik_secret"}
OFFICIAL = Path(__file__).parents[3] / "shared" / "integrations" / "samples" / "ship24"
NUMBER, WAITING = "9405500000000000000011", "9405500000000000000035"


def _answer(*events: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"trackings": [{"tracker": {"trackingNumber": "N0001"}, "shipment": {}, "events": list(events)}]}}


def _read(**event: Any) -> TrackingEvent:
    one = {"occurrenceDatetime": "2026-03-04T10:00:00", "status": "…", **event}
    (result,) = Adapter.parse(Reply(200, json.dumps(_answer(one)).encode()), ["N0001"]).results
    return result.events[0]


def test_events_are_told_oldest_first_by_time_and_order() -> None:
    (result,) = parsed("ship24", "results.json", NUMBER).results
    assert [event.status for event in result.events] == [
        Status.INFO_RECEIVED,
        Status.IN_TRANSIT,
        Status.IN_TRANSIT,
        Status.IN_TRANSIT,
        Status.ATTEMPT_FAIL,
        Status.OUT_FOR_DELIVERY,
        Status.DELIVERED,
    ]
    assert result.delivered_at == datetime(2026, 3, 6, 19, 31, tzinfo=UTC)
    assert [event.zone for event in result.events[:4]] == [Zone.UNKNOWN, Zone.STATED, Zone.UNKNOWN, Zone.ASSUMED]
    assert (result.service, result.signed_by, result.extra) == ("Parcel Post", "B TAYLOR", {"carrier": "usps"})
    assert result.estimated is not None
    assert (result.estimated.earliest, result.estimated.latest) == (date(2026, 3, 5), date(2026, 3, 6))
    assert "Zara Quill" not in str(result), "what is known of the recipient is not read"


def test_of_two_trackers_the_one_with_news_is_told() -> None:
    (result,) = parsed("ship24", "two-trackers.json", NUMBER).results
    assert result.status is Status.DELIVERED


@pytest.mark.parametrize(
    ("code", "milestone", "expected"),
    [
        (None, "in_transit", (Status.IN_TRANSIT, None)),
        (None, "exception", (Status.EXCEPTION, Reason.OTHER)),
        ("customs_exception", "in_transit", (Status.EXCEPTION, Reason.CUSTOMS)),
        ("customs_received", "in_transit", (Status.IN_TRANSIT, Reason.CUSTOMS)),
        ("delivery_refused", "exception", (Status.EXCEPTION, Reason.REFUSED)),
        ("delivery_exception", "failed_attempt", (Status.EXCEPTION, Reason.OTHER)),
        ("exception_return", "exception", (Status.RETURNING, None)),
        ("exception_lost", "exception", (Status.EXCEPTION, Reason.LOST)),
        ("data_order_cancelled", "exception", (Status.EXCEPTION, Reason.CANCELLED)),
        ("data_delivery_decided", "in_transit", (Status.IN_TRANSIT, None)),
        ("transit_resting", "in_transit", (Status.IN_TRANSIT, None)),
        ("transit_resting", "resting", (Status.UNKNOWN, None)),
        (None, None, (Status.UNKNOWN, None)),
    ],
)
def test_a_code_says_more_than_the_milestone(
    code: str | None, milestone: str | None, expected: tuple[Status, Reason | None]
) -> None:
    event = _read(statusCode=code, statusMilestone=milestone)
    assert (event.status, event.reason) == expected


def test_every_documented_milestone_and_code_is_in_the_table() -> None:
    groups = [group for group, _, _ in CODES]
    assert (groups.count("milestone"), groups.count("code")) == (8, 19)


def test_what_has_no_tracker_is_entered_by_its_couriers_code() -> None:
    def answer(asked: Asked) -> Told:
        return Told(raw("ship24", "error-404.json"), 404) if asked.method == "GET" else Told(_created, 201)

    _created = {"data": {"tracker": {"trackingNumber": WAITING}}}
    with Loopback(answer) as server:
        parcel = Parcel(WAITING, {"carrier": "usps", "destination_postcode": "29401"})
        (error,) = Adapter(Account("a", KEY, server.url)).track([parcel]).errors
        read, entered = server.asked
    assert error.code is ResultCode.NOT_FOUND
    assert read.path == f"/trackers/search/{WAITING}/results"
    assert read.headers["authorization"] == "Bearer apik_secret"
    assert (entered.path, entered.json) == ("/trackers", {"trackingNumber": WAITING, "courierCode": ["us-post"]})


@pytest.mark.parametrize(
    ("name", "status", "expected"),
    [
        ("error-404.json", 404, ResultCode.NOT_FOUND),
        ("error-400-number.json", 400, ResultCode.INVALID_NUMBER),
        ("error-403-quota.json", 403, ResultCode.REFUSED),
        ("pending.json", 200, ResultCode.NOT_FOUND),
        ("created.json", 201, ResultCode.NOT_FOUND),
    ],
)
def test_errors_and_silence_are_understood(name: str, status: int, expected: ResultCode) -> None:
    (error,) = parsed("ship24", name, WAITING, status=status).errors
    assert (error.number, error.code) == (WAITING, expected)


def test_the_sandbox_wants_a_number_entered_first(sandbox: Sandbox) -> None:
    adapter = Adapter(Account("a", sandbox.credentials("ship24"), sandbox.carrier_url("ship24")))
    for _ in range(2):
        assert [error.code for error in adapter.track([Parcel(NUMBER)]).errors] == [ResultCode.NOT_FOUND]
    assert [len(sandbox.calls("ship24", kind)) for kind in ("track", "subscribe")] == [2, 1]
    at = datetime(2020, 3, 2, 15, tzinfo=UTC)
    sandbox.parcel(carrier="usps", number=NUMBER, scans=[{"kind": "accepted", "at": at, "place": "Boulder"}])
    (result,) = adapter.track([Parcel(NUMBER)]).results
    assert (result.events[0].at, result.extra) == (at, {"carrier": "usps"})
    (error,) = adapter.track([Parcel("1234")]).errors
    assert error.code is ResultCode.INVALID_NUMBER


@pytest.mark.parametrize(
    ("name", "expected"),
    [("error-400-number.json", ResultCode.INVALID_NUMBER), ("error-403-quota.json", ResultCode.REFUSED)],
)
def test_errors_are_errors_under_http_200_too(name: str, expected: ResultCode) -> None:
    (error,) = parsed("ship24", name, WAITING).errors
    assert error.code is expected


@pytest.mark.reference
def test_the_official_push_tells_its_one_event() -> None:
    body = (OFFICIAL / "webhook_tracking_events.json").read_bytes()
    (told,) = Adapter.read_push(Delivery(body), {})
    assert (told.result.status, len(told.result.events), told.carrier) == (Status.DELIVERED, 1, "usps")
    assert told.id == "356a7f93-3ce5-4b49-b560-156537283df9"
