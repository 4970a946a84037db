"""InPost ShipX: `GET /v1/tracking/{number}`, one number, statuses without words, newest first.

Source: InPost's pages “Statuses” and “API General Information”, and public clients, read 2026-11-22. Anybody may ask;
a token that is sent is not looked at. The answer for an unknown number is not documented: it has the shape of an error
that is. InPost publishes no limit for tracking, so none is counted.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask import Blueprint, Response

from tracking.sandbox.carriers._wire import Reply, Wire
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

_WARSAW = ZoneInfo("Europe/Warsaw")
# status, and the internal code where one is known
_WORDS: Mapping[Kind, tuple[str, str | None]] = {
    Kind.LABEL: ("confirmed", None),
    Kind.ACCEPTED: ("dispatched_by_sender", None),
    Kind.DEPARTED: ("sent_from_source_branch", None),
    Kind.ARRIVED: ("adopted_at_sorting_center", None),
    Kind.IN_TRANSIT: ("sent_from_sorting_center", None),
    Kind.CUSTOMS_IN: ("adopted_at_sorting_center", None),
    Kind.CUSTOMS_HELD: ("adopted_at_sorting_center", None),
    Kind.CUSTOMS_OUT: ("sent_from_sorting_center", None),
    Kind.AT_DEPOT: ("adopted_at_target_branch", None),
    Kind.OUT_FOR_DELIVERY: ("out_for_delivery", "PWP"),
    Kind.ATTEMPT_FAILED: ("avizo", None),
    Kind.READY_TO_COLLECT: ("ready_to_pickup", "UWP"),
    Kind.COLLECTED: ("delivered", "DOR"),
    Kind.DELIVERED: ("delivered", "DOR"),
    Kind.WEATHER_DELAY: ("delay_in_delivery", None),
    Kind.DELAYED: ("delay_in_delivery", None),
    Kind.ADDRESS_PROBLEM: ("undelivered_wrong_address", None),
    Kind.DAMAGED: ("claimed", None),
    Kind.REFUSED: ("rejected_by_receiver", None),
    Kind.RETURNING: ("pickup_time_expired", None),
    Kind.RETURNED: ("returned_to_sender", None),
    Kind.MISROUTED: ("readdressed", None),
    Kind.LOST: ("missing", None),
    Kind.CANCELLED: ("canceled", None),
    Kind.NOTE: ("other", None),
    Kind.UNHEARD: ("having_a_rest", None),
}


class InPost(Wire):
    """InPost."""

    slug = "inpost"
    credentials: ClassVar[Mapping[str, str]] = {}

    def refusal(self, status: int) -> Reply:
        """The documented shape of an error."""
        error, words = _REFUSALS.get(status, _REFUSALS[500])
        body = {"status": status, "error": error, "description": words, "details": None}
        return Reply(status, json.dumps(body))

    def track(self, number: str) -> Reply:
        """What is known about a number."""
        parcel = self.state.parcels.of(self.slug, number)
        body = parcel.made((), _answer) if parcel else None
        return Reply(200, body) if body is not None else self.refusal(404)


_REFUSALS: Mapping[int, tuple[str, str]] = {
    401: ("token_invalid", "Token is missing or invalid."),
    404: ("resource_not_found", "The resource was not found."),
    429: ("too_many_requests", "Too many requests."),
    500: ("internal_error", "An unexpected error has occurred."),
    503: ("service_unavailable", "The service is not available."),
}


def blueprint(state: State) -> Blueprint:
    """InPost's one path."""
    inpost, paths = InPost(state), Blueprint("inpost", __name__)

    @paths.get("/v1/tracking/<number>")
    def track(number: str) -> Response:
        number = normal(number)
        return inpost.serve("track", (number,), lambda: "anybody", lambda _: inpost.track(number))

    return paths


def _answer(view: View) -> str:
    details = [_detail(scan) for scan in reversed(view.scans)]
    service = view.service.lower().replace(" ", "_") or "inpost_locker_standard"
    answer = {
        "tracking_number": view.number,
        "service": service,
        "type": service,
        "status": details[0]["status"],
        "custom_attributes": {
            "size": "A",
            "target_machine_id": "POP001",
            "target_machine_detail": _point("POP001", view.destination),
            "dropoff_machine_detail": _point("POP002", view.origin),
        },
        "tracking_details": details,
        "expected_flow": [] if view.delivered else [{"status": "delivered"}],
        "created_at": details[-1]["datetime"],
        "updated_at": details[0]["datetime"],
    }
    return json.dumps(answer, ensure_ascii=False)


def _detail(scan: Scan) -> dict[str, Any]:
    status, code = _WORDS[scan.kind]
    at = scan.at.astimezone(_WARSAW).isoformat(timespec="milliseconds")
    return {"status": status, "origin_status": code, "agency": None, "datetime": at}


def _point(name: str, place: Place) -> dict[str, Any]:
    return {
        "name": name,
        "type": ["parcel_locker"],
        "address": {"line1": "Rynek 1", "line2": f"{place.postal_code} {place.local or place.city}"},
        "location_description": "At the market",
        "location": {"latitude": place.lat, "longitude": place.lon},
        "opening_hours": "24/7",
    }
