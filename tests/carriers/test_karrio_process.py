"""A process that is asked, watched and ended: programs of all manners in the place of karrio's."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tracking.carriers import Account, Parcel
from tracking.carriers import _karrio_process as process
from tracking.carriers._karrio_process import Child, is_installed
from tracking.carriers.karrio import Adapter
from tracking.platform.facts import Answer, ResultCode

SECRET = "a-secret-nobody-may-read"
NUMBERS = ("NUMBER0000000001", "NUMBER0000000002")
ENTRY = {
    "number": NUMBERS[0],
    "http_status": 200,
    "messages": [],
    "details": [{"tracking_number": NUMBERS[0], "events": [{"date": "2026-11-18", "time": "09:00", "code": "1"}]}],
}
START = "import json, os, sys, time\nquestion = json.load(sys.stdin)\n"
TELL = START + f"print(json.dumps({ENTRY!r}), flush=True)\n"

Run = Callable[..., Answer]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Asks a program about two numbers."""

    def asked(source: str, **limits: Any) -> Answer:
        program = tmp_path / "program.py"
        program.write_text(source)
        account = Account("one", {"connector": "bpost", "settings": json.dumps({"passphrase": SECRET})})
        child = Child("karrio", program=program, **limits)
        return Adapter(account, upstream=child).track([Parcel(number) for number in NUMBERS])

    return asked


def codes(answer: Answer) -> list[tuple[str | None, ResultCode]]:
    return [(error.number, error.code) for error in answer.errors]


def both(code: ResultCode) -> list[tuple[str | None, ResultCode]]:
    return [(number, code) for number in NUMBERS]


def test_what_came_before_the_deadline_is_kept_and_the_process_ended(run: Run, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    source = TELL + f"open({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    started = time.monotonic()
    answer = run(source, deadline_s=4.0)
    assert time.monotonic() - started < 30  # the process sleeps for sixty
    assert [result.number for result in answer.results] == [NUMBERS[0]]
    assert codes(answer) == [(NUMBERS[1], ResultCode.UNAVAILABLE)]
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_a_silent_process_is_unavailable_within_the_deadline(run: Run) -> None:
    started = time.monotonic()
    answer = run("import time; time.sleep(60)", deadline_s=0.5)
    assert time.monotonic() - started < 30  # the process sleeps for sixty
    assert codes(answer) == both(ResultCode.UNAVAILABLE)
    assert all(error.retryable for error in answer.errors)


@pytest.mark.parametrize(
    "source",
    ["raise SystemExit(1)", START + "os.abort()", START + "print('{\"numb')", START + "print('Traceback')"],
    ids=["ends", "aborts", "half a line", "no JSON"],
)
def test_a_process_that_breaks_off_is_unavailable(run: Run, source: str) -> None:
    assert codes(run(source)) == both(ResultCode.UNAVAILABLE)


def test_a_process_that_breaks_off_half_way_keeps_the_good_half(run: Run) -> None:
    answer = run(TELL + "raise SystemExit(3)")
    assert [result.number for result in answer.results] == [NUMBERS[0]]
    assert codes(answer) == [(NUMBERS[1], ResultCode.UNAVAILABLE)]


def test_too_much_is_unreadable(run: Run) -> None:
    answer = run(START + "print('x' * 200_000, flush=True)\ntime.sleep(60)", max_bytes=50_000)
    assert codes(answer) == both(ResultCode.UNREADABLE)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("absent", ResultCode.REFUSED),
        ("connector", ResultCode.UNAUTHORIZED),
        ("settings", ResultCode.UNAUTHORIZED),
        ("tracking", ResultCode.UNAUTHORIZED),
    ],
)
def test_a_fault_is_told_for_every_number(run: Run, fault: str, code: ResultCode) -> None:
    answer = run(START + f"print(json.dumps({{'fault': {fault!r}}}))")
    assert codes(answer) == both(code)
    assert not any(error.retryable for error in answer.errors)


def test_the_process_sees_no_setting_of_ours_and_no_secret_stands_in_its_arguments(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYPOST_SECRET_KEY", SECRET)
    seen = tmp_path / "seen"
    told = "{**os.environ, 'argv': ' '.join(sys.orig_argv), 'path': sys.path, 'asked': question}"
    run(TELL + f"open({str(seen)!r}, 'w').write(json.dumps({told}))")
    said = json.loads(seen.read_text())
    assert said.pop("asked")["settings"] == {"passphrase": SECRET}
    assert SECRET not in json.dumps(said)
    assert not [name for name in said if name.startswith("WAYPOST")]
    assert str(tmp_path) not in said["path"]


def test_neither_secrets_nor_numbers_stand_in_logs_and_errors(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    noise = START + f"sys.stderr.write({SECRET!r} + question['numbers'][0])\nraise SystemExit(1)"
    with capture_logs() as logs:
        answer = run(noise)
    told = json.dumps(logs, default=str) + str(answer.errors and [e.message for e in answer.errors])
    told += "".join(capfd.readouterr())
    assert any(line["event"] == "upstream.call" for line in logs)
    assert SECRET not in told
    assert not [number for number in NUMBERS if number in told]


def test_without_karrio_it_says_how_to_get_it() -> None:
    answer = Adapter(Account("one", {"connector": "nonesuch"})).track([Parcel(NUMBERS[0])])
    wanted = "has no connector" if is_installed() else "waypost[karrio]"
    assert wanted in answer.errors[0].message
    assert not answer.errors[0].retryable


def test_the_program_itself_tells_in_a_line_why_it_cannot_ask(tmp_path: Path) -> None:
    own = tmp_path / "child.py"
    own.write_bytes(process._CHILD.read_bytes())
    account = Account("one", {"connector": "nonesuch"})
    answer = Adapter(account, upstream=Child("karrio", program=own)).track([Parcel(NUMBERS[0])])
    expected = ResultCode.UNAUTHORIZED if is_installed() else ResultCode.REFUSED
    assert codes(answer) == [(NUMBERS[0], expected)]
