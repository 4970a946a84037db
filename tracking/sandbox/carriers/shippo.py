"""Shippo: tracks by carrier and number, UTC times, oldest first.

Source: goshippo/shippo-python-sdk at 47df6c4, read 2026-11-22. A parcel that the sandbox has is told without being
registered, as Shippo does for most carriers. Composed: the words of errors.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from tracking.sandbox.accounts import Rule
from tracking.sandbox.carriers._followed import Register
from tracking.sandbox.carriers._wire import Denied, Reply, Wire, bearer
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# status, substatus, what the carrier says
_WORDS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.LABEL: ("PRE_TRANSIT", "information_received", "Shipping Label Created"),
    Kind.ACCEPTED: ("TRANSIT", "package_accepted", "Accepted"),
    Kind.DEPARTED: ("TRANSIT", "package_departed", "Departed"),
    Kind.ARRIVED: ("TRANSIT", "package_arrived", "Arrived"),
    Kind.IN_TRANSIT: ("TRANSIT", "package_processing", "On its way"),
    Kind.CUSTOMS_IN: ("TRANSIT", "package_processing", "Handed to customs"),
    Kind.CUSTOMS_HELD: ("TRANSIT", "package_held", "Held by customs"),
    Kind.CUSTOMS_OUT: ("TRANSIT", "package_processed", "Cleared customs"),
    Kind.AT_DEPOT: ("TRANSIT", "package_arrived", "Arrived at the delivery depot"),
    Kind.OUT_FOR_DELIVERY: ("TRANSIT", "out_for_delivery", "Out for Delivery"),
    Kind.ATTEMPT_FAILED: ("TRANSIT", "notice_left", "Notice Left"),
    Kind.READY_TO_COLLECT: ("TRANSIT", "pickup_available", "Available for Pickup"),
    Kind.COLLECTED: ("DELIVERED", "delivered", "Collected"),
    Kind.DELIVERED: ("DELIVERED", "delivered", "Delivered"),
    Kind.WEATHER_DELAY: ("TRANSIT", "delayed", "Delayed by snow"),
    Kind.DELAYED: ("TRANSIT", "delayed", "Running late"),
    Kind.ADDRESS_PROBLEM: ("TRANSIT", "address_issue", "Insufficient Address"),
    Kind.DAMAGED: ("TRANSIT", "package_damaged", "Damaged"),
    Kind.REFUSED: ("TRANSIT", "contact_carrier", "Refused"),
    Kind.RETURNING: ("RETURNED", "return_to_sender", "Returning to Sender"),
    Kind.RETURNED: ("RETURNED", "return_to_sender", "Returned to Sender"),
    Kind.MISROUTED: ("TRANSIT", "delayed", "Missent"),
    Kind.LOST: ("FAILURE", "package_lost", "Lost"),
    Kind.CANCELLED: ("FAILURE", "package_undeliverable", "Cancelled"),
    Kind.NOTE: ("UNKNOWN", "other", "Instructions received"),
    Kind.UNHEARD: ("RESTING", "resting", "Resting"),
}
_DETAILS = {
    400: "The carrier or the tracking number is missing.",
    401: "Invalid token",
    404: "Not found.",
    429: "Request was throttled.",
    500: "Server error.",
    503: "Service unavailable.",
}


class Shippo(Wire):
    """Shippo."""

    slug = "shippo"
    credentials: ClassVar[Mapping[str, str]] = {"token": "shippo_test_sandbox"}
    rules = (Rule(500, 60),)

    def __init__(self, state: State) -> None:
        """Follow nothing yet."""
        super().__init__(state)
        self.register = Register(state, self.slug)

    def refusal(self, status: int) -> Reply:
        """One sentence."""
        return Reply(status, json.dumps({"detail": _DETAILS[status]}))

    def authorise(self) -> str:
        """A token with its own scheme. raises Denied"""
        account = self.state.accounts.find(self.slug, token=bearer("ShippoToken") or "")
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def enter(self, carrier: str, number: str, metadata: str) -> Reply:
        """Registered from now on; again does no harm."""
        if not carrier or not number:
            return self.refusal(400)
        self.register.enter(number, {"metadata": metadata[:100]})
        return Reply(201, json.dumps(self._track(carrier, number), ensure_ascii=False))

    def read(self, carrier: str, number: str) -> Reply:
        """A track; without a status if nothing is known."""
        return Reply(200, json.dumps(self._track(carrier, number), ensure_ascii=False))

    def _track(self, carrier: str, number: str) -> dict[str, Any]:
        parcel = self.register.parcel(number)
        said = self.register.said(number)
        told = parcel.made((self.slug,), _told) if parcel else None
        # what is registered has a status, if only this one
        unknown = {**_NOTHING, "tracking_status": _UNKNOWN if said is not None else None}
        facts = {"carrier": carrier, "tracking_number": number, "metadata": (said or {}).get("metadata", "")}
        return {**facts, "messages": [], "transaction": None, **(told or unknown)}


_NOTHING: Mapping[str, Any] = {
    "address_from": None,
    "address_to": None,
    "eta": None,
    "original_eta": None,
    "servicelevel": {"token": None, "name": None},
    "tracking_history": [],
}
_UNKNOWN: Mapping[str, Any] = {
    "object_id": None,
    "status": "UNKNOWN",
    "status_details": "The carrier has received the electronic shipment information.",
    "status_date": None,
    "substatus": None,
    "location": None,
}


def blueprint(state: State) -> Blueprint:
    """Register, and read."""
    shippo, paths = Shippo(state), Blueprint("shippo", __name__)

    @paths.post("/tracks/")
    def create() -> Response:
        read = request.get_json(silent=True)
        asked = read if isinstance(read, dict) else {}
        carrier, number = str(asked.get("carrier") or ""), normal(str(asked.get("tracking_number") or ""))
        metadata = str(asked.get("metadata") or "")
        return shippo.serve("subscribe", [number], shippo.authorise, lambda _: shippo.enter(carrier, number, metadata))

    @paths.get("/tracks/<carrier>/<number>")
    def track(carrier: str, number: str) -> Response:
        which = normal(number)
        return shippo.serve("track", [which], shippo.authorise, lambda _: shippo.read(carrier, which))

    return paths


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _address(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"city": place.city, "state": place.region, "zip": place.postal_code, "country": place.country}


def _status(index: int, scan: Scan) -> dict[str, Any]:
    status, substatus, words = _WORDS[scan.kind]
    return {
        "object_created": _utc(scan.at),
        "object_updated": _utc(scan.at),
        "object_id": f"{index:032}",
        "status": status,
        "status_details": words,
        "status_date": _utc(scan.at),
        "substatus": {"code": substatus, "text": words, "action_required": substatus == "notice_left"},
        "location": _address(scan.place),
    }


def _told(view: View) -> dict[str, Any]:
    history = [_status(index, scan) for index, scan in enumerate(view.scans, 1)]
    tz = view.destination.tz
    first, due = view.first_estimate, view.estimate
    return {
        "address_from": _address(view.origin),
        "address_to": _address(view.destination),
        "eta": f"{due.latest.astimezone(tz):%Y-%m-%d}T00:00:00Z" if due else None,
        "original_eta": f"{first.latest.astimezone(tz):%Y-%m-%d}T00:00:00Z" if first else None,
        "servicelevel": {"token": None, "name": view.service or None},
        "tracking_status": history[-1],
        "tracking_history": history,
    }
