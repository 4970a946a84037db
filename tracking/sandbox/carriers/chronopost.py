"""Chronopost TrackingServiceWS: `trackSkybillV2`, one number, no credentials, oldest first, codes padded to three.

Source: TrackingServiceWS.xsd and answers seen from 2022 to 2026, read 2026-11-22. Composed, because nobody published
such an answer: the codes and labels of damage, refusal, loss and return. There is no code for customs, weather or a
wrong way; such scans come as the nearest that was seen. No limit is published, and answers hold no estimate.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from flask import Blueprint, Response

from tracking.sandbox.carriers._soap import asked, envelope, fault, leaf
from tracking.sandbox.carriers._wire import Reply, Wire
from tracking.sandbox.parcels import normal
from tracking.sandbox.places import Place
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

_PARIS = ZoneInfo("Europe/Paris")
_ON_ITS_WAY = ("Colis en cours d'acheminement", "Shipment in transit")
# code, French, English
_WORDS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.LABEL: ("DC", "Colis en cours de préparation chez l'expéditeur", "Shipment in preparation to be shipped"),
    Kind.ACCEPTED: ("DB", "Colis déposé par l'expéditeur", "Shipment handed over by shipper"),
    Kind.DEPARTED: ("SC", "Tri effectué dans l'agence de départ", "Sorted at departure location"),
    Kind.ARRIVED: ("TS", *_ON_ITS_WAY),
    Kind.IN_TRANSIT: ("TS", *_ON_ITS_WAY),
    Kind.CUSTOMS_IN: ("EI", "Colis entré dans le pays de destination", "Shipment in the country of destination"),
    Kind.CUSTOMS_HELD: ("TP", *_ON_ITS_WAY),
    Kind.CUSTOMS_OUT: ("O", *_ON_ITS_WAY),
    Kind.AT_DEPOT: ("SD", "Tri effectué dans l'agence de distribution", "Sorted at delivery location"),
    Kind.OUT_FOR_DELIVERY: ("TA", "Colis en cours de livraison", "Shipment in delivery to the consignee"),
    Kind.ATTEMPT_FAILED: (
        "P",
        "Echec de livraison suite à l'absence du destinataire.",
        "Delivery failed, the consignee was absent",
    ),
    Kind.READY_TO_COLLECT: ("AB", "Colis mis à disposition au point de retrait", "Available at the pickup point"),
    Kind.COLLECTED: ("D", "Livraison effectuée", "Delivered"),
    Kind.DELIVERED: ("D", "Livraison effectuée", "Delivered"),
    Kind.WEATHER_DELAY: ("A2", "Colis retardé à l'agence de distribution", "Shipment late at the delivery location"),
    Kind.DELAYED: ("IA", "Livraison reportée de 24h", "Delivery postponed by 24 hours"),
    Kind.ADDRESS_PROBLEM: (
        "SK",
        "Colis en attente d'informations complémentaires de votre part",
        "Shipment waiting for information from you",
    ),
    Kind.DAMAGED: ("AV", "Colis avarié, en cours de vérification", "Shipment damaged, under examination"),
    Kind.REFUSED: ("RF", "Colis refusé par le destinataire", "Shipment refused by the consignee"),
    Kind.RETURNING: ("RX", "Colis en retour vers l'expéditeur", "Return to the sender"),
    Kind.RETURNED: ("RD", "Colis remis à l'expéditeur", "Delivered to the sender"),
    Kind.MISROUTED: ("TS", *_ON_ITS_WAY),
    Kind.LOST: ("PX", "Colis égaré", "Shipment lost"),
    Kind.CANCELLED: ("RX", "Colis en retour vers l'expéditeur", "Return to the sender"),
    Kind.NOTE: ("SM", "Destinataire informé par SMS ou mail", "Consignee informed by text message or e-mail"),
    Kind.UNHEARD: ("QQ", "Colis au repos", "Shipment at rest"),
}


class Chronopost(Wire):
    """Chronopost."""

    slug = "chronopost"
    credentials: ClassVar[Mapping[str, str]] = {}

    def refusal(self, status: int) -> Reply:
        """A fault; its text is composed."""
        return fault("Server", "Fault occurred while processing.", status=status)

    def track(self, question: Mapping[str, str] | None) -> Reply:
        """What is known about one number; of one that is unknown an empty list of events."""
        if question is None or "skybillNumber" not in question:
            return fault("Client", "Unmarshalling Error: unexpected element")
        column = 1 if question.get("language", "fr_FR").startswith("fr") else 2
        parcel = self.state.parcels.of(self.slug, normal(question["skybillNumber"]))
        made = parcel.made((column,), lambda view: _events(view, column)) if parcel else None
        told = f"<listEventInfoComp>{made}</listEventInfoComp>" if made else "<listEventInfoComp/>"
        return envelope(
            '<ns2:trackSkybillV2Response xmlns:ns2="http://cxf.tracking.soap.chronopost.fr/">'
            f"<return><errorCode>0</errorCode>{told}</return></ns2:trackSkybillV2Response>"
        )


def blueprint(state: State) -> Blueprint:
    """Chronopost's one path; the base address of the product ends with /tracking-cxf."""
    post, paths = Chronopost(state), Blueprint("chronopost", __name__)

    @paths.post("/tracking-cxf/TrackingServiceWS")
    @paths.post("/TrackingServiceWS")
    def skybill() -> Response:
        question = asked("Body", "trackSkybillV2")
        numbers = [normal(question["skybillNumber"])] if question and question.get("skybillNumber") else []
        return post.serve("track", numbers, lambda: "everybody", lambda _: post.track(question))

    return paths


def _at(at: datetime) -> str:
    return at.astimezone(_PARIS).isoformat(timespec="seconds")


def _events(view: View, column: int) -> str:
    rows = "".join(_event(scan, view, column) for scan in view.scans)
    return rows + leaf("skybillNumber", view.number)


def _event(scan: Scan, view: View, column: int) -> str:
    code, place = _WORDS[scan.kind][0], scan.place
    notes = []
    if scan is view.delivered and scan.signed_by:
        notes.append(("Nom du destinataire" if column == 1 else "Consignee's name", scan.signed_by))
    if place is not None and place.country != "FR":
        notes.append(("Lieu", f"{place.city.upper()} - {place.country} (depot 0001)"))
    office, french = _office(scan, place), place is not None and place.country == "FR"
    told = "".join(f"<infoCompList>{leaf('name', name)}{leaf('value', value)}</infoCompList>" for name, value in notes)
    return (
        "<events>"
        + leaf("code", f"{code:<3}")
        + leaf("eventDate", _at(scan.at))
        + leaf("eventLabel", _WORDS[scan.kind][column])
        + leaf("highPriority", scan is view.delivered)
        + leaf("NPC", place.postal_code[:2] if french and place else "")
        + leaf("officeLabel", office)
        + leaf("zipCode", place.postal_code if french and place else "")
        + told
        + "</events>"
    )


def _office(scan: Scan, place: Place | None) -> str:
    if scan.kind is Kind.LABEL:
        return "Web Services"
    if place is None or place.country != "FR":
        return "CHRONOPOST NETWORKS"
    if scan.kind is Kind.READY_TO_COLLECT:
        return f"{place.city.upper()} - FR - RELAIS DU MARCHE"
    return f"HUB {place.city.upper()} CHRONOPOST" if place.hub else f"{place.city.upper()} CHRONOPOST"
