"""The figures of the card: AUC, intervals by patient, calibration error. Plain numpy, no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

DRAWS = 1000
BINS = 10


def auc(targets: Floats, scores: Floats) -> float:
    """Area under the ROC curve, ties counted half (Mann-Whitney); not a number when a class is missing."""
    positive = targets > 0
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m))


def aucs(targets: Floats, scores: Floats) -> Floats:
    """AUC of each column of (films, labels), and their mean as one more."""
    each = [auc(targets[:, i], scores[:, i]) for i in range(targets.shape[1])]
    return np.array([*each, np.mean(each)])


def draws_by_patient(patients: Rows, draws: int, seed: int = 0) -> Iterator[Rows]:
    """Bootstrap samples of films: whole patients drawn with replacement."""
    rng = np.random.default_rng(seed)
    names, inverse = np.unique(patients, return_inverse=True)
    films = [np.flatnonzero(inverse == i) for i in range(len(names))]
    for _ in range(draws):
        yield np.concatenate([films[i] for i in rng.integers(0, len(names), len(names))])


def interval(statistic: Callable[[Rows], Floats], patients: Rows, draws: int = DRAWS) -> Floats:
    """95% percentile bootstrap interval by patient: (2, ...) low and high of the statistic of a sample of films."""
    values = np.array([statistic(rows) for rows in draws_by_patient(patients, draws)])
    return np.asarray(np.nanpercentile(values, (2.5, 97.5), axis=0))


def calibration_error(targets: Floats, probabilities: Floats, bins: int = BINS) -> float:
    """Return the expected calibration error over bins of equal size (Naeini 2015)."""
    order = np.argsort(probabilities, kind="stable")
    parts = np.array_split(order, bins)
    gaps = [abs(targets[part].mean() - probabilities[part].mean()) * len(part) for part in parts if len(part)]
    return float(np.sum(gaps) / len(targets))


def best_f1(targets: Floats, probabilities: Floats) -> float:
    """Threshold (predict at or above) of the largest F1, midway to the next lower value that occurs."""
    order = np.argsort(-probabilities, kind="stable")
    values, hits = probabilities[order], np.cumsum(targets[order])
    f1 = 2 * hits / (np.arange(1, len(values) + 1) + targets.sum())
    last_of_ties = np.append(values[:-1] > values[1:], True)
    best = int(np.argmax(np.where(last_of_ties, f1, -1.0)))
    return float(values[best] if best + 1 == len(values) else (values[best] + values[best + 1]) / 2)


def stable_threshold(targets: Floats, probabilities: Floats, patients: Rows, draws: int = 200) -> float:
    """Median over bootstrap samples by patient of the threshold of the largest F1, which is noisy near its top."""
    samples = draws_by_patient(patients, draws, seed=1)
    return float(np.median([best_f1(targets[rows], probabilities[rows]) for rows in samples if targets[rows].any()]))


def rates(targets: Floats, called: NDArray[np.bool_]) -> dict[str, float]:
    """Sensitivity, specificity, positive predictive value and F1 of calls on films with known targets."""
    positive = targets > 0
    hits, calls = float((called & positive).sum()), float(called.sum())
    return {
        "sensitivity": hits / float(positive.sum()),
        "specificity": float((~called & ~positive).sum()) / float((~positive).sum()),
        "positive_predictive_value": hits / calls if calls else float("nan"),
        "f1": 2 * hits / (calls + float(positive.sum())),
    }
