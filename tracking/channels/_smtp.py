"""Connections to a mail server: opened once a thread, secured, logged in, used for many mails, opened again when lost.

Not for: what a mail looks like (`_mime`) or what a reply means (`_smtp_codes`).
"""

import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

import structlog

from tracking.channels._mime import Letter
from tracking.channels._smtp_codes import PROVIDER, Stage, error_of
from tracking.platform.errors import ConfigError, UpstreamDown, UpstreamError, UpstreamTimeout

log = structlog.get_logger(__name__)

_TIMEOUT_S = 20.0
# receivers hang up on connections that idle, and on those that never end
_IDLE_S = 30.0
_MAILS_A_CONNECTION = 100


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes. `tls`: "always" (from the first byte), "offered" (STARTTLS if there is), "required", "never"."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: str = "offered"

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read smtp://user:password@host:587 or smtps://…; `?starttls=required` or `never`. raises ConfigError"""
        shape = "WAYPOST_SMTP_URL looks like smtp://user:password@host:587 or smtps://user:password@host."
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ConfigError([shape]) from None
        starttls = parse_qs(parts.query).get("starttls", ["offered"])[-1]
        if (
            parts.scheme not in {"smtp", "smtps"}
            or not parts.hostname
            or starttls
            not in {
                "offered",
                "required",
                "never",
            }
        ):
            raise ConfigError([shape])
        usual = 465 if parts.scheme == "smtps" else 587 if parts.username else 25
        return cls(
            parts.hostname,
            port or usual,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            "always" if parts.scheme == "smtps" else starttls,
        )

    @property
    def is_local(self) -> bool:
        """True if nobody can listen in on the way."""
        return self.host in {"localhost", "127.0.0.1", "::1"}


class _Open(threading.local):
    """A thread's connection."""

    smtp: smtplib.SMTP | None = None
    mails: int = 0
    used_at: float = 0.0


class Connections:
    """Hands letters over, one transaction each. Safe for threads: each has its own connection."""

    def __init__(self, server: MailServer, timeout_s: float = _TIMEOUT_S) -> None:
        """Nothing is opened before the first letter. `timeout_s` of real time for each reply."""
        self._server = server
        self._timeout_s = timeout_s
        self._open = _Open()

    def deliver(self, letter: Letter) -> str:
        """Hand a letter over; the server's reply.

        raises  UpstreamTimeout if the connection ended between the text and the reply: it may have been taken
        """
        smtp, fresh = self._ready()
        try:
            try:
                self._envelope(smtp, letter)
            except (smtplib.SMTPServerDisconnected, OSError) as error:
                if fresh:
                    raise _lost(error) from error
                # it hung up while idle; nothing was handed over yet
                self.drop()
                smtp, _ = self._ready()
                self._envelope(smtp, letter)
            return self._content(smtp, letter)
        except UpstreamError as error:
            if not _keeps_connection(error):
                self.drop()
            else:
                self._reset(smtp)
            raise
        except (smtplib.SMTPException, OSError) as error:
            self.drop()
            raise _lost(error) from error

    def check(self) -> None:
        """Connect, secure and log in. raises UpstreamError"""
        self.drop()
        self._ready()
        self.drop()

    def drop(self) -> None:
        """Close this thread's connection, if there is one."""
        smtp, self._open.smtp = self._open.smtp, None
        if smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def _ready(self) -> tuple[smtplib.SMTP, bool]:
        """This thread's connection, and whether it was opened just now."""
        kept = self._open
        if kept.smtp is not None:
            if kept.mails < _MAILS_A_CONNECTION and time.monotonic() - kept.used_at < _IDLE_S:
                return kept.smtp, False
            self.drop()
        try:
            kept.smtp = self._connect()
        except smtplib.SMTPResponseException as error:
            raise error_of(Stage.HELLO, error.smtp_code, _text(error.smtp_error)) from error
        except ssl.SSLCertVerificationError as error:
            raise UpstreamDown(
                "The mail server shows a certificate that cannot be trusted.", provider=PROVIDER
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            raise _lost(error) from error
        kept.mails, kept.used_at = 0, time.monotonic()
        return kept.smtp, True

    def _connect(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        smtp: smtplib.SMTP = (
            smtplib.SMTP_SSL(server.host, server.port, _own_name(), timeout=self._timeout_s, context=context)
            if server.tls == "always"
            else smtplib.SMTP(server.host, server.port, _own_name(), timeout=self._timeout_s)
        )
        try:
            smtp.ehlo_or_helo_if_needed()
            if server.tls in {"offered", "required"} and smtp.has_extn("starttls"):
                smtp.starttls(context=context)
                smtp.ehlo()
            self._log_in(smtp)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        server, secure = self._server, isinstance(smtp.sock, ssl.SSLSocket)
        if not secure and (server.tls == "required" or (server.user and not server.is_local and server.tls != "never")):
            raise error_of(Stage.AUTH, 538, "5.7.11 the mail server offers no encryption; the password stays here")
        if not server.user:
            return
        try:
            smtp.login(server.user, server.password)
        except smtplib.SMTPAuthenticationError as error:
            raise error_of(Stage.AUTH, error.smtp_code, _text(error.smtp_error)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise error_of(Stage.AUTH, 534, "5.7.9 the mail server offers no login we know") from error

    def _envelope(self, smtp: smtplib.SMTP, letter: Letter) -> None:
        options = [f"size={len(letter.raw)}"] if smtp.has_extn("size") else []
        if letter.needs_utf8:
            if not smtp.has_extn("smtputf8"):
                raise error_of(Stage.DATA, 550, "5.6.7 the mail server cannot carry non-ASCII addresses")
            smtp.command_encoding = "utf-8"
            options += ["SMTPUTF8", "BODY=8BITMIME"]
        try:
            _expect(Stage.MAIL, smtp.mail(letter.envelope_from.spec, options))
            _expect(Stage.RCPT, smtp.rcpt(letter.to.spec))
        finally:
            smtp.command_encoding = "ascii"
        _expect(Stage.DATA, smtp.docmd("DATA"), good=354)

    def _content(self, smtp: smtplib.SMTP, letter: Letter) -> str:
        lines = letter.raw.replace(b"\r\n.", b"\r\n..")
        end = b".\r\n" if lines.endswith(b"\r\n") else b"\r\n.\r\n"
        try:
            smtp.send(lines + end)
            code, text = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise UpstreamTimeout("The mail server did not say whether it took the mail.", provider=PROVIDER) from error
        if not 250 <= code <= 251 and code < 400:
            raise UpstreamTimeout("The mail server answers what it should not.", provider=PROVIDER, status=code)
        _expect(Stage.DATA, (code, text))
        self._open.mails += 1
        self._open.used_at = time.monotonic()
        return _text(text)

    def _reset(self, smtp: smtplib.SMTP) -> None:
        try:
            if smtp.rset()[0] == 250:
                return
        except (smtplib.SMTPException, OSError):
            log.debug("smtp.reset_failed")
        self.drop()


@cache
def _own_name() -> str:
    """What we call ourselves in EHLO; looked up once, because it may ask a name server."""
    return socket.getfqdn()


def _expect(stage: Stage, reply: tuple[int, bytes], good: int = 250) -> None:
    code, text = reply
    if code != good and not (good == 250 and code == 251):
        raise error_of(stage, code, _text(text))


def _keeps_connection(error: UpstreamError) -> bool:
    return error.status is not None and error.status >= 400 and error.status != 421


def _lost(error: Exception) -> UpstreamError:
    if isinstance(error, smtplib.SMTPResponseException):
        return error_of(Stage.HELLO, error.smtp_code, _text(error.smtp_error))
    return UpstreamDown("The mail server could not be reached, or hung up.", provider=PROVIDER)


def _text(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
