"""The figures as tables of text and as data: one row a model, design and whether under guard."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from models.evaluation.part import Table
from models.findings import Label
from service.evaluation.reports.drafting import NARRATOR, Record
from service.evaluation.reports.figures import (
    COMPETITION,
    RATES,
    Arm,
    agreement,
    clean,
    mean,
    rate,
    with_reference,
    written_by_hand,
)
from service.evaluation.reports.judges import JUDGES
from service.evaluation.scores import Estimate, Row

CHATCAD = ("ChatCAD's own table: ChatGPT, 300 films of MIMIC-CXR", "0.605 (published, CheXbert's labels)")
_INTERVALS = "95% intervals by bootstrap over studies, 1,000 resamples."


def tables(arms: Sequence[Arm]) -> list[Table]:
    """Make every table."""
    return [_rates(arms), _costs(arms), _agreement(arms), *_human(arms), _judged(arms)]


def record_json(record: Record) -> dict[str, object]:
    """One draft as data, without its texts: these are in ``drafts/``."""
    return {
        "study": record.case.id,
        "source": record.case.source,
        "design": record.design,
        "model": record.model,
        "path": record.path,
        "fallback": record.fallback,
        "seconds": {"generate": record.generate_s, "judge": record.judge_s, "repair": record.repair_s},
        "tokens": {"prompt": record.prompt_tokens, "completion": record.completion_tokens},
        "repairs": dict(record.repairs),
        "raw": dict(record.raw.counts),
        "guarded": dict(record.guarded.counts),
        "omissions": {
            name: [asdict(each) for each in text.verification.omissions]
            for name, text in (("raw", record.raw), ("guarded", record.guarded))
        },
    }


def arm_json(arm: Arm) -> dict[str, object]:
    """All figures of an arm as data."""
    every = {name: asdict(rate(arm, name)) for name in (*RATES, "words")}
    agreed = {
        name: {average: asdict(row) for average, row in agreement(arm, labels).items()}
        for name, labels in _SETS.items()
    }
    return {"arm": arm.name, "reports": len(arm.records), "rates": every, "clean": asdict(clean(arm)), "f1": agreed}


_SETS: Mapping[str, Sequence[Label]] = {"five": COMPETITION, "all": tuple(Label)}


def _rates(arms: Sequence[Arm]) -> Table:
    header = ("", "reports", *(name.replace("_", " ") for name in RATES), "reports without any")
    rows = tuple(
        (arm.name, str(len(arm.records)), *(_figure(rate(arm, name)) for name in RATES), _figure(clean(arm)))
        for arm in arms
    )
    note = (
        f"Claims a report. Without any: nothing contradicted, unsupported or, of what is present, omitted. {_INTERVALS}"
    )
    return Table("Claims a report", header, rows, note)


def _costs(arms: Sequence[Arm]) -> Table:
    header = ("", "words", "generating s", "judging s", "repairing s", "guard's share", "tokens", "fell back", "JSON")
    return Table(
        "What it costs", header, tuple(_cost(arm) for arm in arms), "Means a report; share: judging by writing."
    )


def _cost(arm: Arm) -> tuple[str, ...]:
    records = arm.records
    spent = sum(record.generate_s for record in records)
    judging = sum(record.judge_s for record in records) if arm.guarded else 0.0
    tokens = [record.completion_tokens for record in records if record.completion_tokens is not None]
    return (
        arm.name,
        f"{mean([text.counts['words'] for text in arm.texts]).value:.0f}",
        f"{spent / len(records):.2f}",
        f"{judging / len(records):.3f}" if arm.guarded else "-",
        f"{sum(record.repair_s for record in records) / len(records):.2f}" if arm.guarded else "-",
        f"{judging / spent:.1%}" if arm.guarded and spent and arm.model != NARRATOR else "-",
        f"{sum(tokens) / len(tokens):.0f}" if tokens else "-",
        _share(record.fallback is not None for record in records),
        _share(record.path == "json" for record in records),
    )


def _agreement(arms: Sequence[Arm]) -> Table:
    rows = tuple(_scored(arm, name, row) for arm in arms for name, row in _averages(arm))
    header = ("", "labels", "precision", "recall", "F1")
    note = "What the drafts say is present against the findings that are. Intervals as above, 2,000 resamples."
    return Table("Agreement with the findings", header, rows, note)


def _averages(arm: Arm) -> Iterator[tuple[str, Row]]:
    for name, labels in _SETS.items():
        for average, row in agreement(arm, labels).items():
            yield f"{name}, {average}", row


def _human(arms: Sequence[Arm]) -> Iterator[Table]:
    """Compare with the labels of the human reports of MIMIC-CXR, beside ChatCAD's own figure."""
    for arm in arms:
        kept = tuple(record for record in arm.records if record.case.source == "mimic")
        if kept:
            only = Arm(arm.model, arm.design, arm.guarded, kept)
            rows = tuple(
                _scored(only, f"five, {average}", row)
                for average, row in agreement(only, COMPETITION, written_by_hand).items()
            )
            note = f"{len(kept)} studies. Other films, another labeler than ChatCAD's: beside it, not against it."
            header = ("", "labels", "precision", "recall", "F1")
            yield Table(
                f"MIMIC-CXR: {arm.name}", header, (*rows, (CHATCAD[0], "five, macro", "", "", CHATCAD[1])), note
            )


def _judged(arms: Sequence[Arm]) -> Table:
    kept = [arm for arm in map(with_reference, arms) if arm.records]
    rows = [row for judge in JUDGES for row in _by(judge.label, judge.open(), kept)]
    note = "Findings and impression against the human report of the same study. " + _INTERVALS
    return Table("Likeness to human reports", ("judge", "", "figure", "value"), tuple(rows), note)


def _by(name: str, score: object, arms: Sequence[Arm]) -> Iterator[tuple[str, ...]]:
    if not callable(score):
        yield name, "-", "-", str(score)
        return
    for arm in arms:
        texts = [text.plain for text in arm.texts]
        references = [record.case.reference or "" for record in arm.records]
        for figure, value in score(texts, references).items():
            yield name, arm.name, figure, _figure(value)


def _scored(arm: Arm, labels: str, row: Row) -> tuple[str, ...]:
    return (arm.name, labels, *map(_figure, (row.precision, row.recall, row.f1)))


def _figure(estimate: Estimate) -> str:
    if math.isnan(estimate.low):
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def _share(flags: Iterable[bool]) -> str:
    values = list(flags)
    return f"{sum(values)} of {len(values)}"
