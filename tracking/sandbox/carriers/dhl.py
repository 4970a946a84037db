"""DHL Shipment Tracking - Unified 1.5.8: one number a call, a static key, mixed times, problem JSON.

Source: DHL's specification example, developer.dhl.com and support-developer.dhl.com articles, and DHL's list of status
texts by division, read 2026-11-22. Two divisions: `express` (ten digits; codes and short texts, times with an offset)
and `parcel-de` (whole sentences, local times without a zone). The bodies of 401 and 429 are composed.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from tracking.sandbox.accounts import Rule
from tracking.sandbox.carriers._wire import Denied, Reply, Wire
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# statusCode, sentence
_PARCEL: Mapping[Kind, tuple[str, str]] = {
    Kind.LABEL: (
        "pre-transit",
        "The instruction data for this shipment have been provided by the sender to DHL electronically",
    ),
    Kind.ACCEPTED: ("transit", "The shipment has been picked up"),
    Kind.DEPARTED: ("transit", "The shipment has departed from terminal"),
    Kind.ARRIVED: ("transit", "The shipment has been processed in the parcel center"),
    Kind.IN_TRANSIT: ("transit", "The shipment has been processed at sorting center"),
    Kind.CUSTOMS_IN: ("transit", "Customs clearance"),
    Kind.CUSTOMS_HELD: ("failure", "Delayed during clearance at customs"),
    Kind.CUSTOMS_OUT: ("transit", "The shipment has been cleared at import Customs in destination country / region"),
    Kind.AT_DEPOT: ("transit", "The shipment has arrived at depot"),
    Kind.OUT_FOR_DELIVERY: ("transit", "The shipment has been loaded onto the delivery vehicle"),
    Kind.ATTEMPT_FAILED: (
        "failure",
        "The shipment could not be delivered to the recipient, because the recipient was not available",
    ),
    Kind.READY_TO_COLLECT: ("transit", "Delivered at DHL ServicePoint, your shipment is ready for collection"),
    Kind.COLLECTED: ("delivered", "The shipment has been picked up by the recipient from Postoffice"),
    Kind.DELIVERED: ("delivered", "The shipment has been successfully delivered"),
    Kind.WEATHER_DELAY: (
        "failure",
        "The shipment has been held for bad weather conditions. Further processing expected next working day",
    ),
    Kind.DELAYED: ("failure", "Delayed during transport"),
    Kind.ADDRESS_PROBLEM: (
        "failure",
        "The shipment could not be delivered to the recipient, because of an incorrect delivery address",
    ),
    Kind.DAMAGED: ("failure", "During the delivery, the shipment was damaged"),
    Kind.REFUSED: (
        "failure",
        "The shipment could not be delivered to the recipient, because the recipient has refused the shipment",
    ),
    Kind.RETURNING: ("failure", "The shipment could not be delivered and will be returned to the sender"),
    Kind.RETURNED: ("delivered", "Returned to the sender"),
    Kind.MISROUTED: ("failure", "Sorted incorrectly, delayed because of resorting"),
    Kind.LOST: ("failure", "Undelivered - Shipment lost"),
    Kind.CANCELLED: ("failure", "The shipment order was canceled by the sender"),
    Kind.NOTE: (
        "unknown",
        "The recipient has been notified (e.g. via email) about delivery details and available services",
    ),
    Kind.UNHEARD: ("unknown", "The shipment is resting"),
}
# statusCode, code, text
_EXPRESS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.LABEL: ("pre-transit", "104", "pre-transit"),
    Kind.ACCEPTED: ("transit", "PU", "Shipment pick up"),
    Kind.DEPARTED: ("transit", "DF", "Depart facility"),
    Kind.ARRIVED: ("transit", "AF", "Arrived facility"),
    Kind.IN_TRANSIT: ("transit", "PL", "Processed at location"),
    Kind.CUSTOMS_IN: ("transit", "IC", "In clearance processing"),
    Kind.CUSTOMS_HELD: ("failure", "CD", "Controllable clearance delay"),
    Kind.CUSTOMS_OUT: ("transit", "CR", "Clearance release"),
    Kind.AT_DEPOT: ("transit", "AR", "Arrival in delivery facility"),
    Kind.OUT_FOR_DELIVERY: ("transit", "WC", "With delivering courier"),
    Kind.ATTEMPT_FAILED: ("failure", "NH", "Not home"),
    Kind.READY_TO_COLLECT: ("transit", "CC", "Awaiting cnee collection"),
    Kind.COLLECTED: ("delivered", "OK", "Delivery"),
    Kind.DELIVERED: ("delivered", "OK", "Delivery"),
    Kind.WEATHER_DELAY: ("failure", "OH", "On hold"),
    Kind.DELAYED: ("failure", "MD", "Missed delivery cycle"),
    Kind.ADDRESS_PROBLEM: ("failure", "BA", "Bad address"),
    Kind.DAMAGED: ("failure", "OH", "On hold"),
    Kind.REFUSED: ("failure", "RD", "Refused delivery"),
    Kind.RETURNING: ("failure", "RT", "Returned to consignor"),
    Kind.RETURNED: ("delivered", "OK", "Returned to sender"),
    Kind.MISROUTED: ("failure", "MS", "Mis-sort"),
    Kind.LOST: ("failure", "OH", "On hold"),
    Kind.CANCELLED: ("failure", "SS", "Shipment stopped"),
    Kind.NOTE: ("unknown", "SC", "Service changed"),
    Kind.UNHEARD: ("unknown", "QX", "Shipment is resting"),
}
_REMARKS: Mapping[Kind, str] = {
    Kind.WEATHER_DELAY: "The shipment is delayed by severe weather.",
    Kind.DAMAGED: "The shipment was damaged.",
    Kind.LOST: "The shipment cannot be located.",
    Kind.CUSTOMS_HELD: "The shipment is pending completion of customs inspection.",
}
_SERVICES = frozenset(
    {"express", "parcel-de", "parcel-nl", "parcel-pl", "ecommerce", "ecommerce-europe", "ecommerce-ppl", "freight"}
    | {"dgf", "svb"}
)


class Dhl(Wire):
    """DHL."""

    slug = "dhl"
    credentials: ClassVar[Mapping[str, str]] = {"api_key": "sandbox-dhl-key"}
    rules = (Rule(1, 1), Rule(250, 86_400, aligned=True))

    def refusal(self, status: int) -> Reply:
        """Problem JSON; DHL documents no rate headers."""
        title, detail = {
            400: ("Bad Request", "Required parameter trackingNumber is missing or invalid."),
            401: ("Unauthorized", "Unauthorized for given resource."),
            404: ("No result found", "No shipment with given tracking number found."),
            429: ("Too Many Requests", "Too many requests within defined time period, please try again later."),
            503: ("Service Unavailable", "The service is temporarily unavailable."),
        }.get(status, ("Internal Server Error", "An unexpected error occurred."))
        return _problem(status, title, detail)

    def authorise(self) -> str:
        """The account of the key. raises Denied"""
        account = self.state.accounts.find(self.slug, api_key=request.headers.get("DHL-API-Key", ""))
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def track(self, number: str) -> Reply:
        """What is known about a number."""
        wanted = request.args.get("service", "")
        if not number or (wanted and wanted not in _SERVICES):
            return self.refusal(400)
        parcel = self.state.parcels.of(self.slug, number)
        if parcel is None or (wanted and wanted != division(number, parcel.service)):
            return self.refusal(404)
        body = parcel.made((), _answer)
        return Reply(200, body) if body is not None else self.refusal(404)


def division(number: str, service: str) -> str:
    """Which DHL division a parcel belongs to: the one it was made with, else express for nine to eleven digits."""
    if service.lower() in _SERVICES:
        return service.lower()
    return "express" if (number.isdigit() and 9 <= len(number) <= 11) or "express" in service.lower() else "parcel-de"


def blueprint(state: State) -> Blueprint:
    """DHL's one path; the base address of the product ends with /track."""
    dhl, paths = Dhl(state), Blueprint("dhl", __name__)

    @paths.get("/track/shipments")
    @paths.get("/shipments")
    def shipments() -> Response:
        number = normal(request.args.get("trackingNumber", ""))
        return dhl.serve("track", (number,) if number else (), dhl.authorise, lambda _: dhl.track(number))

    return paths


def _problem(status: int, title: str, detail: str) -> Reply:
    body = {"title": title, "detail": detail, "status": status}
    if status == 404:
        body["instance"] = "/shipment/" + request.args.get("trackingNumber", "")
    return Reply(status, json.dumps(body), content_type="application/problem+json")


def _answer(view: View) -> str:
    name = division(view.number, view.service)
    events = [_event(scan, name, view) for scan in reversed(view.scans)]
    product = view.service if view.service and view.service.lower() not in _SERVICES else ""
    shipment: dict[str, Any] = {
        # DHL's own example sends express numbers as integers
        "id": int(view.number) if name == "express" and view.number.isdigit() else view.number,
        "service": name,
        "origin": {"address": _address(view.origin)},
        "destination": {"address": _address(view.destination)},
        "status": events[0],
        "details": {
            "product": {"productName": product or ("EXPRESS WORLDWIDE" if name == "express" else "DHL PAKET")},
            "totalNumberOfPieces": 1,
            "weight": {"value": 2.4, "unitText": "kg"},
            "references": {"number": f"WP{view.number[-8:]}", "type": "customer-reference"},
        },
        "events": events,
    }
    if view.delivered and view.delivered.proof != "none":
        shipment["details"]["proofOfDelivery"] = _proof(view.delivered, name, view)
    return json.dumps({"shipments": [shipment | _estimate(view, name)]}, ensure_ascii=False)


def _address(place: Place) -> dict[str, str]:
    return {"countryCode": place.country, "postalCode": place.postal_code, "addressLocality": place.city}


def _time(at: datetime, place: Place, name: str) -> str:
    local = at.astimezone(place.tz)
    return local.isoformat(timespec="seconds") if name == "express" else local.strftime("%Y-%m-%dT%H:%M:%S")


def _event(scan: Scan, name: str, view: View) -> dict[str, Any]:
    place = scan.place or view.destination
    event: dict[str, Any] = {"timestamp": _time(scan.at, place, name)}
    if scan.place is not None and scan.kind is not Kind.LABEL:
        locality = {"addressLocality": scan.place.city}
        address = locality if name == "parcel-de" else {"countryCode": scan.place.country, **locality}
        event["location"] = {"address": address}
    if name == "express":
        status_code, code, text = _EXPRESS[scan.kind]
        event |= {"statusCode": status_code, "status": code, "description": text}
    else:
        status_code, text = _PARCEL[scan.kind]
        event |= {"statusCode": status_code, "status": text, "description": text}
    if scan.kind in _REMARKS:
        event["remark"] = _REMARKS[scan.kind]
    return event


def _proof(scan: Scan, name: str, view: View) -> dict[str, Any]:
    proof: dict[str, Any] = {
        "timestamp": _time(scan.at, scan.place or view.destination, name),
        "documentUrl": "https://webpod.dhl.com/webPOD/DHLePODRequest",
    }
    if scan.proof == "signature":
        proof["signatureUrl"] = "https://webpod.dhl.com/webPOD/signature"
        proof["signed"] = {"@type": "Person", "name": scan.signed_by}
    return proof


def _estimate(view: View, name: str) -> dict[str, Any]:
    estimate = view.estimate
    if estimate is None or view.delivered:
        return {}
    zone = view.destination.tz
    opens, closes = estimate.earliest.astimezone(zone), estimate.latest.astimezone(zone)
    midnight = closes.replace(hour=0, minute=0, second=0)
    shown: dict[str, Any] = {"estimatedTimeOfDelivery": _time(midnight, view.destination, name)}
    if estimate.timed:
        shown["estimatedDeliveryTimeFrame"] = {
            "estimatedFrom": _time(opens, view.destination, name),
            "estimatedThrough": _time(closes, view.destination, name),
        }
    else:
        shown["estimatedTimeOfDeliveryRemark"] = "By End of Day"
    return shown
