"""SF Express: the route query of the Fengqiao open platform, EXP_RECE_SEARCH_ROUTES.

Not for: its other services (promised time, pictures), and route push.
Source: the open platform's pages "API Overview" and "EXP_RECE_SEARCH_ROUTES" and public clients, read 2026-11-22.
"""

import base64
import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, quote_plus

from tracking.carriers import _reading as read
from tracking.carriers import _sf_route
from tracking.carriers._base import Carrier, CredentialField, Limit, Parcel, Token
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._oauth import is_header_safe, token_failure
from tracking.platform import clock
from tracking.platform.errors import BadCredentials, RateLimited, UnreadableAnswer, UpstreamDown
from tracking.platform.facts import Answer, ResultCode, TrackingError, TrackingResult
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

_NAME = "SF Express"
_WORKED = "A1000"
_GOOD = "S0000"
_TOKEN_LIFE_S = 7_200
# checkPhoneNo holds 30 characters: six times four digits and the commas between
_PHONES_A_CALL = 6
_PHONE = re.compile(r"\d{4}", re.ASCII)
_CHINESE: Mapping[str, str] = MappingProxyType(
    {"zh-tw": "zh-TW", "zh-hant": "zh-TW", "zh-hk": "zh-HK", "zh-mo": "zh-MO"}
)
_PAGES: Mapping[str, str] = MappingProxyType({"zh-CN": "sc", "zh-TW": "tc", "zh-HK": "tc", "zh-MO": "tc"})
# of the gateway, and of the service behind it
_CODES: Mapping[str, ResultCode] = MappingProxyType(
    {
        "A1001": ResultCode.REFUSED,
        "A1002": ResultCode.UNAUTHORIZED,
        "A1003": ResultCode.UNAUTHORIZED,
        "A1004": ResultCode.UNAUTHORIZED,
        "A1005": ResultCode.RATE_LIMITED,
        "A1006": ResultCode.UNAUTHORIZED,
        "A1007": ResultCode.UNAVAILABLE,
        "A1008": ResultCode.REFUSED,
        "A1009": ResultCode.UNAVAILABLE,
        "A1010": ResultCode.REFUSED,
        "A1011": ResultCode.UNAUTHORIZED,
        "A1099": ResultCode.UNAVAILABLE,
        "6133": ResultCode.REFUSED,
        "8003": ResultCode.REFUSED,
        "8013": ResultCode.REFUSED,
        "8247": ResultCode.NOT_FOUND,
    }
)
_TOKEN_OVER = frozenset({"A1002", "A1011"})


class Adapter(Carrier):
    """SF Express, up to ten numbers a call; six where telephone digits are sent with them."""

    slug = _sf_route.SLUG
    name = _NAME
    base_url = "https://sfapi.sf-express.com"
    credentials = (
        CredentialField("partner_id", "Customer code (partnerID) of the app at open.sf-express.com.", secret=False),
        CredentialField("check_word", "Check word (校验码) of the app; production and sandbox have different ones."),
        CredentialField(
            "auth",
            "“oauth2” to fetch access tokens; otherwise every call is signed with the check word.",
            secret=False,
            required=False,
        ),
        CredentialField(
            "check_phone",
            "Last four digits of the sender's telephone, or “recipient” to send those of each order; needed for "
            "parcels that were not shipped on a monthly account bound to this app.",
            required=False,
        ),
        CredentialField(
            "zone",
            "Time zone of its times, such as Asia/Hong_Kong; China's without.",
            secret=False,
            required=False,
        ),
    )
    batch_size = 10
    limits = (
        Limit("calls", 30, 1, source="error A1005 of the open platform, given for its debugging platform"),
        Limit("calls", 3_000, 86_400, source="error A1005 of the open platform, given for its debugging platform"),
    )
    home_zone = _sf_route.ZONE
    weak = (
        "Times carry no zone and are taken as China's, or as the account says, wherever the scan was.",
        "Operation codes come from public clients; the platform's full list is not public.",
        "A signature with words about a locker (“已派送至 … 柜”) is read as waiting to be collected.",
        "An empty route is read as not found; wrong telephone digits and another account's parcel look the same.",
        "Limits are those of the debugging platform; an account may be given other figures.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:
        """`POST /std/service` with a form; signed with the check word, or with an access token, never both."""
        asked: dict[str, Any] = {
            "language": _language(self.account.locale),
            "trackingType": "1",
            "trackingNumber": [parcel.number for parcel in parcels],
            "methodType": "1",
        }
        phones = [self._phone(parcel) for parcel in parcels]
        if all(phones):
            asked["checkPhoneNo"] = ",".join(phones)
        said = json.dumps(asked, ensure_ascii=False, separators=(",", ":"))
        timestamp = str(int(clock.real_now().timestamp() * 1000))
        form = {
            "partnerID": self.credential("partner_id"),
            "requestID": str(uuid.uuid4()),
            "serviceCode": "EXP_RECE_SEARCH_ROUTES",
            "timestamp": timestamp,
            "msgData": said,
        }
        check_word = self.credential("check_word")
        form |= {"accessToken": token} if token else {"msgDigest": digest(said, timestamp, check_word)}
        return Call("POST", "/std/service", _FORM, data=form)

    def token_call(self) -> Call | None:
        """`POST /oauth2/accessToken` where the account asks for OAuth 2; None where calls are signed."""
        if (self.option("auth") or "").lower() != "oauth2":
            return None
        form = {
            "partnerID": self.credential("partner_id"),
            "secret": self.credential("check_word"),
            "grantType": "password",
        }
        return Call("POST", "/oauth2/accessToken", _FORM, data=form)

    @classmethod
    def parse_token(cls, reply: Reply) -> Token:
        """Read `{"apiResultCode": "A1000", "accessToken": "…", "expiresIn": 7200}`. raises as `Carrier.parse_token`"""
        if failure := token_failure(cls.slug, _NAME, reply):
            raise failure
        try:
            answer = read.mapping(read.read_json(reply.body))
        except read.BodyError as what:
            raise UnreadableAnswer(f"{_NAME} sent {what} when asked for a token.", provider=cls.slug) from what
        if said := _token_refused(read.text(answer.get("apiResultCode"), 20), reply):
            raise said
        value, life = answer.get("accessToken"), read.whole(answer.get("expiresIn"))
        if not isinstance(value, str) or not is_header_safe(value):
            raise UnreadableAnswer(f"{_NAME} sent no usable access token.", provider=cls.slug, status=reply.status)
        life = min(life, _TOKEN_LIFE_S) if life and life > 0 else _TOKEN_LIFE_S
        return Token(value, clock.real_now() + timedelta(seconds=life))

    @classmethod
    def refuses_token(cls, reply: Reply) -> bool:
        """HTTP 401, or one of the gateway's codes for a token that is over, under HTTP 200."""
        return reply.status == 401 or _outer(reply)[0] in _TOKEN_OVER

    def track(self, parcels: Sequence[Parcel]) -> Answer:
        """As every carrier's, in as many calls as telephone digits need; a refused batch is asked number by number."""
        answers = [self._ask(some) for some in _calls(parcels, self._phone)]
        unreadable = next((answer for answer in answers if answer.raw is not None), None)
        told = answers[0] if len(answers) == 1 else read.merged(answers)
        return replace(told, raw=unreadable.raw, http_status=unreadable.http_status) if unreadable else told

    def _ask(self, parcels: Sequence[Parcel]) -> Answer:
        answer = super().track(parcels)
        if len(parcels) > 1 and any(error.code is ResultCode.REFUSED for error in answer.errors):
            return read.merged([super(Adapter, self).track([parcel]) for parcel in parcels])
        return answer

    def _phone(self, parcel: Parcel) -> str:
        """Four digits for a parcel, its own or as the account says; "" without."""
        given = parcel.extra.get("check_phone") or self.option("check_phone") or ""
        if given.strip().lower() == "recipient":
            given = parcel.extra.get("destination_phone", "")
        last = "".join(char for char in given if char.isascii() and char.isdigit())[-4:]
        return last if _PHONE.fullmatch(last) else ""

    def understand(self, reply: Reply, numbers: Sequence[str]) -> Answer:
        """As `parse`, with times in the account's zone."""
        return _answered(reply, numbers, self.option("zone") or _sf_route.ZONE)

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read the gateway's envelope and the JSON text in it, and the route of each number."""
        return _answered(reply, numbers, _sf_route.ZONE)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:
        """SF's own page for a number; it asks for the telephone digits before it shows all."""
        page = _PAGES.get(_language(locale), "en")
        return f"https://www.sf-express.com/chn/{page}/waybill/waybill-detail/{quote(number, safe='')}"


_FORM: Mapping[str, str] = MappingProxyType({"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"})


def digest(said: str, timestamp: str, check_word: str) -> str:
    """`msgDigest`: MD5 of msgData, timestamp and check word, form-encoded as Java does it; Base64."""
    encoded = quote_plus(said + timestamp + check_word, safe="*").replace("~", "%7E")
    return base64.b64encode(hashlib.md5(encoded.encode("ascii"), usedforsecurity=False).digest()).decode("ascii")


def _language(locale: str) -> str:
    tag = locale.lower().replace("_", "-")
    if not tag.startswith("zh"):
        return "en"
    return next((code for start, code in _CHINESE.items() if tag.startswith(start)), "zh-CN")


def _calls(parcels: Sequence[Parcel], phone: Any) -> Iterator[list[Parcel]]:
    """The parcels as calls: those with telephone digits six at a time, the others ten."""
    for some, size in (
        ([parcel for parcel in parcels if phone(parcel)], _PHONES_A_CALL),
        ([parcel for parcel in parcels if not phone(parcel)], Adapter.batch_size),
    ):
        left = iter(some)
        while batch := list(islice(left, size)):
            yield batch


def _opened(data: object) -> dict[str, Any]:
    """The JSON text that lies in the JSON; an object is taken as it is. raises BodyError"""
    return read.mapping(read.read_json(data.encode("utf-8", "replace")) if isinstance(data, str) and data else data)


def _outer(reply: Reply) -> tuple[str, str]:
    try:
        document = read.mapping(read.read_json(reply.body))
    except read.BodyError:
        return "", ""
    return read.text(document.get("apiResultCode"), 20), read.text(document.get("apiErrorMsg"), 200)


def _token_refused(code: str, reply: Reply) -> BadCredentials | RateLimited | UpstreamDown | None:
    meaning = _CODES.get(code)
    if meaning is ResultCode.RATE_LIMITED:
        return RateLimited(f"{_NAME} gives no more tokens for now.", provider=_sf_route.SLUG)
    if meaning is ResultCode.UNAVAILABLE:
        return UpstreamDown(f"{_NAME} gives no tokens ({code}).", provider=_sf_route.SLUG, status=reply.status)
    if meaning is not None:
        sentence = f"{_NAME} does not accept the customer code and check word ({code})."
        return BadCredentials(sentence, provider=_sf_route.SLUG, status=reply.status, detail_code=code)
    return None


def _answered(reply: Reply, numbers: Sequence[str], zone: str) -> Answer:
    if refused := read.refusal(_NAME, reply, numbers):
        return refused
    try:
        document = read.mapping(read.read_json(reply.body))
        inner = _opened(document.get("apiResultData"))
    except read.BodyError as what:
        return read.unreadable(_NAME, numbers, what)
    outer, said = read.text(document.get("apiResultCode"), 20), read.text(document.get("apiErrorMsg"), 200)
    code, detail = read.text(inner.get("errorCode"), 20), read.text(inner.get("errorMsg"), 200)
    if outer in _CODES:
        return _refusal(reply, outer, said, numbers)
    if code in _CODES:
        return _refusal(reply, code, detail, numbers)
    routes = read.walk(inner, "msgData", "routeResps")
    if routes is None and (inner or outer not in ("", _WORKED)):
        return _refusal(reply, code or outer, detail or said, numbers)
    if not isinstance(routes, list | dict):
        return read.unreadable(_NAME, numbers, "an answer without routes")
    return _routes(read.mappings(routes), numbers, zone)


def _refusal(reply: Reply, code: str, said: str, numbers: Sequence[str]) -> Answer:
    meaning = _CODES.get(code, ResultCode.REFUSED)
    if code == "8247" and len(numbers) > 1:
        # it does not say which of them
        meaning = ResultCode.REFUSED
    wait = reply.retry_after if meaning in (ResultCode.RATE_LIMITED, ResultCode.UNAVAILABLE) else None
    sentence = read.sentence(_NAME, meaning, numbers, said, code)
    return Answer(errors=read.errors(numbers, meaning, sentence, retry_after=wait))


def _routes(listed: Sequence[Mapping[str, Any]], numbers: Sequence[str], zone: str) -> Answer:
    named: dict[str, Mapping[str, Any]] = {}
    for one in listed:
        number = read.number(one.get("mailNo"))
        if number and (not numbers or number in numbers):
            # the same number twice: the one that tells something
            named[number] = one if one.get("routes") or number not in named else named[number]
    asked = list(numbers) or list(named)
    if not asked:
        return Answer(errors=read.not_found(_NAME, numbers))
    return read.merged(_route(number, named.get(number), zone) for number in asked)


def _route(number: str, told: Mapping[str, Any] | None, zone: str) -> Answer:
    listed = told.get("routes") if told else None
    if not listed:
        return Answer(errors=(_empty(number, told or {}),))
    if not isinstance(listed, list | dict):
        return read.unreadable(_NAME, [number], "a route in a form it does not document")
    lines = [line for one in read.mappings(listed) if (line := _sf_route.line(one, zone))]
    events = oldest_first([one.event for one in lines], newest_first=False)
    status, reason = suggested(events)
    delivered = [event.at for event in events if event.status is Status.DELIVERED]
    newest = sorted(lines, key=lambda one: one.event.at, reverse=True)
    new_number = next((one.new_number for one in newest if one.new_number not in (None, number)), None)
    waits = next((one for one in newest if one.event.status is Status.AVAILABLE_FOR_PICKUP), None)
    result = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        delivered_at=delivered[-1] if delivered and status is Status.DELIVERED else None,
        proof=("signature",) if any(event.code == "8000" for event in events) else (),
        pickup_place=waits.place if waits and status is Status.AVAILABLE_FOR_PICKUP else None,
        extra={"new_number": new_number} if new_number else {},
    )
    return Answer((result,), read.left_out(_NAME, number, unread(listed, len(lines))))


def _empty(number: str, told: Mapping[str, Any]) -> TrackingError:
    """No route: not known yet, or not for us to see; SF does not tell one from the other."""
    code, said = read.text(told.get("reasonCode"), 20), read.text(told.get("reasonRemark"), 120)
    why = ": ".join(part for part in (code, said) if part).replace(number, "…")
    hint = f" ({why.rstrip('.')})" if why else ""
    sentence = (
        f"{_NAME} shows no route for this number{hint}; it may be too new or older than three months, "
        "or the telephone digits of sender or recipient (check_phone) are missing or wrong."
    )
    return read.error(number, ResultCode.NOT_FOUND, sentence)
