"""J&T Express's wire format, against the documented fields."""

import base64
import hashlib
import json
from typing import Any

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER = "UEG000000190252"


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def _ask(sandbox: Sandbox, asked: dict[str, Any], **headers: str) -> dict[str, Any]:
    keys, said = sandbox.credentials("jt-express"), json.dumps(asked)
    signature = base64.b64encode(hashlib.md5((said + keys["private_key"]).encode()).digest()).decode()
    given = {"apiAccount": keys["api_account"], "timestamp": "1700000000000", "digest": signature, **headers}
    url = f"{sandbox.carrier_url('jt-express')}/api/logistics/trace"
    reply = requests.post(url, data={"bizContent": said}, headers=given, timeout=5)
    assert reply.status_code == 200
    return reply.json()


def test_egypt_is_told_in_names_with_a_text_as_code_newest_first(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="jt-express", number=NUMBER, scans=LIFE)
    answer = _ask(sandbox, {"billCodes": f"{NUMBER},UEG000000000001"})
    assert answer["code"] == "1"
    told, unknown = answer["data"]
    assert told["details"][0]["scanType"] == "Signing scan"
    assert "timeZone" not in told["details"][0]
    assert told["details"][0]["sigPicUrl"]
    times = [scan["scanTime"] for scan in told["details"]]
    assert times == sorted(times, reverse=True)
    assert unknown == {"billCode": "UEG000000000001", "details": []}


def test_malaysia_is_told_in_numbers_as_an_object(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="jt-express", number="630000000001", scans=LIFE)
    answer = _ask(sandbox, {"customerCode": "J1", "password": "P", "billCode": "630000000001"})
    assert (answer["code"], answer["data"]["billCode"]) == (1, "630000000001")
    assert answer["data"]["details"][0]["scanTypeCode"] == "100"
    assert answer["data"]["details"][0]["timeZone"] == "GMT+08:00"


@pytest.mark.parametrize(
    ("asked", "headers", "code"),
    [
        ({"billCodes": NUMBER}, {"digest": "wrong"}, "145003030"),
        ({"billCodes": NUMBER}, {"digest": ""}, "145003052"),
        ({"billCodes": NUMBER}, {"apiAccount": ""}, "145003051"),
        ({"billCodes": NUMBER}, {"apiAccount": "1"}, "145003010"),
        ({"billCodes": NUMBER}, {"timestamp": ""}, "145003053"),
        ({"billCodes": ",".join(f"N{n}" for n in range(31))}, {}, "145003502"),
        ({}, {}, "145003050"),
        ({"billCode": NUMBER}, {}, 145003031),
    ],
)
def test_errors_have_their_documented_codes(
    sandbox: Sandbox, asked: dict[str, Any], headers: dict[str, str], code: str | int
) -> None:
    assert _ask(sandbox, asked, **headers)["code"] == code
