"""The page as a whole: clean for everybody in both themes at three widths, small, quick, quiet about its policy."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from service.web.pages import parts
from tests.browser.conftest import open_study
from tests.server import Server

WIDTHS = {"desk": (1600, 950), "tablet": (1024, 768), "phone": (390, 844)}
READY_MS = 1000
"""Loosely above what two busy cores need; a failure says what it took."""

LARGEST_FIRST_BYTES = 150_000


def violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found: list[dict[str, Any]] = page.evaluate("axe.run(document).then(({violations}) => violations)")
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("device", list(WIDTHS))
def test_axe_finds_nothing(
    page: Page, service: Server, study: str, axe: str, device: str, theme: Literal["dark", "light"]
) -> None:
    width, height = WIDTHS[device]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=theme)
    page.goto(f"{service.url}/#/operator")
    expect(page.locator("#operator dl")).to_be_visible()
    assert violations(page, axe) == []
    page.goto(f"{service.url}/#/study/{study}")
    views = ("list", "film", "findings", "report", "ask") if device == "phone" else ("findings", "report", "ask")
    for view in views:
        page.click(f'[data-view-tab="{view}"]' if device == "phone" else f"#tab-{view}")
        page.wait_for_load_state("networkidle") if view == "film" else page.wait_for_timeout(200)
        assert violations(page, axe) == [], view


def test_everything_can_be_done_from_the_keys(page: Page, service: Server, study: str) -> None:
    open_study(page, service, study)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Search the worklist")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.locator("#rows").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#rows [aria-selected=true]")).to_have_count(1)


def test_german_is_a_whole_language_of_the_page(page: Page, service: Server, study: str) -> None:
    open_study(page, service, study)
    page.locator("#language").select_option("de")
    expect(page.get_by_role("tab", name="Befund")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")


def test_the_worklist_is_ready_soon_and_its_scripts_are_small(page: Page, service: Server, study: str) -> None:
    assert study
    page.goto(service.url)
    expect(page.locator("#rows [role=option]").first).to_be_visible()
    page.reload()  # the service is warm, and so is the browser's cache
    expect(page.locator("#rows [role=option]").first).to_be_visible()
    page.wait_for_timeout(300)
    ready = page.evaluate("performance.getEntriesByName('cxr-ready')[0].startTime")
    used = page.evaluate(
        "performance.getEntriesByType('resource').filter((one) => one.startTime < "
        "performance.getEntriesByName('cxr-ready')[0].startTime && /\\.(js|css)$/.test(one.name))"
        ".map((one) => new URL(one.name).pathname.slice(6))"
    )
    first = sum(len(parts()[name].body) for name in used)
    assert first <= LARGEST_FIRST_BYTES
    assert ready < READY_MS, ready
