"""FedEx's wire format, against the documented fields."""

from datetime import UTC, datetime

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE, fedex, fedex_token
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER = "986578788855"


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def result(sandbox: Sandbox, number: str = NUMBER, **how: bool) -> dict:
    answer = fedex(sandbox, number, **how)
    assert answer.status_code == 200
    (complete,) = answer.json()["output"]["completeTrackResults"]
    assert complete["trackingNumber"] == number
    (found,) = complete["trackResults"]
    return found


def test_token_is_a_bearer_for_an_hour(sandbox: Sandbox) -> None:
    answer = fedex_token(sandbox).json()
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 3_600)


def test_events_come_newest_first_with_the_offset_of_their_place(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="fedex", number=NUMBER, destination="Boulder", scans=LIFE)
    found = result(sandbox)
    assert [(row["eventType"], row["date"]) for row in found["scanEvents"]] == [
        ("DL", "2026-11-25T13:15:00-07:00"),
        ("OD", "2026-11-25T08:05:06-07:00"),
        ("DP", "2026-11-23T19:40:00-05:00"),
        ("PU", "2026-11-23T17:10:30-05:00"),
        ("OC", "2026-11-23T09:05:00-05:00"),
    ]
    assert found["scanEvents"][2]["scanLocation"] == {
        "streetLines": [""], "city": "LOUISVILLE", "stateOrProvinceCode": "KY", "postalCode": "40213",
        "countryCode": "US", "residential": False, "countryName": "United States",
    }  # fmt: skip
    assert found["scanEvents"][4]["scanLocation"] == {"streetLines": [""], "residential": False}
    assert found["latestStatusDetail"]["code"] == found["latestStatusDetail"]["derivedCode"] == "DL"


def test_delivered_parcel_says_when_where_and_who(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="fedex", number=NUMBER, destination="Boulder", scans=LIFE)
    found = result(sandbox)
    assert {"type": "ACTUAL_DELIVERY", "dateTime": "2026-11-25T13:15:00-07:00"} in found["dateAndTimes"]
    assert found["deliveryDetails"]["receivedByName"] == "SMITH"
    assert found["deliveryDetails"]["deliveryAttempts"] == "0"
    assert found["availableImages"] == [{"type": "SIGNATURE_PROOF_OF_DELIVERY"}]
    assert found["estimatedDeliveryTimeWindow"] == {"window": {}}


def test_failed_attempt_carries_the_exception_code(sandbox: Sandbox) -> None:
    scans = [*LIFE[:4], {"kind": "attempt_failed", "at": "2026-11-25T21:00:00+00:00"}]
    sandbox.parcel(carrier="fedex", number=NUMBER, scans=scans)
    found = result(sandbox)
    assert (found["scanEvents"][0]["eventType"], found["scanEvents"][0]["exceptionCode"]) == ("DE", "08")
    (why,) = found["latestStatusDetail"]["ancillaryDetails"]
    assert (why["reason"], why["reasonDescription"]) == ("08", "Customer not available or business closed")
    assert found["latestStatusDetail"]["delayDetail"] == {"status": "DELAYED", "type": "LOCAL"}


def test_window_and_dates_of_the_estimate(sandbox: Sandbox) -> None:
    window = {"earliest": "2026-11-25T13:00:00-07:00", "latest": "2026-11-25T15:00:00-07:00"}
    sandbox.parcel(carrier="fedex", number=NUMBER, destination="Boulder", scans=LIFE[:2], estimated=window)
    found = result(sandbox)
    assert found["estimatedDeliveryTimeWindow"]["window"] == {
        "begins": "2026-11-25T13:00:00-07:00",
        "ends": "2026-11-25T15:00:00-07:00",
    }
    assert {"type": "ESTIMATED_DELIVERY", "dateTime": "2026-11-25T00:00:00-06:00"} in found["dateAndTimes"]


def test_returned_parcel_ends_delivered_with_the_return_in_its_history(sandbox: Sandbox) -> None:
    scans = [
        *LIFE[:4],
        {"kind": "returning", "at": "2026-11-26T12:00:00+00:00"},
        {"kind": "returned", "at": "2026-11-28T12:00:00+00:00"},
    ]
    sandbox.parcel(carrier="fedex", number=NUMBER, scans=scans)
    found = result(sandbox)
    assert [row["eventType"] for row in found["scanEvents"][:2]] == ["DL", "RS"]
    assert found["additionalTrackingInfo"]["packageIdentifiers"][0]["type"] == "RETURNED_TO_SHIPPER_TRACKING_NUMBER"


def test_one_unknown_number_in_a_batch_is_an_error_inside_its_entry(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="fedex", number=NUMBER, scans=LIFE)
    answer = fedex(sandbox, NUMBER, "000000000000")
    assert answer.status_code == 200
    body = answer.json()
    assert body["customerTransactionId"] == "ours"
    known, unknown = body["output"]["completeTrackResults"]
    assert "error" not in known["trackResults"][0]
    assert unknown["trackingNumber"] == "000000000000"
    assert unknown["trackResults"][0]["error"]["code"] == "TRACKING.TRACKINGNUMBER.NOTFOUND"


def test_without_detailed_scans_only_the_latest_comes(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="fedex", number=NUMBER, scans=LIFE)
    assert [row["eventType"] for row in result(sandbox, detailed=False)["scanEvents"]] == ["DL"]


def test_thirty_numbers_are_taken_and_one_more_is_not(sandbox: Sandbox) -> None:
    numbers = [f"{index:012}" for index in range(31)]
    assert fedex(sandbox, *numbers[:30]).status_code == 200
    assert fedex(sandbox, *numbers).status_code == 400


def test_bodies_that_are_not_as_documented_are_refused(sandbox: Sandbox) -> None:
    token = fedex_token(sandbox).json()["access_token"]
    empty = fedex(sandbox, "", token=token)
    assert empty.status_code == 400
    assert empty.json()["errors"][0]["code"] == "TRACKING.TRACKINGNUMBER.EMPTY"
    url = sandbox.carrier_url("fedex") + "/track/v1/trackingnumbers"
    headers = {"Authorization": f"Bearer {token}"}
    for body in ([], {}, {"trackingInfo": "no"}, {"trackingInfo": [{"trackingNumberInfo": {"trackingNumber": "1"}}]}):
        assert requests.post(url, json=body, headers=headers, timeout=5).status_code == 400


def test_wrong_credentials_and_tokens_are_refused(sandbox: Sandbox) -> None:
    form = {"grant_type": "client_credentials", "client_id": "sandbox-fedex", "client_secret": "no"}
    assert requests.post(sandbox.carrier_url("fedex") + "/oauth/token", data=form, timeout=5).status_code == 401
    refused = fedex(sandbox, NUMBER, token="no")
    assert refused.status_code == 401
    assert refused.json()["errors"][0]["code"] == "NOT.AUTHORIZED.ERROR"


def test_midnight_is_a_date_in_the_office_zone(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="fedex", number=NUMBER, scans=LIFE[:1])
    ship = next(row for row in result(sandbox)["dateAndTimes"] if row["type"] == "SHIP")
    assert datetime.fromisoformat(ship["dateTime"]) == datetime(2026, 11, 23, 6, tzinfo=UTC)
