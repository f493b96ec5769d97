"""A site's table of labels: one row a film, one column a label, 1, 0 or blank."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.findings import Label
from service.domain.errors import ConfigurationError

_VALUES = {"1": True, "0": False, "1.0": True, "0.0": False}  # spreadsheets add the decimals when a cell is blank
_NAMED = 3


@dataclass(frozen=True, slots=True)
class LabelledFilm:
    """One row: the file, whose film it is, and what is known of it; a blank cell is not known and not held."""

    path: Path
    patient: str
    known: Mapping[Label, bool]


def read_labels(table: Path, images: Path) -> list[LabelledFilm]:
    """Read ``labels.csv``: columns ``image`` (a file's name in the folder), perhaps ``patient``, then label ids.

    Without a patient every film counts as a patient of its own. Raises ConfigurationError that names the first things
    wrong: a column that is no label, a value that is none, a file that is not there.
    """
    with table.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file, restval="")
        labels = _labels(table, reader.fieldnames or ())
        rows = list(reader)
    missing = sorted({row["image"] for row in rows if not (images / row["image"]).is_file()})
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise ConfigurationError(f"{images} has no {', '.join(missing[:_NAMED])}{more}, which {table} names.")
    return [_film(table, number, row, labels, images) for number, row in enumerate(rows, start=2)]


def _labels(table: Path, columns: Sequence[str]) -> tuple[Label, ...]:
    if "image" not in columns:
        raise ConfigurationError(f"{table} has no column image; its first line must name its columns.")
    names = [column for column in columns if column not in {"image", "patient"}]
    unknown = [name for name in names if name not in set(Label)]
    if unknown:
        raise ConfigurationError(f"{table}: no label is called {', '.join(unknown)}; labels are {', '.join(Label)}.")
    return tuple(Label(name) for name in names)


def _film(table: Path, number: int, row: Mapping[str, str], labels: Sequence[Label], images: Path) -> LabelledFilm:
    cells = {label: row[label].strip() for label in labels}
    wrong = [f"{label} is {cell!r}" for label, cell in cells.items() if cell and cell not in _VALUES]
    if wrong:
        raise ConfigurationError(f"{table}, line {number}: {', '.join(wrong)}; write 1, 0, or nothing for not known.")
    known = {label: _VALUES[cell] for label, cell in cells.items() if cell}
    return LabelledFilm(images / row["image"], (row.get("patient") or "").strip() or row["image"], known)
