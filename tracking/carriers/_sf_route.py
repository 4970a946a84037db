"""What one line of an SF Express route means, and what its remark says beside the codes.

Codes come first, words only where a code's own meaning depends on them, or where a line has no code at all.
Source: the open platform's page EXP_RECE_SEARCH_ROUTES and public clients, read 2026-11-22; the platform's full list
of operation codes (路由信息操作码) is not public.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from tracking.carriers import _reading as read
from tracking.carriers._codes import NOTHING, Code, CodeTable, note_unseen
from tracking.carriers._times import moment, read_iso
from tracking.platform.facts import TrackingEvent
from tracking.platform.status import Reason, Status

SLUG = "sf-express"
ZONE = "Asia/Shanghai"
CODES = CodeTable.load(SLUG)

_ASSIGNING = re.compile(r"分配|assign", re.IGNORECASE)
_REFUSED = re.compile(r"拒收|refus", re.IGNORECASE)
_BACK = re.compile(r"退回|退件|return(?:ed|ing)? to (?:the )?sender", re.IGNORECASE)
_VOID = re.compile(r"作废|\bvoid", re.IGNORECASE)
# put into a locker or a shop, and not yet in anybody's hands
_INTO_LOCKER = re.compile(r"(?:派送至|投递至|存放至|存入|放入)[^，。,.;；]{0,24}(?:柜|驿站)")
_IN_HAND = re.compile(r"取出|取走|本人")
_NEW_NUMBER = re.compile(r"新(?:运)?单号为?\s*[:：]?\s*((?:SF)?\d{12,15})\b", re.IGNORECASE | re.ASCII)
_WHERE = re.compile(r"【([^【】\d]{2,40})】")
# a line without any code, by its words; what undoes a delivery is looked for first
_WORDS: tuple[tuple[re.Pattern[str], Code], ...] = (
    (re.compile(r"退回|退件"), Code(Status.RETURNING)),
    (re.compile(r"拒收"), Code(Status.EXCEPTION, Reason.REFUSED)),
    (re.compile(r"异常|滞留"), Code(Status.EXCEPTION, Reason.OTHER)),
    (re.compile(r"(?:未|待|请|未能|无法)[^，。,.;；]{0,8}(?:签收|妥投|派送|派件)"), NOTHING),
    (_INTO_LOCKER, Code(Status.AVAILABLE_FOR_PICKUP)),
    (re.compile(r"签收|妥投"), Code(Status.DELIVERED)),
    (re.compile(r"派送|派件"), Code(Status.OUT_FOR_DELIVERY)),
    (re.compile(r"揽收|收件(?!人|方)|收取快件"), Code(Status.IN_TRANSIT)),
)
# at customs, and through
_CLEARED = ("605", "205")
_CANCELLED = Code(Status.EXCEPTION, Reason.CANCELLED)
_BY_WORDS: Mapping[str, tuple[tuple[re.Pattern[str], Code], ...]] = MappingProxyType(
    {
        "44": ((_ASSIGNING, Code(Status.IN_TRANSIT)),),
        "70": ((_REFUSED, Code(Status.EXCEPTION, Reason.REFUSED)), (_BACK, Code(Status.RETURNING))),
        "501": ((_VOID, _CANCELLED),),
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a route: the event, and what else its remark tells. `new_number` is that of a way back."""

    event: TrackingEvent
    new_number: str | None = None
    place: str | None = None


def line(raw: Mapping[str, Any], zone: str = ZONE) -> Line | None:
    """Read one line; None without a readable time, which is local and names no zone."""
    at = read_iso(raw.get("acceptTime"))
    if at is None:
        return None
    remark = read.text(raw.get("remark"))
    codes = tuple(read.text(raw.get(name), 40) for name in ("opCode", "secondaryStatusCode", "firstStatusCode"))
    meaning = _meaning(codes, remark)
    when = moment(at, None, zone)
    event = TrackingEvent(
        at=when.at,
        zone=when.zone,
        code=next((code for code in codes if code), ""),
        status=meaning.status,
        reason=meaning.reason,
        description=remark or read.text(raw.get("secondaryStatusName")) or meaning.text,
        location=read.place(raw.get("acceptAddress")),
    )
    new = _NEW_NUMBER.search(remark)
    where = _WHERE.search(remark) if meaning.status is Status.AVAILABLE_FOR_PICKUP else None
    return Line(event, new[1].upper() if new else None, where[1] if where else None)


def _meaning(codes: tuple[str, ...], remark: str) -> Code:
    """What the codes say, the operation's first; one that only says "it moves" gives way to the status codes."""
    op, secondary, first = codes
    if not any(codes):
        return next((meaning for words, meaning in _WORDS if words.search(remark)), NOTHING)
    operation = _operation(op, remark)
    if operation is not None and not _says_little(operation) and (op, secondary) != _CLEARED:
        return _handed_over(operation, remark)
    stated = CODES.find(secondary, "secondary") or CODES.find(first, "first")
    for code, group in ((op, "op"), (secondary, "secondary"), (first, "first")):
        if code and CODES.find(code, group) is None:
            note_unseen(SLUG, f"{group}/{code}")
    if op == "44" and operation is not None:
        # being assigned to a courier is no delivery yet, although its status says so
        return operation
    return _handed_over(stated or operation or NOTHING, remark)


def _operation(op: str, remark: str) -> Code | None:
    refined = next((meaning for words, meaning in _BY_WORDS.get(op, ()) if words.search(remark)), None)
    return refined or CODES.find(op, "op")


def _says_little(meaning: Code) -> bool:
    return meaning.status is Status.IN_TRANSIT and meaning.reason is None


def _handed_over(meaning: Code, remark: str) -> Code:
    """ "Signed" is also what SF says of a parcel it has put into a locker; and of one that went back."""
    if meaning.status is not Status.DELIVERED:
        return meaning
    if _BACK.search(remark):
        return replace(meaning, status=Status.RETURNED)
    if _INTO_LOCKER.search(remark) and not _IN_HAND.search(remark):
        return replace(meaning, status=Status.AVAILABLE_FOR_PICKUP)
    return meaning
