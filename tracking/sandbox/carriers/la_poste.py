"""La Poste Suivi v2: up to ten numbers in the path, an object for one and a list for several, French unless asked.

Source: Swagger SUIVI (Suivi-1.0.0), debuss/lapostesuivi and La Poste's list of event codes, read 2026-11-22. Events
name no place, and their times are French local time wherever they happen. Abroad, codes tell the country of origin, of
transit and of destination apart. The free plan's 100 calls a minute are a public note's figure.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from tracking.sandbox.accounts import Exceeded, Rule
from tracking.sandbox.carriers._wire import Denied, Reply, Wire
from tracking.sandbox.parcels import normal
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

_PARIS = ZoneInfo("Europe/Paris")
# code, French, English
_WORDS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.LABEL: (
        "DR1",
        "Votre Colissimo va bientôt nous être confié ! Il est en cours de préparation chez votre expéditeur.",
        "Your Colissimo will soon be handed over to us. The sender is preparing it.",
    ),
    Kind.ACCEPTED: ("PC1", "Votre colis est pris en charge.", "Your parcel has been handed over to us."),
    Kind.DEPARTED: (
        "ET1",
        "Votre colis est en cours d'acheminement.",
        "Your parcel is on its way.",
    ),
    Kind.ARRIVED: (
        "ET1",
        "Votre colis est en transit sur nos plateformes logistiques.",
        "Your parcel is in transit on our logistics platforms.",
    ),
    Kind.IN_TRANSIT: ("ET1", "Votre colis est en cours d'acheminement.", "Your parcel is on its way."),
    Kind.CUSTOMS_IN: ("DO1", "Votre colis est entré en douane.", "Your parcel has entered customs."),
    Kind.CUSTOMS_HELD: ("DO3", "Votre colis est retenu en douane.", "Your parcel is held by customs."),
    Kind.CUSTOMS_OUT: ("DO2", "Votre colis est sorti de douane.", "Your parcel has left customs."),
    Kind.AT_DEPOT: (
        "EP1",
        "Votre colis est arrivé sur son site de livraison. Il est en attente de présentation.",
        "Your parcel has arrived at its delivery site.",
    ),
    Kind.OUT_FOR_DELIVERY: ("MD2", "Votre colis est en cours de livraison.", "Your parcel is out for delivery."),
    Kind.ATTEMPT_FAILED: (
        "ND1",
        "Votre colis n'a pas pu être distribué : destinataire absent.",
        "Your parcel could not be delivered: nobody was in.",
    ),
    Kind.READY_TO_COLLECT: (
        "AG1",
        "Votre colis est disponible en point de retrait.",
        "Your parcel is ready to be collected.",
    ),
    Kind.COLLECTED: (
        "DI1",
        "Votre colis a été retiré par son destinataire.",
        "Your parcel has been collected by the recipient.",
    ),
    Kind.DELIVERED: ("DI1", "Votre colis est livré.", "Your parcel has been delivered."),
    Kind.WEATHER_DELAY: (
        "PB1",
        "Les conditions météorologiques retardent votre colis.",
        "Your parcel is delayed by the weather.",
    ),
    Kind.DELAYED: ("PB1", "L'acheminement de votre colis est retardé.", "Your parcel is delayed."),
    Kind.ADDRESS_PROBLEM: (
        "PB1",
        "L'adresse de votre colis est incomplète. Nous la vérifions.",
        "The address of your parcel is incomplete.",
    ),
    Kind.DAMAGED: ("PB1", "Votre colis a été endommagé.", "Your parcel has been damaged."),
    Kind.REFUSED: (
        "PB1",
        "Votre colis a été refusé par son destinataire.",
        "Your parcel was refused by the recipient.",
    ),
    Kind.RETURNING: (
        "RE1",
        "Votre colis est retourné à l'expéditeur.",
        "Your parcel is being returned to the sender.",
    ),
    Kind.RETURNED: ("DI2", "Votre colis a été remis à l'expéditeur.", "Your parcel has been delivered to the sender."),
    Kind.MISROUTED: (
        "PB1",
        "Votre colis a été mal orienté. Nous le réacheminons.",
        "Your parcel was misrouted and is being redirected.",
    ),
    Kind.LOST: ("PB1", "Nous recherchons votre colis.", "We are looking for your parcel."),
    Kind.CANCELLED: ("PB1", "L'envoi a été annulé par l'expéditeur.", "The shipment was cancelled by the sender."),
    Kind.NOTE: ("PB2", "Le problème rencontré par votre colis est résolu.", "The problem with your parcel is solved."),
    Kind.UNHEARD: ("QQ9", "Votre colis se repose.", "Your parcel is resting."),
}
_STEPS: tuple[tuple[str, frozenset[Kind]], ...] = (
    ("Votre colis est entre nos mains.", frozenset({Kind.ACCEPTED})),
    ("Il est en chemin.", frozenset({Kind.DEPARTED, Kind.ARRIVED, Kind.IN_TRANSIT})),
    ("Votre colis est arrivé sur son site de livraison.", frozenset({Kind.AT_DEPOT})),
    ("Nous préparons votre colis pour sa livraison.", frozenset({Kind.OUT_FOR_DELIVERY})),
    ("Votre colis a été livré", frozenset({Kind.DELIVERED, Kind.COLLECTED})),
)
_FINAL = frozenset({Kind.DELIVERED, Kind.COLLECTED, Kind.RETURNED, Kind.CANCELLED})
_LANGUAGES = frozenset({"fr_FR", "en_GB", "en_US", "de_DE", "es_ES", "it_IT", "nl_NL"})
_NUMBER = re.compile(r"[A-Z0-9]{11,15}|[A-Z0-9]{18}")
BATCH = 10


class LaPoste(Wire):
    """La Poste, Colissimo."""

    slug = "la-poste"
    credentials: ClassVar[Mapping[str, str]] = {"api_key": "sandbox-la-poste-key"}
    rules = (Rule(100, 60),)

    def refusal(self, status: int) -> Reply:
        """Two shapes: returnCode, and code with message for quota and maintenance."""
        if status == 429:
            return self._full(self.rules[0])
        if status == 503:
            text = "The service is currently unavailable (SERVICE_UNAVAILABLE)."
            return Reply(503, _json({"code": "SERVICE_UNAVAILABLE", "message": text}))
        return Reply(status, _json(_failure(status)))

    def throttled(self, exceeded: Exceeded) -> Reply:
        """429 that names the quota."""
        return self._full(exceeded.rule)

    def _full(self, rule: Rule) -> Reply:
        text = f"Rate limited, max quota reached ({rule.amount} calls per {rule.per_s}s) (TOO_MANY_REQUESTS)."
        return Reply(429, _json({"code": "TOO_MANY_REQUESTS", "message": text}))

    def authorise(self) -> str:
        """The account of the key. raises Denied"""
        account = self.state.accounts.find(self.slug, api_key=request.headers.get("X-Okapi-Key", ""))
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def track(self, numbers: Sequence[str]) -> Reply:
        """What is known about one to ten numbers."""
        if not 1 <= len(numbers) <= BATCH:
            return self.refusal(400)
        lang = request.args.get("lang", "fr_FR")
        lang = lang if lang in _LANGUAGES else "fr_FR"
        rows = [self._entry(number, lang) for number in numbers]
        if len(rows) == 1:
            return Reply(*rows[0])
        codes = {status for status, _ in rows}
        status = codes.pop() if len(codes) == 1 else 207
        return Reply(status, f"[{','.join(body for _, body in rows)}]")

    def _entry(self, number: str, lang: str) -> tuple[int, str]:
        if not _NUMBER.fullmatch(number):
            return 400, _json(_failure(400, number))
        parcel = self.state.parcels.of(self.slug, number)
        body = parcel.made((lang,), lambda view: _json(_entry(view, lang))) if parcel else None
        return (200, body) if body is not None else (404, _json(_failure(404, number)))


def blueprint(state: State) -> Blueprint:
    """La Poste's one path; the base address of the product ends with /suivi/v2."""
    poste, paths = LaPoste(state), Blueprint("la-poste", __name__)

    @paths.get("/suivi/v2/idships/<numbers>")
    @paths.get("/idships/<numbers>")
    def idships(numbers: str) -> Response:
        asked = [normal(number) for number in numbers.split(",") if number.strip()]
        return poste.serve("track", asked, poste.authorise, lambda _: poste.track(asked))

    return paths


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _failure(status: int, number: str = "") -> dict[str, Any]:
    message = {
        400: "Votre requête est incorrecte. Veuillez la ressaisir en respectant le format.",
        401: "Unauthorized",
        404: "Not Found",
        504: "Gateway Timeout",
    }.get(status, "Internal Server Error")
    row = {"returnCode": status, "returnMessage": message, "lang": "fr_FR", "scope": "open"}
    return row | ({"idShip": number} if number else {})


def _at(at: datetime) -> str:
    return at.astimezone(_PARIS).isoformat(timespec="seconds")


def _code(scan: Scan, view: View) -> str:
    code = _WORDS[scan.kind][0]
    if not view.abroad or scan.place is None or code not in ("PC1", "ET1"):
        return code
    if scan.place.country == view.origin.country:
        return "PC2" if code == "PC1" else "ET2"
    if scan.place.country == view.destination.country:
        return code if code == "PC1" else "ET3"
    return code if code == "PC1" else "ET4"


def _entry(view: View, lang: str) -> dict[str, Any]:
    column = 1 if lang == "fr_FR" else 2
    events = [
        {"order": 100 - index, "code": _code(scan, view), "label": _WORDS[scan.kind][column], "date": _at(scan.at)}
        for index, scan in enumerate(reversed(view.scans))
    ]
    shipment: dict[str, Any] = {
        "idShip": view.number,
        "holder": 4,
        "product": "courrier" if view.service.lower().startswith("lettre") else "colissimo",
        "isFinal": view.last.kind in _FINAL,
        "timeline": _timeline(view),
        "event": events,
        "contextData": _context(view),
        "url": f"https://www.laposte.fr/outils/suivre-vos-envois?code={view.number}",
    }
    taken = view.first(Kind.ACCEPTED)
    if taken:
        shipment["entryDate"] = _at(taken.at)
    if view.delivered:
        shipment["deliveryDate"] = shipment["estimDate"] = _at(view.delivered.at)
    elif view.estimate:
        shipment["estimDate"] = _at(view.estimate.latest if view.estimate.timed else view.estimate.earliest)
    return {"lang": lang, "scope": "open", "returnCode": 200, "shipment": shipment}


def _timeline(view: View) -> list[dict[str, Any]]:
    scans = [view.first(*kinds) for _, kinds in _STEPS]
    reached = max((index for index, scan in enumerate(scans) if scan is not None), default=-1)
    rows = []
    for index, (label, _) in enumerate(_STEPS):
        scan, done = scans[index], index <= reached
        row: dict[str, Any] = {"shortLabel": label if done else "", "longLabel": "", "id": index + 1}
        if scan is not None:
            row["date"] = _at(scan.at)
        country = scan.place.country if scan is not None and scan.place is not None else ""
        rows.append(row | {"country": country, "status": done, "type": 1})
    return rows


def _context(view: View) -> dict[str, Any]:
    context: dict[str, Any] = {
        "deliveryChoice": {"deliveryChoice": 0},
        "originCountry": view.origin.country,
        "arrivalCountry": view.destination.country,
    }
    if view.last.kind is Kind.READY_TO_COLLECT and view.last.place is not None:
        context["removalPoint"] = {"name": f"BUREAU DE POSTE {view.last.place.city.upper()}", "type": "A2P"}
    if view.abroad:
        context["partner"] = {"name": "Partenaire postal", "network": "UPU", "reference": view.number}
    return context
