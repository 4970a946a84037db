"""What every channel keeps to; runs over all that exist, so a new one is tested before its author writes a test."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from tracking.channels._base import (
    About,
    Channel,
    ChannelRefused,
    EmailParts,
    Outgoing,
    Receipt,
    Sender,
    all_slugs,
    get_channel,
    is_uncertain,
)
from tracking.platform import clock
from tracking.platform.errors import BadCredentials, BadRecipient, ConfigError, RateLimited, UpstreamDown, WaypostError
from tracking.sandbox import Sandbox
from tracking.sandbox.twilio import ACCOUNT_SID, AUTH_TOKEN, SERVICE_SID

DEAD = "127.0.0.1:9"


class Case(NamedTuple):
    """What the sandbox calls each situation of a channel. A new channel adds a row."""

    service: str
    settings: dict[str, str]
    sender: str
    to: str
    refused: dict[str, Any]
    throttled: dict[str, Any]
    unclear: dict[str, Any]
    unauthorized: dict[str, str]
    down: dict[str, str]


def cases(sandbox: Sandbox) -> Mapping[str, Case]:
    twilio = {
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_MESSAGING_SERVICE_SID": SERVICE_SID,
        "TWILIO_API_BASE_URL": sandbox.url,
    }
    smtp = {"WAYPOST_SMTP_URL": sandbox.smtp_url.replace("smtp://", "smtp://me:pass@")}
    return {
        "sms": Case(
            "twilio",
            twilio,
            SERVICE_SID,
            "+15558675310",
            {"kind": "error", "code": 21614},
            {"kind": "too_many_requests", "retry_after": 9},
            {"kind": "hangup_after"},
            {"TWILIO_AUTH_TOKEN": "wrong"},
            {"TWILIO_API_BASE_URL": f"http://{DEAD}"},
        ),
        "email": Case(
            "mail",
            smtp,
            "hello@ridge.example",
            "jo@home.example",
            {"kind": "unknown_user"},
            {"kind": "greylist"},
            {"kind": "drop_after"},
            {},
            {"WAYPOST_SMTP_URL": f"smtp://{DEAD}"},
        ),
    }


@pytest.fixture(params=all_slugs())
def slug(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def case(slug: str, sandbox: Sandbox) -> Case:
    return cases(sandbox)[slug]


@pytest.fixture
def channel(slug: str, case: Case) -> Iterator[Channel]:
    made = get_channel(slug).from_settings(case.settings)
    yield made
    made.close()


def outgoing(case: Case, text: str = "Coming today: https://shop.example/t/abc") -> Outgoing:
    return Outgoing(
        "public-1",
        case.to,
        text,
        sender=Sender(case.sender),
        email=EmailParts(subject="Coming today", message_id="<m1@ridge.example>"),
    )


def count(sandbox: Sandbox) -> int:
    return len(sandbox.state.messages) + len(sandbox.state.mail)


def fault(sandbox: Sandbox, case: Case, rule: dict[str, Any]) -> None:
    sandbox.state.mishaps[case.service].add(**{"count": 1, **rule})


def test_its_slug_is_its_file_and_it_is_described(slug: str) -> None:
    kind = get_channel(slug)
    assert kind.slug == slug
    assert kind.__doc__
    assert kind.settings
    assert all(setting.help.endswith(".") and re.fullmatch("[A-Z_]+", setting.name) for setting in kind.settings)
    assert any(setting.secret for setting in kind.settings)


def test_settings_without_anything_name_what_is_missing(slug: str) -> None:
    with pytest.raises(ConfigError) as caught:
        get_channel(slug).from_settings({})
    required = [setting.name for setting in get_channel(slug).settings if setting.required]
    assert [fault.split()[0] for fault in caught.value.faults] == required


def test_accepted_message_gives_a_receipt(sandbox: Sandbox, channel: Channel, case: Case) -> None:
    receipt = channel.send(outgoing(case))
    assert isinstance(receipt, Receipt)
    assert receipt.provider_id
    assert not receipt.progress.is_failure
    assert count(sandbox) == 1


def test_refused_is_permanent_and_says_what_it_is_about(sandbox: Sandbox, channel: Channel, case: Case) -> None:
    fault(sandbox, case, case.refused)
    with pytest.raises(ChannelRefused) as caught:
        channel.send(outgoing(case))
    assert not caught.value.retryable
    assert caught.value.detail_code
    assert caught.value.about.ends_address
    assert not is_uncertain(caught.value)
    assert count(sandbox) == 0


def test_throttled_carries_when_to_come_back(sandbox: Sandbox, channel: Channel, case: Case) -> None:
    fault(sandbox, case, case.throttled)
    with pytest.raises(RateLimited) as caught:
        channel.send(outgoing(case))
    assert caught.value.retryable
    assert caught.value.retry_after
    assert count(sandbox) == 0


def test_unclear_outcome_is_uncertain_and_can_be_settled(sandbox: Sandbox, channel: Channel, case: Case) -> None:
    since = clock.now() - timedelta(seconds=1)
    fault(sandbox, case, case.unclear)
    with pytest.raises(WaypostError) as caught:
        channel.send(outgoing(case))
    assert is_uncertain(caught.value)  # type: ignore[arg-type]
    assert count(sandbox) == 1
    if channel.repeat_is_safe:
        channel.send(outgoing(case))
        assert len({mail.header("Message-ID") for mail in sandbox.state.mail}) == 1
    else:
        assert channel.find_sent(outgoing(case), since) is not None
        assert channel.find_sent(outgoing(case, "other words"), since) is None


def test_wrong_credentials_stop_the_channel(sandbox: Sandbox, slug: str, case: Case) -> None:
    if not case.unauthorized:
        fault(sandbox, case, {"kind": "bad_login", "count": None})
    channel = get_channel(slug).from_settings(case.settings | case.unauthorized)
    for ask in (lambda: channel.send(outgoing(case)), channel.check):
        with pytest.raises(BadCredentials) as caught:
            ask()
        assert not caught.value.retryable
    channel.close()


def test_unreachable_service_has_certainly_sent_nothing(slug: str, case: Case) -> None:
    channel = get_channel(slug).from_settings(case.settings | case.down)
    with pytest.raises(UpstreamDown):
        channel.send(outgoing(case))


def test_check_sends_nothing(sandbox: Sandbox, channel: Channel) -> None:
    channel.check()
    assert count(sandbox) == 0


@pytest.mark.parametrize("to", ["", "nobody", "x@", "+", "a@b.example\r\nDATA", "+1555\r\n8675310", "\0", "ก" * 300])
def test_what_cannot_be_a_recipient_is_never_asked_about(
    sandbox: Sandbox, channel: Channel, case: Case, to: str
) -> None:
    with pytest.raises(BadRecipient):
        channel.send(replace(outgoing(case), to=to))
    assert count(sandbox) == 0


def test_no_sender_is_a_matter_for_a_person(slug: str, case: Case) -> None:
    settings = {name: value for name, value in case.settings.items() if value != case.sender}
    channel = get_channel(slug).from_settings(settings)
    with pytest.raises(ChannelRefused) as caught:
        channel.send(replace(outgoing(case), sender=None))
    assert caught.value.about is About.CONFIG


def test_messages_of_errors_name_no_recipient(sandbox: Sandbox, channel: Channel, case: Case) -> None:
    for rule in (case.refused, case.throttled, case.unclear):
        fault(sandbox, case, rule)
        with pytest.raises(WaypostError) as caught:
            channel.send(outgoing(case))
        assert case.to not in f"{caught.value.message} {caught.value}"


def test_closed_channel_opens_again(sandbox: Sandbox, channel: Channel, case: Case) -> None:
    channel.close()
    channel.send(outgoing(case))
    channel.close()
    channel.send(outgoing(case))
    assert count(sandbox) == 2
