"""The NIH films with the embedded expert's out-of-fold scores, as the card's figures are computed from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models import out_of_fold
from models.base import ExpertCard
from models.evaluation.part import Given, MissingDataError, need
from models.figures import Scored
from models.training.films import LABELS, Films, load_films
from models.weights import find, load_card

EXPERT = "embedded"
FOLDER = "nih"


def embedded() -> tuple[Path, ExpertCard]:
    """Folder and card of the embedded expert. Raises ExpertError."""
    folder = find(EXPERT)
    return folder, load_card(folder)


def films_of(given: Given) -> Films:
    """Return the NIH films with labels, patients and folds. Raises MissingDataError."""
    need(given.data / FOLDER / "manifest.csv")
    return load_films(given.data / FOLDER)


def scored(films: Films, folder: Path) -> Scored:
    """Return the films with their kept logits, matched by file name.

    Raises MissingDataError when there is no table of them or it lacks a film, ExpertError when it is damaged.
    """
    table = out_of_fold.read(need(folder / out_of_fold.FILE).parent, LABELS)
    missing = [path.name for path in films.paths if path.name not in table]
    if missing:
        raise MissingDataError(f"{folder / out_of_fold.FILE} lacks {len(missing)} films, among them {missing[0]}")
    return Scored(
        labels=LABELS,
        targets=films.targets.astype(np.float64),
        logits=np.stack([table[path.name] for path in films.paths]),
        patients=films.patients,
        folds=films.folds,
    )
