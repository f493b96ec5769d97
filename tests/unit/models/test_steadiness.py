"""The noise of a comparison: consecutive films of one patient, as far as nothing is said to have changed."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluation.steadiness import unchanged
from models.figures import Scored
from models.findings import Label
from models.fit_calibration import cross_fit

RNG = np.random.default_rng(2)
COUNT = 60


def scored(**changes: np.ndarray) -> Scored:
    """Films of one label, two in a row of each patient."""
    targets = (np.arange(COUNT) // 2 % 2).astype(float)[:, None]
    logits = targets * 2 - 1 + 0.5 * RNG.normal(size=(COUNT, 1))
    patients, folds = np.arange(COUNT) // 2, np.arange(COUNT) // 2 // 2 % 5
    given = {"targets": targets, "logits": logits, "patients": patients, "folds": folds} | changes
    return Scored((Label.MASS,), **given)


def test_each_two_films_of_a_patient_are_a_pair() -> None:
    films = scored()
    probability, _ = cross_fit(films.targets[:, 0], films.logits[:, 0], films.patients, films.folds)
    odds = np.log(probability / (1 - probability))
    assert unchanged(films)[:, 0] == pytest.approx(np.abs(odds[1::2] - odds[::2]))


def test_films_lie_apart_and_still_are_a_patient_s() -> None:
    films = scored(patients=np.arange(COUNT) % 20)
    assert len(unchanged(films)) == COUNT - 20


def test_a_label_that_changed_counts_for_nothing() -> None:
    films = scored()
    films.targets[0] = 1 - films.targets[0]
    differences = unchanged(films)[:, 0]
    assert np.isnan(differences[0])
    assert not np.isnan(differences[1:]).any()
