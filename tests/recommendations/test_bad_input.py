"""Shops as they come: too small, too large, one-sided, broken. Each has an answer, or a clear refusal."""

import math
from pathlib import Path

import numpy as np
import pytest

from recommendations import (
    FORMAT,
    ArtefactError,
    Kind,
    Line,
    Model,
    Orders,
    Product,
    Reason,
    Request,
    Strategy,
    Suggestion,
    artefact,
    candidates,
    fit,
    read_model,
    recommend,
    write_model,
)
from recommendations.blend import PRIOR, Task
from recommendations.cases import LEAST_ORDERS
from recommendations.linear import CUSTOMER_ORDERS
from tests.recommendations.shop import DAY_S, NOW, Past, ask, learn, lines

NOTHING: dict[Strategy, list[Suggestion]] = {strategy: [] for strategy in Strategy}
TEA: list[Past] = [(f"c{n}", n, ["mug", "tea"]) for n in range(1, 6)]


def all_answers(model: Model, *basket: str) -> dict[Strategy, list[Suggestion]]:
    """What is shown for a basket, whatever is asked for."""
    return {strategy: ask(model, *basket, strategy=strategy, limit=9) for strategy in Strategy}


def told(model: Model, *basket: str) -> dict[Strategy, tuple[Suggestion, ...]]:
    """Candidates for a basket, whatever is asked for."""
    return {strategy: candidates(model, Request(basket, strategy=strategy)) for strategy in Strategy}


def test_an_empty_shop_has_nothing_to_show() -> None:
    assert all_answers(learn([]), "mug") == NOTHING
    assert all_answers(learn([]), "") == NOTHING


def test_a_shop_whose_only_product_was_never_sold_has_nothing_to_show() -> None:
    model = fit(Orders.from_lines([]), catalogue={"mug": Product("mug", "Stoneware mug")}, as_of=NOW)
    assert all_answers(model, "mug") == all_answers(model) == NOTHING


@pytest.mark.parametrize("orders", [1, 2, LEAST_ORDERS + 10])
def test_a_shop_of_one_product_shows_it_to_those_who_have_nothing(orders: int) -> None:
    model = learn([(f"c{n}", n, ["mug"]) for n in range(orders)])
    assert all_answers(model, "mug") == NOTHING
    expected = [] if orders < 2 else [("mug", Reason(Kind.POPULAR, None, orders, orders))]
    assert [(one.product, one.reason) for one in ask(model)] == expected


def test_one_product_that_people_buy_again_is_offered_again() -> None:
    past: list[Past] = [(f"c{n % 20}", 60 - n, ["coffee"]) for n in range(60)]
    (found,) = ask(learn(past), "coffee", strategy=Strategy.BUY_AGAIN)
    assert found.reason == Reason(Kind.BUY_AGAIN, "coffee", 20, 20)


def test_what_only_a_wholesaler_of_ten_thousand_orders_buys_is_not_what_people_buy() -> None:
    crowd: list[Past] = [(f"c{n}", n / 9, ["mug", "tea"]) for n in range(CUSTOMER_ORDERS * 2)]
    trader: list[Past] = [("trader", n / 500, ["mug", "crate"]) for n in range(10_000)]
    model = learn([*crowd, *trader])
    for strategy in (Strategy.TOGETHER, Strategy.GOES_WITH, Strategy.POPULAR):
        (found,) = ask(model, "mug", strategy=strategy)
        assert (found.product, found.reason.people) == ("tea", CUSTOMER_ORDERS * 2)
    assert "crate" not in {one.product for answer in all_answers(model, "mug").values() for one in answer}
    assert ask(model, "crate", strategy=Strategy.BUY_AGAIN) == []


def test_a_pair_that_a_wholesaler_shares_with_one_other_stays_behind_what_a_hundred_people_buy() -> None:
    past: list[Past] = []
    for n in range(150):
        past.append((f"c{n}", 40 + n / 9, ["mug", "tea"] if n % 3 else [f"p{n % 12}", f"p{n % 12 + 12}"]))
        past.append((f"c{n}", 2 + n / 9, ["filter", f"p{n % 12}"]))
    trader: list[Past] = [("trader", n / 500, ["mug", "crate"]) for n in range(10_000)]
    model = learn([*past, ("ann", 3, ["mug", "crate"]), *trader])
    for strategy in (Strategy.TOGETHER, Strategy.GOES_WITH):
        found = {one.product: one for one in ask(model, "mug", strategy=strategy, limit=9)}
        assert next(iter(found)) == "tea"
        assert found["tea"].reason == Reason(Kind.BOUGHT_TOGETHER, "mug", 100, 100)
        # said truly, and not loudly
        assert found["crate"].reason == Reason(Kind.BOUGHT_TOGETHER, "mug", 2, 10_001)
        assert found["crate"].score < 0.7 * found["tea"].score
    selling = ask(model, "mug", strategy=Strategy.POPULAR, limit=9)
    assert selling[0].product == "filter"
    assert "crate" not in {one.product for one in selling[:3]}


@pytest.mark.parametrize("since_days", [9, 400])
@pytest.mark.parametrize("other", ["ann", ""])
def test_a_hundred_people_say_more_than_a_wholesaler_and_one_other_buyer(other: str, since_days: int) -> None:
    past: list[Past] = [(f"c{n}", since_days * n / 100, ["mug", "tea"]) for n in range(100)]
    trader: list[Past] = [("trader", n / 500, ["mug", "crate"]) for n in range(10_000)]
    model = learn([*past, (other, 3, ["mug", "crate"]), *trader])
    for strategy in (Strategy.TOGETHER, Strategy.GOES_WITH, Strategy.POPULAR):
        tea, crate = ask(model, "mug", strategy=strategy)
        assert (tea.product, tea.reason.people, crate.product) == ("tea", 100, "crate")
        assert crate.score < 0.5 * tea.score


def test_a_shop_of_one_wholesaler_says_nothing_of_what_people_do() -> None:
    model = learn([("trader", n / 500, [f"p{n % 7}", f"p{n % 5}"]) for n in range(10_000)])
    assert all_answers(model, "p1") == NOTHING


def test_lines_that_come_twice_change_nothing() -> None:
    past: list[Past] = [(f"c{n % 9}", 60 - n, ["mug", f"p{n % 4}", f"p{n % 3}"]) for n in range(60)]
    once = fit(Orders.from_lines(lines(past)), as_of=NOW)
    twice = fit(Orders.from_lines([*lines(past), *reversed(lines(past)), *lines(past)[:50]]), as_of=NOW)
    assert told(once, "mug") == told(twice, "mug")
    assert once.orders == twice.orders == 60


def test_an_order_with_one_thing_many_times_over_is_bought_once() -> None:
    past: list[Past] = [(f"c{n}", 2, ["mug"] * 100 + ["tea"]) for n in range(3)] + [("d", 2, ["jam"])]
    (found,) = ask(learn(past), "mug")
    assert found.reason == Reason(Kind.BOUGHT_TOGETHER, "mug", 3, 3)


def test_what_was_all_sent_back_is_as_good_as_never_sold() -> None:
    # returned orders are not passed in; the product is still in the catalogue
    described = {one: Product(one, title) for one, title in (("mug", "Mug"), ("tea", "Tea"), ("pan", "Pan"))}
    model = fit(Orders.from_lines(lines(TEA)), catalogue=described, as_of=NOW)
    shown = [recommend(model, Request(["mug"], strategy=one, limit=9), described) for one in Strategy]
    assert {found.product for answer in shown for found in answer} == {"tea"}


def test_a_bundle_is_not_offered_beside_its_parts_nor_they_beside_it() -> None:
    past: list[Past] = [(f"c{n}", n, ["mug", "tea", "set", "jam"]) for n in range(1, 6)]
    shelf = {one: Product(one) for one in ("mug", "tea", "jam")} | {"set": Product("set", parts=["mug", "tea"])}
    model = learn(past)
    assert [one.product for one in recommend(model, Request(["set"]), shelf)] == ["jam"]
    assert [one.product for one in recommend(model, Request(["mug"]), shelf)] == ["jam", "tea"]
    both = {one.product for one in recommend(model, Request(["jam"], limit=9), shelf)}
    assert both in ({"mug", "tea"}, {"set"})


def test_a_product_that_was_renamed_keeps_its_history() -> None:
    before = {"mug": Product("mug", "Stoneware mug"), "tea": Product("tea", "Green tea")}
    after = before | {"mug": Product("mug", "ถ้วยเซรามิก")}
    answers = [
        recommend(fit(Orders.from_lines(lines(TEA)), catalogue=one, as_of=NOW), Request(["mug"]), one)
        for one in (before, after)
    ]
    assert answers[0] == answers[1] != []


def test_a_product_that_was_merged_brings_its_history_along() -> None:
    past: list[Past] = [(f"o{n}", n, ["old mug", "tea"]) for n in range(1, 4)]
    past += [(f"n{n}", n, ["mug", "tea"]) for n in range(1, 3)]
    whole = fit(Orders.from_lines(lines(past), aliases={"old mug": "mug"}), as_of=NOW)
    (found,) = ask(whole, "mug")
    assert found.reason == Reason(Kind.BOUGHT_TOGETHER, "mug", 5, 5)
    assert {one.product for answer in told(whole, "tea").values() for one in answer} <= {"mug", "tea"}
    (alone,) = [one for one in ask(learn(past), "mug") if one.product == "tea"]
    assert alone.reason.people == 2


def test_a_product_that_was_deleted_is_not_offered_but_speaks_for_others() -> None:
    model = learn([*TEA, ("x", 1, ["mug", "jam"]), ("y", 1, ["mug", "jam"])], catalogue=["tea"])
    assert [(one.product, one.reason.anchor) for one in ask(model, "mug")] == [("tea", "mug")]
    for answer in told(model, "tea").values():
        assert answer == () or {one.product for one in answer} == {"tea"}


def test_a_catalogue_of_none_of_the_products_ever_sold_offers_nothing() -> None:
    model = learn(TEA, catalogue=["new", "newer"])
    assert all_answers(model, "mug") == all_answers(model) == NOTHING


@pytest.mark.parametrize("price", [0, -250])
def test_what_costs_nothing_is_not_offered(price: int) -> None:
    described = {"mug": Product("mug", "Mug", price_minor=900), "tea": Product("tea", "Tea", price_minor=price)}
    model = fit(Orders.from_lines(lines(TEA)), catalogue=described, as_of=NOW)
    for strategy in Strategy:
        assert recommend(model, Request(["mug"], strategy=strategy), described) == []


def test_a_free_product_of_the_order_stops_no_step_up_from_being_weighed() -> None:
    described = {
        "a": Product("a", "Brass desk lamp", price_minor=0),
        "b": Product("b", "Brass floor lamp", price_minor=900),
        "c": Product("c", "Oak tray", price_minor=100),
    }
    past: list[Past] = [(f"c{n}", n, ["a", "b"]) for n in range(4)]
    model = fit(Orders.from_lines(lines(past)), catalogue=described, as_of=NOW)
    for strategy in (Strategy.STEP_UP, Strategy.SIMILAR):
        for found in recommend(model, Request(["a"], strategy=strategy), described):
            assert found.product == "b"


@pytest.mark.parametrize("as_of", [NOW, None])
def test_times_of_any_century_are_times(as_of: float | None) -> None:
    first, last = -62_135_596_800.0, 253_402_300_799.0
    rows = [
        Line(str(n), f"c{n % 9}", (first, last, NOW - n * DAY_S, 0.0, -1e300)[n % 5], product)
        for n in range(100)
        for product in ("mug", "tea", f"p{n % 3}")
    ]
    model = fit(Orders.from_lines(rows), as_of=as_of)
    found = ask(model, "mug")
    assert found[0].reason == Reason(Kind.BOUGHT_TOGETHER, "mug", 9, 100)
    assert all(math.isfinite(one.score) and one.score > 0 for one in found)


def test_one_order_of_the_far_future_does_not_make_the_others_old() -> None:
    past: list[Past] = [(f"c{n}", n / 9, ["mug", "tea"]) for n in range(100)]
    future: list[Past] = [("late", -30_000, ["mug", "pan"])]
    for more in ([], future):
        assert ask(learn([*past, *more]), "mug")[0].product == "tea"
    before, after = learn(past), learn([*past, *future])
    assert after.learnt.popular.recent[list(after.products).index("tea")] == pytest.approx(
        before.learnt.popular.recent[list(before.products).index("tea")]
    )


@pytest.mark.parametrize("time", [math.nan, math.inf, -math.inf])
def test_times_that_are_none_are_refused(time: float) -> None:
    with pytest.raises(ValueError, match="no usable time"):
        Orders.from_lines([Line("1", "ann", time, "mug")])
    with pytest.raises(ValueError, match="cannot speak for"):
        fit(Orders.from_lines(lines(TEA)), as_of=time)


@pytest.mark.parametrize("name", ["", " ", "  mug  ", "ชา เขียว/ร้อน", "a\x00b", "\ud800", "🫖", "x" * 5000])
def test_a_product_of_any_name_is_offered_under_it(name: str, tmp_path: Path) -> None:
    past: list[Past] = [(f"ลูกค้า {n}", n, [name, "mug"]) for n in range(60)]
    described = {name: Product(name, "Tea"), "mug": Product("mug", "Mug")}
    write_model(fit(Orders.from_lines(lines(past)), catalogue=described, as_of=NOW), tmp_path / "model")
    model = read_model(tmp_path / "model")
    (found,) = recommend(model, Request(["mug"]), described)
    assert (found.product, found.reason) == (name, Reason(Kind.BOUGHT_TOGETHER, "mug", 60, 60))
    (back,) = recommend(model, Request([name]), described)
    assert (back.product, back.reason.anchor) == ("mug", name)


def test_names_that_look_alike_are_not_the_same() -> None:
    past: list[Past] = [(f"c{n}", n, ["mug", "tea"]) for n in range(3)] + [
        (f"d{n}", n, ["mug ", "jam"]) for n in range(3)
    ]
    model = learn(past)
    assert (ask(model, "mug")[0].product, ask(model, "mug ")[0].product) == ("tea", "jam")


def test_a_file_of_the_format_before_is_refused_and_so_is_what_is_left_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model"
    with monkeypatch.context() as before:
        before.setattr(artefact, "FORMAT", FORMAT - 1)
        write_model(learn(TEA), path)
    with pytest.raises(ArtefactError, match=f"format {FORMAT - 1}, not {FORMAT}"):
        read_model(path)
    write_model(learn(TEA), path)
    sound = path.read_bytes()
    for broken in (sound[:-64], sound[:40], sound[64:], sound[:-1] + b"\x01", bytes(len(sound))):
        path.write_bytes(broken)
        with pytest.raises(ArtefactError):
            read_model(path)
    path.write_bytes(sound)
    assert ask(read_model(path), "mug") == ask(learn(TEA), "mug") != []


def test_where_all_titles_are_equal_nothing_is_told_by_them() -> None:
    described = {f"p{n}": Product(f"p{n}", "Gift", price_minor=900 + n) for n in range(300)}
    past: list[Past] = [(f"c{n}", n, ["p0", f"p{1 + n % 2}"]) for n in range(60)]
    model = fit(Orders.from_lines(lines(past)), catalogue=described, as_of=NOW)
    # what people do is still learnt
    assert {one.product for one in candidates(model, Request(["p0"]))} == {"p1", "p2"}
    for strategy in (Strategy.SIMILAR, Strategy.STEP_UP):
        assert candidates(model, Request(["p0"], strategy=strategy)) == ()
    # a title that most things have tells nothing apart; one of a few is the same thing in another size
    assert {one.product for one in recommend(model, Request(["p0"]), described)} == {"p1", "p2"}
    few = {ref: described[ref] for ref in ("p0", "p1", "p2")}
    assert recommend(model, Request(["p0"]), few) == []


def test_orders_of_one_instant_are_baskets_that_follow_no_other() -> None:
    past: list[Past] = [(f"c{n % 9}", 1, ["mug", f"p{n % 3}"]) for n in range(200)]
    model = learn(past)
    assert model.blend.cases.tolist() == [0] * len(Task)
    found = ask(model, "mug")
    assert [one.product for one in found] == ["p0", "p1", "p2"]
    assert {one.reason.kind for one in found} == {Kind.BOUGHT_TOGETHER}


@pytest.mark.parametrize("orders", range(LEAST_ORDERS - 2, LEAST_ORDERS + 21))
def test_a_shop_that_just_grew_large_enough_still_has_sensible_answers(orders: int) -> None:
    # everybody ordered twice at most
    past: list[Past] = [(f"c{n % 33}", orders - n, ["mug", "tea"] if n % 4 else ["pan", "oil"]) for n in range(orders)]
    model = learn(past)
    assert bool(model.blend.cases.sum()) == (orders >= LEAST_ORDERS)
    assert np.isfinite(model.blend.weights).all()
    assert np.array_equal(model.blend.weights, PRIOR) == (orders < LEAST_ORDERS)
    assert ask(model, "mug", strategy=Strategy.TOGETHER)[0].product == "tea"
    assert ask(model, "pan", strategy=Strategy.TOGETHER)[0].product == "oil"


def test_an_order_of_two_thousand_products_is_no_basket_but_does_no_harm() -> None:
    past: list[Past] = [("stocktake", 1, [f"p{n}" for n in range(2000)])]
    past += [(f"c{n}", n, ["p1", "p2"]) for n in range(20)]
    model = learn(past)
    assert [(one.product, one.reason) for one in ask(model, "p1")] == [
        ("p2", Reason(Kind.BOUGHT_TOGETHER, "p1", 20, 20))
    ]
    whole = [f"p{n}" for n in range(2000)]
    assert all_answers(model, *whole[1:])[Strategy.GOES_WITH] == []
