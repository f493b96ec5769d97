"""The gate as shipped: its files, its verdicts on pictures that anyone can draw, and on the real ones."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from models.anatomy import GRID, Anatomy
from models.base import ExpertError, Film, GrayImage
from models.evaluation.gate import figures, stopped, wilson
from models.findings import Verdict
from models.gate import ChestGate, load_gate
from models.training.films import read_gray
from models.weights import ASSETS
from service.imaging.decode import decode_file
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import display
from tests.phantom import draw_phantom


@pytest.fixture(scope="module")
def gate() -> ChestGate:
    return load_gate({})


def phantom(rows: int = 600, columns: int = 500) -> GrayImage:
    return draw_phantom(rows, columns).astype(np.float32)


def page() -> GrayImage:
    sheet = np.full((600, 500), 250, np.float32)
    for row in range(40, 560, 20):
        sheet[row : row + 8, 40 : 460 - row % 70] = 20
    return sheet


def noise() -> GrayImage:
    return np.random.default_rng(0).uniform(0, 255, (500, 500)).astype(np.float32)


def ramp() -> GrayImage:
    return np.tile(np.linspace(0, 255, 512, dtype=np.float32), (512, 1))


@pytest.mark.parametrize("picture", [page(), noise(), ramp(), ramp().T])
def test_what_is_no_chest_film_is_stopped_whatever_its_tags_say(gate: ChestGate, picture: GrayImage) -> None:
    result = gate.check(Film(picture, view="PA", age_years=50), None)
    assert result.verdict is Verdict.STOP
    assert "not look like a frontal chest" in result.reasons[0]
    assert result.view is None


def test_a_picture_too_small_is_stopped_for_its_size(gate: ChestGate) -> None:
    assert "too small" in gate.check(Film(phantom(40, 40)), None).reasons[0]


def test_a_drawn_chest_is_doubtful_and_stopped_where_no_lungs_are_found(gate: ChestGate) -> None:
    nothing = np.zeros((GRID, GRID), np.bool_)
    drawn = Film(phantom())
    assert gate.check(drawn, None).verdict is Verdict.DOUBTFUL
    assert gate.check(drawn, Anatomy(nothing, nothing, nothing, 600, 500)).verdict is Verdict.STOP


def test_a_big_film_takes_milliseconds(gate: ChestGate) -> None:
    film = Film(np.tile(phantom(300, 300), (10, 10)))
    taken = []
    for _ in range(5):
        began = time.thread_time()
        gate.check(film, None)
        taken.append(time.thread_time() - began)
    assert min(taken) < 0.05


def copied(folder: Path) -> Path:
    shutil.copytree(ASSETS / "gate", folder / "gate")
    return folder / "gate"


def test_a_gate_from_another_folder_is_taken(tmp_path: Path) -> None:
    copied(tmp_path)
    assert load_gate({"folder": str(tmp_path)}).check(Film(page()), None).verdict is Verdict.STOP


def test_an_altered_network_is_refused(tmp_path: Path) -> None:
    with (copied(tmp_path) / "eye.npz").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ExpertError, match="not the file of its card"):
        load_gate({"folder": str(tmp_path)})


@pytest.mark.parametrize("part", ["files", "operating_points"])
def test_a_card_without_its_parts_is_refused(tmp_path: Path, part: str) -> None:
    path = copied(tmp_path) / "card.json"
    card = json.loads(path.read_text())
    del card[part]
    path.write_text(json.dumps(card))
    with pytest.raises(ExpertError, match="damaged"):
        load_gate({"folder": str(tmp_path)})


def test_a_card_that_is_no_json_is_refused(tmp_path: Path) -> None:
    (copied(tmp_path) / "card.json").write_text("{")
    with pytest.raises(ExpertError, match="cannot be read"):
        load_gate({"folder": str(tmp_path)})


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ExpertError, match="no option threads"):
        load_gate({"threads": "2"})


def test_wilson_intervals_agree_with_published_ones() -> None:
    """Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.films
@pytest.mark.timeout(600)
def test_real_films_pass_and_other_pictures_are_stopped(shared_data: Path, gate: ChestGate) -> None:
    found = figures(shared_data, gate)
    stops, films = stopped(found, "frontal")
    assert stops <= 0.02 * films
    stops, others = stopped(found, "no chest film")
    assert stops >= 0.95 * others


def shown(path: Path) -> Film:
    """The first frame of a DICOM file, as the service hands it to the panel."""
    image = decode_file(path.read_bytes(), path.name, DecodeLimits()).images[0]
    return Film(display(image), image.view)


@pytest.mark.films
def test_a_chest_film_that_is_labelled_ct_is_read(shared_data: Path, gate: ChestGate) -> None:
    assert gate.check(shown(shared_data / "dicom" / "udacity_test5.dcm"), None).verdict is Verdict.PASS


@pytest.mark.films
@pytest.mark.parametrize("name", ["wg04_RG2_JPLL", "wg04_CT1_RLE", "notzaki_MG_Explicit_Little", "fodicom_DIRW0007"])
def test_other_modalities_are_stopped(shared_data: Path, gate: ChestGate, name: str) -> None:
    assert gate.check(shown(shared_data / "dicom" / f"{name}.dcm"), None).verdict is Verdict.STOP


@pytest.mark.films
def test_how_a_real_film_hangs_is_seen(shared_data: Path, gate: ChestGate) -> None:
    film = read_gray(shared_data / "medrax_demo" / "normal1.jpg")
    assert gate.check(Film(film), None).verdict is Verdict.PASS
    for turns, where in ((1, "to the left"), (2, "down"), (3, "to the right")):
        turned = gate.check(Film(np.rot90(film, turns)), None)
        assert turned.verdict is Verdict.STOP
        assert where in turned.reasons[0]
    inverted = gate.check(Film(255 - film), None)
    assert inverted.verdict is Verdict.DOUBTFUL
    assert any("inverted" in reason for reason in inverted.reasons)


@pytest.mark.films
def test_a_real_lateral_is_stopped_and_called_lateral(shared_data: Path, gate: ChestGate) -> None:
    result = gate.check(Film(read_gray(shared_data / "medrax_demo" / "normal2.jpg"), view="PA"), None)
    assert (result.verdict, result.view) == (Verdict.STOP, "LATERAL")
