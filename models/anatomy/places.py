"""Where something lies: boxes in pixels, shares in the lungs, zones by the patient's side."""

from __future__ import annotations

import math

import numpy as np

from models.anatomy.grid import GRID, Mask, extent
from models.anatomy.record import Anatomy
from models.findings import Box, Zone

FAIR_SHARE = 0.3
"""A region of which at least this share lies in the lesser side is bilateral."""

INSIDE = 0.1
"""A region of which less than this share lies in the lungs is placed by the lungs' bounding boxes instead."""

_ZONES = {
    "right": (Zone.RIGHT_UPPER, Zone.RIGHT_MIDDLE, Zone.RIGHT_LOWER),
    "left": (Zone.LEFT_UPPER, Zone.LEFT_MIDDLE, Zone.LEFT_LOWER),
}


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
    """0, 1 or 2: the third of the lung's height, from above, that holds most of the cells; they lie in the lung."""
    rows = np.flatnonzero(lung.any(axis=1))
    parts = np.array_split(cells[rows[0] : rows[-1] + 1].sum(axis=1), 3)
    return int(np.argmax([part.sum() for part in parts]))
