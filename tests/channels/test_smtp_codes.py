"""What replies of mail servers say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.channels._base import About, Again, ChannelRefused, Deferred
from tracking.channels._smtp_codes import Stage, error_of
from tracking.platform.errors import BadCredentials, UpstreamDown, UpstreamError, UpstreamTimeout

RCPT, DATA, MAIL = Stage.RCPT, Stage.DATA, Stage.MAIL


@pytest.mark.parametrize(
    ("stage", "code", "text", "about"),
    [
        (RCPT, 550, "5.1.1 No such user", About.BAD_ADDRESS),
        (DATA, 550, "5.1.1 No such user", About.BAD_ADDRESS),
        (RCPT, 550, "5.1.2 Bad domain", About.BAD_ADDRESS),
        (RCPT, 556, "5.1.10 Null MX", About.BAD_ADDRESS),
        (RCPT, 550, "5.2.1 Mailbox disabled", About.BAD_ADDRESS),
        (RCPT, 552, "5.2.2 Mailbox full", About.SUSPECT),
        (RCPT, 550, "Requested action not taken", About.SUSPECT),
        (RCPT, 550, "5.1.8 Something else about addresses", About.SUSPECT),
        (DATA, 550, "Requested action not taken", About.UNKNOWN),
        (DATA, 552, "5.3.4 Message too big", About.CONTENT),
        (MAIL, 552, "5.3.4 Message too big", About.CONTENT),
        (DATA, 552, "too much", About.CONTENT),
        (DATA, 554, "spam", About.CONTENT),
        (DATA, 550, "5.7.1 Policy", About.CONFIG),
        (RCPT, 550, "5.7.1 Relaying denied", About.CONFIG),
        (DATA, 550, "5.7.26 Unauthenticated mail", About.CONFIG),
        (DATA, 550, "5.7.25 No reverse DNS", About.CONFIG),
        (MAIL, 553, "5.1.8 Sender address rejected", About.CONFIG),
        (MAIL, 550, "sender rejected", About.CONFIG),
        (DATA, 550, "5.6.7 Non-ASCII addresses", About.CONTENT),
        (RCPT, 503, "Bad sequence", About.CONFIG),
        (DATA, 599, "?", About.UNKNOWN),
    ],
)
def test_refusal_is_about(stage: Stage, code: int, text: str, about: About) -> None:
    error = error_of(stage, code, text)
    assert isinstance(error, ChannelRefused)
    assert error.about is about
    assert error.status == code
    assert not error.retryable


def test_full_mailbox_may_be_tried_much_later() -> None:
    error = error_of(RCPT, 552, "5.2.2 Mailbox full")
    assert isinstance(error, ChannelRefused)
    assert error.again is Again.MUCH_LATER


@pytest.mark.parametrize(
    ("code", "text", "seconds"),
    [
        (450, "4.2.0 Greylisted", 300),
        (451, "4.7.1 Greylisted", 300),
        (451, "4.3.0 Local error", 900),
        (452, "4.2.2 Mailbox full", 4 * 3600),
        (452, "too many recipients", 4 * 3600),
        (450, "4.7.28 Too much mail from you", 1800),
    ],
)
def test_not_now_is_deferred_for_this_recipient(code: int, text: str, seconds: float) -> None:
    error = error_of(RCPT, code, text)
    assert isinstance(error, Deferred)
    assert (error.retryable, error.retry_after) == (True, seconds)


def test_server_that_closes_is_down_for_all() -> None:
    assert type(error_of(RCPT, 421, "4.3.2 Shutting down")) is UpstreamDown
    assert type(error_of(Stage.HELLO, 450, "busy")) is UpstreamDown


@pytest.mark.parametrize(("code", "text"), [(535, "5.7.8 Bad"), (534, "5.7.9"), (538, "5.7.11"), (530, "5.7.0")])
def test_our_own_login_stops_the_channel(code: int, text: str) -> None:
    assert isinstance(error_of(Stage.AUTH, code, text), BadCredentials)
    assert isinstance(error_of(MAIL, code, text), BadCredentials)


def test_login_that_cannot_be_checked_now_is_tried_again() -> None:
    assert type(error_of(Stage.AUTH, 454, "4.7.0 Temporary failure")) is UpstreamDown


@given(st.sampled_from(Stage), st.integers(400, 599), st.text(max_size=60))
def test_every_reply_has_a_meaning_and_none_is_uncertain(stage: Stage, code: int, text: str) -> None:
    error = error_of(stage, code, text)
    assert isinstance(error, UpstreamError)
    assert not isinstance(error, UpstreamTimeout)
    assert error.retryable == (code < 500 and not isinstance(error, BadCredentials))
