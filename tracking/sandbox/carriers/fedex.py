"""FedEx Track API v1: up to thirty numbers a call, an entry for each, unknown ones as an error inside their entry.

Source: FedEx OpenAPI 1.0.0 "Basic Integrated Visibility", its reference guide, and the guide "Quotas & rate limits",
read 2026-11-22. The codes for too many numbers and for 429 are composed: no document shows them.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from tracking.sandbox.accounts import Rule
from tracking.sandbox.carriers._wire import Denied, Reply, Wire, bearer
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import COUNTRY_NAMES, Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# eventType, eventDescription, exceptionCode, exceptionDescription, locationType, derivedStatusCode, derivedStatus
_Row = tuple[str, str, str, str, str, str, str]
_TRANSIT, _EXCEPTION = ("IT", "In transit"), ("SE", "Shipment exception")
_WORDS: Mapping[Kind, _Row] = {
    Kind.LABEL: ("OC", "Shipment information sent to FedEx", "", "", "CUSTOMER", "IN", "Initiated"),
    Kind.ACCEPTED: ("PU", "Picked up", "", "", "PICKUP_LOCATION", "PU", "Picked up"),
    Kind.DEPARTED: ("DP", "Departed FedEx location", "", "", "FEDEX_FACILITY", *_TRANSIT),
    Kind.ARRIVED: ("AR", "Arrived at FedEx hub", "", "", "FEDEX_FACILITY", *_TRANSIT),
    Kind.IN_TRANSIT: ("IT", "On the way", "", "", "FEDEX_FACILITY", *_TRANSIT),
    Kind.CUSTOMS_IN: ("CP", "Clearance in progress", "", "", "CUSTOMS_BROKER", *_TRANSIT),
    Kind.CUSTOMS_HELD: (
        "CD", "Clearance delay - Import", "", "Clearance information is needed", "CUSTOMS_BROKER", "CD",
        "Clearance delay",
    ),
    Kind.CUSTOMS_OUT: ("CC", "International shipment release - Import", "", "", "CUSTOMS_BROKER", *_TRANSIT),
    Kind.AT_DEPOT: ("AR", "At local FedEx facility", "", "", "DESTINATION_FEDEX_FACILITY", *_TRANSIT),
    Kind.OUT_FOR_DELIVERY: ("OD", "On FedEx vehicle for delivery", "", "", "VEHICLE", "OD", "Out for delivery"),
    Kind.ATTEMPT_FAILED: (
        "DE", "Delivery exception", "08", "Customer not available or business closed", "DELIVERY_LOCATION", "DE",
        "Delivery exception",
    ),
    Kind.READY_TO_COLLECT: (
        "HP", "Ready for recipient pickup", "", "Package available for pickup", "DESTINATION_FEDEX_FACILITY", "HP",
        "Ready for recipient pickup",
    ),
    Kind.COLLECTED: ("DL", "Delivered", "", "Recipient picked up the package", "FEDEX_FACILITY", "DL", "Delivered"),
    Kind.DELIVERED: ("DL", "Delivered", "", "", "DELIVERY_LOCATION", "DL", "Delivered"),
    Kind.WEATHER_DELAY: ("SE", "Shipment exception", "", "Adverse weather conditions", "FEDEX_FACILITY", *_EXCEPTION),
    Kind.DELAYED: ("DD", "Delivery delay", "", "Package delayed", "FEDEX_FACILITY", "DD", "Delivery delay"),
    Kind.ADDRESS_PROBLEM: (
        "DE", "Delivery exception", "03", "Incorrect address", "DELIVERY_LOCATION", "DE", "Delivery exception",
    ),
    Kind.DAMAGED: ("SE", "Shipment exception", "", "Damaged package", "DESTINATION_FEDEX_FACILITY", *_EXCEPTION),
    Kind.REFUSED: (
        "SE", "Shipment exception", "", "Shipment refused by recipient", "DELIVERY_LOCATION", *_EXCEPTION,
    ),
    Kind.RETURNING: (
        "RS", "Returning package to shipper", "", "Package returned to shipper", "DESTINATION_FEDEX_FACILITY", "RS",
        "Returning package to shipper",
    ),
    Kind.RETURNED: ("DL", "Delivered", "", "Package returned to shipper", "DELIVERY_LOCATION", "DL", "Delivered"),
    Kind.MISROUTED: ("SE", "Shipment exception", "", "Misrouted", "FEDEX_FACILITY", *_EXCEPTION),
    Kind.LOST: ("SE", "Shipment exception", "", "Unable to locate package", "FEDEX_FACILITY", *_EXCEPTION),
    Kind.CANCELLED: ("CA", "Shipment cancelled by sender", "", "", "CUSTOMER", "CA", "Shipment cancelled"),
    Kind.NOTE: ("AO", "Shipment arriving On-Time", "", "", "FEDEX_FACILITY", *_TRANSIT),
    Kind.UNHEARD: ("Q9", "The package is resting", "", "", "FEDEX_FACILITY", "Q9", "Resting"),
}  # fmt: skip
_DELAYS: Mapping[Kind, str] = {
    Kind.WEATHER_DELAY: "WEATHER", Kind.DELAYED: "OPERATIONAL", Kind.CUSTOMS_HELD: "CLEARANCE",
    Kind.ATTEMPT_FAILED: "LOCAL", Kind.ADDRESS_PROBLEM: "LOCAL", Kind.MISROUTED: "OPERATIONAL",
}  # fmt: skip
_LEFT: Mapping[str, tuple[str, str]] = {
    "front_door": ("FRONT_DOOR", "Front Door"), "mailbox": ("MAILBOX", "Mailbox"),
    "neighbour": ("NEIGHBOR", "Neighbor"), "reception": ("RECEPTIONIST_OR_FRONT_DESK", "Receptionist/Front Desk"),
    "garage": ("GARAGE", "Garage"), "locker": ("PARCEL_LOCKER", "Locker"), "recipient": ("RESIDENCE", "Residence"),
}  # fmt: skip
_SERVICES: Mapping[str, tuple[str, str, str]] = {
    "fedex ground": ("FEDEX_GROUND", "FG", "FDXG"),
    "fedex home delivery": ("GROUND_HOME_DELIVERY", "HD", "FDXG"),
    "fedex priority overnight": ("PRIORITY_OVERNIGHT", "P-1", "FDXE"),
    "fedex 2day": ("FEDEX_2_DAY", "E2", "FDXE"),
    "fedex international priority": ("FEDEX_INTERNATIONAL_PRIORITY", "IP", "FDXE"),
}
TOKEN_LIFE_S = 3_600
BATCH = 30
# dates without a time come as midnight of a fixed office zone
_OFFICE = timezone(timedelta(hours=-6))


class Fedex(Wire):
    """FedEx."""

    slug = "fedex"
    credentials: ClassVar[Mapping[str, str]] = {"client_id": "sandbox-fedex", "client_secret": "sandbox-fedex-secret"}
    rules = (Rule(1_400, 10), Rule(100_000, 86_400, aligned=True))

    def refusal(self, status: int) -> Reply:
        """FedEx's error envelope."""
        code, message = _REFUSALS.get(status, _REFUSALS[500])
        return _errors(status, code, message)

    def token(self) -> Reply:
        """The answer to a token call."""
        form = request.form
        if form.get("grant_type") != "client_credentials":
            return _errors(
                400, "BAD.REQUEST.ERROR", "Missing or duplicate parameters. Please modify your request and try again."
            )
        account = self.state.accounts.find(
            self.slug, client_id=form.get("client_id", ""), client_secret=form.get("client_secret", "")
        )
        if not account:
            return _errors(
                401,
                "NOT.AUTHORIZED.ERROR",
                "The given client credentials were not valid. Please modify your request and try again.",
            )
        value, life = self.state.tokens.issue(self.slug, account, TOKEN_LIFE_S)
        body = {"access_token": value, "token_type": "bearer", "expires_in": int(life), "scope": "CXS-TP"}
        return Reply(200, json.dumps(body))

    def authorise(self) -> str:
        """The account of the bearer token. raises Denied"""
        account = self.state.tokens.account(self.slug, bearer("Bearer") or "")
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def track(self, asked: dict[str, Any] | None) -> Reply:
        """Answer a tracking body."""
        if asked is None or not isinstance(asked.get("trackingInfo"), list):
            return _errors(400, "TRACKING.TRACKINGINFO.EMPTY", "Please provide tracking information.")
        if not isinstance(asked.get("includeDetailedScans"), bool):
            return _errors(400, "INVALID.INPUT.EXCEPTION", "Invalid field value in the input: includeDetailedScans")
        numbers = asked_numbers(asked)
        if not numbers or not all(numbers):
            return _errors(400, "TRACKING.TRACKINGNUMBER.EMPTY", "Please provide tracking number.")
        if len(numbers) > BATCH:
            return _errors(
                400, "TRACKING.TRACKINGNUMBER.LIMITEXCEEDED", f"Please limit your inquiry to {BATCH} references."
            )
        detailed = asked["includeDetailedScans"]
        rows = ",".join(self._entry(number, detailed) for number in numbers)
        customer = request.headers.get("x-customer-transaction-id")
        echo = f'"customerTransactionId":{json.dumps(customer)},' if customer else ""
        return Reply(200, f'{{"transactionId":"{_transaction()}",{echo}"output":{{"completeTrackResults":[{rows}]}}}}')

    def _entry(self, number: str, detailed: bool) -> str:
        parcel = self.state.parcels.of(self.slug, number)
        found = parcel.made((detailed,), lambda view: _found(view, detailed)) if parcel else None
        if found is None:
            result = {
                "trackingNumberInfo": {"trackingNumber": number, "trackingNumberUniqueId": "", "carrierCode": ""},
                "error": {
                    "code": "TRACKING.TRACKINGNUMBER.NOTFOUND",
                    "message": "Tracking number cannot be found. Please correct the tracking number and try again.",
                },
            }
            return json.dumps({"trackingNumber": number, "trackResults": [result]})
        return str(found)


_REFUSALS: Mapping[int, tuple[str, str]] = {
    401: ("NOT.AUTHORIZED.ERROR", "Access token expired. Please modify your request and try again."),
    403: ("FORBIDDEN.ERROR", "We could not authorize your credentials. Please check your permissions and try again."),
    429: ("TOO.MANY.REQUESTS.ERROR", "Too many requests – Please try again later."),
    500: (
        "INTERNAL.SERVER.ERROR",
        (
            "We encountered an unexpected error and are working to resolve the issue. We apologize for any "
            "inconvenience. Please check back at a later time."
        ),
    ),
    503: (
        "SERVICE.UNAVAILABLE.ERROR",
        (
            "The service is currently unavailable and we are working to resolve the issue. We apologize for any "
            "inconvenience. Please check back at a later time."
        ),
    ),
}


def blueprint(state: State) -> Blueprint:
    """FedEx's paths."""
    fedex, paths = Fedex(state), Blueprint("fedex", __name__)

    @paths.post("/oauth/token")
    def token() -> Response:
        return fedex.serve("token", (), lambda: request.form.get("client_id", ""), lambda _: fedex.token())

    @paths.post("/track/v1/trackingnumbers")
    def track() -> Response:
        body = request.get_json(silent=True)
        asked = body if isinstance(body, dict) else None
        return fedex.serve("track", asked_numbers(asked or {}), fedex.authorise, lambda _: fedex.track(asked))

    return paths


def asked_numbers(body: Mapping[str, Any]) -> list[str]:
    """The numbers of a tracking body, "" for each entry without one."""
    rows = body.get("trackingInfo")
    if not isinstance(rows, list):
        return []
    infos = [row.get("trackingNumberInfo") if isinstance(row, dict) else None for row in rows]
    return [normal(str(info.get("trackingNumber") or "")) if isinstance(info, dict) else "" for info in infos]


def _transaction() -> str:
    raw = secrets.token_hex(16)
    return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"


def _errors(status: int, code: str, message: str) -> Reply:
    body = {"transactionId": _transaction(), "errors": [{"code": code, "message": message}]}
    return Reply(status, json.dumps(body, ensure_ascii=False))


def _found(view: View, detailed: bool) -> str:
    scans = view.scans if detailed else view.scans[-1:]
    kind, brief, carrier = _SERVICES.get(view.service.lower(), _SERVICES["fedex ground"])
    suffix = "FDEG" if carrier == "FDXG" else "FX"
    result: dict[str, Any] = {
        "trackingNumberInfo": {
            "trackingNumber": view.number,
            "trackingNumberUniqueId": f"{12029 + len(view.number)}~{view.number}~{suffix}",
            "carrierCode": carrier,
        },
        "additionalTrackingInfo": _identifiers(view),
        "shipperInformation": {"contact": {}, "address": _address(view.origin, code=False)},
        "recipientInformation": {"contact": {}, "address": _address(view.destination, code=False)},
        "latestStatusDetail": _latest(view),
        "dateAndTimes": _dates(view),
        "availableImages": [],
        "packageDetails": {
            "sequenceNumber": "1",
            "count": "1",
            "weightAndDimensions": {"weight": [{"value": "5.0", "unit": "LB"}, {"value": "2.27", "unit": "KG"}]},
        },
        "shipmentDetails": {"possessionStatus": view.first(Kind.ACCEPTED) is not None},
        "scanEvents": [_event(scan) for scan in reversed(scans)],
        "serviceDetail": {"type": kind, "description": view.service or "FedEx Ground", "shortDescription": brief},
        "standardTransitTimeWindow": {"window": _window(view, first=True)},
        "estimatedDeliveryTimeWindow": {"window": _window(view)},
        "returnDetail": {},
    }
    if view.delivered:
        result["deliveryDetails"] = _delivery(view.delivered, view)
        if view.delivered.proof != "none":
            result["availableImages"] = [{"type": "SIGNATURE_PROOF_OF_DELIVERY"}]
    return json.dumps({"trackingNumber": view.number, "trackResults": [result]}, ensure_ascii=False)


def _identifiers(view: View) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    if view.first(Kind.RETURNING, Kind.RETURNED):
        rows.append(
            {"type": "RETURNED_TO_SHIPPER_TRACKING_NUMBER", "values": [view.number], "trackingNumberUniqueId": ""}
        )
    return {"nickname": "", "packageIdentifiers": rows, "hasAssociatedShipments": False}


def _address(place: Place | None, *, code: bool = True) -> dict[str, Any]:
    if place is None:
        return {"streetLines": [""], "residential": False}
    state = {"stateOrProvinceCode": place.region} if place.region else {}
    postal = {"postalCode": place.postal_code} if code else {}
    return {
        "streetLines": [""],
        "city": place.city.upper(),
        **state,
        **postal,
        "countryCode": place.country,
        "residential": False,
        "countryName": COUNTRY_NAMES.get(place.country, place.country),
    }


def _local(scan: Scan) -> str:
    return scan.at.astimezone(scan.place.tz if scan.place else UTC).isoformat(timespec="seconds")


def _event(scan: Scan) -> dict[str, Any]:
    kind, text, code, why, site, derived, derived_text = _WORDS[scan.kind]
    event = {
        "date": _local(scan),
        "eventType": kind,
        "eventDescription": text,
        "exceptionCode": code,
        "exceptionDescription": why,
        "scanLocation": _address(None if scan.kind is Kind.LABEL else scan.place),
        "locationType": site,
        "derivedStatusCode": derived,
        "derivedStatus": derived_text,
    }
    if scan.kind in _DELAYS:
        event["delayDetail"] = {"status": "DELAYED", "type": _DELAYS[scan.kind]}
    return event


def _latest(view: View) -> dict[str, Any]:
    scan = view.last
    kind, text, code, why, _, derived, derived_text = _WORDS[scan.kind]
    latest: dict[str, Any] = {
        "code": kind,
        "derivedCode": derived,
        "statusByLocale": derived_text,
        "description": text,
        "scanLocation": _address(None if scan.kind is Kind.LABEL else scan.place),
        "delayDetail": {"status": "ON_TIME"},
    }
    if why:
        latest["ancillaryDetails"] = [
            {
                "reason": code,
                "reasonDescription": why,
                "action": "No action is required. The package will be delivered the next business day.",
                "actionDescription": why,
            }
        ]
    if scan.kind in _DELAYS:
        latest["delayDetail"] = {"status": "DELAYED", "type": _DELAYS[scan.kind]}
    return latest


def _midnight(at: datetime, place: Place) -> str:
    day = at.astimezone(place.tz).date()
    return datetime(day.year, day.month, day.day, tzinfo=_OFFICE).isoformat(timespec="seconds")


def _dates(view: View) -> list[dict[str, str]]:
    facts: list[tuple[str, Scan | None, Callable[[Scan], str]]] = [
        ("ACTUAL_DELIVERY", view.delivered, _local),
        ("ACTUAL_PICKUP", view.first(Kind.ACCEPTED), _local),
        ("ACTUAL_TENDER", view.first(Kind.ACCEPTED), _local),
        ("SHIP", view.first(Kind.LABEL), lambda scan: _midnight(scan.at, view.origin)),
    ]
    attempts: Sequence[Scan] = [scan for scan in view.scans if scan.kind is Kind.ATTEMPT_FAILED]
    rows = [{"type": name, "dateTime": show(scan)} for name, scan, show in facts if scan is not None]
    rows += [{"type": "ATTEMPTED_DELIVERY", "dateTime": _local(scan)} for scan in attempts[-1:]]
    if view.estimate is not None and not view.delivered:
        rows.insert(0, {"type": "ESTIMATED_DELIVERY", "dateTime": _midnight(view.estimate.latest, view.destination)})
    if view.first_estimate is not None:
        rows.append({"type": "COMMITMENT", "dateTime": _midnight(view.first_estimate.latest, view.destination)})
    return rows


def _window(view: View, *, first: bool = False) -> dict[str, str]:
    estimate = view.first_estimate if first else view.estimate
    if estimate is None or (view.delivered and not first):
        return {}
    if first or not estimate.timed:
        return {"ends": _midnight(estimate.latest, view.destination)}
    zone = view.destination.tz
    return {
        "begins": estimate.earliest.astimezone(zone).isoformat(timespec="seconds"),
        "ends": estimate.latest.astimezone(zone).isoformat(timespec="seconds"),
    }


def _delivery(scan: Scan, view: View) -> dict[str, Any]:
    kind, text = ("FEDEX_LOCATION", "FedEx Location") if scan.kind is Kind.COLLECTED else _LEFT[scan.left_at]
    attempts = sum(1 for scan in view.scans if scan.kind is Kind.ATTEMPT_FAILED)
    details = {
        "actualDeliveryAddress": _address(view.destination, code=False),
        "locationType": kind,
        "locationDescription": text,
        "deliveryAttempts": str(attempts),
        "deliveryToday": False,
    }
    return details | ({"receivedByName": scan.signed_by, "signedByName": scan.signed_by} if scan.signed_by else {})
