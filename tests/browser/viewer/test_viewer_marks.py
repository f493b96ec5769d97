"""What is drawn over the film lies where it should, and says what it is."""

from __future__ import annotations

import numpy as np
import pytest

from tests.browser.viewer.conftest import Open
from tests.browser.viewer.viewer_reader import Json, Reader, item

BLUE = (0x9A, 0xD4, 0xFF)
BOX = [100, 150, 250, 400]


def finding(label: str, polarity: str, box: list[int] | None) -> Json:
    return {"label": label, "polarity": polarity, "box": box}


FINDINGS = [
    finding("edema", "present", BOX),
    finding("mass", "uncertain", [300, 300, 500, 500]),
    finding("hernia", "absent", None),
]


def with_findings(one: Reader) -> Reader:
    images = [
        item("dots", one.films["dots"], findings=FINDINGS[:1]),
        item("ramp", one.films["ramp"], findings=FINDINGS[1:]),
    ]
    one.open(images=images)
    return one


def blue(one: Reader) -> tuple[int, int, int, int]:
    """Return where the light dashes of places begin and end on the page: left, top, right, bottom."""
    near = np.abs(one.screen().astype(int) - BLUE).sum(axis=2) < 40
    lines = [np.nonzero(near.sum(axis=axis) > 40)[0] for axis in (0, 1)]
    return lines[0].min(), lines[1].min(), lines[0].max(), lines[1].max()


@pytest.mark.parametrize("turns", [(), ("flipH",), ("rotate", "zoomOut")], ids=["upright", "flipped", "turned"])
def test_a_box_is_drawn_where_the_finding_is(reader: Open, turns: tuple[str, ...]) -> None:
    one = with_findings(reader())
    one.do(*turns)
    one.page.evaluate("window.viewer.highlight('edema')")
    one.rest()
    ends = [one.place(*BOX[:2]), one.place(*BOX[2:])]
    (left, right), (top, bottom) = (sorted(axis) for axis in zip(*ends, strict=True))
    assert blue(one) == pytest.approx((left, top, right, bottom), abs=3)


def test_no_box_for_a_finding_that_lies_elsewhere_but_a_word(reader: Open) -> None:
    one = with_findings(reader())
    hint = one.page.locator(".viewer-hint").first
    for label, word in (("mass", "mass: see image 2"), ("hernia", "hernia: no place on the film is known")):
        one.page.evaluate("(label) => window.viewer.highlight(label)", label)
        one.rest()
        assert hint.inner_text() == word
    one.page.evaluate("window.viewer.highlight(null)")
    assert hint.inner_text() == ""


def test_findings_that_come_later_are_drawn(reader: Open) -> None:
    one = reader()
    one.open("dots")
    one.page.evaluate("(images) => window.viewer.update(images)", [item("dots", one.films["dots"], findings=FINDINGS)])
    one.page.evaluate("window.viewer.setOverlay({ kind: 'box', label: null })")
    assert one.page.evaluate("window.viewer.main.pane.places.map(({ label }) => label)") == ["edema", "mass"]


def test_the_pointer_on_a_place_names_its_finding(reader: Open) -> None:
    one = with_findings(reader())
    one.page.evaluate("window.viewer.setOverlay({ kind: 'box', label: null })")
    one.page.mouse.move(*one.place(200, 200))
    one.page.mouse.move(*one.place(500, 500))
    assert [told["label"] for told in one.told("viewer:finding")] == ["edema", None]


@pytest.mark.parametrize("turns", [(), ("flipH",), ("rotate",)], ids=["upright", "flipped", "turned"])
def test_a_heatmap_covers_the_film_exactly(reader: Open, turns: tuple[str, ...]) -> None:
    one = reader()
    one.open("dots")
    one.do(*turns)
    one.page.evaluate("window.viewer.setOverlay({ kind: 'heatmap', label: 'edema', opacity: 0.5 })")
    one.until("the heatmap", lambda: one.page.evaluate("window.viewer.main.pane.heatmap !== null"))
    picture = one.screen()
    for column, row in ((310, 310), (590, 310), (310, 590), (450, 450), (290, 310), (310, 290), (100, 500)):
        x, y = one.place(column, row)
        red, green, _ = picture[int(y), int(x)].astype(int)
        assert (green - red > 80) == (column > 300 and row > 300), (column, row)
    one.page.evaluate("window.viewer.setOverlay({ opacity: 0 })")
    one.rest()
    assert np.ptp(one.screen()[330:340, 480:490].astype(int), axis=2).max() == 0


def test_a_heatmap_that_is_not_there_is_said(reader: Open) -> None:
    one = reader()
    one.open("dots")
    one.page.evaluate("window.viewer.setOverlay({ kind: 'heatmap', label: 'mass' })")
    one.until("the word", lambda: one.page.locator(".viewer-hint").first.inner_text() == "No heatmap: It is not here.")
    assert "No heatmap: It is not here." in one.page.evaluate("window.said")


@pytest.mark.parametrize(
    ("film", "mm", "text"),
    [
        ("dots", 50 * np.sqrt(5), "111.8 mm"),
        ("oblong", 50 * np.sqrt(17), "206.2 mm"),
        ("unspaced", None, "224 px (no scale known)"),
    ],
)
def test_length(reader: Open, film: str, mm: float | None, text: str) -> None:
    one = reader()
    one.open(film)
    one.do("length")
    start, end = one.place(200, 250), one.place(300, 450)
    one.drag(start, (end[0] - start[0], end[1] - start[1]))
    measured = one.told("viewer:measure")[-1]
    assert measured["mm"] == (None if mm is None else pytest.approx(mm, abs=1.5))
    assert measured["px"] == pytest.approx(100 * np.sqrt(5), abs=2)
    expected, said = (float(words.split()[0]) for words in (text, measured["text"].replace("\u00a0", " ")))
    assert said == pytest.approx(expected, abs=1.5)
    assert measured["text"].replace("\u00a0", " ").split()[1:] == text.split()[1:]
    one.do("undo")
    assert one.page.evaluate("window.viewer.main.pane.lines.length") == 0


def test_length_by_two_clicks_and_by_keys(reader: Open) -> None:
    one = reader()
    one.open("dots")
    one.page.locator(".viewer-film").first.focus()
    one.keys("l", "Enter", *["Shift+ArrowRight"] * 5, "Enter", "Escape")
    zoom = one.state()["zoom"]
    assert one.told("viewer:measure")[-1]["mm"] == pytest.approx(100 / zoom * 0.5)
    one.keys("l")
    one.page.mouse.click(*one.place(100, 100))
    one.page.mouse.click(*one.place(100, 300))
    one.rest()
    assert one.told("viewer:measure")[-1]["mm"] == pytest.approx(100, abs=1)


def test_measurements_stay_with_their_image(reader: Open) -> None:
    one = reader()
    one.open("dots", "ramp")
    one.do("length")
    one.drag((400, 300), (100, 0))
    lines = "window.viewer.main.pane.lines.length"
    one.do("next")
    assert one.page.evaluate(lines) == 0
    one.do("previous")
    assert one.page.evaluate(lines) == 1


def test_the_cardiothoracic_ratio_is_drawn_and_said(reader: Open) -> None:
    one = reader()
    one.open("dots")
    one.do("ctr")
    one.until("the ratio", lambda: bool(one.told("viewer:measure")))
    assert one.told("viewer:measure")[-1]["ratio"] == 0.5
    texts = one.page.evaluate("window.viewer.main.pane.ratio.map(({ text }) => text)")
    assert [text.replace("\u00a0", " ") for text in texts] == ["Heart 100 mm", "Chest 200 mm"]
    assert one.page.locator(".viewer-hint").first.inner_text() == "Cardiothoracic ratio 0.50 ± 0.02"
    one.do("ctr")
    assert one.page.evaluate("window.viewer.main.pane.ratio.length") == 0


def test_a_ratio_that_means_nothing_is_not_told(reader: Open) -> None:
    one = reader()
    one.open("ap")
    one.do("ctr")
    hint = one.page.locator(".viewer-hint").first
    one.until("the reason", lambda: hint.inner_text() == "No cardiothoracic ratio: on an AP film it means nothing")
    assert one.told("viewer:measure") == []
