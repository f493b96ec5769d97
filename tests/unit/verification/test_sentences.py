from __future__ import annotations

import pytest

from service.verification.claims import Section
from service.verification.labeler import read
from service.verification.sentences import split


def sentences(text: str) -> list[str]:
    return [span.of(text) for span in split(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("Is it? Yes!", ["Is it?", "Yes!"]),
        ("A 2.3 cm nodule. No mass.", ["A 2.3 cm nodule.", "No mass."]),
        ("1. Pneumonia.\n2. Effusion.", ["Pneumonia.", "Effusion."]),
        ("- Pneumonia\n- Effusion", ["Pneumonia", "Effusion"]),
        ("Seen by Dr. Smith. Clear.", ["Seen by Dr. Smith.", "Clear."]),
        ("Atelectasis vs. pneumonia.", ["Atelectasis vs. pneumonia."]),
        ("No evidence\nof effusion.", ["No evidence\nof effusion."]),
        ("No effusion\n\nno mass", ["No effusion", "no mass"]),
        ("effusion. the heart is large", ["effusion.", "the heart is large"]),
        ("Clear.. .", ["Clear.."]),
        (" \n ", []),
        ("", []),
    ],
)
def test_text_is_cut_into_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "FINDINGS: Clear lungs.\nIMPRESSION: No effusion.",
        "**Findings:** Clear lungs.\n**Impression:** No effusion.",
        "## Findings\nClear lungs.\n## Conclusion\nNo effusion.",
        "FINDINGS: Clear lungs. IMPRESSION: No effusion.",
    ],
)
def test_sections_are_recognised_as_reports_and_models_write_them(text: str) -> None:
    assert [(s.span.of(text), s.section) for s in read(text)] == [
        ("Clear lungs.", Section.FINDINGS),
        ("No effusion.", Section.IMPRESSION),
    ]


def test_text_outside_headings_has_no_section() -> None:
    assert [sentence.section for sentence in read("Clear lungs.")] == [None]


def test_a_word_in_a_sentence_is_no_heading() -> None:
    text = "These findings are new. My impression is pneumonia."
    assert {sentence.section for sentence in read(text)} == {None}
