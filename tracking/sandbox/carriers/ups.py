"""UPS Track API v1: one number a call, local times beside GMT ones, newest first, unknown numbers as a warning.

Source: UPS-API/api-documentation Tracking.yaml and OAuthClientCredentials.yaml (2026-07-21) and the UPS appendix of
status codes, read 2026-11-22. The answer to a missing header is composed: no document shows one.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, ClassVar
from urllib.parse import unquote

from flask import Blueprint, Response, request

from tracking.platform import clock
from tracking.sandbox.carriers._wire import Denied, Reply, Wire, basic, bearer
from tracking.sandbox.places import COUNTRY_NAMES, Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# type, code, statusCode, description
_WORDS: Mapping[Kind, tuple[str, str, str, str]] = {
    Kind.LABEL: ("M", "MP", "003", "Shipper created a label, UPS has not received the package yet. "),
    Kind.ACCEPTED: ("I", "OR", "005", "Origin Scan"),
    Kind.DEPARTED: ("I", "DP", "005", "Departed from Facility"),
    Kind.ARRIVED: ("I", "AR", "005", "Arrived at Facility"),
    Kind.IN_TRANSIT: ("I", "HU", "010", "On the Way"),
    Kind.CUSTOMS_IN: (
        "X",
        "4C",
        "012",
        "UPS is preparing your package for clearance. We will notify you if additional information is needed.",
    ),
    Kind.CUSTOMS_HELD: (
        "X",
        "1W",
        "058",
        (
            "UPS initiated contact with receiver or importer for clearance information. Once received, UPS will submit "
            "for clearance."
        ),
    ),
    Kind.CUSTOMS_OUT: ("I", "IP", "134", "Import Scan"),
    Kind.AT_DEPOT: ("I", "DS", "071", "Processing at UPS Facility"),
    Kind.OUT_FOR_DELIVERY: ("I", "OT", "021", "Out For Delivery Today"),
    Kind.ATTEMPT_FAILED: (
        "X",
        "48",
        "022",
        "The receiver was not available for delivery. We'll make a second attempt the next business day.",
    ),
    Kind.READY_TO_COLLECT: ("D", "2Q", "161", "Delivered to UPS Access Point™ "),
    Kind.COLLECTED: ("D", "2W", "011", "DELIVERED "),
    Kind.DELIVERED: ("D", "FS", "011", "DELIVERED "),
    Kind.WEATHER_DELAY: ("X", "7W", "052", "Severe weather conditions have delayed delivery."),
    Kind.DELAYED: ("X", "2Y", "046", "Due to operating conditions, your package may be delayed."),
    Kind.ADDRESS_PROBLEM: (
        "X",
        "BT",
        "050",
        "We're attempting to contact the receiver to request additional information.",
    ),
    Kind.DAMAGED: ("X", "45", "059", "Your package was damaged in transit. We will notify the sender with details."),
    Kind.REFUSED: ("X", "KR", "064", "The receiver does not want the product and refused the delivery."),
    Kind.RETURNING: ("X", "DL", "035", "The package will be returned to the sender."),
    Kind.RETURNED: ("D", "B0", "034", "Package Delivered To Original Sender "),
    Kind.MISROUTED: ("X", "34", "046", "We've incorrectly sorted this package which may cause a delay."),
    Kind.LOST: ("X", "1A", "068", "UPS is working to resolve the issue."),
    Kind.CANCELLED: ("MV", "VP", "007", "Manifest cancelled and shipment voided"),
    Kind.NOTE: ("X", "H6", "054", "We received a request to change delivery."),
    Kind.UNHEARD: ("I", "Q!", "998", "The package is resting."),
}
_ATTEMPTS: Mapping[str, tuple[str, str]] = {
    "closed": ("G3", "The business was closed at the time of delivery. We'll make a second attempt."),
}
_SIMPLE: Mapping[str, str] = {"M": "Label Created", "D": "Delivered", "I": "On the Way", "X": "Exception"}
_LEFT: Mapping[str, str] = {
    "front_door": "Front Door", "mailbox": "Mailbox", "neighbour": "Neighbor", "reception": "Front Desk",
    "garage": "Garage", "locker": "Locker", "recipient": "Residential",
}  # fmt: skip
_DELIVERED_AS: Mapping[str, str] = {"signature": "FS", "photo": "KB", "none": "F4"}
_SERVICES: Mapping[str, tuple[str, str]] = {
    "": ("518", "011"), "ups ground": ("518", "011"), "ups 2nd day air": ("008", "010"),
    "ups next day air": ("003", "008"), "ups worldwide saver": ("007", "065"), "ups standard": ("010", "068"),
}  # fmt: skip
# one transparent pixel, the size of proof a sandbox can give
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
_NUMBER = re.compile(r"[A-Z0-9]{7,34}")
_MILESTONES = (
    (Kind.LABEL, "Label Created", "LABEL"),
    (Kind.ACCEPTED, "We Have Your Package", "POSSESSION"),
    (Kind.DEPARTED, "On the Way", "TRANSIT"),
    (Kind.OUT_FOR_DELIVERY, "Out for Delivery", "OUT"),
    (Kind.DELIVERED, "Delivered", "DELIVERED"),
)
TOKEN_LIFE_S = 14_399


class Ups(Wire):
    """UPS."""

    slug = "ups"
    credentials: ClassVar[Mapping[str, str]] = {"client_id": "sandbox-ups", "client_secret": "sandbox-ups-secret"}

    def refusal(self, status: int) -> Reply:
        """UPS's error envelope; it sends no rate headers."""
        code, message = {
            400: ("TV1002", "Invalid inquiry number"),
            401: ("250002", "Invalid Authentication Information"),
            403: ("250003", "Blocked Merchant."),
            429: ("10429", "Too Many Requests"),
            503: ("10005", "Service Unavailable"),
        }.get(status, ("10004", "Internal Server Error"))
        return _errors(status, code, message)

    def token(self) -> Reply:
        """The answer to a token call; all fields are strings."""
        given = basic()
        account = given and self.state.accounts.find(self.slug, client_id=given[0], client_secret=given[1])
        if not account:
            raise Denied(self.refusal(401))
        value, life = self.state.tokens.issue(self.slug, account, TOKEN_LIFE_S)
        body = {
            "token_type": "Bearer",
            "issued_at": str(int(clock.real_now().timestamp() * 1000)),
            "client_id": account,
            "access_token": value,
            "scope": "",
            "expires_in": str(int(life)),
            "refresh_count": "0",
            "status": "approved",
        }
        return Reply(200, json.dumps(body))

    def authorise(self) -> str:
        """The account of the bearer token. raises Denied"""
        token = bearer("Bearer")
        if token is None:
            raise Denied(_errors(401, "UJ0001", "Token is missing or invalid."))
        account = self.state.tokens.account(self.slug, token)
        if account is None:
            raise Denied(_errors(401, "250002", "Invalid Authentication Information."))
        return account

    def track(self, number: str) -> Reply:
        """What is known about a number."""
        if not request.headers.get("transId") or not request.headers.get("transactionSrc"):
            return _errors(400, "TV1003", "Missing required header: transId, transactionSrc")
        if not _NUMBER.fullmatch(number):
            return self.refusal(400)
        wishes = tuple(
            request.args.get(name, "false").lower() == "true" for name in ("returnSignature", "returnMilestones")
        )
        parcel = self.state.parcels.of(self.slug, number)
        body = parcel.made(wishes, lambda view: _answer(view, *wishes)) if parcel else None
        return Reply(200, body or _NOT_FOUND)


_NOT_FOUND = json.dumps(
    {"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001", "message": "Tracking Information Not Found"}]}]}}
)


def _subscribed(numbers: Sequence[str]) -> Reply:
    """Track Alert knows numbers of the form 1Z; it takes a hundred a call."""
    if not 0 < len(numbers) <= 100:
        return _errors(400, "VSS110", "Invalid or missing tracking number list.")
    valid = [number for number in numbers if re.fullmatch(r"1Z[A-Z0-9]{16}", number)]
    rest = [number for number in numbers if number not in valid]
    return Reply(200, json.dumps({"validTrackingNumbers": valid, "invalidTrackingNumbers": rest}))


def blueprint(state: State) -> Blueprint:
    """UPS's paths."""
    ups, paths = Ups(state), Blueprint("ups", __name__)

    @paths.post("/security/v1/oauth/token")
    def token() -> Response:
        return ups.serve("token", (), _client, lambda _: ups.token())

    @paths.post("/api/track/v2/subscription/<any(standard, enhanced):_kind>/package")
    def subscribe(_kind: str) -> Response:
        said = request.get_json(silent=True)
        listed = said.get("trackingNumberList") if isinstance(said, dict) else None
        numbers = [str(number) for number in listed] if isinstance(listed, list) else []
        return ups.serve("subscribe", numbers, ups.authorise, lambda _: _subscribed(numbers))

    @paths.get("/api/track/v1/details/<path:number>")
    @paths.get("/track/v1/details/<path:number>")
    def details(number: str) -> Response:
        number = unquote(number)
        return ups.serve("track", (number,), ups.authorise, lambda _: ups.track(number))

    return paths


def _client() -> str:
    if request.form.get("grant_type") != "client_credentials":
        raise Denied(_errors(400, "10400", "Invalid/Missing grant_type"))
    given = basic()
    return given[0] if given else ""


def _errors(status: int, code: str, message: str) -> Reply:
    return Reply(status, json.dumps({"response": {"errors": [{"code": code, "message": message}]}}))


def _answer(view: View, signature: bool, milestones: bool) -> str:
    package: dict[str, Any] = {"trackingNumber": view.number, "packageCount": 1}
    package.update(_when(view))
    package["activity"] = [_activity(scan) for scan in reversed(view.scans)]
    package["currentStatus"] = _current(view.last)
    if view.delivered:
        package["deliveryInformation"] = _proof(view.delivered, signature)
    if view.last.kind is Kind.READY_TO_COLLECT:
        package["accessPointInformation"] = {"pickupByDate": _days_later(view.last, 7)}
    if milestones:
        package["milestones"] = _milestones(view)
    code, level = _SERVICES.get(view.service.lower(), ("518", "011"))
    package["service"] = {"code": code, "levelCode": level, "description": view.service or "UPS Ground"}
    package["weight"] = {"unitOfMeasurement": "LBS", "weight": "5.00"}
    package["packageAddress"] = [
        {"type": "ORIGIN", "address": _address(view.origin)},
        {"type": "DESTINATION", "address": _address(view.destination)},
    ]
    shipment = {"inquiryNumber": view.number, "package": [package], "userRelation": ["SHIPPER"]}
    return json.dumps({"trackResponse": {"shipment": [shipment]}}, ensure_ascii=False)


def _activity(scan: Scan) -> dict[str, Any]:
    kind, code, status_code, text = _WORDS[scan.kind]
    if scan.kind is Kind.DELIVERED:
        code = _DELIVERED_AS[scan.proof]
    if scan.kind is Kind.ATTEMPT_FAILED and scan.reason in _ATTEMPTS:
        code, text = _ATTEMPTS[scan.reason]
    location: dict[str, Any] = {"address": _address(scan.place, whole=scan.kind is not Kind.LABEL)}
    if scan.place is not None and scan.kind is not Kind.LABEL:
        location["slic"] = scan.place.postal_code.replace(" ", "")[:4]
    local = scan.at.astimezone(scan.place.tz) if scan.place else scan.at.astimezone(UTC)
    gmt = scan.at.astimezone(UTC)
    offset = local.strftime("%z") or "+0000"
    return {
        "location": location,
        "status": {
            "type": kind,
            "description": text,
            "code": code,
            "statusCode": status_code,
            "simplifiedTextDescription": _SIMPLE.get(kind, ""),
        },
        "date": local.strftime("%Y%m%d"),
        "time": local.strftime("%H%M%S"),
        "gmtDate": gmt.strftime("%Y%m%d"),
        "gmtOffset": f"{offset[:3]}:{offset[3:]}",
        # UPS leaves the leading zero away
        "gmtTime": str(int(gmt.strftime("%H%M%S"))),
    }


def _address(place: Place | None, *, whole: bool = True) -> dict[str, str]:
    if place is None:
        return {}
    country = {"countryCode": place.country, "country": COUNTRY_NAMES.get(place.country, place.country)}
    if not whole:
        return country
    state = {"stateProvince": place.region} if place.region else {}
    return {"city": place.city, **state, "postalCode": place.postal_code, **country}


def _current(scan: Scan) -> dict[str, str]:
    kind, code, status_code, text = _WORDS[scan.kind]
    return {
        "type": kind,
        "description": text.strip(),
        "code": _DELIVERED_AS[scan.proof] if scan.kind is Kind.DELIVERED else code,
        "statusCode": status_code,
        "simplifiedTextDescription": _SIMPLE.get(kind, ""),
    }


def _when(view: View) -> dict[str, Any]:
    if view.delivered:
        local = view.delivered.at.astimezone(view.destination.tz)
        return {
            "deliveryDate": [{"type": "DEL", "date": local.strftime("%Y%m%d")}],
            "deliveryTime": {"type": "DEL", "endTime": local.strftime("%H%M%S")},
        }
    if view.estimate is None:
        return {}
    zone = view.destination.tz
    opens, closes = view.estimate.earliest.astimezone(zone), view.estimate.latest.astimezone(zone)
    kind = "RDD" if view.postponed else "SDD"
    if view.estimate.timed:
        window = {"type": "EDW", "startTime": opens.strftime("%H%M%S"), "endTime": closes.strftime("%H%M%S")}
    else:
        window = {"type": "EOD", "endTime": ""}
    return {"deliveryDate": [{"type": kind, "date": closes.strftime("%Y%m%d")}], "deliveryTime": window}


def _proof(scan: Scan, signature: bool) -> dict[str, Any]:
    proof: dict[str, Any] = {"location": _LEFT[scan.left_at]}
    if scan.signed_by:
        proof["receivedBy"] = scan.signed_by
    if scan.proof == "signature" and signature:
        proof["signature"] = {"image": _PIXEL}
    if scan.proof == "photo":
        proof["deliveryPhoto"] = {"photo": _PIXEL}
    return proof


def _days_later(scan: Scan, days: int) -> str:
    local = scan.at.astimezone(scan.place.tz if scan.place else UTC)
    return (local.date() + (local.date().resolution * days)).strftime("%Y%m%d")


def _milestones(view: View) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    count = len(view.scans)
    for kind, name, code in _MILESTONES:
        index = next((index for index, scan in enumerate(view.scans) if scan.kind is kind), None)
        row: dict[str, Any] = {
            "category": name,
            "code": code,
            "current": False,
            "state": "COMPLETE" if index is not None else "PENDING",
        }
        if index is not None:
            row["linkedActivity"] = str(count - 1 - index)
        rows.append(row)
    done = [row for row in rows if row["state"] == "COMPLETE"]
    if done:
        done[-1]["current"] = True
    return rows
