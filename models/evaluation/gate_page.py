"""Write the gate's card for people: ``python -m models.evaluation.gate_page --card card.json --out gate.md``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.evaluation.gate import stopped, table, wilson
from models.evaluation.part import Table
from models.gate.keeper import NETWORK
from models.training.gate.points import SURE

PAGE = Path(__file__).with_suffix(".md")


def markdown(header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    """Return a table in Markdown."""
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _table(made: Table) -> str:
    return markdown(made.header, made.rows)


def _auc(part: Mapping[str, Any]) -> str:
    low, high = part["auc_interval"]
    return f"**{part['auc']:.3f} [{low:.3f}, {high:.3f}]**"


def _stopped(card: Mapping[str, Any], kind: str) -> str:
    stops, total = stopped(card["elsewhere"], kind)
    low, high = wilson(stops, total)
    return f"**{stops} of {total} ({stops / total:.1%} [{low:.1%}, {high:.1%}])**"


def _views(part: Mapping[str, Mapping[str, int]]) -> str:
    columns = ("PA", "AP", "LATERAL", "unsure")
    rows = tuple((name, *(str(counts.get(column, 0)) for column in columns)) for name, counts in part.items())
    return markdown(("", *columns), rows)


def page(card: Mapping[str, Any]) -> str:
    """Return the whole page."""
    out, points = card["out_of_fold"], card["operating_points"]
    return PAGE.read_text(encoding="utf-8").format(
        version=card["version"],
        sha256=card["files"][NETWORK],
        elsewhere=_table(table("", card["elsewhere"])),
        frontal=_stopped(card, "frontal"),
        lateral=_stopped(card, "lateral"),
        other=_stopped(card, "no chest film"),
        families=_table(table("", out["families"])),
        turned=_table(table("", out["turned"])),
        ap_auc=_auc(out["ap"]),
        ap_films=out["ap"]["films"],
        ap_positive=out["ap"]["positive"],
        child_auc=_auc(out["child"]),
        child_films=out["child"]["films"],
        child_positive=out["child"]["positive"],
        child_false=f"{out['child_false']:.1%}",
        sure=f"{SURE:.0%}",
        pa=points["pa"],
        ap=points["ap"],
        views=_views(out["views"]),
        points=markdown(("point", "share"), tuple((name, str(value)) for name, value in points.items())),
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--card", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.write_text(page(json.loads(asked.card.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
