"""What stands around every page of a shop: its look, its languages, its ways to be reached, and how links are made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import phonenumbers
from markupsafe import Markup, escape

from tracking.models import Store
from tracking.platform import brand, i18n
from tracking.platform.gettext import _, ngettext
from tracking.storefront.facts import Frame, HelpLink, Language, StoreFacts

# "25 November", "24 –", "24 hours", "ที่ 25 พ.ย.", and Thai words inside which browsers may break a line
_WHOLE = re.compile(
    r"(?:ที่ )?(?<![\d:.,/])\d{1,2}(?:er)?"
    r" (?:[A-Za-zÀ-ÿ]+|–|[ก-๙]{2,9}(?:คม|ยน|พันธ์)|[ก-๙]{1,3}\.[ก-๙]{1,2}\.)|ที่ \d{1,2}"
    "|วัน(?:อาทิตย์|จันทร์|อังคาร|พุธ|พฤหัสบดี|ศุกร์|เสาร์)|พรุ่งนี้|เมื่อวาน|นำส่ง|คำสั่งซื้อ|ไปรษณีย์ไทย"
)
STATIC = Path(__file__).parents[1] / "static"


@dataclass(frozen=True, slots=True)
class Here:
    """Where the reader is: paths keep the prefix the reader came by, and the language if one was chosen.

    prefix  "/s/<store>" or ""
    path    of this page, without the prefix
    lang    the language chosen in the address; None: the page's own
    """

    prefix: str
    path: str
    lang: str | None = None
    parcel: str | None = None

    def url(self, path: str | None = None, **query: str | None) -> str:
        """A path of ours with the query that stays; None takes a part away."""
        kept = {"parcel": self.parcel if path in {None, f"{self.path}/live"} else None, "lang": self.lang, **query}
        text = urlencode({name: value for name, value in kept.items() if value})
        return f"{self.prefix}{quote(path or self.path)}" + (f"?{text}" if text else "")


def frame_of(store: Store, here: Here, *, title: str, order_label: str = "") -> Frame:
    """The frame of a page in the language spoken now."""
    tags = [tag for tag in store.locales if tag in i18n.available()] or ["en"]
    languages = tuple(Language(tag, i18n.language_name(tag), here.url(lang=tag), tag == i18n.locale()) for tag in tags)
    return Frame(store_facts(store), i18n.locale(), title, languages, order_label)


def store_facts(store: Store) -> StoreFacts:
    """The shop as its pages show it."""
    look = brand.Brand.read(store.brand)
    base = f"/s/{quote(store.slug)}"
    logo = store.brand.get("logo_svg")
    logo_url = f"{base}/logo-{brand.digest(logo)}.svg" if isinstance(logo, str) and logo else None
    version = brand.version(look)
    return StoreFacts(
        name=store.name,
        slug=store.slug,
        logo_url=logo_url,
        home_url=web_url(store.url),
        css_url=f"{base}/brand-{version}.css",
        icon_url=f"{base}/icon-{version}.svg",
        imprint=in_language(store.policies.get("imprint"), store.locale),
    )


def help_of(store: Store) -> tuple[HelpLink, ...]:
    """The ways to reach the shop that it has, then its policies."""
    support, policies = store.support, store.policies
    hours = in_language(support.get("hours"), store.locale)
    links: list[HelpLink] = []
    if email := _text(support.get("email")):
        links.append(HelpLink("mail", _("Write to us"), f"mailto:{quote(email, safe='@')}", hours))
    if url := web_url(_text(support.get("url"))):
        links.append(HelpLink("chat", _("Ask us"), url, "" if links else hours))
    if phone := _text(support.get("phone")):
        links.append(HelpLink("phone", _("Call us"), f"tel:{quote(phone, safe='+')}", _grouped(phone)))
    if url := web_url(_text(policies.get("returns_url"))):
        days = policies.get("returns_days")
        note = ngettext("%(num)s day", "%(num)s days", days) if isinstance(days, int) and days > 0 else ""
        links.append(HelpLink("return", _("Change or send back"), url, note))
    if url := web_url(_text(policies.get("shipping_url"))):
        links.append(HelpLink("truck", _("Shipping"), url, ""))
    if url := web_url(_text(policies.get("privacy_url"))):
        links.append(HelpLink("shield", _("Privacy"), url, ""))
    return tuple(links)


def web_url(url: str | None) -> str | None:
    """A link a page may carry: http, https, or a path of our own; None for anything else."""
    text = (url or "").strip()
    if text.startswith("/") and not text.startswith(("//", "/\\")):
        return text
    return text if text.startswith(("https://", "http://")) and urlsplit(text).hostname else None


def in_language(words: object, home: str) -> str:
    """A merchant's text in the language spoken now, else in the shop's own, else any; "" if there is none."""
    if isinstance(words, str):
        return words
    if not isinstance(words, Mapping):
        return ""
    for tag in (i18n.locale(), home, *words):
        if isinstance(words.get(tag), str):
            return str(words[tag])
    return ""


@lru_cache(maxsize=64)
def asset(name: str) -> str:
    """The address of a static file, with a version of its content, so that it may be kept for ever."""
    return f"/static/{name}?v={brand.digest((STATIC / name).read_text(encoding='utf-8'))}"


def unbroken(text: str) -> Markup:
    """As HTML in which a line does not break inside a day: "25 November" and "พรุ่งนี้" stay whole while they fit."""
    return Markup(_WHOLE.sub(r'<span class="nb">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped here


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _grouped(phone: str) -> str:
    """E.164 as people read it: "+44 20 7946 0000"."""
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
