"""Processes that wait until they are told what to run."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tracking.demo.standby import Standby
from tracking.platform import clock

# the tests' own threads hold no lock that these processes want
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

WITHIN_S = 60.0


def print_arguments(arguments: list[str]) -> None:
    seen = (*arguments, os.environ.get("GREETING"), os.environ.get("WAYPOST_FROM_BEFORE"), clock.speed())
    os.write(1, " ".join(map(str, seen)).encode())


def wait_long(arguments: list[str]) -> None:
    Path(arguments[0]).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(WITHIN_S)


def until(done: Callable[[], bool], what: str) -> None:
    """Wait for something of another process."""
    limit = time.monotonic() + WITHIN_S
    while not done():
        assert time.monotonic() < limit, what
        time.sleep(0.02)


def test_runs_what_it_is_told_with_that_environment_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYPOST_FROM_BEFORE", "must not be seen")
    child = Standby("greeter", tmp_path / "log", print_arguments)
    assert child.is_alive()
    anchor = "2026-11-24T09:00:00+00:00|0.0|600.0"
    child.begin(["serve", "--port", "1"], {"GREETING": "hello", "WAYPOST_CLOCK": anchor})
    until(lambda: not child.is_alive(), "the command has ended")
    child.stop(1)
    assert (tmp_path / "log").read_text(encoding="utf-8") == "serve --port 1 hello None 600.0"


def test_one_that_waits_ends_at_once_when_asked(tmp_path: Path) -> None:
    child = Standby("idle", tmp_path / "log", print_arguments)
    began = time.monotonic()
    child.ask_to_stop()
    child.stop(WITHIN_S)
    assert not child.is_alive()
    assert time.monotonic() - began < WITHIN_S / 2


def test_one_that_works_is_stopped_and_says_nothing_when_told_afterwards(tmp_path: Path) -> None:
    child = Standby("busy", tmp_path / "log", wait_long)
    child.begin([str(tmp_path / "pid")], dict(os.environ))
    until((tmp_path / "pid").exists, "the command has begun")
    child.ask_to_stop()
    until(lambda: not child.is_alive(), "it has ended")
    child.begin(["again"], {})
    child.stop(1)


@pytest.mark.parametrize("begun", ["", "two.begin([], {})", "[one.begin([], {}) for one in made]"])
def test_it_does_not_outlive_who_made_it(tmp_path: Path, begun: str) -> None:
    script = (
        "import os, time; from pathlib import Path; from tracking.demo.standby import Standby\n"
        "def work(_): Path(f'began-{os.getpid()}').touch(); time.sleep(60)\n"
        "one, two = made = [Standby(name, Path(name), work) for name in ('one', 'two')]\n"
        f"{begun}\n"
        f"while len([*Path().glob('began-*')]) < {begun.count('two') + 2 * begun.count('made')}: time.sleep(0.02)\n"
        "print(*(one.process_id for one in made), flush=True); os.kill(os.getpid(), 9)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=tmp_path, check=False, timeout=WITHIN_S
    )
    pids = [int(pid) for pid in told.stdout.split()]
    assert len(pids) == 2
    until(lambda: not any(is_running(pid) for pid in pids), "both have ended")


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # one that has ended and that nobody waits for is still listed
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
