"""Ship24: trackers, an aggregator; results are searched by number, pushes bring only what is new.

Not for: its calls without a tracker.
Source: ship24/ship24-node, spec/ship24-tracking-api.yaml at 8899af7 (MIT), read 2026-11-22. What it knows of the
recipient is not read.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._aggregated import CARRIERS, Aggregator, Followed, Found, choose, told
from tracking.carriers._base import CredentialField, Limit, Parcel
from tracking.carriers._codes import Code, CodeTable, note_unseen
from tracking.carriers._push import Delivery, Told, check_shared_secret, read_document
from tracking.carriers._times import moment, read_date, read_iso, read_iso_or_day, window
from tracking.platform.errors import BadPayload
from tracking.platform.facts import Answer, EstimatedDelivery, Location, ResultCode, TrackingEvent
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

_NAME = "Ship24"
CODES = CodeTable.load("ship24")
_TOPIC = "tracking/events"
_QUOTA, _INVALID = "quota_limit_reached", "validation_error"
# "SAN RAFAEL, CA 94901": places are texts, and this is the one form that says where it is
_AMERICAN = re.compile(r"([^,]{2,60}), ([A-Z]{2}) (\d{5})(?:-\d{4})?", re.ASCII)


class Adapter(Aggregator):
    """Ship24, one number a call."""

    slug = "ship24"
    name = _NAME
    base_url = "https://api.ship24.com/public/v1"
    credentials = (
        CredentialField("api_key", "API key of the account, on a plan per shipment."),
        CredentialField("webhook_secret", "Webhook secret of the dashboard, if it is to push.", required=False),
        CARRIERS,
    )
    batch_size = 1
    limits = (Limit("calls", 10, 1, source="assumed: Ship24's limits hang on the plan"),)
    theirs = MappingProxyType({"usps": "us-post", "ups": "ups"})
    push_facts = (
        "Enter the address in Ship24's dashboard and copy its webhook secret, which comes as `Authorization: Bearer`; "
        "nothing is signed. A push brings only what is new, and not always in order."
    )
    weak = (
        "Ship24's limits hang on the plan; ten calls a second are taken.",
        "One of its twenty codes is not known; data_delivery_proposed and data_delivery_decided have one client only.",
        "Its codes of couriers other than us-post and ups are not known; it tells those by the number.",
        "Times have no zone; they are local where the place names an American city, state and ZIP code, UTC elsewhere.",
        "That exception_return stands for the way back as well as its end is taken; nothing says that it has arrived.",
        "The address of its page about a number is general knowledge.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - a static key
        """`GET /trackers/search/{number}/results`; 404 if no tracker has it."""
        return Call("GET", f"/trackers/search/{quote(parcels[0].number, safe='')}/results", self._headers())

    def enter_call(self, parcels: Sequence[Parcel]) -> Call:
        """`POST /trackers` with nothing that could change: any other field makes another tracker."""
        body: dict[str, Any] = {"trackingNumber": parcels[0].number}
        if carrier := self.their_name(parcels[0]):
            body["courierCode"] = [carrier]
        return Call("POST", "/trackers", self._headers(), json=body)

    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.credential('api_key')}"}

    @classmethod
    def read(cls, reply: Reply, numbers: Sequence[str], carriers: Mapping[str, str]) -> Found:
        """Read the results of all trackers of a number, a lone one, or those that were pushed."""
        document = _document(reply, numbers)
        if isinstance(document, Answer):
            missing = frozenset(e.number for e in document.errors if e.number and e.code is ResultCode.NOT_FOUND)
            return Found(document, missing)
        data = read.mapping(document["data"]) if document.get("data") else document
        listed = [data] if "tracker" in data else data.get("trackings")
        if not isinstance(listed, list):
            return Found(read.unreadable(_NAME, numbers, "an answer without trackings"))
        return choose(_NAME, [_followed(tracking) for tracking in read.mappings(listed)], numbers, carriers)

    @classmethod
    def read_entered(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """A tracker, of which nothing is known yet."""
        return cls.parse(reply, numbers)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - the page finds the language itself
        """Ship24's own page for a number."""
        return f"https://www.ship24.com/tracking?p={quote(number, safe='')}"

    # its webhook

    @classmethod
    def verify(cls, delivery: Delivery, credentials: Mapping[str, str]) -> None:
        """`Authorization: Bearer` with the webhook secret. raises BadSignature"""
        check_shared_secret(delivery, credentials.get("webhook_secret", ""))

    @classmethod
    def read_push(cls, delivery: Delivery, credentials: Mapping[str, str]) -> Sequence[Told]:  # noqa: ARG003
        """New events of one or several trackers; nothing of other topics. raises BadPayload"""
        listed = read.walk(read_document(delivery), "trackings")
        if not isinstance(listed, list):
            raise BadPayload("There are no trackings.")
        news: list[Told] = []
        for tracking in read.mappings(listed):
            about = read.mapping(tracking.get("metadata"))
            # without new events there is no news
            if about.get("topic", _TOPIC) == _TOPIC and tracking.get("events"):
                news += cls.news(_followed(tracking), read.text(about.get("messageId"), 80))
        return news


def _document(reply: Reply, numbers: Sequence[str]) -> dict[str, Any] | Answer:
    try:
        document = read.mapping(read.read_json(reply.body))
    except read.BodyError as what:
        return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
    errors = read.mappings(document.get("errors"))
    first = errors[0] if errors else {}
    code, detail = read.text(first.get("code"), 60), read.text(first.get("message"))
    overrule: dict[int, ResultCode] = {}
    if code == _QUOTA:
        overrule[403] = ResultCode.REFUSED
    if code == _INVALID and "trackingNumber" in detail:
        overrule[400] = ResultCode.INVALID_NUMBER
    if code and not document.get("data") and reply.status < 300:
        reply = replace(reply, status=403 if code == _QUOTA else 400)
    return read.refusal(_NAME, reply, numbers, overrule=overrule, detail=detail, detail_code=code) or document


def _followed(tracking: Mapping[str, Any]) -> Followed:
    tracker, shipment = read.mapping(tracking.get("tracker")), read.mapping(tracking.get("shipment"))
    number = read.number(tracker.get("trackingNumber"))
    if not number:
        return Followed("", "", Answer())
    listed = tracking.get("events")
    raw = _oldest_first(read.mappings(listed))
    couriers = [code for one in raw if (code := read.text(one.get("courierCode"), 60))]
    carrier = couriers[-1] if couriers else ""
    delivery = read.mapping(shipment.get("delivery"))
    signed_by = read.text_or_none(delivery.get("signedBy"), 120)
    overall, _ = _meaning(shipment)
    answer = told(
        _NAME,
        number,
        listed,
        [_event(one) for one in raw],
        overall.status,
        service=read.text_or_none(delivery.get("service"), 120),
        estimated=_estimated(delivery),
        signed_by=signed_by,
        proof=("signature",) if signed_by else (),
        extra={"carrier": Adapter.our_slug(carrier) or carrier} if carrier else {},
    )
    return Followed(number, carrier, answer)


def _oldest_first(raw: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """By `order`, which is lower for what is older, where all have one; else the other way round as they come."""
    orders = [read.whole(one.get("order")) for one in raw]
    known = [order for order in orders if order is not None]
    if len(known) < len(raw):
        return list(reversed(raw))
    return [one for _, one in sorted(zip(known, raw, strict=True), key=lambda pair: pair[0])]


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    at = read_iso_or_day(raw.get("occurrenceDatetime"))
    if at is None:
        return None
    where = _place(read.text(raw.get("location"), 120))
    when = moment(at, where)
    meaning, code = _meaning(raw)
    return TrackingEvent(
        at=when.at,
        zone=when.zone,
        code=code,
        status=meaning.status,
        reason=meaning.reason,
        description=read.text(raw.get("status")) or meaning.text,
        location=where,
    )


def _place(said: str) -> Location:
    american = _AMERICAN.fullmatch(said)
    return read.place(american[1], american[2], american[3], "US") if american else read.place(said)


def _meaning(raw: Mapping[str, Any]) -> tuple[Code, str]:
    """By the code, where there is one that says so; by the milestone, which is always there, else."""
    code, milestone = read.text(raw.get("statusCode"), 60), read.text(raw.get("statusMilestone"), 60)
    special = CODES.find(code, "code")
    if code and special is None:
        note_unseen(Adapter.slug, code)
    if special is not None and special.status is not Status.UNKNOWN:
        return special, code
    general = CODES.meaning(milestone, "milestone") if milestone else Code(Status.UNKNOWN)
    return general, code or milestone


def _estimated(delivery: Mapping[str, Any]) -> EstimatedDelivery | None:
    """The courier's, with its hours where they have a zone; days elsewhere."""
    courier = read.mapping(delivery.get("courierEstimatedDeliveryDate"))
    said = [courier.get("from"), courier.get("to")] if courier else [delivery.get("estimatedDeliveryDate")] * 2
    ends = [read_iso(end) for end in said]
    if all(end is not None and end.tzinfo is not None for end in ends):
        return window(*ends)
    return window(*(read_date(end) for end in said))
