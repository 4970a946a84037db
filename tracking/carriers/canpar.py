"""Canpar: CanparAddonsService, `trackByBarcodeV2`, SOAP 1.2; one barcode a call, open to everybody.

Not for: tracking by a reference, the images of signatures, a shipment's other parcels.
Source: the plugin of karrio's community with its one answer; codes and texts seen in public answers; read 2026-11-22.
There is no official list of codes. The field `delivered` was false where the newest event was a delivery: the events
count. What `time_shift` means is not documented; it is left out of account.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._base import Carrier, Limit, Parcel
from tracking.carriers._codes import CodeTable
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._soap import Fault, envelope_1_2, headers_1_2, leaf, read_soap, said
from tracking.carriers._times import moment, read_compact, read_date, window
from tracking.platform.facts import Answer, Location, ResultCode, TrackingEvent, TrackingResult
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

_NAME = "Canpar"
_ZONE = "America/Toronto"
_ASKING = "http://ws.onlinerating.canshipws.canpar.com"
_PARTS = "http://ws.dto.canshipws.canpar.com/xsd"
CODES = CodeTable.load("canpar")
# the name the answer has in the one that was published, and that of the question
_ANSWERS = ("trackByBarcodeV2Response", "trackByBarcodeResponse")
_UNKNOWN = re.compile(r"\bnot found\b|\bno (?:shipment|package|parcel|record)s?\b", re.IGNORECASE)
# what becomes of accented letters on the way
_BROKEN = re.compile("[…¿�Ã]")
_MOVES_NOTHING = frozenset({Status.UNKNOWN, Status.RETURNED})


class Adapter(Carrier):
    """Canpar, one barcode a call."""

    slug = "canpar"
    name = _NAME
    base_url = "https://canship.canpar.com/canshipws/services"
    credentials = ()
    limits = (Limit("calls", 60, 60, source="assumed: Canpar publishes none"),)
    home_zone = _ZONE
    weak = (
        "60 calls a minute is assumed; an account may be given another figure.",
        "There is no official list of codes: those in the table were seen.",
        "Times are taken as local to the scan's province; time_shift is not documented and is left out of account.",
        "A barcode without events is read as not found; an unknown one was seen to get an empty parcel.",
        "A return that is followed by more scans is read as a note, because a later movement was seen to overrule it.",
        "French texts that arrived with broken letters are shown in English.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - open to everybody
        """`trackByBarcodeV2` for one barcode and its shipment."""
        asked = (
            f'<ws:trackByBarcodeV2 xmlns:ws="{_ASKING}" xmlns:xsd="{_PARTS}"><ws:request>'
            f"{leaf('xsd:barcode', parcels[0].number)}{leaf('xsd:track_shipment', 'true')}"
            "</ws:request></ws:trackByBarcodeV2>"
        )
        return Call(
            "POST",
            "/CanparAddonsService.CanparAddonsServiceHttpSoap12Endpoint/",
            headers_1_2("urn:trackByBarcodeV2"),
            data=envelope_1_2(asked),
        )

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read the parcel of a barcode, with English texts; a shipment's other parcels beside it are left out."""
        return _parse(reply, numbers, french=False)

    def understand(self, reply: Reply, numbers: Sequence[str]) -> Answer:
        """As `parse`, with French texts for an account in French. raises nothing"""
        return _parse(reply, numbers, french=self.account.locale[:2].lower() == "fr")

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:
        """Canpar's own page for a barcode, in English or French."""
        language = "fr" if locale[:2].lower() == "fr" else "en"
        page = f"https://www.canpar.com/{language}/track/tracking.jsp"
        return f"{page}?reference={quote(number, safe='')}&locale={language}"


def _parse(reply: Reply, numbers: Sequence[str], *, french: bool) -> Answer:
    try:
        document = read_soap(reply.body)
    except read.BodyError as what:
        return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
    if isinstance(document, Fault):
        return _faulty(document, reply, numbers)
    refused = read.refusal(_NAME, reply, numbers)
    told = next((document[name] for name in _ANSWERS if name in document), None)
    returned = read.walk(told, "return")
    if refused or not isinstance(returned, dict):
        return refused or read.unreadable(_NAME, numbers, "an answer it does not document")
    trouble = _text(returned.get("error"), 200)
    if trouble:
        code = ResultCode.NOT_FOUND if _UNKNOWN.search(trouble) else ResultCode.REFUSED
        return Answer(errors=read.errors(numbers, code, read.sentence(_NAME, code, numbers, trouble)))
    return _answer([one for one in read.mappings(returned.get("result")) if "@nil" not in one], numbers, french)


def _faulty(fault: Fault, reply: Reply, numbers: Sequence[str]) -> Answer:
    """A fault comes with HTTP 500, one that is ours with 400; another status says more."""
    if reply.status not in (200, 400, 500):
        return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, "a fault")
    code = ResultCode.REFUSED if fault.is_ours else ResultCode.UNAVAILABLE
    wait = reply.retry_after if code is ResultCode.UNAVAILABLE else None
    sentence = read.sentence(_NAME, code, numbers, fault.text)
    return Answer(errors=read.errors(numbers, code, sentence, retry_after=wait))


def _answer(parcels: Sequence[Mapping[str, Any]], numbers: Sequence[str], french: bool) -> Answer:
    named = [(read.number(_text(one.get("barcode"), 64)), one) for one in parcels]
    wanted = [(number, one) for number, one in named if number and (not numbers or number in numbers)]
    if not wanted:
        # an empty parcel for an unknown barcode need not name it
        if any(_lists(one.get("events")) for one in parcels):
            return read.unreadable(_NAME, numbers, "an answer about another number")
        return Answer(errors=read.not_found(_NAME, numbers))
    once: dict[str, Mapping[str, Any]] = {}
    for number, one in wanted:
        once.setdefault(number, one)
    return read.merged([_one(number, one, french) for number, one in once.items()])


def _lists(events: object) -> bool:
    """Whether there is anything in a list of events; an element that says it is nil is nothing."""
    return bool(events) and not (isinstance(events, dict) and "@nil" in events)


def _one(number: str, parcel: Mapping[str, Any], french: bool) -> Answer:
    listed = parcel.get("events")
    if not _lists(listed):
        return Answer(errors=read.not_found(_NAME, [number]))
    readable = [event for one in read.mappings(listed) if (event := _event(one, french))]
    events = _overruled(oldest_first(readable, newest_first=True))
    status, reason = suggested(events)
    delivered = next((e.at for e in reversed(events) if e.status is Status.DELIVERED), None)
    signer = _text(parcel.get("signed_by"), 120)
    result = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        service=_worded(parcel, "service_description", french) or None,
        estimated=None
        if status.is_final
        else window(read_date(_text(parcel.get("estimated_delivery_date"), 20)), None),
        delivered_at=delivered if status is Status.DELIVERED else None,
        signed_by=signer or None if status is Status.DELIVERED else None,
        proof=("signature",) if status is Status.DELIVERED and (signer or _text(parcel.get("signature"), 20)) else (),
    )
    return Answer((result,), read.left_out(_NAME, number, unread(listed, len(readable))))


def _overruled(events: Sequence[TrackingEvent]) -> tuple[TrackingEvent, ...]:
    """The same, a return as a note where the parcel moved again after it."""
    kept: list[TrackingEvent] = []
    moved = False
    for event in reversed(events):
        overruled = event.status is Status.RETURNED and moved
        kept.append(replace(event, status=Status.UNKNOWN) if overruled else event)
        moved = moved or event.status not in _MOVES_NOTHING
    return tuple(reversed(kept))


def _event(raw: Mapping[str, Any], french: bool) -> TrackingEvent | None:
    day, _, clock_time = _text(raw.get("local_date_time"), 40).partition(" ")
    local = read_compact(day, clock_time)
    if local is None:
        return None
    where = _place(read.mapping(raw.get("address")))
    when = moment(local, where, _ZONE)
    # codes were seen with blanks behind them
    code = _text(raw.get("code"), 40)
    means = CODES.meaning(code)
    words = _worded(raw, "code_description", french)
    return TrackingEvent(when.at, when.zone, code, means.status, words, means.reason, where)


def _place(address: Mapping[str, Any]) -> Location:
    """A terminal's place; its street is left out."""
    city, region, postal_code = (_text(address.get(name), 120) for name in ("city", "province", "postal_code"))
    return read.place(city, region, postal_code, _text(address.get("country"), 80))


def _worded(raw: Mapping[str, Any], name: str, french: bool) -> str:
    """A text in the language asked for; in English where the French one is missing or broken."""
    english, other = _text(raw.get(f"{name}_en")), _text(raw.get(f"{name}_fr"))
    return other if french and other and not _BROKEN.search(other) else english


def _text(value: object, longest: int = 500) -> str:
    """An element's text on one line; elements may carry attributes, and one that says it is nil is none."""
    return read.text(said(value), longest)
