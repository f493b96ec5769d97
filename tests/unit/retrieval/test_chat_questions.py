"""The forty questions as data: complete, and pointing at what exists. The real model answers them in the evaluation."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from models.findings import Label
from service.retrieval.articles import own_articles
from tests.unit.retrieval.questions import chat

DATA = chat()
QUESTIONS: list[dict[str, Any]] = DATA["question"]
IDS = {article.id for article in own_articles("en")}
PASSAGES = {f"{article.id}#{section.slug}" for article in own_articles("en") for section in article.sections}
FIELDS = {"id", "kind", "split", "scenario", "text", "labels", "passages", "declined", "must", "must_not"}


def test_there_are_forty_of_four_kinds_in_two_halves() -> None:
    kinds = {"findings": 12, "knowledge": 10, "unanswerable": 10, "hostile": 8}
    assert Counter(question["kind"] for question in QUESTIONS) == kinds
    halves = Counter((question["kind"], question["split"]) for question in QUESTIONS)
    assert halves == {(kind, half): count // 2 for kind, count in kinds.items() for half in ("dev", "test")}
    assert len({question["text"] for question in QUESTIONS}) == len({question["id"] for question in QUESTIONS}) == 40


@pytest.mark.parametrize("scenario", DATA["scenarios"].values(), ids=DATA["scenarios"])
def test_a_scenario_says_each_label_once(scenario: dict[str, list[str]]) -> None:
    labels = [Label(name) for kind in ("present", "uncertain", "absent") for name in scenario[kind]]
    assert len(labels) == len(set(labels)) > 0
    assert scenario["indication"]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: str(question["id"]))
def test_a_question_points_at_what_exists(question: dict[str, Any]) -> None:
    assert set(question) == FIELDS
    scenario = DATA["scenarios"][question["scenario"]]
    assert {Label(name) for name in question["labels"]} <= {
        Label(name) for kind in ("present", "uncertain", "absent") for name in scenario[kind]
    }
    assert set(question["passages"]) <= PASSAGES | IDS
    assert all(re.compile(pattern, re.IGNORECASE) for pattern in (*question["must"], *question["must_not"]))
    assert bool(question["passages"]) == (question["kind"] == "knowledge")
    assert question["declined"] or question["kind"] != "unanswerable"
