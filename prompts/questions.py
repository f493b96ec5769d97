"""What a follow-up question asks: the labels it names and what it wants to know, by the lexicon of its language."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from models.findings import Label
from prompts import lexicons


@dataclass(frozen=True, slots=True)
class Question:
    """Labels in the order in which they are named, each once, and the names of all intents that hold."""

    labels: tuple[Label, ...]
    intents: frozenset[str]

    @property
    def general(self) -> bool:
        """Whether it asks for knowledge or advice, which no finding holds, rather than about this film."""
        return bool(self.intents & {"knowledge", "advice"})

    @property
    def elsewhere(self) -> bool:
        """Whether it asks about another patient, or names one by a bed: whose film this is, nobody here can tell."""
        return "other_patient" in self.intents


def understand(text: str, language: str) -> Question:
    """Read a question. Longer names win: "pleural fluid" is an effusion and not also fluid of another kind."""
    synonyms, labels = _synonyms(language)
    folded = _folded(text)
    named = tuple(dict.fromkeys(labels[match[1]] for match in synonyms.finditer(folded)))
    intents = (intent for intent, pattern in _intents(language).items() if pattern.search(folded))
    return Question(named, frozenset(intents))


@cache
def _synonyms(language: str) -> tuple[re.Pattern[str], dict[str, Label]]:
    """One pattern for every name of every label, and the label behind each name."""
    lexicon = lexicons.load(language)
    terms = (term for term in lexicon.terms.values() if term.label is not Label.NO_FINDING)
    labels: dict[str, Label] = {_folded(name): term.label for term in terms for name in term.synonyms}
    names = "|".join(re.escape(name) for name in sorted(labels, key=lambda name: (-len(name), name)))
    reading = lexicon.tables["reading"]
    return re.compile(f"{reading['before']}({names}){reading['endings']}{reading['after']}"), labels


@cache
def _intents(language: str) -> dict[str, re.Pattern[str]]:
    lexicon = lexicons.load(language)
    before, after = lexicon.tables["reading"]["before"], lexicon.tables["reading"]["after"]
    return {
        intent: re.compile(f"{before}(?:{'|'.join(patterns)}){after}") for intent, patterns in lexicon.intents.items()
    }


def _folded(text: str) -> str:
    """Text without case, hyphens and the marks on its letters ("œdème" is typed "oedeme" as well)."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return re.sub(r"[\s-]+", " ", bare.casefold().replace("œ", "oe"))
