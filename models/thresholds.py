"""Where a positive call begins: the rules that propose a threshold, and how steady their proposals are.

A film is called at or above the threshold. Thresholds lie midway between two scores that occur, on the scale of the
scores they are given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.statistics import Floats, Rows, draws_by_patient

Rule = Callable[[Floats, Floats], float]
"""(targets, scores) of films of both classes to a threshold."""

DRAWS = 200


@dataclass(frozen=True, slots=True)
class _Curve:
    """Every distinct cut from strict to lax: the threshold, and the hits and calls at or above it."""

    thresholds: Floats
    hits: Floats
    calls: Floats
    positive: float
    negative: float

    @property
    def sensitivity(self) -> Floats:
        return self.hits / self.positive

    @property
    def specificity(self) -> Floats:
        return 1 - (self.calls - self.hits) / self.negative


def f1(targets: Floats, scores: Floats) -> float:
    """Threshold of the largest F1 (as in Rajpurkar et al. 2017)."""
    curve = _curve(targets, scores)
    return _first(curve, 2 * curve.hits / (curve.calls + curve.positive))


def youden(targets: Floats, scores: Floats) -> float:
    """Threshold of the largest sensitivity + specificity - 1 (Youden 1950)."""
    curve = _curve(targets, scores)
    return _first(curve, curve.sensitivity + curve.specificity)


def fixed_sensitivity(at_least: float) -> Rule:
    """Strictest threshold whose sensitivity is ``at_least`` so much, in (0, 1]."""

    def rule(targets: Floats, scores: Floats) -> float:
        curve = _curve(targets, scores)
        return _first(curve, curve.sensitivity >= at_least)

    return rule


def fixed_specificity(at_least: float) -> Rule:
    """Laxest threshold whose specificity is ``at_least`` so much, in [0, 1); the strictest there is where none is."""

    def rule(targets: Floats, scores: Floats) -> float:
        curve = _curve(targets, scores)
        enough = np.flatnonzero(curve.specificity >= at_least)
        return float(curve.thresholds[enough[-1] if len(enough) else 0])

    return rule


def stable(rule: Rule, targets: Floats, scores: Floats, patients: Rows, draws: int = DRAWS) -> Floats:
    """Thresholds of the rule on bootstrap samples by patient, those that hold both classes; at least one.

    Their median is a steadier threshold than the one of all films, their spread says how sure it is.
    """
    samples = draws_by_patient(patients, draws, seed=1)
    found = [rule(targets[rows], scores[rows]) for rows in samples if 0 < targets[rows].mean() < 1]
    return np.array(found or [rule(targets, scores)])


def _curve(targets: Floats, scores: Floats) -> _Curve:
    order = np.argsort(-scores, kind="stable")
    values, hits = scores[order], np.cumsum(targets[order])
    last = np.append(values[:-1] > values[1:], True)  # films of one score are called together
    cuts = values[last]
    return _Curve(
        thresholds=(cuts + np.append(cuts[1:], cuts[-1])) / 2,
        hits=hits[last],
        calls=np.flatnonzero(last).astype(np.float64) + 1,
        positive=float(targets.sum()),
        negative=float(len(targets) - targets.sum()),
    )


def _first(curve: _Curve, merit: Floats | NDArray[np.bool_]) -> float:
    """Threshold of the largest merit, the strictest of equals."""
    return float(curve.thresholds[int(np.argmax(merit))])
