"""What an SMTP reply says: about the address, about us, about the text, or just "not now".

Source: RFC 5321 (replies), RFC 3463 (enhanced codes), RFC 7505 (null MX), RFC 4954 (AUTH); Gmail on x.7.x.
"""

import re
from enum import StrEnum

from tracking.channels._base import About, Again, ChannelRefused, Deferred
from tracking.platform.errors import BadCredentials, UpstreamDown, UpstreamError

PROVIDER = "smtp"


class Stage(StrEnum):
    """At which command a reply came."""

    # greeting, EHLO, STARTTLS
    HELLO = "hello"
    AUTH = "auth"
    # the envelope's sender
    MAIL = "mail"
    # the envelope's recipient
    RCPT = "rcpt"
    # DATA, and the final dot
    DATA = "data"


# seconds of real time until another try makes sense; greylisting lifts after minutes, a full mailbox after hours
_GREYLIST_S = 300.0
_LOCAL_S = 900.0
_FULL_S = 4 * 3600.0
_THROTTLED_S = 1800.0

# class and detail of the enhanced code, without its first digit → what it is about
_ENHANCED: dict[str, tuple[About, str]] = {
    "1.1": (About.BAD_ADDRESS, "There is no such mailbox."),
    "1.2": (About.BAD_ADDRESS, "There is no such mail domain."),
    "1.3": (About.BAD_ADDRESS, "The address is not one."),
    "1.6": (About.BAD_ADDRESS, "The mailbox has moved away."),
    "1.10": (About.BAD_ADDRESS, "The domain takes no mail."),
    "2.1": (About.BAD_ADDRESS, "The mailbox is switched off."),
    "2.2": (About.SUSPECT, "The mailbox is full."),
    "2.3": (About.CONTENT, "The mail is too big for this mailbox."),
    "3.4": (About.CONTENT, "The mail is too big."),
}
_GROUPS: dict[str, tuple[About, str]] = {
    "1": (About.SUSPECT, "The address was not accepted."),
    "2": (About.SUSPECT, "The mailbox does not take it."),
    "3": (About.SERVICE, "The receiving mail system is in trouble."),
    "4": (About.SERVICE, "The way to the receiving server is in trouble."),
    "5": (About.CONFIG, "Our mail server and theirs do not understand each other."),
    "6": (About.CONTENT, "The receiving server cannot take this content."),
    "7": (About.CONFIG, "Refused by policy: the sender's reputation, its records (SPF, DKIM) or its rights."),
}
_CODE = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


def error_of(stage: Stage, code: int, text: str) -> UpstreamError:
    """The error a reply means. The mail was certainly not taken."""
    if code < 400:
        return UpstreamDown("The mail server answers what it should not.", provider=PROVIDER, status=code)
    found = _CODE.search(text)
    detail = ".".join(found.groups()) if found else str(code)
    about, meaning = _about(stage, code, f"{found[2]}.{found[3]}" if found else "")
    if stage is Stage.AUTH or code in {530, 534, 535, 538}:
        if code < 500:
            return UpstreamDown("The mail server cannot check our login now.", provider=PROVIDER, status=code)
        return BadCredentials(
            "The mail server does not accept our login.", provider=PROVIDER, status=code, detail_code=detail
        )
    if 400 <= code < 500:
        if stage is Stage.HELLO or code == 421:
            return UpstreamDown("The mail server asks to come back later.", provider=PROVIDER, status=code)
        return Deferred(
            "The receiving side asks to be tried later.",
            provider=PROVIDER,
            about=about,
            retry_after=_wait(code, detail),
            status=code,
            detail_code=detail,
        )
    again = Again.MUCH_LATER if detail == "5.2.2" else Again.NEVER
    return ChannelRefused(meaning, provider=PROVIDER, about=about, again=again, status=code, detail_code=detail)


def _about(stage: Stage, code: int, subject: str) -> tuple[About, str]:
    if stage in {Stage.HELLO, Stage.MAIL} and code >= 500 and subject not in {"2.2", "2.3", "3.4"}:
        # nothing about the recipient was said yet
        return About.CONFIG, "The mail server does not accept us or our sender."
    if subject:
        known = _ENHANCED.get(subject) or _GROUPS.get(subject.split(".", maxsplit=1)[0])
        if known:
            return known
    if stage is Stage.RCPT and code in {550, 551, 553}:
        # mostly an unknown user, sometimes a policy: one such answer is no proof
        return About.SUSPECT, "The address was refused, without a reason."
    if code in {523, 552, 554, 571}:
        return About.CONTENT, "The mail was refused for what it holds, or for its size."
    if 500 <= code <= 504 or code in {555, 556}:
        return About.CONFIG, "The mail server did not understand us."
    return About.UNKNOWN, "The mail was refused, without a reason we know."


def _wait(code: int, detail: str) -> float:
    if detail == "4.2.2" or code == 452:
        return _FULL_S
    if detail.startswith("4.7."):
        # greylisting uses 4.7.1, throttling 4.7.0 and 4.7.28
        return _GREYLIST_S if detail == "4.7.1" else _THROTTLED_S
    return _GREYLIST_S if code == 450 else _LOCAL_S
