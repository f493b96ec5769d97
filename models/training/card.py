"""The card: what the network is, on what and how it was trained, and how well it does; as JSON and for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from textwrap import fill
from typing import Any

import numpy as np

from models.findings import Label
from models.training.films import LABELS, Films
from models.training.platt import Alignment, Fitted, cross_fit
from models.training.statistics import Floats, aucs, calibration_error, interval, rates

HERE = Path(__file__).parent


def _rounded(value: float) -> float:
    return round(float(value), 4)


def metrics(films: Films, logits: Floats) -> dict[str, Any]:
    """Every figure of the card, from out-of-fold logits (films, labels); what is fitted is fitted on other folds."""
    targets = films.targets.astype(np.float64)
    point = aucs(targets, logits)
    low, high = interval(lambda rows: aucs(targets[rows], logits[rows]), films.patients)
    healthy, false_calls = targets.sum(axis=1) == 0, 0.0
    labels: dict[str, Any] = {}
    for i, label in enumerate(LABELS):
        probability, threshold = cross_fit(targets[:, i], logits[:, i], films.patients, films.folds)
        called = rates(targets[:, i], probability >= threshold)
        false_calls += (probability >= threshold)[healthy].mean()
        labels[label] = {
            "positive": int(targets[:, i].sum()),
            "auc": _rounded(point[i]),
            "auc_interval": [_rounded(low[i]), _rounded(high[i])],
            "calibration_error": _rounded(calibration_error(targets[:, i], probability)),
            **{name: _rounded(value) for name, value in called.items()},
        }
    errors = [entry["calibration_error"] for entry in labels.values()]
    return {
        "mean_auc": _rounded(point[-1]),
        "mean_auc_interval": [_rounded(low[-1]), _rounded(high[-1])],
        "mean_calibration_error": _rounded(np.mean(errors)),
        "calls_on_a_film_without_finding": _rounded(false_calls),
        "labels": labels,
    }


def calibration(
    fitted: Mapping[Label, Fitted], aligned: Mapping[Label, Alignment], doubts: Mapping[Label, tuple[float, float]]
) -> dict[str, Any]:
    """``calibration.json``: alignment and Platt's map as one map of the shipped network's score."""
    return {
        "method": "probability = sigmoid(slope * logit(score) + intercept); see the card for how it was fitted",
        "labels": {
            label: {
                "slope": round(fit.slope * aligned[label].slope, 6),
                "intercept": round(fit.slope * aligned[label].intercept + fit.intercept, 6),
                "threshold": _rounded(fit.threshold),
                "doubt": [_rounded(end) for end in doubts[label]],
            }
            for label, fit in fitted.items()
        },
    }


def _row(label: str, entry: Mapping[str, Any], calibrated: Mapping[str, Any]) -> str:
    low, high = entry["auc_interval"]
    doubt = "{:.3f} to {:.3f}".format(*calibrated["doubt"])
    return (
        f"| {label} | {entry['positive']} | {entry['auc']:.3f} [{low:.3f}, {high:.3f}] | "
        f"{entry['calibration_error']:.3f} | {calibrated['threshold']:.3f} | {doubt} | "
        f"{entry['sensitivity']:.2f} | {entry['specificity']:.2f} | {entry['positive_predictive_value']:.2f} |"
    )


def markdown(card: Mapping[str, Any], calibrated: Mapping[str, Any]) -> str:
    """Render the card as a page: the table is computed, the words around it are ``card.md``."""
    figures = card["metrics"]
    rows = [_row(label, entry, calibrated["labels"][label]) for label, entry in figures["labels"].items()]
    template = Template((HERE / "card.md").read_text(encoding="utf-8"))
    return template.substitute(
        version=card["version"],
        sha=card["files"]["model.bin"],
        films=card["training"]["films"],
        patients=card["training"]["patients"],
        mean_auc=f"{figures['mean_auc']:.3f}",
        low=f"{figures['mean_auc_interval'][0]:.3f}",
        high=f"{figures['mean_auc_interval'][1]:.3f}",
        error=f"{figures['mean_calibration_error']:.3f}",
        rows="\n".join(rows),
        epochs=card["training"]["recipe"]["epochs"],
        false_calls=f"{figures['calls_on_a_film_without_finding']:.1f}",
        tuning=fill(f"- Tuning: {card['training']['tuning']}", 120, subsequent_indent="  "),
        unseen=card["shipped"]["unseen_films"],
        correlation=f"{card['shipped']['smallest_correlation']:.3f}",
        parity=f"{card['shipped']['largest_difference']:.1e}",
    )
