"""The marks of a place: against boxes whose marks are known by hand, and the files that they come from."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.anatomy import GRID, Anatomy
from models.base import ExpertError
from models.evaluation.boxes import SIDE, Boxed, find_list, read_boxes, read_maps, write_maps
from models.evaluation.guesses import Case, Guess
from models.evaluation.localise import gather, segmented, tables
from models.evaluation.part import Given, MissingDataError
from models.evaluation.pointing import TOLERANCE, figures, iou, mark, zones
from models.findings import Box, Label
from models.localise import Evidence
from tests.fakes import FakeSegmenter

HEADER = "Image Index,Finding Label,Bbox [x,y,w,h],,,\n"
ROWS = (
    "00000002_001.png,Infiltrate,100.5,200.0,50.0,25.0\n"
    "00000001_000.png,Pneumonia,512,512,256,256\n"
    "00000001_000.png,Pneumonia,100,512,200,256\n"
)
TRUTH = Box(500.0, 500.0, 700.0, 600.0)


def case(*boxes: Box, label: Label = Label.PNEUMONIA, patient: int = 1, row: int = 10, column: int = 4) -> Case:
    """A film with these boxes, and evidence in one cell of 16 x 16."""
    evidence: Evidence = np.full((16, 16), -2.0, dtype=np.float32)
    evidence[row, column] = 3.0
    truth = Boxed(f"{patient:08d}_000", patient, label, boxes or (TRUTH,))
    return Case(truth, evidence, chest())


def chest() -> Anatomy:
    """Two lungs from an eighth to seven eighths of the height."""
    right, left, heart = (np.zeros((GRID, GRID), dtype=np.bool_) for _ in range(3))
    right[32:224, 16:112] = True
    left[32:224, 144:240] = True
    heart[128:224, 100:180] = True
    return Anatomy(right, left, heart, SIDE, SIDE)


def cell(row: int, column: int) -> Box:
    """Box of one cell of 16 x 16."""
    side = SIDE / 16
    return Box(column * side, row * side, (column + 1) * side, (row + 1) * side)


def test_the_list_is_read_by_film_and_label_plain_or_packed(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(HEADER + ROWS)
    (tmp_path / "list.csv.gz").write_bytes(gzip.compress((HEADER + ROWS).encode()))
    boxed = read_boxes(tmp_path / "list.csv")
    assert boxed == read_boxes(tmp_path / "list.csv.gz")
    assert [(entry.film, entry.patient, entry.label) for entry in boxed] == [
        ("00000001_000", 1, Label.PNEUMONIA),
        ("00000002_001", 2, Label.INFILTRATION),
    ]
    assert boxed[0].boxes == (Box(512, 512, 768, 768), Box(100, 512, 300, 768))
    assert boxed[1].boxes == (Box(100.5, 200, 150.5, 225),)


def test_an_unknown_label_is_an_error_never_dropped(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(HEADER + ROWS.replace("Infiltrate", "Ghost"))
    with pytest.raises(KeyError, match="Ghost"):
        read_boxes(tmp_path / "list.csv")


def test_the_list_beside_the_films_is_found_and_a_missing_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "nih").mkdir()
    path = tmp_path / "nih" / "BBox_List_2017.csv"
    path.write_text(HEADER)
    assert find_list(tmp_path) == path


def test_maps_come_back_in_half_precision(tmp_path: Path) -> None:
    grids = {Label.MASS: np.array([[0.1, -7.25]], dtype=np.float32), Label.EDEMA: np.zeros((1, 2), dtype=np.float32)}
    write_maps(tmp_path / "maps.npz", {"00000001_000": grids})
    again = read_maps(tmp_path / "maps.npz")
    assert again["00000001_000"][Label.MASS].dtype == np.float32
    np.testing.assert_allclose(again["00000001_000"][Label.MASS], grids[Label.MASS], rtol=1e-3)
    assert list(again["00000001_000"]) == list(grids)


@pytest.mark.parametrize("content", [None, b"", b"no zip", b"PK\x03\x04broken"])
def test_maps_that_cannot_be_read_are_an_expert_error(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "maps.npz").write_bytes(content)
    with pytest.raises(ExpertError, match="The maps"):
        read_maps(tmp_path / "maps.npz")


@pytest.mark.parametrize(
    ("x", "y", "hit", "near"),
    [(600, 550, 1, 1), (500, 600, 1, 1), (700 + TOLERANCE - 1, 550, 0, 1), (700 + TOLERANCE + 1, 550, 0, 0)],
)
def test_the_pointing_game(x: float, y: float, hit: float, near: float) -> None:
    assert mark(case(), [Guess(x, y, None)]).tolist() == [hit, near, 0, 0]


def test_of_several_boxes_the_best_counts_and_of_several_guesses_the_mean() -> None:
    both = case(TRUTH, Box(0, 0, 100, 100))
    assert mark(both, [Guess(50, 50, Box(0, 0, 100, 100))]).tolist() == [1, 1, 1, 1]
    assert mark(both, [Guess(50, 50, TRUTH), Guess(300, 300, None)]).tolist() == [0.5, 0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("other", "overlap"),
    [(TRUTH, 1.0), (Box(600, 500, 700, 600), 0.5), (Box(600, 500, 800, 600), 1 / 3), (Box(0, 0, 10, 10), 0.0)],
)
def test_overlap_is_intersection_over_union(other: Box, overlap: float) -> None:
    assert iou(TRUTH, other) == pytest.approx(overlap)
    assert iou(other, TRUTH) == pytest.approx(overlap)


def test_evidence_in_the_box_beats_every_guess() -> None:
    told = figures([case(cell(10, 4), patient=patient) for patient in range(4)])["all"]
    assert (told["cases"], told["patients"]) == (4, 4)
    assert told["map_alone"]["hit"] == told["map_and_lungs"]["hit"] == [1.0, 1.0, 1.0]
    assert told["map_alone"]["overlap"][0] > 0.3
    assert told["centre"]["hit"] == [0.0, 0.0, 0.0]
    assert 0 < told["random"]["hit"][0] < 0.05


def test_random_places_hit_as_often_as_the_box_is_large() -> None:
    told = figures([case(Box(0, 0, SIDE, SIDE / 4), patient=patient) for patient in range(20)])
    assert told["all"]["random"]["hit"][0] == pytest.approx(0.25, abs=0.03)


def test_either_lung_is_guessed_half_right() -> None:
    told = figures([case(Box(0, 0, SIDE / 2, SIDE))])
    assert told["all"]["lungs"]["hit"][0] == 0.5


def test_evidence_outside_the_lungs_points_wrong_only_without_them() -> None:
    stray = case(cell(10, 4))
    stray.evidence[0, 15] = 9.0
    told = figures([stray])["all"]
    assert told["map_and_lungs"]["hit"][0] == 1.0
    assert told["map_alone"]["hit"][0] == 0.0


def test_labels_of_few_films_are_told_together() -> None:
    many = [case(patient=patient) for patient in range(10)]
    told = figures([*many, case(label=Label.MASS, patient=10), case(label=Label.NODULE, patient=11)])
    assert [(name, told[name]["cases"]) for name in ("all", "pneumonia", "other_labels")] == [
        ("all", 12),
        ("pneumonia", 10),
        ("other_labels", 2),
    ]


def test_zones_are_compared_where_the_boxes_have_one() -> None:
    right_upper, right_lower, left_lower = Box(100, 150, 300, 350), Box(100, 700, 300, 850), Box(700, 700, 900, 850)
    cases = [
        case(right_lower, patient=1, row=12, column=3),
        case(right_upper, patient=2, row=12, column=3),
        case(left_lower, patient=3, row=12, column=3),
        case(Box(500, 0, 510, 10), patient=4, row=12, column=3),
        case(Box(400, 500, 700, 850), patient=5, label=Label.CARDIOMEGALY),
        case(right_lower, patient=6),
    ]
    cases[-1].evidence[:] = -2.0
    told = zones(cases)
    assert told["cases"] == 4
    assert told["said"][0] == pytest.approx(0.75)
    assert told["same_zone"][0] == pytest.approx(1 / 3, abs=1e-4)
    assert told["same_side"][0] == pytest.approx(2 / 3, abs=1e-4)
    assert told["other_side"][0] == pytest.approx(1 / 3, abs=1e-4)


def test_without_anatomy_what_needs_it_is_left_out() -> None:
    told = figures([Case(case().truth, case().evidence, None)])
    assert "zones" not in told
    assert set(told["all"]) == {"cases", "patients", "map_alone", "centre", "random"}


def test_films_are_segmented_from_the_folder(tmp_path: Path) -> None:
    given = Given(tmp_path, experts=(), segmenter=FakeSegmenter())
    with pytest.raises(MissingDataError, match="00000001_000"):
        segmented(given, ["00000001_000"])
    (tmp_path / "nih").mkdir()
    Image.new("L", (32, 32)).save(tmp_path / "nih" / "00000001_000.jpg")
    assert list(segmented(given, ["00000001_000"])) == ["00000001_000"]
    assert segmented(Given(tmp_path, experts=()), ["00000001_000"]) == {}


def test_only_films_with_maps_are_judged_and_every_figure_stands_in_a_table() -> None:
    one = case(cell(10, 4))
    other = Boxed("00000009_000", 9, Label.MASS, (TRUTH,))
    maps = {one.truth.film: {Label.PNEUMONIA: one.evidence}}
    gathered = gather([one.truth, other], maps, {one.truth.film: chest()})
    assert [each.truth for each in gathered] == [one.truth]
    shown = tables(figures(gathered))
    assert [table.title.partition(":")[0] for table in shown] == ["all", "other_labels", "Zones"]
    assert shown[0].rows[0] == ("map_and_lungs", "1.00 [1.00, 1.00]", "1.00 [1.00, 1.00]", *shown[0].rows[0][3:])
