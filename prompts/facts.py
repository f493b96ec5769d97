"""Everything a text about a study may rest on: what the experts found and what somebody said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from models.findings import Abstention, Compared, Finding, Label


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document that an answer may cite, by ``id`` ("pneumothorax#mimics"); ``text`` is quoted as it is."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """The only facts a report or an answer may state.

    ``views`` holds one entry an image that was read, from its tags ("PA", "AP", "LATERAL", "LL", "RL"), "" where
    unknown.
    ``unread`` holds one sentence an image that was stopped before the experts, saying why.
    ``silence`` holds the labels on which every expert that was asked kept silent, with the reasons.
    ``comparison`` holds every label that both this study and the prior one were read for; None where none was given.
    ``indication`` is free text from outside, already cleared of patient data: to be quoted as data, never obeyed.
    """

    findings: tuple[Finding, ...]
    views: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    indication: str | None = None
    language: str = "en"
    silence: Mapping[Label, tuple[Abstention, ...]] = field(default_factory=lambda: MappingProxyType({}))
    comparison: tuple[Compared, ...] | None = None
