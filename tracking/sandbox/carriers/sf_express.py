"""SF Express EXP_RECE_SEARCH_ROUTES: a signed form, ten numbers, a JSON text inside JSON, HTTP 200 whatever happens.

Source: the open platform's pages "API Overview" and "EXP_RECE_SEARCH_ROUTES" and public clients, read 2026-11-22. An
unknown number has an empty route. Composed, because no document shows them: the English remarks, the texts of errors.
There is one code for all delivery problems; their remarks tell them apart.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from tracking.sandbox.accounts import Rule
from tracking.sandbox.carriers._wire import Denied, Reply, Wire
from tracking.sandbox.parcels import normal
from tracking.sandbox.scans import Kind, Scan, View
from tracking.sandbox.state import State

_CHINA = ZoneInfo("Asia/Shanghai")
# operation, secondary and first status, Chinese, English; {city} and {courier} are filled in
_WORDS: Mapping[Kind, tuple[str, str, str, str, str]] = {
    Kind.LABEL: ("655", "701", "7", "顺丰合作点已代收", "An SF partner point has taken the parcel for SF"),
    Kind.ACCEPTED: ("54", "101", "1", "顺丰速运 已收取快件", "SF Express has collected the shipment"),
    Kind.DEPARTED: ("36", "201", "2", "快件离开【{city}中转场】", "The shipment left [{city} Transit Centre]"),
    Kind.ARRIVED: ("31", "201", "2", "快件到达【{city}中转场】", "The shipment arrived at [{city} Transit Centre]"),
    Kind.IN_TRANSIT: ("3036", "201", "2", "快件在运输途中", "The shipment is on its way"),
    Kind.CUSTOMS_IN: ("605", "204", "2", "快件正在清关", "Customs clearance in progress"),
    Kind.CUSTOMS_HELD: ("33", "204", "2", "清关异常，快件滞留海关", "Customs clearance problem, held by customs"),
    Kind.CUSTOMS_OUT: ("605", "205", "2", "快件已清关", "Customs clearance completed"),
    Kind.AT_DEPOT: ("106", "201", "2", "快件到达【{city}营业点】", "The shipment arrived at [{city} Service Point]"),
    Kind.OUT_FOR_DELIVERY: (
        "204",
        "301",
        "3",
        "快件交给{courier}，正在派送途中（联系电话：{phone}）",
        "Handed to {courier}, out for delivery (phone: {phone})",
    ),
    Kind.ATTEMPT_FAILED: ("70", "1301", "13", "派送不成功，收件人不在", "Delivery failed, the recipient was not in"),
    Kind.READY_TO_COLLECT: (
        "125",
        "1101",
        "11",
        "快件派送至【丰巢智能快递柜】，请您凭取件码{code}领取您的快递。",
        "The shipment waits in [Hive Box Locker], pickup code {code}.",
    ),
    Kind.COLLECTED: ("80", "401", "4", "快件已从丰巢柜取出，本人签收", "Taken out of the locker by the recipient"),
    Kind.DELIVERED: (
        "80",
        "401",
        "4",
        "您的快件已签收，如有疑问请电联快递员【{courier}，电话：{phone}】。",
        "Your shipment has been signed for. Questions: courier [{courier}, phone: {phone}].",
    ),
    Kind.WEATHER_DELAY: ("33", "201", "2", "受天气影响，派送延误", "Delayed by the weather"),
    Kind.DELAYED: ("33", "201", "2", "快件运输延误", "Delayed on the way"),
    Kind.ADDRESS_PROBLEM: ("33", "301", "3", "收件地址不详", "The address is incomplete"),
    Kind.DAMAGED: ("33", "201", "2", "快件外包装破损", "The packaging is damaged"),
    Kind.REFUSED: ("70", "1301", "13", "派送不成功，收件人拒收", "Delivery failed, refused by the recipient"),
    Kind.RETURNING: ("648", "201", "2", "快件已退回/转寄", "The shipment is returned or forwarded"),
    Kind.RETURNED: ("80", "401", "4", "快件已退回寄件人签收", "Returned to the sender and signed for"),
    Kind.MISROUTED: ("33", "201", "2", "快件错发，正在转运", "Sent the wrong way, being redirected"),
    Kind.LOST: ("33", "201", "2", "快件查找中", "The shipment is being searched for"),
    Kind.CANCELLED: ("501", "501", "5", "运单已作废", "The waybill is void"),
    Kind.NOTE: ("8000", "", "", "在官网可查看签收图", "The signature picture can be seen on the website"),
    Kind.UNHEARD: ("9999", "", "", "快件在休息", "The shipment is resting"),
}
_NAMES: Mapping[str, str] = {
    "7": "待揽收",
    "1": "已揽收",
    "2": "运送中",
    "3": "派送中",
    "4": "已签收",
    "5": "已取消",
    "11": "待取件",
    "13": "派送未成功",
}
_MESSAGES: Mapping[str, str] = {
    "A1001": "必传参数不可为空",
    "A1002": "请求时效已过期",
    "A1004": "无对应服务权限",
    "A1005": "流量受控",
    "A1006": "数字签名无效",
    "A1099": "系统异常",
}
# what the gateway says instead of an HTTP status
_CODES: Mapping[int, str] = {400: "A1001", 401: "A1006", 403: "A1004", 429: "A1005"}
_NUMBER = re.compile(r"SF\d{13}|\d{12}", re.ASCII)
TOKEN_LIFE_S = 7_200
BATCH = 10


class SfExpress(Wire):
    """SF Express."""

    slug = "sf-express"
    credentials: ClassVar[Mapping[str, str]] = {
        "partner_id": "SANDBOX1",
        "check_word": "sandbox-sf-express-check-word",
    }
    rules = (Rule(30, 1), Rule(3_000, 86_400))

    def refusal(self, status: int) -> Reply:
        """The envelope with the gateway's own code, under HTTP 200."""
        code = _CODES.get(status, "A1099")
        return _envelope(code, None, _MESSAGES[code])

    def authorise(self) -> str:
        """The account of the signature or of the access token. raises Denied"""
        form = request.form
        account = self.state.accounts.of(self.slug, partner_id=form.get("partnerID", ""))
        if form.get("serviceCode") != "EXP_RECE_SEARCH_ROUTES" or bool(form.get("msgDigest")) is bool(
            form.get("accessToken")
        ):
            raise Denied(self.refusal(400))
        if account is None:
            raise Denied(self.refusal(403))
        if token := form.get("accessToken"):
            if self.state.tokens.account(self.slug, token) != account["partner_id"]:
                raise Denied(_envelope("A1002", None, _MESSAGES["A1002"]))
        elif not secrets.compare_digest(_digest(form, account["check_word"]), form["msgDigest"].encode()):
            raise Denied(self.refusal(401))
        return account["partner_id"]

    def token(self) -> Reply:
        """The access token for a customer code and its check word."""
        form = request.form
        account = self.state.accounts.find(
            self.slug, partner_id=form.get("partnerID", ""), check_word=form.get("secret", "")
        )
        if account is None or form.get("grantType") != "password":
            return self.refusal(401)
        value, life = self.state.tokens.issue(self.slug, account, TOKEN_LIFE_S)
        body = {"apiResponseID": secrets.token_hex(16).upper(), "apiResultCode": "A1000", "apiErrorMsg": ""}
        return Reply(200, json.dumps({**body, "accessToken": value, "expiresIn": int(life)}))

    def track(self, numbers: Sequence[str], asked: Mapping[str, Any]) -> Reply:
        """The routes of one to ten numbers; a number it does not know has none."""
        for wrong, code, said in (
            (asked.get("methodType", "1") != "1", "6133", "传入参数 methodType 错误"),
            (not numbers, "8013", "未传入查询单号"),
            (len(numbers) > BATCH, "8003", "查询单号超过最大限制"),
            (not all(_NUMBER.fullmatch(number) for number in numbers), "8247", "运单号不合法"),
        ):
            if wrong:
                return _envelope("A1000", {"success": False, "errorCode": code, "errorMsg": said, "msgData": None})
        english = str(asked.get("language", "zh-CN")).startswith("en")
        rows = [{"mailNo": number, "routes": self._route(number, english)} for number in numbers]
        good = {"success": True, "errorCode": "S0000", "errorMsg": None, "msgData": {"routeResps": rows}}
        return _envelope("A1000", good)

    def _route(self, number: str, english: bool) -> list[dict[str, str]]:
        parcel = self.state.parcels.of(self.slug, number)
        made = parcel.made((english,), lambda view: _lines(view, english)) if parcel else None
        return list(made) if made is not None else []


def blueprint(state: State) -> Blueprint:
    """SF's two paths."""
    sf, paths = SfExpress(state), Blueprint("sf-express", __name__)

    @paths.post("/oauth2/accessToken")
    def token() -> Response:
        return sf.serve("token", (), lambda: request.form.get("partnerID", ""), lambda _: sf.token())

    @paths.post("/std/service")
    def service() -> Response:
        try:
            read = json.loads(request.form.get("msgData", ""))
        except ValueError:
            read = None
        asked = read if isinstance(read, dict) else {}
        rows = asked.get("trackingNumber")
        numbers = [normal(str(row)) for row in rows] if isinstance(rows, list) else []
        return sf.serve("track", numbers, sf.authorise, lambda _: sf.track(numbers, asked))

    return paths


def _envelope(code: str, data: Mapping[str, Any] | None, message: str = "") -> Reply:
    inner = None if data is None else json.dumps(data, ensure_ascii=False)
    body = {
        "apiResponseID": secrets.token_hex(16).upper(),
        "apiErrorMsg": message,
        "apiResultCode": code,
        "apiResultData": inner,
    }
    return Reply(200, json.dumps(body, ensure_ascii=False))


def _digest(form: Mapping[str, str], check_word: str) -> bytes:
    signed = form.get("msgData", "") + form.get("timestamp", "") + check_word
    java = quote_plus(signed, safe="*").replace("~", "%7E")
    return base64.b64encode(hashlib.md5(java.encode(), usedforsecurity=False).digest())


def _at(at: datetime) -> str:
    return f"{at.astimezone(_CHINA):%Y-%m-%d %H:%M:%S}"


def _lines(view: View, english: bool) -> list[dict[str, str]]:
    return [_line(scan, view, english) for scan in view.scans]


def _line(scan: Scan, view: View, english: bool) -> dict[str, str]:
    op, secondary, first, chinese, words = _WORDS[scan.kind]
    place = scan.place
    city = "" if place is None else place.city if english else place.local or place.city
    people = {
        "city": city.removesuffix("市"),
        "courier": "Chen" if english else "陈某",
        "phone": "13800000000",
        "code": view.number[-6:],
    }
    line = {"acceptTime": _at(scan.at), "acceptAddress": city, "opCode": op}
    line["remark"] = (words if english else chinese).format_map(people)
    if first:
        line |= {"firstStatusCode": first, "firstStatusName": _NAMES[first]}
        line |= {"secondaryStatusCode": secondary, "secondaryStatusName": _NAMES[first]}
    return line
