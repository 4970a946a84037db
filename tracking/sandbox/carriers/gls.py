"""GLS Track And Trace V1: up to ten numbers in the path, an error inside the parcel for one that is not known.

Source: GLS specification 1.0.7 and Authentication Service v2, read 2026-11-22. Event codes beyond those of examples and
answers are composed in their manner, as only accounts are given the list.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, ClassVar

from flask import Blueprint, Response, request

from tracking.sandbox.accounts import Rule
from tracking.sandbox.carriers._wire import Denied, Reply, Wire, basic, bearer
from tracking.sandbox.parcels import normal
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

# the parcel's status from then on ("": as before), the event's code, English, German
_WORDS: Mapping[Kind, tuple[str, str, str, str]] = {
    Kind.LABEL: (
        "PREADVICE",
        "INTIAL.PREADVICE",
        "The parcel data was entered into the GLS IT system; the parcel was not yet handed over to GLS.",
        "Die Paketdaten wurden im GLS IT-System erfasst; das Paket wurde noch nicht an GLS übergeben.",
    ),
    Kind.ACCEPTED: (
        "INTRANSIT",
        "INTIAL.NORMAL",
        "The parcel was handed over to GLS.",
        "Das Paket wurde an GLS übergeben.",
    ),
    Kind.DEPARTED: (
        "INTRANSIT",
        "OUTBOD.NORMAL",
        "The parcel has left the parcel center.",
        "Das Paket hat das Paketzentrum verlassen.",
    ),
    Kind.ARRIVED: (
        "INTRANSIT",
        "INBOUD.NORMAL",
        "The parcel has reached the parcel center.",
        "Das Paket ist im Paketzentrum eingetroffen.",
    ),
    Kind.IN_TRANSIT: ("INTRANSIT", "TRANSI.NORMAL", "The parcel is in transit.", "Das Paket ist unterwegs."),
    Kind.CUSTOMS_IN: ("INTRANSIT", "CUSTOM.IN", "The parcel is at customs.", "Das Paket ist beim Zoll."),
    Kind.CUSTOMS_HELD: ("INTRANSIT", "CUSTOM.HELD", "The parcel is held by customs.", "Der Zoll hält das Paket."),
    Kind.CUSTOMS_OUT: ("INTRANSIT", "CUSTOM.OUT", "The parcel has left customs.", "Das Paket ist verzollt."),
    Kind.AT_DEPOT: (
        "INWAREHOUSE",
        "INBOUD.NORMAL",
        "The parcel has reached the parcel center.",
        "Das Paket ist im Paketzentrum eingetroffen.",
    ),
    Kind.OUT_FOR_DELIVERY: (
        "INDELIVERY",
        "OUTDEL.NORMAL",
        "The parcel is expected to be delivered during the day.",
        "Das Paket wird voraussichtlich im Laufe des Tages zugestellt.",
    ),
    Kind.ATTEMPT_FAILED: (
        "NOTDELIVERED",
        "NOTDEL.ABSENT",
        "The parcel could not be delivered as the consignee was absent.",
        "Das Paket konnte nicht zugestellt werden; der Empfänger war abwesend.",
    ),
    Kind.READY_TO_COLLECT: (
        "DELIVEREDPS",
        "DELIVD.PARCELSHOP",
        "The parcel has been delivered at the ParcelShop (see ParcelShop information).",
        "Das Paket wurde im PaketShop zugestellt (siehe PaketShop-Information).",
    ),
    Kind.COLLECTED: (
        "DELIVERED",
        "DELIVD.DEL_BY_PSAPP",
        "The parcel has been collected at the ParcelShop.",
        "Das Paket wurde im PaketShop abgeholt.",
    ),
    Kind.DELIVERED: (
        "DELIVERED",
        "DELIVD.NORMAL",
        "The parcel has been delivered.",
        "Das Paket wurde zugestellt.",
    ),
    Kind.WEATHER_DELAY: ("INTRANSIT", "DELAYD.WEATHER", "Delayed by the weather.", "Verzögert durch das Wetter."),
    Kind.DELAYED: ("INTRANSIT", "DELAYD.NORMAL", "The parcel is delayed.", "Das Paket verspätet sich."),
    Kind.ADDRESS_PROBLEM: ("NOTDELIVERED", "NOTDEL.ADDRESS", "Wrong address.", "Falsche Anschrift."),
    Kind.DAMAGED: ("INWAREHOUSE", "DAMAGD.NORMAL", "The parcel is damaged.", "Das Paket ist beschädigt."),
    Kind.REFUSED: ("NOTDELIVERED", "NOTDEL.REFUSED", "Acceptance was refused.", "Die Annahme wurde verweigert."),
    Kind.RETURNING: ("NOTDELIVERED", "RETURN.NORMAL", "Return to sender.", "Rücksendung an den Absender."),
    Kind.RETURNED: ("FINAL", "RETURN.SENDER", "Back at the sender.", "Zurück beim Absender."),
    Kind.MISROUTED: ("INTRANSIT", "TRANSI.MISROUTED", "The parcel was misrouted.", "Das Paket wurde fehlgeleitet."),
    Kind.LOST: ("INWAREHOUSE", "SEARCH.NORMAL", "GLS is looking for the parcel.", "GLS sucht das Paket."),
    Kind.CANCELLED: (
        "CANCELED",
        "CANCEL.NORMAL",
        "The parcel data have been deleted from the GLS IT system.",
        "Die Paketdaten wurden aus dem GLS IT-System gelöscht.",
    ),
    Kind.NOTE: ("", "INFO.NOTICE", "The consignee was notified.", "Der Empfänger wurde benachrichtigt."),
    Kind.UNHEARD: ("", "RESTNG.NORMAL", "The parcel is resting.", "Das Paket ruht sich aus."),
}
_NUMBER = re.compile(r"[A-Z0-9_]{6,20}")
TOKEN_LIFE_S = 14_400
BATCH = 10
_PATH = "/track-and-trace-v1/tracking/simple/trackids/<numbers>"


class Gls(Wire):
    """GLS Group."""

    slug = "gls"
    credentials: ClassVar[Mapping[str, str]] = {"client_id": "sandbox-gls", "client_secret": "sandbox-gls-secret"}
    rules = (Rule(500, 86_400, aligned=True),)

    def refusal(self, status: int) -> Reply:
        """The gateway's fault for 401 and 429, a problem document for the rest."""
        if status in _FAULTS:
            words, code = _FAULTS[status]
            return Reply(status, json.dumps({"fault": {"faultstring": words, "detail": {"errorcode": code}}}))
        title = {400: "Bad Request", 503: "Service Unavailable"}.get(status, "Internal Server Error")
        return _problem(status, title, title)

    def token(self) -> Reply:
        """The answer to a token call."""
        given = basic()
        account = self.state.accounts.find(self.slug, client_id=given[0], client_secret=given[1]) if given else None
        if request.form.get("grant_type") != "client_credentials":
            return Reply(400, json.dumps({"error": "unsupported_grant_type"}))
        if not account:
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
        """What is known about one to ten numbers."""
        if len(numbers) > BATCH:
            return _problem(
                400, "Bad Request", f"Provided trackids of size '{len(numbers)}' is more than allowed limit of {BATCH}"
            )
        flags = {}
        for name, default in (("showEvents", "true"), ("showLinks", "false")):
            value = request.args.get(name, default).lower()
            if value not in ("true", "false"):
                return _problem(400, "Bad Request", f"Failed to convert '{name}' with value: '{value}'")
            flags[name] = value == "true"
        german = request.headers.get("Accept-Language", "EN").upper().startswith("DE")
        rows = [self._parcel(number, german, flags) for number in numbers]
        return Reply(200, json.dumps({"parcels": rows}, ensure_ascii=False))

    def _parcel(self, number: str, german: bool, flags: Mapping[str, bool]) -> dict[str, Any]:
        if not _NUMBER.fullmatch(number):
            return {"requested": number, "errorCode": "E_400_01", "errorMessage": "Bad Request"}
        parcel = self.state.parcels.of(self.slug, number)
        found: dict[str, Any] | None = parcel.made((german,), lambda view: _found(view, german)) if parcel else None
        if found is None:
            return {"requested": number, "errorCode": "E_404_01", "errorMessage": "Resource Not Found"}
        hidden = {name for name, flag in (("events", "showEvents"), ("_links", "showLinks")) if not flags[flag]}
        return {key: value for key, value in found.items() if key not in hidden}


def blueprint(state: State) -> Blueprint:
    """Tokens, and parcels by their numbers."""
    gls, paths = Gls(state), Blueprint("gls", __name__)

    @paths.post("/oauth2/v2/token")
    def token() -> Response:
        return gls.serve("token", [], lambda: "", lambda _: gls.token())

    @paths.get(_PATH)
    def trackids(numbers: str) -> Response:
        asked = [normal(number) for number in numbers.split(",") if number.strip()]
        return gls.serve("track", asked, gls.authorise, lambda _: gls.track(asked))

    return paths


_FAULTS: Mapping[int, tuple[str, str]] = {
    401: ("The Token has expired: policy(Verify-JWT)", "steps.jwt.TokenExpired"),
    429: (
        "Rate limit quota violation. Quota limit  exceeded. Identifier : 00000000-0000-0000-0000-000000000000",
        "policies.ratelimit.QuotaViolation",
    ),
}


def _problem(status: int, title: str, detail: str) -> Reply:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": request.path}
    return Reply(status, json.dumps(body), content_type="application/problem+json")


def _at(scan: Scan) -> str:
    return scan.at.astimezone(scan.place.tz if scan.place else UTC).strftime("%Y-%m-%dT%H:%M:%S%z")


def _event(scan: Scan, german: bool) -> dict[str, str]:
    _, code, english, in_german = _WORDS[scan.kind]
    return {
        "code": code,
        "city": scan.place.city if scan.place else "",
        "postalCode": scan.place.postal_code if scan.place else "",
        "country": scan.place.country if scan.place else "",
        "description": in_german if german else english,
        "eventDateTime": _at(scan),
    }


def _found(view: View, german: bool) -> dict[str, Any]:
    telling = next((scan for scan in reversed(view.scans) if _WORDS[scan.kind][0]), view.last)
    href = f"/tracking/deliveryinfo/parcelid/{view.number}?{{originaldestinationpostalcode}}"
    return {
        "requested": view.number,
        "unitno": view.number,
        "status": _WORDS[telling.kind][0] or "INTRANSIT",
        "statusDateTime": _at(telling),
        "_links": {"deliveryInfo": {"href": href, "templated": True}},
        "events": [_event(scan, german) for scan in reversed(view.scans)],
    }
