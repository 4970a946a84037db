"""`waypost doctor`: is this installation fit for work, and what to do where it is not."""

import json
from dataclasses import asdict
from typing import Literal

import click
from cryptography.fernet import Fernet
from rich.console import Console
from rich.markup import escape

from tracking.cli._examined import Finding, examine

_MARKS: dict[Literal["ok", "note", "fault"], str] = {"ok": "[green]✓[/]", "note": "[yellow]•[/]", "fault": "[red]✗[/]"}


@click.command()
@click.option("--new-key", is_flag=True, help="Print a new key for WAYPOST_ENCRYPTION_KEY and do nothing else.")
@click.option("--offline", is_flag=True, help="Ask no carrier, no mail server and no Twilio.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def doctor(new_key: bool, offline: bool, as_json: bool) -> None:
    """Check settings, database, queue, carriers' credentials, senders, disk and clock, and say what to fix.

    Sends no message and makes no call that counts against a carrier's budget. Exit 0 if nothing is at fault, else 1.

    \b
    Examples:
      waypost doctor
      waypost doctor --new-key
    """
    if new_key:
        click.echo(Fernet.generate_key().decode())
        return
    findings = examine(offline=offline)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        _print(findings)
    if any(finding.state == "fault" for finding in findings):
        raise SystemExit(1)


def _print(findings: list[Finding]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        console.print(f"{_MARKS[finding.state]} {escape(finding.part)}: {escape(finding.what)}")
        if finding.fix:
            console.print(f"  {escape(finding.fix)}")
    faults = sum(finding.state == "fault" for finding in findings)
    console.print(f"{faults} to fix." if faults else "Fit for work.")
