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

FEWEST = 20
"""Films to quantise with, and as many others to measure on."""

OTHERS = 400
"""Films to measure on, at most: with 18 labels, 7,200 calls."""


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
    paths = _pictures(folder)
    if not paths:
        raise ExpertError(f"{folder} holds no PNG, JPEG or TIFF to compare the networks on.")
    return Films("real", [read(path) for path in paths[:: -(-len(paths) // most)]])


def apart(folder: Path, calibrating: int) -> tuple[list[Path], list[Path]]:
    """Pick so many pictures of a folder, evenly, and at most OTHERS of those that are left.

    Raises ExpertError when fewer than FEWEST were left.
    """
    paths = _pictures(folder)
    if len(paths) < calibrating + FEWEST:
        raise ExpertError(
            f"{folder} holds {len(paths)} films (PNG, JPEG, TIFF); {calibrating} to quantise with and {FEWEST} others "
            f"to measure on are needed. Give more, or quantise with fewer: --calibrate, {FEWEST} at least."
        )
    chosen = evenly(paths, calibrating)
    left = sorted(set(paths) - set(chosen))
    return chosen, evenly(left, OTHERS)


def read(path: Path) -> GrayImage:
    """Read a picture as a film. Raises ExpertError."""
    try:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("F"), dtype=np.float32)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise ExpertError(f"{path} cannot be read as a picture: {error}.") from error


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def evenly(paths: Sequence[Path], number: int) -> list[Path]:
    """Pick so many, spread over all of them; all where there are no more."""
    taken = min(number, len(paths))
    return [paths[place * len(paths) // taken] for place in range(taken)]


def _drawn(rng: np.random.Generator) -> GrayImage:
    return np.asarray(np.sum([_cloud(rng, cells) for cells in (3, 7, 29, 101)], axis=0))


def _cloud(rng: np.random.Generator, cells: int) -> GrayImage:
    coarse = Image.fromarray(rng.standard_normal((cells, cells)).astype(np.float32))
    return np.asarray(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
