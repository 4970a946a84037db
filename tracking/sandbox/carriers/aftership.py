"""AfterShip Tracking 2026-07: trackings in an envelope with meta, local times without a zone, ten calls a second.

Source: the documentation of 2026-07 and AfterShip/tracking-sdk-nodejs at 6319e76, read 2026-11-22. Composed, because
no document shows them: the words of errors other than 4003 and the body under 503.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from tracking.platform import clock
from tracking.sandbox.accounts import Exceeded, Rule
from tracking.sandbox.carriers._followed import Register
from tracking.sandbox.carriers._wire import Denied, Reply, Wire
from tracking.sandbox.parcels import normal
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# subtag, its label, what the carrier says
_WORDS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.LABEL: ("InfoReceived_001", "Info Received", "Shipping label created"),
    Kind.ACCEPTED: ("InTransit_002", "Acceptance scan", "Accepted"),
    Kind.DEPARTED: ("InTransit_007", "Departure Scan", "Departed facility"),
    Kind.ARRIVED: ("InTransit_003", "Arrival scan", "Arrived at facility"),
    Kind.IN_TRANSIT: ("InTransit_001", "In Transit", "On its way"),
    Kind.CUSTOMS_IN: ("InTransit_006", "Customs clearance started", "Handed to customs"),
    Kind.CUSTOMS_HELD: ("Exception_004", "Delayed (Customs clearance)", "Held by customs"),
    Kind.CUSTOMS_OUT: ("InTransit_005", "Customs clearance completed", "Cleared customs"),
    Kind.AT_DEPOT: ("InTransit_003", "Arrival scan", "Arrived at delivery depot"),
    Kind.OUT_FOR_DELIVERY: ("OutForDelivery_001", "Out for Delivery", "Out for delivery"),
    Kind.ATTEMPT_FAILED: ("AttemptFail_002", "Addressee not available", "Nobody at home"),
    Kind.READY_TO_COLLECT: ("AvailableForPickup_001", "Available for pickup", "Ready for pickup"),
    Kind.COLLECTED: ("Delivered_002", "Picked up by the customer", "Collected"),
    Kind.DELIVERED: ("Delivered_001", "Delivered", "Delivered"),
    Kind.WEATHER_DELAY: ("Exception_017", "Delayed (Extreme weather)", "Delayed by snow"),
    Kind.DELAYED: ("Exception_016", "Delayed (Processing issue)", "Running late"),
    Kind.ADDRESS_PROBLEM: ("Exception_007", "Incorrect Address", "Address incomplete"),
    Kind.DAMAGED: ("Exception_012", "Shipment damaged", "Damaged"),
    Kind.REFUSED: ("Exception_003", "Customer refused delivery", "Refused"),
    Kind.RETURNING: ("Exception_010", "Returning to sender", "Returning to sender"),
    Kind.RETURNED: ("Exception_011", "Returned to sender", "Returned to sender"),
    Kind.MISROUTED: ("Exception_016", "Delayed (Processing issue)", "Sent the wrong way"),
    Kind.LOST: ("Exception_013", "Shipment lost", "Lost"),
    Kind.CANCELLED: ("Exception_001", "Exception", "Cancelled"),
    Kind.NOTE: ("InTransit_001", "In Transit", "Instructions received"),
    Kind.UNHEARD: ("Resting_001", "Resting", "Resting"),
}
_COUNTRIES = {"US": "USA", "FR": "FRA", "DE": "DEU", "GB": "GBR", "TH": "THA", "CA": "CAN", "NL": "NLD", "AU": "AUS"}
_TYPES = {400: "BadRequest", 401: "Unauthorized", 404: "NotFound", 429: "TooManyRequests", 500: "InternalError"}


class AfterShip(Wire):
    """AfterShip."""

    slug = "aftership"
    credentials: ClassVar[Mapping[str, str]] = {"api_key": "asat_sandbox-aftership"}
    rules = (Rule(10, 1),)

    def __init__(self, state: State) -> None:
        """Follow nothing yet."""
        super().__init__(state)
        self.register = Register(state, self.slug)

    def refusal(self, status: int) -> Reply:
        """The envelope without data."""
        return _failure(status, status, _TYPES.get(status, "ServiceUnavailable"))

    def throttled(self, exceeded: Exceeded) -> Reply:
        """With the headers that tell the limit."""
        ends = math.ceil(clock.real_now().timestamp() + exceeded.retry_after)
        reply = self.refusal(429).with_header("x-ratelimit-limit", str(exceeded.rule.amount))
        return reply.with_header("x-ratelimit-remaining", "0").with_header("x-ratelimit-reset", str(ends))

    def authorise(self) -> str:
        """The key in its own header. raises Denied"""
        account = self.state.accounts.find(self.slug, api_key=request.headers.get("as-api-key", ""))
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def enter(self, number: str, slug: str) -> Reply:
        """A tracking; 4003 for one that there is."""
        if not 4 <= len(number) <= 100:
            return _failure(400, 4005, "The value of `tracking_number` is invalid.")
        said = {"slug": slug, "created_at": f"{clock.now():%Y-%m-%dT%H:%M:%S+00:00}"}
        if not self.register.enter(number, said):
            return _failure(400, 4003, "Tracking already exists.")
        return _envelope(201, self._tracking(number))

    def listed(self, numbers: Sequence[str], limit: int) -> Reply:
        """The trackings that there are."""
        found = [self._tracking(number) for number in numbers if self.register.said(number) is not None]
        pagination = {"total": len(found), "has_next_page": len(found) > limit, "next_cursor": None}
        return _envelope(200, {"pagination": pagination, "trackings": found[:limit]})

    def _tracking(self, number: str) -> dict[str, Any]:
        parcel = self.register.parcel(number)
        told = parcel.made((self.slug,), _told) if parcel else None
        said = self.register.said(number) or {}
        slug = said.get("slug") or self.register.carrier(parcel)
        checkpoints = [{**one, "slug": slug} for one in told["checkpoints"]] if told else []
        return {
            "id": hashlib.sha256(number.encode()).hexdigest()[:32],
            "tracking_number": number,
            "created_at": said.get("created_at"),
            "title": number,
            **(told or _NOTHING),
            "slug": slug,
            "checkpoints": checkpoints,
            "courier_tracking_link": f"https://carrier.example/{number}",
        }


_NOTHING: Mapping[str, Any] = {
    "tag": "Pending",
    "subtag": "Pending_001",
    "subtag_message": "Pending",
    "active": True,
    "signed_by": None,
    "courier_estimated_delivery_date": None,
}


def blueprint(state: State) -> Blueprint:
    """Create, and list."""
    aftership, paths = AfterShip(state), Blueprint("aftership", __name__)

    @paths.post("/trackings")
    def create() -> Response:
        read = request.get_json(silent=True)
        asked = read if isinstance(read, dict) else {}
        number, slug = normal(str(asked.get("tracking_number") or "")), str(asked.get("slug") or "")
        return aftership.serve("subscribe", [number], aftership.authorise, lambda _: aftership.enter(number, slug))

    @paths.get("/trackings")
    def trackings() -> Response:
        numbers = [normal(one) for one in request.args.get("tracking_numbers", "").split(",") if one.strip()]
        limit = request.args.get("limit", 100, type=int)
        return aftership.serve("track", numbers, aftership.authorise, lambda _: aftership.listed(numbers, limit))

    return paths


def _envelope(code: int, data: Mapping[str, Any]) -> Reply:
    return Reply(code, json.dumps({"meta": {"code": code}, "data": data}, ensure_ascii=False))


def _failure(status: int, code: int, message: str) -> Reply:
    meta = {"code": code, "message": message, "type": _TYPES.get(status, message)}
    return Reply(status, json.dumps({"meta": meta, "data": {}}))


def _local(scan: Scan) -> str:
    """Local and without a zone where the country stands beside it, as carriers do; with an offset elsewhere."""
    at = scan.at.astimezone(scan.place.tz) if scan.place else scan.at
    known = scan.place is not None and scan.place.country in _COUNTRIES
    return f"{at:%Y-%m-%dT%H:%M:%S}" if known else at.isoformat(timespec="seconds")


def _checkpoint(scan: Scan) -> dict[str, Any]:
    subtag, label, message = _WORDS[scan.kind]
    place = scan.place
    return {
        "checkpoint_time": _local(scan),
        "created_at": f"{scan.at:%Y-%m-%dT%H:%M:%S}+00:00",
        "city": place.city if place else None,
        "state": (place.region or None) if place else None,
        "postal_code": (place.postal_code or None) if place else None,
        "country_region": _COUNTRIES.get(place.country) if place else None,
        "location": f"{place.city}, {place.country}" if place else None,
        "message": message,
        "tag": subtag.partition("_")[0],
        "subtag": subtag,
        "subtag_message": label,
        "raw_tag": scan.kind.upper(),
        "events": [],
    }


def _told(view: View) -> dict[str, Any]:
    subtag, label, _ = _WORDS[view.last.kind]
    estimate = view.estimate
    tz = view.destination.tz
    return {
        "tag": subtag.partition("_")[0],
        "subtag": subtag,
        "subtag_message": label,
        "active": view.delivered is None,
        "signed_by": (view.delivered.signed_by or None) if view.delivered else None,
        "shipment_type": view.service or None,
        "courier_estimated_delivery_date": {
            "estimated_delivery_date": estimate.latest.astimezone(tz).isoformat(timespec="seconds"),
            "estimated_delivery_date_min": estimate.earliest.astimezone(tz).isoformat(timespec="seconds"),
            "estimated_delivery_date_max": estimate.latest.astimezone(tz).isoformat(timespec="seconds"),
        }
        if estimate
        else None,
        "checkpoints": [_checkpoint(scan) for scan in view.scans],
    }
