"""What the guard knows of a language beyond the labeler's lexicon: ``lexicon/<language>/guard.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from service.verification.phrases import Automaton

_PHRASES = (
    "declined",
    "attributed",
    "cause",
    "nothing",
    "normal",
    "no_prior",
    "here",
    "narrower",
    "exceptions",
    "checked",
)


@dataclass(frozen=True, slots=True)
class Tongue:
    """The words and phrases that the file describes.

    ``plain`` are words that add nothing to a claim they stand beside, ``glue`` those that say nothing even alone,
    ``refused`` those that may be declined. ``views`` maps words for a projection to its name.
    """

    diagnoses: frozenset[str]
    plain: frozenset[str]
    glue: frozenset[str]
    refused: frozenset[str]
    declined: Automaton[str]
    attributed: Automaton[str]
    cause: Automaton[str]
    nothing: Automaton[str]
    normal: Automaton[str]
    no_prior: Automaton[str]
    here: Automaton[str]
    narrower: Automaton[str]
    exceptions: Automaton[str]
    checked: Automaton[str]
    numerals: Mapping[str, int]
    counted: frozenset[str]
    pictures: frozenset[str]
    views: Mapping[str, str]
    over: frozenset[str]
    under: frozenset[str]
    shown: frozenset[str]
    ratio: frozenset[str]
    gauges: frozenset[str]
    small: frozenset[str]
    negations: frozenset[str]
    verbs: frozenset[str]
    definite: frozenset[str]
    pronouns: frozenset[str]
    parting: re.Pattern[str]

    def cuts(self, text: str, start: int, end: int) -> Iterator[int]:
        """Give the places before the words with which a new clause begins."""
        return (found.start() for found in self.parting.finditer(text, start, end))


@cache
def load(language: str) -> Tongue:
    """Read a language's file. Raises FileNotFoundError where there is none: the labeler's languages have one."""
    text = (files("service.verification") / "lexicon" / language / "guard.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    phrases = {name: _automaton(tables[name]["phrases"]) for name in _PHRASES}
    figures, small = tables["figures"], tables["small"]
    return Tongue(
        diagnoses=frozenset(tables["diagnoses"]["observations"]),
        plain=frozenset(tables["plain"]["words"].split()),
        glue=frozenset(tables["glue"]["words"].split()),
        refused=frozenset(tables["refused"]["words"].split()),
        numerals=dict(zip(figures["words"], figures["values"], strict=True)),
        counted=frozenset(figures["counted"]),
        pictures=frozenset(figures["pictures"]),
        views=dict(tables["views"]),
        over=frozenset(figures["over"]),
        under=frozenset(figures["under"]),
        shown=frozenset(tables["attributed"]["shown"].split()),
        ratio=frozenset(figures["ratio"]),
        gauges=frozenset(figures["gauges"]),
        small=frozenset(small["words"].split()),
        negations=frozenset(small["negations"].split()),
        verbs=frozenset(small["verbs"].split()),
        pronouns=frozenset(small["pronouns"].split()),
        definite=frozenset(small["definite"].split()),
        parting=re.compile(tables["clauses"]["parting"], re.IGNORECASE),
        **phrases,
    )


def _automaton(phrases: Iterable[str]) -> Automaton[str]:
    automaton: Automaton[str] = Automaton()
    for phrase in phrases:
        automaton.add(phrase, phrase)
    return automaton
