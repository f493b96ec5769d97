"""What half precision costs the embedded networks, for their cards: measured where they are trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import fill

from models.base import Expert, ExpertCard, Segmenter
from models.calibrate import Calibration, load_calibration
from models.classifier import Classifier
from models.experts.anatomy import AnatomyNetwork
from models.experts.zoo.films import evenly
from models.findings import Label
from models.precision_loss import CALLS, CELLS, Figures, Judge, loss
from models.runtime import Network
from models.runtime.openvino_engine import halves
from models.training.films import read_gray
from models.weights import load_card

FILMS = 200
"""Of the NIH films, evenly picked. That the networks were trained on them says nothing for or against a precision."""


def of_classifier(folder: Path, paths: Sequence[Path]) -> dict[str, Figures]:
    """Measure the network in the folder, whose card is written already, on some of these films.

    Returns the card's ``precisions``: those in which this processor computes. Raises ExpertError.
    """
    return _lost(folder, paths, Classifier, CALLS)


def of_anatomy(folder: Path, paths: Sequence[Path]) -> dict[str, Figures]:
    """As ``of_classifier``, for the network of the organs."""

    def segmenter(card: ExpertCard, network: Network, calibration: Calibration) -> Segmenter:
        return AnatomyNetwork(card, network, calibration[Label.CARDIOMEGALY])

    return _lost(folder, paths, segmenter, CELLS)


def _lost(
    folder: Path,
    paths: Sequence[Path],
    made: Callable[[ExpertCard, Network, Calibration], Expert | Segmenter],
    judge: Judge,
) -> dict[str, Figures]:
    card, calibration = load_card(folder), load_calibration(folder / "calibration.json")
    films = map(read_gray, evenly(paths, FILMS))
    return loss(folder / "model.xml", lambda network: made(card, network, calibration), judge, halves(), films)


def words(name: str, lost: Mapping[str, Mapping[str, float]]) -> str:
    """Say on the card's page what each half precision costs: a line a precision, under those before it."""
    told = (_told(name, precision, figures) for precision, figures in lost.items())
    return "".join("\n" + fill(line, 120, subsequent_indent="  ") for line in told)


def _told(name: str, precision: str, figures: Mapping[str, float]) -> str:
    if "cells_changed" in figures:
        cost = f"{figures['cells_changed']:.1e} of the grid's cells change sides"
    else:
        cost = (
            f"a probability differs by at most {figures['largest_difference']:.3f} "
            f"({figures['mean_difference']:.4f} on average), {figures['calls_changed']:.1%} of the calls change"
        )
    served = f"CXR_EXPERT_PRECISION={name}={precision}"
    return f"- In {precision} instead of single precision (`{served}`), on {figures['films']:g} films: {cost}."
