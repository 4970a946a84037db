"""Orders from a CSV file, as spreadsheets and small shops export them.

Source: RFC 4180 and the convention of docs/csv.md. UTF-8 (a byte order mark is fine), else Windows-1252 with a note;
comma, semicolon or tab, told by the header; column names in any letter case and order; columns we do not know are kept
as metadata of the order. Several rows of one order number are its items and parcels. Cells are text: a formula is never
evaluated, a tracking number keeps its zeros.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tracking.platform.errors import BadPayload
from tracking.shops._base import Place, RowFault, SaidOrder

MAX_BYTES: Final = 50 * 1024 * 1024
MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 100
MAX_CELL: Final = 10_000
MAX_ROWS_OF_ORDER: Final = 500
# broken rows after which a file is not worth reading on: each costs a look at the rest of it
MAX_MENDED: Final = 100

# column -> path in the order; the same for all rows of an order
_OF_ORDER: Final = {
    "order_number": "number",
    "email": "customer.email",
    "phone": "customer.phone",
    "name": "address.name",
    "address1": "address.address1",
    "address2": "address.address2",
    "city": "address.city",
    "region": "address.region",
    "postal_code": "address.postal_code",
    "country": "address.country",
    "language": "language",
    "order_date": "placed_at",
    "promised_date": "promised_latest",
    "send_by": "send_by",
    "currency": "currency",
    "total": "total",
    "sales_channel": "sales_channel",
    "note": "note",
}
_OF_LINE: Final = {
    "sku": "sku",
    "item_name": "title",
    "variant": "variant",
    "quantity": "quantity",
    "unit_price": "unit_price",
    "item_image_url": "image_url",
    "item_url": "url",
}
_OF_PARCEL: Final = {"tracking_number": "number", "carrier": "carrier", "service": "service", "ship_date": "shipped_at"}
_OF_CONSENT: Final = ("sms_consent", "sms_consent_at", "email_consent", "email_consent_at")
# about the destination; carriers that need it find it with the parcel
_OF_EXTRA: Final = ("destination_type",)
_ALIASES: Final = {
    "order": "order_number",
    "order_no": "order_number",
    "order_id": "order_number",
    "tracking": "tracking_number",
    "tracking_no": "tracking_number",
    "zip": "postal_code",
    "postcode": "postal_code",
    "zip_code": "postal_code",
    "state": "region",
    "province": "region",
    "address": "address1",
    "shipping_date": "ship_date",
    "price": "unit_price",
    "locale": "language",
}
COLUMNS: Final = (*_OF_ORDER, *_OF_LINE, *_OF_PARCEL, *_OF_CONSENT, *_OF_EXTRA)


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file, read.

    encoding  "utf-8" or "windows-1252"
    notes     what a person should know, in sentences
    orders    in the order in which they begin
    faults    rows that could not be read at all
    rows      how many rows of data there are
    """

    encoding: str
    delimiter: str
    notes: tuple[str, ...]
    orders: tuple[SaidOrder, ...]
    faults: tuple[RowFault, ...]
    rows: int


@dataclass(slots=True)
class _Row:
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(slots=True)
class _File:
    faults: list[RowFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def parse(data: bytes) -> ParsedFile:
    """Read a file.

    raises  BadPayload if it is too large, not text, empty, or its header lacks order_number
    """
    if len(data) > MAX_BYTES:
        raise BadPayload(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB. Split it.")
    made = _File()
    text, encoding = _decoded(data, made)
    delimiter = _delimiter(text)
    groups: dict[str, list[_Row]] = {}
    rows = 0
    for row in _rows(text, delimiter, made):
        rows += 1
        number = " ".join(row["order_number"].split())
        if not number:
            made.faults.append(RowFault(row.line, "order_number", "Every row needs the number of its order."))
            continue
        groups.setdefault(number, []).append(row)
    orders = tuple(order for key, group in groups.items() if (order := _order(key, group, made)) is not None)
    return ParsedFile(encoding, delimiter, tuple(made.notes), orders, tuple(made.faults), rows)


def _decoded(data: bytes, made: _File) -> tuple[str, str]:
    if b"\x00" in data[:4096]:
        raise BadPayload("This is not a text file. Save the sheet as “CSV UTF-8”.")
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        made.notes.append("The file is not UTF-8; it was read as Windows-1252. Check names with accents.")
        return data.decode("cp1252", errors="replace"), "windows-1252"


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    outside, quoted = [], False
    for c in header[:20_000]:
        quoted ^= c == '"'
        if not quoted:
            outside.append(c)
    bare = "".join(outside)
    return max((",", ";", "\t"), key=bare.count)


def _rows(text: str, delimiter: str, made: _File) -> Iterator[_Row]:
    """The rows of data that fit the header; the others are faults."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_BYTES))
    lines = list(io.StringIO(text, newline=""))
    records = _records(lines, delimiter, made)
    columns = _header(next(records, (1, []))[1], made)
    read = 0
    for line, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        read += 1
        if read > MAX_ROWS:
            made.faults.append(RowFault(line, "", f"There are more than {MAX_ROWS} rows. Split the file here."))
            return
        if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
            reason = f"The row has {len(cells)} cells, the header {len(columns)}. Put cells with a separator in quotes."
            made.faults.append(RowFault(line, "", reason))
            continue
        row = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name and cell.strip()}
        long = next((name for name, cell in row.items() if len(cell) > MAX_CELL), None)
        if long is not None:
            made.faults.append(RowFault(line, long, f"A cell holds {MAX_CELL} characters at most."))
            continue
        yield _Row(line, row)


def _records(lines: list[str], delimiter: str, made: _File) -> Iterator[tuple[int, list[str]]]:
    """Each record and the line it begins on. One that cannot be read costs its first line, not those after it."""
    start, mended = 0, 0
    while start < len(lines):
        reader = csv.reader(lines[start:], delimiter=delimiter, strict=True)
        begins = start
        try:
            for cells in reader:
                yield begins + 1, cells
                begins = start + reader.line_num
            return
        except csv.Error:
            reason = "A quotation mark is never closed, or stands in the wrong place."
            made.faults.append(RowFault(begins + 1, "", reason, "bad_csv"))
            start, mended = begins + 1, mended + 1
            if mended >= MAX_MENDED:
                made.faults.append(
                    RowFault(start + 1, "", "Too many rows are broken; reading stopped here.", "bad_csv")
                )
                return


def _header(header: list[str], made: _File) -> list[str]:
    columns = [_column(cell) for cell in header]
    while columns and not columns[-1]:
        columns.pop()
    if "order_number" not in columns:
        raise BadPayload("The first line must name the columns, order_number among them.")
    if len(columns) > MAX_COLUMNS:
        raise BadPayload(f"The file has more than {MAX_COLUMNS} columns.")
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise BadPayload(f"These columns are there twice: {', '.join(twice)[:200]}.")
    unknown = [name for name in columns if name and name not in COLUMNS]
    if unknown:
        made.notes.append(f"Columns kept as metadata: {', '.join(unknown)[:300]}.")
    return columns


def _column(cell: str) -> str:
    name = "_".join(cell.strip().strip("\ufeff").casefold().replace("-", " ").replace("_", " ").split())
    return _ALIASES.get(name, name)


def _order(number: str, rows: list[_Row], made: _File) -> SaidOrder | None:
    if len(rows) > MAX_ROWS_OF_ORDER:
        made.faults.append(RowFault(rows[0].line, "order_number", f"An order has {MAX_ROWS_OF_ORDER} rows at most."))
        return None
    body: dict[str, Any] = {"is_part": True}
    places: dict[str, Place] = {}
    for column, path in _OF_ORDER.items():
        found = _agreed(column, rows, made, number)
        if found is False:
            return None
        if isinstance(found, _Row):
            _put(body, path, found[column])
            places[path] = Place(found.line, column)
    if "customer" in body and body.get("address", {}).get("name"):
        body["customer"]["name"] = body["address"]["name"]
    _consents(rows, body, places)
    _metadata(rows, body, places)
    if not _items(rows, body, places, made):
        return None
    return SaidOrder(number, body, places, tuple(row.line for row in rows))


def _agreed(column: str, rows: list[_Row], made: _File, number: str) -> "_Row | bool | None":
    """The row that says it first; None if none does; False if two rows contradict each other, which is a fault."""
    saying = [row for row in rows if row[column]]
    for row in saying[1:]:
        if " ".join(row[column].split()) != " ".join(saying[0][column].split()):
            made.faults.append(
                RowFault(
                    row.line,
                    column,
                    f"Line {saying[0].line} says something else for order {number[:40]}. "
                    "All rows of an order must agree.",
                    "contradiction",
                )
            )
            return False
    return saying[0] if saying else None


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        body = body.setdefault(parent, {})
    body[name] = value


def _consents(rows: list[_Row], body: dict[str, Any], places: dict[str, Place]) -> None:
    # the address that marketing needs a yes for is email; SMS need one for news of the parcel
    for channel, purpose in (("sms", "transactional"), ("email", "marketing")):
        row = next((row for row in rows if row[f"{channel}_consent"]), None)
        if row is None:
            continue
        consents = body.setdefault("consents", [])
        at = f"consents.{len(consents)}"
        said = {"channel": channel, "purpose": purpose, "granted": row[f"{channel}_consent"]}
        places[f"{at}.granted"] = Place(row.line, f"{channel}_consent")
        if row[f"{channel}_consent_at"]:
            said["at"] = row[f"{channel}_consent_at"]
            places[f"{at}.at"] = Place(row.line, f"{channel}_consent_at")
        consents.append(said)


def _metadata(rows: list[_Row], body: dict[str, Any], places: dict[str, Place]) -> None:
    metadata: dict[str, str] = {}
    for row in rows:
        for column, cell in row.cells.items():
            if column not in COLUMNS and column:
                metadata.setdefault(column, cell)
                places.setdefault("metadata", Place(row.line, column))
    if metadata:
        body["metadata"] = metadata


def _items(rows: list[_Row], body: dict[str, Any], places: dict[str, Place], made: _File) -> bool:
    """Lines and parcels. False, with a fault, if rows contradict each other."""
    lines: dict[str, dict[str, Any]] = {}
    parcels: dict[tuple[str, str], dict[str, Any]] = {}
    seen: dict[tuple[tuple[str, str], ...], int] = {}
    packed: dict[tuple[str, str, str], _Row] = {}
    for row in rows:
        before = seen.setdefault(tuple(sorted(row.cells.items())), row.line)
        if before != row.line:
            made.notes.append(f"Line {row.line} repeats line {before} and counts once.")
            continue
        ref = row["sku"] or row["item_name"][:120]
        number = row["tracking_number"]
        parcel = _parcel(row, parcels, places) if number else None
        if not ref:
            continue
        key = (ref, number, row["carrier"])
        if key in packed:
            made.faults.append(
                RowFault(
                    row.line,
                    "sku" if row["sku"] else "item_name",
                    f"Line {packed[key].line} has the same item in the same parcel. Add the quantities up.",
                    "contradiction",
                )
            )
            return False
        packed[key] = row
        quantity = _whole(row["quantity"])
        _line(row, ref, quantity, lines, places)
        if parcel is not None:
            # a quantity that is none is a fault of its line, and told once
            pieces = quantity if isinstance(quantity, int) else 1
            parcel.setdefault("lines", []).append({"ref": ref, "quantity": pieces})
    if lines:
        body["lines"] = list(lines.values())
    if parcels:
        body["shipments"] = list(parcels.values())
    return True


def _line(row: _Row, ref: str, quantity: int | str, lines: dict[str, dict[str, Any]], places: dict[str, Place]) -> None:
    line = lines.get(ref)
    if line is None:
        at = f"lines.{len(lines)}"
        line = lines[ref] = {"ref": ref, "quantity": quantity}
        places[f"{at}.quantity"] = Place(row.line, "quantity")
        places[f"{at}.ref"] = Place(row.line, "sku" if row["sku"] else "item_name")
    elif isinstance(line["quantity"], int) and isinstance(quantity, int):
        # the same item in another parcel, or still to be sent
        line["quantity"] += quantity
    else:
        line["quantity"] = row["quantity"] if isinstance(quantity, str) else line["quantity"]
    at = f"lines.{list(lines).index(ref)}"
    for column, name in _OF_LINE.items():
        if row[column] and name not in line:
            line[name] = row[column]
            places[f"{at}.{name}"] = Place(row.line, column)


def _parcel(row: _Row, parcels: dict[tuple[str, str], dict[str, Any]], places: dict[str, Place]) -> dict[str, Any]:
    key = (row["tracking_number"], row["carrier"])
    parcel = parcels.setdefault(key, {})
    at = f"shipments.{list(parcels).index(key)}"
    for column, name in _OF_PARCEL.items():
        if row[column] and name not in parcel:
            parcel[name] = row[column]
        places.setdefault(f"{at}.{name}", Place(row.line, column))
    if row["destination_type"]:
        parcel.setdefault("extra", {})["destination_type"] = row["destination_type"]
    places.setdefault(at, Place(row.line, "tracking_number"))
    return parcel


def _whole(cell: str) -> int | str:
    """The quantity if it is a plain one, so that it can be added up; else the cell, for its fault to be found later."""
    if not cell:
        return 1
    return int(cell) if cell.isascii() and cell.isdigit() and len(cell) <= 6 else cell
