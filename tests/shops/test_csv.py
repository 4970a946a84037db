"""What a file says, row by row, and how bad files are told from good ones."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.platform.errors import BadPayload
from tracking.shops import csv
from tracking.shops._base import Place
from tracking.shops.csv import ParsedFile, parse

SAMPLE = Path(__file__).parents[1] / "samples" / "csv" / "orders.csv"


def read(text: str, encoding: str = "utf-8") -> ParsedFile:
    return parse(text.encode(encoding))


def test_rows_of_one_number_are_one_order() -> None:
    parsed = parse(SAMPLE.read_bytes())
    assert (parsed.encoding, parsed.delimiter, parsed.rows, parsed.faults) == ("utf-8", ",", 3, ())
    first, second = parsed.orders
    assert first.body["number"] == "2001"
    assert [(line["ref"], line["title"], line["quantity"]) for line in first.body["lines"]] == [
        ("PACK-20", "Tarn daypack, 20 l", 1),
        ("CUP-1", 'Cup "Fell"', 2),
    ]
    assert first.body["shipments"] == [
        {
            "number": "1Z999AA10123456784",
            "carrier": "UPS",
            "shipped_at": "2026-11-21",
            "lines": [{"ref": "PACK-20", "quantity": 1}, {"ref": "CUP-1", "quantity": 2}],
        }
    ]
    assert first.body["consents"] == [
        {"channel": "sms", "purpose": "transactional", "granted": "yes", "at": "2026-11-20T10:00:00Z"}
    ]
    assert first.body["metadata"] == {"gift": "no"}
    assert "carrier" not in second.body["shipments"][0]
    assert second.place_of("lines.0.unit_price") == Place(4, "unit_price")
    assert any("gift" in note for note in parsed.notes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_byte_order_mark_is_no_part_of_the_header(encoding: str) -> None:
    parsed = read("order_number,name\n1,Zoé\n", encoding)
    assert parsed.orders[0].body["address"]["name"] == "Zoé"
    assert parsed.notes == ()


def test_windows_1252_is_read_with_a_note() -> None:
    parsed = read("order_number;name\r\n1;Zoé – “Chez”\r\n", "cp1252")
    assert parsed.encoding == "windows-1252"
    assert parsed.orders[0].body["address"]["name"] == "Zoé – “Chez”"
    assert "Windows-1252" in parsed.notes[0]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_separator_is_told_by_the_header(mark: str) -> None:
    parsed = read(f"Order Number{mark}Item-Name{mark}QUANTITY\n1{mark}a,b;c{mark}2\n".replace("a,b;c", '"a,b;c"'))
    assert parsed.orders[0].body["lines"] == [{"ref": "a,b;c", "quantity": 2, "title": "a,b;c"}]


def test_formulas_stay_text() -> None:
    cell = '=HYPERLINK(""http://evil.example"",""x"")'
    parsed = read(f'order_number,note\n1,"{cell}"\n')
    assert parsed.orders[0].body["note"] == '=HYPERLINK("http://evil.example","x")'


def test_same_item_in_two_parcels_is_one_line() -> None:
    parsed = read("order_number,sku,quantity,tracking_number\n1,A,2,N1\n1,A,1,N2\n1,A,3,\n")
    body = parsed.orders[0].body
    assert body["lines"] == [{"ref": "A", "quantity": 6, "sku": "A"}]
    assert [parcel["lines"] for parcel in body["shipments"]] == [
        [{"ref": "A", "quantity": 2}],
        [{"ref": "A", "quantity": 1}],
    ]


def test_repeated_row_counts_once() -> None:
    parsed = read("order_number,sku,quantity\n1,A,2\n1,A,2\n")
    assert parsed.orders[0].body["lines"][0]["quantity"] == 2
    assert "repeats line 2" in parsed.notes[0]


def test_contradicting_rows_are_a_fault_of_the_second() -> None:
    parsed = read("order_number,city,sku\n1,Kendal,A\n1,Keswick,B\n2,Kendal,A\n")
    assert [(fault.line, fault.column, fault.code) for fault in parsed.faults] == [(3, "city", "contradiction")]
    assert [order.key for order in parsed.orders] == ["2"]


def test_rows_that_do_not_fit_cost_no_other() -> None:
    parsed = read('order_number,note\n1,a\n,b\n2,c,d,e\n3,"x"y\n4,ok\n\n5,"two\nlines"\n6,z\n')
    assert [order.key for order in parsed.orders] == ["1", "4", "5", "6"]
    assert [(fault.line, fault.column) for fault in parsed.faults] == [(3, "order_number"), (4, ""), (5, "")]
    assert parsed.orders[3].lines == (10,)


def test_quotation_mark_that_is_never_closed_costs_its_row_only() -> None:
    parsed = read('order_number,note\n1,a\n2,"b\n3,c\n4,d\n')
    assert [order.key for order in parsed.orders] == ["1", "3", "4"]
    assert [fault.line for fault in parsed.faults] == [3]


def test_file_full_of_broken_rows_is_given_up() -> None:
    parsed = read("order_number,note\n" + '1,"x"y\n' * 20_000)
    assert len(parsed.faults) == csv.MAX_MENDED + 1
    assert "stopped" in parsed.faults[-1].reason


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "order_number"),
        (b"a,b\n1,2\n", "order_number"),
        (b"PK\x03\x04\x00\x00", "text file"),
        (b"order_number,a,A\n1,2,3\n", "twice"),
        ("order_number".encode("utf-16"), "text file"),
        (b"order_number," + b",".join(b"c%d" % n for n in range(200)) + b"\n", "columns"),
        (b'"order_number\n1\n', "order_number"),
    ],
    ids=["empty", "no key", "a zip file", "twice", "UTF-16", "wide", "open quote"],
)
def test_unfit_file_is_refused_whole(data: bytes, word: str) -> None:
    with pytest.raises(BadPayload, match=word):
        parse(data)


def test_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "MAX_BYTES", 30)
    with pytest.raises(BadPayload, match="larger"):
        read("order_number,note\n1,aaaaaaaaaaaaaaaaaaaaaa\n")


def test_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "MAX_ROWS", 3)
    parsed = read("order_number\n1\n2\n3\n4\n5\n")
    assert [order.key for order in parsed.orders] == ["1", "2", "3"]
    assert [fault.line for fault in parsed.faults] == [5]


def test_rows_of_an_order_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "MAX_ROWS_OF_ORDER", 2)
    parsed = read("order_number,sku\n1,A\n1,B\n1,C\n2,A\n")
    assert [order.key for order in parsed.orders] == ["2"]
    assert "2 rows at most" in parsed.faults[0].reason


def test_long_cell_is_a_fault() -> None:
    parsed = read(f"order_number,note\n1,{'x' * 10_001}\n2,y\n")
    assert [(fault.line, fault.column) for fault in parsed.faults] == [(2, "note")]
    assert [order.key for order in parsed.orders] == ["2"]


def test_ten_thousand_rows_are_read() -> None:
    rows = "".join(f"{n // 2},S{n % 2},Item,1,9.99,1Z999AA1{n // 2:010d},ups,c{n}@example.com\n" for n in range(10_000))
    parsed = read("order_number,sku,item_name,quantity,unit_price,tracking_number,carrier,ref\n" + rows)
    assert (parsed.rows, len(parsed.orders), parsed.faults) == (10_000, 5_000, ())


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for content in (data, b"order_number,sku,quantity,tracking_number\n" + data):
        try:
            parsed = parse(content)
        except BadPayload:
            continue
        assert parsed.rows >= len(parsed.orders)
        assert all(order.key and order.body["number"] for order in parsed.orders)
