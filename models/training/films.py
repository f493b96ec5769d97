"""The NIH training films: where they are, their labels by name, and the split by patient."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.base import GrayImage
from models.findings import Label

FOLDS = 5

NIH_LABELS = {
    "Atelectasis": Label.ATELECTASIS,
    "Cardiomegaly": Label.CARDIOMEGALY,
    "Consolidation": Label.CONSOLIDATION,
    "Edema": Label.EDEMA,
    "Effusion": Label.PLEURAL_EFFUSION,
    "Emphysema": Label.EMPHYSEMA,
    "Fibrosis": Label.FIBROSIS,
    "Hernia": Label.HERNIA,
    "Infiltration": Label.INFILTRATION,
    "Mass": Label.MASS,
    "Nodule": Label.NODULE,
    "Pleural_Thickening": Label.PLEURAL_THICKENING,
    "Pneumonia": Label.PNEUMONIA,
    "Pneumothorax": Label.PNEUMOTHORAX,
}
LABELS = tuple(NIH_LABELS.values())
NO_FINDING = "No Finding"


@dataclass(frozen=True, slots=True)
class Films:
    """The films of one folder: ``targets`` is (films, labels) of 0 and 1, ``patients`` and ``folds`` one a film."""

    paths: tuple[Path, ...]
    patients: NDArray[np.int64]
    folds: NDArray[np.int64]
    targets: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.paths)


def fold_of(patient: str) -> int:
    """Fold of an NIH patient: the split named in the README of the training data."""
    return int(sha256(f"nih{patient}".encode()).hexdigest(), 16) % FOLDS


def targets_of(labels: str) -> list[float]:
    """``Effusion|Mass`` as 0 and 1 in the order of LABELS; an unknown name is an error, never dropped."""
    names = set(labels.split("|")) - {NO_FINDING}
    present = {NIH_LABELS[name] for name in names}
    return [float(label in present) for label in LABELS]


def load_films(folder: Path) -> Films:
    """All films of the NIH folder, in the order of its manifest."""
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return Films(
        paths=tuple(folder / row["image"] for row in rows),
        patients=np.array([int(row["patient_id"]) for row in rows]),
        folds=np.array([fold_of(row["patient_id"]) for row in rows]),
        targets=np.array([targets_of(row["labels"]) for row in rows], dtype=np.float32),
    )


def read_gray(path: Path) -> GrayImage:
    """One film as (rows, columns) float32."""
    with Image.open(path) as film:
        return np.asarray(film.convert("L"), dtype=np.float32)
