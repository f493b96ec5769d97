"""The networks as shipped, over real films: those the embedded one was trained on, and sets it never saw."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from models.base import Expert
from models.evaluation.nih import FOLDER, films_of
from models.evaluation.part import Given, Part, Table, need
from models.findings import ExpertReading, Label
from models.statistics import Floats, Rows, auc, calibration_error, interval, rates
from models.training.films import LABELS, read_gray

SETS = "elsewhere.toml"
BATCH, EVERY = 8, 400
_HEADER = (
    "set", "label", "films", "with it", "AUC [95%]", "calibration error", "sensitivity", "specificity", "trained on it",
)  # fmt: skip
_NOTE = (
    "Films of a set that the network was trained on flatter it: these rows only show that the shipped network is the "
    "one that was trained. Sensitivity and specificity are at the served threshold. The gate is not asked."
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Films of one set for which one label is known."""

    name: str
    label: Label
    paths: tuple[Path, ...]
    targets: Floats
    patients: Rows


def evaluate(given: Given) -> Part:
    """Read every set with every expert. Raises MissingDataError, ExpertError."""
    sets = [*_nih(given), *_elsewhere(given.data)]
    tables = tuple(_table(expert, sets, given) for expert in given.experts)
    return Part(title="The networks as shipped", tables=tables)


def _nih(given: Given) -> list[Labelled]:
    films = films_of(given)
    targets = films.targets.astype(np.float64)
    return [Labelled(FOLDER, label, films.paths, targets[:, i], films.patients) for i, label in enumerate(LABELS)]


def _elsewhere(data: Path) -> list[Labelled]:
    rules = tomllib.loads((files("models.evaluation") / SETS).read_text(encoding="utf-8"))
    return [_labelled(data, name, Label(label), rule) for name, of in rules.items() for label, rule in of.items()]


def _labelled(data: Path, name: str, label: Label, rule: Mapping[str, Any]) -> Labelled:
    values = dict.fromkeys(rule["negative"], 0.0) | dict.fromkeys(rule["positive"], 1.0)
    only: Mapping[str, Sequence[str]] = rule.get("only", {})
    with need(data / name / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row[rule["column"]] in values]
    rows = [row for row in rows if all(row[column] in allowed for column, allowed in only.items())]
    people = [row[rule.get("patient", "image")] or row["image"] for row in rows]
    return Labelled(
        name=name,
        label=label,
        paths=tuple(data / name / row["image"] for row in rows),
        targets=np.array([values[row[rule["column"]]] for row in rows]),
        patients=np.unique(np.array(people), return_inverse=True)[1],
    )


def _table(expert: Expert, sets: Sequence[Labelled], given: Given) -> Table:
    """Judge one expert on the sets that hold films with and without one of its labels."""
    asked = [each for each in sets if each.label in expert.card.labels and 0 < each.targets.sum() < len(each.targets)]
    readings = _read(expert, list(dict.fromkeys(path for each in asked for path in each.paths)), given)
    trained = set(expert.card.details.get("training", {}).get("sets", [FOLDER]))
    rows = tuple(_row(each, readings, trained) for each in asked)
    return Table(f"{expert.card.name} {expert.card.version}", _HEADER, rows, _NOTE)


def _read(expert: Expert, paths: Sequence[Path], given: Given) -> dict[Path, ExpertReading]:
    readings: dict[Path, ExpertReading] = {}
    for start in range(0, len(paths), BATCH):
        if start % EVERY == 0:
            given.say(f"{expert.card.name}: {start} of {len(paths)} films")
        batch = paths[start : start + BATCH]
        readings |= zip(batch, expert.read([read_gray(path) for path in batch]), strict=True)
    return readings


def _row(films: Labelled, readings: Mapping[Path, ExpertReading], trained: set[str]) -> tuple[str, ...]:
    known = [i for i, path in enumerate(films.paths) if films.label in readings[path].scores]
    scores = [readings[films.paths[i]].scores[films.label] for i in known]
    targets, patients = films.targets[known], films.patients[known]
    said = np.array([score.probability for score in scores])
    called = np.array([score.probability >= score.threshold for score in scores])
    low, high = interval(lambda rows: np.array(auc(targets[rows], said[rows])), patients)
    reached = rates(targets, called)
    return (
        films.name,
        films.label.value,
        str(len(targets)),
        str(int(targets.sum())),
        f"{auc(targets, said):.3f} [{low:.3f}, {high:.3f}]",
        f"{calibration_error(targets, said):.3f}",
        f"{reached['sensitivity']:.2f}",
        f"{reached['specificity']:.2f}",
        "yes" if films.name in trained else "no",
    )
