"""What Purolator means by a scan: by its type, and by its English text where the type leaves it open.

Source: the scan types of TrackingService.xsd; texts seen in Purolator's public web feed, which are those of E-Ship;
read 2026-11-22.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from tracking.carriers._codes import Code, CodeTable
from tracking.platform.facts import ResultCode
from tracking.platform.status import Reason, Status

CODES = CodeTable.of(
    "purolator",
    {
        "ProofOfPickUp": Code(Status.IN_TRANSIT, None, "Proof of pick-up"),
        "Other": Code(Status.IN_TRANSIT, None, "Other scan; the text decides"),
        "OnDelivery": Code(Status.OUT_FOR_DELIVERY, None, "On vehicle for delivery"),
        "Delivery": Code(Status.DELIVERED, None, "Delivered"),
        "Undeliverable": Code(Status.ATTEMPT_FAIL, None, "Could not be delivered; the text decides"),
        "InternationalOutbound": Code(Status.IN_TRANSIT, None, "International outbound"),
    },
)
_OPEN = frozenset({"OTHER", "UNDELIVERABLE"})


def _said(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# for the open types; the first that fits counts
_TEXTS: tuple[tuple[re.Pattern[str], Code], ...] = (
    (
        _said(
            r"^new tracking number assigned|^shipment created|^shipper created a label|electronically submitted"
            r"|^label (?:created|information)"
        ),
        Code(Status.INFO_RECEIVED),
    ),
    (
        _said(r"\breturn(?:ed|ing)? to (?:the )?(?:sender|shipper)\b|^return shipment\b|\bbeing returned\b"),
        Code(Status.RETURNING),
    ),
    (_said(r"^shipment (?:was )?refused\b|\brefused by\b|^receiver refused"), Code(Status.EXCEPTION, Reason.REFUSED)),
    # the web feed's 9230; other corrections of an address are made without a visit
    (_said(r"^address correction required\W+missing entry code"), Code(Status.ATTEMPT_FAIL, Reason.NO_ACCESS)),
    (_said(r"^address correction required|^incorrect address"), Code(Status.EXCEPTION, Reason.ADDRESS)),
    (_said(r"^attempted delivery\W.*\bclosed\b"), Code(Status.ATTEMPT_FAIL, Reason.CLOSED)),
    (
        _said(r"^attempted delivery\W.*\b(?:unavailable|not available|not home)\b"),
        Code(Status.ATTEMPT_FAIL, Reason.NOT_HOME),
    ),
    (_said(r"^attempted delivery\b"), Code(Status.ATTEMPT_FAIL)),
    # “Shipment unavailable – En route to Purolator pickup location”: not there yet
    (_said(r"^shipment unavailable\b|^transferring to shipping centre\b"), Code(Status.IN_TRANSIT)),
    (
        _said(r"^available for pick-?up\b|\bhold for pick-?up\b|\bheld for pick-?up\b"),
        Code(Status.AVAILABLE_FOR_PICKUP),
    ),
    (_said(r"\b(?:held|detained) (?:by|at|in) customs\b"), Code(Status.EXCEPTION, Reason.CUSTOMS)),
    (_said(r"^delayed in transit\b.*\b(?:weather|storm|snow)\b"), Code(Status.IN_TRANSIT, Reason.WEATHER)),
    (_said(r"^delayed in transit\b"), Code(Status.IN_TRANSIT, Reason.CARRIER_DELAY)),
    (_said(r"^shipment (?:was |is )?damaged\b"), Code(Status.EXCEPTION, Reason.DAMAGED)),
    (_said(r"^shipment (?:was |is )?lost\b"), Code(Status.EXCEPTION, Reason.LOST)),
    (_said(r"^shipment (?:was )?mis-?(?:sort|rout|direct)ed\b"), Code(Status.EXCEPTION, Reason.MISROUTED)),
    (_said(r"^shipment (?:was )?(?:cancelled|voided)\b"), Code(Status.EXCEPTION, Reason.CANCELLED)),
    (_said(r"^on vehicle for delivery\b"), Code(Status.OUT_FOR_DELIVERY)),
    (_said(r"^shipment delivered\b"), Code(Status.DELIVERED)),
    (
        _said(
            r"^(?:arrived at|departed) sort facility\b|^picked up by purolator\b|^cleared customs\b"
            r"|^shipment scheduled for delivery\b"
        ),
        Code(Status.IN_TRANSIT),
    ),
)
_SENT_BACK = _said(r"\b(?:delivered|returned) to (?:the )?(?:sender|shipper)\b")
_LEFT = _said(r"\b(?:safe drop|front door|side door|back door|mail ?box|garage|porch)\b")

_REFUSALS: Mapping[re.Pattern[str], ResultCode] = MappingProxyType(
    {
        _said(r"\bnot found\b|\bno (?:tracking )?(?:information|records?|data|scans?)\b"): ResultCode.NOT_FOUND,
        _said(r"\binvalid\b.*\bpin\b|\bpin\b.*\b(?:invalid|not valid)\b"): ResultCode.INVALID_NUMBER,
        _said(r"\b(?:not authori[sz]ed|unauthori[sz]ed|authentication|user ?token)\b"): ResultCode.UNAUTHORIZED,
        _said(r"\bunavailable\b|\bsystem error\b|\btry again later\b"): ResultCode.UNAVAILABLE,
    }
)


def meaning(kind: str, words: str) -> Code:
    """What a scan of a type says; a type nobody has seen means nothing, whatever its text is, and is logged once."""
    found = CODES.meaning(kind)
    if found.status is Status.DELIVERED:
        if _SENT_BACK.search(words):
            return Code(Status.RETURNED)
        return Code(Status.DELIVERED, Reason.SAFE_PLACE if _LEFT.search(words) else None)
    if kind.strip().upper() not in _OPEN:
        return found
    return next((means for pattern, means in _TEXTS if pattern.search(words)), found)


def refusal_of(words: str) -> ResultCode:
    """What the words of an error mean; no document lists its codes."""
    return next((code for pattern, code in _REFUSALS.items() if pattern.search(words)), ResultCode.REFUSED)
