from __future__ import annotations

import pytest

from service.retrieval.coverage import Asked, Coverage, Extent
from service.retrieval.words import load

WORDS = load("en")
PASSAGES = (
    ("Carina", "The tip should end above the carina, in the trachea."),
    ("Pneumothorax", "Air in the pleural space; an old bulla can mimic it under pressure."),
    ("Radiation", "A film gives a small dose of radiation."),
    ("Rotation", "The clavicles show whether the patient was turned."),
)


@pytest.fixture
def coverage() -> Coverage:
    return Coverage(
        [Extent(frozenset(WORDS.terms(f"{title} {text}")), frozenset(WORDS.terms(title))) for title, text in PASSAGES]
    )


def covering(coverage: Coverage, question: str) -> list[str]:
    asked = Asked.of(question, WORDS)
    return [title for index, (title, _) in enumerate(PASSAGES) if coverage.covers(index, asked)]


def test_a_subject_covers_a_question_about_it(coverage: Coverage) -> None:
    assert covering(coverage, "What is the carina?") == ["Carina"]


def test_a_label_is_covered_under_another_name(coverage: Coverage) -> None:
    assert covering(coverage, "What is a collapsed lung?") == ["Pneumothorax"]


@pytest.mark.parametrize(
    "question",
    [
        "What is the weather tomorrow?",
        "How old is she?",  # "old" is in a passage, and the subject of none
        "Is the blood pressure raised?",  # one word of two, and no subject
        "Which dose of penicillin is given against syphilis?",  # a passage has a dose, not this one
        "",
        "What is it?",
    ],
)
def test_a_shared_word_is_not_enough(coverage: Coverage, question: str) -> None:
    assert covering(coverage, question) == []


def test_who_names_a_label_is_not_answered_about_something_else(coverage: Coverage) -> None:
    assert covering(coverage, "Does rotation imitate a nodule?") == []


def test_several_words_in_common_are_enough_without_a_subject(coverage: Coverage) -> None:
    assert covering(coverage, "Should the tip end in the trachea above?") == []
    assert covering(coverage, "Do the clavicles show a patient turned in rotation?") == ["Rotation"]


def test_the_share_of_the_subject_grows_with_the_words_it_explains(coverage: Coverage) -> None:
    asked = Asked.of("radiation dose", WORDS)
    assert 0 < coverage.on_subject(2, asked) < 1
    assert coverage.on_subject(3, asked) == 0
