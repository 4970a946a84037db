"""PostNord's wire format, against the fields that public clients name."""

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER = "84971563697SE"
WAY = [{**scan, "place": "Stockholm"} for scan in LIFE]


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def _ask(sandbox: Sandbox, number: str, **params: str) -> requests.Response:
    return requests.get(
        sandbox.carrier_url("postnord") + "/shipment/v5/trackandtrace/findByIdentifier.json",
        params={"id": number, "apikey": sandbox.credentials("postnord")["api_key"], **params},
        timeout=5,
    )


def test_events_are_newest_first_in_utc_and_the_acceptor_is_named(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="postnord", number=NUMBER, scans=WAY)
    (shipment,) = _ask(sandbox, NUMBER).json()["TrackingInformationResponse"]["shipments"]
    (item,) = shipment["items"]
    assert (shipment["shipmentId"], item["itemId"], item["status"]) == (NUMBER, NUMBER, "DELIVERED")
    assert [(row["status"], row["eventTime"]) for row in item["events"]][:2] == [
        ("DELIVERED", "2026-11-25T20:15:00Z"),
        ("EN_ROUTE", "2026-11-25T15:05:06Z"),
    ]
    assert item["acceptor"] == {"name": "SMITH", "signatureReference": NUMBER}
    assert "estimatedTimeOfArrival" not in shipment
    assert item["events"][0]["location"]["countryCode"] == "SE"


def test_version_7_names_the_status_otherwise(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="postnord", number=NUMBER, scans=WAY)
    url = f"{sandbox.carrier_url('postnord')}/shipment/v7/trackandtrace/id/{NUMBER}/public"
    answer = requests.get(url, params={"apikey": sandbox.credentials("postnord")["api_key"]}, timeout=5).json()
    event = answer["TrackingInformationResponse"]["shipments"][0]["items"][0]["events"][0]
    assert event["eventStatus"] == "DELIVERED"
    assert "status" not in event


def test_an_unknown_id_is_an_empty_list_and_a_bad_one_a_fault(sandbox: Sandbox) -> None:
    assert _ask(sandbox, NUMBER).json() == {"TrackingInformationResponse": {"shipments": []}}
    for params, fault in (({"id": "123"}, "invalidIdentifier"), ({"locale": "th"}, "invalidLocale")):
        body = _ask(sandbox, NUMBER, **params).json()["TrackingInformationResponse"]
        assert body["compositeFault"]["faults"][0]["faultCode"] == fault
        assert body["shipments"] == []


def test_a_wrong_key_is_refused(sandbox: Sandbox) -> None:
    assert _ask(sandbox, NUMBER, apikey="wrong").status_code == 401
