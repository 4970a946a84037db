"""The sandbox's Twilio, asked by the official client and heard by a real server."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests

from tests.loopback import Asked, Loopback, Told
from tracking.platform import clock
from tracking.sandbox import Sandbox, _gsm
from tracking.sandbox import _twilio_webhooks as webhooks
from tracking.sandbox._twilio_dispatch import Dispatcher
from tracking.sandbox._twilio_messages import Lanes, plan, segments_a_second
from tracking.sandbox._twilio_rules import TEST_ACCOUNT_SID
from tracking.sandbox.twilio import ACCOUNT_SID, AUTH_TOKEN, SERVICE_SID, Exchange

PHONE = "+15558675310"
SENDER = "+15005550006"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@contextmanager
def twilio(sandbox: Sandbox, sid: str = ACCOUNT_SID, token: str = AUTH_TOKEN) -> Iterator[Any]:
    from twilio.rest import Client

    client = Client(sid, token)
    client.api.base_url = sandbox.url
    try:
        yield client
    finally:
        client.http_client.session.close()


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Any]:
    with twilio(sandbox) as made:
        yield made


def exchange(sandbox: Sandbox) -> Exchange:
    found: Exchange = sandbox.state.parts["twilio"]
    return found


def form(asked: Asked) -> dict[str, str]:
    return dict(parse_qsl(asked.body.decode(), keep_blank_values=True))


def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def statuses(hook: Loopback) -> list[str]:
    return [form(asked)["MessageStatus"] for asked in hook.asked]


@pytest.fixture
def hook() -> Iterator[Loopback]:
    with Loopback(lambda asked: Told(status=204)) as server:
        yield server


@pytest.fixture(name="fast")
def _fast() -> Iterator[None]:
    """Ten business minutes pass in a real second."""
    clock.set_anchor(clock.Anchor(NOON, time.time(), 600.0))
    yield
    clock.set_anchor(None)


def test_created_message_is_listed_fetched_redacted_and_deleted(client: Any) -> None:
    with clock.frozen(NOON):
        made = client.messages.create(to=PHONE, from_=SENDER, body="Your parcel is on its way")
        assert (made.status, made.direction, made.num_segments) == ("queued", "outbound-api", "1")
        assert made.date_sent is None
        assert made.price is None
    with clock.frozen(NOON + timedelta(minutes=1)):
        found = client.messages(made.sid).fetch()
        assert found.status == "delivered"
        assert found.date_created == NOON
        assert [m.sid for m in client.messages.list(to=PHONE)] == [made.sid]
        assert client.messages(made.sid).update(body="").body == ""
        assert client.messages(made.sid).delete() is True
        assert client.messages.list(to=PHONE) == []


def test_messaging_service_accepts_first_and_names_its_sender_later(client: Any) -> None:
    with clock.frozen(NOON):
        made = client.messages.create(to=PHONE, messaging_service_sid=SERVICE_SID, body="Hello")
        assert (made.status, made.from_, made.num_segments) == ("accepted", None, "0")
    with clock.frozen(NOON + timedelta(seconds=1)):
        found = client.messages(made.sid).fetch()
        assert found.from_ == SENDER
        assert found.num_segments == "1"


def test_message_that_is_not_complete_cannot_be_deleted(client: Any) -> None:
    from twilio.base.exceptions import TwilioRestException

    with clock.frozen(NOON):
        made = client.messages.create(to=PHONE, from_=SENDER, body="Hello")
        with pytest.raises(TwilioRestException) as caught:
            client.messages(made.sid).delete()
        assert caught.value.status == 409


def test_pages_hold_each_message_once_although_new_ones_arrive(client: Any) -> None:
    with clock.frozen(NOON):
        for number in range(7):
            client.messages.create(to=PHONE, from_=SENDER, body=f"message {number}")
        first = client.messages.page(to=PHONE, page_size=3)
        seen = [m.body for m in first]
        client.messages.create(to=PHONE, from_=SENDER, body="a newer one")
        second = first.next_page()
        seen += [m.body for m in second]
        seen += [m.body for m in second.next_page()]
    assert seen == [f"message {number}" for number in range(6, -1, -1)]


def test_lists_filter_by_recipient_sender_and_day_sent(client: Any) -> None:
    with clock.frozen(NOON):
        old = client.messages.create(to=PHONE, from_=SENDER, body="old")
    later = NOON + timedelta(days=2)
    with clock.frozen(later):
        new = client.messages.create(to=PHONE, from_="+15005550100", body="new")
        client.messages.create(to="+15558675399", from_=SENDER, body="another phone")
    with clock.frozen(later + timedelta(minutes=5)):
        assert [m.sid for m in client.messages.list(to=PHONE)] == [new.sid, old.sid]
        assert [m.sid for m in client.messages.list(to=PHONE, from_=SENDER)] == [old.sid]
        assert [m.sid for m in client.messages.list(to=PHONE, date_sent=NOON.date())] == [old.sid]
        assert [m.sid for m in client.messages.list(to=PHONE, date_sent_after=NOON + timedelta(days=1))] == [new.sid]
        assert [m.sid for m in client.messages.list(to=PHONE, date_sent_before=NOON + timedelta(days=1))] == [old.sid]


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"to": "+15005550001"}, 400, 21211),
        ({"to": "+15005550002"}, 400, 21612),
        ({"to": "+15005550003"}, 400, 21408),
        ({"to": "+15005550004"}, 400, 21610),
        ({"to": "+15005550009"}, 400, 21614),
        ({"to": "12"}, 400, 21211),
        ({"from_": "+15005550001"}, 400, 21212),
        ({"from_": "+15005550007"}, 400, 21606),
        ({"from_": "+15005550008"}, 400, 21611),
        ({"from_": "a name that is much too long"}, 400, 21212),
        ({"from_": None}, 400, 21603),
        ({"body": ""}, 400, 21602),
        ({"body": "x" * 1601}, 400, 21617),
        ({"to": SENDER}, 400, 21266),
        ({"status_callback": "http://under_score.example/x"}, 400, 21609),
        ({"from_": None, "messaging_service_sid": "MG" + "0" * 32}, 400, 21701),
    ],
)
def test_refusals_have_twilios_codes(client: Any, given: dict[str, Any], status: int, code: int) -> None:
    from twilio.base.exceptions import TwilioRestException

    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(**{"to": PHONE, "from_": SENDER, "body": "Hello"} | given)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert client.messages.list(to=PHONE) == []


def test_error_body_is_twilios(sandbox: Sandbox) -> None:
    answer = requests.post(
        f"{sandbox.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        data={"To": "+15005550004", "From": SENDER, "Body": "x"},
        auth=(ACCOUNT_SID, AUTH_TOKEN),
        timeout=5,
    )
    assert answer.json() == {
        "code": 21610,
        "message": "Attempt to send to unsubscribed recipient",
        "more_info": "https://www.twilio.com/docs/errors/21610",
        "status": 400,
    }


def test_wrong_token_and_unknown_account_are_401(sandbox: Sandbox) -> None:
    from twilio.base.exceptions import TwilioRestException

    for sid, token in ((ACCOUNT_SID, "wrong"), ("AC" + "1" * 32, AUTH_TOKEN)):
        with twilio(sandbox, sid, token) as stranger, pytest.raises(TwilioRestException) as caught:
            stranger.messages.create(to=PHONE, from_=SENDER, body="x")
        assert (caught.value.status, caught.value.code) == (401, 20003)


def test_test_credentials_send_nothing_and_read_nothing(sandbox: Sandbox) -> None:
    from twilio.base.exceptions import TwilioRestException

    with twilio(sandbox, TEST_ACCOUNT_SID) as tester:
        assert tester.messages.create(to=PHONE, from_=SENDER, body="x").status == "queued"
        with pytest.raises(TwilioRestException) as wrong_sender:
            tester.messages.create(to=PHONE, from_="+15005550111", body="x")
        with pytest.raises(TwilioRestException) as reading:
            tester.messages("SM" + "0" * 32).fetch()
    assert wrong_sender.value.code == 21606
    assert reading.value.status == 403
    assert exchange(sandbox).phones() == []


def test_scheduled_message_waits_and_can_be_called_back(client: Any) -> None:
    with clock.frozen(NOON):
        made = client.messages.create(
            to=PHONE,
            messaging_service_sid=SERVICE_SID,
            body="later",
            schedule_type="fixed",
            send_at=NOON + timedelta(hours=1),
        )
        assert made.status == "scheduled"
        assert client.messages(made.sid).update(status="canceled").status == "canceled"
    with clock.frozen(NOON + timedelta(hours=2)):
        assert client.messages(made.sid).fetch().status == "canceled"


# status callbacks


@pytest.mark.usefixtures("fast")
def test_callbacks_come_in_order_signed_and_bring_the_query_back(client: Any, hook: Loopback) -> None:
    from twilio.request_validator import RequestValidator

    url = f"{hook.url}/status?m=abc123&x=%C3%A9"
    made = client.messages.create(
        to=PHONE, messaging_service_sid=SERVICE_SID, body="Hello", status_callback=f"{url}#rc=2"
    )
    until(lambda: len(hook.asked) == 4)
    assert statuses(hook) == ["queued", "sending", "sent", "delivered"]
    for asked in hook.asked:
        assert asked.query["m"] == "abc123"
        assert form(asked)["MessageSid"] == made.sid
        assert RequestValidator(AUTH_TOKEN).validate(url, form(asked), asked.headers["x-twilio-signature"])
    assert "RawDlrDoneDate" in form(hook.asked[-1])


@pytest.mark.usefixtures("fast")
def test_failed_delivery_names_its_code(client: Any, hook: Loopback, sandbox: Sandbox) -> None:
    exchange(sandbox).mishaps.add(kind="ends_with", code=30007, count=1)
    made = client.messages.create(to=PHONE, from_=SENDER, body="Hello", status_callback=hook.url)
    until(lambda: len(hook.asked) == 3)
    last = form(hook.asked[-1])
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30007")
    found = client.messages(made.sid).fetch()
    assert (found.status, found.error_code, found.error_message) == ("undelivered", 30007, "Message filtered")


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("callback_lost", ["sent", "delivered"]),
        ("callback_twice", ["sending", "sending", "sent", "delivered"]),
        ("callback_reordered", ["sent", "sending", "delivered"]),
        ("silent", ["sending", "sent"]),
    ],
)
def test_callbacks_can_be_lost_doubled_reordered_or_stop(
    client: Any, hook: Loopback, sandbox: Sandbox, kind: str, expected: list[str]
) -> None:
    exchange(sandbox).mishaps.add(kind=kind, count=1)
    client.messages.create(to=PHONE, from_=SENDER, body="Hello", status_callback=hook.url)
    until(lambda: len(hook.asked) == len(expected))
    time.sleep(0.1)
    assert statuses(hook) == expected


@pytest.mark.usefixtures("fast")
def test_forged_callback_does_not_validate(client: Any, hook: Loopback, sandbox: Sandbox) -> None:
    from twilio.request_validator import RequestValidator

    exchange(sandbox).mishaps.add(kind="callback_forged", count=1)
    client.messages.create(to=PHONE, from_=SENDER, body="Hello", status_callback=f"{hook.url}/s")
    until(lambda: len(hook.asked) == 3)
    valid = [
        RequestValidator(AUTH_TOKEN).validate(f"{hook.url}/s", form(a), a.headers["x-twilio-signature"])
        for a in hook.asked
    ]
    assert valid == [False, True, True]


@pytest.mark.parametrize(("fragment", "tries"), [("", 1), ("#rc=2&rp=5xx", 3), ("#rc=2&rp=all", 3), ("#rc=2&rp=ct", 1)])
def test_fragment_says_how_often_a_500_is_tried_again(fragment: str, tries: int) -> None:
    with Loopback(lambda asked: Told(status=500)) as broken:
        heard = webhooks.post(f"{broken.url}/x{fragment}", {"A": "1"}, AUTH_TOKEN)
        assert (heard.status, heard.tries, len(broken.asked)) == (500, tries, tries)
        tokens = {asked.headers["i-twilio-idempotency-token"] for asked in broken.asked}
    assert len(tokens) == 1


@pytest.mark.usefixtures("fast")
def test_unreachable_webhook_is_tried_twice_and_noted(client: Any, sandbox: Sandbox) -> None:
    client.messages.create(to=PHONE, from_=SENDER, body="Hello", status_callback="http://127.0.0.1:9/x")
    until(lambda: len(exchange(sandbox).phones()[0].notes) == 3)
    assert exchange(sandbox).phones()[0].notes[0].startswith("sending: could not be reached")


def test_overrides_outside_their_range_are_ignored() -> None:
    policy = webhooks.Policy.of("http://x.example/#ct=200&rt=99999&rc=9&rp=nonsense,rt")
    assert policy == webhooks.Policy(connect_s=0.2, read_s=15.0, retries=1, on=frozenset({"rt"}))


def test_signature_is_that_of_the_official_validator() -> None:
    from twilio.request_validator import RequestValidator

    params = {"To": "+15005550006", "Body": "Où est mon colis ? 📦", "Empty": ""}
    for url in (
        "https://shop.example/hooks?m=42",
        "https://shop.example:8443/hooks",
        "http://127.0.0.1:8000/h?x=1#rc=3",
        "http://[::1]:8000/h",
    ):
        made = webhooks.signature("secret", url, params)
        assert RequestValidator("secret").validate(url.partition("#")[0], params, made), url


# the phone's side


def inbound(sandbox: Sandbox, body: str, **more: str) -> dict[str, Any]:
    answer = requests.post(
        f"{sandbox.url}/_sandbox/messages/inbound", json={"from": PHONE, "to": SENDER, "body": body} | more, timeout=10
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def configure(sandbox: Sandbox, **given: Any) -> None:
    assert requests.post(f"{sandbox.url}/_sandbox/messages/account", json=given, timeout=5).status_code == 200


def texts(sandbox: Sandbox) -> list[str]:
    found = requests.get(f"{sandbox.url}/_sandbox/messages", params={"to": PHONE}, timeout=5).json()
    return [message["text"] for message in found["messages"]]


def test_inbound_message_is_posted_signed_and_its_reply_reaches_the_phone(sandbox: Sandbox) -> None:
    from twilio.request_validator import RequestValidator

    twiml = b'<?xml version="1.0"?><Response><Message>A &amp; B</Message><Message><Body>two</Body></Message></Response>'
    with Loopback(lambda asked: Told(twiml, headers={"Content-Type": "text/xml"})) as shop:
        configure(sandbox, inbound_url=f"{shop.url}/in")
        inbound(sandbox, "Where is it? 📦")
        asked = shop.asked[0]
        assert form(asked)["Body"] == "Where is it? 📦"
        assert form(asked)["MessagingServiceSid"] == SERVICE_SID
        assert RequestValidator(AUTH_TOKEN).validate(f"{shop.url}/in", form(asked), asked.headers["x-twilio-signature"])
    assert texts(sandbox) == ["Where is it? 📦", "A & B", "two"]


@pytest.mark.parametrize("word", ["STOP", "stop", " Unsubscribe ", "optout", "revoke"])
def test_stop_is_answered_and_blocks_until_start(sandbox: Sandbox, client: Any, word: str) -> None:
    from twilio.base.exceptions import TwilioRestException

    assert inbound(sandbox, word)["opted_out"] is True
    assert len(texts(sandbox)) == 2
    for sender in ({"from_": SENDER, "messaging_service_sid": SERVICE_SID}, {"messaging_service_sid": SERVICE_SID}):
        with pytest.raises(TwilioRestException) as caught:
            client.messages.create(to=PHONE, body="x", **sender)
        assert caught.value.code == 21610
    assert inbound(sandbox, "START")["opted_out"] is False
    assert client.messages.create(to=PHONE, body="x", messaging_service_sid=SERVICE_SID).sid


def test_stop_please_does_nothing(sandbox: Sandbox) -> None:
    assert inbound(sandbox, "Stop please")["opted_out"] is False
    assert texts(sandbox) == ["Stop please"]


def test_reply_to_a_stop_is_not_sent(sandbox: Sandbox) -> None:
    with Loopback(lambda asked: Told(b"Sorry to see you go", headers={"Content-Type": "text/plain"})) as shop:
        configure(sandbox, inbound_url=shop.url)
        found = inbound(sandbox, "STOP")
    assert any(note.startswith("21610") for note in found["notes"])
    assert "Sorry to see you go" not in texts(sandbox)


def test_advanced_opt_out_names_the_keyword(sandbox: Sandbox) -> None:
    with Loopback(lambda asked: Told(status=204)) as shop:
        configure(sandbox, services={SERVICE_SID: {"inbound_url": shop.url, "advanced_opt_out": True}})
        inbound(sandbox, "STOP")
        inbound(sandbox, "hello")
        assert [form(asked).get("OptOutType") for asked in shop.asked] == ["STOP", None]


@pytest.mark.parametrize(
    ("content_type", "body", "note"),
    [
        ("text/xml", b"<Response><Message>", "12100"),
        ("text/xml", b"<Other/>", "12100"),
        ("text/xml", b'<!DOCTYPE x [<!ENTITY a "b">]><Response>&a;</Response>', "12100"),
        ("application/json", b"{}", "12300"),
    ],
)
def test_answer_that_is_no_twiml_is_noted(sandbox: Sandbox, content_type: str, body: bytes, note: str) -> None:
    with Loopback(lambda asked: Told(body, headers={"Content-Type": content_type})) as shop:
        found = inbound(sandbox, "hello", url=shop.url)
    assert found["notes"][-1].startswith(note)


def test_webhook_that_fails_is_11200(sandbox: Sandbox) -> None:
    with Loopback(lambda asked: Told(status=500)) as shop:
        assert inbound(sandbox, "hello", url=shop.url)["notes"][-1].startswith("11200")


@pytest.mark.parametrize("given", [{}, {"from": PHONE}, {"from": PHONE, "to": SENDER, "body": 7}, [1]])
def test_inbound_without_its_fields_is_400(sandbox: Sandbox, given: object) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/messages/inbound", json=given, timeout=5)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


# faults


def create(sandbox: Sandbox, timeout: float = 5.0) -> requests.Response:
    return requests.post(
        f"{sandbox.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
        data={"To": PHONE, "From": SENDER, "Body": "x"},
        auth=(ACCOUNT_SID, AUTH_TOKEN),
        timeout=timeout,
    )


def fault(sandbox: Sandbox, **rule: Any) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/faults", json={"carrier": "twilio", "count": 1, **rule}, timeout=5)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("rule", "status", "kept"),
    [
        ({"kind": "error", "code": 21635}, 400, 0),
        ({"kind": "too_many_requests", "retry_after": 7}, 429, 0),
        ({"kind": "server_error"}, 500, 0),
        ({"kind": "server_error_after"}, 500, 1),
        ({"kind": "garbage_after"}, 201, 1),
        ({"kind": "half_after"}, 201, 1),
    ],
)
def test_fault_answers_and_keeps_or_does_not(sandbox: Sandbox, rule: dict[str, Any], status: int, kept: int) -> None:
    fault(sandbox, **rule)
    answer = create(sandbox)
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == (str(rule["retry_after"]) if "retry_after" in rule else None)
    assert len(exchange(sandbox).phones()) == kept
    assert create(sandbox).status_code == 201, "a fault counted once is gone"


@pytest.mark.parametrize(("kind", "kept"), [("timeout", 0), ("timeout_after", 1), ("hangup_after", 1)])
def test_fault_hangs_up(sandbox: Sandbox, kind: str, kept: int) -> None:
    fault(sandbox, kind=kind, seconds=0.2)
    with pytest.raises(requests.ConnectionError):
        create(sandbox)
    assert len(exchange(sandbox).phones()) == kept


def test_fault_strikes_only_its_recipient(sandbox: Sandbox) -> None:
    fault(sandbox, kind="server_error", to="+15550001111")
    assert create(sandbox).status_code == 201


def test_unlisted_message_reaches_the_phone_and_no_list(sandbox: Sandbox, client: Any) -> None:
    fault(sandbox, kind="unlisted")
    client.messages.create(to=PHONE, from_=SENDER, body="x")
    assert client.messages.list(to=PHONE) == []
    assert texts(sandbox) == ["x"]


@pytest.mark.parametrize(
    "rule", [{"kind": "nonsense"}, {"kind": "timeout", "share": 2}, {"kind": "timeout", "x": 1}, {}]
)
def test_unknown_faults_are_refused(sandbox: Sandbox, rule: dict[str, Any]) -> None:
    for path, given in (("faults", {"carrier": "twilio", **rule}), ("messages/faults", rule)):
        assert requests.post(f"{sandbox.url}/_sandbox/{path}", json=given, timeout=5).status_code == 400


def test_faults_are_shown_and_cleared(sandbox: Sandbox) -> None:
    fault(sandbox, kind="silent")
    url = f"{sandbox.url}/_sandbox/faults"
    assert [rule["kind"] for rule in requests.get(url, timeout=5).json()["faults"]] == ["silent"]
    requests.delete(url, timeout=5)
    assert requests.get(url, timeout=5).json()["faults"] == []
    assert "silent" in requests.get(f"{sandbox.url}/_sandbox/messages/faults", timeout=5).json()["kinds"]


# pace


def test_sender_puts_one_segment_a_second_on_the_air() -> None:
    lanes = Lanes()
    starts = [lanes.take("+15005550006", NOON, 2) for _ in range(3)]
    assert starts == [NOON, NOON + timedelta(seconds=2), NOON + timedelta(seconds=4)]
    assert lanes.wait("+447700900123", NOON) == timedelta(0)


@pytest.mark.parametrize(
    ("sender", "rate"), [("+15005550006", 1), ("+18005550006", 3), ("12345", 100), ("+33700900123", 10), ("Shop", 10)]
)
def test_rate_depends_on_the_kind_of_sender(sender: str, rate: float) -> None:
    assert segments_a_second(sender) == rate


def test_full_queue_is_21611_and_validity_ends_in_30036(client: Any, sandbox: Sandbox) -> None:
    from twilio.base.exceptions import TwilioRestException

    with clock.frozen(NOON):
        exchange(sandbox)._lanes.take(SENDER, NOON, 3600)
        made = client.messages.create(to=PHONE, from_=SENDER, body="x", validity_period=60)
        exchange(sandbox)._lanes.take(SENDER, NOON, 36_001)
        with pytest.raises(TwilioRestException) as caught:
            client.messages.create(to=PHONE, from_=SENDER, body="x")
        assert caught.value.code == 21611
    with clock.frozen(NOON + timedelta(minutes=2)):
        found = client.messages(made.sid).fetch()
        assert (found.status, found.error_code) == ("failed", 30036)


def test_every_plan_goes_forward_in_time() -> None:
    for number in range(200):
        for first in ("queued", "accepted"):
            steps = plan(first=first, created_at=NOON, start=NOON, ending=None, sid=f"SM{number}")
            assert [step.at for step in steps] == sorted(step.at for step in steps)
            assert steps[-1].status == "delivered"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("GSM-7", 0)),
        ("a" * 160, ("GSM-7", 1)),
        ("a" * 161, ("GSM-7", 2)),
        ("€" * 80, ("GSM-7", 1)),
        ("€" * 81, ("GSM-7", 2)),
        ("a" * 152 + "€" + "a" * 153, ("GSM-7", 3)),
        ("ç", ("UCS-2", 1)),
        ("ก" * 71, ("UCS-2", 2)),
        ("📦" * 35, ("UCS-2", 1)),
        ("a" * 66 + "📦" + "a" * 66, ("UCS-2", 3)),
    ],
)
def test_segments_are_counted(text: str, expected: tuple[str, int]) -> None:
    assert _gsm.count(text) == expected


def test_dispatcher_runs_what_is_due_and_its_threads_end() -> None:
    stopping, done = threading.Event(), threading.Event()
    dispatcher = Dispatcher(stopping)
    with clock.frozen(NOON):
        dispatcher.at(NOON + timedelta(hours=1), done.set)
        assert not done.wait(0.15)
    with clock.frozen(NOON + timedelta(hours=2)):
        assert done.wait(2)
        assert dispatcher.settle()
    dispatcher.at(clock.now() + timedelta(days=9), done.clear)
    stopping.set()
    until(lambda: dispatcher._threads == 0)
    assert done.is_set()


# the page


def page(sandbox: Sandbox, to: str = "") -> requests.Response:
    return requests.get(
        f"{sandbox.url}/_sandbox/messages", params={"to": to}, headers={"Accept": "text/html"}, timeout=5
    )


def test_page_shows_threads_and_escapes_what_is_hostile(sandbox: Sandbox, client: Any) -> None:
    hostile = '<script>alert(1)</script> "><img src=x onerror=alert(1)> https://shop.example/t/abc"onclick="x'
    client.messages.create(to=PHONE, from_=SENDER, body=hostile)
    client.messages.create(to="+15558675399", from_=SENDER, body="somebody else's")
    shown = page(sandbox, PHONE)
    assert "<script" not in shown.text
    assert "<img" not in shown.text
    assert '<a href="https://shop.example/t/abc"' in shown.text
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert PHONE in shown.text
    assert PHONE in page(sandbox, PHONE.lstrip("+")).text


def test_page_without_messages_says_so(sandbox: Sandbox) -> None:
    assert "No text message yet" in page(sandbox).text
    assert "Nothing for" in page(sandbox, "<b>").text
    assert "<b>" not in page(sandbox, "<b>").text


def test_answering_from_the_page_is_an_inbound_message(sandbox: Sandbox, client: Any) -> None:
    client.messages.create(to=PHONE, from_=SENDER, body="Hello")
    answer = requests.post(
        f"{sandbox.url}/_sandbox/messages/inbound", data={"from": PHONE, "to": SENDER, "body": "Thanks"}, timeout=5
    )
    assert answer.history[0].status_code == 303
    assert texts(sandbox) == ["Hello", "Thanks"]


def test_json_names_status_segments_and_notes(sandbox: Sandbox, client: Any) -> None:
    with clock.frozen(NOON):
        client.messages.create(to=PHONE, from_=SENDER, body="สวัสดี")
        found = requests.get(f"{sandbox.url}/_sandbox/messages", timeout=5).json()
    assert found["total"] == 1
    assert found["phones"] == [PHONE]
    row = found["messages"][0]
    assert (row["status"], row["encoding"], row["segments"], row["direction"]) == ("queued", "UCS-2", 1, "outbound-api")


def test_forgetting_empties_phones_and_opt_outs(sandbox: Sandbox, client: Any) -> None:
    inbound(sandbox, "STOP")
    assert requests.delete(f"{sandbox.url}/_sandbox/messages", timeout=5).status_code == 204
    assert texts(sandbox) == []
    assert client.messages.create(to=PHONE, messaging_service_sid=SERVICE_SID, body="x").sid


def test_memory_is_bounded(sandbox: Sandbox) -> None:
    small = Exchange(sandbox.state, limit=3)
    for number in range(5):
        small.create(small.accounts[ACCOUNT_SID], {"To": [PHONE], "From": [SENDER], "Body": [str(number)]})
    assert [message.text for message in small.phones()] == ["2", "3", "4"]
