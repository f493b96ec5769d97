"""What no expert should read is stopped, with a reason; what is merely poor is marked."""

from __future__ import annotations

import numpy as np
import pytest

from models.base import GrayImage
from models.findings import Verdict
from models.gate import check
from tests.phantom import draw_phantom


def film(rows: int = 300, columns: int = 300) -> GrayImage:
    return draw_phantom(rows, columns).astype(np.float32)


@pytest.mark.parametrize("shape", [(300, 300), (224, 400), (2000, 1700)])
def test_a_film_passes_without_a_word(shape: tuple[int, int]) -> None:
    result = check(film(*shape))
    assert (result.verdict, result.reasons) == (Verdict.PASS, ())


@pytest.mark.parametrize(("gain", "offset"), [(1e-3, 0), (16, -32768), (0.05, 10)])
def test_the_range_of_the_pixels_does_not_matter(gain: float, offset: float) -> None:
    moved = film() * np.float32(gain) + np.float32(offset)
    assert check(moved).verdict is Verdict.PASS


def test_a_dark_film_with_one_bright_marker_passes() -> None:
    dark = film() * np.float32(1 / 8)
    dark[:12, :12] = 4095
    assert check(dark).verdict is Verdict.PASS


@pytest.mark.parametrize("value", [0.0, 1.0, 65535.0, -1024.0])
def test_a_constant_image_is_stopped(value: float) -> None:
    result = check(np.full((300, 300), value, dtype=np.float32))
    assert result.verdict is Verdict.STOP
    assert "constant" in result.reasons[0]


def test_an_almost_constant_image_is_stopped() -> None:
    blank = np.full((300, 300), 100, dtype=np.float32)
    blank[150, 150] = 4000
    result = check(blank)
    assert result.verdict is Verdict.STOP
    assert "almost constant" in result.reasons[0]


def test_fine_noise_without_anatomy_is_stopped() -> None:
    noise = np.random.default_rng(0).normal(1000, 1, (1024, 1024)).astype(np.float32)
    noise[0, 0], noise[-1, -1] = 0, 4095
    assert check(noise).verdict is Verdict.STOP


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_stopped(wrong: float) -> None:
    broken = film()
    broken[10, 10] = wrong
    result = check(broken)
    assert result.verdict is Verdict.STOP
    assert "not numbers" in result.reasons[0]


def test_an_image_too_small_is_stopped_and_says_its_size() -> None:
    result = check(film(63, 500))
    assert result.verdict is Verdict.STOP
    assert "500 x 63 pixels" in result.reasons[0]


def test_an_image_of_no_pixels_is_stopped() -> None:
    assert check(np.empty((0, 0), dtype=np.float32)).verdict is Verdict.STOP


def test_every_reason_to_stop_is_given() -> None:
    assert len(check(np.zeros((10, 10), dtype=np.float32)).reasons) == 2


def test_a_small_film_is_read_but_marked() -> None:
    result = check(film(200, 200))
    assert result.verdict is Verdict.DOUBTFUL
    assert "small" in result.reasons[0]
