"""`waypost carriers`: the adapters there are, and what a carrier's raw answer means, without network and database."""

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tracking.carriers import Carrier, all_slugs, get_carrier
from tracking.cli._accounts import connect_carrier, disconnect, list_accounts
from tracking.cli._carriers_page import carriers_page, limit_words
from tracking.cli._detected import detect_carrier
from tracking.cli._unknown_codes import list_unknown
from tracking.platform.errors import UnknownCarrier
from tracking.platform.facts import Answer, EstimatedDelivery, ResultCode, TrackingError, TrackingEvent, TrackingResult
from tracking.platform.upstream import MAX_BYTES, Reply


@click.group()
def carriers() -> None:
    """Carriers Waypost can ask, and what their answers mean."""


for command in (connect_carrier, list_accounts, disconnect, detect_carrier, list_unknown):
    carriers.add_command(command)


@carriers.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--markdown", "as_markdown", is_flag=True, help="The page docs/carriers.md on stdout.")
def list_carriers(as_json: bool, as_markdown: bool) -> None:
    """List the adapters with their credentials, batch sizes and limits.

    \b
    Example:
      waypost carriers list --json
    """
    if as_json and as_markdown:
        raise click.UsageError("Choose one of --json and --markdown.")
    found = [get_carrier(slug) for slug in all_slugs()]
    if as_markdown:
        click.echo(carriers_page(found), nl=False)
        return
    if as_json:
        click.echo(json.dumps([_described(carrier) for carrier in found]))
        return
    table = Table("Carrier", "Name", "Needs", "Numbers a call", "Limits", box=SIMPLE_HEAD)
    for carrier in found:
        needs = ", ".join(field.name for field in carrier.credentials if field.required)
        limits = "\n".join(limit_words(limit) for limit in carrier.limits)
        table.add_row(carrier.slug, carrier.name, needs, str(carrier.batch_size), limits)
    _console().print(table)


@carriers.command("parse")
@click.argument("slug")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--http-status", default=200, show_default=True, type=click.IntRange(100, 599), help="Status it came with."
)
@click.option("--number", "numbers", multiple=True, help="Number that was asked about; repeat it for several.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout, one line for each file.")
def parse_files(slug: str, files: Sequence[Path], http_status: int, numbers: Sequence[str], as_json: bool) -> None:
    """Show what a carrier's raw answers in FILES mean.

    An unknown number is an answer too: it is listed under the errors, and the command succeeds. It fails when a file
    holds nothing that the carrier documents.

    \b
    Example:
      waypost carriers parse ups delivered.json --number 1Z1442YY7229014688 --json
    """
    try:
        carrier = get_carrier(slug)
    except UnknownCarrier as error:
        raise click.BadParameter(error.message, param_hint="SLUG") from error
    asked = ["".join(which.upper().split()) for which in numbers]
    failed = False
    for file in files:
        answer = _answer(file, carrier, http_status, asked)
        failed = failed or _is_unreadable(answer)
        if as_json:
            click.echo(json.dumps(answer_json(slug, answer)))
        else:
            _show(file, carrier, answer)
    if failed:
        sys.exit(1)


def _answer(file: Path, carrier: type[Carrier], http_status: int, numbers: Sequence[str]) -> Answer:
    """What a file means; one that cannot be opened, or holds more than is ever read from a carrier, is unreadable."""
    try:
        with file.open("rb") as opened:
            body = opened.read(MAX_BYTES + 1)
    except OSError as error:
        return _unreadable(f"The file cannot be opened: {error.strerror}.")
    if len(body) > MAX_BYTES:
        return _unreadable(f"The file holds more than {MAX_BYTES} bytes.")
    return carrier.parse(Reply(http_status, body), numbers)


def _unreadable(message: str) -> Answer:
    return Answer(errors=(TrackingError(None, ResultCode.UNREADABLE, message),))


def _is_unreadable(answer: Answer) -> bool:
    return not answer.results and any(error.code is ResultCode.UNREADABLE for error in answer.errors)


# as JSON


def answer_json(slug: str, answer: Answer) -> dict[str, Any]:
    """An answer in the shape that `carriers parse --json` promises."""
    return {
        "carrier": slug,
        "results": [_result_json(result) for result in answer.results],
        "errors": [_error_json(error) for error in answer.errors],
    }


def _result_json(result: TrackingResult) -> dict[str, Any]:
    return {
        "number": result.number,
        "status": result.status,
        "reason": result.reason,
        "service": result.service,
        "estimated": _estimate_json(result.estimated),
        "delivered_at": result.delivered_at.isoformat() if result.delivered_at else None,
        "signed_by": result.signed_by,
        "proof": list(result.proof),
        "events": [_event_json(event) for event in result.events],
    }


def _event_json(event: TrackingEvent) -> dict[str, Any]:
    spot = event.location
    return {
        "at": event.at.isoformat(),
        "zone": event.zone,
        "code": event.code,
        "status": event.status,
        "reason": event.reason,
        "description": event.description,
        "location": {
            "city": spot.city,
            "region": spot.region,
            "postal_code": spot.postal_code,
            "country": spot.country,
        },
    }


def _estimate_json(estimated: EstimatedDelivery | None) -> dict[str, str] | None:
    if estimated is None:
        return None
    return {"earliest": estimated.earliest.isoformat(), "latest": estimated.latest.isoformat()}


def _error_json(error: TrackingError) -> dict[str, Any]:
    return {
        "number": error.number,
        "code": error.code,
        "message": error.message,
        "retryable": error.retryable,
        "retry_after": error.retry_after,
    }


def _described(carrier: type[Carrier]) -> dict[str, Any]:
    return {
        "slug": carrier.slug,
        "name": carrier.name,
        "base_url": carrier.base_url,
        "auth": [
            {"name": field.name, "help": field.help, "secret": field.secret, "required": field.required}
            for field in carrier.credentials
        ],
        "batch_size": carrier.batch_size,
        "limits": [
            {
                "unit": limit.unit,
                "amount": limit.amount,
                "per_s": limit.per_s,
                "aligned": limit.aligned,
                "source": limit.source,
            }
            for limit in carrier.limits
        ],
        "weak": list(carrier.weak),
    }


# for people


def _console() -> Console:
    """As wide as the terminal; wide enough for a line an event where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=160)


def _show(file: Path, carrier: type[Carrier], answer: Answer) -> None:
    console = _console()
    console.print(f"[bold]{escape(carrier.name)}[/bold]  {escape(str(file))}")
    show_answer(console, answer)


def show_answer(console: Console, answer: Answer) -> None:
    """Print results with their timelines, then errors, for people."""
    for result in answer.results:
        _show_result(console, result)
    for error in answer.errors:
        again = " Try again later." if error.retryable else ""
        console.print(f"  {escape(error.number or '–')}  [bold]{error.code}[/bold]  {escape(error.message)}{again}")


def _show_result(console: Console, result: TrackingResult) -> None:
    reason = f" ({result.reason})" if result.reason else ""
    console.print(f"  {escape(result.number)}  [bold]{result.status}[/bold]{reason}  {escape(result.service or '')}")
    if result.estimated:
        console.print(f"  expected {_when(result.estimated.earliest)} – {_when(result.estimated.latest)}")
    if result.delivered_at:
        by = f", signed by {result.signed_by}" if result.signed_by else ""
        console.print(f"  delivered {_when(result.delivered_at)}{escape(by)}")
    table = Table("When", "Zone", "Code", "Status", "Where", "What", box=SIMPLE_HEAD)
    for column in table.columns[:4]:
        column.no_wrap = True
    for event in result.events:
        spot = ", ".join(p for p in (event.location.city, event.location.region, event.location.country) if p)
        status = f"{event.status} ({event.reason})" if event.reason else str(event.status)
        table.add_row(
            _when(event.at), str(event.zone), escape(event.code), status, escape(spot), escape(event.description)
        )
    console.print(table)


def _when(at: date | datetime) -> str:
    return at.isoformat(" ", "minutes") if isinstance(at, datetime) else at.isoformat()
