"""The figures of the card are computed right: AUC, intervals by patient, calibration, thresholds, the split."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from models.findings import Label
from models.fit_calibration import Fitted, align, cross_fit, doubt, fit_platt, sigmoid
from models.statistics import (
    auc,
    aucs,
    calibration_error,
    draws_by_patient,
    interval,
    rank_correlation,
    rates,
)
from models.thresholds import f1, stable
from models.training.films import FOLDS, LABELS, fold_of, load_films, targets_of

RNG = np.random.default_rng(0)


def test_auc_of_a_worked_example_with_a_tie() -> None:
    assert auc(np.array([0.0, 0, 1, 1]), np.array([0.1, 0.4, 0.4, 0.8])) == 0.875


@pytest.mark.parametrize(("sign", "expected"), [(1, 1.0), (-1, 0.0), (0, 0.5)])
def test_auc_at_its_ends(sign: int, expected: float) -> None:
    assert auc(np.array([0.0, 0, 0, 1]), sign * np.array([1.0, 2, 3, 4])) == expected


def test_auc_is_the_share_of_pairs_in_order() -> None:
    targets, scores = RNG.integers(0, 2, 60).astype(float), RNG.integers(0, 20, 60).astype(float)
    gaps = scores[targets > 0][:, None] - scores[targets == 0][None]
    assert np.isclose(auc(targets, scores), ((gaps > 0) + 0.5 * (gaps == 0)).mean())


def test_auc_without_one_class_is_no_number() -> None:
    assert np.isnan(auc(np.zeros(4), np.arange(4.0)))


@pytest.mark.parametrize(
    ("other", "expected"),
    [([10, 20, 30, 40], 1), ([4, 3, 2, 1], -1), ([1, 2, 4, 3], 0.8), ([1, 1, 2, 2], 0.894), ([5, 5, 5, 5], 0)],
)
def test_rank_correlation_is_spearman_s(other: list[float], expected: float) -> None:
    one = np.array([0.1, 0.2, 0.3, 0.9])
    assert rank_correlation(one, np.array(other, dtype=float)) == pytest.approx(expected, abs=1e-3)


def test_the_mean_auc_comes_last() -> None:
    targets = np.array([[0.0, 1], [1, 0]])
    assert aucs(targets, np.array([[0.0, 0], [1, 1]])).tolist() == [1.0, 0.0, 0.5]


def test_patients_are_drawn_whole() -> None:
    patients = np.array([7, 7, 7, 8, 9, 9])
    for rows in draws_by_patient(patients, 20):
        drawn = [int((rows == row).sum()) for row in range(6)]
        assert drawn[0] == drawn[1] == drawn[2]
        assert drawn[4] == drawn[5]


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    values = RNG.normal(size=400)
    low, high = interval(lambda rows: np.array(values[rows].mean()), np.arange(400))
    assert np.isclose((high - low) / 2, 1.96 / 20, rtol=0.15)
    assert low < values.mean() < high


def test_films_of_one_patient_widen_the_interval() -> None:
    values = np.repeat(RNG.normal(size=100), 4)

    def width(patients: np.typing.NDArray[np.int64]) -> float:
        low, high = interval(lambda rows: np.array(values[rows].mean()), patients, 400)
        return float(high - low)

    assert width(np.repeat(np.arange(100), 4)) > 1.5 * width(np.arange(400))


def test_calibration_error_is_the_gap() -> None:
    targets = np.array([1.0, 0, 0, 0] * 25)
    assert np.isclose(calibration_error(targets, np.full(100, 0.25), 1), 0)
    assert np.isclose(calibration_error(targets, np.full(100, 0.45), 1), 0.2)


def test_the_best_threshold_of_a_worked_example() -> None:
    targets, probabilities = np.array([0.0, 1, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.6, 0.8])
    threshold = f1(targets, probabilities)
    assert np.isclose(threshold, 0.15)
    assert rates(targets, probabilities >= threshold)["f1"] == pytest.approx(6 / 7)


def test_tied_scores_are_called_together() -> None:
    assert f1(np.array([1.0, 0, 0, 0]), np.array([0.5, 0.5, 0.5, 0.1])) == pytest.approx(0.3)


def test_the_stable_threshold_of_separated_scores_lies_between_them() -> None:
    targets = np.repeat([0.0, 1.0], 50)
    threshold = float(np.median(stable(f1, targets, 0.2 + 0.6 * targets, np.arange(100), draws=20)))
    assert 0.2 < threshold < 0.8


def test_rates_of_a_worked_example() -> None:
    got = rates(np.array([1.0, 1, 0, 0, 0]), np.array([True, False, True, False, False]))
    assert got == pytest.approx({"sensitivity": 0.5, "specificity": 2 / 3, "positive_predictive_value": 0.5, "f1": 0.5})


def test_platt_finds_the_map_that_made_the_targets() -> None:
    logits = RNG.normal(size=20_000)
    targets = (RNG.random(20_000) < sigmoid(1.7 * logits - 2.0)).astype(float)
    assert fit_platt(targets, logits) == pytest.approx((1.7, -2.0), abs=0.1)


def test_scores_that_mislead_still_get_an_increasing_map() -> None:
    logits = np.linspace(-2, 2, 200)
    assert fit_platt((logits < 0).astype(float), logits)[0] > 0


def test_a_fold_is_never_judged_by_a_map_fitted_on_it() -> None:
    logits, folds = RNG.normal(size=300), np.arange(300) % 3
    targets = (RNG.random(300) < sigmoid(logits)).astype(float)
    before, _ = cross_fit(targets, logits, np.arange(300), folds)
    targets[folds == 0] = 1 - targets[folds == 0]
    after, _ = cross_fit(targets, logits, np.arange(300), folds)
    np.testing.assert_array_equal(before[folds == 0], after[folds == 0])
    assert not np.allclose(before[folds == 1], after[folds == 1])


def test_alignment_matches_mean_and_spread() -> None:
    folds = RNG.normal(size=(5, 500)) * 0.1 + RNG.normal(size=500) * 2 - 3
    shipped = folds.mean(axis=0) * 0.5 + 1
    aligned = align(shipped, folds)
    moved = aligned.slope * shipped + aligned.intercept
    assert np.isclose(moved.mean(), folds.mean())
    assert np.isclose(moved.std(), np.sqrt(folds.var(axis=1).mean()))
    assert aligned.correlation == pytest.approx(1)


def test_doubt_is_as_wide_as_the_networks_differ() -> None:
    fitted = Fitted(slope=2.0, intercept=0.0, threshold=0.5)
    folds = np.array([[-0.1, 0.9], [0.1, 1.1]])
    low, high = doubt(fitted, folds)
    spread = 2.0 * np.sqrt(0.02)
    assert (low, high) == pytest.approx(tuple(sigmoid(np.array([-spread, spread]))))


def test_the_split_is_the_named_one() -> None:
    assert fold_of("1") == int(sha256(b"nih1").hexdigest(), 16) % 5
    assert {fold_of(str(patient)) for patient in range(50)} == set(range(FOLDS))


def test_targets_go_by_name() -> None:
    row = dict(zip(LABELS, targets_of("Effusion|Pleural_Thickening"), strict=True))
    assert {label for label, value in row.items() if value} == {Label.PLEURAL_EFFUSION, Label.PLEURAL_THICKENING}
    assert not any(targets_of("No Finding"))


def test_an_unknown_label_is_an_error() -> None:
    with pytest.raises(KeyError, match="Gout"):
        targets_of("Gout")


@pytest.mark.films
def test_no_patient_of_the_real_films_is_in_two_folds(shared_data: Path) -> None:
    films = load_films(shared_data / "nih")
    pairs = set(zip(films.patients.tolist(), films.folds.tolist(), strict=True))
    assert len(films) == 1302
    assert len(pairs) == len(set(films.patients.tolist())) == 1040
