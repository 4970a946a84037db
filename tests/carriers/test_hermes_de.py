"""Hermes Germany: a password grant at another host, numbers repeated in the query, codes of four digits."""

import json
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers.hermes_de import CODES, Adapter
from tracking.platform import clock
from tracking.platform.facts import Answer, ResultCode, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

LOGIN = {"client_id": "c", "client_secret": "s&1", "username": "u", "password": "p=2"}
THREE = tuple(f"H000000000000000000{n}" for n in (1, 2, 3))


def _entry(number: str, *codes: object, **fields: object) -> dict[str, object]:
    days = enumerate(codes, 1)
    status = [{"timestamp": f"2026-02-{day:02}T10:00:00+01:00", "code": code, "description": "x"} for day, code in days]
    return {"shipmentID": number, "status": status, **fields}


def _parse(document: object, *numbers: str, status: int = 200) -> Answer:
    return Adapter.parse(Reply(status, json.dumps(document).encode()), numbers)


def _one(*codes: object, **fields: object):
    (result,) = _parse({"shipmentinfo": [_entry("A", *codes, **fields)]}, "A").results
    return result


def test_a_mixed_batch_gives_each_number_its_own_answer() -> None:
    answer = parsed("hermes-de", "mixed-batch.json", *THREE)
    assert [(r.number, r.status, r.reason) for r in answer.results] == [
        (THREE[0], Status.DELIVERED, Reason.SAFE_PLACE),
        (THREE[1], Status.RETURNING, Reason.NOT_HOME),
    ]
    assert [(e.number, e.code) for e in answer.errors] == [(THREE[2], ResultCode.NOT_FOUND)]


def test_a_delivered_parcel_keeps_no_forecast_and_a_preference_moves_nothing() -> None:
    result = parsed("hermes-de", "mixed-batch.json", *THREE).results[0]
    assert result.delivered_at is not None
    assert (result.estimated, result.delivered_at.isoformat()) == (None, "2026-03-30T14:30:00+02:00")
    assert [event.status for event in result.events if event.code == "9323"] == [Status.UNKNOWN]
    assert result.carrier_url == f"https://www.myhermes.de/tracking/{THREE[0]}"
    assert result.extra == {"destination_country": "DE"}
    assert {event.zone for event in result.events} == {Zone.STATED}


def test_placeholders_that_nobody_filled_are_left_out() -> None:
    result = parsed("hermes-de", "mixed-batch.json", *THREE).results[1]
    assert "#" not in str([event.description for event in result.events])
    assert result.events[1].description == "The shipment has arrived."


def test_a_forecast_is_hours_where_the_recipient_lives() -> None:
    (result,) = parsed("hermes-de", "out-for-delivery.json").results
    assert result.status is Status.OUT_FOR_DELIVERY
    assert result.estimated is not None
    assert [end.isoformat() for end in (result.estimated.earliest, result.estimated.latest)] == [
        "2026-07-02T10:00:00+02:00",
        "2026-07-02T18:00:00+02:00",
    ]
    assert result.events[0].location.country == "AT"


@pytest.mark.parametrize(
    ("forecast", "earliest", "latest"),
    [
        ({"date": "2026-07-02"}, date(2026, 7, 2), date(2026, 7, 2)),
        ({"date": "2026-07-02", "timeSlot": {"from": "x"}}, date(2026, 7, 2), date(2026, 7, 2)),
        ({"date": "2026-07-02", "timeSlot": {"to": "18:00"}}, "2026-07-02T18:00:00+02:00", "2026-07-02T18:00:00+02:00"),
    ],
)
def test_a_forecast_may_be_less(forecast: object, earliest: object, latest: object) -> None:
    estimated = _one("3000", deliveryForecast=forecast).estimated
    assert estimated is not None
    ends = (estimated.earliest, estimated.latest)
    assert tuple(end.isoformat() if isinstance(end, datetime) else end for end in ends) == (earliest, latest)


@pytest.mark.parametrize("forecast", [None, {}, {"date": "soon"}, {"timeSlot": {"from": "10:00"}}, "2026-07-02"])
def test_no_readable_day_is_no_forecast(forecast: object) -> None:
    assert _one("3000", deliveryForecast=forecast).estimated is None


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("0000", Status.INFO_RECEIVED, None),
        ("0900", Status.INFO_RECEIVED, None),
        ("1000", Status.IN_TRANSIT, None),
        ("1520", Status.RETURNING, None),
        ("1720", Status.IN_TRANSIT, Reason.CUSTOMS),
        ("1730", Status.EXCEPTION, Reason.CUSTOMS),
        ("2400", Status.IN_TRANSIT, None),
        ("3000", Status.OUT_FOR_DELIVERY, None),
        ("3410", Status.AVAILABLE_FOR_PICKUP, None),
        ("3430", Status.OUT_FOR_DELIVERY, None),
        ("3500", Status.DELIVERED, None),
        ("3511", Status.DELIVERED, Reason.SAFE_PLACE),
        ("3530", Status.DELIVERED, None),
        ("3710", Status.ATTEMPT_FAIL, Reason.REFUSED),
        ("3715", Status.ATTEMPT_FAIL, Reason.PAYMENT_DUE),
        ("3720", Status.EXCEPTION, Reason.ADDRESS),
        ("3731", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        ("3740", Status.EXCEPTION, Reason.DAMAGED),
        ("3754", Status.ATTEMPT_FAIL, Reason.OTHER),
        ("3780", Status.EXCEPTION, Reason.MISROUTED),
        ("3786", Status.EXCEPTION, Reason.DOCUMENTS),
        ("4031", Status.IN_TRANSIT, Reason.NOT_HOME),
        ("4034", Status.RETURNING, Reason.NOT_HOME),
        ("4035", Status.EXCEPTION, Reason.NOT_COLLECTED),
        ("4072", Status.UNKNOWN, None),
        ("4500", Status.EXCEPTION, Reason.ON_HOLD),
        ("4630", Status.EXCEPTION, Reason.LOST),
        ("6082", Status.RETURNING, Reason.ADDRESS),
        ("6088", Status.IN_TRANSIT, Reason.RESCHEDULED),
        ("7500", Status.RETURNED, None),
        ("9324", Status.UNKNOWN, None),
        ("9341", Status.EXCEPTION, Reason.CANCELLED),
        ("5000", Status.UNKNOWN, None),
    ],
)
def test_a_code_means(code: str, status: Status, reason: Reason | None) -> None:
    (event,) = _one(code).events
    assert (event.code, event.status, event.reason) == (code, status, reason)


def test_every_code_of_the_list_is_there_with_four_digits_and_no_placeholder() -> None:
    rows = list(CODES)
    assert len(rows) == 128
    assert all(len(code) == 4 and code.isdigit() and "#" not in meaning.text for _, code, meaning in rows)


def test_a_code_that_came_as_a_number_gets_its_zeros_back() -> None:
    assert [(event.code, event.status) for event in _one(0, 600).events] == [
        ("0000", Status.INFO_RECEIVED),
        ("0600", Status.INFO_RECEIVED),
    ]


def test_a_parcel_that_goes_back_ends_with_the_client() -> None:
    result = _one("3000", "6083", "2000", "7500")
    assert (result.status, result.delivered_at) == (Status.RETURNED, None)


def test_a_time_without_an_offset_is_taken_from_the_place_or_as_german() -> None:
    there = {"timestamp": "2026-07-01T10:00:00", "code": "1610", "scanningUnit": {"countryCode": "GBR"}}
    here = {"timestamp": "2026-07-01T12:00:00", "code": "1610"}
    (result,) = _parse({"shipmentinfo": [{"shipmentID": "A", "status": [there, here]}]}, "A").results
    assert [event.at.isoformat() for event in result.events] == [
        "2026-07-01T10:00:00+01:00",
        "2026-07-01T12:00:00+02:00",
    ]
    assert {event.zone for event in result.events} == {Zone.ASSUMED}


def test_unreadable_events_cost_the_others_nothing() -> None:
    entry = _entry("A", "2000")
    entry["status"] += [{"timestamp": "morgen", "code": "3500"}, "3500"]  # type: ignore[operator]
    answer = _parse({"shipmentinfo": [entry]}, "A")
    assert answer.results[0].status is Status.IN_TRANSIT
    assert [(e.number, e.code) for e in answer.errors] == [("A", ResultCode.UNREADABLE)]


def test_one_bad_entry_costs_the_others_nothing() -> None:
    refused = {"shipmentID": "B", "result": {"code": "e777", "message": "B is locked"}}
    answer = _parse(
        {"shipmentinfo": [_entry("A", "2000"), refused, {"shipmentID": "C", "status": "x"}, _entry("Z", "3500"), 5]},
        "A", "B", "C", "D",
    )  # fmt: skip
    assert [result.number for result in answer.results] == ["A"]
    assert {e.number: e.code for e in answer.errors} == {
        "B": ResultCode.REFUSED,
        "C": ResultCode.UNREADABLE,
        "D": ResultCode.NOT_FOUND,
    }
    assert "e777" in answer.errors[0].message
    assert "B is" not in answer.errors[0].message


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"shipmentinfo": []}, ResultCode.NOT_FOUND),
        ({"shipmentinfo": [{"shipmentID": "A", "status": []}]}, ResultCode.NOT_FOUND),
        ({"shipmentinfo": [{"result": {"code": "e001"}}]}, ResultCode.NOT_FOUND),
        ({"result": {"code": "E001"}}, ResultCode.NOT_FOUND),
        ({"result": {"code": "e500", "message": "no"}}, ResultCode.REFUSED),
        ({"shipmentinfo": "none"}, ResultCode.UNREADABLE),
        ({"other": 1}, ResultCode.UNREADABLE),
    ],
)
def test_what_is_no_shipment_has_its_code(document: object, code: ResultCode) -> None:
    answer = _parse(document, "A")
    assert (answer.results, [(e.number, e.code) for e in answer.errors]) == ((), [("A", code)])


def test_an_error_of_the_whole_call_is_told_in_its_own_words() -> None:
    (error,) = parsed("hermes-de", "error-401.json", "A", status=401).errors
    assert (error.code, "e401" in error.message) == (ResultCode.UNAUTHORIZED, True)


def test_it_logs_in_with_everything_in_a_form_and_repeats_the_number_in_the_query() -> None:
    def answer(asked: Asked) -> Told:
        if asked.method == "POST":
            return Told({"access_token": "token-1", "expires_in": "600"})
        return Told({"shipmentinfo": [_entry("A", "2000"), _entry("B", "3500")]})

    with Loopback(answer) as server:
        adapter = Adapter(Account("a", LOGIN, server.url, "de-AT"))
        told = adapter.track([Parcel("A"), Parcel("B")])
        adapter.track([Parcel("A")])
    login, first, second = server.asked
    assert [result.number for result in told.results] == ["A", "B"]
    assert (first.path, first.repeated, second.repeated) == (
        "/shipmentinfo",
        {"shipmentID": ["A", "B"]},
        {"shipmentID": ["A"]},
    )
    assert login.path == "/authorization-facade/oauth2/access_token"
    assert parse_qs(login.body.decode()) == {"grant_type": ["password"], **{name: [v] for name, v in LOGIN.items()}}
    assert (first.headers["authorization"], first.headers["accept-language"]) == ("Bearer token-1", "DE")


def test_numbers_are_repeated_and_cannot_leave_their_place() -> None:
    call = Adapter(Account("a", LOGIN)).call([Parcel("A&x=1#"), Parcel("B/..")], "t")
    assert call.path == "/shipmentinfo?shipmentID=A%26x%3D1%23&shipmentID=B%2F.."
    assert call.headers["Accept-Language"] == "EN"


@pytest.mark.parametrize(
    ("address", "host"),
    [
        (None, "https://authme.myhermes.de"),
        ("https://de-api.hermesworld.com/services/hsi", "https://authme.myhermes.de"),
        ("https://de-api-int.hermesworld.com/services/hsi", "https://authme-int.myhermes.de"),
        ("http://127.0.0.1:8001/hermes-de", None),
    ],
)
def test_tokens_come_from_the_login_of_the_environment(address: str | None, host: str | None) -> None:
    assert Adapter(Account("a", LOGIN, address)).token_host() == host


def test_tokens_are_fetched_from_the_other_host_and_answers_from_the_first() -> None:
    class Elsewhere(Adapter):
        host = ""

        def token_host(self) -> str:
            return self.host

    with (
        Loopback(lambda _: Told({"access_token": "token-1"})) as login,
        Loopback(lambda _: Told({"shipmentinfo": [_entry("A", "2000")]})) as service,
    ):
        Elsewhere.host = login.url
        answer = Elsewhere(Account("a", LOGIN, service.url)).track([Parcel("A")])
    assert [result.number for result in answer.results] == ["A"]
    assert ([asked.method for asked in login.asked], [asked.method for asked in service.asked]) == (["POST"], ["GET"])


def test_a_token_lives_an_hour_where_nothing_is_said() -> None:
    token = Adapter.parse_token(Reply(200, b'{"access_token": "abc"}'))
    assert abs(token.expires_at - clock.real_now() - timedelta(hours=1)) < timedelta(minutes=1)
    assert token.expires_at.tzinfo is UTC


def test_a_batch_refused_as_a_whole_is_asked_again_in_halves() -> None:
    def answer(asked: Asked) -> Told:
        if asked.method == "POST":
            return Told({"access_token": "t", "expires_in": 600})
        numbers = asked.repeated["shipmentID"]
        bad = "BAD" in numbers
        return Told({}, 400) if bad else Told({"shipmentinfo": [_entry(number, "2000") for number in numbers]})

    with Loopback(answer) as server:
        told = Adapter(Account("a", LOGIN, server.url)).track([Parcel(n) for n in ("A", "B", "BAD", "C")])
        calls = len(server.asked)
    assert [result.number for result in told.results] == ["A", "B", "C"]
    assert [(e.number, e.code) for e in told.errors] == [("BAD", ResultCode.REFUSED)]
    assert (calls, told.http_status, told.raw) == (6, None, None)


def test_numbers_that_are_refused_one_by_one_are_not_asked_again() -> None:
    refused = [{"shipmentID": number, "result": {"code": "e777"}} for number in ("A", "B")]

    def answer(asked: Asked) -> Told:
        return Told({"access_token": "t"}) if asked.method == "POST" else Told({"shipmentinfo": refused})

    with Loopback(answer) as server:
        told = Adapter(Account("a", LOGIN, server.url)).track([Parcel("A"), Parcel("B")])
        assert len(server.asked) == 2
    assert {error.code for error in told.errors} == {ResultCode.REFUSED}


def test_an_unreadable_answer_is_kept_with_its_status() -> None:
    def answer(asked: Asked) -> Told:
        return Told({"access_token": "t"}) if asked.method == "POST" else Told(b"<html>")

    with Loopback(answer) as server:
        told = Adapter(Account("a", LOGIN, server.url)).track([Parcel("A"), Parcel("B")])
    assert (told.raw, told.http_status) == (b"<html>", 200)


def test_a_sample_without_numbers_is_told_under_its_own() -> None:
    assert [r.number for r in Adapter.parse(Reply(200, raw("hermes-de", "mixed-batch.json")), []).results] == [
        *THREE[:2]
    ]
