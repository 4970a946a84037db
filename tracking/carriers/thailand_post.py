"""Thailand Post: Track & Trace REST API.

Its webhook has a host and a token of its own.
Source: the developer guide at track.thailandpost.co.th/developerGuide as told by parsilver/thailandpost-tracking-php,
xerodotc/thailandpost-sdk-go and ninenik.com, read 2026-11-22. What a barcode that it does not know gets is not
documented: an empty list, a missing key and no items at all are all read as "not found".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import structlog

from tracking.carriers import _reading as read
from tracking.carriers._base import CredentialField, Limit, Parcel, Token, failed
from tracking.carriers._codes import Code, CodeTable
from tracking.carriers._events import oldest_first, suggested
from tracking.carriers._oauth import is_header_safe, token_failure
from tracking.carriers._push import Delivery, KeyedPushes, Told, read_document
from tracking.carriers._times import Moment, moment, read_day_first, read_iso
from tracking.platform.errors import BadCredentials, BadPayload, Refused, UnreadableAnswer, UpstreamError
from tracking.platform.facts import Answer, Location, ResultCode, TrackingError, TrackingEvent, TrackingResult
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Call, Reply, Upstream

log = structlog.get_logger(__name__)

_NAME = "Thailand Post"
_ZONE = "Asia/Bangkok"
_OVERSEAS = "99999"
_SPELLINGS = ("Token", "Bearer")
CODES = CodeTable.load("thailand-post")
_OTHER_TRANSIT = re.compile(r"2\d\d", re.ASCII)
# `delivery_status` of an unsuccessful delivery
_WAITING = "F"
_WHY: Mapping[str, Reason] = MappingProxyType({"11C": Reason.CLOSED, "21C": Reason.PAYMENT_DUE})
# years of the Buddhist era are 543 ahead: 2562 is 2019
_BUDDHIST = re.compile(r"\b2[4-6]\d\d\b", re.ASCII)
_BUDDHIST_YEARS = 543
_ON_ITS_WAY = frozenset(
    {Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.ATTEMPT_FAIL, Status.AVAILABLE_FOR_PICKUP, Status.RETURNING}
)


class Adapter(KeyedPushes):
    """Thailand Post, up to a hundred barcodes a call."""

    slug = "thailand-post"
    name = _NAME
    base_url = "https://trackapi.thailandpost.co.th/post/api/v1"
    credentials = (
        CredentialField("api_token", "Long-lived API token from the dashboard of track.thailandpost.co.th."),
        CredentialField(
            "spelling",
            "How the access token is sent, “Token” or “Bearer”; the other one is tried once if it is refused.",
            secret=False,
            required=False,
        ),
        CredentialField(
            "push_url",
            "Where barcodes are subscribed, https://trackwebhook.thailandpost.co.th/post/api/v1; empty: nowhere.",
            secret=False,
            required=False,
        ),
        KeyedPushes.push_key,
    )
    batch_size = 100
    subscription_size = 100
    subscription_s = 30 * 86_400.0
    push_facts = (
        "Enter the address, with `?key=` and the value of `push_key` behind it, in the dashboard of "
        "track.thailandpost.co.th, and set `push_url`: parcels are then subscribed. Final delivery is asked about at "
        "once, because only the whole history tells whether it was to the recipient or back to the sender."
    )
    limits = (
        Limit(
            "numbers",
            1000,
            86_400,
            source="track_count_limit in answers: 1000 and 1500 seen; each answer states its own",
        ),
    )
    home_zone = _ZONE
    weak = (
        "Both “Token” and “Bearer” are in use before the access token; the account's spelling is tried first.",
        "A barcode without events is read as not found; what Thailand Post answers for one is not documented.",
        "The day of track_count_limit is taken to end at midnight in Bangkok.",
        "Codes from 200 to 299 that are not in the list are read as in transit.",
        "No signature of pushes is documented; what is in the address is all that proves them.",
        "How many barcodes one subscription takes and how long it lasts is not documented; 100 and 30 days are taken.",
    )

    # the spelling that was last accepted
    _worked: str | None = None

    def token_call(self) -> Call:
        """`POST /authenticate/token` with the API token and an empty body."""
        headers = {"Authorization": f"Token {self.credential('api_token')}", "Content-Type": "application/json"}
        return Call("POST", "/authenticate/token", headers)

    @classmethod
    def parse_token(cls, reply: Reply) -> Token:
        """Read `{"expire": "2019-09-28 10:18:20+07:00", "token": "…"}`. raises as `Carrier.parse_token`"""
        failure = token_failure(cls.slug, _NAME, reply)
        if isinstance(failure, BadCredentials):
            raise BadCredentials(f"{_NAME} does not accept the API token.", provider=cls.slug, status=reply.status)
        if failure is not None:
            raise failure
        try:
            answer = read.mapping(read.read_json(reply.body))
        except read.BodyError as what:
            raise UnreadableAnswer(f"{_NAME} sent {what} when asked for a token.", provider=cls.slug) from what
        value, ends = answer.get("token"), _moment(answer.get("expire"))
        if answer.get("status") is False:
            raise Refused(f"{_NAME} refused to give a token.", provider=cls.slug, status=reply.status)
        if not isinstance(value, str) or not is_header_safe(value) or ends is None:
            raise UnreadableAnswer(f"{_NAME} sent no usable access token.", provider=cls.slug, status=reply.status)
        return Token(value, ends.at.astimezone(UTC))

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:
        """`POST /track` for up to a hundred barcodes, with the account's spelling of the access token."""
        return self._call(parcels, token or "", self._spellings()[0])

    def track(self, parcels: Sequence[Parcel]) -> Answer:
        """As every carrier's, but a refused token is tried once in its other spelling before a new one is fetched."""
        numbers = [parcel.number for parcel in parcels]
        try:
            reply = self._ask(parcels)
        except UpstreamError as error:
            return failed(numbers, error)
        return self.parse(reply, numbers)

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read the events of each barcode. `status` false is a refusal under any HTTP status."""
        refused = read.refusal(_NAME, reply, numbers, detail=_message(reply))
        if refused is not None:
            return refused
        try:
            document = read.mapping(read.read_json(reply.body))
        except read.BodyError as what:
            return read.unreadable(_NAME, numbers, what)
        if read.flag(document.get("status")) is False:
            said = read.sentence(_NAME, ResultCode.REFUSED, numbers, read.text(document.get("message")))
            return Answer(errors=read.errors(numbers, ResultCode.REFUSED, said))
        response = document.get("response")
        listed = read.walk(response, "items") or {}
        if not isinstance(response, dict) or "items" not in response or not isinstance(listed, dict):
            return read.unreadable(_NAME, numbers, "an answer without items")
        items = {read.number(key): value for key, value in listed.items()}
        count = _count(response.get("track_count"))
        asked = list(numbers) or list(items)
        if not asked:
            return Answer(errors=read.not_found(_NAME, numbers))
        return read.merged(_of_barcode(number, items.get(number), count, reply) for number in asked)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:
        """Thailand Post's own page for a barcode."""
        language = "th" if locale.lower().startswith("th") else "en"
        return f"https://track.thailandpost.co.th/?trackNumber={quote(number, safe='')}&lang={language}"

    # its webhook

    @classmethod
    def read_push(cls, delivery: Delivery, credentials: Mapping[str, str]) -> Sequence[Told]:  # noqa: ARG003
        """`{"items": [event, …]}`: the newest events of barcodes, without history. raises BadPayload"""
        listed = read.walk(read_document(delivery), "items")
        if not isinstance(listed, list):
            raise BadPayload("There are no items.")
        by_barcode: dict[str, list[Mapping[str, Any]]] = {}
        for item in read.mappings(listed):
            if barcode := read.number(item.get("barcode")):
                by_barcode.setdefault(barcode, []).append(item)
        return [_told(barcode, items) for barcode, items in by_barcode.items()]

    def wants_subscription(self) -> bool:
        """Only where the account names the webhook's host."""
        return self.option("push_url") is not None

    def subscribe(self, parcels: Sequence[Parcel]) -> frozenset[str]:
        """`POST /hook` on the webhook's host, with a token from there."""
        upstream = Upstream(self.slug, self.option("push_url") or "")
        numbers = [parcel.number for parcel in parcels]
        try:
            token = self.parse_token(upstream.send(self.token_call()))
            for spelling in _SPELLINGS:
                call = self._call(parcels, token.value, spelling)
                body = {**call.json, "req_previous_status": True}
                reply = upstream.send(replace(call, path="/hook", json=body))
                if reply.status != 401:
                    return self.parse_subscription(reply, numbers)
        except UpstreamError:
            log.warning("carrier.subscription_failed", carrier=self.slug)
        return frozenset()

    @classmethod
    def parse_subscription(cls, reply: Reply, numbers: Sequence[str]) -> frozenset[str]:
        """Barcodes whose `status` is true."""
        try:
            items = read.walk(read.read_json(reply.body), "response", "items")
        except read.BodyError:
            return frozenset()
        accepted = {read.number(item.get("barcode")) for item in read.mappings(items) if read.flag(item.get("status"))}
        return frozenset(accepted) & frozenset(numbers) if 200 <= reply.status < 300 else frozenset()

    def _ask(self, parcels: Sequence[Parcel]) -> Reply:
        for renewal in range(2):
            token = self._token() or ""
            for spelling in self._spellings():
                reply = self._upstream.send(self._call(parcels, token, spelling))
                if reply.status != 401:
                    self._worked = spelling
                    return reply
            if renewal == 0:
                self._forget(token)
        return reply

    def _spellings(self) -> tuple[str, ...]:
        first = self._worked or (self.option("spelling") or "").capitalize()
        return tuple(sorted(_SPELLINGS, key=lambda spelling: spelling != first))

    def _call(self, parcels: Sequence[Parcel], token: str, spelling: str) -> Call:
        language = "TH" if self.account.locale.lower().startswith("th") else "EN"
        asked = {"status": "all", "language": language, "barcode": [parcel.number for parcel in parcels]}
        return Call("POST", "/track", {"Authorization": f"{spelling} {token}"}, json=asked)


def _told(barcode: str, items: Sequence[Mapping[str, Any]]) -> Told:
    """News without history: a final delivery says nothing of to whom, unless the return stands beside it."""
    events = [event for item in items if (event := _event(item))]
    returns = any(event.status is Status.RETURNING for event in events)
    told = events if returns else [event for event in events if event.status is not Status.DELIVERED]
    known = _homeward(oldest_first(told, newest_first=False))
    status, reason = suggested(known)
    return Told(TrackingResult(barcode, status, known, reason), ask=len(told) < len(events) or not events)


def _of_barcode(number: str, listed: object, count: Mapping[str, Any], reply: Reply) -> Answer:
    if listed is not None and not isinstance(listed, list):
        return read.unreadable(_NAME, [number], "events in a form it does not document")
    if not listed:
        return Answer(errors=_nothing(number, count, reply))
    raw = read.mappings(listed)
    readable = [(one, event) for one in raw if (event := _event(one))]
    events = _homeward(oldest_first([event for _, event in readable], newest_first=False))
    status, reason = suggested(events)
    result = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        delivered_at=_delivered_at(readable) if status is Status.DELIVERED else None,
        signed_by=_last_said(readable, "receiver_name") if status is Status.DELIVERED else None,
        proof=("signature",) if status is Status.DELIVERED and _last_said(readable, "signature") else (),
        pickup_place=_waits_at(events) if status is Status.AVAILABLE_FOR_PICKUP else None,
        extra={"track_count": dict(count)} if count else {},
    )
    return Answer((result,), read.left_out(_NAME, number, len(listed) - len(readable)))


def _nothing(number: str, count: Mapping[str, Any], reply: Reply) -> tuple[TrackingError, ...]:
    """No events: not known, or no more asked about today."""
    if count and count["count"] >= count["limit"]:
        said = f"{_NAME} answers for no more than {count['limit']} barcodes a day."
        return (read.error(number, ResultCode.RATE_LIMITED, said, retry_after=_until_midnight(reply)),)
    return read.not_found(_NAME, [number])


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    when = _moment(raw.get("status_date"))
    if when is None:
        return None
    code = read.text(raw.get("status"), 40)
    meaning = _meaning(code, read.text(raw.get("delivery_status"), 10).upper())
    return TrackingEvent(
        at=when.at,
        zone=when.zone,
        code=code,
        status=meaning.status,
        reason=meaning.reason,
        description=read.text(raw.get("status_description")) or meaning.text,
        location=_place(raw),
    )


def _meaning(code: str, delivery: str) -> Code:
    known = CODES.find(code)
    if known is None:
        return Code(Status.IN_TRANSIT) if _OTHER_TRANSIT.fullmatch(code) else CODES.meaning(code)
    if known.status is not Status.ATTEMPT_FAIL:
        return known
    if delivery == _WAITING:
        return Code(Status.AVAILABLE_FOR_PICKUP, None, known.text)
    return Code(known.status, _WHY.get(delivery), known.text)


def _homeward(events: Sequence[TrackingEvent]) -> tuple[TrackingEvent, ...]:
    """What follows a "return to sender" happens on the way back: final delivery is to the sender."""
    told: list[TrackingEvent] = []
    returning = False
    for event in events:
        returning = returning or event.status is Status.RETURNING
        if returning and event.status is Status.DELIVERED:
            told.append(replace(event, status=Status.RETURNED))
        elif returning and event.status in _ON_ITS_WAY:
            told.append(replace(event, status=Status.RETURNING))
        else:
            told.append(event)
    return tuple(told)


def _place(raw: Mapping[str, Any]) -> Location:
    if read.text(raw.get("postcode"), 20) == _OVERSEAS:
        return read.place(raw.get("location"))
    return read.place(raw.get("location"), None, raw.get("postcode"), "TH")


def _waits_at(events: Sequence[TrackingEvent]) -> str | None:
    return next((e.location.city for e in reversed(events) if e.status is Status.AVAILABLE_FOR_PICKUP), None)


def _delivered_at(readable: Sequence[tuple[Mapping[str, Any], TrackingEvent]]) -> datetime | None:
    final = [(raw, event) for raw, event in readable if event.status is Status.DELIVERED]
    if not final:
        return None
    raw, event = max(final, key=lambda pair: pair[1].at)
    handed = _moment(raw.get("delivery_datetime"))
    return handed.at if handed else event.at


def _last_said(readable: Sequence[tuple[Mapping[str, Any], TrackingEvent]], key: str) -> str | None:
    final = [raw for raw, event in readable if event.status is Status.DELIVERED]
    return next((said for raw in reversed(final) if (said := read.text(raw.get(key), 200))), None)


def _moment(raw: object) -> Moment | None:
    """`DD/MM/YYYY HH:MM:SS+07:00` or ISO, in Buddhist or common years; without an offset as in Bangkok."""
    told = _common_era(raw)
    at = read_day_first(told) or read_iso(told)
    return moment(at, None, _ZONE) if at else None


def _common_era(raw: object) -> str:
    """A date with its Buddhist year, which comes with language TH, made a common one; before it is read as a day,
    because 29 February exists in 2567 of their years and not in ours."""
    return _BUDDHIST.sub(lambda year: str(int(year[0]) - _BUDDHIST_YEARS), read.text(raw, 60), count=1)


def _count(raw: object) -> dict[str, Any]:
    """The daily limit as the answer states it: day, barcodes counted, most of them; empty if it states none."""
    told = read.mapping(raw)
    count, limit = read.whole(told.get("count_number")), read.whole(told.get("track_count_limit"))
    if count is None or limit is None or limit <= 0:
        return {}
    return {"date": _day(told.get("track_date")), "count": count, "limit": limit}


def _day(raw: object) -> str | None:
    at = read_day_first(f"{_common_era(raw)[:10]} 00:00")
    return at.date().isoformat() if at else None


def _until_midnight(reply: Reply) -> float | None:
    """Seconds until the day ends in Bangkok, by the answer's own clock; what it says itself comes first."""
    try:
        now = parsedate_to_datetime(reply.headers["date"]).astimezone(ZoneInfo(_ZONE))
    except (KeyError, ValueError, TypeError, OverflowError):
        return reply.retry_after
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
    return reply.retry_after or (midnight - now).total_seconds()


def _message(reply: Reply) -> str:
    """The carrier's own words; "" if there are none."""
    try:
        return read.text(read.walk(read.read_json(reply.body), "message"))
    except read.BodyError:
        return ""
