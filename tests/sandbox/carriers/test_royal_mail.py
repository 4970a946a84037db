"""Royal Mail's wire format, against the documented fields."""

from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER, OTHER = "AB000000019GB", "AB000000022GB"
WAY = [{**scan, "place": "Manchester"} for scan in LIFE]


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    with clock.frozen(LATER):
        yield


def ask(sandbox: Sandbox, path: str, **headers: str) -> requests.Response:
    given = sandbox.credentials("royal-mail")
    sent = {
        "X-IBM-Client-Id": given["client_id"],
        "X-IBM-Client-Secret": given["client_secret"],
        "X-Accept-RMG-Terms": "yes",
        **headers,
    }
    return requests.get(sandbox.carrier_url("royal-mail") + path, headers=sent, timeout=5)


def test_a_history_is_an_object_with_a_signature_and_all_events(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="royal-mail", number=NUMBER, destination="Manchester", scans=WAY)
    piece = ask(sandbox, f"/{NUMBER}/events").json()["mailPieces"]
    assert [event["eventCode"] for event in piece["events"]] == ["EVKSP", "EVGPD", "EVDAV", "EVPPA", "EVAIP"]
    assert piece["events"][0] == {
        "eventCode": "EVKSP",
        "eventName": "Delivered and Signed",
        "eventDateTime": "2026-11-25T20:15:00+00:00",
        "locationName": "Manchester DO",
    }
    assert piece["signature"]["recipientName"] == "SMITH"
    assert (piece["summary"]["lastEventCode"], piece["summary"]["statusCategory"]) == ("EVKSP", "DELIVERED")
    assert piece["summary"]["destinationCountryCode"] == "GBR"


def test_a_summary_is_a_list_of_last_events_with_an_error_for_each_unknown(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="royal-mail", number=NUMBER, scans=WAY)
    answer = ask(sandbox, f"/summary?mailPieceId={NUMBER},{OTHER}")
    found, unknown = answer.json()["mailPieces"]
    assert answer.status_code == 200
    assert (found["mailPieceId"], found["summary"]["lastEventCode"]) == (NUMBER, "EVKSP")
    assert "events" not in found
    assert (unknown["mailPieceId"], unknown["error"]["errorCode"]) == (OTHER, "E1142")
    assert "summary" not in unknown


def test_a_window_of_delivery_has_the_offset_of_its_place(sandbox: Sandbox) -> None:
    told = {"earliest": "2027-07-01T08:00:00Z", "latest": "2027-07-01T10:00:00Z", "said_at": "2026-11-23T14:00:00Z"}
    sandbox.parcel(carrier="royal-mail", number=NUMBER, destination="Manchester", scans=WAY[:2], estimated=told)
    assert ask(sandbox, f"/{NUMBER}/events").json()["mailPieces"]["estimatedDelivery"] == {
        "date": "2027-07-01",
        "startOfEstimatedWindow": "09:00:00+01:00",
        "endOfEstimatedWindow": "11:00:00+01:00",
    }


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        (f"/{OTHER}/events", {}, 404, "E1142"),
        (f"/{OTHER}/events", {"X-Accept-RMG-Terms": "no"}, 400, "E0004"),
        ("/summary", {}, 400, "E0004"),
        ("/summary?mailPieceId=" + ",".join(f"AB{n:09}GB" for n in range(31)), {}, 400, "E0013"),
    ],
)
def test_an_error_has_the_documented_envelope(
    sandbox: Sandbox, path: str, headers: dict[str, str], status: int, code: str
) -> None:
    answer = ask(sandbox, path, **headers)
    body = answer.json()
    assert (answer.status_code, body["httpCode"], body["errors"][0]["errorCode"]) == (status, str(status), code)


def test_a_wrong_secret_is_told_by_the_gateway(sandbox: Sandbox) -> None:
    answer = ask(sandbox, f"/{NUMBER}/events", **{"X-IBM-Client-Secret": "wrong"})
    assert answer.status_code == 401
    assert answer.json()["moreInformation"] == "Invalid client id or secret"
