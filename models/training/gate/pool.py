"""All that the gate learns from, on one grid: films with what is known of them, other pictures with their family."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.base import GrayImage
from models.gate.eye import LOW_HIGH
from models.gate.plain import thinned
from models.preprocess import shrink, stretch
from models.training.films import FOLDS, fold_of, read_gray
from models.training.gate.draw import DRAWN, FROM_FILMS, SIDE

FRONTAL, LATERAL, OTHER = range(3)
UNKNOWN = -1
CHILD_YEARS, ADULT_YEARS = 12, 18
DRAWN_EACH, FROM_FILMS_EACH = 160, 300

HELD_OUT_SETS = ("covid_cxnet", "hannover_covid", "jsrt", "wingspan_ctr", "kermany_pneumonia")
"""Beside a fifth of the NIH patients, fold k is not shown the k-th of these sets at all."""

HELD_OUT_FAMILIES = (
    ("lateral_through_ct", "hand", "pattern", "zoom"),
    ("lateral_drawn", "head_ct", "mammogram", "diagram"),
    ("chest_ct", "head_ct_through", "teeth", "text"),
    ("brain_mr", "photo", "limb", "vessels", "pair"),
    ("other_through_ct", "abdomen", "ultrasound", "blobs", "axial_drawn", "jigsaw"),
)
"""Nor the k-th of these groups of families."""


class Known(NamedTuple):
    """What is known of a picture; UNKNOWN where nothing is."""

    kind: int
    family: str
    fold: int
    ap: int = UNKNOWN
    child: int = UNKNOWN
    patient: str = ""


@dataclass(frozen=True, slots=True)
class Pool:
    """Planes (n, SIDE, SIDE) uint8, stretched, and one row of ``known`` for each."""

    planes: NDArray[np.uint8]
    known: tuple[Known, ...]

    def column(self, name: str) -> NDArray[np.int64]:
        """One column of whole numbers."""
        return np.array([getattr(row, name) for row in self.known])


def on_grid(image: GrayImage) -> NDArray[np.uint8]:
    """Return a picture of any size as (SIDE, SIDE) uint8, as the gate will see it."""
    return np.round(stretch(shrink(thinned(image), SIDE), *LOW_HIGH) * 255).astype(np.uint8)


def _rows(folder: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield folder / row["image"], row


def child_of(age: str) -> int:
    """Return 1 below CHILD_YEARS, 0 from ADULT_YEARS on, UNKNOWN between and where no age is given."""
    if not age:
        return UNKNOWN
    return 1 if float(age) < CHILD_YEARS else 0 if float(age) >= ADULT_YEARS else UNKNOWN


def _films(data: Path) -> Iterator[tuple[Path, Known]]:
    views = {"PA": 0, "AP": 1, "pa": 0, "ap": 1}
    for path, row in _rows(data / "nih"):
        patient = row["patient_id"]
        yield path, Known(FRONTAL, "nih", fold_of(patient), views[row["view"]], child_of(row["age"]), patient)
    for fold, name in enumerate(HELD_OUT_SETS):
        child = {"kermany_pneumonia": 1, "covid_cxnet": UNKNOWN}.get(name, 0)
        for path, row in _rows(data / name):
            view = views.get(row.get("projection", ""), UNKNOWN)
            patient = row.get("patient_id") or row.get("patient_hint") or path.name
            yield path, Known(FRONTAL, name, fold, view, child, patient)


def _fold_of_family(family: str) -> int:
    return next(fold for fold, group in enumerate(HELD_OUT_FAMILIES) if family in group)


def _other(family: str) -> Known:
    return Known(LATERAL if family.startswith("lateral") else OTHER, family, _fold_of_family(family))


def gather(data: Path, others: Path, seed: int) -> Pool:
    """Read the films, read the other pictures (``others/<family>/*.png``), draw the rest."""
    rng = np.random.default_rng(seed)
    planes, known = [], []
    for path, row in _films(data):
        planes.append(on_grid(read_gray(path)))
        known.append(row)
    films = np.stack(planes)
    for path in sorted(others.glob("*/*.png")):
        planes.append(on_grid(read_gray(path)))
        known.append(_other(path.parent.name))
    for family, draw in DRAWN.items():
        for _ in range(DRAWN_EACH):
            planes.append(on_grid(draw(rng)))
            known.append(_other(family))
    for family, change in FROM_FILMS.items():
        for film in films[rng.integers(len(films), size=FROM_FILMS_EACH)]:
            planes.append(on_grid(change(film.astype(np.float32), rng)))
            known.append(_other(family))
    return Pool(np.stack(planes), tuple(known))


def digest(pool: Pool) -> str:
    """SHA-256 of the planes: two machines that agree on it train on the same pictures."""
    return sha256(pool.planes.tobytes()).hexdigest()


def held_out(pool: Pool, fold: int) -> NDArray[np.bool_]:
    """Which pictures the network of a fold was not shown."""
    if not 0 <= fold < FOLDS:
        raise ValueError(f"there are folds 0 to {FOLDS - 1}, not {fold}")
    return np.asarray(pool.column("fold") == fold)
