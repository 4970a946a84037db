"""Canada Post's wire format, against the documented fields."""

from collections.abc import Iterator

import pytest
import requests
import xmltodict

from tests.sandbox.carriers.asking import LATER, LIFE
from tracking.platform import clock
from tracking.sandbox import Sandbox
from tracking.sandbox.accounts import Counting

NUMBER = "7035114477138472"
TRACK = "application/vnd.cpc.track-v2+xml"


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    with clock.frozen(LATER):
        yield


def _ask(
    sandbox: Sandbox, number: str = NUMBER, *, accept: str = TRACK, password: str = "", **headers: str
) -> requests.Response:
    given = sandbox.credentials("canada-post")
    return requests.get(
        f"{sandbox.carrier_url('canada-post')}/vis/track/pin/{number}/detail",
        auth=(given["user_id"], password or given["password"]),
        headers={"Accept": accept, **headers},
        timeout=5,
    )


def _message(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, xmltodict.parse(answer.content)["messages"]["message"]["code"]


def test_each_time_is_local_to_its_site_newest_first(sandbox: Sandbox) -> None:
    scans = [
        {**scan, "place": place}
        for scan, place in zip(LIFE, ("Calgary", "Paris", "Ottawa", "Halifax", "Halifax"), strict=True)
    ]
    sandbox.parcel(carrier="canada-post", number=NUMBER, scans=scans)
    answer = _ask(sandbox)
    assert (answer.status_code, answer.headers["content-type"]) == (200, TRACK)
    detail = xmltodict.parse(answer.content)["tracking-detail"]
    rows = detail["significant-events"]["occurrence"]
    assert (detail["@xmlns"], detail["pin"]) == ("http://www.canadapost.ca/ws/track", NUMBER)
    assert [row["event-identifier"] for row in rows] == ["1496", "0174", "0410", "2300", "3000"]
    assert [row["event-time-zone"] for row in rows] == ["AST", "AST", "EST", "FRANCE", "MST"]
    assert (rows[0]["event-date"], rows[0]["event-time"]) == ("2026-11-25", "16:15:00")
    assert (rows[0]["signatory-name"], detail["signature-image-exists"]) == ("SMITH", "true")
    assert (rows[3]["event-site"], rows[3]["event-province"]) == ("FRPARA,France", None)


def test_french_when_asked(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="canada-post", number=NUMBER, scans=LIFE[:1])
    detail = xmltodict.parse(_ask(sandbox, **{"Accept-language": "fr-CA"}).content)["tracking-detail"]
    assert detail["significant-events"]["occurrence"]["event-description"].startswith("Les renseignements")


def test_errors_are_messages(sandbox: Sandbox) -> None:
    sandbox.parcel(carrier="canada-post", number=NUMBER, scans=LIFE[:1])
    assert _message(_ask(sandbox, "0073938000549297")) == (404, "004")
    assert _message(_ask(sandbox, "12345")) == (404, "004")
    assert _message(_ask(sandbox, password="wrong")) == (401, "E002")
    assert _message(_ask(sandbox, accept="*/*")) == (406, "406")


def test_a_key_is_throttled_by_the_minute(sandbox: Sandbox) -> None:
    sandbox.state.limits.counting = Counting.BUSINESS
    answers = [_ask(sandbox) for _ in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {404}
    assert _message(answers[60]) == (429, "Server")
