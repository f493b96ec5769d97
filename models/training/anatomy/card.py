"""The card for people: the tables are computed, the words around them are ``card.md``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from textwrap import fill
from typing import Any

from models.training.lesser import words

HERE = Path(__file__).parent

NAMES = {
    "right_lung": "right lung",
    "left_lung": "left lung",
    "left_uncrossed": "left lung, less what was drawn across the heart",
    "lungs": "both lungs",
    "heart": "heart",
}


def dice_rows(table: Mapping[str, Any]) -> str:
    """Rows of set, organ, films, Dice with interval, worst film."""
    return "\n".join(
        f"| {source} | {NAMES[organ]} | {entry['films']} | {_with_interval(entry['mean'], entry['interval'])} | "
        f"{entry['least']:.3f} |"
        for source, organs in table.items()
        for organ, entry in organs.items()
    )


def abstention_rows(table: Mapping[str, Any]) -> str:
    """Rows of set, films, share that abstains, and the reasons."""
    return "\n".join(
        f"| {source} | {entry['films']} | {entry['any']:.1%} | {_reasons(entry)} |" for source, entry in table.items()
    )


def _reasons(entry: Mapping[str, float]) -> str:
    return ", ".join(f"{reason} {share:.1%}" for reason, share in entry.items() if reason not in {"films", "any"})


def _with_interval(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def markdown(card: Mapping[str, Any]) -> str:
    """Render the card as a page."""
    metrics, training = card["metrics"], card["training"]
    ratio, heart = metrics["ratio"], metrics["labels"]["cardiomegaly"]
    template = Template((HERE / "card.md").read_text(encoding="utf-8"))
    return template.substitute(
        version=card["version"],
        sha=card["files"]["model.bin"],
        films=training["films"],
        without_masks=training["films_without_masks"],
        folds=training["held_out_folds"],
        epochs=training["recipe"]["epochs"],
        dice=dice_rows(metrics["dice"]),
        ratio_films=ratio["films"],
        error=_with_interval(ratio["mean_absolute_error"], ratio["interval"]),
        bias=f"{ratio['bias']:+.3f}",
        tail=f"{ratio['percentile_95']:.3f}",
        same_call=f"{ratio['same_call']:.1%}",
        all_films=ratio["all_films"],
        all_error=f"{ratio['all_mean_absolute_error']:.3f}",
        abstentions=abstention_rows(metrics["abstentions"]),
        positive=heart["positive"],
        rated=heart["films"],
        auc=_with_interval(heart["auc"], heart["auc_interval"]),
        sensitivity=f"{heart['sensitivity']:.2f}",
        specificity=f"{heart['specificity']:.2f}",
        calibration_error=f"{heart['calibration_error']:.3f}",
        note=fill(f"- {training['note']}", 120, subsequent_indent="  "),
        changed=f"{card['shipped']['share_of_cells_changed']:.1e}",
        halves=words(card["name"], card.get("precisions", {})),
    )
