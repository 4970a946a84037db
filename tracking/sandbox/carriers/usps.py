"""USPS Tracking v3: one number a call, local times beside GMT ones, newest first, a small quota with Retry-After.

Source: USPS OpenAPI 3.2.6 (2026-06-23) and answers quoted in USPS/api-examples issues #28, #56, #62, #88, #107, read
2026-11-22. Composed, because no document shows them: the text of 404 and 429. Where USPS documents no event code for
what happened (damage, weather), `eventCode` is null and only the words and the category say it.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from tracking.platform import clock
from tracking.sandbox.accounts import Exceeded, Rule
from tracking.sandbox.carriers._wire import Denied, Reply, Wire, bearer
from tracking.sandbox.parcels import normal
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# eventCode, eventType, statusCategory, statusSummary
_WORDS: Mapping[Kind, tuple[str | None, str, str, str]] = {
    Kind.LABEL: (
        "GX",
        "Shipping Label Created, USPS Awaiting Item",
        "Pre-Shipment",
        "A shipping label has been prepared for your item, but it has not yet arrived at the USPS facility.",
    ),
    Kind.ACCEPTED: ("03", "USPS in possession of item", "Accepted", "USPS is now in possession of your item."),
    Kind.DEPARTED: ("EF", "Departed USPS Regional Facility", "In Transit", "Your item departed a USPS facility."),
    Kind.ARRIVED: ("A1", "Arrived at USPS Regional Facility", "In Transit", "Your item arrived at a USPS facility."),
    Kind.IN_TRANSIT: (
        "TL",
        "In Transit to Next Facility",
        "In Transit",
        "Your package is moving within the USPS network and is on track to be delivered to its final destination.",
    ),
    Kind.CUSTOMS_IN: ("PC", "Inbound Into Customs", "In Transit", "Your item is being processed by customs."),
    Kind.CUSTOMS_HELD: (None, "Held in Customs", "Alert", "Your item is being held by customs."),
    Kind.CUSTOMS_OUT: ("PC", "Inbound Out of Customs", "In Transit", "Your item was released by customs."),
    Kind.AT_DEPOT: ("07", "Arrived at Post Office", "In Transit", "Your item arrived at the Post Office."),
    Kind.OUT_FOR_DELIVERY: ("OF", "Out for Delivery", "Out for Delivery", "Your item is out for delivery."),
    Kind.ATTEMPT_FAILED: (
        "02",
        "Notice Left (No Authorized Recipient Available)",
        "Delivery Attempt: Action Needed",
        "We attempted to deliver your item but could not complete the delivery.",
    ),
    Kind.READY_TO_COLLECT: ("16", "Available for Pickup", "Available for Pickup", "Your item is available for pickup."),
    Kind.COLLECTED: (
        "43",
        "Delivered, Individual Picked Up at Post Office",
        "Delivered",
        "Your item was picked up at the post office.",
    ),
    Kind.DELIVERED: ("01", "Delivered", "Delivered", "Your item was delivered."),
    Kind.WEATHER_DELAY: (None, "Weather Delay", "Alert", "Your item is delayed because of severe weather."),
    Kind.DELAYED: ("TL", "In Transit, Arriving Late", "In Transit", "Your package will arrive later than expected."),
    Kind.ADDRESS_PROBLEM: (
        "05",
        "Undeliverable as Addressed",
        "Alert",
        "Your item could not be delivered because the address is incomplete.",
    ),
    Kind.DAMAGED: (None, "Damaged in Handling", "Alert", "Your item was damaged in handling."),
    Kind.REFUSED: ("04", "Refused", "Alert", "Your item was refused by the addressee."),
    Kind.RETURNING: ("09", "Return to Sender", "Alert", "Your item is being returned to the sender."),
    Kind.RETURNED: (
        "01",
        "Delivered, To Original Sender",
        "Delivered",
        "Your item was delivered to the original sender.",
    ),
    Kind.MISROUTED: ("08", "Missent", "Alert", "Your item was missent and is being redirected."),
    Kind.LOST: ("11", "Dead Letter", "Alert", "Your item was sent to the mail recovery center."),
    Kind.CANCELLED: ("44", "Customer Recall", "Alert", "The sender has recalled this item."),
    Kind.NOTE: ("DX", "Delivery Status Not Updated", "In Transit", "The delivery status of your item was not updated."),
    Kind.UNHEARD: ("Q7", "The Item Is Resting", "Contemplation", "Your item is resting."),
}
_LEFT: Mapping[str, str] = {
    "front_door": "Delivered, Front Door/Porch", "mailbox": "Delivered, In/At Mailbox",
    "neighbour": "Delivered, Neighbor as Requested", "reception": "Delivered, Front Desk/Reception/Mail Room",
    "garage": "Delivered, Garage / Other Door / Other Location at Address", "locker": "Delivered, Parcel Locker",
    "recipient": "Delivered, Left with Individual",
}  # fmt: skip
_NOTICES: Mapping[str, tuple[str, str]] = {
    "not_home": ("02", "Notice Left (No Authorized Recipient Available)"),
    "closed": ("51", "Notice Left (Business Closed)"),
    "no_access": ("55", "Notice Left (No Secure Location Available)"),
}
# the category of the newest scan that has one: information changes nothing
_SILENT = frozenset({Kind.NOTE})
TOKEN_LIFE_S = 28_799
_NUMBER = re.compile(r"[0-9]{20,34}|[A-Z]{2}[0-9]{9}[A-Z]{2}")


class Usps(Wire):
    """USPS."""

    slug = "usps"
    credentials: ClassVar[Mapping[str, str]] = {"client_id": "sandbox-usps", "client_secret": "sandbox-usps-secret"}
    rules = (Rule(60, 3_600, aligned=True, tokens=True),)

    def refusal(self, status: int) -> Reply:
        """USPS's error envelope; 429 and 503 say when to come back."""
        message = {
            400: "The tracking number is not valid.",
            401: "The client application identifier is invalid.",
            403: "The client application is not authorized to track this mail piece.",
            404: "The tracking number could not be found.",
            429: "Quota limit exceeded.",
            503: "The service is temporarily unavailable.",
        }.get(status, "Internal server error.")
        return _error(status, message, headers=(("Retry-After", "120"),) if status in (429, 503) else ())

    def throttled(self, exceeded: Exceeded) -> Reply:
        """429 with the seconds until the next window."""
        return self.refusal(429).with_header("Retry-After", str(math.ceil(exceeded.retry_after)))

    def token(self) -> Reply:
        """The answer to a token call, form-encoded or JSON."""
        body = request.get_json(silent=True) if request.is_json else request.form
        given = body if isinstance(body, Mapping) else {}
        if given.get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type", "The grant type is not supported.")
        account = self.state.accounts.find(
            self.slug, client_id=str(given.get("client_id") or ""), client_secret=str(given.get("client_secret") or "")
        )
        if not account:
            return _oauth_error(401, "invalid_client", "The client credentials are invalid.")
        value, life = self.state.tokens.issue(self.slug, account, TOKEN_LIFE_S)
        answer = {
            "access_token": value,
            "token_type": "Bearer",
            "issued_at": int(clock.real_now().timestamp() * 1000),
            "expires_in": int(life),
            "status": "approved",
            "scope": "domestic-prices addresses international-prices service-standards locations shipments tracking",
            "issuer": "https://keyc.usps.com/realms/USPS",
            "client_id": account,
            "application_name": "Waypost sandbox",
            "api_products": "[Public Access I]",
            "public_key": "",
        }
        return Reply(200, json.dumps(answer))

    def authorise(self) -> str:
        """The account of the bearer token. raises Denied"""
        account = self.state.tokens.account(self.slug, bearer("Bearer") or "")
        if account is None:
            raise Denied(_error(401, "Invalid access token.", title="invalid_access_token", source="Access Token"))
        return account

    def track(self, number: str) -> Reply:
        """What is known about a number."""
        expand = request.args.get("expand", "SUMMARY").upper()
        if not _NUMBER.fullmatch(number) or expand not in ("SUMMARY", "DETAIL"):
            return self.refusal(400)
        parcel = self.state.parcels.of(self.slug, number)
        body = parcel.made((expand,), _detail if expand == "DETAIL" else _summary) if parcel else None
        return Reply(200, body) if body is not None else self.refusal(404)


def blueprint(state: State) -> Blueprint:
    """USPS's paths."""
    usps, paths = Usps(state), Blueprint("usps", __name__)

    def who() -> str:
        body = request.get_json(silent=True) if request.is_json else request.form
        return str(body.get("client_id") or "") if isinstance(body, Mapping) else ""

    @paths.post("/oauth2/v3/token")
    def token() -> Response:
        return usps.serve("token", (), who, lambda _: usps.token())

    @paths.get("/tracking/v3/tracking/<number>")
    def track(number: str) -> Response:
        number = normal(number)
        return usps.serve("track", (number,), usps.authorise, lambda _: usps.track(number))

    return paths


def _error(
    status: int, message: str, *, headers: tuple[tuple[str, str], ...] = (), title: str = "", source: object = None
) -> Reply:
    rows = [{"status": str(status), "title": title, "detail": message, "source": source}] if title else []
    body = {"apiVersion": "/tracking/v3", "error": {"code": str(status), "message": message, "errors": rows}}
    return Reply(status, json.dumps(body), headers)


def _oauth_error(status: int, error: str, description: str) -> Reply:
    return Reply(status, json.dumps({"error": error, "error_description": description, "error_uri": ""}))


def _said(scan: Scan) -> tuple[str | None, str, str, str]:
    code, text, category, summary = _WORDS[scan.kind]
    if scan.kind is Kind.DELIVERED:
        text = _LEFT[scan.left_at]
    elif scan.kind is Kind.ATTEMPT_FAILED:
        code, text = _NOTICES[scan.reason]
    return code, text, category, summary


def _event(scan: Scan) -> dict[str, Any]:
    code, text, _, _ = _said(scan)
    place = scan.place
    local = scan.at.astimezone(place.tz if place else UTC)
    offset = local.strftime("%z")
    city: str | None = place.city.upper() if place else None
    if place and place.hub:
        city = f"{place.city} {place.region} DISTRIBUTION CENTER".upper().replace("  ", " ")
    named = place is not None and not place.hub and scan.kind is not Kind.IN_TRANSIT
    return {
        "eventType": text,
        "eventTimestamp": local.replace(second=0).strftime("%Y-%m-%dT%H:%M:%S"),
        "GMTTimestamp": scan.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "GMTOffset": f"{offset[:3]}:{offset[3:]}",
        "eventCountry": place.country if place and place.country != "US" else None,
        "eventCity": None if scan.kind is Kind.IN_TRANSIT else city,
        "eventState": (place.region or None) if named and place else None,
        "eventZIP": (place.postal_code or None) if named and place else None,
        "firm": None,
        "name": scan.signed_by or None,
        "authorizedAgent": "false",
        "eventCode": code,
        "additionalProp": None,
    }


def _heading(view: View) -> dict[str, Any]:
    speaking = next((scan for scan in reversed(view.scans) if scan.kind not in _SILENT), view.last)
    _, text, category, summary = _said(speaking)
    heading: dict[str, Any] = {
        "trackingNumber": view.number,
        "mailClass": f"{view.service or 'USPS Ground Advantage'}<SUP>&#153;</SUP>",
        "mailType": "DM",
        "originCity": view.origin.city.upper(),
        "originState": view.origin.region,
        "originZIP": view.origin.postal_code,
        "destinationCity": view.destination.city.upper(),
        "destinationState": view.destination.region,
        "destinationZIP": view.destination.postal_code,
        "serviceTypeCode": "001",
        "services": ["USPS Tracking<SUP>&#174;</SUP>", "Up to $100 insurance included"],
        "status": text,
        "statusCategory": category,
        "statusSummary": summary,
        "tableCode": "T",
        "uniqueMailPieceID": str(int.from_bytes(view.number.encode()) % 10**9),
        "mailPieceIntakeDate": view.scans[0].at.astimezone(view.origin.tz).strftime("%Y-%m-%d %H:%M:%S.000000"),
        "accessControl": "FREE",
        "emailEnabled": "true",
        "proofOfDeliveryEnabled": "true" if view.delivered and view.delivered.proof == "signature" else "false",
    }
    if view.destination.country != "US":
        heading["destinationCountryCode"] = view.destination.country
    if view.origin.country != "US":
        heading["originCountry"] = view.origin.country
    return heading | _expected(view)


def _expected(view: View) -> dict[str, str]:
    first, now, zone = view.first_estimate, view.estimate, view.destination.tz
    if first is None or now is None:
        return {}
    expected = {
        "expectedDeliveryDate": first.latest.astimezone(zone).date().isoformat(),
        "expectedDeliveryTime": "21:00",
    }
    if view.delivered:
        return expected
    if now.timed:
        expected["predictedDeliveryDate"] = now.latest.astimezone(zone).date().isoformat()
        expected["predictedDeliveryWindowStartTime"] = now.earliest.astimezone(zone).strftime("%H:%M")
        expected["predictedDeliveryWindowEndTime"] = now.latest.astimezone(zone).strftime("%H:%M")
    elif now is not first:
        expected["predictedDeliveryDate"] = now.latest.astimezone(zone).date().isoformat()
    return expected


def _detail(view: View) -> str:
    events = [_event(scan) for scan in reversed(view.scans[-99:])]
    return json.dumps(_heading(view) | {"trackingEvents": events}, ensure_ascii=False)


def _summary(view: View) -> str:
    lines = []
    for scan in reversed(view.scans):
        local = scan.at.astimezone(scan.place.tz if scan.place else UTC)
        where = f", {scan.place.city.upper()}, {scan.place.region} {scan.place.postal_code}" if scan.place else ""
        at = f"{local:%m/%d/%Y}, {local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"
        lines.append(f"{_said(scan)[1]}, {at}{where}")
    return json.dumps(_heading(view) | {"eventSummaries": lines}, ensure_ascii=False)
