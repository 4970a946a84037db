"""Email over SMTP, against the sandbox's mail server over real sockets."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

from tracking.channels._base import About, ChannelRefused, Deferred, EmailParts, Outgoing, Progress, Sender
from tracking.channels._smtp import MailServer
from tracking.channels.email import Adapter
from tracking.platform.errors import (
    BadCredentials,
    BadRecipient,
    ConfigError,
    UpstreamDown,
    UpstreamError,
    UpstreamTimeout,
)
from tracking.sandbox import Sandbox

SHOP = Sender("hello@ridge.example", "Fell & Ridge")


@pytest.fixture
def mail(sandbox: Sandbox) -> Iterator[Adapter]:
    made = Adapter.from_settings({"WAYPOST_SMTP_URL": sandbox.smtp_url})
    yield made
    made.close()


def message(to: str = "jo@home.example", **more: Any) -> Outgoing:
    parts = EmailParts(subject="Arriving today", html="<h1>Today</h1>", message_id="<m1@ridge.example>")
    return Outgoing("public-1", to, "Today", **({"sender": SHOP, "email": parts} | more))


def fault(sandbox: Sandbox, **rule: Any) -> None:
    sandbox.state.mishaps["mail"].add(**{"count": 1, **rule})


def arrived(sandbox: Sandbox) -> list[Any]:
    return sandbox.state.mail.all()


def test_sent_mail_arrives_and_its_receipt_is_the_message_id(sandbox: Sandbox, mail: Adapter) -> None:
    receipt = mail.send(message())
    assert (receipt.provider_id, receipt.progress) == ("<m1@ridge.example>", Progress.SENT)
    found = arrived(sandbox)[0]
    assert (found.recipients, found.header("Message-ID"), found.html.strip()) == (
        ("jo@home.example",),
        "<m1@ridge.example>",
        "<h1>Today</h1>",
    )


def test_lines_that_start_with_a_dot_arrive(sandbox: Sandbox, mail: Adapter) -> None:
    text = ".\n..\n.hidden\nend"
    mail.send(Outgoing("public-1", "jo@home.example", text, SHOP))
    assert arrived(sandbox)[0].text.replace("\r\n", "\n").strip() == text


def test_international_domain_and_mailbox_arrive(sandbox: Sandbox, mail: Adapter) -> None:
    mail.send(message("jo@bücher.example"))
    mail.send(message("zoé@home.example"))
    mail.send(message())
    assert [found.recipients[0] for found in arrived(sandbox)] == [
        "jo@xn--bcher-kva.example",
        "zoé@home.example",
        "jo@home.example",
    ]


def test_one_connection_serves_many_mails_of_a_thread(sandbox: Sandbox, mail: Adapter) -> None:
    mail.send(message())
    first = mail._connections._open.smtp
    for number in range(10):
        mail.send(message(f"jo{number}@home.example"))
    assert mail._connections._open.smtp is first
    assert len(arrived(sandbox)) == 11


def test_each_thread_has_its_own_connection(sandbox: Sandbox, mail: Adapter) -> None:
    def work(number: int) -> None:
        for turn in range(5):
            mail.send(message(f"jo{number}.{turn}@home.example"))
        mail.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({found.recipients[0] for found in arrived(sandbox)}) == 20


def test_connection_that_died_while_idle_is_opened_again(sandbox: Sandbox, mail: Adapter) -> None:
    mail.send(message())
    smtp = mail._connections._open.smtp
    assert smtp is not None
    assert smtp.sock is not None
    smtp.sock.shutdown(socket.SHUT_RDWR)
    mail.send(message("second@home.example"))
    assert len(arrived(sandbox)) == 2


def test_connection_is_renewed_after_a_hundred_mails(sandbox: Sandbox, mail: Adapter) -> None:
    mail.send(message())
    first = mail._connections._open.smtp
    mail._connections._open.mails = 100
    mail.send(message())
    assert mail._connections._open.smtp is not first


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("unknown_user", About.BAD_ADDRESS),
        ("bad_domain", About.BAD_ADDRESS),
        ("mailbox_full", About.SUSPECT),
        ("policy", About.CONFIG),
        ("too_big", About.CONTENT),
    ],
)
def test_refusal_says_what_it_is_about_and_keeps_the_connection(
    sandbox: Sandbox, mail: Adapter, kind: str, about: About
) -> None:
    mail.send(message("before@home.example"))
    kept = mail._connections._open.smtp
    fault(sandbox, kind=kind)
    with pytest.raises(ChannelRefused) as caught:
        mail.send(message())
    assert caught.value.about is about
    mail.send(message("after@home.example"))
    assert mail._connections._open.smtp is kept
    assert [found.recipients[0] for found in arrived(sandbox)] == ["before@home.example", "after@home.example"]


@pytest.mark.parametrize(
    ("kind", "error"), [("greylist", Deferred), ("local_error", Deferred), ("closing", UpstreamDown)]
)
def test_not_now_was_certainly_not_sent(sandbox: Sandbox, mail: Adapter, kind: str, error: type[UpstreamError]) -> None:
    fault(sandbox, kind=kind)
    with pytest.raises(error) as caught:
        mail.send(message())
    assert caught.value.retryable
    assert not isinstance(caught.value, UpstreamTimeout)
    assert arrived(sandbox) == []
    mail.send(message())


@pytest.mark.parametrize(("kind", "kept"), [("drop_before", 0), ("drop_after", 1), ("late", 1)])
def test_silence_after_the_dot_is_uncertain_and_a_repeat_has_the_same_id(
    sandbox: Sandbox, mail: Adapter, kind: str, kept: int
) -> None:
    hasty = Adapter(MailServer.from_url(sandbox.smtp_url), timeout_s=1.0)
    fault(sandbox, kind=kind, seconds=3)
    with pytest.raises(UpstreamTimeout):
        hasty.send(message())
    hasty.close()
    assert len(arrived(sandbox)) == kept
    mail.send(message())
    assert {found.header("Message-ID") for found in arrived(sandbox)} == {"<m1@ridge.example>"}
    assert Adapter.repeat_is_safe


def test_wrong_login_stops_the_channel(sandbox: Sandbox) -> None:
    mail = Adapter.from_settings({"WAYPOST_SMTP_URL": sandbox.smtp_url.replace("smtp://", "smtp://me:wrong@")})
    fault(sandbox, kind="bad_login", count=None)
    for ask in (lambda: mail.send(message()), mail.check):
        with pytest.raises(BadCredentials):
            ask()


def test_login_with_special_characters_is_used(sandbox: Sandbox) -> None:
    mail = Adapter.from_settings({"WAYPOST_SMTP_URL": sandbox.smtp_url.replace("smtp://", "smtp://me%40x:p%2Fw@")})
    mail.check()
    mail.send(message())
    assert arrived(sandbox)[0].login == "me@x"
    mail.close()


def test_password_never_leaves_without_encryption(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    monkeypatch.setattr(MailServer, "is_local", False)
    mail = Adapter.from_settings({"WAYPOST_SMTP_URL": sandbox.smtp_url.replace("smtp://", "smtp://me:secret@")})
    with pytest.raises(BadCredentials):
        mail.send(message())
    required = Adapter.from_settings({"WAYPOST_SMTP_URL": f"{sandbox.smtp_url}?starttls=required"})
    with pytest.raises(BadCredentials):
        required.send(message())
    assert arrived(sandbox) == []


def test_nobody_there_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    mail = Adapter.from_settings({"WAYPOST_SMTP_URL": f"smtp://127.0.0.1:{port}"})
    for ask in (lambda: mail.send(message()), mail.check):
        with pytest.raises(UpstreamDown):
            ask()


@contextmanager
def talking(*lines: bytes) -> Iterator[str]:
    """A server that says one line at each turn, whatever it hears, then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                for number, line in enumerate(lines):
                    connection.sendall(line)
                    if number < len(lines) - 1 and not connection.recv(65536):
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


OK, GO = b"250 fine\r\n", b"354 go\r\n"


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ((b"HTTP/1.1 400 Bad Request\r\n",), UpstreamDown),
        ((b"554 5.7.1 go away\r\n",), ChannelRefused),
        ((b"421 busy\r\n",), UpstreamDown),
        (
            (
                b"220 hi\r\n",
                OK,
                b"",
            ),
            UpstreamDown,
        ),
        ((b"220 hi\r\n", OK, OK, b"999 what\r\n"), ChannelRefused),
        ((b"220 hi\r\n", OK, OK, OK, OK), UpstreamDown),
        ((b"220 hi\r\n", OK, OK, OK, GO, b""), UpstreamTimeout),
        ((b"220 hi\r\n", OK, OK, OK, GO, b"garbage\r\n"), UpstreamTimeout),
        ((b"220 hi\r\n", OK, OK, OK, GO, b"x" * 10_000 + b"\r\n"), UpstreamTimeout),
        ((b"220 hi\r\n", OK, OK, OK, GO, b"354 again\r\n"), UpstreamTimeout),
        ((b"220 hi\r\n", OK, OK, OK, GO, b"550 5.1.1 no\r\n"), ChannelRefused),
    ],
)
def test_strange_servers_never_cause_another_error(lines: tuple[bytes, ...], error: type[UpstreamError]) -> None:
    with talking(*lines) as url:
        mail = Adapter(MailServer.from_url(url), timeout_s=1)
        with pytest.raises(error):
            mail.send(message())
        mail.close()


def test_bad_recipient_and_missing_sender_ask_nobody(sandbox: Sandbox, mail: Adapter) -> None:
    with pytest.raises(BadRecipient):
        mail.send(message("jo@home.example\r\nDATA"))
    with pytest.raises(ChannelRefused) as caught:
        mail.send(message(sender=None))
    assert caught.value.about is About.CONFIG
    assert arrived(sandbox) == []


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 25)),
        ("smtp://me:x@mail.example", MailServer("mail.example", 587, "me", "x")),
        ("smtps://me:x@mail.example", MailServer("mail.example", 465, "me", "x", "always")),
        ("smtp://mail.example:2525?starttls=never", MailServer("mail.example", 2525, tls="never")),
        ("smtp://[::1]:25?starttls=required", MailServer("::1", 25, tls="required")),
    ],
)
def test_settings_are_read(url: str, server: MailServer) -> None:
    assert Adapter.from_settings({"WAYPOST_SMTP_URL": url}).server == server


@pytest.mark.parametrize(
    "url", ["", "mail.example", "http://mail.example", "smtp://", "smtp://x:y@h:port", "smtp://h?starttls=x"]
)
def test_wrong_settings_are_named(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Adapter.from_settings({"WAYPOST_SMTP_URL": url})
    assert caught.value.faults[0].startswith("WAYPOST_SMTP_URL")


def test_neither_address_nor_text_nor_password_is_logged(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG", "tracking")
    mail = Adapter.from_settings({"WAYPOST_SMTP_URL": sandbox.smtp_url.replace("smtp://", "smtp://me:pa55word@")})
    with structlog.testing.capture_logs() as logged:
        mail.send(message("someone@home.example"))
    everything = f"{logged} {caplog.text} {capsys.readouterr()}"
    assert "email.sent" in everything
    for secret in ("someone@", "pa55word", "Today"):
        assert secret not in everything
    mail.close()
