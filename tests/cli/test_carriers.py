"""`waypost carriers`: what is listed, the JSON that is promised, exit codes, and nothing but JSON on stdout."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from tracking.carriers import all_slugs, get_carrier
from tracking.cli import cli

SAMPLES = Path(__file__).parent.parent / "samples" / "carriers"


@pytest.fixture(autouse=True)
def _logs_end_with_the_command() -> Iterator[None]:
    """The command writes its logs to a stream that is closed when it ends."""
    yield
    structlog.reset_defaults()


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["carriers", *map(str, arguments)])


def _json(*arguments: str | Path) -> Any:
    return json.loads(_run("parse", *arguments, "--json").stdout)


def test_list_names_every_adapter_with_needs_batch_and_limits() -> None:
    listed = json.loads(_run("list", "--json").stdout)
    assert [carrier["slug"] for carrier in listed] == all_slugs()
    fedex = next(carrier for carrier in listed if carrier["slug"] == "fedex")
    assert fedex["batch_size"] == 30
    assert [need["name"] for need in fedex["auth"]] == ["client_id", "client_secret"]
    assert (fedex["limits"][0]["amount"], fedex["limits"][0]["per_s"]) == (1400, 10)


def test_list_is_a_table_for_people() -> None:
    shown = _run("list")
    assert shown.exit_code == 0
    assert "Thailand Post" in shown.stdout
    assert "100,000 calls a day" in shown.stdout


def test_the_page_about_carriers_is_as_the_adapters_say() -> None:
    """`make docs` writes it."""
    page = Path(__file__).parent.parent.parent / "docs" / "carriers.md"
    assert _run("list", "--markdown").stdout == page.read_text(encoding="utf-8")


def test_the_page_names_every_carriers_weak_facts_and_settings() -> None:
    page = _run("list", "--markdown").stdout
    for carrier in map(get_carrier, all_slugs()):
        assert all(fact in page for fact in carrier.weak)
        for needed in carrier.credentials:
            assert f"`WAYPOST_{carrier.slug.replace('-', '_').upper()}_{needed.name.upper()}`" in page


def test_parse_prints_the_promised_shape() -> None:
    told = _json("fedex", SAMPLES / "fedex" / "mixed-batch.json", "--number", "986578788855")
    (result,) = told["results"]
    assert told["carrier"] == "fedex"
    assert told["errors"] == []
    assert list(result) == [
        "number",
        "status",
        "reason",
        "service",
        "estimated",
        "delivered_at",
        "signed_by",
        "proof",
        "events",
    ]
    assert result["estimated"] == {"earliest": "2026-12-03T09:00:00-05:00", "latest": "2026-12-03T12:00:00-05:00"}
    assert (result["delivered_at"], result["signed_by"]) == ("2026-12-03T10:12:00-05:00", "A.LOVELACE")
    assert result["events"][-1] == {
        "at": "2026-12-03T10:12:00-05:00",
        "zone": "stated",
        "code": "DL",
        "status": "delivered",
        "reason": None,
        "description": "Delivered",
        "location": {"city": "Boston", "region": "MA", "postal_code": None, "country": "US"},
    }


def test_an_unknown_number_is_listed_and_succeeds() -> None:
    shown = _run("parse", "ups", SAMPLES / "ups" / "not-found.json", "--json")
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["errors"] == [
        {
            "number": "1Z5R89390357567127",
            "code": "not_found",
            "message": "UPS does not know this number yet.",
            "retryable": False,
            "retry_after": None,
        }
    ]


def test_the_http_status_counts() -> None:
    told = _json("usps", SAMPLES / "usps" / "error-404.json", "--http-status", "429")
    assert [(error["code"], error["retryable"]) for error in told["errors"]] == [("rate_limited", True)]


def test_a_number_is_taken_with_blanks_and_in_lower_case() -> None:
    told = _json("ups", SAMPLES / "ups" / "delivered.json", "--number", " 1z5r 8939 0357 567127")
    assert [result["number"] for result in told["results"]] == ["1Z5R89390357567127"]


def test_several_files_are_one_line_each_in_order_and_one_bad_one_costs_no_other(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"<html>\xff")
    large = tmp_path / "large"
    large.write_bytes(b" " * (5 * 1024 * 1024 + 1))
    good = SAMPLES / "ups" / "delivered.json"
    shown = _run("parse", "ups", good, garbage, large, good, "--json")
    lines = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [len(line["results"]) for line in lines] == [1, 0, 0, 1]
    assert [[error["code"] for error in line["errors"]] for line in lines] == [[], ["unreadable"], ["unreadable"], []]
    assert shown.exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("parse", "pigeon-post", SAMPLES / "ups" / "delivered.json"),
        ("parse", "ups"),
        ("parse", "ups", SAMPLES / "no-such-file"),
        ("parse", "ups", SAMPLES / "ups"),
        ("parse", "ups", SAMPLES / "ups" / "delivered.json", "--http-status", "7"),
        ("list", "--json", "--markdown"),
        ("parse", "ups", SAMPLES / "ups" / "delivered.json", "--http-status", "600"),
        ("parse", "ups", SAMPLES / "ups" / "delivered.json", "--http-status", "ok"),
        ("fly",),
    ],
)
def test_wrong_use_exits_with_2_and_says_so_on_stderr(arguments: tuple[str | Path, ...]) -> None:
    shown = _run(*arguments)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "Usage:" in shown.stderr


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe\x89PNG\r\n", b"null", b"[]", b"7", b'"text"', b"[" * 100_000])
@pytest.mark.parametrize("slug", all_slugs())
def test_anything_at_all_is_answered_with_json_and_no_traceback(tmp_path: Path, slug: str, content: bytes) -> None:
    (tmp_path / "anything").write_bytes(content)
    shown = _run("parse", slug, tmp_path / "anything", "--json", "--number", "12345")
    assert shown.exception is None or isinstance(shown.exception, SystemExit)
    told = json.loads(shown.stdout)
    assert told["results"] == []
    assert [error["number"] for error in told["errors"]] == ["12345"]


def test_a_number_that_the_answer_is_not_about_is_an_error() -> None:
    told = _json("ups", SAMPLES / "ups" / "delivered.json", "--number", "1ZNOBODY")
    assert told["results"] == []
    assert [(error["number"], error["code"]) for error in told["errors"]] == [("1ZNOBODY", "unreadable")]


def test_logs_of_unseen_codes_stay_off_stdout(tmp_path: Path) -> None:
    sample = (SAMPLES / "fedex" / "mixed-batch.json").read_text().replace('"OD"', '"Q7"')
    (tmp_path / "unseen.json").write_text(sample)
    shown = _run("parse", "fedex", tmp_path / "unseen.json", "--json")
    assert shown.exit_code == 0
    json.loads(shown.stdout)


def test_parse_shows_a_table_for_people_and_no_markup_of_others(tmp_path: Path) -> None:
    sample = (SAMPLES / "ups" / "delivered.json").read_text().replace("LOVELACE", "[red]X[/red]")
    (tmp_path / "marked.json").write_text(sample)
    shown = _run("parse", "ups", tmp_path / "marked.json", SAMPLES / "ups" / "not-found.json")
    assert shown.exit_code == 0
    assert "[red]X[/red]" in shown.stdout
    assert "out_for_delivery" in shown.stdout
    assert "not_found" in shown.stdout


@pytest.mark.parametrize("command", [("list",), ("parse",)])
def test_help_shows_an_example(command: tuple[str, ...]) -> None:
    assert f"waypost carriers {command[0]}" in _run(*command, "--help").stdout
