"""InPost: statuses without words, a locker to find, steps that have not happened yet."""

import json

import pytest
from structlog.testing import capture_logs

from tests.carriers.samples import parsed, raw
from tests.loopback import Loopback, Told
from tracking.carriers import Account, Parcel
from tracking.carriers._codes import forget_unseen
from tracking.carriers.inpost import CODES, Adapter
from tracking.platform.facts import Answer, ResultCode, Zone
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Reply


def _parse(*statuses: str, numbers: tuple[str, ...] = ("A",), **fields: object) -> Answer:
    days = enumerate(statuses, 1)
    events = [{"status": status, "datetime": f"2026-02-{day:02}T10:00:00.000+01:00"} for day, status in days]
    document = {"tracking_number": "A", "tracking_details": events[::-1], **fields}
    return Adapter.parse(Reply(200, json.dumps(document).encode()), numbers)


def test_events_are_told_once_in_order_on_the_clock_of_their_day() -> None:
    (result,) = parsed("inpost", "in-the-locker.json", "630000000000000000000011").results
    assert [(event.code, event.at.isoformat()) for event in result.events] == [
        ("confirmed", "2026-10-24T12:00:00+02:00"),
        ("dispatched_by_sender", "2026-10-24T16:00:00+02:00"),
        ("adopted_at_sorting_center", "2026-10-24T21:05:00+02:00"),
        ("out_for_delivery", "2026-10-25T02:30:00+02:00"),
        ("ready_to_pickup", "2026-10-25T08:10:00+01:00"),
    ]
    assert {event.zone for event in result.events} == {Zone.STATED}
    assert result.events[-1].description == "Placed in the parcel locker"


def test_the_locker_is_told_and_nothing_of_the_senders() -> None:
    (result,) = parsed("inpost", "in-the-locker.json").results
    assert (result.status, result.service) == (Status.AVAILABLE_FOR_PICKUP, "InPost Locker Standard")
    assert result.pickup_place == "KRA000, ul. Przykładowa 1, 30-001 Kraków"
    assert result.extra == {"size": "B", "pickup_hint": "Przy wejściu do sklepu", "opening_hours": "24/7"}
    assert "Nadawcy" not in str(result)
    assert "WAW000" not in str(result)


def test_a_locker_is_told_only_while_the_parcel_waits_there() -> None:
    told = {"target_machine_id": "KRA000"}
    assert _parse("ready_to_pickup", custom_attributes=told).results[0].pickup_place == "KRA000"
    assert _parse("out_for_delivery", custom_attributes=told).results[0].pickup_place is None
    assert _parse("ready_to_pickup", custom_attributes=None).results[0].pickup_place is None


def test_what_is_to_come_has_not_happened() -> None:
    (result,) = _parse("confirmed", expected_flow=[{"status": "delivered", "datetime": "2026-02-03T10:00:00Z"}]).results
    assert (result.status, len(result.events)) == (Status.INFO_RECEIVED, 1)


def test_what_was_refused_is_returned() -> None:
    (result,) = parsed("inpost", "returned.json").results
    assert [event.status for event in result.events] == [
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.ATTEMPT_FAIL,
        Status.EXCEPTION,
        Status.RETURNED,
    ]
    assert (result.status, result.delivered_at) == (Status.RETURNED, None)


def test_a_delivery_says_when_it_was() -> None:
    (result,) = _parse("ready_to_pickup", "delivered", "return_pickup_confirmation_to_sender").results
    assert result.status is Status.DELIVERED
    assert result.delivered_at == result.events[1].at


@pytest.mark.parametrize(
    ("statuses", "status", "reason"),
    [
        ("created offers_prepared offer_selected confirmed", Status.INFO_RECEIVED, None),
        (
            "dispatched_by_sender dispatched_by_sender_to_pok collected_from_sender taken_by_courier",
            Status.IN_TRANSIT,
            None,
        ),
        ("taken_by_courier_from_pok adopted_at_source_branch sent_from_source_branch", Status.IN_TRANSIT, None),
        ("adopted_at_sorting_center sent_from_sorting_center adopted_at_target_branch", Status.IN_TRANSIT, None),
        (
            "unstack_from_box_machine stack_in_customer_service_point canceled_redirect_to_box",
            Status.IN_TRANSIT,
            None,
        ),
        ("readdressed redirect_to_box", Status.IN_TRANSIT, Reason.FORWARDED),
        ("out_for_delivery out_for_delivery_to_address", Status.OUT_FOR_DELIVERY, None),
        ("ready_to_pickup ready_to_pickup_from_pok", Status.AVAILABLE_FOR_PICKUP, None),
        ("ready_to_pickup_from_branch stack_in_box_machine pickup_reminder_sent", Status.AVAILABLE_FOR_PICKUP, None),
        ("avizo courier_avizo_in_customer_service_point undelivered", Status.ATTEMPT_FAIL, None),
        ("delay_in_delivery", Status.EXCEPTION, Reason.CARRIER_DELAY),
        ("oversized claimed", Status.EXCEPTION, Reason.OTHER),
        ("missing", Status.EXCEPTION, Reason.LOST),
        ("rejected_by_receiver", Status.EXCEPTION, Reason.REFUSED),
        ("undelivered_wrong_address undelivered_unknown_receiver", Status.EXCEPTION, Reason.ADDRESS),
        ("undelivered_cod_cash_receiver", Status.EXCEPTION, Reason.PAYMENT_DUE),
        ("undelivered_lack_of_access_letterbox", Status.EXCEPTION, Reason.NO_ACCESS),
        ("canceled", Status.EXCEPTION, Reason.CANCELLED),
        ("pickup_time_expired stack_parcel_pickup_time_expired", Status.EXCEPTION, Reason.NOT_COLLECTED),
        ("returned_to_sender", Status.RETURNED, None),
        ("delivered", Status.DELIVERED, None),
        ("other", Status.UNKNOWN, None),
    ],
)
def test_a_status_means(statuses: str, status: Status, reason: Reason | None) -> None:
    for code in statuses.split():
        (event,) = _parse(code).results[0].events
        assert (code, event.status, event.reason) == (code, status, reason)


def test_every_status_has_words_of_its_own() -> None:
    assert len(CODES) > 50
    assert all(meaning.text for _, _, meaning in CODES)


def test_an_unseen_status_changes_nothing_and_is_logged_once() -> None:
    forget_unseen()
    with capture_logs() as logs:
        (result,) = _parse("taken_by_courier", "having_a_rest").results
        _parse("having_a_rest")
    assert [event.status for event in result.events] == [Status.IN_TRANSIT, Status.UNKNOWN]
    assert (result.status, result.events[-1].description) == (Status.IN_TRANSIT, "Having a rest")
    assert [(log["carrier"], log["code"]) for log in logs] == [("inpost", "having_a_rest")]


@pytest.mark.parametrize(
    ("code", "status"),
    [("confirmed", Status.INFO_RECEIVED), ("", Status.PENDING), ("other", Status.PENDING), (5, Status.PENDING)],
)
def test_without_an_event_the_parcels_own_status_counts(code: object, status: Status) -> None:
    (result,) = _parse(status=code).results
    assert (result.status, result.events) == (status, ())


def test_a_time_without_an_offset_is_polish_and_an_unreadable_one_costs_the_others_nothing() -> None:
    events = [
        {"status": "delivered", "datetime": "today"},
        {"status": "ready_to_pickup", "datetime": "2026-07-01T10:00:00"},
        "delivered",
    ]
    answer = _parse(tracking_details=events)
    (event,) = answer.results[0].events
    assert (event.at.isoformat(), event.zone) == ("2026-07-01T10:00:00+02:00", Zone.ASSUMED)
    assert [(e.number, e.code) for e in answer.errors] == [("A", ResultCode.UNREADABLE)]
    assert "2 events" in answer.errors[0].message


@pytest.mark.parametrize("as_http", [True, False])
@pytest.mark.parametrize(
    ("status", "body", "code", "retryable"),
    [
        (404, raw("inpost", "error-404.json"), ResultCode.NOT_FOUND, False),
        (400, raw("inpost", "error-400.json"), ResultCode.REFUSED, False),
        (401, b'{"status": 401, "error": "token_invalid"}', ResultCode.UNAUTHORIZED, False),
        (403, b'{"status": 403, "error": "access_forbidden"}', ResultCode.UNAUTHORIZED, False),
        (404, b'{"status": 404, "error": "Not Found", "path": "/v1"}', ResultCode.NOT_FOUND, False),
        (429, b'{"status": 429, "error": "too_many"}', ResultCode.RATE_LIMITED, True),
        (500, b'{"status": 500, "error": "internal"}', ResultCode.UNAVAILABLE, True),
    ],
)
def test_an_error_says_what_it_is(status: int, body: bytes, code: ResultCode, retryable: bool, as_http: bool) -> None:
    (error,) = Adapter.parse(Reply(status if as_http else 200, body), ["A"]).errors
    assert (error.number, error.code, error.retryable) == ("A", code, retryable)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"error": "resource_not_found"}', ResultCode.NOT_FOUND),
        (b'{"error": "something"}', ResultCode.REFUSED),
        (b'{"tracking_details": []}', ResultCode.UNREADABLE),
        (b'{"tracking_number": "B", "tracking_details": []}', ResultCode.UNREADABLE),
    ],
)
def test_what_is_not_documented_is_no_traceback(body: bytes, code: ResultCode) -> None:
    answer = Adapter.parse(Reply(200, body), ["A"])
    assert [(e.number, e.code) for e in answer.errors] == [("A", code)]


@pytest.mark.parametrize(("credentials", "sent"), [({}, None), ({"token": "the-token"}, "Bearer the-token")])
def test_a_token_is_sent_if_there_is_one(credentials: dict[str, str], sent: str | None) -> None:
    with Loopback(lambda _: Told(raw("inpost", "in-the-locker.json"))) as server:
        answer = Adapter(Account("a", credentials, server.url)).track([Parcel("630000000000000000000011")])
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("GET", "/v1/tracking/630000000000000000000011")
    assert asked.headers.get("authorization") == sent
    assert [result.status for result in answer.results] == [Status.AVAILABLE_FOR_PICKUP]


def test_a_number_cannot_leave_its_place_in_the_address() -> None:
    assert Adapter(Account("a", {})).call([Parcel("A/../B?x=1")], None).path == "/v1/tracking/A%2F..%2FB%3Fx%3D1"
