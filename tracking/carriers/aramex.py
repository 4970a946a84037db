"""Aramex: Shipments Tracking API v1, asked in JSON, several waybills a call; its answers are JSON, or XML all the same.

Not for: Aramex South Africa's API of its own. Credentials travel in the body.
Source: the tracking schema of the SOAP service, answers and clients in public repositories, and a guide to embedding
the tracking API; codes from a public SDK of 2019. Read 2026-11-22.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from tracking.carriers import _reading as read
from tracking.carriers._aramex_update import read_update
from tracking.carriers._base import CredentialField, Limit, Parcel
from tracking.carriers._events import oldest_first, suggested, unread
from tracking.carriers._push import Delivery, KeyedPushes, Told, read_document
from tracking.carriers._zones import place_zone
from tracking.platform.errors import BadPayload
from tracking.platform.facts import Answer, Location, ResultCode, TrackingError, TrackingResult
from tracking.platform.status import Status
from tracking.platform.upstream import Call, Reply

_NAME = "Aramex"
_PATH = "/ShippingAPI.V2/Tracking/Service_1_0.svc/json/TrackShipments"
_ENTRY = "KeyValueOfstringArrayOfTrackingResultmFAkxlpY"
# what a notification means; anything about ClientInfo is about the credentials in it
_NOTICES: Mapping[str, ResultCode] = {"ERR01": ResultCode.UNAUTHORIZED}


class Adapter(KeyedPushes):
    """Aramex in the Middle East, Asia and Africa."""

    slug = "aramex"
    name = _NAME
    base_url = "https://ws.aramex.net"
    credentials = (
        CredentialField("username", "User name of the Aramex account, an e-mail address.", secret=False),
        CredentialField("password", "Password of that user."),
        CredentialField("account_number", "Account number.", secret=False),
        CredentialField("account_pin", "Account PIN."),
        CredentialField("account_entity", "Entity the account belongs to, such as AMM or DXB.", secret=False),
        CredentialField("account_country_code", "Country of the account in two letters, such as JO.", secret=False),
        CredentialField("version", "API version as Aramex names it; v1.0 if empty.", secret=False, required=False),
        KeyedPushes.push_key,
    )
    push_facts = "Have Aramex register the address, with `?key=` and the value of `push_key` behind it."
    batch_size = 20
    limits = (Limit("calls", 60, 60, source="assumed: no figures are published"),)
    weak = (
        "The most waybills a call may hold is not documented; 20 is what one public system sends.",
        "60 calls a minute are assumed; no source names a figure.",
        "The shape of a push was seen by one receiver; no signature is documented, the address is all that proves it.",
        "Codes are those of a public SDK of 2019; Aramex publishes no stable list, and regions differ.",
        "A code of Aramex's form that the list lacks is read by its description if the list has that, word for word.",
        "SH597 and SH704 are read as delivered and returned because other systems do; SH239 moves nothing.",
        "XML answers state no zone: times are taken as local to the place of the update, or to the account's country.",
    )

    def call(self, parcels: Sequence[Parcel], token: str | None) -> Call:  # noqa: ARG002 - credentials in the body
        """`POST …/json/TrackShipments` for all updates of the waybills."""
        body = {
            "ClientInfo": self._client(),
            "Transaction": {f"Reference{index}": "" for index in range(1, 6)},
            "Shipments": [parcel.number for parcel in parcels],
            "GetLastTrackingUpdateOnly": False,
        }
        return Call("POST", _PATH, {"Accept": "application/json"}, json=body)

    @classmethod
    def parse(cls, reply: Reply, numbers: Sequence[str]) -> Answer:
        """Read JSON or XML, whichever came; the content type does not say reliably."""
        return _read(reply, numbers, None)

    def understand(self, reply: Reply, numbers: Sequence[str]) -> Answer:
        """As `parse`; times of XML at a place without a country are taken as local to the account's."""
        country = read.country_code(self.option("account_country_code"))
        return _read(reply, numbers, place_zone(Location(country=country)) if country else None)

    @classmethod
    def read_push(cls, delivery: Delivery, credentials: Mapping[str, str]) -> Sequence[Told]:
        """`{"Key": waybill, "Value": update}`, or several of them. raises BadPayload"""
        document = read_document(delivery)
        country = read.country_code(credentials.get("account_country_code"))
        home = place_zone(Location(country=country)) if country else None
        entries = [one for one in read.mappings(document) if "Key" in one]
        updates = {number: told for number, told in _updates(entries).items() if told}
        if not updates:
            raise BadPayload("There is no update of a waybill.")
        return [Told(result) for number, told in updates.items() for result in _told(number, told, home).results]

    @classmethod
    def public_url(cls, number: str, locale: str) -> str:  # noqa: ARG003 - the page chooses by itself
        """Aramex's own page for a waybill."""
        return f"https://www.aramex.com/track/results?ShipmentNumber={quote(number, safe='')}"

    def _client(self) -> dict[str, str]:
        return {
            "UserName": self.credential("username"),
            "Password": self.credential("password"),
            "Version": self.option("version") or "v1.0",
            "AccountNumber": self.credential("account_number"),
            "AccountPin": self.credential("account_pin"),
            "AccountEntity": self.credential("account_entity"),
            "AccountCountryCode": self.credential("account_country_code"),
        }


def _read(reply: Reply, numbers: Sequence[str], home_zone: str | None) -> Answer:
    """An answer, with the zone of times that name neither offset nor country."""
    try:
        document = _document(reply.body)
    except read.BodyError as what:
        return read.refusal(_NAME, reply, numbers) or read.unreadable(_NAME, numbers, what)
    notice, words = _notification(document)
    refused = read.refusal(_NAME, reply, numbers, detail=words, detail_code=notice)
    if refused:
        return refused
    updates = _updates(document.get("TrackingResults"))
    missing = _missing(document.get("NonExistingWaybills"))
    if read.flag(document.get("HasErrors")) and not updates and not missing:
        return Answer(errors=_error(numbers, notice, words))
    if not updates and not missing:
        return read.unreadable(_NAME, numbers, "an answer about no waybill")
    asked = list(numbers) or [*updates, *(number for number in missing if number not in updates)]
    answers = []
    for number in asked:
        if updates.get(number):
            answers.append(_told(number, updates[number], home_zone))
        elif number in missing or number in updates:
            answers.append(Answer(errors=read.not_found(_NAME, [number])))
        elif read.flag(document.get("HasErrors")):
            answers.append(Answer(errors=_error([number], notice, words)))
        else:
            answers.append(read.unreadable(_NAME, [number], "an answer without this number"))
    return read.merged(answers)


def _document(body: bytes) -> dict[str, Any]:
    """The answer, in JSON, or in XML with or without a SOAP envelope. raises BodyError"""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"<":
        return read.mapping(read.read_json(body))
    document = read.read_xml(body)
    inside = read.mapping(read.walk(document, "Envelope", "Body") or document)
    if "ShipmentTrackingResponse" not in inside and "Fault" not in inside:
        raise read.BodyError("a page or XML of another kind")
    return read.mapping(inside.get("ShipmentTrackingResponse"))


def _notification(document: Mapping[str, Any]) -> tuple[str, str]:
    """Code and words of the first notification; two empty texts if there is none."""
    listed = document.get("Notifications")
    first = next(iter(read.mappings(read.walk(listed, "Notification") or listed)), {})
    return read.text(first.get("Code"), 60), read.text(first.get("Message"), 200)


def _error(numbers: Sequence[str], notice: str, words: str) -> tuple[TrackingError, ...]:
    about_client = ResultCode.UNAUTHORIZED if words.lower().startswith("clientinfo") else ResultCode.REFUSED
    code = _NOTICES.get(notice.upper(), about_client)
    return read.errors(numbers, code, read.sentence(_NAME, code, numbers, words, notice))


def _updates(results: object) -> dict[str, list[Any]]:
    """The updates by waybill: from XML's entries, from a list of Key and Value, or from an object keyed by waybill."""
    entries = read.walk(results, _ENTRY) or results
    told: dict[str, list[Any]] = {}
    if isinstance(entries, dict) and "Key" not in entries:
        entries = [{"Key": key, "Value": value} for key, value in entries.items() if not key.startswith(("@", "#"))]
    for entry in read.mappings(entries):
        number = read.number(entry.get("Key"))
        value = read.walk(entry, "Value", "TrackingResult") or entry.get("Value")
        if number:
            # an element that is only nil holds no update
            told.setdefault(number, []).extend(one for one in _listed(value) if _is_update(one))
    return told


def _listed(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    return [value] if value else []


def _is_update(value: object) -> bool:
    return not isinstance(value, dict) or any(not key.startswith("@") for key in value)


def _missing(listed: object) -> dict[str, None]:
    """The waybills Aramex does not know, each once, in its order."""
    told = read.walk(listed, "string") or listed
    return {number: None for one in _listed(told) if (number := read.number(one))}


def _told(number: str, updates: Sequence[Any], home_zone: str | None) -> Answer:
    raw = read.mappings(list(updates))
    told = [event for one in raw if (event := read_update(one, home_zone))]
    events = oldest_first(told, newest_first=True)
    status, reason = suggested(events)
    delivered = [event.at for event in events if event.status is Status.DELIVERED]
    weight = next((weight for one in raw if (weight := _weight(one))), "")
    result = TrackingResult(
        number=number,
        status=status,
        events=events,
        reason=reason,
        delivered_at=delivered[-1] if delivered and status is Status.DELIVERED else None,
        carrier_url=Adapter.public_url(number, "en"),
        extra={"weight": weight} if weight else {},
    )
    return Answer((result,), read.left_out(_NAME, number, unread(list(updates), len(told))))


def _weight(raw: Mapping[str, Any]) -> str:
    value, unit = read.text(raw.get("GrossWeight"), 20), read.text(raw.get("WeightUnit"), 10)
    return f"{value} {unit.lower()}" if value and unit else ""
