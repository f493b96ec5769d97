"""The figures of the cards: AUC, intervals by patient, calibration error, thresholds. Plain numpy, no torch.

Everywhere ``targets`` is 1 or 0 a film, ``scores`` and ``probabilities`` one number a film, all of shape (films,).
"""

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
    return float((_ranks(scores)[positive].sum() - n * (n + 1) / 2) / (n * m))


def _ranks(scores: Floats) -> Floats:
    """Places from the smallest on, from 1; equal scores share the mean of theirs."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[inverse])


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's correlation of two scores of the same films; 0 where one of them puts the films in no order."""
    first, second = (ranks - ranks.mean() for ranks in (_ranks(one), _ranks(other)))
    spread = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / spread if spread else 0.0


def aucs(targets: Floats, scores: Floats) -> Floats:
    """AUC of each column of (films, labels), and their mean as one more."""
    each = [auc(targets[:, i], scores[:, i]) for i in range(targets.shape[1])]
    return np.array([*each, np.mean(each)])


def draws_by_patient(patients: Rows, draws: int, seed: int = 0) -> Iterator[Rows]:
    """Bootstrap samples of films: whole patients drawn with replacement."""
    rng = np.random.default_rng(seed)
    names, inverse = np.unique(patients, return_inverse=True)
    films, counts = np.argsort(inverse, kind="stable"), np.bincount(inverse)
    starts = np.cumsum(counts) - counts
    for _ in range(draws):
        drawn = rng.integers(0, len(names), len(names))
        ends = np.cumsum(counts[drawn])
        yield films[np.arange(ends[-1]) + np.repeat(starts[drawn] - ends + counts[drawn], counts[drawn])]


def interval(statistic: Callable[[Rows], Floats], patients: Rows, draws: int = DRAWS) -> Floats:
    """95% percentile bootstrap interval by patient: (2, ...) low and high of the statistic of a sample of films.

    Samples in which the statistic is not a number are left out.
    """
    values = np.array([statistic(rows) for rows in draws_by_patient(patients, draws)])
    return np.asarray(np.nanpercentile(values, (2.5, 97.5), axis=0))


def reliability(targets: Floats, probabilities: Floats, bins: int = BINS) -> Floats:
    """Reliability diagram over bins of equal size: (bins, 3) mean probability, share of positives, number of films."""
    order = np.argsort(probabilities, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return np.array([(probabilities[part].mean(), targets[part].mean(), len(part)) for part in parts])


def calibration_error(targets: Floats, probabilities: Floats, bins: int = BINS) -> float:
    """Return the expected calibration error over bins of equal size (Naeini 2015)."""
    said, seen, films = reliability(targets, probabilities, bins).T
    return float((np.abs(seen - said) * films).sum() / len(targets))


def rates(targets: Floats, called: NDArray[np.bool_]) -> dict[str, float]:
    """Sensitivity, specificity, positive predictive value and F1 of calls on films of both classes."""
    positive = targets > 0
    hits, calls = float((called & positive).sum()), float(called.sum())
    return {
        "sensitivity": hits / float(positive.sum()),
        "specificity": float((~called & ~positive).sum()) / float((~positive).sum()),
        "positive_predictive_value": hits / calls if calls else float("nan"),
        "f1": 2 * hits / (calls + float(positive.sum())),
    }
