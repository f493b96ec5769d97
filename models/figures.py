"""The figures of a classifier's card from its scores on films that it had not seen: one function for card and check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.findings import Label
from models.fit_calibration import cross_fit
from models.statistics import Floats, Rows, aucs, calibration_error, interval, rates, reliability

DIGITS = 4
"""Of every figure of a card."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Films, their labels and their out-of-fold logits: ``targets`` and ``logits`` are (films, labels)."""

    labels: tuple[Label, ...]
    targets: Floats
    logits: Floats
    patients: Rows
    folds: Rows


def rounded(value: float) -> float:
    """One number as a card writes it."""
    return round(float(value), DIGITS)


def metrics(films: Scored) -> dict[str, Any]:
    """Every figure of the card; what is fitted (calibration, threshold) is fitted on the other folds.

    By label: films that have it and their share, AUC with its interval (95%, bootstrap by patient), calibration error
    and reliability diagram, sensitivity and its like at the threshold.
    """
    point = aucs(films.targets, films.logits)
    low, high = interval(lambda rows: aucs(films.targets[rows], films.logits[rows]), films.patients)
    fitted = [_fitted(films, i) for i in range(len(films.labels))]
    entries = [
        _entry(films.targets[:, i], *fitted[i])
        | {"auc": rounded(point[i]), "auc_interval": [rounded(low[i]), rounded(high[i])]}
        for i in range(len(films.labels))
    ]
    healthy = films.targets.sum(axis=1) == 0
    calls = sum(float((probability >= threshold)[healthy].mean()) for probability, threshold in fitted)
    return {
        "films": len(films.targets),
        "mean_auc": rounded(point[-1]),
        "mean_auc_interval": [rounded(low[-1]), rounded(high[-1])],
        "mean_calibration_error": rounded(float(np.mean([entry["calibration_error"] for entry in entries]))),
        "calls_on_a_film_without_finding": rounded(calls),
        "labels": dict(zip(films.labels, entries, strict=True)),
    }


def _fitted(films: Scored, column: int) -> tuple[Floats, Floats]:
    return cross_fit(films.targets[:, column], films.logits[:, column], films.patients, films.folds)


def _entry(targets: Floats, probability: Floats, threshold: Floats) -> dict[str, Any]:
    return {
        "positive": int(targets.sum()),
        "prevalence": rounded(targets.mean()),
        "calibration_error": rounded(calibration_error(targets, probability)),
        "reliability": _points(reliability(targets, probability)),
        **{name: rounded(value) for name, value in rates(targets, probability >= threshold).items()},
    }


def _points(diagram: Sequence[Floats] | Floats) -> list[list[float]]:
    """Reliability diagram as the card holds it: mean probability and share of positives of each bin."""
    return [[rounded(said), rounded(seen)] for said, seen, _ in diagram]


def side_by_side(films: Scored, theirs: Floats) -> dict[str, Any]:
    """AUC of ours and of a peer's scores on the same films, (films, labels), with paired intervals of the difference.

    ``theirs`` is not a number on films that the peer has not read: these are left out of both. A label that the rest
    holds no film of is left out too. Positive differences are in our favour.
    """
    shared = ~np.isnan(theirs).any(axis=1)
    has_both = [0 < films.targets[shared, i].mean() < 1 for i in range(len(films.labels))]
    targets, ours, peers = (table[shared][:, has_both] for table in (films.targets, films.logits, theirs))

    def aucs_of(rows: Rows) -> Floats:
        return np.stack([aucs(targets[rows], ours[rows]), aucs(targets[rows], peers[rows])])

    point = aucs_of(np.arange(len(targets)))
    low, high = interval(lambda rows: np.subtract(*aucs_of(rows)), films.patients[shared])
    entries = [
        {
            "auc": rounded(point[0, i]),
            "peer_auc": rounded(point[1, i]),
            "difference_interval": [rounded(low[i]), rounded(high[i])],
        }
        for i in range(len(low))
    ]
    positive = targets.sum(axis=0).astype(int).tolist()
    labels = [label for label, kept in zip(films.labels, has_both, strict=True) if kept]
    return {
        "films": int(shared.sum()),
        "patients": len(np.unique(films.patients[shared])),
        "mean": entries[-1],
        "labels": {
            label: {"positive": count, **entry}
            for label, count, entry in zip(labels, positive, entries[:-1], strict=True)
        },
    }
