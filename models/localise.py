"""Where a finding lies: from the evidence that a network hands over to a heatmap, a box in pixels and a zone in words.

The evidence is a coarse grid of logits over the whole film. Three rules, by reasoning, without a constant fitted to any
box (the second was added after seeing boxes):

- A region is where the evidence rises at least half as high above the film's median as at its highest: the full width
  at half maximum, which tells the width of a peak whatever its height. The median is the level of the film's bulk,
  where a network that was trained on whole films tells how rare its label is and nothing about the place.
- A side is named only where the region keeps to it: where it reaches into the other lung, the network has not decided.
- A finding of the lung or the pleura lies where the lungs are, if they are seen: what rises elsewhere is not its place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.anatomy import GRID, Anatomy, Mask, components, extent, zone_of
from models.findings import Box, ExpertReading, Label, Region, Zone

Evidence = NDArray[np.float32]
"""(rows, columns) over the whole film, in logits; of any size."""

HALF = 0.5
"""Of the height above the median: where a region ends."""

FLAT = 0.1
"""Logits: a map that rises no higher above its median shows no place. A tenth turns odds of 1:1 into 1.1:1."""

NO_PLACE = frozenset({Label.NO_FINDING})
"""A word on the film as a whole."""

NO_ZONE = frozenset({Label.CARDIOMEGALY, Label.ENLARGED_CARDIOMEDIASTINUM, Label.HERNIA})
"""Not in a lung: these get a box and no zone."""

ANYWHERE = NO_ZONE | {Label.FRACTURE, Label.SUPPORT_DEVICES}
"""May lie outside the lungs: the whole film is looked at."""

BOTH_SIDES = frozenset(
    {
        Label.EDEMA,
        Label.EMPHYSEMA,
        Label.FIBROSIS,
        Label.INFILTRATION,
        Label.LUNG_OPACITY,
        Label.PLEURAL_EFFUSION,
        Label.PLEURAL_THICKENING,
        Label.SUPPORT_DEVICES,
    }
)
"""Often in several places or on both sides at once: all of the region counts. Of any other label the highest peak."""


def heatmap(evidence: Evidence, shape: tuple[int, int]) -> Evidence:
    """Evidence at ``shape`` (rows, columns), float32, in logits: bicubic between the middles of the grid's cells."""
    rows, columns = shape
    grid = Image.fromarray(np.ascontiguousarray(evidence, dtype=np.float32))
    return np.asarray(grid.resize((columns, rows), Image.Resampling.BICUBIC))


def relief(evidence: Evidence, shape: tuple[int, int]) -> Evidence:
    """Evidence as a height at ``shape``: 0 at the film's median and below, 1 at its highest; all 0 where it is flat.

    The outline of ``HALF`` is that of the region, as far as the lungs do not bound it.
    """
    fine = heatmap(evidence, shape)
    level, top = _level(evidence), float(fine.max())
    if top - level < FLAT:
        return np.zeros_like(fine)
    return np.asarray(np.clip((fine - np.float32(level)) / np.float32(top - level), 0.0, 1.0))


def locate(
    reading: ExpertReading, anatomy: Anatomy | None, shape: tuple[int, int], labels: Collection[Label] | None = None
) -> Mapping[Label, Region]:
    """Return the place of each label that was read and has one, of ``labels`` only where they are given.

    ``shape`` is the film's (rows, columns). Where an expert said itself where a finding lies, its word stands.
    """
    asked = [label for label in reading.scores if labels is None or label in labels]
    found = {label: region_of(label, reading.maps.get(label), anatomy, shape) for label in asked}
    return {label: region for label, region in found.items() if region is not None} | dict(reading.regions)


def region_of(
    label: Label, evidence: Evidence | None, anatomy: Anatomy | None, shape: tuple[int, int]
) -> Region | None:
    """Place of one finding on a film of ``shape``; None where it has none, or there is nothing to tell it from.

    An enlarged heart lies where the heart is. No zone without both lungs: which third of what would it be?
    """
    if label in NO_PLACE:
        return None
    heart = _box(anatomy.heart, shape) if anatomy is not None and label is Label.CARDIOMEGALY else None
    if heart is not None:
        return Region(box=heart)
    height = None if evidence is None else _height(label, evidence, lung_field(anatomy))
    if height is None or height.max() < FLAT:
        return None
    wide: Mask = height >= HALF * height.max()
    box = _box(wide if label in BOTH_SIDES else _piece(wide, height), shape)
    return Region(None if label in NO_ZONE else _zone(label, wide, anatomy), box)


def peak(label: Label, evidence: Evidence, field: Mask | None) -> tuple[float, float]:
    """Where the evidence is highest inside ``field``: (row, column) as shares of the film's height and width."""
    height = _height(label, evidence, field)
    row, column = np.unravel_index(int(height.argmax()), height.shape)
    return (float(row) + 0.5) / GRID, (float(column) + 0.5) / GRID


def _height(label: Label, evidence: Evidence, field: Mask | None) -> Evidence:
    """Evidence above the film's median, (GRID, GRID); minus infinity where the label may not lie."""
    height = heatmap(evidence, (GRID, GRID)) - np.float32(_level(evidence))
    return height if field is None or label in ANYWHERE else np.where(field, height, np.float32(-np.inf))


def lung_field(anatomy: Anatomy | None) -> Mask | None:
    """Where findings of lung and pleura may lie, (GRID, GRID); None where that is not known."""
    whole = None if anatomy is None else whole_lungs(anatomy)
    return None if whole is None else whole.lungs


def whole_lungs(anatomy: Anatomy) -> Anatomy | None:
    """Lungs as they would be without what hides them; None where one is not seen.

    Each lung's bounding box, down to the lowest end of either lung or the heart: a dense lower lobe or an effusion is
    what a segmentation leaves out.
    """
    right, left = extent(anatomy.right_lung), extent(anatomy.left_lung)
    if right is None or left is None:
        return None
    heart = extent(anatomy.heart)
    bottom = max(part.bottom for part in (right, left, heart) if part is not None)
    right, left = replace(right, bottom=bottom), replace(left, bottom=bottom)
    return replace(anatomy, right_lung=right.mask, left_lung=left.mask)


def _piece(mask: Mask, height: Evidence) -> Mask:
    """Piece of the region that holds the highest peak."""
    pieces = components(mask)
    return np.asarray(pieces == pieces[np.unravel_index(height.argmax(), height.shape)])


def _zone(label: Label, wide: Mask, anatomy: Anatomy | None) -> Zone | None:
    """Zone by the lungs as seen, else as they would be whole; None unless both lungs are seen.

    Where the region reaches into both lungs the network has not decided on a side: none is named. For a label that may
    be on both that is its place.
    """
    whole = None if anatomy is None else whole_lungs(anatomy)
    if anatomy is None or whole is None:
        return None
    zone = zone_of(anatomy, wide) or zone_of(whole, wide)
    if not ((wide & whole.right_lung).any() and (wide & whole.left_lung).any()):
        return zone
    return zone if zone is Zone.BILATERAL and label in BOTH_SIDES else None


def _level(evidence: Evidence) -> float:
    return float(np.median(evidence))


def _box(mask: Mask, shape: tuple[int, int]) -> Box | None:
    found = extent(mask)
    if found is None:
        return None
    down, across = shape[0] / GRID, shape[1] / GRID
    return Box(found.left * across, found.top * down, found.right * across, found.bottom * down)
