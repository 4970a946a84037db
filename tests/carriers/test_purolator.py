"""Purolator: SOAP, several PINs a call, a scan's type and its text, local times of depots."""

import re
from datetime import date

import pytest
import xmltodict
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers._purolator_words import CODES
from tracking.carriers.purolator import Adapter
from tracking.platform.facts import Answer, Location, ResultCode, TrackingEvent, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

PIN, WAITS, ABROAD, SILENT = "100000000008", "WPT000000017", "100000000016", "100000000024"
KEYS = {"key": "user", "password": "secret"}
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def _scan(kind: str, words: str = "", day: int = 1, depot: str = "TORONTO, ON", more: str = "") -> str:
    return (
        f"<Scan><ScanType>{kind}</ScanType><Depot><Name>{depot}</Name></Depot><ScanDate>2026-02-{day:02}</ScanDate>"
        f"<ScanTime>100000</ScanTime><Description>{words}</Description>{more}</Scan>"
    )


def _info(pin: str, *scans: str, errors: str = "") -> str:
    return (
        f"<TrackingInformation><PIN><Value>{pin}</Value></PIN><Scans>{''.join(scans)}</Scans>"
        f"<ResponseInformation>{errors}</ResponseInformation></TrackingInformation>"
    )


def _error(code: str, words: str) -> str:
    return f"<Errors><Error><Code>{code}</Code><Description>{words}</Description></Error></Errors>"


def _envelope(*infos: str, errors: str = "<Errors/>") -> bytes:
    inside = f"<ResponseInformation>{errors}</ResponseInformation>"
    listed = f"<TrackingInformationList>{''.join(infos)}</TrackingInformationList>"
    answer = f"<TrackPackagesByPinResponse>{inside}{listed}</TrackPackagesByPinResponse>"
    return f'<s:Envelope xmlns:s="e" xmlns:i="{XSI}"><s:Body>{answer}</s:Body></s:Envelope>'.encode()


def _parse(*infos: str, numbers: tuple[str, ...] = (PIN,), errors: str = "<Errors/>") -> Answer:
    return Adapter.parse(Reply(200, _envelope(*infos, errors=errors)), numbers)


def _event(kind: str, words: str = "", depot: str = "TORONTO, ON") -> TrackingEvent:
    return _parse(_info(PIN, _scan(kind, words, 1, depot))).results[0].events[0]


def test_a_delivery_is_told_with_its_signature_each_scan_once_in_its_depots_time() -> None:
    (result,) = parsed("purolator", "delivered.xml", PIN).results
    assert [(event.code, event.at.isoformat()) for event in result.events] == [
        ("Other", "2026-06-30T09:00:00-06:00"),
        ("ProofOfPickUp", "2026-06-30T16:45:00-06:00"),
        ("Other", "2026-07-02T00:15:00-04:00"),
        ("OnDelivery", "2026-07-03T08:30:00-03:00"),
        ("Delivery", "2026-07-03T14:15:00-03:00"),
    ]
    assert {event.zone for event in result.events} == {Zone.ASSUMED}
    assert (result.status, result.service, result.estimated) == (Status.DELIVERED, "Purolator Express", None)
    assert (result.signed_by, result.proof) == ("M TREMBLAY", ("signature",))
    assert result.delivered_at == result.events[-1].at
    assert result.events[2].reason is Reason.CARRIER_DELAY


def test_a_batch_gives_each_number_its_own_answer() -> None:
    answer = parsed("purolator", "mixed-batch.xml", WAITS, ABROAD, SILENT, "NEVERTOLD")
    waits, abroad = answer.results
    assert (waits.number, waits.status, waits.delivered_at) == (WAITS, Status.AVAILABLE_FOR_PICKUP, None)
    assert [event.status for event in waits.events] == [
        Status.IN_TRANSIT,
        Status.ATTEMPT_FAIL,
        Status.AVAILABLE_FOR_PICKUP,
    ]
    assert waits.estimated is not None
    assert waits.estimated.latest == date(2026, 2, 3)
    assert (abroad.number, abroad.status) == (ABROAD, Status.IN_TRANSIT)
    assert abroad.events[0].at.isoformat() == "2026-02-05T04:30:00-06:00"
    assert abroad.events[0].location == Location("MEMPHIS", "TN", None, "US")
    assert [(e.number, e.code) for e in answer.errors] == [
        (SILENT, ResultCode.NOT_FOUND),
        ("NEVERTOLD", ResultCode.NOT_FOUND),
    ]


def test_a_pin_comes_back_in_upper_case_and_a_strangers_is_not_told() -> None:
    answer = _parse(_info("m123", _scan("Delivery")), _info("Z9", _scan("Delivery")), numbers=("M123",))
    assert [result.number for result in answer.results] == ["M123"]
    assert answer.errors == ()


def test_two_entries_of_one_pin_are_one_parcel() -> None:
    (result,) = _parse(_info(PIN, _scan("OnDelivery", "", 2)), _info(PIN, _scan("ProofOfPickUp"))).results
    assert [event.code for event in result.events] == ["ProofOfPickUp", "OnDelivery"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("ProofOfPickUp", Status.IN_TRANSIT),
        ("Other", Status.IN_TRANSIT),
        ("OnDelivery", Status.OUT_FOR_DELIVERY),
        ("Delivery", Status.DELIVERED),
        ("Undeliverable", Status.ATTEMPT_FAIL),
        ("InternationalOutbound", Status.IN_TRANSIT),
    ],
)
def test_a_type_means_the_same_whatever_its_text_says_that_nobody_knows(kind: str, status: Status) -> None:
    assert {_event(kind, words).status for words in ("", "Could deliver", "Livraison")} == {status}
    assert _event(kind.lower()).status is status
    assert len(CODES) == 6


@pytest.mark.parametrize("kind", ["Other", "Undeliverable"])
@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        ("New Tracking Number Assigned", Status.INFO_RECEIVED, None),
        ("Shipment created", Status.INFO_RECEIVED, None),
        ("Shipper created a label", Status.INFO_RECEIVED, None),
        ("Label information electronically submitted", Status.INFO_RECEIVED, None),
        ("Picked up by Purolator", Status.IN_TRANSIT, None),
        ("Arrived at sort facility", Status.IN_TRANSIT, None),
        ("Departed sort facility", Status.IN_TRANSIT, None),
        ("Delayed in transit due to missed connection", Status.IN_TRANSIT, Reason.CARRIER_DELAY),
        ("Delayed in transit due to rail delay", Status.IN_TRANSIT, Reason.CARRIER_DELAY),
        ("Delayed in transit due to snow storm", Status.IN_TRANSIT, Reason.WEATHER),
        ("Cleared customs", Status.IN_TRANSIT, None),
        ("Shipment scheduled for delivery next business day", Status.IN_TRANSIT, None),
        ("Shipment unavailable - En route to Purolator pickup location", Status.IN_TRANSIT, None),
        ("Transferring to Shipping Centre - please wait for further instructions", Status.IN_TRANSIT, None),
        ("On vehicle for delivery", Status.OUT_FOR_DELIVERY, None),
        ("Address correction required - resolution in progress", Status.EXCEPTION, Reason.ADDRESS),
        ("Address correction required - missing entry code", Status.ATTEMPT_FAIL, Reason.NO_ACCESS),
        ("Attempted delivery - receiver unavailable", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        ("Attempted delivery - business closed", Status.ATTEMPT_FAIL, Reason.CLOSED),
        ("Attempted delivery", Status.ATTEMPT_FAIL, None),
        ("Available for pickup for 5 business days from arrival date", Status.AVAILABLE_FOR_PICKUP, None),
        ("Hold for pickup", Status.AVAILABLE_FOR_PICKUP, None),
        ("Shipment delivered", Status.DELIVERED, None),
        ("Shipment returned to sender", Status.RETURNING, None),
        ("Shipment refused by receiver", Status.EXCEPTION, Reason.REFUSED),
        ("Shipment held by customs", Status.EXCEPTION, Reason.CUSTOMS),
    ],
)
def test_the_text_decides_where_the_type_leaves_it_open(
    kind: str, words: str, status: Status, reason: Reason | None
) -> None:
    event = _event(kind, words)
    assert (event.status, event.reason) == (status, reason)


def test_a_delivery_to_the_counter_waits_there_when_the_next_scan_says_so() -> None:
    scans = [_scan("Undeliverable", "Available for pickup", 2), _scan("Delivery", "Shipment delivered")]
    (result,) = _parse(_info(PIN, *scans)).results
    assert (result.status, result.delivered_at) == (Status.AVAILABLE_FOR_PICKUP, None)


def test_a_delivery_to_the_shipper_is_a_return() -> None:
    assert _event("Delivery", "Shipment delivered to shipper").status is Status.RETURNED
    (result,) = _parse(_info(PIN, _scan("Delivery", "", 2), _scan("Undeliverable", "Returned to sender"))).results
    assert result.status is Status.RETURNED


def test_where_it_was_left_is_the_reason_of_a_delivery() -> None:
    assert _event("Delivery", "Shipment delivered to: at: Front Door").reason is Reason.SAFE_PLACE


def test_an_unseen_type_means_nothing_however_it_reads_and_is_logged_once() -> None:
    forget_unseen()
    with capture_logs() as logs:
        (result,) = _parse(_info(PIN, _scan("Other"), _scan("Riddle", "Shipment delivered", 2))).results
        _event("Riddle")
    assert [event.status for event in result.events] == [Status.IN_TRANSIT, Status.UNKNOWN]
    assert [(line["carrier"], line["code"]) for line in logs] == [("purolator", "Riddle")]


def test_the_schemas_type_stands_in_for_a_missing_one() -> None:
    scan = _scan("").replace("<Scan>", '<Scan i:type="DeliveryScan">')
    assert _parse(_info(PIN, scan)).results[0].status is Status.DELIVERED


@pytest.mark.parametrize(
    ("depot", "location", "at", "zone"),
    [
        ("ST. JOHN'S, NL", Location("ST. JOHN'S", "NL", None, "CA"), "2026-02-01T10:00:00-03:30", Zone.ASSUMED),
        ("ONTARIO, CA", Location("ONTARIO", "CA", None, "US"), "2026-02-01T10:00:00-08:00", Zone.ASSUMED),
        ("PARIS, FRANCE", Location("PARIS", None, None, "FR"), "2026-02-01T10:00:00+01:00", Zone.ASSUMED),
        ("HUB", Location("HUB"), "2026-02-01T10:00:00-05:00", Zone.ASSUMED),
        ("", Location(), "2026-02-01T10:00:00-05:00", Zone.ASSUMED),
        ("SOMEWHERE, XX", Location("SOMEWHERE", "XX"), "2026-02-01T10:00:00-05:00", Zone.ASSUMED),
    ],
)
def test_times_are_local_to_the_depot(depot: str, location: Location, at: str, zone: Zone) -> None:
    event = _event("Other", "", depot)
    assert (event.location, event.at.isoformat(), event.zone) == (location, at, zone)


def test_scans_without_a_time_cost_the_others_nothing() -> None:
    broken = _scan("Delivery").replace("2026-02-01", "soon")
    answer = _parse(_info(PIN, _scan("Other"), broken))
    assert answer.results[0].status is Status.IN_TRANSIT
    assert [(e.number, e.code) for e in answer.errors] == [(PIN, ResultCode.UNREADABLE)]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("PIN is invalid", ResultCode.INVALID_NUMBER),
        ("Invalid Tracking PIN", ResultCode.INVALID_NUMBER),
        ("No tracking information is available", ResultCode.NOT_FOUND),
        ("PIN not found", ResultCode.NOT_FOUND),
        ("The UserToken is not authorized", ResultCode.UNAUTHORIZED),
        ("Service unavailable", ResultCode.UNAVAILABLE),
        ("Version is not supported", ResultCode.REFUSED),
    ],
)
def test_an_error_is_read_by_its_words_beside_the_list_and_inside_an_entry(words: str, code: ResultCode) -> None:
    whole = _parse(errors=_error("77", words)).errors
    inside = _parse(_info(PIN, errors=_error("77", words))).errors
    assert [(e.number, e.code) for e in whole] == [(e.number, e.code) for e in inside] == [(PIN, code)]
    assert f"(77: {words})" in whole[0].message


def test_an_error_with_a_number_in_its_words_does_not_repeat_it() -> None:
    assert PIN not in _parse(errors=_error("77", f"PIN {PIN} is odd")).errors[0].message


@pytest.mark.parametrize(
    ("status", "fault", "code"),
    [
        (500, "Server", ResultCode.UNAVAILABLE),
        (500, "Client", ResultCode.REFUSED),
        (200, "Server", ResultCode.UNAVAILABLE),
        (401, "Client", ResultCode.UNAUTHORIZED),
        (429, "Server", ResultCode.RATE_LIMITED),
    ],
)
def test_a_fault_is_a_refusal(status: int, fault: str, code: ResultCode) -> None:
    body = raw("purolator", "fault.xml").replace(b"s:Server<", f"s:{fault}<".encode())
    assert [error.code for error in Adapter.parse(Reply(status, body), [PIN]).errors] == [code]


def test_several_numbers_are_asked_in_one_call_with_the_accounts_context() -> None:
    account = {**KEYS, "user_token": "tok<en", "language": "fr"}
    with Loopback(lambda _: Told(_envelope(_info("A&B", _scan("Other"))))) as server:
        Adapter(Account("a", account, server.url)).track([Parcel("A&B"), Parcel("C")])
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/PWS/V1/Tracking/TrackingService.asmx")
    assert asked.headers["soapaction"] == "http://purolator.com/pws/service/v1/TrackPackagesByPin"
    assert asked.headers["authorization"] == "Basic dXNlcjpzZWNyZXQ="
    names = {"http://purolator.com/pws/datatypes/v1": "p", "http://schemas.xmlsoap.org/soap/envelope/": "s"}
    sent = xmltodict.parse(asked.body, process_namespaces=True, namespaces=names)["s:Envelope"]
    context = sent["s:Header"]["p:RequestContext"]
    assert {name: value for name, value in context.items() if name != "@xmlns"} == {
        "p:Version": "1.2",
        "p:Language": "fr",
        "p:GroupID": None,
        "p:RequestReference": "tracking",
        "p:UserToken": "tok<en",
    }
    pins = sent["s:Body"]["p:TrackPackagesByPinRequest"]["p:PINs"]["p:PIN"]
    assert [pin["p:Value"] for pin in pins] == ["A&B", "C"]


def test_texts_are_asked_in_english_unless_the_account_says_otherwise() -> None:
    body = Adapter(Account("a", KEYS, None, "fr")).call([Parcel(PIN)], None).data
    assert isinstance(body, bytes)
    assert b"<Language>en</Language>" in body
    assert b"<UserToken></UserToken>" in body


def test_a_batch_refused_as_a_whole_is_asked_one_by_one() -> None:
    def answer(asked: Asked) -> Told:
        pins = re.findall(rb"<Value>(\w+)</Value>", asked.body)
        good = pins == [b"GOOD"]
        return Told(
            _envelope(_info("GOOD", _scan("Other"))) if good else _envelope(errors=_error("1", "PIN is invalid"))
        )

    with Loopback(answer) as server:
        told = Adapter(Account("a", KEYS, server.url)).track([Parcel("GOOD"), Parcel("BAD")])
    assert len(server.asked) == 3
    assert [r.number for r in told.results] == ["GOOD"]
    assert [(e.number, e.code) for e in told.errors] == [("BAD", ResultCode.INVALID_NUMBER)]


def test_its_page_is_told() -> None:
    assert Adapter.public_url(PIN, "fr") == f"https://www.purolator.com/en/shipping/tracker?searchValue={PIN}"
