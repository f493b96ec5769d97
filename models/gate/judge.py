"""What the eye saw, held against its operating points and the file's tags: reasons to stop, reasons to doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.base import Film
from models.gate.eye import Look
from models.gate.words import doubt, stop

ADULT_YEARS: Final = 18
FRONTAL: Final = frozenset({"PA", "AP"})
NOT_FRONTAL: Final = frozenset({"LL", "RL", "LLO", "RLO", "LATERAL"})
"""DICOM's view positions (PS3.3 C.8.1.1) and the word some write."""

LATERAL: Final = "LATERAL"
WHERE: Final = ("up", "to the right", "down", "to the left")


@dataclass(frozen=True, slots=True)
class Points:
    """Operating points, shares in [0, 1], chosen on pictures that the networks were not shown (see the card).

    A picture whose share of frontal is below ``stop`` is stopped, below ``doubt`` doubted. A film is taken as turned
    from ``turned_doubt`` on (for sure from ``turned_stop``), as inverted and as a child's from these shares on, as PA
    up to ``pa`` and AP from ``ap`` on, as neither between them.
    """

    stop: float
    doubt: float
    turned_stop: float
    turned_doubt: float
    inverted: float
    child: float
    pa: float
    ap: float


def view_of(look: Look, points: Points) -> str | None:
    """Projection that the picture shows: "PA", "AP", "LATERAL", or None where it is unsure or no chest film."""
    if look.frontal < points.doubt:
        return LATERAL if look.frontal < points.stop and look.lateral > look.other else None
    if look.ap >= points.ap:
        return "AP"
    return "PA" if look.ap <= points.pa else None


def stop_reasons(look: Look, points: Points, *, without_lungs: bool = False) -> list[str]:
    """Why the picture must not be read: one reason or none.

    ``without_lungs``: the anatomy network looked for two lungs and found none, which stops what was doubtful already.
    """
    if look.frontal < (points.doubt if without_lungs else points.stop):
        return [stop("lateral" if look.lateral > look.other else "not_chest")]
    turn, share = _turn(look)
    return [stop("turned", where=WHERE[turn])] if turn and share >= points.turned_stop else []


def doubt_reasons(look: Look, points: Points) -> list[str]:
    """Say what the picture leaves in doubt, though it is read."""
    reasons = []
    if look.frontal < points.doubt:
        reasons.append(doubt("lateral" if look.lateral > look.other else "not_chest"))
    turn, share = _turn(look)
    if turn and share >= points.turned_doubt:
        reasons.append(doubt("turned", where=WHERE[turn]))
    if look.inverted >= points.inverted:
        reasons.append(doubt("inverted"))
    return reasons


def tag_doubts(film: Film, look: Look, points: Points) -> list[str]:
    """Where the file's tags and the picture disagree, and whether either says that the patient is a child."""
    tag, view = (film.view or "").strip().upper(), view_of(look, points)
    reasons = []
    if tag in NOT_FRONTAL and look.frontal >= points.doubt:
        reasons.append(doubt("tag_lateral"))
    elif tag in FRONTAL and view in FRONTAL and tag != view:
        reasons.append(doubt("tag_view", tag=tag, view=view))
    return reasons + _child(film.age_years, looks_young=look.child >= points.child)


def _child(years: float | None, *, looks_young: bool) -> list[str]:
    if years is not None and years < ADULT_YEARS:
        return [doubt("child_by_age", years=round(years))]
    if not looks_young:
        return []
    return [doubt("child") if years is None else doubt("child_or_not", years=round(years))]


def _turn(look: Look) -> tuple[int, float]:
    """Quarter turn that is the likeliest (0 is upright) and its share."""
    turn = max(range(len(look.turns)), key=look.turns.__getitem__)
    return turn, look.turns[turn]
