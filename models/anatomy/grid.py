"""The square grid over a film on which organs and regions are marked, and the box round what is marked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

GRID = 256
"""Side of the masks: a square grid over the whole film, whatever its aspect."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Bounding box of a mask in cells; the ends are exclusive."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def part(self) -> tuple[slice, slice]:
        """Index of the box's cells in a mask."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def mask(self) -> Mask:
        """All cells of the box, (GRID, GRID)."""
        filled = np.zeros((GRID, GRID), dtype=np.bool_)
        filled[self.part] = True
        return filled


def extent(mask: Mask) -> Extent | None:
    """Bounding box of a mask; None when it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return Extent(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)


def share(mask: Mask) -> float:
    """Share of a mask's cells that are marked."""
    return int(np.count_nonzero(mask)) / mask.size
