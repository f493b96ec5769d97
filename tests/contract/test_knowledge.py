"""What every ``service.ports.Knowledge`` does: our articles, and ours with a site's documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.domain.errors import ConfigurationError
from service.ports import Knowledge
from service.retrieval.articles import load_articles

QUESTIONS = ("What is a pneumothorax?", "What can mimic a nodule?", "Where should an endotracheal tube end?")
NOTHING = ("What is the weather tomorrow?", "Who won the football match?", "Which dose of ibuprofen?", "", "why")


def _site(folder: Path) -> Path:
    (folder / "Critical findings.md").write_text(
        "# Whom to call\n\nA critical finding is told to the duty desk on extension 4411.\n", "utf-8"
    )
    (folder / "notes.txt").write_text("The archive keeps films for ten years.", "utf-8")
    return folder


@pytest.fixture(params=["articles", "with a site's documents"])
def knowledge(request: pytest.FixtureRequest, tmp_path: Path) -> Knowledge:
    return load_articles(None if request.param == "articles" else _site(tmp_path))


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_covers_a_question_is_found_best_first_and_not_more_than_asked_for(
    knowledge: Knowledge, question: str
) -> None:
    found = knowledge.search(question, 4)
    assert 1 <= len(found) <= 4
    assert knowledge.search(question, 1) == found[:1]
    assert knowledge.search(question, 0) == ()
    assert len({passage.id for passage in found}) == len(found)


def test_to_be_prepared_changes_no_answer(knowledge: Knowledge, tmp_path: Path) -> None:
    other = load_articles(tmp_path)
    other.prepare()
    other.prepare()
    unprepared = load_articles(tmp_path)
    assert other.search(QUESTIONS[0], 4) == unprepared.search(QUESTIONS[0], 4)
    knowledge.prepare()
    assert knowledge.search(QUESTIONS[0], 1)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_passage_is_found_again_by_its_id(knowledge: Knowledge, question: str) -> None:
    for passage in knowledge.search(question, 4):
        assert knowledge.passage(passage.id) == passage
        assert passage.text
        assert passage.title


def test_an_id_that_nobody_has(knowledge: Knowledge) -> None:
    assert knowledge.passage("pneumothorax#secret") is None
    assert knowledge.passage("") is None


@pytest.mark.parametrize("question", NOTHING)
def test_nothing_covers_what_nothing_covers(knowledge: Knowledge, question: str) -> None:
    assert knowledge.search(question, 4) == ()


def test_the_same_question_finds_the_same(knowledge: Knowledge) -> None:
    assert [knowledge.search(question, 4) for question in QUESTIONS] == [
        knowledge.search(question, 4) for question in QUESTIONS
    ]


def test_a_site_s_document_answers_what_our_articles_do_not(tmp_path: Path) -> None:
    knowledge = load_articles(_site(tmp_path))
    (first, *_) = knowledge.search("Which extension is called for a critical finding?", 2)
    assert first.id == "site/Critical-findings.md#1"
    assert first.title == "Critical findings: Whom to call"
    assert knowledge.search("How long are films kept in the archive?", 1)[0].id == "site/notes.txt#1"


def test_a_folder_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="CXR_KNOWLEDGE"):
        load_articles(tmp_path / "none")
