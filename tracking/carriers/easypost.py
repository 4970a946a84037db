"""EasyPost: trackers, an aggregator; read by number, entered once, pushed as Events.

Not for: labels, rates and the other objects that EasyPost pushes Events about.
Source: EasyPost/examples at 112a6d1 and EasyPost/easypost-python at 8fcf5e4 (MIT), read 2026-11-22.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from tracking.carriers import _reading as read
from tracking.carriers._aggregated import CARRIERS, Aggregator, Followed, Found, choose, page, told
from tracking.carriers._base import CredentialField, Limit, Parcel
from tracking.carriers._codes import Code, CodeTable
from tracking.carriers._oauth import basic
from tracking.carriers._push import Delivery, Told, hmac_sha256, read_document, same
from tracking.carriers._times import moment, read_clock, read_date, read_iso, window
from tracking.platform.errors import BadPayload, BadSignature
from tracking.platform.facts import Answer, EstimatedDelivery, ResultCode, TrackingEvent, Zone
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

_NAME = "EasyPost"
CODES = CodeTable.load("easypost")
_SIGNED = "hmac-sha256-hex="
_NEWS = frozenset({"tracker.created", "tracker.updated"})
# statuses that a detail says no more about than why
_SETTLED = frozenset({Status.DELIVERED, Status.RETURNING})


class Adapter(Aggregator):
    """EasyPost, up to thirty numbers a call."""

    slug = "easypost"
    name = _NAME
    base_url = "https://api.easypost.com/v2"
    credentials = (
        CredentialField("api_key", "API key of the account, production or test."),
        CredentialField("webhook_secret", "webhook_secret of the webhook, if it is to push.", required=False),
        CARRIERS,
    )
    batch_size = 30
    limits = (Limit("calls", 5, 1, source="assumed: EasyPost documents no figure"),)
    theirs = MappingProxyType({"ups": "UPS", "usps": "USPS", "fedex": "FedEx"})
    push_facts = (
        "Create a webhook for the address with a `webhook_secret` (POST /webhooks, or in the dashboard) and set the "
        "same secret here. Events about anything else than trackers are answered and left aside."
    )
    weak = (
        "No document names a limit, or how many numbers one call reads; five calls a second and thirty are taken.",
        "That the same number and carrier within three months give the same tracker is general knowledge.",
        "Five of the ten statuses and five of the details were seen in sources; the others are general knowledge.",
        "Its names of carriers other than UPS, USPS and FedEx are not known; it tells those by the number.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - a static key
        """`POST /trackers/batch`, which reads."""
        return self._post("/trackers/batch", {"tracking_codes": [parcel.number for parcel in parcels]})

    def enter_call(self, parcels: Sequence[Parcel]) -> Call:
        """`POST /trackers` for one number; the same again gives the same tracker."""
        tracker = {"tracking_code": parcels[0].number}
        if carrier := self.their_name(parcels[0]):
            tracker["carrier"] = carrier
        return self._post("/trackers", {"tracker": tracker})

    def _post(self, path: str, body: Mapping[str, Any]) -> Call:
        return Call("POST", path, {"Authorization": basic(self.credential("api_key"), "")}, json=body)

    @classmethod
    def read(cls, reply: Reply, numbers: Sequence[str], carriers: Mapping[str, str]) -> Found:
        """Read a list of trackers, a lone one, or an Event about one."""
        document = _document(reply, numbers)
        if isinstance(document, Answer):
            return Found(document)
        if document.get("object") == "Event":
            document = read.mapping(document.get("result"))
        listed = [document] if document.get("object") == "Tracker" else document.get("trackers")
        if not isinstance(listed, list):
            return Found(read.unreadable(_NAME, numbers, "an answer without trackers"))
        return choose(_NAME, [_followed(tracker) for tracker in read.mappings(listed)], numbers, carriers)

    @classmethod
    def read_entered(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """The tracker itself, with what is known at once."""
        return cls.parse(reply, numbers)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - a page per tracker, none per number
        """EasyPost's site: its pages about parcels are found by tracker, not by number."""
        return "https://www.easypost.com/"

    # its webhook

    @classmethod
    def verify(cls, delivery: Delivery, credentials: Mapping[str, str]) -> None:
        """`X-Hmac-Signature` over the raw body, by the secret in Unicode's form NFKD. raises BadSignature"""
        secret = unicodedata.normalize("NFKD", credentials.get("webhook_secret", "")).encode("utf-8", "replace")
        expected = _SIGNED + hmac_sha256(secret, delivery.body).hex() if secret else ""
        if not same(delivery.headers.get("x-hmac-signature", ""), expected):
            raise BadSignature

    @classmethod
    def read_push(cls, delivery: Delivery, credentials: Mapping[str, str]) -> Sequence[Told]:  # noqa: ARG003
        """The whole tracker of an Event about one; nothing of any other Event. raises BadPayload"""
        event = read.mapping(read_document(delivery))
        if event.get("object") != "Event":
            raise BadPayload("This is no Event.")
        if read.text(event.get("description"), 60) not in _NEWS:
            return []
        return cls.news(_followed(read.mapping(event.get("result"))), read.text(event.get("id"), 80))


def _document(reply: Reply, numbers: Sequence[str]) -> dict[str, Any] | Answer:
    try:
        document = read.mapping(read.read_json(reply.body))
    except read.BodyError as what:
        return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
    error = read.mapping(document.get("error"))
    detail, code = read.text(error.get("message")), read.text(error.get("code"))
    if error and reply.status < 300:
        said = read.sentence(_NAME, ResultCode.REFUSED, numbers, detail, code)
        return Answer(errors=read.errors(numbers, ResultCode.REFUSED, said))
    return read.refusal(_NAME, reply, numbers, detail=detail, detail_code=code) or document


def _followed(tracker: Mapping[str, Any]) -> Followed:
    number, carrier = read.number(tracker.get("tracking_code")), read.text(tracker.get("carrier"), 60)
    listed = tracker.get("tracking_details")
    detail = read.mapping(tracker.get("carrier_detail"))
    signed_by = read.text_or_none(tracker.get("signed_by"), 120)
    overall, _ = _meaning(tracker)
    if not number:
        return Followed("", carrier, Answer())
    answer = told(
        _NAME,
        number,
        listed,
        [_event(one) for one in read.mappings(listed)],
        overall.status,
        service=read.text_or_none(detail.get("service"), 120),
        estimated=_estimated(tracker, detail),
        signed_by=signed_by,
        proof=("signature",) if signed_by else (),
        carrier_url=page(tracker.get("public_url")),
        extra={"carrier": Adapter.our_slug(carrier) or carrier} if carrier else {},
    )
    return Followed(number, carrier, answer)


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    at = read_iso(raw.get("datetime"))
    if at is None:
        return None
    place = read.mapping(raw.get("tracking_location"))
    where = read.place(place.get("city"), place.get("state"), place.get("zip"), place.get("country"))
    when = moment(at, where)
    meaning, code = _meaning(raw)
    return TrackingEvent(
        at=when.at,
        zone=when.zone,
        code=code,
        status=meaning.status,
        reason=meaning.reason,
        description=read.text(raw.get("message")) or read.text(raw.get("description")) or meaning.text,
        location=where,
    )


def _meaning(raw: Mapping[str, Any]) -> tuple[Code, str]:
    """What status and detail mean together, and the raw code: the detail where it says more than the status."""
    status, detail = read.text(raw.get("status"), 60), read.text(raw.get("status_detail"), 60)
    if not status:
        return Code(Status.UNKNOWN), detail
    general = CODES.meaning(status, "status")
    special = CODES.meaning(detail, "detail") if detail else general
    if CODES.find(status, "status") is None or special.status is Status.UNKNOWN:
        return general, detail or status
    if general.status in _SETTLED or status.lower() == "cancelled":
        return Code(general.status, general.reason or special.reason, general.text), detail
    return special, detail or status


def _estimated(tracker: Mapping[str, Any], detail: Mapping[str, Any]) -> EstimatedDelivery | None:
    """The carrier's local day, with its hour where the place is known; else the day of the UTC time."""
    day, hour = read_date(detail.get("est_delivery_date_local")), read_clock(detail.get("est_delivery_time_local"))
    if day and hour:
        to = read.mapping(detail.get("destination_tracking_location"))
        where = read.place(to.get("city"), to.get("state"), to.get("zip"), to.get("country"))
        when = moment(datetime.combine(day, hour), where)
        if when.zone is not Zone.UNKNOWN:
            return window(None, when.at)
    return window(None, day or read_date(tracker.get("est_delivery_date")))
