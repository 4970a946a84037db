"""GLS: ten parcels a call, errors inside the parcel, a status of the parcel that speaks for codes nobody knows."""

import base64
import json

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers.gls import CODES, Adapter
from tracking.platform.facts import Answer, ResultCode, TrackingResult, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

NUMBER = "36301917596"
CREDENTIALS = {"client_id": "id", "client_secret": "secret"}


def _parcel(status: str, *codes: str, at: str = "2026-03-09T10:00:00+0100", **fields: object) -> dict[str, object]:
    events = [
        {"code": code, "description": code, "eventDateTime": f"2026-03-0{day}T10:00:00+0100", "country": "DE"}
        for day, code in enumerate(codes, 1)
    ]
    return {"requested": NUMBER, "status": status, "statusDateTime": at, "events": events[::-1], **fields}


def _parse(*parcels: object, number: str = NUMBER) -> Answer:
    return Adapter.parse(Reply(200, json.dumps({"parcels": parcels}).encode()), [number])


def _only(status: str, *codes: str, at: str = "2026-03-09T10:00:00+0100") -> TrackingResult:
    (result,) = _parse(_parcel(status, *codes, at=at)).results
    return result


def test_a_mixed_batch_gives_each_number_its_own_answer() -> None:
    asked = ("604831862623", "36301910001", "ZX61QJIX", "12", "00000000001")
    answer = parsed("gls", "mixed-batch.json", *asked)
    assert [(r.number, r.status) for r in answer.results] == [
        ("604831862623", Status.DELIVERED),
        ("ZX61QJIX", Status.AVAILABLE_FOR_PICKUP),
    ]
    assert [(e.number, e.code) for e in answer.errors] == [
        ("36301910001", ResultCode.NOT_FOUND),
        ("12", ResultCode.INVALID_NUMBER),
        ("00000000001", ResultCode.UNREADABLE),
    ]


def test_offsets_without_a_colon_are_read_and_repeats_left_out() -> None:
    (result,) = parsed("gls", "mixed-batch.json", "604831862623").results
    assert [(event.code, event.at.isoformat()) for event in result.events] == [
        ("INTIAL.PREADVICE", "2026-03-27T16:56:07+01:00"),
        ("INTIAL.NORMAL", "2026-03-28T18:00:52+01:00"),
        ("OUTBOD.NORMAL", "2026-03-28T20:41:05+01:00"),
        ("INBOUD.NORMAL", "2026-03-29T04:12:36+02:00"),
        ("OUTDEL.NORMAL", "2026-03-29T06:52:37+02:00"),
        ("DELIVD.NORMAL", "2026-03-29T10:02:00+02:00"),
    ]
    assert {event.zone for event in result.events} == {Zone.STATED}
    assert result.delivered_at == result.events[-1].at
    assert (result.events[-1].location.city, result.events[-1].location.postal_code) == ("Kassel", "34117")
    assert result.extra == {"parcel_number": "60483186262"}


def test_a_parcel_can_be_asked_for_by_its_own_number() -> None:
    assert [r.number for r in parsed("gls", "mixed-batch.json", "60483186262").results] == ["60483186262"]


def test_of_a_reference_of_several_parcels_the_hindmost_speaks() -> None:
    both = parsed("gls", "reference-of-two.json").results
    assert [(r.number, r.status) for r in both] == [
        ("93835330001", Status.OUT_FOR_DELIVERY),
        ("93835330002", Status.INFO_RECEIVED),
    ]
    (one,) = parsed("gls", "reference-of-two.json", "747N6A").results
    assert (one.number, one.status, one.extra["parcel_number"]) == ("747N6A", Status.INFO_RECEIVED, "93835330002")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("INTIAL.PREADVICE", Status.INFO_RECEIVED),
        ("INTIAL.E48_DATA", Status.INFO_RECEIVED),
        ("INTIAL.NORMAL", Status.IN_TRANSIT),
        ("INBOUD.NORMAL", Status.IN_TRANSIT),
        ("OUTBOD.NORMAL", Status.IN_TRANSIT),
        ("OUTDEL.NORMAL", Status.OUT_FOR_DELIVERY),
        ("DELIVD.NORMAL", Status.DELIVERED),
        ("DELIVD.PARCELSHOP", Status.AVAILABLE_FOR_PICKUP),
        ("DELIVD.DEL_BY_PSAPP", Status.DELIVERED),
        ("CANCEL.NORMAL", Status.EXCEPTION),
    ],
)
def test_an_event_code_means(code: str, expected: Status) -> None:
    result = _only("FINAL", code)
    assert (result.status, len(result.events)) == (expected, 1)


@pytest.mark.parametrize(
    ("status", "expected", "reason"),
    [
        ("PLANNEDPICKUP", Status.INFO_RECEIVED, None),
        ("INPICKUP", Status.INFO_RECEIVED, None),
        ("NOTPICKEDUP", Status.EXCEPTION, Reason.OTHER),
        ("PREADVICE", Status.INFO_RECEIVED, None),
        ("INTRANSIT", Status.IN_TRANSIT, None),
        ("INWAREHOUSE", Status.IN_TRANSIT, None),
        ("INDELIVERY", Status.OUT_FOR_DELIVERY, None),
        ("DELIVEREDPS", Status.AVAILABLE_FOR_PICKUP, None),
        ("DELIVERED", Status.DELIVERED, None),
        ("NOTDELIVERED", Status.ATTEMPT_FAIL, None),
        ("CANCELED", Status.EXCEPTION, Reason.CANCELLED),
        ("FINAL", Status.PENDING, None),
    ],
)
def test_the_parcels_status_speaks_for_a_code_that_no_table_knows(
    status: str, expected: Status, reason: Reason | None
) -> None:
    result = _only(status, "NEWDOT.WORD", at="2026-03-01T10:00:00+0100")
    assert (result.status, result.reason, len(result.events)) == (expected, reason, 1)
    assert result.events[0].code == "NEWDOT.WORD"


def test_a_status_that_is_newer_than_a_known_event_is_told_as_an_event() -> None:
    result = _only("DELIVERED", "INTIAL.NORMAL", "DELIVD.PARCELSHOP")
    assert [event.code for event in result.events] == ["INTIAL.NORMAL", "DELIVD.PARCELSHOP", "DELIVERED"]
    assert result.delivered_at is not None
    assert result.delivered_at.isoformat() == "2026-03-09T10:00:00+01:00"


def test_a_status_that_is_newer_than_an_unknown_event_is_told_beside_it() -> None:
    # the event has been kept already as it was understood before
    result = _only("NOTDELIVERED", "OUTDEL.NORMAL", "NEWDOT.WORD")
    assert [(event.code, event.status) for event in result.events] == [
        ("OUTDEL.NORMAL", Status.OUT_FOR_DELIVERY),
        ("NEWDOT.WORD", Status.UNKNOWN),
        ("NOTDELIVERED", Status.ATTEMPT_FAIL),
    ]


def test_a_status_of_the_same_instant_as_a_known_event_comes_after_it() -> None:
    result = _only("CANCELED", "OUTDEL.NORMAL", at="2026-03-01T10:00:00+0100")
    assert (result.status, len(result.events)) == (Status.EXCEPTION, 2)
    assert (result.events[1].at - result.events[0].at).total_seconds() == 1


def test_a_status_that_is_older_than_the_last_known_event_changes_nothing() -> None:
    result = _only("INTRANSIT", "INTIAL.NORMAL", "OUTDEL.NORMAL", at="2026-03-01T09:00:00+0100")
    assert (result.status, len(result.events)) == (Status.OUT_FOR_DELIVERY, 2)


def test_a_parcel_without_events_is_what_its_status_says() -> None:
    result = _only("INDELIVERY")
    assert (result.status, [event.code for event in result.events]) == (Status.OUT_FOR_DELIVERY, ["INDELIVERY"])
    assert _only("FINAL").status is Status.PENDING


def test_an_unseen_status_and_code_change_nothing_and_are_logged_once() -> None:
    forget_unseen()
    with capture_logs() as logs:
        results = [_only("RESTING", "INTIAL.NORMAL", "RESTNG.NORMAL") for _ in range(2)]
    assert {result.status for result in results} == {Status.IN_TRANSIT}
    codes = [line["code"] for line in logs if line["event"] == "carrier.code_unseen"]
    assert sorted(codes) == ["event/RESTNG.NORMAL", "status/RESTING"]


def test_an_event_without_a_readable_time_is_left_out_and_said() -> None:
    parcel = _parcel("INTRANSIT", "INTIAL.NORMAL", "INBOUD.NORMAL")
    parcel["events"][0]["eventDateTime"] = "soon"  # type: ignore[index]
    answer = _parse(parcel)
    assert len(answer.results[0].events) == 1
    assert [(error.number, error.code) for error in answer.errors] == [(NUMBER, ResultCode.UNREADABLE)]


@pytest.mark.parametrize(
    ("code", "expected", "retryable"),
    [
        ("E_400_01", ResultCode.INVALID_NUMBER, False),
        ("E_400_02", ResultCode.REFUSED, False),
        ("E_400_03", ResultCode.REFUSED, False),
        ("E_404_01", ResultCode.NOT_FOUND, False),
        ("E_404_02", ResultCode.NOT_FOUND, False),
        ("E_500_01", ResultCode.UNAVAILABLE, True),
        ("E_999_01", ResultCode.REFUSED, False),
    ],
)
def test_every_error_of_a_parcel_has_its_code(code: str, expected: ResultCode, retryable: bool) -> None:
    (error,) = _parse({"requested": NUMBER, "errorCode": code, "errorMessage": f"about {NUMBER}"}).errors
    assert (error.number, error.code, error.retryable) == (NUMBER, expected, retryable)
    assert NUMBER not in error.message


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, ResultCode.REFUSED),
        (401, ResultCode.UNAUTHORIZED),
        (404, ResultCode.REFUSED),
        (429, ResultCode.RATE_LIMITED),
    ],
)
def test_every_error_of_a_call_has_its_code(status: int, code: ResultCode) -> None:
    (error,) = Adapter.parse(Reply(status, raw("gls", f"error-{status}.json")), [NUMBER]).errors
    assert (error.number, error.code) == (NUMBER, code)


@pytest.mark.parametrize("body", [b'{"parcels": []}', b'{"parcels": [{}]}', b'{"parcels": 7}'])
def test_an_answer_without_the_parcel_is_unreadable(body: bytes) -> None:
    (error,) = Adapter.parse(Reply(200, body), [NUMBER]).errors
    assert error.code is ResultCode.UNREADABLE
    assert Adapter.parse(Reply(200, body), []).errors[0].number is None


def test_a_parcel_that_says_nothing_of_itself_is_unreadable() -> None:
    assert _parse({"requested": NUMBER}).errors[0].code is ResultCode.UNREADABLE


def test_ten_numbers_are_asked_in_one_call_with_a_token_got_by_basic() -> None:
    numbers = [f"3630191000{index}" for index in range(10)]

    def answer(asked: Asked) -> Told:
        if asked.path == "/oauth2/v2/token":
            return Told({"access_token": "t", "expires_in": 14400})
        return Told({"parcels": [{**_parcel("INTRANSIT", "INTIAL.NORMAL"), "requested": n} for n in numbers]})

    with Loopback(answer) as server:
        adapter = Adapter(Account("a", CREDENTIALS, server.url, "de-AT"))
        found = adapter.track([Parcel(number) for number in numbers])
    token, asked = server.asked
    assert token.headers["authorization"] == "Basic " + base64.b64encode(b"id:secret").decode()
    assert token.body == b"grant_type=client_credentials"
    assert asked.path == "/track-and-trace-v1/tracking/simple/trackids/" + ",".join(numbers)
    assert (asked.query, asked.headers["authorization"]) == ({"showEvents": "true"}, "Bearer t")
    assert asked.headers["accept-language"] == "DE"
    assert len(found.results) == Adapter.batch_size == 10


def test_a_number_cannot_leave_its_place_in_the_address() -> None:
    call = Adapter(Account("a", CREDENTIALS)).call([Parcel("A/../B?x=1"), Parcel("C")], "t")
    assert call.path.endswith("/trackids/A%2F..%2FB%3Fx%3D1,C")


def test_every_status_of_the_specification_is_listed() -> None:
    assert sum(1 for group, _, _ in CODES if group == "status") == 12
