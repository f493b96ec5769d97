"""Stored values to modality values, and the transforms to show them (PS3.3 C.11.1 and C.11.2)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice, repeat

import numpy as np
from pydicom.dataset import Dataset

from service.imaging.colour import Samples
from service.imaging.deidentify import safe_window_name
from service.imaging.dicom_dataset import Parsed
from service.imaging.dicom_layout import Layout
from service.imaging.dicom_values import items, macro, number, numbers, text, texts, words
from service.imaging.voi import Gray, Preset, Voi, VoiFunction, VoiLut, window_of

MOST_PRESETS = 16
"""More than anybody chooses from; a file may hold thousands."""

_SIGN = 0x8000
_WORD = 0x10000


@dataclass(frozen=True, slots=True)
class Rescale:
    """``slope * stored + intercept``."""

    slope: float
    intercept: float

    def apply(self, stored: Samples) -> Gray:
        """Modality values, float32."""
        values = stored.astype(np.float32)
        if (self.slope, self.intercept) != (1.0, 0.0):
            values *= np.float32(self.slope)
            values += np.float32(self.intercept)
        return values

    def total(self, layout: Layout) -> float:
        """Least and greatest possible modality value added: what an inverted film is mirrored in."""
        return self.slope * sum(layout.range) + 2 * self.intercept


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A LUT's entries as float32; ``values[0]`` belongs to stored value ``first``, the ends to all beyond."""

    first: int
    values: Gray
    bits: int

    def apply(self, stored: Samples) -> Gray:
        """Modality values, float32."""
        index = np.clip(stored.astype(np.int64) - self.first, 0, self.values.size - 1)
        return self.values[index]

    def total(self, _layout: Layout) -> float:
        """Least and greatest modality value added: what an inverted film is mirrored in."""
        return float(self.values.min()) + float(self.values.max())


def modality_of(parsed: Parsed, frame: int, layout: Layout) -> Rescale | Table:
    """Return the modality transform of a frame: the LUT where there is one, else the rescale, else identity.

    A slope of zero is read as 1, for it would leave no image.
    """
    for item in items(parsed.dataset, "ModalityLUTSequence")[:1]:
        table = read_table(item, signed=layout.signed, little_endian=parsed.little_endian)
        if table is not None:
            return table
    source = macro(parsed.dataset, frame, "PixelValueTransformationSequence")
    slope, intercept = number(source, "RescaleSlope"), number(source, "RescaleIntercept")
    return Rescale(slope or 1.0, intercept or 0.0)


def voi_of(parsed: Parsed, frame: int, *, signed: bool) -> Voi | None:
    """Return the VOI transform of a frame: the LUT where there is one, else the first window that is one.

    Several windows are alternatives (PS3.3 C.11.2.1.2) of which the first is the sender's preference; widths of zero
    or below and missing numbers are passed over. ``signed``: whether modality values may be negative.
    """
    source = macro(parsed.dataset, frame, "FrameVOILUTSequence")
    for item in items(source, "VOILUTSequence")[:1]:
        table = read_table(item, signed=signed, little_endian=parsed.little_endian)
        if table is not None:
            return _voi_lut(table)
    return next((preset.window for preset in presets_of(parsed, frame)), None)


def presets_of(parsed: Parsed, frame: int) -> tuple[Preset, ...]:
    """Return the windows that a frame's file offers, in its order, at most ``MOST_PRESETS``."""
    source = macro(parsed.dataset, frame, "FrameVOILUTSequence")
    function = _function(source)
    pairs = zip(numbers(source, "WindowCenter"), numbers(source, "WindowWidth"), strict=False)
    windows = (window_of(center, width, function) for center, width in pairs)
    names = chain(texts(source, "WindowCenterWidthExplanation"), repeat(""))
    found = (Preset(window, safe_window_name(name)) for window, name in zip(windows, names, strict=False) if window)
    return tuple(islice(found, MOST_PRESETS))


def read_table(item: Dataset, *, signed: bool, little_endian: bool) -> Table | None:
    """Read LUT Descriptor and LUT Data, or nothing where they make no table.

    Quirks met in files: a count of 0 means 65536; the first mapped value is signed as the pixels are, whatever VR it
    was written with; 8-bit entries come as bytes, as two in a word, or one in a word; data may be shorter than stated.
    """
    descriptor = words(item, "LUTDescriptor", little_endian=little_endian)
    if descriptor.size < 3:  # noqa: PLR2004 - count, first value, bits
        return None
    count, first, bits = int(descriptor[0]) or _WORD, int(descriptor[1]), int(descriptor[2])
    entries = words(item, "LUTData", little_endian=little_endian)
    if bits <= 8 and entries.size < count:  # noqa: PLR2004 - two bytes in a word
        entries = entries.astype("<u2").view(np.uint8)
    if entries.size == 0:
        return None
    return Table(first - _WORD if signed and first & _SIGN else first, entries[:count].astype(np.float32), bits)


def _voi_lut(table: Table) -> VoiLut:
    top = max(float((1 << min(max(table.bits, 1), 16)) - 1), float(table.values.max()))
    return VoiLut(float(table.first), table.values / np.float32(top))


def _function(source: Dataset) -> VoiFunction:
    name = text(source, "VOILUTFunction").upper()
    return VoiFunction(name) if name in VoiFunction.__members__ else VoiFunction.LINEAR
