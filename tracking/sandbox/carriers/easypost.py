"""EasyPost v2: trackers, HTTP Basic with the key as user, oldest event first.

Source: fixtures of EasyPost/examples at 112a6d1 and EasyPost/easypost-python at 8fcf5e4, read 2026-11-22. Composed,
because no fixture shows them: the body of an error, and that a number that is not followed is left out of a batch.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from tracking.platform import clock
from tracking.sandbox.accounts import Rule
from tracking.sandbox.carriers._followed import Register
from tracking.sandbox.carriers._wire import Denied, Reply, Wire, basic
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# status, status_detail, message
_WORDS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.LABEL: ("pre_transit", "label_created", "Shipping Label Created"),
    Kind.ACCEPTED: ("in_transit", "received_at_origin_facility", "Accepted at Origin Facility"),
    Kind.DEPARTED: ("in_transit", "departed_facility", "Departed Facility"),
    Kind.ARRIVED: ("in_transit", "arrived_at_facility", "Arrived at Facility"),
    Kind.IN_TRANSIT: ("in_transit", "in_transit", "In Transit to Next Facility"),
    Kind.CUSTOMS_IN: ("in_transit", "status_update", "Processed Through Customs"),
    Kind.CUSTOMS_HELD: ("in_transit", "status_update", "Held in Customs"),
    Kind.CUSTOMS_OUT: ("in_transit", "status_update", "Cleared Customs"),
    Kind.AT_DEPOT: ("in_transit", "received_at_destination_facility", "Arrived at Post Office"),
    Kind.OUT_FOR_DELIVERY: ("out_for_delivery", "out_for_delivery", "Out for Delivery"),
    Kind.ATTEMPT_FAILED: ("in_transit", "delivery_exception", "Delivery Attempted, Notice Left"),
    Kind.READY_TO_COLLECT: ("available_for_pickup", "arrived_at_pickup_location", "Available for Pickup"),
    Kind.COLLECTED: ("delivered", "arrived_at_destination", "Delivered, Individual Picked Up at Post Office"),
    Kind.DELIVERED: ("delivered", "arrived_at_destination", "Delivered"),
    Kind.WEATHER_DELAY: ("in_transit", "weather_delay", "Weather Delay"),
    Kind.DELAYED: ("in_transit", "delayed", "Running Late"),
    Kind.ADDRESS_PROBLEM: ("in_transit", "address_correction", "Insufficient Address"),
    Kind.DAMAGED: ("failure", "damaged", "Damaged"),
    Kind.REFUSED: ("in_transit", "refused", "Refused"),
    Kind.RETURNING: ("return_to_sender", "return", "Return to Sender"),
    Kind.RETURNED: ("return_to_sender", "return", "Returned to Sender"),
    Kind.MISROUTED: ("in_transit", "missorted", "Missent"),
    Kind.LOST: ("failure", "lost", "Lost"),
    Kind.CANCELLED: ("cancelled", "cancelled", "Cancelled"),
    Kind.NOTE: ("unknown", "unknown", "Delivery Instructions Received"),
    Kind.UNHEARD: ("resting", "resting", "Resting"),
}
_NAMES = {"ups": "UPS", "usps": "USPS", "fedex": "FedEx"}
_REFUSALS = {
    401: ("UNAUTHORIZED", "Authorization token is not valid."),
    404: ("NOT_FOUND", "The requested resource could not be found."),
    422: ("PARAMETER.REQUIRED", "Missing required parameter."),
    429: ("RATE_LIMITED", "Too many requests were made."),
    500: ("INTERNAL_SERVER_ERROR", "We have been notified of this error."),
    503: ("SERVICE_UNAVAILABLE", "The service is not available."),
}


class EasyPost(Wire):
    """EasyPost."""

    slug = "easypost"
    credentials: ClassVar[Mapping[str, str]] = {"api_key": "EZTK-sandbox-easypost"}
    rules = (Rule(5, 1),)

    def __init__(self, state: State) -> None:
        """Follow nothing yet."""
        super().__init__(state)
        self.register = Register(state, self.slug)

    def refusal(self, status: int) -> Reply:
        """An error object."""
        code, message = _REFUSALS[status]
        return Reply(status, json.dumps({"error": {"code": code, "message": message, "errors": []}}))

    def authorise(self) -> str:
        """The key stands as user, without a password. raises Denied"""
        given = basic()
        account = self.state.accounts.find(self.slug, api_key=given[0]) if given and not given[1] else None
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def enter(self, number: str, carrier: str) -> Reply:
        """A tracker; the same again is the same one."""
        if not number:
            return self.refusal(422)
        self.register.enter(number, {"carrier": carrier, "created_at": _utc(clock.now())})
        return Reply(200, json.dumps(self._tracker(number), ensure_ascii=False))

    def listed(self, numbers: Sequence[str]) -> Reply:
        """The trackers that there are."""
        trackers = [self._tracker(number) for number in numbers if self.register.said(number) is not None]
        return Reply(200, json.dumps({"trackers": trackers, "has_more": False}, ensure_ascii=False))

    def _tracker(self, number: str) -> dict[str, Any]:
        parcel = self.register.parcel(number)
        told = parcel.made((self.slug,), _told) if parcel else None
        said = self.register.said(number) or {}
        name = self.register.carrier(parcel)
        key = hashlib.sha256(number.encode()).hexdigest()[:32]
        return {
            "id": f"trk_{key}",
            "object": "Tracker",
            "mode": "production",
            "tracking_code": number,
            "carrier": said.get("carrier") or _NAMES.get(name, name),
            "created_at": said.get("created_at"),
            "finalized": True,
            "public_url": f"https://track.easypost.com/{key}",
            **(told or _NOTHING),
        }


_NOTHING: Mapping[str, Any] = {
    "status": "unknown",
    "status_detail": "unknown",
    "updated_at": None,
    "signed_by": None,
    "est_delivery_date": None,
    "tracking_details": [],
    "carrier_detail": None,
}


def blueprint(state: State) -> Blueprint:
    """Create, and read several."""
    easypost, paths = EasyPost(state), Blueprint("easypost", __name__)

    @paths.post("/trackers")
    def create() -> Response:
        asked = _object(_object(request.get_json(silent=True)).get("tracker"))
        number, carrier = normal(str(asked.get("tracking_code") or "")), str(asked.get("carrier") or "")
        return easypost.serve("subscribe", [number], easypost.authorise, lambda _: easypost.enter(number, carrier))

    @paths.post("/trackers/batch")
    def batch() -> Response:
        listed = _object(request.get_json(silent=True)).get("tracking_codes")
        numbers = [normal(str(number)) for number in listed] if isinstance(listed, list) else []
        return easypost.serve("track", numbers, easypost.authorise, lambda _: easypost.listed(numbers))

    return paths


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _utc(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _location(place: Place | None) -> dict[str, Any]:
    named = (
        (place.city.upper(), place.region or None, place.postal_code or None, place.country) if place else (None,) * 4
    )
    return {"object": "TrackingLocation", **dict(zip(("city", "state", "zip", "country"), named, strict=True))}


def _detail(scan: Scan) -> dict[str, Any]:
    status, detail, message = _WORDS[scan.kind]
    return {
        "object": "TrackingDetail",
        "message": message,
        "description": None,
        "status": status,
        "status_detail": detail,
        "datetime": _utc(scan.at),
        "source": None,
        "carrier_code": None,
        "tracking_location": _location(scan.place),
        "est_delivery_date": None,
    }


def _told(view: View) -> dict[str, Any]:
    status, detail, _ = _WORDS[view.last.kind]
    due = view.estimate.latest.astimezone(view.destination.tz) if view.estimate else None
    timed = view.estimate is not None and view.estimate.timed
    return {
        "status": status,
        "status_detail": detail,
        "updated_at": _utc(view.last.at),
        "signed_by": (view.delivered.signed_by or None) if view.delivered else None,
        "est_delivery_date": f"{due:%Y-%m-%d}T00:00:00Z" if due else None,
        "tracking_details": [_detail(scan) for scan in view.scans],
        "carrier_detail": {
            "object": "CarrierDetail",
            "service": view.service or None,
            "est_delivery_date_local": f"{due:%Y-%m-%d}" if due else None,
            "est_delivery_time_local": f"{due:%H:%M:%S}" if due and timed else None,
            "destination_tracking_location": _location(view.destination),
        },
    }
