"""Popular: lately, by people, once each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations import Kind, Orders, Reason, Request, Strategy, candidates
from recommendations.blend import LISTENS, Task
from recommendations.ids import Ids
from recommendations.popular import DAY_S, HALF_LIVES_D, Popular, add, fit_popular, forward
from tests.recommendations.shop import NOW, Past, ask, learn, lines

pasts = st.lists(
    st.tuples(
        st.sampled_from(["", "ann", "bob"]),
        st.sampled_from([-5.0, 0.0, 1.0, 12.0, 90.0, 4000.0]),
        st.lists(st.sampled_from("abcd"), max_size=4),
    ),
    max_size=20,
)


def test_what_people_buy_now_comes_before_what_they_bought_once() -> None:
    past: list[Past] = [(f"o{n}", 400, ["old"]) for n in range(9)] + [(f"n{n}", 3, ["new"]) for n in range(3)]
    assert [found.product for found in ask(learn(past))] == ["new", "old"]


def test_a_customer_counts_once_for_each_product() -> None:
    past: list[Past] = (
        [("trader", 1, ["crate"])] * 50 + [("a", 1, ["crate"])] + [(f"s{n}", 1, ["tea"]) for n in range(3)]
    )
    first, second = ask(learn(past))
    assert first.reason == Reason(Kind.POPULAR, None, people=3, orders=3)
    assert second.reason == Reason(Kind.POPULAR, None, people=2, orders=51)


def test_what_one_person_bought_is_not_popular() -> None:
    assert ask(learn([("a", 1, ["tea"])] * 5)) == []


@settings(deadline=None)
@given(past=pasts)
def test_every_column_is_what_one_counts_by_hand(past: list[Past]) -> None:
    orders = Orders.from_lines(lines(past))
    orders = orders.beside(Ids.of([*orders.products, "never sold"]))
    found = fit_popular(orders, NOW)
    for number, product in enumerate(orders.products):
        # an order of the future was placed today
        held = [
            (who or f"guest {place}", max(days, 0.0)) for place, (who, days, has) in enumerate(past) if product in has
        ]
        buyers = {who for who, _ in held}
        latest = [min(days for who, days in held if who == buyer) for buyer in buyers]
        assert found.recent[number] == pytest.approx(
            [sum(0.5 ** (days / half) for days in latest) for half in HALF_LIVES_D], abs=1e-5
        )
        assert found.buyers[number] == len(buyers)
        assert found.people[number] == len({who for who in buyers if not who.startswith("guest")})
        assert found.orders[number] == len(held)
        if held:
            assert found.first[number] == pytest.approx(NOW - DAY_S * max(days for _, days in held))
            assert found.last[number] == pytest.approx(NOW - DAY_S * min(days for _, days in held))
        else:
            assert (found.first[number], found.last[number]) == (np.inf, -np.inf)


@settings(deadline=None)
@given(past=pasts, days=st.sampled_from([0.0, 0.25, 4.0, 700.0]))
def test_what_is_brought_forward_is_what_one_counts_later(past: list[Past], days: float) -> None:
    orders = Orders.from_lines(lines((who, max(0.0, ago), has) for who, ago, has in past))
    before, later = fit_popular(orders, NOW), fit_popular(orders, NOW + days * DAY_S)
    found = forward(before, days * DAY_S)
    assert found.recent == pytest.approx(later.recent, rel=1e-5)
    for column in ("buyers", "people", "orders", "first", "last"):
        assert np.array_equal(getattr(found, column), getattr(later, column))
    assert np.array_equal(forward(before, -days * DAY_S).recent, before.recent)


@settings(deadline=None)
@given(past=pasts, other=pasts)
def test_two_counts_of_different_people_add_up_and_of_the_same_people_are_too_small(
    past: list[Past], other: list[Past]
) -> None:
    def counted(*orders: Past) -> Popular:
        ids = Ids.of("abcd")
        return fit_popular(Orders.from_lines(lines(orders)).beside(ids), NOW)

    found, whole = add(counted(*past), counted(*other)), counted(*past, *other)
    for column in ("orders", "first", "last"):
        assert np.array_equal(getattr(found, column), getattr(whole, column))
    for column in ("buyers", "people"):
        least = np.maximum(getattr(counted(*past), column), getattr(counted(*other), column))
        assert np.array_equal(getattr(found, column), least)
        assert (least <= getattr(whole, column)).all()
    assert (found.recent >= whole.recent - 1e-4).all()
    strangers = [(f"not {who}" if who else "", ago, has) for who, ago, has in other]
    apart = add(counted(*past), counted(*strangers))
    assert apart.recent == pytest.approx(counted(*past, *strangers).recent, abs=1e-4)


def fewer_first(seed: int) -> list[Past]:
    """Many orders of people who mostly take what few others took, and lately what hardly anybody did."""
    random = np.random.default_rng(seed)
    bought, past = np.ones(12), []
    for number in range(240):
        chance = bought ** random.choice([-2.0, -1.0, 1.0])
        has = random.choice(12, random.integers(1, 4), replace=False, p=chance / chance.sum())
        bought[has] += 1
        who = random.choice(["", f"c{number % 60}"])
        past.append((str(who), (240 - number) / 2, [f"p{product}" for product in has]))
    return past


# of some of these shops nothing at all is learnt about what sells, of others something
@pytest.mark.parametrize("seed", range(4))
def test_what_more_people_bought_in_every_span_never_comes_after_what_fewer_did(seed: int) -> None:
    model = learn(fewer_first(seed))
    assert model.blend.cases[Task.POPULAR] > 20
    # left to itself it would have learnt that fewer is better
    assert (model.blend.weights[Task.NEW][LISTENS[Task.POPULAR]] < 0).any()
    found = [one.product for one in candidates(model, Request([], strategy=Strategy.POPULAR))]
    recent = dict(zip(model.products, model.learnt.popular.recent, strict=True))
    assert len(found) == 12
    compared = 0
    for place, ahead in enumerate(found):
        for behind in found[place + 1 :]:
            assert not (recent[behind] > recent[ahead] * 1.0001).all()
            compared += bool((recent[ahead] > recent[behind]).all())
    assert compared > 10
