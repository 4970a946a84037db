"""La Poste's wire format, against the documented fields."""

import pytest

from tests.sandbox.carriers.asking import LATER, LIFE, la_poste
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER, OTHER, UNKNOWN = "6A18987970674", "6A15602676300", "6A00000000000"
WAY = [{**scan, "place": "Lyon"} for scan in LIFE]


@pytest.fixture(autouse=True)
def _later():
    with clock.frozen(LATER):
        yield


def test_one_number_gives_an_object_newest_first_in_french_time(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="la-poste", number=NUMBER, scans=WAY)
    answer = la_poste(sandbox, NUMBER)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["lang"], body["scope"], body["returnCode"]) == ("fr_FR", "open", 200)
    found = body["shipment"]
    assert (found["idShip"], found["product"], found["holder"], found["isFinal"]) == (NUMBER, "colissimo", 4, True)
    assert [row["code"] for row in found["event"]] == ["DI1", "MD2", "ET1", "PC1", "DR1"]
    assert [row["order"] for row in found["event"]] == [100, 99, 98, 97, 96]
    assert found["event"][1]["date"] == "2026-11-25T16:05:06+01:00"
    assert found["event"][1]["label"] == "Votre colis est en cours de livraison."
    assert not any("location" in row or "place" in row for row in found["event"])
    assert found["entryDate"] == "2026-11-23T23:10:30+01:00"
    assert found["deliveryDate"] == "2026-11-25T21:15:00+01:00"


def test_timeline_has_five_steps_of_which_the_unreached_are_empty(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="la-poste", number=NUMBER, scans=WAY[:3])
    steps = la_poste(sandbox, NUMBER).json()["shipment"]["timeline"]
    assert [step["id"] for step in steps] == [1, 2, 3, 4, 5]
    assert [step["status"] for step in steps] == [True, True, False, False, False]
    assert [bool(step["shortLabel"]) for step in steps] == [True, True, False, False, False]


def test_english_when_asked(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="la-poste", number=NUMBER, scans=WAY)
    body = la_poste(sandbox, NUMBER, lang="en_GB").json()
    assert body["lang"] == "en_GB"
    assert body["shipment"]["event"][0]["label"] == "Your parcel has been delivered."


def test_foreign_scans_tell_the_countries_apart(sandbox: Sandbox) -> None:
    scans = [
        {"kind": "accepted", "at": "2026-11-23T14:00:00Z", "place": "Chiang Mai"},
        {"kind": "departed", "at": "2026-11-24T14:00:00Z", "place": "Bangkok"},
        {"kind": "arrived", "at": "2026-11-25T14:00:00Z", "place": "Frankfurt"},
        {"kind": "arrived", "at": "2026-11-26T14:00:00Z", "place": "Paris"},
    ]
    sandbox.parcel(carrier="la-poste", number=NUMBER, origin="Chiang Mai", destination="Lyon", scans=scans)
    found = la_poste(sandbox, NUMBER).json()["shipment"]
    assert [row["code"] for row in found["event"]] == ["ET3", "ET4", "ET2", "PC2"]
    # French time, wherever it happened
    assert found["event"][3]["date"] == "2026-11-23T15:00:00+01:00"
    assert (found["contextData"]["originCountry"], found["contextData"]["arrivalCountry"]) == ("TH", "FR")


def test_several_numbers_give_a_list_and_207_when_they_differ(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="la-poste", number=NUMBER, scans=WAY)
    sandbox.parcel(carrier="la-poste", number=OTHER, scans=WAY[:2])
    same, mixed = la_poste(sandbox, NUMBER, OTHER), la_poste(sandbox, NUMBER, UNKNOWN)
    assert (same.status_code, mixed.status_code) == (200, 207)
    assert [row["shipment"]["idShip"] for row in same.json()] == [NUMBER, OTHER]
    assert mixed.json()[1] == {
        "returnCode": 404, "returnMessage": "Not Found", "lang": "fr_FR", "scope": "open", "idShip": UNKNOWN,
    }  # fmt: skip


def test_eleven_numbers_are_too_many(sandbox: Sandbox) -> None:
    numbers = [f"6A{index:011}" for index in range(11)]
    assert la_poste(sandbox, *numbers[:10]).status_code == 404
    assert la_poste(sandbox, *numbers).status_code == 400


def test_errors_have_the_documented_shapes(sandbox: Sandbox) -> None:
    for answer, status in ((la_poste(sandbox, "X"), 400), (la_poste(sandbox, UNKNOWN), 404)):
        assert answer.status_code == status
        assert answer.json()["returnCode"] == status
    refused = la_poste(sandbox, NUMBER, key="no")
    assert refused.status_code == 401
    assert refused.json() == {"returnCode": 401, "returnMessage": "Unauthorized", "lang": "fr_FR", "scope": "open"}


def test_quota_answer_has_its_own_shape(sandbox: Sandbox) -> None:
    sandbox.state.limits.counting = "business"
    statuses = [la_poste(sandbox, UNKNOWN).status_code for _ in range(101)]
    assert statuses == [404] * 100 + [429]
    assert la_poste(sandbox, UNKNOWN).json() == {
        "code": "TOO_MANY_REQUESTS",
        "message": "Rate limited, max quota reached (100 calls per 60s) (TOO_MANY_REQUESTS).",
    }
