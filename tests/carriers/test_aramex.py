"""Aramex: JSON or XML whichever comes, serial dates, errors under HTTP 200, a list of codes that is never whole."""

import json

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._aramex_update import CODES
from tracking.carriers._codes import forget_unseen
from tracking.carriers.aramex import Adapter
from tracking.platform.facts import Answer, ResultCode, TrackingEvent, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

WAYBILL, TRIED, UNKNOWN = "41118180001", "30994420002", "99999999999"
CREDENTIALS = {
    "username": "user@shop.example",
    "password": "p",
    "account_number": "1",
    "account_pin": "2",
    "account_entity": "AMM",
    "account_country_code": "JO",
}


def _update(
    code: str, text: str = "", at: object = "/Date(1772618520000+0300)/", **fields: object
) -> dict[str, object]:
    return {"UpdateCode": code, "UpdateDescription": text, "UpdateDateTime": at, **fields}


def _parse(*updates: dict[str, object], **fields: object) -> Answer:
    body = {"HasErrors": False, "TrackingResults": [{"Key": WAYBILL, "Value": updates}], **fields}
    return Adapter.parse(Reply(200, json.dumps(body).encode()), [WAYBILL])


def _event(code: str, text: str = "", at: object = "/Date(1772618520000+0300)/", **fields: object) -> TrackingEvent:
    (event,) = _parse(_update(code, text, at, **fields)).results[0].events
    return event


def test_a_batch_gives_each_waybill_its_own_answer_in_the_zone_shown() -> None:
    answer = parsed("aramex", "batch.json", TRIED, WAYBILL, UNKNOWN)
    tried, delivered = answer.results
    assert [(event.code, event.at.isoformat()) for event in delivered.events] == [
        ("SH014", "2026-03-01T11:00:00+04:00"),
        ("SH022", "2026-03-02T23:10:00+04:00"),
        ("SH041", "2026-03-03T16:00:00+03:00"),
        ("SH003", "2026-03-04T08:46:00+03:00"),
        ("SH281", "2026-03-04T09:30:00+03:00"),
        ("SH005", "2026-03-04T13:02:00+03:00"),
    ]
    assert {event.zone for event in delivered.events} == {Zone.STATED}
    assert (delivered.status, delivered.delivered_at) == (Status.DELIVERED, delivered.events[-1].at)
    assert (delivered.events[0].location.city, delivered.events[0].location.country) == ("Dubai", "AE")
    assert delivered.extra == {"weight": "1.2 kg"}
    assert (tried.number, tried.status, tried.reason) == (TRIED, Status.EXCEPTION, Reason.PAYMENT_DUE)
    assert [(error.number, error.code) for error in answer.errors] == [(UNKNOWN, ResultCode.NOT_FOUND)]


def test_documents_out_for_delivery_are_no_parcel() -> None:
    (delivered,) = parsed("aramex", "batch.json", WAYBILL).results
    assert delivered.events[4].status is Status.UNKNOWN


def test_a_shipment_update_says_what_it_is_in_its_comments() -> None:
    (tried,) = parsed("aramex", "batch.json", TRIED).results
    assert (tried.events[0].description, tried.events[0].status) == ("Moved to another route", Status.UNKNOWN)
    assert (tried.events[1].status, tried.events[1].reason) == (Status.ATTEMPT_FAIL, Reason.NOT_HOME)


def test_xml_means_the_same_with_times_of_the_place() -> None:
    answer = parsed("aramex", "waiting.xml", WAYBILL, UNKNOWN)
    (waiting,) = answer.results
    assert waiting.status is Status.AVAILABLE_FOR_PICKUP
    assert [(event.code, event.at.isoformat()) for event in waiting.events] == [
        ("SH012", "2026-03-01T18:30:00+04:00"),
        ("SH160", "2026-03-03T07:00:00+03:00"),
        ("SH164", "2026-03-04T11:05:00+03:00"),
    ]
    assert {event.zone for event in waiting.events} == {Zone.ASSUMED}
    assert [(error.number, error.code) for error in answer.errors] == [(UNKNOWN, ResultCode.NOT_FOUND)]


def test_the_json_address_may_answer_in_xml_without_an_envelope() -> None:
    body = raw("aramex", "waiting.xml")
    bare = body[body.index(b"<ShipmentTrackingResponse") : body.index(b"</s:Body>")]
    assert Adapter.parse(Reply(200, bare), [WAYBILL]).results == parsed("aramex", "waiting.xml", WAYBILL).results


def test_the_dictionary_may_be_a_plain_object() -> None:
    (result,) = parsed("aramex", "keyed-by-waybill.json", WAYBILL).results
    assert [event.status for event in result.events] == [Status.RETURNING, Status.RETURNED]
    assert (result.status, result.delivered_at) == (Status.RETURNED, None)


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("SH014", Status.INFO_RECEIVED, None),
        ("SH308", Status.INFO_RECEIVED, None),
        ("SH012", Status.IN_TRANSIT, None),
        ("SH464", Status.IN_TRANSIT, Reason.CUSTOMS),
        ("SH521", Status.IN_TRANSIT, None),
        ("SH004", Status.OUT_FOR_DELIVERY, None),
        ("SH157", Status.ATTEMPT_FAIL, None),
        ("SH158", Status.EXCEPTION, Reason.CUSTOMS),
        ("SH375", Status.EXCEPTION, Reason.ADDRESS),
        ("SH470", Status.EXCEPTION, Reason.PAYMENT_DUE),
        ("SH480", Status.EXCEPTION, Reason.PAYMENT_DUE),
        ("SH532", Status.AVAILABLE_FOR_PICKUP, None),
        ("SH560", Status.AVAILABLE_FOR_PICKUP, None),
        ("SH005", Status.DELIVERED, None),
        ("SH006", Status.DELIVERED, None),
        ("SH234", Status.DELIVERED, Reason.SAFE_PLACE),
        ("SH597", Status.DELIVERED, None),
        ("SH154", Status.IN_TRANSIT, None),
        ("SH007", Status.IN_TRANSIT, None),
        ("SH474", Status.RETURNING, None),
        ("SH559", Status.RETURNED, None),
        ("SH704", Status.RETURNED, None),
        ("SH313", Status.EXCEPTION, Reason.CANCELLED),
        ("SH280", Status.EXCEPTION, Reason.CUSTOMS),
        ("SH239", Status.UNKNOWN, None),
        ("SH236", Status.UNKNOWN, None),
        ("SH247", Status.UNKNOWN, None),
    ],
)
def test_a_code_means_whatever_its_words_say(code: str, status: Status, reason: Reason | None) -> None:
    event = _event(code, "Delivered")
    assert (event.status, event.reason, event.description) == (status, reason, "Delivered")


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        ("SH033", "Attempted Delivery - Consignee Rejected the Shipment Due to Delay", Reason.REFUSED),
        ("SH033", "Attempted Delivery - Consignee Premises Closed", Reason.CLOSED),
        ("SH157", "Delay - Unable to Deliver - No Answer", Reason.NOT_HOME),
        ("SH044", "Delay - Incorrect Delivery Address", Reason.ADDRESS),
        ("SH044", "Delay - Delivery Rescheduled", Reason.RESCHEDULED),
        ("SH076", "Delay - Bad Weather", Reason.WEATHER),
        ("SH076", "Delay - Public Holiday", Reason.HOLIDAY),
        ("SH043", "", Reason.DOCUMENTS),
        ("SH008", "Shipment on Hold - address", Reason.ON_HOLD),
    ],
)
def test_a_code_of_many_causes_takes_the_cause_from_its_words(code: str, text: str, reason: Reason) -> None:
    assert _event(code, text).reason is reason


@pytest.mark.parametrize(
    ("code", "text", "status"),
    [
        ("SH998", "Delivered", Status.DELIVERED),
        ("SH998", "out for delivery", Status.OUT_FOR_DELIVERY),
        ("", "Returned to Shipper", Status.RETURNED),
        ("SH998", "Documents Delivered", Status.UNKNOWN),
        ("SH998", "Will be Delivered tomorrow", Status.UNKNOWN),
        ("SH998", "", Status.UNKNOWN),
        ("QQ1", "Delivered", Status.UNKNOWN),
    ],
)
def test_a_code_the_list_lacks_is_read_only_by_words_the_list_has(code: str, text: str, status: Status) -> None:
    assert _event(code, text).status is status


def test_a_code_the_list_lacks_is_logged_once_even_if_its_words_are_known() -> None:
    forget_unseen()
    with capture_logs() as logs:
        for _ in range(2):
            _event("SH998", "Delivered")
            _event("", "Delivered")
    assert [line["code"] for line in logs if line["event"] == "carrier.code_unseen"] == ["SH998"]


@pytest.mark.parametrize(
    ("at", "place", "expected", "zone"),
    [
        ("/Date(1436782080000+0300)/", "Amman, Jordan", "2015-07-13T13:08:00+03:00", Zone.STATED),
        ("/Date(1436782080000-0330)/", "", "2015-07-13T06:38:00-03:30", Zone.STATED),
        ("/Date(1436782080000)/", "Amman, Jordan", "2015-07-13T10:08:00+00:00", Zone.STATED),
        ("/Date(1436782080000+9900)/", "", "2015-07-13T10:08:00+00:00", Zone.STATED),
        ("2015-07-13T13:08:00", "Amman, Jordan", "2015-07-13T13:08:00+03:00", Zone.ASSUMED),
        ("2015-07-13T13:08:00+04:00", "Amman, Jordan", "2015-07-13T13:08:00+04:00", Zone.STATED),
        ("2015-07-13T13:08:00", "Somewhere", "2015-07-13T13:08:00+00:00", Zone.UNKNOWN),
    ],
)
def test_times_come_as_serial_dates_and_as_iso(at: str, place: str, expected: str, zone: Zone) -> None:
    event = _event("SH001", "", at, UpdateLocation=place)
    assert (event.at.isoformat(), event.zone) == (expected, zone)


def test_a_place_without_a_country_is_a_city() -> None:
    assert _event("SH001", UpdateLocation="Al Muqabalain, North").location.city == "Al Muqabalain, North"
    assert not _event("SH001", UpdateLocation=None).location


@pytest.mark.parametrize("at", ["/Date(99999999999999)/", "/Date(1)/", "soon", None, 7])
def test_an_update_without_a_readable_time_is_left_out_and_said(at: object) -> None:
    answer = _parse(_update("SH005", "Delivered", at), _update("SH001"))
    assert [event.code for event in answer.results[0].events] == ["SH001"]
    assert [(error.number, error.code) for error in answer.errors] == [(WAYBILL, ResultCode.UNREADABLE)]


@pytest.mark.parametrize("name", ["error-credentials.json", "error-credentials.xml"])
def test_wrong_credentials_come_under_http_200(name: str) -> None:
    answer = parsed("aramex", name, WAYBILL, TRIED)
    assert [(error.number, error.code) for error in answer.errors] == [
        (WAYBILL, ResultCode.UNAUTHORIZED),
        (TRIED, ResultCode.UNAUTHORIZED),
    ]
    assert not answer.errors[0].retryable


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("ERR05", "ClientInfo - Account number is not valid", ResultCode.UNAUTHORIZED),
        ("ERR99", f"Nothing to say of {WAYBILL}", ResultCode.REFUSED),
    ],
)
def test_another_error_is_told_without_the_waybill(code: str, message: str, expected: ResultCode) -> None:
    notes = [{"Code": code, "Message": message}]
    body = {"HasErrors": True, "Notifications": notes, "TrackingResults": []}
    (error,) = Adapter.parse(Reply(200, json.dumps(body).encode()), [WAYBILL]).errors
    assert (error.code, WAYBILL in error.message) == (expected, False)


def test_an_error_beside_good_waybills_concerns_the_others_only() -> None:
    entry = {"Key": WAYBILL, "Value": [_update("SH005")]}
    body = {"HasErrors": True, "Notifications": [{"Code": "ERR52", "Message": "Bad"}], "TrackingResults": [entry]}
    answer = Adapter.parse(Reply(200, json.dumps(body).encode()), [WAYBILL, TRIED])
    assert [result.number for result in answer.results] == [WAYBILL]
    assert [(error.number, error.code) for error in answer.errors] == [(TRIED, ResultCode.REFUSED)]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b'{"HasErrors": false, "TrackingResults": [], "NonExistingWaybills": []}', ResultCode.UNREADABLE),
        (200, b'{"HasErrors": false, "TrackingResults": [{"Key": "1", "Value": []}]}', ResultCode.UNREADABLE),
        (200, b'{"TrackingResults": [{"Key": "41118180001", "Value": []}]}', ResultCode.NOT_FOUND),
        (200, b"<html><body>Request Error</body></html>", ResultCode.UNREADABLE),
        (400, b"<html><body>Request Error</body></html>", ResultCode.REFUSED),
        (500, b"<Envelope><Body><Fault><code>s:Client</code></Fault></Body></Envelope>", ResultCode.UNAVAILABLE),
        (429, b"", ResultCode.RATE_LIMITED),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_told_as_what_it_is(status: int, body: bytes, code: ResultCode) -> None:
    answer = Adapter.parse(Reply(status, body), [WAYBILL])
    assert [(error.number, error.code) for error in answer.errors] == [(WAYBILL, code)]


def test_it_asks_for_all_updates_in_json_with_the_account_in_the_body() -> None:
    with Loopback(lambda _: Told(raw("aramex", "batch.json"))) as server:
        answer = Adapter(Account("a", CREDENTIALS, server.url)).track([Parcel(WAYBILL), Parcel(TRIED)])
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/ShippingAPI.V2/Tracking/Service_1_0.svc/json/TrackShipments")
    assert (asked.headers["content-type"], asked.headers["accept"]) == ("application/json", "application/json")
    assert asked.json == {
        "ClientInfo": {
            "UserName": "user@shop.example",
            "Password": "p",
            "Version": "v1.0",
            "AccountNumber": "1",
            "AccountPin": "2",
            "AccountEntity": "AMM",
            "AccountCountryCode": "JO",
        },
        "Transaction": {f"Reference{index}": "" for index in range(1, 6)},
        "Shipments": [WAYBILL, TRIED],
        "GetLastTrackingUpdateOnly": False,
    }
    assert len(answer.results) == 2


def test_times_without_a_zone_and_a_country_are_those_of_the_accounts_country() -> None:
    update = _update("SH005", "Delivered", "2026-03-04T11:05:00", UpdateLocation="Sahab")
    body = {"HasErrors": False, "TrackingResults": [{"Key": WAYBILL, "Value": [update]}]}
    with Loopback(lambda _: Told(body)) as server:
        adapters = [Adapter(Account("a", {**CREDENTIALS, "account_country_code": c}, server.url)) for c in ("JO", "XX")]
        known, unknown = (adapter.track([Parcel(WAYBILL)]).results[0].events[0] for adapter in adapters)
    assert (known.at.isoformat(), known.zone) == ("2026-03-04T11:05:00+03:00", Zone.ASSUMED)
    assert (unknown.at.isoformat(), unknown.zone) == ("2026-03-04T11:05:00+00:00", Zone.UNKNOWN)


def test_the_account_may_name_another_version() -> None:
    call = Adapter(Account("a", {**CREDENTIALS, "version": "1.0"})).call([Parcel(WAYBILL)], None)
    assert call.json["ClientInfo"]["Version"] == "1.0"


def test_no_two_codes_of_the_same_words_mean_different_things() -> None:
    meanings: dict[str, set[Status]] = {}
    for _, _, meaning in CODES:
        meanings.setdefault(meaning.text.lower(), set()).add(meaning.status)
    assert not [text for text, statuses in meanings.items() if len(statuses) > 1]
    assert len(CODES) == 157
