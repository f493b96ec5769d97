"""Where an expert sees a finding: its evidence as a picture to lay over the film."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from models.base import Expert, GrayImage
from models.findings import Box, ExpertReading, Label
from service.domain.errors import Unknown
from service.domain.study import Image
from service.imaging.heatmap import overlay_png
from service.imaging.pixels import PixelImage, display
from service.ports import Storage
from service.usecases.films import Films
from service.usecases.lookup import image_of
from service.usecases.networks import asked


@dataclass(frozen=True, slots=True)
class Overlay:
    """A PNG, and whose evidence it shows: the expert that is surest of the finding among those that can say where."""

    png: bytes
    expert: str
    version: str


@dataclass(frozen=True, slots=True)
class Look:
    """How the overlay is wanted: longer side in pixels (None: the film's own), and whether the film is under it."""

    size: int | None = None
    blend: bool = False


async def overlay(
    storage: Storage, films: Films, experts: Sequence[Expert], image_id: str, label_id: str, look: Look
) -> Overlay:
    """Draw the evidence for one label on one image. Maps are not stored: the experts read the film again.

    Raises Unknown when there is no such image or label, when the label was not read on this image, and when no active
    expert that reads it can say where; TryLater when too many films wait for the expert.
    """
    image = await image_of(storage, image_id)
    label = _label(image, label_id)
    readers = [expert for expert in experts if label in expert.card.labels]
    frame = await films.get(image)
    return await asyncio.to_thread(_draw, frame, readers, label, _box(image, label), look)


def _label(image: Image, label_id: str) -> Label:
    read = {label for reading in image.readings for label in reading.scores}
    if label_id not in read:
        raise Unknown(
            f"No expert read {label_id!r} on this image: it is not one of its findings, or the image is not read yet, "
            "or was stopped."
        )
    return Label(label_id)


def _box(image: Image, label: Label) -> Box | None:
    regions = [finding.region for finding in image.findings if finding.label is label]
    return regions[0].box if regions and regions[0] else None


def _draw(frame: PixelImage, readers: Sequence[Expert], label: Label, box: Box | None, look: Look) -> Overlay:
    reading = _surest(readers, display(frame), label)
    png = overlay_png(frame, reading.maps[label], box, size=look.size, blend=look.blend)
    return Overlay(png, reading.expert, reading.version)


def _surest(readers: Sequence[Expert], film: GrayImage, label: Label) -> ExpertReading:
    with asked():
        readings = [expert.read([film])[0] for expert in readers]
    located = [reading for reading in readings if label in reading.maps and label in reading.scores]
    if not located:
        raise Unknown(f"No active expert that reads {label} can say where it sees it.", code="no-heatmap")
    return max(located, key=lambda reading: reading.scores[label].probability)
