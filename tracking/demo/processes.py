"""Runs the demonstration: the sandbox in this process, a web server and a worker beside it, all on one fast clock."""

import os
import secrets
import shutil
import socket
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet

from tracking import create_app
from tracking.demo.furnish import Furnished, furnish
from tracking.demo.shops import RIDGE
from tracking.demo.standby import Standby
from tracking.platform import clock, schema, settings
from tracking.platform.db import db
from tracking.platform.errors import ConfigError
from tracking.sandbox import Sandbox
from tracking.workers.runtime import open_channels

READY_WITHIN_S = 90.0
STOP_WITHIN_S = 20.0
_MARK = ".waypost-demo"


@dataclass(frozen=True, slots=True)
class Running:
    """A demonstration that serves."""

    base_url: str
    sandbox_url: str
    made: Furnished


class Demo:
    """`with Demo(port, speed, folder) as running:`; leaving it stops every process."""

    def __init__(
        self, port: int, speed: float, folder: Path, say: Callable[[str], None], run: Callable[[list[str]], None]
    ) -> None:
        """`folder` is emptied if an earlier demonstration made it. `say` is told what is going on.

        run     runs a command of Waypost from its arguments; a module's function, because other processes call it
        raises  ConfigError if the folder holds something else, or the port is taken
        """
        self._port = port
        self._speed = speed
        self._folder = folder
        self._say = say
        self._run = run
        self._children: list[Standby] = []
        self._sandbox: Sandbox | None = None

    def __enter__(self) -> Running:
        """Furnish, start, and wait until the first page is served."""
        try:
            return self._start()
        except BaseException:
            self._stop()
            raise

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        self._stop()

    def watch(self) -> str | None:
        """The name of a process that ended by itself, or None while all run."""
        return next((child.name for child in self._children if not child.is_alive()), None)

    def _start(self) -> Running:
        base_url = f"http://127.0.0.1:{self._port}"
        if not _is_free(self._port):
            raise ConfigError([f"Port {self._port} is taken. Choose another: waypost demo --port {self._port + 10}"])
        _empty(self._folder)
        # while this process has no thread yet
        web, worker = (self._stand_by(name, log) for name, log in (("web server", "web"), ("worker", "worker")))
        sandbox_port = self._port + 1
        self._sandbox = Sandbox(port=sandbox_port if _is_free(sandbox_port) else 0, limits="off").start()
        environment = self._environment(base_url, self._sandbox)
        loaded = settings.load(environment, need=frozenset({"keys"}))
        begin = _nine_in_london()
        app = create_app(loaded)
        with app.app_context():
            schema.upgrade(db.engine)
            self._say("Three shops are being furnished …")
            made = furnish(app, self._sandbox, open_channels(loaded), begin)
            db.session.remove()
            db.engine.dispose()
        anchor = clock.Anchor(begin, time.time(), self._speed)
        clock.set_anchor(anchor)
        environment["WAYPOST_CLOCK"] = anchor.dump()
        self._say("The web server and the worker are starting …")
        web.begin(["serve", "--port", str(self._port)], environment)
        worker.begin(["worker"], environment)
        self._wait_for(f"{base_url}/readyz")
        return Running(base_url, self._sandbox.url, made)

    def _environment(self, base_url: str, sandbox: Sandbox) -> dict[str, str]:
        """The settings of every process: new keys, the sandbox for everything outside, a database in the folder."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WAYPOST_", "TWILIO_"))}
        return {
            **kept,
            **{name: value for name, value in sandbox.settings().items() if not _is_account(name)},
            "WAYPOST_STATE_DIR": str(self._folder),
            "WAYPOST_BASE_URL": base_url,
            "WAYPOST_SECRET_KEY": secrets.token_urlsafe(48),
            "WAYPOST_ENCRYPTION_KEY": Fernet.generate_key().decode(),
        }

    def _stand_by(self, name: str, log: str) -> Standby:
        child = Standby(name, self._folder / f"{log}.log", self._run)
        self._children.append(child)
        return child

    def _wait_for(self, url: str) -> None:
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            dead = self.watch()
            if dead is not None:
                raise ConfigError([f"The {dead} did not start. Its log is in {self._folder}."])
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        raise ConfigError(
            [f"The web server did not answer within {READY_WITHIN_S:.0f} s. Its log is in {self._folder}."]
        )

    def _stop(self) -> None:
        for child in self._children:
            child.ask_to_stop()
        until = time.monotonic() + STOP_WITHIN_S
        for child in self._children:
            child.stop(max(until - time.monotonic(), 0.1))
        self._children.clear()
        if self._sandbox is not None:
            self._sandbox.stop()
            self._sandbox = None
        clock.set_anchor(None)


def _nine_in_london() -> datetime:
    """09:00 of today in London: the first shop's morning, and not yet evening in Bangkok."""
    zone = ZoneInfo(RIDGE.row["time_zone"])
    today = datetime.now(zone)
    return today.replace(hour=9, minute=0, second=0, microsecond=0).astimezone(UTC)


def _is_account(name: str) -> bool:
    """A carrier's setting: the accounts are in the database."""
    return name.startswith("WAYPOST_") and name != "WAYPOST_SMTP_URL"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _empty(folder: Path) -> None:
    """An empty folder of ours. raises ConfigError rather than delete what we did not make"""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARK).exists():
            raise ConfigError([f"{folder} is not empty, and no demonstration made it. Choose another: --state-dir DIR"])
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).write_text("Made by `waypost demo`, which empties this folder at every start.\n", encoding="utf-8")
