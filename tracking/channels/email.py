"""Email over SMTP: one recipient a transaction, connections kept open, the same Message-ID at every try.

A mail whose fate is unknown may be sent again: most receivers drop a second copy with the same Message-ID.
Source: RFC 5321, RFC 5322, RFC 8058; the rules of Gmail, Yahoo and Outlook.com for senders, read 2026-11.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

import structlog

from tracking.channels._base import About, Channel, ChannelRefused, Outgoing, Progress, Receipt, Sender, Setting, masked
from tracking.channels._mime import letter
from tracking.channels._smtp import Connections, MailServer
from tracking.channels._smtp_codes import PROVIDER
from tracking.platform.errors import ConfigError

log = structlog.get_logger(__name__)


class Adapter(Channel):
    """Email. Safe for threads."""

    slug: ClassVar[str] = "email"
    repeat_is_safe: ClassVar[bool] = True
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("WAYPOST_SMTP_URL", "smtp://user:password@host:587, or smtps:// for TLS from the start.", secret=True),
    )

    def __init__(self, server: MailServer, *, sender: Sender | None = None, timeout_s: float = 20.0) -> None:
        """`sender` for messages that name none; `timeout_s` of real time for each reply of the server."""
        self.server = server
        self._sender = sender
        self._connections = Connections(server, timeout_s)

    @classmethod
    def from_settings(cls, values: Mapping[str, str]) -> Self:
        """As `Channel`; each message names its sender."""
        url = values.get("WAYPOST_SMTP_URL", "")
        if not url:
            raise ConfigError(["WAYPOST_SMTP_URL is missing."])
        return cls(MailServer.from_url(url))

    def send(self, outgoing: Outgoing) -> Receipt:
        """As `Channel`. The receipt's `provider_id` is the Message-ID, and SENT is all a mail server ever says."""
        sender = outgoing.sender or self._sender
        if sender is None or not sender.address:
            raise ChannelRefused("No sender is set.", provider=PROVIDER, about=About.CONFIG)
        ready = letter(outgoing, sender)
        self._connections.deliver(ready)
        log.debug("email.sent", message=outgoing.public_id, to=masked(outgoing.to), size=len(ready.raw))
        return Receipt(ready.message_id, Progress.SENT, sent_from=sender.address)

    def check(self) -> None:
        """As `Channel`: connects, secures and logs in."""
        self._connections.check()

    def close(self) -> None:
        """As `Channel`."""
        self._connections.drop()
