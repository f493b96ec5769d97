"""What half precision costs the embedded networks, for their cards: measured where they are trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill

from models.base import GrayImage
from models.calibrate import load_calibration
from models.classifier import Classifier
from models.experts.anatomy import AnatomyNetwork
from models.experts.zoo.films import evenly
from models.findings import Label
from models.precision_loss import CALLS, CELLS, loss
from models.runtime.openvino_engine import halves
from models.training.films import read_gray
from models.weights import load_card

FILMS = 200
"""Of the NIH films, evenly picked. That the networks were trained on them says nothing for or against a precision."""

Lost = dict[str, dict[str, float]]
"""The card's ``precisions``: those in which this processor computes."""


def of_classifier(folder: Path, paths: Sequence[Path]) -> Lost:
    """Measure the network in the folder, whose card is written already, on some of these films. Raises ExpertError."""
    card, calibration = load_card(folder), load_calibration(folder / "calibration.json")
    return loss(
        folder / "model.xml", lambda network: Classifier(card, network, calibration), CALLS, halves(), _films(paths)
    )


def of_anatomy(folder: Path, paths: Sequence[Path]) -> Lost:
    """As ``of_classifier``, for the network of the organs."""
    card, calibration = load_card(folder), load_calibration(folder / "calibration.json")[Label.CARDIOMEGALY]
    return loss(
        folder / "model.xml", lambda network: AnatomyNetwork(card, network, calibration), CELLS, halves(), _films(paths)
    )


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


def _films(paths: Sequence[Path]) -> Iterator[GrayImage]:
    return map(read_gray, evenly(paths, FILMS))
