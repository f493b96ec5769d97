"""Figures of many drafts: means, shares and agreement, each with a 95% interval by bootstrap over studies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from models.findings import Label, Polarity
from models.statistics import interval
from service.evaluation.reports.drafting import Record, Text
from service.evaluation.scores import Estimate, Row, table

COMPETITION = (
    Label.ATELECTASIS,
    Label.CARDIOMEGALY,
    Label.CONSOLIDATION,
    Label.EDEMA,
    Label.PLEURAL_EFFUSION,
)
"""The five labels of the CheXpert competition (Irvin et al. 2019), on which ChatCAD reports."""

RATES = (
    *("contradicted", "unsupported", "omitted", "omitted_doubtful"),
    *("invented_prior", "invented_measurement", "invented_device", "invented_recommendation", "invented_name"),
)


@dataclass(frozen=True, slots=True)
class Arm:
    """All drafts of one model in one design, ``guarded`` or as the model wrote them."""

    model: str
    design: str
    guarded: bool
    records: tuple[Record, ...]

    @property
    def name(self) -> str:
        """What to call it in a table."""
        design = "" if self.design == self.model else f", {self.design}"
        return f"{self.model}{design}, {'with' if self.guarded else 'without'} guard"

    @property
    def texts(self) -> tuple[Text, ...]:
        """Its drafts."""
        return tuple(record.guarded if self.guarded else record.raw for record in self.records)


def arms(records: Iterable[Record]) -> list[Arm]:
    """Group records by model and design, each without and with guard."""

    def key(record: Record) -> tuple[str, str]:
        return record.model, record.design

    groups = [(name, tuple(group)) for name, group in groupby(sorted(records, key=key), key)]
    return [Arm(model, design, guarded, group) for (model, design), group in groups for guarded in (False, True)]


def mean(values: Sequence[float]) -> Estimate:
    """Mean of one value a study, with its interval."""
    numbers = np.asarray(values, dtype=float)
    low, high = interval(lambda rows: numbers[rows].mean(keepdims=True), np.arange(len(numbers)))
    return Estimate(float(numbers.mean()), float(low[0]), float(high[0]))


def rate(arm: Arm, name: str) -> Estimate:
    """How many a report, on average."""
    return mean([text.counts.get(name, 0) for text in arm.texts])


def clean(arm: Arm) -> Estimate:
    """Share of reports with nothing contradicted, unsupported or (of the positive findings) left out."""
    wrong = ("contradicted", "unsupported", "omitted")
    return mean([float(not any(text.counts.get(name, 0) for name in wrong)) for text in arm.texts])


def found(record: Record) -> frozenset[Label]:
    """Labels that the findings have as present."""
    present = (finding.label for finding in record.case.facts.findings if finding.polarity is Polarity.PRESENT)
    return frozenset(present) - {Label.NO_FINDING}


def written_by_hand(record: Record) -> frozenset[Label]:
    """Labels of the human report; none where there is no report."""
    return record.case.human or frozenset()


def agreement(arm: Arm, labels: Iterable[Label], truth: Callable[[Record], frozenset[Label]] = found) -> dict[str, Row]:
    """Micro and macro averages of what the drafts say is present against ``truth``, over the labels that occur."""
    said = [text.positive for text in arm.texts]
    true = [truth(record) for record in arm.records]
    used = [label for label in labels if any(label in row for row in (*said, *true))]
    if not used:
        return {}
    flags_true, flags_said = (np.array([[label in row for label in used] for row in rows]) for rows in (true, said))
    rows = {row.name: row for row in table(used, flags_true, flags_said)}
    return {name: rows[name] for name in ("micro", "macro")}


def with_reference(arm: Arm) -> Arm:
    """Choose the drafts of studies with a human report."""
    kept = tuple(record for record in arm.records if record.case.reference)
    return Arm(arm.model, arm.design, arm.guarded, kept)
