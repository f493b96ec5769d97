"""What a reader does from upload to signature, against the real service."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from tests.browser.conftest import EXPERTS, open_study
from tests.factories import png
from tests.fault_llm import FaultServer
from tests.server import Server, running

FALSE = "There is a large right pneumothorax."


def write(page: Page, text: str) -> None:
    page.locator("#section-findings").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def mark_of(page: Page, sentence: str) -> Locator:
    """Return the mark in the margin beside a sentence."""
    return page.locator(".mark.contradicted, .mark.unsupported").and_(page.get_by_role("button", name=sentence))


def test_from_upload_to_signed_report(page: Page, service: Server) -> None:
    page.goto(service.url)
    film: FilePayload = {"name": "film.png", "mimeType": "image/png", "buffer": png(4711)}
    page.set_input_files("#files", [film])
    expect(page.locator("#section-impression")).to_be_visible(timeout=30_000)
    page.locator("#section-impression").fill("No acute finding.")
    expect(page.locator(".save-state")).to_have_text("All is saved")
    page.keyboard.press("Control+Enter")
    page.get_by_role("dialog").get_by_role("button", name="Sign").click()
    expect(page.locator(".signed")).to_contain_text("Signed by")
    expect(page.locator("#section-impression")).not_to_be_editable()
    page.get_by_role("button", name="Add an addendum").click()
    page.get_by_role("dialog").locator("textarea").fill("Discussed by telephone.")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(page.locator(".signed")).to_contain_text("Discussed by telephone.")


def test_a_wrong_sentence_is_marked_and_replaced(page: Page, service: Server, study: str) -> None:
    open_study(page, service, study)
    write(page, f" {FALSE}")
    mark_of(page, FALSE).click()
    card = page.locator(".why")
    expect(card).to_contain_text(FALSE)
    card.get_by_role("button", name="Replace").click()
    expect(page.locator("#section-findings")).not_to_have_value(f"*{FALSE}")
    expect(page.locator(".save-state")).to_have_text("All is saved")
    assert FALSE not in page.locator("#section-findings").input_value()
    page.keyboard.press("Control+z")
    assert FALSE in page.locator("#section-findings").input_value()


def test_what_is_kept_against_the_doubt_is_recorded(page: Page, service: Server, study: str) -> None:
    open_study(page, service, study)
    write(page, f" {FALSE}")
    mark_of(page, FALSE).click()
    page.get_by_role("button", name="Keep as mine").click()
    expect(page.locator(".mark.kept")).to_be_visible()
    expect(page.locator(".save-state")).to_have_text("All is saved")
    page.reload()
    expect(page.locator(".mark.kept")).to_be_visible()


def test_an_answer_cites_and_becomes_a_suggestion(page: Page, service: Server, study: str) -> None:
    open_study(page, service, study)
    page.get_by_role("tab", name="Ask").click()
    page.locator("#question").fill("Is there cardiomegaly or an effusion?")
    page.keyboard.press("Enter")
    cited = page.locator(".answer .cite").first
    cited.click(timeout=20_000)
    expect(cited).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Suggest for the report").last.click()
    page.locator(".suggestion").get_by_role("button", name="Into Impression").click()
    expect(page.locator(".save-state")).to_have_text("All is saved")


def test_two_readers_join_their_versions(page: Page, service: Server, study: str) -> None:
    open_study(page, service, study)
    with service.client() as client:
        report = client.get(f"/api/v1/studies/{study}").json()["reports"][0]
        headers = {"If-Match": f'"{report["version"]}"'}
        changed = client.patch(report["links"]["self"], json={"findings": "Theirs."}, headers=headers)
    assert changed.status_code == 200, changed.text
    page.locator("#section-findings").fill("Mine.")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Both").check()
    dialog.get_by_role("button", name="Go on").click()
    expect(page.locator("#section-findings")).to_have_value("Theirs.\nMine.")
    expect(page.locator(".save-state")).to_have_text("All is saved")


def test_a_reload_without_the_network_loses_nothing(page: Page, service: Server, study: str) -> None:
    open_study(page, service, study)
    page.route(
        "**/api/v1/reports/*", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_()
    )
    write(page, " Typed before the crash.")
    expect(page.locator(".save-state")).to_contain_text("Not saved")
    page.reload()
    expect(page.locator("#section-findings")).to_be_visible()
    assert "Typed before the crash." in page.locator("#section-findings").input_value()
    page.unroute("**/api/v1/reports/*")
    expect(page.locator(".save-state")).to_have_text("All is saved", timeout=15_000)


def test_a_bad_file_is_named_and_the_others_are_taken(page: Page, service: Server) -> None:
    page.goto(service.url)
    good: FilePayload = {"name": "good.png", "mimeType": "image/png", "buffer": png(815)}
    bad: FilePayload = {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 no film"}
    page.set_input_files("#files", [bad, good])
    expect(page.locator("#uploads-state")).to_contain_text("1 of 2 stored, 1 refused", timeout=20_000)
    expect(page.locator("#uploads-list .failed")).to_contain_text("letter.pdf")


def test_a_failed_language_model_is_told_and_the_narrator_writes(
    page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = {"experts": EXPERTS, "llm": "openai", "llm_model": "m", "llm_max_retries": "0"}
    with (
        FaultServer("server-error") as model,
        running(tmp_path_factory.mktemp("down"), llm_base_url=model.base_url, **settings) as server,
    ):
        page.goto(server.url)
        page.locator(".sample").click()
        expect(page.locator(".fallback")).to_contain_text("narrator", timeout=30_000)
        expect(page.locator("#service-state")).to_have_text("Ready, with limits")
        page.goto("about:blank")


def test_a_session_that_ends_keeps_what_is_typed(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("keys"), experts=EXPERTS, auth="keys") as server:
        key, other = (server.run("keys", "create", name).strip() for name in ("alice", "alice-again"))
        context = browser.new_context(locale="en-US")
        page = context.new_page()
        page.goto(server.url)
        page.get_by_label("Key", exact=True).fill(key)
        page.get_by_role("button", name="Go on").click()
        page.locator(".sample").click()
        expect(page.locator("#section-findings")).to_be_visible(timeout=30_000)
        page.evaluate("sessionStorage.setItem('cxr.key', 'cxr_revoked')")
        write(page, " Typed meanwhile.")
        expect(page.get_by_role("dialog")).to_contain_text("Nothing you typed is lost")
        page.get_by_label("Key", exact=True).fill(other)
        page.get_by_role("button", name="Go on").click()
        expect(page.locator(".save-state")).to_have_text("All is saved", timeout=15_000)
        assert "Typed meanwhile." in page.locator("#section-findings").input_value()
        context.close()
