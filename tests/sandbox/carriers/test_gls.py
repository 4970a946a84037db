"""GLS's wire format, against its specification."""

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER = "36301917596"
WAY = [{**scan, "place": "Bonn"} for scan in LIFE]


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def _token(sandbox: Sandbox, secret: str = "", grant: str = "client_credentials") -> requests.Response:
    given = sandbox.credentials("gls")
    return requests.post(
        sandbox.carrier_url("gls") + "/oauth2/v2/token",
        data={"grant_type": grant},
        auth=(given["client_id"], secret or given["client_secret"]),
        timeout=5,
    )


def _ask(sandbox: Sandbox, *numbers: str, token: str = "", language: str = "EN", **params: str) -> requests.Response:
    token = token or _token(sandbox).json()["access_token"]
    url = sandbox.carrier_url("gls") + "/track-and-trace-v1/tracking/simple/trackids/" + ",".join(numbers)
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
    return requests.get(url, headers=headers, params=params, timeout=5)


def test_a_parcel_has_its_status_and_events_newest_first(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="gls", number=NUMBER, scans=WAY)
    (parcel,) = _ask(sandbox, NUMBER).json()["parcels"]
    assert (parcel["requested"], parcel["unitno"], parcel["status"]) == (NUMBER, NUMBER, "DELIVERED")
    assert parcel["statusDateTime"] == parcel["events"][0]["eventDateTime"] == "2026-11-25T21:15:00+0100"
    assert [event["code"] for event in parcel["events"]] == [
        "DELIVD.NORMAL",
        "OUTDEL.NORMAL",
        "OUTBOD.NORMAL",
        "INTIAL.NORMAL",
        "INTIAL.PREADVICE",
    ]
    assert "_links" not in parcel


def test_links_events_and_language_are_as_asked(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="gls", number=NUMBER, scans=WAY)
    (parcel,) = _ask(sandbox, NUMBER, showEvents="false", showLinks="true").json()["parcels"]
    assert "events" not in parcel
    assert parcel["_links"]["deliveryInfo"]["templated"] is True
    (parcel,) = _ask(sandbox, NUMBER, language="DE").json()["parcels"]
    assert parcel["events"][0]["description"] == "Das Paket wurde zugestellt."


def test_unknown_and_malformed_numbers_have_an_error_each(sandbox: Sandbox) -> None:
    assert _ask(sandbox, NUMBER, "12").json()["parcels"] == [
        {"requested": NUMBER, "errorCode": "E_404_01", "errorMessage": "Resource Not Found"},
        {"requested": "12", "errorCode": "E_400_01", "errorMessage": "Bad Request"},
    ]


def test_eleven_numbers_and_odd_flags_are_a_problem(sandbox: Sandbox) -> None:
    many = _ask(sandbox, *[f"363019175{index:02}" for index in range(11)])
    assert (many.status_code, many.json()["status"], many.json()["title"]) == (400, 400, "Bad Request")
    assert many.json()["detail"] == "Provided trackids of size '11' is more than allowed limit of 10"
    assert _ask(sandbox, NUMBER, showLinks="xyz").json()["detail"] == "Failed to convert 'showLinks' with value: 'xyz'"


def test_tokens_are_given_for_the_right_credentials_only(sandbox: Sandbox) -> None:
    assert _token(sandbox).json()["expires_in"] == 14_400
    assert _token(sandbox, secret="wrong").status_code == 401
    assert _token(sandbox, grant="password").status_code == 400
    refused = _ask(sandbox, NUMBER, token="made-up")
    assert (refused.status_code, refused.json()["fault"]["detail"]["errorcode"]) == (401, "steps.jwt.TokenExpired")
