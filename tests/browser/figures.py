"""How quick the page is, by the browser's own timings: recorded and printed, never asserted.

    python -m tests.browser.figures [FIGURES.json]

Ready: from navigation until the worklist of 50 is drawn. First picture: from opening a study of 3000 x 3000 until its
film is on the screen. Frame: one drawing of that film while window and level follow the mouse; pace: from one to the
next. Where no graphics processor is, the browser draws in software, and the figures say so.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from service.web.pages import parts
from tests.browser.conftest import until
from tests.browser.filled import fill
from tests.factories import dicom
from tests.server import Server, running, upload

ROWS, SIDE, ROUNDS, MOVES = 50, 3000, 7, 120
DRIVER = """() => {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  const debug = gl?.getExtension("WEBGL_debug_renderer_info");
  return debug ? gl.getParameter(debug.UNMASKED_RENDERER_WEBGL) : "none";
}"""
DURATIONS = "(name) => performance.getEntriesByName(name).map((one) => one.duration)"
PACE = """() => {
  window.paces = [];
  let last = performance.now();
  const next = (now) => { window.paces.push(now - last); last = now; window.pacing = requestAnimationFrame(next); };
  window.pacing = requestAnimationFrame(next);
}"""


def measure(page: Page, server: Server, rounds: int = ROUNDS, side: int = SIDE) -> Mapping[str, Any]:
    """Measure on a running server; its worklist and one large study are filled here. Times in milliseconds."""
    fill(server, ROWS)
    with server.client() as client:
        large = upload(client, dicom(7, side)).json()["id"]
    first = [_first(page, server, large) for _ in range(rounds)]
    frames = _frames(page)
    ready = [_ready(page, server) for _ in range(rounds)]
    driver = str(page.evaluate(DRIVER))
    return {
        "served_bytes": sum(len(part.body) for name, part in parts().items() if name.endswith((".js", ".css"))),
        "ready_ms": _told(ready),
        "first_picture_ms": _told(first),
        "side": side,
        "frame_ms": _told(frames["drawn"]),
        "pace_ms": _told(frames["paced"]),
        "driver": driver,
        "drawn_in_software": any(word in driver.lower() for word in ("swiftshader", "llvmpipe", "none")),
        "load_average": os.getloadavg()[0],
    }


def _ready(page: Page, server: Server) -> float:
    page.goto("about:blank")
    page.goto(server.url)
    expect(page.locator("#rows [role=option]").first).to_be_visible()
    until(page, "performance.getEntriesByName('cxr-ready').length > 0")
    return float(page.evaluate("performance.getEntriesByName('cxr-ready')[0].startTime"))


def _first(page: Page, server: Server, study: str) -> float:
    """Open a study from the worklist, as a reader does: the viewer is loaded, the film is not."""
    page.goto("about:blank")
    page.goto(server.url)
    until(page, "performance.getEntriesByType('resource').some((one) => one.name.endsWith('/viewer/viewer.js'))")
    page.wait_for_timeout(500)
    page.evaluate("(id) => { window.opened = performance.now(); location.hash = `#/study/${id}`; }", study)
    until(page, "performance.getEntriesByName('viewer:first').length > 0")
    end = "performance.getEntriesByName('viewer:first').map((one) => one.startTime + one.duration)[0]"
    return float(page.evaluate(f"{end} - window.opened"))


def _frames(page: Page) -> Mapping[str, list[float]]:
    """Drag over the film that is open."""
    until(page, "performance.getEntriesByName('viewer:full').length > 0")
    page.wait_for_timeout(1000)
    page.evaluate("performance.clearMeasures('viewer:frame')")
    page.evaluate(PACE)
    box = page.locator(".viewer-film").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for move in range(MOVES):
        page.mouse.move(x + move, y + move / 2)
    page.mouse.up()
    page.evaluate("cancelAnimationFrame(window.pacing)")
    return {"drawn": page.evaluate(DURATIONS, "viewer:frame"), "paced": page.evaluate("window.paces")}


def _told(values: list[float]) -> Mapping[str, float]:
    return {"median": round(median(values), 1), "worst": round(max(values), 1), "count": len(values)}


def main() -> None:
    """Measure, print, and write where that was asked for."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), experts="tests.plugs:expert") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1600, "height": 950})
        found = json.dumps(measure(page, server), indent=2)
        browser.close()
    sys.stdout.write(f"{found}\n")
    for path in sys.argv[1:]:
        Path(path).write_text(f"{found}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
