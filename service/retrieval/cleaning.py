"""A report of an earlier study, cut down to what may serve as an example of style.

What is left speaks of one film and nobody: no name, number or date, nothing that was blacked out, no earlier film, no
change, no measurement, no recommendation, nobody who signed or was told. A sentence that has any of these goes as a
whole, for a sentence with a hole in it is no example. Only the findings and the impression are kept.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.findings import Label, Polarity
from prompts.fence import visible
from service.imaging.free_text import scrub
from service.verification.claims import Section, Sentence, Status, summary
from service.verification.labeler import read

LEAST_SENTENCES = 2
MOST_LETTERS = 2_000
"""Longer ones would fill a small model's context and teach it to go on and on."""

_KEPT = {None: "", Section.FINDINGS: "FINDINGS: ", Section.IMPRESSION: "IMPRESSION: "}


@dataclass(frozen=True, slots=True)
class RawReport:
    """A report as its source has it. ``said`` are its findings, where the source knows them better than the labeler."""

    id: str
    text: str
    indication: str = ""
    said: Mapping[Label, Polarity] | None = None


@dataclass(frozen=True, slots=True)
class CleanReport:
    """What is left of a report: its text, what that says of each label, and the words of its indication."""

    id: str
    text: str
    indication: str
    said: Mapping[Label, Polarity]

    @property
    def key(self) -> str:
        """The same for reports that differ in nothing but case, spaces and punctuation."""
        return " ".join(re.findall(r"\w+", self.text.casefold()))


def clean(report: RawReport) -> CleanReport | None:
    """Clean a report; None when less than ``LEAST_SENTENCES`` are left of it, or more than ``MOST_LETTERS``."""
    whole = scrub(visible(report.text))
    sentences = read(whole)
    kept = tuple(sentence for sentence in _body(sentences) if _of_this_film(sentence, whole))
    text = _joined(kept, whole)
    if len(kept) < LEAST_SENTENCES or len(text) > MOST_LETTERS:
        return None
    indication = scrub(visible(report.indication)) or _section(sentences, whole, Section.INDICATION)
    return CleanReport(report.id, text, indication, summary(kept) if report.said is None else report.said)


def _body(sentences: tuple[Sentence, ...]) -> list[Sentence]:
    """Take findings and impression; where there are no such headings, what stands under none."""
    headed = [sentence for sentence in sentences if sentence.section in {Section.FINDINGS, Section.IMPRESSION}]
    return headed or [sentence for sentence in sentences if sentence.section is None]


def _of_this_film(sentence: Sentence, text: str) -> bool:
    past = any(claim.status is Status.PAST or claim.change is not None for claim in sentence.claims)
    return not (past or sentence.remarks or _left_out().search(sentence.span.of(text)))


def _joined(sentences: tuple[Sentence, ...], text: str) -> str:
    """Put sentences together again under their headings."""
    parts = {section: [each.span.of(text) for each in sentences if each.section is section] for section in _KEPT}
    lines = (_KEPT[section] + " ".join(part) for section, part in parts.items() if part)
    return "\n".join(" ".join(line.split()) for line in lines)


def _section(sentences: tuple[Sentence, ...], text: str, section: Section) -> str:
    return " ".join(sentence.span.of(text) for sentence in sentences if sentence.section is section)


@cache
def _left_out() -> re.Pattern[str]:
    table = tomllib.loads((files("service.retrieval") / "data" / "left_out.toml").read_text("utf-8"))
    patterns = [pattern for kind, rows in table.items() if kind != "version" for pattern in rows]
    return re.compile("|".join(patterns), re.IGNORECASE)
