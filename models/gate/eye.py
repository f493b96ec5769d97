"""The gate's eye: a network of 64 x 64 pixels that says what kind of picture it is shown. Plain numpy, about 1 ms.

It was trained here (``models.training.gate``) and is small on purpose: it must see at a glance what a person sees at a
glance, on any machine, before anything heavier is woken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from models.base import ExpertError, GrayImage
from models.gate.plain import thinned
from models.preprocess import shrink, stretch

SIDE: Final = 64
LOW_HIGH: Final = (0.5, 99.5)
"""Percentiles that become 0 and 1."""

STRIDES: Final = (2, 2, 1, 2, 1, 2)
ALONE: Final = 2**18
"""Multiplications below which OpenBLAS uses one thread: on busy cores, its threads wait for one another far longer than
these products take."""

OUTPUTS: Final = ("frontal", "lateral", "other", "up", "right", "down", "left", "inverted", "ap", "child")
"""Three kinds, four turns (where the head points), three yes or no."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Look:
    """What the eye saw, as shares in [0, 1]; the kinds add up to 1, and so do the turns.

    ``turns``: the head points up, to the right, down, to the left, as the film hangs. All but the kinds mean something
    on a chest film only.
    """

    frontal: float
    lateral: float
    other: float
    turns: tuple[float, float, float, float]
    inverted: float
    ap: float
    child: float


def glance(image: GrayImage) -> GrayImage:
    """Return a film of any size and range as (SIDE, SIDE) float32 in [0, 1]."""
    return stretch(shrink(thinned(image), SIDE), *LOW_HIGH)


def _convolve(planes: Floats, weight: Floats, bias: Floats, stride: int) -> Floats:
    """3 x 3 convolution with a border of zeros, then ReLU: (C, H, W) to (O, H / stride, W / stride)."""
    padded = np.pad(planes, ((0, 0), (1, 1), (1, 1)))
    windows = sliding_window_view(padded, (3, 3), (1, 2))[:, ::stride, ::stride]
    channels, rows, columns = windows.shape[:3]
    patches = windows.transpose(0, 3, 4, 1, 2).reshape(channels * 9, -1, _chunk(weight, rows * columns))
    result = (weight.reshape(len(weight), -1) @ patches.transpose(1, 0, 2)).transpose(1, 0, 2).reshape(len(weight), -1)
    return np.asarray(np.maximum(result + bias[:, np.newaxis], 0)).reshape(len(weight), rows, columns)


def _chunk(weight: Floats, positions: int) -> int:
    """Positions to compute at a time, a power of two that divides them: one product stays below ALONE."""
    chunk = positions
    while chunk > 1 and chunk % 2 == 0 and chunk * weight.size > ALONE:
        chunk //= 2
    return chunk


def _dense(weight: Floats, bias: Floats, values: Floats) -> Floats:
    return np.asarray((weight * values).sum(axis=1) + bias)


def _shares(logits: Floats) -> list[float]:
    powers = np.exp(logits - logits.max())
    return [float(share) for share in powers / powers.sum()]


def _share(logit: float) -> float:
    return 0.5 * (1.0 + math.tanh(0.5 * logit))


class Eye:
    """The network, from a file of its weights: ``w0``, ``b0``, ... of six convolutions, a hidden layer, the outputs.

    Raises ExpertError when the file is not such a network. Thread-safe.
    """

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file, np.load(file) as kept:
                self._layers = [
                    (kept[f"w{i}"].astype(np.float32), kept[f"b{i}"].astype(np.float32))
                    for i in range(len(STRIDES) + 2)
                ]
        except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
            raise ExpertError(f"The gate's network {path} cannot be read: {error}") from error

    def logits(self, view: GrayImage) -> Floats:
        """Return what the network says of a view (SIDE, SIDE) in [-0.5, 0.5]: one number for each of OUTPUTS."""
        planes = view[np.newaxis]
        for (weight, bias), stride in zip(self._layers, STRIDES, strict=False):
            planes = _convolve(planes, weight, bias, stride)
        (hidden, hidden_bias), (out, out_bias) = self._layers[-2:]
        return _dense(out, out_bias, np.maximum(_dense(hidden, hidden_bias, planes.ravel()), 0))

    def look(self, view: GrayImage) -> Look:
        """Look at a film's ``glance``."""
        return look_of(self.logits(view - np.float32(0.5)))


def look_of(logits: Floats) -> Look:
    """Shares from logits, one for each of OUTPUTS."""
    up, right, down, left = _shares(logits[3:7])
    frontal, lateral, other = _shares(logits[:3])
    inverted, ap, child = (_share(float(logit)) for logit in logits[7:])
    return Look(frontal, lateral, other, (up, right, down, left), inverted, ap, child)
