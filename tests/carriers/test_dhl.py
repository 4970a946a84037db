"""DHL: what an answer means, what is asked, and which of several shipments is taken."""

import json
from datetime import date

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers._dhl_meanings import CODES, meaning
from tracking.carriers.dhl import Adapter
from tracking.platform.facts import ResultCode, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

GERMAN = "00340434000000000017"


def _shipment(**fields: object) -> bytes:
    return json.dumps({"shipments": [{"id": "1234567891", "service": "parcel-de", **fields}]}).encode()


def _event(**fields: object) -> dict[str, object]:
    return {"timestamp": "2026-05-01T10:00:00Z", "statusCode": "transit", **fields}


def test_german_parcel_is_told_oldest_first_each_once_in_german_time() -> None:
    answer = parsed("dhl", "delivered-parcel-de.json", GERMAN)
    assert answer.errors == ()
    (result,) = answer.results
    assert [event.status for event in result.events] == [
        Status.INFO_RECEIVED,
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.DELIVERED,
    ]
    assert {event.zone for event in result.events} == {Zone.ASSUMED}
    assert result.events[0].at.isoformat() == "2026-03-26T17:40:00+01:00"
    assert result.status is Status.DELIVERED
    assert result.delivered_at is not None
    assert result.delivered_at.isoformat() == "2026-03-28T11:05:00+01:00"


def test_proof_service_estimate_and_references_are_kept() -> None:
    (result,) = parsed("dhl", "delivered-parcel-de.json", GERMAN).results
    assert (result.service, result.signed_by, result.proof) == ("DHL PAKET", "Ada Muster", ("signature",))
    assert result.estimated is not None
    assert (result.estimated.earliest, result.estimated.latest) == (date(2026, 3, 28), date(2026, 3, 28))
    assert [ref["number"] for ref in result.extra["references"]] == ["ORDER-1001", "X-2"]
    assert result.carrier_url == f"https://www.dhl.de/de/privatkunden.html?piececode={GERMAN}"


def test_times_with_and_without_an_offset_fall_in_the_order_they_happened() -> None:
    (result,) = parsed("dhl", "express-mixed-times.json", "1234567891").results
    told = [(event.at.isoformat(), event.zone, event.code) for event in result.events]
    assert told == [
        ("2026-05-04T16:00:00+00:00", Zone.UNKNOWN, "pre-transit"),
        ("2026-05-04T18:00:00-04:00", Zone.ASSUMED, "PU"),
        ("2026-05-05T22:30:00+01:00", Zone.STATED, "DF"),
        ("2026-05-06T05:00:00+00:00", Zone.STATED, "AR"),
        ("2026-05-06T09:12:00+02:00", Zone.ASSUMED, "WC"),
    ]
    assert result.status is Status.OUT_FOR_DELIVERY
    assert result.estimated is not None
    assert result.estimated.earliest.isoformat() == "2026-05-06T10:00:00+02:00"
    assert result.estimated.latest.isoformat() == "2026-05-06T13:00:00+02:00"
    assert result.extra["references"] == [{"number": "YZ100", "type": "customer-reference"}]


@pytest.mark.parametrize("asked", ["1234567891", "JD000000000000000001", "YZ100"])
def test_a_shipment_is_found_by_its_number_a_piece_or_a_reference(asked: str) -> None:
    (result,) = parsed("dhl", "express-mixed-times.json", asked).results
    assert result.number == asked


def test_of_two_divisions_with_one_number_the_newest_news_is_taken_and_no_stranger() -> None:
    (result,) = parsed("dhl", "two-divisions.json", "1234567891").results
    assert (result.extra["division"], result.status, result.reason) == ("express", Status.ATTEMPT_FAIL, Reason.NOT_HOME)
    assert result.extra["other_divisions"] == ["parcel-nl"]
    (error,) = parsed("dhl", "two-divisions.json", "5555555555").errors
    assert error.code is ResultCode.NOT_FOUND


def test_an_integer_id_is_the_same_number_without_its_leading_zeros() -> None:
    body = json.dumps({"shipments": [{"id": 340434000000000017, "events": [_event(status="x")]}]}).encode()
    (result,) = Adapter.parse(Reply(200, body), [GERMAN]).results
    assert result.number == GERMAN


def test_without_numbers_every_shipment_of_a_file_is_told() -> None:
    assert [r.number for r in parsed("dhl", "two-divisions.json").results] == ["1234567891", "9999999999", "1234567891"]


@pytest.mark.parametrize(
    ("simple", "division", "status", "description", "expected"),
    [
        # the machine status is trusted before the text
        ("pre-transit", "express", "DELIVERED", "JESSICA", Status.INFO_RECEIVED),
        ("transit", "parcel-de", "", "The shipment will be delivered tomorrow", Status.IN_TRANSIT),
        ("transit", "ecommerce", "642", "DELIVERED TO AGENT FOR FINAL DELIVERY", Status.IN_TRANSIT),
        ("transit", "freight", "21-0", "Delivered", Status.IN_TRANSIT),
        ("delivered", "parcel-de", "", "Out for delivery", Status.DELIVERED),
        # refined by whole phrases
        ("transit", "parcel-de", "", "The shipment has been loaded onto the delivery vehicle", Status.OUT_FOR_DELIVERY),
        ("transit", "express", "", "Shipment is out with courier for delivery", Status.OUT_FOR_DELIVERY),
        ("transit", "express", "", "With delivering courier", Status.OUT_FOR_DELIVERY),
        ("transit", "", "", "The shipment is not out for delivery yet", Status.IN_TRANSIT),
        (
            "transit",
            "parcel-de",
            "",
            "The shipment is ready for pick-up at the PACKSTATION",
            Status.AVAILABLE_FOR_PICKUP,
        ),
        ("transit", "parcel-de", "", "The shipment is not ready for collection", Status.IN_TRANSIT),
        ("transit", "parcel-de", "", "It will be ready for collection tomorrow", Status.IN_TRANSIT),
        (
            "failure",
            "parcel-de",
            "",
            "The shipment could not be delivered, and the recipient has been notified",
            Status.ATTEMPT_FAIL,
        ),
        ("failure", "", "", "Delivery attempt not successful", Status.ATTEMPT_FAIL),
        ("failure", "", "", "Something else went wrong", Status.EXCEPTION),
        ("failure", "", "", "The shipment is being returned to the sender", Status.RETURNING),
        ("transit", "", "", "It will be returned to the sender if it is not collected", Status.IN_TRANSIT),
        ("delivered", "", "", "Returned to sender", Status.RETURNED),
        ("delivered", "parcel-de", "", "The shipment has been delivered back to the sender", Status.RETURNED),
        ("failure", "parcel-de", "", "The shipment could not be delivered back to the sender", Status.EXCEPTION),
        ("delivered", "express", "OK", "Returned to sender", Status.RETURNED),
        ("failure", "", "", "The shipment order was canceled by the sender", Status.EXCEPTION),
        # refined by a division's own code
        ("transit", "express", "OH", "On hold", Status.EXCEPTION),
        ("failure", "express", "CA", "Closed on arrival", Status.ATTEMPT_FAIL),
        ("transit", "express", "CS", "Closed shipment", Status.UNKNOWN),
        ("delivered", "ecommerce-europe", "44", "Handed over to the Parcelshop", Status.AVAILABLE_FOR_PICKUP),
        ("transit", "svb", "SENT_BACK", "TRANSIT", Status.RETURNING),
        # spelled otherwise, or not at all
        ("PRE_TRANSIT", "", "", "", Status.INFO_RECEIVED),
        ("", "", "DELIVERED", "JESSICA", Status.DELIVERED),
        ("", "parcel-de", "ZU", "", Status.DELIVERED),
        ("transit", "express", "QX", "Delivered", Status.IN_TRANSIT),
        ("", "express", "QX", "Delivered", Status.UNKNOWN),
        ("unknown", "express", "", "Out for delivery", Status.UNKNOWN),
    ],
)
def test_a_code_means(simple: str, division: str, status: str, description: str, expected: Status) -> None:
    assert meaning(simple, division, (status, description))[1].status is expected


def test_an_unseen_status_code_is_never_guessed_and_logged_once() -> None:
    forget_unseen()
    body = _shipment(events=[_event(statusCode="teleported", status="DELIVERED", description="Delivered")] * 2)
    with capture_logs() as logs:
        (result,) = Adapter.parse(Reply(200, body), ["1234567891"]).results
        Adapter.parse(Reply(200, body), ["1234567891"])
    assert [event.status for event in result.events] == [Status.UNKNOWN]
    assert [(log["carrier"], log["code"]) for log in logs] == [("dhl", "teleported")]


def test_an_unseen_code_of_a_division_is_logged_beside_the_known_status_code() -> None:
    forget_unseen()
    with capture_logs() as logs:
        code, meant = meaning("transit", "express", ("QX", "Shipment is resting"))
        meaning("transit", "express", ("JESSICA", "Delivered"))
    assert (code, meant.status) == ("QX", Status.IN_TRANSIT)
    assert [log["code"] for log in logs] == ["express/QX"]


def test_a_text_without_a_code_stays_out_of_the_log() -> None:
    forget_unseen()
    with capture_logs() as logs:
        meaning("", "express", ("Given to Jessica Muster",))
    assert [log["code"] for log in logs] == ["express/a text without a code"]


def test_every_division_has_its_codes() -> None:
    groups = {group for group, _, _ in CODES}
    assert groups == {
        "express",
        "parcel-de",
        "parcel-nl",
        "parcel-pl",
        "ecommerce",
        "ecommerce-europe",
        "ecommerce-ppl",
        "freight",
        "dgf",
        "svb",
    }
    assert CODES.meaning("wc", "express").status is Status.OUT_FOR_DELIVERY


def test_status_newer_than_every_event_is_an_event_of_its_own() -> None:
    latest = _event(timestamp="2026-05-02T10:00:00", statusCode="delivered", description="Delivered")
    (result,) = Adapter.parse(Reply(200, _shipment(status=latest, events=[_event()])), ["1234567891"]).results
    assert [event.status for event in result.events] == [Status.IN_TRANSIT, Status.DELIVERED]


def test_the_same_scan_as_status_and_event_is_told_once_whatever_its_offset() -> None:
    latest = _event(timestamp="2026-05-01T10:00:00", description="Arrived")
    (result,) = Adapter.parse(Reply(200, _shipment(status=latest, events=[_event()])), ["1234567891"]).results
    assert len(result.events) == 1


def test_unreadable_events_cost_the_others_nothing() -> None:
    body = _shipment(events=[_event(timestamp="yesterday"), _event(description="Arrived"), 7])
    answer = Adapter.parse(Reply(200, body), ["1234567891"])
    assert [event.description for event in answer.results[0].events] == ["Arrived"]
    (error,) = answer.errors
    assert (error.number, error.code, error.retryable) == ("1234567891", ResultCode.UNREADABLE, False)
    assert "2 events" in error.message


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (404, {}, raw("dhl", "not-found.json"), (ResultCode.NOT_FOUND, False, None)),
        (200, {}, raw("dhl", "not-found.json"), (ResultCode.NOT_FOUND, False, None)),
        (200, {}, b'{"shipments": []}', (ResultCode.NOT_FOUND, False, None)),
        (404, {}, b"<html>gone</html>", (ResultCode.UNREADABLE, False, None)),
        (400, {}, b'{"title": "Bad request", "status": 400}', (ResultCode.REFUSED, False, None)),
        (401, {}, b"Unauthorized", (ResultCode.UNAUTHORIZED, False, None)),
        (403, {}, b"", (ResultCode.UNAUTHORIZED, False, None)),
        (429, {"retry-after": "17"}, b"", (ResultCode.RATE_LIMITED, True, 17.0)),
        (500, {}, b"<html></html>", (ResultCode.UNAVAILABLE, True, None)),
        (503, {"retry-after": "60"}, b"", (ResultCode.UNAVAILABLE, True, 60.0)),
        (200, {}, b"<html>maintenance</html>", (ResultCode.UNREADABLE, False, None)),
        (200, {}, b"", (ResultCode.UNREADABLE, False, None)),
        (200, {}, b'{"shipments": [1, 2]}', (ResultCode.UNREADABLE, False, None)),
        (200, {}, b"[]", (ResultCode.UNREADABLE, False, None)),
        (302, {}, b"", (ResultCode.UNREADABLE, False, None)),
    ],
)
def test_every_failure_has_its_code(
    status: int, headers: dict[str, str], body: bytes, expected: tuple[ResultCode, bool, float | None]
) -> None:
    (error,) = Adapter.parse(Reply(status, body, headers), ["1234567891"]).errors
    assert error.number == "1234567891"
    assert (error.code, error.retryable, error.retry_after) == expected
    assert "1234567891" not in error.message


def test_a_hostile_link_is_not_passed_on() -> None:
    for link in ("javascript:alert(1)", "https://dhl.com.evil.test/", "https://[", 7):
        (result,) = Adapter.parse(Reply(200, _shipment(serviceUrl=link, events=[_event()])), ["1234567891"]).results
        assert result.carrier_url is None


def test_it_asks_for_one_number_in_english_with_the_key_and_what_is_known() -> None:
    with Loopback(lambda _: Told(raw("dhl", "express-mixed-times.json"))) as server:
        adapter = Adapter(Account("a", {"api_key": "secret-key"}, server.url, "th"))
        extra = {"service": "express", "destination_postcode": "1043 AG", "origin_country": "US", "colour": "red"}
        answer = adapter.track([Parcel("1234567891", extra)])
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.headers["dhl-api-key"]) == ("GET", "/shipments", "secret-key")
    assert asked.query == {
        "trackingNumber": "1234567891",
        "language": "en",
        "service": "express",
        "recipientPostalCode": "1043 AG",
        "originCountryCode": "US",
    }
    assert answer.results[0].status is Status.OUT_FOR_DELIVERY


def test_an_unknown_division_is_not_sent_and_the_account_may_name_one() -> None:
    account = Account("a", {"api_key": "k", "service": "parcel-de"})
    assert (
        "service" not in Adapter(Account("a", {"api_key": "k"})).call([Parcel("1", {"service": "moon"})], None).params
    )
    assert Adapter(account).call([Parcel("1")], None).params["service"] == "parcel-de"


def test_a_missing_key_is_unauthorized_and_nothing_is_asked() -> None:
    def never(_: Asked) -> Told:
        raise AssertionError("asked without a key")

    with Loopback(never) as server:
        (error,) = Adapter(Account("a", {}, server.url)).track([Parcel("1234567891")]).errors
    assert (error.code, server.asked) == (ResultCode.UNAUTHORIZED, [])


@pytest.mark.parametrize(
    ("locality", "at", "region", "country"),
    [
        ("LOS ANGELES GATEWAY, CA - USA", "2026-05-01T10:00:00-07:00", "CA", "US"),
        ("LEIPZIG - GERMANY", "2026-05-01T10:00:00+02:00", None, "DE"),
        ("HONG KONG - HONG KONG SAR, CHINA", "2026-05-01T10:00:00+08:00", None, "HK"),
        ("PARIS - NO COUNTRY", "2026-05-01T10:00:00+00:00", None, None),
    ],
)
def test_express_names_the_country_behind_the_city(
    locality: str, at: str, region: str | None, country: str | None
) -> None:
    scan = _event(timestamp="2026-05-01T10:00:00", location={"address": {"addressLocality": locality}})
    ((event,),) = (
        result.events for result in Adapter.parse(Reply(200, _shipment(service="express", events=[scan])), ()).results
    )
    assert (event.at.isoformat(), event.location.region, event.location.country) == (at, region, country)
    assert event.location.city == locality


def test_an_estimate_may_be_a_bare_day_and_an_event_too() -> None:
    scan = _event(timestamp="2026-05-01", location={"address": {"countryCode": "DE"}})
    (result,) = Adapter.parse(Reply(200, _shipment(estimatedTimeOfDelivery="2026-05-04", events=[scan])), ()).results
    assert result.estimated is not None
    assert result.estimated.earliest == date(2026, 5, 4)
    assert [event.at.isoformat() for event in result.events] == ["2026-05-01T00:00:00+02:00"]


@pytest.mark.parametrize(
    ("simple", "words", "expected"),
    [
        (
            "delivered",
            "The shipment has been delivered to the retail outlet for pick-up by the recipient",
            (Status.AVAILABLE_FOR_PICKUP, None),
        ),
        ("delivered", "The shipment was delivered to the recipient's neighbor", (Status.DELIVERED, Reason.NEIGHBOUR)),
        ("delivered", "The shipment has been placed in the mailbox", (Status.DELIVERED, Reason.SAFE_PLACE)),
        # what is only planned, or said of something on its way, is no delivery
        ("transit", "The shipment will be delivered to the neighbour", (Status.IN_TRANSIT, None)),
        ("transit", "The shipment was left with the neighbour", (Status.IN_TRANSIT, None)),
        ("transit", "The shipment is being brought to the PACKSTATION for pick-up", (Status.IN_TRANSIT, None)),
        ("failure", "Delivery attempted but no response at Consignee address", (Status.ATTEMPT_FAIL, Reason.NOT_HOME)),
    ],
)
def test_words_say_where_a_delivery_was_left(simple: str, words: str, expected: tuple[Status, Reason | None]) -> None:
    found = meaning(simple, "parcel-de", (words, ""))[1]
    assert (found.status, found.reason) == expected
