"""Questions out of a shop's own past: never about what was learnt from, never with a look into the future."""

import math
from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations import Orders
from recommendations.blend import Task, fit_blend
from recommendations.cases import (
    CUSTOMER_SHARE,
    FOLDS,
    LEAST_ORDERS,
    MOST_ORDERS,
    PER_CUSTOMER,
    SHARE,
    Fold,
    Question,
    choices,
    folds,
    questions,
)
from recommendations.content import Content, fit_content
from recommendations.learnt import learn
from recommendations.linear import OLDER, fair_share
from recommendations.request import Product
from tests.recommendations.shop import NOW, Past, lines


def shop(orders: int, customers: int = 7, instants: int = 10**9) -> Orders:
    """Orders an hour apart, or at so many `instants` only, by customers in turn; the last of these is nobody."""
    past: list[Past] = [
        (f"c{n % customers}" if n % customers else "", (orders - n) % instants / 24, [f"p{n % 5}", f"p{n * 3 % 7}"])
        for n in range(orders)
    ]
    return Orders.from_lines(lines(past))


def described(orders: Orders) -> Content:
    """What its products are called."""
    return fit_content([Product(product, title=product) for product in orders.products])


shops = st.builds(
    shop, st.integers(LEAST_ORDERS, 4 * LEAST_ORDERS), st.integers(1, 9), st.sampled_from([1, 2, 7, 30, 10**9])
)


def test_a_shop_of_few_orders_is_not_asked() -> None:
    assert folds(shop(LEAST_ORDERS - 1, customers=LEAST_ORDERS)) == []
    assert len(folds(shop(LEAST_ORDERS, customers=LEAST_ORDERS))) == FOLDS
    assert folds(Orders.from_lines([])) == []


@pytest.mark.parametrize("orders", [5, 50, 5000])
def test_a_shop_of_few_customers_is_not_asked_however_much_they_order(orders: int) -> None:
    past: list[Past] = [(f"c{n % 9}", 300 - n / 24, ["mug", f"p{n % 5}"]) for n in range(9 * orders)]
    # nine count as three orders each
    assert folds(Orders.from_lines(lines(past))) == []


def test_what_is_asked_counts_a_tenth_each_time_however_much_one_buyer_orders() -> None:
    crowd: list[Past] = [(f"c{n % 150}", 300 - n / 3, ["mug", "tea"]) for n in range(600)]
    trader: list[Past] = [("trader", 280 - n / 40, ["mug", "crate"]) for n in range(10_000)]
    orders = Orders.from_lines(lines([*crowd, *trader]))
    counts = fair_share(orders)
    assert counts.sum() == pytest.approx(600 + math.sqrt(151))
    found = folds(orders)
    assert [counts[fold.asked].sum() for fold in found] == pytest.approx([int(SHARE * 612)] * FOLDS, abs=1.1)
    assert np.ptp([fold.asked.sum() for fold in found]) > 1000


def test_a_small_shop_is_asked_about_several_tenths_and_a_large_one_about_its_newest_orders() -> None:
    small, middle, large = shop(100, customers=50), shop(5000, customers=500), shop(40_000, customers=4000)
    assert [int(fold.asked.sum()) for fold in folds(small)] == [int(SHARE * 100)] * FOLDS
    assert [int(fold.asked.sum()) for fold in folds(middle)] == [500, 500]
    assert [int(fold.asked.sum()) for fold in folds(large)] == [MOST_ORDERS]
    newest = np.argsort(-large.placed_at)[:MOST_ORDERS]
    assert set(np.flatnonzero(folds(large)[0].asked)) == set(newest)


def test_a_wholesaler_leaves_the_questions_to_the_others() -> None:
    crowd: list[Past] = [(f"c{n % 150}", 300 - n, ["mug", "tea"]) for n in range(300)]
    trader: list[Past] = [("trader", 20 - n / 500, ["mug", "crate"]) for n in range(10_000)]
    orders = Orders.from_lines(lines([*crowd, *trader]))
    asked = [question for fold in folds(orders) for question in questions(orders, fold)]
    crate = orders.products.find("crate")
    together = [question for question in asked if question.task is Task.TOGETHER]
    of_trader = [one for one in together if crate in one.taken or crate in one.shopper.products]
    assert len(folds(orders)) == FOLDS
    assert len(of_trader) <= FOLDS * PER_CUSTOMER
    assert len(together) - len(of_trader) > 60


@settings(deadline=None, max_examples=40)
@given(orders=shops)
def test_what_is_asked_about_came_after_all_that_was_learnt_from(orders: Orders) -> None:
    found = folds(orders)
    for fold in found:
        assert fold.past.any()
        assert fold.asked.any()
        assert orders.placed_at[fold.past].max() == fold.as_of < orders.placed_at[fold.asked].min()
    for earlier, later in pairwise(found):
        assert earlier.as_of <= later.as_of
        assert not (earlier.asked & later.asked).any()
        assert not (earlier.past & ~later.past).any()


def test_orders_of_one_instant_cannot_be_told_apart_by_time_and_are_not_asked_about() -> None:
    assert folds(shop(200, instants=1)) == []


def asked_of(past: list[Past], asked: int) -> tuple[Orders, list[Question]]:
    """Questions about the last `asked` of these orders, which come in the order of time."""
    orders = Orders.from_lines([line._replace(order=f"{int(line.order[6:]):06}") for line in lines(past)])
    last = np.arange(len(orders)) >= len(orders) - asked
    return orders, list(questions(orders, Fold(~last, last, float(orders.placed_at[~last].max()))))


def names(orders: Orders, numbers: np.ndarray) -> list[str]:
    """Products by name."""
    return [orders.products[int(number)] for number in numbers]


def test_a_next_order_is_asked_from_all_that_came_before_it() -> None:
    past: list[Past] = [
        ("ann", 9, ["mug", "tea"]),
        ("bob", 8, ["pan"]),
        ("ann", 5, ["tea"]),
        ("ann", 2, ["tea", "jam", "cup"]),
        ("bob", 1, ["pan"]),
    ]
    orders, asked = asked_of(past, 2)
    by_task = defaultdict(list)
    for question in asked:
        by_task[question.task].append(question)
    of_ann, of_bob = by_task[Task.NEXT]
    assert names(orders, of_ann.shopper.products) == ["mug", "tea"]
    # her newest order stands for the one looked at
    assert of_ann.shopper.weight == pytest.approx([OLDER, 1 + OLDER])
    assert of_ann.shopper.in_basket.tolist() == [False, True]
    assert (names(orders, of_ann.taken), len(of_ann.closed)) == (["cup", "jam", "tea"], 0)
    assert (names(orders, of_bob.shopper.products), names(orders, of_bob.taken)) == (["pan"], ["pan"])
    # bob took nothing new
    (new,) = by_task[Task.NEW]
    assert (names(orders, new.closed), names(orders, new.taken)) == (["mug", "tea"], ["cup", "jam"])
    (together,) = by_task[Task.TOGETHER]
    assert len(together.taken) == 1
    assert sorted(names(orders, np.union1d(together.shopper.products, together.taken))) == ["cup", "jam", "tea"]
    assert together.closed.tolist() == together.shopper.products.tolist()
    assert together.shopper.in_basket.all()
    # who is known completes an order from what they had before too, and may take of it again
    (known,) = by_task[Task.TOGETHER_KNOWN]
    assert names(orders, known.taken) == names(orders, together.taken)
    assert known.closed.tolist() == together.closed.tolist()
    assert set(names(orders, known.shopper.products)) == {"mug", "tea", *names(orders, together.closed)}
    assert names(orders, known.shopper.products[known.shopper.in_basket]) == names(orders, together.closed)


def test_orders_of_nobody_known_have_no_next_one_but_are_baskets() -> None:
    past: list[Past] = [("", 3, ["mug", "tea"]), ("", 2, ["mug", "tea"]), ("", 1, ["jam"])]
    _, asked = asked_of(past, 2)
    assert [question.task for question in asked] == [Task.TOGETHER]


def test_a_long_history_is_looked_at_whole() -> None:
    past: list[Past] = [("ann", 100 - n, [f"p{n:02}"]) for n in range(41)]
    orders, asked = asked_of(past, 1)
    following = next(question for question in asked if question.task is Task.NEXT)
    assert names(orders, following.shopper.products) == [f"p{n:02}" for n in range(40)]
    assert following.shopper.since.tolist() == list(range(39, -1, -1))


@pytest.mark.parametrize(("others", "most"), [(1, 1), (99, 3), (699, PER_CUSTOMER)])
def test_a_wholesaler_is_asked_about_a_few_newest_orders_only(others: int, most: int) -> None:
    assert int(CUSTOMER_SHARE * (others + 1)) <= max(1, most) or most == PER_CUSTOMER
    past: list[Past] = [("trader", 500 - n / 24, ["mug", "tea"]) for n in range(3000)]
    past += [(f"c{n}", 1, ["mug", "tea"]) for n in range(others)]
    orders, asked = asked_of(past, 2000 + others)
    assert Counter(question.task for question in asked) == {
        Task.TOGETHER: most + others,
        Task.TOGETHER_KNOWN: most,
        Task.NEXT: most,
    }
    # of the last of all its orders one knows most
    newest = [question.shopper for question in asked if question.task is Task.NEXT]
    assert [shopper.times.tolist() for shopper in newest] == [[3000 - back] * 2 for back in range(most, 0, -1)]
    assert len(orders) == 3000 + others


@settings(deadline=None, max_examples=40)
@given(orders=shops)
def test_nobody_is_told_what_they_are_asked_for(orders: Orders) -> None:
    for fold in folds(orders):
        for question in questions(orders, fold):
            assert len(question.taken)
            assert not np.isin(question.taken, question.closed).any()
            has = question.shopper.products
            if question.task in (Task.TOGETHER, Task.NEW):
                assert np.isin(has, question.closed).all()
            if question.task in (Task.TOGETHER, Task.TOGETHER_KNOWN):
                assert np.array_equal(has[question.shopper.in_basket], question.closed)


def test_any_product_of_an_order_may_be_the_hidden_one() -> None:
    past: list[Past] = [("", 300 - n, ["jam", "mug", "tea"]) for n in range(90)]
    orders, asked = asked_of(past, 60)
    hidden = Counter(names(orders, question.taken)[0] for question in asked)
    assert min(hidden["jam"], hidden["mug"], hidden["tea"]) >= 10
    _, again = asked_of(past, 60)
    assert [question.taken.tolist() for question in asked] == [question.taken.tolist() for question in again]


def test_a_question_none_of_whose_answers_is_on_the_table_teaches_nothing() -> None:
    past: list[Past] = [(f"c{n}", 40 - n, ["mug", "tea", "jam", "pan"]) for n in range(9)]
    orders, asked = asked_of([*past, ("c1", 2, ["mug", "new"]), ("c2", 1, ["unheard of"])], 2)
    asked = [question for question in asked if question.task in (Task.NEW, Task.NEXT)]
    assert len(asked) == 4
    past_orders = orders.only(np.arange(len(orders)) < 9)
    found = choices(learn(past_orders, NOW).signals(described(past_orders)), asked)
    # nothing new could be on it, but the mug was
    assert fit_blend(found).cases.tolist() == [0, 0, 1, 0, 0]
    assert [case.missing for case in found[Task.NEW]] == [1, 1]
    mug, nothing = found[Task.NEXT]
    assert mug.rows.shape[0] == len(mug.taken) == 4
    assert [(case.taken.sum(), case.missing) for case in (mug, nothing)] == [(1, 1), (0, 1)]


def test_what_sells_is_learnt_from_what_was_taken_with_something_and_what_was_new() -> None:
    orders = shop(400, customers=80)
    (fold, *_) = folds(orders)
    signals = learn(orders.only(fold.past), fold.as_of).signals(described(orders))
    found = choices(signals, list(questions(orders, fold)))
    assert len(found[Task.TOGETHER]) > len(found[Task.NEW]) > 0
    every_second = [*found[Task.TOGETHER][::2], *found[Task.NEW][::2]]
    assert [id(case) for case in found[Task.POPULAR]] == [id(case) for case in every_second]
