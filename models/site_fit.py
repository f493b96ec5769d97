"""Refit an expert's calibration on a site's own labelled films, and propose thresholds; all figures are held out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from models import thresholds
from models.calibrate import LabelCalibration, logit
from models.findings import Label, Score
from models.fit_calibration import Fitted, cross_fit, doubt_around, fit_label
from models.statistics import Floats, Rows, auc, calibration_error, interval, rates
from models.thresholds import Rule

LEAST = 20
"""Positive films, and negative ones, below which a label keeps its calibration: ten events for each of Platt's two
parameters (Peduzzi 1996)."""


@dataclass(frozen=True, slots=True)
class Case:
    """One film: whose it is, what is known of it (a label that nobody judged is absent), what the expert said."""

    patient: str
    known: Mapping[Label, bool]
    scores: Mapping[Label, Score]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to fit: number of folds (at least two), the rules that propose thresholds and the name of the one to use."""

    rules: Mapping[str, Rule]
    chosen: str
    folds: int = 5


@dataclass(frozen=True, slots=True)
class Proposal:
    """A threshold as a calibrated probability, with what it reaches on films that it was not chosen on."""

    threshold: float
    sensitivity: float
    specificity: float


@dataclass(frozen=True, slots=True)
class LabelFit:
    """What a site's films say of one label.

    ``calibration`` is None, and ``kept`` the reason, where they are too few: the label keeps what it has. The errors
    are expected calibration errors: of the probabilities as they are, and of the refit on films left out of it.
    """

    label: Label
    films: int
    positive: int
    kept: str | None = None
    auc: float = float("nan")
    auc_interval: tuple[float, float] = (float("nan"), float("nan"))
    error_before: float = float("nan")
    error_after: float = float("nan")
    proposals: Mapping[str, Proposal] | None = None
    calibration: LabelCalibration | None = None


@dataclass(frozen=True, slots=True)
class _Films:
    """The films of which one label is known, as columns: ``before`` holds the probabilities as they are."""

    targets: Floats
    logits: Floats
    before: Floats
    patients: Rows
    folds: Rows


def plan(chosen: str, sensitivity: float, specificity: float, folds: int) -> Plan:
    """Return the plan of the command line: the four rules by their names."""
    rules = {
        "f1": thresholds.f1,
        "youden": thresholds.youden,
        "sensitivity": thresholds.fixed_sensitivity(sensitivity),
        "specificity": thresholds.fixed_specificity(specificity),
    }
    return Plan(rules, chosen, folds)


def fold_of(patient: str, folds: int) -> int:
    """Fold of a site's patient: the same in every run, whatever the order of the films."""
    return int(sha256(f"site{patient}".encode()).hexdigest(), 16) % folds


def fit_site(cases: Sequence[Case], labels: Iterable[Label], how: Plan) -> list[LabelFit]:
    """Fit every label by itself on the films of which it is known; a label of which nothing is known is left out."""
    fits = []
    for label in labels:
        chosen = [case for case in cases if label in case.known and label in case.scores]
        if chosen:
            fits.append(_fit(label, chosen, how))
    return fits


def _fit(label: Label, cases: Sequence[Case], how: Plan) -> LabelFit:
    films = _columns(label, cases, how.folds)
    positive = int(films.targets.sum())
    if reason := _too_few(films):
        return LabelFit(label, len(cases), positive, kept=reason)
    low, high = interval(lambda rows: np.array(auc(films.targets[rows], films.logits[rows])), films.patients)
    fitted = {name: fit_label(films.targets, films.logits, films.patients, rule) for name, rule in how.rules.items()}
    held_out = {
        name: cross_fit(films.targets, films.logits, films.patients, films.folds, rule)
        for name, rule in how.rules.items()
    }
    return LabelFit(
        label=label,
        films=len(cases),
        positive=positive,
        auc=auc(films.targets, films.logits),
        auc_interval=(float(low), float(high)),
        error_before=calibration_error(films.targets, films.before),
        error_after=calibration_error(films.targets, held_out[how.chosen][0]),
        proposals={name: _proposal(films, fitted[name], *held_out[name]) for name in how.rules},
        calibration=_calibration(films, fitted[how.chosen], [case.scores[label] for case in cases]),
    )


def _columns(label: Label, cases: Sequence[Case], folds: int) -> _Films:
    names = sorted({case.patient for case in cases})
    numbers = {name: number for number, name in enumerate(names)}
    return _Films(
        targets=np.array([float(case.known[label]) for case in cases]),
        logits=np.array([logit(case.scores[label].raw) for case in cases]),
        before=np.array([case.scores[label].probability for case in cases]),
        patients=np.array([numbers[case.patient] for case in cases]),
        folds=np.array([fold_of(case.patient, folds) for case in cases]),
    )


def _too_few(films: _Films) -> str | None:
    for kind, value in (("positive", 1.0), ("negative", 0.0)):
        count = int((films.targets == value).sum())
        if count < LEAST:
            return f"{count} {kind} films, at least {LEAST} are needed"
        if len(np.unique(films.folds[films.targets == value])) < 2:  # noqa: PLR2004 - one to fit on, one to judge
            return f"all {kind} films are of one fold of patients"
    return None


def _proposal(films: _Films, fitted: Fitted, probability: Floats, held_to: Floats) -> Proposal:
    reached = rates(films.targets, probability >= held_to)
    return Proposal(fitted.threshold, reached["sensitivity"], reached["specificity"])


def _calibration(films: _Films, fitted: Fitted, scores: Sequence[Score]) -> LabelCalibration:
    """Return the fit on all films; the doubts of network and threshold are added up as independent errors are."""
    spread = float(np.hypot(fitted.slope * _network_doubt(films.logits, scores), fitted.unsteadiness))
    return LabelCalibration(
        slope=fitted.slope,
        intercept=fitted.intercept,
        threshold=fitted.threshold,
        doubt=doubt_around(fitted.threshold, spread),
        prevalence=fitted.prevalence,
    )


def _network_doubt(logits: Floats, scores: Sequence[Score]) -> float:
    """Half the width of the expert's own doubt, in units of its raw logit, which a new calibration does not change.

    None, where the expert doubts everything: that is the word of one that was never calibrated.
    """
    low, high = scores[0].doubt
    if low <= 0.0 or high >= 1.0:
        return 0.0
    half = (logit(high) - logit(low)) / 2
    if not np.ptp(logits):
        return half
    slope = float(np.polyfit(logits, [logit(score.probability) for score in scores], 1)[0])
    return half / slope if slope > 0 else half
