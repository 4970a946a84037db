"""DHL's wire format, against the documented fields."""

import pytest

from tests.sandbox.carriers.asking import LATER, LIFE, dhl
from tracking.platform import clock
from tracking.sandbox import Sandbox

PARCEL, EXPRESS = "00340434292135100124", "3318810025"
WAY = [{**scan, "place": "Cologne" if scan["kind"] == "departed" else "Bonn"} for scan in LIFE]


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def shipment(sandbox: Sandbox, number: str, **params: str) -> dict:
    answer = dhl(sandbox, number, **params)
    assert answer.status_code == 200
    (found,) = answer.json()["shipments"]
    return found


def test_german_parcels_have_sentences_and_local_times_without_a_zone(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="dhl", number=PARCEL, scans=WAY)
    found = shipment(sandbox, PARCEL)
    assert (found["id"], found["service"]) == (PARCEL, "parcel-de")
    assert [row["timestamp"] for row in found["events"]] == [
        "2026-11-25T21:15:00", "2026-11-25T16:05:06", "2026-11-24T01:40:00", "2026-11-23T23:10:30",
        "2026-11-23T15:05:00",
    ]  # fmt: skip
    assert found["events"][1]["status"] == "The shipment has been loaded onto the delivery vehicle"
    assert found["events"][1]["location"] == {"address": {"addressLocality": "Bonn"}}
    assert "location" not in found["events"][-1]
    assert found["status"] == found["events"][0]
    assert found["status"]["statusCode"] == "delivered"
    assert found["details"]["product"]["productName"] == "DHL PAKET"


def test_express_has_codes_integers_and_offsets(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="dhl", number=EXPRESS, scans=WAY)
    found = shipment(sandbox, EXPRESS)
    assert (found["id"], found["service"]) == (int(EXPRESS), "express")
    assert [row["status"] for row in found["events"]] == ["OK", "WC", "DF", "PU", "104"]
    assert found["events"][1]["timestamp"] == "2026-11-25T16:05:06+01:00"
    assert found["events"][1]["description"] == "With delivering courier"
    assert [row["statusCode"] for row in found["events"]] == ["delivered", *["transit"] * 3, "pre-transit"]


def test_proof_of_delivery(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="dhl", number=PARCEL, scans=WAY)
    proof = shipment(sandbox, PARCEL)["details"]["proofOfDelivery"]
    assert proof["timestamp"] == "2026-11-25T21:15:00"
    assert proof["signed"] == {"@type": "Person", "name": "SMITH"}


def test_estimate_is_a_day_and_a_frame(sandbox: Sandbox) -> None:
    window = {"earliest": "2026-11-25T09:00:00+01:00", "latest": "2026-11-25T12:00:00+01:00"}
    sandbox.parcel(carrier="dhl", number=PARCEL, scans=WAY[:4], estimated=window)
    found = shipment(sandbox, PARCEL)
    assert found["estimatedTimeOfDelivery"] == "2026-11-25T00:00:00"
    assert found["estimatedDeliveryTimeFrame"] == {
        "estimatedFrom": "2026-11-25T09:00:00",
        "estimatedThrough": "2026-11-25T12:00:00",
    }


def test_another_division_does_not_know_the_number(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="dhl", number=PARCEL, scans=WAY)
    assert dhl(sandbox, PARCEL, service="parcel-de").status_code == 200
    assert dhl(sandbox, PARCEL, service="express").status_code == 404
    assert dhl(sandbox, PARCEL, service="pigeon").status_code == 400


def test_unknown_number_is_a_problem(sandbox: Sandbox) -> None:
    answer = dhl(sandbox, PARCEL)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "title": "No result found",
        "detail": "No shipment with given tracking number found.",
        "status": 404,
        "instance": f"/shipment/{PARCEL}",
    }


def test_wrong_key_is_refused(sandbox: Sandbox) -> None:
    assert dhl(sandbox, PARCEL, key="no").status_code == 401


def test_one_call_a_second_and_250_a_day_until_midnight_gmt(sandbox: Sandbox) -> None:
    sandbox.state.limits.counting = "business"
    assert [dhl(sandbox, PARCEL).status_code for _ in range(2)] == [404, 429]
    rule = sandbox.state.carriers["dhl"].rules[1]
    sandbox.state.limits.set("dhl", [rule])
    with clock.frozen(LATER.replace(hour=23, minute=59)):
        assert [dhl(sandbox, PARCEL).status_code for _ in range(251)] == [404] * 250 + [429]
    with clock.frozen(LATER.replace(day=LATER.day + 1, hour=0, minute=0)):
        assert dhl(sandbox, PARCEL).status_code == 404
