"""karrio's connectors, for carriers that have no adapter here: an optional extra, `waypost[karrio]`.

`track` asks a connector in a process of its own (`_karrio_process`); what comes back is karrio's unified tracking
details, and `parse` reads those, which needs no karrio. What its mapping gets wrong is put right here:

- Its times are local ones without their offset, and its `timestamp` puts a Z behind them all the same. The zone is
  taken from the place or from the account, and marked as assumed.
- A parcel whose codes it does not know is "in transit" to it. Only what is said of an event counts, and "in transit"
  only if the connector's own table has the event's code. Everything else is unknown and counted as such.
- It keeps a clock of 24 hours and writes AM and PM behind it.

Not for: carriers with an adapter here, which know more codes and keep the offsets.
Source: karrio 2026.1.32: core/models.py (TrackingDetails), core/units.py (TrackingStatus, TrackingIncidentReason),
lib.py, read 2026-11-22.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from types import MappingProxyType
from typing import Any

from tracking.carriers import _reading as read
from tracking.carriers._base import Account, Carrier, CredentialField, Limit, Parcel, Tokens
from tracking.carriers._codes import NOTHING, Code, note_unseen
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._karrio_process import Child
from tracking.carriers._times import moment, read_clock, read_date, read_iso, window
from tracking.carriers._zones import is_state
from tracking.platform.errors import BadCredentials
from tracking.platform.facts import Answer, Location, ResultCode, TrackingEvent, TrackingResult
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Call, Reply, Upstream

_NAME = "karrio"
_CONNECTOR = re.compile(r"[a-z][a-z0-9_]{1,39}", re.ASCII)
# 14:30 PM: twenty-four hours, and which half of the day
_HALF_DAY = re.compile(r"(\d{1,2})(:\d{2}(?::\d{2})?) ?[AP]M", re.ASCII | re.IGNORECASE)
# messages have the connectors' own codes; of their words only these are plain
_UNHEARD = re.compile(
    r"\bnot (?:be )?found\b|\bno (?:\w+ ){0,2}(?:information|results?|records?|data)\b|\bunknown (?:\w+ )?number\b"
    r"|\bdoes not exist\b|\bdoesn't exist\b",
    re.IGNORECASE,
)
# karrio's code for an exception in a connector
_BROKEN = "SHIPPING_SDK_INTERNAL_ERROR"

STATUSES: Mapping[str, Code] = MappingProxyType(
    {
        "pending": Code(Status.INFO_RECEIVED),
        "picked_up": Code(Status.IN_TRANSIT),
        "in_transit": Code(Status.IN_TRANSIT),
        "out_for_delivery": Code(Status.OUT_FOR_DELIVERY),
        "ready_for_pickup": Code(Status.AVAILABLE_FOR_PICKUP),
        "delivery_failed": Code(Status.ATTEMPT_FAIL),
        "delivered": Code(Status.DELIVERED),
        "on_hold": Code(Status.EXCEPTION, Reason.ON_HOLD),
        "delivery_delayed": Code(Status.EXCEPTION, Reason.CARRIER_DELAY),
        "cancelled": Code(Status.EXCEPTION, Reason.CANCELLED),
        "return_to_sender": Code(Status.RETURNING),
    }
)
# statuses a connector gives to what it does not know
_DEFAULTS = frozenset({"in_transit", "unknown", ""})

REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        "carrier_damaged_parcel": Reason.DAMAGED,
        "carrier_sorting_error": Reason.MISROUTED,
        "carrier_address_not_found": Reason.ADDRESS,
        "carrier_parcel_lost": Reason.LOST,
        "carrier_not_enough_time": Reason.CARRIER_DELAY,
        "carrier_vehicle_issue": Reason.CARRIER_DELAY,
        "carrier_capacity_exceeded": Reason.CARRIER_DELAY,
        "carrier_mechanical_delay": Reason.CARRIER_DELAY,
        "retailer_cancelled": Reason.CANCELLED,
        "retailer_incorrect_data": Reason.DOCUMENTS,
        "retailer_not_ready": Reason.OTHER,
        "retailer_incorrect_parcel": Reason.OTHER,
        "retailer_incorrect_dimensions": Reason.OTHER,
        "retailer_packaging_issue": Reason.OTHER,
        "consignee_refused": Reason.REFUSED,
        "consignee_business_closed": Reason.CLOSED,
        "consignee_not_available": Reason.NOT_HOME,
        "consignee_not_home": Reason.NOT_HOME,
        "consignee_cancelled": Reason.CANCELLED,
        "consignee_verification_failed": Reason.SECURITY,
        "consignee_incorrect_address": Reason.ADDRESS,
        "consignee_access_restricted": Reason.NO_ACCESS,
        "consignee_safe_place_unavailable": Reason.NO_ACCESS,
        "customs_delay": Reason.CUSTOMS,
        "customs_documentation": Reason.DOCUMENTS,
        "customs_duties_unpaid": Reason.PAYMENT_DUE,
        "customs_prohibited": Reason.CUSTOMS,
        "customs_inspection": Reason.CUSTOMS,
        "weather_delay": Reason.WEATHER,
        "natural_disaster": Reason.WEATHER,
        "force_majeure": Reason.OTHER,
        "parcel_being_researched": Reason.LOST,
        "security_issue": Reason.SECURITY,
        "regulatory_hold": Reason.CUSTOMS,
    }
)


class Adapter(Carrier):
    """One of karrio's connectors; the account names which."""

    slug = "karrio"
    name = _NAME
    # asked through a library, at the addresses it knows
    base_url = ""
    credentials = (
        CredentialField("connector", "Name of the karrio connector, as in karrio.mappers: bpost.", secret=False),
        CredentialField("settings", "What the connector's Settings take, as a JSON object.", required=False),
        CredentialField("zone", "IANA zone of local times without a known country.", secret=False, required=False),
    )
    batch_size = 10
    limits = (Limit("numbers", 60, 60, source="assumed: each carrier behind a connector has its own"),)
    weak = (
        "60 numbers a minute is assumed; an account may be given another figure.",
        "karrio does not tell a parcel that comes back from one that is back: both are read as coming back.",
        "Without a zone of the account, a time with no country beside it is taken as UTC and marked so.",
        "A connector that gives its events no status is believed about the newest one only.",
        "“Not known” is told by the words of the message where the carrier does not answer 404.",
    )

    def __init__(self, account: Account, *, tokens: Tokens | None = None, upstream: Upstream | None = None) -> None:
        """As every carrier's; the connection is a process."""
        super().__init__(account, tokens=tokens, upstream=upstream or Child(self.slug))

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - karrio keeps its own tokens
        """The question to the process. raises BadCredentials"""
        return Call("ASK", "", json=self._question([parcel.number for parcel in parcels]))

    def _question(self, numbers: Sequence[str]) -> dict[str, Any]:
        connector = self.credential("connector")
        if not _CONNECTOR.fullmatch(connector):
            raise BadCredentials("The karrio account's “connector” is no name of one.", provider=self.slug)
        try:
            settings = json.loads(self.account.credentials.get("settings") or "{}")
        except (ValueError, RecursionError) as error:
            raise BadCredentials("The karrio account's “settings” are no JSON.", provider=self.slug) from error
        if not isinstance(settings, dict):
            raise BadCredentials("The karrio account's “settings” are no JSON object.", provider=self.slug)
        address = self.account.base_url
        return {"connector": connector, "settings": settings, "base_url": address, "numbers": list(numbers)}

    def check(self) -> None:
        """Open the connector with the account's settings, without asking. raises as `Child.send`"""
        self._upstream.send(Call("ASK", "", json=self._question([])))

    def understand(self, reply: Reply, numbers: Sequence[str]) -> Answer:
        """As `parse`, with the account's zone for times that have neither offset nor country."""
        return _parsed(reply, numbers, self.option("zone"))

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read karrio's unified details, as the process puts them together: `connector`, `parcels` one a number."""
        return _parsed(reply, numbers, None)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - results bring the carrier's own page
        """What karrio is: a parcel's own page is known only from an answer."""
        return "https://www.karrio.io/"


def _parsed(reply: Reply, numbers: Sequence[str], zone: str | None) -> Answer:
    refused = read.refusal(_NAME, reply, numbers)
    if refused is not None:
        return refused
    try:
        document = read.mapping(read.read_json(reply.body))
    except read.BodyError as what:
        return read.unreadable(_NAME, numbers, what)
    listed = document.get("parcels")
    if not isinstance(listed, list):
        return read.unreadable(_NAME, numbers, "an answer without parcels")
    entries: dict[str, Mapping[str, Any]] = {}
    for entry in read.mappings(listed):
        entries.setdefault(read.number(entry.get("number")), entry)
    entries.pop("", None)
    told = [which for which in (numbers or entries) if which in entries]
    answers = [_answer(which, entries[which], read.text(document.get("connector"), 40), zone) for which in told]
    missing = [which for which in numbers if which not in entries]
    if missing or not answers:
        answers.append(_silent(missing, cut=document.get("cut") is True))
    return read.merged(answers)


def _silent(numbers: Sequence[str], *, cut: bool) -> Answer:
    if cut:
        words = f"{_NAME} did not come to this number in time."
        return Answer(errors=read.errors(numbers, ResultCode.UNAVAILABLE, words))
    return read.unreadable(_NAME, numbers, "nothing about this number")


def _answer(which: str, entry: Mapping[str, Any], connector: str, zone: str | None) -> Answer:
    """What is known of one number: its result, or why there is none."""
    details = read.mappings(entry.get("details"))
    ours = next((each for each in details if read.number(each.get("tracking_number")) == which), None)
    if ours is not None and ours.get("events"):
        return _result(which, ours, connector, zone)
    if details and ours is None:
        return read.unreadable(_NAME, [which], "an answer about another number")
    return _refused(which, entry)


def _refused(which: str, entry: Mapping[str, Any]) -> Answer:
    failure = entry.get("failure")
    message = next(iter(read.mappings(entry.get("messages"))), {})
    words, code = read.text(message.get("message"), 200), read.text(message.get("code"), 60)
    if failure in ("timeout", "unreachable"):
        return _error(which, ResultCode.UNAVAILABLE)
    status = read.whole(entry.get("http_status"))
    if _UNHEARD.search(words) and status in (None, 200, 400, 404):
        return Answer(errors=read.not_found(_NAME, [which]))
    if status is not None and not 200 <= status < 300:
        wait = {"retry-after": read.text(entry.get("retry_after"), 40)}
        reply = Reply(status, b"<" if entry.get("page") is True else b"", wait)
        return read.refusal(_NAME, reply, [which], detail=words, detail_code=code) or _error(which, ResultCode.REFUSED)
    if failure or code == _BROKEN:
        # the words are those of a Python exception, and may hold anything
        return read.unreadable(_NAME, [which], "something its connector could not read")
    if not message:
        return Answer(errors=read.not_found(_NAME, [which]))
    return Answer(
        errors=read.errors([which], ResultCode.REFUSED, read.sentence(_NAME, ResultCode.REFUSED, [which], words, code))
    )


def _error(which: str, code: ResultCode) -> Answer:
    return Answer(errors=read.errors([which], code, read.sentence(_NAME, code)))


def _result(which: str, details: Mapping[str, Any], connector: str, zone: str | None) -> Answer:
    listed = details.get("events")
    found = [event for entry in read.mappings(listed) if (event := _event(entry, connector, zone))]
    lost = read.left_out(_NAME, which, unread(listed, len(found)))
    if not found:
        return Answer(errors=lost)
    events = _with_overall(oldest_first(found, newest_first=True), details)
    status, reason = suggested(events)
    info, images = read.mapping(details.get("info")), read.mapping(details.get("images"))
    delivered = [event.at for event in events if event.status is Status.DELIVERED]
    day = read_date(details.get("estimated_delivery"))
    result = TrackingResult(
        which,
        status,
        events,
        reason,
        service=read.text_or_none(info.get("shipment_service"), 120),
        estimated=window(day, day),
        delivered_at=delivered[-1] if delivered and status is Status.DELIVERED else None,
        signed_by=read.text_or_none(info.get("signed_by"), 120),
        proof=tuple(
            name for name, image in (("signature", "signature_image"), ("photo", "delivery_image")) if images.get(image)
        ),
        carrier_url=_page(info.get("carrier_tracking_link")),
    )
    return Answer((result,), lost)


def _page(value: object) -> str | None:
    link = read.text(value, 1000)
    return link if link.startswith("https://") and not set(link) & set("\"'<>\\ ") else None


def _event(entry: Mapping[str, Any], connector: str, zone: str | None) -> TrackingEvent | None:
    at = _time(entry)
    if at is None:
        return None
    place = _place(entry.get("location"))
    known = moment(at, place, zone)
    code, words = read.text(entry.get("code"), 60), read.text(entry.get("description"))
    meaning = _meaning(entry)
    if meaning is NOTHING and (code or words):
        note_unseen(Adapter.slug, f"{connector}/{code or words}")
    reason = REASONS.get(read.text(entry.get("reason"), 60), meaning.reason)
    return TrackingEvent(known.at, known.zone, code, meaning.status, words, reason, place)


def _meaning(entry: Mapping[str, Any]) -> Code:
    """karrio's status of an event, unless it is what a connector says of everything."""
    said, of_code = (read.text(entry.get(name), 40) for name in ("status", "status_of_code"))
    if said in _DEFAULTS:
        said = of_code
    return STATUSES.get(said, NOTHING)


def _time(entry: Mapping[str, Any]) -> datetime | None:
    """The local time of an event, without offset: its day and its clock, or what stands in its timestamp."""
    stamp = read_iso(entry.get("timestamp"))
    stamp = stamp.replace(tzinfo=None) if stamp else None
    day, clock_time = read_date(entry.get("date")), _clock(entry.get("time"))
    if day is None or clock_time is None:
        return stamp or (datetime.combine(day, time()) if day else None)
    at = datetime.combine(day, clock_time)
    # the same minute, with its seconds
    return stamp if stamp and stamp.replace(second=0) == at else at


def _clock(value: object) -> time | None:
    written = read.text(value, 16)
    found = _HALF_DAY.fullmatch(written)
    if found and not 1 <= int(found[1]) <= 12:
        written = found[1] + found[2]
    return read_clock(written)


def _place(value: object) -> Location:
    """A place as connectors join it: city, state, postal code and country, of which any may lack."""
    parts = [part for part in (each.strip() for each in read.text(value, 240).split(",")) if part]
    # “Louisville, KY” is not in the Cayman Islands
    is_country = bool(parts) and not (len(parts) < 3 and len(parts[-1]) == 2 and is_state(parts[-1]))
    country = read.country_code(parts[-1]) if is_country else None
    rest = parts[:-1] if country else parts
    region = next((part for part in rest[1:] if is_state(part)), None)
    postal_code = next((part for part in rest[1:] if any(letter.isdigit() for letter in part)), None)
    return read.place(rest[0] if rest else None, region, postal_code, country)


def _with_overall(events: tuple[TrackingEvent, ...], details: Mapping[str, Any]) -> tuple[TrackingEvent, ...]:
    """Where no event has a status, the newest gets the parcel's, unless that is what every parcel gets."""
    said = read.text(details.get("status"), 40)
    if any(event.status is not Status.UNKNOWN for event in events):
        return events
    if said in _DEFAULTS and details.get("delivered") is True:
        said = "delivered"
    meaning = NOTHING if said in _DEFAULTS else STATUSES.get(said, NOTHING)
    newest = events[-1]
    return (*events[:-1], replace(newest, status=meaning.status, reason=newest.reason or meaning.reason))
