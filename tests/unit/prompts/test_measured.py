"""What was measured is said with its number, and an expert that kept silent is told with its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.findings import Abstention, Finding, Label, Measure
from prompts import lexicons
from prompts.answer import answer
from prompts.facts import StudyFacts
from prompts.narrate import narrate
from prompts.render import report_prompt
from prompts.verbalise import Style, verbalise
from tests.unit.prompts.cases import finding

RATIO = Measure("cardiothoracic_ratio", 0.557, 0.0149)
MEASURED = replace(finding("cardiomegaly", 0.8), measure=RATIO)
UNMEASURED = replace(finding("cardiomegaly", 0.1), abstentions=(Abstention.AP_VIEW,))
SILENT = {Label.MASS: (Abstention.CHILD,), Label.NODULE: (Abstention.CHILD,), Label.HERNIA: (Abstention.CUT_OFF,)}


def facts(*findings: Finding, silent: bool = False) -> StudyFacts:
    return StudyFacts(findings, views=("PA",), silence=SILENT if silent else {})


def said(*findings: Finding, question: str) -> str:
    return answer(facts(*findings), question).text


def test_the_number_stands_after_its_finding() -> None:
    report = narrate(facts(MEASURED, finding("mass", 0.1)))
    assert report.findings.splitlines()[-1] == "Cardiomegaly is very likely. The cardiothoracic ratio is 0.56."
    assert report.sentences["findings"][-1].labels == (Label.CARDIOMEGALY,)
    assert "ratio" not in report.impression


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ((Abstention.AP_VIEW,), "the film is AP"),
        (
            (Abstention.ROTATED, Abstention.LUNGS_NOT_SEEN),
            "the patient is rotated and the outline of the lungs is not seen",
        ),
    ],
)
def test_what_was_not_measured_is_told_with_the_reason(reasons: tuple[Abstention, ...], words: str) -> None:
    report = narrate(facts(replace(UNMEASURED, abstentions=reasons)))
    assert report.findings == f"There is no sign of cardiomegaly. The cardiothoracic ratio was not measured: {words}."


def test_an_expert_that_keeps_silent_beside_others_is_told() -> None:
    doubtful = replace(finding("mass", 0.6), abstentions=(Abstention.CHILD,))
    assert narrate(facts(doubtful)).findings == (
        "A mass is likely. One expert gives no opinion on a mass: the patient is a child."
    )


def test_where_all_keep_silent_the_labels_of_one_reason_share_a_sentence() -> None:
    report = narrate(facts(finding("pneumonia", 0.6), silent=True))
    assert report.findings == (
        "Pneumonia is likely. A mass and a nodule were not assessed: the patient is a child.\n"
        "A hernia was not assessed: the film does not show the whole chest."
    )


def test_silence_is_told_also_where_nothing_was_found() -> None:
    assert narrate(facts(silent=True)).findings.endswith(
        "A hernia was not assessed: the film does not show the whole chest."
    )
    assert [statement.labels for statement in verbalise((), silence=SILENT)] == [
        (Label.MASS, Label.NODULE),
        (Label.HERNIA,),
    ]


def test_a_language_model_is_told_too_and_ordered_to_keep_the_number() -> None:
    prompt = "\n".join(content for _, content in report_prompt(facts(MEASURED, silent=True)).messages)
    assert "- The cardiothoracic ratio is 0.56.\n" in prompt
    assert "- A mass and a nodule were not assessed: the patient is a child.\n" in prompt
    assert "exactly its number" in prompt


@pytest.mark.parametrize("style", [Style.SCORES, Style.GRADES, Style.POSITIVES])
def test_chatcads_designs_know_neither(style: Style) -> None:
    assert verbalise((MEASURED,), style, silence=SILENT) == verbalise((finding("cardiomegaly", 0.8),), style)


@pytest.mark.parametrize(
    "question", ["What is the cardiothoracic ratio?", "Was anything measured?", "How large is the heart?"]
)
def test_who_asks_for_a_size_gets_the_number_and_its_error(question: str) -> None:
    text = said(MEASURED, question=question)
    assert "The cardiothoracic ratio is 0.56. Measurements like it err by 0.01 on average." in text
    assert "No measurement" not in text


def test_who_asks_for_a_size_that_was_not_taken_hears_why() -> None:
    text = said(UNMEASURED, question="How large is the heart?")
    assert text.startswith("No measurement was made on this film.")
    assert "was not measured: the film is AP." in text


def test_the_size_of_something_else_is_still_declined() -> None:
    assert said(MEASURED, finding("mass", 0.8), question="How large is the mass?").startswith("No measurement")


def test_a_measure_without_words_is_left_out() -> None:
    strange = replace(MEASURED, measure=replace(RATIO, name="azygos_width"))
    assert narrate(facts(strange)).findings == "Cardiomegaly is very likely."


@pytest.mark.parametrize("language", lexicons.languages())
def test_every_reason_has_words(language: str) -> None:
    assert set(lexicons.load(language).tables["abstentions"]) == set(Abstention)
