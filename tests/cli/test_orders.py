"""`waypost orders import`: good rows in, bad rows told, again and again."""

import json
from pathlib import Path

from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from tests.cli.conftest import Waypost
from tracking.models import Audit, Consent, Message, Order, Shipment, Store

SAMPLE = Path(__file__).parents[1] / "samples" / "csv" / "orders.csv"


def test_file_is_taken_in_and_is_safe_to_repeat(waypost: Waypost, store: Store, session: Session) -> None:
    first = waypost("orders", "import", str(SAMPLE), "--store", "fell", "--json")
    assert first.exit_code == 0, first.output
    report = json.loads(first.stdout)
    assert {key: report[key] for key in ("rows", "orders", "created", "failed", "new_shipments", "faults")} == {
        "rows": 3,
        "orders": 2,
        "created": 2,
        "failed": 0,
        "new_shipments": 2,
        "faults": [],
    }
    counts = [session.scalar(select(func.count()).select_from(kind)) for kind in (Order, Shipment, Message, Consent)]
    session.rollback()
    again = json.loads(waypost("orders", "import", str(SAMPLE), "--store", "fell", "--json").stdout)
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 2)
    assert counts == [
        session.scalar(select(func.count()).select_from(kind)) for kind in (Order, Shipment, Message, Consent)
    ]
    order = session.scalars(select(Order).where(Order.number == "2002")).one()
    assert (order.phone, order.time_zone, order.locale) == ("+33612345678", "Europe/Paris", "fr")
    assert order.shipments[0].carrier == "la-poste"
    assert session.scalars(select(Audit.action)).all() == ["orders.imported"]


def test_bad_rows_are_told_with_line_column_and_reason(
    waypost: Waypost, store: Store, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "order_number;email;tracking_number;carrier;sku;quantity;unit_price;currency;country\n"
        "1;jo@example.com;1Z999AA10123456784;ups;A;1;39,90;EUR;FR\n"
        "2;not an address;9.4E+21;ups;A;1;39,90;EUR;FR\n"
        "3;al@example.com;1234567890;Royal Mule;A;none;39,90;EURO;FR\n"
        ";x@example.com;;;;;;;\n"
        "4;zo@example.com;;;A;1;39,90;EUR;FR\n",
        encoding="cp1252",
    )
    result = waypost("orders", "import", str(file), "--store", "fell", "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["created"], report["failed"]) == (2, 2)
    assert [(fault["line"], fault["column"]) for fault in report["faults"]] == [
        (3, "email"),
        (3, "tracking_number"),
        (4, "carrier"),
        (4, "currency"),
        (4, "quantity"),
        (5, "order_number"),
    ]
    assert "spreadsheet" in report["faults"][1]["reason"]
    assert session.scalars(select(Order.number).order_by(Order.number)).all() == ["1", "4"]
    session.rollback()
    words = waypost("orders", "import", str(file), "--store", "fell")
    assert "Line 4, carrier: No carrier is called “Royal Mule”." in words.stdout
    assert "2 known already, 2 left out" in words.stdout


def test_dry_run_changes_nothing(waypost: Waypost, store: Store, session: Session) -> None:
    report = json.loads(waypost("orders", "import", str(SAMPLE), "--store", "fell", "--dry-run", "--json").stdout)
    assert (report["created"], report["dry_run"]) == (2, True)
    assert session.scalar(select(func.count()).select_from(Order)) == 0


def test_order_that_contradicts_what_is_stored_costs_no_other(
    waypost: Waypost, store: Store, session: Session, tmp_path: Path
) -> None:
    head = "order_number,sku,quantity,tracking_number,carrier,promised_date\n"
    file = tmp_path / "orders.csv"
    file.write_text(head + "1,A,1,1Z999AA10123456784,ups,2026-12-01\n2,B,1,1Z999AA10123456785,ups,\n")
    assert waypost("orders", "import", str(file), "--store", "fell").exit_code == 0
    file.write_text(head + "1,A,1,9.4E+21,usps,\n3,C,2,1Z999AA10123456786,ups,\n")
    report = json.loads(waypost("orders", "import", str(file), "--store", "fell", "--json").stdout)
    assert (report["created"], report["failed"], report["faults"][0]["line"]) == (1, 1, 2)
    assert session.scalar(select(func.count()).select_from(Order)) == 3


def test_file_that_is_none_is_refused(waypost: Waypost, store: Store, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(b"PK\x03\x04\x00\x00")
    result = waypost("orders", "import", str(file), "--store", "fell")
    assert result.exit_code == 1
    assert "not a text file" in str(result.exception) + result.output
    assert waypost("orders", "import", str(file)).exit_code == 2
    assert waypost("orders", "import", "/does/not/exist.csv", "--store", "fell").exit_code == 2


def test_unknown_store_is_told(waypost: Waypost, store: Store) -> None:
    result = waypost("orders", "import", str(SAMPLE), "--store", "nope")
    assert result.exit_code == 1
    assert "Known: fell" in str(result.exception) + result.output


def test_orders_cost_as_many_statements_however_many_there_are(
    waypost: Waypost, store: Store, session: Session, tmp_path: Path
) -> None:
    def taken(start: int, end: int) -> int:
        file = tmp_path / f"{start}.csv"
        lines = [f"{n},S{n % 7},1,1Z999AA1{n:010d},ups,c{n % 50}@example.com" for n in range(start, end)]
        file.write_text("order_number,sku,quantity,tracking_number,carrier,email\n" + "\n".join(lines) + "\n")
        statements: list[str] = []

        def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            statements.append(statement)

        event.listen(Engine, "before_cursor_execute", count)
        try:
            assert waypost("orders", "import", str(file), "--store", "fell").exit_code == 0
        finally:
            event.remove(Engine, "before_cursor_execute", count)
        return len(statements)

    taken(0, 60)
    first, later = taken(60, 90), taken(90, 120)
    assert session.scalar(select(func.count()).select_from(Order)) == 120
    assert later <= first + 2
    assert first < 30 * 40
