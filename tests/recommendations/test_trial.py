"""The simple rules that a model has to beat, and how good it would be as a smaller shop."""

import pytest

from recommendations import Request, Strategy
from recommendations.baselines import BASELINES, cosine, own_products, popularity
from recommendations.evaluation import Task, cases_after
from recommendations.history import History, PastOrder
from recommendations.trial import OURS, by_size, judge, rules, sizes_of

DAY_S = 86400.0
NOW = 100 * DAY_S


def shop(*orders: tuple[str, float, str]) -> History:
    """Orders as (customer, days ago, products)."""
    past = [PastOrder(str(n), who, NOW - ago * DAY_S, tuple(what.split())) for n, (who, ago, what) in enumerate(orders)]
    return History.of(past)


PAST = shop(
    ("a", 90, "old common"), ("b", 80, "old common"), ("c", 70, "old"), ("d", 2, "fresh common"), ("e", 1, "fresh")
)  # fmt: skip


def test_popularity_counts_orders_ever_or_lately() -> None:
    nothing = Request(basket=(), limit=2)
    assert popularity(PAST.columns(), NOW)(nothing) == ["common", "old"]
    assert popularity(PAST.columns(), NOW, 30)(nothing) == ["fresh", "common"]


def test_rules_leave_out_what_is_closed() -> None:
    asked = Request(basket=["common"], history=[["old"]], excluded=["never"], limit=3)
    for tasks, fitter in BASELINES.values():
        if Task.LOO in tasks:
            assert not {"common", "old"}.intersection(fitter(PAST.columns(), NOW)(asked))


def test_own_products_come_by_how_often_and_how_lately_they_were_bought() -> None:
    asked = Request(basket=["b", "a"], history=[["c", "a"], ["d"]], strategy=Strategy.NEXT, limit=6)
    assert own_products(PAST.columns(), NOW)(asked) == ["a", "b", "c", "d", "fresh", "common"]
    twice = Request(basket=["new"], history=[["old"], ["old"]], strategy=Strategy.NEXT, limit=2)
    assert own_products(PAST.columns(), NOW)(twice) == ["old", "new"]


def test_cosine_finds_what_stood_in_the_same_orders() -> None:
    past = shop(("a", 3, "tea pot"), ("b", 3, "tea pot"), ("c", 2, "tea cup"), ("d", 1, "cup saucer"))
    ranker = cosine(past.columns())
    assert ranker(Request(basket=["tea"], limit=2)) == ["pot", "cup"]
    assert ranker(Request(basket=["unknown"], limit=2)) == []
    # earlier orders count less
    assert ranker(Request(basket=["pot"], history=[["saucer"]], limit=1)) == ["tea"]


def test_rules_of_an_empty_shop_say_nothing() -> None:
    for _, fitter in BASELINES.values():
        assert fitter(History([]).columns(), NOW)(Request(basket=["x"], limit=4)) == []


def test_the_best_rule_is_named_and_compared_with() -> None:
    cases = list(cases_after(PAST, Task.LOO, NOW - 85 * DAY_S))
    verdict = judge({OURS: lambda _: ["old", "common", "fresh"], "bad": lambda _: ["x"]}, Task.LOO, cases, 3)
    assert verdict.best_rule() == "bad"
    assert verdict.compared("bad").difference == 1.0
    assert verdict.answers[OURS].coverage == 1.0


def test_cases_without_anything_new_are_counted_and_left_out() -> None:
    past = shop(("a", 5, "mug"), ("a", 4, "mug"), ("a", 3, "mug lamp"))
    verdict = judge({OURS: lambda _: ["lamp"]}, Task.NEXT_NEW, list(cases_after(past, Task.NEXT_NEW, 0)), 2)
    assert (len(verdict.cases), verdict.no_target) == (1, 1)


def test_a_rule_has_an_answer_only_where_it_makes_sense() -> None:
    assert "own products" not in rules(PAST, NOW, Task.NEXT_NEW)
    assert "own products" in rules(PAST, NOW, Task.NEXT_ANY)


@pytest.mark.parametrize(("orders", "sizes"), [(0, [0]), (3, [2, 3]), (4, [2, 4]), (9, [2, 4, 9])])
def test_sizes_end_with_the_shop_as_it_is(orders: int, sizes: list[int]) -> None:
    past = shop(*((f"c{n}", float(n), "mug") for n in range(orders)))
    assert sizes_of(past, (4, 2)) == sizes


def test_a_smaller_shop_has_its_newest_orders_only() -> None:
    assert [order.products for order in PAST.newest(2).orders] == [("fresh", "common"), ("fresh",)]
    assert set(PAST.newest(2).products) == {"fresh", "common"}


def test_every_size_is_asked_the_same_in_every_task() -> None:
    past = shop(*((f"c{n % 5}", 60.0 - n, f"p{n % 4} p{n % 3} q{n % 2}") for n in range(50)))
    cut = past.time_at(0.8)
    cases = {task: list(cases_after(past, task, cut)) for task in Task}
    found = list(by_size(past.before(cut), cut, cases, [10, 40]))
    assert [each[Task.LOO].orders for each in found] == [10, 40]
    assert all(0 <= value <= 1 for each in found for point in each.values() for value in point.hits.values())
    assert set(found[0]) == set(Task)
