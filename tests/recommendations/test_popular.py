"""Popular: lately, by people, once each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommendations import Kind, Orders, Reason
from recommendations.ids import Ids
from recommendations.popular import DAY_S, HALF_LIVES_D, fit_popular
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
            assert not np.isfinite([found.first[number], found.last[number]]).any()
