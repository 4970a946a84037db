"""Australia Post: words instead of codes, errors inside an answer, consignments of several articles."""

import base64
import json

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers.australia_post import CODES, Adapter
from tracking.platform.facts import Answer, Location, ResultCode, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

BATCH = ("33ABC0000001", "33ABC0000002", "33ABC0000003")
CREDENTIALS = {"api_key": "the-key", "password": "the-password", "account_number": "0001234567"}


def _article(*texts: str, status: str = "Unknown", **fields: object) -> dict[str, object]:
    """An article with one event a day, the first text the oldest."""
    events = [{"description": said, "date": f"2026-02-{day:02}T10:00:00+11:00"} for day, said in enumerate(texts, 1)]
    return {"article_id": "A", "events": events[::-1], "status": status, **fields}


def _entry(*articles: dict[str, object], number: str = "A") -> dict[str, object]:
    return {"tracking_id": number, "trackable_items": list(articles)}


def _parse(*entries: object, numbers: tuple[str, ...] = ("A",), status: int = 200) -> Answer:
    return Adapter.parse(Reply(status, json.dumps({"tracking_results": entries}).encode()), numbers)


def test_each_id_of_a_batch_gets_its_own_answer() -> None:
    answer = parsed("australia-post", "mixed-batch.json", *BATCH)
    assert [(r.number, r.status) for r in answer.results] == [
        (BATCH[0], Status.DELIVERED),
        (BATCH[2], Status.OUT_FOR_DELIVERY),
    ]
    assert [(e.number, e.code) for e in answer.errors] == [(BATCH[1], ResultCode.NOT_FOUND)]


def test_a_delivery_is_told_in_the_offset_of_its_place_and_repeats_once() -> None:
    (result,) = parsed("australia-post", "mixed-batch.json", BATCH[0]).results
    assert [(event.at.isoformat(), event.status) for event in result.events] == [
        ("2026-04-03T14:27:15+11:00", Status.INFO_RECEIVED),
        ("2026-04-04T23:40:19+11:00", Status.IN_TRANSIT),
        ("2026-04-05T06:40:51+10:00", Status.OUT_FOR_DELIVERY),
        ("2026-04-05T11:02:09+10:00", Status.DELIVERED),
    ]
    assert {(event.zone, event.code) for event in result.events} == {(Zone.STATED, "")}
    assert (result.reason, result.service, result.delivered_at) == (
        Reason.SAFE_PLACE,
        "eParcel",
        result.events[-1].at,
    )


def test_of_a_consignment_the_article_with_the_longest_way_is_told() -> None:
    (result,) = parsed("australia-post", "mixed-batch.json", BATCH[2]).results
    assert result.extra == {"article_id": "33ABC000000302", "articles": 2}
    assert [event.status for event in result.events] == [Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY]


def test_an_article_asked_for_by_its_own_id_is_told_whatever_the_others_do() -> None:
    entry = _entry(_article("Delivered"), _article("Received by Australia Post", article_id="B"))
    (result,) = _parse(entry).results
    assert (result.status, result.extra) == (Status.DELIVERED, {"articles": 2})


def test_a_consignment_is_delivered_when_all_of_it_is() -> None:
    articles = [_article("Delivered", article_id=name) for name in ("X", "Y")]
    wrapped = {"consignment_id": "A", "number_of_items": 2, "items": articles}
    (result,) = _parse(_entry(wrapped)).results
    assert (result.status, result.extra) == (Status.DELIVERED, {"article_id": "X", "articles": 2})


def test_events_of_a_consignment_are_told_where_no_article_is() -> None:
    entry = {
        "tracking_id": "A",
        "consignment": [{**_article("Item lodged", "Delivered"), "status": "Delivered in Full"}],
    }
    (result,) = _parse(entry).results
    assert (result.status, len(result.events)) == (Status.DELIVERED, 2)


def test_places_at_home_and_abroad_are_told_apart() -> None:
    (result,) = parsed("australia-post", "from-abroad-waiting.json").results
    assert [event.location for event in result.events] == [
        Location(),
        Location("JOHN F. KENNEDY APT/NEW YORK", None, None, "US"),
        Location(None, None, None, "NZ"),
        Location("SYDNEY", None, None, "AU"),
        Location("SYDNEY", None, None, "AU"),
        Location("FITZROY NORTH", "VIC", None, "AU"),
        Location("FITZROY NORTH", "VIC", None, "AU"),
        Location(),
    ]
    # scans abroad come with the Australian offset
    assert {event.at.utcoffset().total_seconds() for event in result.events} == {36_000.0}  # type: ignore[union-attr]


def test_what_waits_says_where() -> None:
    (result,) = parsed("australia-post", "from-abroad-waiting.json").results
    assert (result.status, result.pickup_place) == (Status.AVAILABLE_FOR_PICKUP, "FITZROY NORTH POST SHOP")
    abroad = _article("Awaiting collection at NEW ZEALAND")
    abroad["events"][0]["location"] = "AUCKLAND (NZ)"  # type: ignore[index]
    assert _parse(_entry(abroad)).results[0].pickup_place == "AUCKLAND"
    assert _parse(_entry(_article("Awaiting collection"))).results[0].pickup_place is None


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        ("Shipping information received by Australia Post", Status.INFO_RECEIVED, None),
        ("Shipping information approved by Startrack", Status.INFO_RECEIVED, None),
        ("Processed by air carrier", Status.IN_TRANSIT, None),
        ("In transit to next facility in CHULLORA NSW", Status.IN_TRANSIT, None),
        ("Landed in NEW ZEALAND", Status.IN_TRANSIT, None),
        ("Arrived at postal carrier’s facility in NEW ZEALAND", Status.IN_TRANSIT, None),
        ("Redirected to new address", Status.IN_TRANSIT, Reason.FORWARDED),
        ("Incorrectly sorted and forwarded to correct location", Status.IN_TRANSIT, Reason.MISROUTED),
        ("Item is in Customs", Status.IN_TRANSIT, Reason.CUSTOMS),
        ("  onboard  for delivery. ", Status.OUT_FOR_DELIVERY, None),
        ("With Australia Post for delivery today", Status.OUT_FOR_DELIVERY, None),
        ("Attempted delivery - Address closed", Status.ATTEMPT_FAIL, None),
        ("Delivery location closed", Status.ATTEMPT_FAIL, Reason.CLOSED),
        ("Unsuccessful delivery - Addressee not available", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        ("Attempted delivery. Awaiting collection at KEW VIC", Status.AVAILABLE_FOR_PICKUP, None),
        ("Awaiting collection at THE PARCEL LOCKER 5", Status.AVAILABLE_FOR_PICKUP, None),
        ("Delivered", Status.DELIVERED, None),
        ("Delivered - PO box", Status.DELIVERED, None),
        ("Delivered - Left in a safe place", Status.DELIVERED, Reason.SAFE_PLACE),
        ("Return to sender", Status.RETURNING, None),
        ("Returning to sender", Status.RETURNING, None),
        ("Delivered to sender", Status.RETURNED, None),
    ],
)
def test_a_text_means(said: str, status: Status, reason: Reason | None) -> None:
    (event,) = _parse(_entry(_article(said))).results[0].events
    assert (event.status, event.reason) == (status, reason)


@pytest.mark.parametrize(
    "said", ["To be delivered", "Not delivered", "Delivering soon", "Undelivered", "Delivery partner informed", ""]
)
def test_a_text_that_only_speaks_of_delivery_says_nothing(said: str) -> None:
    (event,) = _parse(_entry(_article(said))).results[0].events
    assert event.status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        ("In transit", Status.IN_TRANSIT, None),
        ("On Board for Delivery", Status.OUT_FOR_DELIVERY, None),
        ("Onboard for delivery", Status.OUT_FOR_DELIVERY, None),
        ("Awaiting collection", Status.AVAILABLE_FOR_PICKUP, None),
        ("Ready for Pickup", Status.AVAILABLE_FOR_PICKUP, None),
        ("Delivered", Status.DELIVERED, None),
        ("Delivered in Full", Status.DELIVERED, None),
        ("Unsuccessful Delivery", Status.ATTEMPT_FAIL, None),
        ("To be Re-Delivered", Status.ATTEMPT_FAIL, None),
        ("Possible delay", Status.EXCEPTION, Reason.CARRIER_DELAY),
        ("Held by courier", Status.EXCEPTION, Reason.OTHER),
        ("Article damaged", Status.EXCEPTION, Reason.DAMAGED),
        ("Cannot be delivered", Status.EXCEPTION, Reason.OTHER),
        ("Cancelled", Status.EXCEPTION, Reason.CANCELLED),
        ("Unknown", Status.PENDING, None),
        ("", Status.PENDING, None),
    ],
)
def test_the_status_of_an_item_tells_what_its_newest_event_means_if_nobody_knows_its_text(
    said: str, status: Status, reason: Reason | None
) -> None:
    (result,) = _parse(_entry(_article("Nobody knows this", status=said))).results
    assert (result.status, result.reason) == (status, reason)
    (alone,) = _parse(_entry(_article(status=said))).results
    assert (alone.status, alone.reason, alone.events) == (status, reason, ())


@pytest.mark.parametrize(
    ("texts", "item", "status"),
    [
        # milestones are filed wrongly; what is known of the event counts
        (("Awaiting collection at NEW ZEALAND",), "Delivered", Status.AVAILABLE_FOR_PICKUP),
        (("Unsuccessful delivery - Addressee not available",), "In transit", Status.ATTEMPT_FAIL),
        (("Onboard for delivery",), "In transit", Status.OUT_FOR_DELIVERY),
        (("Item processed at facility",), "Delivered", Status.IN_TRANSIT),
        # trouble that no event tells of
        (("Item processed at facility",), "Article damaged", Status.EXCEPTION),
        (("Delivered",), "Possible delay", Status.DELIVERED),
        (("Return to sender", "Item processed at facility", "Delivered"), "Delivered", Status.RETURNED),
    ],
)
def test_an_event_is_believed_before_its_item(texts: tuple[str, ...], item: str, status: Status) -> None:
    assert _parse(_entry(_article(*texts, status=item))).results[0].status is status


def test_a_text_that_nobody_knows_is_logged_once_and_changes_nothing() -> None:
    forget_unseen()
    with capture_logs() as logs:
        (result,) = _parse(_entry(_article("Item lodged", "Item is taking a rest"))).results
        _parse(_entry(_article("Item is taking a rest")))
    assert [event.status for event in result.events] == [Status.IN_TRANSIT, Status.UNKNOWN]
    assert result.status is Status.IN_TRANSIT
    assert [(log["carrier"], log["code"]) for log in logs] == [("australia-post", "Item is taking a rest")]


def test_every_text_of_the_table_is_its_own_code() -> None:
    assert len(CODES) > 50
    assert all(code == meaning.text.upper() for _, code, meaning in CODES)


def test_a_time_without_an_offset_is_that_of_its_place_or_of_sydney() -> None:
    article = _article("Item lodged", "Delivered")
    listed: list[dict[str, str]] = article["events"]  # type: ignore[assignment]
    listed[0] |= {"date": "2026-02-02T10:00:00", "location": "PERTH WA"}
    listed[1] |= {"date": "2026-02-01T10:00:00"}
    (result,) = _parse(_entry(article)).results
    assert [(event.at.isoformat(), event.zone) for event in result.events] == [
        ("2026-02-01T10:00:00+11:00", Zone.ASSUMED),
        ("2026-02-02T10:00:00+08:00", Zone.ASSUMED),
    ]


def test_events_that_cannot_be_read_cost_the_others_nothing() -> None:
    article = _article("Item lodged")
    article["events"] += [{"description": "Delivered", "date": "yesterday"}, 5]  # type: ignore[operator]
    answer = _parse(_entry(article))
    assert answer.results[0].status is Status.IN_TRANSIT
    assert [(e.number, e.code) for e in answer.errors] == [("A", ResultCode.UNREADABLE)]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"tracking_id": "A", "errors": [{"code": "ESB-10001", "name": "Invalid tracking ID"}]}, ResultCode.NOT_FOUND),
        ({"tracking_id": "A", "errors": [{"code": "ESB-20020", "name": "Something else"}]}, ResultCode.REFUSED),
        ({"tracking_id": "A"}, ResultCode.NOT_FOUND),
        ({"tracking_id": "A", "trackable_items": []}, ResultCode.NOT_FOUND),
        ({"tracking_id": "A", "trackable_items": ["?"]}, ResultCode.UNREADABLE),
        ({"tracking_id": "B", "trackable_items": []}, ResultCode.UNREADABLE),
    ],
)
def test_an_entry_without_an_article_says_why(entry: object, code: ResultCode) -> None:
    answer = _parse(entry)
    assert answer.results == ()
    assert [(e.number, e.code, e.retryable) for e in answer.errors] == [("A", code, False)]


def test_an_error_beside_events_does_not_hide_them() -> None:
    entry = {**_entry(_article("Delivered")), "errors": [{"code": "ESB-10001", "name": "Invalid tracking ID"}]}
    answer = _parse(entry, {"tracking_id": "A", "errors": []})
    assert [result.status for result in answer.results] == [Status.DELIVERED]
    assert answer.errors == ()


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (200, ResultCode.REFUSED, False),
        (400, ResultCode.REFUSED, False),
        (401, ResultCode.UNAUTHORIZED, False),
        (403, ResultCode.UNAUTHORIZED, False),
        (429, ResultCode.RATE_LIMITED, True),
        (500, ResultCode.UNAVAILABLE, True),
        (503, ResultCode.UNAVAILABLE, True),
    ],
)
def test_an_error_of_the_whole_call_is_told_for_each_id(status: int, code: ResultCode, retryable: bool) -> None:
    reply = Reply(status, raw("australia-post", "error-too-many.json"))
    answer = Adapter.parse(reply, ["A", "B"])
    assert [(e.number, e.code, e.retryable) for e in answer.errors] == [("A", code, retryable), ("B", code, retryable)]
    assert "51101" in answer.errors[0].message


def test_ten_ids_are_asked_in_one_call_with_the_accounts_number() -> None:
    ids = [f"33ABC{n:07}" for n in range(10)]
    with Loopback(
        lambda _: Told({"tracking_results": [_entry(_article("Delivered"), number=n) for n in ids]})
    ) as server:
        answer = Adapter(Account("a", CREDENTIALS, server.url)).track([Parcel(number) for number in ids])
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.query) == ("GET", "/track", {"tracking_ids": ",".join(ids)})
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"the-key:the-password").decode()
    assert (asked.headers["account-number"], asked.headers["accept"]) == ("0001234567", "application/json")
    assert len(answer.results) == Adapter.batch_size == 10


def test_an_id_that_spoils_its_batch_costs_the_others_nothing() -> None:
    def answer(asked: Asked) -> Told:
        ids = asked.query["tracking_ids"].split(",")
        if "BAD" in ids:
            return Told({"errors": [{"code": "API_005", "name": "BAD_REQUEST"}]}, 400)
        return Told({"tracking_results": [_entry(_article("Delivered"), number=one) for one in ids]})

    with Loopback(answer) as server:
        told = Adapter(Account("a", CREDENTIALS, server.url)).track([Parcel("A"), Parcel("BAD"), Parcel("C")])
        assert [asked.query["tracking_ids"] for asked in server.asked] == ["A,BAD,C", "A", "BAD", "C"]
    assert [result.number for result in told.results] == ["A", "C"]
    assert [(e.number, e.code) for e in told.errors] == [("BAD", ResultCode.REFUSED)]


def test_a_question_that_is_wrong_for_every_id_is_not_asked_ten_times() -> None:
    with Loopback(lambda _: Told(b"{}", 400)) as server:
        told = Adapter(Account("a", CREDENTIALS, server.url)).track([Parcel(one) for one in "ABCDEFGHIJ"])
        assert len(server.asked) == 4
    assert [(e.number, e.code) for e in told.errors] == [(one, ResultCode.REFUSED) for one in "ABCDEFGHIJ"]


def test_an_id_cannot_leave_its_place_in_the_address() -> None:
    call = Adapter(Account("a", CREDENTIALS)).call([Parcel("A&b=1,C#?"), Parcel("D")], None)
    assert call.path == "/track?tracking_ids=A%26b%3D1%2CC%23%3F,D"
