"""FedEx, Track API v1 ("Basic Integrated Visibility"): up to 30 numbers a call, an answer for each inside HTTP 200.

Of the codes that stand for two things, EA (en route to the airport, export approved) is movement both times; RC (CDO
cancelled, or in the recipient's possession) and CA are read as events, RC so that it never moves a parcel.
Source: FedEx OpenAPI 1.0.0 and API reference guide, "Tracking status codes", the guides on quotas and best practices.
Read 2026-11-22.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from tracking.carriers._base import Carrier, CredentialField, Limit, Parcel, Token
from tracking.carriers._fedex_result import newest_scan, read_result
from tracking.carriers._oauth import client_credentials, read_token
from tracking.carriers._reading import (
    BodyError,
    errors,
    mapping,
    mappings,
    merged,
    not_found,
    number,
    read_json,
    refusal,
    sentence,
    text,
    unreadable,
    walk,
)
from tracking.platform.facts import Answer, ResultCode
from tracking.platform.upstream import Call, Reply

_LOCALES = {"en": "en_US", "fr": "fr_FR", "th": "th_TH"}

_ERRORS = {
    "TRACKING.TRACKINGNUMBER.NOTFOUND": ResultCode.NOT_FOUND,
    "TRACKING.DATA.NOTFOUND": ResultCode.NOT_FOUND,
    "TRACKING.TRACKINGNUMBER.EMPTY": ResultCode.INVALID_NUMBER,
    "NOT.AUTHORIZED.ERROR": ResultCode.UNAUTHORIZED,
    "FORBIDDEN.ERROR": ResultCode.UNAUTHORIZED,
    "NOT.FOUND.ERROR": ResultCode.NOT_FOUND,
    "INTERNAL.SERVER.ERROR": ResultCode.UNAVAILABLE,
    "SERVICE.UNAVAILABLE.ERROR": ResultCode.UNAVAILABLE,
}


class Adapter(Carrier):
    """FedEx: Express, Ground, Freight."""

    slug = "fedex"
    name = "FedEx"
    base_url = "https://apis.fedex.com"
    credentials = (
        CredentialField("client_id", "API key of the project at developer.fedex.com", secret=False),
        CredentialField("client_secret", "Secret key of the project"),
    )
    batch_size = 30
    limits = (
        Limit("calls", 1400, 10, source="FedEx guide “Quotas & rate limits”: 1400 transactions in 10 seconds"),
        Limit("calls", 100_000, 86_400, aligned=True, source="FedEx guide “Quotas & rate limits”: Track, a day, GMT"),
    )
    weak = (
        "The list of exception codes is partial: an unlisted one under a delivery exception is an exception.",
        "The body of an HTTP 429 is not documented; only its status is read.",
        "The life of a token is what the answer says; no document promises one.",
        "Scans without an offset are read in the zone of their place.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:
        """Ask about up to 30 parcels. A parcel's extras `shipped_on` (a day) and `carrier_code` narrow the search."""
        headers = {"x-locale": _LOCALES.get(self.account.locale, "en_US")}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        body = {"includeDetailedScans": True, "trackingInfo": [_asked(parcel) for parcel in parcels]}
        return Call("POST", "/track/v1/trackingnumbers", headers, json=body)

    def token_call(self) -> Call:
        """Fetch a token with the credentials in a form."""
        return client_credentials(
            "/oauth/token", self.credential("client_id"), self.credential("client_secret"), "form"
        )

    @classmethod
    def parse_token(cls, reply: Reply) -> Token:
        """Read the token."""
        return read_token(cls.slug, cls.name, reply)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:
        """The carrier's own page for a number."""
        return (
            f"https://www.fedex.com/fedextrack/?trknbr={quote(number, safe='')}&locale={_LOCALES.get(locale, 'en_US')}"
        )

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """What an answer means; see `Carrier.parse`."""
        try:
            body = read_json(reply.body)
        except BodyError as what:
            return refusal(cls.name, reply, numbers) or unreadable(cls.name, numbers, what)
        failure = _failure(reply, body, numbers)
        if failure:
            return failure
        entries = mappings(walk(body, "output", "completeTrackResults"))
        if not entries:
            return unreadable(cls.name, numbers, "an answer without results")
        if not numbers:
            return merged(_entry(entry, _number(entry)) for entry in entries)
        return merged(_one(entries, which) for which in numbers)


def _asked(parcel: Parcel) -> dict[str, Any]:
    info = {"trackingNumber": parcel.number}
    if parcel.extra.get("carrier_code"):
        info["carrierCode"] = parcel.extra["carrier_code"]
    asked: dict[str, Any] = {"trackingNumberInfo": info}
    if parcel.extra.get("shipped_on"):
        asked["shipDateBegin"] = parcel.extra["shipped_on"]
    return asked


def _failure(reply: Reply, body: object, numbers: Sequence[str]) -> Answer | None:
    first = mapping(walk(body, "errors", 0))
    code, words = text(first.get("code"), 80), text(first.get("message"), 200)
    if 200 <= reply.status < 300:
        if not first or walk(body, "output"):
            return None
        refused = _known(code) or ResultCode.REFUSED
        return Answer(errors=errors(numbers, refused, sentence(Adapter.name, refused, numbers, words, code)))
    known = _known(code)
    overrule = {reply.status: known} if reply.status == 400 and known else None
    return refusal(Adapter.name, reply, numbers, overrule=overrule, detail=words, detail_code=code)


def _known(code: str) -> ResultCode | None:
    """What an error's code means; any other fault of the tracking number than "not found" makes it an invalid one."""
    about_number = ResultCode.INVALID_NUMBER if code.startswith("TRACKING.TRACKINGNUMBER.") else None
    return _ERRORS.get(code) or about_number


def _number(entry: dict[str, Any]) -> str:
    """The number that was asked about; FedEx's own example has another one further inside."""
    return number(entry.get("trackingNumber")) or number(
        walk(entry, "trackResults", 0, "trackingNumberInfo", "trackingNumber")
    )


def _one(entries: list[dict[str, Any]], which: str) -> Answer:
    # as an integer it has lost its leading zeros
    mine = next((entry for entry in entries if _number(entry).lstrip("0") == which.lstrip("0")), None)
    return _entry(mine, which) if mine else unreadable(Adapter.name, [which], "an answer without this number")


def _entry(entry: dict[str, Any], which: str) -> Answer:
    """One number. Several results mean that it was used again: the one with the newest scan is meant."""
    about = [which] if which else []
    results = mappings(entry.get("trackResults"))
    # FedEx's own example shows an error block beside good scans
    good = [r for r in results if not mapping(r.get("error")) or mappings(r.get("scanEvents"))]
    if good and which:
        read = read_result(max(good, key=newest_scan), which, Adapter.public_url(which, "en"))
        return read or unreadable(Adapter.name, about, "a result that cannot be read")
    if not results or not which:
        return unreadable(Adapter.name, about, "an entry without a result")
    reason = mapping(results[0].get("error"))
    code, words = text(reason.get("code"), 80), text(reason.get("message"), 200)
    known = _known(code) or ResultCode.REFUSED
    if known is ResultCode.NOT_FOUND:
        return Answer(errors=not_found(Adapter.name, about))
    return Answer(errors=errors(about, known, sentence(Adapter.name, known, about, words, code)))
