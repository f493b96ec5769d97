"""Gray values on the screen are those that the window makes of the film's 16 bits."""

from __future__ import annotations

import numpy as np
import pytest

from tests.browser.viewer.conftest import Open

PLACES = (60.5, 150.5, 300.5, 450.5, 540.5)
HALF = 300.0


def shown(value: float, center: float, width: float) -> float:
    """DICOM PS3.3 C.11.2.1.2.1, as a gray of 0 to 255."""
    return float(np.clip((value - (center - 0.5)) / (width - 1) + 0.5, 0, 1) * 255)


def test_shows_the_file_s_window(reader: Open, renderer: str) -> None:
    one = reader(renderer)
    one.open("ramp")
    assert one.state()["renderer"].startswith(renderer)
    assert one.corner("bottom-left").startswith("W 24001 C 12000")
    for column in PLACES:
        assert one.gray(column, HALF) == pytest.approx(shown(40 * (column - 0.5), 12000, 24001), abs=1.5)


def test_a_drag_changes_the_pixels_as_computed(reader: Open, renderer: str) -> None:
    one = reader(renderer)
    one.open("ramp")
    one.drag(one.place(300, 300), (-150, 30))
    center, width = 12000 + 30 * 24001 / 300, 24001 - 150 * 24001 / 300
    assert one.state()["window"]["center"] == pytest.approx(center)
    assert one.state()["window"]["width"] == pytest.approx(width)
    for column in PLACES:
        assert one.gray(column, HALF) == pytest.approx(shown(40 * (column - 0.5), center, width), abs=1.5)


def test_rescaled_values_have_the_window_s_unit(reader: Open, renderer: str) -> None:
    one = reader(renderer)
    one.open("scaled")
    for column in PLACES:
        assert one.gray(column, HALF) == pytest.approx(shown(4 * (column - 0.5) - 2000, -500, 1001), abs=1.5)


def test_sigmoid_windows(reader: Open, renderer: str) -> None:
    one = reader(renderer)
    one.open("sigmoid")
    for column in PLACES:
        expected = 255 / (1 + np.exp(-4 * (40 * (column - 0.5) - 12000) / 12000))
        assert one.gray(column, HALF) == pytest.approx(expected, abs=1.5)


def test_invert_and_gamma(reader: Open, renderer: str) -> None:
    one = reader(renderer)
    one.open("ramp")
    one.do("invert", "gamma:2")
    assert "inverted" in one.corner("bottom-left")
    for column in PLACES:
        linear = 1 - shown(40 * (column - 0.5), 12000, 24001) / 255
        assert one.gray(column, HALF) == pytest.approx(255 * linear**0.5, abs=2)


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [("2", 0.5, 70), ("3", 50, 99.9), ("4", 30, 99.5), ("5", 0, 100)],
    ids=["lung", "bone", "mediastinum", "wide"],
)
def test_presets_are_percentiles_of_the_film(reader: Open, key: str, low: float, high: float) -> None:
    one = reader()
    one.open("ramp")
    one.page.locator(".viewer-film").first.focus()
    one.keys(key)
    window = one.state()["window"]
    assert window["center"] - window["width"] / 2 == pytest.approx(low / 100 * 599 * 40, abs=150)
    assert window["center"] + window["width"] / 2 == pytest.approx(high / 100 * 599 * 40, abs=150)
    one.keys("6")
    assert one.state()["inverted"]
    one.keys("1")
    assert (one.state()["window"]["center"], one.state()["inverted"]) == (12000, False)


def test_the_full_depth_takes_over_from_the_preview_without_a_jump(reader: Open) -> None:
    preview, full = reader(), reader()
    preview.open("shallow", full=False)
    full.open("large")
    middle = (slice(150, 480), slice(200, 700))
    difference = preview.screen()[middle].astype(int) - full.screen()[middle].astype(int)
    assert np.abs(difference).mean() < 3
    assert abs(difference.mean()) < 0.5


def test_a_window_moved_on_the_preview_is_kept(reader: Open) -> None:
    one = reader()
    moved = one.page.evaluate(
        """async () => {
          const { carried } = await import("/page/viewer/windowing.js");
          const shape = "LINEAR_EXACT";
          const whole = { center: 2048, width: 4096, shape };
          return carried({ center: 0.5, width: 0.5, shape }, { center: 0.5, width: 1, shape }, whole);
        }"""
    )
    assert (moved["center"], moved["width"]) == (2048, 2048)
