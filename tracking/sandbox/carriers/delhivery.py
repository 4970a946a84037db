"""Delhivery's package tracking: waybills with commas in the query, those that are known in the answer, Indian time.

Source: Delhivery's package life cycle page and public clients, read 2026-11-22. Status codes as merchants' systems know
them; the bodies of 401, 429 and 5xx are composed, and no limit is published.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from tracking.sandbox.carriers._wire import Denied, Reply, Wire, bearer
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

_INDIA = ZoneInfo("Asia/Kolkata")
# type, word, status code, instructions
_WORDS: Mapping[Kind, tuple[str, str, str, str]] = {
    Kind.LABEL: ("UD", "Manifested", "X-UCI", "Manifest uploaded"),
    Kind.ACCEPTED: ("UD", "In Transit", "X-PPOM", "Shipment picked up"),
    Kind.DEPARTED: ("UD", "In Transit", "X-DLL2F", "Added to IST"),
    Kind.ARRIVED: ("UD", "In Transit", "X-ILL2F", "IST Received"),
    Kind.IN_TRANSIT: ("UD", "In Transit", "CS-101", "Inbound against permanent connection [custody scan]"),
    Kind.CUSTOMS_IN: ("UD", "In Transit", "", "Shipment presented to customs"),
    Kind.CUSTOMS_HELD: ("UD", "Pending", "DLYRG-124", "Consignment being inspected for duty"),
    Kind.CUSTOMS_OUT: ("UD", "In Transit", "", "Shipment cleared by customs"),
    Kind.AT_DEPOT: ("UD", "Pending", "X-IBD3F", "Received at destination city"),
    Kind.OUT_FOR_DELIVERY: ("UD", "Dispatched", "X-DDD3FD", "Out for delivery"),
    Kind.ATTEMPT_FAILED: ("UD", "Pending", "EOD-11", "Consignee unavailable"),
    Kind.READY_TO_COLLECT: ("UD", "Pending", "SC-106", "Package marked for self collect"),
    Kind.COLLECTED: ("DL", "Delivered", "SC-101", "Delivered to consignee [Self Collect]"),
    Kind.DELIVERED: ("DL", "Delivered", "EOD-38", "Delivered to consignee"),
    Kind.WEATHER_DELAY: ("UD", "Pending", "DLYDC-101", "Heavy Rain/ Fog"),
    Kind.DELAYED: ("UD", "In Transit", "DLYLH-109", "Vehicle Breakdown"),
    Kind.ADDRESS_PROBLEM: ("UD", "Pending", "EOD-74", "Bad/Incomplete Address"),
    Kind.DAMAGED: ("UD", "Pending", "RT-104", "Shipment Damaged"),
    Kind.REFUSED: ("UD", "Pending", "EOD-6", "Customer Refused to accept/Order Cancelled"),
    Kind.RETURNING: ("RT", "In Transit", "RT-101", "Returned as per Client Instructions"),
    Kind.RETURNED: ("DL", "RTO", "RD-AC", "RETURN Accepted"),
    Kind.MISROUTED: ("UD", "In Transit", "DLYMR-118", "Misrouted"),
    Kind.LOST: ("LT", "LOST", "LT-100", "Shipment Lost"),
    Kind.CANCELLED: ("UD", "Cancelled", "", "Seller cancelled the order"),
    Kind.NOTE: ("UD", "In Transit", "", "Package details changed by shipper"),
    Kind.UNHEARD: ("UD", "Resting", "ZZ-999", "The package is resting"),
}
_ATTEMPTS: Mapping[str, tuple[str, str]] = {
    "not_home": ("EOD-11", "Consignee unavailable"),
    "closed": ("EOD-86", "Not attempted"),
    "no_access": ("EOD-104", "Entry restricted area"),
}


class Delhivery(Wire):
    """Delhivery."""

    slug = "delhivery"
    credentials: ClassVar[Mapping[str, str]] = {"api_token": "sandbox-delhivery-token"}

    def refusal(self, status: int) -> Reply:
        """An error of the API, composed."""
        text = {401: "Invalid token.", 429: "Request was throttled."}.get(status, "Service unavailable.")
        return Reply(status, json.dumps({"detail": text}))

    def authorise(self) -> str:
        """The account of the token. raises Denied"""
        account = self.state.accounts.find(self.slug, api_token=bearer("Token") or "")
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def track(self, numbers: Sequence[str]) -> Reply:
        """What is known about the waybills; those that are not known are left out."""
        found = []
        for number in numbers:
            parcel = self.state.parcels.of(self.slug, number)
            shipment = parcel.made((), _shipment) if parcel else None
            found += [{"Shipment": shipment}] if shipment else []
        return Reply(200, json.dumps({"ShipmentData": found}, ensure_ascii=False))


def blueprint(state: State) -> Blueprint:
    """The one address of package tracking."""
    delhivery, paths = Delhivery(state), Blueprint("delhivery", __name__)

    @paths.get("/api/v1/packages/json/")
    def packages() -> Response:
        asked = [normal(number) for number in request.args.get("waybill", "").split(",") if number.strip()]
        return delhivery.serve("track", asked, delhivery.authorise, lambda _: delhivery.track(asked))

    return paths


def _at(at: datetime) -> str:
    return at.astimezone(_INDIA).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


def _site(place: Place | None) -> str:
    if place is None:
        return ""
    return f"{place.city}_Hub_D ({place.region})" if place.region else place.city


def _said(scan: Scan) -> tuple[str, str, str, str]:
    kind, word, code, text = _WORDS[scan.kind]
    if scan.kind is Kind.ATTEMPT_FAILED:
        code, text = _ATTEMPTS[scan.reason]
    return kind, word, code, text


def _scan(scan: Scan) -> dict[str, Any]:
    kind, word, code, text = _said(scan)
    detail = {
        "ScanDateTime": _at(scan.at),
        "ScanType": kind,
        "Scan": word,
        "StatusDateTime": _at(scan.at),
        "ScannedLocation": _site(scan.place),
        "Instructions": text,
    }
    return {"ScanDetail": detail | ({"StatusCode": code} if code else {})}


def _shipment(view: View) -> dict[str, Any]:
    kind, word, code, text = _said(view.last)
    taken = view.first(Kind.ACCEPTED)
    shipment: dict[str, Any] = {
        "AWB": view.number,
        "ReferenceNo": "",
        "Origin": _site(view.origin),
        "Destination": view.destination.city,
        "PickUpDate": _at(taken.at) if taken else None,
        "DestRecieveDate": None,
        "CODAmount": 0,
        "OrderType": "Pre-paid",
        "Status": {
            "Status": word,
            "StatusType": kind,
            "StatusDateTime": _at(view.last.at),
            "StatusLocation": _site(view.last.place),
            "StatusCode": code,
            "Instructions": text,
            "RecievedBy": view.delivered.signed_by if view.delivered else "",
        },
        "Scans": [_scan(scan) for scan in view.scans],
    }
    if view.estimate and not view.delivered:
        latest = view.estimate.latest.astimezone(_INDIA)
        day = f"{latest.date().isoformat()}T00:00:00"
        shipment["Expected Delivery Date"] = _at(latest) if view.estimate.timed else day
    return shipment
