"""Canpar trackByBarcodeV2: SOAP 1.2, open to everybody; local times without a zone, an empty parcel for an unknown one.

Source: the one answer in karrio's community plugin, codes and texts seen in public answers, read 2026-11-22. Canpar has
no known code for a label, for a parcel that waits at a counter, for damage, loss, refusal, customs or the way back.
"""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from tracking.sandbox.accounts import Rule
from tracking.sandbox.carriers import _soap
from tracking.sandbox.carriers._wire import Reply, Wire
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

_ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
_ASKING = "http://ws.onlinerating.canshipws.canpar.com"
_PARTS = "http://ws.dto.canshipws.canpar.com/xsd"
_XML = "application/soap+xml;charset=UTF-8"
_ACTION = "urn:trackByBarcodeV2"
_Words = tuple[str, str, str]
_HELD: _Words = ("HLD", "Delayed at Facility", "Retard à l'installation")
_MOVING: _Words = ("XC", "Additional Handling Required", "Manutention supplémentaire requise")
_ARRIVED: _Words = ("ARR", "Package Has Arrived at Our Facility", "Votre colis est arrivé à notre installation")
_BACK: _Words = ("RTN", "Returned to Sender", "Retourné à l'expéditeur")
_HANDED: _Words = ("DEL", "Our Package was Delivered", "Votre colis a été livré")
_WORDS: Mapping[Kind, _Words] = {
    Kind.LABEL: ("LBL", "Label created", "Étiquette créée"),
    Kind.ACCEPTED: ("PIC", "Picked Up and On the Move!", "Ramassé et en route"),
    Kind.DEPARTED: ("DPT", "Departing sort facility", "Départ du centre de tri"),
    Kind.ARRIVED: _ARRIVED,
    Kind.IN_TRANSIT: ("INO", "Handed Off to a Local Delivery Partner", "Remis à un partenaire de livraison local"),
    Kind.CUSTOMS_IN: _MOVING,
    Kind.CUSTOMS_HELD: _HELD,
    Kind.CUSTOMS_OUT: _MOVING,
    Kind.AT_DEPOT: ("SRT", "Sorting It Out-Stay Tuned!", "Tri en cours"),
    Kind.OUT_FOR_DELIVERY: ("WC", "Out for Delivery-Almost There!", "En cours de livraison"),
    Kind.ATTEMPT_FAILED: ("NH", "Consignee Not Home", "Destinataire absent"),
    Kind.READY_TO_COLLECT: _HELD,
    Kind.COLLECTED: _HANDED,
    Kind.DELIVERED: _HANDED,
    Kind.WEATHER_DELAY: ("WXX", "Weather's Slowing Us Down", "La météo nous ralentit"),
    Kind.DELAYED: _HELD,
    Kind.ADDRESS_PROBLEM: ("NL", "Can't Find the Address-Checking Again!", "Adresse introuvable"),
    Kind.DAMAGED: _HELD,
    Kind.REFUSED: _HELD,
    Kind.RETURNING: _BACK,
    Kind.RETURNED: _BACK,
    Kind.MISROUTED: ("MIS", "Package was sorted to the incorrect terminal", "Colis trié au mauvais terminal"),
    Kind.LOST: _HELD,
    Kind.CANCELLED: _HELD,
    Kind.NOTE: ("COA", "Change of Address", "Changement d'adresse"),
    Kind.UNHEARD: ("ZZZ", "Resting", "Au repos"),
}


class Canpar(Wire):
    """Canpar."""

    slug = "canpar"
    credentials: ClassVar[Mapping[str, str]] = {}
    rules = (Rule(60, 60),)

    def refusal(self, status: int) -> Reply:
        """A fault; its text is composed."""
        return _fault("Receiver", "The service cannot be reached.", status)

    def track(self, barcode: str | None) -> Reply:
        """What is known about one barcode; of an unknown one a parcel without events."""
        if barcode is None or f'action="{_ACTION}"' not in request.headers.get("Content-Type", ""):
            return _fault("Sender", "The endpoint reference (EPR) for the Operation not found.", 500)
        parcel = self.state.parcels.of(self.slug, barcode)
        found = parcel.made((), _result) if parcel else None
        return _answer(found or _leaf("barcode", barcode) + _leaf("delivered", "false"))


def blueprint(state: State) -> Blueprint:
    """Canpar's one path; the base address of the product ends with /canshipws/services."""
    canpar, paths = Canpar(state), Blueprint("canpar", __name__)

    @paths.post("/canshipws/services/CanparAddonsService.CanparAddonsServiceHttpSoap12Endpoint/")
    @paths.post("/CanparAddonsService.CanparAddonsServiceHttpSoap12Endpoint/")
    def track() -> Response:
        barcode = asked(request.get_data())
        return canpar.serve("track", [barcode] if barcode else [], lambda: "everybody", lambda _: canpar.track(barcode))

    return paths


def asked(body: bytes) -> str | None:
    """The barcode of a question; None if it is none. Its elements stand in two namespaces."""
    names = {_ENVELOPE: "soap", _ASKING: "ws", _PARTS: "xsd"}
    document = _soap.parsed(body, process_namespaces=True, namespaces=names)
    try:
        question = document["soap:Envelope"]["soap:Body"]["ws:trackByBarcodeV2"]["ws:request"]
        return normal(question["xsd:barcode"]) if question["xsd:track_shipment"] in ("true", "false") else None
    except (KeyError, TypeError, AttributeError):
        return None


def _envelope(body: str, status: int) -> Reply:
    text = f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_ENVELOPE}">'
    return Reply(status, f"{text}<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>", content_type=_XML)


def _fault(code: str, text: str, status: int) -> Reply:
    value = f"<soapenv:Code><soapenv:Value>soapenv:{code}</soapenv:Value></soapenv:Code>"
    reason = f'<soapenv:Reason><soapenv:Text xml:lang="en-US">{escape(text)}</soapenv:Text></soapenv:Reason>'
    return _envelope(f"<soapenv:Fault>{value}{reason}<soapenv:Detail/></soapenv:Fault>", status)


def _answer(result: str) -> Reply:
    spaces = (
        'xmlns:ax21="http://ws.dto.canshipws.canpar.com/xsd" xmlns:ax23="http://dto.canshipws.canpar.com/xsd" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    )
    inside = f'<ax21:error xsi:nil="true"/><ax21:result xsi:type="ax23:TrackingResult">{result}</ax21:result>'
    told = f'<ns:return {spaces} xsi:type="ax21:TrackByBarcodeRs">{inside}</ns:return>'
    space = 'xmlns:ns="http://ws.canparaddons.canpar.com"'
    return _envelope(f"<ns:trackByBarcodeV2Response {space}>{told}</ns:trackByBarcodeV2Response>", 200)


def _leaf(name: str, value: str) -> str:
    return f"<ax23:{name}>{escape(value)}</ax23:{name}>" if value else f"<ax23:{name}/>"


def _optional(name: str, value: str) -> str:
    return _leaf(name, value) if value else f'<ax23:{name} xsi:nil="true"/>'


def _result(view: View) -> str:
    handed, shipped = view.delivered, view.first(Kind.ACCEPTED)
    day = view.estimate.latest.astimezone(view.destination.tz).date() if view.estimate else None
    return (
        _leaf("barcode", view.number)
        # false whatever the events say, as it was seen
        + _leaf("delivered", "false")
        + _leaf("estimated_delivery_date", _day(day))
        + "".join(_event(scan, view) for scan in reversed(view.scans))
        + _leaf("service_description_en", view.service or "GROUND")
        + _leaf("shipping_date", _day(shipped.at.astimezone(view.origin.tz).date() if shipped else None))
        + _optional("signed_by", handed.signed_by if handed else "")
    )


def _day(day: date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""


def _event(scan: Scan, view: View) -> str:
    place = scan.place or view.destination
    code, english, french = _WORDS[scan.kind]
    inside = (
        _address(scan.place)
        + _leaf("code", code)
        + _leaf("code_description_en", english)
        + _leaf("code_description_fr", french)
        + _optional("comment", "")
        + _leaf("local_date_time", f"{scan.at.astimezone(place.tz):%Y%m%d %H%M%S}")
        + _leaf("time_shift", "3")
    )
    return f'<ax23:events xsi:type="ax23:TrackingEvent">{inside}</ax23:events>'


def _address(place: Place | None) -> str:
    if place is None:
        return '<ax23:address xsi:nil="true"/>'
    inside = (
        _leaf("address_line_1", "")
        + _leaf("city", place.city.upper())
        + _leaf("country", place.country)
        + _leaf("postal_code", place.postal_code.replace(" ", ""))
        + _leaf("province", place.region)
    )
    return f'<ax23:address xsi:type="ax23:Address">{inside}</ax23:address>'
