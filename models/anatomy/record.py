"""The record of lungs and heart, and how it is made of what the network says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.anatomy.pieces import Mask, solid

GRID = 256
"""Side of the masks: a square grid over the whole film, whatever its aspect."""

LIKELY = 0.5
"""A cell belongs to an organ from this probability on."""


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Masks of (GRID, GRID) over the whole film, by the *patient's* side: the film's left is the patient's right.

    ``rows`` and ``columns`` are the film's own, so that a length along one can be compared with one along the other.
    Each mask is one piece without holes; ``stray`` is the share of the cells that the network had marked elsewhere,
    ``certainty`` the mean probability inside the masks (0 when all are empty): both tell a chest from a picture in
    which the network merely saw something.
    """

    right_lung: Mask
    left_lung: Mask
    heart: Mask
    rows: int
    columns: int
    stray: float = 0.0
    certainty: float = 1.0

    @property
    def lungs(self) -> Mask:
        """Both lungs in one mask."""
        return np.asarray(self.right_lung | self.left_lung)

    @classmethod
    def of(cls, shares: NDArray[np.float32], shape: Sequence[int]) -> Self:
        """Make the record of (3, GRID, GRID) probabilities (right lung, left lung, heart) and a film's (rows, columns).

        Of each organ the largest piece counts, its holes filled; a lung ends where the heart begins.
        """
        likely = shares >= LIKELY
        right, left, heart = (solid(organ) for organ in likely)
        inside = np.stack([right & ~heart, left & ~heart, heart])
        stray = float((likely & np.stack([~right, ~left, ~heart])).sum() / max(1, likely.sum()))
        certainty = float(shares[inside].mean()) if inside.any() else 0.0
        return cls(inside[0], inside[1], inside[2], shape[0], shape[1], stray, certainty)


@dataclass(frozen=True, slots=True)
class Extent:
    """Bounding box of a mask in cells of the grid; the ends are exclusive."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def mask(self) -> Mask:
        """All cells of the box, (GRID, GRID)."""
        filled = np.zeros((GRID, GRID), dtype=np.bool_)
        filled[self.top : self.bottom, self.left : self.right] = True
        return filled


def extent(mask: Mask) -> Extent | None:
    """Bounding box of a mask; None when it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return Extent(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)
