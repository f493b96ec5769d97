"""The anatomy network's training data, augmentation and figures; what needs no torch."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.anatomy import GRID, Anatomy
from models.preprocess import Preprocessing
from models.training.anatomy import figures, films, heldout
from models.training.anatomy.augment import Strength, copy_of
from models.training.anatomy.card import markdown
from models.training.anatomy.films import ORGANS, Labelled, with_masks

RULE = Preprocessing(size=96)
STILL = Strength(rotation=0, zoom=0, aspect=0, shift=0, gamma=0, mirror=0, fluid=0, patches=0, letters=0, lines=0)
QUIET = replace(STILL, frame=0, blur=0, noise=0)


def block(top: float, bottom: float, left: float, right: float, side: int = 128) -> np.ndarray:
    """A filled rectangle as a mask file holds it: 0 and 255, its sides as shares."""
    mask = np.zeros((side, side), dtype=np.float32)
    mask[round(top * side) : round(bottom * side), round(left * side) : round(right * side)] = 255
    return mask


MASKS = (block(0.2, 0.8, 0.1, 0.4), block(0.2, 0.8, 0.6, 0.9), block(0.5, 0.8, 0.4, 0.7))


def film(name: str = "a.jpg") -> Labelled:
    """A film of 200 x 160 that shows nothing but its right lung, white on black; the heart crosses the left lung."""
    shown = Image.fromarray(MASKS[0]).resize((160, 200))
    return with_masks(Path("jsrt") / name, np.asarray(shown, dtype=np.float32), MASKS, 0.5)


def held(**changes: object) -> heldout.HeldOut:
    plain = heldout.HeldOut("jsrt", "a.jpg", 0, 0.97, 0.96, 0.96, 0.965, 0.93, 0.52, 0.5, 0.5, "")
    return replace(plain, **changes)  # type: ignore[arg-type]  # the fields vary


def test_a_labelled_film_keeps_the_masks_as_drawn_and_trains_on_lungs_that_end_at_the_heart() -> None:
    labelled = film()
    assert (labelled.reference.left_lung & labelled.reference.heart).any()
    right, left, heart = (labelled.organs[..., i] > films.HALF for i in range(3))
    assert not (left & heart).any()
    assert right.mean() == pytest.approx(0.18, abs=0.01)
    assert (labelled.reference.rows, labelled.reference.columns) == (200, 160)


def test_the_fold_is_that_of_the_files_name() -> None:
    assert film("JPCLN001.jpg").fold == int(sha256(b"JPCLN001.jpg").hexdigest(), 16) % 5


def test_films_are_read_with_their_masks_and_ratio(tmp_path: Path) -> None:
    for name in films.SETS:
        for organ, mask in zip(ORGANS, MASKS, strict=True):
            folder = tmp_path / name / "masks" / organ
            folder.mkdir(parents=True)
            Image.fromarray(mask.astype(np.uint8)).save(folder / "x.png")
        Image.fromarray(MASKS[0].astype(np.uint8)).save(tmp_path / name / "x.jpg")
        (tmp_path / name / "manifest.csv").write_text(
            "image,ctr\nx.jpg,\n" if name == "jsrt" else "image,ctr\nx.jpg,.6\n"
        )
    loaded = films.load(tmp_path)
    assert [(one.source, one.ratio) for one in loaded] == [("jsrt", None), ("wingspan_ctr", 0.6)]


def test_a_copy_that_may_not_stray_is_the_film_as_served() -> None:
    image, organs = copy_of(film(), RULE, np.random.default_rng(0), QUIET)
    shown = np.asarray(image > 0)
    assert (shown != organs[0]).mean() < 0.01
    assert image.min() == pytest.approx(-1.0, abs=0.05)
    assert image.max() == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("seed", range(6))
def test_masks_move_with_the_film(seed: int) -> None:
    strength = replace(Strength(), mirror=0, fluid=0, patches=0, letters=0, lines=0, frame=0, blur=0, noise=0, gamma=0)
    image, organs = copy_of(film(), RULE, np.random.default_rng(seed), strength)
    assert organs.any()
    inside, outside = image[organs[0]].mean(), image[~organs[0]].mean()
    assert abs(inside - outside) > 0.5 or not organs[0].any()


def test_a_mirrored_film_has_its_right_lung_where_the_left_one_was() -> None:
    image, organs = copy_of(film(), RULE, np.random.default_rng(0), replace(QUIET, mirror=1))
    assert ((image > 0) != organs[1]).mean() < 0.01
    assert np.nonzero(organs[0])[1].mean() < RULE.size / 2 < np.nonzero(organs[1])[1].mean()


def test_an_opaque_lung_stays_a_lung() -> None:
    healthy, before = copy_of(film(), RULE, np.random.default_rng(3), QUIET)
    sick, after = copy_of(film(), RULE, np.random.default_rng(3), replace(QUIET, fluid=1, patches=1))
    assert (before == after).all()
    assert np.abs(sick - healthy)[after[1]].mean() > 0.1


def test_what_lies_beyond_a_frame_is_not_on_the_film() -> None:
    reaching = film()
    reaching.organs[:] = 255
    _, organs = copy_of(reaching, RULE, np.random.default_rng(1), replace(QUIET, frame=1))
    assert not organs[:, 0, 0].any()
    assert organs.mean() > 0.5


def test_the_same_seed_gives_the_same_copy() -> None:
    one, other = (copy_of(film(), RULE, np.random.default_rng(5), Strength())[0] for _ in range(2))
    assert (one == other).all()


def test_dice_is_twice_the_common_share() -> None:
    one, other = np.zeros((2, 4), dtype=np.bool_), np.zeros((2, 4), dtype=np.bool_)
    assert heldout.dice(one, other) == 1.0
    one[0], other[0, :2], other[1, :2] = True, True, True
    assert heldout.dice(one, other) == 0.5


def test_a_film_is_held_against_the_masks_as_drawn() -> None:
    labelled = film()
    true = labelled.reference
    found = Anatomy(true.right_lung, true.left_lung & ~true.heart, true.heart, 200, 160)
    row = heldout.HeldOut.of(labelled, found)
    assert (row.right_lung, row.heart, row.left_uncrossed) == (1.0, 1.0, 1.0)
    assert row.left_lung < 1.0
    assert row.ratio == row.drawn == pytest.approx(0.3 / 0.8, abs=0.01)
    assert (row.measured, row.abstains) == (0.5, "")


def test_a_film_without_organs_has_no_ratio() -> None:
    nothing = np.zeros((GRID, GRID), dtype=np.bool_)
    row = heldout.HeldOut.of(film(), Anatomy(nothing, nothing, nothing, 200, 160))
    assert (row.ratio, row.heart, row.abstains) == (None, 0.0, "lungs_not_seen")


def test_the_table_of_held_out_films_comes_back_as_it_was(tmp_path: Path) -> None:
    rows = [held(), held(image="b.jpg", ratio=None, measured=None, abstains="rotated")]
    heldout.write(tmp_path, rows)
    assert heldout.read(tmp_path) == rows


def test_dice_is_told_by_set_and_organ_with_its_worst_film() -> None:
    rows = [held(heart=0.9), held(heart=0.94), held(source="wingspan_ctr", heart=0.5)]
    table = figures.dice_table(rows)
    assert (table["jsrt"]["heart"]["mean"], table["jsrt"]["heart"]["least"]) == (0.92, 0.9)
    assert table["wingspan_ctr"]["heart"]["films"] == 1
    low, high = table["jsrt"]["heart"]["interval"]
    assert 0.9 <= low <= 0.92 <= high <= 0.94


def test_the_ratios_error_counts_the_films_where_a_reader_would_see_it() -> None:
    rows = [held(ratio=0.52), held(ratio=0.47), held(ratio=0.9, abstains="cut_off"), held(measured=None)]
    error = figures.ratio_error(rows)
    assert (error["films"], error["all_films"]) == (2, 3)
    assert error["mean_absolute_error"] == pytest.approx(0.025)
    assert error["bias"] == pytest.approx(-0.005)
    assert error["same_call"] == 0.5
    assert error["all_mean_absolute_error"] == pytest.approx(0.15)


def test_abstentions_are_shares_of_all_films() -> None:
    shares = figures.abstentions(["", "rotated", "rotated", "cut_off"])
    assert shares == {"films": 4, "any": 0.75, "cut_off": 0.25, "rotated": 0.5}


def rated() -> figures.Rated:
    """Two hundred patients whose hearts are wide where they are reported so, and one without a ratio."""
    rng = np.random.default_rng(0)
    targets = (np.arange(201) % 4 == 0).astype(np.float64)
    ratios = np.where(targets > 0, 0.56, 0.45) + rng.normal(0, 0.04, 201)
    ratios[-1] = np.nan
    reasons = ("",) * 200 + ("rotated",)
    return figures.Rated(ratios, reasons, targets, np.arange(201), np.arange(201) % 5)


def test_the_probability_is_cut_where_the_ratio_is_one_half() -> None:
    fitted = figures.calibration(rated(), 0.02)
    assert fitted.score(0.5).probability == pytest.approx(fitted.threshold, abs=1e-3)
    assert fitted.score(0.47).probability < fitted.doubt[0] < fitted.threshold < fitted.doubt[1]
    assert fitted.score(0.6).probability > fitted.score(0.4).probability
    assert fitted.prevalence == 0.25


def test_the_ratio_tells_wide_hearts() -> None:
    told = figures.cardiomegaly(rated())
    assert (told["films"], told["positive"]) == (200, 50)
    assert told["auc"] > 0.9
    low, high = told["auc_interval"]
    assert low < told["auc"] < high
    assert told["sensitivity"] > 0.8
    assert told["calibration_error"] < 0.1


def test_the_page_holds_the_cards_figures() -> None:
    rows = [held(), held(source="wingspan_ctr"), held(source="wingspan_ctr", ratio=0.45)]
    card = {
        "name": "anatomy",
        "version": "9",
        "files": {"model.bin": "f" * 64},
        "precisions": {"bf16": {"films": 200, "cells_changed": 0.00185}},
        "training": {"films": 3, "films_without_masks": 5, "held_out_folds": 2, "recipe": {"epochs": 7}, "note": "N."},
        "shipped": {"share_of_cells_changed": 1e-5},
        "metrics": {
            "dice": figures.dice_table(rows),
            "ratio": figures.ratio_error(rows),
            "abstentions": {"nih_pa": figures.abstentions(["", "rotated"])},
            "labels": {"cardiomegaly": figures.cardiomegaly(rated())},
        },
    }
    page = markdown(card)
    assert "| jsrt | heart | 1 | 0.930 [0.930, 0.930] | 0.930 |" in page
    assert "| nih_pa | 2 | 50.0% | rotated 50.0% |" in page
    assert "`CXR_EXPERT_PRECISION=anatomy=bf16`), on 200 films: 1.9e-03 of the grid's cells" in page
    assert "- N.\n" in page
    assert "$" not in page
