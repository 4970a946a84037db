"""Hermes Germany's HSI shipment info: the password grant, `shipmentID` repeated, oldest first, codes of four digits.

Source: Hermes Germany's HSI OpenAPI document and its list of event codes, read 2026-11-22. Composed, because no
document shows them: the bodies of errors that concern the whole call. There are codes for everything but the weather,
which shares one with other delays. No limit is published.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from tracking.sandbox.accounts import Exceeded
from tracking.sandbox.carriers._wire import Denied, Reply, Wire, bearer
from tracking.sandbox.parcels import normal
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# code, German, English
_WORDS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.LABEL: (
        "0000",
        "Die Sendung wurde Hermes elektronisch angekündigt.",
        "The shipment has been notified to Hermes electronically.",
    ),
    Kind.ACCEPTED: ("1910", "Die Sendung wurde abgeholt.", "The shipment was collected from the client/supplier."),
    Kind.DEPARTED: ("1510", "Die Sendung wurde sortiert.", "The shipment has been sorted."),
    Kind.ARRIVED: ("2000", "Die Sendung ist eingetroffen.", "The shipment has arrived."),
    Kind.IN_TRANSIT: ("1610", "Die Sendung ist unterwegs.", "Shipment is in international transit."),
    Kind.CUSTOMS_IN: ("1710", "Die Zollabfertigung wurde angelegt.", "Customs Export for the shipment was created."),
    Kind.CUSTOMS_HELD: ("1730", "Die Sendung liegt beim Zoll.", "Shipment is held by customs."),
    Kind.CUSTOMS_OUT: (
        "1720",
        "Die Zollabfertigung ist abgeschlossen.",
        "Customs clearance was successfully completed.",
    ),
    Kind.AT_DEPOT: ("3300", "Die Sendung wurde sortiert.", "The shipment has been sorted."),
    Kind.OUT_FOR_DELIVERY: (
        "3000",
        "Die Sendung ist auf Zustelltour gegangen. Die Zustellung erfolgt voraussichtlich heute.",
        "The shipment has gone out on a delivery route. Delivery is expected today.",
    ),
    Kind.ATTEMPT_FAILED: (
        "3731",
        "Der Empfänger wurde nicht angetroffen. Es erfolgt ein weiterer Zustellversuch.",
        "The recipient was not present. Hermes will make another delivery attempt.",
    ),
    Kind.READY_TO_COLLECT: (
        "3410",
        "Die Sendung liegt im Hermes PaketShop zur Abholung bereit.",
        "The shipment is available for collection from the Hermes ParcelShop.",
    ),
    Kind.COLLECTED: (
        "3530",
        "Die Sendung wurde im Hermes PaketShop abgeholt.",
        "The shipment has been collected by the recipient from the Hermes ParcelShop.",
    ),
    Kind.DELIVERED: ("3500", "Die Sendung wurde zugestellt.", "The shipment has been delivered."),
    Kind.WEATHER_DELAY: (
        "4100",
        "Die Sendung wird aufbewahrt und später zugestellt.",
        "Unfortunately Hermes is unable to deliver the parcel as planned.",
    ),
    Kind.DELAYED: (
        "4100",
        "Die Sendung wird aufbewahrt und später zugestellt.",
        "Unfortunately Hermes is unable to deliver the parcel as planned.",
    ),
    Kind.ADDRESS_PROBLEM: (
        "3720",
        "Die Adresse konnte nicht gefunden werden.",
        "The specified address was unable to be found.",
    ),
    Kind.DAMAGED: (
        "3740",
        "Die Sendung wird wegen einer möglichen Beschädigung angehalten.",
        "The shipment will be stopped due to a possible damage.",
    ),
    Kind.REFUSED: (
        "3710",
        "Die Annahme der Sendung wurde verweigert.",
        "The shipment was not accepted when delivery was attempted.",
    ),
    Kind.RETURNING: (
        "6083",
        "Die Sendung ist auf dem Weg zurück zum Auftraggeber.",
        "The shipment is on its way back to the client.",
    ),
    Kind.RETURNED: (
        "7500",
        "Die Sendung ist beim Auftraggeber eingetroffen.",
        "The return/return shipment has arrived at the client.",
    ),
    Kind.MISROUTED: (
        "3780",
        "Die Sendung ist auf eine falsche Tour gegangen und wird umgeleitet.",
        "The shipment has gone out on the wrong route and will be redirected accordingly.",
    ),
    Kind.LOST: (
        "4630",
        "Die Sendung wurde im Hermes PaketShop nicht gefunden.",
        "The shipment was again unable to be found in the Hermes ParcelShop.",
    ),
    Kind.CANCELLED: (
        "9341",
        "Die Sendung wurde vom Auftraggeber storniert.",
        "The shipment has been cancelled by the client.",
    ),
    Kind.NOTE: (
        "9324",
        "Für die Zustellung wurde ein WunschTag gewählt.",
        "A PreferredDeliveryDate has been chosen for delivery.",
    ),
    Kind.UNHEARD: ("9999", "Die Sendung ruht.", "The shipment is resting."),
}
_IN_THE_LETTERBOX = (
    "3511",
    "Die Sendung wurde in den Briefkasten zugestellt.",
    "The shipment has been delivered in the letterbox.",
)
# ISO 3166-1 alpha-3
_COUNTRIES: Mapping[str, str] = {
    "DE": "DEU", "FR": "FRA", "GB": "GBR", "US": "USA", "NL": "NLD", "BE": "BEL", "ES": "ESP", "IT": "ITA",
    "CH": "CHE", "PL": "POL", "SE": "SWE", "CN": "CHN", "TH": "THA",
}  # fmt: skip
TOKEN_LIFE_S = 3_600


class HermesDe(Wire):
    """Hermes Germany."""

    slug = "hermes-de"
    credentials: ClassVar[Mapping[str, str]] = {
        "client_id": "sandbox-hermes",
        "client_secret": "sandbox-hermes-secret",
        "username": "sandbox-hermes-user",
        "password": "sandbox-hermes-password",
    }

    def refusal(self, status: int) -> Reply:
        """A code and a message; both are composed."""
        message = {
            400: "The request is not valid.",
            401: "The access token is invalid or has expired.",
            429: "Too many requests.",
            503: "The service is temporarily unavailable.",
        }.get(status, "An internal error has occurred.")
        return Reply(status, json.dumps({"result": {"code": f"e{status}", "message": message}}))

    def throttled(self, exceeded: Exceeded) -> Reply:
        """429 with the seconds until the window ends, for rules that the operator of the sandbox sets."""
        return self.refusal(429).with_header("Retry-After", str(int(exceeded.retry_after) + 1))

    def token(self) -> Reply:
        """The answer to the password grant; errors as in RFC 6749."""
        form = request.form
        if form.get("grant_type") != "password":
            return Reply(400, json.dumps({"error": "unsupported_grant_type"}))
        account = self.state.accounts.find(self.slug, **{name: form.get(name, "") for name in self.credentials})
        if account is None:
            return Reply(401, json.dumps({"error": "invalid_client"}))
        value, life = self.state.tokens.issue(self.slug, account, TOKEN_LIFE_S)
        return Reply(200, json.dumps({"access_token": value, "token_type": "Bearer", "expires_in": int(life)}))

    def authorise(self) -> str:
        """The account of the bearer token. raises Denied"""
        account = self.state.tokens.account(self.slug, bearer("Bearer") or "")
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def track(self, numbers: Sequence[str]) -> Reply:
        """What is known about each number."""
        if not numbers:
            return self.refusal(400)
        german = request.headers.get("Accept-Language", "DE").upper().startswith("DE")
        rows = ",".join(self._entry(number, german) for number in numbers)
        return Reply(200, f'{{"shipmentinfo":[{rows}]}}')

    def _entry(self, number: str, german: bool) -> str:
        parcel = self.state.parcels.of(self.slug, number)
        made = parcel.made((german,), lambda view: _json(_entry(view, german))) if parcel else None
        message = "There is no information for the entered value."
        return made or _json({"shipmentID": number, "result": {"code": "e001", "message": message}})


def blueprint(state: State) -> Blueprint:
    """The token's path and the shipments'; the base address of the product ends with /services/hsi."""
    hermes, paths = HermesDe(state), Blueprint("hermes-de", __name__)

    @paths.post("/authorization-facade/oauth2/access_token")
    def token() -> Response:
        return hermes.serve("token", (), lambda: request.form.get("client_id", ""), lambda _: hermes.token())

    @paths.get("/services/hsi/shipmentinfo")
    @paths.get("/shipmentinfo")
    def shipmentinfo() -> Response:
        numbers = [normal(number) for number in request.args.getlist("shipmentID") if number.strip()]
        return hermes.serve("track", numbers, hermes.authorise, lambda _: hermes.track(numbers))

    return paths


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _country(code: str) -> str:
    return _COUNTRIES.get(code, code)


def _entry(view: View, german: bool) -> dict[str, Any]:
    to = view.destination
    entry: dict[str, Any] = {
        "shipmentID": view.number,
        "clientReference": "",
        "trackingLink": f"https://www.myhermes.de/tracking/{view.number}",
        "receiverAddress": {"city": to.city, "zipCode": to.postal_code, "countryCode": _country(to.country)},
        "status": [_status(scan, german) for scan in view.scans],
    }
    if view.estimate:
        first, last = (at.astimezone(to.tz) for at in (view.estimate.earliest, view.estimate.latest))
        forecast: dict[str, Any] = {"fixed": view.estimate.timed, "date": last.date().isoformat()}
        if view.estimate.timed:
            forecast["timeSlot"] = {"from": f"{first:%H:%M}", "to": f"{last:%H:%M}"}
        entry["deliveryForecast"] = forecast
    return entry


def _status(scan: Scan, german: bool) -> dict[str, Any]:
    left = scan.kind is Kind.DELIVERED and scan.left_at == "mailbox"
    code, in_german, english = _IN_THE_LETTERBOX if left else _WORDS[scan.kind]
    at = scan.at.astimezone(scan.place.tz) if scan.place else scan.at
    row: dict[str, Any] = {
        "timestamp": at.isoformat(timespec="seconds"),
        "code": code,
        "description": in_german if german else english,
    }
    if scan.place:
        name = "Hermes Logistikzentrum" if scan.place.hub else "Hermes Germany"
        city = scan.place.local or scan.place.city
        row["scanningUnit"] = {"name": name, "city": city, "countryCode": _country(scan.place.country)}
    return row
