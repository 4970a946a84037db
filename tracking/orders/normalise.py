"""One value as a shop writes it → the one form that is stored. Pure; errors are sentences a person can act on.

Sources: RFC 5321/5322 and UTS 46 (email), ITU E.164 through libphonenumber's metadata, ISO 3166-1, ISO 4217, CLDR
(names of countries, decimals of currencies), the Universal Postal Union's address formats, BCP 47, ISO 8601.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import idna
import phonenumbers
from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_precision, list_currencies

from tracking.platform import i18n
from tracking.platform.errors import BadRecipient, BadTrackingNumber, InputError

MAX_MINOR: Final = 10**13
# the names of countries are read in the languages of the product and its neighbours
_NAMING: Final = ("en", "fr", "th", "de", "es", "it", "nl", "pt")
_BREAKS: Final = frozenset("\t\n\r\v\f\x85\u2028\u2029")
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
# 9.4E+21, 9,4E21, 1E+13, 9E21; a number like 123456E789 is none
_ROUNDED = re.compile(r"[+-]?(\d[.,]\d+E[+-]?\d{1,2}|\d+E[+-]\d{1,2}|\dE\d{1,2})", re.IGNORECASE)


def text(value: str, *, most: int) -> str | None:
    """Unicode NFC on one line, without control and direction-changing characters; None if nothing is left.

    raises  InputError if it is longer than `most` characters
    """
    kept = "".join(" " if c in _BREAKS else c for c in value if c in _BREAKS or _is_plain(c))
    tidy = re.sub(r" {2,}", " ", unicodedata.normalize("NFC", kept)).strip()
    if len(tidy) > most:
        raise InputError(f"This is too long: {most} characters at most.")
    return tidy or None


def _is_plain(c: str) -> bool:
    # zero-width joiners and spaces belong to Thai and to emoji; the bidirectional overrides belong to forgers
    return unicodedata.category(c) not in {"Cc", "Cs"} and not ("\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069")


def email(value: str) -> str:
    """An address with its domain in lower-case ASCII (IDNA); the local part stays as it is.

    raises  BadRecipient
    """
    address = text(value, most=320) or ""
    local, at, domain = address.rpartition("@")
    if not at or not re.fullmatch(r"[^\s@\"(),:;<>\[\]\\.]+(\.[^\s@\"(),:;<>\[\]\\.]+)*", local):
        raise BadRecipient("This is not an email address. Write it like jo@example.com.")
    try:
        ascii_domain = idna.encode(domain.strip().lower(), uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        raise BadRecipient("The domain of this email address cannot exist.") from None
    if "." not in ascii_domain or ascii_domain.rsplit(".", 1)[1].isdigit():
        raise BadRecipient("The domain of this email address cannot exist.")
    whole = f"{local}@{ascii_domain}"
    if len(local.encode()) > 64 or len(whole) > 254:
        raise BadRecipient("This email address is too long.")
    return whole


def phone(value: str, country: str | None) -> str:
    """A phone number in E.164.

    country  ISO 3166-1 alpha-2, to read a national number; None: only international ones are read
    raises   BadRecipient
    """
    said = (text(value, most=60) or "").replace("\u00a0", " ")
    try:
        number = phonenumbers.parse(said, country)
    except phonenumbers.NumberParseException:
        hint = "" if country else " No country is known, so write it with one: +44 20 7946 0000."
        raise BadRecipient(f"This is not a phone number.{hint}") from None
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise BadRecipient("This phone number has too few or too many digits for its country.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def country(value: str) -> str:
    """ISO 3166-1 alpha-2 of a code (two or three letters) or a name. raises InputError"""
    said = text(value, most=80) or ""
    code = said.upper().replace(".", "")
    if code in _countries():
        return code
    aliases = get_global("territory_aliases").get(code) if len(code) in {2, 3} else None
    if aliases and len(aliases) == 1 and aliases[0] in _countries():
        return str(aliases[0])
    named = _country_names().get(_bare(said))
    if named is None:
        raise InputError("No country has this code or name. Use two letters, for example GB.")
    return named


@cache
def _countries() -> frozenset[str]:
    # CLDR's private and grouping codes (XA, EU, ZZ …) are no countries
    odd = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "CQ"}
    names = [str(code) for code in Locale("en").territories]
    return frozenset(code for code in names if len(code) == 2 and code.isalpha() and code not in odd)


@cache
def _country_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in reversed(_NAMING):
        for code, name in Locale(language).territories.items():
            if code in _countries():
                names[_bare(name)] = code
                names[_bare(name.split("(")[0])] = code
    more = {"england": "GB", "scotland": "GB", "wales": "GB", "northernireland": "GB", "greatbritain": "GB"}
    return names | more | {"unitedstatesofamerica": "US", "usofamerica": "US", "holland": "NL", "korea": "KR"}


def _bare(name: str) -> str:
    split = unicodedata.normalize("NFD", name.casefold())
    # accents go; the vowel and tone marks of Thai are letters in their own right
    return "".join(c for c in split if c.isalnum() or (unicodedata.category(c)[0] == "M" and c > "\u036f"))


# digits (and letters) of a code without blanks -> as it is written
_SPACED: Final[dict[str, tuple[str, str]]] = {
    "GB": (r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})", r"\1 \2"),
    "CA": (r"([A-Z]\d[A-Z])(\d[A-Z]\d)", r"\1 \2"),
    "NL": (r"([1-9]\d{3})([A-Z]{2})", r"\1 \2"),
    "IE": (r"([A-Z]\d[\dW])([A-Z\d]{4})", r"\1 \2"),
    "SE": (r"(\d{3})(\d{2})", r"\1 \2"),
    "CZ": (r"(\d{3})(\d{2})", r"\1 \2"),
    "SK": (r"(\d{3})(\d{2})", r"\1 \2"),
    "GR": (r"(\d{3})(\d{2})", r"\1 \2"),
    "PL": (r"(\d{2})(\d{3})", r"\1-\2"),
    "PT": (r"(\d{4})(\d{3})", r"\1-\2"),
    "BR": (r"(\d{5})(\d{3})", r"\1-\2"),
    "JP": (r"(\d{3})(\d{4})", r"\1-\2"),
    "US": (r"(\d{5})(\d{4})", r"\1-\2"),
    "MT": (r"([A-Z]{3})(\d{4})", r"\1 \2"),
}
_SPACED["GG"] = _SPACED["JE"] = _SPACED["IM"] = _SPACED["GB"]
# codes of five digits that may begin with a zero, which spreadsheets drop
_FIVE_DIGITS: Final = frozenset({"US", "DE", "FR", "ES", "IT", "MX", "EE", "HR", "MY", "TR", "UA"})


def postal_code(value: str, country: str | None) -> str | None:
    """A postal code as its country writes it; one that does not fit is kept as it was typed, in capitals.

    raises  InputError if it is longer than any postal code
    """
    said = (text(value, most=20) or "").upper()
    bare = re.sub(r"[\s.-]", "", said)
    if country in _FIVE_DIGITS and re.fullmatch(r"\d{4}", bare):
        bare = said = f"0{bare}"
    pattern, written = _SPACED.get(country or "", ("", ""))
    if pattern and re.fullmatch(pattern, bare):
        return re.sub(pattern, written, bare)
    if re.fullmatch(r"[A-Z]{1,2}-\d{3,6}", said):
        # an old habit: the country's letter before the digits
        return said.split("-")[1]
    return said or None


def tracking_number(value: str) -> str:
    """Upper case, without blanks and dashes, 4 to 64 letters and digits.

    raises  BadTrackingNumber; a number that a spreadsheet rounded is told apart
    """
    said = unicodedata.normalize("NFKC", value).strip()
    if _ROUNDED.fullmatch(said):
        raise BadTrackingNumber(
            "A spreadsheet turned this tracking number into a rounded one, and its digits are lost. "
            "Format the column as text, fill it again and export anew."
        )
    number = re.sub(r"[\s\u200b\u2010-\u2015-]", "", said).upper()
    if not re.fullmatch(r"[A-Z0-9]{4,64}", number):
        raise BadTrackingNumber("A tracking number has 4 to 64 letters and digits.")
    return number


def currency(value: str) -> str:
    """An ISO 4217 code. raises InputError"""
    code = (text(value, most=20) or "").upper()
    if code not in _currencies():
        raise InputError("This is not a currency code of ISO 4217. Write it like EUR.")
    return code


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def money(value: str | int | float | Decimal, currency: str) -> int:
    """An amount in minor units of `currency`, 0 or more.

    value   12.5, "39.90", "39,90", "1 234,50", "1.234,50", "1,234.50"; a currency's sign or code may stand beside it
    raises  InputError; also for "1.234", which two countries read differently
    """
    places = get_currency_precision(currency)
    amount = _decimal(value, places) if isinstance(value, str) else Decimal(str(value))
    if not amount.is_finite():
        raise InputError("This is not an amount of money.")
    minor = amount.scaleb(places)
    if minor < 0:
        raise InputError("An amount of money cannot be negative here.")
    if minor > MAX_MINOR:
        raise InputError("This amount of money is too large.")
    if minor != minor.to_integral_value():
        raise InputError(f"{currency} has {places} decimals, this amount has more.")
    return int(minor)


def _decimal(said: str, places: int) -> Decimal:
    bare = re.sub(r"[\s'’\u00a0\u202f]", "", unicodedata.normalize("NFKC", said))
    bare = re.sub(r"^[^\d.,+-]{1,4}|[^\d.,]{1,4}$", "", bare)
    if not re.fullmatch(r"[+-]?\d[\d.,]*", bare) or len(bare) > 30:
        raise InputError("This is not an amount of money. Write it like 1234.50.")
    last = max(bare.rfind("."), bare.rfind(","))
    if last < 0:
        return Decimal(bare)
    mark = bare[last]
    other = "," if mark == "." else "."
    whole, decimals = bare[:last], bare[last + 1 :]
    if mark in whole or (places == 0 and other not in whole and len(decimals) == 3):
        # the same mark twice, or decimals that the currency does not have: it parts thousands
        whole, decimals, other = bare, "", mark
    elif other not in whole and len(decimals) == 3 and places != 3 and whole.lstrip("+-") not in {"0", "00", ""}:
        raise InputError(f"“{said.strip()[:30]}” can be read in two ways. Write it without a mark between thousands.")
    groups = whole.lstrip("+-").split(other)
    if other in whole and not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
        raise InputError("This is not an amount of money. Write it like 1234.50.")
    try:
        return Decimal(f"{whole.replace(other, '')}.{decimals or '0'}")
    except InvalidOperation:
        raise InputError("This is not an amount of money. Write it like 1234.50.") from None


def quantity(value: str | int | float) -> int:
    """A number of pieces, 1 to 100000. raises InputError"""
    said = str(value).strip()
    whole = re.fullmatch(r"0*(\d{1,6})([.,]0+)?", said)
    if whole is None or not 1 <= int(whole[1]) <= 100_000:
        raise InputError("A quantity is a whole number from 1 to 100000.")
    return int(whole[1])


def instant(value: str, zone: str) -> datetime:
    """An aware instant, in UTC. A time without an offset is taken as local to `zone`, a date alone as its beginning.

    raises  InputError
    """
    said = value.strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", said):
        moment = datetime.combine(day(said, zone), time())
    else:
        try:
            moment = datetime.fromisoformat(said)
        except ValueError:
            raise InputError("Write times by ISO 8601, like 2026-12-03T10:12:00+01:00.") from None
        _check_year(moment.year)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(UTC)


def day(value: str, zone: str) -> date:
    """A calendar day; of an instant with an offset, the day at `zone`. raises InputError"""
    said = value.strip()
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", said):
            on = date.fromisoformat(said)
        else:
            moment = datetime.fromisoformat(said)
            _check_year(moment.year)
            on = (moment.astimezone(ZoneInfo(zone)) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        raise InputError("Write dates by ISO 8601, like 2026-12-03.") from None
    _check_year(on.year)
    return on


def _check_year(year: int) -> None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise InputError(f"The year must lie between {_FIRST_YEAR} and {_LAST_YEAR}.")


def language(value: str, offered: Sequence[str]) -> str:
    """The language of `offered` that serves a BCP 47 tag best; the first of them if none does. raises InputError"""
    tag = value.strip().replace("_", "-")
    if not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,6}", tag):
        raise InputError("This is not a language. Write it like en or fr-CA.")
    return i18n.best([tag], offered)


def yes_or_no(value: str) -> bool:
    """True for yes, false for no, as files write them. raises InputError"""
    said = value.strip().casefold()
    if said in {"yes", "y", "true", "1", "oui", "ja", "si", "sí", "ใช่", "granted", "on", "x"}:
        return True
    if said in {"no", "n", "false", "0", "non", "nein", "ไม่", "ไม่ใช่", "revoked", "off"}:
        return False
    raise InputError("Write yes or no.")


def url(value: str) -> str:
    """An http or https address. raises InputError"""
    said = "".join(value.split())
    try:
        parts = urlsplit(said)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and not parts.username
    except ValueError:
        good = False
    if not good or len(said) > 1000 or any(not _is_plain(c) or c in '<>"`{}|\\^' for c in said):
        raise InputError("This is not a web address. Write it like https://shop.example/p/1, 1000 characters at most.")
    return said
