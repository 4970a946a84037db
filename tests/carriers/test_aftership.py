"""AfterShip: tags and sub-statuses, times of three kinds, entering what is not followed, signed updates."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers._base import Account, Parcel
from tracking.carriers._push import Delivery
from tracking.carriers.aftership import CODES, Adapter
from tracking.platform import clock
from tracking.platform.facts import ResultCode, TrackingEvent, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply
from tracking.sandbox import Sandbox

KEY = {"api_key": "asat_secret"}
OFFICIAL = Path(__file__).parents[3] / "shared" / "integrations" / "samples" / "aftership"
NUMBER = "9405500000000000000011"


def _list(*trackings: dict[str, Any]) -> dict[str, Any]:
    return {"meta": {"code": 200}, "data": {"pagination": {"total": len(trackings)}, "trackings": list(trackings)}}


def _tracking(number: str = "N001", **more: Any) -> dict[str, Any]:
    return {"tracking_number": number, "slug": "usps", "tag": "Pending", "checkpoints": [], **more}


def _checkpoint(**more: Any) -> dict[str, Any]:
    return {"checkpoint_time": "2026-03-04T10:00:00", "message": "…", **more}


def _read(**checkpoint: Any) -> TrackingEvent:
    body = json.dumps(_list(_tracking(checkpoints=[_checkpoint(**checkpoint)]))).encode()
    (result,) = Adapter.parse(Reply(200, body), ["N001"]).results
    return result.events[0]


def test_a_list_is_told_by_numbers() -> None:
    delivered, returned = parsed("aftership", "trackings.json").results
    assert (delivered.status, delivered.reason, delivered.signed_by) == (
        Status.DELIVERED,
        Reason.NEIGHBOUR,
        "B TAYLOR",
    )
    assert [(event.status, event.reason) for event in delivered.events[2:4]] == [
        (Status.EXCEPTION, Reason.WEATHER),
        (Status.ATTEMPT_FAIL, Reason.NOT_HOME),
    ]
    assert delivered.events[-1].location.postal_code == "29401", "its name until 2025"
    assert delivered.extra == {"carrier": "usps"}
    assert delivered.estimated is not None
    assert (delivered.estimated.earliest, delivered.estimated.latest) == (date(2026, 3, 5), date(2026, 3, 6))
    assert (returned.status, returned.extra) == (Status.RETURNED, {"carrier": "thailand-post"})
    assert returned.estimated is None, "what AfterShip works out itself is not the carrier's word"


@pytest.mark.parametrize(
    ("place", "said", "at", "zone"),
    [
        ({"country_region": "USA", "state": "TX", "city": "Houston"}, "2026-03-04T10:00:00", (16, 0), Zone.ASSUMED),
        ({}, "2026-03-04T10:00:00", (10, 0), Zone.UNKNOWN),
        ({"country_region": "USA", "state": "TX"}, "2026-03-04T10:00:00+07:00", (3, 0), Zone.STATED),
        ({"country_iso3": "FRA"}, "2026-03-04", (23, 0), Zone.ASSUMED),
    ],
)
def test_times_come_in_three_kinds(place: dict[str, str], said: str, at: tuple[int, int], zone: Zone) -> None:
    event = _read(**place, checkpoint_time=said, tag="InTransit")
    told = event.at.astimezone(UTC)
    assert ((told.hour, told.minute), event.zone) == (at, zone)


@pytest.mark.parametrize(
    ("tag", "subtag", "expected"),
    [
        ("Delivered", "Delivered_004", (Status.DELIVERED, None)),
        ("Exception", "Exception_002", (Status.EXCEPTION, Reason.ADDRESS)),
        ("Exception", "Exception_003", (Status.EXCEPTION, Reason.REFUSED)),
        ("Exception", "Exception_006", (Status.EXCEPTION, Reason.PAYMENT_DUE)),
        ("Exception", "Exception_008", (Status.EXCEPTION, Reason.NOT_COLLECTED)),
        ("Exception", "Exception_010", (Status.RETURNING, None)),
        ("Exception", "Exception_018", (Status.EXCEPTION, Reason.DOCUMENTS)),
        ("Exception", "Exception_014", (Status.EXCEPTION, Reason.OTHER)),
        ("InTransit", "InTransit_006", (Status.IN_TRANSIT, Reason.CUSTOMS)),
        ("", "InTransit_099", (Status.IN_TRANSIT, None)),
        ("OutForDelivery", None, (Status.OUT_FOR_DELIVERY, None)),
        ("OutForDelivery", "OutForDelivery_002", (Status.OUT_FOR_DELIVERY, None)),
        ("AttemptFail", "AttemptFail_003", (Status.ATTEMPT_FAIL, Reason.CLOSED)),
        ("Pending", "Pending_005", (Status.PENDING, None)),
        ("Expired", "Expired_001", (Status.UNKNOWN, None)),
        ("Resting", "Resting_001", (Status.UNKNOWN, None)),
        ("", "", (Status.UNKNOWN, None)),
    ],
)
def test_a_substatus_that_is_not_known_is_read_by_its_tag(
    tag: str, subtag: str | None, expected: tuple[Status, Reason | None]
) -> None:
    event = _read(tag=tag, subtag=subtag)
    assert (event.status, event.reason) == expected


def test_every_documented_tag_and_substatus_is_in_the_table() -> None:
    groups = [group for group, _, _ in CODES]
    assert (groups.count("tag"), groups.count("subtag")) == (9, 45)


def test_numbers_are_asked_for_in_one_list() -> None:
    with Loopback(lambda _: Told(raw("aftership", "trackings.json"))) as server:
        Adapter(Account("a", KEY, server.url)).track([Parcel(NUMBER), Parcel("9405500000000000000035")])
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.headers["as-api-key"]) == ("GET", "/trackings", "asat_secret")
    assert asked.query["tracking_numbers"] == f"{NUMBER},9405500000000000000035"


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 4003, ResultCode.NOT_FOUND),
        (400, 4005, ResultCode.INVALID_NUMBER),
        (400, 4017, ResultCode.INVALID_NUMBER),
        (400, 4008, ResultCode.REFUSED),
        (400, 4010, ResultCode.REFUSED),
        (400, 4011, ResultCode.REFUSED),
        (400, 4012, ResultCode.REFUSED),
        (404, 4004, ResultCode.NOT_FOUND),
        (401, 401, ResultCode.UNAUTHORIZED),
        (403, 403, ResultCode.UNAUTHORIZED),
        (429, 429, ResultCode.RATE_LIMITED),
        (500, 500, ResultCode.UNAVAILABLE),
    ],
)
def test_what_is_not_followed_is_entered_and_every_documented_error_understood(
    status: int, code: int, expected: ResultCode
) -> None:
    def answer(asked: Asked) -> Told:
        if asked.method == "GET":
            return Told(_list(_tracking("N001", checkpoints=[_checkpoint(tag="InTransit")])))
        return Told({"meta": {"code": code, "message": "N002 cannot be", "type": "…"}, "data": {}}, status)

    with Loopback(answer) as server:
        parcels = [Parcel("N001"), Parcel("N002", {"carrier": "fedex"})]
        told = Adapter(Account("a", KEY, server.url)).track(parcels)
        assert server.asked[1].json == {"tracking_number": "N002", "slug": "fedex"}
    assert [result.number for result in told.results] == ["N001"]
    assert [(error.number, error.code) for error in told.errors] == [("N002", expected)]
    assert "N002" not in told.errors[0].message


def test_the_moment_of_the_reset_says_how_long_to_wait() -> None:
    ends = int(clock.real_now().timestamp()) + 40
    (error,) = Adapter.parse(Reply(429, b"{}", {"x-ratelimit-reset": str(ends)}), ["N001"]).errors
    assert error.retry_after == pytest.approx(40, abs=3)


def test_the_sandbox_has_a_number_pending_once_it_was_entered(sandbox: Sandbox) -> None:
    adapter = Adapter(Account("a", sandbox.credentials("aftership"), sandbox.carrier_url("aftership")))
    for _ in range(2):
        assert [error.code for error in adapter.track([Parcel(NUMBER)]).errors] == [ResultCode.NOT_FOUND]
    at = datetime(2020, 3, 2, 15, tzinfo=UTC)
    sandbox.parcel(carrier="dhl", number=NUMBER, scans=[{"kind": "customs_held", "at": at, "place": "Berlin"}])
    (result,) = adapter.track([Parcel(NUMBER)]).results
    assert (result.status, result.reason, result.events[0].at) == (Status.EXCEPTION, Reason.CUSTOMS, at)
    assert len(sandbox.calls("aftership", "subscribe")) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [("error-401.json", ResultCode.UNAUTHORIZED), ("error-4003-exists.json", ResultCode.NOT_FOUND)],
)
def test_what_it_says_of_itself_counts_under_http_200_too(name: str, expected: ResultCode) -> None:
    (error,) = parsed("aftership", name, NUMBER).errors
    assert error.code is expected


@pytest.mark.reference
def test_the_official_signature_is_right() -> None:
    vector = json.loads((OFFICIAL / "signature_vector.json").read_text())
    body = (OFFICIAL / "webhook_tracking_update.raw.json").read_bytes()
    delivery = Delivery(body, {name.lower(): value for name, value in vector["headers"].items()})
    Adapter.verify(delivery, {"webhook_secret": vector["secret"]})
    (told,) = Adapter.read_push(delivery, {})
    assert (told.carrier, told.result.status) == ("usps", Status.IN_TRANSIT)
    assert told.id == "94dadd60-ed26-46d0-aa52-3ced925a50ff"
