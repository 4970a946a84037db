"""Asks karrio in a process of its own and ends that process at the deadline, whatever it is doing.

Takes the place of the connection to a carrier's host: a question in, an answer out, the same errors.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import structlog

from tracking.platform.errors import BadCredentials, Refused, UnreadableAnswer, UpstreamDown, UpstreamTimeout
from tracking.platform.upstream import Call, Reply, Upstream

log = structlog.get_logger(__name__)

_CHILD = Path(__file__).with_name("_karrio_child.py")
_CHUNK = 64 * 1024
# what a program needs to find certificates, a proxy and its own files; nothing of Waypost's settings
_PASSED_ON = frozenset(
    {
        "PATH", "HOME", "TMPDIR", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "NO_PROXY",
        "no_proxy", "SYSTEMROOT",
    }
)  # fmt: skip
_ABSENT = "karrio is not installed here. Install waypost[karrio] and the connector, for example karrio-bpost."
_FAULTS: Mapping[str, str] = {
    "connector": "karrio has no connector “%s” here. Install it, or correct the name.",
    "settings": "The karrio account's settings are not those that its connector “%s” needs.",
    "tracking": "karrio's connector “%s” cannot track parcels.",
}


def is_installed() -> bool:
    """Whether karrio is there; it is not imported to find that out."""
    return find_spec("karrio") is not None


class Child(Upstream):
    """karrio at the other end of a pipe. Each call is one short life of the process."""

    def __init__(self, provider: str, *, program: Path = _CHILD, **limits: Any) -> None:
        """`program` is what is run; `limits` as with every upstream."""
        super().__init__(provider, "", **limits)
        self._program = program

    def send(self, call: Call) -> Reply:
        """Ask what `call.json` holds: connector, settings, base_url, numbers.

        returns  the answers that came before the deadline, under `parcels`; `cut` if some did not
        raises   Refused (karrio is not there), BadCredentials, UpstreamTimeout, UpstreamDown, UnreadableAnswer
        """
        started = time.monotonic()
        told: dict[str, Any] = {}
        try:
            if self._program == _CHILD and not is_installed():
                raise Refused(_ABSENT, provider=self.provider)
            written, ended = self._run(json.dumps(call.json).encode(), started + self._deadline_s)
            told = self._told(written, ended, call.json["connector"])
            return Reply(200, json.dumps(told).encode())
        finally:
            log.debug(
                "upstream.call",
                provider=self.provider,
                host=None,
                status=200 if told else None,
                seconds=round(time.monotonic() - started, 3),
            )

    def _run(self, question: bytes, until: float) -> tuple[bytes, bool]:
        """What the process wrote, and whether it came to its own end. raises UnreadableAnswer"""
        environment = {name: value for name, value in os.environ.items() if name in _PASSED_ON}
        with subprocess.Popen(  # noqa: S603 - our own file, no shell, nothing from outside among the arguments
            [sys.executable, "-I", str(self._program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, "KARRIO_LOG_LEVEL": "CRITICAL"},
            cwd=self._program.anchor,
            start_new_session=True,
        ) as process:
            try:
                return self._talk(process, question, until)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    def _talk(self, process: subprocess.Popen[bytes], question: bytes, until: float) -> tuple[bytes, bool]:
        if process.stdin is None or process.stdout is None:  # pragma: no cover - both are pipes
            raise UpstreamDown("karrio could not be started.", provider=self.provider)
        try:
            process.stdin.write(question)
            process.stdin.close()
        except BrokenPipeError:
            return b"", True
        written = bytearray()
        with selectors.DefaultSelector() as waiting:
            waiting.register(process.stdout, selectors.EVENT_READ)
            while (left := until - time.monotonic()) > 0:
                if not waiting.select(left):
                    continue
                chunk = os.read(process.stdout.fileno(), _CHUNK)
                written += chunk
                if len(written) > self._max_bytes:
                    sentence = f"karrio sent more than {self._max_bytes} bytes."
                    raise UnreadableAnswer(sentence, provider=self.provider)
                if not chunk:
                    return bytes(written), True
        return bytes(written), False

    def _told(self, written: bytes, ended: bool, connector: str) -> dict[str, Any]:
        """The lines as one document. raises as `send`"""
        lines = [line for line in map(_read, written.split(b"\n")) if line]
        fault = str(lines[0].get("fault") or "") if lines else ""
        if fault == "absent":
            raise Refused(_ABSENT, provider=self.provider)
        if fault:
            sentence = _FAULTS.get(fault, _FAULTS["settings"]) % connector[:40]
            raise BadCredentials(sentence, provider=self.provider)
        done = bool(lines) and lines[-1].get("done") is True
        if not lines and not ended:
            raise UpstreamTimeout("karrio did not answer in time.", provider=self.provider)
        if not lines:
            raise UpstreamDown("karrio broke off without an answer.", provider=self.provider)
        return {"connector": connector, "cut": not done, "parcels": [line for line in lines if "number" in line]}


def _read(line: bytes) -> dict[str, Any]:
    """A line of the child; empty for half a line."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
