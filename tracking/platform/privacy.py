"""Hides people in texts that others wrote, before a page that anybody with the link can open shows them.

Carriers put names, phone numbers and street lines into their events. What can be recognised is masked; what the page
itself knows of the recipient is masked wherever it appears. Addresses are shown as town and the start of the street.
"""

import re
from collections.abc import Iterable
from typing import Final

from tracking.platform import security

DOTS: Final = "•••"
# "signed by J SMITH", "Signé par : DUPONT M.", "received by", "ผู้รับ: นาย สมชาย": the words stay, the name goes
_NAMED = re.compile(
    r"(?P<lead>\b(?:signed(?:\s+for)?\s+by|received\s+by|accepted\s+by|handed\s+to|left\s+with|collected\s+by|"
    r"sign[ée]e?\s+par|re[çc]ue?\s+par|remise?\s+[àa]|unterschrieben\s+von|empf[äa]nger|recipient|consignee|name|"
    r"destinataire)|ผู้รับ|ผู้ลงนาม|รับโดย)(?P<gap>\s*[:：–-]?\s*)"
    r"(?P<name>[^\s,.;:()\d][^,.;:()\d]{0,60})",
    re.IGNORECASE,
)
# words after "left with" or "handed to" that name a place or a role, not a person
_ROLES = re.compile(
    r"(?:an?\s|the\s|un\s|une\s|le\s|la\s)?(?:neighbou?r|reception|receptionist|concierge|front\s?desk|mail\s?room|"
    r"agent|resident|household|recipient|individual|voisin|gardien|accueil|destinataire|locker|parcel\s|"
    r"carrier|courier|post|customer|เพื่อนบ้าน)",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\b\d{1,5}[a-z]?,?\s+(?:[^\W\d_][\w'’.-]*\s+){0,3}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|way|court)\b\.?"
    r"|\b\d{1,5}\s?(?:bis|ter)?,?\s+(?:rue|avenue|av\.?|boulevard|bd|chemin|place|impasse|all[ée]e)\s+[^,.;]{2,40}",
    re.IGNORECASE,
)


def mask_text(text: str, *, known: Iterable[str | None] = ()) -> str:
    """Hide email addresses, phone numbers, street lines, people's names after words such as "signed by", and `known`.

    known  what the order says of its recipient (name, street); every whole word of three letters or more is hidden
    """
    text = security.mask(" ".join(text.split()))
    text = _STREET.sub(DOTS, text)
    text = _NAMED.sub(_without_name, text)
    for value in known:
        for word in re.findall(r"[^\W\d_]{3,}", value or ""):
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", DOTS, text, flags=re.IGNORECASE)
    return re.sub(rf"{DOTS}(?:\s+{DOTS})+", DOTS, text)


def mask_postcode(code: str | None) -> str:
    """The start of a postcode: "LA9 4AA" → "LA9•••", "44000" → "44•••"; "" for none."""
    kept = (code or "").strip().upper()
    if not kept:
        return ""
    head = kept.split(" ")[0] if " " in kept else kept[:2]
    return head + DOTS


def mask_street(line: str | None) -> str:
    """The start of a street without its number: "5 Example Street" → "E•••"; "" for none."""
    word = re.search(r"[^\W\d_]{2,}", line or "")
    return word.group()[0].upper() + DOTS if word else ""


def _without_name(found: re.Match[str]) -> str:
    if _ROLES.match(found["name"]):
        return found.group()
    return f"{found['lead']}{found['gap']}{DOTS}"
