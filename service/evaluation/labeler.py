"""The labeler and its peers against the coders of the Open-i reports, side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from models.findings import Label
from service.evaluation import peers
from service.evaluation.openi import Coding, Report
from service.evaluation.scores import Flags, Row, table
from service.verification.claims import Claim
from service.verification.labeler import read

OURS = "cxr-scribe labeler"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The table of one labeler on one set of reports; ``seconds`` is its processor time."""

    name: str
    reports: int
    seconds: float
    rows: tuple[Row, ...]


def claims(text: str) -> Iterable[Claim]:
    """All claims of a text by our labeler."""
    return [claim for sentence in read(text) for claim in sentence.claims]


def compare(reports: Sequence[Report], coding: Coding) -> list[Comparison]:
    """Measure our labeler, and each peer that is installed, on the reports that can be compared."""
    usable = [report for report in reports if coding.usable(report)]
    labelers: dict[str, Callable[[str], Iterable[Claim]]] = {OURS: claims}
    labelers |= {name: build().claims for name, build in peers.available().items()}
    return [_measured(name, label, usable, coding) for name, label in labelers.items()]


def speed(reports: Sequence[Report]) -> float:
    """Sentences a second of processor time, on one core, the lexicon loaded."""
    read("The heart is normal.")
    begin = time.process_time()
    sentences = sum(len(read(report.text)) for report in reports)
    return sentences / (time.process_time() - begin)


def _measured(
    name: str, label: Callable[[str], Iterable[Claim]], reports: Sequence[Report], coding: Coding
) -> Comparison:
    begin = time.process_time()
    said = [coding.named(label(report.text)) for report in reports]
    seconds = time.process_time() - begin
    truth = [coding.coded(report) for report in reports]
    rows = table(coding.labels, _flags(truth, coding), _flags(said, coding))
    return Comparison(name, len(reports), seconds, tuple(rows))


def _flags(named: Sequence[frozenset[Label]], coding: Coding) -> Flags:
    return np.array([[label in row for label in coding.labels] for row in named])
