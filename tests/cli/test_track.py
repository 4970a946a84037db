"""`waypost track`: a carrier is asked over a real socket."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from tests.carriers.samples import parsed, raw
from tests.loopback import Asked, Loopback, Told
from tracking.cli import cli
from tracking.cli.carriers import answer_json
from tracking.sandbox import Sandbox

GERMAN = "00340434000000000017"


def _dhl(asked: Asked) -> Told:
    if asked.query["trackingNumber"] == GERMAN:
        return Told(raw("dhl", "delivered-parcel-de.json"))
    if asked.query["trackingNumber"] == "BUSY":
        return Told(b"", 429, {"Retry-After": "30"})
    return Told(raw("dhl", "not-found.json"), 404)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """DHL, and an account there in the environment."""
    with Loopback(_dhl) as running:
        monkeypatch.setenv("WAYPOST_DHL_API_KEY", "secret-key")
        monkeypatch.setenv("WAYPOST_DHL_BASE_URL", running.url)
        yield running


def test_json_is_what_carriers_parse_prints(server: Loopback) -> None:
    result = CliRunner().invoke(cli, ["track", f"{GERMAN[:8]} {GERMAN[8:]}", "--carrier", "dhl", "--json"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == answer_json("dhl", parsed("dhl", "delivered-parcel-de.json", GERMAN))
    assert [asked.headers["dhl-api-key"] for asked in server.asked] == ["secret-key"]


def test_the_timeline_is_printed_oldest_first(server: Loopback) -> None:
    result = CliRunner().invoke(cli, ["track", GERMAN, "--carrier", "dhl"])
    assert result.exit_code == 0
    assert "signed by Ada Muster" in result.stdout
    shown = [result.stdout.index(word) for word in ("info_received", "out_for_delivery", "2026-03-28 11:05+01:00")]
    assert shown[0] < shown[1]
    assert "secret-key" not in result.output


def test_facts_help_the_carrier(server: Loopback) -> None:
    arguments = [
        "track",
        GERMAN,
        "--carrier",
        "dhl",
        "--fact",
        "service=parcel-de",
        "--fact",
        "destination_postcode=53113",
    ]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    assert server.asked[0].query["service"] == "parcel-de"
    assert server.asked[0].query["recipientPostalCode"] == "53113"


def test_an_unknown_number_is_an_answer(server: Loopback) -> None:
    result = CliRunner().invoke(cli, ["track", "1234567891", "--carrier", "dhl", "--json"])
    assert result.exit_code == 0
    assert [(e["number"], e["code"]) for e in json.loads(result.stdout)["errors"]] == [("1234567891", "not_found")]


def test_a_carrier_that_cannot_be_asked_is_a_failure(server: Loopback) -> None:
    result = CliRunner().invoke(cli, ["track", "BUSY", "--carrier", "dhl", "--json"])
    assert result.exit_code == 1
    (error,) = json.loads(result.stdout)["errors"]
    assert (error["code"], error["retryable"], error["retry_after"]) == ("rate_limited", True, 30.0)


def test_without_a_carrier_the_number_tells_it(server: Loopback) -> None:
    result = CliRunner().invoke(cli, ["track", GERMAN, "--json"])
    assert (result.exit_code, json.loads(result.stdout)["carrier"]) == (0, "dhl")
    assert len(server.asked) == 1


def test_without_a_carrier_those_that_use_such_numbers_are_asked_until_one_knows_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = "320610804900"
    for slug in ("fedex", "purolator"):
        start = f"WAYPOST_{slug.upper()}"
        monkeypatch.setenv(f"{start}_BASE_URL", sandbox.carrier_url(slug))
        for name, value in sandbox.credentials(slug).items():
            monkeypatch.setenv(f"{start}_{name.upper()}", value)
    sandbox.parcel(number=number, carrier="purolator", scans=[{"kind": "accepted"}])
    result = CliRunner().invoke(cli, ["track", number, "--json"])
    said = json.loads(result.stdout)
    assert (result.exit_code, said["carrier"], [one["number"] for one in said["results"]]) == (0, "purolator", [number])
    assert [len(sandbox.calls(slug, "track")) for slug in ("fedex", "purolator")] == [1, 1]


def test_a_number_of_carriers_without_an_account_asks_for_one_and_names_both(server: Loopback) -> None:
    result = CliRunner().invoke(cli, ["track", "1Z5R89390357567127"])
    assert (result.exit_code, server.asked) == (2, [])
    assert "--carrier" in result.stderr
    assert "number of: ups." in result.stderr
    assert "Accounts are set for: dhl." in result.stderr


def test_without_any_account_it_says_what_to_set() -> None:
    result = CliRunner().invoke(cli, ["track", GERMAN])
    assert result.exit_code == 2
    assert "WAYPOST_DHL_API_KEY" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["1Z", "--carrier", "dhl"],
        ["1234/../5", "--carrier", "dhl"],
        ["1234567891", "--carrier", "pigeon"],
        ["1234567891", "--carrier", "dhl", "--fact", "service"],
    ],
)
def test_wrong_use_is_said_and_nothing_is_asked(server: Loopback, arguments: list[str]) -> None:
    result = CliRunner().invoke(cli, ["track", *arguments])
    assert (result.exit_code, server.asked) == (2, [])
