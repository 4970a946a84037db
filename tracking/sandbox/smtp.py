"""A mail server on loopback: takes everything for everybody, keeps it in memory, and fails when asked to.

AUTH is offered and not needed; there is no TLS, it listens on loopback only. Source: RFC 5321, RFC 3463, RFC 4954.
"""

import asyncio
import logging
import socket
import threading
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tracking.sandbox import _pages
from tracking.sandbox._mails import Mail
from tracking.sandbox.mishaps import Mishap, Mishaps
from tracking.sandbox.state import State

# it warns of its own deprecations at every login
logging.getLogger("mail.log").setLevel(logging.ERROR)

SIZE_LIMIT = 10 * 1024 * 1024

FAULTS = {
    "closing": "421 to RCPT, and the connection ends",
    "greylist": "450 4.2.0 to RCPT",
    "unknown_user": "550 5.1.1 to RCPT",
    "bad_domain": "550 5.1.2 to RCPT",
    "mailbox_full": "552 5.2.2 to RCPT",
    "policy": "550 5.7.1 after the final dot; nothing is stored",
    "too_big": "552 5.3.4 after the final dot; nothing is stored",
    "local_error": "451 4.3.0 after the final dot; nothing is stored",
    "bad_login": "535 5.7.8 to AUTH",
    "drop_before": "the connection ends at the final dot; nothing is stored",
    "drop_after": "the mail is stored, and the connection ends before the reply to the final dot",
    "late": "the mail is stored, and the reply to the final dot comes after `seconds`",
}
_AT_RCPT = {
    "closing": "421 4.3.2 Service shutting down",
    "greylist": "450 4.2.0 Greylisted, please try again later",
    "unknown_user": "550 5.1.1 No such user here",
    "bad_domain": "550 5.1.2 No such domain",
    "mailbox_full": "552 5.2.2 Mailbox full",
}
_AT_DOT = {
    "policy": "550 5.7.1 Message refused by policy",
    "too_big": "552 5.3.4 Message too big for system",
    "local_error": "451 4.3.0 Local error in processing",
}


def mishaps_of(state: State) -> Mishaps:
    """What goes wrong with mail in this sandbox."""
    with state.lock:
        return state.mishaps.setdefault("mail", Mishaps("mail", FAULTS))


class _Handler:
    """What the server does at each command."""

    def __init__(self, state: State, mishaps: Mishaps) -> None:
        self._state = state
        self._mishaps = mishaps

    async def handle_RCPT(  # noqa: N802 - the library's name
        self,
        server: SMTP,
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        mishap = self._mishaps.take(_AT_RCPT, address)
        if mishap is not None:
            if mishap.kind == "closing":
                await server.push(_AT_RCPT["closing"])
                _transport(server).close()
            return _AT_RCPT[mishap.kind]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        mishap = self._strike(("drop_before", "drop_after", "late", *_AT_DOT), envelope)
        if mishap is not None and mishap.kind in _AT_DOT:
            return _AT_DOT[mishap.kind]
        if mishap is None or mishap.kind != "drop_before":
            self._keep(session, envelope)
        if mishap is not None and mishap.kind == "late":
            await asyncio.sleep(mishap.seconds)
        elif mishap is not None:
            _drop(server)
        return "250 2.0.0 Kept"

    def authenticate(self, *given: Any) -> AuthResult:
        """Anybody may log in, unless the fault says otherwise."""
        if self._mishaps.take(("bad_login",)) is not None or not isinstance(given[-1], LoginPassword):
            return AuthResult(success=False, handled=False, message="535 5.7.8 Authentication credentials invalid")
        return AuthResult(success=True, auth_data=given[-1].login.decode("utf-8", "replace"))

    def _strike(self, kinds: tuple[str, ...], envelope: Envelope) -> Mishap | None:
        for recipient in envelope.rcpt_tos:
            mishap = self._mishaps.take(kinds, recipient)
            if mishap is not None:
                return mishap
        return None

    def _keep(self, session: Session, envelope: Envelope) -> None:
        content = envelope.content or b""
        self._state.mail.add(
            Mail(
                id=self._state.next_id(),
                at=self._state.now(),
                envelope_from=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                login=str(session.auth_data) if session.authenticated else "",
                raw=content if isinstance(content, bytes) else content.encode(),
            )
        )


def _drop(server: SMTP) -> None:
    connection = _transport(server).get_extra_info("socket")
    if connection is not None:
        _pages.cut(connection)
    _transport(server).abort()


def _transport(server: SMTP) -> asyncio.Transport:
    return cast("asyncio.Transport", server.transport)


class SmtpServer:
    """The server in a background thread; `port` is known at once."""

    def __init__(self, state: State, host: str, port: int) -> None:
        """Bind at once; port 0 takes a free one. raises OSError if it is taken."""
        self._handler = _Handler(state, mishaps_of(state))
        self._socket = socket.create_server((host, port))
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._up = threading.Event()

    def start(self) -> None:
        """Listen until `stop`."""
        self._thread = threading.Thread(target=self._serve, name="sandbox-smtp", daemon=True)
        self._thread.start()
        self._up.wait(5)

    def stop(self) -> None:
        """Hang up on everybody and free the port."""
        if self._thread is None:
            self._socket.close()
            self._loop.close()
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._thread = None

    def _protocol(self) -> SMTP:
        return SMTP(
            self._handler,
            hostname="sandbox.invalid",
            ident="Waypost sandbox",
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=self._handler.authenticate,
            loop=self._loop,
        )

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(self._protocol, sock=self._socket))
        self._up.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            rest = asyncio.all_tasks(self._loop)
            for task in rest:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
