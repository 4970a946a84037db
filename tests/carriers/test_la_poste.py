"""La Poste: one number or ten, two shapes of an error, French time."""

import json
from datetime import date

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers.la_poste import CODES, Adapter
from tracking.platform.facts import Answer, ResultCode, Zone
from tracking.platform.status import Status
from tracking.platform.upstream import Reply

FOUR = ("LA000000005FR", "LB000000005FR", "LC000000005FR", "XX1")


def _item(number: str, *codes: str, **fields: object) -> dict[str, object]:
    days = enumerate(codes, 1)
    events = [{"code": code, "label": code, "date": f"2026-02-0{day}T10:00:00+01:00"} for day, code in days]
    return {"returnCode": 200, "shipment": {"idShip": number, "event": events[::-1], **fields}}


def _parse(document: object, *numbers: str, status: int = 200) -> Answer:
    return Adapter.parse(Reply(status, json.dumps(document).encode()), numbers)


def test_one_number_comes_as_an_object_in_french_time() -> None:
    (result,) = parsed("la-poste", "one-in-transit.json", "6A00000000017").results
    assert [(event.code, event.at.isoformat()) for event in result.events] == [
        ("DR1", "2026-03-27T18:20:00+01:00"),
        ("PC1", "2026-03-27T18:20:00+01:00"),
        ("MD2", "2026-03-28T08:05:00+01:00"),
        ("ND1", "2026-03-28T11:30:00+01:00"),
        ("AG1", "2026-03-29T09:15:00+02:00"),
    ]
    assert {event.zone for event in result.events} == {Zone.STATED}
    assert (result.status, result.service) == (Status.AVAILABLE_FOR_PICKUP, "Colissimo")
    assert result.pickup_place == "Relais des Halles"
    assert result.estimated is not None
    assert result.estimated.latest == date(2026, 3, 30)
    assert result.extra["partner"] == {"name": "Deutsche Post", "network": "DHL", "reference": "RR000000005DE"}


def test_a_mixed_batch_gives_each_number_its_own_answer() -> None:
    answer = parsed("la-poste", "mixed-batch.json", *FOUR, status=207)
    assert [(r.number, r.status) for r in answer.results] == [(FOUR[0], Status.DELIVERED), (FOUR[1], Status.RETURNED)]
    assert [(e.number, e.code) for e in answer.errors] == [
        (FOUR[2], ResultCode.NOT_FOUND),
        (FOUR[3], ResultCode.INVALID_NUMBER),
    ]


def test_tracking_that_has_ended_is_delivered_only_if_it_was() -> None:
    delivered, returned = parsed("la-poste", "mixed-batch.json", *FOUR, status=207).results
    assert delivered.delivered_at is not None
    assert delivered.delivered_at.isoformat() == "2026-02-03T10:01:00+01:00"
    assert (returned.delivered_at, returned.extra["is_final"]) == (None, True)


def test_an_estimate_that_is_the_delivery_itself_is_none() -> None:
    assert parsed("la-poste", "mixed-batch.json", *FOUR, status=207).results[0].estimated is None


def test_a_list_of_one_and_any_order_are_taken() -> None:
    assert [r.number for r in _parse([_item("A", "DR1")], "A").results] == ["A"]
    swapped = _parse([_item("B", "DI1"), _item("A", "DR1")], "A", "B")
    assert {r.number: r.status for r in swapped.results} == {"A": Status.INFO_RECEIVED, "B": Status.DELIVERED}


def test_a_number_that_is_left_out_is_not_found_and_a_strangers_is_not_told() -> None:
    answer = _parse([_item("A", "DR1"), _item("Z", "DI1")], "A", "B", "C")
    assert [r.number for r in answer.results] == ["A"]
    assert [(e.number, e.code) for e in answer.errors] == [("B", ResultCode.NOT_FOUND), ("C", ResultCode.NOT_FOUND)]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("DR1", Status.INFO_RECEIVED),
        ("ET4", Status.IN_TRANSIT),
        ("EP1", Status.IN_TRANSIT),
        ("DO2", Status.IN_TRANSIT),
        ("DO3", Status.EXCEPTION),
        ("PB1", Status.EXCEPTION),
        ("PB2", Status.IN_TRANSIT),
        ("MD1", Status.OUT_FOR_DELIVERY),
        ("MD2", Status.OUT_FOR_DELIVERY),
        ("ND1", Status.ATTEMPT_FAIL),
        ("AG1", Status.AVAILABLE_FOR_PICKUP),
        ("RE1", Status.RETURNING),
        ("DI1", Status.DELIVERED),
        ("DI2", Status.RETURNED),
        ("LIVCFM", Status.DELIVERED),
    ],
)
def test_a_code_means(code: str, status: Status) -> None:
    assert _parse(_item("A", code), "A").results[0].status is status


def test_an_unseen_code_changes_nothing_and_is_logged_once() -> None:
    forget_unseen()
    with capture_logs() as logs:
        (result,) = _parse(_item("A", "PC1", "QQ9"), "A").results
        _parse(_item("A", "QQ9"), "A")
    assert [event.status for event in result.events] == [Status.IN_TRANSIT, Status.UNKNOWN]
    assert result.status is Status.IN_TRANSIT
    assert [(log["carrier"], log["code"]) for log in logs] == [("la-poste", "QQ9")]
    assert CODES.find("QQ9") is None


def test_a_time_without_an_offset_is_taken_as_french() -> None:
    item = {"returnCode": 200, "shipment": {"idShip": "A", "event": [{"code": "PC1", "date": "2026-07-01T10:00:00"}]}}
    (event,) = _parse(item, "A").results[0].events
    assert (event.at.isoformat(), event.zone) == ("2026-07-01T10:00:00+02:00", Zone.ASSUMED)


def test_unreadable_events_cost_the_others_nothing() -> None:
    item = _item("A", "PC1")
    item["shipment"]["event"] += [{"code": "DI1", "date": "demain"}, "DI1"]  # type: ignore[index]
    answer = _parse(item, "A")
    assert answer.results[0].status is Status.IN_TRANSIT
    assert [(e.number, e.code) for e in answer.errors] == [("A", ResultCode.UNREADABLE)]


def _error(code: int) -> bytes:
    return json.dumps({"returnCode": code, "returnMessage": "…", "lang": "fr_FR", "scope": "open"}).encode()


@pytest.mark.parametrize("as_http", [True, False])
@pytest.mark.parametrize(
    ("status", "body", "code", "retryable"),
    [
        (400, _error(400), ResultCode.INVALID_NUMBER, False),
        (401, raw("la-poste", "error-401.json"), ResultCode.UNAUTHORIZED, False),
        (404, _error(404), ResultCode.NOT_FOUND, False),
        (429, raw("la-poste", "error-429.json"), ResultCode.RATE_LIMITED, True),
        (500, _error(500), ResultCode.UNAVAILABLE, True),
        (503, '{"code": "SERVICE_UNAVAILABLE", "message": "…"}'.encode(), ResultCode.UNAVAILABLE, True),
        (504, _error(504), ResultCode.UNAVAILABLE, True),
    ],
)
def test_every_documented_error_has_its_code(
    status: int, body: bytes, code: ResultCode, retryable: bool, as_http: bool
) -> None:
    (error,) = Adapter.parse(Reply(status if as_http else 200, body), ["6A00000000017"]).errors
    assert (error.number, error.code, error.retryable) == ("6A00000000017", code, retryable)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (403, b"", ResultCode.UNAUTHORIZED),
        (200, b"", ResultCode.UNREADABLE),
        (200, b"<html></html>", ResultCode.UNREADABLE),
        (404, b"<html></html>", ResultCode.UNREADABLE),
        (502, b"<html></html>", ResultCode.UNAVAILABLE),
        (200, b"{}", ResultCode.UNREADABLE),
        (200, b"7", ResultCode.UNREADABLE),
        (200, b"[]", ResultCode.NOT_FOUND),
        (200, b'[{"returnCode": 200, "idShip": "A", "shipment": 5}]', ResultCode.UNREADABLE),
        (207, b'[{"returnCode": 429, "idShip": "A"}]', ResultCode.RATE_LIMITED),
    ],
)
def test_what_is_not_documented_is_no_traceback(status: int, body: bytes, code: ResultCode) -> None:
    answer = Adapter.parse(Reply(status, body), ["A"])
    assert [(e.number, e.code) for e in answer.errors] == [("A", code)]


def test_retry_after_is_kept() -> None:
    reply = Reply(429, raw("la-poste", "error-429.json"), {"retry-after": "30"})
    assert {error.retry_after for error in Adapter.parse(reply, ["A", "B"]).errors} == {30.0}


def test_ten_numbers_are_asked_in_one_call_in_the_accounts_language() -> None:
    numbers = [f"6A0000000000{n}" for n in range(10)]
    with Loopback(lambda _: Told([_item(n, "DR1") for n in numbers], 207)) as server:
        adapter = Adapter(Account("a", {"api_key": "secret-key"}, server.url, "fr-CA"))
        answer = adapter.track([Parcel(number) for number in numbers])
    (asked,) = server.asked
    assert asked.path == "/idships/" + ",".join(numbers)
    assert (asked.query, asked.headers["x-okapi-key"]) == ({"lang": "fr_FR"}, "secret-key")
    assert len(answer.results) == Adapter.batch_size == 10


def test_a_language_la_poste_lacks_is_asked_in_english() -> None:
    assert Adapter(Account("a", {"api_key": "k"}, None, "th")).call([Parcel("A")], None).params == {"lang": "en_GB"}


def test_a_number_cannot_leave_its_place_in_the_address() -> None:
    call = Adapter(Account("a", {"api_key": "k"})).call([Parcel("A/../B?x=1"), Parcel("C")], None)
    assert call.path == "/idships/A%2F..%2FB%3Fx%3D1,C"


def test_a_batch_refused_for_one_malformed_number_is_asked_one_by_one() -> None:
    def answer(asked: Asked) -> Told:
        number = asked.path.rsplit("/", 1)[1]
        return Told(_item(number, "DR1")) if number == "GOOD" else Told(_error(400), 400)

    with Loopback(answer) as server:
        told = Adapter(Account("a", {"api_key": "k"}, server.url)).track([Parcel("GOOD"), Parcel("BAD")])
    assert [asked.path for asked in server.asked] == ["/idships/GOOD,BAD", "/idships/GOOD", "/idships/BAD"]
    assert [r.number for r in told.results] == ["GOOD"]
    assert [(e.number, e.code) for e in told.errors] == [("BAD", ResultCode.INVALID_NUMBER)]


def test_an_estimate_may_be_a_bare_day_and_a_return_ends_with_the_sender() -> None:
    (result,) = _parse(_item("6A00000000017", "PC1", estimDate="2026-02-05")).results
    assert result.estimated is not None
    assert result.estimated.latest == date(2026, 2, 5)
    (result,) = _parse(_item("6A00000000017", "RE1", "ET1", "DI1")).results
    assert (result.status, result.delivered_at) == (Status.RETURNED, None)
