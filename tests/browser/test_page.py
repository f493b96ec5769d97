"""The page as a whole: clean for everybody in both themes at three widths, small, quick, quiet about its policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import open_study
from tests.browser.figures import measure
from tests.server import Server, running

WIDTHS = {"desk": (1600, 950), "tablet": (1024, 768), "phone": (390, 844)}


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


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_at_the_start_and_in_the_dialogs(
    page: Page, service: Server, study: str, axe: str, theme: Literal["dark", "light"]
) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto(service.url)
    expect(page.get_by_role("button", name="Add films")).to_be_visible()
    assert violations(page, axe) == [], "start"
    open_study(page, service, study)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("dialog[open]")).to_be_visible()
    assert violations(page, axe) == [], "sign"
    page.keyboard.press("Escape")
    page.locator("body").press("?")
    expect(page.locator("dialog[open]")).to_be_visible()
    assert violations(page, axe) == [], "keys"


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


def test_the_browser_tells_how_quick_the_page_is(
    page: Page, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """The figures are recorded, not judged: what else this machine does would be judged with them."""
    with running(tmp_path, experts="tests.plugs:expert") as server:
        found = measure(page, server, rounds=1, side=1500)
        page.goto("about:blank")
    for name, value in found.items():
        record_property(name, value)
    assert all(found[name]["median"] > 0 for name in ("ready_ms", "first_picture_ms", "frame_ms"))
    assert found["driver"]
