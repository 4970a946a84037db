"""Chronopost: TrackingServiceWS, `trackSkybillV2`; one number a call, open to everybody.

Not for: La Poste's Suivi v2, which tells Chronopost's parcels, too, in codes of its own.
Source: TrackingServiceWS.xsd; the codes were seen in answers from 2022 to 2026, read 2026-11-22. There is no official
list of codes. The scan of a partner may use a code of Chronopost's in another sense, so code and label are read
together, and the label wins where they disagree; a code that was never seen is read by its label only where that
speaks of a refusal, a return, damage or loss.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._base import Carrier, Limit, Parcel
from tracking.carriers._codes import Code, CodeTable
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._soap import Fault, envelope, headers, leaf, read_soap, tag
from tracking.carriers._times import moment, read_iso
from tracking.platform.facts import Answer, Location, ResultCode, TrackingEvent, TrackingResult
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Call, Reply

_NAME = "Chronopost"
_ZONE = "Europe/Paris"
_NAMESPACE = "http://cxf.tracking.soap.chronopost.fr/"
CODES = CodeTable.load("chronopost")
_SYSTEM_ERROR = 1
# on the way to the pickup point; after the parcel was made available there, an echo
_TO_THE_SHOP = "RB"
# names in the list beside an event, in both languages asked for
_SIGNER = re.compile(r"consignee.?s name|nom du (?:destinataire|réceptionnaire|signataire)", re.IGNORECASE)
_PARTNER = re.compile(r"partner number|numéro partenaire", re.IGNORECASE)
_WHERE = re.compile(r"lieu|place|location", re.IGNORECASE)

_SENDER = r"(?:l')?expéditeur|(?:the )?(?:sender|shipper)"
# a condition, or an announcement of what may come; a shopper reads it in the label
_CONDITIONAL = re.compile(r"\b(?:si|sinon|sauf|sera|serait|if|unless|will)\b", re.IGNORECASE)
# first match wins; read for every code
_TROUBLE: tuple[tuple[str, Status, Reason | None], ...] = (
    (rf"\b(?:livré|remis|restitué|rendu) à (?:{_SENDER})", Status.RETURNED, None),
    (rf"\b(?:delivered|handed over) (?:back )?to (?:{_SENDER})\b", Status.RETURNED, None),
    (
        rf"\bretour(?:née?)?\b(?:(?=.*(?:{_SENDER}))|(?!.*\b(?:agence|dépôt|bureau|centre|relais)\b))",
        Status.RETURNING,
        None,
    ),
    (rf"\breturn(?:ed|ing)?\b(?:(?=.*(?:{_SENDER}))|(?!.*\b(?:depot|agency|office|centre)\b))", Status.RETURNING, None),
    (r"\b(?<!non )refus(?:ée?|ed|al)?\b", Status.EXCEPTION, Reason.REFUSED),
    (r"\bavari(?:es?|ée?)\b|\bendommagée?\b|\bspoliée?\b|\bdamaged?\b", Status.EXCEPTION, Reason.DAMAGED),
    (r"\b(?:perdue?|égarée?|lost)\b", Status.EXCEPTION, Reason.LOST),
)
# read only for a code that is known, where the label disagrees with it
_OTHERWISE: tuple[tuple[str, Status, Reason | None], ...] = (
    (
        r"\badresse (?:incomplète|erronée|incorrecte|insuffisante|inconnue)\b|\b(?:incomplete|incorrect) address\b",
        Status.EXCEPTION,
        Reason.ADDRESS,
    ),
    (
        r"\b(?:absence du destinataire|destinataire absent|(?:consignee|recipient) (?:was )?absent)\b",
        Status.ATTEMPT_FAIL,
        Reason.NOT_HOME,
    ),
    (r"\b(?:retenu|bloqué) (?:en|par la) douane\b|\bheld (?:by|in|at) customs\b", Status.EXCEPTION, Reason.CUSTOMS),
    (r"\breportée? de 24 ?h\b|\bpostponed\b", Status.IN_TRANSIT, Reason.CARRIER_DELAY),
)
_ALL = tuple((re.compile(words, re.IGNORECASE), Code(status, why)) for words, status, why in (*_TROUBLE, *_OTHERWISE))
_FOR_UNSEEN = _ALL[: len(_TROUBLE)]


class Adapter(Carrier):
    """Chronopost, one number a call."""

    slug = "chronopost"
    name = _NAME
    base_url = "https://ws.chronopost.fr/tracking-cxf"
    credentials = ()
    limits = (Limit("calls", 60, 60, source="assumed: Chronopost publishes none"),)
    home_zone = _ZONE
    weak = (
        "60 calls a minute is assumed; an account may be given another figure.",
        "There is no official list of codes: those in the table were seen, and labels correct them.",
        "A number it does not know was seen to get an empty list of events; nothing documents it.",
        "Error 1 is read as out of order; any other error number as refused, because none is documented.",
        "The French names of the field that holds the signer are assumed.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - open to everybody
        """`trackSkybillV2` for one number, with labels in French or English."""
        language = "fr_FR" if self.account.locale.lower().startswith("fr") else "en_GB"
        asked = tag(
            "trackSkybillV2",
            leaf("language", language),
            leaf("skybillNumber", parcels[0].number),
            namespace=_NAMESPACE,
        )
        return Call("POST", "/TrackingServiceWS", headers(), data=envelope(asked))

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read the events of one number. `errorCode` and faults are refusals under any HTTP status."""
        try:
            document = read_soap(reply.body)
        except read.BodyError as what:
            return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
        if isinstance(document, Fault):
            return _faulty(document, reply, numbers)
        refused = read.refusal(_NAME, reply, numbers)
        if refused is not None:
            return refused
        told = read.walk(document, "trackSkybillV2Response", "return")
        if not isinstance(told, dict):
            return read.unreadable(_NAME, numbers, "an answer it does not document")
        code = read.whole(told.get("errorCode")) or 0
        if code:
            return _refused(code, read.text(told.get("errorMessage"), 200), numbers)
        infos = told.get("listEventInfoComp")
        if infos and not read.mappings(infos):
            return read.unreadable(_NAME, numbers, "events in a form it does not document")
        return _answer(_about(read.mappings(infos), numbers), numbers)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:
        """Chronopost's own page for a number."""
        language = "fr_FR" if locale.lower().startswith("fr") else "en_GB"
        page = "https://www.chronopost.fr/tracking-no-cms/suivi-page"
        return f"{page}?listeNumerosLT={quote(number, safe='')}&langue={language}"


def _faulty(fault: Fault, reply: Reply, numbers: Sequence[str]) -> Answer:
    """A fault comes with HTTP 200 or 500; what the gateway says with another status counts before it."""
    if reply.status not in (200, 500):
        return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, "a fault")
    code = ResultCode.REFUSED if fault.is_ours else ResultCode.UNAVAILABLE
    said = read.sentence(_NAME, code, numbers, fault.text)
    wait = None if fault.is_ours else reply.retry_after
    return Answer(errors=read.errors(numbers, code, said, retry_after=wait))


def _refused(error: int, words: str, numbers: Sequence[str]) -> Answer:
    code = ResultCode.UNAVAILABLE if error == _SYSTEM_ERROR else ResultCode.REFUSED
    return Answer(errors=read.errors(numbers, code, read.sentence(_NAME, code, numbers, words, str(error))))


def _about(infos: Sequence[Mapping[str, Any]], numbers: Sequence[str]) -> Mapping[str, Any]:
    """Of several lists, which nothing documents, the one that is about the number."""
    ours = (info for info in infos if read.number(info.get("skybillNumber")) in numbers)
    return next(ours, infos[0] if infos else {})


def _answer(info: Mapping[str, Any], numbers: Sequence[str]) -> Answer:
    number, listed = read.number(info.get("skybillNumber")), info.get("events")
    if not listed:
        return Answer(errors=read.not_found(_NAME, numbers or [number] if number else numbers))
    if not number or (numbers and number not in numbers):
        return read.unreadable(_NAME, numbers, "an answer about another number")
    raw = read.mappings(listed)
    readable = [(one, event) for one in raw if (event := _event(one))]
    events = _echoes_out(oldest_first([event for _, event in readable], newest_first=False))
    status, reason = suggested(events)
    delivered = next((e.at for e in reversed(events) if e.status is Status.DELIVERED), None)
    result = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        delivered_at=delivered if status is Status.DELIVERED else None,
        signed_by=_signer(readable) if status is Status.DELIVERED else None,
        pickup_place=_shop(readable) if status is Status.AVAILABLE_FOR_PICKUP else None,
        extra=_extra(raw),
    )
    others = {*numbers} - {number}
    left_out = read.left_out(_NAME, number, unread(listed, len(readable)))
    return Answer((result,), (*left_out, *(read.not_found(_NAME, sorted(others)) if others else ())))


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    at = read_iso(raw.get("eventDate"))
    if at is None:
        return None
    # codes are padded with blanks
    code, label = read.text(raw.get("code"), 40), read.text(raw.get("eventLabel"))
    when, meaning = moment(at, None, _ZONE), _meaning(code, label)
    return TrackingEvent(when.at, when.zone, code, meaning.status, label, meaning.reason, _place(raw))


def _meaning(code: str, label: str) -> Code:
    """What code and label mean together: the label wins, but for a code never seen it may only tell of trouble."""
    known = CODES.meaning(code)
    phrases = _ALL if CODES.find(code) else _FOR_UNSEEN
    said = CODES.find(label.replace("’", "'").rstrip(". "), "label") if CODES.find(code) else None
    if said is None and not _CONDITIONAL.search(label):
        said = _spoken([meaning for words, meaning in phrases if words.search(label)])
    return said or known


def _spoken(found: Sequence[Code]) -> Code | None:
    """The first of the meanings; why a parcel goes back may stand in another one."""
    if not found or found[0].reason or found[0].status not in (Status.RETURNING, Status.RETURNED):
        return found[0] if found else None
    return replace(found[0], reason=next((meaning.reason for meaning in found if meaning.reason), None))


def _echoes_out(events: Sequence[TrackingEvent]) -> tuple[TrackingEvent, ...]:
    """A parcel that waits at the pickup point is not on its way there: such a scan that comes late says nothing."""
    told: list[TrackingEvent] = []
    last = Status.PENDING
    for event in events:
        late = event.code.upper() == _TO_THE_SHOP and last is Status.AVAILABLE_FOR_PICKUP
        told.append(replace(event, status=Status.UNKNOWN, reason=None) if late else event)
        last = last if told[-1].status is Status.UNKNOWN else event.status
    return tuple(told)


def _notes(raw: Mapping[str, Any], name: re.Pattern[str]) -> list[str]:
    """What the list beside an event says under that name."""
    listed = read.mappings(raw.get("infoCompList"))
    said = [read.text(one.get("value"), 200) for one in listed if name.fullmatch(read.text(one.get("name"), 80))]
    return [text for text in said if text]


def _place(raw: Mapping[str, Any]) -> Location:
    """Where it was scanned: a partner's depot beside the event, a shop (“TOWN - FR - SHOP”), or an agency."""
    for told in (*_notes(raw, _WHERE), read.text(raw.get("officeLabel"), 200)):
        parts = [part.strip() for part in told.split(" - ")]
        if len(parts) > 1 and re.fullmatch(r"[A-Z]{2}(?: \(.*\))?", parts[1]):
            return read.place(parts[0], country=parts[1][:2])
    office = re.sub(r"^HUB\s|\bCHRONOPOST\b(?:\sNETWORKS\b)?", "", read.text(raw.get("officeLabel"), 200)).strip()
    postal_code, department = read.text(raw.get("zipCode"), 20), read.text(raw.get("NPC"), 4)
    # the office of a partner has a code, too; one that begins with the number of its département is French
    french = bool(department) and postal_code.startswith(department)
    city = None if office == "Web Services" else office
    return read.place(city, None, postal_code, "FR" if french else None)


def _signer(readable: Sequence[tuple[Mapping[str, Any], TrackingEvent]]) -> str | None:
    handed = [raw for raw, event in readable if event.status is Status.DELIVERED]
    return next((name for raw in reversed(handed) for name in _notes(raw, _SIGNER)), None)


def _shop(readable: Sequence[tuple[Mapping[str, Any], TrackingEvent]]) -> str | None:
    """The name of the pickup point; its address stands beside the events and is not for everybody."""
    waiting = [raw for raw, event in readable if event.status is Status.AVAILABLE_FOR_PICKUP]
    parts = [part.strip() for part in read.text(waiting[-1].get("officeLabel"), 200).split(" - ")] if waiting else []
    return parts[2] if len(parts) > 2 and re.fullmatch(r"[A-Z]{2}", parts[1]) else None


def _extra(raw: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The parcel's number with a partner abroad, such as `GEO/XT845237012248`, GEO being DPD's network."""
    told = next((note for one in raw for note in _notes(one, _PARTNER)), "")
    network, _, reference = told.rpartition("/")
    return {"partner": {"network": network, "reference": reference}} if reference else {}
