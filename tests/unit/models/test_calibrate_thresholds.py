"""Rules that propose a threshold: worked examples, what they promise, and ties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.statistics import rates, reliability
from models.thresholds import f1, fixed_sensitivity, fixed_specificity, stable, youden

TARGETS = np.array([0.0, 1, 0, 0, 1, 1])
SCORES = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.8])

films = st.lists(st.tuples(st.booleans(), st.integers(0, 12)), min_size=4).filter(
    lambda many: len({t for t, _ in many}) == 2
)


def columns(many: list[tuple[bool, int]]) -> tuple[np.typing.NDArray[np.float64], np.typing.NDArray[np.float64]]:
    return np.array([float(target) for target, _ in many]), np.array([float(score) for _, score in many])


def test_worked_examples() -> None:
    assert f1(TARGETS, SCORES) == pytest.approx(0.5)
    assert youden(TARGETS, SCORES) == pytest.approx(0.5)
    assert fixed_sensitivity(0.9)(TARGETS, SCORES) == pytest.approx(0.15)
    assert fixed_sensitivity(0.3)(TARGETS, SCORES) == pytest.approx(0.7)
    assert fixed_specificity(0.6)(TARGETS, SCORES) == pytest.approx(0.35)
    assert fixed_specificity(1.0)(TARGETS, SCORES) == pytest.approx(0.5)


@given(films, st.floats(0.05, 1.0))
def test_a_fixed_sensitivity_is_reached_and_by_no_stricter_threshold(
    many: list[tuple[bool, int]], at_least: float
) -> None:
    targets, scores = columns(many)
    threshold = fixed_sensitivity(at_least)(targets, scores)
    assert rates(targets, scores >= threshold)["sensitivity"] >= at_least
    stricter = scores[scores > threshold]
    if len(stricter):
        above = scores > stricter.min()
        assert rates(targets, above)["sensitivity"] < at_least


@given(films)
def test_a_fixed_specificity_is_reached_where_any_threshold_reaches_it(many: list[tuple[bool, int]]) -> None:
    targets, scores = columns(many)
    best = rates(targets, scores >= scores.max())["specificity"]
    threshold = fixed_specificity(best)(targets, scores)
    assert rates(targets, scores >= threshold)["specificity"] >= best


@given(films)
def test_youden_is_beaten_by_no_threshold(many: list[tuple[bool, int]]) -> None:
    targets, scores = columns(many)

    def merit(threshold: float) -> float:
        found = rates(targets, scores >= threshold)
        return found["sensitivity"] + found["specificity"]

    best = max(merit(value) for value in scores)
    assert merit(youden(targets, scores)) == pytest.approx(best)


def test_the_thresholds_of_samples_scatter_round_that_of_all() -> None:
    rng = np.random.default_rng(0)
    targets = (rng.random(400) < 0.4).astype(float)
    scores = rng.normal(size=400) + 1.5 * targets
    found = stable(youden, targets, scores, np.arange(400), draws=100)
    assert len(found) == 100
    assert found.std() > 0
    assert abs(np.median(found) - 0.75) < 0.4


def test_samples_without_one_class_are_left_out_and_one_threshold_stays() -> None:
    found = stable(f1, np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([0, 0]), draws=3)
    assert found.tolist() == [0.5, 0.5, 0.5]
    assert len(stable(f1, np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([0, 1]), draws=0)) == 1


def test_a_reliability_diagram_of_a_worked_example() -> None:
    targets, said = np.array([0.0, 0, 1, 1]), np.array([0.2, 0.1, 0.6, 0.8])
    np.testing.assert_allclose(reliability(targets, said, 2), [[0.15, 0, 2], [0.7, 1, 2]])
