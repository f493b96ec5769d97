"""A prior study is spoken of finding by finding, from its records only, and nowhere but in its section."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.findings import Change, Compared, Finding, Label, Measure
from prompts.answer import answer
from prompts.audience import Audience
from prompts.facts import StudyFacts
from prompts.lexicons import languages
from prompts.narrate import narrate
from prompts.render import chat_prompt, report_prompt
from tests.unit.prompts.cases import finding

RATIO = "cardiothoracic_ratio"


def compared(label: str, change: Change | None, before: float, now: float, *, unit: str = "probability") -> Compared:
    """Compare two readings; of a unit other than the probability, ``before`` and ``now`` are the measures."""
    noise = 0.1 if unit == "probability" else 0.02
    earlier, later = (_found(label, value, unit) for value in (before, now))
    return Compared(Label(label), change, earlier, later, unit, now - before, noise)


def _found(label: str, value: float, unit: str) -> Finding:
    if unit == "probability":
        return finding(label, value)
    return replace(finding(label, 0.9 if value > 0.5 else 0.1), measure=Measure(unit, value, 0.0149))


RECORDS = (
    compared("cardiomegaly", Change.UNCHANGED, 0.52, 0.53, unit=RATIO),
    compared("pleural_effusion", Change.NEW, 0.1, 0.9),
    compared("mass", Change.RESOLVED, 0.9, 0.1),
    compared("consolidation", Change.WORSE, 0.6, 0.95),
    compared("pneumonia", Change.BETTER, 0.95, 0.6),
    compared("edema", None, 0.5, 0.9),
    compared("atelectasis", Change.UNCHANGED, 0.9, 0.85),
    compared("nodule", Change.UNCHANGED, 0.1, 0.15),
    compared("pneumothorax", Change.UNCHANGED, 0.1, 0.1),
    compared("no_finding", Change.NEW, 0.1, 0.9),
)
NOW = tuple(record.now for record in RECORDS[:-1])
FACTS = StudyFacts(NOW, views=("PA",), comparison=RECORDS)
SAID = (
    "Compared with the prior study: pleural effusion is new; consolidation is worse; atelectasis is unchanged; "
    "cardiomegaly is unchanged (cardiothoracic ratio 0.53, before 0.52, within its error of 0.02); "
    "pneumonia has improved; mass is no longer seen; no nodule or pneumothorax, as before; "
    "pulmonary edema cannot be compared, as one of the two readings is in doubt."
)


def alone(*records: Compared) -> str:
    return narrate(StudyFacts(NOW, views=("PA",), comparison=records)).comparison


def test_every_record_is_told_once() -> None:
    assert narrate(FACTS).comparison == SAID


def test_the_sentence_rests_on_what_it_names() -> None:
    (sentence,) = narrate(FACTS).sentences["comparison"]
    assert set(sentence.labels) == {record.label for record in RECORDS[:-1]}


def test_without_a_prior_study_there_is_none_to_speak_of() -> None:
    assert narrate(replace(FACTS, comparison=None)).comparison == "No prior study was provided for comparison."


@pytest.mark.parametrize("records", [(), RECORDS[-1:]])
def test_a_prior_study_with_nothing_in_common_is_told(records: tuple[Compared, ...]) -> None:
    assert alone(*records) == "A prior study was provided, but none of its findings can be compared."


def test_a_measure_that_changed_is_told_without_its_error() -> None:
    assert alone(compared("cardiomegaly", Change.WORSE, 0.52, 0.6, unit=RATIO)) == (
        "Compared with the prior study: cardiomegaly is worse (cardiothoracic ratio 0.60, before 0.52)."
    )


def test_of_what_is_absent_now_only_that_it_has_gone_is_told() -> None:
    assert alone(compared("cardiomegaly", Change.WORSE, 0.4, 0.45, unit=RATIO)) == (
        "Compared with the prior study: no cardiomegaly, as before (cardiothoracic ratio 0.45, before 0.40)."
    )


def test_a_measure_without_words_has_no_numbers() -> None:
    record = replace(compared("cardiomegaly", Change.WORSE, 0.52, 0.6, unit=RATIO), unit="azygos_width")
    assert alone(record) == "Compared with the prior study: cardiomegaly is worse."


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("language", languages())
def test_no_other_section_speaks_of_change(language: str, audience: Audience) -> None:
    told, untold = (
        narrate(replace(FACTS, language=language, comparison=records), audience) for records in (RECORDS, None)
    )
    assert told.comparison != untold.comparison
    assert (told.findings, told.impression) == (untold.findings, untold.impression)


@pytest.mark.parametrize("language", languages())
def test_no_two_kinds_of_change_are_said_alike(language: str) -> None:
    records = [compared("mass", change, 0.9, 0.8) for change in (*Change, None)]
    records.append(compared("mass", Change.UNCHANGED, 0.1, 0.1))
    texts = {narrate(StudyFacts(NOW, ("PA",), language=language, comparison=(one,))).comparison for one in records}
    assert len(texts) == 7


def test_who_asks_what_changed_hears_all_of_it_with_probabilities() -> None:
    text = answer(FACTS, "What has changed?").text
    assert text.startswith(
        "Compared with the prior study: pleural effusion is new (probability about 90%, before about 10%);"
    )
    assert "atelectasis is unchanged (probability about 85%, before about 90%, within its error of 10%)" in text
    assert "No prior study" not in text


def test_who_asks_about_one_finding_hears_of_that_one() -> None:
    text = answer(FACTS, "Has the mass changed?").text
    assert text.startswith(
        "Compared with the prior study: mass is no longer seen (probability about 10%, before about 90%)."
    )
    assert "consolidation" not in text


def test_a_finding_that_was_not_read_twice_is_said_not_to_be_comparable() -> None:
    facts = replace(FACTS, findings=(*NOW, finding("hernia", 0.9)))
    assert answer(facts, "Is the hernia new?").text.startswith(
        "Hernia was not read on both studies, so nothing can be said about change. There is a hernia."
    )


def test_a_model_hears_of_the_comparison_in_the_chat_and_not_in_the_report() -> None:
    chat = chat_prompt(FACTS, report_text="", history=(), question="Changed?").messages[0][1]
    report = "\n".join(content for _, content in report_prompt(FACTS).messages)
    assert "Comparison with the prior study:\n- Compared with the prior study: pleural effusion is new" in chat
    assert "only what the comparison below says" in chat
    assert "Compared with" not in report
    assert "Do not invent or mention prior studies" in report
