"""What the narrator says in every language: right grammar on chosen cases, right claims on all."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.findings import Finding, Label, Zone
from prompts.answer import answer
from prompts.audience import Audience
from prompts.facts import StudyFacts
from prompts.lexicons import languages, load
from prompts.narrate import narrate
from prompts.questions import understand
from prompts.verbalise import Style, verbalise
from tests.unit.prompts.cases import LABELS, expected, finding, some_findings

SAID: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "said.toml").read_text(encoding="utf-8"))
FINDINGS = (
    finding("pleural_effusion", 0.93, zone=Zone.RIGHT_LOWER),
    finding("infiltration", 0.75, zone=Zone.LEFT_UPPER),
    finding("mass", 0.76, zone=Zone.LEFT_UPPER),
    finding("nodule", 0.3, 0.2, zone=Zone.BILATERAL),
    finding("lung_opacity", 0.45, uncertain=True),
    finding("lung_lesion", 0.4, uncertain=True),
    finding("edema", 0.02),
    finding("consolidation", 0.03),
    finding("pneumonia", 0.4),
    finding("cardiomegaly", 0.55, uncertain=True),
    finding("fracture", 0.02),
)


def facts(language: str, *findings: Finding) -> StudyFacts:
    return StudyFacts(findings, views=("PA",), language=language)


@pytest.mark.parametrize("language", SAID)
def test_findings_are_said_with_the_languages_grammar(language: str) -> None:
    narration = narrate(facts(language, *FINDINGS))
    assert narration.findings == SAID[language]["findings"]
    assert narration.impression == SAID[language]["impression"]


@pytest.mark.parametrize("language", SAID)
def test_technique(language: str) -> None:
    views = ("PA", "PA", "RL")
    assert narrate(StudyFacts((), views=views, language=language)).technique == SAID[language]["technique"]


@pytest.mark.parametrize("language", SAID)
def test_an_answer(language: str) -> None:
    assert answer(facts(language, *FINDINGS), SAID[language]["question"]).text == SAID[language]["answer"]


@pytest.mark.parametrize(("language", "intent"), [(one, intent) for one in SAID for intent in load("en").intents])
def test_intents_in_questions(language: str, intent: str) -> None:
    assert intent in understand(SAID[language]["intents"][intent], language).intents


@pytest.mark.parametrize("language", SAID)
def test_labels_in_questions(language: str) -> None:
    for question, labels in SAID[language]["labels"].items():
        assert understand(question, language).labels == tuple(labels)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("label", LABELS)
def test_every_synonym_is_understood(language: str, label: Label) -> None:
    for name in load(language).terms[label].synonyms:
        assert understand(f"? {name.upper()} ?", language).labels == (label,)


def names(label: Label, language: str) -> tuple[str, ...]:
    term = load(language).terms[label]
    return tuple(noun.forms["name"].lower() for noun in (term.one, term.several) if noun)


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("language", languages())
@given(findings=some_findings(at_least=1))
def test_every_finding_is_named_by_a_sentence_traced_to_it(
    language: str, audience: Audience, findings: tuple[Finding, ...]
) -> None:
    statements = narrate(facts(language, *findings), audience).sentences["findings"]
    assert {label for one in statements for label in one.labels} == set(expected(findings))
    for statement in statements:
        for label in statement.labels:
            assert any(name in statement.text.lower() for name in names(label, language))


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("label", LABELS)
def test_no_two_strengths_are_said_alike(language: str, audience: Audience, label: Label) -> None:
    present = [finding(label, probability, 0.01) for probability in (0.95, 0.8, 0.6, 0.3, 0.1)]
    doubtful = [finding(label, probability, uncertain=True) for probability in (0.55, 0.45)]
    absent = [finding(label, probability) for probability in (0.4, 0.1)]
    told = [narrate(facts(language, one), audience) for one in (*present, *doubtful, *absent)]
    assert len({one.findings for one in told}) == 9
    assert len({one.impression for one in told[:7]}) == 7


@pytest.mark.parametrize("audience", Audience)
@given(findings=some_findings())
def test_chinese_has_no_blanks_and_its_own_marks(audience: Audience, findings: tuple[Finding, ...]) -> None:
    told = narrate(facts("zh", *findings), audience)
    for section in (told.findings, told.technique, told.comparison, re.sub(r"(?m)^\d+\. ", "", told.impression)):
        assert not set(" ,;:()") & set(section)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("style", Style)
def test_every_design_speaks_every_language(language: str, style: Style) -> None:
    statements = verbalise(FINDINGS, style, language)
    assert statements
    if language != "en":
        assert {one.text for one in statements}.isdisjoint(one.text for one in verbalise(FINDINGS, style))


@pytest.mark.parametrize(("language", "number"), [("de", "0,93"), ("es", "0,93"), ("fr", "0,93"), ("zh", "0.93")])
def test_the_decimal_mark_is_the_languages(language: str, number: str) -> None:
    assert any(number in one.text for one in verbalise(FINDINGS, Style.SCORES, language))


@pytest.mark.parametrize("language", languages())
@given(
    findings=some_findings(at_least=1),
    question=st.sampled_from(["mass", "Masse", "masa", "\u80bf\u5757", "ICT HTQ", "?"]),
)
def test_every_language_answers_every_question(language: str, findings: tuple[Finding, ...], question: str) -> None:
    reply = answer(facts(language, *findings), question).text
    assert reply
    assert not set("{}") & set(reply)
