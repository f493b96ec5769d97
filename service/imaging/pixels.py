"""One image as every part of the service sees it, and the two ways to look at it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.imaging.voi import Gray, Preset, Voi, VoiLut, Window, levels_of, shows, spanning, window_of

View = Literal["PA", "AP", "LL", "RL", "LATERAL"]


@dataclass(frozen=True, slots=True)
class StoredRange:
    """Minimum, maximum and mean of a frame's stored samples, before any rescale, inversion or reduction to grey."""

    minimum: float
    maximum: float
    mean: float


@dataclass(frozen=True, slots=True, eq=False)
class PixelImage:
    """One frame of one file.

    ``pixels`` is (rows, columns) float32, read-only, in modality units with bright = dense: MONOCHROME1 is mirrored
    within its representable range, so that ``window`` (in the same units) still shows it as the sender meant; padding
    is set to the darkest value of the film. ``spacing_mm`` is (between rows, between columns) at the patient where
    the file knows the magnification, else at the detector. ``orientation`` is Patient Orientation (0020,0020): the
    directions of rows and columns. ``levels`` are the 1st and 99th percentile without padding; ``presets`` the windows
    that the file offers, in the units of ``pixels``. ``tags`` holds only what ``deidentify`` lets through.
    """

    pixels: Gray
    stored: StoredRange
    frame: int = 0
    spacing_mm: tuple[float, float] | None = None
    orientation: tuple[str, str] | None = None
    window: Voi | None = None
    view: View | None = None
    modality: str | None = None
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    levels: tuple[float, float] | None = None
    presets: tuple[Preset, ...] = ()

    @property
    def rows(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])

    @property
    def columns(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])


@dataclass(frozen=True, slots=True)
class DecodedFile:
    """What one file held: at least one image, in the order of its frames.

    ``identifiers`` are the values of its tags that identify the patient or the visit: for clearing free text of them,
    never to be stored, logged or sent.
    """

    file_name: str
    format: Literal["dicom", "png", "jpeg", "tiff"]
    images: tuple[PixelImage, ...]
    identifiers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as sent, or one member of a sent archive."""

    name: str
    data: bytes


def transform_of(image: PixelImage) -> Voi:
    """Return the file's own transform, or one from its percentiles where the file has none that shows the film."""
    levels = image.levels or levels_of(image.pixels)
    if image.window is not None and shows(image.window, levels):
        return image.window
    return spanning(*levels)


def default_window(image: PixelImage) -> Window:
    """Return the centre and width a viewer should start with; a table is summed up by the span of its input."""
    voi = transform_of(image)
    return spanning(voi.first, voi.first + voi.table.size - 1) if isinstance(voi, VoiLut) else voi


def display(image: PixelImage, *, center: float | None = None, width: float | None = None) -> Gray:
    """Show the film: (rows, columns) float32 in [0, 1].

    ``center`` and ``width`` are in the units of ``image.pixels``; what is left out comes from the default window,
    and a width that is no width (zero, negative, not finite) is as if nothing was given.
    """
    return _asked(image, center, width).apply(image.pixels)


def preview_png(
    image: PixelImage, *, center: float | None = None, width: float | None = None, size: int | None = None
) -> bytes:
    """8-bit grayscale PNG of ``display``, no metadata; ``size`` bounds the longer side in pixels, never enlarging."""
    shown = display(image, center=center, width=width)
    shown *= np.float32(255.0)
    picture = Image.fromarray(_rounded(shown))
    if size is not None and size < max(picture.size):
        picture.thumbnail((size, size), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)  # films hold noise: higher levels cost ten times more for a few percent
    return out.getvalue()


def _asked(image: PixelImage, center: float | None, width: float | None) -> Voi:
    if center is None and width is None:
        return transform_of(image)
    start = default_window(image)
    asked = window_of(start.center if center is None else center, start.width if width is None else width)
    return asked or transform_of(image)


def _rounded(values: Gray) -> NDArray[np.uint8]:
    return np.rint(values, out=values).astype(np.uint8)
