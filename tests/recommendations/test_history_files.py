"""Reading shops from files: any order of columns, and every bad row told and left out alone."""

import csv
import gzip
from io import StringIO
from pathlib import Path

import pytest

from recommendations.evaluation import Task
from recommendations.history import History
from recommendations.history_files import (
    Findings,
    UnreadableFile,
    open_text,
    read_cases,
    read_catalogue,
    read_history,
    read_products,
    seconds,
)

ORDERS = "order_id,customer_id,ts\n1,ann,2026-01-01T10:00\n2,,2026-01-02T10:00\n3,ann,2026-01-03\n"
LINES = "order_id,product_id\n1,mug\n1,lamp\n2,mug\n3,rug\n"


def read(orders: str = ORDERS, lines: str = LINES, products: str | None = None) -> tuple[History, Findings]:
    return read_history(StringIO(orders), StringIO(lines), None if products is None else StringIO(products))


def faults(found: Findings) -> list[str]:
    return [str(fault) for fault in found.faults]


def test_a_shop_is_read() -> None:
    shop, found = read()
    assert [(order.id, order.customer, order.products) for order in shop.orders] == [
        ("1", "ann", ("mug", "lamp")),
        ("2", "", ("mug",)),
        ("3", "ann", ("rug",)),
    ]
    assert (found.faults, found.notes, dict(found.rows)) == ([], [], {"orders": 3, "lines": 4})


def test_columns_stand_in_any_order_and_others_are_ignored() -> None:
    shop, found = read(
        "country,TS , customer_id,order_id\nTH,2026-01-01T10:00,ann,1\n", "price,product_id,qty,order_id\n3,mug,2,1\n"
    )
    assert shop.orders[0][:2] == ("1", "ann")
    assert shop.orders[0].products == ("mug",)
    assert found.faults == []


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_part_fields_as_well(delimiter: str) -> None:
    shop, _ = read(ORDERS.replace(",", delimiter), LINES)
    assert len(shop) == 3


def test_ids_are_text_to_the_letter() -> None:
    shop, found = read(
        "order_id,customer_id,ts\n007,สมชาย ใจดี,2026-01-01\n7,0012,2026-01-02\n",
        "order_id,product_id\n007,ถ้วย กาแฟ\n7, 0042\n7,1e3\n",
    )
    assert found.faults == []
    assert [order.products for order in shop.orders] == [("ถ้วย กาแฟ",), (" 0042", "1e3")]
    assert [order.customer for order in shop.orders] == ["สมชาย ใจดี", "0012"]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-01T00:01", 60),
        ("2026-01-01 00:01", 60),
        ("2026-01-01T00:01:30", 90),
        ("2026-01-01T00:01:30.5", 90.5),
        ("2026-01-01T00:01Z", 60),
        ("2026-01-01T07:01+07:00", 60),
        ("2026-01-01", 0),
        (" 2026-01-01 ", 0),
    ],
)
def test_times_are_iso_with_or_without_seconds_and_zone(text: str, at: float) -> None:
    assert seconds(text) == seconds("2026-01-01T00:00:00Z") + at


@pytest.mark.parametrize("text", ["", "yesterday", "01/02/2026", "2026-13-01", "1767225600", "2026-01-01T25:00"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="no time"):
        seconds(text)


def test_times_far_away_are_times() -> None:
    assert seconds("9999-12-31T23:59") > seconds("0001-01-01")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (",ann,2026-01-01", "orders, line 2, order_id: it is empty"),
        ("   ,ann,2026-01-01", "orders, line 2, order_id: it is empty"),
        ("9,ann,", "orders, line 2, ts: it is empty"),
        ("9,ann", "orders, line 2, ts: it is empty"),
        ("9", "orders, line 2, ts: it is empty"),
        ("9,ann,soon", "orders, line 2, ts: 'soon' is no time; write it like"),
        ("9,ann,2026-01-01,x", "orders, line 2: it has 4 cells where the header has 3"),
        (f"{'9' * 201},ann,2026-01-01", "orders, line 2, order_id: it is longer than 200"),
    ],
)
def test_a_bad_order_is_left_out_and_told_and_costs_no_other(row: str, told: str) -> None:
    head, *rest = ORDERS.splitlines()
    shop, found = read("\n".join([head, row, *rest]))
    assert [order.id for order in shop.orders] == ["1", "2", "3"]
    assert len(found.faults) == 1
    assert faults(found)[0].startswith(told)
    assert dict(found.left_out) == {"orders": 1}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (",mug", "lines, line 2, order_id: it is empty"),
        ("1,", "lines, line 2, product_id: it is empty"),
        ("8,mug", "lines, line 2, order_id: no usable order is called '8'"),
        ("1,mug,0", "lines, line 2, qty: 0 of a product is no purchase"),
        ("1,mug,-2", "lines, line 2, qty: -2 of a product is no purchase"),
        ("1,mug,many", "lines, line 2, qty: 'many' is no number"),
        ("1,mug,nan", "lines, line 2, qty: 'nan' is no number"),
    ],
)
def test_a_bad_line_is_left_out_and_told_and_costs_no_other(row: str, told: str) -> None:
    shop, found = read(lines=f"order_id,product_id,qty\n{row}\n1,mug,1\n1,lamp,\n2,mug,1\n3,rug,2.5\n")
    assert [order.products for order in shop.orders] == [("mug", "lamp"), ("mug",), ("rug",)]
    assert faults(found) == [told]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (",A mug", "products, line 2, product_id: it is empty"),
        ("mug,A mug,,cheap", "products, line 2, price: 'cheap' is no number"),
        ("mug,A, mug,1,extra", "products, line 2: it has 5 cells where the header has 4; does a text want quotes?"),
    ],
)
def test_a_bad_product_is_left_out_and_told(row: str, told: str) -> None:
    shop, found = read(products=f"product_id,title,category,price\n{row}\nlamp,A lamp,light,12.5\n")
    assert faults(found) == [told]
    assert shop.products["lamp"].title == "A lamp"
    assert (shop.products["lamp"].category, shop.products["lamp"].price_minor) == ("light", 1250)
    assert found.notes == ["2 products were sold that products does not name; they have no title."]


def test_a_price_of_nothing_is_no_price() -> None:
    shop, _ = read(products="product_id,price\nmug,0\nlamp,-1\nrug,\n")
    assert [shop.products[each].price_minor for each in ("mug", "lamp", "rug")] == [None, None, None]


def test_the_last_title_of_a_product_counts() -> None:
    found = Findings()
    known = read_products(StringIO("product_id,title\nmug,Old\nmug,New\n"), found)
    assert known["mug"].title == "New"
    assert found.notes == ["1 products stand in products more than once; the last row counts."]


def test_an_order_that_comes_twice_counts_once() -> None:
    shop, found = read(ORDERS + "1,ann,2026-01-01T10:00\n")
    assert len(shop) == 3
    assert found.faults == []
    assert found.notes == ["1 rows of orders repeat an earlier one word for word and count once."]


def test_an_order_that_comes_again_otherwise_is_told() -> None:
    shop, found = read(ORDERS + "1,bob,2026-01-01T10:00\n")
    assert shop.orders[0].customer == "ann"
    assert faults(found) == ["orders, line 5, order_id: order '1' was there before, with another customer or ts"]


def test_a_product_that_stands_twice_in_an_order_counts_once() -> None:
    shop, found = read(lines=LINES + "1,mug\n")
    assert shop.orders[0].products == ("mug", "lamp")
    assert found.faults == []


def test_orders_without_lines_are_noted() -> None:
    shop, found = read(lines="order_id,product_id\n1,mug\n")
    assert len(shop) == 1
    assert found.notes == ["2 orders have no lines in lines and count for nothing."]


def test_blank_lines_are_no_rows() -> None:
    shop, found = read(ORDERS.replace("\n", "\n\n"))
    assert len(shop) == 3
    assert found.rows["orders"] == 3


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    _, found = read(products='product_id,title\nmug,"two\nlines"\n,\n,no id\n')
    assert faults(found) == ["products, line 5, product_id: it is empty"]


@pytest.mark.parametrize("limit", [131_072, 10_000_000], ids=["as it begins", "as another part set it"])
@pytest.mark.parametrize("rest", ["x" * 200_000, "x\n" * 60_000], ids=["line", "lines"])
def test_a_quote_that_never_ends_costs_no_row_before_it(limit: int, rest: str) -> None:
    before = csv.field_size_limit(limit)
    try:
        shop, found = read(products=f'product_id,title\nmug,A mug\nlamp,"A lamp\n{rest}\njug,A jug,\n,no id\n')
    finally:
        csv.field_size_limit(before)
    assert [shop.products[each].title for each in ("mug", "jug")] == ["A mug", "A jug"]
    told = faults(found)
    assert told[0].startswith("products, line 3: the row cannot be read: it has more than 100,000 characters")
    assert told[-1] == f"products, line {3 + rest.count(chr(10)) + 3}, product_id: it is empty"


@pytest.mark.parametrize(
    ("orders", "told"),
    [
        ("", "orders is empty. Its first line must name the columns order_id, customer_id, ts."),
        ("\n\n", "orders is empty"),
        ("order_id,ts\n", "orders has no column customer_id. Its first line names 'order_id', 'ts'."),
        ("1,ann,2026-01-01\n", "orders has no column order_id and no customer_id and no ts"),
        ("order_id,customer_id,ts,ts\n", "orders has the column ts more than once"),
    ],
)
def test_a_file_that_is_none_of_these_is_told(orders: str, told: str) -> None:
    with pytest.raises(UnreadableFile, match=told.replace(".", r"\.")):
        read(orders)


def test_plain_gzipped_and_marked_files_are_read(tmp_path: Path) -> None:
    for name, data in (
        ("plain.csv", ORDERS.encode()),
        ("packed.csv.gz", gzip.compress(ORDERS.encode())),
        ("packed by another name", gzip.compress(ORDERS.encode())),
        ("marked.csv", b"\xef\xbb\xbf" + ORDERS.encode()),
        ("windows.csv", ORDERS.replace("\n", "\r\n").encode()),
    ):
        (tmp_path / name).write_bytes(data)
        with open_text(tmp_path / name) as orders:
            shop, found = read_history(orders, StringIO(LINES))
        assert (len(shop), found.faults) == (3, []), name


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("order_id,customer_id,ts\n1,Ren\u00e9,2026-01-01\n".encode("latin-1"), "not UTF-8: byte 0xe9"),
        # without the time of its making: the name of a test is the same in all processes that run some of them
        (gzip.compress(ORDERS.encode() * 50, mtime=0)[:-20], "cannot be read to its end"),
        (b"\x1f\x8b" + b"nonsense" * 20, "cannot be read to its end"),
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, data: bytes, told: str) -> None:
    (tmp_path / "orders.csv").write_bytes(data)
    with open_text(tmp_path / "orders.csv") as text, pytest.raises(UnreadableFile, match=told):
        read_history(text, StringIO(LINES))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"no such|cannot be opened"):
        open_text(tmp_path / "none.csv")


def test_cases_keep_their_places_when_one_is_bad() -> None:
    shop, _ = read()
    cases, found = read_cases(StringIO("order_id,hidden_product_id\n1,mug\n9,mug\n1,\n1,lamp\n"), Task.LOO, shop)
    assert [case and case.hidden for case in cases] == ["mug", None, None, "lamp"]
    assert faults(found) == [
        "cases, line 3: there is no order '9'",
        "cases, line 4, hidden_product_id: it is empty",
    ]


def test_cases_of_the_next_order_name_two_orders() -> None:
    shop, _ = read()
    text = "order_id,next_order_id\n1,3\n1,2\n3,1\n1,3,4\n"
    cases, found = read_cases(StringIO(text), Task.NEXT_ANY, shop)
    assert [case and (case.order.id, shop.orders[case.later].id) for case in cases] == [("1", "3"), None, None, None]
    assert [fault.line for fault in found.faults] == [3, 4, 5]


def test_cases_of_another_task_are_told() -> None:
    shop, _ = read()
    with pytest.raises(UnreadableFile, match="no column hidden_product_id"):
        read_cases(StringIO("order_id,next_order_id\n1,3\n"), Task.LOO, shop)


MERGED = """product_id,title,became_id
mug,Old mug,pot
pot,Pot,ชา 2
lamp,Lamp,lamp
ชา 2,Newest,
rug,Rug,gone
a,A,b
b,B,a
"""


def test_what_was_sold_of_a_product_was_sold_of_the_one_that_took_its_place() -> None:
    shop, found = read(lines=LINES + "1,pot\n2,lamp\n", products=MERGED)
    assert [order.products for order in shop.orders] == [("ชา 2", "lamp"), ("ชา 2", "lamp"), ("rug",)]
    assert dict(shop.became) == {"mug": "ชา 2", "pot": "ชา 2"}
    assert list(shop.products) == ["lamp", "ชา 2", "rug", "a", "b"]
    assert found.notes == ["3 products of products became what is not there, or each other, and stay themselves."]
    assert found.faults == []
    cases, of_cases = read_cases(StringIO("order_id,hidden_product_id\n1,mug\n2,mug\n"), Task.LOO, shop)
    assert [case.hidden for case in cases if case] == ["ชา 2", "ชา 2"]
    assert of_cases.faults == []
    assert dict(shop.before(float("inf")).became) == dict(shop.newest(1).became) == dict(shop.became)


def test_a_product_may_become_what_only_its_sales_tell_of() -> None:
    shop, _ = read(products="product_id,became_id\nmug,rug\n")
    assert [order.products for order in shop.orders] == [("rug", "lamp"), ("rug",), ("rug",)]


def test_products_of_a_shop_without_orders_are_merged_too() -> None:
    shop, found = read_catalogue(StringIO(MERGED))
    assert (len(shop), list(shop.products)) == (0, ["lamp", "ชา 2", "rug", "a", "b"])
    assert len(found.notes) == 1


def test_a_name_that_is_too_long_leaves_its_row_out() -> None:
    shop, found = read(products=f"product_id,became_id\nmug,{'x' * 201}\nrug,\n")
    assert faults(found) == ["products, line 2, became_id: it is longer than 200 characters"]
    assert list(shop.products) == ["rug"]
