"""How an SMS is cut into segments, and how a text is made to fit the small alphabet where the language allows it.

Not for: Thai and every other language outside the alphabet: those texts are sent as they are, in UCS-2.
Source: 3GPP TS 23.038 (default alphabet, extension table); lengths of joined messages: 3GPP TS 23.040, 9.2.3.24.1.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Encoding(StrEnum):
    """How a text travels."""

    # 7 bits a character, 160 in a message or 153 in each of several
    GSM7 = "GSM-7"
    # 16 bits a unit, 70 in a message or 67 in each of several
    UCS2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class Size:
    """What a text costs. `units` are septets or UTF-16 units, without the padding at a segment's end."""

    encoding: Encoding
    units: int
    segments: int


# in the order of the standard's table, so that a missing character shows
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
# each costs two septets: escape and character
_EXTENSION = frozenset("\f^{}\\[~]|€")

# Typography and letters outside the alphabet → what a reader takes for the same. Accents go only where the language
# reads well without them; è é ù ì ò à ä ö ü ñ å ø æ ß are in the alphabet and stay.
DOWNGRADES: dict[str, str] = {
    # quotes
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "ʼ": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"', "‹": "'", "›": "'",
    # dashes, dots
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "…": "...", "•": "-", "·": ".", "‧": ".",
    # spaces; the invisible ones vanish
    "\t": " ", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200a": " ", "\u2007": " ", "\u2008": " ", "\u2002": " ",
    "\u2003": " ", "\u200b": "", "\u2060": "", "\ufeff": "", "\u00ad": "",
    # French and its neighbours: small letters lose what the alphabet lacks
    "ç": "c", "â": "a", "ê": "e", "ë": "e", "î": "i", "ï": "i", "ô": "o", "û": "u", "ÿ": "y", "œ": "oe",
    "À": "A", "Â": "A", "È": "E", "Ê": "E", "Ë": "E", "Î": "I", "Ï": "I", "Ô": "O", "Ù": "U", "Û": "U", "Ÿ": "Y",
    "Œ": "OE",
    # names of people and streets elsewhere in Europe
    "á": "a", "í": "i", "ó": "o", "ú": "u", "ý": "y", "ã": "a", "õ": "o", "Á": "A", "Í": "I", "Ó": "O", "Ú": "U",
    "Ý": "Y", "Ã": "A", "Õ": "O", "Ì": "I", "Ò": "O",
    # signs
    "×": "x", "→": "->", "©": "(c)", "®": "(R)", "™": "TM", "№": "No", "°": " deg", "²": "2", "³": "3", "½": "1/2",
    "¼": "1/4", "¾": "3/4", "º": "o", "ª": "a",
}  # fmt: skip


@lru_cache(maxsize=1024)
def segments(text: str) -> Size:
    """What a text costs as an SMS; no segment for no text. A pair of units is never cut in two."""
    if all(char in _BASIC or char in _EXTENSION for char in text):
        widths = [2 if char in _EXTENSION else 1 for char in text]
        return Size(Encoding.GSM7, sum(widths), _cut(widths, alone=160, joined=153))
    widths = [2 if char > "\uffff" else 1 for char in text]
    return Size(Encoding.UCS2, sum(widths), _cut(widths, alone=70, joined=67))


def _cut(widths: list[int], *, alone: int, joined: int) -> int:
    total = sum(widths)
    if total <= alone:
        return int(total > 0)
    count, used = 1, 0
    for width in widths:
        if used + width > joined:
            count, used = count + 1, 0
        used += width
    return count


def downgraded(text: str) -> str:
    """The text in the small alphabet, if look-alikes can bring it there; else the text as it was, only composed (NFC).

    All or nothing: one character that stays outside (Thai, an emoji) makes the message UCS-2 whatever else happens, so
    nothing else is spoilt for it.
    """
    composed = unicodedata.normalize("NFC", text)
    if segments(composed).encoding is Encoding.GSM7:
        return composed
    # French quotes hold their words at a distance that straight ones do not
    closer = re.sub(r"\s*»", '"', re.sub(r"«\s*", '"', composed))
    plain = "".join(char if char in _BASIC or char in _EXTENSION else DOWNGRADES.get(char, char) for char in closer)
    size = segments(plain)
    return plain if size.encoding is Encoding.GSM7 and size.segments <= segments(composed).segments else composed
