"""The record of lungs and heart, and how it is made of what the network says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.anatomy.grid import Mask
from models.anatomy.pieces import solid

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
        elsewhere = int(np.count_nonzero(likely & ~np.stack([right, left, heart])))
        stray = elsewhere / max(1, int(np.count_nonzero(likely)))
        certainty = float(shares[inside].mean()) if inside.any() else 0.0
        return cls(inside[0], inside[1], inside[2], shape[0], shape[1], stray, certainty)
