"""The two linear models against their definitions, written out in plain numpy."""

import math
from collections import Counter

import numpy as np
import pytest

from recommendations import Orders
from recommendations.linear import (
    CUSTOMER_ORDERS,
    OLDER,
    OLDEST,
    SHORT,
    SHRINK,
    Dense,
    Entries,
    dense_products,
    fair_share,
    fit_later,
    fit_within,
    order_weights,
    outside,
    shares,
    strongest,
)
from tests.recommendations.shop import DAY_S, NOW, Past, lines

ALL = np.arange(6)


def weighed(orders: Orders) -> np.ndarray:
    """Its orders' weights now, to a shop of short memory."""
    return order_weights(orders, NOW, SHORT.half_life_s)


def fit_later_of(orders: Orders, kept: np.ndarray) -> np.ndarray | None:
    """What comes later, by those weights."""
    return fit_later(orders, weighed(orders), kept)


def some_shop(seed: int, orders: int = 40, products: int = 6) -> Orders:
    """Random orders of four customers and of guests, of `products` products that all were sold."""
    random = np.random.default_rng(seed)
    past: list[Past] = [("", 1.0, [f"p{product}" for product in range(products)])]
    for number in range(orders):
        bought = random.choice(products, random.integers(1, products), replace=False)
        # every order at a time of its own
        days_ago = float(random.uniform(0, 300)) + number / 1000
        past.append((str(random.choice(["", "ann", "bob", "cid", "dee"])), days_ago, [f"p{p}" for p in bought]))
    return Orders.from_lines(lines(past))


def has(orders: Orders) -> np.ndarray:
    """Orders × products: 1 where one holds the other."""
    table = np.zeros((len(orders), len(orders.products)))
    table[orders.line_order, orders.line_product] = 1
    return table


def at(entries: Entries, n: int) -> dict[tuple[int, int], float]:
    """Entries by row and column."""
    assert np.all(np.diff(entries.key) > 0)
    return {divmod(key, n): value for key, value in zip(entries.key.tolist(), entries.value.tolist(), strict=True)}


def test_a_new_small_order_of_a_customer_counts_fully() -> None:
    orders = Orders.from_lines(lines([("ann", 0, ["mug"])]))
    assert weighed(orders).tolist() == [1.0]


def test_an_order_counts_less_when_old_and_when_large() -> None:
    half_life_d = SHORT.half_life_s / DAY_S
    orders = Orders.from_lines(lines([("a", half_life_d, ["mug"]), ("b", 0, ["mug", "tea", "jam", "pan"])]))
    assert weighed(orders) == pytest.approx([0.5, 0.5])


def test_an_order_of_the_future_counts_as_placed_now() -> None:
    orders = Orders.from_lines(lines([("a", -4000, ["mug"]), ("b", 0, ["mug"])]))
    assert weighed(orders).tolist() == [1.0, 1.0]


def fair(orders: Orders) -> np.ndarray:
    """What each order counts beside others of its buyer, one by one."""
    placed = Counter(orders.buyer.tolist())
    most = min(CUSTOMER_ORDERS, math.sqrt(len(placed)))
    return np.array([min(1.0, most / placed[buyer]) for buyer in orders.buyer.tolist()])


@pytest.mark.parametrize(("guests", "most"), [(CUSTOMER_ORDERS**2, CUSTOMER_ORDERS), (98, 10), (7, 3)])
def test_all_orders_of_one_customer_count_as_so_many_and_those_of_guests_each(guests: int, most: int) -> None:
    past: list[Past] = [("trader", 0, ["mug"])] * (most * 4)
    past += [("ann", 0, ["mug"])] * most + [("", 0, ["mug"])] * guests
    weights = weighed(Orders.from_lines(lines(past)))
    by_weight = sorted(weights.tolist())
    assert by_weight[: most * 4] == pytest.approx([0.25] * most * 4)
    assert by_weight[most * 4 :] == [1.0] * (most + guests)


@pytest.mark.parametrize("seed", range(4))
def test_the_orders_of_each_buyer_share_what_a_buyer_may_count(seed: int) -> None:
    orders = some_shop(seed)
    assert fair_share(orders) == pytest.approx(fair(orders))
    assert fair(orders).min() < 1
    age = (NOW - orders.placed_at) / SHORT.half_life_s
    size = has(orders).sum(axis=1)
    assert weighed(orders) == pytest.approx(fair(orders) * 0.5**age / np.sqrt(size))


def test_a_shop_without_orders_has_nothing_to_share() -> None:
    empty = Orders.from_lines([])
    assert len(fair_share(empty)) == len(weighed(empty)) == len(shares(empty, np.zeros(0, np.int64))) == 0


@pytest.mark.parametrize("rows", [4, 512])
@pytest.mark.parametrize("seed", range(3))
def test_a_share_is_of_the_orders_that_hold_the_first(seed: int, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommendations.linear.ROWS", rows)
    orders = some_shop(seed, orders=12)
    table, counts = has(orders), fair(orders)
    expected = {
        (one, other): sum(counts * table[:, one] * table[:, other]) / (sum(counts * table[:, one]) + SHRINK)
        if one != other
        else 0.0
        for one in range(6)
        for other in range(6)
    }
    key = np.arange(36)[np.random.default_rng(seed).random(36) < 0.7]
    found = shares(orders, key)
    assert found == pytest.approx([expected[divmod(one, 6)] for one in key.tolist()], abs=1e-6)
    assert 0 <= found.min() < 0.2 < found.max() < 1


def test_an_order_of_long_ago_still_counts_for_something() -> None:
    orders = Orders.from_lines([("1", "a", -62_135_596_800.0, "mug"), ("2", "b", NOW, "mug")])
    assert weighed(orders).min() > 0


def test_the_products_solved_together_are_those_most_bought_lately() -> None:
    recent = np.array([0.5, 3.0, 0.0, 3.0, 1.0])
    assert dense_products(recent, 2).tolist() == [1, 3]
    assert dense_products(recent, 3).tolist() == [1, 3, 4]
    assert dense_products(recent, 9).tolist() == [0, 1, 2, 3, 4]
    # of equal ones the first
    assert dense_products(np.ones(5), 2).tolist() == [0, 1]


@pytest.mark.parametrize("seed", range(4))
def test_within_one_order_is_the_closed_form_of_ease(seed: int) -> None:
    orders, ridge = some_shop(seed), 4.0
    weights = weighed(orders)
    table = has(orders)
    inverse = np.linalg.inv(table.T @ np.diag(weights) @ table + ridge * np.eye(6))
    expected = -inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(expected, 0)
    assert fit_within(orders, weights, ALL, ridge) == pytest.approx(expected, abs=1e-4)


def test_each_product_is_explained_by_the_others_as_a_ridge_regression_would() -> None:
    orders, ridge = some_shop(7), 2.0
    weights = weighed(orders)
    found, table = fit_within(orders, weights, ALL, ridge), has(orders)
    for product in range(6):
        others = np.delete(ALL, product)
        rows, wanted = table[:, others], table[:, product]
        solved = np.linalg.solve(rows.T @ (weights[:, None] * rows) + ridge * np.eye(5), rows.T @ (weights * wanted))
        assert found[others, product] == pytest.approx(solved, abs=1e-4)


def test_products_that_are_not_kept_have_no_part_in_it() -> None:
    orders = some_shop(3)
    weights, kept = weighed(orders), np.array([1, 2, 5])
    table = has(orders)[:, kept]
    inverse = np.linalg.inv(table.T @ (weights[:, None] * table) + 4.0 * np.eye(3))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    assert fit_within(orders, weights, kept, 4.0) == pytest.approx(expected, abs=1e-4)


def test_matrices_of_more_rows_than_are_worked_on_at_once_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = some_shop(2)
    weights = weighed(orders)
    whole = fit_within(orders, weights, ALL, 4.0), fit_later(orders, weighed(orders), ALL)
    monkeypatch.setattr("recommendations.linear.ROWS", 4)
    parts = fit_within(orders, weights, ALL, 4.0), fit_later(orders, weighed(orders), ALL)
    assert parts[0] == pytest.approx(whole[0], abs=1e-5)
    assert parts[1] == pytest.approx(whole[1], abs=1e-5)


def had_before(orders: Orders) -> tuple[np.ndarray, np.ndarray]:
    """Of each order what its customer had, the nearer the more; and whether they had anything."""
    table, had = has(orders), np.zeros((len(orders), len(orders.products)))
    came_back = np.zeros(len(orders), bool)
    for order in range(len(orders)):
        before = [
            other
            for other in range(len(orders))
            if orders.known[order]
            and orders.buyer[other] == orders.buyer[order]
            and orders.placed_at[other] < orders.placed_at[order]
        ]
        before.sort(key=lambda other: -orders.placed_at[other])
        for back, other in enumerate(before[:OLDEST]):
            had[order] += OLDER**back * table[other]
        came_back[order] = bool(before)
    return had, came_back


@pytest.mark.parametrize("seed", range(4))
def test_what_follows_is_a_ridge_regression_on_what_was_had(seed: int) -> None:
    orders, ridge = some_shop(seed, orders=70), 5.0
    had, came_back = had_before(orders)
    assert had.max() > 2 * OLDER
    had, took = had[came_back], has(orders)[came_back]
    age = (NOW - orders.placed_at[came_back]) / SHORT.half_life_s
    weights = fair(orders)[came_back] * 0.5**age / np.sqrt(np.maximum(1.0, had.sum(axis=1)))
    expected = np.linalg.solve(had.T @ (weights[:, None] * had) + ridge * np.eye(6), had.T @ (weights[:, None] * took))
    found = fit_later(orders, weighed(orders), ALL, ridge)
    assert found == pytest.approx(expected, abs=1e-4)
    assert np.abs(np.diag(expected)).max() > 0.01


def test_only_the_newest_returns_are_learnt_from(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = some_shop(1, orders=50)
    had, came_back = had_before(orders)
    newest = np.flatnonzero(came_back)
    newest = newest[np.argsort(-orders.placed_at[newest])][:5]
    had, took = had[newest], has(orders)[newest]
    age = (NOW - orders.placed_at[newest]) / SHORT.half_life_s
    weights = fair(orders)[newest] * 0.5**age / np.sqrt(np.maximum(1.0, had.sum(axis=1)))
    expected = np.linalg.solve(had.T @ (weights[:, None] * had) + 5.0 * np.eye(6), had.T @ (weights[:, None] * took))
    monkeypatch.setattr("recommendations.linear.RETURNS", 5)
    assert fit_later(orders, weighed(orders), ALL, 5.0) == pytest.approx(expected, abs=1e-4)


def test_what_was_bought_first_speaks_for_what_came_after_it_and_not_the_other_way() -> None:
    past = [(who, days, [what]) for who in "abcdefgh" for days, what in ((30, "kettle"), (3, "tea"))]
    orders = Orders.from_lines(lines(past))
    kettle, tea = 0, 1
    found = fit_later(orders, weighed(orders), np.arange(2))
    assert found is not None
    assert found[kettle, tea] > 0.2
    assert found[tea, kettle] == found[kettle, kettle] == found[tea, tea] == 0


def test_of_two_orders_of_one_instant_neither_came_first() -> None:
    at_once: list[Past] = [(who, 3, [what]) for who in "abcdefgh" for what in ("mug", "tea")]
    assert fit_later_of(Orders.from_lines(lines(at_once)), np.arange(2)) is None
    before: list[Past] = [(who, 30, ["kettle"]) for who in "abcdefgh"]
    kettle, mug, tea = range(3)
    found = fit_later_of(Orders.from_lines(lines([*at_once, *before])), np.arange(3))
    assert found is not None
    assert min(found[kettle, mug], found[kettle, tea]) > 0.1
    found[kettle, [mug, tea]] = 0
    assert not found.any()


def test_what_is_bought_again_stands_on_the_diagonal() -> None:
    past = [(who, days, ["coffee", once]) for who in "abcdefgh" for days, once in ((30, "mill"), (3, "pot"))]
    found = fit_later_of(Orders.from_lines(lines(past)), np.arange(3))
    coffee, mill, pot = 0, 1, 2
    assert found is not None
    assert found[coffee, coffee] > 0.1
    assert found[mill, mill] == found[pot, pot] == 0


@pytest.mark.parametrize(
    "past",
    [
        [("ann", 2, ["mug"]), ("bob", 1, ["tea"])],
        # orders of nobody known follow nothing
        [("", 2, ["mug"]), ("", 1, ["tea"]), ("", 1, ["mug"])],
    ],
)
def test_where_nobody_came_back_nothing_follows(past: list[Past]) -> None:
    assert fit_later_of(Orders.from_lines(lines(past)), np.arange(2)) is None


@pytest.mark.parametrize("most", [1, 3, 5, 6, 50])
def test_the_strongest_of_each_row_are_those_a_sort_puts_first(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommendations.linear.ROWS", 4)
    dense: Dense = np.random.default_rng(5).normal(size=(6, 6)).astype(np.float32)
    np.fill_diagonal(dense, 0)
    kept, n = np.array([0, 2, 3, 7, 8, 9]), 11
    expected = {
        (int(kept[row]), int(kept[column])): float(dense[row, column])
        for row in range(6)
        for column in sorted(range(6), key=lambda column, row=row: -abs(dense[row, column]))[:most]
        if row != column
    }
    found = at(strongest(dense, kept, n, most), n)
    assert found == expected
    assert any(value < 0 for value in found.values())


def test_nothing_solved_has_no_entries() -> None:
    found = strongest(np.zeros((0, 0), np.float32), np.zeros(0, np.int64), 5, 3)
    assert (found.key.tolist(), found.value.tolist()) == ([], [])


def test_outside_of_the_kept_products_one_is_regressed_on_one_other() -> None:
    orders, ridge = some_shop(6, orders=12), 3.0
    weights, kept = weighed(orders), np.array([0, 4])
    table = has(orders)
    expected = {
        (one, other): (weights * table[:, one]) @ table[:, other] / (weights @ table[:, one] + ridge)
        for one in range(6)
        for other in range(6)
        if one != other and not {one, other} <= {0, 4} and table[:, one] @ table[:, other]
    }
    found = at(outside(orders, weights, kept, ridge), 6)
    assert found == pytest.approx(expected, abs=1e-5)
    assert found.keys() == expected.keys()


def test_when_all_products_are_kept_none_is_outside() -> None:
    orders = some_shop(6)
    assert len(outside(orders, weighed(orders), ALL, 4.0).key) == 0


@pytest.mark.parametrize(("others", "most"), [(CUSTOMER_ORDERS**2, CUSTOMER_ORDERS), (143, 12)])
def test_a_wholesaler_says_as_much_as_a_few_orders_and_no_more(others: int, most: int) -> None:
    crowd: list[Past] = [(f"c{n}", 1, ["mug", "tea"]) for n in range(others)]
    trader: list[Past] = [("trader", 1, ["mug", "crate"])] * 10_000
    orders = Orders.from_lines(lines([*crowd, *trader]))
    crate, mug, tea = range(3)
    found = fit_within(orders, weighed(orders), np.arange(3), 4.0)
    few = Orders.from_lines(lines([*crowd, *trader[:most]]))
    assert found == pytest.approx(fit_within(few, weighed(few), np.arange(3), 4.0), abs=1e-6)
    key = np.array([mug * 3 + tea, mug * 3 + crate])
    assert shares(orders, key) == pytest.approx(np.array([others, most]) / (others + most + SHRINK))
    assert found[mug, tea] > found[mug, crate] > 0
