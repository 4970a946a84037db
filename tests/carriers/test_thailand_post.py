"""Thailand Post: two tokens, Buddhist years, a daily limit in every answer."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.carriers import Account, MemoryTokens, Parcel, Token
from tracking.carriers._codes import forget_unseen
from tracking.carriers._push import Delivery
from tracking.carriers.thailand_post import Adapter
from tracking.platform import clock
from tracking.platform.errors import (
    BadCredentials,
    BadSignature,
    RateLimited,
    Refused,
    UnreadableAnswer,
    UpstreamDown,
    UpstreamError,
)
from tracking.platform.facts import Answer, Location, ResultCode, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply

A, B, C = "EA000000005TH", "EB000000005TH", "EC000000005TH"


def _body(items: object, count: object = None, status: object = True) -> bytes:
    return json.dumps({"response": {"items": items, "track_count": count}, "message": "…", "status": status}).encode()


def _event(code: object, day: int = 1, **fields: object) -> dict[str, object]:
    return {"barcode": A, "status": code, "status_date": f"{day:02}/07/2026 10:00:00+07:00", **fields}


def _parse(items: object, *numbers: str) -> Answer:
    return Adapter.parse(Reply(200, _body(items)), numbers)


def test_buddhist_years_are_read_leap_day_included() -> None:
    (result,) = parsed("thailand-post", "thai-years.json", "ED000000005TH").results
    assert [event.at.isoformat() for event in result.events] == [
        "2024-02-29T18:12:26+07:00",
        "2024-03-01T04:00:00+07:00",
        "2024-03-02T10:00:44+07:00",
    ]
    assert {event.zone for event in result.events} == {Zone.STATED}
    assert result.extra["track_count"] == {"date": "2024-03-02", "count": 48, "limit": 1500}


def test_a_delivery_has_its_own_time_a_name_and_a_signature() -> None:
    (result,) = parsed("thailand-post", "thai-years.json", "ED000000005TH").results
    assert result.status is Status.DELIVERED
    assert result.delivered_at is not None
    assert result.delivered_at.isoformat() == "2024-03-02T10:00:00+07:00"
    assert (result.signed_by, result.proof) == ("สมชาย/เพื่อน", ("signature",))


def test_postcode_99999_is_overseas() -> None:
    (result,) = parsed("thailand-post", "thai-years.json", "ED000000005TH").results
    assert result.events[0].location == Location("เชียงใหม่", None, "50000", "TH")
    assert result.events[1].location == Location("โตเกียว")


def test_final_delivery_after_a_return_is_to_the_sender() -> None:
    result = parsed("thailand-post", "returned-and-waiting.json", A, B, C).results[0]
    assert [event.status for event in result.events] == [
        Status.ATTEMPT_FAIL,
        Status.RETURNING,
        Status.RETURNING,
        Status.RETURNED,
    ]
    assert result.events[0].reason is Reason.CLOSED
    assert (result.status, result.delivered_at, result.signed_by) == (Status.RETURNED, None, None)


def test_an_attempt_that_waits_at_the_post_office_can_be_picked_up() -> None:
    result = parsed("thailand-post", "returned-and-waiting.json", A, B, C).results[1]
    assert (result.status, result.pickup_place) == (Status.AVAILABLE_FOR_PICKUP, "RONG KWANG")


@pytest.mark.parametrize("items", [{A: []}, {A: None}, {}, [], None])
def test_no_events_no_key_and_no_items_are_not_found(items: object) -> None:
    answer = _parse(items, A)
    assert [(e.number, e.code, e.retryable) for e in answer.errors] == [(A, ResultCode.NOT_FOUND, False)]


def test_one_number_without_events_costs_the_others_nothing() -> None:
    answer = parsed("thailand-post", "returned-and-waiting.json", A, B, C)
    assert [r.number for r in answer.results] == [A, B]
    assert [(e.number, e.code) for e in answer.errors] == [(C, ResultCode.NOT_FOUND)]


def test_without_numbers_every_barcode_of_a_file_is_told() -> None:
    assert [r.number for r in parsed("thailand-post", "returned-and-waiting.json").results] == [A, B]


def test_nothing_more_is_said_once_the_days_limit_is_reached() -> None:
    count = {"track_date": "23/07/2569", "count_number": 1000, "track_count_limit": 1000}
    reply = Reply(200, _body({A: [_event("103")], B: []}, count), {"date": "Thu, 23 Jul 2026 16:00:00 GMT"})
    answer = Adapter.parse(reply, [A, B])
    assert answer.results[0].extra["track_count"] == {"date": "2026-07-23", "count": 1000, "limit": 1000}
    (error,) = answer.errors
    # 23:00 in Bangkok
    assert (error.number, error.code, error.retryable, error.retry_after) == (B, ResultCode.RATE_LIMITED, True, 3600.0)


@pytest.mark.parametrize(
    ("code", "delivery", "status", "reason"),
    [
        ("101", None, Status.INFO_RECEIVED, None),
        ("102", None, Status.IN_TRANSIT, None),
        (103, None, Status.IN_TRANSIT, None),
        ("202", None, Status.IN_TRANSIT, Reason.CUSTOMS),
        ("203", None, Status.RETURNING, None),
        ("207", None, Status.IN_TRANSIT, None),
        ("299", None, Status.IN_TRANSIT, None),
        ("301", None, Status.OUT_FOR_DELIVERY, None),
        ("302", None, Status.AVAILABLE_FOR_PICKUP, None),
        ("401", None, Status.ATTEMPT_FAIL, None),
        ("401", "F", Status.AVAILABLE_FOR_PICKUP, None),
        ("401", "11C", Status.ATTEMPT_FAIL, Reason.CLOSED),
        ("401", "21C", Status.ATTEMPT_FAIL, Reason.PAYMENT_DUE),
        ("501", "S", Status.DELIVERED, None),
    ],
)
def test_a_code_means(code: object, delivery: str | None, status: Status, reason: Reason | None) -> None:
    (event,) = _parse({A: [_event(code, delivery_status=delivery)]}, A).results[0].events
    assert (event.status, event.reason) == (status, reason)


def test_an_unseen_code_changes_nothing_and_is_logged_once() -> None:
    forget_unseen()
    with capture_logs() as logs:
        (result,) = _parse({A: [_event("103", 1), _event("999", 2), _event("999", 3)]}, A).results
    assert [event.status for event in result.events] == [Status.IN_TRANSIT, Status.UNKNOWN, Status.UNKNOWN]
    assert result.status is Status.IN_TRANSIT
    assert [(log["carrier"], log["code"]) for log in logs] == [("thailand-post", "999")]


def test_a_time_without_an_offset_is_taken_as_bangkoks() -> None:
    (event,) = _parse({A: [_event("103", status_date="01/07/2569 10:00:00")]}, A).results[0].events
    assert (event.at.isoformat(), event.zone) == ("2026-07-01T10:00:00+07:00", Zone.ASSUMED)


def test_unreadable_events_and_barcodes_cost_the_others_nothing() -> None:
    answer = _parse({A: [_event("103"), _event("501", status_date="tomorrow"), None], B: "?"}, A, B)
    assert answer.results[0].status is Status.IN_TRANSIT
    assert [(e.number, e.code) for e in answer.errors] == [(A, ResultCode.UNREADABLE), (B, ResultCode.UNREADABLE)]


@pytest.mark.parametrize(
    ("status", "body", "code", "retryable"),
    [
        (200, raw("thailand-post", "refused.json"), ResultCode.REFUSED, False),
        (400, raw("thailand-post", "refused.json"), ResultCode.REFUSED, False),
        (401, b"", ResultCode.UNAUTHORIZED, False),
        (403, b"", ResultCode.UNAUTHORIZED, False),
        (429, b"", ResultCode.RATE_LIMITED, True),
        (500, b"<html></html>", ResultCode.UNAVAILABLE, True),
        (200, b"", ResultCode.UNREADABLE, False),
        (200, b"<html></html>", ResultCode.UNREADABLE, False),
        (200, b'{"status": true}', ResultCode.UNREADABLE, False),
        (200, b'{"status": true, "response": {"items": "none"}}', ResultCode.UNREADABLE, False),
        (200, b"[[]]", ResultCode.UNREADABLE, False),
    ],
)
def test_every_failure_has_its_code(status: int, body: bytes, code: ResultCode, retryable: bool) -> None:
    answer = Adapter.parse(Reply(status, body), [A, B])
    assert [(e.number, e.code, e.retryable) for e in answer.errors] == [(A, code, retryable), (B, code, retryable)]


def test_a_token_ends_when_it_says() -> None:
    token = Adapter.parse_token(Reply(200, raw("thailand-post", "token.json")))
    assert (token.value, token.expires_at) == ("composed.access.token", datetime(2026, 9, 28, 3, 18, 20, tzinfo=UTC))
    thai = Adapter.parse_token(Reply(200, b'{"expire": "2569-09-28 10:18:20+07:00", "token": "t"}'))
    assert thai.expires_at == token.expires_at


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, b"", BadCredentials),
        (429, b"", RateLimited),
        (500, b"", UpstreamDown),
        (404, b"", Refused),
        (200, b'{"message": "no", "status": false}', Refused),
        (200, b"<html></html>", UnreadableAnswer),
        (200, b'{"token": "t"}', UnreadableAnswer),
        (200, b'{"token": "a\\nb", "expire": "2026-09-28 10:18:20+07:00"}', UnreadableAnswer),
    ],
)
def test_a_refused_token_says_why(status: int, body: bytes, error: type[UpstreamError]) -> None:
    with pytest.raises(error):
        Adapter.parse_token(Reply(status, body))


class _Post:
    """Thailand Post as far as tokens go: hands out t1, t2 … and takes the newest in one spelling."""

    def __init__(self, spelling: str, *, takes: str | None = None) -> None:
        self.spelling, self.takes, self.given = spelling, takes, 0

    def __call__(self, asked: Asked) -> Told:
        if asked.path.endswith("/authenticate/token"):
            self.given += 1
            ends = (clock.real_now() + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S+00:00")
            return Told({"expire": ends, "token": f"t{self.given}"})
        accepted = asked.headers["authorization"] == f"{self.spelling} {self.takes or f't{self.given}'}"
        return Told({"response": {"items": {A: [_event("103")]}}, "status": True}) if accepted else Told(b"", 401)


def _spelled(server: Loopback) -> list[str]:
    return [asked.headers["authorization"] for asked in server.asked]


def test_a_token_is_fetched_once_and_used_for_a_hundred_barcodes() -> None:
    with Loopback(_Post("Token")) as server:
        adapter = Adapter(Account("a", {"api_token": "long-lived"}, server.url, "th"))
        adapter.track([Parcel(A)])
        adapter.track([Parcel(A), *(Parcel(f"E{n}") for n in range(99))])
    token, first, second = server.asked
    assert (token.path, token.body, token.headers["authorization"]) == ("/authenticate/token", b"", "Token long-lived")
    assert first.json == {"status": "all", "language": "TH", "barcode": [A]}
    assert len(second.json["barcode"]) == Adapter.batch_size == 100
    assert _spelled(server)[1:] == ["Token t1", "Token t1"]


def test_the_other_spelling_is_tried_once_and_remembered() -> None:
    with Loopback(_Post("Bearer")) as server:
        adapter = Adapter(Account("a", {"api_token": "k"}, server.url))
        answers = [adapter.track([Parcel(A)]), adapter.track([Parcel(A)])]
    assert [answer.errors for answer in answers] == [(), ()]
    assert _spelled(server) == ["Token k", "Token t1", "Bearer t1", "Bearer t1"]


def test_the_account_may_say_which_spelling() -> None:
    with Loopback(_Post("Bearer")) as server:
        Adapter(Account("a", {"api_token": "k", "spelling": "bearer"}, server.url)).track([Parcel(A)])
    assert _spelled(server) == ["Token k", "Bearer t1"]


def test_a_token_that_ended_early_is_renewed() -> None:
    tokens = MemoryTokens()
    tokens.put("a", Token("stale", clock.real_now() + timedelta(hours=1)))
    with Loopback(_Post("Token")) as server:
        answer = Adapter(Account("a", {"api_token": "k"}, server.url), tokens=tokens).track([Parcel(A)])
    assert answer.results[0].status is Status.IN_TRANSIT
    assert _spelled(server) == ["Token stale", "Bearer stale", "Token k", "Token t1"]


def test_a_token_refused_in_every_spelling_is_unauthorized_after_one_renewal() -> None:
    with Loopback(_Post("Token", takes="none of these")) as server:
        (error,) = Adapter(Account("a", {"api_token": "k"}, server.url)).track([Parcel(A)]).errors
    assert (error.number, error.code) == (A, ResultCode.UNAUTHORIZED)
    assert _spelled(server) == ["Token k", "Token t1", "Bearer t1", "Token k", "Token t2", "Bearer t2"]


def test_a_bad_api_token_is_unauthorized_and_never_repeated_back() -> None:
    with Loopback(lambda _: Told(b"", 401)) as server:
        (error,) = Adapter(Account("a", {"api_token": "hush"}, server.url)).track([Parcel(A)]).errors
    assert (error.code, error.retryable, len(server.asked)) == (ResultCode.UNAUTHORIZED, False, 1)
    assert "hush" not in error.message


# its webhook


def test_a_key_in_the_address_is_looked_at_where_the_account_has_one() -> None:
    Adapter.verify(Delivery(b"{}"), {})
    Adapter.verify(Delivery(b"{}", query={"key": "right"}), {"push_key": "right"})
    for query in ({}, {"key": "wrong"}):
        with pytest.raises(BadSignature):
            Adapter.verify(Delivery(b"{}", query=query), {"push_key": "right"})


@pytest.mark.parametrize("spelling", ["Token", "Bearer"])
def test_barcodes_are_subscribed_at_the_webhooks_own_host_with_its_own_token(spelling: str) -> None:
    def answer(asked: Asked) -> Told:
        if asked.path.endswith("/authenticate/token"):
            return Told({"expire": "2099-01-01 00:00:00+07:00", "token": "of-the-webhook"})
        if asked.headers["authorization"] != f"{spelling} of-the-webhook":
            return Told({}, 401)
        items = [{"barcode": barcode, "status": barcode != "EB000000005TH"} for barcode in asked.json["barcode"]]
        return Told({"response": {"items": items}, "status": True})

    with Loopback(answer) as server:
        account = Account("one", {"api_token": "secret", "push_url": f"{server.url}/post/api/v1"}, "http://127.0.0.1:9")
        adapter = Adapter(account)
        assert adapter.wants_subscription()
        subscribed = adapter.subscribe([Parcel("EA000000005TH"), Parcel("EB000000005TH")])
        last = server.asked[-1]
    assert subscribed == {"EA000000005TH"}
    assert last.path == "/post/api/v1/hook"
    assert last.json == {
        "status": "all",
        "language": "EN",
        "barcode": ["EA000000005TH", "EB000000005TH"],
        "req_previous_status": True,
    }


@pytest.mark.parametrize("told", [Told({}, 500), Told({"status": False}), Told(b"<html>"), Told({}, 401)])
def test_a_subscription_that_fails_subscribes_nothing(told: Told) -> None:
    with Loopback(lambda _: told) as server:
        adapter = Adapter(Account("one", {"api_token": "secret", "push_url": server.url}, server.url))
        assert adapter.subscribe([Parcel("EA000000005TH")]) == frozenset()
