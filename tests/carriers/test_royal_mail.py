"""Royal Mail: last events of thirty, the history of those with news, errors under any HTTP status."""

import json
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers._royal_mail_piece import CODES
from tracking.carriers.royal_mail import Adapter
from tracking.platform.facts import Answer, ResultCode, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

FOUR = ("CD000000005GB", "CD000000014GB", "CD000000028GB", "CD000000031GB")
CREDENTIALS = {"client_id": "the-id", "client_secret": "the-secret"}


def _event(code: str, day: int = 1, name: str = "Something", **fields: object) -> dict[str, object]:
    at = f"2026-02-{day:02}T10:00:00+00:00"
    return {"eventCode": code, "eventName": name, "eventDateTime": at, "locationName": "Stafford DO", **fields}


def _piece(number: str, *codes: str, **fields: object) -> dict[str, object]:
    events = [_event(code, day) for day, code in enumerate(codes, 1)]
    return {"mailPieceId": number, "events": events, **fields}


def _last(number: str, code: str, day: int = 1, **fields: object) -> dict[str, object]:
    event = _event(code, day)
    names = {"eventCode": "Code", "eventName": "Name", "eventDateTime": "DateTime", "locationName": "LocationName"}
    summary = {f"lastEvent{end}": event[key] for key, end in names.items()}
    return {"mailPieceId": number, "status": "200", "summary": {**summary, **fields}}


def _parse(pieces: object, *numbers: str, status: int = 200) -> Answer:
    return Adapter.parse(Reply(status, json.dumps({"mailPieces": pieces}).encode()), numbers)


def test_a_history_is_put_in_order_in_the_time_of_its_places() -> None:
    (result,) = parsed("royal-mail", "events-signed.json", "AB000000005GB").results
    assert [(event.code, event.at.isoformat()) for event in result.events] == [
        ("EVAIP", "2026-10-23T16:00:00+01:00"),
        ("EVIMC", "2026-10-24T23:10:00+01:00"),
        ("EVGPD", "2026-10-26T06:20:00+00:00"),
        ("EVKSP", "2026-10-26T09:41:00+00:00"),
    ]
    assert {event.zone for event in result.events} == {Zone.STATED}
    assert (result.status, result.service) == (Status.DELIVERED, "Special Delivery Guaranteed by 1pm")
    assert (result.signed_by, result.proof, result.delivered_at) == (
        "PENROSE",
        ("signature",),
        result.events[-1].at,
    )
    assert result.estimated is None
    assert result.extra == {"item_id": "0B0000000000000000001", "origin_country": "GB", "destination_country": "GB"}


@pytest.mark.parametrize("number", ["AB000000005GB", "0B0000000000000000001", "AB-000000-005GB"])
def test_a_piece_is_told_under_the_number_that_was_asked_for(number: str) -> None:
    assert [r.number for r in parsed("royal-mail", "events-signed.json", number).results] == [number]


def test_a_window_of_delivery_and_the_post_abroad_are_told() -> None:
    (result,) = parsed("royal-mail", "events-on-its-way.json").results
    assert result.estimated is not None
    assert str(result.estimated.earliest) == "2026-05-12 08:00:00+12:00"
    assert str(result.estimated.latest) == "2026-05-12 11:00:00+12:00"
    assert result.extra["partner"] == {"name": "New Zealand Post", "url": "https://www.nzpost.example/track"}
    assert (result.status, result.extra["destination_country"]) == (Status.IN_TRANSIT, "NZ")


@pytest.mark.parametrize(
    ("told", "earliest", "latest"),
    [
        ({"date": "2026-05-12"}, "2026-05-12", "2026-05-12"),
        ({"date": "2026-05-12", "startOfEstimatedWindow": "soon"}, "2026-05-12", "2026-05-12"),
        (
            {"date": "2026-05-12", "startOfEstimatedWindow": "08:00:00", "endOfEstimatedWindow": "11:00"},
            "2026-05-12 08:00:00+01:00",
            "2026-05-12 11:00:00+01:00",
        ),
    ],
)
def test_half_an_estimate_is_a_day(told: dict[str, str], earliest: str, latest: str) -> None:
    (result,) = _parse(_piece("A", "EVIMC", estimatedDelivery=told)).results
    assert result.estimated is not None
    assert (str(result.estimated.earliest), str(result.estimated.latest)) == (earliest, latest)


@pytest.mark.parametrize("told", [{}, {"date": "tomorrow"}, 5, None])
def test_an_estimate_that_cannot_be_read_is_none(told: object) -> None:
    assert _parse(_piece("A", "EVIMC", estimatedDelivery=told)).results[0].estimated is None


def test_a_summary_tells_each_piece_its_last_event_or_its_error() -> None:
    answer = parsed("royal-mail", "summary.json", *FOUR)
    assert [(r.number, r.status, r.reason) for r in answer.results] == [
        (FOUR[0], Status.IN_TRANSIT, Reason.MISROUTED),
        (FOUR[3], Status.AVAILABLE_FOR_PICKUP, None),
    ]
    assert [(e.number, e.code) for e in answer.errors] == [
        (FOUR[1], ResultCode.NOT_FOUND),
        (FOUR[2], ResultCode.REFUSED),
    ]
    assert answer.results[1].pickup_place == "Stafford Customer Service Point"


def test_the_last_event_of_a_summary_is_told_once_beside_the_history() -> None:
    piece = {**_piece("A", "EVIMC", "EVGPD"), "summary": _last("A", "EVGPD", 2)["summary"]}
    assert [event.code for event in _parse(piece).results[0].events] == ["EVIMC", "EVGPD"]
    newer = {**_piece("A", "EVIMC"), "summary": _last("A", "EVGPD", 2)["summary"]}
    assert [event.code for event in _parse(newer).results[0].events] == ["EVIMC", "EVGPD"]


@pytest.mark.parametrize(
    ("codes", "status", "reason"),
    [
        ("EVAIP EVAIE ECCSB", Status.INFO_RECEIVED, None),
        ("EVBAH EVBAV EVDAC EVDAV EVIMC EVIAV EVODO EVORI EVOAC EVOCO EVPPA", Status.IN_TRANSIT, None),
        ("EVCAD EVIPP EVHAC EVHOE EVIIS EVGID", Status.IN_TRANSIT, None),
        ("EVIPI EVGMI EVNMI", Status.IN_TRANSIT, Reason.MISROUTED),
        ("EVNRT EVNKS", Status.IN_TRANSIT, Reason.ON_HOLD),
        ("EVNAR EVNSR ASRXS RSRXS RORXS RFRXS RNRXS RPRXS", Status.IN_TRANSIT, Reason.RESCHEDULED),
        ("EVGPD EVKPD", Status.OUT_FOR_DELIVERY, None),
        ("EVKNA EVNDA", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
        ("EVKAA EVNAA", Status.ATTEMPT_FAIL, Reason.NO_ACCESS),
        ("EVKNR EVNDN", Status.ATTEMPT_FAIL, None),
        ("EVKSU", Status.ATTEMPT_FAIL, Reason.OTHER),
        ("EVKLC EVPLA", Status.AVAILABLE_FOR_PICKUP, None),
        ("EVKOP EVKSP EVNOC EVPLC", Status.DELIVERED, None),
        ("EVKSF", Status.DELIVERED, Reason.SAFE_PLACE),
        ("EVKDN", Status.DELIVERED, Reason.NEIGHBOUR),
        ("EVKAI EVKGA EVNGA", Status.RETURNING, Reason.ADDRESS),
        ("EVKRF EVNRF", Status.RETURNING, Reason.REFUSED),
        ("EVRTS", Status.RETURNED, None),
    ],
)
def test_a_code_means(codes: str, status: Status, reason: Reason | None) -> None:
    for code in codes.split():
        (event,) = _parse(_piece("A", code)).results[0].events
        assert (code, event.status, event.reason) == (code, status, reason)


def test_what_was_refused_comes_back_to_the_sender_and_is_not_delivered() -> None:
    (result,) = _parse(_piece("A", "EVGPD", "EVKRF", "EVIMC", "EVKOP")).results
    assert (result.status, result.delivered_at, result.signed_by) == (Status.RETURNED, None, None)


@pytest.mark.parametrize(
    ("category", "name", "status"),
    [
        ("DELIVERED", "Something new", Status.DELIVERED),
        ("IN TRANSIT", "Something new", Status.IN_TRANSIT),
        ("ON A BOAT", "Delivered, perhaps", Status.PENDING),
        ("IN TRANSIT", "Item returned to sender", Status.RETURNED),
    ],
)
def test_a_last_event_of_a_code_that_nobody_knows_is_read_by_its_category(
    category: str, name: str, status: Status
) -> None:
    forget_unseen()
    with capture_logs() as logs:
        for _ in range(2):
            (result,) = _parse([_last("A", "EVQQQ", statusCategory=category, lastEventName=name)]).results
    assert result.status is status
    assert [(log["carrier"], log["code"]) for log in logs] == [("royal-mail", "EVQQQ")]
    assert CODES.find("EVQQQ") is None


def test_an_older_event_of_a_code_that_nobody_knows_says_nothing() -> None:
    summary = _last("A", "EVIMC", 2, statusCategory="IN TRANSIT")["summary"]
    (result,) = _parse({**_piece("A", "EVQQQ", "EVIMC"), "summary": summary}).results
    assert [event.status for event in result.events] == [Status.UNKNOWN, Status.IN_TRANSIT]


def test_a_known_code_is_believed_before_its_category() -> None:
    (result,) = _parse([_last("A", "EVKLC", statusCategory="DELIVERED")]).results
    assert result.status is Status.AVAILABLE_FOR_PICKUP


def test_an_event_whose_time_cannot_be_read_is_reported_and_still_counts_if_it_is_alone() -> None:
    answer = _parse([_last("A", "EVGPD", lastEventDateTime="yesterday")])
    assert [(r.status, r.events) for r in answer.results] == [(Status.OUT_FOR_DELIVERY, ())]
    assert [(e.number, e.code) for e in answer.errors] == [("A", ResultCode.UNREADABLE)]
    piece = _piece("A", "EVIMC")
    piece["events"] += [_event("EVKOP", eventDateTime="2026-02-31T10:00:00Z"), 7]  # type: ignore[operator]
    answer = _parse(piece)
    assert [result.status for result in answer.results] == [Status.IN_TRANSIT]
    assert "2 events" in answer.errors[0].message


def test_a_time_without_an_offset_is_british() -> None:
    piece = _piece("A")
    piece["events"] = [_event("EVIMC", eventDateTime="2026-07-01T10:00:00")]
    (event,) = _parse(piece).results[0].events
    assert (event.at.isoformat(), event.zone) == ("2026-07-01T10:00:00+01:00", Zone.ASSUMED)


def _error(code: str, http: str = "500") -> bytes:
    error = {"errorCode": code, "errorDescription": "about AB000000005GB"}
    return json.dumps({"httpCode": http, "httpMessage": "No", "errors": [error]}).encode()


@pytest.mark.parametrize(
    ("status", "body", "code", "retryable"),
    [
        (404, raw("royal-mail", "error-404.json"), ResultCode.NOT_FOUND, False),
        (400, _error("E1142", "400"), ResultCode.NOT_FOUND, False),
        (404, _error("E1144", "404"), ResultCode.REFUSED, False),
        (404, _error("E1145", "404"), ResultCode.REFUSED, False),
        (404, _error("E1283", "404"), ResultCode.REFUSED, False),
        (404, _error("E1284", "404"), ResultCode.NOT_FOUND, False),
        (404, _error("E1308", "404"), ResultCode.NOT_FOUND, False),
        (200, raw("royal-mail", "out-of-order.json"), ResultCode.UNAVAILABLE, True),
        (200, b'{"httpCode": "503", "httpMessage": "Service Unavailable"}', ResultCode.UNAVAILABLE, True),
        (200, _error("E1307", ""), ResultCode.UNAVAILABLE, True),
        (400, _error("E0004", "400"), ResultCode.REFUSED, False),
        (400, _error("E0013", "400"), ResultCode.REFUSED, False),
        (429, raw("royal-mail", "error-429.json"), ResultCode.RATE_LIMITED, True),
        (429, _error("E0010", "429"), ResultCode.RATE_LIMITED, True),
        (500, _error("E0009"), ResultCode.UNAVAILABLE, True),
        (503, _error("E0001", "503"), ResultCode.UNAVAILABLE, True),
        (403, _error("E0016", "403"), ResultCode.UNAUTHORIZED, False),
        (401, b'{"httpCode": "401", "moreInformation": "Invalid client id"}', ResultCode.UNAUTHORIZED, False),
        (200, b'{"mailPieces": []}', ResultCode.NOT_FOUND, False),
        (200, b'{"mailPieces": 5}', ResultCode.UNREADABLE, False),
        (200, b'{"mailPieces": {"mailPieceId": "AB000000005GB"}}', ResultCode.NOT_FOUND, False),
        (200, b'{"mailPieces": {"mailPieceId": "OTHER"}}', ResultCode.UNREADABLE, False),
    ],
)
def test_every_documented_error_has_its_code(status: int, body: bytes, code: ResultCode, retryable: bool) -> None:
    (error,) = Adapter.parse(Reply(status, body), ["AB000000005GB"]).errors
    assert (error.number, error.code, error.retryable) == ("AB000000005GB", code, retryable)
    assert "AB000000005GB" not in error.message


def test_of_a_batch_that_is_refused_as_a_whole_no_number_is_called_unknown() -> None:
    answer = Adapter.parse(Reply(400, _error("E1142", "400")), ["A", "B"])
    assert {error.code for error in answer.errors} == {ResultCode.REFUSED}


# asking


def _royal_mail(pieces: dict[str, Callable[[], Told]], summary: Callable[[list[str]], Told]) -> Loopback:
    """A server with a summary and the histories of some pieces."""

    def answer(asked: Asked) -> Told:
        if asked.path == "/summary":
            return summary(asked.query["mailPieceId"].split(","))
        return pieces[asked.path.split("/")[1]]()

    return Loopback(answer)


def _ask(adapter: Adapter, *numbers: str) -> Answer:
    return adapter.track([Parcel(number) for number in numbers])


def test_one_number_is_asked_for_its_history() -> None:
    with Loopback(lambda _: Told(raw("royal-mail", "events-signed.json"))) as server:
        answer = _ask(Adapter(Account("a", CREDENTIALS, server.url)), "AB-000000005-GB")
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.query) == ("GET", "/AB000000005GB/events", {})
    assert asked.headers["x-ibm-client-id"] == "the-id"
    assert asked.headers["x-ibm-client-secret"] == "the-secret"
    assert asked.headers["x-accept-rmg-terms"] == "yes"
    assert asked.headers["accept"] == "application/json"
    assert [result.number for result in answer.results] == ["AB-000000005-GB"]


def test_thirty_are_asked_in_one_call_and_only_those_with_news_for_their_history() -> None:
    numbers = [f"N{n:02}" for n in range(30)]
    last = dict.fromkeys(numbers, 1)

    def summary(asked: list[str]) -> Told:
        return Told({"mailPieces": [_last(n, "EVIMC", last[n]) for n in asked]})

    def history(number: str) -> Callable[[], Told]:
        return lambda: Told({"mailPieces": _piece(number, *["EVIMC"] * last[number])})

    with _royal_mail({n: history(n) for n in numbers}, summary) as server:
        adapter = Adapter(Account("a", CREDENTIALS, server.url))
        first = _ask(adapter, *numbers)
        assert len(server.asked) == 31
        assert server.asked[0].query == {"mailPieceId": ",".join(numbers)}
        again = _ask(adapter, *numbers)
        assert len(server.asked) == 32
        last["N07"] = 3
        news = _ask(adapter, *numbers)
    assert [asked.path for asked in server.asked[32:]] == ["/summary", "/N07/events"]
    for answer in (first, again, news):
        assert [result.number for result in answer.results] == numbers
        assert answer.errors == ()
    assert [len(result.events) for result in news.results if result.number == "N07"] == [3]


@pytest.mark.parametrize(
    ("status", "code", "wait"),
    [
        (429, ResultCode.RATE_LIMITED, 9.0),
        (401, ResultCode.UNAUTHORIZED, None),
        (503, ResultCode.UNAVAILABLE, 9.0),
    ],
)
def test_a_history_that_cannot_be_had_leaves_what_the_summary_says_and_is_asked_again(
    status: int, code: ResultCode, wait: float | None
) -> None:
    def summary(asked: list[str]) -> Told:
        return Told({"mailPieces": [_last(n, "EVGPD", 2) for n in asked]})

    told = [
        Told(b"", status, {"Retry-After": "9"}),
        Told({"mailPieces": _piece("A", "EVIMC", "EVGPD")}),
        Told({"mailPieces": _piece("B", "EVGPD")}),
    ]
    with _royal_mail({"A": lambda: told.pop(0), "B": lambda: told.pop(0)}, summary) as server:
        adapter = Adapter(Account("a", CREDENTIALS, server.url))
        weary = _ask(adapter, "A", "B")
        assert [asked.path for asked in server.asked] == ["/summary", "/A/events"]
        later = _ask(adapter, "A", "B")
    assert [(r.number, r.status, len(r.events)) for r in weary.results] == [
        ("A", Status.OUT_FOR_DELIVERY, 1),
        ("B", Status.OUT_FOR_DELIVERY, 1),
    ]
    assert [(e.number, e.code, e.retry_after) for e in weary.errors] == [("A", code, wait)]
    assert [len(result.events) for result in later.results] == [2, 1]
    assert later.errors == ()


def test_a_number_that_spoils_its_batch_costs_the_others_nothing() -> None:
    pieces = {
        "A": lambda: Told({"mailPieces": _piece("A", "EVIMC")}),
        "B": lambda: Told(_error("E1142", "400"), 400),
        "C": lambda: Told({"mailPieces": _piece("C", "EVKOP")}),
    }
    with _royal_mail(pieces, lambda _: Told(_error("E0004", "400"), 400)) as server:
        answer = _ask(Adapter(Account("a", CREDENTIALS, server.url)), "A", "B", "C")
    assert [(r.number, r.status) for r in answer.results] == [("A", Status.IN_TRANSIT), ("C", Status.DELIVERED)]
    assert [(e.number, e.code) for e in answer.errors] == [("B", ResultCode.NOT_FOUND)]


def test_a_question_that_is_wrong_for_every_number_is_not_asked_thirty_times() -> None:
    with Loopback(lambda _: Told(_error("E0004", "400"), 400)) as server:
        answer = _ask(Adapter(Account("a", CREDENTIALS, server.url)), *"ABCDEFGH")
        assert len(server.asked) == 4
    assert [(e.number, e.code) for e in answer.errors] == [(n, ResultCode.REFUSED) for n in "ABCDEFGH"]


def test_a_number_cannot_leave_its_place_in_the_address() -> None:
    adapter = Adapter(Account("a", CREDENTIALS))
    assert adapter.call([Parcel("A/../B?x=1&")], None).path == "/ABX1/events"
    assert adapter.call([Parcel("A,B&C"), Parcel("D")], None).path == "/summary?mailPieceId=ABC,D"
