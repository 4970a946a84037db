"""SF Express's wire format, against the documented fields."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import quote_plus

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER = "SF1011603494291"


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def _ask(sandbox: Sandbox, asked: dict[str, Any], **more: str) -> dict[str, Any]:
    said = json.dumps(asked)
    keys = sandbox.credentials("sf-express")
    signed = quote_plus(f"{said}1700000000000{keys['check_word']}", safe="*").replace("~", "%7E")
    form = {
        "partnerID": keys["partner_id"],
        "requestID": "1",
        "serviceCode": "EXP_RECE_SEARCH_ROUTES",
        "timestamp": "1700000000000",
        "msgData": said,
        "msgDigest": base64.b64encode(hashlib.md5(signed.encode()).digest()).decode(),
        **more,
    }
    reply = requests.post(f"{sandbox.carrier_url('sf-express')}/std/service", data=form, timeout=5)
    assert reply.status_code == 200
    return reply.json()


def _inner(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["apiResultCode"] == "A1000"
    return json.loads(answer["apiResultData"])


def test_a_route_is_a_json_text_inside_the_json_oldest_first_in_chinas_time(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="sf-express", number=NUMBER, scans=LIFE)
    (told,) = _inner(_ask(sandbox, {"trackingType": "1", "trackingNumber": [NUMBER]}))["msgData"]["routeResps"]
    assert told["mailNo"] == NUMBER
    assert len(told["routes"]) == len(LIFE)
    times = [line["acceptTime"] for line in told["routes"]]
    assert times == sorted(times)
    assert told["routes"][0]["opCode"] == "655"
    assert told["routes"][-1]["firstStatusName"] == "已签收"


def test_an_unknown_number_has_an_empty_route(sandbox: Sandbox) -> None:
    (told,) = _inner(_ask(sandbox, {"trackingNumber": [NUMBER]}))["msgData"]["routeResps"]
    assert told["routes"] == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"trackingNumber": []}, "8013"),
        ({"trackingNumber": [f"SF{n:013}" for n in range(11)]}, "8003"),
        ({"trackingNumber": ["NONSENSE"]}, "8247"),
        ({"trackingNumber": [NUMBER], "methodType": "9"}, "6133"),
    ],
)
def test_the_services_errors_lie_inside(sandbox: Sandbox, asked: dict[str, Any], code: str) -> None:
    assert _inner(_ask(sandbox, asked))["errorCode"] == code


def test_the_gateways_errors_lie_outside(sandbox: Sandbox) -> None:
    asked = {"trackingNumber": [NUMBER]}
    assert _ask(sandbox, asked, msgDigest="wrong")["apiResultCode"] == "A1006"
    assert _ask(sandbox, asked, partnerID="STRANGER")["apiResultCode"] == "A1004"
    assert _ask(sandbox, asked, serviceCode="OTHER")["apiResultCode"] == "A1001"
    assert _ask(sandbox, asked, accessToken="both")["apiResultCode"] == "A1001"
    assert _ask(sandbox, asked, msgDigest="", accessToken="over")["apiResultCode"] == "A1002"


def test_a_token_opens_it_instead_of_a_signature(sandbox: Sandbox) -> None:
    keys = sandbox.credentials("sf-express")
    form = {"partnerID": keys["partner_id"], "secret": keys["check_word"], "grantType": "password"}
    reply = requests.post(f"{sandbox.carrier_url('sf-express')}/oauth2/accessToken", data=form, timeout=5).json()
    assert (reply["apiResultCode"], reply["expiresIn"]) == ("A1000", 7200)
    answer = _ask(sandbox, {"trackingNumber": [NUMBER]}, msgDigest="", accessToken=reply["accessToken"])
    assert answer["apiResultCode"] == "A1000"
