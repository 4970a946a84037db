"""Carriers, Twilio and mail in their own wire formats on loopback ports: for the demo, the tests, the benchmarks, and
for trying Waypost out without an account anywhere.

It shares no code with the adapters and imports nothing of Waypost but the platform, so that one mistake cannot hide
another: its formats come from the carriers' documents.
"""

from types import TracebackType
from typing import Any

from flask import Flask

from tracking.sandbox._twilio_rules import ACCOUNT_SID, AUTH_TOKEN, SERVICE_SID
from tracking.sandbox.accounts import Counting
from tracking.sandbox.app import create_sandbox_app
from tracking.sandbox.control import create_parcel, known_carrier
from tracking.sandbox.faults import Fault
from tracking.sandbox.parcels import move
from tracking.sandbox.scans import Parcel, Scan
from tracking.sandbox.server import HttpServer
from tracking.sandbox.smtp import SmtpServer
from tracking.sandbox.state import Call, State


class Sandbox:
    """A running sandbox: `with Sandbox() as sandbox: …`, or `start()` and `stop()`.

    state  everything it remembers
    app    the WSGI application, for another server
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        smtp_port: int = 0,
        *,
        limits: Counting | str = Counting.REAL,
    ) -> None:
        """Port 0 takes a free one. `limits`: real, business or off. Nothing listens before `start`."""
        self.host = host
        self.state = State()
        self.state.limits.counting = Counting(limits)
        self.app: Flask = create_sandbox_app(self.state)
        self._ports = (port, smtp_port)
        self._http: HttpServer | None = None
        self._smtp: SmtpServer | None = None

    def start(self) -> "Sandbox":
        """Listen for HTTP and SMTP in background threads. raises OSError if a port is taken."""
        http = HttpServer(self.app, self.host, self._ports[0])
        try:
            self._smtp = SmtpServer(self.state, self.host, self._ports[1])
            self._smtp.start()
        except BaseException:
            self._smtp = None
            http.stop()
            raise
        named = f"[{self.host}]" if ":" in self.host else self.host
        self.state.url = f"http://{named}:{http.port}"
        self.state.smtp_url = f"smtp://{named}:{self._smtp.port}"
        self.state.stopping.clear()
        self._http = http
        http.start()
        return self

    def stop(self) -> None:
        """Stop listening; what was remembered stays readable in `state`."""
        self.state.stopping.set()
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

    @property
    def carriers(self) -> list[str]:
        """Slugs of the carriers it speaks for, sorted."""
        return sorted(self.state.carriers)

    def carrier_url(self, slug: str) -> str:
        """The base URL for an account of that carrier."""
        return f"{self.url}/{slug}"

    def credentials(self, slug: str) -> dict[str, str]:
        """What opens that carrier's demo account. raises BadPayload for a carrier it does not know"""
        return self.state.accounts.first(known_carrier(self.state, slug))

    def settings(self) -> dict[str, str]:
        """Settings by environment name that make Waypost use this sandbox for everything it speaks to."""
        names = {
            "WAYPOST_SMTP_URL": self.smtp_url,
            "TWILIO_API_BASE_URL": self.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_MESSAGING_SERVICE_SID": SERVICE_SID,
        }
        for slug in self.carriers:
            prefix = f"WAYPOST_{slug.upper().replace('-', '_')}_"
            names[f"{prefix}BASE_URL"] = self.carrier_url(slug)
            names |= {prefix + name.upper(): value for name, value in self.credentials(slug).items()}
        return names

    def parcel(self, **spec: Any) -> Parcel:
        """Make a parcel, as POST /_sandbox/parcels does. raises BadPayload, Conflict"""
        return create_parcel(self.state, spec)

    def move(self, number: str, **spec: Any) -> list[Scan]:
        """Let something happen to a parcel now, as POST …/move does. raises NotFound, BadPayload, Conflict"""
        return move(self.state.parcels.get(number), spec)

    def fault(self, carrier: str = "*", **spec: Any) -> Fault:
        """Make trouble, as POST /_sandbox/faults does. raises BadPayload"""
        known_carrier(self.state, carrier, every=True)
        return self.state.faults.add({"carrier": carrier, **spec})

    def calls(self, carrier: str | None = None, kind: str | None = None) -> list[Call]:
        """What carriers were asked, oldest first; `kind` is track or token."""
        return [
            call
            for call in self.state.calls
            if (carrier is None or call.carrier == carrier) and (kind is None or call.kind == kind)
        ]

    def __enter__(self) -> "Sandbox":
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()
