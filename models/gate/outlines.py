"""What the lungs' outlines say of how a film was taken: cut off, leaning, turned about the long axis, not there."""

from __future__ import annotations

from typing import Final

from models.anatomy import Anatomy, asymmetry, cut_off, plausibility, tilt
from models.gate.words import doubt

SMALLEST_LUNG: Final = 0.02
"""Share of the film's area; less is a speck, not a lung."""

MOST_TILT: Final = 12.0
"""Degrees in the plane of the film."""

MOST_ASYMMETRY: Final = 0.35
"""Right less left over both, upper half of the chest: one lung twice as wide as the other."""


def lungs_seen(anatomy: Anatomy) -> bool:
    """Whether two lungs and a heart lie where a frontal film has them."""
    found = plausibility(anatomy)
    return found.ordered and min(found.right, found.left) >= SMALLEST_LUNG


def outline_doubts(anatomy: Anatomy, *, lungs: bool) -> list[str]:
    """Reasons to doubt a film, in the order in which they matter; none for a well-taken film.

    ``lungs`` is what ``lungs_seen`` says of it.
    """
    if not lungs:
        return [doubt("no_lungs")]
    reasons = []
    if edges := cut_off(anatomy):
        reasons.append(doubt("cut_off", where=" and ".join(sorted(edges))))
    if abs(lean := tilt(anatomy)) > MOST_TILT:
        reasons.append(doubt("tilted", degrees=round(abs(lean))))
    if abs(asymmetry(anatomy)) > MOST_ASYMMETRY:
        reasons.append(doubt("rotated"))
    return reasons
