"""AfterShip Tracking, API 2026-07: an aggregator; trackings are listed by number, created once, pushed whole.

Not for: AfterShip's Returns, Warranty and Shipping, which sign their pushes in other headers.
Source: the documentation of 2026-07, AfterShip/tracking-sdk-nodejs at 6319e76 and hookdeck/webhook-skills (MIT), read
2026-11-22.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from email.utils import format_datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from tracking.carriers import _reading as read
from tracking.carriers._aggregated import CARRIERS, Aggregator, Followed, Found, choose, page, told
from tracking.carriers._base import CredentialField, Limit, Parcel
from tracking.carriers._codes import Code, CodeTable, note_unseen
from tracking.carriers._push import Delivery, Told, hmac_sha256, read_document, same
from tracking.carriers._times import moment, read_date, read_epoch, read_iso, read_iso_or_day, window
from tracking.platform.errors import BadPayload, BadSignature
from tracking.platform.facts import Answer, EstimatedDelivery, ResultCode, TrackingEvent
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

_NAME = "AfterShip"
CODES = CodeTable.load("aftership")
_EXISTS = 4003
# of one number that is being entered
_ERRORS: Mapping[int, ResultCode] = MappingProxyType(
    {
        _EXISTS: ResultCode.NOT_FOUND,
        4004: ResultCode.NOT_FOUND,
        4005: ResultCode.INVALID_NUMBER,
        4017: ResultCode.INVALID_NUMBER,
    }
)
_STATUSES = frozenset(HTTPStatus)
_NEWS = "tracking_update"


class Adapter(Aggregator):
    """AfterShip Tracking, up to forty numbers a call."""

    slug = "aftership"
    name = _NAME
    base_url = "https://api.aftership.com/tracking/2026-07"
    credentials = (
        CredentialField("api_key", "API key of the organization, with the right to trackings (as-api-key)."),
        CredentialField("webhook_secret", "Webhook secret of the dashboard, if it is to push.", required=False),
        CARRIERS,
    )
    batch_size = 40
    limits = (Limit("calls", 10, 1, source="documentation of 2026-07: 10 requests a second by default"),)
    theirs = MappingProxyType({"ups": "ups", "usps": "usps", "fedex": "fedex"})
    push_facts = (
        "Enter the address and copy the webhook secret in AfterShip's dashboard under Notifications; the port is 80, "
        "443 or 8080. The version of the webhook is set there, too; any of 2024-04 to 2026-07 is read. Only "
        "`tracking_update` tells news."
    )
    weak = (
        "How many numbers a list may be filtered by is not documented; forty are taken.",
        "AfterShip's names of carriers other than UPS, USPS and FedEx are not known; it tells those by the number.",
        "Pending_002 to Pending_006 exist, their meanings were not found; they are read as pending.",
        "OutForDelivery_002, Exception_014 and Exception_015 have no source; an unknown sub-status is read by its tag.",
        "Checkpoints without a zone are taken as local to their place, and as UTC where that is not known.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - a static key
        """`GET /trackings`, filtered by number. A number may be there once for each carrier."""
        numbers = ",".join(parcel.number for parcel in parcels)
        params = {"tracking_numbers": numbers, "limit": str(min(200, 5 * len(parcels)))}
        return Call("GET", "/trackings", self._headers(), params)

    def enter_call(self, parcels: Sequence[Parcel]) -> Call:
        """`POST /trackings` for one number."""
        body = {"tracking_number": parcels[0].number}
        if carrier := self.their_name(parcels[0]):
            body["slug"] = carrier
        return Call("POST", "/trackings", self._headers(), json=body)

    def _headers(self) -> Mapping[str, str]:
        return {"as-api-key": self.credential("api_key")}

    @classmethod
    def read(cls, reply: Reply, numbers: Sequence[str], carriers: Mapping[str, str]) -> Found:
        """Read a list of trackings, a lone one, or one that was pushed."""
        document = _document(reply, numbers)
        if isinstance(document, Answer):
            return Found(document)
        data = read.mapping(document.get("msg") if "msg" in document else document.get("data"))
        listed = [data] if "tracking_number" in data else data.get("trackings")
        if not isinstance(listed, list):
            return Found(read.unreadable(_NAME, numbers, "an answer without trackings"))
        return choose(_NAME, [_followed(tracking) for tracking in read.mappings(listed)], numbers, carriers)

    @classmethod
    def read_entered(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """The tracking itself; one that exists already is one without news."""
        return cls.parse(reply, numbers)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - pages of parcels hang on the account
        """AfterShip's site; its pages about parcels hang on the account and the carrier."""
        return "https://www.aftership.com/"

    # its webhook

    @classmethod
    def verify(cls, delivery: Delivery, credentials: Mapping[str, str]) -> None:
        """`aftership-hmac-sha256` over the raw body, Base64. raises BadSignature"""
        secret = credentials.get("webhook_secret", "").encode("utf-8", "replace")
        expected = base64.b64encode(hmac_sha256(secret, delivery.body)).decode("ascii") if secret else ""
        if not same(delivery.headers.get("aftership-hmac-sha256", ""), expected):
            raise BadSignature

    @classmethod
    def read_push(cls, delivery: Delivery, credentials: Mapping[str, str]) -> Sequence[Told]:  # noqa: ARG003
        """The whole tracking of an update; nothing of estimates and other events. raises BadPayload"""
        document = read.mapping(read_document(delivery))
        if not isinstance(document.get("event"), str):
            raise BadPayload("This names no event.")
        if document["event"] != _NEWS:
            return []
        return cls.news(_followed(read.mapping(document.get("msg"))), read.text(document.get("event_id"), 80))


def _document(reply: Reply, numbers: Sequence[str]) -> dict[str, Any] | Answer:
    try:
        document = read.mapping(read.read_json(reply.body))
    except read.BodyError as what:
        return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
    meta = read.mapping(document.get("meta"))
    code, detail = read.whole(meta.get("code")), read.text(meta.get("message"))
    meaning = _ERRORS.get(code or 0)
    if meaning and len(numbers) < 2:
        if code == _EXISTS:
            return Answer(errors=read.not_found(_NAME, numbers))
        said = read.sentence(_NAME, meaning, numbers, detail, str(code))
        return Answer(errors=read.errors(numbers, meaning, said))
    if code and code >= HTTPStatus.BAD_REQUEST and reply.status < HTTPStatus.MULTIPLE_CHOICES:
        # what it says of itself counts
        reply = replace(reply, status=code if code in _STATUSES else HTTPStatus.BAD_REQUEST)
    refused = read.refusal(_NAME, _paced(reply), numbers, detail=detail, detail_code=str(code or ""))
    return refused or document


def _paced(reply: Reply) -> Reply:
    """With `x-ratelimit-reset`, seconds since 1970, as the time to ask again."""
    ends = read_epoch(reply.headers.get("x-ratelimit-reset"))
    if reply.status != HTTPStatus.TOO_MANY_REQUESTS or "retry-after" in reply.headers or ends is None:
        return reply
    return replace(reply, headers={**reply.headers, "retry-after": format_datetime(ends, usegmt=True)})


def _followed(tracking: Mapping[str, Any]) -> Followed:
    number, carrier = read.number(tracking.get("tracking_number")), read.text(tracking.get("slug"), 60)
    if not number:
        return Followed("", carrier, Answer())
    listed = tracking.get("checkpoints")
    overall, _ = _meaning(tracking)
    signed_by = read.text_or_none(tracking.get("signed_by"), 120)
    answer = told(
        _NAME,
        number,
        listed,
        [_event(one) for one in read.mappings(listed)],
        overall.status,
        service=read.text_or_none(tracking.get("shipment_type"), 120),
        estimated=_estimated(tracking),
        signed_by=signed_by,
        proof=("signature",) if signed_by else (),
        carrier_url=page(tracking.get("courier_tracking_link")) or page(tracking.get("aftership_tracking_url")),
        extra={"carrier": Adapter.our_slug(carrier) or carrier} if carrier else {},
    )
    return Followed(number, carrier, answer)


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    at = read_iso_or_day(raw.get("checkpoint_time"))
    if at is None:
        return None
    # one name until 2025, the other since 2026-01
    postal_code = raw.get("postal_code") or raw.get("zip")
    country = raw.get("country_region") or raw.get("country_iso3")
    where = read.place(raw.get("city") or raw.get("location"), raw.get("state"), postal_code, country)
    when = moment(at, where)
    meaning, code = _meaning(raw)
    return TrackingEvent(
        at=when.at,
        zone=when.zone,
        code=code,
        status=meaning.status,
        reason=meaning.reason,
        description=read.text(raw.get("message")) or read.text(raw.get("subtag_message")) or meaning.text,
        location=where,
    )


def _meaning(raw: Mapping[str, Any]) -> tuple[Code, str]:
    """By the sub-status; by the tag in front of it where that one is not known."""
    tag, subtag = read.text(raw.get("tag"), 60), read.text(raw.get("subtag"), 60)
    known = CODES.find(subtag, "subtag")
    if known is not None:
        return known, subtag
    if subtag:
        note_unseen(Adapter.slug, subtag)
    general = subtag.partition("_")[0] or tag
    if not general:
        return Code(Status.UNKNOWN), ""
    return CODES.find(general, "tag") or CODES.meaning(tag or general, "tag"), subtag or tag


def _estimated(tracking: Mapping[str, Any]) -> EstimatedDelivery | None:
    """What the carrier says; what AfterShip works out by itself is left out."""
    said = read.mapping(tracking.get("courier_estimated_delivery_date"))
    first, last = (said.get("estimated_delivery_date_min"), said.get("estimated_delivery_date_max"))
    only = said.get("estimated_delivery_date")
    ends = [read_iso(end) for end in (first or only, last or only)]
    # without a zone the hour says nothing, the day does
    if all(end is not None and end.tzinfo is not None for end in ends):
        return window(*ends)
    return window(read_date(first or only), read_date(last or only))
