"""Zoom, pan, turning and the patient's sides; everything by keys as well."""

from __future__ import annotations

import numpy as np
import pytest

from tests.browser.viewer.conftest import Open
from tests.browser.viewer.viewer_reader import Reader, item

DOT = (405, 205)


def bright(one: Reader) -> tuple[float, float]:
    """Return the middle of what is bright on the film: x and y on the page, in device pixels."""
    rows, columns = np.nonzero(one.film() > 200)
    return columns.mean() + 0.5, rows.mean() + 0.5


def focused(one: Reader, *names: str) -> Reader:
    one.open(*names)
    one.page.locator(".viewer-film").first.focus()
    return one


def test_the_dot_is_drawn_where_the_film_has_it(reader: Open, renderer: str) -> None:
    one = reader(renderer)
    one.open("dots")
    assert bright(one) == pytest.approx(one.place(*DOT), abs=1)


@pytest.mark.parametrize("device_scale_factor", [1, 2])
def test_zoom_keeps_the_point_under_the_pointer(reader: Open, renderer: str, device_scale_factor: int) -> None:
    one = reader(renderer, device_scale_factor=device_scale_factor)
    one.open("dots")
    before = one.place(*DOT)
    one.page.mouse.move(*before)
    one.page.keyboard.down("Control")
    one.page.mouse.wheel(0, -300)
    one.page.keyboard.up("Control")
    one.rest()
    assert one.state()["zoom"] > 1.4 * device_scale_factor
    assert one.place(*DOT) == pytest.approx(before, abs=0.5)
    one.drag(before, (0, -80), button="right")
    assert one.place(*DOT) == pytest.approx(before, abs=0.5)


def test_the_middle_button_pans(reader: Open) -> None:
    one = reader()
    one.open("dots")
    one.do("actual")
    before = one.place(*DOT)
    one.drag((450, 350), (-70, 40), button="middle")
    assert one.place(*DOT) == pytest.approx((before[0] - 70, before[1] + 40), abs=0.1)
    assert bright(one) == pytest.approx(one.place(*DOT), abs=1)


def test_actual_size_is_one_pixel_of_the_screen(reader: Open, renderer: str) -> None:
    one = reader(renderer, device_scale_factor=2)
    one.open("dots")
    one.do("actual")
    assert one.corner("bottom-left").endswith("zoom 100 %")
    assert (one.film() > 200).sum() == pytest.approx(
        100, abs=21
    )  # ten by ten pixels of the film, on half pixels at most


def test_the_wheel_goes_through_the_images(reader: Open) -> None:
    one = reader()
    one.open("dots", "ramp")
    one.page.mouse.move(450, 350)
    one.page.mouse.wheel(0, 120)
    one.until("the second image", lambda: one.state()["index"] == 1 and one.state()["full"])
    assert "Image 2 of 2" in one.corner("top-left")
    assert one.told("viewer:image")[-1] == {"index": 1, "id": "ramp"}


def test_two_fingers_zoom_and_push(reader: Open) -> None:
    one = reader(has_touch=True)
    one.open("dots")
    before = one.state()["zoom"]
    session = one.page.context.new_cdp_session(one.page)
    for kind, spread in (("touchStart", 40), ("touchMove", 60), ("touchMove", 80)):
        points = [{"x": 450 - spread, "y": 350, "id": 0}, {"x": 450 + spread, "y": 350, "id": 1}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    one.rest()
    assert one.state()["zoom"] == pytest.approx(2 * before, rel=0.05)


def test_sides_follow_turning_and_mirroring(reader: Open) -> None:
    one = reader()
    one.open("turned")
    assert one.sides() == {"left": "L", "right": "R"}
    one.do("flipH")
    assert one.sides() == {"left": "R flipped", "right": "L flipped"}
    one.do("rotate")
    assert one.sides() == {"top": "R flipped", "bottom": "L flipped"}
    one.do("flipH")
    assert one.sides() == {"top": "R", "bottom": "L"}
    assert (one.state()["flipped"], one.state()["rotation"]) == (False, 270)


def test_two_mirrorings_and_four_turns_are_none(reader: Open) -> None:
    one = reader()
    one.open("turned")
    one.do("rotate", "rotate", "flipH", "rotate", "rotate", "flipH")
    assert one.sides() == {"left": "L", "right": "R"}
    assert (one.state()["flipped"], one.state()["rotation"]) == (False, 0)


def test_a_turned_film_is_drawn_turned(reader: Open, renderer: str) -> None:
    one = reader(renderer)
    one.open("dots")
    for command in ("rotate", "flipH", "rotate:back"):
        one.do(command)
        assert bright(one) == pytest.approx(one.place(*DOT), abs=1)


def test_sides_that_the_file_does_not_tell_are_assumed_and_said_so(reader: Open) -> None:
    one = reader()
    one.open("dots")
    assert one.sides() == {"left": "R", "right": "L"}
    assert "sides assumed" in one.corner("bottom-right")
    one.do("flipH")
    assert one.sides() == {"left": "L flipped", "right": "R flipped"}


def test_a_lateral_film_has_no_left_and_right(reader: Open) -> None:
    one = reader()
    one.open("lateral")
    assert one.sides() == {"left": "P", "right": "A"}
    other = reader()
    other.open(images=[item("dots", other.films["dots"], view="LATERAL")])
    assert other.sides() == {}
    other.do("flipH")
    assert other.sides() == {"top": "flipped"}


def test_oblong_pixels_are_shown_in_their_shape(reader: Open) -> None:
    one = reader()
    one.open("oblong")
    (left, top), (right, _), (_, bottom) = one.place(0, 0), one.place(600, 0), one.place(0, 600)
    assert (bottom - top) == pytest.approx(2 * (right - left))


def test_keys_alone(reader: Open) -> None:
    one = focused(reader(), "dots", "ramp")
    fitted = one.state()["zoom"]
    one.keys("+", "+", "+")
    assert one.state()["zoom"] == pytest.approx(fitted * 1.25**3)
    before = one.place(*DOT)
    one.keys("ArrowDown", "ArrowRight")
    assert one.place(*DOT) == pytest.approx((before[0] - 60, before[1] - 60), abs=0.1)
    window = one.state()["window"]
    one.keys("Shift+ArrowRight", "Shift+ArrowUp")
    assert one.state()["window"]["width"] > window["width"]
    assert one.state()["window"]["center"] < window["center"]
    one.keys("i", "o", "x", "0")
    state = one.state()
    assert (state["inverted"], state["rotation"], state["flipped"], state["zoom"]) == (True, 90, True, 1)
    one.keys("z")
    state = one.state()
    assert (state["inverted"], state["rotation"], state["flipped"], state["zoom"]) == (False, 0, False, fitted)
    one.keys("PageDown")
    one.until("the second image", lambda: one.state()["index"] == 1)


def test_arrows_of_a_film_that_is_whole_are_left_to_the_page(reader: Open) -> None:
    one = focused(reader(), "dots")
    one.page.evaluate("() => document.addEventListener('keydown', (event) => window.said.push(`page ${event.key}`))")
    one.keys("ArrowRight", "h", "i")
    said = one.page.evaluate("window.said")
    assert "page ArrowRight" in said
    assert "page h" in said
    assert "page i" not in said


def test_the_buttons_are_one_stop_and_arrows_go_on(reader: Open) -> None:
    one = reader()
    one.open("dots")
    one.keys("Tab", "ArrowRight", "ArrowRight", "Enter")
    assert one.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Whole film"
    one.keys("Tab")
    assert one.page.evaluate("document.activeElement.className") == "viewer-film"


def test_what_was_done_is_said(reader: Open) -> None:
    one = focused(reader(), "dots")
    one.keys("x", "m")
    said = one.page.evaluate("window.said")
    assert said[-2].startswith("flipped, sides assumed")
    assert "left L" in said[-2]
    assert said[-1] == "Magnifier: on"


def test_the_magnifier_shows_the_film_nearer(reader: Open, renderer: str) -> None:
    one = reader(renderer)
    one.open("dots")
    before = (one.film() > 200).sum()
    one.do("magnifier")
    one.page.mouse.move(*one.place(*DOT))
    one.rest()
    assert (one.film() > 200).sum() > 4 * before
    one.do("magnifier")
    assert one.page.evaluate("window.viewer.main.pane.lens") is None
