"""Everything a text about a study may rest on: what the experts found and what somebody said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from models.findings import Abstention, Finding, Label


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """The only facts a report or an answer may state.

    ``views`` holds one entry an image that was read, from its tags ("PA", "AP", "LATERAL", "LL", "RL"), "" where
    unknown.
    ``unread`` holds one sentence an image that was stopped before the experts, saying why.
    ``silence`` holds the labels on which every expert that was asked kept silent, with the reasons.
    ``indication`` is free text from outside, already cleared of patient data: to be quoted as data, never obeyed.
    """

    findings: tuple[Finding, ...]
    views: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    indication: str | None = None
    language: str = "en"
    silence: Mapping[Label, tuple[Abstention, ...]] = field(default_factory=lambda: MappingProxyType({}))
