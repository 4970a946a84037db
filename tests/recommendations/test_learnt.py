"""All that is counted and solved, put together."""

from dataclasses import replace

import numpy as np
import pytest

from recommendations import Orders, learnt
from recommendations.content import fit_content
from recommendations.ids import Ids
from recommendations.learnt import LATER, WITHIN, Learnt, learn
from recommendations.linear import SHORT, fit_later, fit_within, order_weights, shares
from recommendations.popular import fit_popular
from tests.recommendations.shop import NOW, Past, lines

PAST: list[Past] = [
    (customer, days, [f"p{(number * step) % 7}" for step in range(1, 4)])
    for number, (customer, days) in enumerate(
        [(who, day * 3 + offset / 9) for day in range(9) for offset, who in enumerate(["ann", "bob", "cid", ""])]
    )
]
ORDERS = Orders.from_lines(lines(PAST))
WEIGHTS = order_weights(ORDERS, NOW, SHORT.half_life_s)
ALL = np.arange(7)


def matrix(found: Learnt, column: str) -> np.ndarray:
    """A column of the neighbours as products × products."""
    near = found.neighbours
    n = len(near.starts) - 1
    table = np.zeros((n, n))
    table[np.repeat(np.arange(n), np.diff(near.starts)), near.neighbour] = getattr(near, column)
    return table


def followers(first: int, then: int) -> int:
    """Known customers who ordered one product and in a later order the other."""
    return len(
        {
            who
            for who, before, had in PAST
            for again, after, took in PAST
            if who and who == again and before > after and f"p{first}" in had and f"p{then}" in took
        }
    )


def test_both_models_are_kept_whole_where_they_are_small_but_for_what_one_customer_did() -> None:
    found = learn(ORDERS, NOW)
    assert matrix(found, "within") == pytest.approx(fit_within(ORDERS, WEIGHTS, ALL, SHORT.ridge))
    habit = np.array([[followers(first, then) >= 2 for then in range(7)] for first in range(7)])
    assert 0 < np.count_nonzero(habit) < habit.size
    later = fit_later(ORDERS, WEIGHTS, ALL)
    assert later is not None
    assert matrix(found, "later") == pytest.approx(np.where(habit, later, 0.0))
    key = np.arange(49)
    assert matrix(found, "share").ravel() == pytest.approx(shares(ORDERS, key))
    assert found.popular.recent.tolist() == fit_popular(ORDERS, NOW).recent.tolist()
    assert found.as_of == NOW


def test_it_takes_more_evidence_where_the_ridge_is_higher() -> None:
    strict, easy = (
        np.abs(matrix(learn(ORDERS, NOW, memory=replace(SHORT, ridge=ridge)), "within")).sum() for ridge in (40.0, 0.4)
    )
    assert strict < 0.2 * easy


def test_only_the_strongest_of_each_row_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = learn(ORDERS, NOW)
    monkeypatch.setattr(learnt, "WITHIN", 2)
    monkeypatch.setattr(learnt, "LATER", 1)
    few = learn(ORDERS, NOW)
    for column, most in (("within", 2), ("later", 1)):
        all_of, kept = matrix(whole, column), matrix(few, column)
        for row in range(7):
            strongest = np.argsort(-np.abs(all_of[row]), kind="stable")[:most]
            assert set(np.flatnonzero(kept[row])) == set(strongest[all_of[row][strongest] != 0])
    assert WITHIN >= LATER > 0


def test_products_beyond_those_solved_together_still_have_neighbours() -> None:
    past: list[Past] = [(f"c{n}", 1, ["mug", "tea"]) for n in range(9)]
    past += [("x", 300, ["mug", "rare"]), ("y", 300, ["mug", "rare"])]
    orders = Orders.from_lines(lines(past))
    mug, rare, tea = range(3)
    found = learn(orders, NOW, dense=2)
    within = matrix(found, "within")
    assert within[rare, mug] > within[mug, rare] > 0
    assert within[mug, tea] > 0
    assert within[rare, tea] == within[tea, rare] == 0
    assert matrix(found, "orders")[rare, mug] == matrix(found, "people")[mug, rare] == 2


def test_products_that_were_never_ordered_take_no_part() -> None:
    more = ORDERS.beside(Ids.of([*ORDERS.products, "a new one", "p3 again"]))
    found = matrix(learn(more, NOW), "within")
    sold = [place for place, product in enumerate(more.products) if product in set(ORDERS.products)]
    assert found[np.ix_(sold, sold)] == pytest.approx(matrix(learn(ORDERS, NOW), "within"))
    assert np.count_nonzero(found) == np.count_nonzero(found[np.ix_(sold, sold)])


def test_a_shop_without_orders_has_learnt_nothing() -> None:
    found = learn(Orders.from_lines([]), NOW)
    assert len(found.neighbours.neighbour) == len(found.popular.orders) == 0
    assert found.signals(fit_content([])).n == 0
