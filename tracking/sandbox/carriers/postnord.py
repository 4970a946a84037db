"""PostNord Track & Trace v5 and v7: one id a call, an empty list for one that is not known, a key in the query.

Source: public clients of the service (field lists, a captured answer of 2026-07-30), read 2026-11-22. The bodies of
401, 403, 429 and 5xx are composed: no source shows them, nor a limit.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from tracking.sandbox.carriers._wire import Denied, Reply, Wire
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import COUNTRY_NAMES, Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# status, event code, text
_WORDS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.LABEL: ("INFORMED", "68", "We have received a notification from your shipper."),
    Kind.ACCEPTED: ("EN_ROUTE", "21", "The shipment item has been picked-up for transportation."),
    Kind.DEPARTED: ("EN_ROUTE", "23", "The transport of the shipment item has started."),
    Kind.ARRIVED: ("EN_ROUTE", "20", "The shipment item has arrived at the terminal."),
    Kind.IN_TRANSIT: ("EN_ROUTE", "24", "The shipment item is under transportation."),
    Kind.CUSTOMS_IN: ("STOPPED", "90", "The shipment item is being customs cleared by us."),
    Kind.CUSTOMS_HELD: ("OTHER", "77", "Import Charge sent to recipient."),
    Kind.CUSTOMS_OUT: ("EN_ROUTE", "91", "The import is complete and all fees have been handled."),
    Kind.AT_DEPOT: ("EN_ROUTE", "20", "The shipment item has arrived at the distribution terminal."),
    Kind.OUT_FOR_DELIVERY: ("EN_ROUTE", "113", "The delivery of the shipment item is in progress."),
    Kind.ATTEMPT_FAILED: (
        "DELIVERY_IMPOSSIBLE",
        "50",
        "Delivery was not possible. The recipient will get a notification.",
    ),
    Kind.READY_TO_COLLECT: (
        "AVAILABLE_FOR_DELIVERY",
        "35",
        "The shipment item has been delivered to a service point.",
    ),
    Kind.COLLECTED: ("DELIVERED", "40", "The shipment item has been delivered."),
    Kind.DELIVERED: ("DELIVERED", "40", "The shipment item has been delivered."),
    Kind.WEATHER_DELAY: ("DELAYED", "60", "The shipment item is delayed due to the weather."),
    Kind.DELAYED: ("EXPECTED_DELAY", "61", "The shipment item is expected to be delayed."),
    Kind.ADDRESS_PROBLEM: ("EXPECTED_DELAY", "62", "The address is incomplete."),
    Kind.DAMAGED: ("STOPPED", "63", "The shipment item has been damaged."),
    Kind.REFUSED: ("DELIVERY_REFUSED", "64", "The recipient has refused the shipment item."),
    Kind.RETURNING: ("RETURNED", "65", "The shipment item is being returned to the sender."),
    Kind.RETURNED: ("DELIVERED", "40", "The shipment item has been delivered to the sender."),
    Kind.MISROUTED: ("DELAYED", "66", "The shipment item was sent to the wrong terminal."),
    Kind.LOST: ("STOPPED", "67", "The shipment item is being searched for."),
    Kind.CANCELLED: ("STOPPED", "69", "The shipment has been cancelled by the sender."),
    Kind.NOTE: ("OTHER", "70", "A notification has been sent to the recipient."),
    Kind.UNHEARD: ("RESTING", "999", "The shipment item is resting."),
}
_LOCALES = frozenset({"en", "sv", "no", "da", "fi"})
_ID = re.compile(r"[A-Z0-9]{10,35}")
_TEXTS: Mapping[int, str] = {
    401: "Invalid API key",
    403: "The API key is not allowed to use this product",
    429: "Too many requests",
    503: "Service unavailable",
}


class PostNord(Wire):
    """PostNord."""

    slug = "postnord"
    credentials: ClassVar[Mapping[str, str]] = {"api_key": "sandboxpostnordkey00000000000000"}

    def refusal(self, status: int) -> Reply:
        """The gateway's error, composed."""
        return Reply(status, json.dumps({"message": _TEXTS.get(status, "Internal server error")}))

    def authorise(self) -> str:
        """The account of the key in the query. raises Denied"""
        account = self.state.accounts.find(self.slug, api_key=request.args.get("apikey", ""))
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def track(self, number: str, status_key: str) -> Reply:
        """What is known about one id."""
        if request.args.get("locale", "en") not in _LOCALES:
            return _fault("invalidLocale", "locale", request.args["locale"])
        if not _ID.fullmatch(number):
            return _fault("invalidIdentifier", "id", number)
        parcel = self.state.parcels.of(self.slug, number)
        found = parcel.made((status_key,), lambda view: _shipment(view, status_key)) if parcel else None
        shipments = [found] if found else []
        return Reply(200, _json({"TrackingInformationResponse": {"shipments": shipments}}))


def blueprint(state: State) -> Blueprint:
    """The addresses of versions 5 and 7."""
    post, paths = PostNord(state), Blueprint("postnord", __name__)

    @paths.get("/shipment/v5/trackandtrace/findByIdentifier.json")
    def by_identifier() -> Response:
        number = normal(request.args.get("id", ""))
        return post.serve("track", [number], post.authorise, lambda _: post.track(number, "status"))

    @paths.get("/shipment/v7/trackandtrace/id/<number>/public")
    def public(number: str) -> Response:
        number = normal(number)
        return post.serve("track", [number], post.authorise, lambda _: post.track(number, "eventStatus"))

    return paths


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _fault(code: str, param: str, value: str) -> Reply:
    fault = {
        "faultCode": code,
        "explanationText": f"Invalid value of {param}",
        "paramValues": [{"param": param, "value": value}],
    }
    return Reply(200, _json({"TrackingInformationResponse": {"compositeFault": {"faults": [fault]}, "shipments": []}}))


def _at(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _location(place: Place) -> dict[str, Any]:
    return {
        "displayName": place.city,
        "name": place.city,
        "locationId": "",
        "city": place.city,
        "country": COUNTRY_NAMES.get(place.country, place.country),
        "countryCode": place.country,
        "postcode": place.postal_code,
        "locationType": "DISTRIBUTION_TERMINAL" if place.hub else "UNDEF",
    }


def _event(scan: Scan, status_key: str) -> dict[str, Any]:
    status, code, text = _WORDS[scan.kind]
    row: dict[str, Any] = {
        "eventTime": _at(scan.at),
        "eventCode": code,
        "localEventCode": code,
        status_key: status,
        "eventDescription": text,
    }
    return row | ({"location": _location(scan.place)} if scan.place else {})


def _shipment(view: View, status_key: str) -> dict[str, Any]:
    status, _, text = _WORDS[view.last.kind]
    item: dict[str, Any] = {
        "itemId": view.number,
        "status": status,
        "events": [_event(scan, status_key) for scan in reversed(view.scans)],
    }
    shipment: dict[str, Any] = {
        "shipmentId": view.number,
        "assessedNumberOfItems": 1,
        "service": {"code": "19", "name": view.service or "PostNord MyPack Collect"},
        "consignee": {"address": {"city": view.destination.city, "countryCode": view.destination.country}},
        "status": status,
        "statusText": {"header": text, "body": text},
        "items": [item],
    }
    if view.delivered:
        shipment["deliveryDate"] = _at(view.delivered.at)
        if view.delivered.signed_by:
            signed = {"signatureReference": view.number} if view.delivered.proof == "signature" else {}
            item["acceptor"] = {"name": view.delivered.signed_by, **signed}
    elif view.estimate:
        latest = view.estimate.latest
        shipment["estimatedTimeOfArrival"] = _at(latest) if view.estimate.timed else latest.date().isoformat()
    if view.last.kind is Kind.READY_TO_COLLECT and view.last.place:
        shipment["deliveryPoint"] = {"name": f"Service point {view.last.place.city}", "address": {}}
    return shipment
