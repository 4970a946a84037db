"""A mail as bytes: headers that nothing can be smuggled into, text and HTML, lines of at most 998 octets.

Source: RFC 5322, RFC 2047, RFC 2369 and RFC 8058 (unsubscribe), RFC 3834 (automatic mail), RFC 6531 (non-ASCII local
parts), Gmail's Feedback-ID.
"""

import binascii
import hashlib
import re
from dataclasses import dataclass
from email.utils import format_datetime

from tracking.channels._base import About, ChannelRefused, EmailParts, Outgoing, Sender, masked
from tracking.channels._smtp_codes import PROVIDER
from tracking.platform import clock
from tracking.platform.errors import BadRecipient

_MESSAGE_ID = re.compile(r"<[^\s<>@]+@[^\s<>@]+>")
_LOCAL = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f-\x9f]{1,64}")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_ATOM = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")


@dataclass(frozen=True, slots=True)
class Address:
    """An address ready for the wire: its domain in ASCII; only its local part may be anything else."""

    local: str
    domain: str

    @property
    def spec(self) -> str:
        """local@domain."""
        return f"{self.local}@{self.domain}"

    @property
    def is_ascii(self) -> bool:
        """False if the server has to know SMTPUTF8."""
        return self.local.isascii()


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to hand over."""

    envelope_from: Address
    to: Address
    message_id: str
    raw: bytes

    @property
    def needs_utf8(self) -> bool:
        """True if only a server with SMTPUTF8 can take it."""
        return not (self.envelope_from.is_ascii and self.to.is_ascii and self.raw_head_is_ascii)

    @property
    def raw_head_is_ascii(self) -> bool:
        """True if the headers hold nothing but ASCII."""
        return self.raw.partition(b"\r\n\r\n")[0].isascii()


def address(text: str) -> Address:
    """Take an address apart; an international domain becomes punycode. raises BadRecipient"""
    local, at, domain = text.strip().rpartition("@")
    try:
        ascii_domain = domain.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        ascii_domain = ""
    labels = ascii_domain.split(".")
    sound = _LOCAL.fullmatch(local) and not local.startswith(".") and not local.endswith(".") and ".." not in local
    if not at or not sound or len(ascii_domain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadRecipient(f"{masked(text)} is not an email address.", field="to")
    return Address(local, ascii_domain)


def letter(outgoing: Outgoing, sender: Sender) -> Letter:
    """Write a mail. raises BadRecipient, ChannelRefused for an address of ours that is none"""
    parts = outgoing.email or EmailParts(subject="")
    from_, to = _own(sender.address), address(outgoing.to)
    envelope_from = _own(parts.bounce_address) if parts.bounce_address else from_
    given = parts.message_id
    message_id = given if _MESSAGE_ID.fullmatch(given) else f"<{_token(outgoing.public_id)}@{from_.domain}>"
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(parts, sender, from_, to, message_id) if value)
    raw = head.encode() + _body(outgoing.text, parts.html, message_id)
    return Letter(envelope_from, to, message_id, raw)


def _own(text: str) -> Address:
    try:
        return address(text)
    except BadRecipient as error:
        raise ChannelRefused(
            f"The store's own address {masked(text)} is not an email address.", provider=PROVIDER, about=About.CONFIG
        ) from error


def _headers(parts: EmailParts, sender: Sender, from_: Address, to: Address, message_id: str) -> list[tuple[str, str]]:
    thread = parts.thread_id if _MESSAGE_ID.fullmatch(parts.thread_id) and parts.thread_id != message_id else ""
    unsubscribe = _uri(parts.unsubscribe_url)
    return [
        ("Date", format_datetime(clock.now())),
        ("From", _mailbox(sender.name, from_)),
        ("To", to.spec),
        ("Reply-To", _own(parts.reply_to).spec if parts.reply_to else ""),
        ("Subject", _words(parts.subject, "Subject")),
        ("Message-ID", message_id),
        ("In-Reply-To", thread),
        ("References", thread),
        ("X-Entity-Ref-ID", _token(parts.entity_id)),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("List-Unsubscribe", f"<{unsubscribe}>" if unsubscribe else ""),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click" if unsubscribe else ""),
        ("Feedback-ID", _token(parts.feedback_id)),
    ]


def _body(text: str, html: str, message_id: str) -> bytes:
    """The MIME part: its own headers, a blank line, the content. The same words give the same bytes.

    By hand: the standard library's generator takes longer than a mail server does.
    """
    plain = _part("plain", text)
    if not html:
        return b"MIME-Version: 1.0\r\n" + plain
    boundary = f"=_{hashlib.sha256(message_id.encode()).hexdigest()[:32]}".encode()
    edge = b"\r\n--" + boundary
    return b"".join(
        (
            b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="',
            boundary,
            b'"\r\n',
            edge + b"\r\n" + plain,
            edge + b"\r\n" + _part("html", html),
            edge + b"--\r\n",
        )
    )


def _part(kind: str, content: str) -> bytes:
    """A text in quoted-printable: lines of at most 76 octets, "=_" of a boundary cannot occur in it."""
    lines = _clean(content).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    encoded = binascii.b2a_qp((lines if lines.endswith("\r\n") else lines + "\r\n").encode(), istext=True)
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode() + encoded


def _words(text: str, name: str) -> str:
    """Any text as one header value: without control characters, encoded and folded where it has to be."""
    line = re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).strip()[:400]
    if line.isascii() and "=?" not in line and len(line) + len(name) + 2 <= 200:
        return line
    return _encoded(line, room=75 - len(name) - 2)


def _encoded(line: str, *, room: int) -> str:
    """As encoded words of at most 75 characters, one a line, no character cut in two; the first has `room`.

    By hand: the standard library's Header takes as long as rendering a whole letter. Source: RFC 2047, section 2.
    """
    raw, start, most = line.encode("utf-8", "replace"), 0, (room - 12) // 4 * 3
    words: list[str] = []
    while start < len(raw):
        end = min(start + most, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?utf-8?b?{binascii.b2a_base64(raw[start:end], newline=False).decode()}?=")
        start, most = end, 45
    return "\r\n ".join(words)


def _mailbox(name: str, at: Address) -> str:
    plain = re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", name).strip()[:100]
    if not plain:
        return at.spec
    if _ATOM.fullmatch(plain) and "=?" not in plain:
        return f"{plain} <{at.spec}>"
    if plain.isascii() and "=?" not in plain:
        quoted = plain.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{at.spec}>'
    return f"{_words(plain, 'From')} <{at.spec}>"


def _uri(url: str) -> str:
    """A URL without anything that could end a header or its angle brackets; "" if it is none."""
    return url if re.fullmatch(r"https?://[!-;=?-~]{3,900}", url) else ""


def _token(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.:_-]", "", text)[:200]


def _clean(text: str) -> str:
    """Without the control characters no mail should hold; lone surrogates become question marks."""
    bare = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text)
    return bare.encode("utf-8", "replace").decode()
