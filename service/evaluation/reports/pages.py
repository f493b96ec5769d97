"""The evaluation as a folder: tables in Markdown and HTML, plots, figures as JSON, every draft with its verdicts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from models.evaluation.part import Table
from models.evaluation.plots import Interval, forest
from service.domain.verification import Verification
from service.evaluation.reports.drafting import Record
from service.evaluation.reports.figures import Arm, rate
from service.evaluation.reports.tables import arm_json, record_json, tables

_PLOTTED = ("contradicted", "unsupported", "omitted", "invented_prior")
_PLOT = "claims.png"
_PAGE = Environment(
    loader=PackageLoader("service.evaluation.reports", "templates"), autoescape=True, undefined=StrictUndefined
)


def write(folder: Path, arms: Sequence[Arm], records: Sequence[Record], limits: Sequence[str]) -> Path:
    """Write everything into the folder, which is made; return the HTML page's path. Needs matplotlib."""
    (folder / "drafts").mkdir(parents=True, exist_ok=True)
    made = tables(arms)
    data = {"arms": [arm_json(arm) for arm in arms], "drafts": [record_json(record) for record in records]}
    (folder / "results.json").write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    (folder / "index.md").write_text("\n".join(_markdown(made, limits)), "utf-8")
    _plot(folder / _PLOT, arms)
    for record in records:
        (folder / "drafts" / f"{stem(record)}.txt").write_text("\n".join(draft_lines(record)) + "\n", "utf-8")
    page = folder / "index.html"
    drafts = [(stem(record), record) for record in records]
    page.write_text(
        _PAGE.get_template("page.html.j2").render(tables=made, drafts=drafts, limits=limits, plot=_PLOT), "utf-8"
    )
    return page


def stem(record: Record) -> str:
    """Name a draft's file: study, design, model."""
    return ".".join(re.sub(r"[^\w-]+", "-", part) for part in (record.case.id, record.design, record.model))


def draft_lines(record: Record) -> Iterator[str]:
    """Give a draft with the verdict on every sentence, as it was written and after the guard, for a human reader."""
    yield f"{record.case.id}: {record.model}, {record.design}; {record.path}; fell back: {record.fallback or 'no'}"
    yield "\nFINDINGS GIVEN"
    for finding in record.case.facts.findings:
        zone = finding.region.zone if finding.region else None
        yield f"  {finding.polarity:<10} {finding.label} {finding.probability:.2f} {zone or ''}".rstrip()
    for name, text in (("AS THE MODEL WROTE IT", record.raw), ("AFTER THE GUARD", record.guarded)):
        yield f"\n{name}"
        yield from _verdicts(text.verification)
    if record.case.reference:
        yield f"\nTHE HUMAN REPORT\n{record.case.reference}"


def _verdicts(verification: Verification) -> Iterator[str]:
    for sentence in verification.sentences:
        yield f"  [{sentence.verdict:<12}] {sentence.section}: {sentence.text}"
        for reason in dict.fromkeys(claim.reason for claim in sentence.claims if claim.reason):
            yield f"        {reason}"
    for omission in verification.omissions:
        yield f"  [omitted     ] {omission.label} ({omission.polarity})"


def _plot(path: Path, arms: Sequence[Arm]) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra: the rest works without it

    figure = Figure(figsize=(9, 1.5 + 0.5 * len(arms)), layout="constrained")
    rows: dict[str, list[Interval]] = {}
    for arm in arms:
        estimates = [rate(arm, name) for name in _PLOTTED]
        rows[arm.name] = [(each.value, each.low, each.high) for each in estimates]
    forest(figure, rows, [name.replace("_", " ") for name in _PLOTTED], "claims a report", 0.0)
    figure.savefig(path, dpi=120)


def _markdown(made: Sequence[Table], limits: Sequence[str]) -> Iterator[str]:
    yield "# Evaluation of the drafts\n"
    yield "Written by `cxr evaluate reports`; for research, not a medical device.\n"
    for limit in limits:
        yield f"Left out: {limit}\n"
    for table in made:
        yield f"## {table.title}\n"
        yield from (f"| {' | '.join(row)} |" for row in (table.header, ["---"] * len(table.header), *table.rows))
        yield f"\n{table.note}\n"
    yield f"![Claims a report, with intervals]({_PLOT})\n"
