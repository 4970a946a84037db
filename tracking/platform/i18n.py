"""Languages: which one is spoken now, and how it writes days, times, windows and money.

Words come from gettext catalogues in `tracking/translations` (Flask-Babel); formats from CLDR (Babel). Business code
says `with speaking(locale, zone):` and calls these; all instants are shown in that zone.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, get_timezone_location
from babel.numbers import format_currency, get_currency_precision, get_currency_symbol
from flask import Flask
from flask_babel import Babel, pgettext, refresh
from flask_babel import gettext as _

TRANSLATIONS = Path(__file__).parents[1] / "translations"
DOMAIN = "waypost"
# CLDR's "en" writes American dates; people say "Thursday 5 December"
_CLDR = {"en": "en_GB"}

# U+00A0 stands between the number of the day and what follows it, until it is written out
_PATTERNS = {
    "en": {"EEEEd": "EEEE d", "Ed": "EEE d", "MMMEEEEd": "EEEE d MMM"},
    "fr": {
        "MMMMEEEEd": "EEEE d\u00a0MMMM",
        "MMMEd": "EEE d\u00a0MMM",
        "MMMEEEEd": "EEEE d\u00a0MMM",
        "MMMMd": "d\u00a0MMMM",
        "EEEEd": "EEEE d\u00a0",
        "Ed": "EEE d\u00a0",
    },
    "th": {"MMMMEEEEd": "EEEEที่ d MMMM", "MMMEEEEd": "EEEEที่ d MMM", "EEEEd": "EEEEที่ d"},
}

# languages that write whole amounts of their own currency without decimals: "฿480", but "฿480.50"
_WHOLE = {("th", "THB")}

_locale: ContextVar[str] = ContextVar("locale", default="en")
_zone: ContextVar[str] = ContextVar("zone", default="UTC")
babel = Babel()


def init_app(app: Flask) -> None:
    """Let Flask-Babel follow `speaking`."""
    app.config["BABEL_DOMAIN"] = DOMAIN
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    babel.init_app(app, locale_selector=_locale.get, timezone_selector=_zone.get)


@cache
def available() -> tuple[str, ...]:
    """Tags of all languages there is a catalogue for, English (the source) first."""
    found = sorted(path.parent.parent.name for path in TRANSLATIONS.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
    return ("en", *(tag for tag in found if tag != "en"))


def is_zone(name: str | None) -> bool:
    """True for an IANA zone that this machine knows."""
    try:
        return bool(name) and bool(ZoneInfo(name or ""))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def best(wanted: Iterable[str | None], offered: Iterable[str] | None = None) -> str:
    """The first wanted tag that is offered ("fr-CA" is served by "fr"); else the first offered."""
    choice = [tag for tag in (offered or available()) if tag in available()] or ["en"]
    for tag in wanted:
        for candidate in (tag or "", (tag or "").replace("_", "-").split("-")[0].lower()):
            if candidate in choice:
                return candidate
    return choice[0]


@contextmanager
def speaking(locale: str, zone: str = "UTC") -> Iterator[None]:
    """Speak this language inside, and show instants in this IANA zone."""
    before = _locale.set(best([locale])), _zone.set(zone if is_zone(zone) else "UTC")
    refresh()
    try:
        yield
    finally:
        _locale.reset(before[0])
        _zone.reset(before[1])
        refresh()


def speak(locale: str, zone: str = "UTC") -> None:
    """As `speaking`, for the rest of this request or task."""
    _locale.set(best([locale]))
    _zone.set(zone if is_zone(zone) else "UTC")
    refresh()


def locale() -> str:
    """The tag spoken now."""
    return _locale.get()


def zone() -> ZoneInfo:
    """The zone in which instants are shown now."""
    return ZoneInfo(_zone.get())


def local(at: datetime) -> datetime:
    """The instant in the zone of now."""
    return at.astimezone(zone())


@cache
def _cldr(tag: str) -> Locale:
    try:
        return Locale.parse(_CLDR.get(tag, tag).replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def language_name(tag: str) -> str:
    """What a language calls itself: "English", "Français", "ไทย"."""
    name = _cldr(tag).get_language_name(_cldr(tag).language) or tag
    return name[:1].upper() + name[1:]


def country_name(code: str | None) -> str:
    """A country in the language spoken, "" if unknown."""
    return _cldr(_locale.get()).territories.get((code or "").upper(), "") if code else ""


def _day(on: date, skeleton: str) -> str:
    """By our own pattern where CLDR's nearest one would shorten it, else by CLDR's."""
    tag = _locale.get()
    pattern = _PATTERNS.get(tag, {}).get(skeleton)
    if pattern is None:
        return format_skeleton(skeleton, on, locale=_cldr(tag)).replace(",", "")
    text = format_date(on, pattern, locale=_cldr(tag))
    if tag == "fr" and on.day == 1:
        text = text.replace("1\u00a0", "1er\u00a0", 1)
    return text.replace("\u00a0", " ")


_NEAR = {0: lambda: _("today"), 1: lambda: _("tomorrow"), -1: lambda: _("yesterday")}


def day(on: date, *, today: date | None = None, width: str = "long") -> str:
    """A day as people say it.

    width   long "Thursday 5 December", medium "Thursday 5 Dec", short "Thu 5 Dec", plain "5 December"
    today   gives "today", "tomorrow", "yesterday"; a year is added when it is not this one
    """
    if today is not None:
        near = _NEAR.get((on - today).days)
        if near:
            return str(near())
    text = _day(on, {"long": "MMMMEEEEd", "medium": "MMMEEEEd", "short": "MMMEd", "plain": "MMMMd"}[width])
    if today is not None and on.year != today.year and abs((on - today).days) > 180:
        # Thai counts years of the Buddhist era, which CLDR data in Babel does not
        text += f" {on.year + 543 if _locale.get() == 'th' else on.year}"
    return text


def weekday(on: date, *, width: str = "short") -> str:
    """ "Thu" or "Thursday"."""
    return format_date(on, "EEE" if width == "short" else "EEEE", locale=_cldr(_locale.get()))


def time(at: datetime) -> str:
    """ "14:05"; French "14 h 05"."""
    here = local(at)
    if _locale.get() == "fr":
        return f"{here.hour}\u202fh\u202f{here.minute:02d}" if here.minute else f"{here.hour}\u202fh"
    return f"{here.hour:02d}:{here.minute:02d}"


def _apart(words: str) -> str:
    """Thai sets no space between words, but one before an abbreviation: "พรุ่งนี้หรือ อ. 24 พ.ย."."""
    return f" {words}" if _locale.get() == "th" and re.match(r"[ก-ฮ]{1,2}\.", words) else words


def day_window(earliest: date, latest: date, *, today: date | None = None, width: str = "long") -> str:
    """A span of days: one day, "today or tomorrow", or "Thursday 3 – Friday 4 December"."""
    if earliest >= latest:
        return day(latest, today=today, width=width)
    if today is not None and earliest - today <= timedelta(days=1):
        first, last = (_apart(day(on, today=today, width=width)) for on in (earliest, latest))
        if (latest - earliest).days == 1:
            return str(_("%(first)s or %(second)s", first=first, second=last)).strip()
        return str(_("between %(first)s and %(last)s", first=first, last=last))
    if (earliest.year, earliest.month) == (latest.year, latest.month) and width != "plain":
        begin = _day(earliest, "Ed" if width == "short" else "EEEEd").strip()
    else:
        begin = day(earliest, width=width)
    return f"{begin} – {day(latest, today=today, width=width)}"


def time_window(earliest: datetime, latest: datetime) -> str:
    """ "14:00–17:00", in the zone of now; "about 16:00" where both are the same instant."""
    if earliest >= latest:
        return str(_("about %(time)s", time=time(latest)))
    return str(_("%(first)s–%(last)s", first=time(earliest), last=time(latest)))


def moment(at: datetime, *, now: datetime, width: str = "short") -> str:
    """An instant as people say it: "today 06:12", "yesterday 23:48", "Mon 23:48", "Mon 24 Nov 17:30"."""
    on, today = local(at).date(), local(now).date()
    if abs((on - today).days) > 1 and timedelta(0) <= today - on < timedelta(days=6):
        return str(pgettext("weekday and time", "%(day)s %(time)s", day=weekday(on, width=width), time=time(at)))
    return str(pgettext("day and time", "%(day)s %(time)s", day=day(on, today=today, width=width), time=time(at)))


def zone_city(name: str) -> str:
    """The city a zone is known by, in the language spoken: "Paris", "กรุงเทพ"."""
    return get_timezone_location(ZoneInfo(name), locale=_cldr(_locale.get()), return_city=True)


def money(minor: int | None, currency: str | None, *, home: str) -> str:
    """An amount in minor units, as a shop writes it in the language spoken: 1050 GBP -> "£10.50", "10,50 £".

    minor, currency  None: not known, and nothing is said
    home             the shop's own currency: "$" says enough in a shop in Canada; any other currency is told apart
    """
    if minor is None or not currency:
        return ""
    tongue, code = _cldr(_locale.get()), currency.upper()
    usual, own = get_currency_symbol(code, tongue), _symbol_at_home(home.upper(), tongue)
    symbol = own if code == home.upper() else code if usual == own else usual
    pattern = tongue.currency_formats["standard"].pattern
    if unicodedata.category(symbol[-1])[0] not in "SZ":
        # letters do not touch digits: "CHF 10.50"
        pattern = pattern.replace("¤#", "¤\u00a0#")
    amount = Decimal(minor).scaleb(-get_currency_precision(code))
    is_short = (tongue.language, code) in _WHOLE and amount == amount.to_integral_value()
    if is_short:
        pattern = pattern.replace(".00", "")
    return format_currency(amount, code, pattern, tongue, currency_digits=not is_short).replace(usual, symbol)


@cache
def _symbol_at_home(code: str, tongue: Locale) -> str:
    """A currency's sign in its own country ("$", "£", "kr"), where readers of any language can read it."""
    try:
        # the first two letters of a code are its country's, but for those of unions
        symbol = Locale.parse(f"und_{code[:2]}").currency_symbols.get(code, code)
    except (UnknownLocaleError, ValueError):
        symbol = code
    # Japan writes a wide yen sign
    symbol = unicodedata.normalize("NFKC", symbol)
    is_plain = all(unicodedata.category(char) == "Sc" or char.isascii() or _is_latin(char) for char in symbol)
    return symbol if symbol != code and is_plain else get_currency_symbol(code, tongue)


def _is_latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith("LATIN")
