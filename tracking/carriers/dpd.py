"""DPD in the Netherlands and Belgium: ParcelLifeCycleService 2.0 of the shipper webservices, one parcel a call.

Not for: DPD in other countries, which have services of their own. An answer does not say which parcel it is about; it
is taken to be the one asked about.
Source: Authentication20.xsd, LoginServiceV21.xsd and ParcelLifecycleServiceV20.xsd of wsshipper.dpd.nl, and the states
of DPD's German life cycle; read 2026-11-22.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._base import Account, Carrier, CredentialField, Limit, Parcel, Token, Tokens
from tracking.carriers._codes import CodeTable
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._oauth import is_header_safe, token_failure
from tracking.carriers._soap import Fault, envelope, headers, leaf, read_soap, tag
from tracking.carriers._times import moment, read_iso
from tracking.platform import clock
from tracking.platform.errors import BadCredentials, Refused, UnreadableAnswer, UpstreamDown
from tracking.platform.facts import Answer, Location, ResultCode, TrackingEvent, TrackingResult
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply, Upstream

_NAME = "DPD"
_ZONE = "Europe/Amsterdam"
_TYPES = "http://dpd.com/common/service/types"
_LOGIN = f"{_TYPES}/LoginService/2.1"
_LIFE_CYCLE = f"{_TYPES}/ParcelLifeCycleService/2.0"
_HOSTS: Mapping[str, str] = MappingProxyType({"nl": "https://wsshipper.dpd.nl", "be": "https://wsshipper.dpd.be"})
_LANGUAGES: Mapping[str, str] = MappingProxyType({"nl": "nl_NL", "fr": "fr_FR", "de": "de_DE"})
_TOKEN_LIFE = timedelta(hours=12)
_SHORTEST_LIFE = timedelta(minutes=15)
CODES = CodeTable.load("dpd")
_TIME = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AP])\.?M\.?", re.ASCII | re.IGNORECASE
)
_PLACE = re.compile(r"(.{0,120}?)\s*\(([A-Z]{2})\)")
_SHOP, _ROUND = "PARCELSHOP", "COURIER"


class Adapter(Carrier):
    """DPD Benelux, one parcel a call."""

    slug = "dpd"
    name = _NAME
    base_url = _HOSTS["nl"]
    credentials = (
        CredentialField("delis_id", "Delis ID of the shipper account at DPD Netherlands or Belgium.", secret=False),
        CredentialField("password", "Password of the shipper account."),
        CredentialField(
            "country", "Where the account is: “nl”, which is the default, or “be”.", secret=False, required=False
        ),
    )
    limits = (Limit("calls", 60, 60, source="assumed: DPD publishes none"),)
    home_zone = _ZONE
    weak = (
        "60 calls a minute is assumed; an account may be given another figure.",
        "A token that does not state its end is kept for 12 hours; it is renewed whenever it is refused.",
        "The end of a token is taken as Dutch time.",
        "What DPD answers for a number it does not know is not documented: no status is read as not found.",
        "Times have no zone and are taken as local ones of the place, or Dutch ones.",
        "A courier's scan after a parcel shop's is read as in transit: the parcel is collected back.",
        "No code for a return to the sender is documented.",
    )

    def __init__(self, account: Account, *, tokens: Tokens | None = None, upstream: Upstream | None = None) -> None:
        """As every carrier's; without an address of its own an account is at the host of its country."""
        host = _HOSTS.get(account.credentials.get("country", "").strip().lower())
        account = replace(account, base_url=account.base_url or host)
        super().__init__(account, tokens=tokens, upstream=upstream)

    def token_call(self) -> Call:
        """`getAuth` with Delis ID and password."""
        asked = tag(
            "getAuth",
            leaf("delisId", self.credential("delis_id")),
            leaf("password", self.credential("password")),
            leaf("messageLanguage", self._language()),
            namespace=_LOGIN,
        )
        return Call("POST", "/soap/services/LoginService/V2_1", headers(f"{_LOGIN}/getAuth"), data=envelope(asked))

    @classmethod
    def parse_token(cls, reply: Reply) -> Token:
        """Read `getAuthResponse`. raises as `Carrier.parse_token`; a fault means wrong credentials if it says so"""
        failure = token_failure(cls.slug, _NAME, reply)
        try:
            document = read_soap(reply.body)
        except read.BodyError as what:
            if failure is not None:
                raise failure from what
            raise UnreadableAnswer(f"{_NAME} sent {what} when asked for a token.", provider=cls.slug) from what
        if isinstance(document, Fault):
            raise failure if failure and reply.status not in (200, 500) else _login_failure(document, reply.status)
        if failure is not None:
            raise failure
        told = read.walk(document, "getAuthResponse", "return")
        value, ends = read.walk(told, "authToken"), read_iso(read.walk(told, "authTokenExpires"))
        if not isinstance(value, str) or not is_header_safe(value):
            raise UnreadableAnswer(f"{_NAME} sent no usable token.", provider=cls.slug, status=reply.status)
        now = clock.real_now()
        until = moment(ends, None, _ZONE).at.astimezone(UTC) if ends else now + _TOKEN_LIFE
        # an end that is over by our clock would make a login of every question
        return Token(value, max(until, now + _SHORTEST_LIFE))

    @classmethod
    def refuses_token(cls, reply: Reply) -> bool:
        """HTTP 401, or the fault that says so, whatever its status."""
        if reply.status == 401 or b"authenticationFault" not in reply.body:
            return reply.status == 401
        try:
            document = read_soap(reply.body)
        except read.BodyError:
            return False
        return isinstance(document, Fault) and "authenticationFault" in document.detail

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:
        """`getTrackingData` for one parcel label number, the token in the header of the envelope."""
        header = tag(
            "authentication",
            leaf("delisId", self.credential("delis_id")),
            leaf("authToken", token or ""),
            leaf("messageLanguage", self._language()),
            namespace=f"{_TYPES}/Authentication/2.0",
        )
        asked = tag("getTrackingData", leaf("parcelLabelNumber", parcels[0].number), namespace=_LIFE_CYCLE)
        action = headers(f"{_LIFE_CYCLE}/getTrackingData")
        return Call("POST", "/soap/services/ParcelLifeCycleService/V2_0", action, data=envelope(asked, header))

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read the life cycle of the one parcel asked about; faults come under HTTP 200 and 500."""
        try:
            document = read_soap(reply.body)
        except read.BodyError as what:
            return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
        if isinstance(document, Fault):
            return _faulty(document, reply, numbers)
        refused = read.refusal(_NAME, reply, numbers)
        if refused is not None:
            return refused
        if "getTrackingDataResponse" not in document:
            return read.unreadable(_NAME, numbers, "an answer it does not document")
        results = read.walk(document, "getTrackingDataResponse", "trackingresult")
        if results and not read.mappings(results):
            return read.unreadable(_NAME, numbers, "a result in a form it does not document")
        told = next(iter(read.mappings(results)), {})
        if not told.get("statusInfo"):
            return Answer(errors=read.not_found(_NAME, numbers))
        return _answer(told, numbers)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - one language is known
        """DPD's own page for a parcel."""
        page = "https://www.dpdgroup.com/nl/mydpd/my-parcels/track"
        return f"{page}?lang=en&parcelNumber={quote(number, safe='')}"

    def _language(self) -> str:
        return _LANGUAGES.get(self.account.locale[:2].lower(), "en_EN")


def _login_failure(fault: Fault, status: int) -> BadCredentials | Refused | UpstreamDown:
    if "authenticationFault" in fault.detail:
        sentence = f"{_NAME} does not accept the Delis ID and password."
        return BadCredentials(sentence, provider=Adapter.slug, status=status, detail_code=_detail(fault)[0])
    if fault.is_ours:
        return Refused(f"{_NAME} refused to give a token.", provider=Adapter.slug, status=status)
    return UpstreamDown(f"{_NAME} gives no tokens for now.", provider=Adapter.slug, status=status)


def _detail(fault: Fault) -> tuple[str, str]:
    """The carrier's own code and words; the life cycle's faults spell them otherwise than those of the login."""
    told = next((one for one in fault.detail.values() if isinstance(one, dict)), {})
    code = read.text(told.get("errorCode"), 60) or read.text(told.get("faultCode"), 60)
    return code, read.text(told.get("errorMessage"), 200) or read.text(told.get("message"), 200) or fault.text


def _faulty(fault: Fault, reply: Reply, numbers: Sequence[str]) -> Answer:
    code = ResultCode.REFUSED if fault.is_ours else ResultCode.UNAVAILABLE
    if "authenticationFault" in fault.detail:
        code = ResultCode.UNAUTHORIZED
    elif reply.status not in (200, 500):
        return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, "a fault")
    own, words = _detail(fault)
    said = read.sentence(_NAME, code, numbers, words, own)
    wait = reply.retry_after if code is ResultCode.UNAVAILABLE else None
    return Answer(errors=read.errors(numbers, code, said, retry_after=wait))


def _answer(told: Mapping[str, Any], numbers: Sequence[str]) -> Answer:
    number, listed = numbers[0] if numbers else "", told.get("statusInfo")
    raw = read.mappings(listed)
    # steps that lie ahead are listed, too
    reached = [one for one in raw if read.flag(one.get("statusHasBeenReached")) is not False]
    readable = [(one, event) for one in reached if (event := _event(one))]
    missing = unread(listed, len(readable) + len(raw) - len(reached))
    if not readable and not missing:
        return Answer(errors=read.not_found(_NAME, numbers))
    current = next((e for one, e in reversed(readable) if read.flag(one.get("isCurrentStatus"))), None)
    events = _settled(oldest_first([event for _, event in readable], newest_first=False), current)
    status, reason = suggested(events)
    delivered = next((e.at for e in reversed(events) if e.status is Status.DELIVERED), None)
    result = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        service=_lines(read.walk(told, "shipmentInfo", "serviceDescription", "content")) or None,
        delivered_at=delivered if status is Status.DELIVERED else None,
    )
    others = read.not_found(_NAME, numbers[1:]) if numbers[1:] else ()
    return Answer((result,), (*read.left_out(_NAME, number, missing), *others))


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    at = _time(_lines(raw.get("date")))
    if at is None:
        return None
    code, place = read.text(raw.get("status"), 60), _place(_lines(raw.get("location")))
    when, meaning = moment(at, place, _ZONE), CODES.meaning(code)
    said = _lines(read.walk(raw, "description", "content")) or _lines(raw.get("label")) or meaning.text
    return TrackingEvent(when.at, when.zone, code, meaning.status, said, meaning.reason, place)


def _settled(events: Sequence[TrackingEvent], current: TrackingEvent | None) -> tuple[TrackingEvent, ...]:
    """What scans mean where others stand before them.

    A courier's scan after a parcel shop's collects the parcel from there; it is no round to the recipient. What follows
    the status that DPD calls the current one moves nothing.
    """
    told: list[TrackingEvent] = []
    at_shop = past = False
    for event in events:
        code = event.code.upper()
        if past:
            told.append(replace(event, status=Status.UNKNOWN, reason=None))
        elif code == _ROUND and at_shop:
            told.append(replace(event, status=Status.IN_TRANSIT))
        else:
            told.append(event)
            at_shop = code == _SHOP
        past = past or event == current
    return tuple(told)


def _lines(value: object) -> str:
    """The text of a line, or of several, which each are an object around their `content`."""
    return " ".join(said for one in read.mappings(value) if (said := read.text(one.get("content"))))


def _place(said: str) -> Location:
    """A place as “Puurs (BE)”."""
    found = _PLACE.fullmatch(said)
    return read.place(found[1], country=found[2]) if found else read.place(said)


def _time(said: str) -> datetime | None:
    """`M/D/YYYY h:mm:ss AM`, or ISO; naive in the first case."""
    found = _TIME.fullmatch(said)
    if not found:
        return read_iso(said)
    month, day, year, hour, minute, second, half = found.groups()
    if not 1 <= int(hour) <= 12:
        return None
    of_day = int(hour) % 12 + (12 if half.upper() == "P" else 0)
    return read_iso(f"{year}-{month:0>2}-{day:0>2}T{of_day:02}:{minute}:{second or '00'}")
