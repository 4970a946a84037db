"""What an update knows, against a whole fit of the same orders and against the model before it."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations import (
    Kind,
    Line,
    Model,
    Orders,
    Product,
    Reason,
    Request,
    Strategy,
    Suggestion,
    candidates,
    fit,
    read_model,
    recommend,
    update,
    write_model,
)
from recommendations.popular import Popular
from tests.recommendations.shop import DAY_S, NOW, Past, ask, learn, lines

NAMES = ["mug", "tea", "ชา เขียว", "a b", "0", "é", "jam"]
LAST_FIT = NOW - 5 * DAY_S

PAST: list[Past] = [
    (f"c{n % 70}", 60 - n / 3, [["mug", "tea"], ["pan", "oil", "mug"], ["jam", f"p{n % 4}"], ["coffee"]][n % 4])
    for n in range(140)
]
ROOMS = [
    Product("bowl", "Salad bowl", category="Bowls"),
    Product("cup", "Espresso cup", category="Cups"),
    Product("cup 2", "Cappuccino cup", category="Cups"),
    Product("jar", "Glass jar", category="Jars"),
    Product("kettle", "Copper kettle", category="Kettles"),
    Product("rug", "Wool rug", category="Rugs"),
    Product("tray", "Oak tray", category="Trays"),
]
SHELF = {one.id: one for one in ROOMS}
BOUGHT: list[Past] = [(f"k{n}", 9 - n / 9, ["kettle", "cup"]) for n in range(12)]
BOUGHT += [(f"j{n}", 9 - n / 9, ["jar", "bowl"]) for n in range(12)]
BOUGHT += [(f"r{n}", 9 - n / 9, ["rug", "tray"]) for n in range(12)]


def parts(rows: list[Line]) -> tuple[Orders, Orders]:
    """Orders before and after the last whole fit."""
    return tuple(Orders.from_lines(row for row in rows if (row.placed_at > LAST_FIT) is new) for new in (False, True))  # type: ignore[return-value]


def news(past: list[Past]) -> Orders:
    """Orders that no model knows yet."""
    return Orders.from_lines(line._replace(order=f"new {line.order}") for line in lines(past))


def answers(model: Model) -> dict[tuple[str, Strategy], tuple[Suggestion, ...]]:
    """All that a model proposes beside one product or none."""
    return {
        (basket, strategy): candidates(model, Request([basket] if basket else [], strategy=strategy))
        for basket in ("", *SHELF, "mug", "pan", "tea", "unheard of")
        for strategy in Strategy
    }


def of_each(model: Model, column: str) -> dict[str, Any]:
    """One of the columns of what is popular, by product."""
    return dict(zip(model.products, getattr(model.learnt.popular, column).tolist(), strict=True))


def pairs(model: Model, column: str) -> dict[tuple[str, str], float]:
    """One of the columns of the neighbours, by products."""
    near = model.learnt.neighbours
    one = np.repeat(np.arange(len(model.products)), np.diff(near.starts)).tolist()
    values = zip(one, near.neighbour.tolist(), getattr(near, column).tolist(), strict=True)
    return {(model.products[first], model.products[other]): value for first, other, value in values}


days = st.sampled_from([-2.0, 0.0, 0.5, 1.0, 3.0, 6.0, 7.5, 30.0, 400.0])
pasts = st.lists(
    st.tuples(
        st.sampled_from(["", "ann", "bob", "cid"]), days, st.lists(st.sampled_from(NAMES), min_size=1, max_size=4)
    ),
    max_size=24,
)


@settings(deadline=None, max_examples=60)
@given(past=pasts)
def test_what_sells_is_as_a_whole_fit_would_count_it_where_no_buyer_comes_back(past: list[Past]) -> None:
    rows = lines((f"c{number}" if who else "", ago, products) for number, (who, ago, products) in enumerate(past))
    before, after = parts(rows)
    # the last fit spoke for its own instant, and orders of the future count as placed now
    found = update(fit(before, as_of=LAST_FIT), after, as_of=NOW)
    whole = fit(Orders.from_lines(rows), as_of=NOW)
    assert list(found.products) == list(whole.products)
    assert found.learnt.popular.recent == pytest.approx(whole.learnt.popular.recent, abs=1e-4)
    for column in ("orders", "first", "last"):
        assert of_each(found, column) == of_each(whole, column)
    assert (found.orders, found.as_of, bool(found.allowed.all())) == (whole.orders, NOW, True)


@settings(deadline=None, max_examples=60)
@given(past=pasts)
def test_there_are_never_more_people_than_there_are(past: list[Past]) -> None:
    rows = lines(past)
    before, after = parts(rows)
    old, whole = fit(before, as_of=LAST_FIT), fit(Orders.from_lines(rows), as_of=NOW)
    found = update(old, after, as_of=NOW)
    newly = fit(after, as_of=NOW)
    for column in ("buyers", "people"):
        least, most, of_news = of_each(old, column), of_each(whole, column), of_each(newly, column)
        for product, count in of_each(found, column).items():
            assert count == max(least.get(product, 0), of_news.get(product, 0)) <= most[product]
    for column in ("people", "orders", "followed"):
        held, recounted = pairs(found, column), pairs(whole, column)
        assert held == pairs(old, column)
        assert all(count <= recounted.get(pair, 0) for pair, count in held.items() if count)
    assert (found.learnt.popular.recent >= whole.learnt.popular.recent - 1e-4).all()


@settings(deadline=None, max_examples=30)
@given(past=pasts)
def test_two_updates_are_as_good_as_one(past: list[Past]) -> None:
    rows = lines(past)
    before, after = parts(rows)
    last_day = after.placed_at > NOW - DAY_S
    first, second = after.only(~last_day), after.only(last_day)
    base = fit(before, as_of=LAST_FIT)
    once = update(base, after, as_of=NOW)
    twice = update(update(base, first, as_of=NOW - DAY_S), second, as_of=NOW)
    assert list(twice.products) == list(once.products)
    assert (twice.orders, twice.as_of) == (once.orders, once.as_of)
    for column in ("orders", "first", "last"):
        assert of_each(twice, column) == of_each(once, column)
    assert (twice.learnt.popular.people <= once.learnt.popular.people).all()
    for column in ("within", "share", "later"):
        assert pairs(twice, column) == pairs(once, column)


def same(one: Model, other: Model) -> bool:
    """Whether both know the same, array by array."""
    held: list[tuple[Any, Any]] = [
        (one.learnt.popular, other.learnt.popular),
        (one.learnt.neighbours, other.learnt.neighbours),
    ]
    held += [(one.content, other.content), (one.blend, other.blend), (one.products, other.products)]
    names = [(a, b, field.name) for a, b in held for field in dataclasses.fields(a) if field.name != "kind"]
    arrays = all(np.array_equal(getattr(a, name), getattr(b, name)) for a, b, name in names)
    allowed = np.array_equal(one.allowed, other.allowed)
    return arrays and allowed and (one.orders, one.as_of) == (other.orders, other.as_of)


@pytest.mark.parametrize("described", [True, False])
def test_without_news_and_at_the_same_instant_nothing_changes(described: bool) -> None:
    catalogue = SHELF if described else None
    model = fit(Orders.from_lines(lines([*PAST, *BOUGHT])), catalogue=catalogue, as_of=NOW)
    for again in (catalogue, None):
        found = update(model, Orders.from_lines([]), catalogue=again, as_of=NOW)
        assert same(found, model)
        assert answers(found) == answers(model)
    assert update(model, Orders.from_lines([])).as_of == NOW
    told = [suggestion.reason.kind for answer in answers(model).values() for suggestion in answer]
    assert {Kind.BOUGHT_TOGETHER, Kind.POPULAR} <= set(told)
    assert (Kind.LIKE_BOUGHT in told) == described


def test_products_whose_ids_stand_between_others_move_none_of_what_is_known_of_these() -> None:
    model = learn(PAST)
    between = frozenset(["", "a", "jam jar", "mugs", "oi", "p1½", "tea ", "zinc", "ชา"])
    found = update(model, Orders.from_lines([]), catalogue=between | set(model.products), as_of=NOW)
    assert list(found.products) == sorted({*model.products, *between}, key=str.encode)
    for column in ("recent", "buyers", "people", "orders", "first", "last"):
        held = of_each(found, column)
        assert {product: held[product] for product in model.products} == of_each(model, column)
    for column in ("within", "share", "later", "people", "orders", "followed"):
        assert pairs(found, column) == pairs(model, column) != {}
    assert answers(found) == answers(model)


def test_likenesses_move_with_their_products() -> None:
    model = fit(Orders.from_lines(lines(BOUGHT)), catalogue=SHELF, as_of=NOW)
    found = update(model, news([("", 0, ["cup 1"]), ("", 0, ["a"]), ("", 0, ["tea"])]), as_of=NOW)
    for basket in SHELF:
        request = Request([basket], strategy=Strategy.SIMILAR)
        assert candidates(found, request) == candidates(model, request)
    assert [one.product for one in candidates(found, Request(["cup"], strategy=Strategy.SIMILAR))] == ["cup 2"]
    looks = dict(zip(model.products, model.content.look.tolist(), strict=True))
    moved = dict(zip(found.products, found.content.look.tolist(), strict=True))
    assert moved == looks | {"cup 1": -1, "a": -1, "tea": -1}


def test_what_came_to_the_shop_since_is_there() -> None:
    old = fit(Orders.from_lines(lines(BOUGHT)), catalogue={p: SHELF[p] for p in SHELF if p != "cup 2"}, as_of=NOW)
    assert recommend(old, Request(["kettle"]), SHELF)[0].product == "cup"
    assert "cup 2" not in old.products
    # nobody bought it yet: it is lent to
    found = update(old, Orders.from_lines([]), catalogue=SHELF, as_of=NOW)
    first, second, *_ = recommend(found, Request(["kettle"]), SHELF)
    assert (first.product, second.product) == ("cup", "cup 2")
    assert second.reason == Reason(Kind.LIKE_BOUGHT, "kettle", 12, 12)
    # many bought it since: it sells
    sold = update(found, news([(f"n{n}", 0, ["cup 2"]) for n in range(40)]), as_of=NOW)
    best = recommend(sold, Request([], strategy=Strategy.POPULAR), SHELF)[0]
    assert (best.product, best.reason) == ("cup 2", Reason(Kind.POPULAR, None, 40, 40))
    assert recommend(sold, Request(["kettle"]), SHELF)[0].product in ("cup", "cup 2")


def test_an_unheard_of_product_of_the_news_is_one_of_the_shops() -> None:
    model = fit(Orders.from_lines(lines(PAST)), catalogue={"mug", "tea"}, as_of=NOW)
    found = update(model, news([("x", 0, ["lamp"]), ("y", 0, ["lamp"])]), as_of=NOW)
    assert {one.product for one in candidates(found, Request([], strategy=Strategy.POPULAR))} == {"mug", "tea", "lamp"}
    # where the shop says what it has, what was sold and is gone is not
    found = update(model, news([("x", 0, ["lamp"]), ("y", 0, ["lamp"])]), catalogue={"mug", "tea"}, as_of=NOW)
    assert {one.product for one in candidates(found, Request([], strategy=Strategy.POPULAR))} == {"mug", "tea"}


def test_what_was_deleted_since_is_not_offered_but_speaks_for_others() -> None:
    model = learn(PAST)
    assert ask(model, "mug", strategy=Strategy.TOGETHER)[0].product == "tea"
    found = update(model, Orders.from_lines([]), catalogue=frozenset(model.products) - {"tea", "pan"}, as_of=NOW)
    offered = {one.product for (_, _), answer in answers(found).items() for one in answer}
    assert offered
    assert not offered & {"tea", "pan"}
    assert ask(found, "tea", strategy=Strategy.TOGETHER)[0].product == "mug"
    # and is back with the catalogue that has it again
    again = update(found, Orders.from_lines([]), catalogue=frozenset(model.products), as_of=NOW)
    assert answers(again) == answers(model)


def test_what_nobody_buys_any_more_fades_as_in_a_whole_fit() -> None:
    orders = Orders.from_lines(lines(PAST))
    model, later = fit(orders, as_of=NOW), NOW + 45 * DAY_S
    found, whole = update(model, Orders.from_lines([]), as_of=later), fit(orders, as_of=later)
    assert found.learnt.popular.recent == pytest.approx(whole.learnt.popular.recent, rel=1e-5)
    assert found.signals.standing == pytest.approx(whole.signals.standing, abs=1e-5)
    assert (found.learnt.popular.recent < 0.95 * model.learnt.popular.recent).all()
    # a clock that went back makes nothing newer than it was
    back = update(model, Orders.from_lines([]), as_of=NOW - 45 * DAY_S)
    assert np.array_equal(back.learnt.popular.recent, model.learnt.popular.recent)


def test_what_sells_now_is_known_at_once_and_what_goes_together_stays() -> None:
    model = learn(PAST)
    found = update(model, news([(f"n{n}", -1, ["oil", "lamp"]) for n in range(90)]))
    # without a time it speaks for the newest order
    assert (found.as_of, found.orders) == (NOW + DAY_S, len(PAST) + 90)
    assert {one.product for one in ask(found, strategy=Strategy.POPULAR)[:2]} == {"oil", "lamp"}
    assert ask(found, "pan", strategy=Strategy.TOGETHER)[0].reason.anchor == "pan"
    assert pairs(found, "within") == pairs(model, "within")
    assert found.blend is model.blend


def test_an_update_leaves_the_model_before_it_as_it_was(tmp_path: Path) -> None:
    model = fit(Orders.from_lines(lines(BOUGHT)), catalogue=SHELF, as_of=NOW)
    write_model(model, tmp_path / "before")
    update(model, news([("x", 0, ["a new one", "cup 2"])]), catalogue={**SHELF, "lamp": Product("lamp", "Lamp")})
    write_model(model, tmp_path / "after")
    assert (tmp_path / "before").read_bytes() == (tmp_path / "after").read_bytes()


def test_a_model_is_brought_up_to_date_from_its_file_and_written_back(tmp_path: Path) -> None:
    model = fit(Orders.from_lines(lines(BOUGHT)), catalogue=SHELF, as_of=LAST_FIT)
    write_model(model, tmp_path / "model")
    more = news([("x", 0, ["a new one", "kettle"]), ("y", 1, ["a new one", "bowl"])])
    catalogue = {**SHELF, "a new one": Product("a new one", "Linen napkin"), "cup 0": Product("cup 0", "Coffee cup")}
    fresh = update(model, more, catalogue=catalogue, as_of=NOW)
    found = update(read_model(tmp_path / "model"), more, catalogue=catalogue, as_of=NOW)
    assert same(found, fresh)
    write_model(found, tmp_path / "model")
    read = read_model(tmp_path / "model")
    assert same(read, fresh)
    assert answers(read) == answers(fresh)


def test_an_empty_model_takes_up_what_is_new() -> None:
    empty = fit(Orders.from_lines([]), as_of=LAST_FIT)
    assert answers(update(empty, Orders.from_lines([]), as_of=NOW)) == dict.fromkeys(answers(empty), ())
    found = update(empty, news([("ann", 1, ["mug"]), ("bob", 2, ["mug", "tea"]), ("cid", 1, ["tea"])]), as_of=NOW)
    assert {one.product: one.reason for one in ask(found)} == {
        "mug": Reason(Kind.POPULAR, None, 2, 2),
        "tea": Reason(Kind.POPULAR, None, 2, 2),
    }
    assert len(found.learnt.neighbours.neighbour) == 0


@pytest.mark.parametrize("when", [math.nan, math.inf, -math.inf])
def test_a_time_that_is_none_is_refused(when: float) -> None:
    with pytest.raises(ValueError, match="cannot speak for"):
        update(learn(PAST), Orders.from_lines([]), as_of=when)


def test_every_column_of_what_is_popular_is_moved() -> None:
    # one that is added to Popular must be added to the update
    found = update(learn(PAST), news([("x", 0, ["between"])]), as_of=NOW)
    for field in dataclasses.fields(Popular):
        assert len(getattr(found.learnt.popular, field.name)) == len(found.products)
