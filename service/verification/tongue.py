"""What the guard knows of a language beyond the labeler's lexicon: ``lexicon/<language>/guard.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from service.verification.phrases import Automaton

_PHRASES = ("declined", "attributed", "cause", "nothing", "no_prior", "here")


@dataclass(frozen=True, slots=True)
class Tongue:
    """The words and phrases that the file describes.

    ``plain`` are words that claim nothing by themselves, ``refused`` those that may be declined.
    """

    diagnoses: frozenset[str]
    plain: frozenset[str]
    refused: frozenset[str]
    declined: Automaton[str]
    attributed: Automaton[str]
    cause: Automaton[str]
    nothing: Automaton[str]
    no_prior: Automaton[str]
    here: Automaton[str]
    numerals: Mapping[str, int]
    counted: frozenset[str]
    ratio: frozenset[str]
    gauges: frozenset[str]
    small: frozenset[str]
    negations: frozenset[str]


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
        refused=frozenset(tables["refused"]["words"].split()),
        numerals=dict(zip(figures["words"], figures["values"], strict=True)),
        counted=frozenset(figures["counted"]),
        ratio=frozenset(figures["ratio"]),
        gauges=frozenset(figures["gauges"]),
        small=frozenset(small["words"].split()),
        negations=frozenset(small["negations"].split()),
        **phrases,
    )


def _automaton(phrases: Iterable[str]) -> Automaton[str]:
    automaton: Automaton[str] = Automaton()
    for phrase in phrases:
        automaton.add(phrase, phrase)
    return automaton
