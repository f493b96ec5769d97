"""The words of a language, read from ``service/verification/lexicon/<language>/*.toml`` and made ready to be found."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from models.findings import Change, Label, Polarity
from service.verification.claims import Acuity, Certainty, Height, RemarkKind, Section, Severity, Side, Status
from service.verification.phrases import Automaton
from service.verification.sentences import Headings

Table = Mapping[str, Any]
Value = Side | Height | Severity | Acuity | Change
T = TypeVar("T")


class UnknownLanguageError(LookupError):
    """There is no lexicon to read this language with; the message names those there are."""


class Direction(StrEnum):
    """Which side of a cue it speaks of."""

    FORWARD = "forward"
    BACKWARD = "backward"


class Mark(StrEnum):
    """Words that give a sentence its build."""

    STOP = "stops"
    VERB = "verbs"
    NEUTRAL = "neutral"
    JOIN = "joins"
    ALTERNATIVE = "alternatives"


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """Something a sentence can claim; ``label`` is None beyond the vocabulary."""

    name: str
    label: Label | None
    related: tuple[Label, ...]
    certainty: Certainty
    device: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """What can be said of a structure; a reassuring one denies what would be wrong with it."""

    name: str
    certainty: Certainty
    severity: Severity | None
    reassuring: bool


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """A part of the chest, with the observations that a quality, by name, claims or denies of it."""

    name: str
    means: Mapping[str, tuple[Observation, ...]]
    denies: Mapping[str, tuple[Observation, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Cue:
    """Words that turn the mentions before or after them."""

    direction: Direction
    polarity: Polarity | None
    certainty: Certainty
    status: Status
    change: Change | None


@dataclass(frozen=True, slots=True)
class Attribute:
    """What is said of a finding besides its being there."""

    value: Value


Named = Observation | Quality | Structure


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One automaton for each layer of a sentence: a word may belong to several layers ("stable", "no change")."""

    findings: Automaton[Named]
    build: Automaton[Cue | Mark]
    attributes: Automaton[Attribute]
    remarks: Automaton[RemarkKind]
    asserting: frozenset[str]
    headings: Headings


@cache
def languages() -> tuple[str, ...]:
    """Languages that can be read."""
    folders = (files("service.verification") / "lexicon").iterdir()
    return tuple(sorted(folder.name for folder in folders if (folder / "observations.toml").is_file()))


@cache
def load(language: str) -> Lexicon:
    """Lexicon of a language ("en"). Raises UnknownLanguageError; PhraseError and KeyError where its files are wrong."""
    if language not in languages():
        raise UnknownLanguageError(f"cannot read {language!r}; there are lexicons for: {', '.join(languages())}")
    folder = files("service.verification") / "lexicon" / language
    names = ("observations", "structures", "qualities", "cues", "attributes", "remarks", "sections")
    tables = {name: tomllib.loads((folder / f"{name}.toml").read_text("utf-8")) for name in names}
    for table in tables.values():
        table.pop("version")
    return Lexicon(
        findings=_findings(tables["observations"], tables["structures"], tables["qualities"]),
        build=_build(tables["cues"]),
        attributes=_attributes(tables["attributes"]),
        remarks=_automaton((RemarkKind(name), entry["phrases"]) for name, entry in tables["remarks"].items()),
        asserting=frozenset(tables["cues"]["asserting"]["words"]),
        headings=Headings({Section(name): tuple(entry["phrases"]) for name, entry in tables["sections"].items()}),
    )


def _findings(observations: Table, structures: Table, qualities: Table) -> Automaton[Named]:
    known = {name: _observation(name, entry) for name, entry in observations.items()}
    named: list[tuple[Named, list[str]]] = [(known[name], entry["phrases"]) for name, entry in observations.items()]
    named += [(_quality(name, entry), entry["phrases"]) for name, entry in qualities.items()]
    named += [(_structure(name, entry, known, qualities), entry["phrases"]) for name, entry in structures.items()]
    return _automaton(named)


def _observation(name: str, entry: Table) -> Observation:
    return Observation(
        name=name,
        label=Label(entry["label"]) if "label" in entry else None,
        related=tuple(map(Label, entry.get("related", ()))),
        certainty=Certainty(entry.get("certainty", Certainty.CERTAIN)),
        device=entry.get("device"),
    )


def _quality(name: str, entry: Table) -> Quality:
    return Quality(
        name=name,
        certainty=Certainty(entry.get("certainty", Certainty.CERTAIN)),
        severity=Severity(entry["severity"]) if "severity" in entry else None,
        reassuring=entry.get("reassuring", False),
    )


def _structure(name: str, entry: Table, known: Mapping[str, Observation], qualities: Table) -> Structure:
    def resolved(key: str) -> dict[str, tuple[Observation, ...]]:
        rules: dict[str, list[str]] = entry.get(key, {})
        unknown = rules.keys() - qualities.keys()
        if unknown:
            raise KeyError(f"structure {name}: no such quality: {', '.join(sorted(unknown))}")
        return {quality: tuple(known[each] for each in claimed) for quality, claimed in rules.items()}

    return Structure(name, means=resolved("means"), denies=resolved("denies"))


def _build(cues: Table) -> Automaton[Cue | Mark]:
    entries: list[tuple[Cue | Mark, list[str]]] = [(_cue(entry), entry["phrases"]) for entry in cues["cues"]]
    entries += [(mark, cues[mark]["phrases"]) for mark in Mark]
    return _automaton(entries)


def _cue(entry: Table) -> Cue:
    polarity = Polarity(entry["polarity"]) if "polarity" in entry else None
    usual = Certainty.POSSIBLE if polarity is Polarity.UNCERTAIN else Certainty.CERTAIN
    return Cue(
        direction=Direction(entry["direction"]),
        polarity=polarity,
        certainty=Certainty(entry.get("certainty", usual)),
        status=Status(entry.get("status", Status.CURRENT)),
        change=Change(entry["change"]) if "change" in entry else None,
    )


def _attributes(table: Table) -> Automaton[Attribute]:
    kinds: dict[str, Callable[[str], Value]] = {
        "side": Side,
        "height": Height,
        "severity": Severity,
        "acuity": Acuity,
        "change": Change,
    }
    return _automaton(
        (Attribute(kind(value)), entry["phrases"])
        for name, kind in kinds.items()
        for value, entry in table[name].items()
    )


def _automaton(entries: Iterable[tuple[T, list[str]]]) -> Automaton[T]:
    automaton: Automaton[T] = Automaton()
    for meaning, phrases in entries:
        for phrase in phrases:
            automaton.add(phrase, meaning)
    return automaton
