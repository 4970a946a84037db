"""Email to mail servers that encrypt, with certificates that are trusted and with ones that are not."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.channels.test_email import message
from tracking.channels.email import Adapter
from tracking.platform.errors import BadCredentials, UpstreamDown

Open = Callable[..., str]


class Taken:
    """What a server took: each mail's text, whether it came encrypted, and who had logged in."""

    def __init__(self) -> None:
        self.mails: list[tuple[bool, str]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        encrypted = server.transport is not None and server.transport.get_extra_info("ssl_object") is not None
        self.mails.append((encrypted, str(session.auth_data or "")))
        return "250 taken" if envelope.content else "554 empty"


def log_in(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    right = (data.login, data.password) == (b"shop", b"secret")
    return AuthResult(success=right, handled=right, auth_data=data.login.decode())


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """The only one whom this process trusts."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    return made


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def server(taken: Taken) -> Iterator[Open]:
    """`server(issuer, name="127.0.0.1", tls="starttls" | "always")`: the URL of a mail server with a certificate."""
    with ExitStack() as stack:

        def open_server(issuer: trustme.CA, *, name: str = "127.0.0.1", tls: str = "starttls") -> str:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            issuer.issue_cert(name).configure_cert(context)
            secured = (
                {"tls_context": context, "require_starttls": True} if tls == "starttls" else {"ssl_context": context}
            )
            # with TLS from the start aiosmtpd does not see that the way is safe
            controller = Controller(
                taken,
                hostname="127.0.0.1",
                port=_free_port(),
                authenticator=log_in,
                auth_require_tls=tls == "starttls",
                **secured,
            )
            controller.start()
            stack.callback(controller.stop)
            return f"{'smtp' if tls == 'starttls' else 'smtps'}://shop:secret@127.0.0.1:{controller.port}"

        yield open_server


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("tls", ["starttls", "always"])
def test_mail_and_password_travel_encrypted(authority: trustme.CA, server: Open, taken: Taken, tls: str) -> None:
    mail = Adapter.from_settings({"WAYPOST_SMTP_URL": server(authority, tls=tls)})
    mail.check()
    mail.send(message())
    mail.send(message())
    mail.close()
    assert taken.mails == [(True, "shop")] * 2


@pytest.mark.parametrize("tls", ["starttls", "always"])
@pytest.mark.parametrize("fault", ["issuer", "name"])
def test_certificate_that_cannot_be_trusted_gets_neither_password_nor_mail(
    authority: trustme.CA, server: Open, taken: Taken, tls: str, fault: str
) -> None:
    issuer, name = (trustme.CA(), "127.0.0.1") if fault == "issuer" else (authority, "mail.elsewhere.example")
    mail = Adapter.from_settings({"WAYPOST_SMTP_URL": server(issuer, name=name, tls=tls)})
    with pytest.raises(UpstreamDown, match="certificate that cannot be trusted"):
        mail.send(message())
    assert taken.mails == []


def test_wrong_password_is_told_as_such(authority: trustme.CA, server: Open) -> None:
    mail = Adapter.from_settings({"WAYPOST_SMTP_URL": server(authority).replace("secret", "guess")})
    with pytest.raises(BadCredentials):
        mail.check()
