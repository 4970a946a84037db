"""`waypost carriers detect`: what is listed, the JSON, and numbers that are none."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tracking.cli import cli


def _run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(cli, ["carriers", "detect", *arguments], env=environment)


def _json(*arguments: str, **environment: str) -> Any:
    return json.loads(_run(*arguments, "--json", **environment).stdout)


def test_detect_lists_likely_carriers_best_first_with_why() -> None:
    said = _json("320 610 804 900", "--country", "ca")
    assert (said["number"], said["country"]) == ("320610804900", "CA")
    assert [one["carrier"] for one in said["carriers"]][:2] == ["purolator", "fedex"]
    assert said["carriers"][0] == {
        "carrier": "purolator",
        "name": "Purolator",
        "confidence": "likely",
        "reasons": ["12 digits, as Purolator (12)", "the check digit is right", "it works in CA, where this goes"],
        "trackable": True,
    }


def test_an_account_in_the_environment_brings_its_carrier_forward() -> None:
    account = {
        f"WAYPOST_PUROLATOR_{name}": "x" for name in ("KEY", "PASSWORD", "USER_TOKEN", "USERNAME", "API_KEY", "TOKEN")
    }
    assert _json("320610804900")["carriers"][0]["carrier"] == "fedex"
    assert _json("320610804900", **account)["carriers"][0]["carrier"] == "purolator"


def test_detect_is_a_table_for_people() -> None:
    shown = _run("RB123456785CV")
    assert shown.exit_code == 0
    assert "Correios de Cabo Verde" in shown.stdout
    assert "there is no adapter" in shown.stdout


def test_a_number_of_nobody_is_an_answer() -> None:
    assert _json("ABCD")["carriers"] == []
    assert _run("ABCD").stdout == "No carrier is known to use numbers like this one.\n"


@pytest.mark.parametrize("number", ["x", "1.23E+11", "[red]1Z[/red]", "9" * 65, "1Z\x1b[31m"])
def test_what_is_no_number_is_refused_with_a_sentence(number: str) -> None:
    refused = _run(number)
    assert refused.exit_code == 2
    assert "tracking number" in refused.output
    assert "\x1b" not in refused.output


def test_a_country_that_is_none_is_refused() -> None:
    assert _run("1Z5R89390357567127", "--country", "QQ").exit_code == 2
