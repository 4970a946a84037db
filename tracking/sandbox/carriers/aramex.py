"""Aramex Shipments Tracking v1: the same question in JSON and in SOAP, credentials in the body, HTTP 200 for errors.

Source: tracking.xsd of the SOAP service and answers in public repositories, read 2026-11-22. What a gateway in front of
it says under 429 and 5xx is composed; no limit is published.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from tracking.sandbox.carriers import _soap
from tracking.sandbox.carriers._wire import Denied, Reply, Wire
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import COUNTRY_NAMES, Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# code, description
_WORDS: Mapping[Kind, tuple[str, str]] = {
    Kind.LABEL: ("SH014", "Record created."),
    Kind.ACCEPTED: ("SH012", "Picked Up From Shipper"),
    Kind.DEPARTED: ("SH022", "Departed Operations facility - In Transit"),
    Kind.ARRIVED: ("SH495", "Shipment Scanned at Operations Facility"),
    Kind.IN_TRANSIT: ("SH001", "Under processing at operations facility"),
    Kind.CUSTOMS_IN: ("SH466", "Shipment under customs clearance process"),
    Kind.CUSTOMS_HELD: ("SH462", "Held by Customs"),
    Kind.CUSTOMS_OUT: ("SH041", "Cleared from Customs"),
    Kind.AT_DEPOT: ("SH110", "Forwarded to Delivery Office"),
    Kind.OUT_FOR_DELIVERY: ("SH003", "Out for Delivery"),
    Kind.ATTEMPT_FAILED: ("SH033", "Attempted Delivery - Consignee Not Available"),
    Kind.READY_TO_COLLECT: ("SH164", "Held for Consignee Pickup"),
    Kind.COLLECTED: ("SH006", "Collected by Consignee"),
    Kind.DELIVERED: ("SH005", "Delivered"),
    Kind.WEATHER_DELAY: ("SH076", "Delay - Bad Weather"),
    Kind.DELAYED: ("SH376", "Delay - Delivery Rescheduled for Next Business Day"),
    Kind.ADDRESS_PROBLEM: ("SH375", "On Hold - Awaiting Correct Delivery Address"),
    Kind.DAMAGED: ("SH071", "Please Contact Local Office to Verify Your Shipment Status"),
    Kind.REFUSED: ("SH033", "Attempted Delivery - Consignee Refused the Shipment"),
    Kind.RETURNING: ("SH474", "To be Returned to Shipper"),
    Kind.RETURNED: ("SH069", "Returned to Shipper"),
    Kind.MISROUTED: ("SH162", "Delay - Uncontrollable Due to Carrier"),
    Kind.LOST: ("SH237", "Please Contact Local Office to Verify Your Shipment Status"),
    Kind.CANCELLED: ("SH313", "Pickup Cancelled"),
    Kind.NOTE: ("SH271", "SMS Sent to Consignee"),
    Kind.UNHEARD: ("ZZ999", "Shipment is resting"),
}
_PATH = "/ShippingAPI.V2/Tracking/Service_1_0.svc"
# credentials of the account by their names in ClientInfo
_CLIENT = {
    "UserName": "username",
    "Password": "password",
    "AccountNumber": "account_number",
    "AccountPin": "account_pin",
    "AccountEntity": "account_entity",
    "AccountCountryCode": "account_country_code",
}
_REFERENCES = tuple(f"Reference{index}" for index in range(1, 6))
_INSTANCE = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
_ARRAYS = f'xmlns:a="http://schemas.microsoft.com/2003/10/Serialization/Arrays" {_INSTANCE}'
_ENTRY = "a:KeyValueOfstringArrayOfTrackingResultmFAkxlpY"


class Aramex(Wire):
    """Aramex."""

    slug = "aramex"
    credentials: ClassVar[Mapping[str, str]] = {
        "username": "sandbox@aramex.example",
        "password": "sandbox-aramex-password",
        "account_number": "20016",
        "account_pin": "331421",
        "account_entity": "AMM",
        "account_country_code": "JO",
    }

    def refusal(self, status: int) -> Reply:
        """The service has no refusals but its own notification; the rest is a page of the server before it."""
        if status == 401:
            return self._shown(_failure("ERR01", "ClientInfo - Invalid username or password"))
        page = f"<html><head><title>Request Error</title></head><body>HTTP {status}</body></html>"
        return Reply(status, page, content_type="text/html")

    def authorise(self, asked: Mapping[str, Any]) -> str:
        """The account in ClientInfo. raises Denied"""
        client = _object(asked.get("ClientInfo"))
        given = {name: str(client.get(field) or "") for field, name in _CLIENT.items()}
        account = self.state.accounts.find(self.slug, **given)
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def track(self, numbers: Sequence[str], last_only: bool) -> Reply:
        """What is known about the waybills."""
        results: list[dict[str, Any]] = []
        missing: list[str] = []
        for number in numbers:
            parcel = self.state.parcels.of(self.slug, number)
            updates = parcel.made((), _updates) if parcel else None
            if updates is None:
                missing.append(number)
            else:
                results.append({"Key": number, "Value": updates[:1] if last_only else updates})
        answer = _answer() | {"TrackingResults": results, "NonExistingWaybills": missing}
        return self._shown(answer)

    def _shown(self, answer: Mapping[str, Any]) -> Reply:
        if request.path.endswith("/json/TrackShipments"):
            results = [{**one, "Value": [_plain(row) for row in one["Value"]]} for one in answer["TrackingResults"]]
            return Reply(200, json.dumps({**answer, "TrackingResults": results}, ensure_ascii=False))
        return Reply(200, _xml(answer), content_type="text/xml; charset=utf-8")


def blueprint(state: State) -> Blueprint:
    """JSON and SOAP."""
    aramex, paths = Aramex(state), Blueprint("aramex", __name__)

    def serve(asked: Mapping[str, Any], numbers: Sequence[str]) -> Response:
        last = str(asked.get("GetLastTrackingUpdateOnly")).lower() == "true"
        return aramex.serve("track", numbers, lambda: aramex.authorise(asked), lambda _: aramex.track(numbers, last))

    @paths.post(f"{_PATH}/json/TrackShipments")
    def in_json() -> Response:
        asked = _object(request.get_json(silent=True))
        return serve(asked, _numbers(asked.get("Shipments")))

    @paths.post(_PATH)
    def in_soap() -> Response:
        asked = _soap_question(request.get_data())
        return serve(asked, _numbers(_object(asked.get("Shipments")).get("string")))

    return paths


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _numbers(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value] if value else []
    # an element with a namespace of its own has its text beside it
    return [normal(str(_object(number).get("#text", number))) for number in listed]


def _soap_question(body: bytes) -> dict[str, Any]:
    """The tracking request in a SOAP body, names without their prefixes; empty if there is none."""
    document = _soap.parsed(body, postprocessor=lambda _, key, value: (key.rpartition(":")[2], value))
    inside = _object(_object(document.get("Envelope")).get("Body"))
    return _object(inside.get("ShipmentTrackingRequest"))


def _answer() -> dict[str, Any]:
    return {
        "Transaction": {name: None if name == "Reference5" else "" for name in _REFERENCES},
        "Notifications": [],
        "HasErrors": False,
        "TrackingResults": [],
        "NonExistingWaybills": [],
    }


def _failure(code: str, message: str) -> dict[str, Any]:
    return _answer() | {"HasErrors": True, "Notifications": [{"Code": code, "Message": message}]}


def _local(scan: Scan) -> datetime:
    return scan.at.astimezone(scan.place.tz if scan.place else UTC)


def _location(place: Place | None) -> str:
    return f"{place.city}, {COUNTRY_NAMES.get(place.country, place.country)}" if place else ""


def _updates(view: View) -> list[dict[str, Any]]:
    """All updates, newest first."""
    return [_update(view.number, scan) for scan in reversed(view.scans)]


def _update(number: str, scan: Scan) -> dict[str, Any]:
    code, text = _WORDS[scan.kind]
    return {
        "WaybillNumber": number,
        "UpdateCode": code,
        "UpdateDescription": text,
        "UpdateDateTime": f"/Date({int(scan.at.timestamp() * 1000)}{_local(scan):%z})/",
        "UpdateLocation": _location(scan.place),
        "Comments": "",
        "ProblemCode": "A01" if scan.kind is Kind.ATTEMPT_FAILED else "",
        "GrossWeight": "1.0",
        "ChargeableWeight": "1.0",
        "WeightUnit": "KG",
        # for XML, which writes the local time instead
        "_local": f"{_local(scan):%Y-%m-%dT%H:%M:%S}",
    }


def _plain(update: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in update.items() if name[:1] != "_"}


def _xml(answer: Mapping[str, Any]) -> str:
    notes = "".join(f"<Notification>{_leaves(note)}</Notification>" for note in answer["Notifications"])
    entries = "".join(_entry(result) for result in answer["TrackingResults"])
    missing = "".join(f"<a:string>{escape(number)}</a:string>" for number in answer["NonExistingWaybills"])
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<ShipmentTrackingResponse xmlns="http://ws.aramex.net/ShippingAPI/v1/">'
        f'<Transaction i:nil="true" {_INSTANCE}/><Notifications {_INSTANCE}>{notes}</Notifications>'
        f"<HasErrors>{str(answer['HasErrors']).lower()}</HasErrors>"
        f"<TrackingResults {_ARRAYS}>{entries}</TrackingResults>"
        f"<NonExistingWaybills {_ARRAYS}>{missing}</NonExistingWaybills>"
        "</ShipmentTrackingResponse></s:Body></s:Envelope>"
    )


def _entry(result: Mapping[str, Any]) -> str:
    updates = "".join(
        f"<TrackingResult>{_leaves({**update, 'UpdateDateTime': update['_local']})}</TrackingResult>"
        for update in result["Value"]
    )
    return f"<{_ENTRY}><a:Key>{escape(result['Key'])}</a:Key><a:Value>{updates}</a:Value></{_ENTRY}>"


def _leaves(fields: Mapping[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in _plain(fields).items())
