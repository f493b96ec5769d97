"""The embedded expert: loads what its card says, matches labels by name, refuses anything else."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.base import ExpertError, GrayImage
from models.classifier import Classifier
from models.experts.embedded import build
from models.findings import Label
from models.weights import ASSETS, sha256_of
from tests.phantom import draw_phantom


@pytest.fixture(scope="module")
def expert() -> Classifier:
    return build({"threads": "1"})


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """Return a copy of the expert's files, to be altered."""
    return Path(shutil.copytree(ASSETS / "embedded", tmp_path / "embedded"))


def film() -> GrayImage:
    return draw_phantom(400, 400).astype(np.float32)


def alter(path: Path, **changes: Any) -> None:  # noqa: ANN401 - JSON values
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def rehash(assets: Path) -> None:
    files = json.loads((assets / "card.json").read_text())["files"]
    alter(assets / "card.json", files={name: sha256_of(assets / name) for name in files})


def test_it_reads_the_fourteen_nih_labels(expert: Classifier) -> None:
    assert len(set(expert.card.labels)) == 14
    assert set(expert.read([film()])[0].scores) == set(expert.card.labels)


def test_a_reading_says_whose_it_is(expert: Classifier) -> None:
    reading = expert.read([film()])[0]
    assert (reading.expert, reading.version) == ("embedded", expert.card.version)
    assert reading.weights_sha256 == expert.card.weights_sha256 == sha256_of(ASSETS / "embedded" / "model.bin")


def test_labels_are_matched_by_name_not_by_position(expert: Classifier, assets: Path) -> None:
    alter(assets / "card.json", labels=[*reversed(expert.card.labels)])
    calibration = json.loads((assets / "calibration.json").read_text())
    alter(assets / "calibration.json", labels=dict(reversed(calibration["labels"].items())))
    rehash(assets)
    shuffled = build({"folder": str(assets.parent), "threads": "1"})
    assert shuffled.card.labels == expert.card.labels[::-1]
    assert shuffled.read([film()])[0].scores == expert.read([film()])[0].scores


def test_a_map_explains_the_score(expert: Classifier) -> None:
    reading = expert.read([film()])[0]
    assert set(reading.maps) == set(reading.scores)
    for label, evidence in reading.maps.items():
        assert evidence.dtype == np.float32
        assert evidence.ndim == 2
        assert 1 / (1 + np.exp(-evidence.mean())) == pytest.approx(reading.scores[label].raw, abs=1e-4)


def test_a_batch_reads_as_its_films_do_one_by_one(expert: Classifier) -> None:
    films = [film(), draw_phantom(300, 250, seed=3).astype(np.float32)]
    together, alone = expert.read(films), [expert.read([one])[0] for one in films]
    for one, other in zip(together, alone, strict=True):
        for label, evidence in one.maps.items():
            np.testing.assert_allclose(evidence, other.maps[label], atol=1e-3)
            assert one.scores[label].raw == pytest.approx(other.scores[label].raw, abs=1e-4)
    assert expert.read([]) == []


@pytest.mark.parametrize("name", ["model.bin", "model.xml", "calibration.json"])
def test_a_changed_file_is_refused(assets: Path, name: str) -> None:
    with (assets / name).open("ab") as file:
        file.write(b"\n")
    with pytest.raises(ExpertError, match="is not the file of its card"):
        build({"folder": str(assets.parent)})


def test_a_calibration_that_lacks_a_label_is_refused(assets: Path) -> None:
    labels = json.loads((assets / "calibration.json").read_text())["labels"]
    labels.popitem()
    alter(assets / "calibration.json", labels=labels)
    rehash(assets)
    with pytest.raises(ExpertError, match="not of the same labels"):
        build({"folder": str(assets.parent)})


@pytest.mark.parametrize("preprocessing", [None, {"colour": 3}])
def test_a_card_that_does_not_say_how_to_prepare_a_film_is_refused(assets: Path, preprocessing: object) -> None:
    alter(assets / "card.json", preprocessing=preprocessing)
    with pytest.raises(ExpertError, match="prepare a film"):
        build({"folder": str(assets.parent)})


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ExpertError, match="no option thread;"):
        build({"thread": "2"})


@pytest.mark.parametrize("threads", ["two", "-1", ""])
def test_threads_must_be_a_number(threads: str) -> None:
    with pytest.raises(ExpertError, match="whole number"):
        build({"threads": threads})


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_film_with_values_that_are_no_numbers_is_an_expert_error(expert: Classifier, wrong: float) -> None:
    broken = film()
    broken[100, 100] = wrong
    with pytest.raises(ExpertError, match="cannot read this image"):
        expert.read([broken])


def test_the_card_gives_an_interval_for_every_label(expert: Classifier) -> None:
    metrics = expert.card.details["metrics"]
    assert set(metrics["labels"]) == set(expert.card.labels)
    for entry in (metrics["labels"][label] for label in expert.card.labels):
        low, high = entry["auc_interval"]
        assert low <= entry["auc"] <= high
        assert 0 <= entry["calibration_error"] <= 1


def nih_films(folder: Path, labels: str, number: int) -> list[GrayImage]:
    with (folder / "manifest.csv").open(newline="") as file:
        names = [row["image"] for row in csv.DictReader(file) if row["labels"] == labels]
    return [np.asarray(Image.open(folder / name).convert("L"), dtype=np.float32) for name in names[:number]]


def mean_probability(expert: Classifier, films: Sequence[GrayImage], label: Label) -> float:
    return fmean(reading.scores[label].probability for reading in expert.read(films))


@pytest.mark.films
@pytest.mark.parametrize("name", ["Cardiomegaly", "Emphysema", "Pneumothorax", "Edema"])
def test_real_films_with_a_finding_score_higher_than_those_without(
    expert: Classifier, shared_data: Path, name: str
) -> None:
    ill, well = (nih_films(shared_data / "nih", labels, 30) for labels in (name, "No Finding"))
    label = Label(name.lower())
    assert mean_probability(expert, ill, label) > 1.2 * mean_probability(expert, well, label)


@pytest.mark.films
def test_on_real_films_the_mean_probability_is_about_the_frequency(expert: Classifier, shared_data: Path) -> None:
    with (shared_data / "nih" / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))[::20]
    films = [np.asarray(Image.open(shared_data / "nih" / row["image"]).convert("L"), dtype=np.float32) for row in rows]
    frequency = fmean("Pneumonia" in row["labels"] for row in rows)
    assert abs(mean_probability(expert, films, Label.PNEUMONIA) - frequency) < 0.12
