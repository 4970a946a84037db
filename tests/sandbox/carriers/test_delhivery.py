"""Delhivery's wire format, against the fields that public clients name."""

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

AWB, OTHER = "1490810000011", "1490810000022"
WAY = [{**scan, "place": "Mumbai"} for scan in LIFE]


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def _ask(sandbox: Sandbox, *waybills: str, token: str = "") -> requests.Response:
    token = token or sandbox.credentials("delhivery")["api_token"]
    return requests.get(
        sandbox.carrier_url("delhivery") + "/api/v1/packages/json/",
        params={"waybill": ",".join(waybills)},
        headers={"Authorization": f"Token {token}"},
        timeout=5,
    )


def test_scans_are_oldest_first_in_indian_time_without_a_zone(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="delhivery", number=AWB, scans=WAY)
    (entry,) = _ask(sandbox, AWB).json()["ShipmentData"]
    shipment = entry["Shipment"]
    scans = [scan["ScanDetail"] for scan in shipment["Scans"]]
    assert [(scan["ScanType"], scan["Scan"]) for scan in scans] == [
        ("UD", "Manifested"),
        ("UD", "In Transit"),
        ("UD", "In Transit"),
        ("UD", "Dispatched"),
        ("DL", "Delivered"),
    ]
    assert (scans[0]["ScanDateTime"], scans[-1]["ScanDateTime"]) == (
        "2026-11-23T19:35:00.000",
        "2026-11-26T01:45:00.000",
    )
    assert scans[0]["ScannedLocation"] == "Mumbai_Hub_D (Maharashtra)"
    status = shipment["Status"]
    assert (status["Status"], status["StatusType"], status["RecievedBy"]) == ("Delivered", "DL", "SMITH")


def test_waybills_that_are_not_known_are_left_out(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="delhivery", number=AWB, scans=WAY)
    assert [one["Shipment"]["AWB"] for one in _ask(sandbox, OTHER, AWB).json()["ShipmentData"]] == [AWB]
    assert _ask(sandbox, OTHER).json() == {"ShipmentData": []}


def test_a_failed_attempt_says_why(sandbox: Sandbox) -> None:
    scans = [{"kind": "attempt_failed", "at": LIFE[0]["at"], "reason": "no_access"}]
    sandbox.parcel(carrier="delhivery", number=AWB, scans=scans)
    status = _ask(sandbox, AWB).json()["ShipmentData"][0]["Shipment"]["Status"]
    assert (status["StatusCode"], status["Instructions"]) == ("EOD-104", "Entry restricted area")


def test_a_wrong_token_is_refused(sandbox: Sandbox) -> None:
    assert _ask(sandbox, AWB, token="wrong").status_code == 401
