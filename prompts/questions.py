"""What a follow-up question asks: the labels it names and what it wants to know, by the lexicon of its language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from models.findings import Label
from prompts import lexicons


@dataclass(frozen=True, slots=True)
class Question:
    """Labels in the order in which they are named, each once, and the names of all intents that hold."""

    labels: tuple[Label, ...]
    intents: frozenset[str]


def understand(text: str, language: str) -> Question:
    """Read a question. Longer names win: "pleural fluid" is an effusion and not also fluid of another kind."""
    synonyms, labels = _synonyms(language)
    spelt = (_folded(match[1]) for match in synonyms.finditer(text))
    named = tuple(dict.fromkeys(labels[name] for name in spelt))
    return Question(named, frozenset(intent for intent, pattern in _intents(language).items() if pattern.search(text)))


@cache
def _synonyms(language: str) -> tuple[re.Pattern[str], dict[str, Label]]:
    """One pattern for every name of every label, and the label behind each name."""
    terms = lexicons.load(language).terms.values()
    labels: dict[str, Label] = {
        _folded(name): term.label for term in terms for name in term.synonyms if term.label is not Label.NO_FINDING
    }
    longest_first = sorted(labels, key=lambda name: (-len(name), name))
    names = "|".join(re.escape(name).replace(r"\ ", r"[\s-]+") for name in longest_first)
    return re.compile(rf"(?<!\w)({names})(?:s|es)?(?!\w)", re.IGNORECASE), labels


@cache
def _intents(language: str) -> dict[str, re.Pattern[str]]:
    return {
        intent: re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)
        for intent, patterns in lexicons.load(language).intents.items()
    }


def _folded(name: str) -> str:
    return re.sub(r"[\s-]+", " ", name).lower()
