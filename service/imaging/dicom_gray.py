"""One frame from stored values to what a PixelImage shows: grey, in modality units, bright = dense."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.pixels.processing import apply_color_lut

from service.imaging.codecs import Frame
from service.imaging.colour import luma
from service.imaging.dicom_dataset import Parsed
from service.imaging.dicom_layout import PALETTE, Layout
from service.imaging.dicom_luts import Rescale, modality_of, presets_of, voi_of
from service.imaging.dicom_padding import padding_mask
from service.imaging.voi import Gray, Preset, Voi, levels_of, spanning

_BYTE = 8
_BYTE_WINDOW = spanning(0.0, 255.0)


@dataclass(frozen=True, slots=True, eq=False)
class Grayscale:
    """(rows, columns) float32, the transform that shows it, its percentiles without padding, the windows offered."""

    pixels: Gray
    window: Voi | None
    levels: tuple[float, float]
    presets: tuple[Preset, ...] = ()


def grayscale(parsed: Parsed, layout: Layout, number: int, frame: Frame) -> Grayscale:
    """Reduce frame ``number`` to grey.

    Colours become luma (for YBR that is the first channel). Grey values take the modality transform; MONOCHROME1 is
    mirrored within its representable range, and its window with it. Only Photometric Interpretation decides that:
    Presentation LUT Shape repeats it (PS3.3 C.8.11.1.1.2) and must not undo it.
    """
    presets = presets_of(parsed, number)
    if not layout.is_gray:
        pixels = _luma(parsed, frame)
        return Grayscale(pixels, _window(parsed, layout, number, signed=False), levels_of(pixels), presets)
    modality = modality_of(parsed, number, layout)
    pixels = modality.apply(frame.samples)
    signed = layout.signed or (isinstance(modality, Rescale) and modality.intercept < 0)
    window = _window(parsed, layout, number, signed=signed)
    if layout.photometric == "MONOCHROME1":
        total = modality.total(layout)
        np.subtract(np.float32(total), pixels, out=pixels)
        window = window and window.mirrored(total)
        presets = tuple(preset.mirrored(total) for preset in presets)
    levels = _settle_padding(pixels, padding_mask(frame.samples, parsed, layout))
    return Grayscale(pixels, window, levels, presets)


def _luma(parsed: Parsed, frame: Frame) -> Gray:
    if frame.photometric == PALETTE:
        return luma(apply_color_lut(frame.samples, parsed.dataset))
    if frame.photometric.startswith("YBR"):
        return frame.samples[..., 0].astype(np.float32) if frame.samples.ndim > 2 else frame.samples.astype(np.float32)  # noqa: PLR2004
    return luma(frame.samples)


def _window(parsed: Parsed, layout: Layout, number: int, *, signed: bool) -> Voi | None:
    """Return the file's transform; for unsigned bytes without one, which are display-ready, their whole range."""
    window = voi_of(parsed, number, signed=signed)
    if window is None and layout.stored == _BYTE and not layout.signed and layout.photometric != PALETTE:
        return _BYTE_WINDOW
    return window


def _settle_padding(pixels: Gray, padding: NDArray[np.bool_] | None) -> tuple[float, float]:
    """Set padding to the darkest value of the rest, in place; return the percentiles of the rest."""
    if padding is None:
        return levels_of(pixels)
    film = pixels[~padding]
    pixels[padding] = film.min()
    return levels_of(film)
