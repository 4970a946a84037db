"""Which carrier a shop means: a slug, the carrier's name as people write it, or only a number that no other one uses.

Not for: ranking likely carriers of a number. Only patterns that no other carrier shares stand here. Sources: UPU S10
for the two letters of the posting country, the carriers' own documents for the rest.
"""

import re
import unicodedata
from typing import Final

from tracking.carriers import all_slugs, get_carrier
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
_OWN_NUMBERS: Final = (
    ("ups", re.compile(r"1Z[0-9A-Z]{16}")),
    ("usps", re.compile(r"9[1-5]\d{20}|420\d{5}(\d{4})?9[1-5]\d{20}|[A-Z]{2}\d{9}US")),
    ("thailand-post", re.compile(r"[A-Z]{2}\d{9}TH")),
    ("la-poste", re.compile(r"[A-Z]{2}\d{9}FR|[5-9][A-Z]\d{11}")),
    ("dhl", re.compile(r"JJD\d{10,20}|JD\d{18}|[A-Z]{2}\d{9}DE|00340434\d{12}")),
    ("fedex", re.compile(r"96\d{20}|61299\d{15}|100\d{31}")),
)


def carrier_of(said: str | None, number: str) -> str:
    """The slug of the carrier that is meant.

    said    slug or name; None or "" if the shop does not say
    number  normalised, to tell when nothing is said
    raises  UnknownCarrier, naming those that are known
    """
    if said and said.strip():
        return _by_name(said)
    fitting = [slug for slug, pattern in _OWN_NUMBERS if slug in all_slugs() and pattern.fullmatch(number)]
    if len(fitting) != 1:
        raise UnknownCarrier(f"The number alone does not tell the carrier. Name it: {', '.join(all_slugs())}.")
    return fitting[0]


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
