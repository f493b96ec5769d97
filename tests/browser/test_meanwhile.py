"""What comes in between while a reader writes: another's signature, a new draft, a reload; and what stands beside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import open_study, until
from tests.browser.test_reading import write
from tests.factories import png
from tests.server import Json, Server, upload

MINE = " Typed in the middle."


def report_of(service: Server, study: str) -> Json:
    with service.client() as client:
        found: Json = client.get(f"/api/v1/studies/{study}").json()["reports"][0]
    return found


def sign(service: Server, study: str) -> None:
    """Sign as another reader does, elsewhere."""
    report = report_of(service, study)
    with service.client() as client:
        answer = client.post(report["links"]["sign"], headers={"If-Match": f'"{report["version"]}"'})
    assert answer.status_code == 200, answer.text


def test_what_was_typed_before_another_signed_becomes_an_addendum(page: Page, service: Server, study: str) -> None:
    open_study(page, service, study)
    sign(service, study)
    write(page, MINE)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("signed meanwhile")
    assert MINE.strip() in dialog.get_by_label("Your text").input_value()
    dialog.get_by_role("button", name="Add an addendum").click()
    expect(dialog.locator("textarea")).to_have_value(ending(MINE))
    dialog.get_by_role("button", name="Add").click()
    expect(page.locator(".signed")).to_contain_text(MINE.strip())
    expect(page.locator("#section-findings")).not_to_be_editable()
    assert MINE not in page.locator("#section-findings").input_value()


def test_signing_what_another_signed_shows_his_signature(page: Page, service: Server, study: str) -> None:
    open_study(page, service, study)
    sign(service, study)
    page.keyboard.press("Control+Enter")
    page.get_by_role("dialog").get_by_role("button", name="Sign").click()
    expect(page.locator(".signed")).to_contain_text("Signed by")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_new_draft_is_a_suggestion_beside_what_is_being_written(page: Page, service: Server, study: str) -> None:
    open_study(page, service, study)
    page.locator("#section-findings").fill("My own words.")
    page.get_by_role("button", name="Draft again").click()
    write(page, MINE)
    layer = page.locator(".suggestion")
    take = layer.get_by_role("button", name="Take this section")
    expect(take.first).to_be_visible(timeout=20_000)
    expect(page.locator("#section-findings")).to_have_value(f"My own words.{MINE}")
    expect(layer.locator(".diff").first).to_be_visible()
    take.first.click()
    expect(page.locator("#section-findings")).not_to_have_value(f"My own words.{MINE}")
    page.locator("#section-findings").focus()
    page.keyboard.press("Control+z")
    expect(page.locator("#section-findings")).to_have_value(f"My own words.{MINE}")
    expect(page.locator(".save-state")).to_have_text("All is saved")


def test_a_reload_in_the_middle_of_a_word_keeps_it(page: Page, service: Server, study: str) -> None:
    open_study(page, service, study)
    write(page, MINE)
    page.reload()  # sooner than it is saved
    expect(page.locator("#section-findings")).to_have_value(ending(MINE))
    expect(page.locator(".save-state")).to_have_text("All is saved")
    assert report_of(service, study)["sections"]["findings"].endswith(MINE)


def test_the_prior_study_and_its_report_stand_beside(page: Page, service: Server) -> None:
    page.set_viewport_size({"width": 1700, "height": 950})
    with service.client() as client:
        earlier = upload(client, png(90_210)).json()["id"]
        later = upload(client, png(90_211), prior_study_id=earlier).json()["id"]
    open_study(page, service, later)
    beside = page.locator(".prior")
    expect(beside).to_contain_text("Report of the prior study")
    expect(beside).to_contain_text(report_of(service, earlier)["sections"]["impression"].split("\n")[0])
    expect(page.locator(".viewer-film:not(.empty)")).to_have_count(2)


def test_what_is_printed_is_the_report_and_nothing_of_the_page(page: Page, service: Server, study: str) -> None:
    open_study(page, service, study)
    page.evaluate("window.print = () => { document.title = 'printed'; }")
    page.locator("summary.button", has_text="Export").click()
    page.get_by_role("button", name="Print").click()
    expect(page).to_have_title("printed")
    page.emulate_media(media="print")
    sheet = page.locator("#sheet")
    expect(sheet).to_be_visible()
    expect(page.locator("header").first).to_be_hidden()
    expect(sheet.locator(".stamp")).to_have_text("DRAFT, NOT SIGNED")
    expect(sheet).to_contain_text(report_of(service, study)["sections"]["impression"].split("\n")[0])
    expect(sheet.locator(".origin")).to_contain_text("not a medical device")
    assert page.pdf().startswith(b"%PDF")


def test_a_folder_is_dropped_with_a_bad_file_in_it(page: Page, service: Server, tmp_path: Path) -> None:
    inner = tmp_path / "films" / "deep"
    inner.mkdir(parents=True)
    (tmp_path / "films" / "one.png").write_bytes(png(71_001))
    (inner / "two.png").write_bytes(png(71_002))
    (inner / "letter.txt").write_text("Dear colleague", encoding="utf-8")
    (inner / "Thumbs.db").write_bytes(b"left by a file manager")
    page.goto(service.url)
    expect(page.locator("#service-state")).not_to_be_empty()
    drop(page, tmp_path / "films")
    expect(page.locator("#uploads-state")).to_contain_text("2 of 3 stored, 1 refused", timeout=30_000)
    refused = page.locator("#uploads-list .failed")
    expect(refused).to_have_count(1)
    expect(refused).to_contain_text("letter.txt")
    assert "Error" not in refused.inner_text()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#uploads")).to_be_hidden()


@pytest.mark.parametrize("typed", ["", "Only mine."])
def test_a_network_that_goes_is_told_and_comes_back(page: Page, service: Server, study: str, typed: str) -> None:
    open_study(page, service, study)
    until(page, "performance.getEntriesByName('viewer:full').length > 0")
    page.context.set_offline(True)
    expect(page.locator("#announcer")).to_contain_text("network")
    if typed:
        page.locator("#section-findings").fill(typed)
        expect(page.locator(".save-state")).to_contain_text("Kept in this browser")
    page.context.set_offline(False)
    expect(page.locator(".save-state")).to_have_text("All is saved")
    assert not typed or report_of(service, study)["sections"]["findings"] == typed


def ending(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text.rstrip()) + r"\s*$")


def drop(page: Page, *paths: Path) -> None:
    """Drop files or folders on the page as the desktop does: Playwright has no call of its own for that."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 600, "y": 400, "data": data})
        page.wait_for_timeout(100)  # the page answers each one before the next
