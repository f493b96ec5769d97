"""Takes a picture of every view, in both themes at three widths; and the two that the README shows.

    python -m tests.browser.pictures FOLDER [--views NAME ...] [--readme]

The service is real, its films are drawn and of nobody, and what is found on them is what ``tests.browser.drawn`` says.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

from tests.browser.drawn import HEARTS
from tests.dicom_factory import dataset, part10
from tests.phantom import draw_phantom
from tests.server import ROOT, Server, running, upload

WIDTHS = {"desk": (1440, 900), "tablet": (900, 1180), "phone": (390, 844)}
THEMES = ("dark", "light")
README = {"report-dark-desk": "reading.png", "why-light-desk": "sentence.png"}
COLOURS = 128
FALSE = "There is a large right pneumothorax."
# Who, why, and the case of ``tests.browser.drawn`` that the film shows; the last one's prior is the first.
FILMS = (
    ("4711 / ward 3", "Dyspnoea, known heart failure", 3),
    ("0815 / ICU", "Central line placed", 4),
    ("2203 / outpatient", "Cough for two weeks", 1),
    ("3318 / emergency", "Fall, chest pain", 3),
    ("1946 / ward 1", "Before operation", 3),
    ("5120 / emergency", "Fever", 2),
    ("4711 / ward 3", "Dyspnoea, worse since yesterday", 0),
)


@dataclass(frozen=True)
class Room:
    """What the pictures are taken of."""

    url: str
    study: str


def main() -> None:
    """Take the pictures into the folder that was named."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--readme", action="store_true", help="write docs/pictures too")
    asked.add_argument("--views", nargs="+", choices=VIEWS, default=list(VIEWS), help="some of them only")
    given = asked.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with running(Path(data), experts="tests.browser.drawn:expert") as server:
            for theme, device in product(THEMES, WIDTHS):
                page = opened(browser, server.url, theme, device)
                page.screenshot(path=given.folder / f"start-{theme}-{device}.png")
                page.context.close()
            room = furnish(server)
            for name, (theme, device) in product(given.views, product(THEMES, WIDTHS)):
                take(browser, room, given.folder / f"{name}-{theme}-{device}.png", name)
        browser.close()
    if given.readme:
        show(given.folder, ROOT / "docs" / "pictures")


def furnish(server: Server) -> Room:
    """Upload a morning's films: one with its prior, all of nobody."""
    ids: list[str] = []
    with server.client() as client:
        for number, (ref, indication, case) in enumerate(FILMS):
            prior = ids[0] if number == len(FILMS) - 1 else ""
            labels = {"patient_ref": ref, "indication": indication, "prior_study_id": prior}
            answer = upload(client, film(number, HEARTS[case]), headers=None, **labels)
            assert answer.is_success, answer.text
            ids.append(answer.json()["id"])
    return Room(server.url, ids[-1])


def film(seed: int, heart: float) -> bytes:
    """Draw a chest film as a radiographer's machine would send it."""
    pixels = draw_phantom(1400, 1300, heart_width=heart, seed=seed, noise=0.008)
    return part10(dataset(pixels, ViewPosition="PA", PixelSpacing=[0.3, 0.3]))


def take(browser: Browser, room: Room, picture: Path, name: str) -> None:
    """Take one view; the picture's name says in which theme, at which width."""
    _, theme, device = picture.stem.split("-")
    page = opened(browser, room.url, theme, device)
    VIEWS[name](page, room, device)
    page.wait_for_timeout(400)
    page.screenshot(path=picture)
    page.context.close()


def opened(browser: Browser, url: str, theme: str, device: str) -> Page:
    """Open the page for a new reader."""
    width, height = WIDTHS[device]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="light" if theme == "light" else "dark",
        locale="en-GB",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(url)
    page.locator("#service-state:not(:empty)").wait_for(state="attached")
    return page


def study(page: Page, room: Room, device: str, tab: str) -> None:
    """Open a study at a tab, and wait for the whole film."""
    page.goto(f"{room.url}/#/study/{room.study}")
    page.locator("#section-findings").wait_for(state="attached")
    page.click(f'[data-view-tab="{tab}"]' if device == "phone" else f"#tab-{tab}")
    page.wait_for_timeout(1500)


def worklist(page: Page, room: Room, device: str) -> None:
    """Show the worklist."""
    page.goto(room.url)
    page.locator("#rows [role=option]").first.wait_for(state="attached")
    if device == "phone":
        page.click('[data-view-tab="list"]')
    page.wait_for_timeout(600)


def film_view(page: Page, room: Room, device: str) -> None:
    """Show the film with a finding lit and its heatmap."""
    study(page, room, device, "findings")
    if device == "phone":
        page.click('[data-view-tab="film"]')
    page.keyboard.press("h")
    page.wait_for_timeout(600)


def findings(page: Page, room: Room, device: str) -> None:
    """Show the findings with one opened."""
    study(page, room, device, "findings")
    page.locator(".finding summary").first.click()
    page.locator(".finding summary").first.hover()


def report(page: Page, room: Room, device: str) -> None:
    """Show the report as it was drafted."""
    study(page, room, device, "report")


def why(page: Page, room: Room, device: str) -> None:
    """Show a sentence that nobody found, and why."""
    study(page, room, device, "report")
    field = page.locator("#section-findings")
    before = field.input_value()
    if FALSE not in before:
        field.fill(f"{before} {FALSE}")
    mark = page.locator(".mark.contradicted, .mark.unsupported").and_(page.get_by_role("button", name=FALSE))
    mark.click(timeout=15_000)
    page.locator(".why").wait_for()


def prior(page: Page, room: Room, device: str) -> None:
    """Show a study beside its prior."""
    study(page, room, device, "report")
    page.locator(".prior").scroll_into_view_if_needed()


def suggestion(page: Page, room: Room, device: str) -> None:
    """Show a new draft beside what is written."""
    study(page, room, device, "report")
    page.get_by_role("button", name="Draft again").click()
    page.locator(".suggestion .offer, .suggestion p").last.wait_for()
    page.wait_for_timeout(1200)


def ask(page: Page, room: Room, device: str) -> None:
    """Show a question and its answer."""
    study(page, room, device, "ask")
    page.locator("#question").fill("How large is the heart?")
    page.keyboard.press("Enter")
    page.locator(".answer .cite, .answer .link").first.wait_for(timeout=20_000)


def operator(page: Page, room: Room, _device: str) -> None:
    """Show the operator's page."""
    page.goto(f"{room.url}/#/operator")
    page.locator("#operator dl").wait_for()


def keys(page: Page, room: Room, device: str) -> None:
    """Show the list of keys."""
    study(page, room, device, "report")
    page.keyboard.press("?")


def signing(page: Page, room: Room, device: str) -> None:
    """Show what is asked before a report is signed."""
    study(page, room, device, "report")
    page.keyboard.press("Control+Enter")


def uploads(page: Page, room: Room, device: str) -> None:
    """Show a batch with a file that is refused."""
    worklist(page, room, device)
    letter: FilePayload = {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 no film"}
    one: FilePayload = {"name": "film.dcm", "mimeType": "application/dicom", "buffer": film(11, 0.45)}
    page.set_input_files("#files", [letter, one])
    page.wait_for_timeout(2500)


def sheet(page: Page, room: Room, device: str) -> None:
    """Show what is printed."""
    study(page, room, device, "report")
    page.evaluate("window.print = () => {}")
    page.locator("summary.button", has_text="Export").click()
    page.get_by_role("button", name="Print").click()
    page.emulate_media(media="print")


VIEWS: dict[str, Callable[[Page, Room, str], None]] = {
    "worklist": worklist,
    "film": film_view,
    "findings": findings,
    "report": report,
    "prior": prior,
    "suggestion": suggestion,
    "ask": ask,
    "operator": operator,
    "keys": keys,
    "signing": signing,
    "uploads": uploads,
    "sheet": sheet,
    "why": why,  # last: it changes the report
}


def show(taken: Path, folder: Path) -> None:
    """Write the README's pictures, with few enough colours to be small."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, wanted in README.items():
        picture = Image.open(taken / f"{name}.png").convert("RGB")
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(folder / wanted, optimize=True)


if __name__ == "__main__":
    main()
