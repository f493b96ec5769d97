"""The NIH films that are tagged PA: the ratio of each, or why there is none, and what was reported. No torch."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

from models.anatomy import Anatomy, heart_share, invalid
from models.base import GrayImage
from models.findings import Label
from models.training.anatomy.figures import Rated
from models.training.films import LABELS, load_films, read_gray

FOLDER = "nih"
VIEW = "PA"


def rated(data: Path, segment: Callable[[GrayImage], Anatomy]) -> Rated:
    """Measure every PA film of the set with the network to ship, which has seen no label of theirs.

    Their tags are believed: the gate's view of the picture is not asked, as it is when a film is read for a reader.
    """
    films = load_films(data / FOLDER)
    with (data / FOLDER / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    chosen = np.array([i for i, row in enumerate(rows) if row["view"] == VIEW])
    measured = [_measured(segment(read_gray(films.paths[i])), float(rows[i]["age"])) for i in chosen]
    return Rated(
        ratios=np.array([ratio for ratio, _ in measured]),
        reasons=tuple(reason for _, reason in measured),
        targets=films.targets[chosen, LABELS.index(Label.CARDIOMEGALY)].astype(np.float64),
        patients=films.patients[chosen],
        folds=films.folds[chosen],
    )


def _measured(found: Anatomy, age_years: float) -> tuple[float, str]:
    """Ratio, not a number where there is none, and the reason for that, empty where there is one."""
    why, ratio = invalid(found, [VIEW], age_years), heart_share(found)
    if why is None and ratio is not None:
        return ratio, ""
    return float("nan"), why.value if why else "lungs_not_seen"
