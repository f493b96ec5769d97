"""What a text may rest on, looked up the way the guard asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from models.findings import Compared, Finding, Label, Polarity
from prompts import lexicons
from prompts.facts import Passage, StudyFacts
from prompts.site import Site

_UNDER, _OVER = 0.01, 0.99
"""Probabilities beyond are said as "under 1%" and "over 99%" (prompts.details)."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """The facts of a study and, for an answer, the question and the passages that it may cite.

    ``site`` holds the words of its own in which the narrator says the facts there.
    """

    facts: StudyFacts
    question: str | None = None
    passages: tuple[Passage, ...] = ()
    site: Site | None = None


class Ledger:
    """Grounds, by label. A finding that is not there was not assessed."""

    def __init__(self, grounds: Grounds) -> None:
        self.grounds = grounds
        self.facts = grounds.facts
        self.findings: Mapping[Label, Finding] = {finding.label: finding for finding in self.facts.findings}
        self.passages: Mapping[str, Passage] = {passage.id: passage for passage in grounds.passages}
        self.compared: Mapping[Label, Compared] | None = (
            None if self.facts.comparison is None else {each.label: each for each in self.facts.comparison}
        )

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """Say why experts kept silent, in the words of the language."""
        silent = chain.from_iterable(self.facts.silence.values())
        beside = chain.from_iterable(finding.abstentions for finding in self.facts.findings)
        table = lexicons.load(self.facts.language).tables["abstentions"]
        return tuple(str(table[reason]) for reason in dict.fromkeys(chain(silent, beside)))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Give the names of the experts, and with their versions, in the order of the alphabet."""
        opinions = {(each.expert, each.version) for finding in self.findings.values() for each in finding.experts}
        return tuple(sorted({f"{name} {version}" for name, version in opinions} | {name for name, _ in opinions}))

    def state(self, label: Label | None) -> Polarity | None:
        """Say what the experts make of a label; None where nobody was asked."""
        finding = self.findings.get(label) if label else None
        return finding.polarity if finding else None

    def having(self, polarity: Polarity) -> list[Finding]:
        """Select the findings of something with this polarity."""
        return [
            finding
            for finding in self.facts.findings
            if finding.label is not Label.NO_FINDING and finding.polarity is polarity
        ]

    def numbers(self, labels: Iterable[Label], *, measured: bool) -> Iterator[float]:
        """Give every number that may be said of these labels, or of any where none is given.

        Fractions come as percent too; ``measured`` asks for what was measured and nothing else.
        """
        wanted = set(labels) & set(self.findings) or set(self.findings)
        compared = [each for each in (self.compared or {}).values() if each.label in wanted]
        for finding in (*(self.findings[label] for label in wanted), *(each.before for each in compared)):
            yield from _measured(finding)
            if not measured:
                yield from _figures(finding)
        for each in compared:
            yield from (abs(each.difference), each.noise, 100 * abs(each.difference), 100 * each.noise)

    def counts(self) -> set[int]:
        """How many findings there are, by what was found."""
        found = [len(self.having(polarity)) for polarity in Polarity]
        return {sum(found), *found, len(self.facts.findings)}

    def pictures(self) -> set[int]:
        """How many images there are, read and not."""
        views, unread = len(self.facts.views), len(self.facts.unread)
        return {views, unread, views + unread}


def _figures(finding: Finding) -> Iterator[float]:
    opinions = chain.from_iterable((opinion.raw, opinion.probability) for opinion in finding.experts)
    for fraction in (finding.probability, finding.threshold, *opinions):
        yield fraction
        yield 100 * fraction
        yield from (1.0 if fraction < _UNDER else 99.0,) if not _UNDER <= fraction <= _OVER else ()


def _measured(finding: Finding) -> Iterator[float]:
    if finding.measure:
        yield from (finding.measure.value, 100 * finding.measure.value, finding.measure.error)
