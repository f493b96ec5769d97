"""The guard where no labeler reads the language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.findings import Finding, Label, Region, Zone
from prompts.audience import Audience
from prompts.facts import StudyFacts
from prompts.lexicons import languages
from prompts.narrate import narrate
from prompts.site import Normal, Site, Words
from service.domain.verification import Standing
from service.verification.foreign import check_foreign
from service.verification.grounds import Grounds

FACTS = StudyFacts(
    (
        Finding(Label.PLEURAL_EFFUSION, 0.93, 0.5, uncertain=False, experts=(), region=Region(Zone.LEFT_LOWER)),
        Finding(Label.PNEUMONIA, 0.52, 0.5, uncertain=True, experts=()),
        Finding(Label.PNEUMOTHORAX, 0.02, 0.5, uncertain=False, experts=()),
    ),
    views=("PA",),
)
FOREIGN = [language for language in languages() if language != "en"]


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("language", FOREIGN)
def test_the_narrators_own_sentences_are_supported_whoever_reads_them(language: str, audience: Audience) -> None:
    facts = replace(FACTS, language=language)
    report = narrate(facts, audience)
    checked = check_foreign({"findings": report.findings, "impression": report.impression}, Grounds(facts))
    assert [s.text for s in checked.sentences if s.verdict is not Standing.SUPPORTED] == []
    assert (checked.omissions, checked.limits) == ((), ())


def test_a_sites_own_sentences_are_supported() -> None:
    absent = tuple(replace(finding, probability=0.1, uncertain=False, region=None) for finding in FACTS.findings)
    facts = replace(FACTS, findings=absent, language="de")
    site = Site("site@1", {"de": Words(normal=Normal("Lunge frei. Kein Nachweis: {findings}.", "Unauffällig."))})
    report = narrate(facts, site=site)
    sections = {"findings": report.findings, "impression": report.impression}
    assert check_foreign(sections, Grounds(facts, site=site)).limits == ()
    unknown = check_foreign(sections, Grounds(facts))
    assert [s.text for s in unknown.sentences if s.verdict is Standing.UNSUPPORTED] == ["Lunge frei.", "Unauffällig."]


def test_what_is_not_the_narrators_is_not_supported_by_being_like_it() -> None:
    facts = replace(FACTS, language="de")
    checked = check_foreign({"findings": "Das Herz ist vergrößert.", "impression": "Alles gut."}, Grounds(facts))
    assert {s.verdict for s in checked.sentences} == {Standing.UNSUPPORTED}
    assert {one.label for one in checked.omissions} == {"pleural_effusion", "pneumonia"}


def test_what_a_referrer_wrote_is_not_the_narrators_own() -> None:
    facts = replace(FACTS, language="de", indication="Husten. Das Herz ist vergrößert. Alles gut.")
    (quoted,) = narrate(facts).sentences["indication"]
    for said in ("Das Herz ist vergrößert.", quoted.text):
        checked = check_foreign({"answer": said}, Grounds(facts))
        assert Standing.UNSUPPORTED in {sentence.verdict for sentence in checked.sentences}
