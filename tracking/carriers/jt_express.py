"""J&T Express: `logistics/trace` of the open platform, one tenant per country.

Not for: the older API of Indonesia.
Source: the platform's own pages in Egypt and Malaysia and public clients of other countries, read 2026-11-22.
"""

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, quote

from tracking.carriers import _jt_scan
from tracking.carriers import _reading as read
from tracking.carriers._base import Account, CredentialField, Limit, Parcel, Tokens
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._push import Delivery, Pushes, Told, same
from tracking.platform import clock
from tracking.platform.errors import BadCredentials, BadPayload, BadSignature
from tracking.platform.facts import Answer, ResultCode, TrackingResult
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply, Upstream

_NAME = "J&T Express"
_MALAYSIA = "MY"
# what is worth a push: collected, moving, signed for, in trouble
_NODES = "1&2&3&4&5&10&11"
_BASES: Mapping[str, str] = MappingProxyType(
    {
        "MY": "https://ylopenapi.jtexpress.my/webopenplatformapi",
        "EG": "https://openapi.jtjms-eg.com/webopenplatformapi",
        "BR": "https://openapi.jtjms-br.com/webopenplatformapi",
        "CN": "https://openapi.jtexpress.com.cn/webopenplatformapi",
        "TH": "https://openapi.jtexpress.co.th/webopenplatformapi",
    }
)
_PAGES: Mapping[str, str] = MappingProxyType(
    {
        "MY": "https://www.jtexpress.my/tracking/{}",
        "EG": "https://www.jtexpress-eg.com/trajectoryQuery?waybillNo={}",
        "BR": "https://www.jtexpress.com.br/trajectoryQuery?bills={}",
        "TH": "https://www.jtexpress.co.th/index/query/gzquery.html?bills={}",
    }
)
_WORKED = "1"
_CODES: Mapping[str, ResultCode] = MappingProxyType(
    {
        "0": ResultCode.REFUSED,
        "145003010": ResultCode.UNAUTHORIZED,
        "145003012": ResultCode.UNAUTHORIZED,
        "145003030": ResultCode.UNAUTHORIZED,
        "145003031": ResultCode.UNAUTHORIZED,
        "145003050": ResultCode.REFUSED,
        "145003051": ResultCode.REFUSED,
        "145003052": ResultCode.REFUSED,
        "145003053": ResultCode.REFUSED,
        "145003064": ResultCode.NOT_FOUND,
        "145003071": ResultCode.REFUSED,
        "145003100": ResultCode.INVALID_NUMBER,
        "145003502": ResultCode.REFUSED,
        "145005000": ResultCode.UNAVAILABLE,
        "999001010": ResultCode.UNAUTHORIZED,
        "999001030": ResultCode.NOT_FOUND,
    }
)
# what concerns the account or the platform concerns every number
_FOR_ALL = frozenset({ResultCode.UNAUTHORIZED, ResultCode.RATE_LIMITED, ResultCode.UNAVAILABLE})
_RETRYABLE = frozenset({ResultCode.RATE_LIMITED, ResultCode.UNAVAILABLE})


class Adapter(Pushes):
    """J&T Express, up to thirty numbers a call; one in Malaysia."""

    slug = _jt_scan.SLUG
    name = _NAME
    base_url = _BASES[_MALAYSIA]
    credentials = (
        CredentialField("api_account", "apiAccount of the country's open platform.", secret=False),
        CredentialField("private_key", "privateKey of the account, from the same platform; every call is signed."),
        CredentialField(
            "country",
            "Country of the account by two letters, such as MY, EG, BR, CN, TH, VN or SA; codes and times hang on it. "
            "Countries other than the first five need the address of their API as well.",
            secret=False,
        ),
        CredentialField("customer_code", "customerCode, in Malaysia only.", secret=False, required=False),
        CredentialField("password", "Business password from the local partner, in Malaysia only.", required=False),
        CredentialField(
            "push", "“yes” once the address for pushes is registered with J&T.", secret=False, required=False
        ),
    )
    batch_size = 30
    subscription_size = 1000
    subscription_s = 30 * 86_400.0
    push_facts = (
        "Register the address with J&T, then set `push` to `yes`; parcels are subscribed as well, except in Malaysia. "
        "Each push is signed with the account's `private_key`."
    )
    limits = (Limit("calls", 10, 1, source="assumed: no document names a limit"),)
    weak = (
        "Every country has codes of its own; only those of Malaysia, Egypt, China and Vietnam are known.",
        "The hosts of Brazil, China and Thailand come from public clients; the address is a setting.",
        "A missing entry or an empty list is read as not found; no document says what an unknown number gets.",
        "Times without a zone are taken as those of the account's country.",
        "No document names a limit; ten calls a second are assumed.",
        "How long a subscription to pushes lasts is not documented; 30 days are taken.",
    )

    def __init__(self, account: Account, *, tokens: Tokens | None = None, upstream: Upstream | None = None) -> None:
        """The address is the account's, else its country's."""
        self._country = _country(account)
        self._has_address = bool(account.base_url or upstream or self._country in _BASES)
        base_url = account.base_url or _BASES.get(self._country or "")
        super().__init__(replace(account, base_url=base_url), tokens=tokens, upstream=upstream)

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - every call is signed
        """`POST /api/logistics/trace` with one form field, signed in a header."""
        if not self._has_address:
            raise BadCredentials(f"The {_NAME} account lacks the address of its country's API.", provider=self.slug)
        asked: dict[str, str] = {"billCodes": ",".join(parcel.number for parcel in parcels)}
        if self._country == _MALAYSIA:
            asked = {
                "customerCode": self.credential("customer_code"),
                "password": self.credential("password"),
                "billCode": parcels[0].number,
            }
        return self._signed("/api/logistics/trace", asked)

    def track(self, parcels: Sequence[Parcel]) -> Answer:
        """As every carrier's; number by number in Malaysia, and where one of a batch is refused for its form."""
        if self._country == _MALAYSIA and len(parcels) > 1:
            return self._one_by_one(parcels)
        answer = super().track(parcels)
        if len(parcels) > 1 and any(error.code is ResultCode.REFUSED for error in answer.errors):
            return self._one_by_one(parcels)
        return answer

    # its pushes

    @classmethod
    def verify(cls, delivery: Delivery, credentials: Mapping[str, str]) -> None:
        """`digest` over the raw text of `bizContent`, as in calls. raises BadSignature"""
        key = credentials.get("private_key", "")
        if not same(delivery.headers.get("digest", ""), digest(_biz_content(delivery), key) if key else ""):
            raise BadSignature

    @classmethod
    def read_push(cls, delivery: Delivery, credentials: Mapping[str, str]) -> Sequence[Told]:
        """One object in Egypt, a list of them in Malaysia; news only, or the whole history. raises BadPayload"""
        try:
            said = read.read_json(_biz_content(delivery).encode("utf-8", "replace"))
        except read.BodyError as what:
            raise BadPayload(f"bizContent is {what}.") from None
        if not isinstance(said, list | dict):
            raise BadPayload("bizContent holds no parcel.")
        answer = _told(read.mappings(said), (), _country_of(credentials))
        return [Told(result) for result in answer.results]

    @classmethod
    def answer_push(cls, delivery: Delivery) -> Reply:  # noqa: ARG003
        """As J&T documents it."""
        said = {"code": "1", "msg": "success", "data": "SUCCESS", "requestId": uuid.uuid4().hex}
        return Reply(200, json.dumps(said).encode(), {"Content-Type": "application/json"})

    def wants_subscription(self) -> bool:
        """Once the address is registered; Malaysia pushes without being asked."""
        return (self.option("push") or "").lower() == "yes" and self._country != _MALAYSIA

    def subscribe_call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002
        """`POST /api/trace/subscribe` for up to a thousand numbers."""
        listed = [{"traceNode": _NODES, "waybillCode": parcel.number} for parcel in parcels]
        return self._signed("/api/trace/subscribe", {"id": self.credential("api_account"), "list": listed})

    @classmethod
    def parse_subscription(cls, reply: Reply, numbers: Sequence[str]) -> frozenset[str]:
        """All of them, or none."""
        try:
            code = read.text(read.walk(read.read_json(reply.body), "code"), 20)
        except read.BodyError:
            return frozenset()
        return frozenset(numbers) if code == _WORKED and 200 <= reply.status < 300 else frozenset()

    def _signed(self, path: str, asked: Mapping[str, Any]) -> Call:
        said = json.dumps(asked, ensure_ascii=False, separators=(",", ":"))
        headers = {
            "apiAccount": self.credential("api_account"),
            "timestamp": str(int(clock.real_now().timestamp() * 1000)),
            "digest": digest(said, self.credential("private_key")),
        }
        return Call("POST", path, headers, data={"bizContent": said})

    def _one_by_one(self, parcels: Sequence[Parcel]) -> Answer:
        answers: list[Answer] = []
        for place, parcel in enumerate(parcels):
            answers.append(super().track([parcel]))
            failed = next((error for error in answers[-1].errors if error.code in _FOR_ALL), None)
            if failed is not None:
                rest = tuple(replace(failed, number=other.number) for other in parcels[place + 1 :])
                answers.append(Answer(errors=rest))
                break
        kept = next((answer for answer in answers if answer.raw is not None), None)
        told = read.merged(answers)
        return replace(told, raw=kept.raw, http_status=kept.http_status) if kept else told

    def understand(self, reply: Reply, numbers: Sequence[str]) -> Answer:
        """As `parse`, with the codes and the time of the account's country."""
        return _answer(reply, numbers, self._country)

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read an answer of any tenant; without an account the form of a number says whose it is."""
        return _answer(reply, numbers, None)

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:
        """J&T's own page for a number, of the country that the number or the language names; Malaysia's otherwise."""
        return _page(number, _jt_scan.tenant_of(number) or {"th": "TH", "pt": "BR"}.get(locale[:2].lower()))


def digest(said: str, private_key: str) -> str:
    """`digest`: MD5 of bizContent and the private key, Base64."""
    return base64.b64encode(hashlib.md5((said + private_key).encode(), usedforsecurity=False).digest()).decode("ascii")


def _biz_content(delivery: Delivery) -> str:
    """The form's one field, as it was signed; "" if it is not there."""
    try:
        form = parse_qs(delivery.body.decode("ascii"), strict_parsing=True, errors="strict", max_num_fields=20)
    except ValueError:
        return ""
    return form.get("bizContent", [""])[0]


def _country(account: Account) -> str | None:
    return _country_of(account.credentials)


def _country_of(credentials: Mapping[str, str]) -> str | None:
    told = credentials.get("country", "").strip().upper()
    return told if len(told) == 2 and told.isascii() and told.isalpha() else None


def _page(number: str, country: str | None) -> str:
    return _PAGES.get(country or "", _PAGES[_MALAYSIA]).format(quote(number, safe=""))


def _answer(reply: Reply, numbers: Sequence[str], country: str | None) -> Answer:
    if refused := read.refusal(_NAME, reply, numbers):
        return refused
    try:
        document = read.mapping(read.read_json(reply.body))
    except read.BodyError as what:
        return read.unreadable(_NAME, numbers, what)
    # a text in Egypt, a number in Malaysia
    code, said = read.text(document.get("code"), 20), read.text(document.get("msg"), 200)
    data = document.get("data")
    if code in _CODES or (code not in ("", _WORKED) and not data):
        return _refusal(reply, code, said, numbers)
    if data is None and code == _WORKED:
        return Answer(errors=read.not_found(_NAME, numbers))
    if not isinstance(data, list | dict):
        return read.unreadable(_NAME, numbers, "an answer without data")
    return _told(read.mappings(data), numbers, country)


def _refusal(reply: Reply, code: str, said: str, numbers: Sequence[str]) -> Answer:
    meaning = _CODES.get(code, ResultCode.REFUSED)
    if meaning in (ResultCode.INVALID_NUMBER, ResultCode.NOT_FOUND) and len(numbers) > 1:
        # it does not say which of them
        meaning = ResultCode.REFUSED
    sentence = read.sentence(_NAME, meaning, numbers, said, code)
    wait = reply.retry_after if meaning in _RETRYABLE else None
    return Answer(errors=read.errors(numbers, meaning, sentence, retry_after=wait))


def _told(listed: Sequence[Mapping[str, Any]], numbers: Sequence[str], country: str | None) -> Answer:
    entries: dict[str, list[Mapping[str, Any]]] = {}
    for one in listed:
        number = read.number(one.get("billCode"))
        if number and (not numbers or number in numbers):
            entries.setdefault(number, []).append(one)
    asked = list(numbers) or list(entries)
    if not asked:
        return Answer(errors=read.not_found(_NAME, numbers))
    return read.merged(_of_number(number, entries.get(number, []), country) for number in asked)


def _of_number(number: str, entries: Sequence[Mapping[str, Any]], country: str | None) -> Answer:
    lists = [one.get("details") for one in entries if one.get("details")]
    if not lists:
        return Answer(errors=read.not_found(_NAME, [number]))
    if not any(isinstance(one, list | dict) for one in lists):
        return read.unreadable(_NAME, [number], "scans in a form it does not document")
    tenant = country or _jt_scan.tenant_of(number)
    raw = [scan for one in lists for scan in read.mappings(one)]
    readable = [(one, event) for one in raw if (event := _jt_scan.scan(one, tenant))]
    events = oldest_first([event for _, event in readable], newest_first=True)
    status, reason = suggested(events)
    delivered = [event.at for event in events if event.status is Status.DELIVERED]
    result = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        delivered_at=delivered[-1] if delivered and status is Status.DELIVERED else None,
        proof=_proof(raw),
        pickup_place=_last_said(readable, "siteName") if status is Status.AVAILABLE_FOR_PICKUP else None,
        carrier_url=_page(number, tenant) if tenant in _PAGES else None,
        extra={"weight_kg": weight} if (weight := _last_said(readable, "realWeight")) else {},
    )
    return Answer((result,), read.left_out(_NAME, number, sum(unread(one, 0) for one in lists) - len(readable)))


def _proof(raw: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    kinds = {kind for one in raw for key, kind in _jt_scan.SIGNATURE.items() if read.text(one.get(key))}
    return tuple(sorted(kinds))


def _last_said(readable: Sequence[tuple[Mapping[str, Any], Any]], key: str) -> str | None:
    latest = sorted(readable, key=lambda pair: pair[1].at, reverse=True)
    return next((said for raw, _ in latest if (said := read.text(raw.get(key), 120))), None)
