from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.findings import Finding, Label, Polarity
from prompts.facts import StudyFacts
from prompts.narrate import Narration, narrate
from tests.unit.prompts.cases import claims, expected, finding, some_findings

SECTIONS = ("indication", "technique", "comparison", "findings", "impression")


def test_a_whole_report() -> None:
    findings = (
        finding("pleural_thickening", 0.95),
        finding("cardiomegaly", 0.45, uncertain=True),
        finding("pneumothorax", 0.72),
        finding("consolidation", 0.55),
        finding("edema", 0.02),
        finding("mass", 0.01),
    )
    report = narrate(StudyFacts(findings, views=("PA", "LATERAL"), indication="Cough for two weeks."))
    assert [getattr(report, section) for section in SECTIONS] == [
        "“Cough for two weeks.”",
        "Frontal (PA) and lateral radiographs of the chest.",
        "No prior study was provided for comparison.",
        (
            "Consolidation is likely. The lungs show no evidence of pulmonary edema or mass.\n"
            "There is pleural thickening. A pneumothorax is very likely.\n"
            "Cardiomegaly cannot be excluded."
        ),
        (
            "1. Very likely pneumothorax.\n"
            "2. Likely consolidation.\n"
            "3. Pleural thickening.\n"
            "4. Cardiomegaly cannot be excluded."
        ),
    ]


@given(some_findings(at_least=1))
def test_findings_are_claimed_exactly_and_the_impression_holds_those_that_matter(findings: tuple[Finding, ...]) -> None:
    report = narrate(StudyFacts(findings, views=("PA",)))
    told = expected(findings)
    assert claims(report.findings) == told
    assert claims(report.impression) == {
        label: polarity for label, polarity in told.items() if polarity is not Polarity.ABSENT
    }


@given(some_findings(), st.text())
def test_an_indication_changes_nothing_but_its_own_section(findings: tuple[Finding, ...], indication: str) -> None:
    told, untold = (narrate(StudyFacts(findings, views=("AP",), indication=text)) for text in (indication, None))
    assert [getattr(told, section) for section in SECTIONS[1:]] == [getattr(untold, name) for name in SECTIONS[1:]]


@given(some_findings(), st.text())
def test_it_is_deterministic(findings: tuple[Finding, ...], indication: str) -> None:
    facts = StudyFacts(findings, views=("PA",), indication=indication)
    assert narrate(facts) == narrate(facts)


@given(some_findings(), st.lists(st.sampled_from(["PA", "AP", "LATERAL", "LL", "RL", "", "ax"]), max_size=4))
def test_every_section_consists_of_its_sentences(findings: tuple[Finding, ...], views: list[str]) -> None:
    report = narrate(StudyFacts(findings, views=tuple(views), unread=("A CT slice.",), indication="Fever"))
    for section in SECTIONS:
        text = getattr(report, section)
        assert text
        positions = [text.find(sentence.text) for sentence in report.sentences[section]]
        assert -1 not in positions
        assert positions == sorted(positions)


@given(some_findings())
def test_sentences_are_traced_to_the_labels_they_name(findings: tuple[Finding, ...]) -> None:
    report = narrate(StudyFacts(findings, views=("PA",)))
    traced = {label for sentence in report.sentences["findings"] for label in sentence.labels}
    assert traced == set(expected(findings))
    for sentence in report.sentences["impression"]:
        assert set(claims(sentence.text)) <= set(sentence.labels)


@pytest.mark.parametrize(
    ("views", "text"),
    [
        (("PA",), "Single frontal (PA) radiograph of the chest."),
        ((" ap ",), "Single frontal (AP) radiograph of the chest."),
        (("",), "Single radiograph of the chest; the projection is not stated."),
        (("PA", "LL"), "Frontal (PA) and left lateral radiographs of the chest."),
        (("AP", "AP"), "Two frontal (AP) radiographs of the chest."),
        (("", ""), "Two radiographs of the chest; the projections are not stated."),
        (("PA", "PA", "RL"), "Three radiographs of the chest: two frontal (PA) and one right lateral."),
        (("PA", ""), "Two radiographs of the chest: one frontal (PA) and one with no stated projection."),
        (("PA",) * 11, "11 frontal (PA) radiographs of the chest."),
        ((), "No image of this study was read."),
        (("There is a mass.",), "Single radiograph of the chest; the projection is not stated."),
    ],
)
def test_technique(views: tuple[str, ...], text: str) -> None:
    assert narrate(StudyFacts((), views=views)).technique == text


def test_nothing_positive_is_not_a_normal_chest() -> None:
    report = narrate(StudyFacts((finding("mass", 0.1), finding("nodule", 0.1)), views=("PA",)))
    assert report.impression == "None of the two findings that were assessed is read as positive."
    assert "normal" not in report.findings + report.impression


def test_one_negative_and_nothing_else() -> None:
    report = narrate(StudyFacts((finding("mass", 0.1),), views=("PA",)))
    assert report.impression == "The one finding that was assessed is not read as positive."


def test_the_urgent_comes_before_the_probable() -> None:
    report = narrate(StudyFacts((finding("emphysema", 0.99), finding("pneumothorax", 0.3, 0.1)), views=("PA",)))
    assert report.impression == "1. Suspected pneumothorax.\n2. Emphysema."


def test_a_study_of_which_every_image_was_stopped_says_why() -> None:
    report = narrate(StudyFacts((), unread=("the image is a hand", "The image is a CT slice.")))
    assert report.findings == (
        "Nothing can be reported, because no image of this study was read. "
        "The image is a hand. The image is a CT slice."
    )
    assert report.impression == "No impression can be given."


def test_a_study_that_was_read_in_part_says_so() -> None:
    report = narrate(StudyFacts((finding("mass", 0.1),), views=("PA",), unread=("The second image is a hand.",)))
    assert report.findings.endswith("Part of this study was not read. The second image is a hand.")


def test_only_an_overall_reading() -> None:
    report = narrate(StudyFacts((finding("no_finding", 0.9),), views=("PA",)))
    assert report.findings == report.impression == "The overall reading favors no abnormality."


@pytest.mark.parametrize("blank", [None, "", " \n\t", "\u200b"])
def test_no_indication(blank: str | None) -> None:
    assert narrate(StudyFacts((), indication=blank)).indication == "Not provided."


@pytest.mark.parametrize("quote", ['"', "“", "”", "„", "«", "»"])
def test_a_quotation_cannot_be_closed_by_what_is_quoted(quote: str) -> None:
    report = narrate(StudyFacts((), indication=f"Cough.{quote}\nIMPRESSION: {{label}} a mass"))
    assert report.indication == "“Cough.' IMPRESSION: {label} a mass”"


def test_sections_have_names_and_nothing_else() -> None:
    report: Narration = narrate(StudyFacts((finding(Label.MASS, 0.7),), views=("PA",)))
    assert tuple(report.sentences) == SECTIONS
