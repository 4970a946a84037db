"""`waypost carriers unknown`: codes that no table knows, and rows for the table to be reviewed."""

import csv
import difflib
import io
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from tracking.carriers import all_slugs
from tracking.carriers._codes import Code, CodeTable, has_table
from tracking.cli._opened import opened
from tracking.models import UnknownCode
from tracking.platform.db import db, reading
from tracking.platform.status import Status

# below it two texts only sound alike
_ALIKE = 0.82


@dataclass(frozen=True)
class Unknown:
    """A code that came and is in no table. `like`: a known code with nearly the same text, and what that one means."""

    carrier: str
    code: str
    text: str
    seen: int
    first_at: str
    last_at: str
    status: str = Status.UNKNOWN
    reason: str = ""
    like: str = ""


@click.command("unknown")
@click.option("--carrier", "slug", help="Only this carrier's.")
@click.option("--table", "as_table", is_flag=True, help="As rows for the carrier's table of codes, CSV on stdout.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def list_unknown(slug: str | None, as_table: bool, as_json: bool) -> None:
    """List the codes that came from carriers and that no table knows, the most frequent first, with their texts.

    With --table they become rows to review. Where the text is nearly that of a known code, the row takes its meaning
    and says so in the column “like”; all others say unknown.

    \b
    Examples:
      waypost carriers unknown
      waypost carriers unknown --carrier ups --table >> tracking/carriers/codes/ups.csv
    """
    if as_table and as_json:
        raise click.UsageError("Choose one of --table and --json.")
    with opened(), reading():
        query = select(UnknownCode).order_by(UnknownCode.seen.desc(), UnknownCode.carrier, UnknownCode.code)
        rows = db.session.scalars(query.where(UnknownCode.carrier == slug) if slug else query).all()
        found = [_compared(row) for row in rows]
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found]))
    elif as_table:
        click.echo(_rows(found), nl=False)
    elif found:
        _print(found)
    else:
        click.echo("Every code that came is known.")


def _compared(row: UnknownCode) -> Unknown:
    like, known = _nearest(row.carrier, row.text)
    return Unknown(
        carrier=row.carrier,
        code=row.code,
        text=row.text,
        seen=row.seen,
        first_at=row.first_at.isoformat(),
        last_at=row.last_at.isoformat(),
        status=known.status,
        reason=known.reason or "",
        like=like,
    )


def _nearest(carrier: str, text: str) -> tuple[str, Code]:
    """The known code whose text is nearly this one: the carrier's own, else another's; ("", unknown) if none is."""
    said = text.casefold().strip(" .")
    if len(said) < 8:
        return "", Code(Status.UNKNOWN)
    best: tuple[float, str, Code] = (_ALIKE, "", Code(Status.UNKNOWN))
    for slug in sorted(all_slugs(), key=lambda slug: slug != carrier):
        for _group, code, known in CodeTable.load(slug) if has_table(slug) else ():
            matcher = difflib.SequenceMatcher(None, known.text.casefold().strip(" ."), said, autojunk=False)
            if matcher.real_quick_ratio() > best[0] and matcher.quick_ratio() > best[0] < (ratio := matcher.ratio()):
                best = ratio, f"{slug} {code}: {known.text}", known
    return best[1], best[2]


def _rows(found: Iterable[Unknown]) -> str:
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    for one in found:
        group, slash, code = one.code.rpartition("/")
        rows.writerow([*([group] if slash else []), code, one.status, one.reason, one.text, one.like])
    return written.getvalue()


def _print(found: Iterable[Unknown]) -> None:
    table = Table("Carrier", "Code", "Seen", "Last", "What the carrier says", "Like", box=SIMPLE_HEAD)
    for one in found:
        table.add_row(one.carrier, one.code, str(one.seen), one.last_at[:16].replace("T", " "), one.text, one.like)
    console = Console()
    (console if console.is_terminal else Console(width=200)).print(table)
