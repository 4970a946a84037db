"""Carriers, Twilio and mail in their own wire formats on loopback ports: for the demo, the tests, the benchmarks, and
for trying Waypost out without an account anywhere.

It shares no code with the adapters and imports nothing of Waypost but the platform, so that one mistake cannot hide
another: its formats come from the carriers' documents.
"""

import importlib
from types import TracebackType
from typing import Any

from flask import Flask

from tracking.platform import registry
from tracking.sandbox.app import create_sandbox_app
from tracking.sandbox.server import HttpServer
from tracking.sandbox.state import State


class Sandbox:
    """A running sandbox: `with Sandbox() as sandbox: …`, or `start()` and `stop()`."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, smtp_port: int = 0) -> None:
        """Port 0 takes a free one. Nothing listens before `start`."""
        self.host = host
        self.state = State()
        self.app: Flask = create_sandbox_app(self.state)
        self._ports = (port, smtp_port)
        self._http: HttpServer | None = None
        self._smtp: Any = None

    def start(self) -> "Sandbox":
        """Listen for HTTP and SMTP in background threads. raises OSError if a port is taken."""
        self._http = HttpServer(self.app, self.host, self._ports[0])
        self.state.url = f"http://{self.host}:{self._http.port}"
        if "smtp" in registry.modules("tracking.sandbox"):
            smtp = importlib.import_module("tracking.sandbox.smtp")
            self._smtp = smtp.SmtpServer(self.state, self.host, self._ports[1])
            self._smtp.start()
            self.state.smtp_url = f"smtp://{self.host}:{self._smtp.port}"
        self._http.start()
        return self

    def stop(self) -> None:
        """Stop listening; what was remembered stays readable in `state`."""
        if self._http is not None:
            self._http.stop()
            self._http = None
        if self._smtp is not None:
            self._smtp.stop()
            self._smtp = None

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return self.state.url

    @property
    def smtp_url(self) -> str:
        """For WAYPOST_SMTP_URL."""
        return self.state.smtp_url

    def carrier_url(self, slug: str) -> str:
        """The base URL for an account of that carrier."""
        return f"{self.url}/{slug}"

    def __enter__(self) -> "Sandbox":
        """Start."""
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""
        self.stop()
