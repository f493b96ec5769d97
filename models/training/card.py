"""The card: what the network is, on what and how it was trained, and how well it does; as JSON and for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from textwrap import fill
from typing import Any

from models.figures import rounded
from models.findings import Label
from models.fit_calibration import Alignment, Fitted
from models.training.lesser import words

HERE = Path(__file__).parent


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
                "threshold": rounded(fit.threshold),
                "doubt": [rounded(end) for end in doubts[label]],
                "prevalence": rounded(fit.prevalence),
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


def _peer_row(label: str, entry: Mapping[str, Any]) -> str:
    low, high = entry["difference_interval"]
    ours, theirs = entry["auc"], entry["peer_auc"]
    return f"| {label} | {ours:.3f} | {theirs:.3f} | {ours - theirs:+.3f} [{low:+.3f}, {high:+.3f}] |"


def markdown(card: Mapping[str, Any], calibrated: Mapping[str, Any]) -> str:
    """Render the card as a page: the table is computed, the words around it are ``card.md``."""
    figures = card["metrics"]
    rows = [_row(label, entry, calibrated["labels"][label]) for label, entry in figures["labels"].items()]
    peer = {**card["peer"]["labels"], "mean": card["peer"]["mean"]}
    recipe = card["training"]["recipes"]["lite0"]
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
        peer_rows="\n".join(_peer_row(label, entry) for label, entry in peer.items()),
        peer_films=card["peer"]["films"],
        size=card["preprocessing"]["size"],
        epochs=recipe["epochs"],
        soft=recipe["soft"],
        lean=f"{card['training']['lean']['weight'] / 10:.1f}",
        without=f"{card['training']['lean']['auc_without']:.3f}",
        false_calls=f"{figures['calls_on_a_film_without_finding']:.1f}",
        tuning=fill(f"- Tuning: {card['training']['tuning']}", 120, subsequent_indent="  "),
        unseen=card["shipped"]["unseen_films"],
        correlation=f"{card['shipped']['smallest_correlation']:.3f}",
        parity=f"{card['shipped']['largest_difference']:.1e}",
        halves=words(card["name"], card.get("precisions", {})),
    )
