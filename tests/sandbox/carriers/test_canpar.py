"""Canpar's wire format, against the documented fields."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import xmltodict

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER = "D576002440000001718010"
ACTION = "urn:trackByBarcodeV2"


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    with clock.frozen(LATER):
        yield


def _ask(sandbox: Sandbox, number: str = NUMBER, *, action: str = ACTION, parts: str = "dto") -> requests.Response:
    body = (
        '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:a="http://ws.onlinerating.canshipws.canpar.com" '
        f'xmlns:b="http://ws.{parts}.canshipws.canpar.com/xsd"><e:Header/><e:Body><a:trackByBarcodeV2><a:request>'
        f"<b:barcode>{number}</b:barcode><b:track_shipment>true</b:track_shipment>"
        "</a:request></a:trackByBarcodeV2></e:Body></e:Envelope>"
    )
    return requests.post(
        f"{sandbox.carrier_url('canpar')}/CanparAddonsService.CanparAddonsServiceHttpSoap12Endpoint/",
        data=body.encode(),
        headers={"Content-Type": f'application/soap+xml;charset=UTF-8;action="{action}"'},
        timeout=5,
    )


def _body(answer: requests.Response) -> Any:
    return xmltodict.parse(answer.content)["soapenv:Envelope"]["soapenv:Body"]


def _told(answer: requests.Response) -> Any:
    return _body(answer)["ns:trackByBarcodeV2Response"]["ns:return"]


def test_events_come_newest_first_in_local_time_while_delivered_stays_false(sandbox: Sandbox) -> None:
    places = ("Calgary", "Calgary", "Winnipeg", "Halifax", "Halifax")
    scans = [{**scan, "place": place} for scan, place in zip(LIFE, places, strict=True)]
    sandbox.parcel(carrier="canpar", number=NUMBER, scans=scans)
    told = _told(_ask(sandbox, NUMBER.lower()))
    assert told["ax21:error"] == {"@xsi:nil": "true"}
    found = told["ax21:result"]
    assert (found["ax23:barcode"], found["ax23:delivered"], found["ax23:signed_by"]) == (NUMBER, "false", "SMITH")
    rows = found["ax23:events"]
    assert [row["ax23:code"] for row in rows] == ["DEL", "WC", "DPT", "PIC", "LBL"]
    assert [row["ax23:local_date_time"] for row in rows][:3] == [
        "20261125 161500",
        "20261125 110506",
        "20261123 184000",
    ]
    assert rows[2]["ax23:address"]["ax23:province"] == "MB"


def test_an_unknown_barcode_gets_an_empty_parcel(sandbox: Sandbox) -> None:
    found = _told(_ask(sandbox))["ax21:result"]
    assert found["ax23:barcode"] == NUMBER
    assert "ax23:events" not in found


def test_what_it_does_not_understand_is_a_fault(sandbox: Sandbox) -> None:
    for answer in (_ask(sandbox, action="urn:other"), _ask(sandbox, parts="other")):
        assert answer.status_code == 500
        assert _body(answer)["soapenv:Fault"]["soapenv:Code"]["soapenv:Value"] == "soapenv:Sender"
