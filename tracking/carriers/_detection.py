"""Which carriers a tracking number may belong to, best first, and why. Pure: no network, no database.

Not for: deciding. A carrier's answer decides; see docs/detection.md for what becomes of a wrong guess.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from tracking.carriers import _check_digits
from tracking.carriers._base import all_slugs, get_carrier
from tracking.carriers._number_formats import S10, Reading, Telling, formats, number_facts, post_of, posts

_LONGEST: Final = 64
# points beside those of the form
_RIGHT_FOR: Final = MappingProxyType({7: 15, 10: 20, 36: 30})
_WRONG: Final = -45
_LISTED: Final = 5
_AT_HOME: Final = 12
_ABROAD: Final = -5
_KNOWN: Final = 12
_DESTINATION: Final = 30


class Confidence(StrEnum):
    """How much a guess rests on."""

    # a form of its own, and no wrong check digit
    STRONG = "strong"
    # the check digit is right, or letters stand where this carrier puts them
    LIKELY = "likely"
    # the form alone, or a wrong check digit
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Guess:
    """A carrier that may have given out a number.

    carrier    slug; of one without an adapter, too
    name       as people call it, in English
    reasons    short phrases, the most telling first
    trackable  there is an adapter: it can be asked
    """

    carrier: str
    name: str
    confidence: Confidence
    reasons: tuple[str, ...]
    trackable: bool


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A guess in the making."""

    carrier: str
    name: str
    points: int
    reasons: tuple[str, ...]


def detect(number: str, *, country: str | None = None, known: Collection[str] = ()) -> list[Guess]:
    """Carriers that a number may belong to, best first.

    number   as typed; blanks and case do not matter
    country  where it goes, ISO 3166-1 alpha-2
    known    slugs of carriers there is an account at: they come before others that are as likely
    returns  each carrier once; empty if no form fits, and for whatever is no number at all
    """
    typed = "".join(number[: 4 * _LONGEST + 1].split())
    if not 4 <= len(typed) <= _LONGEST or re.fullmatch(r"[0-9A-Za-z-]+", typed) is None:
        return []
    goes_to = country.strip().upper() if country else None
    best: dict[str, _Ranked] = {}
    for whole in dict.fromkeys((typed.upper(), typed.upper().replace("-", ""))):
        for one in _ranked(whole, goes_to, known):
            if one.carrier not in best or best[one.carrier].points < one.points:
                best[one.carrier] = one
    told = [_with_what_is_known(one, goes_to, known) for one in best.values()]
    return [_guess(one, plain) for one, plain in sorted(told, key=lambda pair: (-pair[0].points, pair[0].carrier))]


def readings(number: str) -> list[Reading]:
    """Every form that a number (upper case, no blanks) fits, right check digit or not."""
    return [found for one in formats() if (found := one.read(number)) is not None]


def plausible(guesses: Collection[Guess]) -> list[Guess]:
    """Those worth asking, in order: after a strong one, none that is merely possible."""
    asked = [guess for guess in guesses if guess.trackable]
    if any(guess.confidence is Confidence.STRONG for guess in guesses):
        asked = [guess for guess in asked if guess.confidence is not Confidence.POSSIBLE]
    return asked[:5]


def _ranked(number: str, country: str | None, known: Collection[str]) -> Iterator[_Ranked]:
    for reading in readings(number):
        form = reading.format
        if form.telling is Telling.LOCAL and country not in _homes(form.carrier) and form.carrier not in known:
            continue
        points, reasons = _points(number, reading)
        if points < 0:
            continue
        if form.carrier == S10:
            yield from _of_posts(reading, points, reasons, country)
        else:
            yield _Ranked(form.carrier, form.carrier_name, points, reasons)


def _points(number: str, reading: Reading) -> tuple[int, tuple[str, ...]]:
    """What a reading is worth, negative if it rules the carrier out, and the phrases that say so."""
    form = reading.format
    # numbers of the same form with the application identifier in front are the carrier's alone
    own = form.name == "USPS Legacy" and "ApplicationIdentifier" not in reading.groups
    telling = Telling.SHARED if own else form.telling
    what = "digits" if number.isdigit() else "letters and digits"
    reasons = [f"{len(number)} {what}, as {form.name}", *reading.words]
    points = telling + _LISTED * bool(reading.words)
    if form.check is not None and reading.check:
        points += _RIGHT_FOR[_check_digits.odds(form.check)]
        reasons.append("the check digit is right")
    elif reading.check is False:
        points += _WRONG
        reasons.append("the check digit is wrong: mistyped?")
    return points, tuple(reasons)


def _of_posts(reading: Reading, points: int, reasons: tuple[str, ...], country: str | None) -> Iterator[_Ranked]:
    """The post that gave the number out, and the one that delivers it."""
    origin = reading.groups["CountryCode"]
    slug = post_of(origin, reading.groups["ServiceType"]) or _slug(posts()[origin])
    yield _Ranked(slug, posts()[origin], points, (*reasons, f"{origin} names the post that gave it out"))
    destination = post_of(country or "")
    if destination is not None and country != origin:
        less = points - Telling.OWN + _DESTINATION
        if less >= 0:
            yield _Ranked(destination, "", less, (*reasons, f"the post of {country}, which delivers it"))


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _homes(carrier: str) -> frozenset[str]:
    said = number_facts().get(carrier)
    return said.homes if said is not None else frozenset()


def _with_what_is_known(one: _Ranked, country: str | None, known: Collection[str]) -> tuple[_Ranked, int]:
    """The guess with the points that its circumstances give, and the points it has without them."""
    points, reasons = one.points, one.reasons
    homes = _homes(one.carrier)
    if country is not None and homes:
        points += _AT_HOME if country in homes else _ABROAD
        reasons = (*reasons, f"it works in {country}, where this goes") if country in homes else reasons
    if one.carrier in known:
        points += _KNOWN
        reasons = (*reasons, "there is an account at this carrier")
    return _Ranked(one.carrier, one.name, points, reasons), one.points


def _guess(one: _Ranked, plain: int) -> Guess:
    """Circumstances rank; how much a guess rests on is the number's own say."""
    trackable = one.carrier in all_slugs()
    confidence = Confidence.POSSIBLE
    if plain >= Telling.OWN:
        confidence = Confidence.STRONG
    elif plain > Telling.SHARED + _LISTED:
        confidence = Confidence.LIKELY
    name = get_carrier(one.carrier).name if trackable else one.name or one.carrier.replace("-", " ").title()
    return Guess(one.carrier, name, confidence, one.reasons, trackable)
