"""SMS through the official client, against the sandbox's Twilio over real sockets."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from tests.loopback import Loopback, Told
from tracking.channels._base import About, Again, ChannelRefused, Outgoing, Progress, Sender
from tracking.channels.sms import Adapter, TwilioAccount, wire_text
from tracking.platform import clock
from tracking.platform.errors import (
    BadCredentials,
    BadRecipient,
    ConfigError,
    RateLimited,
    UnreadableAnswer,
    UpstreamDown,
    UpstreamError,
    UpstreamTimeout,
)
from tracking.sandbox import Sandbox
from tracking.sandbox.twilio import ACCOUNT_SID, AUTH_TOKEN, SERVICE_SID

PHONE = "+15558675310"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SETTINGS = {
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "TWILIO_MESSAGING_SERVICE_SID": SERVICE_SID,
}


@pytest.fixture
def sms(sandbox: Sandbox) -> Iterator[Adapter]:
    made = Adapter.from_settings(SETTINGS | {"TWILIO_API_BASE_URL": sandbox.url})
    yield made
    made.close()


def message(text: str = "Coming today: https://shop.example/t/abc", **more: Any) -> Outgoing:
    return Outgoing("public-1", PHONE, text, **more)


def arrived(sandbox: Sandbox) -> list[Any]:
    return list(sandbox.state.parts["twilio"].phones())


def fault(sandbox: Sandbox, **rule: Any) -> None:
    sandbox.state.mishaps["twilio"].add(**{"count": 1, **rule})


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_sent_message_has_a_receipt_and_reaches_the_phone(sandbox: Sandbox, sms: Adapter) -> None:
    receipt = sms.send(message())
    found = arrived(sandbox)[0]
    assert (receipt.provider_id, receipt.progress, receipt.segments) == (found.sid, Progress.ACCEPTED, 1)
    assert found.text == "Coming today: https://shop.example/t/abc"
    assert found.service_sid == SERVICE_SID


def test_store_may_send_from_its_own_number(sandbox: Sandbox, sms: Adapter) -> None:
    receipt = sms.send(message(sender=Sender("+15005550006")))
    assert (receipt.progress, receipt.sent_from) == (Progress.QUEUED, "+15005550006")
    assert arrived(sandbox)[0].service_sid is None


def test_text_goes_out_in_the_small_alphabet(sandbox: Sandbox, sms: Adapter) -> None:
    receipt = sms.send(message("  Votre colis est là – c’est «\u202fça\u202f»  "))
    assert arrived(sandbox)[0].text == 'Votre colis est là - c\'est "ca"'
    assert receipt.segments == 1
    sms.send(message("พัสดุถึงแล้ว – วันนี้"))
    assert arrived(sandbox)[1].text == "พัสดุถึงแล้ว – วันนี้"


def test_callbacks_bring_our_id_back_signed(sandbox: Sandbox, sms: Adapter) -> None:
    clock.set_anchor(clock.Anchor(NOON, time.time(), 600.0))
    with Loopback(lambda asked: Told(status=204)) as hook:
        receipt = sms.send(message(callback_url=f"{hook.url}/hooks/twilio/x/status", valid_for_s=600))
        until(lambda: len(hook.asked) == 4)
        known = None
        for asked in hook.asked:
            params = dict(_form(asked.body))
            url = f"{hook.url}/hooks/twilio/x/status?m=public-1"
            assert sms.is_signed(url, params, asked.headers["x-twilio-signature"])
            report = Adapter.read_status(params, asked.query)
            assert (report.public_id, report.provider_id) == ("public-1", receipt.provider_id)
            known = report.progress if report.progress.follows(known) else known
    assert known is Progress.DELIVERED


def _form(body: bytes) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl

    return parse_qsl(body.decode(), keep_blank_values=True)


@pytest.mark.parametrize(
    "to", ["", "5558675310", "+1", "+1555867531012345", "jo@home.example", "+15558675310\r\nx", "＋15558675310"]
)
def test_what_is_no_number_is_never_asked_about(sandbox: Sandbox, sms: Adapter, to: str) -> None:
    with pytest.raises(BadRecipient) as caught:
        sms.send(Outgoing("public-1", to, "x"))
    assert not to or to not in caught.value.message
    assert arrived(sandbox) == []


@pytest.mark.parametrize(
    ("code", "about", "again"),
    [
        (21610, About.OPTED_OUT, Again.NEVER),
        (21211, About.BAD_ADDRESS, Again.NEVER),
        (21614, About.NOT_MOBILE, Again.NEVER),
        (21635, About.NOT_MOBILE, Again.NEVER),
        (21606, About.CONFIG, Again.NEVER),
        (21408, About.CONFIG, Again.NEVER),
        (30450, About.SERVICE, Again.NEVER),
        (29999, About.UNKNOWN, Again.NEVER),
    ],
)
def test_refusal_says_what_it_is_about(sandbox: Sandbox, sms: Adapter, code: int, about: About, again: Again) -> None:
    fault(sandbox, kind="error", code=code)
    with pytest.raises(ChannelRefused) as caught:
        sms.send(message())
    error = caught.value
    assert (error.about, error.again, error.detail_code, error.status) == (about, again, str(code), 400)
    assert not error.retryable
    assert error.request_id is not None
    assert error.request_id.startswith("RQ")


@pytest.mark.parametrize(("text", "code"), [("", "21602"), ("  \n", "21602"), ("x" * 1601, "21617")])
def test_text_that_cannot_go_out_is_refused_here(sandbox: Sandbox, sms: Adapter, text: str, code: str) -> None:
    with pytest.raises(ChannelRefused) as caught:
        sms.send(message(text))
    assert (caught.value.about, caught.value.detail_code) == (About.CONTENT, code)
    assert arrived(sandbox) == []


def test_without_any_sender_a_person_is_needed(sandbox: Sandbox) -> None:
    sms = Adapter(TwilioAccount(ACCOUNT_SID, AUTH_TOKEN, base_url=sandbox.url))
    with pytest.raises(ChannelRefused) as caught:
        sms.send(message())
    assert caught.value.about.needs_person


@pytest.mark.parametrize(("retry_after", "wait"), [(7, 7.0), (None, None)])
def test_throttling_carries_its_wait(
    sandbox: Sandbox, sms: Adapter, retry_after: int | None, wait: float | None
) -> None:
    fault(sandbox, kind="too_many_requests", retry_after=retry_after)
    with pytest.raises(RateLimited) as caught:
        sms.send(message())
    assert (caught.value.retry_after, caught.value.detail_code, caught.value.retryable) == (wait, "20429", True)


def test_full_queue_is_tried_an_hour_later(sandbox: Sandbox, sms: Adapter) -> None:
    fault(sandbox, kind="error", code=21611)
    with pytest.raises(RateLimited) as caught:
        sms.send(message())
    assert caught.value.retry_after == 3600


def test_wrong_token_stops_the_channel(sandbox: Sandbox) -> None:
    sms = Adapter.from_settings(SETTINGS | {"TWILIO_API_BASE_URL": sandbox.url, "TWILIO_AUTH_TOKEN": "wrong"})
    for ask in (lambda: sms.send(message()), sms.check, lambda: sms.find_sent(message(), NOON)):
        with pytest.raises(BadCredentials):
            ask()
    sms.close()


def test_check_asks_for_the_account_and_sends_nothing(sandbox: Sandbox, sms: Adapter) -> None:
    sms.check()
    assert arrived(sandbox) == []


# what cannot be known


@pytest.mark.parametrize(
    "kind",
    ["server_error", "server_error_after", "timeout", "timeout_after", "hangup_after", "garbage_after", "half_after"],
)
def test_unclear_outcome_is_called_uncertain_and_never_sent_twice(sandbox: Sandbox, sms: Adapter, kind: str) -> None:
    hasty = Adapter(TwilioAccount(ACCOUNT_SID, AUTH_TOKEN, Sender(SERVICE_SID), sandbox.url), read_timeout_s=1.0)
    fault(sandbox, kind=kind, seconds=3)
    with pytest.raises(UpstreamTimeout):
        hasty.send(message())
    hasty.close()
    assert len(arrived(sandbox)) == kind.endswith("_after")
    found = sms.find_sent(message(), clock.now() - timedelta(minutes=1))
    assert (found is not None) == kind.endswith("_after")
    if found is not None:
        assert found.provider_id == arrived(sandbox)[0].sid


def test_unreachable_twilio_has_certainly_sent_nothing() -> None:
    sms = Adapter.from_settings(SETTINGS | {"TWILIO_API_BASE_URL": "http://127.0.0.1:9"})
    with pytest.raises(UpstreamDown):
        sms.send(message())
    with pytest.raises(UpstreamDown):
        sms.find_sent(message(), NOON)


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (Told([], 201), UpstreamTimeout),
        (Told({"sid": "nonsense"}, 201), UpstreamTimeout),
        (Told(b"", 201), UpstreamTimeout),
        (Told("text", 201), UpstreamTimeout),
        (Told(None, 201), UpstreamTimeout),
        (Told({"sid": "SM" + "a" * 32, "date_created": "never"}, 201), None),
        (Told(b"<html>", 302, {"Location": "/x"}), UpstreamTimeout),
        (Told(b"<html>Forbidden</html>", 403), BadCredentials),
        (Told(b"<html>Not found</html>", 404), ChannelRefused),
        (Told(b"<html>Busy</html>", 429), RateLimited),
        (Told(b"<html>Bad gateway</html>", 502), UpstreamTimeout),
        (Told({"type": "x", "title": "y", "status": 400, "code": 21610}, 400), ChannelRefused),
        (Told({"code": "21610", "message": 7, "status": 400}, 400), ChannelRefused),
        (Told({"code": None}, 400), ChannelRefused),
    ],
)
def test_every_answer_is_understood_or_uncertain(told: Told, error: type[UpstreamError] | None) -> None:
    with Loopback(lambda asked: told) as strange:
        sms = Adapter.from_settings(SETTINGS | {"TWILIO_API_BASE_URL": strange.url})
        if error is None:
            assert sms.send(message()).progress is Progress.UNKNOWN
        else:
            with pytest.raises(error):
                sms.send(message())
        assert len(strange.asked) == 1, "it was tried once only"
        sms.close()


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (Told(b"<html>", 200), UnreadableAnswer),
        (Told({"code": 20500}, 500), UpstreamDown),
        (Told({"code": 20003}, 401), BadCredentials),
        (Told({"code": 20429}, 429), RateLimited),
    ],
)
def test_lookup_that_fails_says_so(told: Told, error: type[UpstreamError]) -> None:
    with Loopback(lambda asked: told) as strange:
        sms = Adapter.from_settings(SETTINGS | {"TWILIO_API_BASE_URL": strange.url})
        with pytest.raises(error):
            sms.find_sent(message(), NOON)
        sms.close()


# looking up


def test_lookup_matches_text_recipient_and_time(sandbox: Sandbox, sms: Adapter) -> None:
    with clock.frozen(NOON):
        first = sms.send(message("the same words")).provider_id
        sms.send(message("other words"))
        sms.send(Outgoing("public-2", "+15558675399", "the same words"))
    with clock.frozen(NOON + timedelta(hours=1)):
        second = sms.send(message("the same words")).provider_id
        wanted = message("the same words")

        def found(since: datetime, *taken: str) -> str | None:
            receipt = sms.find_sent(wanted, since, taken)
            return receipt.provider_id if receipt else None

        assert found(NOON) == second
        assert found(NOON, second) == first
        assert found(NOON, second, first) is None
        assert found(NOON + timedelta(minutes=30), second) is None
        assert sms.find_sent(message("never sent"), NOON) is None


def test_lookup_finds_a_downgraded_text_on_a_later_page(sandbox: Sandbox, sms: Adapter) -> None:
    with clock.frozen(NOON):
        wanted = message("C’est aujourd’hui – enfin…")
        sid = sms.send(wanted).provider_id
        for number in range(120):
            sms.send(message(f"other {number}"))
        found = sms.find_sent(wanted, NOON)
    assert found is not None
    assert found.provider_id == sid


def test_lookup_ignores_what_the_phone_sent(sandbox: Sandbox, sms: Adapter) -> None:
    sandbox.state.parts["twilio"].inbound(PHONE, "+15005550006", "the same words")
    assert sms.find_sent(message("the same words"), clock.now() - timedelta(minutes=1)) is None


def test_fetch_asks_how_far_a_message_is(sandbox: Sandbox, sms: Adapter) -> None:
    fault(sandbox, kind="ends_with", code=30006)
    with clock.frozen(NOON):
        sid = sms.send(message()).provider_id
    with clock.frozen(NOON + timedelta(minutes=1)):
        found = sms.fetch(sid)
    assert found is not None
    assert found.failure is not None
    assert (found.progress, found.failure.about) == (Progress.UNDELIVERED, About.NOT_MOBILE)
    assert sms.fetch("SM" + "0" * 32) is None


# settings and logs


def test_all_faults_of_the_settings_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        Adapter.from_settings(
            {"TWILIO_ACCOUNT_SID": "x", "TWILIO_MESSAGING_SERVICE_SID": "y", "TWILIO_API_BASE_URL": "ftp://z"}
        )
    assert [fault.split()[0] for fault in caught.value.faults] == [
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_MESSAGING_SERVICE_SID",
        "TWILIO_API_BASE_URL",
    ]


def test_number_is_the_sender_without_a_service() -> None:
    made = Adapter.from_settings(SETTINGS | {"TWILIO_MESSAGING_SERVICE_SID": "", "TWILIO_FROM": "Ridge"})
    assert made.account.sender == Sender("Ridge")
    assert made.account.base_url == "https://api.twilio.com"


def test_neither_number_nor_text_nor_token_is_logged(
    sandbox: Sandbox, sms: Adapter, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    with structlog.testing.capture_logs() as logged:
        sms.send(message("a secret text"))
        sms.find_sent(message("a secret text"), clock.now())
    everything = f"{logged} {caplog.text} {capsys.readouterr()}"
    assert [entry["event"] for entry in logged].count("twilio.call") == 2
    for secret in ("8675310", "secret text", AUTH_TOKEN, "Basic "):
        assert secret not in everything


def test_wire_text_is_settled() -> None:
    assert wire_text(wire_text(" L’été… ")) == wire_text(" L’été… ") == "L'été..."
