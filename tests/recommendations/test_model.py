"""The two questions a model answers."""

import dataclasses

import numpy as np
import pytest

from benchmarks.rig.invented import KINDS, invent
from recommendations import Kind, Model, Orders, Product, Request, Strategy, candidates, fit, recommend
from recommendations.blend import Blend, Task
from recommendations.content import fit_content
from recommendations.linear import LONG, SHORT, Memory
from recommendations.model import READ, learn_blend
from recommendations.signals import NAMES
from tests.recommendations.shop import DAY_S, NOW, Past, ask, learn, lines

TEA: list[Past] = [(f"c{n}", n, ["mug", "tea"]) for n in range(4)]


def test_popular_products_fill_up_and_say_so() -> None:
    model = learn([*TEA, ("x", 1, ["jam"]), ("y", 1, ["jam"]), ("z", 1, ["honey"])])
    kinds = [(found.product, found.reason.kind, found.reason.people) for found in ask(model, "mug")]
    assert kinds == [("tea", Kind.BOUGHT_TOGETHER, 4), ("jam", Kind.POPULAR, 2)]


def test_someone_with_unknown_products_sees_what_is_popular() -> None:
    found = ask(learn(TEA), "no longer sold")
    assert [(f.product, f.reason.kind, f.reason.anchor) for f in found] == [
        ("mug", Kind.POPULAR, None),
        ("tea", Kind.POPULAR, None),
    ]


def test_what_no_longer_exists_is_not_suggested_but_still_an_anchor() -> None:
    model = learn(TEA, catalogue=["tea"])
    assert [found.product for found in ask(model, "mug")] == ["tea"]
    assert ask(model, "tea") == []


def test_earlier_orders_speak_more_softly_than_this_one() -> None:
    past: list[Past] = [(f"a{n}", 1, ["mug", "tea"]) for n in range(3)]
    past += [(f"b{n}", 1, ["pan", "oil"]) for n in range(3)]
    model = learn(past)
    assert [f.product for f in ask(model, "mug", history=[["pan"]])] == ["tea", "oil"]
    assert [f.product for f in ask(model, "pan", history=[["mug"]])] == ["oil", "tea"]


def test_what_was_bought_before_is_never_suggested() -> None:
    assert [f.product for f in ask(learn(TEA), "mug", history=[["cup"], ["tea"]])] == []


def test_a_product_not_on_the_shelf_is_not_shown() -> None:
    assert recommend(learn(TEA), Request(basket=["mug"]), {}) == []


def test_equal_scores_are_ordered_by_name() -> None:
    names = ["ชา เขียว", "a b", "Z", "é"]
    model = learn([(f"{name}{n}", 1, ["mug", name]) for name in names for n in range(2)])
    found = [f.product for f in ask(model, "mug")]
    assert found == sorted(names, key=str.encode)


def test_limits_of_nothing_give_nothing() -> None:
    assert ask(learn(TEA), "mug", limit=0) == ask(learn(TEA), "mug", limit=-3) == []


def test_candidates_are_few_whatever_the_shop_sells() -> None:
    past: list[Past] = [(f"{who}{n}", 1, ["mug", f"thing {n}"]) for n in range(300) for who in "ab"]
    assert len(candidates(learn(past), Request(basket=["mug"], limit=1000))) == 80


class _Unread(list[str]):
    """An order that nobody may look at."""

    def __len__(self) -> int:
        raise AssertionError("an order too old to say anything was read")

    __iter__ = __getitem__ = __len__  # type: ignore[assignment]


def _memory(orders: Orders) -> Memory:
    return learn_blend(orders, fit_content([Product(name) for name in orders.products]))[0]


def test_a_shop_whose_past_stays_true_remembers_longer() -> None:
    grocery = invent(KINDS["grocery"], orders=2000, products=600, seed=102).columns()
    assert _memory(grocery) is LONG
    # too small to be asked
    assert _memory(grocery.only(np.arange(len(grocery)) < 30)) is SHORT


def test_a_shop_whose_things_got_other_companions_goes_by_the_news() -> None:
    random = np.random.default_rng(5)
    past: list[Past] = []
    for number in range(2500):
        days_ago, one = 730 - number * 730 / 2500, int(random.integers(0, 60))
        other = one ^ 1 if days_ago > 100 else 59 - one
        if random.random() > 0.4:
            other = int(random.integers(0, 60))
        past.append((f"c{number}", days_ago, [f"p{one}", f"p{other}"]))
    assert _memory(Orders.from_lines(lines(past))) is SHORT


def test_an_order_of_which_nothing_could_be_foretold_is_asked_in_vain() -> None:
    past: list[Past] = [(f"c{n}", 60 - n, ["mug"] if n < 54 else ["mug", f"new {n}"]) for n in range(60)]
    assert _memory(Orders.from_lines(lines(past))) is SHORT


def test_a_shop_of_single_things_is_asked_in_vain() -> None:
    assert _memory(Orders.from_lines(lines([(f"c{n}", n / 9, ["mug"]) for n in range(60)]))) is SHORT


def test_beside_a_basket_of_unknown_things_the_order_before_is_not_in_it() -> None:
    model = learn([*TEA, *((f"c{n}", 9, ["mug"]) for n in range(3))])
    asked = Request(basket=["unheard of"], history=[["mug"]], strategy=Strategy.TOGETHER)
    assert "mug" in [found.product for found in candidates(model, asked)]
    assert "mug" not in [found.product for found in candidates(model, dataclasses.replace(asked, basket=["mug"]))]


def test_of_the_longest_history_only_the_newest_is_read() -> None:
    past: list[Past] = [(f"c{n}", n, [f"p{n % 400}", f"p{n * 7 % 400}", f"p{n * 3 % 400}"]) for n in range(3000)]
    model = learn(past)
    read = [[f"p{n % 200}"] for n in range(READ)]
    request = Request(basket=["p1"], history=[*read, *(_Unread() for _ in range(10_000))])
    assert candidates(model, request) == candidates(model, dataclasses.replace(request, history=read))


def test_products_of_any_name_survive() -> None:
    names = ["", " ", "a\x00b", "ก็ ๆ", "\ud800", "🫖"]
    model = learn([(f"c{n}", 1, names) for n in range(3)])
    found = recommend(model, Request(basket=[""], limit=9), {name: Product(name) for name in names})
    assert {f.product for f in found} == set(names) - {""}


BUSY: list[Past] = [
    *((f"c{n}", 30 + n, ["mug", "tea"]) for n in range(6)),
    *((f"c{n}", 20 + n, ["filter", "tea"]) for n in range(6)),
    *((f"d{n}", 3, ["jam", "pan"]) for n in range(4)),
]


def found(model: Model, strategy: Strategy, *basket: str, **more: object) -> list[str]:
    """Candidates, best first."""
    request = Request(basket, strategy=strategy, **more)  # type: ignore[arg-type]
    return [one.product for one in candidates(model, request)]


@pytest.mark.parametrize("strategy", list(Strategy))
def test_candidates_are_never_what_was_had_or_excluded(strategy: Strategy) -> None:
    offered = found(learn(BUSY), strategy, "mug", history=[["tea"]], excluded=["jam"])
    again = strategy in (Strategy.NEXT, Strategy.BUY_AGAIN, Strategy.TOGETHER)
    assert len(offered) == len(set(offered))
    assert "jam" not in offered
    assert ("tea" in offered) == again
    assert ("mug" in offered) == (strategy is Strategy.NEXT)
    assert ("pan" in offered) == (strategy not in (Strategy.BUY_AGAIN, Strategy.SIMILAR, Strategy.STEP_UP))


@pytest.mark.parametrize("strategy", list(Strategy))
def test_candidates_come_best_first_with_chances_above_nothing(strategy: Strategy) -> None:
    scores = [one.score for one in candidates(learn(BUSY), Request(["mug"], strategy=strategy))]
    assert scores == sorted(scores, reverse=True)
    assert all(score > 0 for score in scores)


def test_bought_again_is_only_what_people_do_buy_again() -> None:
    assert found(learn(BUSY), Strategy.BUY_AGAIN, "tea", "mug", "jam") == ["tea"]


def test_each_question_is_weighed_by_what_was_learnt_for_it() -> None:
    past: list[Past] = [(f"c{n}", 30 + n, ["mug", "tea"]) for n in range(6)]
    past += [(f"c{n}", 20 + n, ["filter"]) for n in range(6)]
    past += [(f"d{n}", 3, ["jam"]) for n in range(9)]
    model = learn(past)
    weights = np.zeros((len(Task), len(NAMES)))
    weights[Task.TOGETHER, NAMES.index("within")] = 1
    weights[Task.NEW, NAMES.index("later")] = 1
    weights[Task.NEXT, NAMES.index("owned")] = 1
    weights[Task.TOGETHER_KNOWN, NAMES.index("owned")] = 1
    model = dataclasses.replace(model, blend=Blend(weights, np.zeros(len(Task), np.int64)))
    assert found(model, Strategy.TOGETHER, "mug")[0] == "tea"
    assert found(model, Strategy.GOES_WITH, "mug")[0] == "filter"
    assert found(model, Strategy.NEXT, "mug")[0] == "mug"
    # an order of somebody known is completed from what they had before as well
    assert found(model, Strategy.TOGETHER, "mug", history=[["jam"]])[0] == "jam"
    assert found(model, Strategy.TOGETHER, "mug", history=[["mug"]])[0] == "tea"


def test_an_order_of_products_nobody_knows_makes_the_others_no_older() -> None:
    model = learn(BUSY)
    plain = Request(["mug"], history=[["filter"], ["jam"]], strategy=Strategy.NEXT)
    strange = Request(["mug"], history=[["who"], ["filter"], [], ["ever"], ["jam"]], strategy=Strategy.NEXT)
    assert candidates(model, strange) == candidates(model, plain)


LAMPS = {
    title: Product(title, title, price_minor=price)
    for title, price in (
        ("Brass desk lamp", 900),
        ("Brass floor lamp", 1200),
        ("Linen napkin", 300),
        ("Oak tray", 400),
        ("Beeswax candle", 200),
        ("Wool rug", 700),
    )
}


def lamp_shop(catalogue: dict[str, Product]) -> Model:
    """A shop where the desk lamp is bought with the tray, and the floor lamp never was."""
    past: list[Past] = [(f"c{n}", n, ["Brass desk lamp", "Oak tray"]) for n in range(4)]
    return fit(Orders.from_lines(lines(past)), catalogue=catalogue, as_of=NOW)


def test_what_was_never_sold_can_stand_in_for_something() -> None:
    model = lamp_shop(LAMPS)
    assert found(model, Strategy.SIMILAR, "Brass desk lamp") == ["Brass floor lamp"]
    assert "Brass floor lamp" not in found(model, Strategy.POPULAR)


def test_what_stands_in_is_like_what_is_asked_about_and_not_like_the_order() -> None:
    model = lamp_shop(LAMPS)
    assert found(model, Strategy.SIMILAR, "Oak tray", about=["Brass desk lamp"]) == ["Brass floor lamp"]
    assert found(model, Strategy.SIMILAR, "Brass desk lamp", about=["Oak tray"]) == []
    assert found(model, Strategy.SIMILAR, "Brass desk lamp", excluded=["Brass floor lamp"]) == []
    assert found(model, Strategy.SIMILAR, "Brass desk lamp", history=[["Brass floor lamp"]]) == []


def test_what_the_shop_no_longer_has_stands_in_for_nothing() -> None:
    past: list[Past] = [(f"c{n}", n, ["Brass desk lamp", "Brass floor lamp"]) for n in range(4)]
    catalogue = {title: product for title, product in LAMPS.items() if title != "Brass floor lamp"}
    model = fit(Orders.from_lines(lines(past)), catalogue=catalogue, as_of=NOW)
    for strategy in Strategy:
        assert "Brass floor lamp" not in found(model, strategy, "Oak tray", about=["Brass desk lamp"])


def test_without_a_time_it_speaks_for_that_of_the_last_order() -> None:
    orders = Orders.from_lines(lines([("a", 9, ["mug"]), ("b", 2, ["tea"]), ("c", 5, ["tea"])]))
    assert fit(orders).as_of == NOW - 2 * DAY_S
    assert fit(orders, as_of=NOW).as_of == NOW
    assert fit(Orders.from_lines([])).as_of == 0.0
