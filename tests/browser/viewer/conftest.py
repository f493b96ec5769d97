"""A browser, a server of drawn films, and a reader in front of both."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.viewer.viewer_reader import FEIGNED, Reader
from tests.browser.viewer.viewer_server import Film, serving
from tests.phantom import draw_phantom

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
SIDE = 600
Open = Callable[..., Reader]


def dots() -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    """Draw a dark film with one bright square, its middle at column 405, row 205."""
    film = np.full((SIDE, SIDE), 500, np.uint16)
    film[200:210, 400:410] = 4000
    return film


def ramp() -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    """Draw a film whose values are 40 times the column."""
    return np.tile(np.arange(SIDE, dtype=np.uint16) * 40, (SIDE, 1))


WIDTHS = {
    "heart_width": {"line": [[200, 400], [400, 400]], "pixels": 200, "mm": 100.0},
    "chest_width": {"line": [[100, 450], [500, 450]], "pixels": 400, "mm": 200.0},
}


@pytest.fixture(scope="session")
def films() -> dict[str, Film]:
    valid = WIDTHS | {"ratio": {"value": 0.5, "error": 0.02}, "abstention": None}
    large = draw_phantom(3000, 3000, bits=16)
    return {
        "dots": Film(dots(), (2048, 4096), (0.5, 0.5), anatomy=valid),
        "unspaced": Film(dots(), (2048, 4096)),
        "oblong": Film(dots(), (2048, 4096), (1.0, 0.5)),
        "ap": Film(dots(), (2048, 4096), anatomy=WIDTHS | {"ratio": None, "abstention": "ap_view"}),
        "turned": Film(dots(), (2048, 4096), headers={"X-Patient-Orientation": "R\\F"}),
        "lateral": Film(dots(), (2048, 4096), headers={"X-Patient-Orientation": "A\\F"}),
        "ramp": Film(ramp(), (12000, 24001)),
        "sigmoid": Film(ramp(), (12000, 12000), headers={"X-Voi-Lut-Function": "SIGMOID"}),
        "scaled": Film(ramp(), (-500, 1001), headers={"X-Rescale-Slope": "0.1", "X-Rescale-Intercept": "-2000"}),
        "large": Film(large, (32768, 65536), (0.14, 0.14)),
        "earlier": Film(large[::2, ::2], (32768, 65536), (0.28, 0.28)),
        "shallow": Film(large, (32768, 65536), full=False),
        "gone": Film(dots(), (2048, 4096), full=False, preview=False),
    }


@pytest.fixture(scope="session")
def address(films: dict[str, Film]) -> Iterator[str]:
    with serving(films) as url:
        yield url


# Not for the session: while Playwright runs, no other test of this process could have an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(params=["2D canvas", "WebGL2"])
def renderer(request: pytest.FixtureRequest) -> str:
    """Name what draws: a test that asks for it runs with both."""
    return str(request.param)


@pytest.fixture
def reader(browser: Browser, address: str, films: dict[str, Film]) -> Iterator[Open]:
    """Return what opens a page and gives its reader; at the end nobody may have complained."""
    opened: list[Reader] = []

    def start(renderer: str = "2D canvas", **how: object) -> Reader:
        page = browser.new_page(**{"viewport": {"width": 900, "height": 700}, **how})  # type: ignore[arg-type] # Playwright's own keywords
        if renderer == "WebGL2":
            page.add_init_script(FEIGNED)
        made = Reader(page, films)
        opened.append(made)
        page.goto(address)
        made.until("the viewer", lambda: page.evaluate("typeof window.Viewer === 'function'"))
        return made

    yield start
    for one in opened:
        refused = [text for text in one.complaints if "404" not in text]
        one.page.close()
        assert refused == []
