"""Fitting what ``models.calibrate`` applies: Platt's logistic map, thresholds, the interval of doubt. No torch.

Platt's map was compared with beta and isotonic calibration on the embedded expert's out-of-fold scores, each
cross-fitted: see docs/decisions/0014.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models import thresholds
from models.statistics import Floats, Rows
from models.thresholds import Rule

STEPS = 50
LEAST_SLOPE = 0.05
"""A label whose scores do not tell anything would get slope zero or less, which no longer increases."""


def sigmoid(odds: Floats) -> Floats:
    """Inverse of the logit, elementwise."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * odds)))


def fit_platt(targets: Floats, logits: Floats) -> tuple[float, float]:
    """Slope and intercept of largest likelihood, by Newton's method, with Platt's (1999) softened targets.

    Where the scores mislead (the best slope is below LEAST_SLOPE) the slope is LEAST_SLOPE and the intercept is fitted
    again: the map says little more than the prevalence.
    """
    slope, intercept = logistic(targets, logits[:, np.newaxis])
    if slope >= LEAST_SLOPE:
        return slope, intercept
    (intercept,) = logistic(targets, np.empty((len(logits), 0)), LEAST_SLOPE * logits)
    return LEAST_SLOPE, intercept


def logistic(targets: Floats, features: Floats, offset: Floats | float = 0.0) -> tuple[float, ...]:
    """Weights of the features (films, n) and an intercept, of largest likelihood of the softened targets (films,).

    ``offset`` (films,) are log odds that are given.
    """
    n, m = targets.sum(), (1 - targets).sum()
    soft = np.where(targets > 0, (n + 1) / (n + 2), 1 / (m + 2))
    design = np.concatenate([features, np.ones((len(targets), 1))], axis=1)
    weights = np.zeros(design.shape[1])
    for _ in range(STEPS):
        p = sigmoid(design @ weights + offset)
        bend = (design * (p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(len(weights))
        move = np.linalg.solve(bend, design.T @ (soft - p))
        weights += move
        if np.abs(move).max() < 1e-8:  # noqa: PLR2004 - far below what a probability shows
            break
    return tuple(weights.tolist())


@dataclass(frozen=True, slots=True)
class Fitted:
    """One label: Platt's map and the threshold on the scale of probability.

    ``prevalence`` is the share of positives among the films of the fit; ``unsteadiness`` the standard deviation of the
    threshold over bootstrap samples by patient, in log odds.
    """

    slope: float
    intercept: float
    threshold: float
    prevalence: float = float("nan")
    unsteadiness: float = 0.0

    def probability(self, logits: Floats) -> Floats:
        """Calibrated probabilities of logits."""
        return sigmoid(self.slope * logits + self.intercept)


def fit_label(targets: Floats, logits: Floats, patients: Rows, rule: Rule = thresholds.f1) -> Fitted:
    """Fit one label on films of both classes that the network has not seen."""
    slope, intercept = fit_platt(targets, logits)
    cuts = thresholds.stable(rule, targets, slope * logits + intercept, patients)
    threshold = float(sigmoid(np.median(cuts, keepdims=True))[0])
    return Fitted(slope, intercept, threshold, float(targets.mean()), float(cuts.std()))


def cross_fit(
    targets: Floats, logits: Floats, patients: Rows, folds: Rows, rule: Rule = thresholds.f1
) -> tuple[Floats, Floats]:
    """Probability of each film, and the threshold it is held against, fitted on the films of the other folds only."""
    probability, threshold = np.empty_like(logits), np.empty_like(logits)
    for fold in np.unique(folds):
        here, rest = folds == fold, folds != fold
        fitted = fit_label(targets[rest], logits[rest], patients[rest], rule)
        probability[here], threshold[here] = fitted.probability(logits[here]), fitted.threshold
    return probability, threshold


@dataclass(frozen=True, slots=True)
class Alignment:
    """Shipped logits onto the scale of the fold networks': ``slope * logit + intercept``."""

    slope: float
    intercept: float
    correlation: float


def align(shipped: Floats, folds: Floats) -> Alignment:
    """Match mean and standard deviation on films that no network saw: (films,) against (folds, films).

    The out-of-fold scores, on which the calibration is fitted, come from the fold networks, so the shipped network's
    scores must first look like theirs.
    """
    slope = float(np.sqrt(folds.var(axis=1).mean()) / shipped.std())
    intercept = float(folds.mean() - slope * shipped.mean())
    return Alignment(slope, intercept, float(np.corrcoef(shipped, folds.mean(axis=0))[0, 1]))


def doubt(fitted: Fitted, folds: Floats) -> tuple[float, float]:
    """Interval around the threshold in which a network trained on other patients would often decide the other way.

    Its half width, in log odds, is the standard deviation between the fold networks on films that none of them saw.
    """
    return doubt_around(fitted.threshold, fitted.slope * float(np.sqrt(folds.var(axis=0, ddof=1).mean())))


def doubt_around(threshold: float, spread: float) -> tuple[float, float]:
    """Interval of half width ``spread`` log odds around a threshold in (0, 1)."""
    middle = np.log(threshold / (1 - threshold))
    low, high = sigmoid(np.array([middle - spread, middle + spread]))
    return float(low), float(high)
