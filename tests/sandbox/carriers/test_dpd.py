"""DPD's wire format, against the documented elements."""

from datetime import datetime

import pytest
import requests
import xmltodict

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER = "09980000020033F"
TYPES = "http://dpd.com/common/service/types"
WAY = [{**scan, "place": "Eindhoven"} for scan in LIFE]


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def post(sandbox: Sandbox, path: str, body: str, header: str = "") -> requests.Response:
    envelope = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<soapenv:Header>{header}</soapenv:Header><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    )
    url = f"{sandbox.carrier_url('dpd')}/soap/services/{path}"
    return requests.post(url, data=envelope.encode(), headers={"Content-Type": "text/xml;charset=UTF-8"}, timeout=5)


def inside(answer: requests.Response, *path: str):
    found = xmltodict.parse(answer.content)["soap:Envelope"]["soap:Body"]
    for key in path:
        found = found[key]
    return found


def login(sandbox: Sandbox, password: str | None = None) -> requests.Response:
    given = sandbox.credentials("dpd")
    asked = f"<delisId>{given['delis_id']}</delisId><password>{password or given['password']}</password>"
    body = f'<n:getAuth xmlns:n="{TYPES}/LoginService/2.1">{asked}<messageLanguage>en_EN</messageLanguage></n:getAuth>'
    return post(sandbox, "LoginService/V2_1", body)


def track(sandbox: Sandbox, number: str, token: str | None = None) -> requests.Response:
    token = token or inside(login(sandbox), "getAuthResponse", "return", "authToken")
    given = f"<delisId>{sandbox.credentials('dpd')['delis_id']}</delisId><authToken>{token}</authToken>"
    header = f'<n:authentication xmlns:n="{TYPES}/Authentication/2.0">{given}</n:authentication>'
    asked = f"<parcelLabelNumber>{number}</parcelLabelNumber>"
    body = f'<n:getTrackingData xmlns:n="{TYPES}/ParcelLifeCycleService/2.0">{asked}</n:getTrackingData>'
    return post(sandbox, "ParcelLifeCycleService/V2_0", body, header)


def test_a_login_gives_a_token_that_states_its_end(sandbox: Sandbox) -> None:
    told = inside(login(sandbox), "getAuthResponse", "return")
    assert told["delisId"] == "SANDBOX01"
    assert len(told["authToken"]) > 20
    assert datetime.fromisoformat(told["authTokenExpires"] + "0000") > clock.real_now().replace(tzinfo=None)


def test_wrong_passwords_and_tokens_are_the_same_fault(sandbox: Sandbox) -> None:
    for answer in (login(sandbox, "wrong"), track(sandbox, NUMBER, "wrong")):
        fault = inside(answer, "soap:Fault", "detail", "ns:authenticationFault")
        assert (answer.status_code, fault["errorCode"]) == (500, "DELICOM_ERR_AUTHENTICATION")


def test_states_come_oldest_first_in_local_time_and_the_last_is_current(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="dpd", number=NUMBER, destination="Eindhoven", scans=WAY)
    answer = track(sandbox, NUMBER)
    told = inside(answer, "getTrackingDataResponse", "trackingresult")
    assert NUMBER.encode() not in answer.content
    assert told["shipmentInfo"]["status"] == "SHIPMENT"
    rows = told["statusInfo"]
    assert [(row["status"], row["date"]["content"], row["isCurrentStatus"]) for row in rows] == [
        ("SHIPMENT", "11/23/2026 3:05:00 PM", "false"),
        ("PickedUp", "11/23/2026 11:10:30 PM", "false"),
        ("BetweenDepots", "11/24/2026 1:40:00 AM", "false"),
        ("Courier", "11/25/2026 4:05:06 PM", "false"),
        ("Delivered", "11/25/2026 9:15:00 PM", "true"),
    ]
    assert rows[-1]["location"]["content"] == "Eindhoven (NL)"
    assert rows[-1]["description"]["content"]["content"] == "The parcel has been delivered."


def test_an_unknown_number_has_a_result_with_nothing_in_it(sandbox: Sandbox) -> None:
    assert inside(track(sandbox, NUMBER), "getTrackingDataResponse", "trackingresult") is None


def test_a_body_without_a_question_is_a_fault(sandbox: Sandbox) -> None:
    token = inside(login(sandbox), "getAuthResponse", "return", "authToken")
    given = f"<delisId>SANDBOX01</delisId><authToken>{token}</authToken>"
    answer = post(sandbox, "ParcelLifeCycleService/V2_0", "<other/>", f"<authentication>{given}</authentication>")
    assert (answer.status_code, inside(answer, "soap:Fault", "faultcode")) == (500, "soap:Client")
