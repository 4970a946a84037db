"""Australia Post: Shipping and Tracking API v1, for eParcel and StarTrack contracts.

It gives no event codes: what an event means stands in its text (`codes/australia_post.csv`), and an item has a status
in words besides. Times have an Australian offset, scans abroad included.
Source: the documentation's example answer of GET /track, developers.auspost.com.au; texts seen in Australia Post's
public feed; read 2026-11-22.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._base import Carrier, CredentialField, Limit, Parcel
from tracking.carriers._codes import NOTHING, Code, CodeTable, note_unseen
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._one_by_one import is_refused, one_by_one
from tracking.carriers._times import moment, read_iso
from tracking.platform.facts import Answer, Location, ResultCode, TrackingEvent, TrackingResult
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Call, Reply

_NAME = "Australia Post"
_ZONE = "Australia/Sydney"
CODES = CodeTable.load("australia-post")
# texts that name a place or say more than the table; first match wins
_PHRASES = tuple(
    (re.compile(pattern), Code(status, reason))
    for pattern, status, reason in (
        (r"(?:delivered|returned) to (?:the )?sender\b", Status.RETURNED, None),
        (r"return(?:ed|ing)? to (?:the )?sender\b", Status.RETURNING, None),
        (r"(?:.*\b)?awaiting collection\b", Status.AVAILABLE_FOR_PICKUP, None),
        (r"shipping information (?:received|approved) by\b", Status.INFO_RECEIVED, None),
        (r"in transit to next facility\b", Status.IN_TRANSIT, None),
        (r"landed in\b", Status.IN_TRANSIT, None),
        (r"arrived at postal carrier's facility\b", Status.IN_TRANSIT, None),
        (r"(?:attempted|unsuccessful) delivery\b", Status.ATTEMPT_FAIL, None),
        (r"delivered\b.*\bsafe place\b", Status.DELIVERED, Reason.SAFE_PLACE),
        (r"delivered\b(?: -|$)", Status.DELIVERED, None),
    )
)
_WAITS_AT = re.compile(r"awaiting collection at (.+)", re.IGNORECASE)
_STATE = re.compile(r"(?:(.*\S)\s+)?(ACT|NSW|NT|QLD|SA|TAS|VIC|WA)", re.ASCII | re.IGNORECASE)
_ABROAD = re.compile(r"(.*?)\s*\(([A-Z]{2})\)", re.ASCII | re.IGNORECASE)
_ERRORS: Mapping[str, ResultCode] = MappingProxyType(
    {
        # a new label is not known for a while, either
        "ESB-10001": ResultCode.NOT_FOUND,
        "51101": ResultCode.REFUSED,
    }
)


class Adapter(Carrier):
    """Australia Post, up to ten ids a call."""

    slug = "australia-post"
    name = _NAME
    base_url = "https://digitalapi.auspost.com.au/shipping/v1"
    credentials = (
        CredentialField("api_key", "API key of the Shipping and Tracking API, for eParcel or StarTrack contracts."),
        CredentialField("password", "Password that belongs to the API key."),
        CredentialField("account_number", "Number of the contract's account, as on its invoices.", secret=False),
    )
    batch_size = 10
    limits = (Limit("calls", 10, 60, source="assumed: Australia Post publishes no figure"),)
    home_zone = _ZONE
    weak = (
        "Australia Post publishes no limit; 10 calls a minute is assumed, and an account may be given another figure.",
        "There are no event codes: texts are read by a list of those seen, any other one says nothing.",
        "“Invalid tracking ID” is read as not known yet, because a new label gets it, too.",
        "The text of an article that came back is not documented; a delivery after “Return to sender” is read as that.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - static credentials
        """`GET /track?tracking_ids=a,b` for up to ten ids, with HTTP Basic and the account's number."""
        pair = f"{self.credential('api_key')}:{self.credential('password')}"
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Account-Number": self.credential("account_number"),
        }
        ids = ",".join(quote(parcel.number, safe="") for parcel in parcels)
        return Call("GET", f"/track?tracking_ids={ids}", headers)

    def track(self, parcels: Sequence[Parcel]) -> Answer:
        """As every carrier's; a batch that is refused as a whole is asked again id by id."""
        answer = super().track(parcels)
        if len(parcels) > 1 and is_refused(answer):
            return one_by_one(lambda parcel: super(Adapter, self).track([parcel]), parcels, answer)
        return answer

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read one entry for each id: its articles, or its errors."""
        try:
            document = read.mapping(read.read_json(reply.body))
        except read.BodyError as what:
            return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
        entries = read.mappings(document.get("tracking_results"))
        if reply.status >= 300 or not entries:
            return _refused(reply, document, numbers)
        by_number = _by_number(entries)
        asked = list(numbers) or list(by_number)
        if not asked:
            return read.unreadable(_NAME, numbers, "results without their ids")
        return read.merged(_answer(number, by_number.get(number)) for number in asked)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - the page is English
        """Australia Post's own page for an id."""
        return f"https://auspost.com.au/mypost/track/details/{quote(number, safe='')}"


# why there is nothing


def _refused(reply: Reply, document: Mapping[str, Any], numbers: Sequence[str]) -> Answer:
    """An error of the whole call, under an HTTP status of its own or under 200."""
    first = read.mapping(read.walk(document, "errors", 0))
    code, words = _error_words(first)
    refused = read.refusal(_NAME, reply, numbers, detail=words, detail_code=code)
    if refused is None and not first:
        return read.unreadable(_NAME, numbers, "an answer without results")
    return refused or _failed(numbers, code, words)


def _failed(numbers: Sequence[str], code: str, words: str) -> Answer:
    known = _ERRORS.get(code.upper(), ResultCode.REFUSED)
    return Answer(errors=read.errors(numbers, known, read.sentence(_NAME, known, numbers, words, code)))


def _error_words(error: Mapping[str, Any]) -> tuple[str, str]:
    return read.text(error.get("code"), 40), read.text(error.get("message")) or read.text(error.get("name"))


def _by_number(entries: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Entries by their ids; of several for one id the first that tells of an article."""
    found: dict[str, dict[str, Any]] = {}
    for entry in entries:
        number = read.number(entry.get("tracking_id"))
        if number and (number not in found or not found[number].get("trackable_items")):
            found[number] = entry
    return found


# one id


@dataclass(frozen=True)
class _Article:
    """An article with its events oldest first. `lost`: how many events could not be read."""

    raw: Mapping[str, Any]
    events: tuple[TrackingEvent, ...]
    current: Code
    lost: int

    @property
    def status(self) -> tuple[Status, Reason | None]:
        """What its events amount to; without any, what the status of the item says."""
        if self.events or self.current.status is Status.UNKNOWN:
            return suggested(self.events)
        return self.current.status, self.current.reason


def _answer(number: str, entry: Mapping[str, Any] | None) -> Answer:
    if entry is None:
        return read.unreadable(_NAME, [number], "an answer without this id")
    listed = entry.get("trackable_items")
    raws = _articles(listed) or read.mappings(entry.get("consignment"))
    articles = [_article(raw, entry if len(raws) == 1 else {}) for raw in raws]
    first = read.mapping(read.walk(entry, "errors", 0))
    if first and not any(article.events for article in articles):
        return _failed([number], *_error_words(first))
    if not articles:
        return (
            read.unreadable(_NAME, [number], "an entry that cannot be read")
            if listed
            else Answer(errors=read.not_found(_NAME, [number]))
        )
    return _result(number, articles)


def _articles(listed: object) -> list[dict[str, Any]]:
    """The articles of an entry: those named in it, and those of a consignment named in it."""
    found: list[dict[str, Any]] = []
    for item in read.mappings(listed):
        inside = read.mappings(item.get("items"))
        found += [{"consignment_id": item.get("consignment_id"), **article} for article in inside] or [item]
    return found


def _result(number: str, articles: Sequence[_Article]) -> Answer:
    """The article asked for; of a whole consignment the one that still has the longest way to go."""
    named = [article for article in articles if read.number(article.raw.get("article_id")) == number]
    told = min(named or articles, key=lambda article: article.status[0].is_final)
    status, reason = told.status
    delivered = [event.at for event in told.events if event.status is Status.DELIVERED]
    result = TrackingResult(
        number=number,
        status=status,
        events=told.events,
        reason=reason,
        service=read.text_or_none(told.raw.get("product_type"), 120),
        delivered_at=delivered[-1] if delivered and status is Status.DELIVERED else None,
        pickup_place=_pickup_place(told.events) if status is Status.AVAILABLE_FOR_PICKUP else None,
        carrier_url=Adapter.public_url(number, "en"),
        extra=_extra(number, told.raw, len(articles)),
    )
    return Answer((result,), read.left_out(_NAME, number, told.lost))


def _extra(number: str, raw: Mapping[str, Any], articles: int) -> dict[str, Any]:
    names = {key: read.number(raw.get(key)) for key in ("article_id", "consignment_id")}
    extra: dict[str, Any] = {key: name for key, name in names.items() if name not in ("", number)}
    return extra | ({"articles": articles} if articles > 1 else {})


def _article(raw: Mapping[str, Any], entry: Mapping[str, Any]) -> _Article:
    listed = raw.get("events")
    readable = [event for one in read.mappings(listed) if (event := _event(one))]
    events = oldest_first(readable, newest_first=True)
    said = read.text(raw.get("status"), 80) or read.text(entry.get("status"), 80)
    current = _meaning(said) if said else NOTHING
    return _Article(raw, _refined(events, current), current, unread(listed, len(readable)))


def _refined(events: tuple[TrackingEvent, ...], current: Code) -> tuple[TrackingEvent, ...]:
    """The item's status tells what its newest event means if nobody knows its text, or if it is trouble on the way."""
    if not events or current.status is Status.UNKNOWN:
        return events
    newest = events[-1]
    trouble = current.status is Status.EXCEPTION and newest.status is Status.IN_TRANSIT
    if newest.status is not Status.UNKNOWN and not trouble:
        return events
    return (*events[:-1], replace(newest, status=current.status, reason=current.reason))


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    at = read_iso(raw.get("date"))
    if at is None:
        return None
    place = _place(read.text(raw.get("location"), 120))
    when = moment(at, place if place.country == "AU" else None, _ZONE)
    said = read.text(raw.get("description"))
    meaning = _meaning(said)
    return TrackingEvent(when.at, when.zone, "", meaning.status, said, meaning.reason, place)


def _meaning(said: str) -> Code:
    """What a text means: one of the table, else one of the phrases it begins with; any other nothing."""
    plain = said.rstrip(". ").replace("’", "'")
    known = CODES.find(plain)
    if known is None:
        known = next((code for phrase, code in _PHRASES if phrase.match(plain.lower())), None)
    if known is None:
        note_unseen(CODES.carrier, said)
    return known or NOTHING


def _place(said: str) -> Location:
    """`ALEXANDRIA NSW`, `SYDNEY (AU)`, the name of a country, or anything else as a city."""
    if at_home := _STATE.fullmatch(said):
        return read.place(at_home[1], at_home[2].upper(), None, "AU")
    if abroad := _ABROAD.fullmatch(said):
        return read.place(abroad[1], None, None, abroad[2])
    country = read.country_code(said) if len(said) > 3 else None
    return Location(country=country) if country else read.place(said)


def _pickup_place(events: Sequence[TrackingEvent]) -> str | None:
    """Where it waits: what the text names, unless that is only a country, else where the event was."""
    waits = next((event for event in reversed(events) if event.status is Status.AVAILABLE_FOR_PICKUP), None)
    if waits is None:
        return None
    named = _WAITS_AT.search(waits.description)
    if named and not read.country_code(named[1]):
        return named[1].strip(" .")
    parts = (waits.location.city, waits.location.region)
    return " ".join(part for part in parts if part) or None
