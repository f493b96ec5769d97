"""What the browser tests share: Debian's Chromium, a real service, a page of it that may not fail in silence."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.factories import png
from tests.server import EMBEDDED, Server, running, upload

EXPERTS = "embedded" if EMBEDDED else "tests.plugs:expert"
Opened = Callable[..., Page]


# Not for the session: while Playwright runs, no other test of this process could have an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium; the tests that need one are left out, with the reason, where there is none."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("left out: needs Debian's chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the script of axe-core, which axe-playwright-python brings."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("left out: needs axe-playwright-python")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("page"), experts=EXPERTS) as server:
        yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a page of a new reader; what it complains of on the console fails the test."""
    context = browser.new_context(viewport={"width": 1600, "height": 950}, locale="en-US", color_scheme="dark")
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if _is_complaint(said.text, said.type) else None)
    yield opened
    context.close()
    assert complaints == []


@pytest.fixture
def study(service: Server, request: pytest.FixtureRequest) -> str:
    """Upload a film of this test's own and return its study's id."""
    with service.client() as client:
        answer = upload(client, png(sum(request.node.name.encode())))
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()["id"])


def open_study(page: Page, server: Server, study: str) -> None:
    """Open a study and wait until its report can be written in."""
    page.goto(f"{server.url}/#/study/{study}")
    expect(page.locator("#section-findings")).to_be_visible(timeout=20_000)
    expect(page.locator(".save-state")).to_have_text("All is saved")


def until(page: Page, condition: str) -> None:
    """Wait for a condition; wait_for_function would need the page's policy to allow unsafe-eval."""
    ends = time.monotonic() + 20
    while not page.evaluate(condition):
        assert time.monotonic() < ends, condition
        page.wait_for_timeout(50)


def _is_complaint(text: str, kind: str) -> bool:
    # The browser itself reports each status of 400 and more, and a lost network: tests bring these about.
    return kind == "error" and "Failed to load resource" not in text
