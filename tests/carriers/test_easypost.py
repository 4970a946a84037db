"""EasyPost: reading by number, entering what is not followed, statuses and their details, signed Events."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers._base import Account, Parcel, aggregators
from tracking.carriers._push import Delivery
from tracking.carriers.easypost import CODES, Adapter
from tracking.platform.errors import BadSignature
from tracking.platform.facts import ResultCode, TrackingEvent
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply
from tracking.sandbox import Sandbox

KEY = {"api_key": "EZTK-secret"}
OFFICIAL = Path(__file__).parents[3] / "shared" / "integrations" / "samples" / "easypost"
DELIVERED, WAITING, UNHEARD_OF = "9405500000000000000011", "9405500000000000000035", "9405500000000000000099"
ABROAD = "00340000000000000027"


def _tracker(number: str = "EZ1", **more: Any) -> dict[str, Any]:
    return {"object": "Tracker", "tracking_code": number, "status": "unknown", "tracking_details": [], **more}


def _detail(**more: Any) -> dict[str, Any]:
    return {"message": "…", "datetime": "2026-03-04T10:00:00Z", **more}


def _read(**detail: Any) -> TrackingEvent:
    body = json.dumps(_tracker(tracking_details=[_detail(**detail)])).encode()
    (result,) = Adapter.parse(Reply(200, body), ["EZ1"]).results
    return result.events[0]


def test_it_is_an_aggregator() -> None:
    assert "easypost" in aggregators()


def test_several_trackers_are_told_by_their_numbers() -> None:
    answer = parsed("easypost", "trackers.json", DELIVERED, WAITING, UNHEARD_OF, ABROAD)
    result = answer.results[0]
    assert (result.status, result.signed_by, result.proof) == (Status.DELIVERED, "B TAYLOR", ("signature",))
    assert [event.status for event in result.events] == [
        Status.INFO_RECEIVED,
        Status.IN_TRANSIT,
        Status.EXCEPTION,
        Status.OUT_FOR_DELIVERY,
        Status.DELIVERED,
    ]
    assert (result.events[2].reason, result.events[2].code) == (Reason.WEATHER, "weather_delay")
    assert result.delivered_at == datetime(2026, 3, 6, 19, 31, tzinfo=UTC)
    assert result.service == "First-Class Package Service"
    assert result.extra == {"carrier": "usps"}
    # five in the afternoon, in Charleston
    assert result.estimated is not None
    assert result.estimated.latest == datetime(2026, 3, 6, 22, tzinfo=UTC)
    assert [(error.number, error.code) for error in answer.errors] == [
        (WAITING, ResultCode.NOT_FOUND),
        (UNHEARD_OF, ResultCode.NOT_FOUND),
    ]


def test_details_name_a_failed_attempt_and_a_carrier_of_which_it_alone_knows() -> None:
    (result,) = parsed("easypost", "trackers.json", ABROAD).results
    assert [(event.status, event.reason) for event in result.events] == [
        (Status.EXCEPTION, Reason.MISROUTED),
        (Status.ATTEMPT_FAIL, None),
    ]
    assert result.extra == {"carrier": "ExampleParcel"}
    assert result.estimated is not None
    assert result.estimated.latest == date(2026, 3, 7)


def test_what_was_refused_goes_back() -> None:
    (result,) = parsed("easypost", "tracker-created.json").results
    assert result.status is Status.RETURNING


def test_a_delivery_said_on_the_whole_counts_whatever_the_times_of_events() -> None:
    early = _detail(status="delivered", datetime="2026-03-01T10:00:00Z")
    body = json.dumps(_tracker(status="delivered", tracking_details=[_detail(status="out_for_delivery"), early]))
    (result,) = Adapter.parse(Reply(200, body.encode()), ["EZ1"]).results
    assert (result.status, result.delivered_at) == (Status.DELIVERED, datetime(2026, 3, 1, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [
        ("pre_transit", "status_update", (Status.INFO_RECEIVED, None)),
        ("in_transit", "arrived_at_facility", (Status.IN_TRANSIT, None)),
        ("in_transit", None, (Status.IN_TRANSIT, None)),
        ("in_transit", "held", (Status.EXCEPTION, Reason.ON_HOLD)),
        ("in_transit", "delivery_exception", (Status.ATTEMPT_FAIL, None)),
        ("in_transit", "return", (Status.RETURNING, None)),
        ("in_transit", "expired", (Status.IN_TRANSIT, None)),
        ("unknown", "arrived_at_pickup_location", (Status.AVAILABLE_FOR_PICKUP, None)),
        ("available_for_pickup", "unknown", (Status.AVAILABLE_FOR_PICKUP, None)),
        ("delivered", "damaged", (Status.DELIVERED, Reason.DAMAGED)),
        ("return_to_sender", "refused", (Status.RETURNING, Reason.REFUSED)),
        ("failure", "lost", (Status.EXCEPTION, Reason.LOST)),
        ("failure", "unknown", (Status.EXCEPTION, Reason.OTHER)),
        ("cancelled", "cancelled", (Status.EXCEPTION, Reason.CANCELLED)),
        ("error", None, (Status.EXCEPTION, Reason.OTHER)),
        ("unknown", "unknown", (Status.UNKNOWN, None)),
        ("resting", "damaged", (Status.UNKNOWN, None)),
        ("in_transit", "resting", (Status.IN_TRANSIT, None)),
        ("", "damaged", (Status.UNKNOWN, None)),
    ],
)
def test_a_detail_says_more_than_a_status_that_is_not_settled(
    status: str, detail: str | None, expected: tuple[Status, Reason | None]
) -> None:
    event = _read(status=status, status_detail=detail)
    assert (event.status, event.reason) == expected


def test_every_documented_status_and_detail_is_in_the_table() -> None:
    groups = [group for group, _, _ in CODES]
    assert (groups.count("status"), groups.count("detail")) == (10, 28)


def test_of_two_trackers_of_a_number_the_parcels_carrier_is_meant() -> None:
    first = _tracker(carrier="UPS", tracking_details=[_detail(status="delivered")])
    second = _tracker(carrier="FedEx", tracking_details=[_detail(status="in_transit")])
    body = {"trackers": [first, second], "has_more": False}
    with Loopback(lambda _: Told(body)) as server:
        (result,) = Adapter(Account("a", KEY, server.url)).track([Parcel("EZ1", {"carrier": "fedex"})]).results
    assert result.status is Status.IN_TRANSIT


def test_several_numbers_are_read_in_one_call_with_the_key_as_user() -> None:
    with Loopback(lambda _: Told(raw("easypost", "trackers.json"))) as server:
        Adapter(Account("a", KEY, server.url)).track([Parcel(DELIVERED), Parcel(WAITING)])
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/trackers/batch")
    assert asked.json == {"tracking_codes": [DELIVERED, WAITING]}
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"EZTK-secret:").decode()


def _follows(asked: Asked, answers: Mapping[str, Told]) -> Told:
    if asked.path == "/trackers/batch":
        return Told({"trackers": [_tracker("EZ1", tracking_details=[_detail(status="in_transit")])]})
    return answers[asked.json["tracker"]["tracking_code"]]


def test_what_is_not_followed_is_entered_by_its_carriers_name_and_told_at_once() -> None:
    answers = {
        "EZ2": Told(_tracker("EZ2", tracking_details=[_detail(status="out_for_delivery")]), 201),
        "EZ3": Told(_tracker("EZ3"), 201),
        "EZ4": Told({"error": {"code": "TRACKER.INVALID", "message": "EZ4 is bad"}}, 422),
    }
    parcels = [Parcel("EZ1"), Parcel("EZ2", {"carrier": "fedex"}), Parcel("EZ3", {"carrier": "gls"}), Parcel("EZ4")]
    with Loopback(lambda asked: _follows(asked, answers)) as server:
        answer = Adapter(Account("a", KEY, server.url)).track(parcels)
    assert [asked.json for asked in server.asked[1:]] == [
        {"tracker": {"tracking_code": "EZ2", "carrier": "FedEx"}},
        {"tracker": {"tracking_code": "EZ3"}},
        {"tracker": {"tracking_code": "EZ4"}},
    ]
    assert {result.number: result.status for result in answer.results} == {
        "EZ1": Status.IN_TRANSIT,
        "EZ2": Status.OUT_FOR_DELIVERY,
    }
    assert [(error.number, error.code) for error in answer.errors] == [
        ("EZ3", ResultCode.NOT_FOUND),
        ("EZ4", ResultCode.REFUSED),
    ]
    assert "EZ4" not in answer.errors[1].message


def test_entering_stops_where_it_is_told_to_slow_down() -> None:
    answers = dict.fromkeys(("EZ2", "EZ3", "EZ4"), Told({"error": {}}, 429, {"Retry-After": "7"}))
    with Loopback(lambda asked: _follows(asked, answers)) as server:
        parcels = [Parcel(number) for number in ("EZ1", "EZ2", "EZ3", "EZ4")]
        answer = Adapter(Account("a", KEY, server.url)).track(parcels)
        assert len(server.asked) == 2
    assert [result.number for result in answer.results] == ["EZ1"]
    assert [(error.number, error.code, error.retry_after) for error in answer.errors] == [
        (number, ResultCode.RATE_LIMITED, 7.0) for number in ("EZ2", "EZ3", "EZ4")
    ]


def test_an_account_may_name_carriers_itself() -> None:
    adapter = Adapter(Account("a", {**KEY, "carriers": "gls = GLSDE, usps=, nonsense"}))
    names = [adapter.their_name(Parcel("1", {"carrier": slug})) for slug in ("gls", "usps", "ups", "dhl")]
    assert names == ["GLSDE", "", "UPS", ""]


def test_its_page_stands_only_for_parcels_without_a_carrier_of_their_own() -> None:
    body = raw("easypost", "trackers.json")
    with Loopback(lambda _: Told(body)) as server:
        adapter = Adapter(Account("a", KEY, server.url))
        for carrier, expected in (({"carrier": "usps"}, None), ({}, "https://track.easypost.com/")):
            (result,) = adapter.track([Parcel(DELIVERED, carrier)]).results
            assert (result.carrier_url or "")[:27] == (expected or "")


def test_the_sandbox_follows_what_was_entered_and_no_more(sandbox: Sandbox) -> None:
    adapter = Adapter(Account("a", sandbox.credentials("easypost"), sandbox.carrier_url("easypost")))
    parcel = Parcel("1Z999AA10123456784", {"carrier": "ups"})
    assert [error.code for error in adapter.track([parcel]).errors] == [ResultCode.NOT_FOUND]
    sandbox.parcel(carrier="ups", number=parcel.number, scans=[{"kind": "accepted", "at": "2020-03-02T10:00:00Z"}])
    (result,) = adapter.track([parcel]).results
    assert (result.status, result.extra) == (Status.IN_TRANSIT, {"carrier": "ups"})
    assert [len(sandbox.calls("easypost", kind)) for kind in ("track", "subscribe")] == [2, 1]


def test_an_error_is_one_under_http_200_too() -> None:
    (error,) = parsed("easypost", "error-401.json", DELIVERED).errors
    assert error.code is ResultCode.REFUSED


@pytest.mark.parametrize("what", [None, {}, [], 7, "insurance.updated"])
def test_an_event_about_whatever_else_tells_nothing(what: object) -> None:
    body = json.dumps({"object": "Event", "description": what, "result": _tracker(status="delivered")}).encode()
    assert list(Adapter.read_push(Delivery(body), {})) == []


@pytest.mark.reference
def test_the_official_signature_is_right() -> None:
    vector = json.loads((OFFICIAL / "webhook_signature_vector.json").read_text())
    body = (OFFICIAL / "webhook_signed_body.raw.json").read_bytes()
    delivery = Delivery(body, {vector["header_name"].lower(): vector["header_value"]})
    Adapter.verify(delivery, {"webhook_secret": vector["secret"]})
    (told,) = Adapter.read_push(delivery, {})
    assert (told.id, told.carrier, told.result.status) == ("evt_1", "fedex", Status.IN_TRANSIT)
    assert len(told.result.events) == 7
    with pytest.raises(BadSignature):
        Adapter.verify(replace(delivery, body=body + b"\n"), {"webhook_secret": vector["secret"]})
