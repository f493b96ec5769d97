"""Values of interest: which grey values are shown, from black (0) to white (1) (DICOM PS3.3 C.11.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.float32]

SATURATION_TAIL = (1.0, 99.0)
"""Percentiles that become black and white where a file names no usable window."""
MIN_CONTRAST = 0.05
"""A transform that leaves the 1st and 99th percentile closer than this (of 0 to 1) shows a grey card: not usable."""
_GRID = 256


class VoiFunction(StrEnum):
    """VOI LUT Function (0028,1056)."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


@dataclass(frozen=True, slots=True)
class Window:
    """A centre and a width in the units of the pixels; ``width`` is positive and finite."""

    center: float
    width: float
    function: VoiFunction = VoiFunction.LINEAR

    def apply(self, values: Gray) -> Gray:
        """Map values to [0, 1], float32 of the same shape."""
        if self.function is VoiFunction.SIGMOID:
            return self._sigmoid(values)
        center, width = self._exact()
        out = np.subtract(values, np.float32(center - width / 2), dtype=np.float32)
        out *= np.float32(1.0 / width)
        return np.clip(out, 0.0, 1.0, out=out)

    def mirrored(self, total: float) -> Window:
        """Return the window that shows ``total - x`` as this one shows ``x``, black and white exchanged."""
        offset = 1.0 if self.function is VoiFunction.LINEAR and self.width > 1 else 0.0
        return Window(total - self.center + offset, self.width, self.function)

    def _exact(self) -> tuple[float, float]:
        """Centre and width for LINEAR_EXACT.

        LINEAR spans ``width - 1`` about ``center - 0.5`` and is defined for widths above 1 only; files in physical
        units (dose, say) carry narrower ones under the same name, which are read as LINEAR_EXACT.
        """
        if self.function is VoiFunction.LINEAR and self.width > 1:
            return self.center - 0.5, self.width - 1
        return self.center, self.width

    def _sigmoid(self, values: Gray) -> Gray:
        exponent = np.subtract(values, np.float32(self.center), dtype=np.float32)
        exponent *= np.float32(-4.0 / self.width)
        np.clip(exponent, -60.0, 60.0, out=exponent)  # exp overflows float32 beyond 88
        np.exp(exponent, out=exponent)
        exponent += np.float32(1.0)
        return np.reciprocal(exponent, out=exponent)


@dataclass(frozen=True, slots=True)
class Preset:
    """A window that a file offers, by its name where that is known to name no person."""

    window: Window
    name: str | None = None

    def mirrored(self, total: float) -> Preset:
        """Return the preset of the negative: see ``Window.mirrored``."""
        return Preset(self.window.mirrored(total), self.name)


@dataclass(frozen=True, slots=True, eq=False)
class VoiLut:
    """A table from pixel value to [0, 1]: ``table[0]`` belongs to ``first``; values outside take the nearest end."""

    first: float
    table: Gray

    def apply(self, values: Gray) -> Gray:
        """Map values to [0, 1], float32 of the same shape."""
        index = np.clip(np.rint(values - np.float32(self.first)), 0, self.table.size - 1)
        shown: Gray = self.table[index.astype(np.int32)]
        return shown

    def mirrored(self, total: float) -> VoiLut:
        """Return the table that shows ``total - x`` as this one shows ``x``, black and white exchanged."""
        return VoiLut(total - (self.first + self.table.size - 1), (1 - self.table[::-1]).astype(np.float32))


Voi = Window | VoiLut


def window_of(center: float, width: float, function: VoiFunction = VoiFunction.LINEAR) -> Window | None:
    """Build a window, or nothing where centre or width makes none (not finite, width zero or below)."""
    if math.isfinite(center) and math.isfinite(width) and width > 0:
        return Window(center, width, function)
    return None


def spanning(low: float, high: float) -> Window:
    """Build the window that shows ``low`` black and ``high`` white; one unit wide where they are equal."""
    return Window((low + high) / 2, (high - low) or 1.0, VoiFunction.LINEAR_EXACT)


def levels_of(values: Gray) -> tuple[float, float]:
    """1st and 99th percentile on a grid of at most 256 samples a side; the whole range where they coincide.

    Any shape, not empty. The grid keeps a 3000x3000 film below a millisecond.
    """
    step = tuple(slice(None, None, -(-side // (_GRID if values.ndim > 1 else _GRID * _GRID))) for side in values.shape)
    low, high = np.percentile(values[step], SATURATION_TAIL)
    if low == high:
        low, high = values.min(), values.max()
    return float(low), float(high)


def shows(voi: Voi, levels: tuple[float, float]) -> bool:
    """Say whether the transform leaves any contrast between the film's percentiles (see ``MIN_CONTRAST``)."""
    dark, light = voi.apply(np.asarray(levels, dtype=np.float32))
    return bool(light - dark >= MIN_CONTRAST)
