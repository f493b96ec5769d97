"""The scores of every training film by the network that was not shown its patient, kept beside the shipped network.

The shipped network has seen all films, so these are what the card's figures can be computed from again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from models.base import ExpertError
from models.findings import Label
from models.statistics import Floats

FILE = "out_of_fold.csv"
DIGITS = 4
"""Of a logit as it is kept; the card's figures are computed from the kept values."""


def kept(logits: Floats) -> Floats:
    """Logits as the file holds them."""
    return np.asarray(np.round(logits, DIGITS))


def write(folder: Path, images: Iterable[str], labels: Sequence[Label], logits: Floats) -> Path:
    """Write the table of logits, (films, labels), a row a film by its file's name; return its path."""
    path = folder / FILE
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["image", *labels])
        rows = zip(images, logits, strict=True)
        table.writerows([image, *(f"{value:.{DIGITS}f}" for value in row)] for image, row in rows)
    return path


def read(folder: Path, labels: Sequence[Label]) -> Mapping[str, Floats]:
    """Logits by film, in the order of ``labels``. Raises ExpertError when the table is not there or is damaged."""
    path = folder / FILE
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return {row["image"]: np.array([float(row[label]) for label in labels]) for row in csv.DictReader(file)}
    except OSError as error:
        raise ExpertError(f"The scores {path} cannot be read: {error.strerror}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ExpertError(f"The scores {path} are damaged: {error!r}.") from error
