"""The figures of the card: Dice, the error of the ratio, who abstains, and what the ratio says of cardiomegaly.

No torch. All intervals are 95%, percentile bootstrap over films (over patients for NIH).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.calibrate import LabelCalibration, logit
from models.figures import rounded
from models.findings import Label
from models.fit_calibration import cross_fit, fit_platt, sigmoid
from models.statistics import Floats, Rows, auc, calibration_error, interval, rates
from models.training.anatomy.heldout import HeldOut

ORGAN_COLUMNS = ("right_lung", "left_lung", "left_uncrossed", "lungs", "heart")
MEASURED_SET = "wingspan_ctr"
"""The set that comes with measured ratios."""

LIMIT = 0.5
"""The ratio from which on a heart is called enlarged (Danzer 1919; still the convention for adults)."""


@dataclass(frozen=True, slots=True)
class Rated:
    """NIH films that are tagged PA: the ratio where one was given (not a number where not), and what was reported."""

    ratios: Floats
    reasons: tuple[str, ...]
    targets: Floats
    patients: Rows
    folds: Rows

    @property
    def given(self) -> NDArray[np.bool_]:
        """Films with a ratio."""
        return np.isfinite(self.ratios)


def metrics(films: Sequence[HeldOut], nih: Rated) -> dict[str, Any]:
    """Every figure of the card, as it is written there."""
    measured = [film.abstains for film in films if film.source == MEASURED_SET]
    return {
        "dice": dice_table(films),
        "ratio": ratio_error(films),
        "abstentions": {MEASURED_SET: abstentions(measured), "nih_pa": abstentions(nih.reasons)},
        "labels": {Label.CARDIOMEGALY.value: cardiomegaly(nih)},
    }


def _spread(values: Floats) -> dict[str, Any]:
    """Mean with its interval over films."""
    low, high = interval(lambda rows: values[rows].mean(), np.arange(len(values)))
    return {"mean": rounded(values.mean()), "interval": [rounded(low), rounded(high)]}


def dice_table(films: Sequence[HeldOut]) -> dict[str, Any]:
    """Dice by set and organ: number of films, mean with interval, the worst film."""
    table: dict[str, Any] = {}
    for source in dict.fromkeys(film.source for film in films):
        ours = [film for film in films if film.source == source]
        columns = {name: np.array([getattr(film, name) for film in ours]) for name in ORGAN_COLUMNS}
        table[source] = {
            name: {"films": len(ours), **_spread(values), "least": rounded(values.min())}
            for name, values in columns.items()
        }
    return table


def ratio_error(films: Sequence[HeldOut]) -> dict[str, Any]:
    """Error of the ratio against the measured one, on the films where one would be given, and on all that have one.

    ``calls``: how often both fall on the same side of ``LIMIT``.
    """
    measured = [film for film in films if film.measured is not None and film.ratio is not None]
    valid = [film for film in measured if not film.abstains]
    errors = np.array([(film.ratio or 0.0) - (film.measured or 0.0) for film in valid])
    everywhere = np.array([(film.ratio or 0.0) - (film.measured or 0.0) for film in measured])
    same = [((film.ratio or 0.0) >= LIMIT) == ((film.measured or 0.0) >= LIMIT) for film in valid]
    spread = _spread(np.abs(errors))
    return {
        "films": len(valid),
        "mean_absolute_error": spread["mean"],
        "interval": spread["interval"],
        "bias": rounded(errors.mean()),
        "percentile_95": rounded(float(np.percentile(np.abs(errors), 95))),
        "same_call": rounded(float(np.mean(same))),
        "all_films": len(measured),
        "all_mean_absolute_error": rounded(np.abs(everywhere).mean()),
    }


def abstentions(reasons: Sequence[str]) -> dict[str, Any]:
    """Share of films with each reason, and with any."""
    counts = Counter(reason for reason in reasons if reason)
    shares = {reason: rounded(count / len(reasons)) for reason, count in sorted(counts.items())}
    return {"films": len(reasons), "any": rounded(counts.total() / len(reasons)), **shares}


def calibration(films: Rated, error: float) -> LabelCalibration:
    """Fit the probability that a report calls the heart enlarged, given the ratio, on all films that have one.

    The threshold is the ratio ``LIMIT``, which on these films is also where sensitivity and specificity together are
    largest; the doubt reaches as far as the ratio errs on average, either way.
    """
    logits, targets = _logits(films.ratios[films.given]), films.targets[films.given]
    slope, intercept = fit_platt(targets, logits)
    low, middle, high = sigmoid(slope * _logits(np.array([LIMIT - error, LIMIT, LIMIT + error])) + intercept)
    return LabelCalibration(
        slope=round(slope, 6),
        intercept=round(intercept, 6),
        threshold=rounded(middle),
        doubt=(rounded(low), rounded(high)),
        prevalence=rounded(targets.mean()),
    )


def cardiomegaly(films: Rated) -> dict[str, Any]:
    """How well the ratio tells the films whose report says cardiomegaly.

    The ratio was fitted to no such label; the calibration behind the calibration error was, on the other folds.
    """
    given = films.given
    targets, ratios, patients = films.targets[given], films.ratios[given], films.patients[given]
    said, _ = cross_fit(targets, _logits(ratios), patients, films.folds[given])
    reached = rates(targets, ratios >= LIMIT)
    low, high = interval(lambda rows: np.array(auc(targets[rows], ratios[rows])), patients)
    return {
        "films": int(given.sum()),
        "positive": int(targets.sum()),
        "prevalence": rounded(targets.mean()),
        "auc": rounded(auc(targets, ratios)),
        "auc_interval": [rounded(low), rounded(high)],
        "calibration_error": rounded(calibration_error(targets, said)),
        **{name: rounded(value) for name, value in reached.items()},
    }


def _logits(ratios: Floats) -> Floats:
    return np.array([logit(float(ratio)) for ratio in ratios])
