"""DHL: Shipment Tracking – Unified, for all divisions (Express, Parcel DE/NL/PL, eCommerce, Freight, letters).

Not for: DHL's push, which only direct customers get. There is no test system; a key is for production.
Source: developer.dhl.com, "Shipment Tracking – Unified" 1.5.8 with DHL's specification example, and the articles of
support-developer.dhl.com on status codes, quota and the service parameter, read 2026-11-22.
"""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._base import Carrier, CredentialField, Limit, Parcel
from tracking.carriers._dhl_dialects import from_xml, unified
from tracking.carriers._dhl_shipment import Found, read_shipment, same
from tracking.platform.facts import Answer
from tracking.platform.upstream import Call, Reply

_NAME = "DHL"
_SERVICES = frozenset(
    {
        "express",
        "parcel-de",
        "parcel-nl",
        "parcel-pl",
        "ecommerce",
        "ecommerce-europe",
        "ecommerce-ppl",
        "freight",
        "dgf",
        "svb",
    }
)
# our name of a fact of the shipment -> DHL's parameter
_HINTS = MappingProxyType({"destination_postcode": "recipientPostalCode", "origin_country": "originCountryCode"})
_PAGES = MappingProxyType({"fr": "fr-fr", "th": "th-th", "de": "de-de"})


class Adapter(Carrier):
    """DHL, one number a call."""

    slug = "dhl"
    name = _NAME
    base_url = "https://api-eu.dhl.com/track"
    credentials = (
        CredentialField("api_key", "Consumer key of an app with “Shipment Tracking – Unified” at developer.dhl.com."),
        CredentialField(
            "service",
            "DHL division of all parcels of this account, such as parcel-de or express; empty if mixed.",
            secret=False,
            required=False,
        ),
    )
    min_interval_s = 8640.0  # ten questions a parcel a day, evenly spread
    batch_size = 1
    limits = (
        Limit(
            "calls",
            250,
            86_400,
            aligned=True,
            source="developer.dhl.com, user guide: starter, from 00:00 GMT",
        ),
        Limit("calls", 1, 1, source="developer.dhl.com, user guide: starter"),
    )
    weak = (
        "A time without an offset is taken as local time of the event's country, else of the division's country.",
        "Finer statuses than DHL's five come from its texts by division and from phrases, in English.",
        "A proof-of-delivery document is taken to hold a signature.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - a static key
        """`GET /shipments` for one parcel.

        The division is sent when known: without it DHL may answer with another shipment of the same number.
        The language is always English, because phrases refine the coarse status codes.
        """
        parcel = parcels[0]
        params = {"trackingNumber": parcel.number, "language": "en"}
        service = (parcel.extra.get("service") or self.option("service") or "").strip().lower()
        if service in _SERVICES:
            params["service"] = service
        params |= {theirs: parcel.extra[ours] for ours, theirs in _HINTS.items() if parcel.extra.get(ours)}
        return Call("GET", "/shipments", {"DHL-API-Key": self.credential("api_key")}, params)

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read the shipments of an answer; of several under one number the one with the newest news is taken."""
        refused = read.refusal(_NAME, reply, numbers, detail=_problem(reply))
        if refused is not None:
            return refused
        try:
            document = from_xml(reply.body) or read.read_json(reply.body)
        except read.BodyError as what:
            return read.unreadable(_NAME, numbers, what)
        listed = read.walk(document, "shipments")
        if not isinstance(listed, list | dict):
            return _without_shipments(reply, read.walk(document, "status"), numbers)
        found = [read_shipment(unified(one)) for one in read.mappings(listed)]
        if listed and not found:
            return read.unreadable(_NAME, numbers, "shipments in a form it does not document")
        if not numbers:
            named = [_answer(one, one.result.number, ()) for one in found if one.own]
            return read.merged(named) if named else Answer(errors=read.not_found(_NAME, numbers))
        return read.merged([_pick(found, number) for number in numbers])

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:
        """DHL's own page for a number, in the shopper's language where DHL has it."""
        where = _PAGES.get(locale[:2].lower(), "global-en")
        return f"https://www.dhl.com/{where}/home/tracking.html?tracking-id={quote(number, safe='')}&submit=1"


def _pick(found: Sequence[Found], number: str) -> Answer:
    """The shipment of a number: by its own number, else by a piece or a reference; the newest of several."""
    asked = same(number)
    named = [one for one in found if one.own == asked] or [one for one in found if asked in one.names]
    if not named:
        return Answer(errors=read.not_found(_NAME, [number]))
    return _answer(max(named, key=lambda one: one.newest), number, named)


def _answer(one: Found, number: str, candidates: Sequence[Found]) -> Answer:
    others = sorted(
        {str(c.result.extra["division"]) for c in candidates if c is not one and c.result.extra.get("division")}
    )
    extra = one.result.extra | ({"other_divisions": others} if others else {})
    result = replace(one.result, number=number, extra=extra)
    return Answer((result,), read.left_out(_NAME, number, one.unread))


def _without_shipments(reply: Reply, stated: object, numbers: Sequence[str]) -> Answer:
    """A document without shipments: DHL's problem document, which states its status, or something else."""
    status = read.whole(stated) or 0
    said = replace(reply, status=status) if 400 <= status < 600 else reply
    refused = read.refusal(_NAME, said, numbers, detail=_problem(reply))
    return refused or read.unreadable(_NAME, numbers, "an answer without shipments")


def _problem(reply: Reply) -> str:
    """What a problem document says; "" if it is none."""
    try:
        document = read.read_json(reply.body)
    except read.BodyError:
        return ""
    return read.text(read.walk(document, "detail")) or read.text(read.walk(document, "title"))
