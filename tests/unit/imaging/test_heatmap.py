"""An overlay lies where the evidence lies, whatever the size, and is read without colour vision."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.findings import Box
from models.localise import Evidence
from service.imaging.heatmap import LEVELS, overlay_png, ramp
from service.imaging.pixels import PixelImage, StoredRange, preview_png

SIGHT = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""What a reader sees of linear sRGB: Machado, Oliveira and Fernandes 2009, severity 1."""


def oklab(colours: NDArray[np.float64], sight: str) -> NDArray[np.float64]:
    """8-bit sRGB (n, 3) as (lightness, a, b) of Ottosson's Oklab, as seen by such a reader."""
    share = colours / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(SIGHT[sight]).T, 0, 1)
    cones = np.cbrt(seen @ np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]).T)
    return np.asarray(
        cones @ np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]).T
    )


def film(rows: int, columns: int) -> PixelImage:
    pixels = np.linspace(0, 1, rows * columns, dtype=np.float32).reshape(rows, columns)
    return PixelImage(pixels, StoredRange(0, 1, 0.5))


def evidence(row: int = 1, column: int = 5) -> Evidence:
    grid = np.full((7, 7), -2.0, dtype=np.float32)
    grid[row, column] = 3.0
    return grid


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def pixels(png: bytes) -> NDArray[np.int64]:
    return np.asarray(opened(png)).astype(np.int64)


@pytest.mark.parametrize("sight", SIGHT)
def test_the_ramp_grows_lighter_for_every_reader(sight: str) -> None:
    lightness = oklab(ramp()[:, :3].astype(np.float64), sight)[:, 0]
    assert (np.diff(lightness[::8]) > 0).all()
    assert lightness[-1] - lightness[0] > 0.4


@pytest.mark.parametrize("sight", SIGHT)
def test_a_quarter_of_the_height_is_told_apart_by_every_reader(sight: str) -> None:
    seen = oklab(ramp()[:: (LEVELS - 1) // 4, :3].astype(np.float64), sight)
    assert np.linalg.norm(np.diff(seen, axis=0), axis=1).min() > 0.06  # three times what is just noticed


def test_the_ramps_steps_look_equal() -> None:
    steps = np.linalg.norm(np.diff(oklab(ramp()[::15, :3].astype(np.float64), "usual"), axis=0), axis=1)
    assert steps.max() < 1.35 * steps.min()


def test_the_ramp_is_never_gray_and_lets_the_film_through() -> None:
    assert np.linalg.norm(oklab(ramp()[:, :3].astype(np.float64), "usual")[:, 1:], axis=1).min() > 0.1
    opacity = ramp()[:, 3].astype(int)
    assert opacity[: LEVELS // 8].max() == 0
    assert (np.diff(opacity) >= 0).all()
    assert opacity.max() < LEVELS / 2


@pytest.mark.parametrize("size", [None, 16, 100, 333, 4096])
@pytest.mark.parametrize("shape", [(300, 200), (64, 501), (1500, 1207), (3, 900)])
def test_an_overlay_is_as_large_as_the_preview(shape: tuple[int, int], size: int | None) -> None:
    shown = opened(preview_png(film(*shape), size=size))
    for blend in (False, True):
        drawn = opened(overlay_png(film(*shape), evidence(), size=size, blend=blend))
        assert (drawn.size, drawn.mode) == (shown.size, "RGB" if blend else "RGBA")


@pytest.mark.parametrize("shape", [(350, 700), (2100, 1400)])
def test_the_strongest_colour_lies_where_the_evidence_does(shape: tuple[int, int]) -> None:
    drawn = pixels(overlay_png(film(*shape), evidence(row=1, column=5)))
    row, column = round(1.5 / 7 * shape[0]), round(5.5 / 7 * shape[1])
    assert np.abs(drawn[row, column] - ramp()[-1]).max() <= 3
    assert not drawn[shape[0] // 2 :, :, 3].any()
    assert not drawn[:, : shape[1] // 2, 3].any()


def test_an_outline_in_black_and_white_encloses_the_strongest() -> None:
    drawn = pixels(overlay_png(film(700, 700), evidence(row=3, column=3)))
    line = drawn[350]
    white = np.flatnonzero((line == [255, 255, 255, 255]).all(axis=1))
    black = np.flatnonzero((line == [0, 0, 0, 255]).all(axis=1))
    assert white.min() < 350 < white.max()
    assert black.min() < white.min() < black[black < 350].max()
    assert 0.5 * 100 < white.max() - white.min() < 1.5 * 100


def test_the_box_is_drawn_on_its_edges() -> None:
    box = Box(100.0, 400.0, 300.0, 600.0)
    drawn = pixels(overlay_png(film(700, 700), np.zeros((7, 7), dtype=np.float32), box))
    inked = np.argwhere(drawn[..., 3] == 255)
    assert inked.min(axis=0).tolist() == [400, 100]
    assert inked.max(axis=0).tolist() == [599, 299]
    assert not drawn[420:580, 120:280, 3].any()
    half = pixels(overlay_png(film(700, 700), np.zeros((7, 7), dtype=np.float32), box, size=350))
    assert np.argwhere(half[..., 3] == 255).min(axis=0).tolist() == [200, 50]


def test_flat_evidence_draws_nothing() -> None:
    assert not pixels(overlay_png(film(300, 200), np.full((7, 7), -1.5, dtype=np.float32)))[..., 3].any()


def test_blended_the_film_is_seen_under_the_colour() -> None:
    shown = pixels(preview_png(film(700, 700)))
    drawn = pixels(overlay_png(film(700, 700), evidence(row=1, column=5), blend=True))
    assert (drawn[400:, :, 0] == shown[400:]).all()
    assert (np.ptp(drawn[400:], axis=2) == 0).all()
    assert np.ptp(drawn[150, 550]) > 50
