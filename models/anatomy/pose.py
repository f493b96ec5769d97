"""How the chest lies on the film: cut off, tilted, turned; and whether it looks like a chest at all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from models.anatomy.grid import GRID, Extent, Mask, extent, share
from models.anatomy.record import Anatomy

Counts = NDArray[np.int64]

TOUCH = 8
"""Cells: an organ that meets the film's edge along fewer of them (3% of the side) is not called cut off."""


class Edge(StrEnum):
    """An edge of the film, as it hangs: the film's left is the patient's right."""

    TOP = "top"
    BOTTOM = "bottom"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Plausibility:
    """How much the masks look like a frontal chest: figures for the gate, each with its unit.

    ``right``, ``left``, ``heart``: shares of the film's area. ``symmetry``: smaller lung over larger, 0 to 1.
    ``ordered``: the right lung lies on the film's left of the left one, and the heart's middle between their outer
    edges and below their top. ``gap``: distance of the lungs' centres over the width of the chest, 0 to 1.
    ``tilt``: see ``tilt``. ``stray`` and ``certainty``: see ``Anatomy``.
    """

    right: float
    left: float
    heart: float
    symmetry: float
    ordered: bool
    gap: float
    tilt: float
    stray: float
    certainty: float


def cut_off(anatomy: Anatomy) -> frozenset[Edge]:
    """Edges of the film that cut through a lung: it meets them along at least ``TOUCH`` cells."""
    lungs = anatomy.lungs
    borders = {Edge.TOP: lungs[0], Edge.BOTTOM: lungs[-1], Edge.LEFT: lungs[:, 0], Edge.RIGHT: lungs[:, -1]}
    return frozenset(edge for edge, border in borders.items() if border.sum() >= TOUCH)


def tilt(anatomy: Anatomy) -> float:
    """Degrees by which the chest leans in the plane of the film, clockwise positive; 0 where a lung is missing.

    The mean of the lungs' long axes (their principal axes, in true aspect): the two lean apart by nature, equally.
    """
    axes = [_lean(lung, anatomy) for lung in (anatomy.right_lung, anatomy.left_lung) if lung.any()]
    return sum(axes) / 2 if len(axes) == 2 else 0.0  # noqa: PLR2004 - two lungs


def _lean(mask: Mask, anatomy: Anatomy) -> float:
    """Degrees of a mask's principal axis from the vertical, clockwise positive."""
    by_row, by_column = np.count_nonzero(mask, axis=1), np.count_nonzero(mask, axis=0)
    down, across = _from_middle(by_row), _from_middle(by_column)
    height, width = anatomy.rows / GRID, anatomy.columns / GRID
    both = down @ (mask @ across) * height * width
    return -math.degrees(0.5 * math.atan2(2 * both, by_row @ down**2 * height**2 - by_column @ across**2 * width**2))


def asymmetry(anatomy: Anatomy) -> float:
    """Width of the right lung less that of the left, over their sum, in the upper half of the chest; -1 to 1.

    A patient turned about the long axis shows one lung wide and the other narrow; the heart, which takes from the left
    lung, is left out by looking at the upper half only. 0 where there are no lungs.
    """
    chest = extent(anatomy.lungs)
    if chest is None:
        return 0.0
    upper = slice(chest.top, (chest.top + chest.bottom) // 2)
    right, left = (int(np.count_nonzero(lung[upper])) for lung in (anatomy.right_lung, anatomy.left_lung))
    return (right - left) / max(1, right + left)


def plausibility(anatomy: Anatomy) -> Plausibility:
    """Gather the figures by which the gate may tell a frontal chest from something else."""
    right, left, heart = (share(organ) for organ in (anatomy.right_lung, anatomy.left_lung, anatomy.heart))
    chest = extent(anatomy.lungs)
    gap = _gap(anatomy, chest) if chest is not None and right and left else 0.0
    return Plausibility(
        right=right,
        left=left,
        heart=heart,
        symmetry=min(right, left) / max(right, left, 1 / GRID**2),
        ordered=chest is not None and gap > 0 and _heart_between(extent(anatomy.heart), chest),
        gap=gap,
        tilt=tilt(anatomy),
        stray=anatomy.stray,
        certainty=anatomy.certainty,
    )


def _gap(anatomy: Anatomy, chest: Extent) -> float:
    """Distance across the film from the right lung's middle to the left's, over the width of both."""
    right, left = (_middle(np.count_nonzero(lung, axis=0)) for lung in (anatomy.right_lung, anatomy.left_lung))
    return (left - right) / (chest.right - chest.left)


def _middle(counts: Counts) -> float:
    """Mean place of the cells that are counted row by row, or column by column."""
    return float(np.average(np.arange(GRID), weights=counts))


def _from_middle(counts: Counts) -> NDArray[np.float64]:
    return np.asarray(np.arange(GRID) - _middle(counts), dtype=np.float64)


def _heart_between(heart: Extent | None, chest: Extent) -> bool:
    if heart is None:
        return False
    middle = (heart.left + heart.right) / 2
    return chest.left < middle < chest.right and (heart.top + heart.bottom) / 2 > chest.top
