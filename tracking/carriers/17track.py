"""17TRACK v2.2: an aggregator; numbers are registered once, read forty at a time, pushed with all they know.

Not for: version 1, whose statuses are numbers and whose signature stands in the body; real-time queries.
Source: a public research note on the v2.2 API (© 2026 Michael Shields, Apache-2.0), read 2026-11-22.
"""
# ruff: noqa: N999 - named like the slug; plug-ins are found by their file and never imported by name

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._aggregated import CARRIERS, Aggregator, Followed, Found, choose, told
from tracking.carriers._base import CredentialField, Limit, Parcel
from tracking.carriers._codes import Code, CodeTable, note_unseen
from tracking.carriers._push import Delivery, Told, read_document, same
from tracking.carriers._times import Moment, moment, read_date, read_iso, window
from tracking.platform.errors import BadPayload, BadSignature
from tracking.platform.facts import Answer, EstimatedDelivery, ResultCode, TrackingError, TrackingEvent
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

_NAME = "17TRACK"
CODES = CodeTable.load("17track")
_WORKED = 0
_EXISTS, _NOT_REGISTERED = -18019901, -18019902
_ERRORS: Mapping[int, ResultCode] = MappingProxyType(
    {
        -18010001: ResultCode.UNAUTHORIZED,
        -18010002: ResultCode.UNAUTHORIZED,
        -18010010: ResultCode.REFUSED,
        -18010011: ResultCode.REFUSED,
        -18010012: ResultCode.INVALID_NUMBER,
        -18010013: ResultCode.REFUSED,
        -18010014: ResultCode.REFUSED,
        _EXISTS: ResultCode.NOT_FOUND,
        _NOT_REGISTERED: ResultCode.NOT_FOUND,
        -18019903: ResultCode.REFUSED,
        -18019905: ResultCode.REFUSED,
        -18019907: ResultCode.RATE_LIMITED,
        -18019908: ResultCode.REFUSED,
        -18019909: ResultCode.NOT_FOUND,
        -18019910: ResultCode.REFUSED,
    }
)
_NEWS = "TRACKING_UPDATED"
_OFFICIAL = "official"
_HEADER = "sign"


class Adapter(Aggregator):
    """17TRACK, forty numbers a call."""

    slug = "17track"
    name = _NAME
    base_url = "https://api.17track.net/track/v2.2"
    credentials = (
        CredentialField("api_key", "Security key of the account (17token); pushes are signed with it, too."),
        CredentialField(
            "sign_header",
            f"Header that the signature of pushes stands in, “{_HEADER}” unless told otherwise.",
            secret=False,
            required=False,
        ),
        CARRIERS,
    )
    batch_size = 40
    enters = 40
    limits = (Limit("calls", 3, 1, source="research note on the v2.2 API: 3 requests a second"),)
    theirs = MappingProxyType({"usps": "21051", "ups": "100002", "fedex": "100003", "royal-mail": "11031"})
    push_facts = (
        "Enter the address in 17TRACK's dashboard, version 2.2. Each push is signed with the account's `api_key`; if "
        "pushes are refused, look up in which header the signature comes and set `sign_header`. A push that fails is "
        "repeated three times within two hours, then polling is what finds the news."
    )
    weak = (
        "All of it comes from a research note on version 2.2; 17TRACK has no sandbox, and tests use up real quota.",
        "The header of the signature, sign, is not confirmed; sign_header names another.",
        "Version 2.4 of the API is in use as well; the address is a setting.",
        "Its keys of carriers other than USPS, UPS, FedEx and Royal Mail are not known; it tells those by the number.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - a static key
        """`POST /gettrackinfo`."""
        return self._post("/gettrackinfo", [self._item(parcel) for parcel in parcels])

    def enter_call(self, parcels: Sequence[Parcel]) -> Call:
        """`POST /register`; what it does not know by its key it finds out by itself."""
        return self._post("/register", [self._item(parcel) | {"auto_detection": True} for parcel in parcels])

    def _item(self, parcel: Parcel) -> dict[str, Any]:
        key = read.whole(self.their_name(parcel))
        return {"number": parcel.number} | ({"carrier": key} if key else {})

    def _post(self, path: str, items: Sequence[Mapping[str, Any]]) -> Call:
        return Call("POST", path, {"17token": self.credential("api_key")}, json=items)

    @classmethod
    def read(cls, reply: Reply, numbers: Sequence[str], carriers: Mapping[str, str]) -> Found:
        """Read what was accepted and what was rejected, each for itself; or one number that was pushed."""
        data = _data(reply, numbers)
        if isinstance(data, Answer):
            return Found(data)
        if "number" in data:
            data = {"accepted": [data], "rejected": []}
        accepted, rejected = data.get("accepted"), data.get("rejected")
        if not isinstance(accepted, list) and not isinstance(rejected, list):
            return Found(read.unreadable(_NAME, numbers, "an answer without accepted and rejected numbers"))
        refused = [(error, item) for item in read.mappings(rejected) if (error := _rejected(item))]
        entries = [_followed(item) for item in read.mappings(accepted)]
        entries += [Followed(error.number or "", "", Answer(errors=(error,))) for error, _ in refused]
        found = choose(_NAME, entries, numbers, carriers)
        unregistered = {error.number or "" for error, item in refused if _code(item) == _NOT_REGISTERED}
        unknown = {error.number for error in found.answer.errors if error.code is ResultCode.NOT_FOUND}
        return Found(found.answer, found.absent | (unregistered & unknown))

    @classmethod
    def read_entered(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Nothing is known of what was registered for five minutes at least."""
        data = _data(reply, numbers)
        if isinstance(data, Answer):
            return data
        refused = {error.number: error for item in read.mappings(data.get("rejected")) if (error := _rejected(item))}
        waiting = [number for number in numbers if number not in refused]
        told_of = tuple(refused[number] for number in numbers if number in refused)
        return Answer(errors=(*(read.not_found(_NAME, waiting) if waiting else ()), *told_of))

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:
        """17TRACK's own page for a number."""
        language = {"fr": "fr", "th": "th"}.get(locale[:2].lower(), "en")
        return f"https://t.17track.net/{language}#nums={quote(number, safe='')}"

    # its webhook

    @classmethod
    def verify(cls, delivery: Delivery, credentials: Mapping[str, str]) -> None:
        """SHA-256 of the raw body, a slash and the key, in hex; no HMAC. raises BadSignature"""
        key = credentials.get("api_key", "").strip()
        header = (credentials.get("sign_header", "").strip() or _HEADER).lower()
        digest = hashlib.sha256(delivery.body + b"/" + key.encode("utf-8", "replace")).hexdigest()
        if not same(delivery.headers.get(header, "").lower(), digest if key else ""):
            raise BadSignature

    @classmethod
    def read_push(cls, delivery: Delivery, credentials: Mapping[str, str]) -> Sequence[Told]:  # noqa: ARG003
        """All that is known of a number; nothing when tracking stopped. raises BadPayload"""
        document = read.mapping(read_document(delivery))
        if not isinstance(document.get("event"), str):
            raise BadPayload("This names no event.")
        return cls.news(_followed(read.mapping(document.get("data")))) if document["event"] == _NEWS else []


def _data(reply: Reply, numbers: Sequence[str]) -> dict[str, Any] | Answer:
    """What stands under `data`; the answer if the whole call failed, which HTTP 200 does not rule out."""
    try:
        document = read.mapping(read.read_json(reply.body))
    except read.BodyError as what:
        return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
    data = read.mapping(document.get("data"))
    first = next(iter(read.mappings(data.get("errors"))), {})
    code = read.whole(first.get("code")) or read.whole(document.get("code"))
    detail = read.text(first.get("message"))
    meaning = _ERRORS.get(code or 0, ResultCode.REFUSED)
    if meaning in (ResultCode.INVALID_NUMBER, ResultCode.NOT_FOUND):
        # of the whole call, not of a number
        meaning = ResultCode.REFUSED
    if code not in (None, _WORKED):
        refused = read.refusal(_NAME, reply, numbers, detail=detail, detail_code=str(code))
        said = read.sentence(_NAME, meaning, numbers, detail, str(code))
        return refused or Answer(errors=read.errors(numbers, meaning, said, retry_after=_wait(reply, meaning)))
    return read.refusal(_NAME, reply, numbers) or data


def _wait(reply: Reply, meaning: ResultCode) -> float | None:
    return reply.retry_after if meaning is ResultCode.RATE_LIMITED else None


def _code(item: Mapping[str, Any]) -> int | None:
    return read.whole(read.walk(item, "error", "code"))


def _rejected(item: Mapping[str, Any]) -> TrackingError | None:
    number, code = read.number(item.get("number")), _code(item)
    if not number:
        return None
    meaning = _ERRORS.get(code or 0, ResultCode.REFUSED)
    if meaning is ResultCode.NOT_FOUND:
        return read.not_found(_NAME, [number])[0]
    detail = read.text(read.walk(item, "error", "message"))
    return read.error(number, meaning, read.sentence(_NAME, meaning, [number], detail, str(code or "")))


def _followed(item: Mapping[str, Any]) -> Followed:
    number, key = read.number(item.get("number")), read.text(item.get("carrier"), 20)
    if not number:
        return Followed("", key, Answer())
    info = read.mapping(item.get("track_info"))
    latest = read.mapping(info.get("latest_status"))
    providers = read.mappings(read.walk(info, "tracking", "providers"))
    listed = [event for one in providers for event in _list(one.get("events"))]
    overall, _ = _meaning(latest.get("sub_status"), latest.get("status"))
    answer = told(
        _NAME,
        number,
        listed,
        [_event(one) for one in read.mappings(listed)],
        overall.status,
        service=read.text_or_none(read.walk(info, "misc_info", "service_type"), 120),
        estimated=_estimated(read.mapping(read.walk(info, "time_metrics", "estimated_delivery_date"))),
        extra={"carrier": Adapter.our_slug(key) or key} if key else {},
    )
    return Followed(number, key, answer)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _event(raw: Mapping[str, Any]) -> TrackingEvent | None:
    address = read.mapping(raw.get("address"))
    city = address.get("city") or raw.get("location")
    where = read.place(city, address.get("state"), address.get("postal_code"), address.get("country"))
    at = _moment(raw, where)
    if at is None:
        return None
    meaning, code = _meaning(raw.get("sub_status"), raw.get("stage"))
    return TrackingEvent(
        at=at.at,
        zone=at.zone,
        code=code,
        status=meaning.status,
        reason=meaning.reason,
        description=read.text(raw.get("description")) or meaning.text,
        location=where,
    )


def _moment(raw: Mapping[str, Any], where: Any) -> Moment | None:
    """Local with its offset, else UTC, else as the carrier wrote it."""
    at = read_iso(raw.get("time_iso")) or read_iso(raw.get("time_utc"))
    if at is None:
        written = read.mapping(raw.get("time_raw"))
        at = read_iso(f"{read.text(written.get('date'), 20)}T{read.text(written.get('time'), 20)}")
    return moment(at, where) if at else None


def _meaning(sub: object, general: object) -> tuple[Code, str]:
    """By the sub-status, where it is known; else by the status or the stage, which may hold a sub-status, too."""
    codes = [code for code in (read.text(sub, 60), read.text(general, 60)) if code]
    for code in codes:
        for group in ("sub", "status", "stage"):
            if (known := CODES.find(code, group)) is not None:
                return known, code
        note_unseen(Adapter.slug, code)
        if (broader := CODES.find(code.partition("_")[0], "status")) is not None:
            return broader, code
    return Code(Status.UNKNOWN), codes[0] if codes else ""


def _estimated(said: Mapping[str, Any]) -> EstimatedDelivery | None:
    """The carrier's; what 17TRACK works out by itself is left out."""
    if read.text(said.get("source"), 20).lower() != _OFFICIAL:
        return None
    ends = [read_iso(said.get(name)) for name in ("from", "to")]
    if all(end is not None and end.tzinfo is not None for end in ends):
        return window(*ends)
    return window(read_date(said.get("from")), read_date(said.get("to")))
