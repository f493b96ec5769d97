"""A site's own words: what they change, what they leave, and what is refused when its file is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models.findings import Abstention, Finding, Label
from prompts.audience import Audience
from prompts.facts import StudyFacts
from prompts.narrate import narrate
from prompts.render import report_prompt
from prompts.site import NO_SITE, Site
from prompts.site_file import SiteError, load_site
from tests.unit.prompts.cases import finding

FILE = """
[en]
technique = ["Upright, in inspiration. {no field}"]

[en.headings]
findings = "Report"

[en.phrases.present.certain]
finding = "{phrase} {is} seen{place}."

[en.phrases.narration]
no_indication = "None given."

[en.normal]
findings = "No {findings}."
impression = "No abnormality among: {findings}."

[de.headings]
findings = "Befundbericht"
"""
ABSENT = (finding("mass", 0.1), finding("nodule", 0.1))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return written(tmp_path, FILE)


def written(folder: Path, text: str) -> Site:
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return load_site(path)


def facts(*findings: Finding) -> StudyFacts:
    return StudyFacts(findings, views=("PA",))


def test_phrases_and_standing_sentences_are_the_sites(site: Site) -> None:
    report = narrate(facts(finding("mass", 0.95), finding("edema", 0.8)), site=site)
    assert report.findings == "A mass is seen. Pulmonary edema is very likely."
    assert report.indication == "None given."
    assert report.technique == "Single frontal (PA) radiograph of the chest. Upright, in inspiration. {no field}"


def test_headings_are_by_language(site: Site) -> None:
    assert site.headings("en")["findings"] == "Report"
    assert site.headings("de")["findings"] == "Befundbericht"
    assert site.headings("fr") == NO_SITE.headings("fr")


def test_another_language_and_a_patient_keep_their_words(site: Site) -> None:
    german = replace(facts(finding("mass", 0.95)), language="de")
    assert narrate(german, site=site) == narrate(german)
    for_patient = narrate(facts(*ABSENT), Audience.PATIENT, site)
    assert for_patient.findings == narrate(facts(*ABSENT), Audience.PATIENT).findings
    assert for_patient.technique.endswith("{no field}")


def test_a_model_is_given_the_sites_words_and_the_version_says_so(site: Site) -> None:
    prompt = report_prompt(facts(finding("mass", 0.95)), site=site)
    assert "- A mass is seen." in prompt.messages[1][1]
    assert "Upright, in inspiration." in prompt.messages[1][1]
    assert prompt.version.split()[-1].startswith("site@")


def test_a_report_with_nothing_found_is_the_sites(site: Site) -> None:
    report = narrate(facts(*ABSENT), site=site)
    assert report.findings == "No mass or nodule."
    assert report.impression == "No abnormality among: mass or nodule."
    assert report.sentences["findings"][0].labels == (Label.MASS, Label.NODULE)


@pytest.mark.parametrize(
    "other",
    [
        facts(*ABSENT, finding("edema", 0.9)),
        facts(*ABSENT, finding("edema", 0.4, uncertain=True)),
        facts(*ABSENT, replace(finding("edema", 0.1), abstentions=(Abstention.CHILD,))),
        facts(*ABSENT, finding("no_finding", 0.1)),
        facts(*ABSENT, finding("no_finding", 0.5, uncertain=True)),
        replace(facts(*ABSENT), unread=("The image is a hand.",)),
        replace(facts(*ABSENT), silence={Label.EDEMA: (Abstention.CHILD,)}),
        facts(),
        facts(finding("no_finding", 0.9)),
    ],
)
def test_any_doubt_or_gap_and_the_report_is_not_normal(other: StudyFacts, site: Site) -> None:
    assert site.normal(other, site.lexicon("en")) is None
    assert "No abnormality among" not in narrate(other, site=site).impression


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[en", r"site\.toml: "),
        ("[xx.headings]\nfindings = 'F'", "no language 'xx', but de, en"),
        ("en = 1", "en is no table"),
        ("[en.sections]\na = 'b'", r"en\.sections is unknown"),
        ("[en.headings]\nreport = 'F'", r"en\.headings\.report is no phrase of en/phrases\.toml"),
        ("[en.headings]\nfindings = 3", r"en\.headings\.findings is no text"),
        ("[en]\nheadings = 3", r"en\.headings is no table"),
        ("[en]\nphrases = 'x'", r"en\.phrases is no table"),
        ("[en.phrases.words]\nnumbers = ['x']", r"words\.numbers is no phrase"),
        ("[en.phrases.present.certain]\nfinding = '{phrase} {is} seen.'", r"lacks the field \{place\}"),
        ("[en.phrases.present.certain]\nfinding = 'Seen{place}.'", "names no finding"),
        ("[en.phrases.present.certain]\nfinding = '{phrase}{place} {age}'", r"unknown field \{age\}"),
        ("[en.phrases.present.certain]\nfinding = '{phrase.x}{place}'", "cannot be read"),
        ("[en.phrases.present.certain]\nfinding = '{phrase'", "cannot be read"),
        ("[en.phrases.narration]\nno_impression = 'None in {name}.'", r"unknown field \{name\}"),
        ("[en]\ntechnique = 'Upright.'", "technique is no list of sentences"),
        ("[en]\ntechnique = ['']", "technique is no list of sentences"),
        ("[en.normal]\nfindings = 'Normal.'", "needs the texts findings and impression"),
        ("[en.normal]\nfindings = 'Normal {heart}.'\nimpression = 'x'", r"other than \{findings\}"),
        ("[en.normal]\nfindings = '{'\nimpression = 'x'", "cannot be read"),
        ("[en.normal]\nfindings = 1\nimpression = 'x'", r"normal\.findings is no text"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(SiteError, match=complaint):
        written(tmp_path, text)


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"headings\.a .*; .*technique"):
        written(tmp_path, "[en]\ntechnique = 1\n[en.headings]\na = 'b'")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"nowhere\.toml"):
        load_site(tmp_path / "nowhere.toml")
