"""The protocol: what a case shows and hides, what counts as right, and what chance explains."""

from collections.abc import Sequence
from hashlib import md5

import numpy as np
import pytest

from recommendations import Product, Request, Strategy, fit
from recommendations.evaluation import (
    Case,
    Ranker,
    Task,
    bootstrap,
    cases_after,
    closed,
    compare,
    loo_case,
    measure,
    next_case,
    ranked_by,
)
from recommendations.history import History, PastOrder

DAY_S = 86400.0


def history(*orders: tuple[str, str, float, str]) -> History:
    """Orders as (id, customer, day, products with spaces between)."""
    return History.of([PastOrder(name, who, day * DAY_S, tuple(what.split())) for name, who, day, what in orders])


SHOP = history(
    ("o1", "ann", 1, "mug lamp"),
    ("o2", "ben", 2, "mug rug"),
    ("o3", "ann", 3, "rug"),
    ("o4", "", 4, "mug lamp vase"),
    ("o5", "ann", 5, "mug vase"),
)


def test_orders_stand_by_time_and_then_by_id() -> None:
    found = history(("b", "", 1, "x"), ("a", "", 1, "x"), ("c", "", 0, "x"))
    assert [order.id for order in found.orders] == ["c", "a", "b"]


def test_what_a_shop_knows_before_a_cut_is_what_it_sold_before() -> None:
    shop = History(SHOP.orders, {"mug": Product("mug", "A mug"), "vase": Product("vase", "A vase")})
    past = shop.before(4 * DAY_S)
    assert [order.id for order in past.orders] == ["o1", "o2", "o3"]
    assert past.products == {"lamp": Product("lamp"), "mug": Product("mug", "A mug"), "rug": Product("rug")}


def test_the_cut_at_a_share_is_the_time_of_that_order() -> None:
    assert SHOP.time_at(0.8) == 5 * DAY_S
    assert SHOP.time_at(0.0) == 1 * DAY_S


def test_a_shop_without_orders_has_no_cut() -> None:
    with pytest.raises(ValueError, match="no orders"):
        History([]).time_at(0.8)


def test_loo_shows_the_rest_of_the_basket_and_nothing_of_the_customer() -> None:
    case = loo_case(SHOP, "o5", "vase")
    request = case.request()
    assert (list(request.basket), list(request.history)) == (["mug"], [])
    assert closed(request) == {"mug"}
    assert case.targets == {"vase"}


def test_next_new_knows_all_orders_up_to_that_one_newest_first() -> None:
    case = next_case(SHOP, Task.NEXT_NEW, "o3", "o5")
    request = case.request()
    assert (request.basket, list(request.history)) == (("rug",), [("mug", "lamp")])
    assert request.times == (3 * DAY_S, 1 * DAY_S)
    assert request.at == 3 * DAY_S


def test_next_new_wants_only_what_was_never_bought() -> None:
    case = next_case(SHOP, Task.NEXT_NEW, "o3", "o5")
    assert case.targets == {"vase"}
    assert closed(case.request()) == {"mug", "lamp", "rug"}


def test_next_any_counts_repeats_and_closes_nothing() -> None:
    case = next_case(SHOP, Task.NEXT_ANY, "o3", "o5")
    assert case.targets == {"mug", "vase"}
    assert case.request().strategy is Strategy.NEXT
    assert closed(case.request()) == set()


def test_later_orders_are_never_shown() -> None:
    assert list(next_case(SHOP, Task.NEXT_NEW, "o1", "o3").request().history) == []


@pytest.mark.parametrize(
    ("order", "hidden", "why"),
    [("o9", "mug", "no order 'o9'"), ("o1", "rug", "has no product 'rug'"), ("o3", "rug", "beside the hidden")],
)
def test_a_case_that_hides_nothing_sensible_is_none(order: str, hidden: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        loo_case(SHOP, order, hidden)


@pytest.mark.parametrize(
    ("order", "later", "why"),
    [
        ("o1", "o2", "one known customer"),
        ("o4", "o4", "one known customer"),
        ("o5", "o3", "not later"),
        ("o3", "o3", "not later"),
        ("o1", "o9", "no order 'o9'"),
    ],
)
def test_a_next_order_is_a_later_one_of_the_same_customer(order: str, later: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        next_case(SHOP, Task.NEXT_NEW, order, later)


def test_loo_hides_the_product_that_the_digest_of_the_order_names() -> None:
    (first, second) = cases_after(SHOP, Task.LOO, 4 * DAY_S)
    number = int(md5(b"o4", usedforsecurity=False).hexdigest(), 16)
    assert first.hidden == ["lamp", "mug", "vase"][number % 3]
    assert [first.order.id, second.order.id] == ["o4", "o5"]


def test_orders_of_one_product_hide_nothing() -> None:
    assert [case.order.id for case in cases_after(SHOP, Task.LOO, 3 * DAY_S)] == ["o4", "o5"]


def test_next_orders_follow_the_one_just_before_even_before_the_cut() -> None:
    cases = list(cases_after(SHOP, Task.NEXT_ANY, 4 * DAY_S))
    assert [(case.order.id, SHOP.orders[case.later].id) for case in cases] == [("o3", "o5")]


def constant(*products: str) -> Ranker:
    return lambda _: products


def test_measures_are_means_over_the_cases_that_have_a_target() -> None:
    cases = [loo_case(SHOP, "o5", "vase"), loo_case(SHOP, "o1", "lamp"), next_case(SHOP, Task.NEXT_NEW, "o1", "o3")]
    bought_before = Case(SHOP, Task.NEXT_NEW, 0, later=0)
    found = measure(constant("lamp", "vase"), [*cases, bought_before], 10)
    assert found.hit.tolist() == [1, 1, 0]
    assert found.means()["hit"] == pytest.approx(2 / 3)
    assert found.ndcg[0] == pytest.approx(1 / np.log2(3))
    assert found.means(np.array([True, False, False]))["hit"] == 1
    assert found.coverage == pytest.approx(0.2)


def test_only_the_first_four_hit_and_the_first_ten_are_recalled() -> None:
    case = [loo_case(SHOP, "o5", "vase")]
    filler = [f"x{number}" for number in range(9)]
    fifth = measure(constant(*filler[:4], "vase"), case, 10)
    assert (fifth.hit[0], fifth.recall[0]) == (0, 1)
    eleventh = measure(constant(*filler, "y", "vase"), case, 10)
    assert eleventh.recall[0] == 0


def test_nothing_measured_is_nought() -> None:
    found = measure(constant("mug"), [], 10)
    assert found.means() == {"hit": 0.0, "ndcg": 0.0, "recall": 0.0}


def test_small_are_baskets_with_at_most_nine_others() -> None:
    shop = history(("o", "", 1, " ".join(f"p{n}" for n in range(10))), ("q", "", 2, " ".join(map(str, range(11)))))
    assert loo_case(shop, "o", "p3").is_small
    assert not loo_case(shop, "q", "3").is_small


def test_a_clear_difference_is_sure_and_none_is_not() -> None:
    better = compare(np.ones(200), np.tile([1.0, 0.0], 100))
    assert better.difference == 0.5
    assert 0.4 < better.low < 0.5 < better.high < 0.6
    assert better.is_sure
    same = compare(np.tile([1.0, 0.0], 100), np.tile([0.0, 1.0], 100))
    assert same.low < 0 < same.high
    assert (same.is_sure, same.p > 0.3) == (False, True)


def test_the_interval_of_a_share_is_that_of_its_sampling_error() -> None:
    found = bootstrap(np.array([1.0] * 200 + [0.0] * 800), rounds=4000)
    assert found.low == pytest.approx(0.2 - 1.96 * (0.2 * 0.8 / 1000) ** 0.5, abs=0.003)
    assert found.high == pytest.approx(0.2 + 1.96 * (0.2 * 0.8 / 1000) ** 0.5, abs=0.003)


def test_a_bootstrap_says_the_same_each_time_and_in_parts() -> None:
    values = np.random.default_rng(1).random(5_000)
    assert bootstrap(values, rounds=1500) == bootstrap(values, rounds=1500)


def test_no_cases_are_no_difference() -> None:
    found = compare(np.zeros(0), np.zeros(0))
    assert (found.difference, found.p, found.is_sure) == (0.0, 1.0, False)


def test_rankings_of_other_cases_are_not_compared() -> None:
    with pytest.raises(ValueError, match="3 cases"):
        compare(np.ones(3), np.ones(2))


def test_a_model_never_answers_what_is_closed_nor_anything_twice() -> None:
    past = [(f"o{n}", f"c{n % 7}", float(n), " ".join({f"p{n % 5}", f"p{n % 3}", f"p{n % 4}"})) for n in range(60)]
    shop = history(*past)
    ranker = ranked_by(fit(shop.columns(), catalogue=shop.before(1e12).products, as_of=61 * DAY_S))
    for task in Task:
        for case in cases_after(shop, task, 30 * DAY_S):
            request = case.request()
            found: Sequence[str] = ranker(request)
            assert len(found) == len(set(found)) <= request.limit
            assert not closed(request).intersection(found)


def test_an_empty_question_has_an_answer() -> None:
    ranker = ranked_by(fit(SHOP.columns(), catalogue=SHOP.before(1e12).products))
    assert set(ranker(Request(basket=["never heard of"], limit=3))) <= {"mug", "lamp", "rug", "vase"}
