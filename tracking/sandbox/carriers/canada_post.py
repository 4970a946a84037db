"""Canada Post track-v2: one PIN a call, in XML; each time local to its site, the zone as an abbreviation or a country.

Source: canadapost.ca “Get Tracking Details – REST” and “Messages and code tables”, read 2026-11-22. The HTTP statuses
of messages, and how many calls a key may make, are in no document and were chosen here.
"""

import re
from collections.abc import Mapping
from typing import ClassVar
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from tracking.sandbox.accounts import Rule
from tracking.sandbox.carriers._wire import Denied, Reply, Wire, basic
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import COUNTRY_NAMES, Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

_TRACK = "application/vnd.cpc.track-v2+xml"
# identifier with the leading zeros it comes with, English, French
_WORDS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.LABEL: (
        "3000",
        "Electronic information submitted by shipper",
        "Les renseignements électroniques ont été soumis par l'expéditeur",
    ),
    Kind.ACCEPTED: ("2300", "Item picked up by Canada Post", "Envoi ramassé par Postes Canada"),
    Kind.DEPARTED: ("0410", "Item departed", "L'article est parti"),
    Kind.ARRIVED: ("0405", "Item arrived", "Article arrivé"),
    Kind.IN_TRANSIT: ("0175", "Item in transit", "Article en transit"),
    Kind.CUSTOMS_IN: (
        "0800",
        "Item has been presented to Canada Border Services Agency for customs review.",
        "Présenté à l'Agence des services frontaliers du Canada pour dédouanement.",
    ),
    Kind.CUSTOMS_HELD: ("0810", "Item held by Customs", "Article retenu par les Douanes"),
    Kind.CUSTOMS_OUT: (
        "0900",
        "International item released from Customs for processing by Canada Post",
        "Article international remis par les Douanes à Postes Canada",
    ),
    Kind.AT_DEPOT: ("0100", "Item processed at postal facility", "Article traité à l'installation postale"),
    Kind.OUT_FOR_DELIVERY: ("0174", "Item out for delivery", "Article sorti pour livraison"),
    Kind.ATTEMPT_FAILED: (
        "0179",
        "Item cannot be delivered; more details to be provided",
        "Impossible de livrer l'article; précisions à suivre",
    ),
    Kind.READY_TO_COLLECT: (
        "1701",
        "Item available for pickup at Post Office",
        "Article peut être ramassé au bureau de poste",
    ),
    Kind.COLLECTED: ("1498", "Item successfully delivered", "Article livré avec succès"),
    Kind.DELIVERED: ("1496", "Item successfully delivered", "Article livré avec succès"),
    Kind.WEATHER_DELAY: (
        "0159",
        "Delivery may be delayed due to extreme weather conditions",
        "Conditions météorologiques sévères à l'emplacement de livraison; article retardé",
    ),
    Kind.DELAYED: (
        "0162",
        "Delivery may be delayed due to transportation delay",
        "Livraison retardée en raison de délais de transport hors de notre contrôle",
    ),
    Kind.ADDRESS_PROBLEM: (
        "0173",
        "Customer addressing error found; attempting to correct. Possible delay",
        "Erreur d'adressage du client; tentative de correction. Délai possible",
    ),
    Kind.DAMAGED: (
        "0710",
        "Item arrived in Canada damaged. Sent for further processing.",
        "Article arrivé au Canada endommagé. Envoyé pour traitement ultérieur",
    ),
    Kind.REFUSED: (
        "0121",
        "Item on hold. Refused or unclaimed by recipient",
        "Article retenu. Refusé ou non réclamé par le destinataire",
    ),
    Kind.RETURNING: (
        "2600",
        "Item has been returned and is enroute to the Sender",
        "L'article a été retourné et est en route à l'Expéditeur",
    ),
    # the code of a delivery; the words tell whose
    Kind.RETURNED: (
        "1496",
        "Item successfully returned to sender",
        "L'article a été renvoyé avec succès à l'expéditeur.",
    ),
    Kind.MISROUTED: (
        "0172",
        "Item re-routed due to processing error; Possible delay",
        "Article réacheminé en raison d'une erreur de traitement; Délai possible",
    ),
    # it has no words for a loss or a cancellation
    Kind.LOST: ("1484", "Item on hold", "Article retenu"),
    Kind.CANCELLED: ("1494", "Item on hold", "Article retenu"),
    Kind.NOTE: (
        "20",
        "Signature image recorded for Online viewing",
        "Image de la signature enregistrée pour consultation en ligne",
    ),
    Kind.UNHEARD: ("9977", "Item is resting", "L'article se repose"),
}
_REFUSALS: Mapping[int, tuple[str, str]] = {
    401: ("E002", "AAA Authentication Failure"),
    404: ("004", "No Pin History"),
    406: ("406", "Interface version not expected"),
    429: ("Server", "Rejected by SLM Monitor"),
}
_PIN = re.compile(r"[A-Z0-9]{12,13}|[A-Z0-9]{16}")
_NOTICE_CARD = re.compile(r"\d{15}")


class CanadaPost(Wire):
    """Canada Post."""

    slug = "canada-post"
    credentials: ClassVar[Mapping[str, str]] = {"user_id": "sandbox-canada-post", "password": "sandbox-canada-post-key"}
    rules = (Rule(60, 60),)

    def refusal(self, status: int) -> Reply:
        """A list of messages, of one."""
        code, description = _REFUSALS.get(status, ("Server", "Internal Error"))
        body = f"<message><code>{code}</code><description>{description}</description></message>"
        return Reply(status, _document("messages", "messages", body), content_type="application/xml")

    def authorise(self) -> str:
        """The account of the API key. raises Denied"""
        user, password = basic() or ("", "")
        account = self.state.accounts.find(self.slug, user_id=user, password=password)
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def track(self, number: str, kind: str) -> Reply:
        """The details of one number."""
        if request.headers.get("Accept") != _TRACK:
            return self.refusal(406)
        french = request.headers.get("Accept-language", "").lower().startswith("fr")
        fits = (_NOTICE_CARD if kind == "dnc" else _PIN).fullmatch(number)
        parcel = self.state.parcels.of(self.slug, number) if fits else None
        body = parcel.made((french,), lambda view: _detail(view, french)) if parcel else None
        return self.refusal(404) if body is None else Reply(200, body, content_type=_TRACK)


def blueprint(state: State) -> Blueprint:
    """Canada Post's paths."""
    post, paths = CanadaPost(state), Blueprint("canada-post", __name__)

    @paths.get("/vis/track/<any(pin, dnc):kind>/<number>/detail")
    def detail(kind: str, number: str) -> Response:
        asked = normal(number)
        return post.serve("track", [asked], post.authorise, lambda _: post.track(asked, kind))

    return paths


def _document(root: str, schema: str, body: str) -> str:
    space = f"http://www.canadapost.ca/ws/{schema}"
    return f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{space}">{body}</{root}>'


def _rows(values: Mapping[str, str]) -> str:
    """Elements; an empty one is there, and blank."""
    return "".join(f"<{name}>{escape(value)}</{name}>" if value else f"<{name}/>" for name, value in values.items())


def _detail(view: View, french: bool) -> str:
    first = view.first_estimate.latest.astimezone(view.destination.tz).date().isoformat() if view.first_estimate else ""
    changed = view.estimate.latest.astimezone(view.destination.tz).date().isoformat() if view.estimate else ""
    signed = bool(view.delivered and view.delivered.proof == "signature")
    head = {
        "pin": view.number,
        "active-exists": "1",
        "archive-exists": "",
        "changed-expected-date": changed if changed != first else "",
        "destination-postal-id": view.destination.postal_code.replace(" ", ""),
        "expected-delivery-date": first,
        "changed-expected-delivery-reason": "",
        "mailed-by-customer-number": "0007035114",
        "original-pin": "",
        "service-name": view.service or "Expedited Parcels",
        "service-name-2": view.service or "Colis accélérés",
        "customer-ref-1": "",
        "customer-ref-2": "",
        "return-pin": "",
        "signature-image-exists": str(signed).lower(),
        "suppress-signature": "false",
    }
    events = "".join(_occurrence(scan, view, french) for scan in reversed(view.scans))
    body = f"{_rows(head)}<delivery-options/><significant-events>{events}</significant-events>"
    return _document("tracking-detail", "track", body)


def _occurrence(scan: Scan, view: View, french: bool) -> str:
    place = scan.place or view.destination
    local = scan.at.astimezone(place.tz)
    code, english, other = _WORDS[scan.kind]
    waits = scan.kind is Kind.READY_TO_COLLECT
    fields = {
        "event-identifier": code,
        "event-date": local.date().isoformat(),
        "event-time": f"{local:%H:%M:%S}",
        "event-time-zone": _zone(place, f"{local:%Z}"),
        "event-description": other if french else english,
        "signatory-name": scan.signed_by,
        "event-site": _site(place) if scan.place else "",
        "event-province": place.region if scan.place and place.country == "CA" else "",
        "event-retail-location-id": "0000104400" if waits else "",
        "event-retail-name": f"{place.city.upper()} STN MAIN" if waits else "",
    }
    return f"<occurrence>{_rows(fields)}</occurrence>"


def _site(place: Place) -> str:
    if place.country == "CA":
        return place.city.upper()
    return f"{place.country}{place.city[:3].upper()}A,{COUNTRY_NAMES.get(place.country, '')}"


def _zone(place: Place, abbreviation: str) -> str:
    """The abbreviation at home; abroad the country's name."""
    return abbreviation if place.country == "CA" else COUNTRY_NAMES.get(place.country, "").upper()
