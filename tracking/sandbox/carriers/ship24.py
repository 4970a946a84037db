"""Ship24 public API v1: results by number, newest event first, local times without a zone.

Source: ship24/ship24-node, spec/ship24-tracking-api.yaml at 8899af7, read 2026-11-22. A parcel that the sandbox has
counts as entered, as if its courier had been asked already; a number that it has no parcel of must be entered first.
Composed: the codes of errors other than validation_error and quota_limit_reached.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from tracking.platform import clock
from tracking.sandbox.accounts import Rule
from tracking.sandbox.carriers._followed import Register
from tracking.sandbox.carriers._wire import Denied, Reply, Wire, bearer
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# statusCode, statusMilestone, what the courier says
_WORDS: Mapping[Kind, tuple[str | None, str, str]] = {
    Kind.LABEL: ("data_order_created", "info_received", "Shipping label created"),
    Kind.ACCEPTED: (None, "in_transit", "Accepted"),
    Kind.DEPARTED: (None, "in_transit", "Departed from facility"),
    Kind.ARRIVED: (None, "in_transit", "Arrived at facility"),
    Kind.IN_TRANSIT: ("transit_handover", "in_transit", "On its way"),
    Kind.CUSTOMS_IN: ("customs_received", "in_transit", "Handed to customs"),
    Kind.CUSTOMS_HELD: ("customs_exception", "in_transit", "Held by customs"),
    Kind.CUSTOMS_OUT: ("customs_cleared", "in_transit", "Cleared customs"),
    Kind.AT_DEPOT: ("destination_arrival", "in_transit", "Arrived at the delivery depot"),
    Kind.OUT_FOR_DELIVERY: ("delivery_out_for_delivery", "out_for_delivery", "Out for delivery"),
    Kind.ATTEMPT_FAILED: ("delivery_attempted", "failed_attempt", "Nobody at home"),
    Kind.READY_TO_COLLECT: ("delivery_available_for_pickup", "available_for_pickup", "Ready for pickup"),
    Kind.COLLECTED: ("delivery_delivered", "delivered", "Collected"),
    Kind.DELIVERED: ("delivery_delivered", "delivered", "Delivered"),
    Kind.WEATHER_DELAY: ("delivery_exception", "exception", "Delayed by snow"),
    Kind.DELAYED: ("delivery_exception", "exception", "Running late"),
    Kind.ADDRESS_PROBLEM: ("delivery_exception", "failed_attempt", "Address incomplete"),
    Kind.DAMAGED: ("delivery_exception", "exception", "Damaged"),
    Kind.REFUSED: ("delivery_refused", "exception", "Refused"),
    Kind.RETURNING: ("exception_return", "exception", "Returning to sender"),
    Kind.RETURNED: ("exception_return", "exception", "Returned to sender"),
    Kind.MISROUTED: (None, "exception", "Sent the wrong way"),
    Kind.LOST: ("exception_lost", "exception", "Lost"),
    Kind.CANCELLED: ("data_order_cancelled", "exception", "Cancelled"),
    Kind.NOTE: (None, "in_transit", "Instructions received"),
    Kind.UNHEARD: ("resting_now", "resting", "Resting"),
}
_COURIERS = {"usps": "us-post"}
_NUMBER = "The trackingNumber provided seems invalid. Please make sure it's between 5 and 50 characters."
_ERRORS = {
    401: ("unauthorized", "The API key is not valid."),
    404: ("tracker_not_found", "No tracker was found."),
    429: ("too_many_requests", "Too many requests."),
    500: ("internal_error", "Something went wrong."),
    503: ("service_unavailable", "The service is not available."),
}


class Ship24(Wire):
    """Ship24."""

    slug = "ship24"
    credentials: ClassVar[Mapping[str, str]] = {"api_key": "apik_sandbox-ship24"}
    rules = (Rule(10, 1),)

    def __init__(self, state: State) -> None:
        """Follow nothing yet."""
        super().__init__(state)
        self.register = Register(state, self.slug)

    def refusal(self, status: int) -> Reply:
        """A list of errors."""
        return _failure(status, *_ERRORS[status])

    def authorise(self) -> str:
        """The key as a bearer token. raises Denied"""
        account = self.state.accounts.find(self.slug, api_key=bearer("Bearer") or "")
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def enter(self, number: str) -> Reply:
        """A tracker; the same again is the same one."""
        if not 5 <= len(number) <= 50:
            return _failure(400, "validation_error", _NUMBER)
        self.register.enter(number, {"createdAt": f"{clock.now():%Y-%m-%dT%H:%M:%S.000Z}"})
        return Reply(201, json.dumps({"data": {"tracker": self._tracker(number)}}))

    def results(self, number: str) -> Reply:
        """What is known of a number; 404 if no tracker has it."""
        parcel = self.register.parcel(number)
        told = parcel.made((self.slug,), _told) if parcel else None
        if told is None and self.register.said(number) is None:
            return self.refusal(404)
        courier = self.register.carrier(parcel)
        facts = told or {"shipment": _NOTHING, "events": []}
        events = [{**one, "courierCode": _COURIERS.get(courier, courier)} for one in facts["events"]]
        tracking = {"tracker": self._tracker(number), **facts, "events": events}
        return Reply(200, json.dumps({"data": {"trackings": [tracking]}}, ensure_ascii=False))

    def _tracker(self, number: str) -> dict[str, Any]:
        said = self.register.said(number) or {}
        return {
            "trackerId": str(uuid.uuid5(uuid.NAMESPACE_OID, number)),
            "trackingNumber": number,
            "shipmentReference": None,
            "clientTrackerId": None,
            "isSubscribed": True,
            "isTracked": True,
            "createdAt": said.get("createdAt"),
        }


_NOTHING: Mapping[str, Any] = {
    "statusCode": None,
    "statusCategory": None,
    "statusMilestone": "pending",
    "delivery": {},
}


def blueprint(state: State) -> Blueprint:
    """Create, and search by number."""
    ship24, paths = Ship24(state), Blueprint("ship24", __name__)

    @paths.post("/trackers")
    def create() -> Response:
        read = request.get_json(silent=True)
        number = normal(str((read if isinstance(read, dict) else {}).get("trackingNumber") or ""))
        return ship24.serve("subscribe", [number], ship24.authorise, lambda _: ship24.enter(number))

    @paths.get("/trackers/search/<number>/results")
    def results(number: str) -> Response:
        which = normal(number)
        return ship24.serve("track", [which], ship24.authorise, lambda _: ship24.results(which))

    return paths


def _failure(status: int, code: str, message: str) -> Reply:
    return Reply(status, json.dumps({"errors": [{"code": code, "message": message}], "data": None}))


def _location(place: Place | None) -> str | None:
    if place is None:
        return None
    if place.country == "US":
        return f"{place.city.upper()}, {place.region} {place.postal_code}"
    return f"{place.city}, {place.country}"


def _event(number: str, order: int, scan: Scan) -> dict[str, Any]:
    code, milestone, words = _WORDS[scan.kind]
    american = scan.place is not None and scan.place.country == "US"
    local = scan.at.astimezone(scan.place.tz) if scan.place else scan.at
    return {
        "eventId": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{number}/{order}")),
        "trackingNumber": number,
        "eventTrackingNumber": number,
        "status": words,
        "occurrenceDatetime": f"{local:%Y-%m-%dT%H:%M:%S}" if american else local.isoformat(timespec="seconds"),
        "order": order,
        "location": _location(scan.place),
        "sourceCode": "sandbox-tracking",
        "statusCode": code,
        "statusCategory": code.partition("_")[0] if code else None,
        "statusMilestone": milestone,
    }


def _told(view: View) -> dict[str, Any]:
    events = [_event(view.number, order, scan) for order, scan in enumerate(view.scans, 1)]
    due, tz = view.estimate, view.destination.tz
    signed_by = view.delivered.signed_by if view.delivered else ""
    return {
        "shipment": {
            "shipmentId": str(uuid.uuid5(uuid.NAMESPACE_URL, view.number)),
            **{name: events[-1][name] for name in ("statusCode", "statusCategory", "statusMilestone")},
            "originCountryCode": view.origin.country,
            "destinationCountryCode": view.destination.country,
            "trackingNumbers": [{"tn": view.number}],
            "delivery": {
                "courierEstimatedDeliveryDate": {
                    "from": f"{due.earliest.astimezone(tz):%Y-%m-%dT%H:%M:%S}",
                    "to": f"{due.latest.astimezone(tz):%Y-%m-%dT%H:%M:%S}",
                }
                if due
                else None,
                "service": view.service or None,
                "signedBy": signed_by or None,
            },
            "recipient": {"name": None, "address": None, "postCode": None, "city": None, "subdivision": None},
        },
        "events": list(reversed(events)),
    }
