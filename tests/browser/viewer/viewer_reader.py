"""A reader at the viewer: opens films, reads what the viewer tells, looks at the very pixels of the screen."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page

from tests.browser.viewer.viewer_server import Film

Json = dict[str, Any]
Button = Literal["left", "middle", "right"]
WAIT_S = 20.0

OPEN = """async ([images, prior, options]) => {
  window.said = [];
  window.told = [];
  const host = document.getElementById("host");
  for (const name of ["viewer:state", "viewer:measure", "viewer:finding", "viewer:image"])
    host.addEventListener(name, (event) => window.told.push([name, event.detail]));
  window.viewer = new window.Viewer(host, { announce: (text) => window.said.push(text), ...options });
  await window.viewer.open(images, { prior });
}"""

# A graphics processor by name only: what draws is still software, but the viewer takes the way of WebGL2.
FEIGNED = """
const asked = WebGL2RenderingContext.prototype.getParameter;
WebGL2RenderingContext.prototype.getParameter = function (name) {
  return name === 0x9246 ? "feigned processor" : asked.call(this, name);
};
"""

VEIL = """(visibility) => {
  const others = document.querySelectorAll(".viewer-bar, .viewer-corner, .viewer-sides, .viewer-marks");
  for (const one of others) one.style.visibility = visibility;
}"""
TOP = "(film) => film.getBoundingClientRect().top * devicePixelRatio"


def item(name: str, film: Film, **image: object) -> Json:
    """Return a film as the page hands it to the viewer."""
    rows, columns = film.sizes
    path = f"/api/v1/images/{name}"
    known: Json = {"id": name, "rows": rows, "columns": columns, "view": "PA", "findings": []}
    known |= {"spacing_mm": film.spacing}
    parts = {f"{part}Url": f"{path}/{part}" for part in ("pixels", "anatomy", "tags")}
    return {"image": known | image, "title": name, **parts}


class Reader:
    """One page with a viewer in it."""

    def __init__(self, page: Page, films: Mapping[str, Film]) -> None:
        self.page = page
        self.films = films
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(
        self, *names: str, prior: Sequence[str] = (), images: Sequence[Json] = (), full: bool = True, **options: object
    ) -> None:
        """Open films by name, or as items, and wait for the first: its full depth, or whatever comes of it."""
        main = list(images) or [item(name, self.films[name]) for name in names]
        others = [item(name, self.films[name]) for name in prior]
        self.page.evaluate(OPEN, [main, others, options])
        if full:
            self.until("the full depth", lambda: self.state().get("full") is True)
        else:
            self.until("a failure", self.page.locator(".viewer-note").first.is_visible)

    def until(self, what: str, lasting: Callable[[], bool]) -> None:
        """Wait; the page's Content-Security-Policy forbids Playwright's own way of waiting."""
        ends = time.monotonic() + WAIT_S
        while not lasting():
            assert time.monotonic() < ends, f"waited for {what}: {self.state()} {self.complaints}"
            self.page.wait_for_timeout(20)
        self.rest()

    def rest(self) -> None:
        """Wait until what was asked for is drawn, in full."""
        self.page.wait_for_timeout(60)
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def state(self) -> Json:
        """Return what viewer:state said last."""
        return self.told("viewer:state")[-1] if self.told("viewer:state") else {}

    def told(self, name: str) -> list[Json]:
        """Return the details of an event, in order."""
        found: list[list[Any]] = self.page.evaluate("window.told ?? []")
        return [detail for said, detail in found if said == name]

    def do(self, *commands: str) -> None:
        """Give the viewer commands by name."""
        for command in commands:
            self.page.evaluate("(command) => window.viewer.command(command)", command)
        self.rest()

    def keys(self, *keys: str) -> None:
        """Press keys on the film that has the focus."""
        for key in keys:
            self.page.keyboard.press(key)
        self.rest()

    def corner(self, place: str) -> str:
        """Return the words in a corner of the film."""
        return (
            self.page.locator(f".viewer-corner.{place}")
            .first.inner_text()
            .replace("\u00a0", " ")
            .replace("\u202f", " ")
        )

    def sides(self) -> dict[str, str]:
        """Return the letters at the edges of the film, with what is said under them."""
        marks = self.page.locator(".viewer-pane").first.locator(".viewer-side")
        return {
            str(mark.get_attribute("class")).split()[1]: " ".join(mark.inner_text().split()) for mark in marks.all()
        }

    def place(self, column: float, row: float) -> tuple[float, float]:
        """Return where on the page a pixel of the film is."""
        x, y = self.page.evaluate(
            """async ([column, row]) => {
              const { toScreen } = await import("/page/viewer/geometry.js");
              const { camera, stage, canvas } = window.viewer.main.pane;
              const [x, y] = toScreen(camera, stage, [column, row]);
              const corner = canvas.getBoundingClientRect();
              return [corner.left + x, corner.top + y];
            }""",
            [column, row],
        )
        return x, y

    def drag(self, start: tuple[float, float], by: tuple[float, float], button: Button = "left") -> None:
        """Drag the mouse, in a few steps."""
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down(button=button)
        mouse.move(start[0] + by[0], start[1] + by[1], steps=4)
        mouse.up(button=button)
        self.rest()
        self.page.wait_for_timeout(180)  # what was drawn in haste is drawn again

    def screen(self) -> NDArray[np.uint8]:
        """Return the page as it is seen: (rows, columns, RGB) in device pixels."""
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        return np.asarray(picture)

    def film(self) -> NDArray[np.uint8]:
        """Return the gray values of the page, all black but the film: neither buttons, nor words, nor lines."""
        self.page.evaluate(VEIL, "hidden")
        seen = self.screen()[:, :, 0].copy()
        self.page.evaluate(VEIL, "")
        top = self.page.locator(".viewer-film").first.evaluate(TOP)
        seen[: int(top)] = 0
        return seen

    def gray(self, column: float, row: float) -> int:
        """Return how bright a pixel of the film is on the screen, 0 to 255."""
        x, y = self.place(column, row)
        ratio = self.page.evaluate("devicePixelRatio")
        return int(self.screen()[int(y * ratio), int(x * ratio), 0])
