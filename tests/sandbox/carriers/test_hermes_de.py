"""Hermes Germany's wire format, against the documented fields."""

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER, UNKNOWN = "H1234567890123456789", "H0000000000000000005"
WAY = [{**scan, "place": "Hamburg"} for scan in LIFE]


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def login(sandbox: Sandbox, **other: str) -> requests.Response:
    form = {"grant_type": "password", **sandbox.credentials("hermes-de"), **other}
    url = sandbox.carrier_url("hermes-de") + "/authorization-facade/oauth2/access_token"
    return requests.post(url, data=form, timeout=5)


def ask(sandbox: Sandbox, *numbers: str, language: str = "EN", token: str | None = None) -> requests.Response:
    token = token or login(sandbox).json()["access_token"]
    return requests.get(
        sandbox.carrier_url("hermes-de") + "/shipmentinfo",
        headers={"Authorization": f"Bearer {token}", "Accept-Language": language},
        params=[("shipmentID", number) for number in numbers],
        timeout=5,
    )


def test_the_password_grant_gives_a_token_for_an_hour(sandbox: Sandbox) -> None:
    told = login(sandbox).json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 3600)
    refused = [login(sandbox, password="wrong"), login(sandbox, grant_type="client_credentials")]
    assert [answer.status_code for answer in refused] == [401, 400]


def test_events_come_oldest_first_with_codes_of_four_digits_and_offsets(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="hermes-de", number=NUMBER, destination="Hamburg", scans=WAY)
    (entry,) = ask(sandbox, NUMBER).json()["shipmentinfo"]
    assert entry["shipmentID"] == NUMBER
    assert [(row["code"], row["timestamp"]) for row in entry["status"]] == [
        ("0000", "2026-11-23T15:05:00+01:00"),
        ("1910", "2026-11-23T23:10:30+01:00"),
        ("1510", "2026-11-24T01:40:00+01:00"),
        ("3000", "2026-11-25T16:05:06+01:00"),
        ("3500", "2026-11-25T21:15:00+01:00"),
    ]
    assert entry["status"][-1]["scanningUnit"] == {"name": "Hermes Germany", "city": "Hamburg", "countryCode": "DEU"}
    assert entry["receiverAddress"] == {"city": "Hamburg", "zipCode": "20095", "countryCode": "DEU"}


def test_several_numbers_get_an_entry_each(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="hermes-de", number=NUMBER, scans=WAY[:1])
    known, unknown = ask(sandbox, NUMBER, UNKNOWN).json()["shipmentinfo"]
    assert "result" not in known
    assert unknown == {
        "shipmentID": UNKNOWN,
        "result": {"code": "e001", "message": "There is no information for the entered value."},
    }


def test_texts_speak_the_language_asked_for(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="hermes-de", number=NUMBER, scans=WAY[:1])
    texts = [
        ask(sandbox, NUMBER, language=language).json()["shipmentinfo"][0]["status"][0]["description"]
        for language in ("DE", "EN")
    ]
    assert texts == [
        "Die Sendung wurde Hermes elektronisch angekündigt.",
        "The shipment has been notified to Hermes electronically.",
    ]


def test_a_letterbox_has_a_code_of_its_own_and_a_day_a_forecast(sandbox: Sandbox) -> None:
    scan = {**WAY[-1], "left_at": "mailbox"}
    estimate = {"earliest": "2026-11-25T09:00:00+01:00", "latest": "2026-11-25T12:00:00+01:00", "said_at": scan["at"]}
    forecasts = []
    for timed in (True, False):
        sandbox.state.parcels.clear()
        sandbox.parcel(
            carrier="hermes-de",
            number=NUMBER,
            destination="Hamburg",
            scans=[scan],
            estimated={**estimate, "timed": timed},
        )
        (entry,) = ask(sandbox, NUMBER).json()["shipmentinfo"]
        assert entry["status"][0]["code"] == "3511"
        forecasts.append(entry["deliveryForecast"])
    assert forecasts == [
        {"fixed": True, "date": "2026-11-25", "timeSlot": {"from": "09:00", "to": "12:00"}},
        {"fixed": False, "date": "2026-11-25"},
    ]


def test_no_token_and_no_number_are_refused(sandbox: Sandbox) -> None:
    assert [ask(sandbox, NUMBER, token="wrong").status_code, ask(sandbox).status_code] == [401, 400]
