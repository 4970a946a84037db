"""The two questions a model answers."""

import time

from recommendations import Kind, Product, Request, candidates, recommend
from tests.recommendations.shop import Past, ask, learn, shelf

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


def test_the_longest_history_is_answered_quickly() -> None:
    past: list[Past] = [(f"c{n}", n, [f"p{n % 400}", f"p{n * 7 % 400}", f"p{n * 3 % 400}"]) for n in range(3000)]
    model = learn(past)
    request = Request(basket=["p1"], history=[[f"p{n % 200}"] for n in range(10_000)])
    begun = time.process_time()
    for _ in range(10):
        recommend(model, request, shelf(model))
    assert (time.process_time() - begun) / 10 < 0.05


def test_products_of_any_name_survive() -> None:
    names = ["", " ", "a\x00b", "ก็ ๆ", "\ud800", "🫖"]
    model = learn([(f"c{n}", 1, names) for n in range(3)])
    found = recommend(model, Request(basket=[""], limit=9), {name: Product(name) for name in names})
    assert {f.product for f in found} == set(names) - {""}
