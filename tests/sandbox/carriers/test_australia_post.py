"""Australia Post's wire format, against the documented fields."""

from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox

NUMBER, OTHER = "33ABC0000417", "33ABC0000418"
WAY = [{**scan, "place": "Melbourne"} for scan in LIFE]


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    with clock.frozen(LATER):
        yield


def ask(sandbox: Sandbox, *ids: str, account: str | None = None) -> requests.Response:
    given = sandbox.credentials("australia-post")
    return requests.get(
        f"{sandbox.carrier_url('australia-post')}/track",
        params={"tracking_ids": ",".join(ids)},
        auth=(given["api_key"], given["password"]),
        headers={"Account-Number": given["account_number"] if account is None else account},
        timeout=5,
    )


def test_each_id_has_an_entry_of_words_newest_first(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="australia-post", number=NUMBER, scans=WAY)
    answer = ask(sandbox, NUMBER, OTHER)
    found, unknown = answer.json()["tracking_results"]
    assert answer.status_code == 200
    assert unknown == {"tracking_id": OTHER, "errors": [{"code": "ESB-10001", "name": "Invalid tracking ID"}]}
    (article,) = found["trackable_items"]
    assert (found["tracking_id"], found["status"], article["article_id"]) == (NUMBER, "Delivered", NUMBER)
    assert [event["description"] for event in article["events"]] == [
        "Delivered",
        "Onboard for delivery",
        "In transit to next facility in MELBOURNE",
        "Received by Australia Post",
        "Shipping information received by Australia Post",
    ]
    assert article["events"][0] == {
        "location": "MELBOURNE VIC",
        "description": "Delivered",
        "date": "2026-11-26T07:15:00+11:00",
    }
    assert "location" not in article["events"][-1]


def test_a_parcel_from_abroad_is_a_consignment_and_its_scans_come_with_the_australian_offset(sandbox: Sandbox) -> None:
    scans = [{"kind": "departed", "at": "2026-11-23T14:00:00Z", "place": "New York"}]
    sandbox.parcel(carrier="australia-post", number=NUMBER, origin="New York", destination="Melbourne", scans=scans)
    (entry,) = ask(sandbox, NUMBER).json()["tracking_results"]
    (wrapper,) = entry["trackable_items"]
    (event,) = wrapper["items"][0]["events"]
    assert (wrapper["consignment_id"], wrapper["number_of_items"]) == (NUMBER, 1)
    assert (event["location"], event["date"]) == ("NEW YORK (US)", "2026-11-24T01:00:00+11:00")


def test_eleven_ids_are_too_many(sandbox: Sandbox) -> None:
    answer = ask(sandbox, *(f"33ABC{n:07}" for n in range(11)))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "51101")
    assert ask(sandbox, *(f"33ABC{n:07}" for n in range(10))).status_code == 200


def test_the_accounts_number_is_part_of_the_credentials(sandbox: Sandbox) -> None:
    assert ask(sandbox, NUMBER, account="1").status_code == 401
    assert ask(sandbox, NUMBER, account="").status_code == 401
