"""`waypost sandbox`: carriers, Twilio and mail to try things out with, without an account anywhere."""

import json
import signal
import sys
import threading
from typing import Any

import click

from tracking.sandbox import Sandbox
from tracking.sandbox.accounts import Counting

_EPILOG = """\b
Examples:
  waypost sandbox
  waypost sandbox --port 8001 --smtp-port 8025 --limits off
  waypost sandbox --json | jq .settings
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; it has no passwords worth the name."
)
@click.option(
    "--port", default=8001, show_default=True, type=click.IntRange(0, 65535), help="HTTP port; 0 takes a free one."
)
@click.option(
    "--smtp-port", default=8025, show_default=True, type=click.IntRange(0, 65535), help="SMTP port; 0 takes a free one."
)
@click.option(
    "--limits",
    default=Counting.REAL.value,
    show_default=True,
    type=click.Choice([counting.value for counting in Counting]),
    help="How the carriers' documented limits are counted.",
)
@click.option("--json", "as_json", is_flag=True, help="Print addresses, accounts and settings as one JSON document.")
def sandbox(host: str, port: int, smtp_port: int, limits: str, as_json: bool) -> None:
    """Run the carrier, SMS and mail sandbox until Ctrl-C."""
    running = Sandbox(host, port, smtp_port, limits=limits)
    try:
        running.start()
    except OSError as error:
        raise click.ClickException(f"The sandbox cannot listen there: {error.strerror or error}.") from error
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    facts = _facts(running)
    click.echo(json.dumps(facts) if as_json else _text(facts))
    sys.stdout.flush()
    stop.wait()
    running.stop()


def _facts(running: Sandbox) -> dict[str, Any]:
    accounts = {
        slug: {"base_url": running.carrier_url(slug), "credentials": running.credentials(slug)}
        for slug in running.carriers
    }
    return {
        "url": running.url,
        "page": f"{running.url}/_sandbox/",
        "smtp_url": running.smtp_url,
        "carriers": accounts,
        "settings": running.settings(),
    }


def _text(facts: dict[str, Any]) -> str:
    lines = [
        f"Sandbox    {facts['page']}",
        f"Phones     {facts['url']}/_sandbox/messages",
        f"Mailbox    {facts['url']}/_sandbox/mail",
        f"SMTP       {facts['smtp_url']}",
        "",
        "Settings that make Waypost use it:",
        *(f"  {name}={value}" for name, value in facts["settings"].items()),
        "",
        "Ctrl-C ends it.",
    ]
    return "\n".join(lines)
