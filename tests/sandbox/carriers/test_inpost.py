"""InPost's wire format, against the documented fields."""

from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER = "640000000000000000000417"
WAY = [{**scan, "place": "Krakow"} for scan in LIFE]


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    with clock.frozen(LATER):
        yield


def ask(sandbox: Sandbox, number: str) -> requests.Response:
    return requests.get(f"{sandbox.carrier_url('inpost')}/v1/tracking/{number}", timeout=5)


def test_anybody_is_told_statuses_newest_first_with_milliseconds(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="inpost", number=NUMBER, destination="Krakow", scans=WAY)
    body = ask(sandbox, NUMBER).json()
    assert (body["tracking_number"], body["status"], body["service"]) == (NUMBER, "delivered", "inpost_locker_standard")
    assert [detail["status"] for detail in body["tracking_details"]] == [
        "delivered",
        "out_for_delivery",
        "sent_from_source_branch",
        "dispatched_by_sender",
        "confirmed",
    ]
    assert body["tracking_details"][0]["datetime"] == "2026-11-25T21:15:00.000+01:00"
    assert body["custom_attributes"]["target_machine_detail"]["address"]["line2"] == "31-001 Kraków"
    assert body["expected_flow"] == []


def test_what_is_to_come_is_no_event(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="inpost", number=NUMBER, scans=WAY[:2])
    body = ask(sandbox, NUMBER).json()
    assert body["expected_flow"] == [{"status": "delivered"}]
    assert len(body["tracking_details"]) == 2


def test_an_unknown_number_is_an_error_in_the_documented_shape(sandbox: Sandbox) -> None:
    answer = ask(sandbox, NUMBER)
    assert answer.status_code == 404
    assert answer.json() == {
        "status": 404,
        "error": "resource_not_found",
        "description": "The resource was not found.",
        "details": None,
    }
