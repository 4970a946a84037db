"""Hermes Germany: HSI shipment info, several numbers a call, tokens from another host.

Not for: Evri and what else was called Hermes outside Germany.
Source: Hermes Germany's HSI OpenAPI document and its list of event codes, read 2026-11-22.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlsplit

from tracking.carriers import _reading as read
from tracking.carriers._base import Carrier, CredentialField, Limit, Parcel, Token
from tracking.carriers._codes import CodeTable
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._oauth import read_token
from tracking.carriers._times import moment, read_clock, read_date, read_iso, window
from tracking.platform.facts import Answer, EstimatedDelivery, ResultCode, TrackingEvent, TrackingResult
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

_NAME = "Hermes"
_ZONE = "Europe/Berlin"
_LOGIN = "https://authme.myhermes.de"
# each environment has a login of its own
_LOGINS: Mapping[str, str] = MappingProxyType(
    {"de-api.hermesworld.com": _LOGIN, "de-api-int.hermesworld.com": "https://authme-int.myhermes.de"}
)
_TOKEN_LIFE_S = 3_600
CODES = CodeTable.load("hermes-de")
_UNKNOWN_NUMBER = "E001"
# left unfilled in texts: #IM# #ORT# #CITY#
_PLACEHOLDER = re.compile(r"\s*#[A-Z]{1,30}#")
# a batch that is too long, or that holds something malformed, may be refused as a whole
_SPLIT_ON = frozenset({400, 413, 414, 422, 431})


class Adapter(Carrier):
    """Hermes Germany."""

    slug = "hermes-de"
    name = _NAME
    base_url = "https://de-api.hermesworld.com/services/hsi"
    credentials = (
        CredentialField("client_id", "Client id of the HSI access that Hermes Germany gave you.", secret=False),
        CredentialField("client_secret", "Client secret of the HSI access."),
        CredentialField("username", "User of the HSI access.", secret=False),
        CredentialField("password", "Password of the HSI access."),
    )
    batch_size = 10
    limits = (Limit("calls", 60, 60, source="assumed: Hermes publishes none"),)
    home_zone = _ZONE
    weak = (
        "60 calls a minute is assumed; an account may be given another figure.",
        "How many numbers fit into a call is not documented: ten are asked, and halves of them if that is refused.",
        "A token that does not state its life is kept for an hour.",
        "What a parcel without any event gets is not documented: an empty list is read as not found.",
        "The hours of a forecast are taken as local ones where the recipient lives.",
    )

    def token_host(self) -> str | None:
        """The login of the environment that the account is in; of no other address anything is known."""
        if self.account.base_url is None:
            return _LOGIN
        return _LOGINS.get(urlsplit(self.account.base_url).hostname or "")

    def token_call(self) -> Call:
        """The password grant, everything in a form."""
        form = {name: self.credential(name) for name in ("username", "password", "client_id", "client_secret")}
        data = {"grant_type": "password", **form}
        return Call("POST", "/authorization-facade/oauth2/access_token", data=data)

    @classmethod
    def parse_token(cls, reply: Reply) -> Token:
        """Read the token. raises as `Carrier.parse_token`"""
        return read_token(cls.slug, _NAME, reply, unstated_s=_TOKEN_LIFE_S)

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:
        """`GET /shipmentinfo` with one `shipmentID` for each number; texts in German or English."""
        asked = "&".join(f"shipmentID={quote(parcel.number, safe='')}" for parcel in parcels)
        language = "DE" if self.account.locale.lower().startswith("de") else "EN"
        return Call("GET", f"/shipmentinfo?{asked}", {"Authorization": f"Bearer {token}", "Accept-Language": language})

    def understand(self, reply: Reply, numbers: Sequence[str]) -> Answer:
        """As `parse`, with the HTTP status, by which `track` tells a batch that was refused as a whole."""
        return replace(self.parse(reply, numbers), http_status=reply.status)

    def track(self, parcels: Sequence[Parcel]) -> Answer:
        """As every carrier's; a batch that is refused as a whole is asked again in halves."""
        answer = super().track(parcels)
        if len(parcels) > 1 and answer.http_status in _SPLIT_ON and answer.raw is None:
            middle = len(parcels) // 2
            return read.merged([self.track(parcels[:middle]), self.track(parcels[middle:])])
        return answer if answer.raw is not None else replace(answer, http_status=None)

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read the entry of each number: its events, or a `result` that says why there are none."""
        try:
            document = read.mapping(read.read_json(reply.body))
        except read.BodyError as what:
            return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
        detail = read.mapping(document.get("result"))
        words = read.text(detail.get("message"), 200), read.text(detail.get("code"), 60)
        refused = read.refusal(_NAME, reply, numbers, detail=words[0], detail_code=words[1])
        if refused is not None:
            return refused
        listed = document.get("shipmentinfo")
        if not isinstance(listed, list | dict):
            return _coded(detail, numbers) if detail else read.unreadable(_NAME, numbers, "an answer without shipments")
        named = _named(read.mappings(listed), numbers)
        answers = [_answer(number, entry) for number, entry in named]
        missing = [number for number in numbers if number not in {number for number, _ in named}]
        if missing or not answers:
            answers.append(Answer(errors=read.not_found(_NAME, missing)))
        return read.merged(answers)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - the page is German
        """Hermes' own page for a number."""
        return f"https://www.myhermes.de/tracking/{quote(number, safe='')}"


def _named(entries: Sequence[Mapping[str, Any]], numbers: Sequence[str]) -> list[tuple[str, Mapping[str, Any]]]:
    """Each entry with the number it is about: by its own word, else by its place in a list as long as the question."""
    in_place = len(entries) == len(numbers)
    named: dict[str, Mapping[str, Any]] = {}
    for place, entry in enumerate(entries):
        number = read.number(entry.get("shipmentID")) or (numbers[place] if in_place else "")
        if number and (not numbers or number in numbers):
            named.setdefault(number, entry)
    return list(named.items())


def _coded(result: Mapping[str, Any], numbers: Sequence[str]) -> Answer:
    """What a `result` says instead of events."""
    own = read.text(result.get("code"), 60)
    if own.upper() == _UNKNOWN_NUMBER:
        return Answer(errors=read.not_found(_NAME, numbers))
    words = read.text(result.get("message"), 200)
    said = read.sentence(_NAME, ResultCode.REFUSED, numbers, words, own)
    return Answer(errors=read.errors(numbers, ResultCode.REFUSED, said))


def _answer(number: str, entry: Mapping[str, Any]) -> Answer:
    listed, result = entry.get("status"), read.mapping(entry.get("result"))
    if not listed:
        return _coded(result, [number]) if result else Answer(errors=read.not_found(_NAME, [number]))
    raw = read.mappings(listed)
    readable = [event for event in (_event(one) for one in raw) if event]
    if not raw:
        return read.unreadable(_NAME, [number], "events in a form it does not document")
    events = oldest_first(readable, newest_first=False)
    status, reason = suggested(events)
    delivered = next((e.at for e in reversed(events) if e.status is Status.DELIVERED), None)
    country = read.place(country=read.walk(entry, "receiverAddress", "countryCode")).country
    told = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        # a forecast stays in the answer after the delivery
        estimated=None if status.is_final else _forecast(entry, country),
        delivered_at=delivered if status is Status.DELIVERED else None,
        carrier_url=_own_page(entry.get("trackingLink")),
        extra={"destination_country": country} if country else {},
    )
    return Answer((told,), read.left_out(_NAME, number, unread(listed, len(readable))))


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    at = read_iso(raw.get("timestamp"))
    if at is None:
        return None
    code = read.text(raw.get("code"), 40)
    # a number has lost the zeros in front
    code = code.zfill(4) if code.isascii() and code.isdigit() else code
    unit = raw.get("scanningUnit")
    place = read.place(read.walk(unit, "city"), country=read.walk(unit, "countryCode"))
    when, meaning = moment(at, place, _ZONE), CODES.meaning(code)
    said = _PLACEHOLDER.sub("", read.text(raw.get("description"))).strip() or meaning.text
    return TrackingEvent(when.at, when.zone, code, meaning.status, said, meaning.reason, place)


def _forecast(entry: Mapping[str, Any], country: str | None) -> EstimatedDelivery | None:
    """The day, with hours where there is a time slot."""
    told = entry.get("deliveryForecast")
    day = read_date(read.walk(told, "date"))
    hours = [read_clock(read.walk(told, "timeSlot", end)) for end in ("from", "to")]
    if day is None or not any(hours):
        return window(day, None)
    place = read.place(country=country) if country else None
    first, last = (moment(datetime.combine(day, hour), place, _ZONE).at if hour else None for hour in hours)
    return window(first, last)


def _own_page(raw: object) -> str | None:
    url = read.text(raw)
    hosts = ("https://www.myhermes.de/", "https://myhermes.de/", "https://tracking.hermesworld.com/")
    return url if url.startswith(hosts) else None
