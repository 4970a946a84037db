"""Royal Mail Tracking v2: the history of one mail piece, or the last events of up to thirty.

Source: Royal Mail's OpenAPI 1.0.36 and elliotjreed/royal-mail-tracking, read 2026-11-22. In a summary each unknown
piece has an error of its own under HTTP 200; the history of an unknown piece is a 404. Out of order may come as HTTP
200 with a code 503 in the body. The plans' limits are not published, so none is counted.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from tracking.sandbox.carriers._wire import Denied, Reply, Wire
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import COUNTRY_NAMES
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# code, name, what the summary says of it
_WORDS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.LABEL: ("EVAIP", "Sender has despatched item", "The sender has told us that it is coming"),
    Kind.ACCEPTED: ("EVPPA", "Accepted at Parcelshop", "We have it"),
    Kind.DEPARTED: ("EVDAV", "Item Received", "It is on its way"),
    Kind.ARRIVED: ("EVIMC", "Item Received", "It is on its way"),
    Kind.IN_TRANSIT: ("EVBAH", "Item Received", "It is on its way"),
    Kind.CUSTOMS_IN: ("EVHAC", "Item Received by Royal Mail", "It is on its way"),
    Kind.CUSTOMS_HELD: ("EVHAC", "Item Received by Royal Mail", "It is on its way"),
    Kind.CUSTOMS_OUT: ("EVHOE", "Item Leaving the UK", "It is on its way"),
    Kind.AT_DEPOT: ("EVGID", "Arrived at Delivery Office", "It is at the delivery office"),
    Kind.OUT_FOR_DELIVERY: ("EVGPD", "Due to be delivered today", "It is due today"),
    Kind.ATTEMPT_FAILED: ("EVKNA", "Delivery attempted - no answer", "We tried to deliver it"),
    Kind.READY_TO_COLLECT: ("EVKLC", "Delivered to collection point", "It is ready to collect"),
    Kind.COLLECTED: ("EVNOC", "Collected from Delivery Office", "Delivered"),
    Kind.DELIVERED: ("EVKOP", "Delivered by", "Delivered"),
    Kind.WEATHER_DELAY: ("EVDAC", "Item Received", "It is on its way"),
    Kind.DELAYED: ("EVDAC", "Item Received", "It is on its way"),
    Kind.ADDRESS_PROBLEM: ("EVKAI", "Address not identified", "It is going back to the sender"),
    Kind.DAMAGED: ("EVDAC", "Item Received", "It is on its way"),
    Kind.REFUSED: ("EVKRF", "Refused by recipient", "It is going back to the sender"),
    Kind.RETURNING: ("EVKGA", "Recipient gone away", "It is going back to the sender"),
    Kind.RETURNED: ("EVRTS", "Delivered back to sender", "It is back at the sender"),
    Kind.MISROUTED: ("EVNMI", "Forwarded - Mis-sort", "It is being redirected"),
    Kind.LOST: ("EVDAC", "Item Received", "It is on its way"),
    Kind.CANCELLED: ("EVNRT", "Held at delivery office", "It is on its way"),
    Kind.NOTE: ("EVNSR", "Redelivery arranged", "It is on its way"),
    Kind.UNHEARD: ("EVQQQ", "Item is having a rest", "It rests"),
}
_LEFT: Mapping[str, tuple[str, str]] = {
    "neighbour": ("EVKDN", "Delivered to neighbour"),
    "front_door": ("EVKSF", "Delivered to Safeplace"),
    "garage": ("EVKSF", "Delivered to Safeplace"),
}
_DONE = frozenset({Kind.DELIVERED, Kind.COLLECTED})
_ISO3: Mapping[str, str] = {"GB": "GBR", "US": "USA", "FR": "FRA", "DE": "DEU", "TH": "THA", "AU": "AUS"}
_UNKNOWN = {
    "errorCode": "E1142",
    "errorDescription": "Barcode reference mailPieceId is not recognised",
    "errorCause": "A mail item with that barcode cannot be located",
    "errorResolution": "Check barcode and resubmit",
}
_REFUSALS: Mapping[int, tuple[str, str, str]] = {
    400: ("Bad Request", "E0004", "The submitted request was not valid"),
    404: ("Not Found", "E1142", ""),
    429: ("Too Many Requests", "E0010", "The rate limit has been exceeded for the plan or operation being used"),
    500: ("Internal Server Error", "E0009", "The server encountered an unexpected condition"),
    503: ("Service Unavailable", "E0001", "The service is temporarily unavailable"),
}
BATCH = 30


class RoyalMail(Wire):
    """Royal Mail."""

    slug = "royal-mail"
    credentials: ClassVar[Mapping[str, str]] = {
        "client_id": "sandbox-royal-mail",
        "client_secret": "sandbox-royal-mail-secret",
    }

    def refusal(self, status: int) -> Reply:
        """The documented envelope; without a list of errors where the gateway answers."""
        if status == 401:
            return _gateway(401, "Unauthorized", "Invalid client id or secret")
        message, code, words = _REFUSALS.get(status, _REFUSALS[500])
        if status == 429:
            return _gateway(429, message, words)
        error = _UNKNOWN if status == 404 else {"errorCode": code, "errorDescription": words}
        return Reply(status, json.dumps({"httpCode": str(status), "httpMessage": message, "errors": [error]}))

    def authorise(self) -> str:
        """The account of the two headers. raises Denied"""
        given = {key: request.headers.get(f"X-IBM-Client-{end}", "") for key, end in _HEADERS.items()}
        account = self.state.accounts.find(self.slug, **given)
        if account is None:
            raise Denied(self.refusal(401))
        if request.headers.get("X-Accept-RMG-Terms") != "yes":
            raise Denied(self.refusal(400))
        return account

    def events(self, number: str) -> Reply:
        """The history of one mail piece."""
        parcel = self.state.parcels.of(self.slug, number)
        body = parcel.made(("events",), _history) if parcel else None
        return Reply(200, body) if body is not None else self.refusal(404)

    def summary(self, numbers: Sequence[str]) -> Reply:
        """The last events of up to thirty."""
        if not numbers:
            return self.refusal(400)
        if len(numbers) > BATCH:
            error = {"errorCode": "E0013", "errorDescription": f"More than the maximum of {BATCH} mail pieces"}
            return Reply(400, json.dumps({"httpCode": "400", "httpMessage": "Bad Request", "errors": [error]}))
        return Reply(200, f'{{"mailPieces":[{",".join(self._last(number) for number in numbers)}]}}')

    def _last(self, number: str) -> str:
        parcel = self.state.parcels.of(self.slug, number)
        body = parcel.made(("summary",), _last) if parcel else None
        unknown = {"mailPieceId": number, "status": "404", "carrierShortName": "RM", "error": _UNKNOWN}
        return body if body is not None else json.dumps(unknown)


_HEADERS: Mapping[str, str] = {"client_id": "Id", "client_secret": "Secret"}


def blueprint(state: State) -> Blueprint:
    """Royal Mail's two paths; the base address of the product ends with /mailpieces/v2."""
    mail, paths = RoyalMail(state), Blueprint("royal-mail", __name__)

    @paths.get("/mailpieces/v2/<number>/events")
    @paths.get("/<number>/events")
    def events(number: str) -> Response:
        number = normal(number)
        return mail.serve("track", (number,), mail.authorise, lambda _: mail.events(number))

    @paths.get("/mailpieces/v2/summary")
    @paths.get("/summary")
    def summary() -> Response:
        numbers = [normal(one) for one in request.args.get("mailPieceId", "").split(",") if one.strip()]
        return mail.serve("track", numbers, mail.authorise, lambda _: mail.summary(numbers))

    return paths


def _gateway(status: int, message: str, more: str) -> Reply:
    return Reply(status, json.dumps({"httpCode": str(status), "httpMessage": message, "moreInformation": more}))


def _code(scan: Scan) -> tuple[str, str]:
    code, name, _ = _WORDS[scan.kind]
    if scan.kind is Kind.DELIVERED:
        signed = ("EVKSP", "Delivered and Signed") if scan.signed_by or scan.proof == "signature" else (code, name)
        return _LEFT.get(scan.left_at, signed)
    if scan.kind is Kind.ATTEMPT_FAILED and scan.reason == "no_access":
        return "EVKAA", "Address inaccessible"
    return code, name


def _event(scan: Scan) -> dict[str, str]:
    code, name = _code(scan)
    place = scan.place
    event = {
        "eventCode": code,
        "eventName": name,
        "eventDateTime": scan.at.astimezone(place.tz if place else UTC).isoformat(timespec="seconds"),
    }
    if place is None or scan.kind is Kind.LABEL:
        return event
    site = " MC" if place.hub else " DO" if place.country == "GB" else ""
    return {**event, "locationName": f"{place.city}{site}"}


def _summary(view: View) -> dict[str, Any]:
    last = _event(view.last)
    summary: dict[str, Any] = {
        "uniqueItemId": f"0B{sum(view.number.encode()) % 10**6:019}",
        "oneDBarcode": view.number,
        "productId": "TPN",
        "productName": view.service or "Royal Mail Tracked 24",
        "productCategory": "INTERNATIONAL" if view.abroad else "NON-INTERNATIONAL",
        "lastEventCode": last["eventCode"],
        "lastEventName": last["eventName"],
        "lastEventDateTime": last["eventDateTime"],
        "statusDescription": _WORDS[view.last.kind][2],
        "summaryLine": f"Item {view.number}: {_WORDS[view.last.kind][2]}.",
    }
    if "locationName" in last:
        summary["lastEventLocationName"] = last["locationName"]
    if view.last.kind is not Kind.UNHEARD:
        summary["statusCategory"] = "DELIVERED" if view.last.kind in _DONE else "IN TRANSIT"
    for end, place in (("origin", view.origin), ("destination", view.destination)):
        if place.country in _ISO3:
            summary[f"{end}CountryCode"] = _ISO3[place.country]
            summary[f"{end}CountryName"] = COUNTRY_NAMES[place.country]
    return summary


def _link(name: str, path: str) -> dict[str, str]:
    return {"href": f"/mailpieces/v2/{path}", "title": name, "description": f"Get {name.lower()}"}


def _last(view: View) -> str:
    piece = {
        "mailPieceId": view.number,
        "status": "200",
        "carrierShortName": "RM",
        "carrierFullName": "Royal Mail Group Ltd",
        "summary": _summary(view),
        "links": {"events": _link("Events", f"{view.number}/events")},
    }
    return json.dumps(piece)


def _history(view: View) -> str:
    piece: dict[str, Any] = {
        "mailPieceId": view.number,
        "carrierShortName": "RM",
        "carrierFullName": "Royal Mail Group Ltd",
        "summary": _summary(view),
        "events": [_event(scan) for scan in reversed(view.scans)],
        "links": {"summary": _link("Summary", f"summary?mailPieceId={view.number}")},
    }
    done = view.delivered
    if done and (done.signed_by or done.proof == "signature"):
        piece["signature"] = {
            "recipientName": done.signed_by,
            "signatureDateTime": _event(done)["eventDateTime"],
            "imageId": "001234",
        }
    if view.estimate is not None:
        zone = view.destination.tz
        begins, ends = view.estimate.earliest.astimezone(zone), view.estimate.latest.astimezone(zone)
        piece["estimatedDelivery"] = {"date": ends.date().isoformat()}
        if view.estimate.timed and begins.date() == ends.date():
            piece["estimatedDelivery"] |= {
                "startOfEstimatedWindow": begins.isoformat(timespec="seconds").partition("T")[2],
                "endOfEstimatedWindow": ends.isoformat(timespec="seconds").partition("T")[2],
            }
    return json.dumps({"mailPieces": piece})
