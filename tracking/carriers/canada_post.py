"""Canada Post: Tracking REST, interface track-v2, in XML; one PIN or delivery notice card a call.

Not for: the certificate of delivery, tracking by the sender's reference.
Source: canadapost.ca “Get Tracking Details – REST” and “Messages and code tables”, the answers among the tests of
Shopify/active_shipping, karrio's track.xsd; read 2026-11-22. No document says which HTTP statuses its messages come
with: the body decides.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from tracking.carriers import _canada_post_words as words
from tracking.carriers import _reading as read
from tracking.carriers._base import Carrier, CredentialField, Limit, Parcel
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._oauth import basic
from tracking.carriers._times import Moment, moment, read_clock, read_date, window
from tracking.platform.facts import Answer, Location, ResultCode, TrackingEvent, TrackingResult, Zone
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

_NAME = "Canada Post"
_ZONE = "America/Toronto"
_TRACK = "application/vnd.cpc.track-v2+xml"
_NOTICE_CARD = re.compile(r"\d{15}", re.ASCII)
_PROVINCES = frozenset(["AB", "BC", "MB", "NB", "NF", "NL", "NS", "NT", "NU", "ON", "PE", "PQ", "QC", "SK", "YT"])
_MESSAGES: Mapping[str, ResultCode] = MappingProxyType(
    {
        # “No Pin History”
        "004": ResultCode.NOT_FOUND,
        # “No Delivery Information Available”
        "007": ResultCode.NOT_FOUND,
        # “AAA Authentication Failure”
        "E002": ResultCode.UNAUTHORIZED,
        **{f"AA{number:02}": ResultCode.UNAUTHORIZED for number in range(1, 10)},
    }
)
# the gateway's word for "slow down", under the code “Server”; the key is blocked for up to a minute
_THROTTLED, _BLOCKED_S = "rejected by slm monitor", 60.0
_HOURS: Mapping[str, float] = MappingProxyType(
    {"NST": -3.5, "NDT": -2.5, "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6}
    | {"PST": -8, "PDT": -7, "YST": -7, "UTC": 0, "GMT": 0}
)
_SIGNATURE_CODE, _PHOTO_CODE = 20, 2001
# codes of scans that happen abroad: without a country nothing is assumed about their time
_ABROAD = range(4000, 5000)


class Adapter(Carrier):
    """Canada Post, one number a call."""

    slug = "canada-post"
    name = _NAME
    base_url = "https://soa-gw.canadapost.ca"
    credentials = (
        CredentialField(
            "user_id",
            "User id of the API key of the Developer Program, the part before the colon; development and production "
            "have keys of their own.",
            secret=False,
        ),
        CredentialField("password", "Password of the API key, the part after the colon."),
    )
    limits = (
        Limit("calls", 60, 60, source="assumed: each key is throttled by the minute, the figure is not published"),
    )
    home_zone = _ZONE
    weak = (
        "How many calls a key may make a minute is not published; an account may be given another figure.",
        "An abbreviation such as EST is taken at its word, also in summer.",
        "Scans whose zone is a country's name or blank are taken as local to that country or province.",
        "Codes that are in no list are informational; other systems read them as in transit.",
        "Where the published groupings of 1410 to 1420 and 1435 to 1438 disagree, the words of the event decide.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - a static key
        """`GET /vis/track/pin/{pin}/detail`, or `/dnc/` for the 15 digits of a delivery notice card."""
        number = parcels[0].number
        kind = "dnc" if _NOTICE_CARD.fullmatch(number) else "pin"
        headers = {
            # anything else than this very type is refused
            "Accept": _TRACK,
            "Accept-language": "fr-CA" if self.account.locale[:2].lower() == "fr" else "en-CA",
            "Authorization": basic(self.credential("user_id"), self.credential("password")),
        }
        return Call("GET", f"/vis/track/{kind}/{quote(number, safe='')}/detail", headers)

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read `tracking-detail`, or `messages` that say why there is none."""
        try:
            document = read.read_xml(reply.body)
        except read.BodyError as what:
            return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
        if "messages" in document:
            return _failed(reply, read.mappings(read.walk(document, "messages", "message")), numbers)
        detail = read.mapping(document.get("tracking-detail"))
        pin = read.number(detail.get("pin"))
        refused = read.refusal(_NAME, reply, numbers)
        if refused or not pin:
            return refused or read.unreadable(_NAME, numbers, "an answer without a PIN")
        # asked by a notice card, the answer names the PIN alone
        asked = next((number for number in numbers if number == pin or _NOTICE_CARD.fullmatch(number)), None)
        if numbers and asked is None:
            return read.unreadable(_NAME, numbers, "an answer about another number")
        return _read(asked or pin, detail)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:
        """Canada Post's own page for a number, in English or French."""
        language = "fr" if locale[:2].lower() == "fr" else "en"
        page = f"https://www.canadapost-postescanada.ca/track-reperage/{language}#/search"
        return f"{page}?searchFor={quote(number, safe='')}"


def _failed(reply: Reply, messages: Sequence[Mapping[str, Any]], numbers: Sequence[str]) -> Answer:
    said = [(read.text(message.get("code"), 40), read.text(message.get("description"), 200)) for message in messages]
    detail_code, detail = said[0] if said else ("", "")
    if _THROTTLED in detail.lower():
        code, wait = ResultCode.RATE_LIMITED, reply.retry_after or _BLOCKED_S
        sentence = read.sentence(_NAME, code, numbers, detail, detail_code)
        return Answer(errors=read.errors(numbers, code, sentence, retry_after=wait))
    known = next((_MESSAGES[code] for code, _ in said if code in _MESSAGES), None)
    if known is None:
        # a body that is XML is no gateway's page: under 404 this still means what the status says
        bare = replace(reply, status=max(reply.status, 400), body=b"")
        refused = read.refusal(_NAME, bare, numbers, detail=detail, detail_code=detail_code)
        return refused or read.unreadable(_NAME, numbers, "a message it does not document")  # pragma: no cover
    return Answer(errors=read.errors(numbers, known, read.sentence(_NAME, known, numbers, detail, detail_code)))


def _read(number: str, detail: Mapping[str, Any]) -> Answer:
    listed = read.walk(detail, "significant-events", "occurrence")
    raw = read.mappings(listed)
    readable = [(event, one) for one in raw if (event := _event(one))]
    events = oldest_first([event for event, _ in readable], newest_first=True)
    status, reason = suggested(events)
    delivered = next((e.at for e in reversed(events) if e.status is Status.DELIVERED), None)
    expected = read_date(detail.get("changed-expected-date")) or read_date(detail.get("expected-delivery-date"))
    result = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        service=read.text_or_none(detail.get("service-name"), 80),
        estimated=None if status.is_final else window(expected, None),
        delivered_at=delivered if status is Status.DELIVERED else None,
        signed_by=_signer(readable) if status is Status.DELIVERED else None,
        proof=_proof(detail, events),
        pickup_place=_pickup(readable) if status is Status.AVAILABLE_FOR_PICKUP else None,
        extra=_extra(number, detail),
    )
    return Answer((result,), read.left_out(_NAME, number, unread(listed, len(readable))))


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    day, clock_time = read_date(raw.get("event-date")), read_clock(raw.get("event-time"))
    if day is None or clock_time is None:
        return None
    code, told = read.text(raw.get("event-identifier"), 40), read.text(raw.get("event-description"))
    where = _place(raw)
    when = _moment(datetime.combine(day, clock_time), read.text(raw.get("event-time-zone"), 60).upper(), where, code)
    means = words.meaning(code, told)
    return TrackingEvent(when.at, when.zone, code, means.status, told, means.reason, where)


def _moment(local: datetime, zone: str, where: Location, code: str) -> Moment:
    hours = _HOURS.get(zone)
    if hours is not None:
        return Moment(local.replace(tzinfo=timezone(timedelta(hours=hours))), Zone.STATED)
    return moment(local, where, None if words.stripped(code) in _ABROAD else _ZONE)


def _place(raw: Mapping[str, Any]) -> Location:
    """The site; abroad it reads “ILTLVA,Israel”, an office's code and the country, or the zone names the country."""
    site, comma, country = read.text(raw.get("event-site"), 120).rpartition(",")
    if not comma:
        site, country = country, ""
    province = read.text(raw.get("event-province"), 60)
    home = "CA" if province.upper() in _PROVINCES else ""
    zone = read.text(raw.get("event-time-zone"), 60)
    # three letters would be looked up as a country's, too
    abroad = zone if len(zone) > 3 else ""
    found = next((code for name in (home, country, abroad) if name and (code := read.country_code(name))), None)
    return read.place(site.strip(), province, None, found)


_Read = Sequence[tuple[TrackingEvent, Mapping[str, Any]]]


def _signer(readable: _Read) -> str | None:
    """The newest signer; the name may stand on the event of the signature's image and not on the delivery."""
    signed = [(event.at, name) for event, one in readable if (name := read.text(one.get("signatory-name"), 120))]
    return max(signed, key=lambda pair: pair[0])[1] if signed else None


def _proof(detail: Mapping[str, Any], events: Sequence[TrackingEvent]) -> tuple[str, ...]:
    codes = {words.stripped(event.code) for event in events}
    signed = read.flag(detail.get("signature-image-exists")) is True or _SIGNATURE_CODE in codes
    return ("signature",) * signed + ("photo",) * (_PHOTO_CODE in codes)


def _pickup(readable: _Read) -> str | None:
    """The post office of the newest notice that names one."""
    waits = [
        (e, one) for e, one in readable if e.status is Status.AVAILABLE_FOR_PICKUP and one.get("event-retail-name")
    ]
    if not waits:
        return None
    event, one = max(waits, key=lambda pair: pair[0].at)
    parts = (read.text(one.get("event-retail-name"), 120), event.location.city, event.location.region)
    return ", ".join(part for part in parts if part) or None


def _extra(number: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    pin = read.number(detail.get("pin"))
    extra = {
        "pin": pin if pin != number else "",
        "return_number": read.number(detail.get("return-pin")),
        "original_number": read.number(detail.get("original-pin")),
        "delay_reason": read.text(detail.get("changed-expected-delivery-reason"), 200),
        "options": [text for one in _options(detail) if (text := read.text(one, 120))],
    }
    return {key: value for key, value in extra.items() if value}


def _options(detail: Mapping[str, Any]) -> list[object]:
    items = read.mappings(read.walk(detail, "delivery-options", "item"))
    return [item.get("delivery-option-description") for item in items]
