"""A site's own words: headings and phrases, standing sentences on technique, the text of a normal report."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from models.findings import Label, Polarity
from prompts import lexicons
from prompts.audience import Audience
from prompts.calibrated import Paragraphs, assessed
from prompts.facts import StudyFacts
from prompts.lexicons import Lexicon, merged
from prompts.measured import beside
from prompts.statement import Statement


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Normal:
    """The text of a report in which every assessed finding is absent; ``{findings}`` lists their names."""

    findings: str
    impression: str


@dataclass(frozen=True, slots=True)
class Words:
    """A site's words in one language: ``tables`` are laid over those of ``phrases.toml``."""

    tables: Mapping[str, Any] = field(default_factory=_nothing)
    technique: tuple[str, ...] = ()
    normal: Normal | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A site's words by language. ``version`` goes into the provenance of every text that they shaped.

    Phrases and the normal report are a clinician's; headings and technique hold for every reader.
    """

    version: str = ""
    languages: Mapping[str, Words] = field(default_factory=_nothing)

    def lexicon(self, language: str, audience: Audience = Audience.CLINICIAN) -> Lexicon:
        """Lexicon of a language with the site's phrases in it. Raises UnknownLanguageError."""
        known, tables = lexicons.load(language, audience), self._words(language).tables
        if audience is Audience.PATIENT:
            tables = {name: tables[name] for name in ("headings",) if name in tables}
        if not tables:
            return known
        return replace(known, version=f"{known.version} {self.version}", tables=merged(known.tables, tables))

    def headings(self, language: str) -> Mapping[str, str]:
        """Heading of every section, by its name. Raises UnknownLanguageError."""
        headings: Mapping[str, str] = self.lexicon(language).tables["headings"]
        return headings

    def technique(self, language: str) -> tuple[Statement, ...]:
        """Sentences that stand in every report's technique."""
        return tuple(Statement(text) for text in self._words(language).technique)

    def normal(self, facts: StudyFacts, lexicon: Lexicon) -> tuple[Paragraphs, tuple[Statement, ...]] | None:
        """Return findings and impression by the site's text, with what was measured; None unless all is absent."""
        if not _nothing_found(facts):
            return None
        read = {finding.label for finding in assessed(facts.findings)}
        text = self.macro(lexicon, read)
        if text is None:
            return None
        labels = tuple(label for label in lexicon.terms if label in read)
        measured = tuple(line for finding in facts.findings for line in beside(finding, lexicon))
        findings = (Statement(text.findings, labels), *measured)
        return (findings,), (Statement(text.impression, labels),)

    def macro(self, lexicon: Lexicon, labels: Collection[Label]) -> Normal | None:
        """Return the site's text of a normal report, with the names of these labels in it; None where it has none."""
        text = self._words(lexicon.language).normal
        if text is None:
            return None
        names = lexicon.listed([term.name for label, term in lexicon.terms.items() if label in labels], "or")
        return Normal(text.findings.format(findings=names), text.impression.format(findings=names))

    def _words(self, language: str) -> Words:
        return self.languages.get(language, Words())


NO_SITE = Site()


def _nothing_found(facts: StudyFacts) -> bool:
    """Whether every assessed finding is absent, and nothing is uncertain, unread or silent."""
    read = assessed(facts.findings)
    whole = [finding for finding in facts.findings if finding.label is Label.NO_FINDING]
    return (
        bool(read)
        and all(finding.polarity is Polarity.ABSENT and not finding.abstentions for finding in read)
        and all(finding.polarity is Polarity.PRESENT for finding in whole)
        and not facts.unread
        and not facts.silence
    )
