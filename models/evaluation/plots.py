"""Drawings that several parts share, for readers who see colours and for those who do not.

matplotlib is an extra of the package and only the figure that is handed in is used, so nothing here imports it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from models.statistics import Floats

if TYPE_CHECKING:
    from matplotlib.figure import Figure  # not at run time: matplotlib is an extra

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's colours for the colour-blind, without the yellow, which is lost on white paper."""

MARKS = ("o", "s", "^", "D")
"""Beside the colour, so that nothing is told by colour alone."""

GREY = "#999999"
COLUMNS = 5

Interval = tuple[float, float, float]
"""A value and the ends of its interval."""


def forest(figure: Figure, rows: Mapping[str, Sequence[Interval]], series: Sequence[str], axis: str, at: float) -> None:
    """One line a row: the value of each series with its interval, and a dashed line ``at`` the value of chance."""
    axes = figure.subplots()
    for number, name in enumerate(series):
        values = np.array([row[number] for row in rows.values()])
        heights = np.arange(len(rows)) + 0.25 * (number - (len(series) - 1) / 2)
        reach = np.abs(values[:, 1:].T - values[:, 0])
        mark, colour = MARKS[number], PALETTE[number]
        axes.errorbar(values[:, 0], heights, xerr=reach, label=name, fmt=mark, color=colour, markersize=4, capsize=2)
    axes.axvline(at, color=GREY, linestyle="--", linewidth=1)
    axes.set_yticks(range(len(rows)), [name.replace("_", " ") for name in rows])
    axes.invert_yaxis()
    axes.set_xlabel(axis)
    if len(series) > 1:
        axes.legend(fontsize=8)


def reliability(figure: Figure, diagrams: Mapping[str, Sequence[Sequence[float]]]) -> None:
    """One panel a label: the share of films that have it against the mean probability of the bin."""
    for axes, (label, points) in zip(_panels(figure, len(diagrams)), diagrams.items(), strict=False):
        said, seen = np.array(points)[:, :2].T
        end = 1.1 * float(max(said.max(), seen.max(), 0.05))
        axes.plot([0, end], [0, end], color=GREY, linestyle="--", linewidth=1)
        axes.plot(said, seen, color=PALETTE[0], marker=MARKS[0], markersize=3, linewidth=1)
        axes.set_title(label.replace("_", " "), fontsize=8)
    figure.supxlabel("mean calibrated probability of a tenth of the films", fontsize=9)
    figure.supylabel("share that has the label", fontsize=9)


def roc(figure: Figure, curves: Mapping[str, tuple[Floats, Floats]]) -> None:
    """One panel a label: sensitivity against 1 - specificity, from (targets, scores)."""
    for axes, (label, (targets, scores)) in zip(_panels(figure, len(curves)), curves.items(), strict=False):
        hits = targets[np.argsort(-scores, kind="stable")]
        axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
        sensitivity = np.append(0, np.cumsum(hits) / hits.sum())
        axes.plot(np.append(0, np.cumsum(1 - hits) / (1 - hits).sum()), sensitivity, color=PALETTE[0], linewidth=1)
        axes.set_title(label.replace("_", " "), fontsize=8)
    figure.supxlabel("1 - specificity", fontsize=9)
    figure.supylabel("sensitivity", fontsize=9)


def _panels(figure: Figure, number: int) -> list[Any]:
    """Return the axes of a grid that holds ``number`` panels, the surplus ones switched off."""
    rows = -(-number // COLUMNS)
    grid: list[Any] = figure.subplots(rows, COLUMNS, squeeze=False).ravel().tolist()
    for axes in grid[number:]:
        axes.set_axis_off()
    for axes in grid[:number]:
        axes.tick_params(labelsize=6)
    return grid[:number]
