"""Which carrier a shop means: a slug, the carrier's name as people write it, or none, and the number must tell."""

import unicodedata
from typing import Final

from tracking.carriers import all_slugs, detect, get_carrier, plausible
from tracking.platform.errors import UnknownCarrier

# as people and other systems write it -> slug
_ALIASES: Final = {
    "unitedparcelservice": "ups",
    "upsground": "ups",
    "federalexpress": "fedex",
    "fedexground": "fedex",
    "fedexexpress": "fedex",
    "unitedstatespostalservice": "usps",
    "uspostalservice": "usps",
    "uspost": "usps",
    "deutschepost": "dhl",
    "dhlexpress": "dhl",
    "dhlpaket": "dhl",
    "dhlparcel": "dhl",
    "dhlecommerce": "dhl",
    "colissimo": "la-poste",
    "laposte": "la-poste",
    "lapostecolissimo": "la-poste",
    "thaipost": "thailand-post",
    "thailandpostems": "thailand-post",
    "ems": "thailand-post",
    "ไปรษณีย์ไทย": "thailand-post",
}

_UNTOLD: Final = "The number alone does not tell the carrier."


def carrier_of(said: str | None, number: str, country: str | None = None) -> str:
    """The slug of the carrier that is meant, or the likeliest one.

    said     slug or name; None or "" if the shop does not say
    number   normalised, to tell when nothing is said
    country  where it goes, ISO 3166-1 alpha-2, if that is known
    raises   UnknownCarrier, naming those that are known
    """
    if is_said(said):
        return _by_name(said or "")
    guesses = detect(number, country=country)
    likely = plausible(guesses)
    if likely:
        return likely[0].carrier
    why = f"This looks like a number of {guesses[0].name}, which cannot be asked." if guesses else _UNTOLD
    raise UnknownCarrier(f"{why} Name the carrier that can: {', '.join(all_slugs())}.")


def is_said(said: str | None) -> bool:
    """Whether the shop names a carrier at all."""
    return bool(said and said.strip())


def _by_name(said: str) -> str:
    name = _bare(said)
    for slug in all_slugs():
        if name == _bare(slug) or name == _bare(get_carrier(slug).name):
            return slug
    slug = _ALIASES.get(name, "")
    if slug in all_slugs():
        return slug
    shown = "".join(c for c in said.strip() if c.isprintable())[:40]
    raise UnknownCarrier(f"No carrier is called “{shown}”. Known: {', '.join(all_slugs())}.")


def _bare(name: str) -> str:
    split = unicodedata.normalize("NFD", name.casefold())
    # accents go; the vowel and tone marks of Thai are letters in their own right
    return "".join(c for c in split if c.isalnum() or (unicodedata.category(c)[0] == "M" and c > "\u036f"))
