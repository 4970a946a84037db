"""Sendle: one parcel a call, words for event types, times in UTC and on the clock of the place.

Source: the documentation's example of GET /tracking and its event types as told by public clients, read 2026-11-22.
An answer does not name its parcel. Only the 404 is documented: other errors are given its shape. Sendle publishes no
limit, so none is counted.
"""

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any, ClassVar

from flask import Blueprint, Response

from tracking.sandbox.carriers._wire import Denied, Reply, Wire, basic
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# event type, description
_WORDS: Mapping[Kind, tuple[str, str]] = {
    Kind.LABEL: ("Info", "Your parcel has been booked"),
    Kind.ACCEPTED: ("Pickup", "Parcel picked up"),
    Kind.DEPARTED: ("In Transit", "Your package is in transit with the carrier."),
    Kind.ARRIVED: ("In Transit", "Your package has arrived at a depot."),
    Kind.IN_TRANSIT: ("In Transit", "Your package is in transit with the carrier."),
    Kind.CUSTOMS_IN: ("In Transit", "Your package is being cleared."),
    Kind.CUSTOMS_HELD: ("In Transit", "Your package is being cleared."),
    Kind.CUSTOMS_OUT: ("In Transit", "Your package has been cleared."),
    Kind.AT_DEPOT: ("In Transit", "Your package is close to its destination."),
    Kind.OUT_FOR_DELIVERY: ("Out for Delivery", "Your package is on board for delivery!"),
    Kind.ATTEMPT_FAILED: ("Card Left", "A card was left for you."),
    Kind.READY_TO_COLLECT: ("Left with Agent", "Your package is waiting for you."),
    Kind.COLLECTED: ("Delivered", "Your package has been collected!"),
    Kind.DELIVERED: ("Delivered", "Your package has been delivered!"),
    Kind.WEATHER_DELAY: ("In Transit", "The weather holds up your package."),
    Kind.DELAYED: ("In Transit", "Your package is late."),
    Kind.ADDRESS_PROBLEM: ("Unable to Deliver", "The address is incomplete."),
    Kind.DAMAGED: ("Damaged", "Your package was damaged."),
    Kind.REFUSED: ("Unable to Deliver", "The receiver did not take the package."),
    Kind.RETURNING: ("Return to Sender", "Your package is on its way back."),
    Kind.RETURNED: ("Returned to Sender", "Your package is back at the sender."),
    Kind.MISROUTED: ("In Transit", "Your package took the wrong way."),
    Kind.LOST: ("Unable to Deliver", "Your package cannot be found."),
    Kind.CANCELLED: ("Expired", "The order has ended."),
    Kind.NOTE: ("Info", "Your instructions have been passed on."),
    Kind.UNHEARD: ("Napping", "Your package is having a rest."),
}
_REFUSALS: Mapping[int, tuple[str, str]] = {
    401: ("unauthorized", "The authorisation details are not valid. Either the Sendle ID or API key are incorrect."),
    404: ("not_found", "The resource you requested was not found. Please check the URI and try again."),
    429: ("too_many_requests", "Too many requests. Please try again later."),
    500: ("internal_error", "An unexpected error has occurred."),
    503: ("service_unavailable", "The service is not available."),
}


class Sendle(Wire):
    """Sendle."""

    slug = "sendle"
    credentials: ClassVar[Mapping[str, str]] = {"sendle_id": "sandbox-sendle", "api_key": "sandbox-sendle-key"}

    def refusal(self, status: int) -> Reply:
        """A word and a sentence."""
        error, words = _REFUSALS.get(status, _REFUSALS[500])
        return Reply(status, json.dumps({"error": error, "error_description": words}))

    def authorise(self) -> str:
        """The account of id and key. raises Denied"""
        sendle_id, key = basic() or ("", "")
        account = self.state.accounts.find(self.slug, sendle_id=sendle_id, api_key=key)
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def track(self, ref: str) -> Reply:
        """What is known about a parcel."""
        parcel = self.state.parcels.of(self.slug, ref)
        body = parcel.made((), _answer) if parcel else None
        return Reply(200, body) if body is not None else self.refusal(404)


def blueprint(state: State) -> Blueprint:
    """Sendle's one path; the base address of the product ends with /api."""
    sendle, paths = Sendle(state), Blueprint("sendle", __name__)

    @paths.get("/api/tracking/<ref>")
    @paths.get("/tracking/<ref>")
    def track(ref: str) -> Response:
        ref = normal(ref)
        return sendle.serve("track", (ref,), sendle.authorise, lambda _: sendle.track(ref))

    return paths


def _answer(view: View) -> str:
    last = view.last
    answer = {
        "state": _WORDS[last.kind][0],
        "status": {
            "description": _WORDS[last.kind][1],
            "last_changed_at": last.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        },
        "origin": {"country": view.origin.country},
        "destination": {"country": view.destination.country},
        "scheduling": _scheduling(view),
        "tracking_events": [_event(scan) for scan in view.scans],
    }
    return json.dumps(answer)


def _scheduling(view: View) -> dict[str, str]:
    def day(scan: Scan | None, place: Place) -> str:
        return scan.at.astimezone(place.tz).date().isoformat() if scan else ""

    zone, estimate = view.destination.tz, view.estimate
    return {
        "pickup_date": day(view.first(Kind.LABEL), view.origin),
        "picked_up_on": day(view.first(Kind.ACCEPTED), view.origin),
        "delivered_on": day(view.delivered, view.destination),
        "estimated_delivery_date_minimum": estimate.earliest.astimezone(zone).date().isoformat() if estimate else "",
        "estimated_delivery_date_maximum": estimate.latest.astimezone(zone).date().isoformat() if estimate else "",
        "status": "",
    }


def _event(scan: Scan) -> dict[str, Any]:
    kind, words = _WORDS[scan.kind]
    utc = scan.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    event: dict[str, Any] = {"event_type": kind, "scan_time": utc, "description": words}
    place = scan.place
    if scan.kind is Kind.ATTEMPT_FAILED and scan.reason != "not_home":
        event |= {"event_type": "Delivery Attempted", "reason": scan.reason.replace("_", " ").capitalize()}
    if place is None or scan.kind in (Kind.LABEL, Kind.ACCEPTED):
        return event | {"display_time": utc}
    event["location"] = _place(place)
    if place.hub:
        # of its depots Sendle does not know the zone
        return event | {"local_scan_time": utc.removesuffix("Z"), "display_time": utc}
    local = scan.at.astimezone(place.tz)
    shown = {
        "local_scan_time": local.strftime("%Y-%m-%dT%H:%M:%S"),
        "display_time": local.isoformat(timespec="seconds"),
    }
    return event | shown


def _place(place: Place) -> str:
    if place.country == "AU":
        return f"{place.city} {place.region}".upper()
    return f"{place.city}, {place.region}".upper() if place.region else place.city.upper()
