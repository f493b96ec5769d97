from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.findings import Finding, Label, Polarity, Zone
from prompts.lexicons import UnknownLanguageError
from prompts.verbalise import Style, verbalise
from tests.unit.prompts.cases import claims, expected, finding, some_findings

FILM = (
    finding("pneumothorax", 0.93, zone=Zone.RIGHT_UPPER),
    finding("edema", 0.6),
    finding("nodule", 0.3, 0.2),
    finding("hernia", 0.04),
)


def texts(findings: tuple[Finding, ...], style: Style) -> list[str]:
    return [statement.text for statement in verbalise(findings, style)]


def test_scores_explain_themselves_and_give_each_score() -> None:
    assert texts(FILM, Style.SCORES) == [
        "A higher score means a higher probability of the finding; scores run from 0 to 1.",
        "Pulmonary edema: score 0.60.",
        "Nodule: score 0.30.",
        "Pneumothorax: score 0.93.",
        "Hernia: score 0.04.",
    ]


def test_grades_are_chatcads_four() -> None:
    assert texts(FILM, Style.GRADES) == [
        "No sign of hernia.",
        "Small possibility of nodule.",
        "The patient is likely to have pulmonary edema.",
        "The patient definitely has a pneumothorax.",
    ]


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.199, "No sign"), (0.2, "Small"), (0.499, "Small"), (0.5, "likely"), (0.899, "likely"), (0.9, "definitely")],
)
def test_a_grade_holds_its_lower_bound(probability: float, words: str) -> None:
    assert words in texts((finding("mass", probability),), Style.GRADES)[0]


def test_positives_are_all_that_the_third_design_says() -> None:
    assert texts(FILM, Style.POSITIVES) == ["The prediction is pulmonary edema, nodule and pneumothorax."]


def test_nothing_positive_is_no_finding_and_rests_on_all_labels() -> None:
    (statement,) = verbalise((finding("mass", 0.1), finding("hernia", 0.2)), Style.POSITIVES)
    assert statement.text == "The prediction is no finding."
    assert set(statement.labels) == {Label.MASS, Label.HERNIA}


def test_ours_says_strength_doubt_and_place() -> None:
    doubtful = (finding("mass", 0.55, uncertain=True), finding("pleural_effusion", 0.45, uncertain=True))
    assert texts((*FILM, *doubtful), Style.CALIBRATED) == [
        "Pulmonary edema is likely.",
        "A nodule is suspected.",
        "A mass may be present.",
        "There is a pneumothorax on the right, in the upper zone.",
        "A pleural effusion cannot be excluded.",
        "No hernia is seen.",
    ]


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.95, "There is consolidation."),
        (0.75, "Consolidation is very likely."),
        (0.5, "Consolidation is likely."),
        (0.3, "Consolidation is suspected."),
        (0.1, "Consolidation is suspected, although the probability is low."),
    ],
)
def test_a_label_called_at_a_low_threshold_is_not_said_to_be_certain(probability: float, text: str) -> None:
    assert texts((finding("consolidation", probability, 0.05),), Style.CALIBRATED) == [text]


def test_absent_below_a_high_threshold_is_said_with_less_conviction() -> None:
    pair = (finding("mass", 0.02), finding("nodule", 0.4))
    assert texts(pair, Style.CALIBRATED) == [
        "The lungs show no evidence of mass, and no convincing evidence of nodule."
    ]


def test_one_in_each_lung_is_plural() -> None:
    both = (finding("mass", 0.6, zone=Zone.BILATERAL), finding("pleural_effusion", 0.95, zone=Zone.BILATERAL))
    assert texts(both, Style.CALIBRATED) == [
        "Masses are likely in both lungs.",
        "There are pleural effusions on both sides.",
    ]


def test_a_lung_zone_says_nothing_about_the_heart() -> None:
    assert texts((finding("cardiomegaly", 0.8, zone=Zone.LEFT_LOWER),), Style.CALIBRATED) == [
        "Cardiomegaly is very likely."
    ]


@pytest.mark.parametrize("style", Style)
def test_nothing_assessed_is_not_nothing_found(style: Style) -> None:
    assert verbalise((), style) == ()


@given(some_findings())
def test_ours_claims_the_findings_exactly(findings: tuple[Finding, ...]) -> None:
    statements = verbalise(findings)
    assert claims(" ".join(statement.text for statement in statements)) == expected(findings)


@given(some_findings())
def test_each_statement_is_traced_to_the_labels_it_names(findings: tuple[Finding, ...]) -> None:
    for statement in verbalise(findings):
        assert set(claims(statement.text)) == set(statement.labels)


@given(some_findings(), st.sampled_from(Style), st.randoms(use_true_random=False))
def test_the_order_of_the_findings_changes_nothing(
    findings: tuple[Finding, ...], style: Style, order: random.Random
) -> None:
    shuffled = list(findings)
    order.shuffle(shuffled)
    assert verbalise(shuffled, style) == verbalise(findings, style)


@given(some_findings())
def test_only_scores_have_decimals(findings: tuple[Finding, ...]) -> None:
    for style in set(Style) - {Style.SCORES}:
        assert not any(character.isdigit() for text in texts(findings, style) for character in text)


def test_the_film_as_a_whole_speaks_only_where_it_adds_something() -> None:
    whole = finding("no_finding", 0.9)
    assert texts((whole, finding("mass", 0.1)), Style.CALIBRATED)[-1] == "The overall reading favors no abnormality."
    assert "does not agree" in texts((whole, finding("mass", 0.9)), Style.CALIBRATED)[-1]
    assert len(verbalise((finding("no_finding", 0.1), finding("mass", 0.9)))) == 1


def test_an_unknown_language_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownLanguageError, match=r"'xx'.*en"):
        verbalise(FILM, language="xx")


def test_polarity_and_not_probability_decides_doubt() -> None:
    certain = finding("mass", 0.51)
    doubtful = finding("mass", 0.51, uncertain=True)
    assert [claims(texts((one,), Style.CALIBRATED)[0])[Label.MASS] for one in (certain, doubtful)] == [
        Polarity.PRESENT,
        Polarity.UNCERTAIN,
    ]
