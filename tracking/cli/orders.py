"""`waypost orders`: intake of files."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track
from sqlalchemy.orm import Session

from tracking import news
from tracking.cli._opened import get_store, opened
from tracking.models import Audit, Store
from tracking.orders.intake import Taken, take_order
from tracking.orders.reading import Faulty, read_order
from tracking.platform.db import db
from tracking.platform.errors import InputError
from tracking.shops import csv
from tracking.shops._base import RowFault, SaidOrder

# orders in a commit: few enough that others can write in between, many enough to be quick
CHUNK = 50
SHOWN = 50


@dataclass(slots=True)
class Report:
    """What became of a file."""

    file: str
    store: str
    dry_run: bool
    rows: int = 0
    orders: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    new_shipments: int = 0
    notes: list[str] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)

    def count(self, taken: Taken) -> None:
        """Count an order."""
        self.created += taken.created
        self.changed += taken.changed and not taken.created
        self.unchanged += not taken.changed
        self.new_shipments += len(taken.new_shipments)


@click.group()
def orders() -> None:
    """Orders of a store.

    Example: waypost orders import orders.csv --store fell-and-ridge
    """


@orders.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--store", "slug", required=True, help="Slug of the store the orders belong to.")
@click.option("--dry-run", is_flag=True, help="Check every row, change nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def import_orders(file: Path, slug: str, dry_run: bool, as_json: bool) -> None:
    """Take in the orders of a CSV FILE; safe to repeat.

    Every bad row is reported with its line, column and reason; an order with a bad row is left out whole, all others
    are kept. Exit 0 if every row was taken, 1 if some or all were not.

    \b
    Examples:
      waypost orders import orders.csv --store fell-and-ridge --dry-run
      waypost orders import orders.csv --store fell-and-ridge --json
    """
    if file.stat().st_size > csv.MAX_BYTES:
        raise click.ClickException(f"{file.name} is larger than {csv.MAX_BYTES // 1024 // 1024} MB. Split it.")
    parsed = csv.parse(file.read_bytes())
    report = Report(file.name, slug, dry_run, parsed.rows, len(parsed.orders), notes=list(parsed.notes))
    report.faults += parsed.faults
    with opened():
        get_store(slug)
        quiet = as_json or not Console(stderr=True).is_terminal
        said = track(parsed.orders, "Orders", console=Console(stderr=True), disable=quiet, transient=True)
        for chunk in _chunks(said):
            _take(db.session(), slug, chunk, report)
    report.faults.sort(key=lambda fault: (fault.line, fault.column))
    click.echo(json.dumps(asdict(report), ensure_ascii=False) if as_json else _words(report))
    if report.faults:
        raise SystemExit(1)


def _chunks(said: Iterable[SaidOrder]) -> Iterator[list[SaidOrder]]:
    rest = iter(said)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _take(session: Session, slug: str, chunk: Sequence[SaidOrder], report: Report) -> None:
    """Take some orders in one commit; each in a savepoint of its own, so that a bad one costs no other."""
    store = get_store(slug)
    before = report.created + report.changed
    for said in chunk:
        try:
            with session.begin_nested():
                report.count(_take_one(session, store, said))
        except Faulty as error:
            report.failed += 1
            for fault in error.faults:
                place = said.place_of(fault.field)
                report.faults.append(RowFault(place.line, place.column, fault.reason, fault.code))
        except InputError as error:
            report.failed += 1
            place = said.place_of(error.field or "")
            report.faults.append(RowFault(place.line, place.column if error.field else "", error.message, error.code))
    if report.dry_run:
        session.rollback()
        return
    if report.created + report.changed > before:
        detail = {"orders": report.created + report.changed - before}
        session.add(Audit(store_id=store.id, actor="cli", action="orders.imported", detail=detail))
    session.commit()


def _take_one(session: Session, store: Store, said: SaidOrder) -> Taken:
    taken = take_order(session, store, read_order(said.body, store, method="csv import"))
    if taken.changed:
        news.order_news(session, taken.order, taken.new_shipments)
    return taken


def _words(report: Report) -> str:
    verb = "would be" if report.dry_run else "were"
    lines = [f"Note: {note}" for note in report.notes[:SHOWN]]
    for fault in report.faults[:SHOWN]:
        column = f", {fault.column}" if fault.column else ""
        lines.append(f"Line {fault.line}{column}: {fault.reason}")
    if len(report.faults) > SHOWN:
        lines.append(f"… and {len(report.faults) - SHOWN} more; --json lists them all.")
    lines.append(
        f"{report.rows} rows, {report.orders} orders: {report.created} {verb} new, {report.changed} {verb} changed, "
        f"{report.unchanged} known already, {report.failed} left out. New parcels: {report.new_shipments}."
    )
    return "\n".join(lines)
