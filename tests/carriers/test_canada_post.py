"""Canada Post: XML, leading zeros, zones by abbreviation or by country, messages whatever HTTP says."""

from datetime import date

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._canada_post_words import CODES
from tracking.carriers._codes import forget_unseen
from tracking.carriers.canada_post import Adapter
from tracking.platform.facts import Answer, Location, ResultCode, TrackingEvent, TrackingResult, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

PIN = "1000000000000018"
KEYS = {"user_id": "user", "password": "secret"}


def _xml(*events: dict[str, str], pin: str = PIN, **fields: str) -> bytes:
    def rows(values: dict[str, str]) -> str:
        return "".join(
            f"<{name.replace('_', '-')}>{value}</{name.replace('_', '-')}>" for name, value in values.items()
        )

    listed = "".join(f"<occurrence>{rows(event)}</occurrence>" for event in events)
    head = rows({"pin": pin, **fields})
    text = f'<a:tracking-detail xmlns:a="x">{head}<significant-events>{listed}</significant-events></a:tracking-detail>'
    return text.encode()


def _scan(code: str, words: str = "", day: int = 1, /, **fields: str) -> dict[str, str]:
    return {
        "event_identifier": code,
        "event_date": f"2026-02-{day:02}",
        "event_time": "10:00:00",
        "event_description": words,
        **fields,
    }


def _parse(*events: dict[str, str], **fields: str) -> TrackingResult:
    return Adapter.parse(Reply(200, _xml(*events, **fields)), [PIN]).results[0]


def _event(code: str, words: str = "", **fields: str) -> TrackingEvent:
    return _parse(_scan(code, words, 1, **fields)).events[0]


def test_a_delivery_below_a_later_round_is_put_in_order_and_the_round_counts() -> None:
    (result,) = parsed("canada-post", "delivered.xml", PIN).results
    assert [event.code for event in result.events][2:6] == ["0500", "20", "1496", "0173"]
    assert (result.status, result.estimated, result.service) == (Status.DELIVERED, None, "Xpresspost")
    assert result.delivered_at is not None
    assert result.delivered_at.isoformat() == "2026-02-04T11:59:59-05:00"
    assert (result.signed_by, result.proof) == ("TREMBLAY", ("signature",))
    assert result.extra == {
        "delay_reason": "Customer addressing error found; attempting to correct",
        "options": ["Signature Required"],
    }


def test_a_stated_zone_is_taken_at_its_word() -> None:
    label, pickup, *_ = parsed("canada-post", "delivered.xml", PIN).results[0].events
    assert (label.at.isoformat(), label.zone) == ("2026-02-01T14:34:57-05:00", Zone.STATED)
    assert pickup.at.isoformat() == "2026-02-01T21:06:02-03:30"
    assert pickup.location == Location("ST. JOHN'S", "NL", None, "CA")


def test_the_words_tell_the_way_back_in_french_too() -> None:
    (result,) = parsed("canada-post", "delivered-fr.xml", "1000000000000026").results
    assert [(event.status, event.reason) for event in result.events] == [
        (Status.IN_TRANSIT, None),
        (Status.OUT_FOR_DELIVERY, None),
        (Status.RETURNING, Reason.REFUSED),
        (Status.RETURNING, None),
        (Status.RETURNED, None),
    ]
    assert (result.status, result.delivered_at, result.estimated) == (Status.RETURNED, None, None)


def test_scans_abroad_are_local_to_their_country_and_without_one_to_none() -> None:
    (result,) = parsed("canada-post", "from-abroad.xml", "LX000000005IL").results
    told = [(event.at.isoformat(), event.zone, event.location.country) for event in result.events]
    assert told[:3] == [
        ("2026-10-15T18:30:00+03:00", Zone.ASSUMED, "IL"),
        ("2026-10-16T06:10:00+03:00", Zone.ASSUMED, "IL"),
        ("2026-10-18T09:00:00+00:00", Zone.UNKNOWN, None),
    ]
    assert result.events[1].location.city == "ILTLVA"
    assert told[-1] == ("2026-10-21T15:02:00-06:00", Zone.ASSUMED, "CA"), "Saskatchewan has no summer time"
    assert (result.status, result.pickup_place) == (Status.AVAILABLE_FOR_PICKUP, "DOWNTOWN PO, SASKATOON, SK")
    assert result.estimated is not None
    assert result.estimated.latest == date(2026, 10, 21)


def test_a_blank_zone_without_a_province_is_taken_as_eastern() -> None:
    assert _event("0100").at.isoformat() == "2026-02-01T10:00:00-05:00"
    assert _event("0100", event_province="BC", event_site="VICTORIA").at.isoformat() == "2026-02-01T10:00:00-08:00"


def test_a_changed_date_overrules_the_first() -> None:
    changed = _parse(_scan("0100"), changed_expected_date="2026-02-11", expected_delivery_date="2026-02-01").estimated
    first = _parse(_scan("0100"), changed_expected_date="", expected_delivery_date="2026-02-01").estimated
    assert changed is not None
    assert first is not None
    assert (changed.latest, first.latest) == (date(2026, 2, 11), date(2026, 2, 1))
    assert _parse(_scan("0100")).estimated is None


DELIVERED = [1408, 1409, *range(1421, 1435), 1441, 1442, 1466, *range(1496, 1500), 5300]
WAITING = [118, 156, 1407, 1410, *range(1435, 1439), 1479, 1488, 1701, 2407, 2410]
FAILED = [150, 154, 167, 168, 169, 179, *range(181, 185), 190, 1100, *range(1415, 1421), 1450, 1482, 1483]
FAILED += [1491, 1492, 1493, 2802, 3001, 4650]
HELD = [117, 120, 121, 125, 127, 810, 1411, 1414, 1443, 1484, 1487, 1494, 2411, 2414, 4700]
LATE = [*range(159, 164), 172, 173, 2412]
MOVING = [*range(100, 108), *range(1400, 1406), 170, 175, 405, 1301, 1302, 1703, 2300, 4310, 4450, 4500, 4600]
FAMILIES = {
    Status.DELIVERED: DELIVERED,
    Status.AVAILABLE_FOR_PICKUP: WAITING,
    Status.ATTEMPT_FAIL: FAILED,
    Status.EXCEPTION: HELD + LATE,
    Status.IN_TRANSIT: MOVING,
    Status.OUT_FOR_DELIVERY: [174, 500],
    Status.RETURNING: [1481, 2600],
    Status.INFO_RECEIVED: [3000],
}


@pytest.mark.parametrize("status", FAMILIES)
@pytest.mark.parametrize("zeros", ["", "0", "00"])
def test_every_code_of_a_family_means_the_same_with_or_without_zeros(status: Status, zeros: str) -> None:
    events = _parse(*(_scan(f"{zeros}{code}", f"text {code}") for code in FAMILIES[status])).events
    assert {event.code.lstrip("0"): event.status for event in events} == {str(c): status for c in FAMILIES[status]}


@pytest.mark.parametrize(
    ("code", "words", "status", "reason"),
    [
        ("1415", "Item being returned to Sender. Incomplete address.", Status.RETURNING, Reason.ADDRESS),
        ("1419", "Article non réclamé. Article retourné à l'exp.", Status.RETURNING, Reason.NOT_COLLECTED),
        ("1491", "Item refused by recipient. Item being returned to sender.", Status.RETURNING, Reason.REFUSED),
        ("1491", "Recipient not located at address provided.", Status.ATTEMPT_FAIL, Reason.ADDRESS),
        ("1481", "Article refusé par le destinataire. Article retourné à l'exp.", Status.RETURNING, Reason.REFUSED),
        ("1481", "Recipient not located at address provided.", Status.RETURNING, Reason.ADDRESS),
        ("1100", "Refused by Customs. Item being returned to sender", Status.RETURNING, Reason.CUSTOMS),
        ("1484", "Article retenu. Retourné à l'expéditeur", Status.RETURNING, None),
        ("1417", "Item refused by recipient", Status.ATTEMPT_FAIL, Reason.REFUSED),
        ("4700", "Recipient not located. Item being returned to sender", Status.RETURNING, Reason.ADDRESS),
        ("0174", "Item being returned to sender is out for delivery", Status.RETURNING, None),
        ("0156", "Final Notice; Item will be returned to sender if not collected", Status.AVAILABLE_FOR_PICKUP, None),
        ("0156", "Avis final; renvoi à l'exp. si on ne le ramasse pas", Status.AVAILABLE_FOR_PICKUP, None),
        ("1487", "Item being returned to Canadian Customs for appeal", Status.EXCEPTION, Reason.CUSTOMS),
        ("1412", "Verifying recipient's address; Possible delay", Status.EXCEPTION, Reason.ADDRESS),
        ("1416", "Item successfully delivered", Status.DELIVERED, None),
        ("1437", "Livré avec succès", Status.DELIVERED, None),
        ("1418", "Notice card left indicating where and when", Status.AVAILABLE_FOR_PICKUP, None),
        ("1415", "Could not be delivered", Status.ATTEMPT_FAIL, Reason.ADDRESS),
        ("1405", "Delivered to automated parcel locker", Status.AVAILABLE_FOR_PICKUP, None),
        ("1427", "Delivered to recipient's safe drop location", Status.DELIVERED, Reason.SAFE_PLACE),
        ("0159", "Livraison retardée", Status.EXCEPTION, Reason.WEATHER),
        ("0172", "Item re-routed due to processing error", Status.EXCEPTION, Reason.MISROUTED),
        ("3002", "Authorized Return", Status.INFO_RECEIVED, None),
        ("0020", "Signature image recorded", Status.UNKNOWN, None),
        ("2001", "Photo available", Status.UNKNOWN, None),
    ],
)
def test_words_decide_where_a_code_stands_for_several_things(
    code: str, words: str, status: Status, reason: Reason | None
) -> None:
    event = _event(code, words)
    assert (event.status, event.reason) == (status, reason)


def test_an_unseen_code_means_nothing_however_it_reads_and_is_logged_once() -> None:
    forget_unseen()
    with capture_logs() as logs:
        events = _parse(
            _scan("0100"), _scan("9977", "Item successfully delivered", 2), _scan("x", "Delivered", 3)
        ).events
    assert [event.status for event in events] == [Status.IN_TRANSIT, Status.UNKNOWN, Status.UNKNOWN]
    assert [(line["carrier"], line["code"]) for line in logs] == [("canada-post", "9977"), ("canada-post", "x")]
    assert CODES.find("9977") is None


def test_a_photo_and_a_signature_are_told_as_proof() -> None:
    assert _parse(_scan("1496"), _scan("2001")).proof == ("photo",)
    assert _parse(_scan("1496"), signature_image_exists="true").proof == ("signature",)


def test_events_without_a_time_cost_the_others_nothing() -> None:
    broken = [_scan("1496", event_date="soon"), _scan("1496", event_time="noon")]
    answer = Adapter.parse(Reply(200, _xml(_scan("0100"), *broken)), [PIN])
    assert answer.results[0].status is Status.IN_TRANSIT
    assert [(e.code, e.message) for e in answer.errors] == [
        (ResultCode.UNREADABLE, "Canada Post sent 2 events without a readable time.")
    ]


def test_no_events_yet_is_pending() -> None:
    answer = Adapter.parse(Reply(200, b"<tracking-detail><pin>A</pin><significant-events/></tracking-detail>"), ["A"])
    assert (answer.results[0].status, answer.errors) == (Status.PENDING, ())


def test_a_notice_card_is_answered_under_its_own_number() -> None:
    (result,) = Adapter.parse(
        Reply(200, _xml(_scan("1701"), return_pin="222", original_pin="111")), ["123456789012345"]
    ).results
    assert result.number == "123456789012345"
    assert result.extra == {"pin": PIN, "return_number": "222", "original_number": "111"}


def _failed(body: bytes, status: int = 200) -> Answer:
    return Adapter.parse(Reply(status, body), [PIN])


def _message(code: str, words: str) -> bytes:
    message = f"<m:message><code>{code}</code><description>{words}</description></m:message>"
    return f"<m:messages xmlns:m='x'>{message}</m:messages>".encode()


@pytest.mark.parametrize("status", [200, 400, 404, 500])
@pytest.mark.parametrize(
    ("body", "code", "retryable"),
    [
        (raw("canada-post", "not-found.xml"), ResultCode.NOT_FOUND, False),
        (raw("canada-post", "error-credentials.xml"), ResultCode.UNAUTHORIZED, False),
        (raw("canada-post", "error-throttled.xml"), ResultCode.RATE_LIMITED, True),
        (_message("007", "No Delivery Information Available"), ResultCode.NOT_FOUND, False),
        (_message("AA02", "Username/password don't match endpoint"), ResultCode.UNAUTHORIZED, False),
    ],
)
def test_a_message_means_the_same_under_every_http_status(
    status: int, body: bytes, code: ResultCode, retryable: bool
) -> None:
    (error,) = _failed(body, status).errors
    assert (error.number, error.code, error.retryable) == (PIN, code, retryable)


def test_a_throttled_key_waits_a_minute_unless_told_otherwise() -> None:
    body = raw("canada-post", "error-throttled.xml")
    assert _failed(body, 500).errors[0].retry_after == 60.0
    assert Adapter.parse(Reply(429, body, {"retry-after": "5"}), [PIN]).errors[0].retry_after == 5.0


@pytest.mark.parametrize(
    ("status", "code"),
    [(200, ResultCode.REFUSED), (406, ResultCode.REFUSED), (404, ResultCode.NOT_FOUND), (503, ResultCode.UNAVAILABLE)],
)
def test_a_message_nobody_knows_means_what_http_says_and_keeps_its_words(status: int, code: ResultCode) -> None:
    (error,) = _failed(_message("9998", f"No {PIN} today"), status).errors
    assert (error.code, error.message.endswith("(9998: No … today).")) == (code, True)


def test_each_number_is_asked_with_the_very_type_and_in_the_accounts_language() -> None:
    with Loopback(lambda _: Told(_xml(_scan("0100")))) as server:
        answer = Adapter(Account("a", KEYS, server.url, "fr")).track([Parcel(PIN)])
        Adapter(Account("a", KEYS, server.url, "th")).track([Parcel("123456789012345")])
    assert [result.number for result in answer.results] == [PIN]
    pin, card = server.asked
    assert (pin.method, pin.path) == ("GET", f"/vis/track/pin/{PIN}/detail")
    assert pin.headers["accept"] == "application/vnd.cpc.track-v2+xml"
    assert pin.headers["accept-language"] == "fr-CA"
    assert pin.headers["authorization"] == "Basic dXNlcjpzZWNyZXQ="
    assert (card.path, card.headers["accept-language"]) == ("/vis/track/dnc/123456789012345/detail", "en-CA")


def test_a_number_cannot_leave_its_place_in_the_address() -> None:
    call = Adapter(Account("a", KEYS)).call([Parcel("A/../B?x=1")], None)
    assert call.path == "/vis/track/pin/A%2F..%2FB%3Fx%3D1/detail"


def test_its_page_is_told_in_english_or_french() -> None:
    assert Adapter.public_url(PIN, "fr-CA").endswith(f"/track-reperage/fr#/search?searchFor={PIN}")
    assert "/en#/" in Adapter.public_url(PIN, "th")
