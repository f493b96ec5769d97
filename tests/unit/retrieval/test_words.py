from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from models.findings import Label
from service.retrieval.words import Words, load, named

WORDS = load("en")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("collapsed lungs", "collapse of the lung"),
        ("CXR", "chest x-rays"),
        ("the ET tube", "an endotracheal tube"),
        ("CTR", "cardiothoracic ratio"),
        ("lying down", "supine"),
        ("children", "a child"),
        ("How much does it weigh, please?", "weighing"),
    ],
)
def test_other_spellings_and_forms_have_the_same_stems(one: str, other: str) -> None:
    assert set(WORDS.stems(one)) == set(WORDS.stems(other)) != set()


def test_words_that_carry_nothing_are_left_out() -> None:
    assert WORDS.stems("What is it, and could you please tell me?") == []


def test_a_label_is_a_term_under_any_of_its_names() -> None:
    terms = WORDS.terms("collapsed lung")
    assert named(Label.PNEUMOTHORAX) in terms
    assert {"collaps", "lung"} <= set(terms)


def test_no_word_is_spelt_like_the_term_of_a_label() -> None:
    assert named(Label.MASS) not in WORDS.stems("=mass mass = mass")


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("What is a bulla?", "what-it-is"),
        ("How does it look?", "on-the-film"),
        ("What could be mistaken for it?", "what-mimics-it"),
        ("What should I do?", "what-to-do-next"),
        ("How reliable is it?", "limits"),
    ],
)
def test_a_question_asks_for_a_section(question: str, slug: str) -> None:
    assert slug in WORDS.asked(question)


def test_a_language_without_words_of_its_own_is_searched_in_english() -> None:
    assert load("xx").language == "en"


def test_threads_that_stem_at_the_same_time_do_not_mix() -> None:
    words = [f"{letter}{letter}ing collapses{letter}" for letter in "abcdefghij"]

    def stems(text: str, words: Words = WORDS) -> list[str]:
        return words.stems(text)

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(stems, words * 50))
    assert together == [stems(text) for text in words] * 50
