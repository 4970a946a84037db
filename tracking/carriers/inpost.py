"""InPost: ShipX tracking, for parcel lockers and couriers in Poland; Italy has a host of its own.

Events have a status and no words: those of the table stand in for them. What is still to come (`expected_flow`) and
where the sender handed it in are left out.
Source: InPost's pages “Statuses” and “API General Information” at dokumentacja-inpost.atlassian.net, and public
clients, read 2026-11-22. A real answer was not seen by any of them that says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._base import CredentialField, Limit, Parcel
from tracking.carriers._codes import CodeTable
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._push import Delivery, KeyedPushes, Told, hint, read_document
from tracking.carriers._times import moment, read_iso
from tracking.platform.errors import BadPayload
from tracking.platform.facts import Answer, ResultCode, TrackingEvent, TrackingResult
from tracking.platform.status import Reason, Status
from tracking.platform.upstream import Call, Reply

_NAME = "InPost"
_ZONE = "Europe/Warsaw"
CODES = CodeTable.load("inpost")
_ERRORS: Mapping[str, ResultCode] = MappingProxyType(
    {
        "resource_not_found": ResultCode.NOT_FOUND,
        "not_found": ResultCode.NOT_FOUND,
        "token_invalid": ResultCode.UNAUTHORIZED,
        "access_forbidden": ResultCode.UNAUTHORIZED,
    }
)


class Adapter(KeyedPushes):
    """InPost, one number a call."""

    slug = "inpost"
    name = _NAME
    base_url = "https://api-shipx-pl.easypack24.net"
    credentials = (
        CredentialField(
            "token", "ShipX API token from the Parcel Manager; tracking is answered without one, too.", required=False
        ),
        KeyedPushes.push_key,
    )
    push_facts = (
        "Enter the address, with `?key=` and the value of `push_key` behind it, as the organisation's webhook. A push "
        "only says that something happened: the parcel is asked about at once."
    )
    limits = (Limit("calls", 60, 60, source="assumed: InPost publishes no figure for tracking"),)
    home_zone = _ZONE
    weak = (
        "InPost publishes no limit; 60 calls a minute is assumed, and an account may be given another figure.",
        "Some clients send a token with a tracking call and some do not: it is sent if the account has one.",
        "What an unknown number gets is not documented: HTTP 404 with a document is read as not found.",
        "Parcels in Italy are asked about at https://api-shipx-it.easypack24.net, the account's address is set to it.",
        "The shape of a push comes from one public client; no signature is documented, only the address proves it.",
        "Reminders of a delivery to an address and papers for the sender say nothing about where a parcel is.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - a static token
        """`GET /v1/tracking/{number}`, with the account's token if it has one."""
        own = self.option("token")
        headers = {"Authorization": f"Bearer {own}"} if own else {}
        return Call("GET", f"/v1/tracking/{quote(parcels[0].number, safe='')}", headers)

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read the one parcel of an answer, or an error, whose own status counts where HTTP says all is well."""
        try:
            document = read.mapping(read.read_json(reply.body))
        except read.BodyError as what:
            return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
        number = read.number(document.get("tracking_number"))
        if reply.status >= 300 or not number:
            return _refused(reply, document, numbers)
        if numbers and number not in numbers:
            return read.unreadable(_NAME, numbers, "an answer about another number")
        others = [asked for asked in numbers if asked != number]
        rest = Answer(errors=read.not_found(_NAME, others) if others else ())
        return read.merged([_parcel(number, document), rest])

    @classmethod
    def read_push(cls, delivery: Delivery, credentials: Mapping[str, str]) -> Sequence[Told]:  # noqa: ARG003
        """`shipment_status_changed` names a parcel and its status; other events are about labels. raises BadPayload"""
        document = read.mapping(read_document(delivery))
        event, payload = read.text(document.get("event"), 60), read.mapping(document.get("payload"))
        if not event:
            raise BadPayload("There is no event.")
        number, status = read.number(payload.get("tracking_number")), read.text(payload.get("status"), 60)
        if event != "shipment_status_changed" or not number:
            return []
        return [hint(number, f"{read.text(document.get('event_ts'), 60)}|{status}")]

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - the page chooses its language itself
        """InPost's own page for a number."""
        return f"https://inpost.pl/sledzenie-przesylek?number={quote(number, safe='')}"


def _refused(reply: Reply, document: Mapping[str, Any], numbers: Sequence[str]) -> Answer:
    code = read.text(document.get("error"), 60)
    words = read.text(document.get("description")) or read.text(document.get("message"))
    status = reply.status if reply.status >= 300 else read.whole(document.get("status")) or reply.status
    known = _ERRORS.get(code.lower())
    refused = read.refusal(
        _NAME,
        replace(reply, status=status),
        numbers,
        overrule={status: known} if known else None,
        detail=words,
        detail_code=code,
    )
    if refused is None and code:
        known = known or ResultCode.REFUSED
        return Answer(errors=read.errors(numbers, known, read.sentence(_NAME, known, numbers, words, code)))
    return refused or read.unreadable(_NAME, numbers, "an answer without a parcel")


def _parcel(number: str, parcel: Mapping[str, Any]) -> Answer:
    listed = parcel.get("tracking_details")
    told = [event for raw in read.mappings(listed) if (event := _event(raw))]
    events = oldest_first(told, newest_first=True)
    status, reason = suggested(events) if events else _current(parcel)
    delivered = [event.at for event in events if event.status is Status.DELIVERED]
    attributes = read.mapping(parcel.get("custom_attributes"))
    point = read.mapping(attributes.get("target_machine_detail"))
    result = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        service=_service(parcel.get("service") or parcel.get("type")),
        delivered_at=delivered[-1] if delivered and status is Status.DELIVERED else None,
        pickup_place=_pickup_place(attributes, point) if status is Status.AVAILABLE_FOR_PICKUP else None,
        carrier_url=Adapter.public_url(number, "en"),
        extra=_extra(attributes, point),
    )
    return Answer((result,), read.left_out(_NAME, number, unread(listed, len(told))))


def _current(parcel: Mapping[str, Any]) -> tuple[Status, Reason | None]:
    """What the parcel's own status says while there is no event."""
    code = read.text(parcel.get("status"), 60)
    meaning = CODES.meaning(code) if code else None
    if meaning is None or meaning.status is Status.UNKNOWN:
        return Status.PENDING, None
    return meaning.status, meaning.reason


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    at = read_iso(raw.get("datetime"))
    if at is None:
        return None
    when = moment(at, None, _ZONE)
    code = read.text(raw.get("status"), 60)
    meaning = CODES.meaning(code)
    words = meaning.text or code.replace("_", " ").capitalize()
    return TrackingEvent(when.at, when.zone, code, meaning.status, words, meaning.reason)


def _service(raw: object) -> str | None:
    """`inpost_locker_standard` as people write it."""
    words = read.text(raw, 80).replace("_", " ").title()
    return words.replace("Inpost", "InPost") or None


def _pickup_place(attributes: Mapping[str, Any], point: Mapping[str, Any]) -> str | None:
    """The locker or service point: its name and its address."""
    address = read.mapping(point.get("address"))
    name = read.text(point.get("name"), 60) or read.text(attributes.get("target_machine_id"), 60)
    parts = (name, read.text(address.get("line1"), 120), read.text(address.get("line2"), 120))
    return ", ".join(part for part in parts if part) or None


def _extra(attributes: Mapping[str, Any], point: Mapping[str, Any]) -> dict[str, Any]:
    """What helps to find the locker, and the size of its box; nothing of where the sender handed it in."""
    extra = {
        "size": read.text(attributes.get("size"), 20),
        "pickup_hint": read.text(point.get("location_description"), 200),
        "opening_hours": read.text(point.get("opening_hours"), 120),
    }
    return {key: said for key, said in extra.items() if said}
