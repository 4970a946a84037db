"""Purolator TrackingService 1.2: SOAP, several PINs a call, a scan's type with a text; local times without a zone.

Source: TrackingService.xsd and texts of Purolator's public web feed, read 2026-11-22. What an unknown PIN gets, the
most PINs a call takes, and the codes of errors are in no document and were chosen here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from tracking.sandbox.accounts import Rule
from tracking.sandbox.carriers import _soap
from tracking.sandbox.carriers._soap import envelope, fault, leaf
from tracking.sandbox.carriers._wire import Denied, Reply, Wire, basic
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import COUNTRY_NAMES, Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

_TYPES = "http://purolator.com/pws/datatypes/v1"
_ACTION = "http://purolator.com/pws/service/v1/TrackPackagesByPin"
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_ABROAD = "InternationalOutbound"
_WORDS: Mapping[Kind, tuple[str, str]] = {
    Kind.LABEL: ("Other", "Shipper created a label"),
    Kind.ACCEPTED: ("ProofOfPickUp", "Picked up by Purolator"),
    Kind.DEPARTED: ("Other", "Departed sort facility"),
    Kind.ARRIVED: ("Other", "Arrived at sort facility"),
    Kind.IN_TRANSIT: (_ABROAD, "Shipment in transit"),
    Kind.CUSTOMS_IN: (_ABROAD, "Arrived at customs"),
    Kind.CUSTOMS_HELD: ("Other", "Shipment held by customs"),
    Kind.CUSTOMS_OUT: ("Other", "Cleared customs"),
    Kind.AT_DEPOT: ("Other", "Arrived at sort facility"),
    Kind.OUT_FOR_DELIVERY: ("OnDelivery", "On vehicle for delivery"),
    Kind.ATTEMPT_FAILED: ("Undeliverable", "Attempted delivery - receiver unavailable"),
    Kind.READY_TO_COLLECT: (
        "Undeliverable",
        "Available for pickup for 5 business days from arrival date at the counter",
    ),
    Kind.COLLECTED: ("Delivery", "Shipment delivered"),
    Kind.DELIVERED: ("Delivery", "Shipment delivered"),
    Kind.WEATHER_DELAY: ("Other", "Delayed in transit due to weather"),
    Kind.DELAYED: ("Other", "Delayed in transit due to rail delay"),
    Kind.ADDRESS_PROBLEM: ("Undeliverable", "Address correction required - resolution in progress"),
    Kind.DAMAGED: ("Other", "Shipment damaged"),
    Kind.REFUSED: ("Undeliverable", "Shipment refused by receiver"),
    Kind.RETURNING: ("Undeliverable", "Shipment returned to sender"),
    Kind.RETURNED: ("Delivery", "Shipment delivered to shipper"),
    Kind.MISROUTED: ("Other", "Delayed in transit due to missed connection"),
    Kind.LOST: ("Other", "Shipment lost"),
    Kind.CANCELLED: ("Other", "Shipment cancelled"),
    Kind.NOTE: ("Other", "Shipment scheduled for delivery next business day"),
    Kind.UNHEARD: ("Riddle", "Shipment resting"),
}
BATCH = 50


class Purolator(Wire):
    """Purolator."""

    slug = "purolator"
    credentials: ClassVar[Mapping[str, str]] = {"key": "sandbox-purolator", "password": "sandbox-purolator-password"}
    rules = (Rule(60, 60),)

    def refusal(self, status: int) -> Reply:
        """Basic is refused without a word; trouble is a fault."""
        if status == 401:
            return Reply(401, "", (("WWW-Authenticate", 'Basic realm="PWS"'),), "text/html")
        return fault("Server", "The service is not available at the moment.", status=status)

    def authorise(self) -> str:
        """The account of the key. raises Denied"""
        key, password = basic() or ("", "")
        account = self.state.accounts.find(self.slug, key=key, password=password)
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def track(self, asked: Mapping[str, Any] | None) -> Reply:
        """What is known about the PINs of a question."""
        if request.headers.get("SOAPAction", "").strip('"') != _ACTION or asked is None:
            return fault("Client", "Server did not recognize the value of HTTP Header SOAPAction.")
        if asked["version"] != "1.2":
            return _answer("", _errors("1100000", "Version is not supported"))
        pins = [str(pin) for pin in asked["pins"]]
        if not 1 <= len(pins) <= BATCH:
            return _answer("", _errors("1100001", "Number of PINs is not valid"))
        return _answer("".join(self._entry(pin) for pin in pins))

    def _entry(self, pin: str) -> str:
        parcel = self.state.parcels.of(self.slug, pin)
        scans = parcel.made((), _scans) if parcel else None
        told = f"<Scans>{scans}</Scans>" if scans else '<Scans i:nil="true"/>'
        return f"<TrackingInformation>{_pin(pin)}{told}<ResponseInformation i:nil='true'/></TrackingInformation>"


def blueprint(state: State) -> Blueprint:
    """Purolator's one path."""
    purolator, paths = Purolator(state), Blueprint("purolator", __name__)

    @paths.post("/PWS/V1/Tracking/TrackingService.asmx")
    def track() -> Response:
        asked = question(request.get_data())
        pins = asked["pins"] if asked else []
        return purolator.serve("track", pins, purolator.authorise, lambda _: purolator.track(asked))

    return paths


def question(body: bytes) -> dict[str, Any] | None:
    """The version and the PINs of a question; None if it is none. All elements stand in Purolator's namespace."""
    document = _soap.parsed(body, process_namespaces=True, namespaces={_TYPES: "", _ENVELOPE: ""})
    parts: Any = document.get("Envelope") or {}
    try:
        context, asked = parts["Header"]["RequestContext"], parts["Body"]["TrackPackagesByPinRequest"]
        pins = asked["PINs"]["PIN"]
        rows = pins if isinstance(pins, list) else [pins]
        return {"version": context["Version"], "pins": [normal(row["Value"] or "") for row in rows]}
    except (KeyError, TypeError):
        return None


def _answer(entries: str, errors: str = "<Errors/>") -> Reply:
    information = f'<ResponseInformation>{errors}<InformationalMessages i:nil="true"/></ResponseInformation>'
    listed = f"<TrackingInformationList>{entries}</TrackingInformationList>"
    space = f'xmlns="{_TYPES}" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
    return envelope(f"<TrackPackagesByPinResponse {space}>{information}{listed}</TrackPackagesByPinResponse>")


def _errors(code: str, description: str) -> str:
    inside = leaf("Code", code) + leaf("Description", description) + leaf("AdditionalInformation", "")
    return f"<Errors><Error>{inside}</Error></Errors>"


def _pin(pin: str) -> str:
    return f"<PIN>{leaf('Value', pin)}</PIN>"


def _scans(view: View) -> str:
    return "".join(_scan(scan, view) for scan in reversed(view.scans))


def _scan(scan: Scan, view: View) -> str:
    kind, text = _WORDS[scan.kind]
    place = scan.place or view.destination
    local = scan.at.astimezone(place.tz)
    special = "Scan" if kind in ("Other", "Riddle") else f"{kind}Scan"
    return (
        f'<Scan i:type="{special}">'
        + leaf("ScanType", kind)
        + _pin(view.number)
        + f"<Depot>{leaf('Name', _depot(place) if scan.place else '')}</Depot>"
        + leaf("ScanDate", local.date().isoformat())
        + leaf("ScanTime", f"{local:%H%M%S}")
        + leaf("Description", text)
        + leaf("Comment", "")
        + leaf("SummaryScanIndicator", scan is view.last)
        + _details(scan, view)
        + "</Scan>"
    )


def _depot(place: Place) -> str:
    region = place.region if place.country in ("CA", "US") else COUNTRY_NAMES.get(place.country, "")
    return f"{place.city}, {region}".upper()


def _details(scan: Scan, view: View) -> str:
    service = leaf("ProductTypeText", view.service or "Purolator Express")
    if scan.kind is Kind.ACCEPTED:
        return f"<ScanDetails>{leaf('CommitedDeliveryDate', _day(view))}{service}</ScanDetails>"
    if scan is view.delivered:
        signed = leaf("DeliverySignature", scan.signed_by)
        return f"<ScanDetails>{signed}{leaf('SignatureImageFormat', 'GIF')}{service}</ScanDetails>"
    return ""


def _day(view: View) -> str:
    latest: datetime | None = view.estimate.latest if view.estimate else None
    return latest.astimezone(view.destination.tz).date().isoformat() if latest else ""
