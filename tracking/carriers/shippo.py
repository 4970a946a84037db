"""Shippo: tracks, an aggregator; read by carrier and number, registered for pushes.

Not for: transactions, batches and labels.
Source: goshippo/shippo-python-sdk at 47df6c4 and goshippo/ai (MIT), the pages “Webhook security” and “Tracking
Carriers” of docs.goshippo.com, read 2026-11-22.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._aggregated import CARRIERS, Aggregator, Followed, Found, choose, told
from tracking.carriers._base import CredentialField, Limit, Parcel
from tracking.carriers._codes import Code, CodeTable
from tracking.carriers._detection import detect
from tracking.carriers._push import Delivery, Told, check_fresh, check_shared_secret, hmac_sha256, read_document, same
from tracking.carriers._times import moment, read_date, read_iso, window
from tracking.platform.errors import BadPayload, BadSignature
from tracking.platform.facts import Answer, ResultCode, TrackingEvent
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

_NAME = "Shippo"
CODES = CodeTable.load("shippo")
_VERSION = "2018-02-08"
_NEWS = "track_updated"
_TEST = "SHIPPO_"
_SETTLED = frozenset({Status.DELIVERED, Status.RETURNING})
# a number whose carrier nobody can tell is asked about where most of Shippo's parcels are
_USUAL = "usps"


class Adapter(Aggregator):
    """Shippo, one number a call."""

    slug = "shippo"
    name = _NAME
    base_url = "https://api.goshippo.com"
    credentials = (
        CredentialField("token", "API token of the account, live or test."),
        CredentialField(
            "hmac_secret", "Secret that pushes are signed with, if Shippo has set one up for you.", required=False
        ),
        CredentialField(
            "push_key", "Chosen by you, stands as ?key=… in the address for pushes that are not signed.", required=False
        ),
        CARRIERS,
    )
    batch_size = 1
    subscription_size = 1
    subscription_s = 120 * 86_400.0
    limits = (Limit("calls", 500, 60, source="assumed: Shippo's limits hang on the plan"),)
    theirs = MappingProxyType(
        {
            "ups": "ups",
            "usps": "usps",
            "fedex": "fedex",
            "dhl": "dhl_express",
            "aramex": "aramex",
            "australia-post": "australia_post",
            "canada-post": "canada_post",
            "chronopost": "chronopost",
            "la-poste": "la_poste",
            "purolator": "purolator",
            "royal-mail": "royal_mail",
        }
    )
    push_facts = (
        "Enter the address, with `?key=` and the value of `push_key` behind it, as webhook for `track_updated`; then "
        "parcels are registered. If Shippo signs your pushes, set `hmac_secret` instead: then only that counts."
    )
    weak = (
        "Shippo's limits hang on the plan; 500 calls a minute are taken.",
        "That registering a number again does no harm is general knowledge.",
        "Which substatus belongs to which status is partly inferred; a status that is settled counts more.",
        "RETURNED does not say whether the parcel has arrived at the sender; it is read as on its way back.",
        "Parcels of DHL are asked about as dhl_express; the account may name another of its tokens.",
        "Some carriers' parcels are told by webhook only.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - a static key
        """`GET /tracks/{carrier}/{number}`."""
        carrier, number = self._carrier(parcels[0]), parcels[0].number
        return Call("GET", f"/tracks/{quote(carrier, safe='')}/{quote(number, safe='')}", self._headers())

    def enter_call(self, parcels: Sequence[Parcel]) -> Call:
        """`POST /tracks/`."""
        body = {"carrier": self._carrier(parcels[0]), "tracking_number": parcels[0].number}
        return Call("POST", "/tracks/", self._headers(), json=body)

    def track(self, parcels: Sequence[Parcel]) -> Answer:
        """As every aggregator's; a carrier that Shippo has no known token for is not asked about."""
        numbers = [parcel.number for parcel in parcels]
        if parcels and not self._carrier(parcels[0]):
            said = f"{_NAME} has no name for this carrier here; the setting “{CARRIERS.name}” can give one."
            return Answer(errors=read.errors(numbers, ResultCode.REFUSED, said))
        return super().track(parcels)

    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"ShippoToken {self.credential('token')}", "SHIPPO-API-VERSION": _VERSION}

    def _carrier(self, parcel: Parcel) -> str:
        """Shippo's token of the carrier; "" if there is one and its token is not known."""
        if parcel.number.startswith(_TEST):
            return self.slug
        if parcel.extra.get("carrier", self.slug) != self.slug:
            return self.their_name(parcel)
        guesses = (self.their_name(Parcel(parcel.number, {"carrier": g.carrier})) for g in detect(parcel.number))
        return next((name for name in guesses if name), _USUAL)

    @classmethod
    def read(cls, reply: Reply, numbers: Sequence[str], carriers: Mapping[str, str]) -> Found:
        """Read a track, or one that was pushed; without a status it is not followed."""
        document = _document(reply, numbers)
        if isinstance(document, Answer):
            missing = frozenset(e.number for e in document.errors if e.number and e.code is ResultCode.NOT_FOUND)
            return Found(document, missing)
        if "event" in document:
            document = read.mapping(document.get("data"))
        if "tracking_number" not in document:
            return Found(read.unreadable(_NAME, numbers, "an answer without a number"))
        found = choose(_NAME, [_followed(document)], numbers, carriers)
        is_new = document.get("tracking_status") is None and not document.get("tracking_history")
        unknown = (error.number for error in found.answer.errors if error.code is ResultCode.NOT_FOUND)
        return Found(found.answer, frozenset(number for number in unknown if number) if is_new else frozenset())

    @classmethod
    def read_entered(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """The track itself, with what is known at once."""
        return cls.parse(reply, numbers)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - pages of parcels hang on the account
        """Shippo's site; its pages about parcels hang on the account."""
        return "https://goshippo.com/"

    # its webhook

    def wants_subscription(self) -> bool:
        """With anything that a push could be verified by."""
        return any(self.option(name) for name in ("hmac_secret", "push_key"))

    def can_subscribe(self, parcel: Parcel) -> bool:
        """Shippo's token of its carrier is known."""
        return bool(self._carrier(parcel))

    def subscribe_call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - a static key
        """Registering a number is what has it pushed."""
        return self.enter_call(parcels)

    @classmethod
    def parse_subscription(cls, reply: Reply, numbers: Sequence[str]) -> frozenset[str]:
        """The number of the track that came back."""
        try:
            document = read.mapping(read.read_json(reply.body))
        except read.BodyError:
            return frozenset()
        registered = {read.number(document.get("tracking_number"))} & set(numbers)
        return frozenset(registered) if 200 <= reply.status < 300 else frozenset()

    @classmethod
    def verify(cls, delivery: Delivery, credentials: Mapping[str, str]) -> None:
        """`Shippo-Auth-Signature: t=…,v1=…` with a secret, else the key in the address. raises BadSignature"""
        secret = credentials.get("hmac_secret", "").encode("utf-8", "replace")
        if not secret:
            check_shared_secret(delivery, credentials.get("push_key", ""), headers=())
            return
        pairs = [part.strip().partition("=") for part in delivery.headers.get("shippo-auth-signature", "").split(",")]
        said = {name: value for name, _, value in pairs}
        signed = said.get("t", "")
        expected = hmac_sha256(secret, f"{signed}.".encode("utf-8", "replace") + delivery.body).hex()
        if not same(said.get("v1", ""), expected):
            raise BadSignature
        check_fresh(signed)

    @classmethod
    def read_push(cls, delivery: Delivery, credentials: Mapping[str, str]) -> Sequence[Told]:  # noqa: ARG003
        """The whole track of an update; nothing of transactions, batches and tests. raises BadPayload"""
        document = read.mapping(read_document(delivery))
        if not isinstance(document.get("event"), str):
            raise BadPayload("This names no event.")
        if document["event"] != _NEWS or read.flag(document.get("test")):
            return []
        data = read.mapping(document.get("data"))
        # older ones name the carrier beside it
        return cls.news(_followed({"carrier": document.get("carrier"), **data}))


def _document(reply: Reply, numbers: Sequence[str]) -> dict[str, Any] | Answer:
    try:
        document = read.mapping(read.read_json(reply.body))
    except read.BodyError as what:
        return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
    return read.refusal(_NAME, reply, numbers, detail=read.text(document.get("detail"))) or document


def _followed(track: Mapping[str, Any]) -> Followed:
    number, carrier = read.number(track.get("tracking_number")), read.text(track.get("carrier"), 60)
    if not number:
        return Followed("", carrier, Answer())
    history, latest = track.get("tracking_history"), read.mapping(track.get("tracking_status"))
    # the newest stands beside its history, and is in it as well; without a date it says that nothing is known
    listed = history if history or not latest.get("status_date") else [latest]
    service = read.mapping(track.get("servicelevel"))
    due = read_date(track.get("eta"))
    answer = told(
        _NAME,
        number,
        listed,
        [_event(one) for one in read.mappings(listed)],
        service=read.text_or_none(service.get("name"), 120) or read.text_or_none(service.get("token"), 120),
        estimated=window(None, due),
        extra={"carrier": Adapter.our_slug(carrier) or carrier} if carrier else {},
    )
    return Followed(number, carrier, answer)


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    at = read_iso(raw.get("status_date"))
    if at is None:
        return None
    place = read.mapping(raw.get("location"))
    where = read.place(place.get("city"), place.get("state"), place.get("zip"), place.get("country"))
    when = moment(at, where)
    meaning, code = _meaning(raw)
    substatus = read.mapping(raw.get("substatus"))
    return TrackingEvent(
        at=when.at,
        zone=when.zone,
        code=code,
        status=meaning.status,
        reason=meaning.reason,
        description=read.text(raw.get("status_details")) or read.text(substatus.get("text")) or meaning.text,
        location=where,
    )


def _meaning(raw: Mapping[str, Any]) -> tuple[Code, str]:
    """Status and substatus together; the substatus says what the six statuses have no word for."""
    status, substatus = read.text(raw.get("status"), 40), read.text(read.walk(raw, "substatus", "code"), 60)
    general = CODES.meaning(status, "status") if status else Code(Status.UNKNOWN)
    special = CODES.meaning(substatus, "substatus") if substatus else general
    if special.status is Status.UNKNOWN or not CODES.find(status, "status"):
        return general, substatus or status
    if general.status in _SETTLED:
        return Code(general.status, special.reason, general.text), substatus or status
    return special, substatus or status
