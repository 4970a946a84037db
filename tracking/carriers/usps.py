"""USPS, Package Tracking and Notification v3: one number a call, in detail.

An app needs the `tracking` scope, which must be requested, and since 2026-04-01 the right to the label's mailer ID.
Source: USPS OpenAPI 3.2.6 (captured 2026-06-23), issues of USPS/api-examples, the list of scan events. Read 2026-11-22.
"""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import structlog

from tracking.carriers._base import Carrier, CredentialField, Limit, Parcel, Token
from tracking.carriers._oauth import client_credentials, read_token
from tracking.carriers._reading import (
    BodyError,
    mapping,
    number,
    read_json,
    refusal,
    text,
    unreadable,
    walk,
    whole,
)
from tracking.carriers._usps_piece import read_piece
from tracking.platform.errors import BadCredentials
from tracking.platform.facts import Answer, ResultCode
from tracking.platform.upstream import Call, Reply

log = structlog.get_logger(__name__)

_SCOPE = "tracking"
# 400 is the answer to a number that cannot be one
_OVERRULE = {400: ResultCode.INVALID_NUMBER}
# and sometimes to one that USPS does not know yet, which its words then say
_NOT_YET = re.compile(
    r"not (?:yet )?available|no (?:record|information|tracking information)|not (?:be )?(?:found|located)",
    re.IGNORECASE,
)
# the routing prefix of a label: 420 and a 5- or 9-digit ZIP code
_ROUTING = "420"
_ROUTING_LENGTHS = (8, 12)


class Adapter(Carrier):
    """United States Postal Service."""

    slug = "usps"
    name = "USPS"
    base_url = "https://apis.usps.com"
    credentials = (
        CredentialField("client_id", "Consumer key of the app at developers.usps.com", secret=False),
        CredentialField("client_secret", "Consumer secret of the app"),
    )
    limits = (Limit("calls", 60, 3600, aligned=True, source="USPS/api-examples issues: about 60 an hour for an app"),)
    home_zone = "America/New_York"
    weak = (
        "The quota of about 60 calls an hour is from users' reports; more is granted on request.",
        "Names of status categories but “Delivered” and “Delivery Attempt: Action Needed” follow USPS's wording.",
        "The text of an unknown number's 404 is not documented; only its status is read.",
        "Whether the quota starts at the full hour is assumed.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:
        """Ask about one parcel; its extras `destination_postcode` and `shipped_on` (a day) tell reused ones apart."""
        parcel = parcels[0]
        params = {"expand": "DETAIL"}
        zip_code = parcel.extra.get("destination_postcode", "")[:5]
        if len(zip_code) == 5 and zip_code.isascii() and zip_code.isdigit():
            params["destinationZIPCode"] = zip_code
        if parcel.extra.get("shipped_on"):
            params["mailingDate"] = parcel.extra["shipped_on"]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return Call("GET", f"/tracking/v3/tracking/{quote(parcel.number, safe='')}", headers, params)

    def token_call(self) -> Call:
        """Fetch a token with the credentials in a form; it counts against the quota."""
        return client_credentials(
            "/oauth2/v3/token",
            self.credential("client_id"),
            self.credential("client_secret"),
            "form",
            extra={"scope": _SCOPE},
        )

    @classmethod
    def parse_token(cls, reply: Reply) -> Token:
        """Read the token; one that is not good for tracking is logged, because every call with it will be refused."""
        token = read_token(cls.slug, cls.name, reply)
        if token.scope and _SCOPE not in token.scope.split():
            log.warning("usps.scope_missing", scope=_SCOPE)
        return token

    def check(self) -> None:
        """Try the credentials, and that they are good for tracking. raises BadCredentials and other UpstreamError"""
        super().check()
        token = self._tokens.get(self.account.key)
        if token is not None and token.scope and _SCOPE not in token.scope.split():
            raise BadCredentials(
                "The USPS app has no “tracking” scope: request it at developers.usps.com.", provider=self.slug
            )

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - one page for all languages
        """The carrier's own page for a number; it has no French or Thai."""
        return f"https://tools.usps.com/go/TrackConfirmAction?tLabels={quote(number, safe='')}"

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """What an answer means; see `Carrier.parse`."""
        try:
            body = read_json(reply.body)
        except BodyError as what:
            overrule = _OVERRULE if reply.body.strip()[:1] != b"<" else None
            refused = refusal(cls.name, reply, numbers, overrule=overrule)
            return refused or unreadable(cls.name, numbers, what)
        failure = _failure(reply, body, numbers)
        if failure:
            return failure
        piece = mapping(body)
        said = number(piece.get("trackingNumber"))
        asked = [which for which in numbers if _is_same(which, said)]
        wrong = [which for which in numbers if which not in asked]
        if not said or (wrong and not asked):
            about = "an answer about another number" if said else "an answer without a number"
            return unreadable(cls.name, numbers, about)
        which = asked[0] if asked else said
        read = read_piece(piece, which, cls.public_url(which, "en"), cls.home_zone)
        if read is None:
            return unreadable(cls.name, [which], "an answer that cannot be read")
        missing = unreadable(cls.name, wrong, "an answer without this number").errors if wrong else ()
        return Answer(read.results, read.errors + missing)


def _failure(reply: Reply, body: object, numbers: Sequence[str]) -> Answer | None:
    fault: dict[str, Any] = mapping(walk(body, "error"))
    status = reply.status
    if 200 <= status < 300:
        if not fault or walk(body, "trackingNumber"):
            return None
        # the envelope names the status too
        status = whole(fault.get("code")) or 0
        status = status if 400 <= status < 600 else 422
    words = [text(walk(fault, "errors", 0, key), 200) for key in ("detail", "title")]
    known = _failure_code(fault, status)
    overrule = {status: known} if known else _OVERRULE
    told = Reply(status, reply.body, reply.headers)
    detail = text(fault.get("message"), 200) or next((w for w in words if w), "")
    return refusal(
        Adapter.name, told, numbers, overrule=overrule, detail=detail, detail_code=text(walk(body, "error"), 60)
    )


def _failure_code(fault: dict[str, Any], status: int) -> ResultCode | None:
    titles = {text(walk(fault, "errors", 0, key), 60) for key in ("title", "code")}
    if "invalid_oauth_scope" in titles:
        return ResultCode.UNAUTHORIZED
    words = [text(fault.get("message"))] + [text(walk(fault, "errors", 0, key)) for key in ("title", "detail")]
    return ResultCode.NOT_FOUND if status == 400 and any(map(_NOT_YET.search, words)) else None


def _is_same(asked: str, said: str) -> bool:
    """The label's number may be asked about with its routing prefix and answered without."""
    longer, shorter = (asked, said) if len(asked) >= len(said) else (said, asked)
    ahead = len(longer) - len(shorter)
    return asked == said or (
        bool(shorter) and ahead in _ROUTING_LENGTHS and longer.startswith(_ROUTING) and longer.endswith(shorter)
    )
