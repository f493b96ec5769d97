"""``cxr evaluate labeler``: how well reports are read, against human codes and beside other people's tools."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from service import openi as archives
from service.domain.errors import ConfigurationError
from service.evaluation import openi
from service.evaluation.labeler import Comparison, compare, speed
from service.evaluation.scores import Estimate


def labeler(
    development: Annotated[bool, typer.Option(help="The two thirds that the rules were made on.")] = False,
    archive: Annotated[Path | None, typer.Option(help="NLMCXR_reports.tgz; else torchxrayvision's own.")] = None,
    output: Annotated[Path | None, typer.Option(help="Also write the figures there, as JSON.")] = None,
) -> None:
    """Measure the labeler on the Open-i reports, on the third that its rules were not made on."""
    path = archive or archives.find_archive()
    if path is None:
        raise ConfigurationError("The Open-i reports come with torchxrayvision: install it, or name them: --archive.")
    chosen = [report for report in openi.reports(path) if report.held_out != development]
    compared = compare(chosen, openi.coding())
    for line in lines(compared):
        typer.echo(line)
    typer.echo(f"{len(chosen)} reports, {compared[0].reports} with text and codes; {speed(chosen):.0f} sentences/s")
    if output is not None:
        output.write_text(json.dumps([asdict(each) for each in compared], indent=2) + "\n", "utf-8")


def lines(compared: Sequence[Comparison]) -> Iterator[str]:
    """Give the comparison as Markdown tables, one a labeler: figures with 95% intervals."""
    for each in compared:
        yield f"\n{each.name} ({each.seconds:.1f} s)\n"
        yield "| label | reports | precision | recall | F1 |"
        yield "| --- | ---: | --- | --- | --- |"
        for row in each.rows:
            figures = " | ".join(map(_figure, (row.precision, row.recall, row.f1)))
            yield f"| {row.name} | {row.positives} | {figures} |"


def _figure(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"
