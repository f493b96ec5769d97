"""From a network's score to a probability, the threshold it is held against, and the interval of doubt around it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.base import ExpertError
from models.findings import Label, Score

EDGE = 1e-7
"""Sigmoids are clipped this far from 0 and 1 before their logit is taken: single precision resolves no more."""


def logit(share: float) -> float:
    """Log odds of a value in [0, 1]; finite at the ends."""
    inside = min(max(share, EDGE), 1.0 - EDGE)
    return math.log(inside / (1.0 - inside))


def sigmoid(odds: float) -> float:
    """Inverse of the logit; does not overflow."""
    return 0.5 * (1.0 + math.tanh(0.5 * odds))


@dataclass(frozen=True, slots=True)
class LabelCalibration:
    """Platt's logistic calibration of one label: probability = sigmoid(slope * logit(raw) + intercept).

    ``threshold`` and ``doubt`` (low, high) are probabilities; ``prevalence`` is the share of positives among the films
    of the fit, None where nobody wrote it down. Raises ValueError when the map would not be increasing, the interval
    would not hold the threshold, or the prevalence leaves no odds.
    """

    slope: float
    intercept: float
    threshold: float
    doubt: tuple[float, float]
    prevalence: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.slope) and self.slope > 0 and math.isfinite(self.intercept)):
            raise ValueError(f"a calibration must increase: slope {self.slope}, intercept {self.intercept}")
        low, high = self.doubt
        if not 0.0 <= low <= self.threshold <= high <= 1.0:
            raise ValueError(f"the doubt {self.doubt} must hold the threshold {self.threshold}, inside [0, 1]")
        if self.prevalence is not None and not 0.0 < self.prevalence < 1.0:
            raise ValueError(f"the prevalence {self.prevalence} must lie between 0 and 1")

    def score(self, raw: float) -> Score:
        """Put a raw sigmoid value into the expert's word on the label. Raises ValueError when it is not a number."""
        if not math.isfinite(raw):
            raise ValueError(f"the network's score is {raw}")
        probability = sigmoid(self.slope * logit(raw) + self.intercept)
        return Score(raw=raw, probability=probability, threshold=self.threshold, doubt=self.doubt)


Calibration = Mapping[Label, LabelCalibration]
"""The calibration of one expert: one entry a label."""


def shifted(score: Score, log_odds: float) -> Score:
    """Move a score to another prevalence: probability, threshold and doubt by the same difference in log odds.

    By Bayes' rule a change of prevalence alone moves every film's log odds by the same amount (Saerens 2002).
    Threshold and doubt move along, since they are operating points of the network, chosen on the films of the fit:
    what is called stays the same, what is said about it changes.
    """
    if not log_odds:
        return score

    def move(probability: float) -> float:
        return sigmoid(logit(probability) + log_odds)

    low, high = score.doubt
    return replace(
        score,
        probability=move(score.probability),
        threshold=move(score.threshold),
        doubt=(move(low), move(high)),
    )


def label_calibration(entry: Mapping[str, Any]) -> LabelCalibration:
    """One label's calibration from its JSON. Raises KeyError, IndexError, TypeError, ValueError when it is damaged."""
    prevalence = entry.get("prevalence")
    return LabelCalibration(
        slope=float(entry["slope"]),
        intercept=float(entry["intercept"]),
        threshold=float(entry["threshold"]),
        doubt=(float(entry["doubt"][0]), float(entry["doubt"][1])),
        prevalence=None if prevalence is None else float(prevalence),
    )


def load_calibration(path: Path) -> Calibration:
    """Read ``calibration.json``: ``{"labels": {id: {slope, intercept, threshold, doubt, prevalence}}}``.

    ``prevalence`` may be absent. Raises ExpertError.
    """
    try:
        labels = json.loads(path.read_text(encoding="utf-8"))["labels"]
        return {Label(name): label_calibration(entry) for name, entry in labels.items()}
    except OSError as error:
        raise ExpertError(f"The calibration {path} cannot be read: {error.strerror}.") from error
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ExpertError(f"The calibration {path} is damaged: {error!r}.") from error
