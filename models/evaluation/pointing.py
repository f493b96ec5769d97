"""How a place is marked: the pointing game, the overlap of boxes, and whether the zone in words is the box's."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.anatomy import Anatomy, Mask, mask_of, zone_of
from models.evaluation.boxes import SIDE
from models.evaluation.guesses import METHODS, NEED_ANATOMY, Case, Guess
from models.findings import Box, Zone
from models.localise import NO_ZONE, region_of
from models.statistics import Floats, Rows, interval

TOLERANCE = 0.03 * SIDE
"""Of the pointing game: 15 pixels on photographs of about 500 (Zhang et al., ECCV 2016), as a share of the side."""

FAIR_OVERLAP = 0.25
"""Intersection over union from which a box counts as overlapping."""

FEW = 10
"""Labels with fewer boxed films are told together."""

MARKS = ("hit", "hit_with_tolerance", "overlap", "fair_overlap")
ZONE_MARKS = ("said", "same_zone", "same_side", "other_side")
DIGITS = 4

Name = TypeVar("Name", bound=Hashable)


def figures(cases: Sequence[Case]) -> dict[str, dict[str, Any]]:
    """Mark every method, over all cases and by label: ``{"all": {"cases": n, method: {mark: [mean, low, high]}}}``.

    The intervals are 95%, bootstrap by patient. Methods that need the anatomy are left out unless all films have one;
    then ``zones`` is there too.
    """
    segmented = all(case.anatomy is not None for case in cases)
    methods = [name for name in METHODS if segmented or name not in NEED_ANATOMY]
    marks = np.array([[mark(case, METHODS[name](case)) for name in methods] for case in cases])
    patients = np.array([case.truth.patient for case in cases])
    told = {name: _group(methods, marks[rows], patients[rows]) for name, rows in _groups(cases).items()}
    return told | ({"zones": zones(cases)} if segmented else {})


def _group(methods: Sequence[str], marks: Floats, patients: Rows) -> dict[str, Any]:
    """Sum up (cases, methods, marks); all at once, for the bootstrap is what takes the time."""
    flat = summary([(method, name) for method in methods for name in MARKS], marks.reshape(len(marks), -1), patients)
    told = {method: {name: flat[method, name] for name in MARKS} for method in methods}
    return {"cases": len(marks), "patients": len(set(patients)), **told}


def _groups(cases: Sequence[Case]) -> dict[str, NDArray[np.bool_]]:
    labels = np.array([str(case.truth.label) for case in cases])
    names, counts = np.unique(labels, return_counts=True)
    many = names[counts >= FEW]
    groups = {"all": np.ones(len(labels), dtype=np.bool_)} | {str(name): labels == name for name in many}
    rest = ~np.isin(labels, many)
    return groups | ({"other_labels": rest} if rest.any() else {})


def mark(case: Case, guesses: Sequence[Guess]) -> Floats:
    """Mean of the guesses' marks, in the order of MARKS; with several boxes the nearest and the best count."""
    boxes = case.truth.boxes
    each = []
    for guess in guesses:
        away = min(_distance(guess, box) for box in boxes)
        overlap = max(iou(guess.box, box) for box in boxes) if guess.box else 0.0
        each.append((away == 0, away <= TOLERANCE, overlap, overlap >= FAIR_OVERLAP))
    return np.asarray(np.mean(np.array(each, dtype=np.float64), axis=0))


def zones(cases: Sequence[Case]) -> dict[str, Any]:
    """Compare our zone with that of the boxes, for cases whose boxes have one: shares, of all and of those we place.

    ``said``: we say a zone at all. Of what we say: ``same_zone``, ``same_side`` (bilateral is a zone and a side), and
    ``other_side``: we say left where the box lies on the right, or the reverse.
    """
    zoned = [case for case in cases if case.truth.label not in NO_ZONE]
    pairs = [(case.truth.patient, *_zones(case, case.anatomy)) for case in zoned if case.anatomy is not None]
    pairs = [(patient, ours, theirs) for patient, ours, theirs in pairs if theirs is not None]
    placed = [pair for pair in pairs if pair[1] is not None]
    spoken = np.array([[ours is not None] for _, ours, _ in pairs], dtype=np.float64)
    same = np.array([_agreement(ours, theirs) for _, ours, theirs in placed], dtype=np.float64)
    patients, of_placed = (np.array([patient for patient, *_ in some]) for some in (pairs, placed))
    said, agreed = summary(ZONE_MARKS[:1], spoken, patients), summary(ZONE_MARKS[1:], same, of_placed)
    return {"cases": len(pairs), **said, **agreed}


def _zones(case: Case, anatomy: Anatomy) -> tuple[Zone | None, Zone | None]:
    region = region_of(case.truth.label, case.evidence, anatomy, (SIDE, SIDE))
    masks: list[Mask] = [mask_of(box, anatomy) for box in case.truth.boxes]
    theirs = zone_of(anatomy, np.asarray(np.logical_or.reduce(masks)))
    return (region.zone if region else None), theirs


def _agreement(ours: Zone | None, theirs: Zone | None) -> tuple[bool, bool, bool]:
    one, other = (str(zone).partition("_")[0] for zone in (ours, theirs))
    return ours is theirs, one == other, {one, other} == {"left", "right"}


def iou(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    shared = max(0.0, width) * max(0.0, height)
    return shared / (_area(one) + _area(other) - shared)


def summary(names: Sequence[Name], marks: Floats, patients: Rows) -> dict[Name, list[float]]:
    """Mean of each column of (cases, names) with its interval: [mean, low, high]; {} of no cases."""
    if not len(marks):
        return {}
    low, high = interval(lambda rows: marks[rows].mean(axis=0), patients)
    columns = zip(names, marks.mean(axis=0), low, high, strict=True)
    return {name: [round(float(value), DIGITS) for value in triple] for name, *triple in columns}


def _distance(guess: Guess, box: Box) -> float:
    """Pixels from the point to the box; 0 inside."""
    across = max(box.x0 - guess.x, 0.0, guess.x - box.x1)
    down = max(box.y0 - guess.y, 0.0, guess.y - box.y1)
    return float(np.hypot(across, down))


def _area(box: Box) -> float:
    return (box.x1 - box.x0) * (box.y1 - box.y0)
