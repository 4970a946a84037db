"""Thailand Post's wire format, against the documented fields."""

import re

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE, thailand, thailand_token
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER, UNKNOWN = "EF582568151TH", "EF000000005TH"
WAY = [{**scan, "place": "Chiang Mai" if scan["kind"] != "delivered" else "Bangkok"} for scan in LIFE]


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def items(sandbox: Sandbox, *numbers: str, **how: str) -> dict:
    answer = thailand(sandbox, *numbers, **how)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["message"], body["status"]) == ("successful", True)
    return body["response"]["items"]


def test_access_token_ends_in_bangkok_time(sandbox: Sandbox) -> None:
    answer = thailand_token(sandbox).json()
    assert set(answer) == {"expire", "token"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+07:00", answer["expire"])


def test_events_come_oldest_first(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="thailand-post", number=NUMBER, scans=WAY)
    events = items(sandbox, NUMBER, language="EN")[NUMBER]
    assert [row["status"] for row in events] == ["101", "103", "201", "301", "501"]
    assert {row["barcode"] for row in events} == {NUMBER}
    assert set(events[0]) == {
        "barcode", "status", "status_description", "status_date", "location", "postcode", "delivery_status",
        "delivery_description", "delivery_datetime", "receiver_name", "signature",
    }  # fmt: skip


def test_years_are_buddhist_in_thai_and_gregorian_in_english(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="thailand-post", number=NUMBER, scans=WAY)
    thai, english = items(sandbox, NUMBER)[NUMBER], items(sandbox, NUMBER, language="EN")[NUMBER]
    assert thai[0]["status_date"] == "23/11/2569 21:05:00+07:00"
    assert english[0]["status_date"] == "23/11/2026 21:05:00+07:00"
    assert (thai[1]["status_description"], english[1]["status_description"]) == ("รับฝาก", "Accepted")
    assert (thai[1]["location"], english[1]["location"]) == ("เชียงใหม่", "CHIANG MAI")
    assert thailand(sandbox, NUMBER).json()["response"]["track_count"]["track_date"] == "22/01/2570"


def test_delivery_says_when_and_who(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="thailand-post", number=NUMBER, scans=WAY)
    *before, last = items(sandbox, NUMBER, language="EN")[NUMBER]
    assert (last["delivery_status"], last["delivery_description"]) == ("S", "Successful")
    assert last["delivery_datetime"] == "26/11/2026 03:15:00+07:00"
    assert (last["receiver_name"], last["postcode"]) == ("SMITH", "10110")
    assert last["signature"].startswith("https://trackimage.thailandpost.co.th/")
    assert not any(row["delivery_status"] or row["delivery_datetime"] for row in before)


def test_offices_of_exchange_and_places_overseas(sandbox: Sandbox) -> None:
    sandbox.parcel(
        carrier="thailand-post", number=NUMBER, origin="Chiang Mai", destination="Paris", route="international",
        start="2026-11-23T03:00:00Z",
    )  # fmt: skip
    events = items(sandbox, NUMBER, language="EN")[NUMBER]
    codes = [row["status"] for row in events]
    assert codes.index("204") < codes.index("205") < codes.index("202")
    assert next(row for row in events if row["status"] == "205")["postcode"] == "99999"


def test_unknown_barcode_is_an_empty_list_beside_the_known_one(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="thailand-post", number=NUMBER, scans=WAY)
    found = items(sandbox, NUMBER, UNKNOWN)
    assert found[UNKNOWN] == []
    assert len(found[NUMBER]) == 5


def test_one_status_can_be_asked_for(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="thailand-post", number=NUMBER, scans=WAY)
    assert [row["status"] for row in items(sandbox, NUMBER, status="501")[NUMBER]] == ["501"]


@pytest.mark.parametrize("scheme", ["Token", "Bearer"])
def test_both_spellings_of_the_token_are_taken(sandbox: Sandbox, scheme: str) -> None:
    assert items(sandbox, UNKNOWN, scheme=scheme) == {UNKNOWN: []}


def test_wrong_tokens_are_refused(sandbox: Sandbox) -> None:
    for answer in (thailand_token(sandbox, "no"), thailand(sandbox, NUMBER, token="no")):
        assert answer.status_code == 401
        assert answer.json()["status"] is False


def test_hundred_barcodes_are_taken_and_one_more_is_not(sandbox: Sandbox) -> None:
    numbers = [f"EF{index:09}TH" for index in range(101)]
    assert len(items(sandbox, *numbers[:100])) == 100
    assert thailand(sandbox, *numbers).status_code == 400
    token = thailand_token(sandbox).json()["token"]
    url = sandbox.carrier_url("thailand-post") + "/track"
    assert requests.post(url, data=b"{", headers={"Authorization": f"Token {token}"}, timeout=5).status_code == 400


def test_count_of_the_day_is_by_barcode_and_ends_at_its_limit(sandbox: Sandbox) -> None:
    sandbox.state.limits.counting = "business"
    token = thailand_token(sandbox).json()["token"]
    numbers = [f"EF{index:09}TH" for index in range(100)]
    for done in range(1, 16):
        count = thailand(sandbox, *numbers, token=token).json()["response"]["track_count"]
        assert (count["count_number"], count["track_count_limit"]) == (done * 100, 1_500)
    refused = thailand(sandbox, numbers[0], token=token)
    assert refused.status_code == 429
    assert refused.json()["status"] is False
    # the day ends at midnight in Bangkok
    with clock.frozen(LATER.replace(hour=17, minute=1)):
        assert thailand(sandbox, numbers[0], token=token).status_code == 200
