"""What less than single precision costs is measured on films the network was not quantised with, and permits it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openvino import opset15 as ops
from PIL import Image

from models.anatomy import GRID, Anatomy
from models.base import ExpertError, GrayImage
from models.classifier import Classifier, load_classifier
from models.experts.zoo import DEFAULT, entry
from models.experts.zoo.card import state_precisions
from models.experts.zoo.films import apart
from models.experts.zoo.precision import state_precision
from models.experts.zoo.segmenter import NAME as SEGMENTER
from models.experts.zoo.segmenter import build as build_segmenter
from models.findings import Label
from models.precision_loss import CELLS
from models.runtime import Network, Precision
from models.runtime.openvino_engine import halves
from models.runtime.pace import times_faster
from models.runtime.quantise import quantise
from models.weights import CARD, load_card, sha256_of
from tests import fake_nncf, tiny_network
from tests.fake_nncf import BRIGHTER, FakeNncf
from tests.phantom import draw_phantom

CALIBRATING, MEASURED = 22, 21
FILMS = CALIBRATING + MEASURED
INT8 = {"precision": "int8", "threads": "1"}


@pytest.fixture
def nncf(monkeypatch: pytest.MonkeyPatch) -> FakeNncf:
    return fake_nncf.install(monkeypatch)


@pytest.fixture
def pulled(tmp_path: Path) -> Path:
    return tiny_network.write_pulled(tmp_path / "experts")


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of films, each darker than the one before."""
    folder = tmp_path_factory.mktemp("films")
    for number in range(FILMS):
        film = draw_phantom(64, 64, bits=8, seed=number) * (1 - number / FILMS)
        film[0, 0], film[0, 1] = 0, 255  # so that the film's own range is not what is stretched
        Image.fromarray(film.astype(np.uint8)).save(folder / f"{number:02}.png")
    return folder


def card_of(folder: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((folder / CARD).read_text())
    return card


def film_of(path: Path) -> GrayImage:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("F"))


def raw(expert: Classifier, film: GrayImage) -> np.ndarray[Any, np.dtype[np.float64]]:
    (reading,) = expert.read([film])
    return np.array([score.raw for score in reading.scores.values()])


def test_the_card_says_what_int8_costs_on_films_that_did_not_make_it(nncf: FakeNncf, pulled: Path, films: Path) -> None:
    plain = load_classifier(pulled, {"threads": "1"})
    stated = state_precision(entry(DEFAULT), pulled, films, CALIBRATING)
    chosen, others = apart(films, CALIBRATING)
    assert len(nncf.films) == len(chosen) == CALIBRATING
    assert not set(chosen) & set(others)
    int8 = load_classifier(pulled, INT8)
    pairs = np.array([(raw(plain, film), raw(int8, film)) for film in map(film_of, others)])
    difference, called = np.abs(pairs[:, 0] - pairs[:, 1]), pairs >= 0.1
    figures = card_of(pulled)["precisions"]["int8"]
    assert figures == stated.precisions["int8"]
    assert figures["films"] == MEASURED
    assert figures["calibration_films"] == CALIBRATING
    assert figures["largest_difference"] == pytest.approx(difference.max(), rel=1e-3)
    assert difference.max() > 0.05
    assert figures["mean_difference"] == pytest.approx(difference.mean(), rel=1e-3)
    assert figures["calls_changed"] == pytest.approx((called[:, 0] != called[:, 1]).mean(), abs=1e-4)
    assert figures["smallest_rank_correlation"] == 1


def test_the_films_are_prepared_as_the_expert_prepares_them(nncf: FakeNncf, pulled: Path, films: Path) -> None:
    state_precision(entry(DEFAULT), pulled, films, CALIBRATING)
    assert {planes.shape for planes in nncf.films} == {(1, 1, tiny_network.SIZE, tiny_network.SIZE)}
    assert {(float(planes.min()), float(planes.max())) for planes in nncf.films} == {(-1024.0, 1024.0)}


@pytest.mark.usefixtures("nncf")
def test_half_precision_is_stated_where_this_processor_has_it(pulled: Path, films: Path) -> None:
    stated = state_precision(entry(DEFAULT), pulled, films, CALIBRATING)
    assert list(stated.precisions) == [each.value for each in (*halves(), Precision.INT8)]
    assert all(faster > 0 for faster in stated.faster.values())
    for each in halves():
        assert "calibration_films" not in stated.precisions[each]
        assert stated.precisions[each]["largest_difference"] < 0.05
        load_classifier(pulled, {"precision": each.value})


@pytest.mark.usefixtures("nncf")
def test_int8_is_served_from_its_own_file_and_says_so(pulled: Path, films: Path, tmp_path: Path) -> None:
    film = draw_phantom(64, 64).astype(np.float32)
    with pytest.raises(ExpertError, match="does not say what int8 costs"):
        load_classifier(pulled, INT8)
    plain = load_classifier(pulled, {"threads": "1"})
    state_precision(entry(DEFAULT), pulled, films, CALIBRATING)
    cache = {"cache_dir": str(tmp_path / "cache")}
    for _ in range(2):  # once compiled, once from the cache
        again, int8 = load_classifier(pulled, cache), load_classifier(pulled, INT8 | cache)
        np.testing.assert_allclose(raw(again, film), raw(plain, film), atol=1e-6)
        weights = np.linspace(-2, 2, len(plain.card.labels))
        moved = np.log(raw(plain, film) / (1 - raw(plain, film))) + weights * BRIGHTER / 1024
        np.testing.assert_allclose(raw(int8, film), 1 / (1 + np.exp(-moved)), atol=1e-5)
    assert plain.card.weights_sha256 == again.card.weights_sha256 == sha256_of(pulled / "model.bin")
    (reading,) = int8.read([film])
    assert reading.weights_sha256 == sha256_of(pulled / "model.int8.bin") != plain.card.weights_sha256


@pytest.mark.usefixtures("nncf")
@pytest.mark.parametrize("file", ["model.int8.xml", "model.int8.bin"])
def test_an_altered_int8_file_is_refused(pulled: Path, films: Path, file: str) -> None:
    state_precision(entry(DEFAULT), pulled, films, CALIBRATING)
    with (pulled / file).open("ab") as opened:
        opened.write(b"\n")
    with pytest.raises(ExpertError, match="is not the file of its card"):
        load_classifier(pulled, INT8)


@pytest.mark.usefixtures("nncf")
def test_int8_without_a_hash_on_the_card_is_refused(pulled: Path, films: Path) -> None:
    state_precision(entry(DEFAULT), pulled, films, CALIBRATING)
    card = card_of(pulled)
    del card["files"]["model.int8.bin"]
    (pulled / CARD).write_text(json.dumps(card))
    with pytest.raises(ExpertError, match=r"does not hold the hash of model\.int8\.bin"):
        load_classifier(pulled, INT8)


@pytest.mark.usefixtures("nncf")
def test_what_breaks_off_leaves_a_whole_card_that_permits_nothing(pulled: Path, films: Path, tmp_path: Path) -> None:
    state_precision(entry(DEFAULT), pulled, films, CALIBRATING)
    half_made = tmp_path / "half made"
    half_made.mkdir()
    (half_made / "model.int8.xml").write_text("another network")
    with pytest.raises(ExpertError, match=r"model\.int8\.bin cannot be read"):
        state_precisions(pulled, half_made, {"int8": {"films": 1}})
    assert load_classifier(pulled, {"threads": "1"}).card.details["name"] == DEFAULT
    with pytest.raises(ExpertError, match="does not say what int8 costs"):
        load_classifier(pulled, INT8)


@pytest.mark.usefixtures("nncf")
def test_measuring_again_states_the_new_figures_and_leaves_nothing_behind(pulled: Path, films: Path) -> None:
    for calibrating in (CALIBRATING, CALIBRATING - 1):
        state_precision(entry(DEFAULT), pulled, films, calibrating)
    assert card_of(pulled)["precisions"]["int8"]["calibration_films"] == CALIBRATING - 1
    assert [path.name for path in pulled.parent.iterdir()] == [DEFAULT]
    assert {path.name for path in pulled.iterdir()} == {*card_of(pulled)["files"], CARD}


def test_without_nncf_it_says_what_to_install(pulled: Path, films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nncf", None)
    before = card_of(pulled)
    with pytest.raises(ExpertError, match=r"needs nncf: pip install 'cxr-scribe\[zoo\]'"):
        state_precision(entry(DEFAULT), pulled, films, CALIBRATING)
    assert card_of(pulled) == before


def test_a_network_that_cannot_be_quantised_is_an_expert_error(
    nncf: FakeNncf, pulled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("no such layer")

    monkeypatch.setattr(nncf, "quantize", fails)
    with pytest.raises(ExpertError, match=r"NNCF cannot quantise .* no such layer"):
        quantise(pulled / "model.xml", [])


def organs(heart: Sequence[slice]) -> Anatomy:
    right, left, middle = np.zeros((3, GRID, GRID), dtype=bool)
    right[:, :64] = left[:, 192:] = middle[tuple(heart)] = True
    return Anatomy(right, left, middle, 512, 512)


def test_of_organs_the_share_of_cells_that_change_sides_is_told() -> None:
    class Says:
        def __init__(self, found: Anatomy) -> None:
            self.found = found

        def segment(self, images: Sequence[GrayImage]) -> list[Anatomy]:
            return [self.found for _ in images]

    film = np.zeros((8, 8), np.float32)
    plain, other = (np.array([CELLS.word(Says(organs(np.s_[100:200, 100:width])), film)] * 2) for width in (150, 160))
    assert CELLS.loss(plain, plain) == {"cells_changed": 0}
    assert CELLS.loss(plain, other) == {"cells_changed": 100 * 10 / GRID**2}


@pytest.mark.usefixtures("nncf")
def test_a_network_of_organs_gets_its_own_figure(films: Path, tmp_path: Path) -> None:
    folder = tmp_path / SEGMENTER
    folder.mkdir()
    film = ops.parameter([-1, 1, 256, 256], np.float32, name="film")
    masks = ops.subtract(film, np.array([-500, 0, 500], np.float32).reshape(1, 3, 1, 1))
    tiny_network.write(folder / "model.xml", {"masks": masks}, film, ["Heart", "Left Lung", "Right Lung"])
    stated = {"name": SEGMENTER, "version": "1", "licence": "none", "labels": []}
    rule = {"size": 256, "low": 0.0, "high": 100.0, "mean": 0.5, "std": 1 / 2048, "framing": "whole_film"}
    files = {name: sha256_of(folder / name) for name in ("model.xml", "model.bin")}
    (folder / CARD).write_text(json.dumps(stated | {"preprocessing": rule, "files": files}))
    plain = build_segmenter({"folder": str(tmp_path)})
    found = state_precision(entry(SEGMENTER), folder, films, CALIBRATING).precisions["int8"]
    assert set(found) == {"films", "cells_changed", "calibration_films"}
    int8 = build_segmenter({"folder": str(tmp_path), "precision": "int8"})
    changed = []
    for pixels in map(film_of, apart(films, CALIBRATING)[1]):
        (one,), (other,) = plain.segment([pixels]), int8.segment([pixels])
        changed.append(((one.lungs != other.lungs) | (one.heart != other.heart)).mean())
    assert found["cells_changed"] == pytest.approx(np.mean(changed), rel=1e-3)
    assert np.mean(changed) > 0.01
    assert int8.card.weights_sha256 == load_card(folder).details["files"]["model.int8.bin"]


@pytest.mark.usefixtures("nncf")
def test_labels_and_outputs_keep_their_names_and_speed_is_against_f32(pulled: Path) -> None:
    model = pulled / "model.xml"
    quantise(model, [np.zeros((1, 1, tiny_network.SIZE, tiny_network.SIZE), np.float32)])
    plain, int8 = (Network(model, threads=1, precision=each) for each in (Precision.F32, Precision.INT8))
    assert int8.labels == plain.labels
    assert Label.PLEURAL_EFFUSION in int8.labels
    assert list(times_faster(model, [Precision.INT8])) == [Precision.INT8]
