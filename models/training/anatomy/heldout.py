"""What the network of the other folds found on every labelled film, kept beside the shipped network. No torch.

The shipped network has seen all films, so the card's figures are computed from this table, and can be again.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from models.anatomy import Anatomy, Mask, heart_share, invalid
from models.training.anatomy.films import Labelled

FILE = "out_of_fold.csv"
DIGITS = 5


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One film: Dice against the masks as they were drawn, and the cardiothoracic ratios.

    ``left_uncrossed`` is the left lung's Dice when what was drawn of it across the heart is left out. ``ratio`` is the
    network's, ``measured`` the set's own (None where there is none), ``drawn`` that of the reference masks;
    ``abstains`` says why no ratio would be given to a reader, taking the film for a PA film of an adult.
    """

    source: str
    image: str
    fold: int
    right_lung: float
    left_lung: float
    left_uncrossed: float
    lungs: float
    heart: float
    ratio: float | None
    drawn: float | None
    measured: float | None
    abstains: str

    @classmethod
    def of(cls, film: Labelled, found: Anatomy) -> HeldOut:
        """Hold what was found against the reference."""
        true, why = film.reference, invalid(found, ["PA"])
        return cls(
            source=film.source,
            image=film.name,
            fold=film.fold,
            right_lung=dice(found.right_lung, true.right_lung),
            left_lung=dice(found.left_lung, true.left_lung),
            left_uncrossed=dice(found.left_lung, true.left_lung & ~true.heart),
            lungs=dice(found.lungs, true.lungs),
            heart=dice(found.heart, true.heart),
            ratio=_kept(heart_share(found)),
            drawn=_kept(heart_share(true)),
            measured=film.ratio,
            abstains=why.value if why else "",
        )


def dice(one: Mask, other: Mask) -> float:
    """Twice the common cells over the sum of both, 0 to 1; 1 when both are empty."""
    total = int(one.sum() + other.sum())
    return round(2 * int((one & other).sum()) / total, DIGITS) if total else 1.0


def _kept(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def write(folder: Path, films: Sequence[HeldOut]) -> Path:
    """Write the table, a row a film; return its path."""
    path = folder / FILE
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [field.name for field in fields(HeldOut)], lineterminator="\n")
        table.writeheader()
        table.writerows(asdict(film) for film in films)
    return path


def read(folder: Path) -> list[HeldOut]:
    """Read the table back. Raises OSError when it is not there, KeyError or ValueError when it is damaged."""
    with (folder / FILE).open(newline="", encoding="utf-8") as file:
        return [_row(row) for row in csv.DictReader(file)]


def _row(row: dict[str, str]) -> HeldOut:
    def number(name: str) -> float | None:
        return float(row[name]) if row[name] else None

    shares = {name: float(row[name]) for name in ("right_lung", "left_lung", "left_uncrossed", "lungs", "heart")}
    return HeldOut(
        source=row["source"],
        image=row["image"],
        fold=int(row["fold"]),
        **shares,
        ratio=number("ratio"),
        drawn=number("drawn"),
        measured=number("measured"),
        abstains=row["abstains"],
    )
