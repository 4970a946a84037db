"""A mail that arrived: the bytes are the truth, everything else is read from them when somebody looks."""

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from functools import lru_cache
from typing import Any

_CHARSET = "utf-8"


@lru_cache(maxsize=256)
def _parsed(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, as it came. `at` is business time; `login` the user that authenticated, "" if none."""

    id: int
    at: datetime
    envelope_from: str
    recipients: tuple[str, ...]
    login: str
    raw: bytes

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Names and decoded values, in order."""
        return [(name, _one_line(value)) for name, value in _parsed(self.raw).items()]

    def header(self, name: str) -> str:
        """A header's decoded value; "" if it is missing."""
        return next((value for found, value in self.headers if found.lower() == name.lower()), "")

    @property
    def subject(self) -> str:
        """Decoded."""
        return self.header("Subject") or "(no subject)"

    @property
    def sender_name(self) -> str:
        """The name in From, else its address."""
        shown = self.header("From")
        return shown.split("<")[0].strip().strip('"') or shown or self.envelope_from or "(nobody)"

    @property
    def text(self) -> str:
        """The text part; "" if there is none."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """The HTML part; "" if there is none."""
        return self._part("html")

    @property
    def source(self) -> str:
        """As it came over the wire."""
        return self.raw.decode(_CHARSET, "replace")

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.raw)

    def _part(self, kind: str) -> str:
        try:
            part = _parsed(self.raw).get_body((kind,))
            content = part.get_content() if part is not None else ""
        except (LookupError, ValueError, KeyError, AttributeError):
            # an unknown charset or a broken structure: the source is still there to read
            return ""
        return content if isinstance(content, str) else ""

    def facts(self, *, whole: bool = False) -> dict[str, Any]:
        """As JSON; `whole` adds headers, text and HTML."""
        short: dict[str, Any] = {
            "id": self.id,
            "at": self.at.isoformat(),
            "from": self.header("From"),
            "to": list(self.recipients),
            "subject": self.subject,
            "message_id": self.header("Message-ID"),
            "size": self.size,
        }
        if not whole:
            return short
        return short | {
            "envelope_from": self.envelope_from,
            "login": self.login or None,
            "headers": [{"name": name, "value": value} for name, value in self.headers],
            "text": self.text,
            "html": self.html,
        }


def _one_line(value: object) -> str:
    return re.sub(r"\s+", " ", str(value)).strip()
