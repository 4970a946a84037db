"""17TRACK: accepted and rejected numbers, several carriers of one, registering, signed pushes."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers._base import Account, Parcel, get_carrier
from tracking.carriers._codes import CodeTable
from tracking.carriers._push import Delivery, Pushes
from tracking.platform.errors import BadSignature
from tracking.platform.facts import ResultCode, TrackingEvent, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply
from tracking.sandbox import Sandbox

OFFICIAL = Path(__file__).parents[3] / "shared" / "integrations" / "samples" / "17track"
KEY = {"api_key": "EXAMPLE0KEY"}
DELIVERED, RETURNED, WAITING = "LX000000018CN", "LX000000021CN", "LX000000035CN"
ADAPTER = get_carrier("17track")
assert issubclass(ADAPTER, Pushes)


def _done(accepted: list[Any], *rejected: tuple[str, int]) -> dict[str, Any]:
    listed = [{"number": number, "error": {"code": code, "message": f"{number} is bad"}} for number, code in rejected]
    return {"code": 0, "data": {"accepted": accepted, "rejected": listed}}


def _item(number: str = "NUMBER1", *events: dict[str, Any], **more: Any) -> dict[str, Any]:
    info = {"latest_status": {"status": "InTransit"}, "tracking": {"providers": [{"events": list(events)}]}}
    return {"number": number, "carrier": 3011, "track_info": info, **more}


def _read(**event: Any) -> TrackingEvent:
    item = _item("NUMBER1", {"time_iso": "2026-03-04T10:00:00+08:00", "description": "…", **event})
    (result,) = ADAPTER.parse(Reply(200, json.dumps(_done([item])).encode()), ["NUMBER1"]).results
    return result.events[0]


def test_events_of_all_carriers_of_a_number_are_one_history() -> None:
    answer = parsed("17track", "track-info.json")
    first, second = answer.results
    assert [(event.status, event.reason) for event in first.events] == [
        (Status.IN_TRANSIT, None),
        (Status.IN_TRANSIT, None),
        (Status.IN_TRANSIT, Reason.CUSTOMS),
        (Status.IN_TRANSIT, None),
        (Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        (Status.DELIVERED, None),
    ]
    assert first.delivered_at == datetime(2026, 3, 9, 21, 34, tzinfo=UTC)
    assert first.events[-1].at.utcoffset() is not None
    assert (first.extra, first.service) == ({"carrier": "usps"}, "Express")
    assert first.estimated is not None
    assert first.estimated.latest == datetime(2026, 3, 11, 3, tzinfo=UTC)
    assert (second.status, second.events[0].reason) == (Status.RETURNED, Reason.DAMAGED)
    assert second.estimated is None, "a guess of 17TRACK's own"
    assert [(error.number, error.code) for error in answer.errors] == [
        (WAITING, ResultCode.NOT_FOUND),
        ("LX000000049CN", ResultCode.NOT_FOUND),
        ("LX000000052CN", ResultCode.NOT_FOUND),
        ("1234", ResultCode.INVALID_NUMBER),
    ]


@pytest.mark.parametrize(
    ("sub_status", "stage", "expected"),
    [
        ("InTransit_CustomsRequiringInformation", None, (Status.EXCEPTION, Reason.CUSTOMS)),
        ("DeliveryFailure_Rejected", None, (Status.EXCEPTION, Reason.REFUSED)),
        ("DeliveryFailure_InvalidAddress", None, (Status.EXCEPTION, Reason.ADDRESS)),
        ("DeliveryFailure_Other", None, (Status.ATTEMPT_FAIL, None)),
        ("Exception_Cancel", None, (Status.EXCEPTION, Reason.CANCELLED)),
        ("Exception_Damaged", None, (Status.EXCEPTION, Reason.DAMAGED)),
        ("Exception_Lost", None, (Status.EXCEPTION, Reason.LOST)),
        ("NotFound_InvalidCode", None, (Status.PENDING, None)),
        ("Expired_Other", None, (Status.UNKNOWN, None)),
        (None, "InTransit_PickedUp", (Status.IN_TRANSIT, None)),
        (None, "Delivered", (Status.DELIVERED, None)),
        (None, "Returning", (Status.RETURNING, None)),
        ("InTransit_Sorted", None, (Status.IN_TRANSIT, None)),
        ("Resting_Other", "Departure", (Status.IN_TRANSIT, None)),
        ("Resting_Other", None, (Status.UNKNOWN, None)),
        (None, None, (Status.UNKNOWN, None)),
    ],
)
def test_a_substatus_says_more_than_a_stage(
    sub_status: str | None, stage: str | None, expected: tuple[Status, Reason | None]
) -> None:
    event = _read(sub_status=sub_status, stage=stage)
    assert (event.status, event.reason) == expected


def test_every_documented_status_and_substatus_is_in_the_table() -> None:
    groups = [group for group, _, _ in CodeTable.load("17track")]
    assert (groups.count("status"), groups.count("sub")) == (9, 31)


@pytest.mark.parametrize(
    ("times", "at", "zone"),
    [
        ({"time_iso": None, "time_utc": "2026-03-04T10:00:00Z"}, (10, 0), Zone.STATED),
        ({"time_iso": None, "time_raw": {"date": "2026-03-04", "time": "10:00:00"}}, (2, 0), Zone.ASSUMED),
    ],
)
def test_a_time_is_the_local_one_else_utc_else_as_the_carrier_wrote_it(
    times: dict[str, Any], at: tuple[int, int], zone: Zone
) -> None:
    event = _read(**times, address={"country": "CN"}, sub_status="InTransit_Other")
    told = event.at.astimezone(UTC)
    assert ((told.hour, told.minute), event.zone) == (at, zone)


def test_what_is_not_registered_is_registered_by_the_carriers_key() -> None:
    def answer(asked: Asked) -> Told:
        numbers = [item["number"] for item in asked.json]
        if asked.path == "/gettrackinfo":
            return Told(_done([], *((number, -18019909 if number == "NUMBER1" else -18019902) for number in numbers)))
        return Told(_done([{"number": "NUMBER2"}], ("NUMBER3", -18019901), ("NUMBER4", -18019903)))

    parcels = [Parcel(f"NUMBER{n}", {"carrier": "royal-mail"} if n == 2 else {}) for n in range(1, 5)]
    with Loopback(answer) as server:
        told = ADAPTER(Account("a", KEY, server.url)).track(parcels)
        read, entered = server.asked
    assert (read.headers["17token"], entered.path) == ("EXAMPLE0KEY", "/register")
    assert entered.json == [
        {"number": "NUMBER2", "carrier": 11031, "auto_detection": True},
        {"number": "NUMBER3", "auto_detection": True},
        {"number": "NUMBER4", "auto_detection": True},
    ]
    assert {error.number: error.code for error in told.errors} == {
        "NUMBER1": ResultCode.NOT_FOUND,
        "NUMBER2": ResultCode.NOT_FOUND,
        "NUMBER3": ResultCode.NOT_FOUND,
        "NUMBER4": ResultCode.REFUSED,
    }
    assert "NUMBER4" not in told.errors[-1].message


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (-18010001, ResultCode.UNAUTHORIZED),
        (-18010002, ResultCode.UNAUTHORIZED),
        (-18010010, ResultCode.REFUSED),
        (-18010011, ResultCode.REFUSED),
        (-18010012, ResultCode.REFUSED),
        (-18010013, ResultCode.REFUSED),
        (-18010014, ResultCode.REFUSED),
        (-18019907, ResultCode.RATE_LIMITED),
        (-18019908, ResultCode.REFUSED),
        (-1, ResultCode.REFUSED),
    ],
)
def test_a_call_that_failed_as_a_whole_is_told_for_every_number(code: int, expected: ResultCode) -> None:
    body = json.dumps({"code": code, "data": {"errors": [{"code": code, "message": "NUMBER1"}]}}).encode()
    answer = ADAPTER.parse(Reply(200, body), ["NUMBER1", "NUMBER2"])
    assert [(error.number, error.code) for error in answer.errors] == [("NUMBER1", expected), ("NUMBER2", expected)]
    assert "NUMBER1" not in answer.errors[0].message


def test_the_sandbox_wants_a_number_registered_first(sandbox: Sandbox) -> None:
    adapter = ADAPTER(Account("a", sandbox.credentials("17track"), sandbox.carrier_url("17track")))
    for _ in range(2):
        assert [error.code for error in adapter.track([Parcel(DELIVERED)]).errors] == [ResultCode.NOT_FOUND]
    assert [len(sandbox.calls("17track", kind)) for kind in ("track", "subscribe")] == [2, 1]
    at = datetime(2020, 3, 2, 15, tzinfo=UTC)
    sandbox.parcel(carrier="dhl", number=DELIVERED, scans=[{"kind": "accepted", "at": at}])
    assert adapter.track([Parcel(DELIVERED)]).results[0].status is Status.IN_TRANSIT


def test_the_header_of_the_signature_is_a_setting() -> None:
    assert issubclass(ADAPTER, Pushes)
    body = raw("17track", "track-info.json")
    proof = hashlib.sha256(body + b"/EXAMPLE0KEY").hexdigest()
    ADAPTER.verify(Delivery(body, {"x-17-sign": proof}), {**KEY, "sign_header": "X-17-Sign"})
    with pytest.raises(BadSignature):
        ADAPTER.verify(Delivery(body, {"sign": proof}), {**KEY, "sign_header": "X-17-Sign"})


@pytest.mark.reference
def test_the_official_signature_is_right() -> None:
    assert issubclass(ADAPTER, Pushes)
    vector = json.loads((OFFICIAL / "signature_vector.json").read_text())
    body = (OFFICIAL / "webhook_tracking_updated.raw.json").read_bytes()
    delivery = Delivery(body, {vector["header"]: vector["value"]})
    ADAPTER.verify(delivery, {"api_key": vector["api_key"]})
    (told,) = ADAPTER.read_push(delivery, {})
    assert (told.result.number, told.result.status) == ("RR123456789CN", Status.DELIVERED)
