"""Purolator's wire format, against the documented fields."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import xmltodict

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER, OTHER = "320595463938", "KYV009956937"
TYPES = "http://purolator.com/pws/datatypes/v1"
ACTION = "http://purolator.com/pws/service/v1/TrackPackagesByPin"


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    with clock.frozen(LATER):
        yield


def _ask(
    sandbox: Sandbox, *pins: str, version: str = "1.2", action: str = ACTION, password: str = "", space: str = TYPES
) -> requests.Response:
    given = sandbox.credentials("purolator")
    values = "".join(f"<d:PIN><d:Value>{pin}</d:Value></d:PIN>" for pin in pins)
    body = (
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:d="{space}">'
        f"<e:Header><d:RequestContext><d:Version>{version}</d:Version></d:RequestContext></e:Header>"
        f"<e:Body><d:TrackPackagesByPinRequest><d:PINs>{values}</d:PINs></d:TrackPackagesByPinRequest></e:Body>"
        "</e:Envelope>"
    )
    return requests.post(
        f"{sandbox.carrier_url('purolator')}/PWS/V1/Tracking/TrackingService.asmx",
        data=body.encode(),
        auth=(given["key"], password or given["password"]),
        headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'},
        timeout=5,
    )


def _told(answer: requests.Response) -> Any:
    return xmltodict.parse(answer.content)["soap:Envelope"]["soap:Body"]["TrackPackagesByPinResponse"]


def _error(answer: requests.Response) -> str:
    return str(_told(answer)["ResponseInformation"]["Errors"]["Error"]["Code"])


def test_scans_come_newest_first_with_their_types_in_local_time(sandbox: Sandbox) -> None:
    places = ("Calgary", "Calgary", "Boulder", "Halifax", "Halifax")
    scans = [{**scan, "place": place} for scan, place in zip(LIFE, places, strict=True)]
    sandbox.parcel(carrier="purolator", number=NUMBER, scans=scans)
    known, unknown = _told(_ask(sandbox, NUMBER.lower(), OTHER))["TrackingInformationList"]["TrackingInformation"]
    rows = known["Scans"]["Scan"]
    assert (known["PIN"]["Value"], len(rows)) == (NUMBER, 5)
    assert [row["ScanType"] for row in rows] == ["Delivery", "OnDelivery", "Other", "ProofOfPickUp", "Other"]
    assert [row["@i:type"] for row in rows][:3] == ["DeliveryScan", "OnDeliveryScan", "Scan"]
    assert (rows[0]["ScanDate"], rows[0]["ScanTime"], rows[0]["Depot"]["Name"]) == (
        "2026-11-25",
        "161500",
        "HALIFAX, NS",
    )
    assert rows[0]["ScanDetails"]["DeliverySignature"] == "SMITH"
    assert rows[2]["Depot"]["Name"] == "BOULDER, CO"
    assert (unknown["PIN"]["Value"], unknown["Scans"]) == (OTHER, {"@i:nil": "true"})


def test_basic_is_refused_without_a_body(sandbox: Sandbox) -> None:
    answer = _ask(sandbox, NUMBER, password="wrong")
    assert (answer.status_code, answer.content) == (401, b"")


def test_what_it_does_not_understand_is_a_fault_or_an_error(sandbox: Sandbox) -> None:
    assert _ask(sandbox, NUMBER, action="urn:other").status_code == 500
    assert _ask(sandbox, NUMBER, space="urn:other").status_code == 500
    assert _error(_ask(sandbox, NUMBER, version="9.9")) == "1100000"
    assert _error(_ask(sandbox, *[NUMBER] * 51)) == "1100001"
