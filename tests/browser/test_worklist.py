"""A worklist of thousands: only what is in sight exists, and all of it can be reached."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import until
from tests.browser.filled import fill
from tests.factories import png
from tests.server import Server, running

STUDIES = 2000
MOST_ROWS = 40
"""Rows that may exist at once: those of a screen, and a few above and below it."""


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("full"), experts="tests.plugs:expert") as server:
        fill(server, STUDIES)
        yield server


def test_thousands_of_rows_are_gone_through_to_the_last_from_the_keys(page: Page, full: Server) -> None:
    page.goto(full.url)
    rows = page.locator("#rows [role=option]")
    expect(rows.first).to_be_visible()
    page.locator("#rows").focus()
    ends = time.monotonic() + 80
    while page.locator("#rows-count").inner_text() != f"{STUDIES} studies":
        assert time.monotonic() < ends, page.locator("#rows-count").inner_text()
        page.keyboard.press("End")
        assert rows.count() <= MOST_ROWS
    page.keyboard.press("End")
    expect(page.locator("#rows .active")).to_have_attribute("aria-posinset", str(STUDIES))
    expect(page.locator("#rows .active")).to_have_attribute("aria-setsize", str(STUDIES))
    assert rows.count() <= MOST_ROWS
    page.keyboard.press("Enter")
    expect(page.locator("#rows [aria-selected=true]")).to_have_count(1)
    assert "#/study/study-" in page.url
    page.keyboard.press("Home")
    page.locator("#rows").focus()
    page.keyboard.press("Home")
    expect(page.locator("#rows .active")).to_have_attribute("aria-posinset", "1")


def test_a_search_and_filters_find_one_among_thousands(page: Page, full: Server) -> None:
    page.goto(full.url)
    page.locator("#search").fill("01999")
    expect(page.locator("#rows .ref")).to_have_count(1)
    expect(page.locator("#rows .ref")).to_contain_text("Patient 01999")
    page.locator("#search").fill("")
    page.locator("[name=finding]").select_option("nodule")
    until(page, "[...document.querySelectorAll('#rows .said')].every((one) => one.textContent.includes('nodule'))")
    page.locator("#search").fill("nobody of this name")
    expect(page.locator("#rows-state")).to_contain_text("No study")
    page.locator("#rows-state button").click()
    expect(page.locator("#rows .ref").first).to_be_visible()


def test_what_comes_in_elsewhere_appears_without_being_asked_for(page: Page, full: Server) -> None:
    page.goto(full.url)
    page.locator("#search").fill("newcomer")
    expect(page.locator("#rows .ref")).to_have_count(0)
    with full.client() as client:
        films = {"files": ("film.png", png(33_033))}
        assert client.post("/api/v1/studies", files=films, data={"patient_ref": "Newcomer"}).is_success
    expect(page.locator("#rows .ref")).to_contain_text(["Newcomer"], timeout=10_000)
