"""Chronopost: codes padded with blanks, labels that correct them, a service that is open to everybody."""

import time
from xml.sax.saxutils import escape

import pytest
import xmltodict
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers.chronopost import CODES, Adapter
from tracking.platform.facts import Answer, ResultCode, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

NUMBER = "XY000000015FR"


def _event(code: str, label: str = "…", day: int = 1, **fields: str) -> str:
    date = fields.pop("date", f"2026-02-{day:02}T10:00:00+01:00")
    told = {"code": code, "eventDate": date, "eventLabel": label, **fields}
    return "<events>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in told.items()) + "</events>"


def _body(inside: str) -> bytes:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><n:trackSkybillV2Response '
        f'xmlns:n="http://cxf.tracking.soap.chronopost.fr/"><return>{inside}</return></n:trackSkybillV2Response>'
        "</s:Body></s:Envelope>"
    ).encode()


def _told(*events: str, number: str = NUMBER) -> bytes:
    inside = "".join(events) + f"<skybillNumber>{number}</skybillNumber>"
    return _body(f"<errorCode>0</errorCode><listEventInfoComp>{inside}</listEventInfoComp>")


def _parse(body: bytes, status: int = 200) -> Answer:
    return Adapter.parse(Reply(status, body), [NUMBER])


def _statuses(*events: str) -> list[tuple[Status, Reason | None]]:
    (result,) = _parse(_told(*events)).results
    return [(event.status, event.reason) for event in result.events]


def test_a_delivered_parcel_is_told_with_its_signer_and_places() -> None:
    (result,) = parsed("chronopost", "delivered.xml", NUMBER).results
    assert [event.code for event in result.events] == ["DC", "DB", "SC", "TS", "SD", "TA", "D"]
    assert {event.zone for event in result.events} == {Zone.STATED}
    assert result.delivered_at is not None
    assert (result.status, result.delivered_at.isoformat()) == (Status.DELIVERED, "2026-03-30T09:30:00+02:00")
    assert result.signed_by == "MARTIN"
    places = [event.location for event in result.events]
    assert [place.city for place in places] == [
        None,
        "NANTES",
        "NANTES",
        "CHILLY MAZARIN",
        "ANNECY",
        "ANNECY",
        "ANNECY",
    ]
    assert (places[0].country, places[1].country, places[1].postal_code) == (None, "FR", "44000")


def test_what_waits_at_the_pickup_point_waits_and_no_address_is_shown() -> None:
    (result,) = parsed("chronopost", "waiting-in-french.xml").results
    assert (result.number, result.status) == ("XT000000025TS", Status.AVAILABLE_FOR_PICKUP)
    assert result.pickup_place == "BOUTIQUE EXEMPLE"
    assert "RUE" not in str(result)
    assert result.extra == {"partner": {"network": "GEO", "reference": "09980000020033F"}}
    assert [(event.location.city, event.location.country) for event in result.events[1:3]] == [
        ("LYON", "FR"),
        ("STUTTGART", "DE"),
    ]
    assert result.events[4].reason is Reason.CARRIER_DELAY
    assert result.events[-2].status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("DC ", Status.INFO_RECEIVED, None),
        ("EA ", Status.INFO_RECEIVED, None),
        ("DB ", Status.IN_TRANSIT, None),
        ("DY ", Status.IN_TRANSIT, None),
        ("SC ", Status.IN_TRANSIT, None),
        ("TS ", Status.IN_TRANSIT, None),
        ("O  ", Status.IN_TRANSIT, None),
        ("TP ", Status.IN_TRANSIT, None),
        ("T  ", Status.IN_TRANSIT, None),
        ("TT ", Status.IN_TRANSIT, None),
        ("EI ", Status.IN_TRANSIT, None),
        ("SD ", Status.IN_TRANSIT, None),
        ("A2 ", Status.IN_TRANSIT, Reason.CARRIER_DELAY),
        ("IA ", Status.IN_TRANSIT, Reason.CARRIER_DELAY),
        ("IS ", Status.IN_TRANSIT, None),
        ("SM ", Status.UNKNOWN, None),
        ("TA ", Status.OUT_FOR_DELIVERY, None),
        ("RB ", Status.IN_TRANSIT, None),
        ("AB ", Status.AVAILABLE_FOR_PICKUP, None),
        ("P  ", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        ("SK ", Status.EXCEPTION, Reason.OTHER),
        ("D  ", Status.DELIVERED, None),
    ],
)
def test_a_code_means(code: str, status: Status, reason: Reason | None) -> None:
    assert _statuses(_event(code)) == [(status, reason)]


@pytest.mark.parametrize(("_group", "label", "meaning"), [row for row in CODES if row[0] == "label"])
def test_a_label_that_was_seen_means_what_its_code_means(_group: str, label: str, meaning: object) -> None:
    of_codes = {code.strip(): CODES.find(code) for code in getattr(meaning, "text", "").split(",")}
    assert None not in of_codes.values()
    assert {found.status for found in of_codes.values() if found} == {getattr(meaning, "status", None)}


@pytest.mark.parametrize(
    ("code", "label", "status", "reason"),
    [
        ("SD", "Sorted at delivery location", Status.IN_TRANSIT, None),
        ("SD", "Livraison reportée de 24h", Status.IN_TRANSIT, Reason.CARRIER_DELAY),
        ("TA", "Colis en cours de livraison au point de retrait", Status.IN_TRANSIT, None),
        ("O", "Colis en cours de livraison.", Status.OUT_FOR_DELIVERY, None),
        ("TP", "Echec de livraison suite à l’absence du destinataire", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        ("P", "Echec de livraison, adresse incomplète", Status.EXCEPTION, Reason.ADDRESS),
        ("O", "Colis retenu en douane", Status.EXCEPTION, Reason.CUSTOMS),
        ("D", "Colis refusé par le destinataire", Status.EXCEPTION, Reason.REFUSED),
        ("D", "Colis remis à l'expéditeur", Status.RETURNED, None),
        ("DB", "Shipment handed over by shipper", Status.IN_TRANSIT, None),
        ("TA", "Livraison en cours", Status.OUT_FOR_DELIVERY, None),
    ],
)
def test_the_label_wins_where_it_disagrees(code: str, label: str, status: Status, reason: Reason | None) -> None:
    assert _statuses(_event(code, label)) == [(status, reason)]


@pytest.mark.parametrize(
    ("label", "status", "reason"),
    [
        ("Colis refusé par le destinataire", Status.EXCEPTION, Reason.REFUSED),
        ("Shipment refused by the consignee", Status.EXCEPTION, Reason.REFUSED),
        ("Retour à l'expéditeur", Status.RETURNING, None),
        ("Return to the sender", Status.RETURNING, None),
        ("Colis remis à l'expéditeur", Status.RETURNED, None),
        ("Delivered back to the shipper", Status.RETURNED, None),
        ("Retour expéditeur, non réclamé au bureau", Status.RETURNING, None),
        ("Colis refusé, retour à l'expéditeur", Status.RETURNING, Reason.REFUSED),
        ("Refus du colis", Status.EXCEPTION, Reason.REFUSED),
        ("Avarie constatée", Status.EXCEPTION, Reason.DAMAGED),
        ("Colis avarié", Status.EXCEPTION, Reason.DAMAGED),
        ("Colis endommagé pendant le transport", Status.EXCEPTION, Reason.DAMAGED),
        ("Colis égaré", Status.EXCEPTION, Reason.LOST),
        ("Colis en retour à l'agence", Status.UNKNOWN, None),
        ("Si vous ne le retirez pas, retour à l'expéditeur", Status.UNKNOWN, None),
        ("Delivered", Status.UNKNOWN, None),
        ("Colis en cours de livraison", Status.UNKNOWN, None),
        ("Colis retenu en douane", Status.UNKNOWN, None),
    ],
)
def test_an_unseen_code_is_read_by_its_label_only_where_that_tells_of_trouble(
    label: str, status: Status, reason: Reason | None
) -> None:
    forget_unseen()
    with capture_logs() as logs:
        assert _statuses(_event("ZQ ", label)) == [(status, reason)]
    assert [(log["carrier"], log["code"]) for log in logs] == [("chronopost", "ZQ")]


def test_on_the_way_to_the_shop_is_an_echo_only_while_it_waits_there() -> None:
    told = _statuses(
        _event("RB ", day=1), _event("AB ", day=2), _event("SM ", day=3), _event("RB ", day=4), _event("TS ", day=5),
        _event("RB ", day=6),
    )  # fmt: skip
    moving, waiting, nothing = Status.IN_TRANSIT, Status.AVAILABLE_FOR_PICKUP, Status.UNKNOWN
    assert [status for status, _ in told] == [moving, waiting, nothing, nothing, moving, moving]


def test_a_parcel_that_goes_back_ends_with_its_sender_and_nobody_signed() -> None:
    signed = "<infoCompList><name>Consignee's name</name><value>DUPONT</value></infoCompList></events>"
    back = _event("ZR", "Retour à l'expéditeur", 2), _event("D  ", "Delivered", 3).replace("</events>", signed)
    (result,) = _parse(_told(_event("TA "), *back)).results
    assert (result.status, result.delivered_at, result.signed_by) == (Status.RETURNED, None, None)


def test_a_time_without_an_offset_is_taken_as_french() -> None:
    (result,) = _parse(_told(_event("TS", date="2026-07-01T10:00:00"))).results
    assert (result.events[0].at.isoformat(), result.events[0].zone) == ("2026-07-01T10:00:00+02:00", Zone.ASSUMED)


def test_an_office_abroad_is_not_taken_for_a_french_one() -> None:
    (result,) = _parse(_told(_event("TS", officeLabel="BARCELONA", zipCode="08001", NPC="99"))).results
    assert (result.events[0].location.city, result.events[0].location.country) == ("BARCELONA", None)


@pytest.mark.parametrize("name", ["not-found.xml"])
def test_no_events_and_no_error_is_not_found(name: str) -> None:
    for body in (raw("chronopost", name), _told(), _body("<errorCode>0</errorCode>")):
        answer = _parse(body)
        assert (answer.results, [(e.number, e.code) for e in answer.errors]) == ((), [(NUMBER, ResultCode.NOT_FOUND)])


@pytest.mark.parametrize("number", ["XY999999999FR", ""])
def test_an_answer_that_is_not_about_the_number_is_no_result(number: str) -> None:
    answer = _parse(_told(_event("D"), number=number))
    assert (answer.results, [e.code for e in answer.errors]) == ((), [ResultCode.UNREADABLE])
    assert number not in answer.errors[0].message or not number


def test_of_two_lists_the_one_about_the_number_is_told_and_a_text_is_none() -> None:
    stranger, ours = (
        f"<listEventInfoComp>{_event(code)}<skybillNumber>{number}</skybillNumber></listEventInfoComp>"
        for code, number in (("D", "XY999999999FR"), ("TA", NUMBER))
    )
    (result,) = _parse(_body(f"<errorCode>0</errorCode>{stranger}{ours}")).results
    assert (result.number, result.status) == (NUMBER, Status.OUT_FOR_DELIVERY)
    rubbish = _body("<errorCode>0</errorCode><listEventInfoComp>rubbish</listEventInfoComp>")
    assert [error.code for error in _parse(rubbish).errors] == [ResultCode.UNREADABLE]


@pytest.mark.parametrize("status", [200, 500])
def test_faults_are_told_under_either_status(status: int) -> None:
    (ours,) = parsed("chronopost", "fault.xml", NUMBER, status=status).errors
    assert (ours.number, ours.code, ours.retryable) == (NUMBER, ResultCode.REFUSED, False)
    theirs = raw("chronopost", "fault.xml").replace(b"soap:Client", b"soap:Server")
    (error,) = Adapter.parse(Reply(status, theirs, {"retry-after": "30"}), [NUMBER]).errors
    assert (error.code, error.retryable, error.retry_after) == (ResultCode.UNAVAILABLE, True, 30.0)


def test_a_gateways_status_counts_before_a_fault() -> None:
    reply = Reply(429, raw("chronopost", "fault.xml"), {"retry-after": "30"})
    (error,) = Adapter.parse(reply, [NUMBER]).errors
    assert (error.code, error.retry_after) == (ResultCode.RATE_LIMITED, 30.0)


@pytest.mark.parametrize(("stated", "code"), [("1", ResultCode.UNAVAILABLE), ("3", ResultCode.REFUSED)])
def test_an_error_number_is_no_result_and_names_no_parcel(stated: str, code: ResultCode) -> None:
    answer = _parse(_body(f"<errorCode>{stated}</errorCode><errorMessage>No {NUMBER}</errorMessage>"))
    assert [(e.number, e.code) for e in answer.errors] == [(NUMBER, code)]
    assert NUMBER not in answer.errors[0].message


def test_unreadable_events_cost_the_others_nothing() -> None:
    answer = _parse(_told(_event("TS"), _event("D", date="demain"), "<events>rubbish</events>"))
    assert answer.results[0].status is Status.IN_TRANSIT
    assert [(e.number, e.code) for e in answer.errors] == [(NUMBER, ResultCode.UNREADABLE)]
    assert "2 events" in answer.errors[0].message


@pytest.mark.parametrize(
    ("locale", "language"), [("fr", "fr_FR"), ("fr-CA", "fr_FR"), ("en", "en_GB"), ("th", "en_GB")]
)
def test_it_asks_in_the_accounts_language_without_credentials(locale: str, language: str) -> None:
    with Loopback(lambda _: Told(_told(_event("TS")))) as server:
        answer = Adapter(Account("a", {}, server.url, locale)).track([Parcel(NUMBER)])
    (asked,) = server.asked
    question = xmltodict.parse(asked.body)["soap:Envelope"]["soap:Body"]["own:trackSkybillV2"]
    assert question == {
        "@xmlns:own": "http://cxf.tracking.soap.chronopost.fr/",
        "language": language,
        "skybillNumber": NUMBER,
    }
    assert (asked.method, asked.path) == ("POST", "/TrackingServiceWS")
    assert (asked.headers["content-type"], asked.headers["soapaction"]) == ("text/xml;charset=UTF-8", '""')
    assert [result.number for result in answer.results] == [NUMBER]


def test_a_number_cannot_leave_its_element() -> None:
    call = Adapter(Account("a", {})).call([Parcel("1</skybillNumber><x/>&")], None)
    assert isinstance(call.data, bytes)
    question = xmltodict.parse(call.data)["soap:Envelope"]["soap:Body"]["own:trackSkybillV2"]
    assert question["skybillNumber"] == "1</skybillNumber><x/>&"


def test_time_to_read_grows_with_size_and_no_faster() -> None:
    def seconds(count: int) -> float:
        body = _told(*(_event("ZQ", "retour refus " * 35, date=f"2026-02-01T10:00:{n % 60:02}Z") for n in range(count)))
        started = time.process_time()
        _parse(body)
        return time.process_time() - started

    small, large = min(seconds(200) for _ in range(3)), min(seconds(1600) for _ in range(3))
    assert large < 24 * small + 0.05
