"""The figures of a card: worked examples, held-out by construction, and paired against a peer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import out_of_fold
from models.base import ExpertError
from models.figures import Scored, metrics, side_by_side
from models.findings import Label
from models.statistics import auc, calibration_error

LABELS = (Label.MASS, Label.NODULE)


def films(number: int = 120, *, seed: int = 0) -> Scored:
    """Two films a patient; logits that tell the first label well and the second one a little."""
    rng = np.random.default_rng(seed)
    targets = (rng.random((number, 2)) < (0.4, 0.3)).astype(float)
    logits = rng.normal(size=(number, 2)) + targets * (2.0, 0.5)
    patients = np.arange(number) // 2
    return Scored(LABELS, targets, logits, patients, patients % 5)


def test_a_card_holds_the_figures_of_its_scores() -> None:
    known = films()
    found = metrics(known)
    mass = found["labels"][Label.MASS]
    assert mass["positive"] == known.targets[:, 0].sum()
    assert mass["prevalence"] == pytest.approx(known.targets[:, 0].mean(), abs=1e-4)
    assert mass["auc"] == pytest.approx(auc(known.targets[:, 0], known.logits[:, 0]), abs=1e-4)
    assert mass["auc_interval"][0] < mass["auc"] < mass["auc_interval"][1]
    assert found["films"] == 120
    assert found["mean_auc"] == pytest.approx(np.mean([entry["auc"] for entry in found["labels"].values()]), abs=1e-4)


def test_the_error_is_that_of_the_diagram() -> None:
    entry = metrics(films())["labels"][Label.NODULE]
    said, seen = np.array(entry["reliability"]).T
    assert len(said) == 10
    assert np.abs(said - seen).mean() == pytest.approx(entry["calibration_error"], abs=1e-3)


def test_the_labels_of_a_fold_do_not_change_what_is_said_of_it() -> None:
    known = films()
    flipped = known.targets.copy()
    flipped[known.folds == 0, 0] = 1 - flipped[known.folds == 0, 0]
    before = metrics(known)["labels"][Label.NODULE]
    assert metrics(replace(known, targets=flipped))["labels"][Label.NODULE] == before


def test_the_same_scores_twice_do_not_differ() -> None:
    known = films()
    found = side_by_side(known, known.logits)
    assert found["mean"]["auc"] == found["mean"]["peer_auc"]
    assert all(entry["difference_interval"] == [0, 0] for entry in found["labels"].values())


def test_a_better_peer_is_seen_to_be_better() -> None:
    known = films()
    entry = side_by_side(known, known.targets + 0.0)["labels"][Label.NODULE]
    assert entry["peer_auc"] == 1
    assert entry["difference_interval"][1] < 0


def test_only_the_films_that_both_have_read_count() -> None:
    known = films()
    theirs = known.logits.copy()
    theirs[40:] = np.nan
    found = side_by_side(known, theirs)
    assert (found["films"], found["patients"]) == (40, 20)
    assert found["labels"][Label.MASS]["auc"] == pytest.approx(
        auc(known.targets[:40, 0], known.logits[:40, 0]), abs=1e-4
    )


def test_a_label_that_none_of_the_films_has_is_left_out() -> None:
    known = films()
    without = known.targets * (1, 0)
    found = side_by_side(replace(known, targets=without), known.logits)
    assert list(found["labels"]) == [Label.MASS]
    assert found["mean"]["auc"] == found["labels"][Label.MASS]["auc"]


def test_scores_are_kept_as_they_are_computed_with(tmp_path: Path) -> None:
    logits = out_of_fold.kept(np.array([[1.23456789, -0.5], [0.0, 7.0]]))
    out_of_fold.write(tmp_path, ["a.jpg", "b.jpg"], LABELS, logits)
    back = out_of_fold.read(tmp_path, LABELS[::-1])
    np.testing.assert_array_equal(back["a.jpg"], logits[0, ::-1])
    np.testing.assert_array_equal(back["b.jpg"], logits[1, ::-1])


@pytest.mark.parametrize(
    "content", ["image,mass\na.jpg,1\n", "image,mass,nodule\na.jpg,1,x\n", "image,mass,nodule\na.jpg,1\n"]
)
def test_damaged_scores_are_an_expert_error(tmp_path: Path, content: str) -> None:
    (tmp_path / out_of_fold.FILE).write_text(content)
    with pytest.raises(ExpertError, match="damaged"):
        out_of_fold.read(tmp_path, LABELS)


def test_missing_scores_are_an_expert_error(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match="cannot be read"):
        out_of_fold.read(tmp_path, LABELS)


def test_bins_of_unequal_size_are_weighed_by_their_films() -> None:
    targets, said = np.array([0.0, 0, 1]), np.array([0.1, 0.2, 0.9])
    assert calibration_error(targets, said, 2) == pytest.approx((2 * 0.15 + 0.1) / 3)
