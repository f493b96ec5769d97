"""Lungs and heart of a film, and the two widths of the cardiothoracic ratio, to be drawn on it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.anatomy import GRID, Anatomy, Mask, box_of, extent, heart_share
from models.base import Film, Segmenter
from models.findings import Abstention, Box, Label, Measure, Verdict
from service.domain.errors import Unknown
from service.domain.study import Image
from service.imaging.pixels import PixelImage, display
from service.ports import Storage
from service.usecases.films import Films
from service.usecases.lookup import image_of
from service.usecases.networks import asked
from service.usecases.reading import age_years

Point = tuple[float, float]
"""(x, y) in image pixels, origin top left."""


@dataclass(frozen=True, slots=True)
class Width:
    """The widest extent of an organ along the rows, as a level line from ``start`` to ``end``.

    ``touches`` are where it is widest on either side, each at its own height; the line lies half way between them.
    """

    start: Point
    end: Point
    touches: tuple[Point, Point]

    @property
    def pixels(self) -> float:
        """Length."""
        return self.end[0] - self.start[0]


@dataclass(frozen=True, slots=True)
class Organs:
    """What the segmenter sees: a box for each organ it finds, by name, and the widths where heart and lungs are found.

    ``ratio`` is None, with ``abstention``, where it would mean nothing: on an AP film, say, or a child's.
    """

    boxes: Mapping[str, Box]
    heart: Width | None
    chest: Width | None
    ratio: Measure | None
    abstention: Abstention | None
    spacing_mm: tuple[float, float] | None
    segmenter: str


async def organs_of(storage: Storage, films: Films, segmenter: Segmenter | None, image_id: str) -> Organs:
    """Let the segmenter look at an image. Nothing of it is stored.

    Raises Unknown when there is no such image, when it was stopped, or when no segmenter is active; TryLater when too
    many films wait for it.
    """
    image = await image_of(storage, image_id)
    if segmenter is None:
        raise Unknown("No network that finds lungs and heart is active at this site.", code="no-anatomy")
    if image.gate is None or image.gate.verdict is Verdict.STOP:
        raise Unknown("This image was not read: it was stopped, or is still waiting.", code="no-anatomy")
    frame = await films.get(image)
    return await asyncio.to_thread(_look, segmenter, image, frame)


def _look(segmenter: Segmenter, image: Image, frame: PixelImage) -> Organs:
    film = Film(display(frame), image.view, age_years(image.tags))
    with asked():
        anatomy = segmenter.segment([film.pixels])[0]
    reading = segmenter.reading(anatomy, film, image.gate.view if image.gate else None)
    masks = {"right_lung": anatomy.right_lung, "left_lung": anatomy.left_lung, "heart": anatomy.heart}
    whole = heart_share(anatomy) is not None
    return Organs(
        boxes={name: box for name, mask in masks.items() if (box := box_of(mask, anatomy)) is not None},
        heart=_width(anatomy.heart, anatomy) if whole else None,
        chest=_width(anatomy.lungs, anatomy) if whole else None,
        ratio=reading.measures.get(Label.CARDIOMEGALY),
        abstention=reading.abstentions.get(Label.CARDIOMEGALY),
        spacing_mm=frame.spacing_mm,
        segmenter=f"{segmenter.card.name}/{segmenter.card.version}",
    )


def _width(mask: Mask, anatomy: Anatomy) -> Width | None:
    found = extent(mask)
    if found is None:
        return None
    across, down = anatomy.columns / GRID, anatomy.rows / GRID
    heights = [(float(np.flatnonzero(mask[:, edge]).mean()) + 0.5) * down for edge in (found.left, found.right - 1)]
    left, right, level = found.left * across, found.right * across, sum(heights) / 2
    return Width((left, level), (right, level), ((left, heights[0]), (right, heights[1])))
