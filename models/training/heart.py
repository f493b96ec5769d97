"""What the width of the heart adds to the word on cardiomegaly: the anatomy network, inside the exported one.

Sixty films teach a classifier little about widths, which the masks of the anatomy network tell on any film. The ratio
is taken from its probabilities without cutting them into organs (``models.anatomy`` does that, for people): the widest
row of the heart over the widest row of heart and lungs. A film taken from the front (AP) shows the heart wider, so what
is usual for the film's view is taken off first; the view is what the classifier itself sees in the picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import Model, Output
from openvino import opset13 as ops

from models.experts.anatomy import ORGANS
from models.findings import Label
from models.fit_calibration import logistic
from models.preprocess import Planes
from models.runtime import LABELS_KEY
from models.statistics import Floats, Rows
from models.training.films import LABELS
from models.weights import ASSETS

COLUMN = LABELS.index(Label.CARDIOMEGALY)
NETWORK = ASSETS / "anatomy" / "model.xml"
NARROWEST = 0.4
"""Share of the film's width: where heart and lungs together are narrower, nothing is measured: in 2 of 1,302 films."""

RANGE = (0.35, 0.75)
"""Ratios outside are taken for its ends: they tell of masks gone wrong rather than of hearts."""

CELLS_OF_NONE = 1e-3
"""Added to every cell's share of heart, so that a film without a heart has a place for its sum, too: everywhere."""


@dataclass(frozen=True, slots=True)
class Lean:
    """How the label leans on the ratio: ``weight`` logits for each 1.0 above what is usual in PA and AP films."""

    weight: float
    usual_pa: float
    usual_ap: float

    def shift(self, ratios: Floats, ap: Floats) -> Floats:
        """Logits to add, (...), of ratios and of the probability that the film is AP; 0 where there is no ratio."""
        usual = self.usual_pa + (self.usual_ap - self.usual_pa) * ap
        return np.nan_to_num(self.weight * (ratios - usual))


def fit_lean(targets: Floats, logits: Floats, ratios: Floats, ap: Floats) -> Lean:
    """Fit on films (films,) that the classifier was not shown; not a number where there is no ratio."""
    known = ~np.isnan(ratios)
    pa, front = known & (ap < 0.5), known & (ap >= 0.5)  # noqa: PLR2004 - the likelier view
    lean = Lean(1.0, float(ratios[pa].mean()), float(ratios[front].mean()))
    slope, by_ratio, _ = logistic(targets, np.stack([logits, lean.shift(ratios, ap)], axis=1))
    return Lean(by_ratio / slope, lean.usual_pa, lean.usual_ap)


def crosswise(targets: Floats, logits: Floats, ratios: Floats, ap: Floats, folds: Rows) -> Floats:
    """Logits (films,) to add to each film, as fitted on the films of the other folds."""
    shifts = np.empty_like(logits)
    for fold in np.unique(folds):
        here, rest = folds == fold, folds != fold
        lean = fit_lean(targets[rest], logits[rest], ratios[rest], ap[rest])
        shifts[here] = lean.shift(ratios[here], ap[here])
    return shifts


def measured(film: Output, cells: int) -> tuple[Output, Output]:
    """Ratio (N, 1), 0 where there is no chest, and the heart's share of each cell over its mean (N, 1, cells, cells).

    ``film`` is an input (N, 1, size, size) that was prepared as the anatomy network wants it but for its size.
    """
    network = openvino.Core().read_model(NETWORK)
    if tuple(str(network.get_rt_info(LABELS_KEY).astype(str)).split(",")) != ORGANS:
        raise ValueError("the anatomy network finds other organs")
    (given,), (result,) = network.get_parameters(), network.get_results()
    size = given.get_partial_shape()[2].get_length()
    for user in given.output(0).get_target_inputs():
        user.replace_source_output(_resized(film, size))
    organs = result.input(0).get_source_output()
    widths = ops.reduce_mean(organs, _axes(3))
    heart = ops.gather(widths, np.int64(ORGANS.index("heart")), np.int64(1))
    chest = ops.reduce_max(ops.reduce_sum(widths, _axes(1)), _axes(1), keep_dims=True)
    ratio = ops.divide(ops.reduce_max(heart, _axes(1), keep_dims=True), ops.maximum(chest, np.float32(NARROWEST)))
    ratio = ops.clamp(ratio, *RANGE)
    seen = ops.convert(ops.greater_equal(chest, np.float32(NARROWEST)), np.float32)
    share = ops.gather(_resized(organs, cells), np.array([ORGANS.index("heart")]), np.int64(1))
    share = ops.add(share, np.float32(CELLS_OF_NONE))
    place = ops.divide(share, ops.reduce_mean(share, _axes(2, 3), keep_dims=True))
    return ops.multiply(ratio, seen).output(0), place.output(0)


def leaning(maps: Output, ap: Output, film: Output, lean: Lean) -> Output:
    """Return maps (N, labels, cells, cells) with what the ratio adds to cardiomegaly's, laid where the heart is."""
    ratio, place = measured(film, maps.get_partial_shape()[2].get_length())
    usual = ops.add(np.float32(lean.usual_pa), ops.multiply(ap, np.float32(lean.usual_ap - lean.usual_pa)))
    shift = ops.multiply(ops.subtract(ratio, usual), np.float32(lean.weight))
    shift = ops.multiply(shift, ops.convert(ops.greater(ratio, np.float32(0)), np.float32))
    column = np.zeros((1, len(LABELS), 1, 1), np.float32)
    column[0, COLUMN] = 1
    laid = ops.multiply(ops.unsqueeze(shift, np.array([2, 3])), place)
    return ops.add(maps, ops.multiply(laid, column)).output(0)


@dataclass(frozen=True, slots=True)
class Hearts:
    """What the exported network will measure on films, for the fold networks to lean on.

    ``ratios`` (films,), not a number where there is none; ``places`` (films, cells, cells), of mean 1.
    """

    ratios: Floats
    places: NDArray[np.float32]


def hearts(films: Iterable[Planes], size: int, cells: int) -> Hearts:
    """Measure network inputs, each (1, 1, size, size)."""
    film = ops.parameter([1, 1, size, size], np.float32)
    model = Model(list(measured(film.output(0), cells)), [film])
    network = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = [(float(ratio[0, 0]), place[0, 0].copy()) for ratio, place in (network(one).values() for one in films)]
    ratios = np.array([ratio for ratio, _ in found])
    return Hearts(np.where(ratios > 0, ratios, np.nan), np.stack([place for _, place in found]))


def _resized(planes: Output, size: int) -> Output:
    """Interpolate (N, channels, h, w) to ``size`` x ``size``, antialiased as Pillow does it."""
    sizes = np.array([size, size], dtype=np.int64)
    return ops.interpolate(planes, sizes, "bilinear_pillow", "sizes", axes=np.array([2, 3])).output(0)


def _axes(*axes: int) -> NDArray[np.int64]:
    return np.array(axes, dtype=np.int64)
