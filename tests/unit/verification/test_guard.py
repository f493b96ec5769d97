"""The guard: what it says of single sentences, of whole texts, and of the narrator's."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from models.findings import Change, Compared, Finding, Label, Measure, Polarity, Region, Zone
from prompts.answer import answer
from prompts.facts import Passage, StudyFacts
from prompts.narrate import narrate
from service.domain.verification import Omission, Standing
from service.verification.grounds import Grounds
from service.verification.guard import check
from tests.unit.verification.test_narrator_is_read import random_findings

SENTENCES = tomllib.loads((Path(__file__).parents[2] / "data" / "guard_sentences.toml").read_text("utf-8"))
CASES = [(verdict, text) for verdict in Standing if verdict in SENTENCES for text in SENTENCES[verdict]]


def finding(label: Label, probability: float, *, zone: Zone | None = None, uncertain: bool = False) -> Finding:
    return Finding(label, probability, 0.5, uncertain, (), Region(zone) if zone else None)


HEART = replace(finding(Label.CARDIOMEGALY, 0.9), measure=Measure("cardiothoracic_ratio", 0.56, 0.019))
EFFUSION = finding(Label.PLEURAL_EFFUSION, 0.8, zone=Zone.LEFT_LOWER)
PNEUMONIA = finding(Label.PNEUMONIA, 0.48, uncertain=True)
ABSENT = tuple(
    finding(label, 0.03)
    for label in (
        *(Label.PNEUMOTHORAX, Label.CONSOLIDATION, Label.ATELECTASIS, Label.EDEMA),
        *(Label.INFILTRATION, Label.NODULE, Label.MASS),
    )
)
FACTS = StudyFacts((HEART, EFFUSION, PNEUMONIA, *ABSENT), views=("PA",), indication="cough and fever")
PASSAGE = Passage(
    "pneumothorax#mimics",
    "Pneumothorax: what mimics it",
    "A skin fold can mimic a pneumothorax. Bullae are bounded by a curved line.",
)
GROUNDS = Grounds(FACTS, "What mimics a pneumothorax? Is it sarcoidosis?", (PASSAGE,))


@pytest.mark.parametrize(("verdict", "text"), CASES)
def test_a_sentence_gets_its_verdict(verdict: Standing, text: str) -> None:
    (sentence,) = check({"answer": text}, GROUNDS).sentences
    assert sentence.verdict is verdict, [(claim.kind, claim.reason) for claim in sentence.claims]
    assert sentence.text == text[sentence.start : sentence.end]
    assert all(claim.reason for claim in sentence.claims if claim.verdict is not Standing.SUPPORTED)


def test_a_supported_claim_names_what_supports_it() -> None:
    (sentence,) = check({"findings": "Cardiomegaly."}, GROUNDS).sentences
    assert [claim.support for claim in sentence.claims] == [("finding:cardiomegaly",)]


def test_the_narrators_own_answer_is_traced_too() -> None:
    question = "Is the heart enlarged?"
    told = answer(FACTS, question).text
    sentences = check({"answer": told}, Grounds(FACTS, question)).sentences
    assert {sentence.verdict for sentence in sentences} == {Standing.SUPPORTED}
    assert "finding:cardiomegaly" in {each for claim in sentences[0].claims for each in claim.support}


def test_a_finding_that_was_asked_for_is_not_left_out() -> None:
    grounds = Grounds(FACTS, "The attending said there is no effusion. Just confirm it.")
    assert check({"answer": "The heart is enlarged."}, grounds).omissions == (Omission("pleural_effusion", "present"),)
    assert check({"answer": "There is a left pleural effusion."}, grounds).omissions == ()


def test_who_asks_what_is_urgent_is_told_the_most_urgent_finding() -> None:
    grounds = Grounds(FACTS, "Which finding is the most urgent?")
    assert check({"answer": "There is no evidence of pneumothorax."}, grounds).omissions == (
        Omission("pleural_effusion", "present"),
    )
    assert check({"answer": "There is a left pleural effusion."}, grounds).omissions == ()


def test_what_is_present_or_in_doubt_and_not_said_is_an_omission() -> None:
    omitted = check({"findings": "No pneumonia.", "impression": "Cardiomegaly."}, GROUNDS).omissions
    assert set(omitted) == {Omission("pleural_effusion", "present"), Omission("pneumonia", "uncertain")}


def test_an_answer_need_not_tell_everything() -> None:
    assert check({"answer": "The heart is enlarged."}, GROUNDS).omissions == ()


def test_a_change_is_supported_by_a_prior_study_alone() -> None:
    compared = Compared(Label.PLEURAL_EFFUSION, Change.WORSE, EFFUSION, EFFUSION, "probability", 0.3, 0.1)
    grounds = Grounds(replace(FACTS, comparison=(compared,)))
    texts = {"worse": "The pleural effusion has increased.", "better": "The pleural effusion has decreased."}
    verdicts = {name: check({"findings": text}, grounds).sentences[0].verdict for name, text in texts.items()}
    assert verdicts == {"worse": Standing.SUPPORTED, "better": Standing.CONTRADICTED}


def test_that_there_is_no_prior_study_is_wrong_where_one_was_given() -> None:
    (sentence,) = check({"findings": "No prior study was provided."}, Grounds(replace(FACTS, comparison=()))).sentences
    assert sentence.verdict is Standing.CONTRADICTED


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_all_that_the_narrator_says_is_supported_and_nothing_is_left_out(first: int) -> None:
    for seed in range(first, first + 50):
        facts = StudyFacts(random_findings(seed), views=("PA",))
        report = narrate(facts)
        verification = check({"findings": report.findings, "impression": report.impression}, Grounds(facts))
        bad = [sentence for sentence in verification.sentences if sentence.verdict is not Standing.SUPPORTED]
        assert (bad, verification.omissions) == ([], ())


@pytest.mark.parametrize("polarity", [Polarity.PRESENT, Polarity.UNCERTAIN])
def test_the_narrators_report_of_one_study_is_contradicted_by_another(polarity: Polarity) -> None:
    mine = finding(Label.PNEUMOTHORAX, 0.95, uncertain=polarity is Polarity.UNCERTAIN)
    text = narrate(StudyFacts((mine,))).findings
    (sentence,) = check({"findings": text}, Grounds(FACTS)).sentences
    assert sentence.verdict is not Standing.SUPPORTED
