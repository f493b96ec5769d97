"""The published network's probabilities as soft targets: a DenseNet-121 trained on sixty times the films.

It was shown other patients' films of the same hospital (reproduce-chexnet; its 663 films here are of its own test set),
so its doubts carry more about a film than one bit a label does.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.fit_calibration import sigmoid
from models.training.films import NIH_LABELS, Films

FILE = "reproduce_chexnet_predictions.csv"
EDGE = 8.0
"""Log odds by which a label's prevalence may be moved at most."""


def published(folder: Path, films: Films) -> NDArray[np.float64]:
    """Probabilities (films, labels) of the published network; not a number where it was not asked."""
    rows = {path.stem: row for row, path in enumerate(films.paths)}
    soft = np.full(films.targets.shape, np.nan)
    with (folder / FILE).open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            row = rows.get(Path(line["Image Index"]).stem)
            if row is not None:
                soft[row] = [float(line[f"prob_{name}"]) for name in NIH_LABELS]
    return soft


def at_prevalence(soft: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move each label's log odds by one number, so that the mean probability is the mean target (films, labels).

    These films are no random sample, so the published network's prevalence is not theirs. Bisection; half a film of
    either class is added, for a label that none of the films has.
    """
    odds = np.log(soft) - np.log1p(-soft)
    wanted = (targets.sum(axis=0) + 0.5) / (len(targets) + 1)
    low, high = np.full(soft.shape[1], -EDGE), np.full(soft.shape[1], EDGE)
    for _ in range(50):
        middle = (low + high) / 2
        below = sigmoid(odds + middle).mean(axis=0) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return sigmoid(odds + (low + high) / 2)


def mixed(films: Films, soft: NDArray[np.float64], rows: NDArray[np.int64], share: float) -> NDArray[np.float32]:
    """Training targets (films, labels): the labels, mixed with ``share`` of the soft targets where there are any.

    Only films of ``rows``, the training part, decide how the soft targets are moved.
    """
    targets = films.targets.astype(np.float64)
    known = rows[~np.isnan(soft[rows, 0])]
    targets[known] = (1 - share) * targets[known] + share * at_prevalence(soft[known], targets[known])
    return targets.astype(np.float32)
