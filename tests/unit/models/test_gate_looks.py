"""The small view, the exposure, the lungs' outlines, and the eye's arithmetic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.anatomy import GRID, Anatomy, Mask
from models.base import ExpertError, GrayImage
from models.gate.exposure import exposure_doubts
from models.gate.eye import OUTPUTS, SIDE, STRIDES, Eye, glance, look_of
from models.gate.outlines import lungs_seen, outline_doubts
from models.gate.plain import THIN, thinned
from tests.phantom import draw_phantom

WIDTHS = (2, 3, 3, 4, 4, 5)


def phantom(side: int = 400) -> GrayImage:
    return draw_phantom(side, side).astype(np.float32)


def test_a_glance_is_the_film_made_small_whatever_its_range() -> None:
    small = glance(phantom())
    assert small.shape == (SIDE, SIDE)
    assert (small.min(), small.max()) == (0, 1)
    np.testing.assert_allclose(glance(phantom() * np.float32(0.5) + 100), small, atol=1e-3)


def test_a_large_film_looks_like_the_same_film_made_small() -> None:
    assert np.abs(glance(phantom(1200)) - glance(phantom(400))).mean() < 0.02


@pytest.mark.parametrize(("shape", "step"), [((300, 300), 1), ((800, 3000), 2), ((3000, 3000), 7)])
def test_thinning_leaves_enough_rows(shape: tuple[int, int], step: int) -> None:
    thin = thinned(np.zeros(shape, np.float32))
    assert thin.shape == (-(-shape[0] // step), -(-shape[1] // step))
    assert min(thin.shape) >= min(THIN, *shape)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda film: np.clip((film - np.quantile(film, 0.4)) * 2, 0, 1), "over-exposed"),
        (lambda film: np.clip(film / np.quantile(film, 0.4), 0, 1), "under-exposed"),
        (lambda film: 0.03 + film / 5, "very dark"),
        (lambda film: 0.975 - film / 100, "very bright"),
    ],
)
def test_a_spoiled_exposure_is_named(change: object, word: str) -> None:
    assert callable(change)
    film = np.linspace(0.1, 0.9, SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE)
    assert exposure_doubts(film) == []
    reasons = exposure_doubts(np.asarray(change(film), np.float32))
    assert len(reasons) == 1
    assert word in reasons[0]


def test_a_black_ground_around_the_patient_is_no_doubt() -> None:
    film = np.zeros((SIDE, SIDE), np.float32)
    film[8:-8, 8:-8] = np.linspace(0.2, 0.9, SIDE - 16)
    assert exposure_doubts(film) == []


def ellipse(cy: float, cx: float, ry: float, rx: float, lean: float = 0.0) -> Mask:
    y, x = np.mgrid[0:GRID, 0:GRID] / GRID
    return np.asarray(((y - cy) / ry) ** 2 + ((x - cx + lean * (y - cy)) / rx) ** 2 < 1)


def chest(*, low: float = 0.45, right: float = 0.13, lean: float = 0.0) -> Anatomy:
    return Anatomy(
        right_lung=ellipse(low, 0.3, 0.3, right, lean),
        left_lung=ellipse(low, 0.7, 0.3, 0.12, lean),
        heart=ellipse(low + 0.13, 0.55, 0.13, 0.13),
        rows=1000,
        columns=1000,
    )


def test_a_well_taken_film_has_no_doubts() -> None:
    assert lungs_seen(chest())
    assert outline_doubts(chest(), lungs=True) == []


@pytest.mark.parametrize(
    ("anatomy", "word"),
    [
        (chest(low=0.2), "cut off at the top"),
        (chest(low=0.85), "cut off at the bottom"),
        (chest(lean=0.4), "leans by about"),
        (chest(right=0.04), "rotated"),
    ],
)
def test_a_badly_taken_film_is_told_why(anatomy: Anatomy, word: str) -> None:
    assert word in " ".join(outline_doubts(anatomy, lungs=True))


def test_without_two_lungs_nothing_else_is_said() -> None:
    nothing = np.zeros((GRID, GRID), np.bool_)
    empty = Anatomy(nothing, nothing, nothing, 100, 100)
    reasons = outline_doubts(empty, lungs=lungs_seen(empty))
    assert len(reasons) == 1
    assert "not found" in reasons[0]


def weights(seed: int = 0) -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    made, planes, side = {}, 1, SIDE
    for i, (width, stride) in enumerate(zip(WIDTHS, STRIDES, strict=True)):
        made[f"w{i}"] = rng.normal(0, 0.3, (width, planes, 3, 3)).astype(np.float32)
        made[f"b{i}"] = rng.normal(0, 0.1, width).astype(np.float32)
        planes, side = width, side // stride
    for i, (rows, columns) in enumerate(((6, planes * side * side), (len(OUTPUTS), 6)), len(WIDTHS)):
        made[f"w{i}"] = rng.normal(0, 0.2, (rows, columns)).astype(np.float32)
        made[f"b{i}"] = rng.normal(0, 0.1, rows).astype(np.float32)
    return made


def slow_convolution(planes: GrayImage, weight: GrayImage, bias: GrayImage, stride: int) -> GrayImage:
    """By the definition: a sum of shifted planes."""
    _, rows, columns = planes.shape
    padded = np.pad(planes, ((0, 0), (1, 1), (1, 1)))
    total = np.zeros((len(weight), rows, columns)) + bias[:, None, None]
    for y in range(3):
        for x in range(3):
            total += np.einsum("oc,chw->ohw", weight[:, :, y, x], padded[:, y : y + rows, x : x + columns])
    return np.asarray(np.maximum(total, 0)[:, ::stride, ::stride], np.float32)


def test_the_eye_computes_the_network_that_its_file_holds(tmp_path: Path) -> None:
    kept = weights()
    np.savez(tmp_path / "eye.npz", **kept)  # type: ignore[arg-type]  # numpy's stub: one keyword is a flag
    view = np.random.default_rng(1).uniform(-0.5, 0.5, (SIDE, SIDE)).astype(np.float32)
    planes = view[None]
    for i, stride in enumerate(STRIDES):
        planes = slow_convolution(planes, kept[f"w{i}"], kept[f"b{i}"], stride)
    hidden = np.maximum(kept["w6"] @ planes.ravel() + kept["b6"], 0)
    np.testing.assert_allclose(Eye(tmp_path / "eye.npz").logits(view), kept["w7"] @ hidden + kept["b7"], atol=1e-3)


@pytest.mark.parametrize("content", [b"", b"not a network", b"PK\x03\x04 cut", None])
def test_a_file_that_is_no_network_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "eye.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ExpertError, match="cannot be read"):
        Eye(path)


def test_a_file_with_a_layer_missing_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "eye.npz", w0=np.zeros((2, 1, 3, 3)), b0=np.zeros(2))
    with pytest.raises(ExpertError, match="cannot be read"):
        Eye(tmp_path / "eye.npz")


def test_shares_add_up_and_do_not_overflow() -> None:
    look = look_of(np.array([900, -900, 0, 5, 1, 1, 1, 900, -900, 0], np.float32))
    assert (look.frontal, look.lateral, look.other) == (1, 0, 0)
    assert sum(look.turns) == pytest.approx(1)
    assert look.turns[0] > 0.9
    assert (look.inverted, look.ap, look.child) == (1, 0, 0.5)
