"""Orders as columns: whatever comes in, once each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations import Line, Orders
from recommendations.ids import Ids
from tests.recommendations.shop import NOW

name = st.sampled_from(["", "mug", "a b", "ชา เขียว", "\ud800", "é", "0"])
rows = st.lists(st.builds(Line, name, name, st.sampled_from([NOW - 9.0, NOW, NOW + 9.0]), name), max_size=25)


def told(orders: Orders) -> list[tuple[int, bool, float, list[str]]]:
    """Each order: its buyer, whether that is a customer, its time and products."""
    found: list[tuple[int, bool, float, list[str]]] = [
        (int(buyer), bool(known), float(at), [])
        for buyer, known, at in zip(orders.buyer, orders.known, orders.placed_at, strict=True)
    ]
    for order, product in zip(orders.line_order.tolist(), orders.line_product.tolist(), strict=True):
        found[order][3].append(orders.products[product])
    return found


def of(*lines: tuple[str, str, float, str], **more: object) -> list[tuple[int, bool, float, list[str]]]:
    """The orders of these lines."""
    return told(Orders.from_lines(lines, **more))  # type: ignore[arg-type]


@given(lines=rows)
def test_columns_say_what_the_lines_said(lines: list[Line]) -> None:
    orders = Orders.from_lines(lines)
    names = sorted({line.order for line in lines})
    found = told(orders)
    assert len(orders) == len(names) == len(found)
    for order, (buyer, known, at, products) in zip(names, found, strict=True):
        own = [line for line in lines if line.order == order]
        customer = max(line.customer for line in own)
        assert known == bool(customer)
        assert at == min(line.placed_at for line in own)
        assert sorted(products) == sorted({line.product for line in own})
        same = {
            other
            for other in names
            if other == order or (customer and max(line.customer for line in lines if line.order == other) == customer)
        }
        assert {other for other, (number, *_) in zip(names, found, strict=True) if number == buyer} == same


@given(lines=rows, seed=st.randoms())
def test_the_order_and_the_number_of_the_lines_do_not_matter(lines: list[Line], seed: object) -> None:
    more = [*lines, *lines]
    seed.shuffle(more)  # type: ignore[attr-defined]
    assert of(*more) == of(*lines)


def test_no_orders_are_columns_of_nothing() -> None:
    orders = Orders.from_lines([])
    assert (len(orders), len(orders.products), orders.sizes().tolist()) == (0, 0, [])


def test_an_order_that_comes_twice_is_one_order() -> None:
    assert of(("1", "ann", NOW, "mug"), ("1", "", NOW - 5, "tea"), ("1", "ann", NOW, "mug")) == [
        (0, True, NOW - 5, ["mug", "tea"])
    ]


def test_every_guest_is_somebody_else() -> None:
    (one, *_), (two, *_), (three, *_) = of(("1", "", NOW, "mug"), ("2", "", NOW, "mug"), ("3", "ann", NOW, "mug"))
    assert len({one, two, three}) == 3


@pytest.mark.parametrize("time", [float("nan"), float("inf"), float("-inf")])
def test_a_time_that_is_none_is_refused_and_names_the_order(time: float) -> None:
    with pytest.raises(ValueError, match=r"order 'R 7' has no usable time: -?(nan|inf)"):
        Orders.from_lines([("1", "ann", NOW, "mug"), ("R 7", "ann", time, "tea")])


def test_sizes_count_each_product_once() -> None:
    orders = Orders.from_lines([("1", "", NOW, p) for p in ("mug", "tea", "mug")] + [("2", "", NOW, "mug")])
    assert orders.sizes().tolist() == [2, 1]


def test_chosen_orders_keep_their_lines_and_the_numbers_of_products() -> None:
    orders = Orders.from_lines([("1", "a", 1.0, "mug"), ("2", "b", 2.0, "tea"), ("3", "a", 3.0, "jam")])
    kept = orders.only(np.array([False, True, True]))
    assert list(kept.products) == ["jam", "mug", "tea"]
    assert told(kept) == [(1, True, 2.0, ["tea"]), (0, True, 3.0, ["jam"])]


def test_beside_more_products_the_orders_are_the_same() -> None:
    orders = Orders.from_lines([("1", "a", 1.0, "mug"), ("1", "a", 1.0, "tea")])
    more = orders.beside(Ids.of(["mug", "tea", "apple", "pan"]))
    assert list(more.products) == ["apple", "mug", "pan", "tea"]
    assert told(more) == told(orders)


def test_what_was_sold_of_a_merged_product_was_sold_of_what_it_became() -> None:
    orders = of(("1", "", NOW, "old mug"), ("2", "", NOW, "mug"), aliases={"old mug": "mug", "never sold": "tea"})
    assert [products for *_, products in orders] == [["mug"], ["mug"]]


def test_a_product_merged_again_and_again_counts_for_the_last() -> None:
    aliases = {"b": "c", "a": "b", "c": "ชา เขียว"}
    orders = Orders.from_lines([(str(n), "", NOW, p) for n, p in enumerate("abcd")], aliases=aliases)
    assert [products for *_, products in told(orders)] == [["ชา เขียว"]] * 3 + [["d"]]
    assert list(orders.products) == ["d", "ชา เขียว"]


def test_two_products_of_an_order_that_became_one_are_there_once() -> None:
    lines = [("1", "", NOW, "red mug"), ("1", "", NOW, "blue mug"), ("1", "", NOW, "tea")]
    orders = Orders.from_lines(lines, aliases={"red mug": "mug", "blue mug": "mug"})
    assert told(orders)[0][3] == ["mug", "tea"]
    assert orders.sizes().tolist() == [2]


@pytest.mark.parametrize(
    ("aliases", "circle"),
    [({"a": "a"}, "'a' → 'a'"), ({"x": "y", "y": "z", "z": "y"}, "'y' → 'z' → 'y'"), ({"b": "a", "a": "b"}, "'a'")],
)
def test_products_that_became_each_other_are_refused_whether_sold_or_not(aliases: dict[str, str], circle: str) -> None:
    with pytest.raises(ValueError, match=f"in a circle: .*{circle}"):
        Orders.from_lines([], aliases=aliases)


def test_a_long_chain_of_merges_is_followed_to_its_end() -> None:
    aliases = {str(n): str(n + 1) for n in range(20_000)}
    assert [products for *_, products in of(("1", "", NOW, "0"), aliases=aliases)] == [["20000"]]
