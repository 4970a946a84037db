"""UPS's wire format, against the documented fields."""

import base64
from datetime import datetime, timedelta

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE, START, ups, ups_token
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER = "1Z5R89390357567127"


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def package(sandbox: Sandbox, number: str = NUMBER, **params: str) -> dict:
    answer = ups(sandbox, number, **params)
    assert answer.status_code == 200
    (shipment,) = answer.json()["trackResponse"]["shipment"]
    assert shipment["inquiryNumber"] == number
    (found,) = shipment["package"]
    assert found["trackingNumber"] == number
    return found


def test_token_answer_holds_nothing_but_strings(sandbox: Sandbox) -> None:
    answer = ups_token(sandbox).json()
    assert set(answer) == {
        "token_type", "issued_at", "client_id", "access_token", "scope", "expires_in", "refresh_count", "status",
    }  # fmt: skip
    assert all(isinstance(value, str) for value in answer.values())
    assert len(answer["issued_at"]) == 13
    assert int(answer["expires_in"]) == 14_399


def test_events_come_newest_first_in_local_time_with_gmt_beside(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="ups", number=NUMBER, destination="Boulder", scans=LIFE)
    activity = package(sandbox)["activity"]
    assert [row["status"]["code"] for row in activity] == ["FS", "OT", "DP", "OR", "MP"]
    assert [row["status"]["type"] for row in activity] == ["D", "I", "I", "I", "M"]
    assert [row["status"]["statusCode"] for row in activity] == ["011", "021", "005", "005", "003"]
    delivered = activity[0]
    assert (delivered["date"], delivered["time"]) == ("20261125", "131500")
    assert (delivered["gmtDate"], delivered["gmtTime"], delivered["gmtOffset"]) == ("20261125", "201500", "-07:00")
    assert delivered["location"]["address"] == {
        "city": "Boulder", "stateProvince": "CO", "postalCode": "80302", "countryCode": "US",
        "country": "United States",
    }  # fmt: skip
    assert delivered["status"]["description"] == "DELIVERED "
    # 00:40 GMT: the leading zeros are missing, as UPS leaves them away
    assert (activity[2]["gmtTime"], activity[2]["date"], activity[2]["time"]) == ("4000", "20261123", "194000")


def test_label_tells_only_the_country(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="ups", number=NUMBER, scans=LIFE[:1])
    (label,) = package(sandbox)["activity"]
    assert label["location"] == {"address": {"countryCode": "US", "country": "United States"}}
    assert label["status"]["description"].startswith("Shipper created a label, UPS has not received the package yet.")


def test_delivered_parcel_says_when_where_and_who(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="ups", number=NUMBER, destination="Boulder", scans=LIFE)
    found = package(sandbox)
    assert found["deliveryDate"] == [{"type": "DEL", "date": "20261125"}]
    assert found["deliveryTime"] == {"type": "DEL", "endTime": "131500"}
    assert found["deliveryInformation"] == {"location": "Residential", "receivedBy": "SMITH"}
    assert found["currentStatus"]["statusCode"] == "011"


def test_signature_is_shown_only_when_asked_for(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="ups", number=NUMBER, scans=LIFE)
    image = package(sandbox, returnSignature="true")["deliveryInformation"]["signature"]["image"]
    assert base64.b64decode(image).startswith(b"\x89PNG")
    assert "signature" not in package(sandbox)["deliveryInformation"]


def test_milestones_are_oldest_first_and_point_into_the_activity(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="ups", number=NUMBER, scans=LIFE[:4])
    found = package(sandbox, returnMilestones="true")
    linked = [row.get("linkedActivity") for row in found["milestones"]]
    assert linked == ["3", "2", "1", "0", None]
    assert [row["current"] for row in found["milestones"]] == [False, False, False, True, False]
    assert "milestones" not in package(sandbox)


def test_scheduled_day_becomes_a_window_and_then_a_new_day(sandbox: Sandbox) -> None:
    said = [
        {"said_at": "2026-11-23T22:00:00Z", "earliest": "2026-11-25T00:00:00-07:00",
         "latest": "2026-11-25T23:59:00-07:00", "timed": False},
        {"said_at": "2026-11-25T15:00:00Z", "earliest": "2026-11-25T13:00:00-07:00",
         "latest": "2026-11-25T15:00:00-07:00"},
        {"said_at": "2026-11-26T15:00:00Z", "earliest": "2026-11-27T00:00:00-07:00",
         "latest": "2026-11-27T23:59:00-07:00", "timed": False},
    ]  # fmt: skip
    sandbox.parcel(carrier="ups", number=NUMBER, destination="Boulder", scans=LIFE[:2], estimated=said)
    seen = []
    for row in said:
        with clock.frozen(datetime.fromisoformat(row["said_at"]) + timedelta(hours=1)):
            found = package(sandbox)
            seen.append((found["deliveryDate"], found["deliveryTime"]))
    assert seen == [
        ([{"type": "SDD", "date": "20261125"}], {"type": "EOD", "endTime": ""}),
        ([{"type": "SDD", "date": "20261125"}], {"type": "EDW", "startTime": "130000", "endTime": "150000"}),
        ([{"type": "RDD", "date": "20261127"}], {"type": "EOD", "endTime": ""}),
    ]


def test_unknown_number_is_a_warning_in_a_successful_answer(sandbox: Sandbox) -> None:
    answer = ups(sandbox, NUMBER)
    assert answer.status_code == 200
    warning = {"code": "TW0001", "message": "Tracking Information Not Found"}
    assert answer.json() == {"trackResponse": {"shipment": [{"warnings": [warning]}]}}


def test_malformed_number_is_refused(sandbox: Sandbox) -> None:
    answer = ups(sandbox, "1Z!")
    assert answer.status_code == 400
    assert answer.json() == {"response": {"errors": [{"code": "TV1002", "message": "Invalid inquiry number"}]}}


def test_wrong_client_and_wrong_token_are_refused(sandbox: Sandbox) -> None:
    url = sandbox.carrier_url("ups") + "/security/v1/oauth/token"
    refused = requests.post(url, data={"grant_type": "client_credentials"}, auth=("sandbox-ups", "no"), timeout=5)
    assert refused.status_code == 401
    assert refused.json()["response"]["errors"][0]["code"] == "250002"
    assert ups(sandbox, NUMBER, token="no").status_code == 401


def test_missing_transaction_headers_are_refused(sandbox: Sandbox) -> None:
    token = ups_token(sandbox).json()["access_token"]
    url = f"{sandbox.carrier_url('ups')}/api/track/v1/details/{NUMBER}"
    answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5)
    assert answer.status_code == 400


def test_only_the_past_is_shown(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="ups", number=NUMBER, scans=LIFE)
    with clock.frozen(START):
        assert "package" not in ups(sandbox, NUMBER).json()["trackResponse"]["shipment"][0]
    for count, scan in enumerate(LIFE, 1):
        with clock.frozen(datetime.fromisoformat(scan["at"])):
            assert len(package(sandbox)["activity"]) == count
