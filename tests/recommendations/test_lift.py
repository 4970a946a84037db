"""Intervals that hold as often as they promise, also for whoever looks every day."""

import math

import numpy as np
import pytest

from recommendations.lift import (
    FEWEST,
    Group,
    Sums,
    anytime_difference,
    difference,
    lift,
    mean_difference,
    needed,
    ratio,
    wilson,
)


def test_wilson_gives_the_published_bounds() -> None:
    # Newcombe (1998), table I: 81 of 263
    found = wilson(Group(263, 81))
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    # none of 20
    assert round(wilson(Group(20, 0)).high, 4) == 0.1611
    assert wilson(Group(20, 0)).low == 0


def test_difference_gives_the_published_bounds() -> None:
    # Newcombe (1998), "Interval estimation for the difference", table II, method 10
    cases = [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((10, 10), (0, 10), 0.6075, 1)]
    for (a, n), (b, m), low, high in cases:
        found = difference(Group(n, a), Group(m, b))
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_ratio_is_the_inverse_of_the_other_way_round() -> None:
    one, other = Group(900, 108), Group(300, 40)
    forth, back = ratio(one, other), ratio(other, one)
    assert forth
    assert back
    assert forth.low < forth.estimate < forth.high
    assert 1 + forth.low == pytest.approx(1 / (1 + back.high))
    assert 1 + forth.high == pytest.approx(1 / (1 + back.low))


def test_ratio_to_nobody_is_not_known() -> None:
    assert ratio(Group(500, 20), Group(200, 0)) is None
    found = ratio(Group(500, 0), Group(200, 3))
    assert found
    assert found.estimate == found.low == -1
    assert math.isfinite(found.high)


@pytest.mark.parametrize(("p", "n", "q", "m"), [(0.1, 2000, 0.1, 220), (0.03, 900, 0.05, 100), (0.4, 150, 0.3, 150)])
def test_intervals_hold_what_is_true_as_often_as_they_say(p: float, n: int, q: float, m: int) -> None:
    rng = np.random.default_rng(7)
    rounds = 3000
    held = [0, 0]
    for a, b in zip(rng.binomial(n, p, rounds), rng.binomial(m, q, rounds), strict=True):
        one, other = Group(n, int(a)), Group(m, int(b))
        span = difference(one, other)
        held[0] += span.low <= p - q <= span.high
        times = ratio(one, other)
        held[1] += times is None or times.low <= p / q - 1 <= times.high
    assert all(0.935 <= count / rounds <= 0.985 for count in held), held


def test_whoever_looks_every_day_is_not_fooled() -> None:
    """The same shops, where showing changes nothing: looked at on each of 200 days with both intervals."""
    rng = np.random.default_rng(11)
    shops, days = 400, 200
    fooled = {"once": 0, "anytime": 0}
    for _ in range(shops):
        shown = np.cumsum(rng.binomial(45, 0.1, days))
        held = np.cumsum(rng.binomial(5, 0.1, days))
        looks = [(Group(45 * day, int(shown[day - 1])), Group(5 * day, int(held[day - 1]))) for day in range(20, days)]
        fooled["once"] += any(d.is_below or d.is_above for d in (difference(*look) for look in looks))
        fooled["anytime"] += any(d.is_below or d.is_above for d in (anytime_difference(*look) for look in looks))
    assert fooled["anytime"] / shops <= 0.05
    # and the other one is: the test would notice if the two were mistaken for one another
    assert fooled["once"] / shops > 0.12


def test_real_harm_is_seen_in_the_end() -> None:
    found = anytime_difference(Group(18_000, 1440), Group(2_000, 240))
    assert found.is_below
    assert found.estimate == pytest.approx(-0.04)


def test_few_shoppers_say_nothing() -> None:
    assert lift(Group(5000, 500), Group(FEWEST - 1, 9)) is None
    assert lift(Group(FEWEST - 1, 9), Group(5000, 500)) is None
    assert mean_difference(Sums(FEWEST - 1, 10.0, 10.0), Sums(5000, 500.0, 500.0)) is None


def test_equal_groups_differ_by_nothing() -> None:
    found = lift(Group(1000, 100), Group(1000, 100))
    assert found
    assert found.difference.estimate == found.anytime.estimate == 0
    assert found.ratio
    assert found.ratio.estimate == 0
    assert found.anytime.low < found.difference.low < 0 < found.difference.high < found.anytime.high


def test_groups_in_which_nobody_came_back_are_no_certainty() -> None:
    found = lift(Group(900, 0), Group(100, 0))
    assert found
    assert found.ratio is None
    assert found.difference.low < 0 < found.difference.high
    assert found.anytime.low < 0 < found.anytime.high


def test_spending_is_compared_with_the_spread_it_has() -> None:
    rng = np.random.default_rng(3)
    rounds, held = 600, 0
    for _ in range(rounds):
        a = rng.binomial(1, 0.2, 900) * rng.gamma(2.0, 30.0, 900)
        b = rng.binomial(1, 0.2, 120) * rng.gamma(2.0, 30.0, 120)
        found = mean_difference(*(Sums(len(x), float(x.sum()), float((x * x).sum())) for x in (a, b)))
        assert found
        held += found.low <= 0 <= found.high
    assert 0.92 <= held / rounds <= 0.98
    assert mean_difference(Sums(200, 0.0, 0.0), Sums(200, 0.0, 0.0)) is None


def test_how_many_are_needed_grows_with_what_is_to_be_seen() -> None:
    # two proportions of .10 and .11, 5 % two-sided, power 80 %, equal groups: 14,751 each by the usual tables
    assert needed(0.10, change=0.10, held_out=0.5) == pytest.approx(2 * 14_748, rel=0.01)
    assert needed(0.10, change=0.10, held_out=0.1) > needed(0.10, change=0.10, held_out=0.5)
    for share, change in ((0.0, 0.1), (0.5, 0.0), (0.9, 0.2)):
        with pytest.raises(ValueError, match="nothing to be seen"):
            needed(share, change=change, held_out=0.1)
