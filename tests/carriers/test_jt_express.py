"""J&T Express: tenants with codes of their own, signatures, times, batches."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.carriers.samples import parsed
from tests.loopback import Asked, Loopback, Told
from tracking.carriers._base import Account, Parcel
from tracking.carriers.jt_express import Adapter, digest
from tracking.platform.facts import ResultCode, TrackingEvent, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

KEYS = {"api_account": "178337", "private_key": "exampleprivatekey0123456789abcdef", "country": "EG"}
MALAYSIA = {**KEYS, "country": "my", "customer_code": "J0086", "password": "AA7EEB"}


def _scan(**more: Any) -> dict[str, Any]:
    return {"scanTime": "2026-03-05 08:30:00", "desc": "…", "scanNetworkCity": "Somewhere", **more}


def _body(*scans: dict[str, Any], number: str = "N1") -> bytes:
    return json.dumps({"code": "1", "msg": "success", "data": [{"billCode": number, "details": scans}]}).encode()


def _read(country: str, **scan: Any) -> TrackingEvent:
    adapter = Adapter(Account("a", {**KEYS, "country": country}, "http://127.0.0.1"))
    (result,) = adapter.understand(Reply(200, _body(_scan(**scan))), ["N1"]).results
    return result.events[0]


def _asked(one: Asked) -> dict[str, str]:
    told: dict[str, str] = json.loads(parse_qs(one.body.decode())["bizContent"][0])
    return told


def test_egypts_answer_is_read_by_the_names_of_scans_in_cairos_summer_time() -> None:
    answer = parsed("jt-express", "egypt-batch.json")
    delivered, returned = answer.results
    assert [event.status for event in delivered.events] == [
        Status.IN_TRANSIT,
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.DELIVERED,
    ]
    assert delivered.delivered_at == datetime(2026, 7, 3, 11, 26, 25, tzinfo=UTC)
    assert delivered.events[-1].zone is Zone.ASSUMED
    assert (delivered.proof, delivered.events[0].location.country) == (("photo",), "EG")
    assert [event.status for event in returned.events] == [Status.ATTEMPT_FAIL, Status.RETURNED]
    assert "4711" not in str(answer), "a delivery password is never read"
    assert [error.number for error in answer.errors] == ["UEG000000000013"]


def test_a_number_without_scans_is_not_found() -> None:
    answer = parsed("jt-express", "egypt-batch.json", "UEG000000000013", "UEG000000000014")
    assert [error.code for error in answer.errors] == [ResultCode.NOT_FOUND, ResultCode.NOT_FOUND]


def test_malaysias_answer_is_an_object_with_a_number_as_code_and_zones_of_its_own() -> None:
    (result,) = parsed("jt-express", "malaysia-station.json", "630000000001").results
    assert (result.status, result.pickup_place) == (Status.AVAILABLE_FOR_PICKUP, "Kedai Runcit Aman")
    assert [event.status for event in result.events] == [
        Status.INFO_RECEIVED,
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.ATTEMPT_FAIL,
        Status.AVAILABLE_FOR_PICKUP,
    ]
    assert result.events[3].reason is Reason.NOT_HOME
    assert result.events[-1].at == datetime(2026, 3, 6, 2, tzinfo=UTC)
    assert {event.zone for event in result.events} == {Zone.STATED}
    assert result.extra == {"weight_kg": "1.20"}
    assert "A-2-17" not in str(result), "the shelf is as good as a pickup code"


@pytest.mark.parametrize(
    ("country", "code", "status", "reason"),
    [
        ("MY", "10", Status.IN_TRANSIT, None),
        ("EG", "10", Status.DELIVERED, None),
        ("CN", "10", Status.DELIVERED, None),
        ("BR", "10", Status.UNKNOWN, None),
        ("MY", "200", Status.INFO_RECEIVED, None),
        ("MY", "401", Status.IN_TRANSIT, Reason.CUSTOMS),
        ("MY", "94", Status.OUT_FOR_DELIVERY, None),
        ("MY", "100", Status.DELIVERED, None),
        ("MY", "173", Status.RETURNED, None),
        ("MY", "702", Status.DELIVERED, None),
        ("MY", "704", Status.RETURNING, Reason.NOT_COLLECTED),
        ("MY", "300", Status.EXCEPTION, Reason.DAMAGED),
        ("MY", "301", Status.EXCEPTION, Reason.LOST),
        ("MY", "304", Status.EXCEPTION, Reason.CUSTOMS),
        ("EG", "7", Status.AVAILABLE_FOR_PICKUP, None),
        ("EG", "8", Status.UNKNOWN, None),
        ("EG", "12", Status.EXCEPTION, Reason.OTHER),
        ("CN", "12", Status.UNKNOWN, None),
        ("EG", "13", Status.RETURNED, None),
        ("CN", "13", Status.UNKNOWN, None),
        ("EG", "14", Status.RETURNING, None),
        ("VN", "113", Status.DELIVERED, None),
        ("VN", "110", Status.IN_TRANSIT, None),
        ("MY", "110", Status.EXCEPTION, Reason.OTHER),
    ],
)
def test_a_number_means_what_the_accounts_country_says(
    country: str, code: str, status: Status, reason: Reason | None
) -> None:
    event = _read(country, scanTypeCode=code)
    assert (event.status, event.reason, event.code) == (status, reason, code)


@pytest.mark.parametrize(
    ("scan", "status"),
    [
        ({"scanType": "快件揽收", "scanTypeCode": "10"}, Status.IN_TRANSIT),
        ({"scanType": "บันทึก", "scanTypeName": "快件签收"}, Status.DELIVERED),
        ({"scanType": "مسح التسليم", "scanTypeCode": "10"}, Status.DELIVERED),
        ({"scanType": "مسح التسليم", "problemReason": "派件扫描"}, Status.OUT_FOR_DELIVERY),
        ({"scanType": "signing SCAN"}, Status.DELIVERED),
        ({"scanType": "deliver"}, Status.UNKNOWN),
        ({"desc": "Delivered"}, Status.UNKNOWN),
    ],
)
def test_a_known_name_comes_before_a_number_and_words_for_people_mean_nothing(
    scan: dict[str, str], status: Status
) -> None:
    assert _read("EG", **scan).status is status


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        ("Receiver refused the parcel", Status.EXCEPTION, Reason.REFUSED),
        ("收件人拒收", Status.EXCEPTION, Reason.REFUSED),
        ("Receiver not at home", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        ("2nd delivery attempt failed", Status.ATTEMPT_FAIL, None),
        ("Road closed", Status.EXCEPTION, Reason.OTHER),
    ],
)
def test_a_problem_is_told_apart_by_its_words(said: str, status: Status, reason: Reason | None) -> None:
    event = _read("MY", scanTypeCode="110", probleDescription=said)
    assert (event.status, event.reason) == (status, reason)


def test_a_sender_who_signs_has_it_back() -> None:
    assert _read("EG", scanType="Signing scan", desc="Parcel returned to the sender").status is Status.RETURNED


@pytest.mark.parametrize(
    ("country", "zone", "at", "how"),
    [
        ("MY", None, "2026-03-05T00:30:00+00:00", Zone.ASSUMED),
        ("MY", "UTC+7", "2026-03-05T01:30:00+00:00", Zone.STATED),
        ("EG", "nonsense", "2026-03-05T06:30:00+00:00", Zone.ASSUMED),
        ("BR", None, "2026-03-05T11:30:00+00:00", Zone.ASSUMED),
    ],
)
def test_times_are_the_scans_own_or_the_accounts_country(country: str, zone: str | None, at: str, how: Zone) -> None:
    event = _read(country, scanTypeCode="20", timeZone=zone)
    assert (event.at, event.zone) == (datetime.fromisoformat(at), how)


@pytest.mark.parametrize(
    ("code", "numbers", "expected"),
    [
        ("0", 1, ResultCode.REFUSED),
        ("145003010", 2, ResultCode.UNAUTHORIZED),
        ("145003012", 1, ResultCode.UNAUTHORIZED),
        ("145003030", 1, ResultCode.UNAUTHORIZED),
        ("145003031", 1, ResultCode.UNAUTHORIZED),
        ("145003050", 1, ResultCode.REFUSED),
        ("145003051", 1, ResultCode.REFUSED),
        ("145003052", 1, ResultCode.REFUSED),
        ("145003053", 1, ResultCode.REFUSED),
        ("145003064", 1, ResultCode.NOT_FOUND),
        ("145003071", 1, ResultCode.REFUSED),
        ("145003100", 1, ResultCode.INVALID_NUMBER),
        ("145003100", 2, ResultCode.REFUSED),
        ("145003502", 2, ResultCode.REFUSED),
        ("145005000", 1, ResultCode.UNAVAILABLE),
        ("999001010", 1, ResultCode.UNAUTHORIZED),
        ("999001030", 1, ResultCode.NOT_FOUND),
        ("777", 1, ResultCode.REFUSED),
    ],
)
@pytest.mark.parametrize("as_number", [True, False])
def test_every_documented_error_is_understood(code: str, numbers: int, expected: ResultCode, as_number: bool) -> None:
    asked = [f"N{n}" for n in range(numbers)]
    body = json.dumps({"code": int(code) if as_number else code, "msg": "N0 is bad"}).encode()
    answer = Adapter.parse(Reply(200, body), asked)
    assert [(error.number, error.code) for error in answer.errors] == [(number, expected) for number in asked]
    assert "N0" not in answer.errors[0].message


def test_the_digest_is_the_documented_one() -> None:
    said = '{"billCodes":"UEG000000000001"}'
    assert digest(said, "exampleprivatekey0123456789abcdef") == "6jHBSzsWQG8NJmZcft2rlg=="


def test_thirty_numbers_are_asked_in_one_signed_field() -> None:
    numbers = [f"UEG{n:012}" for n in range(30)]
    with Loopback(lambda _: Told({"code": "1", "data": []})) as server:
        answer = Adapter(Account("a", KEYS, server.url)).track([Parcel(number) for number in numbers])
    (asked,) = server.asked
    assert asked.path == "/api/logistics/trace"
    assert _asked(asked) == {"billCodes": ",".join(numbers)}
    said = parse_qs(asked.body.decode())["bizContent"][0]
    assert asked.headers["digest"] == digest(said, KEYS["private_key"])
    assert asked.headers["apiaccount"] == "178337"
    assert asked.headers["timestamp"].isdigit()
    assert {error.code for error in answer.errors} == {ResultCode.NOT_FOUND}


def test_malaysia_is_asked_number_by_number_and_not_on_after_a_refused_account() -> None:
    def answer(asked: Asked) -> Told:
        number = _asked(asked)["billCode"]
        if number == "630000000002":
            return Told({"code": 145003031, "msg": "no"})
        return Told({"code": 1, "data": {"billCode": number, "details": [_scan(scanTypeCode="10")]}})

    with Loopback(answer) as server:
        told = Adapter(Account("a", MALAYSIA, server.url)).track([Parcel(f"63000000000{n}") for n in range(1, 6)])
    assert _asked(server.asked[0]) == {"customerCode": "J0086", "password": "AA7EEB", "billCode": "630000000001"}
    assert [result.status for result in told.results] == [Status.IN_TRANSIT]
    assert [error.number for error in told.errors] == [f"63000000000{n}" for n in range(2, 6)]
    assert {error.code for error in told.errors} == {ResultCode.UNAUTHORIZED}
    assert len(server.asked) == 2


def test_a_batch_refused_for_one_number_is_asked_one_by_one() -> None:
    def answer(asked: Asked) -> Told:
        numbers = _asked(asked)["billCodes"].split(",")
        if "BAD" in numbers:
            return Told({"code": "145003100", "msg": "illegal waybill number"})
        return Told(_body(_scan(scanType="Sending scan"), number=numbers[0]))

    with Loopback(answer) as server:
        told = Adapter(Account("a", KEYS, server.url)).track([Parcel("GOOD"), Parcel("BAD")])
    assert [result.number for result in told.results] == ["GOOD"]
    assert [(error.number, error.code) for error in told.errors] == [("BAD", ResultCode.INVALID_NUMBER)]


def test_a_country_without_a_known_address_needs_one() -> None:
    (error,) = Adapter(Account("a", {**KEYS, "country": "SA"})).track([Parcel("UTE000000000001")]).errors
    assert (error.code, "address" in error.message) == (ResultCode.UNAUTHORIZED, True)


def test_the_address_is_the_countrys_unless_the_account_names_one() -> None:
    assert Adapter(Account("a", KEYS)).account.base_url == "https://openapi.jtjms-eg.com/webopenplatformapi"
    assert Adapter(Account("a", KEYS, "http://127.0.0.1")).account.base_url == "http://127.0.0.1"


def test_the_same_number_twice_is_one_parcel() -> None:
    first, second = _scan(scanType="Pickup scan"), _scan(scanType="Sending scan", scanTime="2026-03-05 09:30:00")
    data = [{"billCode": "N1", "details": [first]}, {"billCode": "N1", "details": [second, first]}]
    (result,) = Adapter.parse(Reply(200, json.dumps({"code": "1", "data": data}).encode()), ["N1"]).results
    assert len(result.events) == 2


def test_its_page_is_the_countrys() -> None:
    assert Adapter.public_url("UEG000000000001", "en").startswith("https://www.jtexpress-eg.com/")
    assert Adapter.public_url("820000000001", "th").startswith("https://www.jtexpress.co.th/")
    assert Adapter.public_url("630000000001", "en") == "https://www.jtexpress.my/tracking/630000000001"
