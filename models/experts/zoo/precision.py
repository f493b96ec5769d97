"""A pulled network in less than single precision: made, measured on films of the site, stated on its card."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.base import Expert, ExpertCard, Segmenter
from models.calibrate import load_calibration
from models.classifier import Classifier
from models.experts.zoo.card import state_precisions
from models.experts.zoo.catalogue import Entry
from models.experts.zoo.films import apart, read
from models.experts.zoo.segmenter import ZooSegmenter
from models.precision_loss import CALLS, CELLS, Figures, measure
from models.runtime import Network, Precision
from models.runtime.pace import times_faster
from models.runtime.quantise import need_nncf
from models.weights import load_card


@dataclass(frozen=True, slots=True)
class Stated:
    """What the card now says of each precision, and how many times faster than f32 each was on this machine."""

    precisions: Mapping[str, Figures]
    faster: Mapping[Precision, float]


def state_precision(entry: Entry, folder: Path, images: Path, calibrating: int) -> Stated:
    """Quantise the network of the folder with so many films of ``images`` and measure every precision on others.

    The folder becomes complete or stays as it was. Raises ExpertError: nncf or films are missing, a film cannot be
    read, the folder's files are not those of its card.
    """
    need_nncf()
    chosen, others = apart(images, calibrating)
    card = load_card(folder)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as work:
        staged = Path(work)
        for name in ("model.xml", "model.bin"):
            shutil.copy(folder / name, staged)
        judge = CELLS if entry.segments else CALLS
        precisions = measure(staged, _opener(entry, card, folder), judge, map(read, chosen), map(read, others))
        faster = times_faster(staged / "model.xml", map(Precision, precisions))
        state_precisions(folder, staged, precisions)
    return Stated(precisions, faster)


def _opener(entry: Entry, card: ExpertCard, folder: Path) -> Callable[[Network], Expert | Segmenter]:
    if entry.segments:
        return lambda network: ZooSegmenter(card, network)
    calibration = load_calibration(folder / "calibration.json")
    return lambda network: Classifier(card, network, calibration)
