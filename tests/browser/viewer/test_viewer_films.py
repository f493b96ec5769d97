"""The prior beside the film, what fails, the tags, the time a frame takes, and how large the viewer is."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from service.web.pages import parts
from tests.browser.viewer.conftest import SIDE, Open
from tests.browser.viewer.viewer_reader import Reader

DRAG = """async () => {
  const canvas = document.querySelector(".viewer-film");
  const { left, top } = canvas.getBoundingClientRect();
  const send = (name, x, y) => {
    const at = { clientX: left + x, clientY: top + y };
    canvas.dispatchEvent(new PointerEvent(name, { pointerId: 1, button: 0, ...at }));
  };
  canvas.setPointerCapture = () => {};
  performance.clearMeasures("viewer:frame");
  const ticks = [];
  send("pointerdown", 300, 300);
  for (let step = 1; step <= 60; step += 1) {
    send("pointermove", 300 + 2 * step, 300 + step);
    ticks.push(await new Promise(requestAnimationFrame));
  }
  send("pointerup", 420, 360);
  const median = (values) => values.sort((one, other) => one - other)[values.length >> 1];
  const drawn = performance.getEntriesByName("viewer:frame").map(({ duration }) => duration);
  const apart = ticks.slice(1).map((tick, place) => tick - ticks[place]);
  return { drawn: median(drawn), apart: median(apart), frames: drawn.length };
}"""

SMALL_TEXTURES = """() => {
  const { prototype } = WebGL2RenderingContext;
  const asked = prototype.getParameter;
  prototype.getParameter = function (name) {
    return name === this.MAX_TEXTURE_SIZE ? 256 : asked.call(this, name);
  };
}"""


def camera(one: Reader, side: str) -> list[float]:
    """Return the share of the film in the middle of the stage, and the zoom over that of the whole film."""
    found: list[float] = one.page.evaluate(
        """async (side) => {
          const { whole } = await import("/page/viewer/geometry.js");
          const { camera, stage } = window.viewer[side].pane;
          return [camera.x / stage.columns, camera.y / stage.rows, camera.zoom / whole(stage, camera.turn).zoom];
        }""",
        side,
    )
    return found


def test_the_prior_moves_and_windows_together(reader: Open) -> None:
    one = reader()
    one.open("large", prior=["earlier"])
    one.until("the prior", lambda: one.page.evaluate("window.viewer.prior.pane.film?.facts.full === true"))
    assert "PRIOR" in one.page.locator(".viewer-pane").nth(1).locator(".top-left").inner_text()
    one.do("zoomIn", "zoomIn")
    one.drag((200, 300), (-50, 20), button="middle")
    assert camera(one, "prior") == pytest.approx(camera(one, "main"))
    one.drag((700, 300), (60, 10))  # on the prior: the film follows
    windows = one.page.evaluate("['main', 'prior'].map((side) => window.viewer[side].pane.window)")
    for value in ("center", "width"):
        assert windows[0][value] == pytest.approx(windows[1][value], rel=1e-6)
    one.do("sync", "fit")
    assert camera(one, "prior") != pytest.approx(camera(one, "main"))
    one.do("prior")
    assert not one.page.locator(".viewer-pane").nth(1).is_visible()


def test_films_that_fail_say_what_is_missing_and_what_works(reader: Open) -> None:
    one = reader()
    one.open("shallow", full=False)
    note = one.page.locator(".viewer-note").first
    assert note.locator("p").inner_text() == "Only the preview could be loaded, in 8 bits: It is not here."
    assert one.corner("bottom-left").startswith("8-bit preview")
    other = reader()
    other.open("gone", full=False)
    note = other.page.locator(".viewer-note").first
    assert note.locator("p").inner_text() == "The film could not be loaded: It is not here."
    assert note.get_by_role("button", name="Try again").is_visible()


def test_requests_carry_what_the_page_s_fetcher_adds(reader: Open) -> None:
    one = reader()
    asked: list[Mapping[str, str]] = []
    one.page.on("request", lambda request: asked.append(request.headers) if "/images/" in request.url else None)
    one.page.evaluate(
        """() => {
          const Plain = window.Viewer;
          const fetcher = (path, how) => fetch(path, { ...how, headers: { Authorization: "Bearer key" } });
          window.Viewer = class extends Plain { constructor(host, options) { super(host, { ...options, fetcher }); } };
        }"""
    )
    one.open("dots")
    assert [headers.get("authorization") for headers in asked] == ["Bearer key"] * 2


def test_the_tags_are_listed_and_searched(reader: Open) -> None:
    one = reader()
    one.open("dots", lang="de")
    one.page.get_by_role("button", name="DICOM-Attribute").click()
    panel = one.page.get_by_role("complementary")
    panel.get_by_text("View Position").wait_for()
    one.page.keyboard.type("spacing")
    assert panel.locator("tbody tr").all_inner_texts() == ["Imager Pixel Spacing\n(0018,1164)\n\t0.14\\0.14"]
    one.page.keyboard.press("Escape")
    assert not panel.is_visible()
    assert one.page.evaluate("document.activeElement.className") == "viewer-film"


@pytest.mark.parametrize("side", [SIDE, 3000])
def test_time_of_a_frame(reader: Open, renderer: str, side: int, capsys: pytest.CaptureFixture[str]) -> None:
    one = reader(renderer)
    one.open("large" if side > SIDE else "dots")
    times = one.page.evaluate(DRAG)
    kind = "by the 2D canvas" if renderer == "2D canvas" else "by WebGL2 in software (SwiftShader)"
    with capsys.disabled():
        times_said = f"{times['drawn']:.1f} ms to draw, {times['apart']:.1f} ms from frame to frame"
        sys.stdout.write(f"\n{side} x {side} {kind}: {times_said}\n")
    assert times["frames"] >= 50  # one for each move: none is lost, none drawn twice
    assert times["drawn"] < 100


def test_nothing_is_drawn_while_nothing_changes(reader: Open) -> None:
    one = reader()
    one.open("dots")
    one.page.evaluate("performance.clearMeasures('viewer:frame')")
    one.page.wait_for_timeout(300)
    assert one.page.evaluate("performance.getEntriesByName('viewer:frame').length") == 0


def test_a_film_larger_than_a_texture_is_cut_without_seams(reader: Open) -> None:
    one = reader()
    cuts = one.page.evaluate("async () => (await import('/page/viewer/gl.js')).cuts({ width: 700, height: 100 }, 256)")
    assert [(cut["core"][0], cut["core"][2]) for cut in cuts] == [(0, 233), (233, 467), (467, 700)]
    assert all(cut["width"] <= 256 and cut["x"] == max(0, cut["core"][0] - 1) for cut in cuts)
    page = reader("WebGL2")
    page.page.evaluate(SMALL_TEXTURES)
    page.open("ramp")
    whole = reader("WebGL2")
    whole.open("ramp")
    assert (page.screen() == whole.screen()).all()


def test_a_context_that_the_browser_takes_away_is_started_again(reader: Open) -> None:
    one = reader("WebGL2")
    one.open("ramp")
    before = one.screen()
    one.page.evaluate(
        """async () => {
          const { gl } = window.viewer.main.pane.renderer;
          const lost = gl.getExtension("WEBGL_lose_context");
          lost.loseContext();
          await new Promise((done) => setTimeout(done, 100));
          lost.restoreContext();
          await new Promise((done) => setTimeout(done, 200));
        }"""
    )
    one.do("fit")
    assert (one.screen() == before).all()


def test_languages_have_the_same_words() -> None:
    en, de = (json.loads(parts()[f"viewer/texts/{language}.json"].body) for language in ("en", "de"))
    assert en.keys() == de.keys()
    folder = Path(__file__).parents[3] / "service" / "web" / "page" / "viewer"
    code = "".join(file.read_text() for file in folder.glob("*.js"))
    fixed = {key for key in en if not key.startswith(("ctr.", "preset.", "edge."))}
    assert [key for key in fixed if key.split(":")[0] not in code] == []


def test_only_what_draws_here_is_loaded(reader: Open, renderer: str) -> None:
    one = reader(renderer)
    one.open("dots")
    loaded = one.page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name.split('/').at(-1))")
    wanted = "plain.js" if renderer == "2D canvas" else "gl.js"
    assert {"plain.js", "gl.js", "tags.js"} & set(loaded) == {wanted}
