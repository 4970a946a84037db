"""Thailand Post Track & Trace v1: two tokens, up to a hundred barcodes, oldest first, Buddhist years in Thai.

Source: parsilver/thailandpost-tracking-php, xerodotc/thailandpost-sdk-go and the guide to track.thailandpost.co.th's
developer page, read 2026-11-22. Composed, because no document shows them: the texts of errors, the life of a token.
The code list knows no weather, damage or loss; such scans come as a plain 201 with their own words.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from tracking.platform import clock
from tracking.sandbox.accounts import Counting, Rule
from tracking.sandbox.carriers._wire import Denied, Reply, Wire, bearer
from tracking.sandbox.parcels import normal
from tracking.sandbox.scans import Kind, Parcel, Scan, View
from tracking.sandbox.state import State

_BANGKOK = ZoneInfo("Asia/Bangkok")
# code, Thai, English, delivery_status
_WORDS: Mapping[Kind, tuple[str, str, str, str | None]] = {
    Kind.LABEL: ("101", "เตรียมการฝากส่ง", "Preload", None),
    Kind.ACCEPTED: ("103", "รับฝาก", "Accepted", None),
    Kind.DEPARTED: ("201", "ส่งออกจากที่ทำการกลางทาง", "In transit", None),
    Kind.ARRIVED: ("206", "ถึงที่ทำการไปรษณีย์", "Arrived at post office", None),
    Kind.IN_TRANSIT: ("201", "อยู่ระหว่างการขนส่ง", "In transit", None),
    Kind.CUSTOMS_IN: ("202", "ดำเนินพิธีการศุลกากร", "Customs clearance", None),
    Kind.CUSTOMS_HELD: ("202", "รอผลการตรวจจากศุลกากร", "Customs clearance, held", None),
    Kind.CUSTOMS_OUT: ("207", "เตรียมการขนส่ง", "Preparing for transit", None),
    Kind.AT_DEPOT: ("206", "ถึงที่ทำการไปรษณีย์", "Arrival at delivery office", None),
    Kind.OUT_FOR_DELIVERY: ("301", "อยู่ระหว่างการนำจ่าย", "Out for delivery", None),
    Kind.ATTEMPT_FAILED: ("401", "นำจ่ายไม่สำเร็จ", "Unsuccessful delivery", "11C"),
    Kind.READY_TO_COLLECT: ("302", "ถึงที่ทำการไปรษณีย์ เพื่อรอรับ", "Arrived for pick-up", None),
    Kind.COLLECTED: ("501", "นำจ่ายสำเร็จ", "Final delivery", "S"),
    Kind.DELIVERED: ("501", "นำจ่ายสำเร็จ", "Final delivery", "S"),
    Kind.WEATHER_DELAY: ("201", "ล่าช้าจากสภาพอากาศ", "In transit, delayed by weather", None),
    Kind.DELAYED: ("201", "อยู่ระหว่างการขนส่ง ล่าช้า", "In transit, delayed", None),
    Kind.ADDRESS_PROBLEM: ("401", "นำจ่ายไม่สำเร็จ จ่าหน้าไม่ชัดเจน", "Unsuccessful delivery, insufficient address", "21A"),
    Kind.DAMAGED: ("201", "สิ่งของชำรุด", "In transit, damaged", None),
    Kind.REFUSED: ("401", "ผู้รับปฏิเสธการรับ", "Unsuccessful delivery, refused", "21B"),
    Kind.RETURNING: ("203", "ส่งคืนต้นทาง", "Return to sender", None),
    Kind.RETURNED: ("501", "นำจ่ายคืนผู้ฝากสำเร็จ", "Final delivery", "S"),
    Kind.MISROUTED: ("201", "ส่งผิดเส้นทาง", "In transit, missent", None),
    Kind.LOST: ("201", "อยู่ระหว่างการสอบสวน", "In transit, under investigation", None),
    Kind.CANCELLED: ("203", "ผู้ฝากขอถอนคืน", "Return to sender, withdrawn", None),
    Kind.NOTE: ("207", "เตรียมการขนส่ง", "Preparing for transit", None),
    Kind.UNHEARD: ("999", "พักผ่อน", "Resting", None),
}
_DELIVERY_WORDS: Mapping[str, tuple[str, str]] = {
    "S": ("สำเร็จ", "Successful"),
    "F": ("รอจ่าย ณ ที่ทำการไปรษณีย์", "Wait at post office"),
    "11C": ("ปิดบ้าน", "Location closed"),
    "21A": ("จ่าหน้าไม่ชัดเจน", "Insufficient address"),
    "21B": ("ผู้รับปฏิเสธ", "Refused"),
}
TOKEN_LIFE_S = 86_400 * 30
BATCH = 100


class ThailandPost(Wire):
    """Thailand Post."""

    slug = "thailand-post"
    credentials: ClassVar[Mapping[str, str]] = {"api_token": "sandbox-thailand-post-token"}
    rules = (Rule(1_500, 86_400, unit="numbers", aligned=True, offset_s=7 * 3_600),)

    def refusal(self, status: int) -> Reply:
        """Message and status false; the texts are composed."""
        message = {
            400: "Bad request",
            401: "Unauthorized",
            403: "Forbidden",
            429: "Track count limit exceeded",
            503: "Service unavailable",
        }.get(status, "Internal server error")
        return Reply(status, json.dumps({"message": message, "status": False}))

    def token(self) -> Reply:
        """The access token for an API token."""
        account = self.state.accounts.find(self.slug, api_token=bearer("Token") or "")
        if account is None:
            return self.refusal(401)
        value, life = self.state.tokens.issue(self.slug, account, TOKEN_LIFE_S)
        ends = (clock.real_now() + timedelta(seconds=life)).astimezone(_BANGKOK)
        return Reply(200, json.dumps({"expire": ends.strftime("%Y-%m-%d %H:%M:%S+07:00"), "token": value}))

    def authorise(self) -> str:
        """The account of the access token, under either spelling. raises Denied"""
        account = self.state.tokens.account(self.slug, bearer("Token", "Bearer") or "")
        if account is None:
            raise Denied(self.refusal(401))
        return account

    def track(self, account: str, body: Mapping[str, Any], numbers: Sequence[str]) -> Reply:
        """What is known about up to a hundred barcodes."""
        if not 1 <= len(numbers) <= BATCH or not isinstance(body.get("status", "all"), str):
            return self.refusal(400)
        thai = str(body.get("language", "TH")).upper() == "TH"
        wanted = str(body.get("status", "all"))
        rows = ",".join(f"{json.dumps(number)}:{self._entry(number, thai, wanted)}" for number in numbers)
        rule = self.state.limits.rules(self.slug, self.rules)
        counted = self.state.limits.used(self.slug, account, self.rules) if rule else 0
        off = self.state.limits.counting is Counting.OFF
        count = {
            "track_date": _day(clock.now(), thai),
            "count_number": len(numbers) if off else counted,
            "track_count_limit": rule[0].amount if rule else 1_500,
        }
        return Reply(
            200,
            f'{{"response":{{"items":{{{rows}}},"track_count":{json.dumps(count)}}},'
            '"message":"successful","status":true}',
        )

    def _entry(self, number: str, thai: bool, wanted: str) -> str:
        parcel: Parcel | None = self.state.parcels.of(self.slug, number)
        made = parcel.made((thai, wanted), lambda view: _events(view, thai, wanted)) if parcel else None
        return str(made) if made is not None else "[]"


def blueprint(state: State) -> Blueprint:
    """Thailand Post's paths; the base address of the product ends with /post/api/v1."""
    post, paths = ThailandPost(state), Blueprint("thailand-post", __name__)

    @paths.post("/post/api/v1/authenticate/token")
    @paths.post("/authenticate/token")
    def token() -> Response:
        return post.serve("token", (), lambda: bearer("Token") or "", lambda _: post.token())

    @paths.post("/post/api/v1/track")
    @paths.post("/track")
    def track() -> Response:
        asked = request.get_json(silent=True)
        body = asked if isinstance(asked, dict) else {}
        rows = body.get("barcode")
        numbers = [normal(str(row)) for row in rows] if isinstance(rows, list) else []
        return post.serve("track", numbers, post.authorise, lambda account: post.track(account, body, numbers))

    return paths


def _day(at: datetime, thai: bool) -> str:
    local = at.astimezone(_BANGKOK)
    return f"{local:%d/%m}/{local.year + 543 if thai else local.year}"


def _at(at: datetime, thai: bool) -> str:
    return f"{_day(at, thai)} {at.astimezone(_BANGKOK):%H:%M:%S}+07:00"


def _code(scan: Scan, view: View) -> str:
    code = _WORDS[scan.kind][0]
    if view.abroad and scan.place is not None and scan.place.hub:
        if scan.kind is Kind.DEPARTED and scan.place.country == view.origin.country:
            return "204"
        if scan.kind is Kind.ARRIVED and scan.place.country == view.destination.country:
            return "205"
    return code


def _events(view: View, thai: bool, wanted: str) -> str:
    rows = [_event(scan, view, thai) for scan in view.scans]
    return json.dumps([row for row in rows if wanted in ("all", row["status"])], ensure_ascii=False)


_EXCHANGE: Mapping[str, tuple[str, str]] = {
    "204": ("ส่งออกจากที่ทำการแลกเปลี่ยนขาออก", "At outward office of exchange"),
    "205": ("ถึงที่ทำการแลกเปลี่ยนขาเข้า", "At inward office of exchange"),
}


def _event(scan: Scan, view: View, thai: bool) -> dict[str, Any]:
    _, thai_text, english, outcome = _WORDS[scan.kind]
    code, place = _code(scan, view), scan.place
    thai_text, english = _EXCHANGE.get(code, (thai_text, english))
    local = place is not None and place.country == "TH"
    name = "" if place is None else (place.local or place.city if thai and local else place.city.upper())
    words = _DELIVERY_WORDS.get(outcome or "", (None, None))
    handed = outcome == "S"
    signed = handed and scan.proof == "signature"
    return {
        "barcode": view.number,
        "status": code,
        "status_description": thai_text if thai else english,
        "status_date": _at(scan.at, thai),
        "location": name,
        "postcode": place.postal_code if place is not None and local else "99999",
        "delivery_status": outcome,
        "delivery_description": words[0] if thai else words[1],
        "delivery_datetime": _at(scan.at, thai) if outcome else None,
        "receiver_name": (scan.signed_by or None) if handed else None,
        "signature": f"https://trackimage.thailandpost.co.th/f/signature/{view.number}" if signed else None,
    }
