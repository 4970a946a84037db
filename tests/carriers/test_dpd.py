"""DPD Benelux: a token in the envelope, faults under any status, answers that name no parcel, times of twelve hours."""

from datetime import UTC, datetime, timedelta

import pytest
import xmltodict

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers.dpd import CODES, Adapter
from tracking.platform import clock
from tracking.platform.errors import BadCredentials, Refused, UnreadableAnswer, UpstreamDown
from tracking.platform.facts import Answer, ResultCode, Zone
from tracking.platform.status import Status
from tracking.platform.upstream import Reply

NUMBER = "09980000020033F"
LOGIN = {"delis_id": "KD1", "password": "a<b&c"}
UNKNOWN = Status.UNKNOWN
HEAD = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
TAIL = "</s:Body></s:Envelope>"


def _line(name: str, text: str) -> str:
    return f"<{name}><content>{text}</content><bold>true</bold><paragraph>false</paragraph></{name}>" if text else ""


def _status(status: str, date: str = "1/5/2026 7:11:26 PM", *, place: str = "", current: bool = False) -> str:
    flags = (
        f"<statusHasBeenReached>true</statusHasBeenReached><isCurrentStatus>{str(current).lower()}</isCurrentStatus>"
    )
    return f"<statusInfo><status>{status}</status>{flags}{_line('location', place)}{_line('date', date)}</statusInfo>"


def _body(*statuses: str) -> bytes:
    told = f"<trackingresult>{''.join(statuses)}</trackingresult>"
    return f"{HEAD}<getTrackingDataResponse>{told}</getTrackingDataResponse>{TAIL}".encode()


def _parse(body: bytes, status: int = 200) -> Answer:
    return Adapter.parse(Reply(status, body), [NUMBER])


def _days(*codes: str, current: int | None = None) -> list[Status]:
    days = enumerate(codes, 1)
    told = [_status(code, f"1/{day}/2026 8:00:00 AM", current=day - 1 == current) for day, code in days]
    return [event.status for event in _parse(_body(*told)).results[0].events]


def test_times_of_twelve_hours_are_local_ones_of_the_place() -> None:
    (result,) = parsed("dpd", "delivered.xml", NUMBER).results
    assert [(event.code, event.at.isoformat()) for event in result.events] == [
        ("SHIPMENT", "2026-03-26T16:12:00+01:00"),
        ("PickedUp", "2026-03-27T12:05:09+01:00"),
        ("BetweenDepots", "2026-03-28T00:40:00+01:00"),
        ("Depot", "2026-03-30T04:09:55+01:00"),
        ("Courier", "2026-03-30T08:34:34+01:00"),
        ("Delivered", "2026-03-30T13:43:31+01:00"),
    ]
    assert {event.zone for event in result.events} == {Zone.ASSUMED}
    assert (result.number, result.status, result.service) == (NUMBER, Status.DELIVERED, "DPD CLASSIC")
    assert result.delivered_at == result.events[-1].at
    assert (result.events[-1].location.city, result.events[-1].location.country) == ("London", "GB")


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("12/31/2026 12:00:00 AM", "2026-12-31T00:00:00+01:00"),
        ("7/1/2026 12:59:59 PM", "2026-07-01T12:59:59+02:00"),
        ("7/1/2026 1:05 pm", "2026-07-01T13:05:00+02:00"),
        ("2026-07-01T13:05:00", "2026-07-01T13:05:00+02:00"),
    ],
)
def test_a_time_without_a_place_is_dutch(date: str, at: str) -> None:
    (event,) = _parse(_body(_status("Depot", date))).results[0].events
    assert event.at.isoformat() == at


@pytest.mark.parametrize("date", ["13/1/2026 1:00:00 PM", "1/1/2026 0:30:00 AM", "1/1/2026 13:00:00 PM", "soon", ""])
def test_a_time_that_cannot_be_read_costs_the_others_nothing(date: str) -> None:
    answer = _parse(_body(_status("PickedUp"), _status("Delivered", date)))
    assert [result.status for result in answer.results] == [Status.IN_TRANSIT]
    assert [(error.number, error.code) for error in answer.errors] == [(NUMBER, ResultCode.UNREADABLE)]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("SHIPMENT", Status.INFO_RECEIVED),
        ("Accepted", Status.INFO_RECEIVED),
        ("PickedUp", Status.IN_TRANSIT),
        ("BetweenDepots", Status.IN_TRANSIT),
        ("Depot", Status.IN_TRANSIT),
        ("Courier", Status.OUT_FOR_DELIVERY),
        ("DeliveryFailure", Status.ATTEMPT_FAIL),
        ("ReturningFromDelivery", Status.ATTEMPT_FAIL),
        ("ParcelShop", Status.AVAILABLE_FOR_PICKUP),
        ("Delivered", Status.DELIVERED),
        ("ON_THE_ROAD", Status.IN_TRANSIT),
        ("Resting", Status.UNKNOWN),
    ],
)
def test_a_code_means(code: str, status: Status) -> None:
    assert _days(code) == [status]
    assert (CODES.find(code) is None) is (code == "Resting")


def test_the_shipment_beside_the_states_is_no_event_and_a_step_ahead_is_none() -> None:
    answer = parsed("dpd", "collected-back.xml", NUMBER)
    assert [event.code for event in answer.results[0].events].count("Delivered") == 0
    assert "SHIPMENT" not in [event.code for event in answer.results[0].events]
    assert (answer.results[0].status, answer.errors) == (Status.ATTEMPT_FAIL, ())


def test_what_is_collected_back_from_a_shop_is_on_no_round() -> None:
    told = _days("Courier", "ParcelShop", "Courier", "Courier", "PickedUp", "ReturningFromDelivery", "Courier")
    transit, out = Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY
    assert told == [out, Status.AVAILABLE_FOR_PICKUP, transit, transit, transit, Status.ATTEMPT_FAIL, out]


def test_what_follows_the_current_status_moves_nothing() -> None:
    (result,) = parsed("dpd", "waiting-at-the-shop.xml", NUMBER).results
    assert result.status is Status.AVAILABLE_FOR_PICKUP
    assert [event.status for event in result.events[-2:]] == [UNKNOWN, UNKNOWN]
    assert _days("Courier", "Delivered", "Depot", current=1) == [Status.OUT_FOR_DELIVERY, Status.DELIVERED, UNKNOWN]
    assert _days("Courier", "Depot") == [Status.OUT_FOR_DELIVERY, Status.IN_TRANSIT]


def test_a_description_of_several_lines_is_one_text() -> None:
    lines = _line("content", "First.") + _line("content", "Second.")
    body = _body(_status("Depot").replace("<statusHas", f"<description>{lines}</description><statusHas"))
    assert _parse(body).results[0].events[0].description == "First. Second."


def test_of_two_results_the_first_is_told_and_a_text_is_none() -> None:
    twice = _body(_status("Courier") + "</trackingresult><trackingresult>" + _status("Delivered"))
    assert [result.status for result in _parse(twice).results] == [Status.OUT_FOR_DELIVERY]
    assert [error.code for error in _parse(_body("rubbish")).errors] == [ResultCode.UNREADABLE]


@pytest.mark.parametrize("body", [raw("dpd", "not-found.xml"), _body()])
def test_a_result_without_a_status_is_not_found(body: bytes) -> None:
    answer = _parse(body)
    assert (answer.results, [(e.number, e.code) for e in answer.errors]) == ((), [(NUMBER, ResultCode.NOT_FOUND)])


def test_a_parcel_of_which_nothing_has_happened_yet_is_not_found() -> None:
    ahead = _status("Courier", "").replace("Reached>true<", "Reached>false<")
    assert [error.code for error in _parse(_body(ahead)).errors] == [ResultCode.NOT_FOUND]


@pytest.mark.parametrize("status", [200, 500])
def test_the_fault_of_the_login_is_unauthorized_under_any_status(status: int) -> None:
    (error,) = parsed("dpd", "authentication-fault.xml", NUMBER, status=status).errors
    assert (error.code, error.retryable) == (ResultCode.UNAUTHORIZED, False)
    assert "DELICOM_ERR_AUTHENTICATION" in error.message
    assert Adapter.refuses_token(Reply(status, raw("dpd", "authentication-fault.xml")))


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(500, raw("dpd", "life-cycle-fault.xml")), ResultCode.UNAVAILABLE),
        (Reply(200, raw("dpd", "life-cycle-fault.xml")), ResultCode.UNAVAILABLE),
        (Reply(500, raw("dpd", "life-cycle-fault.xml").replace(b"soap:Server", b"soap:Client")), ResultCode.REFUSED),
        (Reply(429, raw("dpd", "life-cycle-fault.xml"), {"retry-after": "9"}), ResultCode.RATE_LIMITED),
        (Reply(200, f"{HEAD}<other/>{TAIL}".encode()), ResultCode.UNREADABLE),
    ],
)
def test_any_other_fault_is_the_services_or_ours(reply: Reply, code: ResultCode) -> None:
    (error,) = Adapter.parse(reply, [NUMBER]).errors
    assert (error.number, error.code) == (NUMBER, code)
    assert not Adapter.refuses_token(reply)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(500, raw("dpd", "authentication-fault.xml")), BadCredentials),
        (Reply(200, raw("dpd", "authentication-fault.xml")), BadCredentials),
        (Reply(500, raw("dpd", "life-cycle-fault.xml")), UpstreamDown),
        (Reply(503, raw("dpd", "life-cycle-fault.xml")), UpstreamDown),
        (Reply(500, raw("dpd", "life-cycle-fault.xml").replace(b"soap:Server", b"soap:Client")), Refused),
        (Reply(200, raw("dpd", "token.xml").replace(b"TOKEN", b"")), UnreadableAnswer),
        (Reply(200, raw("dpd", "not-found.xml")), UnreadableAnswer),
        (Reply(502, b"<html>"), UpstreamDown),
    ],
)
def test_a_token_that_is_not_given_says_why(reply: Reply, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        Adapter.parse_token(reply)


def test_a_token_ends_when_it_says_in_dutch_time_or_after_half_a_day() -> None:
    stated = Adapter.parse_token(Reply(200, raw("dpd", "token.xml")))
    assert (stated.value, stated.expires_at) == ("TOKEN", datetime(2099, 5, 8, 11, 2, 56, tzinfo=UTC))
    unstated = Adapter.parse_token(Reply(200, raw("dpd", "token.xml").replace(b"2099-05-08T13:02:56.06", b"")))
    assert abs(unstated.expires_at - clock.real_now() - timedelta(hours=12)) < timedelta(minutes=1)


def test_a_token_that_ended_by_our_clock_is_used_for_a_while_all_the_same() -> None:
    token = Adapter.parse_token(Reply(200, raw("dpd", "token.xml").replace(b"2099", b"2020")))
    assert timedelta(minutes=10) < token.expires_at - clock.real_now() < timedelta(minutes=20)


def _header(asked: Asked) -> dict[str, str]:
    return dict(xmltodict.parse(asked.body)["soap:Envelope"]["soap:Header"]["own:authentication"])


def test_it_logs_in_asks_with_the_token_and_renews_it_after_a_fault() -> None:
    tokens = iter(("one", "two"))
    delivered = raw("dpd", "delivered.xml")

    def answer(asked: Asked) -> Told:
        if "LoginService" in asked.path:
            return Told(raw("dpd", "token.xml").replace(b"TOKEN", next(tokens).encode()))
        return Told(delivered) if b"two" in asked.body else Told(raw("dpd", "authentication-fault.xml"), 500)

    with Loopback(answer) as server:
        told = Adapter(Account("a", LOGIN, server.url, "nl-BE")).track([Parcel(NUMBER)])
    login, first, _, second = server.asked
    assert [result.number for result in told.results] == [NUMBER]
    asked = xmltodict.parse(login.body)["soap:Envelope"]["soap:Body"]["own:getAuth"]
    assert asked == {
        "@xmlns:own": "http://dpd.com/common/service/types/LoginService/2.1",
        "delisId": "KD1",
        "password": "a<b&c",
        "messageLanguage": "nl_NL",
    }
    assert login.headers["soapaction"] == "http://dpd.com/common/service/types/LoginService/2.1/getAuth"
    assert first.path == "/soap/services/ParcelLifeCycleService/V2_0"
    assert first.headers["content-type"] == "text/xml;charset=UTF-8"
    assert (
        first.headers["soapaction"] == "http://dpd.com/common/service/types/ParcelLifeCycleService/2.0/getTrackingData"
    )
    assert _header(second) == {
        "@xmlns:own": "http://dpd.com/common/service/types/Authentication/2.0",
        "delisId": "KD1",
        "authToken": "two",
        "messageLanguage": "nl_NL",
    }
    body = xmltodict.parse(second.body)["soap:Envelope"]["soap:Body"]["own:getTrackingData"]
    assert body["parcelLabelNumber"] == NUMBER


@pytest.mark.parametrize(
    ("country", "address", "host"),
    [
        ("", None, None),
        ("nl", None, "https://wsshipper.dpd.nl"),
        (" BE ", None, "https://wsshipper.dpd.be"),
        ("xx", None, None),
        ("be", "https://shipperadmintest.dpd.be/PublicApi", "https://shipperadmintest.dpd.be/PublicApi"),
    ],
)
def test_an_account_is_at_the_host_of_its_country_unless_it_names_one(
    country: str, address: str | None, host: str | None
) -> None:
    assert Adapter(Account("a", {**LOGIN, "country": country}, address)).account.base_url == host
