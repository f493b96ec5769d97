"""The evaluation as a folder: ``index.md`` with every table and check, and the plots as PNG and SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from models.evaluation.part import Part, Plot, Table

INDEX = "index.md"
DPI = 120


def write(folder: Path, parts: Mapping[str, Part], missing: Mapping[str, str]) -> Path:
    """Write the page and its plots into the folder, which is made; return the page's path. Needs matplotlib."""
    folder.mkdir(parents=True, exist_ok=True)
    for plot in (plot for part in parts.values() for plot in part.plots):
        _save(plot, folder)
    page = folder / INDEX
    page.write_text("\n".join(_page(parts, missing)), encoding="utf-8")
    return page


def _save(plot: Plot, folder: Path) -> None:
    from matplotlib import rc_context  # noqa: PLC0415 - an extra: the rest works without it
    from matplotlib.figure import Figure  # noqa: PLC0415 - as above

    figure = Figure(figsize=plot.size, layout="constrained")
    plot.draw(figure)
    figure.savefig(folder / f"{plot.name}.png", dpi=DPI)
    with rc_context({"svg.hashsalt": plot.name}):  # no date and no chance: the same figures give the same file
        figure.savefig(folder / f"{plot.name}.svg", metadata={"Date": None})


def _page(parts: Mapping[str, Part], missing: Mapping[str, str]) -> Iterator[str]:
    yield "# Evaluation of the experts\n"
    yield "Written by `cxr evaluate experts`; for research, not a medical device.\n"
    for part in parts.values():
        yield f"## {part.title}\n"
        for table in part.tables:
            yield from _table(table)
        for plot in part.plots:
            yield f"![{plot.title}]({plot.name}.png)\n\n{plot.title} ([SVG]({plot.name}.svg)).\n"
        yield from _checks(part)
    for name, reason in missing.items():
        yield f"Left out: {name}, because {reason}.\n"


def _table(table: Table) -> Iterator[str]:
    yield f"### {table.title}\n"
    yield _row(table.header)
    yield _row(["---"] * len(table.header))
    yield from map(_row, table.rows)
    yield f"\n{table.note}\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _checks(part: Part) -> Iterator[str]:
    """All figures that differ from the card; those that agree by their number."""
    wrong = [check for check in part.checks if not check.agrees]
    if part.checks:
        yield f"Of {len(part.checks)} figures on the card, {len(part.checks) - len(wrong)} came out the same.\n"
    for check in wrong:
        yield f"- **differs**: {check.name}: the card says {check.card}, now {check.again:.{check.digits}f}"
