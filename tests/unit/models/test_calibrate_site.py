"""A site's own calibration: of this version and these weights or not at all, and never silently."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.base import ExpertError
from models.calibrate import LabelCalibration, logit
from models.findings import Label, Measure, Score
from models.recalibrated import Recalibrated
from models.site_calibration import apply, file_of, load, write
from tests.fakes import FakeExpert

EFFUSION, PNEUMOTHORAX = Label.PLEURAL_EFFUSION, Label.PNEUMOTHORAX
ENTRY = {"slope": 2.0, "intercept": -1.0, "threshold": 0.3, "doubt": [0.25, 0.36], "prevalence": 0.4}
CONTENT: dict[str, Any] = {
    "made_at": "2026-01-02T03:04:05+00:00",
    "films": 60,
    "patients": 50,
    "prevalence": {},
    "labels": {"pleural_effusion": ENTRY},
}


def read(expert: object, mean: float = 0.6) -> Mapping[Label, Score]:
    assert isinstance(expert, FakeExpert | Recalibrated)
    (reading,) = expert.read([np.full((4, 4), mean, dtype=np.float32)])
    return reading.scores


def with_prevalence(expert: FakeExpert, label: Label, share: float) -> FakeExpert:
    """Return the expert with a card that knows how frequent a label was among its calibration films."""
    expert.card = replace(expert.card, details={"metrics": {"labels": {label: {"prevalence": share}}}})
    return expert


def put(folder: Path, expert: FakeExpert | None = None, **changes: object) -> Path:
    known = expert or FakeExpert()
    path = file_of(folder, known.card)
    write(path, known.card, CONTENT | changes)
    return path


def test_labels_of_the_site_are_computed_from_the_raw_score_and_others_stay() -> None:
    fitted = LabelCalibration(2.0, -1.0, 0.3, (0.2, 0.4))
    scores = read(Recalibrated(FakeExpert(), {EFFUSION: fitted}, {}, {}))
    assert scores[EFFUSION] == fitted.score(read(FakeExpert())[EFFUSION].raw)
    assert scores[PNEUMOTHORAX] == read(FakeExpert())[PNEUMOTHORAX]


def test_measures_and_maps_pass_through() -> None:
    plain = FakeExpert()
    measure = {EFFUSION: Measure("depth", 1.0, 0.1)}
    (reading,) = plain.read([np.zeros((2, 2), dtype=np.float32)])

    class Measuring(FakeExpert):
        def read(self, _images: object) -> list[Any]:
            return [replace(reading, measures=measure, maps={EFFUSION: np.zeros((1, 1), dtype=np.float32)})]

    (moved,) = Recalibrated(Measuring(), {}, {EFFUSION: 1.0}, {}).read([])
    assert moved.measures == measure
    assert set(moved.maps) == {EFFUSION}


def test_a_label_of_another_expert_is_refused() -> None:
    with pytest.raises(ExpertError, match="does not read mass"):
        Recalibrated(FakeExpert(), {}, {Label.MASS: 1.0}, {})


def test_a_file_is_applied_and_the_card_tells_of_it(tmp_path: Path) -> None:
    path = put(tmp_path)
    expert, warning = apply(FakeExpert(), tmp_path)
    assert warning is None
    assert read(expert)[EFFUSION].threshold == 0.3
    assert expert.card.details["site_calibration"]["file"] == path.name
    assert expert.card.details["name"] == "fake"


def test_without_a_file_the_expert_stays_as_it_is(tmp_path: Path) -> None:
    expert = FakeExpert()
    assert apply(expert, tmp_path / "none") == (expert, None)


def test_a_file_for_other_weights_is_not_applied_and_the_operator_hears_of_it(tmp_path: Path) -> None:
    path = put(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"weights_sha256": "1" * 64}))
    expert = FakeExpert()
    same, warning = apply(expert, tmp_path)
    assert same is expert
    assert warning is not None
    assert "other weights" in warning
    assert "cxr experts calibrate" in warning


def test_a_file_of_another_version_is_not_applied_and_the_operator_hears_of_it(tmp_path: Path) -> None:
    put(tmp_path)
    newer = FakeExpert()
    newer.card = replace(newer.card, version="2")
    same, warning = apply(newer, tmp_path)
    assert same is newer
    assert warning is not None
    assert warning.startswith("fake-1.json")
    assert apply(FakeExpert("another"), tmp_path)[1] is None


def test_a_stated_prevalence_starts_from_that_of_the_fitted_films(tmp_path: Path) -> None:
    put(tmp_path, prevalence={"pleural_effusion": 0.05})
    expert, _ = apply(FakeExpert(), tmp_path)
    plain = LabelCalibration(2.0, -1.0, 0.3, (0.25, 0.36)).score(0.6)
    moved = logit(read(expert)[EFFUSION].probability) - logit(plain.probability)
    assert moved == pytest.approx(logit(0.05) - logit(0.4), abs=1e-4)


def test_a_label_that_was_not_fitted_starts_from_its_card(tmp_path: Path) -> None:
    known = with_prevalence(FakeExpert(), PNEUMOTHORAX, 0.2)
    put(tmp_path, known, prevalence={"pneumothorax": 0.01}, labels={})
    expert, _ = apply(known, tmp_path)
    moved = logit(read(expert)[PNEUMOTHORAX].probability) - logit(0.4)
    assert math.isclose(moved, logit(0.01) - logit(0.2), rel_tol=1e-4)


def test_a_prevalence_with_nothing_to_start_from_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match="nobody wrote down"):
        put(tmp_path, prevalence={"pneumothorax": 0.01})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"labels": {"gout": ENTRY}},
        {"labels": {"mass": ENTRY | {"slope": -1}}},
        {"labels": []},
        {"prevalence": {"mass": 1.5}},
        {"prevalence": {"mass": "often"}},
    ],
)
def test_a_damaged_file_stops_the_expert(tmp_path: Path, changes: Mapping[str, object]) -> None:
    path = put(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(ExpertError, match="damaged"):
        load(path)


def test_a_file_that_cannot_be_read_is_an_expert_error(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match="cannot be read"):
        load(tmp_path)
