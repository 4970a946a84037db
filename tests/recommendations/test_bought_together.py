"""Bought together: what counts, and how much."""

import numpy as np
import pytest

from recommendations import Kind, Line, Orders, Reason, fit
from recommendations.bought_together import MIN_BUYERS, NEIGHBOURS, fit_bought_together
from recommendations.pairs import MAX_PRODUCTS, count_pairs
from tests.recommendations.shop import NOW, Past, ask, learn, lines


def test_what_two_people_bought_together_is_suggested_with_their_number() -> None:
    model = learn([("ann", 3, ["mug", "tea"]), ("bob", 2, ["mug", "tea"]), ("cid", 1, ["jam"])])
    (found,) = ask(model, "mug")
    assert found.product == "tea"
    assert found.reason == Reason(Kind.BOUGHT_TOGETHER, "mug", people=2, orders=2)


def test_what_one_person_bought_together_is_not() -> None:
    assert MIN_BUYERS == 2
    assert ask(learn([("ann", 3, ["mug", "tea"]), ("bob", 3, ["mug"]), ("cid", 2, ["jam"])]), "mug") == []


def test_a_customer_with_ten_thousand_orders_has_one_vote() -> None:
    bulk: list[Past] = [("trader", 1, ["mug", "crate"])] * 10_000
    shoppers: list[Past] = [(f"s{n}", 1, ["mug", "tea"]) for n in range(3)]
    model = learn([*bulk, *shoppers, ("other", 1, ["mug", "crate"])])
    first, second = ask(model, "mug")
    assert (first.product, first.reason.people) == ("tea", 3)
    assert (second.product, second.reason.people, second.reason.orders) == ("crate", 2, 10_001)


def test_a_large_order_says_less_of_each_pair_than_a_small_one() -> None:
    wide = ["mug", "crate", *(f"thing {n}" for n in range(40))]
    past: list[Past] = [(f"w{n}", 1, wide) for n in range(3)] + [(f"s{n}", 1, ["mug", "tea"]) for n in range(3)]
    first, second = ask(learn(past), "mug")[:2]
    assert first.product == "tea"
    assert first.score > 2 * second.score


def test_an_order_too_large_to_be_a_basket_is_not_counted() -> None:
    stocktaking = ["mug", "tea", *(f"thing {n}" for n in range(MAX_PRODUCTS - 1))]
    model = learn([("a", 1, stocktaking), ("b", 1, stocktaking), ("c", 1, ["mug", "tea"])])
    assert all(found.reason.kind is Kind.POPULAR for found in ask(model, "mug"))


def test_old_orders_count_less_than_new_ones() -> None:
    past: list[Past] = [(f"o{n}", 900, ["mug", "old"]) for n in range(3)]
    past += [(f"n{n}", 5, ["mug", "new"]) for n in range(3)]
    assert [found.product for found in ask(learn(past), "mug")] == ["new", "old"]


def test_of_two_equals_the_one_that_people_buy_now_comes_first() -> None:
    orders = Orders.from_lines(lines([(f"{tin}{n}", 9, ["mug", tin]) for tin in ("a tin", "z tin") for n in range(3)]))
    a_tin, mug, z_tin = range(3)
    anywhere = np.ones(3, np.bool_)
    now = [
        fit_bought_together(count_pairs(orders, NOW), np.array(recent), anywhere)
        for recent in ([3.0, 0, 1], [1.0, 0, 3])
    ]
    order = [part.neighbour[part.starts[mug] : part.starts[mug + 1]].tolist() for part in now]
    assert order == [[a_tin, z_tin], [z_tin, a_tin]]


def test_age_does_not_change_the_number_in_the_reason() -> None:
    past: list[Past] = [(f"o{n}", 40_000, ["mug", "tea"]) for n in range(3)]
    (found,) = ask(learn(past), "mug")
    assert found.reason.people == 3


def test_a_time_in_the_future_counts_as_now() -> None:
    def past(days_ago: float) -> list[Past]:
        return [("a", days_ago, ["mug", "tea"]), ("b", 9, ["mug", "tea"]), ("c", 9, ["mug", "jam"])]

    assert ask(learn(past(-4000)), "mug") == ask(learn(past(0)), "mug")


def test_orders_without_a_customer_count_as_orders_and_not_as_people() -> None:
    model = learn([("", 1, ["mug", "tea"]), ("", 2, ["mug", "tea"]), ("ann", 2, ["mug", "tea"])])
    (found,) = ask(model, "mug")
    assert (found.reason.people, found.reason.orders) == (1, 3)


def test_the_same_order_twice_counts_once() -> None:
    once = [Line("1", "ann", NOW, "mug"), Line("1", "ann", NOW, "tea"), Line("2", "", NOW, "mug")]
    pairs, doubled = (count_pairs(Orders.from_lines(part), NOW) for part in (once, once * 3))
    assert pairs.key.tolist() == doubled.key.tolist()
    assert pairs.orders.tolist() == doubled.orders.tolist()
    assert pairs.votes.tolist() == doubled.votes.tolist()


def test_the_reason_names_the_product_that_says_most() -> None:
    past: list[Past] = [(f"t{n}", 1, ["pot", "tea"]) for n in range(5)]
    past += [(f"m{n}", 1, ["mug", "tea", "spoon", "jam"]) for n in range(2)]
    tea = next(found for found in ask(learn(past), "mug", "pot") if found.product == "tea")
    assert tea.reason.anchor == "pot"
    assert tea.reason.people == 5


def test_a_product_keeps_only_its_best_neighbours() -> None:
    past: list[Past] = [(f"{who}{n}", 1, ["mug", f"thing {n:03}"]) for n in range(NEIGHBOURS + 30) for who in "ab"]
    kept = learn(past).bought_together
    assert np.diff(kept.starts).max() == NEIGHBOURS


def test_memory_is_bounded_by_counting_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    past: list[Past] = [(f"c{n % 7}", n, [f"p{n % 5}", f"p{n % 3}", f"p{n % 11}"]) for n in range(60)]
    whole = learn(past).bought_together
    monkeypatch.setattr("recommendations.pairs.CHUNK_PAIRS", 1)
    parts = learn(past).bought_together
    assert whole.neighbour.tolist() == parts.neighbour.tolist()
    assert whole.people.tolist() == parts.people.tolist()
    assert whole.score == pytest.approx(parts.score)


def test_an_empty_shop_and_one_product_give_nothing() -> None:
    assert ask(learn([]), "mug") == []
    assert ask(learn([("ann", 1, ["mug"])]), "mug") == []
    assert ask(fit(Orders.from_lines([])), "mug") == []


def test_a_time_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="no usable time"):
        Orders.from_lines([Line("1", "ann", float("nan"), "mug")])
