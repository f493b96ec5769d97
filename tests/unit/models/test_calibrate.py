"""A score becomes a probability by an increasing map, and its threshold and doubt come along."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import ExpertError
from models.calibrate import LabelCalibration, load_calibration, logit, shifted, sigmoid
from models.findings import Label, Score

shares = st.floats(0, 1)
slopes = st.floats(0.01, 10)
odds = st.floats(-8, 8)
ENTRY = {"slope": 1.5, "intercept": -0.5, "threshold": 0.3, "doubt": [0.25, 0.36]}


def calibration(slope: float = 1.0, intercept: float = 0.0) -> LabelCalibration:
    return LabelCalibration(slope, intercept, threshold=0.3, doubt=(0.2, 0.4))


@given(low=shares, high=shares, slope=slopes, intercept=odds)
def test_the_map_never_turns_back(low: float, high: float, slope: float, intercept: float) -> None:
    low, high = sorted((low, high))
    fitted = calibration(slope, intercept)
    assert fitted.score(low).probability <= fitted.score(high).probability


@given(raw=shares, slope=slopes, intercept=odds)
def test_probabilities_stay_probabilities(raw: float, slope: float, intercept: float) -> None:
    assert 0 <= calibration(slope, intercept).score(raw).probability <= 1


@given(share=st.floats(1e-6, 1 - 1e-6))
def test_sigmoid_undoes_logit(share: float) -> None:
    assert math.isclose(sigmoid(logit(share)), share, rel_tol=1e-9)


def test_the_worked_example() -> None:
    score = LabelCalibration(slope=2, intercept=1, threshold=0.3, doubt=(0.2, 0.4)).score(0.25)
    assert math.isclose(score.probability, 1 / (1 + math.exp(-(2 * math.log(1 / 3) + 1))))
    assert (score.raw, score.threshold, score.doubt) == (0.25, 0.3, (0.2, 0.4))


def test_identity_leaves_the_score() -> None:
    assert math.isclose(calibration().score(0.7).probability, 0.7)


def test_the_ends_do_not_overflow() -> None:
    assert calibration(slope=10, intercept=500).score(1.0).probability == 1
    assert calibration(slope=10, intercept=-500).score(0.0).probability == 0


@pytest.mark.parametrize("raw", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(raw: float) -> None:
    with pytest.raises(ValueError, match="score is"):
        calibration().score(raw)


@pytest.mark.parametrize("slope", [0.0, -1.0, math.nan, math.inf])
def test_a_map_that_does_not_increase_is_refused(slope: float) -> None:
    with pytest.raises(ValueError, match="must increase"):
        calibration(slope)


@pytest.mark.parametrize("doubt", [(0.31, 0.4), (0.1, 0.29), (-0.1, 0.4), (0.2, 1.1)])
def test_a_doubt_beside_the_threshold_is_refused(doubt: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="must hold the threshold"):
        LabelCalibration(1, 0, threshold=0.3, doubt=doubt)


def test_labels_are_read_by_name(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps({"labels": {"nodule": ENTRY, "mass": ENTRY | {"slope": 2}}}))
    loaded = load_calibration(path)
    assert loaded[Label.NODULE] == LabelCalibration(1.5, -0.5, 0.3, (0.25, 0.36))
    assert loaded[Label.MASS].slope == 2


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"labels": {"gout": ENTRY}},
        {"labels": {"mass": {"slope": 1}}},
        {"labels": {"mass": ENTRY | {"slope": -1}}},
        {"labels": {"mass": ENTRY | {"doubt": [0.3]}}},
        {"labels": {"mass": ENTRY | {"threshold": "high"}}},
        {"labels": []},
    ],
)
def test_a_damaged_file_is_an_expert_error(tmp_path: Path, content: dict[str, Any]) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps(content))
    with pytest.raises(ExpertError, match="damaged"):
        load_calibration(path)


def test_a_missing_file_is_an_expert_error(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match="cannot be read"):
        load_calibration(tmp_path / "none.json")


def test_a_prevalence_is_read_where_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps({"labels": {"nodule": ENTRY, "mass": ENTRY | {"prevalence": 0.2}}}))
    loaded = load_calibration(path)
    assert (loaded[Label.NODULE].prevalence, loaded[Label.MASS].prevalence) == (None, 0.2)


@pytest.mark.parametrize("prevalence", [0.0, 1.0, -0.1, math.nan])
def test_a_prevalence_without_odds_is_refused(prevalence: float) -> None:
    with pytest.raises(ValueError, match="prevalence"):
        LabelCalibration(1, 0, threshold=0.3, doubt=(0.2, 0.4), prevalence=prevalence)


def test_another_prevalence_is_bayes_rule() -> None:
    """Sensitivity 0.8 and specificity 0.9: a call means 0.89 among as many ill as well, 0.296 among 1 in 20."""
    said = Score(raw=0.7, probability=0.8 / 0.9, threshold=0.5, doubt=(0.4, 0.6))
    moved = shifted(said, logit(0.05) - logit(0.5))
    assert math.isclose(moved.probability, 0.05 * 0.8 / (0.05 * 0.8 + 0.95 * 0.1))
    assert moved.raw == said.raw


@given(raw=shares, shift=odds)
def test_another_prevalence_changes_no_call_and_no_doubt(raw: float, shift: float) -> None:
    before = calibration().score(raw)
    after = shifted(before, shift)
    for low, high in ((before.threshold, after.threshold), *zip(before.doubt, after.doubt, strict=True)):
        if not math.isclose(before.probability, low, rel_tol=1e-9):
            assert (before.probability > low) is (after.probability > high)


def test_the_same_prevalence_changes_nothing() -> None:
    assert shifted(calibration().score(0.3), 0.0) == calibration().score(0.3)
