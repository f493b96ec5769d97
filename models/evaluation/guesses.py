"""Ways to say where a finding lies: ours, and those that it is held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.anatomy import GRID, Anatomy, box_of
from models.evaluation.boxes import SIDE, Boxed
from models.findings import Box
from models.localise import Evidence, lung_field, peak, region_of

GUESSES = 100
"""A film and label, at random places."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A point (across, down) and a box, in pixels of a film of SIDE x SIDE."""

    x: float
    y: float
    box: Box | None


@dataclass(frozen=True, slots=True)
class Case:
    """One boxed label, the evidence for it, and the organs where a segmenter looked at the film."""

    truth: Boxed
    evidence: Evidence
    anatomy: Anatomy | None


Method = Callable[[Case], Sequence[Guess]]
"""How to guess; what several guesses are worth is the mean."""


def said(case: Case, anatomy: Anatomy | None) -> Guess:
    """Return what the service says, with the help of the anatomy where it is given."""
    label = case.truth.label
    down, across = peak(label, case.evidence, lung_field(anatomy))
    region = region_of(label, case.evidence, anatomy, (SIDE, SIDE))
    return Guess(across * SIDE, down * SIDE, region.box if region else None)


def _map_and_lungs(case: Case) -> list[Guess]:
    return [said(case, case.anatomy)]


def _map_alone(case: Case) -> list[Guess]:
    return [said(case, None)]


def _lungs(case: Case) -> list[Guess]:
    """Either lung, by its centre and its box; the film's centre where none is seen."""
    if case.anatomy is None or not case.anatomy.lungs.any():
        return _centre(case)
    lungs = [lung for lung in (case.anatomy.right_lung, case.anatomy.left_lung) if lung.any()]
    middles = [[float(cells.mean() + 0.5) * SIDE / GRID for cells in np.nonzero(lung)] for lung in lungs]
    boxes = [box_of(lung, case.anatomy) for lung in lungs]
    return [Guess(across, down, box) for (down, across), box in zip(middles, boxes, strict=True)]


def _centre(_: Case) -> list[Guess]:
    """Guess the film's centre, and the box of half its sides around it."""
    return [Guess(SIDE / 2, SIDE / 2, Box(SIDE / 4, SIDE / 4, 3 * SIDE / 4, 3 * SIDE / 4))]


def _random(case: Case) -> list[Guess]:
    """Guess points anywhere, and boxes of the size that we say, anywhere; the same for the same film and label."""
    box = said(case, None).box or Box(0, 0, SIDE / 2, SIDE / 2)
    width, height = box.x1 - box.x0, box.y1 - box.y0
    rng = np.random.default_rng([case.truth.patient, *str(case.truth.label).encode()])
    places = rng.random((GUESSES, 4)) * [SIDE, SIDE, SIDE - width, SIDE - height]
    return [Guess(x, y, Box(left, top, left + width, top + height)) for x, y, left, top in places.tolist()]


METHODS: Mapping[str, Method] = {
    "map_and_lungs": _map_and_lungs,
    "map_alone": _map_alone,
    "lungs": _lungs,
    "centre": _centre,
    "random": _random,
}
"""As served; without the anatomy; either lung, film's centre and random places as guesses that know no evidence."""

NEED_ANATOMY = frozenset({"map_and_lungs", "lungs"})
