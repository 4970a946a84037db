"""Australia Post Shipping and Tracking v1: up to ten ids in the query, words instead of codes.

Source: the documentation's example of GET /track, developers.auspost.com.au, and texts of its public feed, read
2026-11-22. An unknown id is an error inside an answer of HTTP 200. Scans abroad come with the Australian offset. What
401, 429, 500 and 503 look like is not documented: the envelope of the documented error is taken. Australia Post
publishes no limit, so none is counted.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from tracking.sandbox.carriers._wire import Denied, Reply, Wire, basic
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# text of the event, status of the item
_WORDS: Mapping[Kind, tuple[str, str]] = {
    Kind.LABEL: ("Shipping information received by Australia Post", "Unknown"),
    Kind.ACCEPTED: ("Received by Australia Post", "In transit"),
    Kind.DEPARTED: ("In transit to next facility in {city}", "In transit"),
    Kind.ARRIVED: ("Item processed at facility", "In transit"),
    Kind.IN_TRANSIT: ("In transit", "In transit"),
    Kind.CUSTOMS_IN: ("Item is in Customs", "In transit"),
    Kind.CUSTOMS_HELD: ("Item is in Customs", "Held by courier"),
    Kind.CUSTOMS_OUT: ("Item cleared by Customs", "In transit"),
    Kind.AT_DEPOT: ("Arrived at facility", "In transit"),
    Kind.OUT_FOR_DELIVERY: ("Onboard for delivery", "On Board for Delivery"),
    Kind.ATTEMPT_FAILED: ("Attempted delivery", "Unsuccessful Delivery"),
    Kind.READY_TO_COLLECT: ("Awaiting collection at {city}", "Awaiting collection"),
    Kind.COLLECTED: ("Delivered", "Delivered"),
    Kind.DELIVERED: ("Delivered", "Delivered"),
    Kind.WEATHER_DELAY: ("In transit", "Possible delay"),
    Kind.DELAYED: ("Arrived at facility late", "Possible delay"),
    Kind.ADDRESS_PROBLEM: ("Item is being assessed", "Cannot be delivered"),
    Kind.DAMAGED: ("Item processed at facility", "Article damaged"),
    Kind.REFUSED: ("Item is being assessed", "Cannot be delivered"),
    Kind.RETURNING: ("Return to sender", "In transit"),
    Kind.RETURNED: ("Delivered", "Delivered"),
    Kind.MISROUTED: ("Incorrectly sorted and forwarded to correct location", "In transit"),
    Kind.LOST: ("Item is being looked for", "Held by courier"),
    Kind.CANCELLED: ("Item is being assessed", "Cancelled"),
    Kind.NOTE: ("Shipping information approved by Australia Post", "In transit"),
    Kind.UNHEARD: ("Item is taking a rest", "Unknown"),
}
_ATTEMPTS: Mapping[str, str] = {
    "not_home": "No one in attendance", "closed": "Delivery location closed", "no_access": "Attempted delivery",
}  # fmt: skip
_OFFICE = ZoneInfo("Australia/Sydney")
BATCH = 10


class AustraliaPost(Wire):
    """Australia Post."""

    slug = "australia-post"
    credentials: ClassVar[Mapping[str, str]] = {
        "api_key": "sandbox-australia-post",
        "password": "sandbox-australia-post-secret",
        "account_number": "0001234567",
    }

    def refusal(self, status: int) -> Reply:
        """The envelope of the documented error."""
        code, name, message = _REFUSALS.get(status, _REFUSALS[500])
        return Reply(status, json.dumps({"errors": [{"code": code, "name": name, "message": message}]}))

    def authorise(self) -> str:
        """The account of the key, the password and the header. raises Denied"""
        key, password = basic() or ("", "")
        account = self.state.accounts.find(
            self.slug, api_key=key, password=password, account_number=request.headers.get("Account-Number", "")
        )
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def track(self, ids: Sequence[str]) -> Reply:
        """What is known about one to ten ids."""
        if not 1 <= len(ids) <= BATCH:
            return self.refusal(400)
        return Reply(200, f'{{"tracking_results":[{",".join(self._entry(one) for one in ids)}]}}')

    def _entry(self, number: str) -> str:
        parcel = self.state.parcels.of(self.slug, number)
        entry = parcel.made((), _entry) if parcel else None
        if entry is None:
            unknown = {"tracking_id": number, "errors": [{"code": "ESB-10001", "name": "Invalid tracking ID"}]}
            return json.dumps(unknown)
        return str(entry)


_REFUSALS: Mapping[int, tuple[str, str, str]] = {
    400: (
        "51101",
        "TOO_MANY_AP_TRACKING_IDS",
        "The request must contain 10 or less AP article ids, consignment ids, or barcode ids.",
    ),
    401: ("API_002", "UNAUTHORIZED", "The API key, the password or the account number is not valid."),
    429: ("API_003", "TOO_MANY_REQUESTS", "The number of requests has been exceeded."),
    500: ("API_001", "INTERNAL_SERVER_ERROR", "An internal error occurred."),
    503: ("API_004", "SERVICE_UNAVAILABLE", "The service is not available."),
}


def blueprint(state: State) -> Blueprint:
    """Australia Post's one path; the base address of the product ends with /shipping/v1."""
    post, paths = AustraliaPost(state), Blueprint("australia-post", __name__)

    @paths.get("/shipping/v1/track")
    @paths.get("/track")
    def track() -> Response:
        ids = [normal(one) for one in request.args.get("tracking_ids", "").split(",") if one.strip()]
        return post.serve("track", ids, post.authorise, lambda _: post.track(ids))

    return paths


def _entry(view: View) -> str:
    status = _WORDS[view.last.kind][1]
    article = {
        "article_id": view.number,
        "product_type": view.service or "eParcel",
        "events": [_event(scan) for scan in reversed(view.scans)],
        "status": status,
    }
    items: list[dict[str, Any]] = [article]
    if view.abroad:
        # a consignment around its one article
        items = [{"consignment_id": view.number, "number_of_items": 1, "items": [article]}]
        return json.dumps({"tracking_id": view.number, "trackable_items": items})
    return json.dumps({"tracking_id": view.number, "status": status, "trackable_items": items})


def _event(scan: Scan) -> dict[str, str]:
    text = _WORDS[scan.kind][0]
    if scan.kind is Kind.ATTEMPT_FAILED:
        text = _ATTEMPTS[scan.reason]
    elif scan.kind is Kind.DELIVERED and scan.left_at not in ("recipient", "reception"):
        text = "Delivered - Left in a safe place"
    at_home = scan.place is not None and scan.place.country == "AU"
    zone = scan.place.tz if scan.place is not None and at_home else _OFFICE
    event = {
        "description": text.format(city=scan.place.city.upper() if scan.place else "AUSTRALIA"),
        "date": scan.at.astimezone(zone).isoformat(timespec="seconds"),
    }
    if scan.place is not None and scan.kind is not Kind.LABEL:
        event = {"location": _place(scan.place), **event}
    return event


def _place(place: Place) -> str:
    if place.country == "AU":
        return f"{place.city} {place.region}".upper()
    return f"{place.city.upper()} ({place.country})"
