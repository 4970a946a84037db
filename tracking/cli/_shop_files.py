"""A shop's history from files, for commands that work on them: options, reading, what was left out, progress."""

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from recommendations import Model, fit
from recommendations.evaluation import Task
from recommendations.history import History
from recommendations.history_files import Findings, UnreadableFile, open_text, read_catalogue, read_history, seconds
from tracking.platform import clock

SHOWN = 20
Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


TASK = click.Choice([task.value for task in Task])
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


class Time(click.ParamType[float]):
    """An ISO 8601 time as seconds since 1970; without a zone it is compared with the files' own times."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it. Wrong use if it is none."""
        if isinstance(value, float):
            return value
        try:
            return seconds(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def file_options(*, required: bool) -> Callable[[Command], Command]:
    """--orders, --lines, --products."""

    def add(command: Command) -> Command:
        for name, told in (
            ("--products", "CSV of products: product_id [, title, category, group, price, became_id]."),
            ("--lines", "CSV of order lines: order_id, product_id [, qty]."),
            ("--orders", "CSV of orders: order_id, customer_id, ts. All files may be gzipped."),
        ):
            needed = required and name != "--products"
            command = click.option(name, type=FILE, required=needed, help=told)(command)
        return command

    return add


@dataclass
class Work:
    """A piece of long work on a terminal: bars and remarks on stderr, and how long each step took."""

    quiet: bool
    console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, told: str) -> Iterator[None]:
        """Show that something is under way, and keep its time as `name`."""
        begun = time.perf_counter()
        with self._progress() as progress:
            progress.add_task(told, total=None)
            yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun

    def each(self, name: str, told: str, items: Iterable[Any], total: int) -> Iterator[Any]:
        """Pass `items` on and show how many are done."""
        begun = time.perf_counter()
        with self._progress() as progress:
            task = progress.add_task(told, total=total)
            for item in items:
                yield item
                progress.advance(task)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun

    def _progress(self) -> Progress:
        columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        shown = not self.quiet and self.console.is_terminal
        return Progress(*columns, TimeElapsedColumn(), console=self.console, disable=not shown, transient=True)

    def say(self, sentence: str) -> None:
        """A remark for people."""
        if not self.quiet:
            click.echo(sentence, err=True)

    def report(self, found: Findings) -> None:
        """What was odd, and what was left out: said even when all else is quiet."""
        for note in found.notes:
            self.say(f"Note: {note}")
        for fault in found.faults[:SHOWN]:
            click.echo(str(fault), err=True)
        total = sum(found.left_out.values())
        if total > SHOWN:
            click.echo(f"… and {total - SHOWN:,} more.", err=True)
        for file, count in found.left_out.items():
            click.echo(f"{file}: {count:,} of {found.rows[file]:,} rows were left out.", err=True)


def read_files(work: Work, orders: Path, lines: Path, products: Path | None) -> tuple[History, Findings]:
    """The history in these files. Fails with a sentence if one cannot be read."""
    paths = [orders, lines, *([products] if products else [])]
    names = [path.name for path in paths] + ["products"] * (3 - len(paths))
    with work.step("read", "Reading"), unreadable():
        texts = [open_text(path) for path in paths]
        try:
            history, found = read_history(*texts, names=names)
        finally:
            for text in texts:
                text.close()
    work.report(found)
    return history, found


def read_shelf(work: Work, products: Path | None) -> History:
    """A shop without orders, of which only the products are known."""
    if products is None:
        return History([])
    with work.step("read", "Reading"), unreadable(), open_text(products) as text:
        history, found = read_catalogue(text, name=products.name)
    work.report(found)
    return history


@contextmanager
def unreadable() -> Iterator[None]:
    """Turn what cannot be read into one sentence and exit 1."""
    try:
        yield
    except UnreadableFile as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what a disk has against a file into one sentence and exit 1."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror or error}.") from None


def replace(path: Path, lines: Iterable[str]) -> None:
    """Write a file whole or not at all. What is no plain file, a pipe for example, is written to as it is."""
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as file:
            file.writelines(lines)
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(lines)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def said(at: float) -> str:
    """Seconds since 1970 as ISO 8601 without a zone: the files' own."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def learn(work: Work, history: History, cut: float | None) -> tuple[History, Model]:
    """The orders before `cut` (all, without one) and a model of them; an order of the future counts as placed now."""
    now = clock.now().timestamp()
    past = history.before(cut if cut is not None else float("inf"))
    future = sum(order.placed_at > now for order in past.orders)
    if future:
        work.say(f"Note: {future:,} orders have a time in the future and count as placed now.")
    if not len(past):
        work.say("Note: there is no order to learn from.")
    newest = past.orders[-1].placed_at if len(past) else now
    with work.step("fit", f"Learning from {len(past):,} orders"):
        model = fit(past.columns(), catalogue=past.products, as_of=cut if cut is not None else min(now, newest))
    return past, model
