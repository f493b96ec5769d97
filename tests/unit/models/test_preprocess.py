"""A film reaches the network as it did in training, whatever its size, type and range."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from PIL import Image

from models.base import GrayImage
from models.preprocess import Planes, Preprocessing, network_input, shrink, stretch
from tests.phantom import draw_phantom

RULE = Preprocessing()

RECORDED = (-0.5134, 0.8228, -0.1978, 0.8408)
"""Of the drawn film, when the shipped network was trained: lung, spine, lung, heart."""


def reference(image: GrayImage) -> Planes:
    """What ``models/training`` was run with, written out anew."""
    small = Image.fromarray(image).resize((224, 224), Image.Resampling.BILINEAR)
    pixels = np.asarray(small, dtype=np.float64)
    low, high = np.percentile(pixels, [0.5, 99.5])
    return np.asarray(2 * np.clip((pixels - low) / (high - low), 0, 1) - 1, dtype=np.float32)[None, None]


@pytest.mark.parametrize(("rows", "columns"), [(320, 320), (320, 389), (224, 224), (150, 200)])
def test_the_input_is_that_of_training(rows: int, columns: int) -> None:
    film = draw_phantom(rows, columns).astype(np.float32)
    np.testing.assert_allclose(network_input(film, RULE), reference(film), atol=2e-6)


def test_the_input_on_the_drawn_film_is_the_recorded_one() -> None:
    planes = network_input(draw_phantom(320, 320).astype(np.float32), RULE)
    assert planes.shape == (1, 1, 224, 224)
    assert planes.dtype == np.float32
    sampled = planes[0, 0, [40, 112, 150, 200], [60, 112, 40, 112]]
    np.testing.assert_allclose(sampled, RECORDED, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float64])
def test_the_type_of_the_pixels_does_not_matter(dtype: type[np.generic]) -> None:
    film = draw_phantom(300, 300, bits=8)
    np.testing.assert_array_equal(network_input(film.astype(dtype), RULE), network_input(film.astype(np.float32), RULE))


@pytest.mark.parametrize(("gain", "offset"), [(1 / 4095, 0.0), (16.0, -1024.0), (0.5, 3e4)])
def test_range_and_offset_do_not_matter(gain: float, offset: float) -> None:
    film = draw_phantom(300, 300).astype(np.float32)
    moved = film * np.float32(gain) + np.float32(offset)
    np.testing.assert_allclose(network_input(moved, RULE), network_input(film, RULE), atol=1e-3)


def test_a_large_film_is_averaged_not_sampled() -> None:
    fine = draw_phantom(1792, 1792, noise=0.3).astype(np.float32)
    blocks = fine.reshape(224, 8, 224, 8).mean((1, 3))
    assert np.abs(shrink(fine, 224) - blocks).mean() < 0.02 * np.ptp(fine)


def test_the_fast_way_down_is_close_to_the_exact_filter() -> None:
    film = draw_phantom(2048, 1800).astype(np.float32)
    np.testing.assert_allclose(network_input(film, RULE), reference(film), atol=0.15)
    assert np.abs(network_input(film, RULE) - reference(film)).mean() < 2e-3


def test_a_flat_film_becomes_the_lowest_value() -> None:
    assert (network_input(np.full((300, 300), 7, dtype=np.float32), RULE) == -1).all()


def test_percentiles_fall_on_the_ends() -> None:
    ramp = np.linspace(0, 1000, 10_000, dtype=np.float32).reshape(100, 100)
    stretched = stretch(ramp, 10, 90)
    assert stretched.min() == 0
    assert stretched.max() == 1
    assert np.isclose(stretched.flat[5000], 0.5, atol=1e-3)


def test_no_full_resolution_copy_of_a_float_film_is_made() -> None:
    film = draw_phantom(2000, 2000).astype(np.float32)
    tracemalloc.start()
    network_input(film, RULE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < film.nbytes / 4


def test_another_family_may_ask_for_another_range() -> None:
    rule = Preprocessing(size=64, low=0, high=100, mean=0.0, std=1 / 1024)
    planes = network_input(draw_phantom(300, 300).astype(np.float32), rule)
    assert planes.shape == (1, 1, 64, 64)
    assert planes.min() == 0
    assert planes.max() == 1024
