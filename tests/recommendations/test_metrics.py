"""The figures of the benchmark, checked by hand."""

import math

import pytest

from recommendations.metrics import coverage, hit_rate, ndcg, recall


def test_a_hit_counts_only_within_the_first_k() -> None:
    assert hit_rate(["a", "b", "c"], {"c"}, 3) == 1.0
    assert hit_rate(["a", "b", "c"], {"c"}, 2) == 0.0


def test_gain_is_discounted_by_place_and_measured_against_the_best_possible() -> None:
    assert ndcg(["a", "b"], {"a", "b"}, 4) == 1.0
    assert ndcg(["x", "a"], {"a"}, 4) == pytest.approx(1 / math.log2(3))
    assert ndcg(["a", "x", "x", "x"], set("abcdef"), 4) == pytest.approx(
        1 / (1 + 1 / math.log2(3) + 1 / 2 + 1 / math.log2(5))
    )


def test_recall_counts_targets_that_nobody_could_know() -> None:
    assert recall(["a", "b"], {"a", "b", "new"}, 10) == pytest.approx(2 / 3)


def test_coverage_counts_a_product_once() -> None:
    assert coverage([["a", "b", "c"], ["a", "d"]], 2, 10) == pytest.approx(0.3)
