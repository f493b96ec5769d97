"""Films to compare two networks on: a folder's, or drawn ones where a site gives none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from models.base import ExpertError, GrayImage

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff"})
DRAWN, SIDE = 8, 512
MOST = 64


@dataclass(frozen=True, slots=True)
class Films:
    """``kind`` says on the card what they were: "real" or "drawn"."""

    kind: str
    images: Sequence[GrayImage]


def drawn(number: int = DRAWN) -> Films:
    """Clouds of every coarseness, the same at each call: they drive every layer, and look like no chest."""
    rng = np.random.default_rng(0)
    return Films("drawn", [_drawn(rng) for _ in range(number)])


def of_folder(folder: Path, most: int = MOST) -> Films:
    """Read the pictures (PNG, JPEG, TIFF) of a folder, evenly picked, at most so many. Raises ExpertError."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise ExpertError(f"{folder} holds no PNG, JPEG or TIFF to compare the networks on.")
    return Films("real", [_picture(path) for path in paths[:: -(-len(paths) // most)]])


def _drawn(rng: np.random.Generator) -> GrayImage:
    return np.asarray(np.sum([_cloud(rng, cells) for cells in (3, 7, 29, 101)], axis=0))


def _cloud(rng: np.random.Generator, cells: int) -> GrayImage:
    coarse = Image.fromarray(rng.standard_normal((cells, cells)).astype(np.float32))
    return np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def _picture(path: Path) -> GrayImage:
    try:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("F"), dtype=np.float32)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise ExpertError(f"{path} cannot be read as a picture: {error}.") from error
