"""Nouns in a sentence: their case forms, what agrees with them, how they are listed. The grammar itself is data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.findings import Label, Zone

Forms = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Noun:
    """A name in every form that its language's phrases ask for ("name", "phrase", "of", ...), its gender and number."""

    forms: Forms
    gender: str
    plural: bool


@dataclass(frozen=True, slots=True)
class Term:
    """How one label is named, where it is reported, how urgent it is (1 first), what a reader may call it.

    ``several`` names it where there is one on each side; None where that is no different.
    """

    label: Label
    one: Noun
    several: Noun | None
    group: str
    place: str
    urgency: int
    synonyms: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name, bare."""
        return self.one.forms["name"]

    def inflected(self, zone: Zone | None) -> Noun:
        """Its noun; in both lungs "a mass" becomes "masses"."""
        return self.several if self.several and zone is Zone.BILATERAL else self.one


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a language lists and lets agree: the tables ``lists``, ``euphony`` and ``agreement`` of ``phrases.toml``."""

    lists: Mapping[str, str]
    euphony: Mapping[str, Sequence[str]]
    agreement: Mapping[str, Mapping[str, str]]

    def listed(self, items: Sequence[str], conjunction: str) -> str:
        """Join as a list: "a", "a and b", "a, b or c"; ``conjunction`` is a key of ``lists``."""
        if not items:
            return ""
        before = self.lists["comma"].join(items[:-1])
        return before + (self._conjunction(conjunction, items[-1]) if before else "") + items[-1]

    def agreeing(self, nouns: Sequence[Noun]) -> Mapping[str, str]:
        """Words that agree with a list of nouns: plural from two on, and masculine where one of them is."""
        gender = "masculine" if any(noun.gender == "masculine" for noun in nouns) else nouns[0].gender
        number = "plural" if len(nouns) > 1 or nouns[0].plural else "singular"
        return self.agreement.get(f"{gender}_{number}") or self.agreement[number]

    def _conjunction(self, conjunction: str, following: str) -> str:
        """Spanish "y" is "e" before the sound of an i: a conjunction may change before what matches a pattern."""
        pattern, changed = self.euphony.get(conjunction, ("(?!)", ""))
        return changed if re.match(pattern, following, re.IGNORECASE) else self.lists[conjunction]


class Fields(dict[str, Any]):
    """What a phrase can ask for about some nouns; a listed form is made when it is asked for.

    A form's name lists it with "and", followed by another conjunction with that: ``{phrase}``, ``{name_or}``. A word
    of ``agreement`` agrees with the whole list; with its first or last noun: ``{is}``, ``{first[is]}``.
    """

    def __init__(self, nouns: Sequence[Noun], grammar: Grammar, values: Mapping[str, object]) -> None:
        super().__init__(grammar.agreeing(nouns))
        self.update(first=grammar.agreeing(nouns[:1]), last=grammar.agreeing(nouns[-1:]), **values)
        self._nouns = nouns
        self._grammar = grammar

    def __missing__(self, key: str) -> str:
        form, _, conjunction = key.rpartition("_")
        if conjunction not in self._grammar.lists:
            form, conjunction = key, "and"
        return self._grammar.listed([noun.forms[form] for noun in self._nouns], conjunction)
