"""Weights of signals, learnt from choices that were made with known ones."""

import numpy as np
import pytest

from recommendations.blend import LISTENS, PRIOR, PRIOR_CASES, Choice, Task, fit_blend, likelihoods
from recommendations.popular import HALF_LIVES_D
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


SELLING = {f"buyers of {half:g} d" for half in HALF_LIVES_D}
PAST = {"days since first sold", "days since last sold"}
OWNED = {"owned", "owned lately", "times owned", "orders since owned", "owned rank"}
LINKED = {"within", "within √", "within the basket", "within the basket √", "later", "later √"}
SHARE = {"share", "share √"}


def named(columns: np.ndarray) -> set[str]:
    """The signals of these columns."""
    return {name for name, is_there in zip(NAMES, columns, strict=True) if is_there}


def test_each_task_listens_to_what_may_have_to_do_with_it() -> None:
    assert {task: named(LISTENS[task]) for task in Task} == {
        Task.TOGETHER: {"within", "within √", "alike, hardly sold"} | SHARE | SELLING,
        Task.NEW: LINKED | SELLING | PAST | {"alike"},
        Task.NEXT: set(NAMES) - {"alike", "alike, hardly sold"},
        Task.POPULAR: SELLING,
        Task.TOGETHER_KNOWN: set(NAMES) - {"alike"},
    }


@pytest.fixture
def planted() -> np.ndarray:
    """Weights that are far from PRIOR."""
    return np.random.default_rng(9).normal(size=len(NAMES))


def heard(weights: np.ndarray, task: Task) -> np.ndarray:
    """Those of the weights that the task may have: of what sells none is below 0."""
    return LISTENS[task] * (np.abs(weights) if task is Task.POPULAR else weights)


def test_every_signal_that_the_prior_weighs_is_one() -> None:
    assert PRIOR.shape == (len(Task), len(NAMES))
    selling = {"buyers of 12 d", "buyers of 36 d"}
    known = {"within √", "within the basket √", "later √", "days since last sold"} | selling
    new = known | {"buyers of 324 d"}
    again = {"share √"} | OWNED - {"owned lately"}
    assert {task: named(PRIOR[task] != 0) for task in Task} == {
        Task.TOGETHER: {"within √", "share √"} | selling,
        Task.NEW: new,
        Task.NEXT: new | again,
        Task.POPULAR: selling,
        Task.TOGETHER_KNOWN: known | again,
    }
    assert (PRIOR[Task.POPULAR] >= 0).all()


def test_a_shop_without_cases_stays_with_what_holds_for_most() -> None:
    blend = fit_blend({})
    assert np.array_equal(blend.weights, PRIOR)
    assert blend.cases.tolist() == [0] * len(Task)


def test_many_choices_give_away_what_they_were_made_with(planted: np.ndarray) -> None:
    for task in Task:
        weights = heard(planted, task)
        blend = fit_blend({task: chosen(weights, 12_000)})
        assert blend.weights[task] == pytest.approx(weights, abs=0.25)
        assert np.corrcoef(blend.weights[task], weights)[0, 1] > 0.99
        assert blend.cases.tolist() == [12_000 * (one is task) for one in Task]


def test_what_a_task_does_not_listen_to_has_no_say_in_it(planted: np.ndarray) -> None:
    cases = chosen(planted, 300)
    blend = fit_blend(dict.fromkeys(Task, cases))
    assert not blend.weights[~LISTENS].any()
    deaf = [Choice(case.rows * LISTENS[Task.TOGETHER], case.taken) for case in cases]
    assert np.array_equal(fit_blend({Task.TOGETHER: deaf}).weights[0], blend.weights[0])


def test_among_what_sells_more_buyers_are_never_worse_even_where_people_took_what_had_fewer(
    planted: np.ndarray,
) -> None:
    weights = LISTENS[Task.POPULAR] * -np.maximum(np.abs(planted), 0.5)
    found = fit_blend({Task.POPULAR: chosen(weights, 500), Task.NEXT: chosen(weights, 500)}).weights
    assert (found[Task.POPULAR] >= 0).all()
    assert (found[Task.NEXT][LISTENS[Task.POPULAR]] < 0).all()


def test_each_task_learns_from_its_own_cases_only(planted: np.ndarray) -> None:
    blend = fit_blend({Task.NEW: chosen(planted, 500)})
    others = [task for task in Task if task is not Task.NEW]
    assert np.array_equal(blend.weights[others], PRIOR[others])
    assert not np.allclose(blend.weights[Task.NEW], PRIOR[Task.NEW], atol=0.3)


def test_the_more_cases_the_farther_from_the_prior(planted: np.ndarray) -> None:
    task = Task.TOGETHER_KNOWN
    planted = heard(planted, task)
    cases = chosen(planted, 5000)
    found = {n: fit_blend({task: cases[:n]}).weights[task] for n in (0, 3, 100, 5000)}
    away = {n: np.linalg.norm(weights - planted) for n, weights in found.items()}
    assert away[0] > away[100] > away[5000]
    assert np.linalg.norm(found[3] - PRIOR[task]) < 0.3 * away[0]
    assert away[5000] < 0.2 * away[0]


@pytest.mark.parametrize("task", Task)
@pytest.mark.parametrize("takes", [1, 4])
def test_no_other_weights_are_likelier(planted: np.ndarray, takes: int, task: Task) -> None:
    cases = chosen(planted, 60, takes=takes)
    found = fit_blend({task: cases}).weights[task]
    least = loss(found, cases, PRIOR[task])
    random = np.random.default_rng(4)
    for size in (0.3, 0.05):
        for _ in range(40):
            other = heard(found + random.normal(size=len(NAMES)) * size, task)
            assert loss(other, cases, PRIOR[task]) > least


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
    assert fit_blend({Task.NEW: cases}).weights[Task.NEW][same] == PRIOR[Task.NEW][same]


def test_what_all_candidates_of_a_case_have_in_common_says_nothing_of_any(planted: np.ndarray) -> None:
    cases = chosen(planted, 50)
    raised = [Choice(case.rows + np.float32(3.0), case.taken) for case in cases]
    before, after = (fit_blend({Task.NEXT: some}).weights[Task.NEXT] for some in (cases, raised))
    assert after == pytest.approx(before, abs=1e-3)


def test_values_of_any_size_give_finite_weights() -> None:
    random = np.random.default_rng(3)
    rows = (random.normal(size=(30, len(NAMES))) * 10.0 ** random.integers(-6, 6, len(NAMES))).astype(np.float32)
    taken = np.arange(30) < 2
    found = fit_blend({task: [Choice(rows, taken)] for task in Task})
    assert np.isfinite(found.weights).all()


def test_likelihood_is_the_mean_log_of_the_chances_of_what_was_taken() -> None:
    blend = fit_blend({})
    rows = np.zeros((4, len(NAMES)), np.float32)
    even = Choice(rows, np.array([True, True, False, False]))
    assert likelihoods([even], blend, Task.NEW, 100) == pytest.approx([np.log(1 / 4)])
    # what was no candidate counts as any product
    half = Choice(rows, np.array([True, False, False, False]), missing=1)
    assert likelihoods([even, half], blend, Task.NEW, 100)[1] == pytest.approx((np.log(1 / 4) + np.log(1 / 100)) / 2)
    nothing = Choice(rows, np.zeros(4, np.bool_), missing=2)
    assert likelihoods([nothing], blend, Task.NEW, 100) == pytest.approx([np.log(1 / 100)])
    # what is called likelier, and is taken
    rows = rows.copy()
    rows[0, NAMES.index("within √")] = 1.0
    called = Choice(rows, np.array([True, False, False, False]))
    assert likelihoods([called], blend, Task.NEW, 100)[0] > np.log(1 / 4)
    assert len(likelihoods([], blend, Task.NEW, 100)) == 0
