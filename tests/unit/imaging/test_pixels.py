from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image

from service.imaging.pixels import PixelImage, StoredRange, default_window, display, preview_png
from service.imaging.voi import Voi, VoiLut, Window
from tests import dicom_factory as made

PIXELS = made.film(300, 200).astype(np.float32)


def image_with(window: Voi | None) -> PixelImage:
    return PixelImage(PIXELS, StoredRange(0, 4095, 2000), window=window)


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def test_the_files_window_is_shown() -> None:
    window = Window(2000, 1500)
    np.testing.assert_array_equal(display(image_with(window)), window.apply(PIXELS))


def test_the_asked_for_window_goes_first() -> None:
    shown = display(image_with(Window(2000, 1500)), center=1000, width=500)
    np.testing.assert_array_equal(shown, Window(1000, 500).apply(PIXELS))


def test_half_a_window_is_completed_from_the_default() -> None:
    shown = display(image_with(Window(2000, 1500)), width=500)
    np.testing.assert_array_equal(shown, Window(2000, 500).apply(PIXELS))


@pytest.mark.parametrize("width", [0, -1, math.nan, math.inf])
def test_a_width_that_is_none_is_as_if_nothing_was_asked(width: float) -> None:
    image = image_with(Window(2000, 1500))
    np.testing.assert_array_equal(display(image, center=1, width=width), display(image))


def test_percentiles_where_there_is_no_window() -> None:
    shown = display(image_with(None))
    assert (shown.min(), shown.max()) == (0, 1)
    assert 0.01 < np.mean((shown == 0) | (shown == 1)) < 0.05


def test_a_constant_image_can_be_shown() -> None:
    flat = PixelImage(np.full((8, 8), 5, dtype=np.float32), StoredRange(5, 5, 5))
    assert np.isfinite(display(flat)).all()


def test_the_default_window_of_a_table_is_its_span() -> None:
    window = default_window(image_with(VoiLut(100, np.linspace(0, 1, 4001, dtype=np.float32))))
    assert (window.center, window.width) == (2100, 4000)


def test_preview_is_an_eight_bit_picture_of_the_display() -> None:
    image = image_with(Window(2000, 1500))
    picture = opened(preview_png(image))
    assert (picture.mode, picture.size) == ("L", (200, 300))
    np.testing.assert_allclose(np.asarray(picture) / 255, display(image), atol=0.5 / 255 + 1e-6)


@pytest.mark.parametrize(
    ("size", "expected"), [(150, (100, 150)), (30, (20, 30)), (300, (200, 300)), (999, (200, 300))]
)
def test_preview_size_bounds_the_longer_side(size: int, expected: tuple[int, int]) -> None:
    assert opened(preview_png(image_with(None), size=size)).size == expected


def test_preview_takes_a_window() -> None:
    dark = np.asarray(opened(preview_png(image_with(None), center=9000, width=10)))
    assert dark.max() == 0
