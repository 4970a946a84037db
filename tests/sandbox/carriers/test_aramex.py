"""Aramex's wire formats, JSON and SOAP, against the fields of its schema."""

from typing import Any

import pytest
import requests
import xmltodict

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER, OTHER = "41118182136", "41118182137"
WAY = [{**scan, "place": "Amman"} for scan in LIFE]
PATH = "/ShippingAPI.V2/Tracking/Service_1_0.svc"


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def _client(sandbox: Sandbox) -> dict[str, str]:
    given = sandbox.credentials("aramex")
    return {
        "UserName": given["username"],
        "Password": given["password"],
        "Version": "v1.0",
        "AccountNumber": given["account_number"],
        "AccountPin": given["account_pin"],
        "AccountEntity": given["account_entity"],
        "AccountCountryCode": given["account_country_code"],
    }


def _ask(sandbox: Sandbox, *numbers: str, last: bool = False, **client: str) -> dict[str, Any]:
    body = {
        "ClientInfo": {**_client(sandbox), **client},
        "Shipments": numbers,
        "GetLastTrackingUpdateOnly": last,
    }
    answer = requests.post(sandbox.carrier_url("aramex") + PATH + "/json/TrackShipments", json=body, timeout=5)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_json_has_serial_dates_newest_first_and_names_what_it_lacks(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="aramex", number=NUMBER, scans=WAY)
    answer = _ask(sandbox, NUMBER, OTHER)
    (entry,) = answer["TrackingResults"]
    assert (answer["HasErrors"], entry["Key"], answer["NonExistingWaybills"]) == (False, NUMBER, [OTHER])
    assert [row["UpdateCode"] for row in entry["Value"]] == ["SH005", "SH003", "SH022", "SH012", "SH014"]
    assert entry["Value"][0]["UpdateDateTime"] == "/Date(1795637700000+0300)/"
    assert entry["Value"][0]["UpdateLocation"] == "Amman, Jordan"
    assert not [name for row in entry["Value"] for name in row if name.startswith("_")]


def test_the_last_update_alone_when_asked(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="aramex", number=NUMBER, scans=WAY)
    (entry,) = _ask(sandbox, NUMBER, last=True)["TrackingResults"]
    assert [row["UpdateCode"] for row in entry["Value"]] == ["SH005"]


def test_wrong_credentials_are_an_error_under_http_200(sandbox: Sandbox) -> None:
    answer = _ask(sandbox, NUMBER, Password="wrong")
    assert answer["HasErrors"] is True
    assert answer["Notifications"] == [{"Code": "ERR01", "Message": "ClientInfo - Invalid username or password"}]


def test_soap_says_the_same_with_local_times(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="aramex", number=NUMBER, scans=WAY)
    client = "".join(f"<{name}>{value}</{name}>" for name, value in _client(sandbox).items())
    question = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<v1:ShipmentTrackingRequest xmlns:v1="http://ws.aramex.net/ShippingAPI/v1/"><ClientInfo>{client}</ClientInfo>'
        f'<Shipments><arr:string xmlns:arr="urn:a">{NUMBER}</arr:string></Shipments></v1:ShipmentTrackingRequest>'
        "</s:Body></s:Envelope>"
    )
    answer = requests.post(sandbox.carrier_url("aramex") + PATH, data=question.encode(), timeout=5)
    told = xmltodict.parse(answer.content)["s:Envelope"]["s:Body"]["ShipmentTrackingResponse"]
    entry = told["TrackingResults"]["a:KeyValueOfstringArrayOfTrackingResultmFAkxlpY"]
    assert (told["HasErrors"], entry["a:Key"]) == ("false", NUMBER)
    assert entry["a:Value"]["TrackingResult"][0]["UpdateDateTime"] == "2026-11-25T23:15:00"


def test_soap_that_is_none_names_nobody(sandbox: Sandbox) -> None:
    answer = requests.post(sandbox.carrier_url("aramex") + PATH, data=b"<broken", timeout=5)
    assert b"ERR01" in answer.content
