"""DPD Benelux: LoginService 2.1 and ParcelLifeCycleService 2.0 in SOAP, one parcel a call, oldest first.

Source: Authentication20.xsd, LoginServiceV21.xsd and ParcelLifecycleServiceV20.xsd, read 2026-11-22. Answers do not say
which parcel they are about, times are local ones without a zone, and the token stands in the header of the envelope.
Composed, because no document shows it: the answer for an unknown number, which is a result with nothing in it. There is
no code for customs, delay, damage, loss or a return to the sender; such scans come as the nearest state there is.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from flask import Blueprint, Response

from tracking.platform import clock
from tracking.sandbox.carriers._soap import asked, envelope, fault, leaf
from tracking.sandbox.carriers._wire import Denied, Reply, Wire
from tracking.sandbox.parcels import normal
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_TYPES = "http://dpd.com/common/service/types"
_IN_TRANSIT, _DELIVERING = "In transit", "Parcel out for delivery"
_CENTRE = "The parcel is at the parcel dispatch centre."
_BACK = "After an unsuccessful delivery attempt the parcel is back at the recipient depot."
_FAILED = "Unfortunately we have not been able to deliver your parcel."
# status, label, description
_WORDS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.LABEL: ("SHIPMENT", "Order information", "Order information has been transmitted to DPD."),
    Kind.ACCEPTED: ("PickedUp", "Parcel handed to DPD", "DPD has received your parcel."),
    Kind.DEPARTED: ("BetweenDepots", _IN_TRANSIT, "The parcel has left the parcel dispatch centre."),
    Kind.ARRIVED: ("BetweenDepots", _IN_TRANSIT, _CENTRE),
    Kind.IN_TRANSIT: ("BetweenDepots", _IN_TRANSIT, "The parcel is in transit."),
    Kind.CUSTOMS_IN: ("BetweenDepots", _IN_TRANSIT, "The parcel is being cleared by customs."),
    Kind.CUSTOMS_HELD: ("BetweenDepots", _IN_TRANSIT, "The parcel is held by customs."),
    Kind.CUSTOMS_OUT: ("BetweenDepots", _IN_TRANSIT, "The parcel has left customs."),
    Kind.AT_DEPOT: ("Depot", _DELIVERING, "At parcel delivery centre."),
    Kind.OUT_FOR_DELIVERY: (
        "Courier",
        _DELIVERING,
        "The parcel has left the parcel delivery centre and is on its way to the consignee.",
    ),
    Kind.ATTEMPT_FAILED: ("DeliveryFailure", _DELIVERING, _FAILED),
    Kind.READY_TO_COLLECT: ("ParcelShop", _DELIVERING, "Delivered by driver to Pickup parcelshop"),
    Kind.COLLECTED: ("Delivered", "Delivered", "The parcel has been collected by the consignee."),
    Kind.DELIVERED: ("Delivered", "Delivered", "The parcel has been delivered."),
    Kind.WEATHER_DELAY: ("BetweenDepots", _IN_TRANSIT, "The parcel is delayed by the weather."),
    Kind.DELAYED: ("BetweenDepots", _IN_TRANSIT, "The parcel is delayed."),
    Kind.ADDRESS_PROBLEM: ("DeliveryFailure", _DELIVERING, _FAILED),
    Kind.DAMAGED: ("Depot", _DELIVERING, "The parcel is being repacked."),
    Kind.REFUSED: ("DeliveryFailure", _DELIVERING, _FAILED),
    Kind.RETURNING: ("ReturningFromDelivery", _DELIVERING, _BACK),
    Kind.RETURNED: ("ReturningFromDelivery", _DELIVERING, _BACK),
    Kind.MISROUTED: ("BetweenDepots", _IN_TRANSIT, _CENTRE),
    Kind.LOST: ("BetweenDepots", _IN_TRANSIT, "The parcel is being searched for."),
    Kind.CANCELLED: ("ReturningFromDelivery", _DELIVERING, _BACK),
    Kind.NOTE: ("BetweenDepots", _IN_TRANSIT, _CENTRE),
    Kind.UNHEARD: ("Resting", "Resting", "The parcel is resting."),
}
TOKEN_LIFE_S = 86_400


class Dpd(Wire):
    """DPD Netherlands."""

    slug = "dpd"
    credentials: ClassVar[Mapping[str, str]] = {"delis_id": "SANDBOX01", "password": "sandbox-dpd-password"}

    def refusal(self, status: int) -> Reply:
        """The fault of the login for 401; the texts of the others are composed."""
        if status == 401:
            detail = (
                f'<ns:authenticationFault xmlns:ns="{_TYPES}/Authentication/2.0">'
                "<errorCode>DELICOM_ERR_AUTHENTICATION</errorCode>"
                "<errorMessage>Authentication failure, check delisId and password.</errorMessage>"
                "</ns:authenticationFault>"
            )
            return fault("Server", "Fault occured", detail)
        return fault("Server", "Fault occured", status=status)

    def token(self, login: Mapping[str, str]) -> Reply:
        """A token for Delis ID and password."""
        given = {"delis_id": login.get("delisId", ""), "password": login.get("password", "")}
        account = self.state.accounts.find(self.slug, **given)
        if account is None:
            return self.refusal(401)
        value, life = self.state.tokens.issue(self.slug, account, TOKEN_LIFE_S)
        ends = (clock.real_now() + timedelta(seconds=life)).astimezone(_AMSTERDAM)
        told = (
            leaf("delisId", account)
            + leaf("customerUid", account)
            + leaf("authToken", value)
            + leaf("depot", "0522")
            + leaf("authTokenExpires", f"{ends:%Y-%m-%dT%H:%M:%S}.06")
        )
        return envelope(f'<getAuthResponse xmlns="{_TYPES}/LoginService/2.1"><return>{told}</return></getAuthResponse>')

    def authorise(self) -> str:
        """The account of the token in the envelope's header. raises Denied"""
        given = asked("Header", "authentication") or {}
        account = self.state.tokens.account(self.slug, given.get("authToken", ""))
        if account is None or account != given.get("delisId"):
            raise Denied(self.refusal(401))
        return account

    def track(self, question: Mapping[str, str] | None) -> Reply:
        """The life cycle of one parcel."""
        if question is None or "parcelLabelNumber" not in question:
            return fault("Client", "Fault occured")
        parcel = self.state.parcels.of(self.slug, normal(question["parcelLabelNumber"]))
        made = (parcel.made((), _result) if parcel else None) or ""
        return envelope(
            f'<getTrackingDataResponse xmlns="{_TYPES}/ParcelLifeCycleService/2.0">'
            f"<trackingresult>{made}</trackingresult></getTrackingDataResponse>"
        )


def blueprint(state: State) -> Blueprint:
    """DPD's two services; the base address of the product is the host."""
    dpd, paths = Dpd(state), Blueprint("dpd", __name__)

    @paths.post("/soap/services/LoginService/V2_1")
    def login() -> Response:
        given = asked("Body", "getAuth") or {}
        return dpd.serve("token", (), lambda: given.get("delisId", ""), lambda _: dpd.token(given))

    @paths.post("/soap/services/ParcelLifeCycleService/V2_0")
    def life_cycle() -> Response:
        question = asked("Body", "getTrackingData")
        numbers = [normal(question["parcelLabelNumber"])] if question and question.get("parcelLabelNumber") else []
        return dpd.serve("track", numbers, dpd.authorise, lambda _: dpd.track(question))

    return paths


def _line(name: str, text: str, *, bold: bool = True) -> str:
    return f"<{name}>{leaf('content', text)}{leaf('bold', bold)}{leaf('paragraph', False)}</{name}>"


def _result(view: View) -> str:
    service = f"<content>{leaf('content', view.service or 'DPD CLASSIC')}{leaf('bold', False)}</content>"
    info = (
        f"<serviceDescription>{_line('label', 'Your DPD service:', bold=False)}{service}</serviceDescription>"
        + leaf("status", "SHIPMENT")
        + leaf("statusHasBeenReached", False)
        + leaf("isCurrentStatus", False)
        + leaf("showContactInfo", False)
    )
    return f"<shipmentInfo>{info}</shipmentInfo>" + "".join(_status(scan, view) for scan in view.scans)


def _status(scan: Scan, view: View) -> str:
    status, label, text = _WORDS[scan.kind]
    place = scan.place
    where = _line("location", f"{place.city} ({place.country})") if place else ""
    return (
        "<statusInfo>"
        + leaf("status", status)
        + _line("label", label)
        + f"<description>{_line('content', text, bold=False)}</description>"
        + leaf("statusHasBeenReached", True)
        + leaf("isCurrentStatus", scan is view.last)
        + leaf("showContactInfo", True)
        + where
        + _line("date", _at(scan.at.astimezone(place.tz if place else _AMSTERDAM)))
        + "</statusInfo>"
    )


def _at(local: datetime) -> str:
    half = "AM" if local.hour < 12 else "PM"
    return f"{local.month}/{local.day}/{local.year} {local.hour % 12 or 12}:{local:%M:%S} {half}"
