"""17TRACK v2.2: lists of numbers in, accepted and rejected out, HTTP 200 whatever happens to a number.

Source: a public research note on the v2.2 API, read 2026-11-22. A parcel that the sandbox has counts as registered, as
if five minutes had passed; a number that it has no parcel of must be registered first. Composed: what stands under 503.
"""
# ruff: noqa: N999 - named like the slug; found by its file and never imported by name

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from tracking.sandbox.accounts import Rule
from tracking.sandbox.carriers._followed import Register
from tracking.sandbox.carriers._wire import Denied, Reply, Wire
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# stage, sub_status, what the carrier says
_WORDS: Mapping[Kind, tuple[str | None, str, str]] = {
    Kind.LABEL: ("InfoReceived", "InfoReceived", "Shipping label created"),
    Kind.ACCEPTED: ("PickedUp", "InTransit_PickedUp", "Picked up"),
    Kind.DEPARTED: ("Departure", "InTransit_Departure", "Departed"),
    Kind.ARRIVED: ("Arrival", "InTransit_Arrival", "Arrived"),
    Kind.IN_TRANSIT: (None, "InTransit_Other", "On its way"),
    Kind.CUSTOMS_IN: (None, "InTransit_CustomsProcessing", "Handed to customs"),
    Kind.CUSTOMS_HELD: (None, "InTransit_CustomsRequiringInformation", "Customs need information"),
    Kind.CUSTOMS_OUT: (None, "InTransit_CustomsReleased", "Cleared customs"),
    Kind.AT_DEPOT: (None, "InTransit_Other", "Arrived at the delivery depot"),
    Kind.OUT_FOR_DELIVERY: ("OutForDelivery", "OutForDelivery_Other", "Out for delivery"),
    Kind.ATTEMPT_FAILED: (None, "DeliveryFailure_NoBody", "Nobody at home"),
    Kind.READY_TO_COLLECT: ("AvailableForPickup", "AvailableForPickup_Other", "Ready for pickup"),
    Kind.COLLECTED: ("Delivered", "Delivered_Other", "Collected"),
    Kind.DELIVERED: ("Delivered", "Delivered_Other", "Delivered"),
    Kind.WEATHER_DELAY: (None, "Exception_Delayed", "Delayed by snow"),
    Kind.DELAYED: (None, "Exception_Delayed", "Running late"),
    Kind.ADDRESS_PROBLEM: (None, "DeliveryFailure_InvalidAddress", "Address incomplete"),
    Kind.DAMAGED: (None, "Exception_Damage", "Damaged"),
    Kind.REFUSED: (None, "DeliveryFailure_Rejected", "Refused"),
    Kind.RETURNING: ("Returning", "Exception_Returning", "Returning to sender"),
    Kind.RETURNED: ("Returned", "Exception_Returned", "Returned to sender"),
    Kind.MISROUTED: (None, "Exception_Other", "Sent the wrong way"),
    Kind.LOST: (None, "Exception_Lost", "Lost"),
    Kind.CANCELLED: (None, "Exception_Cancel", "Cancelled"),
    Kind.NOTE: (None, "InTransit_Other", "Instructions received"),
    Kind.UNHEARD: (None, "Resting_Other", "Resting"),
}
_KEYS = {"usps": 21051, "ups": 100002, "fedex": 100003, "dhl": 100001, "royal-mail": 11031}
_OTHER_CARRIER = 3011
_MESSAGES = {
    -18010002: "Invalid security key.",
    -18010012: "The format of '{}' is invalid.",
    -18010013: "Invalid submission data.",
    -18010014: "The number of submissions exceeds the limit of 40.",
    -18019901: "The tracking number '{}' has been registered and does not need to be registered again.",
    -18019902: "The tracking number '{}' does not register, please register first.",
    -18019909: "No tracking information at this time.",
}
BATCH = 40


class SeventeenTrack(Wire):
    """17TRACK."""

    slug = "17track"
    credentials: ClassVar[Mapping[str, str]] = {"api_key": "0123456789ABCDEF0123456789ABCDEF"}
    rules = (Rule(3, 1),)

    def __init__(self, state: State) -> None:
        """Follow nothing yet."""
        super().__init__(state)
        self.register = Register(state, self.slug)

    def refusal(self, status: int) -> Reply:
        """The whole call failed; 429 and 5xx have no body of its."""
        return _failure(-18010002, 401) if status == 401 else Reply(status, "")

    def authorise(self) -> str:
        """The key in its own header. raises Denied"""
        account = self.state.accounts.find(self.slug, api_key=request.headers.get("17token", ""))
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def enter(self, items: Sequence[Mapping[str, Any]]) -> Reply:
        """Each number is accepted or rejected for itself."""
        accepted: list[dict[str, Any]] = []
        rejected: list[dict[str, Any]] = []
        for item in items:
            number = normal(str(item.get("number") or ""))
            if not 5 <= len(number) <= 50:
                rejected.append(_rejected(number, -18010012))
            elif not self.register.enter(number, {"carrier": item.get("carrier"), "tag": item.get("tag")}):
                rejected.append(_rejected(number, -18019901))
            else:
                origin = 2 if item.get("carrier") else 1
                accepted.append(
                    {"origin": origin, "number": number, "tag": item.get("tag"), "carrier": self._key(number)}
                )
        return _done(accepted, rejected)

    def listed(self, items: Sequence[Mapping[str, Any]]) -> Reply:
        """What is known of each number."""
        accepted: list[dict[str, Any]] = []
        rejected: list[dict[str, Any]] = []
        for item in items:
            number = normal(str(item.get("number") or ""))
            parcel = self.register.parcel(number)
            info = parcel.made((self.slug,), _info) if parcel else None
            if info is not None:
                accepted.append({"number": number, "carrier": self._key(number), "tag": None, "track_info": info})
            else:
                rejected.append(_rejected(number, -18019909 if self.register.said(number) else -18019902))
        return _done(accepted, rejected)

    def _key(self, number: str) -> int:
        said = self.register.said(number) or {}
        return int(
            said.get("carrier") or _KEYS.get(self.register.carrier(self.register.parcel(number)), _OTHER_CARRIER)
        )


def blueprint(state: State) -> Blueprint:
    """Register, and read."""
    track, paths = SeventeenTrack(state), Blueprint("17track", __name__)

    def serve(kind: Any, answer: Callable[[Sequence[Mapping[str, Any]]], Reply]) -> Response:
        read = request.get_json(silent=True)
        items = [item for item in read if isinstance(item, dict)] if isinstance(read, list) else []
        numbers = [normal(str(item.get("number") or "")) for item in items]

        def produce(_: str) -> Reply:
            if not items:
                return _failure(-18010013, 200)
            return _failure(-18010014, 200) if len(items) > BATCH else answer(items)

        return track.serve(kind, numbers, track.authorise, produce)

    @paths.post("/register")
    def register() -> Response:
        return serve("subscribe", track.enter)

    @paths.post("/gettrackinfo")
    def gettrackinfo() -> Response:
        return serve("track", track.listed)

    return paths


def _done(accepted: Sequence[Mapping[str, Any]], rejected: Sequence[Mapping[str, Any]]) -> Reply:
    return Reply(200, json.dumps({"code": 0, "data": {"accepted": accepted, "rejected": rejected}}, ensure_ascii=False))


def _failure(code: int, status: int) -> Reply:
    errors = [{"code": code, "message": _MESSAGES[code]}]
    return Reply(status, json.dumps({"code": code, "data": {"errors": errors}}))


def _rejected(number: str, code: int) -> dict[str, Any]:
    return {"number": number, "error": {"code": code, "message": _MESSAGES[code].format(number)}}


def _address(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {"country": None, "state": None, "city": None, "postal_code": None}
    return {
        "country": place.country,
        "state": place.region or None,
        "city": place.city.upper(),
        "postal_code": place.postal_code or None,
    }


def _event(scan: Scan) -> dict[str, Any]:
    stage, sub_status, words = _WORDS[scan.kind]
    local = scan.at.astimezone(scan.place.tz) if scan.place else scan.at
    return {
        "time_iso": local.isoformat(timespec="seconds"),
        "time_utc": f"{scan.at:%Y-%m-%dT%H:%M:%SZ}",
        "time_raw": {"date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M:%S}", "timezone": None},
        "description": words,
        "location": scan.place.city.upper() if scan.place else None,
        "stage": stage,
        "sub_status": sub_status,
        "address": _address(scan.place),
    }


def _info(view: View) -> dict[str, Any]:
    """Newest first, as its providers list them."""
    events = [_event(scan) for scan in reversed(view.scans)]
    sub_status, due = _WORDS[view.last.kind][1], view.estimate
    tz = view.destination.tz
    return {
        "shipping_info": {"shipper_address": _address(view.origin), "recipient_address": _address(view.destination)},
        "latest_status": {
            "status": sub_status.partition("_")[0],
            "sub_status": sub_status,
            "sub_status_descr": None,
        },
        "latest_event": events[0],
        "time_metrics": {
            "estimated_delivery_date": {
                "source": "Official" if due else None,
                "from": due.earliest.astimezone(tz).isoformat(timespec="seconds") if due else None,
                "to": due.latest.astimezone(tz).isoformat(timespec="seconds") if due else None,
            }
        },
        "milestone": [],
        "misc_info": {"service_type": view.service or None},
        "tracking": {
            "providers": [
                {
                    "provider": {"key": _OTHER_CARRIER, "name": "Sandbox", "country": None, "homepage": None},
                    "latest_sync_status": "Success",
                    "events": events,
                }
            ]
        },
    }
