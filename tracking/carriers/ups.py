"""UPS, Track API v1: one number a call, local times with GMT beside them, "not found" as a warning under HTTP 200.

Source: UPS-API/api-documentation, Tracking.yaml and OAuthClientCredentials.yaml (commit e6f36df, 2026-07-21), and UPS's
appendix of status codes, read 2026-11-22. `codes/ups.csv` departs from the appendix in two ways: codes seen on live
parcels in 2026 overrule it where they are milder (delays and changed plans stay in transit or say nothing), and codes
of Mail Innovations (A4, H6, IC) mean what their text says ("returned to shipper", "retained by customs", "attempted").
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from tracking.carriers._base import Account, CredentialField, Limit, Parcel, Token, Tokens
from tracking.carriers._oauth import client_credentials, read_token
from tracking.carriers._push import Delivery, Pushes, Told, check_shared_secret, read_document
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
from tracking.carriers._ups_package import read_alert, read_package
from tracking.platform.errors import BadPayload
from tracking.platform.facts import Answer, ResultCode
from tracking.platform.upstream import Call, Reply, Upstream

_ERRORS = {
    "TV1002": ResultCode.INVALID_NUMBER,
    "TW0001": ResultCode.NOT_FOUND,
    "250002": ResultCode.UNAUTHORIZED,
    "250003": ResultCode.UNAUTHORIZED,
    "251004": ResultCode.UNAUTHORIZED,
    "UJ0001": ResultCode.UNAUTHORIZED,
    "10004": ResultCode.UNAVAILABLE,
}
_LOCALES = {"en": "en_US", "fr": "fr_FR", "th": "th_TH"}


class Adapter(Pushes):
    """UPS, worldwide."""

    slug = "ups"
    name = "UPS"
    base_url = "https://onlinetools.ups.com"
    credentials = (
        CredentialField("client_id", "Client ID of the app at developer.ups.com", secret=False),
        CredentialField("client_secret", "Client secret of the app"),
        CredentialField("account_number", "6-digit UPS account number", secret=False, required=False),
        CredentialField("push_credential", "What Track Alert sends to prove itself; chosen by you.", required=False),
    )
    subscription_size = 100
    subscription_s = 14 * 86_400.0
    push_facts = (
        "Track Alert v2: enter the address and the value of `push_credential` under “Manage Webhook Credentials” of "
        "the app; parcels with a 1Z number are then subscribed for 14 days at a time."
    )
    limits = (Limit("calls", 10, 1, source="assumed"),)
    weak = (
        "UPS publishes no limit for tracking calls; 10 a second is assumed until it answers 429.",
        "The life of a token is what the answer says; no document promises one.",
        "A local time without GMT fields is read in the zone of its place.",
        "The header of Track Alert's credential is not documented: `credential` and `Authorization` are looked at.",
    )

    def __init__(self, account: Account, *, tokens: Tokens | None = None, upstream: Upstream | None = None) -> None:
        """A base URL may end in /api, as UPS's documents write it; the token lives outside of it."""
        base = (account.base_url or self.base_url).rstrip("/").removesuffix("/api")
        super().__init__(account, tokens=tokens, upstream=upstream or Upstream(self.slug, base))

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:
        """Ask about one parcel."""
        headers = {"transId": str(uuid.uuid4()), "transactionSrc": "Waypost"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        path = f"/api/track/v1/details/{quote(parcels[0].number, safe='')}"
        return Call("GET", path, headers, {"locale": _LOCALES.get(self.account.locale, "en_US")})

    def token_call(self) -> Call:
        """Fetch a token with HTTP Basic."""
        merchant = self.option("account_number")
        return client_credentials(
            "/security/v1/oauth/token",
            self.credential("client_id"),
            self.credential("client_secret"),
            "basic",
            headers={"x-merchant-id": merchant} if merchant else None,
        )

    @classmethod
    def parse_token(cls, reply: Reply) -> Token:
        """Read the token; all its fields are texts."""
        return read_token(cls.slug, cls.name, reply)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:
        """The carrier's own page for a number."""
        return f"https://www.ups.com/track?loc={_LOCALES.get(locale, 'en_US')}&tracknum={quote(number, safe='')}"

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
        shipments = mappings(walk(body, "trackResponse", "shipment"))
        if not shipments:
            return unreadable(cls.name, numbers, "an answer without a shipment")
        return merged(_one(shipments, which) for which in numbers) if numbers else _whole(shipments)

    # Track Alert

    @classmethod
    def verify(cls, delivery: Delivery, credentials: Mapping[str, str]) -> None:
        """The credential of the portal stands in a header. raises BadSignature"""
        check_shared_secret(delivery, credentials.get("push_credential", ""), headers=("credential", "authorization"))

    @classmethod
    def read_push(cls, delivery: Delivery, credentials: Mapping[str, str]) -> Sequence[Told]:  # noqa: ARG003
        """One activity, without history. raises BadPayload"""
        body = mapping(read_document(delivery))
        which = number(body.get("trackingNumber"))
        result = read_alert(body, which, cls.public_url(which, "en")) if which else None
        if result is None:
            raise BadPayload("This is no activity of a package.")
        return [Told(result)]

    def wants_subscription(self) -> bool:
        """Only with a credential that a push could be verified by."""
        return self.option("push_credential") is not None

    def can_subscribe(self, parcel: Parcel) -> bool:
        """Track Alert knows numbers of the form 1Z."""
        return parcel.number.startswith("1Z")

    def subscribe_call(self, parcels: Sequence[Parcel], token: str | None) -> Call:
        """`POST /api/track/v2/subscription/standard/package` for up to a hundred numbers."""
        headers = {"transId": str(uuid.uuid4()), "transactionSrc": "Waypost"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        locale = _LOCALES.get(self.account.locale, "en_US")
        asked = {
            "locale": locale,
            "countryCode": locale[-2:],
            "trackingNumberList": [parcel.number for parcel in parcels],
            "eventPreferences": ["D", "I", "M"],
        }
        return Call("POST", "/api/track/v2/subscription/standard/package", headers, json=asked)

    @classmethod
    def parse_subscription(cls, reply: Reply, numbers: Sequence[str]) -> frozenset[str]:
        """The valid ones of those asked for."""
        if not 200 <= reply.status < 300:
            return frozenset()
        try:
            valid = walk(read_json(reply.body), "validTrackingNumbers")
        except BodyError:
            return frozenset()
        return frozenset(map(number, valid if isinstance(valid, list) else ())) & frozenset(numbers)


# who is it about


def _failure(reply: Reply, body: object, numbers: Sequence[str]) -> Answer | None:
    first = mapping(walk(body, "response", "errors", 0))
    code, words = text(first.get("code"), 40), text(first.get("message"), 200)
    known = _ERRORS.get(code) or (_by_words(words) if reply.status in (200, 400) else None)
    if known and (reply.status >= 400 or not walk(body, "trackResponse")):
        wait = reply.retry_after if known is ResultCode.UNAVAILABLE else None
        return Answer(
            errors=errors(numbers, known, sentence(Adapter.name, known, numbers, words, code), retry_after=wait)
        )
    refused = refusal(Adapter.name, reply, numbers, detail=words, detail_code=code)
    if refused is None and first and not walk(body, "trackResponse"):
        message = sentence(Adapter.name, ResultCode.REFUSED, numbers, words, code)
        return Answer(errors=errors(numbers, ResultCode.REFUSED, message))
    return refused


def _by_words(words: str) -> ResultCode | None:
    """What an error says whose code is not documented; None unless it is about the number."""
    said = words.lower()
    if re.search(r"\binvalid (?:inquiry|tracking) number\b", said):
        return ResultCode.INVALID_NUMBER
    if re.search(r"\btracking information (?:is )?not (?:found|available)\b|\bno tracking information\b", said):
        return ResultCode.NOT_FOUND
    return None


def _whole(shipments: list[dict[str, Any]]) -> Answer:
    """All packages of an answer that nobody asked a number about."""
    read: list[Answer] = []
    for shipment in shipments:
        inquiry = number(shipment.get("inquiryNumber"))
        packages = mappings(shipment.get("package"))
        read += [_package(package, number(package.get("trackingNumber")) or inquiry) for package in packages]
        if not packages:
            read.append(_without_package(shipment, inquiry))
    return merged(read)


def _one(shipments: list[dict[str, Any]], which: str) -> Answer:
    """The package asked for, or why there is none; of a number used twice, the one with the newest scan."""
    pairs = [(shipment, package) for shipment in shipments for package in mappings(shipment.get("package"))]
    mine = [package for shipment, package in pairs if which in _names(package, shipment)]
    if not mine and len(pairs) == 1 and number(pairs[0][0].get("inquiryNumber")) == which:
        # asked for by a number of the whole shipment
        mine = [pairs[0][1]]
    if mine:
        return _package(max(mine, key=_newest), which)
    for shipment in shipments:
        if not mappings(shipment.get("package")) and number(shipment.get("inquiryNumber")) in ("", which):
            return _without_package(shipment, which)
    return unreadable(Adapter.name, [which], "an answer about another number")


def _newest(package: dict[str, Any]) -> tuple[str, str]:
    """Local day and time of the newest scan, to be compared."""
    scans = mappings(package.get("activity"))
    return max(((text(scan.get("date"), 8), text(scan.get("time"), 6).zfill(6)) for scan in scans), default=("", ""))


def _names(package: dict[str, Any], shipment: dict[str, Any]) -> set[str]:
    main = number(package.get("trackingNumber")) or number(shipment.get("inquiryNumber"))
    others = {number(other.get("number")) for other in mappings(package.get("alternateTrackingNumber"))}
    return {main, *others} - {""}


def _without_package(shipment: dict[str, Any], which: str) -> Answer:
    about = [which] if which else []
    warning = mapping(walk(shipment, "warnings", 0))
    code, words = text(warning.get("code"), 40), text(warning.get("message"), 200)
    if not code and not words:
        return unreadable(Adapter.name, about, "a shipment without a package")
    known = _ERRORS.get(code) or _by_words(words) or ResultCode.REFUSED
    if known is ResultCode.NOT_FOUND:
        return Answer(errors=not_found(Adapter.name, about))
    return Answer(errors=errors(about, known, sentence(Adapter.name, known, about, words, code)))


def _package(package: dict[str, Any], which: str) -> Answer:
    read = read_package(package, which, Adapter.public_url(which, "en"))
    return read or unreadable(Adapter.name, [which] if which else [], "a package that cannot be read")
