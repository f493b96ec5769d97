"""The anatomy network as served: it loads what its card says, and its reading is a ratio or the reason for none."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.anatomy import GRID, Anatomy, heart_share
from models.base import ExpertError, Film
from models.experts.anatomy import AnatomyNetwork, build
from models.findings import Abstention, Label, Measure
from models.training.films import read_gray
from models.weights import ASSETS, sha256_of
from tests.phantom import draw_phantom

PIXELS = draw_phantom(400, 300).astype(np.float32)


@pytest.fixture(scope="module")
def network() -> AnatomyNetwork:
    return build({"threads": "1"})


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """Return a copy of the network's files, to be altered."""
    return Path(shutil.copytree(ASSETS / "anatomy", tmp_path / "anatomy"))


def block(top: int, bottom: int, left: int, right: int) -> Any:  # noqa: ANN401 - a mask
    mask = np.zeros((GRID, GRID), dtype=np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def chest(heart: int) -> Anatomy:
    """Lungs 200 cells wide together, and a heart of ``heart`` cells between them."""
    return Anatomy(
        block(40, 200, 28, 100), block(40, 200, 156, 228), block(120, 190, 128 - heart // 2, 128 + heart // 2), 256, 256
    )


def alter(card: Path, **changes: Any) -> None:  # noqa: ANN401 - JSON values
    card.write_text(json.dumps(json.loads(card.read_text()) | changes))


def test_the_organs_of_each_film_come_back_in_order_on_the_grid(network: AnatomyNetwork) -> None:
    upright, wide = network.segment([PIXELS, PIXELS.T.copy()])
    assert (upright.rows, upright.columns, wide.rows, wide.columns) == (400, 300, 300, 400)
    assert upright.right_lung.shape == upright.left_lung.shape == upright.heart.shape == (GRID, GRID)


def test_the_same_film_gives_the_same_organs_whatever_its_range(network: AnatomyNetwork) -> None:
    one, other = network.segment([PIXELS, PIXELS / np.float32(16) - np.float32(3)])
    changed = (one.right_lung != other.right_lung) | (one.left_lung != other.left_lung) | (one.heart != other.heart)
    assert changed.mean() < 0.001


def test_a_wide_heart_is_called_and_a_narrow_one_is_not(network: AnatomyNetwork) -> None:
    film = Film(PIXELS, "PA", 50.0)
    for heart, enlarged in ((120, True), (104, True), (96, False), (80, False)):
        reading = network.reading(chest(heart), film)
        score, measure = reading.scores[Label.CARDIOMEGALY], reading.measures[Label.CARDIOMEGALY]
        assert (score.probability >= score.threshold) is enlarged
        assert score.raw == measure.value == pytest.approx(heart / 200)
        assert not reading.abstentions


def test_the_wider_the_heart_the_likelier_the_label(network: AnatomyNetwork) -> None:
    film = Film(PIXELS, "PA")
    said = [network.reading(chest(heart), film).scores[Label.CARDIOMEGALY].probability for heart in (70, 90, 110, 130)]
    assert said == sorted(said)
    assert said[0] < said[-1]


def test_the_doubt_reaches_as_far_as_the_ratio_errs(network: AnatomyNetwork) -> None:
    reading = network.reading(chest(100), Film(PIXELS, "PA"))
    score, error = reading.scores[Label.CARDIOMEGALY], reading.measures[Label.CARDIOMEGALY].error
    assert score.doubt[0] < score.threshold < score.doubt[1]
    assert score.probability == pytest.approx(score.threshold, abs=1e-3)
    for heart in (100 - 2 * round(150 * error), 100 + 2 * round(150 * error)):
        beyond = network.reading(chest(heart), Film(PIXELS, "PA")).scores[Label.CARDIOMEGALY].probability
        assert not score.doubt[0] <= beyond <= score.doubt[1]


def test_a_reading_says_whose_it_is(network: AnatomyNetwork) -> None:
    reading = network.reading(chest(100), Film(PIXELS, "PA"))
    assert (reading.expert, reading.version) == ("anatomy", network.card.version)
    assert reading.weights_sha256 == sha256_of(ASSETS / "anatomy" / "model.bin")
    assert network.card.labels == (Label.CARDIOMEGALY,)


@pytest.mark.parametrize(
    ("film", "seen", "why"),
    [
        (Film(PIXELS, "AP"), None, Abstention.AP_VIEW),
        (Film(PIXELS, "PA"), "AP", Abstention.AP_VIEW),
        (Film(PIXELS), None, Abstention.AP_VIEW),
        (Film(PIXELS, "PA"), "LATERAL", Abstention.NOT_FRONTAL),
        (Film(PIXELS, "PA", 3.0), None, Abstention.CHILD),
    ],
)
def test_where_the_ratio_means_nothing_the_reading_says_why(
    network: AnatomyNetwork, film: Film, seen: str | None, why: Abstention
) -> None:
    reading = network.reading(chest(120), film, seen)
    assert reading.abstentions == {Label.CARDIOMEGALY: why}
    assert not reading.scores
    assert not reading.measures


def test_what_the_picture_shows_stands_in_for_a_missing_tag(network: AnatomyNetwork) -> None:
    assert isinstance(network.ratio(chest(100), Film(PIXELS), "PA"), Measure)


def test_a_chest_without_heart_is_not_measured(network: AnatomyNetwork) -> None:
    headless = replace(chest(100), heart=np.zeros((GRID, GRID), dtype=np.bool_))
    assert network.ratio(headless, Film(PIXELS, "PA")) is Abstention.LUNGS_NOT_SEEN


def test_a_film_that_is_no_numbers_is_refused(network: AnatomyNetwork) -> None:
    with pytest.raises(ExpertError, match="cannot read"):
        network.segment([np.full((64, 64), np.nan, dtype=np.float32)])


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ExpertError, match="no option colour"):
        build({"colour": "red"})


def test_an_altered_network_is_refused(assets: Path) -> None:
    with (assets / "model.bin").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ExpertError, match="not the file of its card"):
        build({"folder": str(assets.parent)})


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"metrics": {}}, "how far its ratio errs"), ({"preprocessing": {"colour": 1}}, "how to prepare a film")],
)
def test_a_card_that_lacks_what_is_needed_is_refused(assets: Path, changes: dict[str, Any], message: str) -> None:
    alter(assets / "card.json", **changes)
    with pytest.raises(ExpertError, match=message):
        build({"folder": str(assets.parent)})


def test_a_calibration_of_other_labels_is_refused(assets: Path) -> None:
    entry = json.loads((assets / "calibration.json").read_text())["labels"]["cardiomegaly"]
    (assets / "calibration.json").write_text(json.dumps({"labels": {"hernia": entry}}))
    files = json.loads((assets / "card.json").read_text())["files"]
    alter(assets / "card.json", files=files | {"calibration.json": sha256_of(assets / "calibration.json")})
    with pytest.raises(ExpertError, match="cardiomegaly alone"):
        build({"folder": str(assets.parent)})


@pytest.mark.films
def test_measured_ratios_of_real_films_are_met(network: AnatomyNetwork, shared_data: Path) -> None:
    folder = shared_data / "wingspan_ctr"
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["ctr"]][::12]
    found = network.segment([read_gray(folder / row["image"]) for row in rows])
    errors = [abs((heart_share(a) or 0.0) - float(row["ctr"])) for a, row in zip(found, rows, strict=True)]
    assert np.median(errors) < 0.02


@pytest.mark.films
def test_lungs_of_real_films_lie_on_their_sides(network: AnatomyNetwork, shared_data: Path) -> None:
    for path in sorted((shared_data / "jsrt").glob("*.jpg"))[::40]:
        (found,) = network.segment([read_gray(path)])
        assert np.nonzero(found.right_lung)[1].mean() < GRID / 2 < np.nonzero(found.left_lung)[1].mean()
