"""How far two films of one patient differ though nothing is said to have changed: the noise of a comparison."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.calibrate import logit
from models.comparison import LOGIT_NOISE
from models.evaluation.nih import embedded, films_of, scored
from models.evaluation.part import Check, Given, Part, Table
from models.figures import Scored
from models.fit_calibration import cross_fit
from models.statistics import Floats, Rows

QUANTILES = (0.5, 0.95)
_HEADER = ("label", "pairs", "median", "95%")
_NOTE = (
    "Absolute differences of log odds between consecutive NIH films of a patient of which the label is told alike; "
    "out of fold, calibrated on the other folds. What changed and was not told is in it."
)


def evaluate(given: Given) -> Part:
    """Compare the embedded expert's words on each pair. Raises MissingDataError, ExpertError."""
    films = scored(films_of(given), embedded()[0])
    differences = unchanged(films)
    rows = [(label.value, *_figures(differences[:, i])) for i, label in enumerate(films.labels)]
    rows.append(("all", *_figures(differences)))
    noise = float(np.nanquantile(differences, QUANTILES[-1]))
    return Part(
        title="Noise of a comparison",
        tables=(Table("Two films of one patient", _HEADER, tuple(rows), _NOTE),),
        checks=(Check("models.comparison.LOGIT_NOISE", LOGIT_NOISE, noise, digits=1),),
    )


def unchanged(films: Scored) -> Floats:
    """Return (pairs, labels): differences of log odds, not a number where the label changed."""
    columns = [
        cross_fit(films.targets[:, i], films.logits[:, i], films.patients, films.folds)[0]
        for i in range(len(films.labels))
    ]
    odds = np.vectorize(logit)(np.stack(columns, axis=1))
    pairs = np.array(list(_pairs(films.patients)), dtype=np.int64).reshape(-1, 2)
    before, after = pairs[:, 0], pairs[:, 1]
    same = films.targets[before] == films.targets[after]
    return np.where(same, np.abs(odds[after] - odds[before]), np.nan)


def _pairs(patients: Rows) -> Iterator[tuple[int, int]]:
    """Yield the rows of each two consecutive films of a patient."""
    last: dict[int, int] = {}
    for row, patient in enumerate(patients.tolist()):
        if patient in last:
            yield last[patient], row
        last[patient] = row


def _figures(differences: Floats) -> tuple[str, ...]:
    count = str(int(np.count_nonzero(~np.isnan(differences))))
    return count, *(f"{value:.2f}" for value in np.nanquantile(differences, QUANTILES))
