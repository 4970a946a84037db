"""Turns a message into what a channel sends: words from the notice, a letter around them in the store's colours.

Emails are written once in MJML; mrml compiles the letter when the file changes, Jinja fills it in for each message in a
sandbox. Every email has a text part. Not for: deciding anything.
"""

import re
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import mrml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tracking.channels._base import EmailParts, Outgoing, Sender
from tracking.channels._gsm import downgraded, segments
from tracking.models import Channel, Store
from tracking.notifications import words
from tracking.notifications.dossier import Dossier
from tracking.notifications.facts import gather
from tracking.notifications.letter import Fact, Item, Page, Step, page
from tracking.notifications.links import callback_of, links
from tracking.notifications.offers import Offer, Offers
from tracking.platform import clock, i18n
from tracking.platform.brand import FACES, Brand, palette
from tracking.platform.gettext import _

TEMPLATES: Final = Path(__file__).parents[1] / "templates"
# Gmail cuts a mail off here
MOST_BYTES: Final = 100_000
LETTER: Final = TEMPLATES / "email" / "letter.mjml"
ROUTE: Final = TEMPLATES / "email" / "_route.html"
_FACTS: Final = frozenset({Page, Step, Fact, Item, Offer})
NO_OFFERS: Final = Offers()
_PAINT: Final = re.compile(r"\{\{ (?P<whose>light|dark|brand)\.(?P<name>\w+) \}\}")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in its words. `title` is the subject, "" for an SMS; `html` None for an SMS."""

    outgoing: Outgoing
    title: str | None
    text: str
    html: str | None
    segments: int | None
    message_id: str


def render(dossier: Dossier, base_url: str, offers: Offers = NO_OFFERS) -> Letter:
    """Write a message in its language, for its reader's zone. `offers` stand below an email; a text has no place."""
    with i18n.speaking(dossier.message.locale, dossier.order.time_zone):
        return _sms(dossier, base_url) if dossier.message.channel is Channel.SMS else _email(dossier, base_url, offers)


def _sms(dossier: Dossier, base_url: str) -> Letter:
    message, store = dossier.message, dossier.order.store
    to = links(dossier.order, base_url)
    text = words.sms_words(message.meaning, gather(dossier), to.page, "" if dossier.texted else _ending_note(store))
    outgoing = Outgoing(
        public_id=message.public_id,
        to=message.recipient,
        text=text,
        sender=Sender(store.sms_sender, store.name) if store.sms_sender else None,
        callback_url=callback_of(store, base_url),
        valid_for_s=_valid_for_s(dossier),
    )
    return Letter(outgoing, None, text, None, segments(downgraded(text)).segments, "")


def _email(dossier: Dossier, base_url: str, offers: Offers) -> Letter:
    message, store = dossier.message, dossier.order.store
    said = words.email_words(message.meaning, gather(dossier))
    full = page(dossier, said, base_url, offers)
    html = html_of(full, Brand.read(store.brand))
    text = text_of(full)
    message_id = message.provider_ref or f"<{message.public_id}@{_domain(store, base_url)}>"
    outgoing = Outgoing(
        public_id=message.public_id,
        to=message.recipient,
        text=text,
        sender=Sender(store.sender_email, store.sender_name or store.name) if store.sender_email else None,
        email=EmailParts(
            subject=said.subject,
            html=html,
            message_id=message_id,
            thread_id=dossier.thread_id,
            reply_to=store.reply_to or str(store.support.get("email") or ""),
            unsubscribe_url=links(dossier.order, base_url).unsubscribe,
            feedback_id=f"{message.meaning.value}:{message.locale}:{store.slug}:waypost",
        ),
    )
    return Letter(outgoing, said.subject, text, html, None, message_id)


def html_of(full: Page, brand: Brand) -> str:
    """The HTML part. raises ValueError if it is longer than mail programs show"""
    html = _html_template(brand).render(letter=full)
    if len(html) > MOST_BYTES // 4 and len(html.encode()) > MOST_BYTES:
        raise ValueError("this letter is longer than mail programs show")
    return html


def text_of(full: Page) -> str:
    """The text part."""
    written = _text_template().render(letter=full)
    return re.sub(r"\n{3,}", "\n\n", written).strip() + "\n"


def _ending_note(store: Store) -> str:
    """How to end these texts; a sender with letters in it cannot be answered."""
    sender = store.sms_sender or ""
    if re.search(r"[A-Za-z]", sender) and not re.fullmatch(r"MG[0-9a-fA-F]{32}", sender):
        return _("No more texts: choose on that page.")
    return _("Reply STOP to opt out.")


def _valid_for_s(dossier: Dossier) -> int | None:
    """Real seconds for which the service may keep it waiting."""
    until = dossier.message.worth_until
    if until is None:
        return None
    return max(60, min(36_000, int((until - clock.now()).total_seconds() / clock.speed())))


def _domain(store: Store, base_url: str) -> str:
    """The right side of a Message-ID: the sender's domain."""
    if store.sender_email and "@" in store.sender_email:
        return store.sender_email.rsplit("@", 1)[1].encode("idna").decode()
    return store.domain or urlsplit(base_url).hostname or "localhost"


class _Sandbox(ImmutableSandboxedEnvironment):
    """A sandbox that does not ask twice whether a page's own frozen facts may be read."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """An attribute, as a template writes it."""
        if type(obj) in _FACTS and not attribute.startswith("_"):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


@cache
def _environment(kind: Literal["html", "text"]) -> Environment:
    made = _Sandbox(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=kind == "html",
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["_"] = _
    made.policies["json.dumps_kwargs"] = {"sort_keys": False, "ensure_ascii": False}
    return made


def _html_template(brand: Brand) -> Template:
    changed_at = tuple(file.stat().st_mtime_ns for file in (LETTER, ROUTE))
    return _painted(brand, changed_at)


@lru_cache(maxsize=256)
def _painted(brand: Brand, changed_at: tuple[int, ...]) -> Template:
    """The letter in a store's colours: they stand in hundreds of places, and are the same in each of its letters."""
    light, dark = palette(brand, dark=False), palette(brand, dark=True)
    shape = {
        "face": FACES[brand.face].replace('"', "'"),
        "radius": brand.radius_px,
        "small_radius": min(brand.radius_px, 12),
    }
    values = {"light": asdict(light), "dark": asdict(dark), "brand": shape}
    html = _PAINT.sub(lambda found: str(values[found["whose"]][found["name"]]), _compiled(changed_at))
    return _environment("html").from_string(html)


@lru_cache(maxsize=4)
def _compiled(changed_at: tuple[int, ...]) -> str:  # noqa: ARG001 - the key: compiled when a file changes
    source = LETTER.read_text(encoding="utf-8").replace("{{ route }}", ROUTE.read_text(encoding="utf-8"))
    return _tight(mrml.to_html(source).content)


def _tight(html: str) -> str:
    """Without the blanks between tags that only the source needs."""
    return re.sub(r">\s*\n\s*<", "><", html)


def _text_template() -> Template:
    return _environment("text").get_template("email/letter.txt")
