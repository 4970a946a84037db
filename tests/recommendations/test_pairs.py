"""Counts that reasons rest on, against counting by hand."""

from collections import defaultdict
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations import Orders, pairs
from recommendations.pairs import Pairs, count_later, count_pairs
from tests.recommendations.shop import Past, lines

pasts = st.lists(
    st.tuples(
        st.sampled_from(["", "ann", "bob", "cid"]),
        # few instants: orders of one instant are common
        st.integers(-1, 3).map(float),
        st.lists(st.sampled_from("abcde"), max_size=5),
    ),
    max_size=20,
)


def told(found: Pairs, orders: Orders) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Each pair's buyers, people and orders."""
    assert np.all(np.diff(found.key) > 0)
    n, name = len(orders.products), orders.products
    columns = zip(found.key.tolist(), found.buyers.tolist(), found.people.tolist(), found.orders.tolist(), strict=True)
    return {(name[key // n], name[key % n]): (buyers, people, times) for key, buyers, people, times in columns}


def by_hand(past: list[Past]) -> dict[tuple[str, str], tuple[int, int, int]]:
    """The same, counted one by one."""
    buyers: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for number, (customer, _, bought) in enumerate(past):
        for pair in combinations(sorted(set(bought)), 2):
            buyers[pair].append(customer or f"guest {number}")
    return {
        pair: (len(set(who)), len({one for one in who if not one.startswith("guest")}), len(who))
        for pair, who in buyers.items()
    }


@settings(deadline=None)
@given(past=pasts)
def test_what_met_in_an_order_is_counted_as_by_hand(past: list[Past]) -> None:
    orders = Orders.from_lines(lines(past))
    assert told(count_pairs(orders), orders) == by_hand(past)


@settings(deadline=None)
@given(past=pasts)
def test_counting_a_few_buyers_at_a_time_counts_the_same(past: list[Past]) -> None:
    orders = Orders.from_lines(lines(past))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "CHUNK_PAIRS", 1)
        assert told(count_pairs(orders), orders) == by_hand(past)


@settings(deadline=None)
@given(past=pasts)
def test_who_ordered_one_and_later_the_other_is_counted_as_by_hand(past: list[Past]) -> None:
    orders = Orders.from_lines(lines(past))
    n, name = len(orders.products), orders.products
    one, other = np.divmod(np.arange(n * n), max(1, n))
    # days ago: the larger is the earlier
    expected = [
        len(
            {
                customer
                for customer, earlier, bought in past
                for again, later, more in past
                if customer and customer == again and earlier > later and name[i] in bought and name[j] in more
            }
        )
        for i in range(n)
        for j in range(n)
    ]
    assert count_later(orders, one, other).tolist() == expected


def test_a_wholesaler_is_one_person_of_many_orders() -> None:
    past: list[Past] = [("trader", n, ["mug", "tea"]) for n in range(500)] + [("ann", 1, ["mug", "tea"])]
    orders = Orders.from_lines(lines(past))
    assert told(count_pairs(orders), orders) == {("mug", "tea"): (2, 2, 501)}


def test_an_order_of_too_many_products_is_no_basket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "MAX_PRODUCTS", 3)
    past: list[Past] = [("ann", 1, "abcd"), ("bob", 1, "abc"), ("cid", 1, "ab")]
    orders = Orders.from_lines(lines(past))
    assert told(count_pairs(orders), orders) == {("a", "b"): (2, 2, 2), ("a", "c"): (1, 1, 1), ("b", "c"): (1, 1, 1)}


def test_orders_of_one_instant_follow_no_other() -> None:
    orders = Orders.from_lines(lines([("ann", 1, ["mug"]), ("ann", 1, ["tea"])]))
    assert count_later(orders, np.array([0, 1]), np.array([1, 0])).tolist() == [0, 0]


def test_bought_again_is_two_orders_and_not_two_lines() -> None:
    orders = Orders.from_lines(lines([("ann", 2, ["tea", "tea"]), ("bob", 3, ["tea"]), ("bob", 1, ["tea"])]))
    assert count_later(orders, np.array([0]), np.array([0])).tolist() == [1]
