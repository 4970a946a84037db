"""A process that waits, with everything imported, until it is told which command of Waypost to run.

Importing takes seconds of a core, so it is done once: where the system can fork, the processes share what the first
one has imported; elsewhere they import while the shops are being furnished.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from tracking.platform import clock

# macOS can fork, but its own libraries do not survive it
_START: Final = "fork" if sys.platform == "linux" else "spawn"


class Standby:
    """A process of its own. Make it before there are threads: a fork takes one thread along and the others' locks."""

    def __init__(self, name: str, log: Path, run: Callable[[list[str]], None]) -> None:
        """`log` takes what it prints. `run` gets the arguments of `begin`; found by its name, so no lambda."""
        self.name = name
        self._begun = False
        start: Any = multiprocessing.get_context(_START)
        waiting, self._telling = start.Pipe(duplex=False)
        told = self._telling if _START == "fork" else None
        self._process = start.Process(target=_wait, args=(waiting, told, log, run), name=name)
        self._process.start()
        waiting.close()

    def begin(self, arguments: list[str], environment: Mapping[str, str]) -> None:
        """Run a command, with this environment and no other. Nothing happens if the process has ended."""
        with suppress(OSError):
            self._telling.send((arguments, dict(environment)))
            self._begun = True

    @property
    def process_id(self) -> int:
        """As the system numbers it."""
        return int(self._process.pid)

    def is_alive(self) -> bool:
        """False once it has ended."""
        return bool(self._process.is_alive())

    def ask_to_stop(self) -> None:
        """Ask it, and the processes it made, to finish what they do. One that waits ends at once."""
        if not self._begun:
            self._telling.close()
        self._signal(signal.SIGTERM)

    def stop(self, within_s: float) -> None:
        """Wait for its end; after `within_s` it is killed."""
        self._process.join(within_s)
        if self.is_alive():
            self._signal(signal.SIGKILL)
            self._process.join()
        self._telling.close()

    def _signal(self, number: signal.Signals) -> None:
        if not self.is_alive():
            return
        try:
            os.killpg(self.process_id, number)
        except ProcessLookupError:
            # it has not come as far as making its own group
            os.kill(self.process_id, number)


def _wait(
    waiting: "Connection[Any, Any]", told: "Connection[Any, Any] | None", log: Path, run: Callable[[list[str]], None]
) -> None:
    """The other process. It ends when whoever made it does."""
    # Ctrl-C goes to the first process alone, which then stops the others in order
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    if told is not None:
        told.close()
    with log.open("wb") as file, Path(os.devnull).open("rb") as nothing:
        for descriptor, stream in ((0, nothing), (1, file), (2, file)):
            os.dup2(stream.fileno(), descriptor)
    try:
        arguments, environment = waiting.recv()
    except EOFError:
        return
    threading.Thread(target=_end_with_maker, args=(waiting,), name="maker", daemon=True).start()
    os.environ.clear()
    os.environ.update(environment)
    set_at = environment.get("WAYPOST_CLOCK")
    clock.set_anchor(clock.Anchor.load(set_at) if set_at else None)
    run(arguments)


def _end_with_maker(waiting: "Connection[Any, Any]") -> None:
    """Stop this process in order when its maker is gone: only that closes the pipe while a command runs."""
    with suppress(EOFError, OSError):
        waiting.recv_bytes()
    os.killpg(0, signal.SIGTERM)
