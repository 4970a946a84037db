"""What DHL's words mean: its simplified `statusCode` first, refined by a division's own code or by the text.

`statusCode` is the only machine status that all divisions fill, and it is coarse: it has no word for "out for
delivery", "ready to collect" or "returning" (support-developer.dhl.com, "Status codes", 2023-10-26). So
`_REFINES` says what each of them may be refined to, and nothing ever turns "transit" into delivered. A refinement
comes from `codes/dhl.csv` by the division's code, by exactly its text, or else from `_PHRASES`: whole phrases, never
the bare word "deliver".

Source: Shipment Tracking – Unified 1.5.8 and DHL's lists of status texts by division, read 2026-11-22.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from tracking.carriers._codes import NOTHING, Code, CodeTable, note_unseen
from tracking.platform.status import Reason, Status

CODES = CodeTable.load("dhl")
# Parcel Germany's three codes of an event as one: "DLVRD_NGHBR_ZU"; their texts are no texts of answers
ICE = CodeTable.load("dhl", "dhl_parcel_de")

_SIMPLE: dict[str, Status] = {
    "pre-transit": Status.INFO_RECEIVED,
    "transit": Status.IN_TRANSIT,
    "delivered": Status.DELIVERED,
    "failure": Status.EXCEPTION,
    "unknown": Status.UNKNOWN,
}

_ON_THE_WAY = frozenset(
    {
        Status.IN_TRANSIT,
        Status.OUT_FOR_DELIVERY,
        Status.AVAILABLE_FOR_PICKUP,
        Status.ATTEMPT_FAIL,
        Status.EXCEPTION,
        Status.RETURNING,
        Status.UNKNOWN,
    }
)
_REFINES: dict[str, frozenset[Status]] = {
    "pre-transit": frozenset({Status.INFO_RECEIVED}),
    "transit": _ON_THE_WAY,
    # left at a shop for collection is "delivered" to some divisions
    "delivered": frozenset({Status.DELIVERED, Status.RETURNED, Status.AVAILABLE_FOR_PICKUP}),
    "failure": frozenset({Status.ATTEMPT_FAIL, Status.AVAILABLE_FOR_PICKUP, Status.RETURNING, Status.EXCEPTION}),
    "unknown": frozenset(Status),
}

# the letters' division writes the simplified status where others write a text
_TEXTLESS = frozenset({"svb"})

_WHO = r"(?:recipient|receiver|consignee|addressee)"
_SENDER = r"(?:the )?(?:business )?(?:sender|shipper|consignor)"
# a courier collects from the sender's shop, too
_COLLECTED = r"(?:self[- ])?(?:collection|collected|pick[- ]?up|picked up)\b(?! by (?:the )?(?:dhl )?courier)"
_SAFE = r"(?:mailbox|letter ?box|preferred location|drop-off point|safe place)"
_ABSENT = r"(?:absent|not (?:present|available))"
# first match wins
_PHRASES: tuple[tuple[str, Status, Reason | None], ...] = (
    (rf"\b(?<!not be )(?<!not been )(?:delivered|handed over) (?:back )?(?:to|at) {_SENDER}\b", Status.RETURNED, None),
    (
        rf"^(?!.*\b(?:if|unless)\b).*\b(?:return(?:ed|ing)?|sent back|(?:its|the) way back) to {_SENDER}\b",
        Status.RETURNING,
        None,
    ),
    (r"\b(?<!not )out for (?:second |final )?delivery\b", Status.OUT_FOR_DELIVERY, None),
    (r"\bloaded (?:in|into|onto|to) (?:the )?(?:delivery (?:vehicle|van)|van)\b", Status.OUT_FOR_DELIVERY, None),
    (r"\bwith (?:the )?deliver(?:y|ing) courier\b", Status.OUT_FOR_DELIVERY, None),
    (r"\bout with (?:the )?courier for delivery\b", Status.OUT_FOR_DELIVERY, None),
    (
        rf"\b(?<!not )(?<!not yet )(?<!will be )(?:ready|available|held|waiting|awaiting)(?: for| to be)? {_COLLECTED}",
        Status.AVAILABLE_FOR_PICKUP,
        None,
    ),
    (
        r"\b(?:has been|was) (?:successfully )?(?:delivered|handed over)\b.*\bfor pick[- ]?up\b",
        Status.AVAILABLE_FOR_PICKUP,
        None,
    ),
    (
        r"\b(?:has been|was) (?:successfully )?(?:delivered|handed over|left)\b.*\bneighbou?r",
        Status.DELIVERED,
        Reason.NEIGHBOUR,
    ),
    (
        rf"\b(?:has been|was) (?:successfully )?(?:delivered|left|placed)\b.*\b{_SAFE}\b",
        Status.DELIVERED,
        Reason.SAFE_PLACE,
    ),
    (rf"\b{_WHO} can (?:now )?(?:collect|pick up)\b", Status.AVAILABLE_FOR_PICKUP, None),
    (rf"\b(?:refused|rejected) by (?:the )?{_WHO}\b", Status.EXCEPTION, Reason.REFUSED),
    (rf"\b{_WHO} (?:has )?refused\b", Status.EXCEPTION, Reason.REFUSED),
    (
        r"\b(?:incorrect|incomplete|invalid|insufficient|wrong|bad) (?:delivery |recipient )?address\b",
        Status.EXCEPTION,
        Reason.ADDRESS,
    ),
    (rf"\b{_WHO} (?:has )?moved\b", Status.EXCEPTION, Reason.ADDRESS),
    (
        rf"\b(?:no one home|not (?:at )?home|we missed (?:you|each other)|{_WHO} (?:was |is )?{_ABSENT})\b",
        Status.ATTEMPT_FAIL,
        Reason.NOT_HOME,
    ),
    (r"\bno response at\b", Status.ATTEMPT_FAIL, Reason.NOT_HOME),
    (r"\b(?:business|recipient|consignee|premises) (?:is |was )?closed\b", Status.ATTEMPT_FAIL, Reason.CLOSED),
    (
        r"\b(?:(?:unsuccessful|failed) delivery attempt|attempted delivery|delivery attempted)\b",
        Status.ATTEMPT_FAIL,
        None,
    ),
    (r"\bdelivery attempt (?:was )?(?:unsuccessful|not successful|failed)\b", Status.ATTEMPT_FAIL, None),
    (r"\b(?:notice|card) left\b", Status.ATTEMPT_FAIL, None),
    (
        rf"\bcould not be delivered\b.*\b(?:{_WHO} has been notified|(?:new|another|further) (?:delivery )?attempt)\b",
        Status.ATTEMPT_FAIL,
        None,
    ),
    (
        r"\b(?:shipment|parcel|order) (?:order )?(?:is |was |has been )?cancell?ed\b",
        Status.EXCEPTION,
        Reason.CANCELLED,
    ),
    (r"\b(?:held|delayed|stopped|retained) (?:at|by|in) customs\b", Status.EXCEPTION, Reason.CUSTOMS),
    (r"\b(?:customs|clearance) delay\b", Status.EXCEPTION, Reason.CUSTOMS),
    (r"\b(?:awaiting|held for|missing) payment\b", Status.EXCEPTION, Reason.PAYMENT_DUE),
    (r"\b(?:shipment|parcel|package) (?:is |was |has been )?damaged\b", Status.EXCEPTION, Reason.DAMAGED),
    (r"\b(?:shipment|parcel|package) (?:is |was |has been )?lost\b", Status.EXCEPTION, Reason.LOST),
    (r"\b(?:shipment|parcel|package) (?:is |was |has been )?(?:put )?on hold\b", Status.EXCEPTION, Reason.ON_HOLD),
)
_RULES = tuple((re.compile(pattern), Code(status, reason)) for pattern, status, reason in _PHRASES)
_LONGEST_PHRASE = 300
# what a division's code looks like; texts and names do not
_CODE = re.compile(r"[A-Z0-9]{1,4}(?:-\d{1,3})?|[A-Z]+(?:_[A-Z0-9]+)+", re.ASCII)


def meaning(simple: str, division: str, texts: Sequence[str]) -> tuple[str, Code]:
    """The code to keep and what it means.

    simple    DHL's `statusCode`, "" if it gave none
    division  DHL's `service`, "" if it gave none
    texts     status and description, in this order: the first may be a division's code
    returns   the division's code if there is one, else `simple`; UNKNOWN and one log line for what nobody knows
    """
    group, words = division.strip().lower(), [text for text in texts if text]
    code, exact = _by_code(group, texts[0].strip() if texts else "")
    if not simple:
        return code, exact or (NOTHING if code else _of_text(group, words))
    key = _key(simple)
    if key not in _SIMPLE:
        note_unseen("dhl", simple)
        return simple, NOTHING
    told = None if key == "unknown" else _by_text(group, words) or _by_phrase(words)
    # a division may use its code for "delivered" when it delivered to the sender
    homeward = key == "delivered" and told is not None and told.status in (Status.RETURNED, Status.RETURNING)
    return code or simple, _refined(key, told if homeward else exact or told)


def _refined(key: str, finer: Code | None) -> Code:
    if finer is None:
        return Code(_SIMPLE[key])
    if finer.status in _REFINES[key]:
        return finer
    if key == "delivered" and finer.status is Status.RETURNING:
        return Code(Status.RETURNED, finer.reason)
    if key in ("transit", "failure") and finer.status is Status.RETURNED:
        return Code(Status.RETURNING, finer.reason)
    # what failed keeps its reason, whatever the division calls it
    return Code(_SIMPLE[key], finer.reason if key == "failure" else None)


def _of_text(group: str, words: list[str]) -> Code:
    """Without a `statusCode` the text stands for itself: one of its words, a text of the table, or a phrase."""
    word = next((_SIMPLE[key] for key in map(_key, words[:1]) if key in _SIMPLE), None)
    found = Code(word) if word else _by_text(group, words) or _by_phrase(words)
    if found is None:
        # the text itself stays out of the log: it may name a person
        note_unseen("dhl", f"{group or 'no division'}/a text without a code")
    return found or NOTHING


def _key(simple: str) -> str:
    return "-".join(simple.replace("_", " ").replace("-", " ").lower().split())


def _by_code(group: str, status: str) -> tuple[str, Code | None]:
    """The division's code in `status`, if it is one, and its meaning; an unseen one is logged."""
    found = CODES.find(status, group) or ICE.find(status, group)
    if found is None and (not _CODE.fullmatch(status) or _key(status) in _SIMPLE or group not in _divisions()):
        return "", None
    if found is None:
        note_unseen("dhl", f"{group}/{status}")
    return status, found


def _by_text(group: str, words: list[str]) -> Code | None:
    texts = _texts()
    for word in map(_plain, words):
        found = texts.get((group, word)) or texts.get(("", word))
        if found:
            return found
    return None


def _by_phrase(words: list[str]) -> Code | None:
    for word in words:
        plain = _plain(word)[:_LONGEST_PHRASE]
        found = _of_phrase(plain)
        if found:
            return found
    return None


@lru_cache(maxsize=2048)
def _of_phrase(plain: str) -> Code | None:
    """DHL says the same few hundred sentences of all parcels; trying every rule on each takes half of the time."""
    return next((code for rule, code in _RULES if rule.search(plain)), None)


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".")


@cache
def _divisions() -> frozenset[str]:
    return frozenset(group for group, _, _ in CODES)


@cache
def _texts() -> dict[tuple[str, str], Code]:
    """Texts of the table by division, and under "" for all that agree on it; ambiguous ones are left out."""
    kept: dict[tuple[str, str], Code | None] = {}
    for group, _, code in CODES:
        if group in _TEXTLESS or not code.text:
            continue
        for key in ((group, _plain(code.text)), ("", _plain(code.text))):
            known = kept.setdefault(key, code)
            if known is not None and known.status is not code.status:
                kept[key] = None
            elif known is not None and known.reason is not code.reason:
                kept[key] = Code(code.status)
    return {key: code for key, code in kept.items() if code is not None}
