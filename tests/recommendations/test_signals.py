"""What the blend weighs, against slow and direct computation."""

import math

import numpy as np
import pytest

from recommendations import signals as module
from recommendations.content import Content, fit_content
from recommendations.linear import OLDER
from recommendations.neighbours import Neighbours
from recommendations.popular import DAY_S, HALF_LIVES_D, Popular
from recommendations.request import Product
from recommendations.signals import (
    ANCHORS,
    BEST,
    CANDIDATES,
    HARDLY_SOLD,
    LATELY,
    LEAST_WEIGHT,
    MOST,
    NAMES,
    Shopper,
    Signals,
    Table,
)
from tests.recommendations.shop import NOW

NOTHING = np.zeros(0, np.int64)


def numbers(*products: int) -> np.ndarray:
    """Product numbers."""
    return np.array(products, np.int64)


def some_neighbours(n: int, seed: int, density: float = 0.6) -> Neighbours:
    """Random neighbours of `n` products, some speaking against each other."""
    random = np.random.default_rng(seed)
    there = random.random((n, n)) < density
    one, other = np.nonzero(there)
    counts = [np.zeros(len(one), np.int32)] * 3
    within, later = (random.normal(0.3, 0.5, len(one)).astype(np.float32) for _ in range(2))
    share = random.random(len(one)).astype(np.float32)
    return Neighbours(np.searchsorted(one, np.arange(n + 1)), other.astype(np.int32), within, share, later, *counts)


def some_popular(n: int, seed: int) -> Popular:
    """Random buyers; product 0 was never bought."""
    random = np.random.default_rng(seed)
    recent = random.random((n, len(HALF_LIVES_D))).astype(np.float32) * 9
    recent[0] = 0
    first = NOW - random.uniform(0, 900, n) * DAY_S
    last = np.minimum(NOW, first + random.uniform(0, 900, n) * DAY_S)
    first[0], last[0] = np.inf, -np.inf
    counts = np.ones(n, np.int32)
    return Popular(recent, counts, counts, counts, first, last)


def undescribed(n: int) -> Content:
    """Nothing is known of what `n` products are like."""
    return fit_content([Product(str(number)) for number in range(n)])


def of(n: int, seed: int = 1) -> Signals:
    """Signals of a random shop as of NOW."""
    return Signals(some_neighbours(n, seed), some_popular(n, seed), undescribed(n), NOW)


def column(table: Table, name: str) -> dict[int, float]:
    """One signal of each candidate."""
    return dict(zip(table.product.tolist(), table.rows[:, NAMES.index(name)].tolist(), strict=True))


def test_a_shopper_with_nothing_has_nothing() -> None:
    for orders in ([], [NOTHING], [NOTHING, NOTHING]):
        shopper = Shopper.of(orders)
        assert len(shopper.products) == len(shopper.weight) == len(shopper.anchors) == 0


def test_each_product_of_a_shopper_weighs_by_its_orders() -> None:
    shopper = Shopper.of([numbers(3, 7), numbers(), numbers(3, 5), numbers(5)])
    assert shopper.products.tolist() == [3, 5, 7]
    assert shopper.weight == pytest.approx([1 + OLDER**2, OLDER**2 + OLDER**3, 1])
    assert shopper.in_basket.tolist() == [True, False, True]
    assert shopper.times.tolist() == [2, 2, 1]
    assert shopper.since.tolist() == [0, 2, 0]


def test_those_that_weigh_most_speak_for_others() -> None:
    old, basket = np.arange(ANCHORS), np.arange(ANCHORS, ANCHORS + 5)
    shopper = Shopper.of([basket, old])
    spoken = shopper.products[shopper.anchors]
    assert np.all(np.diff(spoken) > 0)
    # of equal ones the first
    assert spoken.tolist() == [*range(ANCHORS - 5), *basket.tolist()]


def test_what_was_ordered_long_ago_speaks_for_nothing() -> None:
    orders = [numbers(number) for number in range(60)]
    spoken = Shopper.of(orders).anchors
    assert spoken.tolist() == [number for number in range(60) if OLDER**number >= LEAST_WEIGHT]
    assert 15 < len(spoken) < 40
    # somebody who only came long ago still is who they are
    assert Shopper.of([NOTHING] * 50 + [numbers(3)]).anchors.tolist() == [0]


@pytest.mark.parametrize("seed", range(5))
def test_the_table_says_what_one_computes_by_hand(seed: int) -> None:
    n = 25
    signals, near, popular = of(n, seed), some_neighbours(n, seed), some_popular(n, seed)
    shopper = Shopper.of([numbers(2, 9), numbers(4), numbers(2, 11)])
    table = signals.table(shopper, NOTHING)
    linked = {name: np.zeros(n) for name in ("within", "within the basket", "later", "share")}
    for product, weight, is_here in zip(shopper.products, shopper.weight, shopper.in_basket, strict=True):
        for place in range(near.starts[product], near.starts[product + 1]):
            other = near.neighbour[place]
            linked["within"][other] += near.within[place] * weight
            linked["within the basket"][other] += near.within[place] * is_here
            linked["later"][other] += near.later[place] * weight
            # of several that lead to one product the strongest alone, and no more for having it often
            linked["share"][other] = max(linked["share"][other], near.share[place] * min(weight, 1.0))
    assert shopper.weight.max() > 1 > shopper.weight.min()
    for name, score in linked.items():
        measure = np.sort(score[score > 0])[-BEST:].mean()
        expected = {product: min(max(score[product] / measure, 0.0), MOST) for product in table.product.tolist()}
        assert column(table, name) == pytest.approx(expected, abs=1e-5)
        assert column(table, f"{name} √") == pytest.approx(
            {product: math.sqrt(value) for product, value in expected.items()}, abs=1e-3
        )
    for product in table.product.tolist():
        for place, half in enumerate(HALF_LIVES_D):
            assert column(table, f"buyers of {half:g} d")[product] == pytest.approx(
                math.log1p(popular.recent[product, place]), abs=1e-5
            )
        if product:
            for name, at in (("first", popular.first), ("last", popular.last)):
                days = math.log1p((NOW - at[product]) / DAY_S)
                assert column(table, f"days since {name} sold")[product] == pytest.approx(days, abs=1e-4)
    own = {product: place for place, product in enumerate(shopper.products.tolist())}
    # oftenest first, then latest, then what most buy
    ranked = sorted(
        own,
        key=lambda one: (-shopper.times[own[one]], shopper.since[own[one]], -popular.recent[one, LATELY[-1]]),
    )
    for product in table.product.tolist():
        has = own.get(product)
        own_columns = NAMES[NAMES.index("owned") :]
        assert [column(table, name)[product] for name in own_columns] == pytest.approx(
            [0] * len(own_columns)
            if has is None
            else [
                1,
                shopper.weight[has],
                math.log1p(shopper.times[has]),
                1 / (1 + shopper.since[has]),
                -math.log1p(ranked.index(product)),
                math.log(len(shopper.products)),
                column(table, "within √")[product],
                column(table, "days since first sold")[product],
            ],
            abs=1e-5,
        )


@pytest.mark.parametrize("seed", range(5))
def test_on_the_table_is_whatever_has_a_word_for_it_and_what_the_shopper_has(seed: int) -> None:
    n = 25
    near = some_neighbours(n, seed, density=0.05)
    popular = some_popular(n, seed)
    popular.recent[::2] = 0
    signals = Signals(near, popular, undescribed(n), NOW)
    shopper = Shopper.of([numbers(2, 9), numbers(0)])
    spoken = dict.fromkeys(range(n), 0.0), dict.fromkeys(range(n), 0.0), dict.fromkeys(range(n), 0.0)
    for product, weight in zip(shopper.products, shopper.weight, strict=True):
        for place in range(near.starts[product], near.starts[product + 1]):
            spoken[0][int(near.neighbour[place])] += near.within[place] * weight
            spoken[1][int(near.neighbour[place])] += near.later[place] * weight
            spoken[2][int(near.neighbour[place])] += near.share[place] * weight
    expected = {0, 2, 9, *range(1, n, 2)} | {p for scores in spoken for p, score in scores.items() if score > 0}
    basket = signals.table(Shopper.of([numbers(2, 9)]), NOTHING)
    assert expected <= set(signals.table(shopper, NOTHING).product.tolist()) <= expected | set(basket.product.tolist())


def test_what_is_closed_or_gone_is_never_on_the_table() -> None:
    signals, shopper = of(12), Shopper.of([numbers(1, 2, 3)])
    allowed = np.ones(12, np.bool_)
    allowed[[3, 6]] = False
    found = set(signals.table(shopper, numbers(1, 7), allowed).product.tolist())
    assert found
    assert not found & {1, 7, 3, 6}
    assert 2 in found


def test_what_is_closed_leaves_room_for_the_next_best(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CANDIDATES", 2)
    n = 30
    counts = np.zeros(0, np.int32)
    alone = Neighbours(np.zeros(n + 1, np.int64), counts, *[counts.astype(np.float32)] * 3, *[counts] * 3)
    recent = np.repeat(np.arange(n, dtype=np.float32)[:, None], len(HALF_LIVES_D), axis=1)
    ones = np.ones(n, np.int32)
    popular = Popular(recent, ones, ones, ones, np.full(n, NOW), np.full(n, NOW))
    signals = Signals(alone, popular, undescribed(n), NOW)
    nobody = Shopper.of([])
    assert signals.table(nobody, NOTHING).product.tolist() == [28, 29]
    assert signals.table(nobody, numbers(29, 27)).product.tolist() == [26, 28]
    allowed = np.arange(n) < 10
    assert signals.table(nobody, NOTHING, allowed).product.tolist() == [8, 9]


def test_of_equally_good_ones_the_first_come_to_the_table() -> None:
    score = np.zeros(2 * CANDIDATES)
    score[5:] = 1.0
    score[[-1, -7]] = 2.0
    best = sorted(module._best(score, np.flatnonzero(score > 0)).tolist())
    assert best == [*range(5, CANDIDATES + 3), 2 * CANDIDATES - 7, 2 * CANDIDATES - 1]
    assert module._best(np.array([0.0, -1.0, 3.0]), numbers(2)).tolist() == [2]


def test_what_speaks_louder_than_all_others_is_not_heard_without_bounds() -> None:
    n = 20
    # the one is measured against the mean of the BEST, and is far above it
    within = np.array([5.0, *np.linspace(0.01, 0.02, BEST - 1)], np.float32)
    nothing, zero = within * 0, np.zeros(BEST, np.int32)
    neighbours = np.arange(4, 4 + BEST).astype(np.int32)
    starts = np.where(np.arange(n + 1) > 0, BEST, 0)
    near = Neighbours(starts, neighbours, within, nothing, nothing, zero, zero, zero)
    table = Signals(near, some_popular(n, 1), undescribed(n), NOW).table(Shopper.of([numbers(0)]), NOTHING)
    assert (column(table, "within")[4], column(table, "within √")[4]) == (MOST, math.sqrt(MOST))
    assert 0 < column(table, "within")[5] < column(table, "within")[6] < 0.1


def test_where_few_speak_each_is_measured_against_these_few() -> None:
    n = 20
    within, zero = np.array([0.3, 0.1, -0.5], np.float32), np.zeros(3, np.int32)
    near = Neighbours(
        np.where(np.arange(n + 1) > 0, 3, 0),
        numbers(4, 5, 6).astype(np.int32),
        within,
        np.maximum(within, 0),
        within * 0,
        zero,
        zero,
        zero,
    )
    table = Signals(near, some_popular(n, 1), undescribed(n), NOW).table(Shopper.of([numbers(0)]), NOTHING)
    for name in ("within", "within the basket", "share"):
        assert [column(table, name)[product] for product in (4, 5, 6)] == pytest.approx([1.5, 0.5, 0.0])
    assert set(column(table, "later").values()) == {0.0}


def test_a_shop_of_nothing_has_an_empty_table() -> None:
    signals = of(1)
    unsold = Popular(*(np.zeros((0, 5), np.float32), *[NOTHING] * 5))
    empty = Signals(some_neighbours(0, 1), unsold, undescribed(0), NOW)
    for one in (empty.table(Shopper.of([]), NOTHING), signals.table(Shopper.of([]), NOTHING)):
        assert one.rows.shape == (0, len(NAMES))


def test_what_will_be_sold_first_in_the_future_counts_as_sold_now() -> None:
    popular = some_popular(3, 1)
    popular.first[:] = popular.last[:] = NOW + 900 * DAY_S
    table = Signals(some_neighbours(3, 1), popular, undescribed(3), NOW).table(Shopper.of([numbers(0, 1, 2)]), NOTHING)
    assert set(column(table, "days since first sold").values()) == {0.0}
    assert set(column(table, "days since last sold").values()) == {0.0}


def test_what_is_described_like_what_somebody_has_speaks_for_itself() -> None:
    titles = ["Fern teapot", "Fern milk jug", "Oak milk jug", "Garden hose"]
    content = fit_content([Product(str(number), title=title) for number, title in enumerate(titles)])
    likeness = {
        (one, int(other)): float(score)
        for one in range(4)
        for other, score in zip(
            content.neighbour[content.starts[one] : content.starts[one + 1]],
            content.score[content.starts[one] : content.starts[one + 1]],
            strict=True,
        )
    }
    assert likeness.keys() >= {(0, 1), (2, 1)}
    signals = Signals(some_neighbours(4, 1), some_popular(4, 1), content, NOW)
    # the jug of an earlier order counts less; that the teapot was had twice makes nothing more like it
    shopper = Shopper.of([numbers(0), numbers(0, 2)])
    table = signals.table(shopper, NOTHING)
    expected = math.log1p(likeness[0, 1] + OLDER * likeness[2, 1])
    assert column(table, "alike")[1] == pytest.approx(expected, abs=1e-5)
    # the more people bought it, the less is left of what its description says
    sold = float(some_popular(4, 1).recent[1, -1])
    assert column(table, "alike, hardly sold")[1] == pytest.approx(expected / (1 + sold / HARDLY_SOLD), abs=1e-5)
    assert column(table, "alike").get(3, 0.0) == 0.0
    assert sorted(zip(table.alike.anchor.tolist(), table.alike.product.tolist(), strict=True)) == sorted(
        pair for pair in likeness if pair[0] != 1
    )
