"""J&T Express logistics/trace: one signed form field, thirty numbers, newest first, HTTP 200 whatever happens.

Source: the platform's pages in Egypt and Malaysia, read 2026-11-22. It answers as the tenant it is asked as:
`billCodes` as Egypt does (names, a text as code, local times without a zone), `billCode` with customerCode and
password as Malaysia does (numbers, a number as code, an object, a zone). Composed, because no document shows them: the
descriptions, an unknown number's empty list. Egypt has no word for an announced parcel.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from tracking.sandbox.accounts import Rule
from tracking.sandbox.carriers._wire import Denied, Reply, Wire
from tracking.sandbox.parcels import normal
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

_CAIRO, _KUALA_LUMPUR = ZoneInfo("Africa/Cairo"), ZoneInfo("Asia/Kuala_Lumpur")
_PROBLEM = ("11", "问题件扫描", "110", "问题件扫描")
# Egypt's node and name, Malaysia's code and name, what is said; {courier} is filled in
_WORDS: Mapping[Kind, tuple[str, str, str, str, str]] = {
    Kind.LABEL: ("1", "Pickup scan", "200", "寄件入库", "Parcel handed in"),
    Kind.ACCEPTED: ("1", "Pickup scan", "10", "快件揽收", "J&T courier {courier} picked up the shipment"),
    Kind.DEPARTED: ("3", "Sending scan", "20", "发件扫描", "Shipment departed"),
    Kind.ARRIVED: ("4", "Station arrival", "30", "到件扫描", "Shipment arrived"),
    Kind.IN_TRANSIT: ("3", "Sending scan", "20", "发件扫描", "Shipment on its way"),
    Kind.CUSTOMS_IN: ("6", "", "401", "customs in process", "Shipment at customs"),
    Kind.CUSTOMS_HELD: (*_PROBLEM, "Shipment held by customs"),
    Kind.CUSTOMS_OUT: ("9", "", "402", "customs cleared", "Shipment through customs"),
    Kind.AT_DEPOT: ("4", "Station arrival", "30", "到件扫描", "Shipment arrived at the delivery station"),
    Kind.OUT_FOR_DELIVERY: ("5", "Delivery scan", "94", "派件扫描", "J&T courier {courier} is delivering the shipment"),
    Kind.ATTEMPT_FAILED: (*_PROBLEM, "Delivery attempt failed, receiver not at home"),
    Kind.READY_TO_COLLECT: ("7", "", "700", "pop_arrived", "Shipment at the collection station"),
    Kind.COLLECTED: ("10", "Signing scan", "702", "signed_pop", "Shipment collected from the station"),
    Kind.DELIVERED: ("10", "Signing scan", "100", "快件签收", "J&T courier {courier} completed the delivery"),
    Kind.WEATHER_DELAY: (*_PROBLEM, "Delayed by the weather"),
    Kind.DELAYED: (*_PROBLEM, "Delayed on the way"),
    Kind.ADDRESS_PROBLEM: (*_PROBLEM, "The address is incomplete"),
    Kind.DAMAGED: ("11", "问题件扫描", "300", "damaged", "The shipment is damaged"),
    Kind.REFUSED: (*_PROBLEM, "Receiver refused the shipment"),
    Kind.RETURNING: ("14", "退件扫描", "172", "退件扫描", "Shipment is being returned"),
    Kind.RETURNED: ("13", "退件签收", "173", "退件签收", "Returned shipment signed"),
    Kind.MISROUTED: (*_PROBLEM, "Sent the wrong way"),
    Kind.LOST: ("11", "问题件扫描", "301", "lost", "The shipment cannot be found"),
    Kind.CANCELLED: (*_PROBLEM, "Cancelled by the sender"),
    Kind.NOTE: ("8", "", "", "备注", "Shipment taken out"),
    Kind.UNHEARD: ("99", "Resting scan", "999", "休息扫描", "Shipment is resting"),
}
_MESSAGES: Mapping[str, str] = {
    "145003010": "apiAccount does not exist",
    "145003030": "headers signature verification failed",
    "145003031": "business signature verification failed",
    "145003050": "illegal parameters",
    "145003051": "apiAccount is empty",
    "145003052": "digest is empty",
    "145003053": "timestamp is empty",
    "145003502": "no more than 30 waybill numbers",
    "145005000": "system error",
}
_CODES: Mapping[int, str] = {400: "145003050", 401: "145003030", 500: "145005000"}
_COURIER = "Mostafa(01012345678)"
BATCH = 30


class JtExpress(Wire):
    """J&T Express."""

    slug = "jt-express"
    credentials: ClassVar[Mapping[str, str]] = {
        "api_account": "178337126125932605",
        "private_key": "sandbox-jt-express-key",
        "country": "EG",
    }
    rules = (Rule(100, 1),)

    def refusal(self, status: int) -> Reply:
        """The platform's own code under HTTP 200; no document says what stands before the platform."""
        if status in (429, 503):
            return Reply(status, json.dumps({"message": "Service temporarily unavailable"}))
        return _failure(_CODES.get(status, "145005000"))

    def authorise(self) -> str:
        """The account whose key signed the form field. raises Denied"""
        headers, said = request.headers, request.form.get("bizContent", "")
        for name, code in (("digest", "145003052"), ("apiAccount", "145003051"), ("timestamp", "145003053")):
            if not headers.get(name):
                raise Denied(_failure(code))
        account = self.state.accounts.of(self.slug, api_account=headers["apiAccount"])
        if account is None:
            raise Denied(_failure("145003010"))
        wanted = base64.b64encode(hashlib.md5((said + account["private_key"]).encode(), usedforsecurity=False).digest())
        if not secrets.compare_digest(wanted, headers["digest"].encode()):
            raise Denied(_failure("145003030"))
        return account["api_account"]

    def track(self, numbers: Sequence[str], asked: Mapping[str, Any]) -> Reply:
        """The scans of one to thirty numbers, or of one as Malaysia tells it."""
        malaysian = "billCode" in asked
        if malaysian and not (asked.get("customerCode") and asked.get("password")):
            return _failure("145003031", malaysian=True)
        if len(numbers) > BATCH:
            return _failure("145003502")
        if not numbers:
            return _failure("145003050")
        rows = [{"billCode": number, "details": self._details(number, malaysian)} for number in numbers]
        if malaysian:
            body = {"code": 1, "msg": "success", "data": rows[0], "requestId": secrets.token_hex(16)}
            return Reply(200, json.dumps(body, ensure_ascii=False))
        return Reply(200, json.dumps({"code": "1", "msg": "success", "data": rows}, ensure_ascii=False))

    def _details(self, number: str, malaysian: bool) -> list[dict[str, Any]]:
        parcel = self.state.parcels.of(self.slug, number)
        made = parcel.made((malaysian,), lambda view: _newest_first(view, malaysian)) if parcel else None
        return list(made) if made is not None else []


def blueprint(state: State) -> Blueprint:
    """J&T's one path; the base address of the product ends with /webopenplatformapi."""
    jt, paths = JtExpress(state), Blueprint("jt-express", __name__)

    @paths.post("/webopenplatformapi/api/logistics/trace")
    @paths.post("/api/logistics/trace")
    def trace() -> Response:
        try:
            read = json.loads(request.form.get("bizContent", ""))
        except ValueError:
            read = None
        asked = read if isinstance(read, dict) else {}
        listed = str(asked.get("billCode") or asked.get("billCodes") or "").split(",")
        numbers = [normal(number) for number in listed if number.strip()]
        return jt.serve("track", numbers, jt.authorise, lambda _: jt.track(numbers, asked))

    return paths


def _failure(code: str, *, malaysian: bool = False) -> Reply:
    body: dict[str, Any] = {"code": int(code) if malaysian else code, "msg": _MESSAGES[code]}
    return Reply(200, json.dumps(body))


def _newest_first(view: View, malaysian: bool) -> list[dict[str, Any]]:
    return [_malaysian(scan) if malaysian else _egyptian(scan) for scan in reversed(view.scans)]


def _at(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _site(scan: Scan) -> dict[str, Any]:
    city = scan.place.city if scan.place else ""
    words = _WORDS[scan.kind][4].format(courier=_COURIER)
    return {
        "desc": f"【{city}】{words}",
        "scanNetworkTypeName": "网点",
        "scanNetworkName": f"{city}-01网点",
        "scanNetworkProvince": scan.place.region if scan.place else "",
        "scanNetworkCity": city,
        "staffName": _COURIER[:7],
        "staffContact": _COURIER[8:19],
    }


def _egyptian(scan: Scan) -> dict[str, Any]:
    node, name = _WORDS[scan.kind][:2]
    told = {"scanTime": _at(scan.at, _CAIRO), "scanType": name, "scanTypeCode": node, **_site(scan)}
    if scan.proof != "none":
        told["sigPicUrl"] = "https://files.jtjms-eg.example/signature.png"
    return told


def _malaysian(scan: Scan) -> dict[str, Any]:
    code, name = _WORDS[scan.kind][2:4]
    told = {"scanTime": _at(scan.at, _KUALA_LUMPUR), "scanType": name, "scanTypeCode": code, "scanTypeName": name}
    if scan.kind is Kind.READY_TO_COLLECT:
        told |= {"siteName": "Kedai Runcit Aman", "siteCollectCode": "A-2-17"}
    return {**told, "timeZone": "GMT+08:00", "realWeight": "1.20", **_site(scan)}
