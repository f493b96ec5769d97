"""Where a finding lies: a heatmap in the film's coordinates, a box, a zone; and nothing where nothing can be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.anatomy import GRID, Anatomy, Mask
from models.findings import Box, ExpertReading, Label, Region, Score, Zone
from models.localise import FLAT, Evidence, heatmap, locate, lung_field, peak, region_of, relief

SHAPE = (1000, 500)
"""Rows, columns: a film higher than wide, so that the two are never mistaken for one another."""


def block(top: float, bottom: float, left: float, right: float) -> Mask:
    """Cells of a rectangle, its sides as shares of the film."""
    mask = np.zeros((GRID, GRID), dtype=np.bool_)
    mask[round(top * GRID) : round(bottom * GRID), round(left * GRID) : round(right * GRID)] = True
    return mask


def chest() -> Anatomy:
    """Two lungs of thirds 0.2 high, from 0.15 to 0.75; the film's left is the patient's right."""
    right, left = block(0.15, 0.75, 0.1, 0.4), block(0.15, 0.75, 0.6, 0.9)
    return Anatomy(right, left, block(0.5, 0.8, 0.35, 0.7), *SHAPE)


def bump(*places: tuple[float, float, float], level: float = -3.0, width: float = 0.08, side: int = 16) -> Evidence:
    """Evidence of (row, column, height) peaks, as shares of the film and logits, round on the squashed film."""
    axis = (np.arange(side) + 0.5) / side
    down, across = np.meshgrid(axis, axis, indexing="ij")
    peaks = [h * np.exp(-((down - r) ** 2 + (across - c) ** 2) / (2 * width**2)) for r, c, h in places]
    return (level + sum(peaks, np.zeros((side, side)))).astype(np.float32)


def reading(maps: Mapping[Label, Evidence], *others: Label) -> ExpertReading:
    scores = {label: Score(0.5, 0.5, 0.5, (0.5, 0.5)) for label in (*maps, *others)}
    return ExpertReading("fake", "1", "0" * 64, scores, maps=maps)


def box_of(region: Region | None) -> Box:
    assert region is not None
    assert region.box is not None
    return region.box


@pytest.mark.parametrize("shape", [(1000, 500), (333, 777), (7, 7), (64, 300)])
def test_a_heatmap_covers_the_film_and_keeps_each_cell_in_its_place(shape: tuple[int, int]) -> None:
    grid = np.zeros((7, 7), dtype=np.float32)
    grid[2, 5] = 4.0
    fine = heatmap(grid, shape)
    assert fine.shape == shape
    assert fine.dtype == np.float32
    row, column = np.unravel_index(fine.argmax(), shape)
    assert abs((row + 0.5) / shape[0] - 2.5 / 7) <= 0.5 / shape[0] + 1e-9
    assert abs((column + 0.5) / shape[1] - 5.5 / 7) <= 0.5 / shape[1] + 1e-9


def test_a_relief_runs_from_the_median_to_the_highest() -> None:
    evidence = bump((0.3, 0.3, 4.0))
    height = relief(evidence, (320, 320))
    assert (float(height.min()), float(height.max())) == (0.0, 1.0)
    assert (height == 0).mean() > 0.3
    assert not relief(np.full((7, 7), -2.0, dtype=np.float32), (320, 320)).any()


def test_a_box_is_the_full_width_at_half_maximum() -> None:
    box = box_of(region_of(Label.MASS, bump((0.4, 0.3, 6.0), width=0.08), None, SHAPE))
    half = 0.08 * np.sqrt(2 * np.log(2))
    assert (box.y0 / 1000, box.y1 / 1000) == pytest.approx((0.4 - half, 0.4 + half), abs=0.015)
    assert (box.x0 / 500, box.x1 / 500) == pytest.approx((0.3 - half, 0.3 + half), abs=0.015)


@given(level=st.floats(-9, 9), scale=st.floats(0.5, 20), row=st.floats(0, 1), column=st.floats(0, 1))
def test_a_place_depends_on_neither_the_level_nor_the_scale_of_the_evidence(
    level: float, scale: float, row: float, column: float
) -> None:
    unit = bump((row, column, 1.0), level=0.0)
    box, other = (box_of(region_of(Label.EDEMA, each, None, SHAPE)) for each in (unit, level + scale * unit))
    assert 0 <= box.x0 < box.x1 <= 500
    assert 0 <= box.y0 < box.y1 <= 1000
    assert [other.x0, other.y0, other.x1, other.y1] == pytest.approx([box.x0, box.y0, box.x1, box.y1], abs=4)


@pytest.mark.parametrize("label", [Label.EDEMA, Label.NODULE])
@pytest.mark.parametrize("rise", [0.0, 0.9 * FLAT])
def test_flat_evidence_has_no_place(label: Label, rise: float) -> None:
    evidence = bump((0.4, 0.3, rise), width=0.2)
    assert region_of(label, evidence, chest(), SHAPE) is None


@pytest.mark.parametrize(
    ("row", "column", "zone"),
    [
        (0.25, 0.25, Zone.RIGHT_UPPER),
        (0.45, 0.25, Zone.RIGHT_MIDDLE),
        (0.65, 0.75, Zone.LEFT_LOWER),
        (0.25, 0.75, Zone.LEFT_UPPER),
    ],
)
def test_the_zone_is_told_by_the_patients_side(row: float, column: float, zone: Zone) -> None:
    region = region_of(Label.CONSOLIDATION, bump((row, column, 5.0)), chest(), SHAPE)
    assert region is not None
    assert region.zone is zone


def test_what_rises_outside_the_lungs_is_not_the_place_of_a_finding_of_the_lung() -> None:
    evidence = bump((0.05, 0.95, 9.0), (0.35, 0.25, 4.0), width=0.05)
    box = box_of(region_of(Label.PNEUMONIA, evidence, chest(), SHAPE))
    assert box.x1 < 250
    assert 150 <= box.y0 < 350 < box.y1
    assert box_of(region_of(Label.PNEUMONIA, evidence, None, SHAPE)).x0 > 250
    assert box_of(region_of(Label.SUPPORT_DEVICES, evidence, chest(), SHAPE)).x0 > 250
    assert peak(Label.PNEUMONIA, evidence, lung_field(chest())) == pytest.approx((0.35, 0.25), abs=0.02)
    assert peak(Label.PNEUMONIA, evidence, None) == pytest.approx((0.05, 0.95), abs=0.06)


def test_an_effusion_below_a_lung_that_it_hides_is_found() -> None:
    anatomy = replace(chest(), left_lung=block(0.15, 0.45, 0.6, 0.9))
    region = region_of(Label.PLEURAL_EFFUSION, bump((0.65, 0.75, 5.0)), anatomy, SHAPE)
    assert region is not None
    assert region.zone is Zone.LEFT_LOWER
    assert 500 < box_of(region).y0 < 650 < box_of(region).y1


@pytest.mark.parametrize(("label", "zone"), [(Label.NODULE, None), (Label.INFILTRATION, Zone.BILATERAL)])
def test_where_the_region_reaches_both_lungs_a_side_is_never_named(label: Label, zone: Zone | None) -> None:
    region = region_of(label, bump((0.3, 0.25, 5.0), (0.3, 0.75, 4.0)), chest(), SHAPE)
    assert region is not None
    assert region.zone is zone


def test_a_little_of_the_other_lung_makes_a_finding_neither_one_sided_nor_bilateral() -> None:
    evidence = bump((0.3, 0.25, 5.0), (0.5, 0.25, 5.0), (0.3, 0.75, 2.8))
    region = region_of(Label.INFILTRATION, evidence, chest(), SHAPE)
    assert region is not None
    assert region.zone is None


def test_one_peak_is_boxed_unless_the_finding_may_be_in_several_places() -> None:
    evidence = bump((0.3, 0.25, 5.0), (0.3, 0.75, 4.0))
    one = box_of(region_of(Label.NODULE, evidence, chest(), SHAPE))
    all_of_it = box_of(region_of(Label.INFILTRATION, evidence, chest(), SHAPE))
    assert one.x1 < 250
    assert all_of_it.x0 < 125
    assert all_of_it.x1 > 375


def test_an_enlarged_heart_lies_where_the_heart_is() -> None:
    evidence = bump((0.2, 0.2, 5.0))
    box = box_of(region_of(Label.CARDIOMEGALY, evidence, chest(), SHAPE))
    assert [box.x0, box.y0, box.x1, box.y1] == pytest.approx([175, 500, 350, 800], abs=4)
    hidden = replace(chest(), heart=np.zeros((GRID, GRID), dtype=np.bool_))
    for anatomy in (None, hidden):
        region = region_of(Label.CARDIOMEGALY, evidence, anatomy, SHAPE)
        assert region is not None
        assert region.zone is None
        assert box_of(region).x1 < 175


@pytest.mark.parametrize("label", [Label.ENLARGED_CARDIOMEDIASTINUM, Label.HERNIA])
def test_what_is_in_no_lung_has_a_box_and_no_zone(label: Label) -> None:
    region = region_of(label, bump((0.6, 0.3, 5.0)), chest(), SHAPE)
    assert region is not None
    assert region.zone is None
    assert region.box is not None


@pytest.mark.parametrize("missing", ["right_lung", "left_lung"])
def test_without_both_lungs_there_is_a_box_and_no_zone(missing: str) -> None:
    empty = np.zeros((GRID, GRID), dtype=np.bool_)
    anatomy = replace(chest(), right_lung=empty) if missing == "right_lung" else replace(chest(), left_lung=empty)
    assert lung_field(anatomy) is None
    region = region_of(Label.PNEUMONIA, bump((0.3, 0.25, 5.0)), anatomy, SHAPE)
    assert region is not None
    assert region.zone is None
    assert region.box is not None


def test_only_what_was_read_and_asked_for_is_located() -> None:
    evidence = bump((0.3, 0.25, 5.0))
    maps = {Label.PNEUMONIA: evidence, Label.NO_FINDING: evidence, Label.EDEMA: evidence}
    read = reading(maps, Label.CARDIOMEGALY, Label.MASS)
    assert set(locate(read, chest(), SHAPE)) == {Label.PNEUMONIA, Label.EDEMA, Label.CARDIOMEGALY}
    assert set(locate(read, None, SHAPE)) == {Label.PNEUMONIA, Label.EDEMA}
    assert set(locate(read, chest(), SHAPE, {Label.EDEMA, Label.FRACTURE})) == {Label.EDEMA}


def test_an_experts_own_word_on_the_place_stands() -> None:
    own = Region(Zone.LEFT_LOWER, Box(1, 2, 3, 4))
    read = replace(reading({Label.PNEUMONIA: bump((0.3, 0.25, 5.0))}), regions={Label.PNEUMONIA: own})
    assert locate(read, chest(), SHAPE)[Label.PNEUMONIA] == own
