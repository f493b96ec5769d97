"""What is measured on lungs and heart: pieces, places, the chest's pose, the cardiothoracic ratio and its limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from models.anatomy import (
    GRID,
    Anatomy,
    Edge,
    Mask,
    asymmetry,
    box_of,
    components,
    cut_off,
    extent,
    heart_share,
    invalid,
    lung_share,
    mask_of,
    plausibility,
    solid,
    tilt,
    zone_of,
)
from models.findings import Abstention, Box, Zone

NOTHING = np.zeros((GRID, GRID), dtype=np.bool_)


def ellipse(row: float, column: float, height: float, width: float, lean: float = 0.0) -> Mask:
    """Cells of an ellipse, its middle and its sides as shares of the film, leaning clockwise by degrees."""
    axis = (np.arange(GRID) + 0.5) / GRID
    down, across = np.meshgrid(axis - row, axis - column, indexing="ij")
    turn = np.radians(lean)
    along, aside = down * np.cos(turn) - across * np.sin(turn), across * np.cos(turn) + down * np.sin(turn)
    return np.asarray((along / height * 2) ** 2 + (aside / width * 2) ** 2 < 1)


def chest(rows: int = 1000, columns: int = 1000) -> Anatomy:
    """A chest 0.8 wide, 0.1 from either side of the film, with a heart of 0.36: a ratio of 0.45."""
    heart = ellipse(0.65, 0.54, 0.3, 0.36)
    right, left = ellipse(0.45, 0.27, 0.6, 0.34), ellipse(0.45, 0.74, 0.6, 0.32)
    return Anatomy(right & ~heart, left & ~heart, heart, rows, columns)


def empty() -> Anatomy:
    return Anatomy(NOTHING, NOTHING, NOTHING, 100, 100)


def turned(anatomy: Anatomy, degrees: float) -> Anatomy:
    """The same chest, turned clockwise in the plane of the film, which is square here."""

    def turn(mask: Mask) -> Mask:
        grey = Image.fromarray(mask.astype(np.float32))
        return np.asarray(grey.rotate(-degrees, Image.Resampling.BILINEAR)) > 0.5

    right, left, heart = (turn(mask) for mask in (anatomy.right_lung, anatomy.left_lung, anatomy.heart))
    return replace(anatomy, right_lung=right, left_lung=left, heart=heart)


masks = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=12))


@settings(deadline=None)
@given(masks)
def test_pieces_cover_the_mask_and_nothing_else(mask: Mask) -> None:
    assert ((components(mask) > 0) == mask).all()


@settings(deadline=None)
@given(masks)
def test_cells_that_share_an_edge_are_of_one_piece_and_the_largest_comes_first(mask: Mask) -> None:
    numbered = components(mask)
    for one, other in ((numbered[1:], numbered[:-1]), (numbered[:, 1:], numbered[:, :-1])):
        both = (one > 0) & (other > 0)
        assert (one[both] == other[both]).all()
    sizes = np.bincount(numbered[mask])[1:]
    assert (np.diff(sizes) <= 0).all()


def test_pieces_that_meet_late_are_one() -> None:
    fork = np.array([[1, 0, 1, 0, 1], [1, 0, 1, 0, 0], [1, 1, 1, 0, 1]], dtype=np.bool_)
    assert components(fork).tolist() == [[1, 0, 1, 0, 2], [1, 0, 1, 0, 0], [1, 1, 1, 0, 3]]


def test_cells_that_share_a_corner_are_two_pieces() -> None:
    assert components(np.eye(2, dtype=np.bool_)).max() == 2


def test_the_largest_piece_stays_and_its_holes_are_filled() -> None:
    ring = np.ones((5, 5), dtype=np.bool_)
    ring[2, 2] = False
    mask = np.pad(ring, ((1, 1), (1, 4)))
    mask[3, 8] = True
    filled = solid(mask)
    assert filled[3, 3]
    assert filled.sum() == 25


@settings(deadline=None)
@given(masks)
def test_solid_is_final(mask: Mask) -> None:
    assert (solid(solid(mask)) == solid(mask)).all()


def test_the_record_is_made_of_what_is_likely() -> None:
    shares = np.zeros((3, GRID, GRID), dtype=np.float32)
    true = chest()
    for plane, organ in zip(shares, (true.right_lung, true.left_lung, true.heart), strict=True):
        plane[organ] = 0.9
    shares[0, :10, :10] = 0.6
    made = Anatomy.of(shares, (700, 500))
    assert (made.right_lung == true.right_lung).all()
    assert (made.rows, made.columns) == (700, 500)
    assert made.certainty == pytest.approx(0.9)
    marked = true.right_lung.sum() + true.left_lung.sum() + true.heart.sum()
    assert made.stray == pytest.approx(100 / (100 + marked))


def test_a_lung_ends_where_the_heart_begins() -> None:
    made = Anatomy.of(np.ones((3, GRID, GRID), dtype=np.float32), (100, 100))
    assert made.heart.all()
    assert not made.lungs.any()


def test_nothing_likely_makes_an_empty_record() -> None:
    made = Anatomy.of(np.zeros((3, GRID, GRID), dtype=np.float32), (100, 100))
    assert not made.lungs.any()
    assert (made.stray, made.certainty) == (0.0, 0.0)


def test_the_extent_is_half_open_and_none_for_an_empty_mask() -> None:
    mask = NOTHING.copy()
    mask[3:7, 5] = True
    box = extent(mask)
    assert box is not None
    assert (box.top, box.bottom, box.left, box.right) == (3, 7, 5, 6)
    assert (box.mask == mask).all()
    assert extent(NOTHING) is None


def test_boxes_go_to_the_grid_and_back_in_the_films_own_pixels() -> None:
    anatomy = chest(rows=2048, columns=512)
    box = Box(100.0, 400.0, 200.0, 800.0)
    assert box_of(mask_of(box, anatomy), anatomy) == box
    assert box_of(NOTHING, anatomy) is None


def test_a_box_that_leaves_the_film_is_clipped() -> None:
    assert mask_of(Box(-50.0, -50.0, 5000.0, 5000.0), chest()).all()


@pytest.mark.parametrize(
    ("box", "zone"),
    [
        (Box(200, 200, 300, 300), Zone.RIGHT_UPPER),
        (Box(200, 420, 300, 480), Zone.RIGHT_MIDDLE),
        (Box(200, 620, 300, 740), Zone.RIGHT_LOWER),
        (Box(700, 200, 800, 300), Zone.LEFT_UPPER),
        (Box(760, 420, 860, 480), Zone.LEFT_MIDDLE),
        (Box(780, 620, 860, 700), Zone.LEFT_LOWER),
        (Box(150, 300, 850, 500), Zone.BILATERAL),
    ],
)
def test_zones_are_the_patients_and_thirds_of_each_lung(box: Box, zone: Zone) -> None:
    assert zone_of(chest(), box) is zone
    assert zone_of(chest(), mask_of(box, chest())) is zone


def test_a_little_of_the_other_side_does_not_make_it_bilateral() -> None:
    assert zone_of(chest(), Box(150, 400, 640, 480)) is Zone.RIGHT_MIDDLE


def test_a_region_beside_the_lung_is_placed_by_the_lungs_box() -> None:
    corner = Box(105, 700, 130, 745)
    assert lung_share(mask_of(corner, chest()), chest()) == 0
    assert zone_of(chest(), corner) is Zone.RIGHT_LOWER


@pytest.mark.parametrize("anatomy", [chest(), empty()])
def test_what_misses_the_lungs_has_no_zone(anatomy: Anatomy) -> None:
    assert zone_of(anatomy, Box(0, 900, 50, 1000)) is None


def test_lung_share_counts_the_regions_cells() -> None:
    anatomy = chest()
    assert lung_share(anatomy.right_lung, anatomy) == 1.0
    assert lung_share(anatomy.heart, anatomy) == 0.0
    assert lung_share(NOTHING, anatomy) == 0.0


@settings(deadline=None)
@given(st.floats(-15, 15))
def test_tilt_is_the_angle_by_which_the_chest_was_turned(degrees: float) -> None:
    assert tilt(turned(chest(), degrees)) - tilt(chest()) == pytest.approx(degrees, abs=0.5)


def test_tilt_is_measured_in_the_films_own_aspect() -> None:
    leaning = [ellipse(0.5, column, 0.6, 0.2, lean=20.0) for column in (0.3, 0.7)]
    square = Anatomy(leaning[0], leaning[1], NOTHING, 1000, 1000)
    assert tilt(square) == pytest.approx(20.0, abs=0.5)
    assert tilt(replace(square, rows=2000)) < 15


@pytest.mark.parametrize("anatomy", [empty(), replace(chest(), left_lung=NOTHING)])
def test_without_both_lungs_there_is_no_tilt(anatomy: Anatomy) -> None:
    assert tilt(anatomy) == 0.0


def test_asymmetry_tells_the_wider_side() -> None:
    assert asymmetry(empty()) == 0.0
    narrow = replace(chest(), left_lung=ellipse(0.45, 0.74, 0.6, 0.16))
    assert asymmetry(narrow) == pytest.approx(1 / 3, abs=0.05)


def test_edges_that_cut_a_lung_are_named() -> None:
    assert cut_off(chest()) == frozenset()
    reaching = replace(chest(), right_lung=ellipse(0.5, 0.02, 1.1, 0.3))
    assert cut_off(reaching) == {Edge.LEFT, Edge.TOP, Edge.BOTTOM}


def test_a_drawn_chest_is_plausible_and_a_mirrored_record_is_not_in_order() -> None:
    found = plausibility(chest())
    assert found.ordered
    assert 0.4 < found.gap < 0.7
    assert found.symmetry > 0.8
    swapped = replace(chest(), right_lung=chest().left_lung, left_lung=chest().right_lung)
    assert not plausibility(swapped).ordered
    assert plausibility(swapped).gap < 0


def test_an_empty_record_is_not_plausible() -> None:
    found = plausibility(empty())
    assert (found.right, found.heart, found.symmetry, found.gap, found.ordered) == (0, 0, 0, 0, False)


@pytest.mark.parametrize("aspect", [(1000, 1000), (2000, 700)])
def test_the_ratio_is_that_of_the_widest_extents(aspect: tuple[int, int]) -> None:
    assert heart_share(chest(*aspect)) == pytest.approx(0.36 / 0.8, abs=0.01)


@pytest.mark.parametrize("missing", ["right_lung", "left_lung", "heart"])
def test_without_an_organ_there_is_no_ratio(missing: str) -> None:
    assert heart_share(replace(chest(), **{missing: NOTHING})) is None  # type: ignore[arg-type]  # the field's name varies


@pytest.mark.parametrize("views", [["PA"], ["pa ", None], ["PA", "PA"]])
def test_a_straight_pa_film_of_an_adult_is_valid(views: list[str | None]) -> None:
    assert invalid(chest(), views, 40.0) is None
    assert invalid(chest(), views) is None


@pytest.mark.parametrize(
    ("views", "why"),
    [
        (["AP"], Abstention.AP_VIEW),
        (["PA", "AP"], Abstention.AP_VIEW),
        (["PA", "AP SUPINE"], Abstention.AP_VIEW),
        ([None, None], Abstention.AP_VIEW),
        (["LL"], Abstention.NOT_FRONTAL),
        (["PA", "LATERAL"], Abstention.NOT_FRONTAL),
    ],
)
def test_only_a_film_known_to_be_pa_is_valid(views: list[str | None], why: Abstention) -> None:
    assert invalid(chest(), views) is why


def test_a_childs_film_is_not_valid() -> None:
    assert invalid(chest(), ["PA"], 4.0) is Abstention.CHILD


@pytest.mark.parametrize(
    ("anatomy", "why"),
    [
        (empty(), Abstention.LUNGS_NOT_SEEN),
        (replace(chest(), heart=NOTHING), Abstention.LUNGS_NOT_SEEN),
        (replace(chest(), left_lung=ellipse(0.3, 0.74, 0.2, 0.3)), Abstention.LUNGS_NOT_SEEN),
        (replace(chest(), certainty=0.6), Abstention.LUNGS_NOT_SEEN),
        (replace(chest(), stray=0.4), Abstention.LUNGS_NOT_SEEN),
        (replace(chest(), right_lung=ellipse(0.45, 0.14, 0.6, 0.34)), Abstention.CUT_OFF),
        (turned(chest(), 12.0), Abstention.ROTATED),
        (replace(chest(), left_lung=ellipse(0.45, 0.74, 0.6, 0.18)), Abstention.ROTATED),
    ],
)
def test_a_film_on_which_the_chest_lies_badly_is_not_valid(anatomy: Anatomy, why: Abstention) -> None:
    assert invalid(anatomy, ["PA"]) is why


def test_lungs_that_reach_the_upper_edge_alone_are_wide_enough_to_measure() -> None:
    high = chest()
    high.right_lung[0, 60:80] = True
    assert cut_off(high) == {Edge.TOP}
    assert invalid(high, ["PA"]) is None
