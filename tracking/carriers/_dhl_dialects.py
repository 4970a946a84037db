"""Answers of DHL's other two tracking APIs, brought into the shape of the unified one, so that one reader serves all.

Not for: asking them; the adapter asks the unified API only. Sources: MyDHL API (DHL Express) and Parcel DE Tracking
(`get-piece-detail`), read 2026-11-22. Their codes are those of the divisions `express` and `parcel-de`.
"""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from tracking.carriers import _reading as read
from tracking.carriers._codes import note_unseen
from tracking.carriers._dhl_meanings import ICE

_GERMAN_TIME = re.compile(r"(\d{2})\.(\d{2})\.(\d{4}) (\d{2}:\d{2})", re.ASCII)
# what ICE codes say beyond the "standard" one beside them, under a RIC that nobody knows: "disposed of" is no delivery
_ICE: Mapping[str, tuple[str, str]] = {
    "DSPSD": ("failure", "Disposed of"),
    "RETRN": ("failure", "Returned to sender"),
    "HLDCU": ("failure", "Held by customs"),
    "DMGDS": ("failure", "Parcel damaged"),
}


def unified(shipment: Mapping[str, Any]) -> Mapping[str, Any]:
    """A shipment of the MyDHL API as the unified one would tell it; any other unchanged."""
    if "shipmentTrackingNumber" not in shipment:
        return shipment
    return {
        "id": shipment.get("shipmentTrackingNumber"),
        "service": "express",
        "details": {"product": {"productName": shipment.get("description")}, "proofOfDelivery": _signed(shipment)},
        "estimatedTimeOfDelivery": shipment.get("estimatedTimeOfDelivery"),
        "events": [_express_event(event) for event in read.mappings(shipment.get("events"))],
    }


def from_xml(body: bytes) -> dict[str, Any] | None:
    """A `piece-shipment-list` as a unified document; None if the body is anything else. raises nothing"""
    if b"piece-shipment" not in body or b"<!" in body:
        # declarations of entities have no business here
        return None
    try:
        root = ET.fromstring(body)  # noqa: S314 - without declarations nothing can expand
    except (ET.ParseError, ValueError, LookupError):
        return None
    shipments = [data for data in root.iter("data") if data.get("name") == "piece-shipment"]
    return {"shipments": [_piece(data) for data in shipments if data.get("error-status", "0") == "0"]}


def _signed(shipment: Mapping[str, Any]) -> dict[str, Any]:
    names = [event.get("signedBy") for event in read.mappings(shipment.get("events")) if event.get("signedBy")]
    return {"signed": {"name": names[0]}} if names else {}


def _express_event(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Day and time are two fields, local, seldom with an offset; the place is a service area with a name."""
    offset = read.text(raw.get("GMTOffset"), 10)
    return {
        "timestamp": f"{read.text(raw.get('date'), 20)}T{read.text(raw.get('time'), 20)}{offset}",
        "status": raw.get("typeCode"),
        "description": raw.get("description"),
        "location": {"address": {"addressLocality": read.walk(raw.get("serviceArea"), 0, "description")}},
    }


def _piece(data: ET.Element) -> dict[str, Any]:
    events = [event for event in data.iter("data") if event.get("name") == "piece-event"]
    return {
        "id": data.get("piece-code") or data.get("piece-identifier"),
        "service": "parcel-de",
        "details": {"product": {"productName": data.get("product-name")}},
        "origin": {"address": {"countryCode": data.get("origin-country")}},
        "destination": {"address": {"countryCode": data.get("dest-country")}},
        "events": [_german_event(event) for event in events],
    }


def _german_event(event: ET.Element) -> dict[str, Any]:
    """Three codes: what happened (ICE), the detail of it (RIC), and the standard code that sums both up."""
    ice, standard = event.get("ice", "").upper(), event.get("standard-event-code", "").upper()
    code = f"{ice}_{event.get('ric', '').upper()}_{standard}"
    simple, meant = "", code if ICE.find(code, "parcel-de") else standard
    if meant == standard and ice in _ICE:
        simple, meant = _ICE[ice]
    if meant != code and event.get("ric") and ice:
        note_unseen("dhl", f"parcel-de/{code}")
    if event.get("ruecksendung") == "true" and standard == "ZU":
        simple, meant = "delivered", "Returned to sender"
    told = {
        "timestamp": _GERMAN_TIME.sub(r"\3-\2-\1T\4", event.get("event-timestamp", "")),
        "statusCode": simple,
        "status": meant,
        "description": event.get("event-text") or event.get("event-status"),
        "location": {"address": {"addressLocality": event.get("event-location")}},
    }
    return {key: value for key, value in told.items() if value}
