"""Print what was measured, and keep it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was measured repeatedly, in milliseconds."""

    name: str
    milliseconds: Sequence[float]

    @property
    def p50(self) -> float:
        """Median."""
        return median(self.milliseconds)

    @property
    def p99(self) -> float:
        """99th percentile; the largest value when there are too few for more."""
        return quantiles(self.milliseconds, n=100)[98] if len(self.milliseconds) > 1 else self.milliseconds[0]


def show(title: str, rows: Sequence[Row], notes: Sequence[str] = ()) -> None:
    """Print the rows as a table, then the notes."""
    print(f"\n{title}")
    width = max(len(row.name) for row in rows)
    print(f"  {'':<{width}}  {'p50 ms':>9}  {'p99 ms':>9}  {'n':>5}")
    for row in rows:
        print(f"  {row.name:<{width}}  {row.p50:>9.2f}  {row.p99:>9.2f}  {len(row.milliseconds):>5}")
    for note in notes:
        print(f"  {note}")


def keep(name: str, figures: dict[str, object]) -> None:
    """Write figures to ``bench/results/<name>.json``."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
