"""The questions that judge the retrieval, and those that judge a conversation, as their data files have them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.ports import Knowledge

_DATA = Path(__file__).parents[2] / "data"


@dataclass(frozen=True)
class Judged:
    """How many questions were answered by a right article in the first place, in the first three, and at all."""

    first: int
    in_three: int
    answered: int
    asked: int


def chat() -> dict[str, Any]:
    return tomllib.loads((_DATA / "chat_questions.toml").read_text("utf-8"))


def parts() -> Mapping[str, tuple[Sequence[Sequence[str]], Sequence[str]]]:
    """For each part of the set: covered questions with their articles, and uncovered ones."""
    table = tomllib.loads((_DATA / "knowledge_questions.toml").read_text("utf-8"))
    return {
        "development": (table["covered"][::2], table["uncovered"][::2]),
        "test": (table["covered"][1::2], table["uncovered"][1::2]),
        "again": (table["covered_again"], table["uncovered_again"]),
    }


def judged(knowledge: Knowledge, rows: Sequence[Sequence[str]]) -> Judged:
    found = [
        (set(right), [passage.id.partition("#")[0] for passage in knowledge.search(question, 3)])
        for question, *right in rows
    ]
    return Judged(
        first=sum(articles[:1] != [] and articles[0] in right for right, articles in found),
        in_three=sum(not right.isdisjoint(articles) for right, articles in found),
        answered=sum(bool(articles) for _, articles in found),
        asked=len(rows),
    )
