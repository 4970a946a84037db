"""Trouble on demand."""

import time

import pytest
import requests

from tests.sandbox.carriers.asking import LATER, LIFE, dhl, fedex, fedex_token, la_poste, ups, ups_token, usps
from tracking.platform import clock
from tracking.platform.errors import BadPayload
from tracking.sandbox import Sandbox

NUMBER = "00340434292135100124"


@pytest.fixture(autouse=True)
def _later(sandbox: Sandbox):
    with clock.frozen(LATER):
        sandbox.parcel(carrier="dhl", number=NUMBER, scans=LIFE)
        yield


def test_too_many_requests_come_with_the_wished_delay(sandbox: Sandbox) -> None:
    sandbox.fault("dhl", kind="429", retry_after=7)
    answer = dhl(sandbox, NUMBER)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_each_carrier_fails_in_its_own_words(sandbox: Sandbox) -> None:
    token = ups_token(sandbox).json()["access_token"]
    fedexs = fedex_token(sandbox).json()["access_token"]
    sandbox.fault(kind="503")
    assert ups(sandbox, "1Z5R89390357567127", token=token).json()["response"]["errors"][0]["code"] == "10005"
    assert fedex(sandbox, "986578788855", token=fedexs).json()["errors"][0]["code"] == "SERVICE.UNAVAILABLE.ERROR"
    assert la_poste(sandbox, "6A18987970674").json()["code"] == "SERVICE_UNAVAILABLE"
    assert usps(sandbox, "9400111206206406260787", token="any").headers["Retry-After"] == "120"
    assert dhl(sandbox, NUMBER).json()["status"] == 503


def test_latency_delays_a_right_answer(sandbox: Sandbox) -> None:
    sandbox.fault("dhl", kind="latency", seconds=0.3)
    began = time.monotonic()
    assert dhl(sandbox, NUMBER).status_code == 200
    assert time.monotonic() - began >= 0.3


def test_timeout_ends_without_an_answer(sandbox: Sandbox) -> None:
    sandbox.fault("dhl", kind="timeout", seconds=0.1)
    with pytest.raises(requests.ConnectionError):
        dhl(sandbox, NUMBER)


def test_cut_connection_breaks_off_in_the_middle(sandbox: Sandbox) -> None:
    sandbox.fault("dhl", kind="cut")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        dhl(sandbox, NUMBER)


def test_half_an_answer_arrives_whole(sandbox: Sandbox) -> None:
    whole = dhl(sandbox, NUMBER).content
    sandbox.fault("dhl", kind="half")
    answer = dhl(sandbox, NUMBER)
    assert answer.status_code == 200
    assert answer.content == whole[: len(whole) // 2]


def test_garbage_and_web_pages_come_with_status_200(sandbox: Sandbox) -> None:
    sandbox.fault("dhl", kind="garbage", count=1)
    sandbox.fault("dhl", kind="html", count=1)
    garbage, page = dhl(sandbox, NUMBER), dhl(sandbox, NUMBER)
    assert garbage.status_code == page.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        garbage.json()
    assert page.headers["Content-Type"].startswith("text/html")


def test_wrong_number_is_a_right_answer_about_another_parcel(sandbox: Sandbox) -> None:
    sandbox.fault("dhl", kind="wrong_number")
    (found,) = dhl(sandbox, NUMBER).json()["shipments"]
    assert found["id"] != NUMBER
    assert len(found["id"]) == len(NUMBER)
    assert found["events"]


def test_expired_token_is_refused_until_a_new_one_is_fetched(sandbox: Sandbox) -> None:
    token = ups_token(sandbox).json()["access_token"]
    sandbox.fault("ups", kind="token_expired", count=1)
    assert [ups(sandbox, "1Z5R89390357567127", token=token).status_code for _ in range(2)] == [401, 401]
    assert ups(sandbox, "1Z5R89390357567127").status_code == 200


def test_trouble_meets_tracking_calls_unless_tokens_are_named(sandbox: Sandbox) -> None:
    sandbox.fault("ups", kind="500")
    assert ups_token(sandbox).status_code == 200
    sandbox.fault("ups", kind="500", on="token")
    assert ups_token(sandbox).status_code == 500


def test_fault_is_over_after_its_count_and_leaves_other_carriers_alone(sandbox: Sandbox) -> None:
    sandbox.fault("dhl", kind="500", count=2)
    assert la_poste(sandbox, "6A18987970674").status_code == 404
    assert [dhl(sandbox, NUMBER).status_code for _ in range(3)] == [500, 500, 200]
    assert sandbox.state.faults.all() == []


def test_share_meets_about_that_part_of_the_calls(sandbox: Sandbox) -> None:
    fault = sandbox.fault("dhl", kind="500", share=0.25)
    met = sum(sandbox.state.faults.strike("dhl", "track") is fault for _ in range(4_000))
    assert 800 < met < 1_200


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"kind": "plague"}, "kind"),
        ({"kind": "500", "share": 2}, "share"),
        ({"kind": "500", "share": True}, "share"),
        ({"kind": "latency", "seconds": "long"}, "seconds"),
        ({"kind": "500", "count": 0}, "count"),
        ({"kind": "500", "on": "push"}, "on"),
        ({"kind": "500", "carrier": "pigeon"}, "carrier"),
    ],
)
def test_faults_that_make_no_sense_are_refused_by_field(sandbox: Sandbox, spec: dict, field: str) -> None:
    with pytest.raises(BadPayload) as refused:
        sandbox.fault(**spec)
    assert refused.value.field == field
    answer = requests.post(sandbox.url + "/_sandbox/faults", json=spec, timeout=5)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_calls_tell_what_went_wrong(sandbox: Sandbox) -> None:
    sandbox.fault("dhl", kind="html", count=1)
    dhl(sandbox, NUMBER)
    dhl(sandbox, NUMBER)
    assert [(call.status, call.fault) for call in sandbox.calls("dhl")] == [(200, "html"), (200, None)]
