"""La Poste: Suivi v2, for Colissimo, Chronopost and tracked letters.

Not for: Chronopost's own SOAP service. Events name no place, and all times are French, foreign scans included.
Source: La Poste's “Swagger SUIVI” (Suivi 1.0.0) and the code list of developer.laposte.fr, read 2026-11-22.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._base import Carrier, CredentialField, Limit, Parcel
from tracking.carriers._codes import CodeTable
from tracking.carriers._events import oldest_first, suggested
from tracking.carriers._times import moment, read_iso_or_day, window
from tracking.platform.facts import (
    Answer,
    EstimatedDelivery,
    ResultCode,
    TrackingEvent,
    TrackingResult,
)
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

_NAME = "La Poste"
_ZONE = "Europe/Paris"
CODES = CodeTable.load("la-poste")
_LANGUAGES: Mapping[str, str] = MappingProxyType(
    {"fr": "fr_FR", "en": "en_GB", "de": "de_DE", "es": "es_ES", "it": "it_IT", "nl": "nl_NL"}
)
_PRODUCTS: Mapping[str, str] = MappingProxyType(
    {"colissimo": "Colissimo", "courrier": "Courrier", "chronopost": "Chronopost"}
)
# a number of which La Poste says it is malformed; under HTTP the same word means "not a valid request"
_RETURN_CODES: Mapping[int, ResultCode] = MappingProxyType({400: ResultCode.INVALID_NUMBER})
# the gateway's own errors have words where the service has a returnCode
_GATEWAY: Mapping[str, int] = MappingProxyType(
    {"UNAUTHORIZED": 401, "FORBIDDEN": 403, "TOO_MANY_REQUESTS": 429, "SERVICE_UNAVAILABLE": 503}
)


class Adapter(Carrier):
    """La Poste, up to ten numbers a call."""

    slug = "la-poste"
    name = _NAME
    base_url = "https://api.laposte.fr/suivi/v2"
    credentials = (
        CredentialField(
            "api_key", "X-Okapi-Key of an app with “Suivi v2” at developer.laposte.fr, test or production."
        ),
    )
    batch_size = 10
    limits = (
        Limit("calls", 100, 60, source="assumed: a public note of the free plan; the 429 answer says 100 a second"),
    )
    home_zone = _ZONE
    weak = (
        "100 calls a minute is what is said of the free plan; an account may be given another figure.",
        "MD1 is not in La Poste's list; it was seen on delivery rounds and is read as out for delivery.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - a static key
        """`GET /idships/{numbers}`: one number, or up to ten with commas between; labels in the account's language."""
        numbers = ",".join(quote(parcel.number, safe="") for parcel in parcels)
        language = _LANGUAGES.get(self.account.locale[:2].lower(), "en_GB")
        return Call("GET", f"/idships/{numbers}", {"X-Okapi-Key": self.credential("api_key")}, {"lang": language})

    def track(self, parcels: Sequence[Parcel]) -> Answer:
        """As every carrier's; a batch refused as a whole for one malformed number is asked again number by number."""
        answer = super().track(parcels)
        if len(parcels) > 1 and any(error.code is ResultCode.REFUSED for error in answer.errors):
            numbers = [parcel.number for parcel in parcels]
            return _unnamed(read.merged([super(Adapter, self).track([parcel]) for parcel in parcels]), numbers)
        return answer

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read one object, a list of them (HTTP 207 when they differ), or either of the two shapes of an error."""
        try:
            document = read.read_json(reply.body)
        except read.BodyError as what:
            return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
        items = read.mappings(document)
        if isinstance(document, dict) and "shipment" not in document:
            return _failed(reply, document, numbers)
        if not items:
            return read.refusal(_NAME, reply, numbers) or (
                read.unreadable(_NAME, numbers, "an answer it does not document")
                if document != []
                else Answer(errors=read.not_found(_NAME, numbers))
            )
        named = _named(items, numbers)
        answers = [_answer(number, item) for number, item in named]
        missing = [number for number in numbers if number not in {number for number, _ in named}]
        return read.merged([*answers, Answer(errors=read.not_found(_NAME, missing))] if missing else answers)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - the page is French
        """La Poste's own page for a number."""
        return f"https://www.laposte.fr/outils/suivre-vos-envois?code={quote(number, safe='')}"


def _failed(reply: Reply, document: Mapping[str, Any], numbers: Sequence[str]) -> Answer:
    """An error of the whole call; a code in the body counts when HTTP says nothing is wrong."""
    words = read.text(document.get("code")), read.text(document.get("message"))
    stated = read.whole(document.get("returnCode")) or _GATEWAY.get(words[0].upper(), 0)
    status = reply.status if reply.status >= 400 else stated
    which = [read.number(document.get("idShip"))] if document.get("idShip") and not numbers else list(numbers)
    # of several numbers it does not say which is malformed
    overrule = _RETURN_CODES if len(which) < 2 else None
    refused = read.refusal(
        _NAME,
        replace(reply, status=status),
        which,
        overrule=overrule,
        detail=read.text(document.get("returnMessage")) or words[1],
        detail_code=words[0],
    )
    return refused or read.unreadable(_NAME, numbers, "an answer without a shipment")


def _unnamed(answer: Answer, numbers: Sequence[str]) -> Answer:
    """The same without any of the numbers in a message: an answer about one may quote another of its batch."""
    errors = []
    for error in answer.errors:
        message = error.message
        for number in numbers:
            message = message.replace(number, "…")
        errors.append(replace(error, message=message))
    return replace(answer, errors=tuple(errors))


def _named(items: Sequence[Mapping[str, Any]], numbers: Sequence[str]) -> list[tuple[str, Mapping[str, Any]]]:
    """Each item with the number it is about: by its own word, else by its place in a list as long as the question."""
    in_place = len(items) == len(numbers)
    named: list[tuple[str, Mapping[str, Any]]] = []
    seen: set[str] = set()
    for place, item in enumerate(items):
        own = read.number(read.walk(item, "shipment", "idShip")) or read.number(item.get("idShip"))
        number = own or (numbers[place] if in_place else "")
        if number not in seen and (not numbers or number in numbers):
            named.append((number, item))
            seen |= {number} - {""}
    return named


def _answer(number: str, item: Mapping[str, Any]) -> Answer:
    which = [number] if number else []
    shipment = item.get("shipment")
    code = read.whole(item.get("returnCode"))
    if isinstance(shipment, dict) and (code is None or 200 <= code < 300):
        about = number or read.number(shipment.get("idShip"))
        return _read(about, shipment) if about else read.unreadable(_NAME, which, "a shipment without its number")
    said = read.text(item.get("returnMessage"))
    refused = read.refusal(_NAME, Reply(code or 200, b""), which, overrule=_RETURN_CODES, detail=said)
    return refused or read.unreadable(_NAME, which, "an answer without a shipment")


def _read(number: str, shipment: Mapping[str, Any]) -> Answer:
    listed = shipment.get("event")
    raw = read.mappings(listed)
    readable = [event for event in (_event(one) for one in raw) if event]
    events = oldest_first(readable, newest_first=True)
    status, reason = suggested(events)
    delivered = next((e.at for e in reversed(events) if e.status is Status.DELIVERED), None)
    result = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        service=_product(shipment.get("product")),
        # once it has arrived, this holds the delivery itself
        estimated=None if status.is_final else _estimate(shipment.get("estimDate")),
        delivered_at=delivered if status is Status.DELIVERED else None,
        pickup_place=_pickup(read.walk(shipment, "contextData", "removalPoint")),
        carrier_url=_own_page(shipment.get("url")),
        extra=_extra(shipment),
    )
    left_out = (len(listed) if isinstance(listed, list) else len(raw)) - len(readable)
    return Answer((result,), read.left_out(_NAME, number, left_out))


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    at = read_iso_or_day(raw.get("date"))
    code = read.text(raw.get("code"), 40)
    if at is None:
        return None
    when = moment(at, None, _ZONE)
    meaning = CODES.meaning(code)
    return TrackingEvent(when.at, when.zone, code, meaning.status, read.text(raw.get("label")), meaning.reason)


def _estimate(raw: object) -> EstimatedDelivery | None:
    at = read_iso_or_day(raw)
    if at is None:
        return None
    # midnight is how La Poste writes a day without a time
    day: date | datetime = at.date() if at.time() == time() else moment(at, None, _ZONE).at
    return window(day, None)


def _product(raw: object) -> str | None:
    product = read.text(raw, 60)
    return _PRODUCTS.get(product.lower(), product) or None


def _pickup(raw: object) -> str | None:
    """The pickup point: a text, or an object with a name and perhaps a type."""
    return read.text_or_none(raw, 200) or read.text_or_none(read.walk(raw, "name"), 200)


def _own_page(raw: object) -> str | None:
    url = read.text(raw)
    hosts = ("https://www.laposte.fr/", "https://laposte.fr/", "https://www.chronopost.fr/")
    return url if url.startswith(hosts) else None


def _extra(shipment: Mapping[str, Any]) -> dict[str, Any]:
    context = read.mapping(shipment.get("contextData"))
    partner = read.mapping(context.get("partner"))
    extra: dict[str, Any] = {
        "origin_country": read.place(country=context.get("originCountry")).country,
        "destination_country": read.place(country=context.get("arrivalCountry")).country,
        "partner": {key: text for key in ("name", "network", "reference") if (text := read.text(partner.get(key), 80))},
        # tracking has ended, after a return as well as after a delivery
        "is_final": read.flag(shipment.get("isFinal")),
    }
    return {key: value for key, value in extra.items() if value}
