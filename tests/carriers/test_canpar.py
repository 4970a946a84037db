"""Canpar: SOAP 1.2 without an account, codes that were seen, a field that is wrong about deliveries."""

from datetime import date

import pytest
import xmltodict
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers.canpar import CODES, Adapter
from tracking.platform.facts import Answer, Location, ResultCode, TrackingEvent, TrackingResult, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

BARCODE, OTHER, RETURNED = "D100000000000000000001", "D100000000000000000002", "C100000000000000000003"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ONTARIO = "<address><city>SUDBURY</city><province>ON</province><country>CA</country></address>"


def _scan(code: str, day: int = 1, address: str = ONTARIO, more: str = "") -> str:
    return (
        f"<events>{address}<code>{code}</code><local_date_time>202602{day:02} 100000</local_date_time>{more}</events>"
    )


def _envelope(*events: str, barcode: str = BARCODE, error: str = "", more: str = "") -> bytes:
    result = f"<result><barcode>{barcode}</barcode>{''.join(events)}{more}</result>"
    inside = f"<trackByBarcodeV2Response><return>{error}{result}</return></trackByBarcodeV2Response>"
    return f'<s:Envelope xmlns:s="e" xmlns:i="{XSI}"><s:Body>{inside}</s:Body></s:Envelope>'.encode()


def _answer(*events: str, **fields: str) -> Answer:
    return Adapter.parse(Reply(200, _envelope(*events, **fields)), [BARCODE])


def _parse(*events: str, **fields: str) -> TrackingResult:
    return _answer(*events, **fields).results[0]


def _event(code: str, address: str = ONTARIO) -> TrackingEvent:
    return _parse(_scan(code, 1, address)).events[0]


def test_the_newest_event_is_trusted_and_not_the_field() -> None:
    assert b"<ax23:delivered>false</ax23:delivered>" in raw("canpar", "delivered.xml")
    (result,) = parsed("canpar", "delivered.xml", BARCODE).results
    assert [(event.code, event.at.isoformat()) for event in result.events] == [
        ("PIC", "2026-03-06T14:53:53-07:00"),
        ("ARR", "2026-03-07T23:03:14-05:00"),
        ("INO", "2026-03-07T23:05:59-05:00"),
        ("INA", "2026-03-08T06:15:42-04:00"),
        ("DEL", "2026-03-08T09:14:42-04:00"),
    ]
    assert {event.zone for event in result.events} == {Zone.ASSUMED}
    assert result.events[0].location == Location("CALGARY", "AB", "T2P1J9", "CA")
    assert (result.status, result.delivered_at) == (Status.DELIVERED, result.events[-1].at)
    assert (result.signed_by, result.proof, result.service) == ("A TREMBLAY", ("signature",), "GROUND")
    assert result.estimated is None


def test_a_return_is_overruled_by_what_moves_after_it() -> None:
    (result,) = parsed("canpar", "shipment.xml", RETURNED).results
    assert [(event.code, event.status) for event in result.events] == [
        ("PIC", Status.IN_TRANSIT),
        ("WXX", Status.IN_TRANSIT),
        ("RTN", Status.UNKNOWN),
        ("WC", Status.OUT_FOR_DELIVERY),
        ("NH", Status.ATTEMPT_FAIL),
    ]
    assert (result.status, result.reason) == (Status.ATTEMPT_FAIL, Reason.NOT_HOME)
    assert result.estimated is not None
    assert result.estimated.latest == date(2026, 7, 6)


def test_a_return_that_ends_the_list_is_one() -> None:
    assert _parse(_scan("RTN", 3), _scan("NH", 2), _scan("WC")).status is Status.RETURNED
    assert _parse(_scan("ZZZ", 4), _scan("RTN", 3), _scan("WC")).status is Status.RETURNED, "an unseen code is no move"


def test_a_shipments_other_parcels_are_left_out_and_all_are_read_from_a_file() -> None:
    assert [r.number for r in parsed("canpar", "shipment.xml", OTHER).results] == [OTHER]
    assert [r.number for r in parsed("canpar", "shipment.xml").results] == [OTHER, RETURNED]


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("PIC", Status.IN_TRANSIT, None),
        ("SRT", Status.IN_TRANSIT, None),
        ("ARR", Status.IN_TRANSIT, None),
        ("DPT", Status.IN_TRANSIT, None),
        ("INO", Status.IN_TRANSIT, None),
        ("INA", Status.IN_TRANSIT, None),
        ("COA", Status.IN_TRANSIT, Reason.FORWARDED),
        ("XC", Status.IN_TRANSIT, None),
        ("WXX", Status.IN_TRANSIT, Reason.WEATHER),
        ("WC", Status.OUT_FOR_DELIVERY, None),
        ("NH", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        ("NL", Status.ATTEMPT_FAIL, Reason.ADDRESS),
        ("MIS", Status.EXCEPTION, Reason.MISROUTED),
        ("HLD", Status.EXCEPTION, Reason.ON_HOLD),
        ("DEL", Status.DELIVERED, None),
        ("NSR", Status.DELIVERED, None),
        ("RTN", Status.RETURNED, None),
    ],
)
def test_a_code_means(code: str, status: Status, reason: Reason | None) -> None:
    event = _event(code)
    assert (event.status, event.reason) == (status, reason)
    assert _event(f"{code.lower()} ").status is status
    assert len(CODES) == 17


def test_an_unseen_code_means_nothing_and_is_logged_once() -> None:
    forget_unseen()
    told = "<code_description_en>Our Package was Delivered</code_description_en>"
    with capture_logs() as logs:
        result = _parse(_scan("QQ", 2, ONTARIO, told), _scan("PIC"))
        _event("QQ")
    assert [event.status for event in result.events] == [Status.IN_TRANSIT, Status.UNKNOWN]
    assert result.status is Status.IN_TRANSIT
    assert [(line["carrier"], line["code"]) for line in logs] == [("canpar", "QQ")]


@pytest.mark.parametrize(
    ("address", "at", "zone"),
    [
        ("<address><province>NL</province><country>CA</country></address>", "10:00:00-03:30", Zone.ASSUMED),
        (
            "<address><city>VANCOUVER</city><province>BC</province><country>CA</country></address>",
            "10:00:00-08:00",
            Zone.ASSUMED,
        ),
        ('<address i:nil="true"/>', "10:00:00-05:00", Zone.ASSUMED),
        ("", "10:00:00-05:00", Zone.ASSUMED),
        ("<address><country>FR</country></address>", "10:00:00+01:00", Zone.ASSUMED),
    ],
)
def test_times_are_local_to_the_scans_province_whatever_its_shift_says(address: str, at: str, zone: Zone) -> None:
    for shift in ("3", "6", "x"):
        (event,) = _parse(_scan("PIC", 1, address, f"<time_shift>{shift}</time_shift>")).events
        assert (event.at.isoformat(), event.zone) == (f"2026-02-01T{at}", zone)


def test_events_without_a_time_cost_the_others_nothing() -> None:
    broken = _scan("DEL").replace("20260201 100000", "20260230 100000")
    answer = _answer(_scan("PIC"), broken)
    assert answer.results[0].status is Status.IN_TRANSIT
    assert [(e.number, e.code) for e in answer.errors] == [(BARCODE, ResultCode.UNREADABLE)]


def test_the_same_scan_twice_is_one() -> None:
    assert len(_parse(_scan("PIC"), _scan("PIC")).events) == 1


def test_an_empty_parcel_is_an_unknown_barcode() -> None:
    number = "D100000000000000000009"
    (error,) = parsed("canpar", "not-found.xml", number).errors
    assert (error.number, error.code) == (number, ResultCode.NOT_FOUND)
    nameless = _answer(barcode="")
    assert [error.code for error in nameless.errors] == [ResultCode.NOT_FOUND]
    assert [error.code for error in _answer('<events i:nil="true"/>').errors] == [ResultCode.NOT_FOUND]


def test_another_parcels_events_are_not_told() -> None:
    assert [error.code for error in _answer(_scan("DEL"), barcode=OTHER).errors] == [ResultCode.UNREADABLE]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("NO SHIPMENT FOUND", ResultCode.NOT_FOUND),
        ("Barcode not found", ResultCode.NOT_FOUND),
        (f"The barcode {BARCODE} is odd", ResultCode.REFUSED),
    ],
)
def test_an_error_of_the_service_is_read_by_its_words(words: str, code: ResultCode) -> None:
    (error,) = _answer(error=f"<error>{words}</error>").errors
    assert (error.number, error.code) == (BARCODE, code)
    assert BARCODE not in error.message


def test_an_error_of_the_service_is_refused() -> None:
    assert [error.code for error in parsed("canpar", "error.xml", BARCODE).errors] == [ResultCode.REFUSED]


@pytest.mark.parametrize(
    ("status", "who", "code"),
    [
        (500, "Receiver", ResultCode.UNAVAILABLE),
        (500, "Sender", ResultCode.REFUSED),
        (400, "Sender", ResultCode.REFUSED),
        (200, "Receiver", ResultCode.UNAVAILABLE),
        (503, "Receiver", ResultCode.UNAVAILABLE),
        (429, "Receiver", ResultCode.RATE_LIMITED),
    ],
)
def test_a_fault_is_a_refusal(status: int, who: str, code: ResultCode) -> None:
    body = raw("canpar", "fault.xml").replace(b":Receiver<", f":{who}<".encode())
    assert [error.code for error in Adapter.parse(Reply(status, body), [BARCODE]).errors] == [code]


def test_a_barcode_is_asked_in_soap_1_2_without_an_account() -> None:
    with Loopback(lambda _: Told(_envelope(_scan("PIC"), barcode="A&amp;B"))) as server:
        answer = Adapter(Account("a", {}, server.url)).track([Parcel("A&B")])
    assert [result.number for result in answer.results] == ["A&B"]
    (asked,) = server.asked
    assert (asked.method, asked.path) == (
        "POST",
        "/CanparAddonsService.CanparAddonsServiceHttpSoap12Endpoint/",
    )
    assert asked.headers["content-type"] == 'application/soap+xml;charset=UTF-8;action="urn:trackByBarcodeV2"'
    assert "authorization" not in asked.headers
    names = {
        "http://www.w3.org/2003/05/soap-envelope": "s",
        "http://ws.onlinerating.canshipws.canpar.com": "ws",
        "http://ws.dto.canshipws.canpar.com/xsd": "xsd",
    }
    sent = xmltodict.parse(asked.body, process_namespaces=True, namespaces=names)["s:Envelope"]["s:Body"]
    question = sent["ws:trackByBarcodeV2"]["ws:request"]
    assert question == {"xsd:barcode": "A&B", "xsd:track_shipment": "true"}


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("fr-CA", ["CUEILLETTE CHEZ LE CLIENT", "COLIS AU TERMINAL", "INTERLINE OUTBOUND"]),
        ("th", ["PICKUP FROM CUSTOMER/SHIPPER", "ARRIVAL AT HUB/TERMINAL", "INTERLINE OUTBOUND"]),
    ],
)
def test_texts_are_in_the_accounts_language_unless_their_letters_broke(locale: str, words: list[str]) -> None:
    with Loopback(lambda _: Told(raw("canpar", "delivered.xml"))) as server:
        (result,) = Adapter(Account("a", {}, server.url, locale)).track([Parcel(BARCODE)]).results
    assert [event.description for event in result.events][:3] == words
    assert result.service == ("TERRESTRE" if locale == "fr-CA" else "GROUND")


def test_its_page_is_told_in_english_or_french() -> None:
    page = "https://www.canpar.com/en/track/tracking.jsp"
    assert Adapter.public_url(BARCODE, "th") == f"{page}?reference={BARCODE}&locale=en"
    assert Adapter.public_url(BARCODE, "fr").endswith("&locale=fr")
