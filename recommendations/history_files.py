"""Reading a shop's history from CSV: orders, their lines, products, and cases to be judged on.

Any shop's files, plain or gzipped, UTF-8, with a header; columns in any order, other columns ignored, fields apart by
comma, semicolon or tab:

orders    order_id, customer_id, ts              customer_id may be empty: an order of nobody known
lines     order_id, product_id [, qty]           qty of 0 or less is a return and no purchase
products  product_id [, title, category, group, price, became_id]   became_id: the product that took its place
cases     order_id, hidden_product_id            (tasks loo…)   or     order_id, next_order_id     (the others)

Ids are text, kept to the letter. `ts` is ISO 8601 with or without seconds and zone; without one it is read as UTC, and
so is the cut, so that a shop's own clock is compared with itself. A bad row is left out and named with its file, line,
column and reason; it costs no other row. A file that cannot be read at all raises `UnreadableFile`.
"""

import csv
import gzip
import io
import math
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TextIO

from recommendations.evaluation import HIDING, Case, Task, loo_case, next_case
from recommendations.history import History, PastOrder
from recommendations.merged import last_of_all
from recommendations.request import Product

GZIP = b"\x1f\x8b"
MAX_ID = 200
MAX_TITLE = 1000
# characters of a row; what is longer has lost a quotation mark
MAX_ROW = 100_000
# faults beyond these are counted, not kept
MAX_FAULTS = 10_000


class UnreadableFile(ValueError):
    """A file is not one of these at all; the message says which and why."""


class Fault(NamedTuple):
    """Why a row was left out. `line` counts from 1, the header; `column` is "" where the whole row is meant."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.file}, line {self.line}{f', {self.column}' if self.column else ''}: {self.reason}"


@dataclass
class Findings:
    """What was read, and what was left out.

    rows      rows read, by file
    left_out  rows left out, by file
    faults    the first MAX_FAULTS of them
    notes     sentences about what was odd but did no harm
    """

    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    left_out: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def leave_out(self, file: str, line: int, column: str, reason: str) -> None:
        """Count a row that is left out."""
        self.left_out[file] += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(file, line, column, reason))


class BadCell(ValueError):
    """A cell that cannot be used: its column, and why."""

    def __init__(self, column: str, reason: str) -> None:
        """Keep both."""
        super().__init__(reason)
        self.column = column
        self.reason = reason


def open_text(path: Path) -> TextIO:
    """The text of a plain or gzipped file. raises UnreadableFile"""
    try:
        with path.open("rb") as file:
            is_gzip = file.read(2) == GZIP
        raw = gzip.open(path, "rb") if is_gzip else path.open("rb")  # noqa: SIM115 - the caller closes it
        return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be opened: {error.strerror or error}") from error


def seconds(text: str) -> float:
    """An ISO 8601 time as seconds since 1970; without a zone it is UTC. raises ValueError with the reason"""
    try:
        at = datetime.fromisoformat(text.strip())
        at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        return (at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r} is no time; write it like 2026-11-22T13:27 or 2026-11-22 13:27:05Z") from None


class Row(NamedTuple):
    """A row by column; a column that the file does not have is not in it."""

    line: int
    cells: Mapping[str, str]

    def id(self, column: str, *, may_be_empty: bool = False) -> str:
        """An id, to the letter. raises BadCell"""
        text = self.cells.get(column, "")
        if not text.strip():
            if may_be_empty:
                return ""
            raise BadCell(column, "it is empty")
        if len(text) > MAX_ID:
            raise BadCell(column, f"it is longer than {MAX_ID} characters")
        return text

    def time(self, column: str) -> float:
        """Seconds since 1970. raises BadCell"""
        text = self.cells.get(column, "")
        if not text.strip():
            raise BadCell(column, "it is empty")
        try:
            return seconds(text)
        except ValueError as error:
            raise BadCell(column, str(error)) from None

    def number(self, column: str) -> float | None:
        """A number; None if there is none. raises BadCell"""
        text = self.cells.get(column, "").strip()
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise BadCell(column, f"{text[:40]!r} is no number")
        return value


def read_history(
    orders: TextIO,
    lines: TextIO,
    products: TextIO | None = None,
    *,
    names: Sequence[str] = ("orders", "lines", "products"),
) -> tuple[History, Findings]:
    """The history in these texts, and what was left out of it.

    names   what faults call the three files
    raises  UnreadableFile
    """
    found = Findings()
    heads = _read_orders(orders, names[0], found)
    bought = _read_lines(lines, names[1], found, heads)
    links: dict[str, str] = {}
    known = read_products(products, found, name=names[2], links=links) if products is not None else {}
    sold = {each for part in bought.values() for each in part}
    if products is not None:
        untitled = sum(product not in known for product in sold)
        if untitled:
            found.notes.append(f"{untitled} products were sold that {names[2]} does not name; they have no title.")
    became = _became(links, known.keys() | sold, names[2], found)
    _drop(known, became)
    past = [
        PastOrder(order, *heads[order], tuple(dict.fromkeys(became.get(each, each) for each in bought[order])))
        for order in heads
        if order in bought
    ]
    if len(past) < len(heads):
        found.notes.append(f"{len(heads) - len(past)} orders have no lines in {names[1]} and count for nothing.")
    return History.of(past, known, became), found


def read_catalogue(text: TextIO, *, name: str = "products") -> tuple[History, Findings]:
    """A shop without orders, of which only these products are known, and what was left out. raises UnreadableFile"""
    found = Findings()
    links: dict[str, str] = {}
    known = read_products(text, found, name=name, links=links)
    became = _became(links, known.keys(), name, found)
    _drop(known, became)
    return History.of([], known, became), found


def _became(links: Mapping[str, str], there: Collection[str], name: str, found: Findings) -> dict[str, str]:
    """Product → the one it is now, of products that are `there`; what comes of nothing is noted."""
    became = last_of_all({old: new for old, new in links.items() if new in there})
    left = len(links) - len(became)
    if left:
        found.notes.append(f"{left} products of {name} became what is not there, or each other, and stay themselves.")
    return became


def _drop(known: dict[str, Product], merged: Iterable[str]) -> None:
    for product in merged:
        known.pop(product, None)


def read_cases(
    text: TextIO, task: Task, history: History, *, name: str = "cases"
) -> tuple[list[Case | None], Findings]:
    """The cases of a file, in its order; None in the place of a row that is no case. raises UnreadableFile"""
    found = Findings()
    cases: list[Case | None] = []
    other = "hidden_product_id" if task in HIDING else "next_order_id"
    for row in _rows(text, name, found, ("order_id", other), bad=lambda: cases.append(None)):
        try:
            order, named = row.id("order_id"), row.id(other)
            if task in HIDING:
                case = loo_case(history, order, history.became.get(named, named), task)
            else:
                case = next_case(history, task, order, named)
        except BadCell as error:
            found.leave_out(name, row.line, error.column, error.reason)
            cases.append(None)
        except ValueError as error:
            found.leave_out(name, row.line, "", str(error))
            cases.append(None)
        else:
            cases.append(case)
    return cases, found


Heads = dict[str, tuple[str, float]]


def _read_orders(text: TextIO, name: str, found: Findings) -> Heads:
    """Order id → customer and time; the first row of an order counts."""
    heads: Heads = {}
    repeated = 0
    for row in _rows(text, name, found, ("order_id", "customer_id", "ts")):
        try:
            order = row.id("order_id")
            head = row.id("customer_id", may_be_empty=True), row.time("ts")
        except BadCell as error:
            found.leave_out(name, row.line, error.column, error.reason)
            continue
        if heads.setdefault(order, head) == head:
            repeated += 1
        else:
            found.leave_out(
                name, row.line, "order_id", f"order {order!r} was there before, with another customer or ts"
            )
    repeated -= len(heads)
    if repeated:
        found.notes.append(f"{repeated} rows of {name} repeat an earlier one word for word and count once.")
    return heads


def _read_lines(text: TextIO, name: str, found: Findings, heads: Heads) -> dict[str, dict[str, None]]:
    """Order id → its products, each once, in the order of the lines. Lines of unknown orders are left out."""
    bought: dict[str, dict[str, None]] = {}
    for row in _rows(text, name, found, ("order_id", "product_id")):
        try:
            order, product, quantity = row.id("order_id"), row.id("product_id"), row.number("qty")
            if order not in heads:
                raise BadCell("order_id", f"no usable order is called {order!r}")
            if quantity is not None and quantity <= 0:
                raise BadCell("qty", f"{quantity:g} of a product is no purchase")
        except BadCell as error:
            found.leave_out(name, row.line, error.column, error.reason)
            continue
        bought.setdefault(order, {})[product] = None
    return bought


def read_products(
    text: TextIO, found: Findings, *, name: str = "products", links: dict[str, str] | None = None
) -> dict[str, Product]:
    """Product id → what is known of it; the last row of a product counts. Adds to `found`. raises UnreadableFile

    links  takes what products became: id → the id of what took its place
    """
    known: dict[str, Product] = {}
    rows = 0
    for row in _rows(text, name, found, ("product_id",)):
        try:
            product, price = row.id("product_id"), row.number("price")
            new = row.id("became_id", may_be_empty=True)
        except BadCell as error:
            found.leave_out(name, row.line, error.column, error.reason)
            continue
        rows += 1
        if links is not None:
            links.pop(product, None)
            if new not in ("", product):
                links[product] = new
        words = {column: row.cells.get(column, "").strip()[:MAX_TITLE] for column in ("title", "group", "category")}
        # a price of nothing says that there was none: what a shop gives away it would not list among its goods
        minor = round(price * 100) if price is not None and 0 < price < 1e12 else None
        known[product] = Product(product, words["title"], words["group"], words["category"], minor)
    if rows > len(known):
        found.notes.append(f"{rows - len(known)} products stand in {name} more than once; the last row counts.")
    return known


def _rows(
    text: TextIO, name: str, found: Findings, columns: Sequence[str], bad: Callable[[], None] = lambda: None
) -> Iterator[Row]:
    """The rows below the header. A row that cannot be read is left out, and `bad` called in its place."""
    try:
        head = text.readline()
        delimiter = max(",;\t", key=head.count)
        names = [cell.strip().lower() for cell in next(csv.reader([head], delimiter=delimiter), [])]
        _require(name, names, columns)
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=delimiter)
        while True:
            line = lines.begin_row()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                found.rows[name] += 1
                found.leave_out(name, line, "", f"the row cannot be read: {error}")
                bad()
                continue
            if not any(cell.strip() for cell in cells):
                continue
            found.rows[name] += 1
            if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
                reason = f"it has {len(cells)} cells where the header has {len(names)}; does a text want quotes?"
                found.leave_out(name, line, "", reason)
                bad()
                continue
            yield Row(line, dict(zip(names, cells, strict=False)))
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{name} is not UTF-8: byte {error.object[error.start]:#04x}. Save it as UTF-8.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFile(f"{name} cannot be read to its end: {error}") from error


class _Lines:
    """Lines below the header, for the reader of one row after the other. raises csv.Error where a row is too long.

    What the reader itself bounds is the process's to set, and another part of it may have.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._number = 1
        self._held = 0

    def begin_row(self) -> int:
        """The number of the line that the next row begins at, as an editor counts."""
        self._held = 0
        return self._number + 1

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._text)
        self._number += 1
        self._held += len(line)
        if self._held > MAX_ROW:
            raise csv.Error(f"it has more than {MAX_ROW:,} characters; is a quotation mark not closed?")
        return line


def _require(name: str, names: Sequence[str], columns: Sequence[str]) -> None:
    if not any(names):
        raise UnreadableFile(f"{name} is empty. Its first line must name the columns {', '.join(columns)}.")
    missing = [column for column in columns if column not in names]
    if missing:
        told = ", ".join(repr(each[:40]) for each in names[:20])
        raise UnreadableFile(f"{name} has no column {' and no '.join(missing)}. Its first line names {told}.")
    twice = [column for column in columns if names.count(column) > 1]
    if twice:
        raise UnreadableFile(f"{name} has the column {twice[0]} more than once.")
