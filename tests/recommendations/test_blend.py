"""Weights of signals, learnt from choices that were made with known ones."""

import numpy as np
import pytest

from recommendations.blend import PRIOR, PRIOR_CASES, Choice, Task, fit_blend
from recommendations.signals import NAMES


def chosen(weights: np.ndarray, cases: int, *, seed: int = 1, takes: int = 1, candidates: int = 20) -> list[Choice]:
    """Random candidates; each choice made with a chance in proportion to exp(row · weights)."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(cases):
        rows = random.normal(size=(candidates, len(NAMES))).astype(np.float32)
        chance = np.exp(rows @ weights)
        taken = np.zeros(candidates, np.bool_)
        taken[random.choice(candidates, takes, replace=False, p=chance / chance.sum())] = True
        found.append(Choice(rows, taken))
    return found


def loss(weights: np.ndarray, cases: list[Choice], prior: np.ndarray) -> float:
    """What is minimised, case by case: a case of n takings counts √n; the prior is held in units of spread."""
    total = 0.0
    for case in cases:
        score = case.rows.astype(float) @ weights
        log_chance = score - np.log(np.exp(score).sum())
        total -= log_chance[case.taken].sum() / np.sqrt(case.taken.sum())
    spread = np.concatenate([case.rows for case in cases]).std(axis=0, dtype=float)
    return total + PRIOR_CASES / 2 * float((((weights - prior) * spread) ** 2).sum())


@pytest.fixture
def planted() -> np.ndarray:
    """Weights that are far from PRIOR."""
    return np.random.default_rng(9).normal(size=len(NAMES))


def test_every_signal_that_the_prior_weighs_is_one() -> None:
    assert PRIOR.shape == (len(Task), len(NAMES))
    for task, weighed in ((Task.TOGETHER, 6), (Task.NEW, 6), (Task.NEXT, 9)):
        assert np.count_nonzero(PRIOR[task]) == weighed


def test_a_shop_without_cases_stays_with_what_holds_for_most() -> None:
    blend = fit_blend({})
    assert np.array_equal(blend.weights, PRIOR)
    assert blend.cases.tolist() == [0, 0, 0]


def test_many_choices_give_away_what_they_were_made_with(planted: np.ndarray) -> None:
    blend = fit_blend({Task.NEW: chosen(planted, 4000)})
    assert blend.weights[Task.NEW] == pytest.approx(planted, abs=0.15)
    assert np.corrcoef(blend.weights[Task.NEW], planted)[0, 1] > 0.99
    assert blend.cases.tolist() == [0, 4000, 0]


def test_each_task_learns_from_its_own_cases_only(planted: np.ndarray) -> None:
    blend = fit_blend({Task.NEW: chosen(planted, 500)})
    assert np.array_equal(blend.weights[[Task.TOGETHER, Task.NEXT]], PRIOR[[Task.TOGETHER, Task.NEXT]])
    assert not np.allclose(blend.weights[Task.NEW], PRIOR[Task.NEW], atol=0.3)


def test_the_more_cases_the_farther_from_the_prior(planted: np.ndarray) -> None:
    cases = chosen(planted, 3000)
    away = [np.linalg.norm(fit_blend({Task.NEXT: cases[:n]}).weights[Task.NEXT] - planted) for n in (0, 3, 100, 3000)]
    assert away[0] > away[2] > away[3]
    few = fit_blend({Task.NEXT: cases[:3]}).weights[Task.NEXT]
    assert np.linalg.norm(few - PRIOR[Task.NEXT]) < 0.3 * away[0]
    assert away[3] < 0.15 * away[0]


@pytest.mark.parametrize("takes", [1, 4])
def test_no_other_weights_are_likelier(planted: np.ndarray, takes: int) -> None:
    cases = chosen(planted, 60, takes=takes)
    found = fit_blend({Task.TOGETHER: cases}).weights[Task.TOGETHER]
    least = loss(found, cases, PRIOR[Task.TOGETHER])
    random = np.random.default_rng(4)
    for size in (0.3, 0.05):
        for _ in range(40):
            other = found + random.normal(size=len(NAMES)) * size
            assert loss(other, cases, PRIOR[Task.TOGETHER]) > least


def test_a_large_order_counts_more_than_a_small_one_but_not_in_proportion() -> None:
    # one order of nine things for the first signal against several of one thing for its opposite
    def of(value: float, takes: int) -> Choice:
        rows = np.zeros((20, len(NAMES)), np.float32)
        rows[:takes, 0], rows[takes:, 0] = value, -value
        return Choice(rows, np.arange(20) < takes)

    large = of(1.0, 9)
    few = fit_blend({Task.NEW: [large, of(-1.0, 1)]}).weights[Task.NEW][0]
    many = fit_blend({Task.NEW: [large, *[of(-1.0, 1)] * 6]}).weights[Task.NEW][0]
    assert few > PRIOR[Task.NEW][0] > many


def test_a_signal_that_never_differs_keeps_its_weight(planted: np.ndarray) -> None:
    cases = chosen(planted, 50)
    same = NAMES.index("within √")
    for case in cases:
        case.rows[:, same] = 2.0
    assert fit_blend({Task.NEW: cases}).weights[Task.NEW][same] == pytest.approx(PRIOR[Task.NEW][same], abs=0.01)


def test_values_of_any_size_give_finite_weights() -> None:
    random = np.random.default_rng(3)
    rows = (random.normal(size=(30, len(NAMES))) * 10.0 ** random.integers(-6, 6, len(NAMES))).astype(np.float32)
    taken = np.arange(30) < 2
    found = fit_blend({task: [Choice(rows, taken)] for task in Task})
    assert np.isfinite(found.weights).all()
