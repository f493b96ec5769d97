"""The studies that drafts are written of: what is known of each and, where there is one, the report that a human wrote.

Three sources: findings of the panel on named films (``films``), the labels of NIH films as if they were findings
(``labels``), and the human codes of Open-i reports as if they were findings (``openi``). ``studies.toml`` names them.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from models.findings import Finding, Label
from models.training.films import NIH_LABELS
from prompts.facts import StudyFacts
from service import openi as archives
from service.domain.errors import ConfigurationError
from service.evaluation.openi import coding, reports

FOUND, NOT_FOUND, THRESHOLD = 0.95, 0.02, 0.5
"""Probabilities that a label set is given as findings with: without doubt either way."""


@dataclass(frozen=True, slots=True)
class Case:
    """One study. ``human`` are the labels of the human report in ``reference``; None where there is none."""

    id: str
    source: str
    facts: StudyFacts
    reference: str | None = None
    human: frozenset[Label] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the manifest of the NIH films."""

    path: Path
    view: str
    age_years: float | None
    labels: frozenset[Label]


@cache
def named() -> Mapping[str, tuple[str, ...]]:
    """Read ``studies.toml``: by source, what it is made of, in order."""
    text = (files("service.evaluation.reports") / "studies.toml").read_text("utf-8")
    return {source: tuple(map(str, names)) for source, names in tomllib.loads(text).items()}


def as_findings(
    present: Collection[Label], assessed: Iterable[Label], doubtful: Collection[Label] = ()
) -> tuple[Finding, ...]:
    """Give a label set as findings of nobody in particular."""
    return tuple(
        Finding(
            label=label,
            probability=THRESHOLD if label in doubtful else FOUND if label in present else NOT_FOUND,
            threshold=THRESHOLD,
            uncertain=label in doubtful,
            experts=(),
        )
        for label in assessed
    )


def manifest(data: Path, names: Iterable[str]) -> list[Row]:
    """Find these NIH films. Raises ConfigurationError that names the first that is missing."""
    path = data / "nih" / "manifest.csv"
    if not path.is_file():
        raise ConfigurationError(f"The NIH films are missing: there is no {path}.")
    with path.open(newline="", encoding="utf-8") as file:
        rows = {row["image"]: row for row in csv.DictReader(file)}
    missing = [name for name in names if name not in rows]
    if missing:
        raise ConfigurationError(f"{path} has no {missing[0]}, which studies.toml names.")
    return [_row(path.parent / name, rows[name]) for name in names]


def label_cases(data: Path, count: int) -> list[Case]:
    """Give the labels of the first ``count`` named NIH films as findings."""
    rows = manifest(data, named()["labels"][:count])
    return [
        Case(
            f"labels-{row.path.stem}",
            "labels",
            StudyFacts(as_findings(row.labels, NIH_LABELS.values()), views=(row.view,)),
        )
        for row in rows
    ]


def openi_cases(archive: Path | None, count: int) -> list[Case]:
    """Give the human codes of the first ``count`` named Open-i reports as findings, with the reports."""
    path = archive or archives.find_archive()
    if path is None:
        raise ConfigurationError("The Open-i reports come with torchxrayvision: install it, or name them: --archive.")
    wanted, codes = named()["openi"][:count], coding()
    found = {str(report.number): report for report in reports(path)}
    assessed = [label for label in codes.labels if label is not Label.NO_FINDING]
    cases = []
    for number in wanted:
        human = codes.coded(found[number]) - {Label.NO_FINDING}
        facts = StudyFacts(as_findings(human, assessed), views=("PA",))
        cases.append(Case(f"openi-{number}", "openi", facts, found[number].text, human))
    return cases


def _row(path: Path, row: Mapping[str, str]) -> Row:
    names = set(row["labels"].split("|")) & set(NIH_LABELS)
    age = float(row["age"]) if row["age"].isdecimal() else None
    return Row(path, row["view"], age, frozenset(NIH_LABELS[name] for name in names))
