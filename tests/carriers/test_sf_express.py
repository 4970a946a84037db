"""SF Express: routes, codes whose meaning hangs on a remark, signatures, tokens, telephone digits."""

import base64
import hashlib
import json
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers._base import Account, Parcel
from tracking.carriers.sf_express import Adapter, digest
from tracking.platform.facts import ResultCode, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

NUMBER = "SF1300000000001"
KEYS = {"partner_id": "SHOP1", "check_word": "EXAMPLEcheckword*01"}


def _line(op: str = "", secondary: str = "", first: str = "", remark: str = "…", **more: Any) -> dict[str, Any]:
    told = {"opCode": op, "secondaryStatusCode": secondary, "firstStatusCode": first}
    codes = {key: value for key, value in told.items() if value}
    return {"acceptTime": "2026-03-03 07:01:02", "acceptAddress": "广州市", "remark": remark, **codes, **more}


def _body(*lines: dict[str, Any], number: str = NUMBER, **resp: Any) -> dict[str, Any]:
    inner = {
        "success": True,
        "errorCode": "S0000",
        "msgData": {"routeResps": [{"mailNo": number, "routes": list(lines), **resp}]},
    }
    return {"apiResultCode": "A1000", "apiErrorMsg": "", "apiResultData": json.dumps(inner, ensure_ascii=False)}


def _parse(document: Any, *numbers: str) -> Any:
    return Adapter.parse(Reply(200, json.dumps(document).encode()), numbers)


def _meant(*codes: str, remark: str = "…") -> tuple[Status, Reason | None]:
    (result,) = _parse(_body(_line(*codes, remark=remark)), NUMBER).results
    (event,) = result.events
    return event.status, event.reason


def _form(asked: Asked) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}


def test_a_route_is_told_oldest_first_in_chinas_time() -> None:
    (result,) = parsed("sf-express", "delivered.json").results
    assert (result.number, result.status, result.proof) == (NUMBER, Status.DELIVERED, ("signature",))
    assert [event.status for event in result.events] == [
        Status.IN_TRANSIT,
        Status.IN_TRANSIT,
        Status.IN_TRANSIT,
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.DELIVERED,
        Status.UNKNOWN,
    ]
    assert result.delivered_at == datetime.fromisoformat("2026-03-03T09:48:19+08:00")
    assert {event.zone for event in result.events} == {Zone.ASSUMED}
    assert result.events[0].location.city == "深圳市"


@pytest.mark.parametrize(
    ("zone", "at", "how"),
    [
        ("", "2026-03-02T23:01:02+00:00", Zone.ASSUMED),
        ("Asia/Bangkok", "2026-03-03T00:01:02+00:00", Zone.ASSUMED),
        ("Nowhere/Land", "2026-03-03T07:01:02+00:00", Zone.UNKNOWN),
    ],
)
def test_times_are_chinas_unless_the_account_says_otherwise(zone: str, at: str, how: Zone) -> None:
    adapter = Adapter(Account("a", {**KEYS, "zone": zone}))
    (result,) = adapter.understand(Reply(200, json.dumps(_body(_line("54"))).encode()), [NUMBER]).results
    assert (result.events[0].at, result.events[0].zone) == (datetime.fromisoformat(at), how)


def test_a_locker_is_no_hand_and_a_way_back_names_its_new_number() -> None:
    answer = parsed("sf-express", "mixed-batch.json", "SF1300000000002", "SF1300000000003", "SF1300000000004")
    locker, back = answer.results
    assert (locker.status, locker.delivered_at) == (Status.AVAILABLE_FOR_PICKUP, None)
    assert (back.status, back.reason) == (Status.RETURNING, Reason.REFUSED)
    assert back.extra == {"new_number": "SF1300000000019"}
    (error,) = answer.errors
    assert (error.number, error.code) == ("SF1300000000004", ResultCode.NOT_FOUND)
    assert "check_phone" in error.message


@pytest.mark.parametrize(
    ("codes", "remark", "status", "reason"),
    [
        (("44", "301", "3"), "我们正在为您的快件分配最合适的快递员，请您稍等。", Status.IN_TRANSIT, None),
        (("44", "301", "3"), "正在派送途中", Status.OUT_FOR_DELIVERY, None),
        (("44", "301", "3"), "A courier is being assigned to your shipment", Status.IN_TRANSIT, None),
        (("655", "701", "7"), "…", Status.INFO_RECEIVED, None),
        (("80", "401", "4"), "已派送至本人", Status.DELIVERED, None),
        (("80", "401", "4"), "已派送至（顺丰自助柜）", Status.AVAILABLE_FOR_PICKUP, None),
        (("80", "401", "4"), "快件已从丰巢柜取出，本人签收", Status.DELIVERED, None),
        (("80", "401", "4"), "快件已退回寄件人签收", Status.RETURNED, None),
        (("125", "1101", "11"), "…", Status.AVAILABLE_FOR_PICKUP, None),
        (("126", "", ""), "…", Status.EXCEPTION, Reason.NOT_COLLECTED),
        (("70", "1301", "13"), "收件人不在", Status.ATTEMPT_FAIL, None),
        (("70", "1301", "13"), "收件人拒收", Status.EXCEPTION, Reason.REFUSED),
        (("70", "1301", "13"), "将退回寄件人", Status.RETURNING, None),
        (("33", "201", "2"), "…", Status.EXCEPTION, Reason.OTHER),
        (("501", "201", "2"), "快件已发往", Status.IN_TRANSIT, None),
        (("501", "501", "5"), "运单作废", Status.EXCEPTION, Reason.CANCELLED),
        (("99", "201", "2"), "…", Status.IN_TRANSIT, Reason.FORWARDED),
        (("648", "201", "2"), "…", Status.RETURNING, None),
        (("605", "204", "2"), "清关中", Status.IN_TRANSIT, Reason.CUSTOMS),
        (("605", "205", "2"), "已清关", Status.IN_TRANSIT, None),
        (("36", "204", "2"), "清关中", Status.IN_TRANSIT, Reason.CUSTOMS),
        (("36", "1101", "11"), "…", Status.AVAILABLE_FOR_PICKUP, None),
        (("8000", "401", "4"), "…", Status.UNKNOWN, None),
        (("4711", "301", "3"), "…", Status.OUT_FOR_DELIVERY, None),
        (("4711", "4711", "13"), "…", Status.ATTEMPT_FAIL, None),
        (("4711", "4711", "4711"), "快件已签收", Status.UNKNOWN, None),
    ],
)
def test_the_operation_comes_first_and_words_only_where_it_needs_them(
    codes: tuple[str, ...], remark: str, status: Status, reason: Reason | None
) -> None:
    assert _meant(*codes, remark=remark) == (status, reason)


@pytest.mark.parametrize(
    ("remark", "status"),
    [
        ("快件已退回寄件人，已签收", Status.RETURNING),
        ("收件人拒收", Status.EXCEPTION),
        ("快件滞留", Status.EXCEPTION),
        ("等待收件人签收", Status.UNKNOWN),
        ("快件未能签收", Status.UNKNOWN),
        ("已派送至丰巢快递柜", Status.AVAILABLE_FOR_PICKUP),
        ("已签收", Status.DELIVERED),
        ("正在派送途中", Status.OUT_FOR_DELIVERY),
        ("已揽收", Status.IN_TRANSIT),
        ("收件人要求改时间", Status.UNKNOWN),
        ("to be delivered", Status.UNKNOWN),
    ],
)
def test_a_line_without_codes_is_read_by_its_words_returns_and_problems_first(remark: str, status: Status) -> None:
    assert _meant(remark=remark)[0] is status


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("A1001", ResultCode.REFUSED),
        ("A1002", ResultCode.UNAUTHORIZED),
        ("A1003", ResultCode.UNAUTHORIZED),
        ("A1004", ResultCode.UNAUTHORIZED),
        ("A1005", ResultCode.RATE_LIMITED),
        ("A1006", ResultCode.UNAUTHORIZED),
        ("A1007", ResultCode.UNAVAILABLE),
        ("A1008", ResultCode.REFUSED),
        ("A1009", ResultCode.UNAVAILABLE),
        ("A1010", ResultCode.REFUSED),
        ("A1011", ResultCode.UNAUTHORIZED),
        ("A1099", ResultCode.UNAVAILABLE),
        ("A1234", ResultCode.REFUSED),
    ],
)
def test_every_code_of_the_gateway_is_understood(code: str, expected: ResultCode) -> None:
    answer = _parse({"apiResultCode": code, "apiErrorMsg": "…", "apiResultData": None}, "A", "B")
    assert [(error.number, error.code) for error in answer.errors] == [("A", expected), ("B", expected)]


@pytest.mark.parametrize(
    ("code", "numbers", "expected"),
    [
        ("6133", ("A",), ResultCode.REFUSED),
        ("8003", ("A", "B"), ResultCode.REFUSED),
        ("8013", ("A",), ResultCode.REFUSED),
        ("8247", ("A",), ResultCode.NOT_FOUND),
        ("8247", ("A", "B"), ResultCode.REFUSED),
    ],
)
def test_every_code_of_the_service_is_understood(code: str, numbers: tuple[str, ...], expected: ResultCode) -> None:
    inner = json.dumps({"success": "false", "errorCode": code, "errorMsg": f"{numbers[0]} no", "msgData": None})
    answer = _parse({"apiResultCode": "A1000", "apiResultData": inner}, *numbers)
    assert {error.code for error in answer.errors} == {expected}
    assert code in answer.errors[0].message
    assert f"{numbers[0]} no" not in answer.errors[0].message


def test_an_error_of_each_shape_among_the_samples_is_one() -> None:
    assert parsed("sf-express", "error-signature.json").errors[0].code is ResultCode.UNAUTHORIZED
    assert parsed("sf-express", "error-too-many.json").errors[0].code is ResultCode.REFUSED


def test_why_a_route_is_empty_is_told_as_far_as_sf_says() -> None:
    document = _body(reasonCode="20028", reasonRemark=f"monthly card of {NUMBER} does not match")
    (error,) = _parse(document, NUMBER).errors
    assert (error.code, "20028" in error.message, NUMBER in error.message) == (ResultCode.NOT_FOUND, True, False)


@pytest.mark.parametrize("inner", ["", "{", "<html>", "7", "[]", "null", '{"msgData": {"routeResps": 5}}'])
def test_what_lies_inside_may_be_anything(inner: str) -> None:
    (error,) = _parse({"apiResultCode": "A1000", "apiResultData": inner}, NUMBER).errors
    assert error.number == NUMBER
    assert error.code in (ResultCode.UNREADABLE, ResultCode.REFUSED)


def test_an_object_inside_is_read_as_well_as_a_text() -> None:
    document = _body(_line("54"))
    document["apiResultData"] = json.loads(document["apiResultData"])
    assert _parse(document, NUMBER).results[0].status is Status.IN_TRANSIT


def test_the_signature_is_the_documented_one() -> None:
    said = '{"trackingType":"1","trackingNumber":["SF1234567890123"],"methodType":"1","checkPhoneNo":"0000"}'
    assert digest(said, "1700000000000", "EXAMPLEcheckword*01") == "lX8a2o65diI1+fhVK7qQnw=="
    java = base64.b64encode(hashlib.md5(b"%7E+*.-_%2F%E9%A1%BA").digest()).decode()
    assert digest("~ *.-_", "/", "顺") == java


def test_what_is_signed_is_what_is_sent() -> None:
    with Loopback(lambda _: Told(_body(_line("54")))) as server:
        adapter = Adapter(Account("a", {**KEYS, "check_phone": "+86 138 0000 4321"}, server.url, "zh-Hant-TW"))
        assert adapter.track([Parcel(NUMBER)]).results
    form = _form(server.asked[0])
    assert server.asked[0].path == "/std/service"
    assert server.asked[0].headers["content-type"] == "application/x-www-form-urlencoded;charset=UTF-8"
    assert form["msgDigest"] == digest(form["msgData"], form["timestamp"], KEYS["check_word"])
    assert (form["partnerID"], form["serviceCode"]) == ("SHOP1", "EXP_RECE_SEARCH_ROUTES")
    assert len(form["requestID"]) <= 40
    assert "accessToken" not in form
    assert json.loads(form["msgData"]) == {
        "language": "zh-TW",
        "trackingType": "1",
        "trackingNumber": [NUMBER],
        "methodType": "1",
        "checkPhoneNo": "4321",
    }


def test_telephone_digits_make_six_a_call_and_numbers_without_them_ten() -> None:
    def answer(asked: Asked) -> Told:
        numbers = json.loads(_form(asked)["msgData"])["trackingNumber"]
        resps = [{"mailNo": number, "routes": [_line("54")]} for number in numbers]
        inner = {"success": True, "errorCode": "S0000", "msgData": {"routeResps": resps}}
        return Told({"apiResultCode": "A1000", "apiResultData": json.dumps(inner)})

    parcels = [Parcel(f"SF{n:013}", {"check_phone": f"00{n:02}"} if n < 8 else {}) for n in range(10)]
    with Loopback(answer) as server:
        told = Adapter(Account("a", KEYS, server.url)).track(parcels)
    asked = [json.loads(_form(one)["msgData"]) for one in server.asked]
    assert [len(one["trackingNumber"]) for one in asked] == [6, 2, 2]
    assert asked[0]["checkPhoneNo"] == "0000,0001,0002,0003,0004,0005"
    assert "checkPhoneNo" not in asked[2]
    assert len(told.results) == 10
    assert told.errors == ()


@pytest.mark.parametrize(
    ("account", "extra", "sent"),
    [
        ("", {}, None),
        ("+86 755 1234 4321", {}, "4321"),
        ("4321", {"check_phone": "8765"}, "8765"),
        ("4321", {"destination_phone": "1111"}, "4321"),
        ("recipient", {"destination_phone": "1111"}, "1111"),
        ("recipient", {}, None),
        ("12", {}, None),
    ],
)
def test_telephone_digits_are_the_parcels_own_or_as_the_account_says(
    account: str, extra: dict[str, str], sent: str | None
) -> None:
    call = Adapter(Account("a", {**KEYS, "check_phone": account})).call([Parcel(NUMBER, extra)], None)
    assert isinstance(call.data, dict)
    assert json.loads(call.data["msgData"]).get("checkPhoneNo") == sent


def test_an_access_token_stands_instead_of_the_signature_and_is_renewed_when_it_is_over() -> None:
    given: list[str] = []

    def answer(asked: Asked) -> Told:
        form = _form(asked)
        if asked.path == "/oauth2/accessToken":
            assert (form["partnerID"], form["secret"], form["grantType"]) == ("SHOP1", KEYS["check_word"], "password")
            given.append(f"token-{len(given)}")
            return Told({"apiResultCode": "A1000", "accessToken": given[-1], "expiresIn": 7200})
        assert "msgDigest" not in form
        if form["accessToken"] == "token-0":
            return Told({"apiResultCode": "A1002", "apiErrorMsg": "expired", "apiResultData": None})
        return Told(_body(_line("54")))

    with Loopback(answer) as server:
        adapter = Adapter(Account("a", {**KEYS, "auth": "OAuth2"}, server.url))
        assert adapter.track([Parcel(NUMBER)]).results
        assert adapter.track([Parcel(NUMBER)]).results
    assert given == ["token-0", "token-1"]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (Told({"apiResultCode": "A1006"}), ResultCode.UNAUTHORIZED),
        (Told({"apiResultCode": "A1005"}), ResultCode.RATE_LIMITED),
        (Told({"apiResultCode": "A1099"}), ResultCode.UNAVAILABLE),
        (Told({}, 401), ResultCode.UNAUTHORIZED),
        (Told(b"<html>"), ResultCode.UNREADABLE),
        (Told({"apiResultCode": "A1000", "accessToken": "a\nb"}), ResultCode.UNREADABLE),
    ],
)
def test_a_token_that_cannot_be_had_is_an_error(told: Told, code: ResultCode) -> None:
    with Loopback(lambda _: told) as server:
        answer = Adapter(Account("a", {**KEYS, "auth": "oauth2"}, server.url)).track([Parcel(NUMBER)])
    assert [(error.number, error.code) for error in answer.errors] == [(NUMBER, code)]


def test_a_batch_refused_for_one_number_is_asked_one_by_one() -> None:
    def answer(asked: Asked) -> Told:
        numbers = json.loads(_form(asked)["msgData"])["trackingNumber"]
        if "BAD" in numbers:
            inner = {"success": False, "errorCode": "8247", "errorMsg": "BAD", "msgData": None}
            return Told({"apiResultCode": "A1000", "apiResultData": json.dumps(inner)})
        return Told(_body(_line("54"), number=numbers[0]))

    with Loopback(answer) as server:
        told = Adapter(Account("a", KEYS, server.url)).track([Parcel(NUMBER), Parcel("BAD")])
    assert [result.number for result in told.results] == [NUMBER]
    assert [(error.number, error.code) for error in told.errors] == [("BAD", ResultCode.NOT_FOUND)]
    assert len(server.asked) == 3


def test_an_unreadable_call_among_several_is_kept_for_later() -> None:
    def answer(asked: Asked) -> Told:
        phones = "checkPhoneNo" in json.loads(_form(asked)["msgData"])
        return Told(b"<html>") if phones else Told(_body(_line("54")))

    with Loopback(answer) as server:
        told = Adapter(Account("a", KEYS, server.url)).track([Parcel(NUMBER), Parcel("SF2", {"check_phone": "1234"})])
    assert (told.raw, told.http_status) == (b"<html>", 200)
    assert [result.number for result in told.results] == [NUMBER]


def test_its_page_speaks_chinese_where_the_reader_does() -> None:
    assert Adapter.public_url(NUMBER, "zh").endswith(f"/chn/sc/waybill/waybill-detail/{NUMBER}")
    assert "/chn/tc/" in Adapter.public_url(NUMBER, "zh_HK")
    assert "/chn/en/" in Adapter.public_url(NUMBER, "fr")


def test_the_raw_sample_has_what_privacy_must_hide() -> None:
    assert "13800000000" in raw("sf-express", "delivered.json").decode()
