"""Sendle: tracking of parcels in Australia, the United States and Canada.

An answer does not say which parcel it is about. Each event has its instant in UTC, and a local time that is UTC, too,
where Sendle does not know the zone.
Source: the documentation's example answer of GET /tracking, the list of its event types as told by public clients
(karrioapi/karrio, api-evangelist/sendle), read 2026-11-22.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers import _times as times
from tracking.carriers._base import CredentialField, Limit, Parcel
from tracking.carriers._codes import NOTHING, Code, CodeTable, note_unseen
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._push import Delivery, KeyedPushes, Told, hint, read_document
from tracking.platform.errors import BadPayload
from tracking.platform.facts import Answer, Location, ResultCode, TrackingEvent, TrackingResult
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Call, Reply

_NAME = "Sendle"
CODES = CodeTable.load("sendle")
# for events that have no type; first match wins
_PHRASES = (
    (re.compile(r"\breturned to (?:the )?sender\b", re.IGNORECASE), Code(Status.RETURNED)),
    (re.compile(r"\breturn(?:ing)? to (?:the )?sender\b", re.IGNORECASE), Code(Status.RETURNING)),
)
_ERRORS: Mapping[str, ResultCode] = MappingProxyType(
    {"not_found": ResultCode.NOT_FOUND, "unauthorized": ResultCode.UNAUTHORIZED}
)
_WITH_COMMA = re.compile(r"([^,]*[^,\s])\s*,\s*([A-Z]{2,3})", re.ASCII | re.IGNORECASE)
_AUSTRALIAN = re.compile(r"([^,]*[^,\s])\s+(ACT|NSW|NT|QLD|SA|TAS|VIC|WA)", re.ASCII | re.IGNORECASE)


class Adapter(KeyedPushes):
    """Sendle, one parcel a call."""

    slug = "sendle"
    name = _NAME
    base_url = "https://api.sendle.com/api"
    credentials = (
        CredentialField("sendle_id", "Sendle ID, from Settings > Integrations of the dashboard.", secret=False),
        CredentialField("api_key", "API key that belongs to the Sendle ID; the sandbox has one of its own."),
        KeyedPushes.push_key,
    )
    push_facts = (
        "Enter the address, with `?key=` and the value of `push_key` behind it, under Settings > API. A push only says "
        "that something happened: the parcel is asked about at once."
    )
    limits = (Limit("calls", 60, 60, source="assumed: Sendle publishes no figure"),)
    weak = (
        "Sendle publishes no limit; 60 calls a minute is assumed, and an account may be given another figure.",
        "An answer does not name its parcel: it is taken to be about the one that was asked for.",
        "The shape of a push comes from a description by others; no signature is known, only the address proves it.",
        "A newest event of a type that nobody knows is read by the state of the parcel.",
        "“Info” is read as announced and moves nothing later; “Expired” says nothing.",
        "The type of a return is not documented; “Return to Sender” and “Returned” are read as their words say.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - static credentials
        """`GET /tracking/{ref}` with HTTP Basic."""
        pair = f"{self.credential('sendle_id')}:{self.credential('api_key')}"
        headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        return Call("GET", f"/tracking/{quote(parcels[0].number, safe='')}", headers)

    @classmethod
    def read_push(cls, delivery: Delivery, credentials: Mapping[str, str]) -> Sequence[Told]:  # noqa: ARG003
        """`{"sendle_reference": …, "event_id": …, "event_type": …, "scan_time": …}`. raises BadPayload"""
        document = read.mapping(read_document(delivery))
        number, said = read.number(document.get("sendle_reference")), read.text(document.get("event_id"), 80)
        if not number or not said:
            raise BadPayload("There is no event of a parcel.")
        return [hint(number, said)]

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read the one parcel of an answer, for the first of `numbers`; "" names it where only a file is read."""
        try:
            document = read.mapping(read.read_json(reply.body))
        except read.BodyError as what:
            return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
        code, words = read.text(document.get("error"), 40), read.text(document.get("error_description"))
        refused = read.refusal(_NAME, reply, numbers, detail=words, detail_code=code)
        if refused is not None:
            return refused
        listed = document.get("tracking_events")
        if not isinstance(listed, list) and not read.text(document.get("state")):
            known = _ERRORS.get(code, ResultCode.REFUSED)
            said = read.sentence(_NAME, known, numbers, words, code)
            return (
                Answer(errors=read.errors(numbers, known, said))
                if code
                else read.unreadable(_NAME, numbers, "an answer without events or a state")
            )
        others = read.not_found(_NAME, numbers[1:]) if numbers[1:] else ()
        return read.merged([_parcel(numbers[0] if numbers else "", document), Answer(errors=others)])

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - the page is English
        """Sendle's own page for a parcel."""
        return f"https://track.sendle.com/tracking?ref={quote(number, safe='')}"


def _parcel(number: str, parcel: Mapping[str, Any]) -> Answer:
    listed = parcel.get("tracking_events")
    countries = [read.country_code(read.walk(parcel, end, "country")) for end in ("origin", "destination")]
    told = [event for raw in read.mappings(listed) if (event := _event(raw, countries))]
    state = CODES.find(read.text(parcel.get("state"), 40)) or NOTHING
    events = _with_state(oldest_first(told, newest_first=False), state)
    status, reason = _status(events, state)
    delivered = [event.at for event in events if event.status is Status.DELIVERED]
    schedule = read.mapping(parcel.get("scheduling"))
    result = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        estimated=None
        if status.is_final
        else times.window(
            times.read_date(schedule.get("estimated_delivery_date_minimum")),
            times.read_date(schedule.get("estimated_delivery_date_maximum")),
        ),
        delivered_at=delivered[-1] if delivered and status is Status.DELIVERED else None,
        pickup_place=_pickup_place(events) if status is Status.AVAILABLE_FOR_PICKUP else None,
        carrier_url=Adapter.public_url(number, "en") if number else None,
        extra=_extra(countries, schedule),
    )
    return Answer((result,), read.left_out(_NAME, number, unread(listed, len(told))))


def _status(events: Sequence[TrackingEvent], state: Code) -> tuple[Status, Reason | None]:
    """What events amount to; before the first, the state, or else that Sendle has the order and not the parcel."""
    if events:
        return suggested(events)
    return (Status.INFO_RECEIVED, None) if state.status is Status.UNKNOWN else (state.status, state.reason)


def _with_state(events: tuple[TrackingEvent, ...], state: Code) -> tuple[TrackingEvent, ...]:
    """The newest event read by the parcel's state, if nobody knows its type."""
    if not events or CODES.find(events[-1].code) or events[-1].status is not Status.UNKNOWN:
        return events
    return (*events[:-1], replace(events[-1], status=state.status, reason=state.reason))


def _event(raw: Mapping[str, Any], countries: Sequence[str | None]) -> TrackingEvent | None:
    place = _place(raw, countries)
    when = _when(raw, place)
    if when is None:
        return None
    code, words = read.text(raw.get("event_type"), 40), read.text(raw.get("description"))
    why = read.text(raw.get("reason"), 120)
    meaning = _meaning(code, words)
    return TrackingEvent(
        at=when.at,
        zone=when.zone,
        code=code,
        status=meaning.status,
        description=f"{words} ({why})".strip() if why and why not in words else words or meaning.text,
        reason=meaning.reason,
        location=place,
    )


def _meaning(code: str, words: str) -> Code:
    if code:
        return CODES.meaning(code)
    found = next((meaning for phrase, meaning in _PHRASES if phrase.search(words)), None)
    if found is None:
        note_unseen(CODES.carrier, words)
    return found or NOTHING


def _when(raw: Mapping[str, Any], place: Location) -> times.Moment | None:
    """`scan_time`, which is UTC, on the clock of `display_time`; without it what the others say."""
    scan, shown = times.read_iso(raw.get("scan_time")), times.read_iso(raw.get("display_time"))
    offset = shown.utcoffset() if shown else None
    if scan is not None and scan.tzinfo is not None:
        return times.moment(_on_the_clock(scan, offset))
    naive = scan or times.read_iso(raw.get("local_scan_time"))
    at = shown if shown and shown.tzinfo else naive or shown
    return times.moment(at, place) if at else None


def _on_the_clock(at: datetime, offset: timedelta | None) -> datetime:
    return at.astimezone(timezone(offset)) if offset is not None else at


def _place(raw: Mapping[str, Any], countries: Sequence[str | None]) -> Location:
    """The parts of a place where Sendle gives them, else what the text ends with: `TEANECK, NJ`, `KEW VIC`."""
    parts = read.mapping(raw.get("location_data"))
    if any(read.text(part) for part in parts.values()):
        return read.place(parts.get("suburb"), parts.get("state"), parts.get("postcode"), parts.get("country"))
    said = read.text(raw.get("location"), 120)
    # a parcel that crosses no border
    country = countries[0] if countries[0] == countries[1] else None
    if "AU" in countries and (found := _AUSTRALIAN.fullmatch(said)):
        return read.place(found[1], found[2].upper(), None, "AU")
    if found := _WITH_COMMA.fullmatch(said):
        return read.place(found[1], found[2].upper(), None, country)
    return read.place(said, None, None, country) if said else Location()


def _pickup_place(events: Sequence[TrackingEvent]) -> str | None:
    waits = next((event.location for event in reversed(events) if event.status is Status.AVAILABLE_FOR_PICKUP), None)
    parts = (waits.city, waits.region) if waits else ()
    return " ".join(part for part in parts if part) or None


def _extra(countries: Sequence[str | None], schedule: Mapping[str, Any]) -> dict[str, Any]:
    picked_up = times.read_date(schedule.get("picked_up_on"))
    extra = {
        "origin_country": countries[0],
        "destination_country": countries[1],
        "picked_up_on": picked_up.isoformat() if picked_up else None,
    }
    return {key: value for key, value in extra.items() if value}
