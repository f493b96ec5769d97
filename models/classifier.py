"""A network that reads films, from a folder that holds it: what every expert of pulled or foreign weights is made of.

The folder holds ``card.json``, ``calibration.json``, ``model.xml`` and ``model.bin`` (OpenVINO). The network's outputs
are ``scores`` (films, labels) in [0, 1] and, where it has them, ``maps`` (films, labels, rows, columns) whose mean is
the score's logit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.base import ExpertCard, ExpertError, GrayImage
from models.calibrate import Calibration, LabelCalibration, load_calibration, logit, sigmoid
from models.findings import ExpertReading, Label
from models.preprocess import Planes, Preprocessing, network_input, rule_of
from models.runtime import OPTIONS, Network, open_folder

Grid = NDArray[np.float32]

FINER = 4
"""Each cell of a map of the centre square becomes so many on a side, so that what the square leaves out can be added to
within an eighth of a cell."""


HALFWAY = 0.5
"""Threshold of a network that comes without operating points."""

DOUBT_ODDS = math.log(10)
"""Nobody has measured an uncalibrated expert on this site's films: it abstains within ten times the odds of its
threshold, either way."""


class Framing(StrEnum):
    """What of the film the network sees: all of it, squashed to a square, or the centre square, as it is."""

    WHOLE = "whole_film"
    CENTRE = "centre_square"


class Classifier:
    """Implements ``models.base.Expert``. Thread-safe.

    Scores are matched to labels by the names that the network itself carries, never by their position in the card.
    """

    def __init__(self, card: ExpertCard, network: Network, calibration: Calibration) -> None:
        self._card = card
        self._network = network
        self._calibration = calibration
        self._rule, self._framing = _preparation(card)
        if not set(network.labels) == set(card.labels) == set(calibration):
            raise ExpertError(f"Network, card and calibration of {card.name} are not of the same labels.")
        self._labels = tuple(Label(name) for name in network.labels)

    @property
    def card(self) -> ExpertCard:
        """What this expert is."""
        return self._card

    def read(self, images: Sequence[GrayImage]) -> list[ExpertReading]:
        """Read films of any size, one reading each, in order. Raises ExpertError when the network fails."""
        if not images:
            return []
        try:
            outputs = self._network.infer(np.concatenate([self._planes(image) for image in images]))
            return [
                self._reading(image, {name: values[place] for name, values in outputs.items()})
                for place, image in enumerate(images)
            ]
        except ValueError as error:  # a film's values or the network's scores are no numbers
            raise ExpertError(f"The expert {self._card.name} cannot read this image: {error}.") from error

    def _planes(self, image: GrayImage) -> Planes:
        return network_input(centre_square(image) if self._framing is Framing.CENTRE else image, self._rule)

    def _reading(self, image: GrayImage, outputs: Mapping[str, Grid]) -> ExpertReading:
        raw = zip(self._labels, outputs["scores"].tolist(), strict=True)
        scores = {label: self._calibration[label].score(value) for label, value in raw}
        card = self._card
        return ExpertReading(card.name, card.version, card.weights_sha256, scores, maps=self._maps(image, outputs))

    def _maps(self, image: GrayImage, outputs: Mapping[str, Grid]) -> dict[Label, Grid]:
        if "maps" not in outputs:
            return {}
        maps = dict(zip(self._labels, outputs["maps"], strict=True))
        if self._framing is Framing.WHOLE:
            return maps
        return {label: over_the_film(grid, *image.shape) for label, grid in maps.items()}


def load_classifier(folder: Path, options: Mapping[str, str]) -> Classifier:
    """Load what is in the folder, verified against its card; ``options`` are the runtime's. Raises ExpertError."""
    card, network = open_folder(folder, options)
    return Classifier(card, network, load_calibration(folder / "calibration.json"))


def unfitted(threshold: float | None) -> LabelCalibration:
    """Stand in for a calibration that nobody has fitted: the raw score itself, and an interval of doubt of DOUBT_ODDS.

    ``threshold`` is the network's own operating point on its raw score, None where it has none.
    """
    held = HALFWAY if threshold is None else threshold
    low, high = (sigmoid(logit(held) + move) for move in (-DOUBT_ODDS, DOUBT_ODDS))
    return LabelCalibration(slope=1.0, intercept=0.0, threshold=held, doubt=(low, high))


def check_options(given: Mapping[str, str], *, of: str, own: frozenset[str]) -> None:
    """Raise ExpertError on an option that is neither one of the plug ``of`` nor one of the runtime."""
    known = own | OPTIONS
    if unknown := set(given) - known:
        raise ExpertError(f"{of} has no option {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}.")


def centre_square(image: GrayImage) -> GrayImage:
    """View of the square in the middle of (rows, columns), as wide as the shorter side."""
    rows, columns = image.shape
    side = min(rows, columns)
    top, left = (rows - side) // 2, (columns - side) // 2
    return image[top : top + side, left : left + side]


def over_the_film(grid: Grid, rows: int, columns: int) -> Grid:
    """Map of the centre square as one of the whole film of (rows, columns) pixels, of the same mean.

    What the network did not see is filled with that mean: it speaks neither for nor against.
    """
    fine = grid.repeat(FINER, axis=0).repeat(FINER, axis=1)
    side = min(rows, columns)
    above = round(fine.shape[0] * (rows - side) / side / 2)
    beside = round(fine.shape[1] * (columns - side) / side / 2)
    return np.pad(fine, ((above, above), (beside, beside)), constant_values=grid.mean())


def _preparation(card: ExpertCard) -> tuple[Preprocessing, Framing]:
    rule = rule_of(card, beside={"framing"})
    try:
        return rule, Framing(card.details["preprocessing"].get("framing", Framing.WHOLE))
    except ValueError as error:
        raise ExpertError(f"The card of {card.name} does not say how to prepare a film: {error!r}.") from error
