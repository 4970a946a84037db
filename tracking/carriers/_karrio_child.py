"""Runs in a process of its own: asks one of karrio's connectors about numbers, one by one, a line of JSON each.

It is started as a file by `_karrio_process`, in an interpreter that sees neither Waypost nor its settings, and imports
nothing of Waypost. That is so because importing karrio switches off the verification of certificates for everything in
the process that uses `urllib`, its calls have no deadline, and it writes addresses and numbers to its log.

Source: karrio 2026.1.32 (LGPL-3.0): karrio/sdk.py, api/interface.py, core/models.py, core/utils/helpers.py,
read 2026-11-22. It is used as its authors publish it.
"""

import importlib
import json
import os
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TextIO
from urllib.error import HTTPError

_READ_TIMEOUT_S = 15.0
_IMAGES = ("delivery_image", "signature_image")


class Fault(Exception):
    """Nobody can be asked; the word says why: absent, connector, settings, tracking."""


class Heard:
    """What came over HTTP since the last `clear`: karrio itself does not tell."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.clear()

    def clear(self) -> None:
        """Forget."""
        self.status: int | None = None
        self.retry_after: str | None = None
        self.page = False
        self.failure: str | None = None

    def listening(self, urlopen: Callable[..., Any]) -> Callable[..., Any]:
        """The same as `urlopen`, with a timeout, and noted."""

        def noted(request: Any, *args: Any, timeout: float | None = None, **more: Any) -> Any:
            try:
                response = urlopen(request, *args, timeout=min(timeout or _READ_TIMEOUT_S, _READ_TIMEOUT_S), **more)
            except HTTPError as error:
                kind = (error.headers.get("Content-Type") or "") if error.headers else ""
                self.status, self.page = error.code, "html" in kind.lower()
                self.retry_after = error.headers.get("Retry-After") if error.headers else None
                raise
            except TimeoutError:
                self.failure = "timeout"
                raise
            except OSError as error:
                self.failure = "timeout" if isinstance(getattr(error, "reason", None), TimeoutError) else "unreachable"
                raise
            self.status, self.page, self.retry_after = response.status, False, None
            return response

        return noted


def connect(question: Mapping[str, Any], heard: Heard) -> tuple[Any, Any]:
    """karrio, and its gateway to the connector. raises Fault"""
    try:
        sdk = importlib.import_module("karrio.sdk")
        helpers: Any = importlib.import_module("karrio.core.utils.helpers")
    except ImportError as error:
        raise Fault("absent") from error
    # karrio puts one that accepts any certificate here
    ssl._create_default_https_context = ssl.create_default_context
    helpers.urlopen = heard.listening(helpers.urlopen)
    name = question["connector"]
    if name not in sdk.gateway.providers:
        raise Fault("connector")
    try:
        gateway = sdk.gateway[name].create({"carrier_id": name, **question["settings"]})
    except Exception as error:
        raise Fault("settings") from error
    if "get_tracking" not in gateway.proxy_methods:
        raise Fault("tracking")
    if question.get("base_url"):
        kind = type(gateway.settings)
        gateway.settings.__class__ = type(kind.__name__, (kind,), {"server_url": question["base_url"]})
    return sdk, gateway


def statuses(connector: str) -> dict[str, str]:
    """What the connector's own table says: carrier's code, lower case -> karrio's status; empty without a table."""
    try:
        table = importlib.import_module(f"karrio.providers.{connector}.units").TrackingStatus
    except (ImportError, AttributeError):
        return {}
    found: dict[str, str] = {}
    for name, member in table.__members__.items():
        for code in member.value if isinstance(member.value, list | tuple | set) else [member.value]:
            found.setdefault(str(code).strip().lower(), name)
    return found


def ask(sdk: Any, gateway: Any, number: str, heard: Heard, table: Mapping[str, str]) -> dict[str, Any]:
    """What karrio says of one number, as plain JSON. raises nothing"""
    heard.clear()
    failure = None
    details: Any = None
    messages: Any = None
    try:
        details, messages = sdk.Tracking.fetch({"tracking_numbers": [number]}).from_(gateway).parse()
        details = json.loads(json.dumps(_plain(details or []), default=str))
        messages = json.loads(json.dumps(_plain(messages or []), default=str))
    except Exception:  # noqa: BLE001 - a connector may raise anything
        details, messages, failure = [], [], "broken"
    return {
        "number": number,
        "http_status": heard.status,
        "retry_after": heard.retry_after,
        "page": heard.page,
        "failure": heard.failure or failure,
        "messages": [{name: message.get(name) for name in ("code", "message")} for message in messages],
        "details": [_annotated(each, table) for each in details],
    }


def _plain(value: Any) -> Any:
    """karrio's own way of making dictionaries of its classes; unset fields are left out."""
    return importlib.import_module("karrio.lib").to_dict(value)


def _annotated(details: dict[str, Any], table: Mapping[str, str]) -> dict[str, Any]:
    """With what the connector's table says of each event's code; of the images only that there are some."""
    images = details.get("images") or {}
    events = [
        {**event, "status_of_code": table.get(str(event.get("code") or event.get("description")).strip().lower())}
        for event in details.get("events") or []
    ]
    return {**details, "events": events, "images": {name: True for name in _IMAGES if images.get(name)}}


def answers(question: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One answer a number, each as soon as it is there; or a single fault."""
    heard = Heard()
    try:
        sdk, gateway = connect(question, heard)
    except Fault as fault:
        yield {"fault": str(fault)}
        return
    table = statuses(question["connector"])
    numbers: Sequence[str] = question["numbers"]
    for number in numbers:
        yield ask(sdk, gateway, number, heard, table)
    yield {"done": True}


def main() -> None:
    """Read a question from standard input, and write lines to what was standard output."""
    lines: TextIO = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # whatever a connector prints goes the way of its log
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for answer in answers(json.load(sys.stdin)):
        lines.write(json.dumps(answer) + "\n")
        lines.flush()


if __name__ == "__main__":
    main()
