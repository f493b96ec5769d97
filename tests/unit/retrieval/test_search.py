"""The articles against the questions of ``tests/data``: the figures that docs/knowledge.md gives."""

from __future__ import annotations

import time

import pytest

from service.ports import Knowledge
from service.retrieval.articles import load_articles
from tests.unit.retrieval.questions import chat, judged, parts

PARTS = parts()


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_articles(None)


@pytest.mark.parametrize(("part", "first", "in_three"), [("development", 42, 46), ("test", 45, 47), ("again", 18, 20)])
def test_covered_questions_find_a_right_article(knowledge: Knowledge, part: str, first: int, in_three: int) -> None:
    found = judged(knowledge, PARTS[part][0])
    assert found.first >= first
    assert found.in_three >= in_three


@pytest.mark.parametrize(("part", "most"), [("development", 0), ("test", 1), ("again", 2)])
def test_uncovered_questions_find_nothing(knowledge: Knowledge, part: str, most: int) -> None:
    answered = [question for question in PARTS[part][1] if knowledge.search(question, 1)]
    assert len(answered) <= most, answered


@pytest.mark.parametrize(
    "question",
    [
        "What is the weather like?",
        "Who won the football match?",
        "What dose of amoxicillin for pneumonia?",
        "How many mg of furosemide for pulmonary edema?",
        "Will a patient with a pneumothorax die?",
        "What is the survival of lung cancer?",
        "What does a chest x-ray cost in Norway?",
        "",
        "?",
        "\x00\u202e" * 50,
        "word " * 5000,
    ],
)
def test_nothing_covers(knowledge: Knowledge, question: str) -> None:
    assert knowledge.search(question, 5) == ()


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What can mimic a collapsed lung?", "pneumothorax-next#what-mimics-it"),
        ("What is a PTX?", "pneumothorax#what-it-is"),
        ("What should be done next about a nodule?", "nodule-next#what-to-do-next"),
    ],
)
def test_the_section_that_is_asked_for_comes_first(knowledge: Knowledge, question: str, first: str) -> None:
    assert knowledge.search(question, 1)[0].id == first


@pytest.mark.parametrize(
    "question", [q for q in chat()["question"] if q["passages"]], ids=lambda question: str(question["id"])
)
def test_what_the_conversation_is_asked_is_found(knowledge: Knowledge, question: dict[str, list[str]]) -> None:
    found = [passage.id for passage in knowledge.search(str(question["text"]), 4)]
    right = set(question["passages"])
    assert any({name, name.partition("#")[0]} & right for name in found), found


def test_an_answer_comes_within_milliseconds(knowledge: Knowledge) -> None:
    knowledge.search("warm", 1)
    begin = time.process_time()
    for question, *_ in PARTS["test"][0]:
        knowledge.search(question, 4)
    assert (time.process_time() - begin) / len(PARTS["test"][0]) < 0.05
