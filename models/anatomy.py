"""Lungs and heart of a frontal film, and what can be measured on them. Pure numpy; the network is an expert.

Lengths are compared in the film's own pixels, never on the squashed grid; sides are the *patient's*, except where a
docstring says the film's. Nothing here raises on empty masks: a measure of an organ that is not there is None or 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from models.findings import Abstention, Box, Zone

Mask = NDArray[np.bool_]

GRID = 256
"""Side of the masks: a square grid over the whole film, whatever its aspect."""

FAIR_SHARE = 0.3
"""A region of which at least this share lies in the lesser side is bilateral."""

INSIDE = 0.1
"""A region of which less than this share lies in the lungs is placed by the lungs' bounding boxes instead."""

TOUCH = 8
"""Cells: an organ that meets the film's edge along fewer of them (3% of the side) is not called cut off."""

_ZONES = {
    "right": (Zone.RIGHT_UPPER, Zone.RIGHT_MIDDLE, Zone.RIGHT_LOWER),
    "left": (Zone.LEFT_UPPER, Zone.LEFT_MIDDLE, Zone.LEFT_LOWER),
}


class Edge(StrEnum):
    """An edge of the film, as it hangs: the film's left is the patient's right."""

    TOP = "top"
    BOTTOM = "bottom"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Masks of (GRID, GRID) over the whole film, by the *patient's* side: the film's left is the patient's right.

    ``rows`` and ``columns`` are the film's own, so that a length along the one can be compared with one along the other.
    Each mask is one piece without holes; ``stray`` is the share of the cells that the network had marked elsewhere,
    ``certainty`` the mean probability inside the masks (0 when all are empty): both tell a chest from a picture in which
    the network merely saw something.
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


def mask_of(box: Box, anatomy: Anatomy) -> Mask:
    """Cells of the grid that a box in image pixels touches, clipped to the film."""
    across, down = GRID / anatomy.columns, GRID / anatomy.rows
    filled = np.zeros((GRID, GRID), dtype=np.bool_)
    top, left = max(0, math.floor(box.y0 * down)), max(0, math.floor(box.x0 * across))
    filled[top : math.ceil(box.y1 * down), left : math.ceil(box.x1 * across)] = True
    return filled


def box_of(mask: Mask, anatomy: Anatomy) -> Box | None:
    """Bounding box of a mask in image pixels; None when it is empty."""
    found = extent(mask)
    if found is None:
        return None
    across, down = anatomy.columns / GRID, anatomy.rows / GRID
    return Box(found.left * across, found.top * down, found.right * across, found.bottom * down)


def lung_share(mask: Mask, anatomy: Anatomy) -> float:
    """Share of a region's cells that lie in the lungs, 0 to 1; 0 for an empty region."""
    return float((mask & anatomy.lungs).sum() / max(1, mask.sum()))


def zone_of(anatomy: Anatomy, where: Mask | Box) -> Zone | None:
    """Zone of a region, given as a mask (GRID, GRID) or a box in image pixels, by the patient's side.

    Upper, middle and lower are thirds of each lung's own height (the zones of the Fleischner glossary have no fixed
    borders); the third with most of the region's cells counts. Bilateral when the lesser side holds ``FAIR_SHARE``
    of what lies in either. A region that hardly meets the lungs (an effusion below them, a rib) is placed by their
    bounding boxes; one that misses those too has no zone: None, as where no lung was found.
    """
    region = mask_of(where, anatomy) if isinstance(where, Box) else where
    fields = {"right": anatomy.right_lung, "left": anatomy.left_lung}
    if lung_share(region, anatomy) < INSIDE:
        fields = {side: box.mask for side, lung in fields.items() if (box := extent(lung)) is not None}
    held = {side: region & lung for side, lung in fields.items()}
    counts = {side: int(cells.sum()) for side, cells in held.items()}
    total = sum(counts.values())
    if not total:
        return None
    if len(counts) > 1 and min(counts.values()) >= FAIR_SHARE * total:
        return Zone.BILATERAL
    side = max(counts, key=lambda name: counts[name])
    return _ZONES[side][_third(held[side], fields[side])]


def _third(cells: Mask, lung: Mask) -> int:
    """0, 1 or 2: the third of the lung's height, from above, that holds most of the cells, which lie inside the lung."""
    rows = np.flatnonzero(lung.any(axis=1))
    parts = np.array_split(cells[rows[0] : rows[-1] + 1].sum(axis=1), 3)
    return int(np.argmax([part.sum() for part in parts]))


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
    down, across = np.nonzero(mask)
    spread = np.cov(np.stack([across * (anatomy.columns / GRID), down * (anatomy.rows / GRID)]), bias=True)
    return -math.degrees(0.5 * math.atan2(2 * spread[0, 1], spread[1, 1] - spread[0, 0]))


def asymmetry(anatomy: Anatomy) -> float:
    """Width of the right lung less that of the left, over their sum, in the upper half of the chest; -1 to 1.

    A patient turned about the long axis shows one lung wide and the other narrow; the heart, which takes from the left
    lung, is left out by looking at the upper half only. 0 where there are no lungs.
    """
    chest = extent(anatomy.lungs)
    if chest is None:
        return 0.0
    upper = slice(chest.top, (chest.top + chest.bottom) // 2)
    right, left = int(anatomy.right_lung[upper].sum()), int(anatomy.left_lung[upper].sum())
    return (right - left) / max(1, right + left)


def plausibility(anatomy: Anatomy) -> Plausibility:
    """Gather the figures by which the gate may tell a frontal chest from something else."""
    right, left, heart = (float(m.mean()) for m in (anatomy.right_lung, anatomy.left_lung, anatomy.heart))
    return Plausibility(
        right=right,
        left=left,
        heart=heart,
        symmetry=min(right, left) / max(right, left, 1 / GRID**2),
        ordered=_ordered(anatomy),
        gap=_gap(anatomy),
        tilt=tilt(anatomy),
        stray=anatomy.stray,
        certainty=anatomy.certainty,
    )


def _gap(anatomy: Anatomy) -> float:
    """Distance across the film from the right lung's centre to the left's over the width of both; 0 where one is missing."""
    chest = extent(anatomy.lungs)
    if chest is None or not (anatomy.right_lung.any() and anatomy.left_lung.any()):
        return 0.0
    right, left = (np.nonzero(lung)[1].mean() for lung in (anatomy.right_lung, anatomy.left_lung))
    return float((left - right) / (chest.right - chest.left))


def _ordered(anatomy: Anatomy) -> bool:
    chest, heart = extent(anatomy.lungs), extent(anatomy.heart)
    if chest is None or heart is None or _gap(anatomy) <= 0:
        return False
    middle = (heart.left + heart.right) / 2
    return chest.left < middle < chest.right and (heart.top + heart.bottom) / 2 > chest.top


def heart_share(anatomy: Anatomy) -> float | None:
    """Cardiothoracic ratio as it lies on the film, valid or not; None where heart or a lung is missing.

    Widest extent of the heart over the widest extent of both lungs together, outer edge to outer edge, both along the
    film's rows and each at its own height: of four definitions tried on the reference masks of wingspan_ctr this one
    gives back their measured ratio (mean absolute difference 0.0012 over 179 films; the widest single row of each:
    0.011). It is the ratio of Danzer (1919) with the lungs' outer borders as the inner borders of the ribs.
    """
    heart, chest = extent(anatomy.heart), extent(anatomy.lungs)
    if heart is None or chest is None or not (anatomy.right_lung.any() and anatomy.left_lung.any()):
        return None
    return (heart.right - heart.left) / (chest.right - chest.left)


def invalid(anatomy: Anatomy, views: frozenset[str], age_years: float | None) -> Abstention | None:
    """Why a cardiothoracic ratio would mean nothing on this film; None where it is valid.

    ``views`` are the projections that its tags and its picture state, as "PA", "AP", "LATERAL" or DICOM's terms.
    """
    raise NotImplementedError


def components(mask: Mask) -> NDArray[np.int32]:
    """Number the pieces of a mask (cells that share an edge), the largest 1; 0 outside. Any two-dimensional shape."""
    raise NotImplementedError


def solid(mask: Mask) -> Mask:
    """The largest piece of a mask, its holes filled."""
    raise NotImplementedError
