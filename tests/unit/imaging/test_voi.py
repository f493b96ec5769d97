from __future__ import annotations

import math

import numpy as np
import pytest

from service.imaging.voi import VoiFunction, VoiLut, Window, levels_of, shows, window_of

VALUES = np.linspace(-2000, 6000, 4001, dtype=np.float32)


def test_linear_is_the_standards_pseudo_code() -> None:
    """PS3.3 C.11.2.1.2.1 with y from 0 to 1."""
    center, width = 2048.0, 4096.0
    expected = np.clip((VALUES - (center - 0.5)) / (width - 1) + 0.5, 0, 1)
    np.testing.assert_allclose(Window(center, width).apply(VALUES), expected, atol=1e-5)


def test_linear_of_width_one_is_a_step() -> None:
    shown = Window(100, 1).apply(np.array([98, 99, 101, 102], dtype=np.float32))
    np.testing.assert_array_equal(shown, [0, 0, 1, 1])


def test_linear_exact_is_the_standards_pseudo_code() -> None:
    """PS3.3 C.11.2.1.3.2 with y from 0 to 1."""
    expected = np.clip((VALUES - 2048) / 4096 + 0.5, 0, 1)
    shown = Window(2048, 4096, VoiFunction.LINEAR_EXACT).apply(VALUES)
    np.testing.assert_allclose(shown, expected, atol=1e-5)


def test_linear_narrower_than_one_unit_is_exact() -> None:
    shown = Window(0.1, 0.2).apply(np.array([0.0, 0.05, 0.1, 0.2], dtype=np.float32))
    np.testing.assert_allclose(shown, [0, 0.25, 0.5, 1], atol=1e-6)


def test_sigmoid_is_the_standards_formula_and_never_overflows() -> None:
    """PS3.3 C.11.2.1.3.1 with an output range of 1."""
    expected = 1 / (1 + np.exp(-4 * (VALUES.astype(np.float64) - 1000) / 800))
    np.testing.assert_allclose(Window(1000, 800, VoiFunction.SIGMOID).apply(VALUES), expected, atol=1e-5)
    far = Window(0, 1e-3, VoiFunction.SIGMOID).apply(np.array([-1e6, 1e6], dtype=np.float32))
    np.testing.assert_allclose(far, [0, 1], atol=1e-6)


def test_table_ends_reach_on() -> None:
    lut = VoiLut(10, np.array([0.1, 0.5, 0.9], dtype=np.float32))
    shown = lut.apply(np.array([[-5, 10, 11], [12, 13, 1e9]], dtype=np.float32))
    np.testing.assert_allclose(shown, [[0.1, 0.1, 0.5], [0.9, 0.9, 0.9]])


@pytest.mark.parametrize(
    "voi",
    [
        *(Window(700, 900, function) for function in VoiFunction),
        Window(700.25, 0.5),
        VoiLut(-100, np.linspace(0, 1, 3000, dtype=np.float32) ** 2),
    ],
)
def test_mirrored_shows_the_negative(voi: Window | VoiLut) -> None:
    total = 4095.0
    mirrored = voi.mirrored(total).apply(np.float32(total) - VALUES)
    np.testing.assert_allclose(mirrored, 1 - voi.apply(VALUES), atol=1e-5)


@pytest.mark.parametrize(("center", "width"), [(0, 0), (0, -1), (math.nan, 1), (0, math.inf), (0, math.nan)])
def test_what_is_no_window(center: float, width: float) -> None:
    assert window_of(center, width) is None


def test_levels_are_percentiles_on_a_grid_and_the_range_where_they_coincide() -> None:
    ramp = np.arange(1_000_000, dtype=np.float32).reshape(1000, 1000)
    assert levels_of(ramp) == pytest.approx((10_000, 990_000), rel=0.2)
    nearly_constant = np.zeros((50, 50), dtype=np.float32)
    nearly_constant[3, 3] = 9
    assert levels_of(nearly_constant) == (0, 9)


@pytest.mark.parametrize(
    ("window", "usable"), [(Window(500, 1000), True), (Window(500, 1e6), False), (Window(-9e4, 10), False)]
)
def test_a_window_that_leaves_no_contrast_is_not_usable(window: Window, usable: bool) -> None:
    assert shows(window, (0.0, 1000.0)) is usable
