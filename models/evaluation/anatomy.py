"""The figures of the anatomy network's card: from its table of held-out films, and from the NIH films as served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from models.evaluation.part import Given, MissingDataError, Part, Plot, Table, checks, need
from models.findings import Label
from models.training.anatomy import figures, heldout
from models.training.anatomy.card import NAMES
from models.training.anatomy.heldout import HeldOut
from models.training.anatomy.nih import rated
from models.weights import find, load_card

if TYPE_CHECKING:
    from matplotlib.figure import Figure  # not at run time: matplotlib is an extra

NETWORK = "anatomy"
_NOTE = "Every film by a network that was not shown it; against the masks as drawn. Intervals: bootstrap over films."


def evaluate(given: Given) -> Part:
    """Recompute and compare. Raises MissingDataError, ExpertError."""
    segmenter = given.segmenter
    if segmenter is None:
        raise MissingDataError("no anatomy network is switched on")
    folder = find(NETWORK)
    films, card = heldout.read(need(folder / heldout.FILE).parent), load_card(folder)
    given.say("measuring the PA films of nih")
    need(given.data / "nih" / "manifest.csv")
    nih = rated(given.data, lambda film: segmenter.segment([film])[0])
    again = figures.metrics(films, nih)
    return Part(
        title=f"Anatomy, version {card.version}",
        tables=(_organs(again["dice"]), _ratio(again)),
        plots=(Plot("cardiothoracic-ratio", "Ratio found and measured", lambda figure: _draw(figure, films)),),
        checks=checks("metrics", card.details["metrics"], again),
    )


def _organs(told: Mapping[str, Any]) -> Table:
    rows = tuple(
        (source, NAMES[organ], str(entry["films"]), _spread(entry["mean"], entry["interval"]), f"{entry['least']:.3f}")
        for source, organs in told.items()
        for organ, entry in organs.items()
    )
    return Table("Organs on held-out films", ("set", "organ", "films", "Dice [95%]", "worst film"), rows, _NOTE)


def _ratio(told: Mapping[str, Any]) -> Table:
    ratio, heart = told["ratio"], told["labels"][Label.CARDIOMEGALY.value]
    silent = {source: f"{entry['any']:.1%} of {entry['films']}" for source, entry in told["abstentions"].items()}
    rows = (
        ("mean absolute error where valid", _spread(ratio["mean_absolute_error"], ratio["interval"])),
        ("mean absolute error, valid or not", f"{ratio['all_mean_absolute_error']:.3f}"),
        ("same side of 0.5", f"{ratio['same_call']:.1%}"),
        *((f"silent on {source}", share) for source, share in silent.items()),
        ("AUC for cardiomegaly, NIH PA films", _spread(heart["auc"], heart["auc_interval"])),
    )
    return Table("Cardiothoracic ratio", ("figure", "value"), rows)


def _spread(value: float, interval: Sequence[float]) -> str:
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def _draw(figure: Figure, films: Sequence[HeldOut]) -> None:
    pairs = [(film.measured, film.ratio, bool(film.abstains)) for film in films if film.measured and film.ratio]
    measured, found, silent = (np.array(column) for column in zip(*pairs, strict=True))
    axes = figure.subplots()
    axes.plot([0.3, 0.9], [0.3, 0.9], color="#999999", linestyle="--")
    axes.scatter(measured[~silent], found[~silent], s=12, color="#0072B2", marker="o", label="valid")
    axes.scatter(measured[silent], found[silent], s=16, color="#D55E00", marker="^", label="silent")
    axes.set_xlabel("measured ratio")
    axes.set_ylabel("ratio found")
    axes.legend()
