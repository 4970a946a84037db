"""The sandbox's mail server, spoken to by the standard library's client."""

import smtplib
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from tracking.sandbox import Sandbox
from tracking.sandbox._mails import Mail
from tracking.sandbox.smtp import SIZE_LIMIT, mishaps_of

TEXT = "From: Shop <shop@papier.example>\r\nTo: jo@home.example\r\nSubject: Hello\r\n\r\nIt is on its way.\r\n"


@contextmanager
def server(sandbox: Sandbox) -> Iterator[smtplib.SMTP]:
    host, port = sandbox.smtp_url.removeprefix("smtp://").split(":")
    smtp = smtplib.SMTP(host, int(port), "tester.example", timeout=5)
    try:
        yield smtp
    finally:
        smtp.close()


def send(sandbox: Sandbox, to: str = "jo@home.example", text: str = TEXT) -> dict[str, Any]:
    with server(sandbox) as smtp:
        return smtp.sendmail("shop@papier.example", [to], text)


def fault(sandbox: Sandbox, **rule: Any) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/mail/faults", json={"count": 1, **rule}, timeout=5)
    assert answer.status_code == 201, answer.text


def kept(sandbox: Sandbox) -> list[Mail]:
    return sandbox.state.mail.all()


def test_mail_is_kept_with_its_envelope(sandbox: Sandbox) -> None:
    send(sandbox)
    mail = kept(sandbox)[0]
    assert (mail.envelope_from, mail.recipients) == ("shop@papier.example", ("jo@home.example",))
    assert mail.raw.decode() == TEXT
    assert mail.login == ""


def test_login_is_offered_and_not_needed(sandbox: Sandbox) -> None:
    with server(sandbox) as smtp:
        smtp.login("someone", "a password")
        smtp.sendmail("a@b.example", ["c@d.example"], TEXT)
    assert kept(sandbox)[0].login == "someone"


def test_many_mails_go_over_one_connection(sandbox: Sandbox) -> None:
    with server(sandbox) as smtp:
        for number in range(20):
            smtp.sendmail("a@b.example", [f"c{number}@d.example"], TEXT)
    assert len(kept(sandbox)) == 20


def test_non_ascii_address_arrives(sandbox: Sandbox) -> None:
    with server(sandbox) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("smtputf8")
        smtp.sendmail("a@b.example", ["zoé@d.example"], TEXT.encode(), mail_options=("SMTPUTF8",))
    assert kept(sandbox)[0].recipients == ("zoé@d.example",)


@pytest.mark.parametrize(
    ("kind", "code", "enhanced"),
    [
        ("closing", 421, "4.3.2"),
        ("greylist", 450, "4.2.0"),
        ("unknown_user", 550, "5.1.1"),
        ("bad_domain", 550, "5.1.2"),
        ("mailbox_full", 552, "5.2.2"),
    ],
)
def test_recipient_is_refused(sandbox: Sandbox, kind: str, code: int, enhanced: str) -> None:
    fault(sandbox, kind=kind)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        send(sandbox)
    assert caught.value.recipients["jo@home.example"][0] == code
    assert caught.value.recipients["jo@home.example"][1].startswith(enhanced.encode())
    assert kept(sandbox) == []
    send(sandbox)
    assert len(kept(sandbox)) == 1


def test_closing_ends_the_connection(sandbox: Sandbox) -> None:
    fault(sandbox, kind="closing")
    with server(sandbox) as smtp:
        smtp.ehlo()
        smtp.mail("a@b.example")
        assert smtp.rcpt("c@d.example")[0] == 421
        with pytest.raises(smtplib.SMTPServerDisconnected):
            smtp.noop()


@pytest.mark.parametrize(("kind", "code"), [("policy", 550), ("too_big", 552), ("local_error", 451)])
def test_mail_is_refused_after_the_dot(sandbox: Sandbox, kind: str, code: int) -> None:
    fault(sandbox, kind=kind)
    with pytest.raises(smtplib.SMTPDataError) as caught:
        send(sandbox)
    assert caught.value.smtp_code == code
    assert kept(sandbox) == []


@pytest.mark.parametrize(("kind", "mails"), [("drop_before", 0), ("drop_after", 1)])
def test_connection_ends_at_the_dot(sandbox: Sandbox, kind: str, mails: int) -> None:
    fault(sandbox, kind=kind)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(sandbox)
    assert len(kept(sandbox)) == mails


def test_late_reply_comes_late(sandbox: Sandbox) -> None:
    fault(sandbox, kind="late", seconds=0.3)
    started = time.monotonic()
    send(sandbox)
    assert time.monotonic() - started >= 0.3


def test_login_is_refused(sandbox: Sandbox) -> None:
    # the client tries every mechanism there is
    fault(sandbox, kind="bad_login", count=None)
    with server(sandbox) as smtp, pytest.raises(smtplib.SMTPAuthenticationError) as caught:
        smtp.login("someone", "wrong")
    assert caught.value.smtp_code == 535
    assert caught.value.smtp_error.startswith(b"5.7.8")


def test_fault_for_one_recipient_spares_the_others(sandbox: Sandbox) -> None:
    mishaps_of(sandbox.state).add(kind="unknown_user", to="gone@home.example")
    send(sandbox)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(sandbox, "gone@home.example")


def test_share_of_a_fault_is_met_about_that_often(sandbox: Sandbox) -> None:
    mishaps = mishaps_of(sandbox.state)
    mishaps.add(kind="greylist", share=0.25)
    struck = sum(mishaps.take(("greylist",)) is not None for _ in range(2000))
    assert 400 < struck < 600


def test_mail_beyond_the_limit_is_552(sandbox: Sandbox) -> None:
    with server(sandbox) as smtp:
        smtp.ehlo()
        assert int(smtp.esmtp_features["size"]) == SIZE_LIMIT
        smtp.mail("a@b.example", [f"size={SIZE_LIMIT + 1}"])
        assert smtp.rcpt("c@d.example")[0] >= 500


def test_memory_is_bounded(sandbox: Sandbox) -> None:
    sandbox.state.mail._entries = type(sandbox.state.mail._entries)(maxlen=2)
    for number in range(4):
        send(sandbox, f"c{number}@d.example")
    assert [mail.recipients[0] for mail in kept(sandbox)] == ["c2@d.example", "c3@d.example"]


def test_port_is_free_after_stop() -> None:
    with Sandbox(limits="off") as sandbox:
        port = int(sandbox.smtp_url.rsplit(":", 1)[1])
        send(sandbox)
    with socket.socket() as listener, pytest.raises(ConnectionRefusedError):
        listener.connect(("127.0.0.1", port))
