"""What less than single precision costs an expert: its word on films, held against its word in f32.

For the card's ``precisions``; also quantises the network, for int8 is made before it is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.base import Expert, GrayImage, Segmenter
from models.preprocess import Planes
from models.runtime.device import Device
from models.runtime.engine import Outputs
from models.runtime.network import Network
from models.runtime.openvino_engine import halves
from models.runtime.precision import Precision
from models.runtime.quantise import quantise
from models.statistics import rank_correlation

DIGITS = 4

Word = NDArray[Any]
"""What an expert says of one film, as numbers."""

Opened = Callable[[Network], Expert | Segmenter]
"""Makes the expert of a network."""

Figures = dict[str, float]
"""What one precision costs, as the card states it."""


@dataclass(frozen=True, slots=True)
class Judge:
    """How an expert's word on a film becomes numbers, and what words (films, ...) of two precisions differ by."""

    word: Callable[[Any, GrayImage], Word]
    loss: Callable[[Word, Word], dict[str, float]]


def measure(
    folder: Path,
    opened: Opened,
    judge: Judge,
    calibrating: Iterable[GrayImage],
    others: Iterable[GrayImage],
) -> dict[str, Figures]:
    """Quantise ``model.xml`` of the folder and return the card's ``precisions``: the loss of each against f32.

    Half precisions are measured where this processor computes in them. ``opened`` makes the expert of a network;
    ``judge`` is CALLS for one that reads labels, CELLS for one that finds organs. Both sorts of films, which must not
    be the same, are gone through once, so they may be read one by one. Raises ExpertError.
    """
    model = folder / "model.xml"
    watched = _Watched(model)
    expert = opened(watched)
    for film in calibrating:
        judge.word(expert, film)
    quantise(model, watched.seen)
    lost = loss(model, opened, judge, (*halves(), Precision.INT8), others)
    lost[Precision.INT8.value] |= {"calibration_films": len(watched.seen)}
    return lost


def loss(
    model: Path,
    opened: Opened,
    judge: Judge,
    lesser: Sequence[Precision],
    films: Iterable[GrayImage],
) -> dict[str, Figures]:
    """Return what each of the lesser precisions costs on these films, as a card states it; see ``measure``."""
    words = _words(model, (Precision.F32, *lesser), opened, judge, films)
    plain = words[Precision.F32]
    return {each.value: _figures(judge.loss(plain, words[each]), len(plain)) for each in lesser}


class _Watched(Network):
    """Keeps what it is given: films as the expert prepares them."""

    def __init__(self, model: Path) -> None:
        super().__init__(model, device=Device.CPU)
        self.seen: list[Planes] = []

    def infer(self, batch: Planes) -> Outputs:
        self.seen.append(batch)
        return super().infer(batch)


def _words(
    model: Path,
    precisions: Iterable[Precision],
    opened: Opened,
    judge: Judge,
    films: Iterable[GrayImage],
) -> dict[Precision, Word]:
    experts = {each: opened(Network(model, device=Device.CPU, precision=each)) for each in precisions}
    said = [{each: judge.word(expert, film) for each, expert in experts.items()} for film in films]
    return {each: np.array([words[each] for words in said]) for each in experts}


def _figures(lost: Mapping[str, float], films: int) -> Figures:
    return {"films": films} | {name: float(f"{value:.{DIGITS}g}") for name, value in lost.items()}


def _calls(expert: Expert, film: GrayImage) -> Word:
    """(2, labels): the probability, and whether the label is called."""
    (reading,) = expert.read([film])
    scores = reading.scores.values()
    called = [score.probability >= score.threshold for score in scores]
    return np.array([[score.probability for score in scores], called], dtype=np.float64)


def _calls_loss(plain: Word, other: Word) -> dict[str, float]:
    difference = np.abs(plain[:, 0] - other[:, 0])
    pairs = zip(plain[:, 0].T, other[:, 0].T, strict=True)
    return {
        "largest_difference": difference.max(),
        "mean_difference": difference.mean(),
        "calls_changed": (plain[:, 1] != other[:, 1]).mean(),
        "smallest_rank_correlation": min((rank_correlation(*pair) for pair in pairs if np.ptp(pair[0])), default=1.0),
    }


def _cells(segmenter: Segmenter, film: GrayImage) -> Word:
    """(2, cells / 8): lungs and heart, a bit a cell of the grid."""
    (anatomy,) = segmenter.segment([film])
    return np.packbits(np.stack([anatomy.lungs, anatomy.heart]).reshape(2, -1), axis=1)


def _cells_loss(plain: Word, other: Word) -> dict[str, float]:
    return {"cells_changed": np.unpackbits(np.bitwise_or.reduce(plain ^ other, axis=1)).mean()}


CALLS = Judge(_calls, _calls_loss)
"""Probabilities differ by so much (largest, mean); this share of the calls (probability at or above the threshold)
changes; films keep their order, by the label in which they keep it least (Spearman)."""

CELLS = Judge(_cells, _cells_loss)
"""This share of the grid's cells changes sides."""
