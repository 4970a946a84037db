"""Signatures, status callbacks, inbound messages and TwiML."""

import hashlib
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from tracking.channels import _twilio_hooks as hooks
from tracking.channels._base import About, Again, Progress
from tracking.channels._keywords import Intent

TOKEN = "0123456789abcdef0123456789abcdef"
STATUS = {
    "AccountSid": "AC" + "a" * 32,
    "ApiVersion": "2010-04-01",
    "From": "+15005550006",
    "MessageSid": "SM" + "b" * 32,
    "MessageStatus": "delivered",
    "SmsSid": "SM" + "b" * 32,
    "SmsStatus": "delivered",
    "To": "+15558675310",
    "ANewParameter": "unknown today",
}


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/hooks/status?m=42",
        "https://shop.example:8443/hooks/status",
        "http://shop.example:80/hooks/status",
        "http://127.0.0.1:8000/s?x=%C3%A9&y=a+b",
        "http://[::1]:8000/s",
        "https://user:pass@shop.example/s",
    ],
)
@pytest.mark.parametrize("params", [STATUS, {"Body": "Où est mon colis ? 📦", "Empty": ""}, {}])
def test_signatures_of_the_official_library_are_accepted(url: str, params: dict[str, str]) -> None:
    header = RequestValidator(TOKEN).compute_signature(url, params)
    assert hooks.is_signed(TOKEN, url, params, header)
    assert hooks.is_signed(TOKEN, f"{url}#rc=2", params, header)
    assert not hooks.is_signed("another token", url, params, header)
    assert not hooks.is_signed(TOKEN, url + "x", params, header)
    assert not hooks.is_signed(TOKEN, url, params | {"Body": "changed"}, header)
    assert not hooks.is_signed(TOKEN, url, params, "")
    assert not hooks.is_signed(TOKEN, url, params, "é" + header)


def test_a_fixed_vector_still_holds() -> None:
    # computed with the official validator, twilio 9.13.0
    url, params = "https://shop.example/hooks/status?m=42", {"MessageSid": "SM1", "MessageStatus": "sent"}
    assert hooks.is_signed(TOKEN, url, params, "/GAgT2ExNSJ7EmRBDa9j+gDHkw8=")


def test_port_may_be_signed_or_not() -> None:
    for signed in ("https://shop.example/s", "https://shop.example:443/s"):
        header = RequestValidator(TOKEN).compute_signature(signed, STATUS)
        assert hooks.is_signed(TOKEN, "https://shop.example/s", STATUS, header)
        assert hooks.is_signed(TOKEN, "https://shop.example:443/s", STATUS, header)


def test_repeated_parameters_count_once_each_sorted() -> None:
    class Many(dict[str, list[str]]):
        def getlist(self, name: str) -> list[str]:
            return self[name]

    params = {"MediaUrl": ["b", "a", "a"], "To": ["x"]}
    header = RequestValidator(TOKEN).compute_signature("https://shop.example/s", Many(params))
    assert hooks.is_signed(TOKEN, "https://shop.example/s", params, header)


def test_json_body_is_checked_by_its_hash() -> None:
    body = '{"status": "delivered"}'
    url = f"https://shop.example/s?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    header = RequestValidator(TOKEN).compute_signature(url, {})
    assert hooks.is_signed(TOKEN, url, {}, header, body.encode())
    assert not hooks.is_signed(TOKEN, url, {}, header, b'{"status": "failed"}')


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=5), st.text(max_size=30))
def test_hostile_requests_are_refused_without_an_error(params: dict[str, str], header: str) -> None:
    assert not hooks.is_signed(TOKEN, "https://shop.example/s", params, header)


def test_callback_url_brings_our_id_and_asks_for_retries() -> None:
    assert hooks.with_id("https://shop.example/s", "a b&c") == "https://shop.example/s?m=a+b%26c#rc=3&rp=5xx,ct,rt"
    assert hooks.with_id("https://shop.example/s?x=1&m=old#rc=1", "new") == "https://shop.example/s?x=1&m=new#rc=1"
    assert hooks.with_id("", "new") == ""


@pytest.mark.parametrize(
    ("word", "progress"),
    [
        ("accepted", Progress.ACCEPTED),
        ("scheduled", Progress.ACCEPTED),
        ("queued", Progress.QUEUED),
        ("sending", Progress.SENDING),
        ("sent", Progress.SENT),
        ("partially_delivered", Progress.SENT),
        ("delivered", Progress.DELIVERED),
        ("read", Progress.READ),
        ("canceled", Progress.CANCELED),
        ("failed", Progress.FAILED),
        ("undelivered", Progress.UNDELIVERED),
        ("a word of tomorrow", Progress.UNKNOWN),
        ("", Progress.UNKNOWN),
    ],
)
def test_every_status_has_a_meaning(word: str, progress: Progress) -> None:
    found = hooks.read_status(STATUS | {"MessageStatus": word, "SmsStatus": word}, {"m": "public"})
    assert (found.progress, found.public_id, found.provider_id) == (progress, "public", STATUS["MessageSid"])
    assert (found.failure is not None) == progress.is_failure


def test_failed_status_says_why() -> None:
    found = hooks.read_status(STATUS | {"MessageStatus": "undelivered", "ErrorCode": "30003"}, {})
    assert found.failure is not None
    assert (found.failure.about, found.failure.again) == (About.UNREACHABLE, Again.ONCE)
    assert found.public_id == ""


def test_error_code_of_a_delivery_is_ignored() -> None:
    assert hooks.read_status(STATUS | {"ErrorCode": "30003"}, {}).failure is None


def test_empty_callback_is_no_news() -> None:
    found = hooks.read_status({}, {})
    assert (found.provider_id, found.progress) == ("", Progress.UNKNOWN)


@pytest.mark.parametrize(
    ("params", "intent", "answered"),
    [
        ({"Body": "Stop"}, Intent.STOP, True),
        ({"Body": "ARRET"}, Intent.STOP, False),
        ({"Body": "ARRET", "OptOutType": "STOP"}, Intent.STOP, True),
        ({"Body": "hello", "OptOutType": "START"}, Intent.START, True),
        ({"Body": "please stop texting me"}, Intent.STOP_IN_WORDS, False),
        ({"Body": "Help"}, Intent.HELP, True),
        ({"Body": "Where is it?"}, Intent.OTHER, False),
        ({"Body": "hello", "OptOutType": "SOMETHING"}, Intent.OTHER, False),
        ({}, Intent.OTHER, False),
    ],
)
def test_inbound_message_is_understood(params: dict[str, str], intent: Intent, answered: bool) -> None:
    found = hooks.read_inbound({"From": "+15558675310", "To": "+15005550006", "MessageSid": "SM1"} | params)
    assert (found.intent, found.is_answered) == (intent, answered)
    assert (found.sender, found.to, found.provider_id) == ("+15558675310", "+15005550006", "SM1")


def test_twiml_says_nothing_or_the_texts() -> None:
    assert hooks.twiml() == '<?xml version="1.0" encoding="UTF-8"?><Response/>'
    hostile = "</Message><Redirect>http://evil.example</Redirect> & \x00\x08"
    root = ET.fromstring(hooks.twiml(hostile, "two"))
    assert [verb.tag for verb in root] == ["Message", "Message"]
    assert root[0].text == "</Message><Redirect>http://evil.example</Redirect> & "
