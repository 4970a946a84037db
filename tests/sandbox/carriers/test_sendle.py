"""Sendle's wire format, against the documented fields."""

from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

REF = "S34WER4S"
WAY = [{**scan, "place": "Melbourne"} for scan in LIFE]


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    with clock.frozen(LATER):
        yield


def ask(sandbox: Sandbox, ref: str, key: str | None = None) -> requests.Response:
    given = sandbox.credentials("sendle")
    auth = (given["sendle_id"], key or given["api_key"])
    return requests.get(f"{sandbox.carrier_url('sendle')}/tracking/{ref}", auth=auth, timeout=5)


def test_events_come_oldest_first_with_three_times_and_no_reference(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="sendle", number=REF, scans=WAY)
    answer = ask(sandbox, REF)
    body = answer.json()
    assert (answer.status_code, body["state"]) == (200, "Delivered")
    assert body["status"]["last_changed_at"] == "2026-11-25 20:15:00 UTC"
    assert body["destination"] == {"country": "AU"}
    assert [event["event_type"] for event in body["tracking_events"]] == [
        "Info",
        "Pickup",
        "In Transit",
        "Out for Delivery",
        "Delivered",
    ]
    assert body["tracking_events"][-1] == {
        "event_type": "Delivered",
        "scan_time": "2026-11-25T20:15:00Z",
        "description": "Your package has been delivered!",
        "location": "MELBOURNE VIC",
        "local_scan_time": "2026-11-26T07:15:00",
        "display_time": "2026-11-26T07:15:00+11:00",
    }
    assert REF not in answer.text
    assert body["scheduling"]["delivered_on"] == "2026-11-26"
    assert body["scheduling"]["estimated_delivery_date_minimum"] == ""


def test_a_failed_attempt_says_why_unless_nobody_was_there(sandbox: Sandbox) -> None:
    scans = [{"kind": "attempt_failed", "at": "2026-11-23T14:00:00Z", "reason": why} for why in ("not_home", "closed")]
    sandbox.parcel(carrier="sendle", number=REF, scans=scans)
    events = ask(sandbox, REF).json()["tracking_events"]
    assert [(event["event_type"], event.get("reason")) for event in events] == [
        ("Card Left", None),
        ("Delivery Attempted", "Closed"),
    ]


def test_an_unknown_reference_and_a_wrong_key_are_words(sandbox: Sandbox) -> None:
    unknown, wrong = ask(sandbox, REF), ask(sandbox, REF, "wrong")
    assert (unknown.status_code, unknown.json()["error"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "unauthorized")
