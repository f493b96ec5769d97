"""The film itself, in its original depth, and how a viewer should first show it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from service.domain.study import Image
from service.imaging.pixels import PixelImage, default_window
from service.imaging.samples import Samples, samples_of
from service.imaging.voi import Window
from service.ports import Storage
from service.usecases.films import Films
from service.usecases.lookup import image_of

_FORM = 1
"""Raised when the same file is to be encoded otherwise: what browsers keep is then no longer asked for."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """A film: (rows, columns) of ``samples``; ``window`` is in the units of the rescaled samples.

    ``spacing_mm`` and ``orientation`` are those of ``PixelImage``.
    """

    samples: Samples
    rows: int
    columns: int
    window: Window
    spacing_mm: tuple[float, float] | None
    orientation: tuple[str, str] | None


def tag_of(image: Image) -> str:
    """Return what names the pixels of an image for as long as they are encoded in this way."""
    return f"{image.sha256}-{image.frame}-{_FORM}"


async def pixels_of(films: Films, image: Image) -> Pixels:
    """Decode and encode an image. Raises Unknown when its file is gone, FileRejected when it no longer decodes."""
    frame = await films.get(image)
    return await asyncio.to_thread(_encode, frame)


async def tags_of(storage: Storage, image_id: str) -> dict[str, str]:
    """Return what the file's attributes say, by DICOM keyword, as far as it cannot name a patient. Raises Unknown."""
    return dict((await image_of(storage, image_id)).tags)


def _encode(frame: PixelImage) -> Pixels:
    window = default_window(frame)
    return Pixels(samples_of(frame), frame.rows, frame.columns, window, frame.spacing_mm, frame.orientation)
