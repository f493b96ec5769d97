"""A site's own words, from its file to its drafts, their provenance and its phrases."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts.narrate import narrate
from prompts.site import NO_SITE
from prompts.site_file import load_site
from service.domain.phrase import Phrase
from service.domain.report import DraftOptions
from service.ports import DraftJob
from service.usecases.checks import Checks
from service.usecases.facts import facts_of
from service.usecases.lookup import report_of
from service.usecases.phrases import standing_phrases
from tests.fakes import FakeExpert, FakeModel
from tests.unit.usecases.desk import REPORT, Desk

FILE = """
[en]
technique = ["Upright, in inspiration."]

[en.phrases.present.very_likely]
finding = "We see {name}{place}."

[de]
technique = ["Im Stehen."]

[de.normal]
findings = "Kein Nachweis: {findings}."
impression = "Unauff\u00e4llig."
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def desk_with(path: Path, model: FakeModel | None = None) -> Desk:
    desk = Desk(model=model or FakeModel(REPORT))
    desk.guard.site = load_site(path)
    return desk


async def test_a_draft_is_asked_for_in_the_sites_words_and_says_so(path: Path) -> None:
    model = FakeModel(REPORT)
    desk = desk_with(path, model)
    study = await desk.read_study(b"film")
    await desk.draft.write(DraftJob(study.id, "one", DraftOptions(), "alice-id"))
    report = await report_of(desk.storage, "one")
    assert report.sections.technique.endswith(" Upright, in inspiration.")
    asked = model.requests[0].messages[1].content
    assert "Upright, in inspiration." in asked
    assert report.provenance["site"] == load_site(path).version
    assert report.provenance["prompt"]["version"].endswith(load_site(path).version)


async def test_the_narrator_speaks_them_and_a_german_check_knows_them(path: Path) -> None:
    desk = desk_with(path)
    study = await desk.read_study(b"film")
    await desk.draft.write(DraftJob(study.id, "one", DraftOptions(language="de", llm="narrator"), "alice-id"))
    report = await report_of(desk.storage, "one")
    facts = facts_of(desk.stored(study.id), language="de")
    assert report.sections.findings == narrate(facts, site=desk.guard.site).findings
    assert report.verification is not None
    assert report.verification.limits == ()
    again = await Checks(desk.storage, "mark", desk.guard.site).of(desk.stored(study.id), report)
    assert again.limits == ()


async def test_a_site_without_a_file_adds_nothing() -> None:
    desk = Desk()
    study = await desk.read_study(b"film")
    await desk.draft.write(DraftJob(study.id, "one", DraftOptions(), "alice-id"))
    report = await report_of(desk.storage, "one")
    assert report.provenance["site"] is None
    assert "site@" not in report.provenance["prompt"]["version"]


def test_the_phrases_of_the_file_are_whole_texts(path: Path) -> None:
    assert standing_phrases(load_site(path), [FakeExpert()]) == (
        Phrase("technique 1", "technique", "en", "Upright, in inspiration."),
        Phrase("technique 1", "technique", "de", "Im Stehen."),
        Phrase("normal report", "findings", "de", "Kein Nachweis: Pneumothorax oder Pleuraerguss."),
        Phrase("normal impression", "impression", "de", "Unauff\u00e4llig."),
    )
    assert standing_phrases(NO_SITE, [FakeExpert()]) == ()
