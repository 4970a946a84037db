"""What Canada Post means by an event: its code, and its words where a code stands for several things.

Source: the list of event codes in Canada Post's “Messages and code tables”; codes it groups without a word each, as
Shopify/active_shipping and karrio group them; codes and texts seen in public feeds; read 2026-11-22.
"""

import re

from tracking.carriers._codes import Code, CodeTable, note_unseen
from tracking.platform.status import Reason, Status

CODES = CodeTable.load("canada-post")
# both languages, a condition is none: “will be returned if not collected”
_BACK = re.compile(r"\breturn(?:ed|ing)?\b|\bretour(?:n\w+)?\b|\brenvo(?:yé|i)\w*", re.IGNORECASE)
_TO_SENDER = re.compile(r"\bto (?:the )?sender\b|\bà l['’]exp|\bexpéd", re.IGNORECASE)
_CONDITION = re.compile(r"\bif\b|\bunless\b|\bwithin\b|\bsi on\b|\bdans les\b|\bà moins\b", re.IGNORECASE)
# codes on which the published groupings contradict each other: the text decides
_DOUBTFUL = frozenset((*range(1410, 1421), *range(1435, 1439)))
_DELIVERED = re.compile(
    r"successfully delivered|livré avec succès|^(?:item |article )?(?:delivered|livré)\b", re.IGNORECASE
)
_NOTICE = re.compile(r"notice card left|\bavis\b[^.]*\blaissé", re.IGNORECASE)
_LOCKER = re.compile(r"automated parcel locker", re.IGNORECASE)
_LOCKER_CODE = 1405
_WHY: tuple[tuple[re.Pattern[str], Reason], ...] = (
    (re.compile(r"\brefus", re.IGNORECASE), Reason.REFUSED),
    (re.compile(r"unclaimed|not collected|non réclamé", re.IGNORECASE), Reason.NOT_COLLECTED),
    (re.compile(r"not located|\baddress|\badress|ne demeure pas", re.IGNORECASE), Reason.ADDRESS),
    (re.compile(r"\bcustoms\b|\bdouan", re.IGNORECASE), Reason.CUSTOMS),
    (re.compile(r"\bweather\b|météo", re.IGNORECASE), Reason.WEATHER),
)
_WHY_OF = frozenset({Status.ATTEMPT_FAIL, Status.EXCEPTION, Status.RETURNING})
_DATA = frozenset({Status.UNKNOWN, Status.INFO_RECEIVED})


def stripped(code: str) -> int | None:
    """A code as a number, because its leading zeros vary; None if it is none."""
    return int(code) if code.isascii() and code.isdigit() and len(code) < 10 else None


def meaning(code: str, words: str) -> Code:
    """What an event says. An unseen code means nothing, whatever its words are, and is logged once."""
    found = CODES.find(str(stripped(code))) if stripped(code) is not None else None
    if found is None:
        note_unseen(CODES.carrier, code)
        return Code(Status.UNKNOWN)
    status = _status(stripped(code) or 0, found.status, words)
    told = next((why for pattern, why in _WHY if pattern.search(words)), None) if status in _WHY_OF else None
    if status is found.status or (status in _WHY_OF and found.status is Status.ATTEMPT_FAIL):
        return Code(status, found.reason or told)
    # the code's own reason is one of its own status
    return Code(status, told)


def _status(code: int, listed: Status, words: str) -> Status:
    if listed in _DATA:
        return listed
    if _goes_back(listed, words):
        return Status.RETURNED if listed is Status.DELIVERED else Status.RETURNING
    if code in _DOUBTFUL and _DELIVERED.search(words):
        return Status.DELIVERED
    if code in _DOUBTFUL and _NOTICE.search(words):
        return Status.AVAILABLE_FOR_PICKUP
    if code == _LOCKER_CODE and _LOCKER.search(words):
        return Status.AVAILABLE_FOR_PICKUP
    return listed


def _goes_back(listed: Status, words: str) -> bool:
    """Whether the words tell of the way back; codes of failed deliveries need not name the sender for it."""
    if not _BACK.search(words) or _CONDITION.search(words):
        return False
    return listed is Status.ATTEMPT_FAIL or bool(_TO_SENDER.search(words))
