"""Clicks are laid to the places first, and to products only as far as they say more."""

import numpy as np
import pytest

from recommendations.clicks import LEAST, MOST, Seen, factors, fit_clicks

LOOKED = (1.0, 0.6, 0.35, 0.2)


def a_shop(wanted: dict[str, float], *, each: int, seed: int = 1, mixed: bool = True) -> list[Seen]:
    """What clicks come of, if products stand in all places in turn; not mixed: each stays in its place."""
    rng = np.random.default_rng(seed)
    found = []
    for number, (product, chance) in enumerate(wanted.items()):
        for place, looked in enumerate(LOOKED):
            if mixed or number % len(LOOKED) == place:
                shown = each if mixed else each * len(LOOKED)
                found.append(Seen(product, place, shown, int(rng.binomial(shown, looked * chance))))
    return found


def test_places_are_told_from_products() -> None:
    wanted = {f"p{number}": 0.02 + 0.01 * (number % 5) for number in range(40)}
    found = fit_clicks(a_shop(wanted, each=1500))
    for place, looked in enumerate(LOOKED):
        assert found.looked[place] == pytest.approx(looked, rel=0.1)
    far = [abs(found.wanted[product] / chance - 1) for product, chance in wanted.items()]
    assert np.median(far) < 0.15


def test_the_first_place_does_not_teach_itself() -> None:
    """One product always first, one always last, and all wanted alike: raw clicks differ five times, factors hardly."""
    rng = np.random.default_rng(4)
    rows = a_shop({f"p{number}": 0.05 for number in range(20)}, each=400)
    rows += [Seen("always first", 0, 4000, int(rng.binomial(4000, 0.05)))]
    rows += [Seen("always last", 3, 4000, int(rng.binomial(4000, 0.05 * LOOKED[3])))]
    found = factors(fit_clicks(rows))
    assert found["always first"] == pytest.approx(1, abs=0.12)
    assert found["always last"] == pytest.approx(1, abs=0.25)


def test_what_cannot_be_told_apart_changes_nothing() -> None:
    found = factors(fit_clicks(a_shop({f"p{number}": 0.05 for number in range(4)}, each=2000, mixed=False)))
    assert all(factor == pytest.approx(1, abs=0.1) for factor in found.values()), found


def test_a_wanted_product_gains_and_an_unwanted_one_loses_within_bounds() -> None:
    wanted = {f"p{number}": 0.04 for number in range(20)} | {"star": 0.4, "dud": 0.0}
    found = factors(fit_clicks(a_shop(wanted, each=1000)))
    assert found["star"] == MOST
    assert LEAST <= found["dud"] < 0.65
    assert all(LEAST <= factor <= MOST for factor in found.values())


def test_few_clicks_say_little() -> None:
    wanted = {f"p{number}": 0.04 for number in range(20)}
    found = factors(fit_clicks([*a_shop(wanted, each=1000), Seen("new", 0, 3, 1)]))
    assert found["new"] == pytest.approx(1, abs=0.15)


def test_without_clicks_every_factor_is_one() -> None:
    assert factors(fit_clicks([])) == {}
    assert factors(fit_clicks([Seen("a", 0, 50, 0), Seen("b", 1, 20, 0)])) == {"a": 1.0, "b": 1.0}


def test_nonsense_is_left_out() -> None:
    found = fit_clicks([Seen("a", 0, 0, 5), Seen("b", -1, 10, 1), Seen("c", 0, 10, 90), Seen("c", 1, 10, -3)])
    assert set(found.wanted) == {"c"}
    assert 0 < found.wanted["c"] <= 1


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = a_shop({f"p{number}": 0.02 + 0.01 * number for number in range(6)}, each=300)
    there, back = factors(fit_clicks(rows)), factors(fit_clicks(rows[::-1]))
    assert there == pytest.approx(back)
