"""Measure again what the cards and pages claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from models.base import ExpertError
from models.evaluation import page, registry
from models.evaluation.part import Check, Evaluate, Given, MissingDataError, Part, Table
from models.evaluation.registry import PARTS
from service.bootstrap.panel import load_experts, load_segmenter
from service.cli import evaluate_labeler, evaluate_reports
from service.cli.common import settings_or_exit
from service.domain.errors import ConfigurationError

app = typer.Typer(help="Measure again what the cards claim.", no_args_is_help=True, add_completion=False)

_DATA = "Folder that holds one folder of films a set: nih, jsrt, ..."
_PART = f"Only this part; may be given more than once. Parts: {', '.join(PARTS)}."


app.command()(evaluate_labeler.labeler)
app.command()(evaluate_reports.reports)


@app.command()
def experts(
    data: Annotated[Path, typer.Option(help=_DATA)],
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder for index.md and the plots.")],
    part: Annotated[list[str] | None, typer.Option(help=_PART)] = None,
) -> None:
    """Reproduce every figure of the experts' cards, with plots.

    Exit status 1 when a figure differs from its card by more than rounding, or a part could not be measured.
    """
    chosen = _chosen(part or list(PARTS))
    if not data.is_dir():
        raise ConfigurationError(f"The films are missing: there is no folder {data}.")
    if find_spec("matplotlib") is None:
        raise ConfigurationError("matplotlib is missing: pip install 'cxr-scribe[evaluate]'.")
    settings = settings_or_exit()
    given = Given(data, load_experts(settings), load_segmenter(settings), say=_say)
    done, missing = _measured(chosen, given)
    for line in (line for each in done.values() for line in _lines(each)):
        typer.echo(line)
    for name, reason in missing.items():
        typer.secho(f"not measured: {name}: {reason}", fg="red", err=True)
    typer.echo(f"Written to {page.write(out, done, missing)}.")
    if missing or any(not check.agrees for each in done.values() for check in each.checks):
        raise typer.Exit(1)


def _chosen(names: list[str]) -> Mapping[str, Evaluate]:
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise typer.BadParameter(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return {name: registry.part(PARTS[name]) for name in names}


def _measured(chosen: Mapping[str, Evaluate], given: Given) -> tuple[dict[str, Part], dict[str, str]]:
    done, missing = {}, {}
    for name, evaluate in chosen.items():
        try:
            done[name] = evaluate(given)
        except (MissingDataError, ExpertError) as error:
            missing[name] = str(error)
    return done, missing


def _lines(part: Part) -> Iterator[str]:
    yield f"\n{part.title}"
    for table in part.tables:
        yield from _table(table)
    if part.checks:
        yield f"  {'figure':<60} {'card':>10} {'again':>10}"
        yield from map(_check, part.checks)


def _table(table: Table) -> Iterator[str]:
    rows = (table.header, *table.rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.header))]
    yield f"\n  {table.title}"
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _check(check: Check) -> str:
    verdict = "" if check.agrees else "  DIFFERS"
    return f"  {check.name:<60} {check.card:>10.{check.digits}f} {check.again:>10.{check.digits}f}{verdict}"


def _say(line: str) -> None:
    """Say on standard error what is being done."""
    typer.secho(line, dim=True, err=True)
