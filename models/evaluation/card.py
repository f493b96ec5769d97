"""The figures of the embedded expert's card, computed again from its out-of-fold scores and the labels of the films."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from models.calibrate import Calibration, load_calibration
from models.evaluation import plots
from models.evaluation.nih import embedded, films_of, scored
from models.evaluation.part import Check, Given, Part, Plot, Table, checks
from models.figures import Scored, metrics
from models.fit_calibration import fit_label

if TYPE_CHECKING:
    from matplotlib.figure import Figure  # not at run time: matplotlib is an extra

_HEADER = ("label", "films", "AUC [95%]", "calibration error", "threshold", "sensitivity", "specificity", "PPV")
_NOTE = (
    "Every film is scored by the network that was not shown its patient; calibration and threshold behind a film's "
    "figures were fitted on the other folds. Threshold: as served. Intervals: bootstrap over patients."
)


def evaluate(given: Given) -> Part:
    """Recompute and compare. Raises MissingDataError, ExpertError."""
    folder, card = embedded()
    films, calibration = scored(films_of(given), folder), load_calibration(folder / "calibration.json")
    given.say("bootstrap of the card's figures")
    again = metrics(films)
    return Part(
        title=f"The embedded expert {card.version}: figures of its card",
        tables=(_table(again, calibration),),
        plots=_plots(films, again),
        checks=(*checks("metrics", card.details["metrics"], again), *_thresholds(films, calibration)),
    )


def _thresholds(films: Scored, calibration: Calibration) -> tuple[Check, ...]:
    """Thresholds and prevalences as served, against a fit on all films."""
    found = []
    for i, label in enumerate(films.labels):
        fitted, served = fit_label(films.targets[:, i], films.logits[:, i], films.patients), calibration[label]
        found.append(Check(f"calibration.{label}.threshold", served.threshold, fitted.threshold))
        if served.prevalence is not None:
            found.append(Check(f"calibration.{label}.prevalence", served.prevalence, fitted.prevalence))
    return tuple(found)


def _table(figures: Mapping[str, Any], calibration: Calibration) -> Table:
    low, high = figures["mean_auc_interval"]
    rows = [
        (
            label,
            str(entry["positive"]),
            "{:.3f} [{:.3f}, {:.3f}]".format(entry["auc"], *entry["auc_interval"]),
            f"{entry['calibration_error']:.3f}",
            f"{calibration[label].threshold:.3f}",
            *(f"{entry[name]:.2f}" for name in ("sensitivity", "specificity", "positive_predictive_value")),
        )
        for label, entry in figures["labels"].items()
    ]
    mean = f"{figures['mean_auc']:.3f} [{low:.3f}, {high:.3f}]"
    rows.append(("mean", str(figures["films"]), mean, f"{figures['mean_calibration_error']:.3f}", "", "", "", ""))
    return Table("Out of fold, five folds by patient", _HEADER, tuple(rows), _NOTE)


def _plots(films: Scored, figures: Mapping[str, Any]) -> tuple[Plot, ...]:
    labels: Mapping[str, Any] = figures["labels"]
    intervals = {label: [(entry["auc"], *entry["auc_interval"])] for label, entry in labels.items()}
    diagrams = {label: entry["reliability"] for label, entry in labels.items()}
    columns = {
        label.value: (films.targets[:, i], np.asarray(films.logits[:, i])) for i, label in enumerate(films.labels)
    }

    def forest(figure: Figure) -> None:
        plots.forest(figure, intervals, ["out of fold"], "AUC, 95% interval", 0.5)

    wide = (10.0, 6.0)
    return (
        Plot("embedded-auc", "AUC by label, out of fold, with 95% intervals by patient", forest, (7.0, 5.0)),
        Plot("embedded-reliability", "Reliability diagrams", lambda figure: plots.reliability(figure, diagrams), wide),
        Plot("embedded-roc", "ROC curves, out of fold", lambda figure: plots.roc(figure, columns), wide),
    )
