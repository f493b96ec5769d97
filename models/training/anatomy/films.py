"""Films with reference masks of both lungs and the heart: ``jsrt`` and ``wingspan_ctr``."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.anatomy import GRID, Anatomy
from models.base import GrayImage
from models.preprocess import shrink
from models.training.films import read_gray

ORGANS = ("right_lung", "left_lung", "heart")
"""The network's own names of its outputs, in their order, by the patient's side; also the folders of the masks."""

SETS = ("jsrt", "wingspan_ctr")
FOLDS = 5
WORKING_SIDE = 240
"""Pixels: films and masks are kept this large while training; augmented copies are cut from them."""

EXCHANGED = frozenset({"1.2.410.200048.10757.20170517111459.jpg"})
"""A film of wingspan_ctr whose files of heart and left lung are each other's, plain to see: the one film of 409 whose
heart would lie above the middle of the lungs."""

HALF = 127.5
"""The masks were stored as 8-bit grey with soft edges: inside is more than half."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One film with its reference masks.

    ``film`` is as it was found (rows, columns); ``small`` is that film, squashed, and ``organs`` the masks (R, G, B for
    right lung, left lung, heart), both ``WORKING_SIDE`` square, uint8: what a network is trained on. ``reference``
    holds the masks as they were drawn. ``ratio`` is the measured cardiothoracic ratio, None where there is none.
    """

    name: str
    source: str
    film: GrayImage
    small: NDArray[np.uint8]
    organs: NDArray[np.uint8]
    reference: Anatomy
    ratio: float | None

    @property
    def fold(self) -> int:
        """Fold of the film. Who the patients are is not known for these sets, so the file's name decides."""
        return int(sha256(self.name.encode()).hexdigest(), 16) % FOLDS


def load(data: Path) -> list[Labelled]:
    """All films of both sets, in the order of their manifests. Raises OSError when a film or a mask is missing."""
    return [film for name in SETS for film in _load_set(data / name)]


def _load_set(folder: Path) -> Iterator[Labelled]:
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield _load(folder, row["image"], row.get("ctr") or None)


def _load(folder: Path, image: str, ratio: str | None) -> Labelled:
    stem = Path(image).stem
    right, left, heart = (read_gray(folder / "masks" / organ / f"{stem}.png") for organ in ORGANS)
    masks = (right, heart, left) if image in EXCHANGED else (right, left, heart)
    return with_masks(folder / image, read_gray(folder / image), masks, None if ratio is None else float(ratio))


def with_masks(path: Path, film: GrayImage, masks: Sequence[GrayImage], ratio: float | None = None) -> Labelled:
    """Put a film together with masks of ``ORGANS`` (0 to 255, any size)."""
    right, left, heart = (shrink(mask, GRID) > HALF for mask in masks)
    return Labelled(
        name=path.name,
        source=path.parent.name,
        film=film,
        small=_working(film),
        organs=working_masks(masks),
        reference=Anatomy(right, left, heart, *film.shape),
        ratio=ratio,
    )


def working_masks(masks: Sequence[GrayImage]) -> NDArray[np.uint8]:
    """Masks of ``ORGANS`` (0 to 255, any size) as training wants them: a lung ends where the heart begins.

    In 13 of 211 films of wingspan_ctr, and in none of jsrt, a part of the left lung was drawn across the heart.
    """
    right, left, heart = (_working(mask) for mask in masks)
    return np.stack([np.minimum(right, 255 - heart), np.minimum(left, 255 - heart), heart], axis=-1)


def _working(image: GrayImage) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(np.rint(shrink(image, WORKING_SIDE)).clip(0, 255).astype(np.uint8)))
