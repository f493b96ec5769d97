"""The Open-i reports (Indiana University) with the MeSH terms that people gave them, as labels of ours."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from models.findings import Label
from service import openi
from service.verification.claims import Certainty, Claim


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its number, the text of findings and impression under their headings, its "major" MeSH terms."""

    number: int
    text: str
    terms: tuple[str, ...]

    @property
    def held_out(self) -> bool:
        """Whether it is of the third that the rules were not made on: numbers that leave 2 when divided by 3."""
        return self.number % 3 == 2  # noqa: PLR2004 - the split that the issue names


@dataclass(frozen=True, slots=True)
class Rule:
    """Terms that mean a label: one of the headings, with one of some qualifiers, without others."""

    headings: frozenset[str]
    needed: frozenset[str]
    barred: frozenset[str]

    def fits(self, term: str) -> bool:
        """Whether a term ("Opacity/lung/base/left") is meant."""
        heading, *rest = (part.strip() for part in term.split("/"))
        qualifiers = set(rest)
        wanted = not self.needed or bool(qualifiers & self.needed)
        return heading in self.headings and wanted and not qualifiers & self.barred


@dataclass(frozen=True, slots=True)
class Coding:
    """What the terms mean in our labels, and which claims name a label as the coders did."""

    rules: Mapping[Label, tuple[Rule, ...]]
    normal: str
    asides: frozenset[str]
    unindexed: frozenset[str]
    in_doubt: frozenset[Label]
    uncoded: frozenset[str]

    @property
    def labels(self) -> tuple[Label, ...]:
        """Labels that are measured."""
        return (*self.rules, Label.NO_FINDING)

    def usable(self, report: Report) -> bool:
        """Whether there is a text, and codes to compare it with."""
        return bool(report.text) and not self.unindexed.intersection(report.terms)

    def coded(self, report: Report) -> frozenset[Label]:
        """Labels that the coders gave a report."""
        terms = [term for term in report.terms if term not in self.asides]
        meant = {label for label, rules in self.rules.items() if any(rule.fits(t) for rule in rules for t in terms)}
        return frozenset(meant | ({Label.NO_FINDING} if terms in ([], [self.normal]) else set()))

    def named(self, claims: Iterable[Claim]) -> frozenset[Label]:
        """Labels that the claims of a report name, as the coders count; no_finding where nothing is asserted."""
        asserted = [claim for claim in claims if claim.asserted and claim.label is not Label.NO_FINDING]
        if not asserted:
            return frozenset({Label.NO_FINDING})
        counted = (claim for claim in asserted if claim.observation not in self.uncoded and self._counts(claim))
        return frozenset(claim.label for claim in counted if claim.label is not None)

    def _counts(self, claim: Claim) -> bool:
        return claim.certainty not in {Certainty.SUGGESTED, Certainty.POSSIBLE} or claim.label in self.in_doubt


@cache
def coding() -> Coding:
    """Read ``openi_mesh.toml``."""
    table = tomllib.loads((files("service.evaluation") / "openi_mesh.toml").read_text("utf-8"))
    return Coding(
        rules={Label(name): tuple(map(_rule, rules)) for name, rules in table["labels"].items()},
        normal=table["normal"],
        asides=frozenset(table["asides"]),
        unindexed=frozenset(table["unindexed"]),
        in_doubt=frozenset(map(Label, table["in_doubt"])),
        uncoded=frozenset(table["uncoded"]),
    )


def reports(archive: Path) -> list[Report]:
    """Read all reports of the archive, by number."""
    return [Report(record.number, record.text, record.terms) for record in openi.records(archive)]


def _rule(entry: Mapping[str, Any]) -> Rule:
    return Rule(*(frozenset(entry.get(key, ())) for key in ("headings", "with", "without")))
