"""The cardiothoracic ratio, and the films on which it means nothing."""

from __future__ import annotations

from collections.abc import Iterable

from models.anatomy.grid import extent, share
from models.anatomy.pose import Edge, asymmetry, cut_off, tilt
from models.anatomy.record import Anatomy
from models.findings import Abstention

ADULT_YEARS = 18.0
"""Half is the limit of an adult's ratio: a newborn's heart is wider by nature (Edwards, AJR 1981), and no child's film
is among those that the network's error was measured on."""

LATERALS = frozenset({"LL", "RL", "LLO", "RLO", "LLD", "RLD", "LATERAL"})

SMALLEST_LUNG = 0.03
"""Share of the film. The smallest of 818 lungs of jsrt and wingspan_ctr has 0.049; 0.03 is that of a film with a wide
black frame."""

SMALLEST_HEART = 0.03
"""Share of the film. The smallest of 409 hearts has 0.05."""

LEAST_SYMMETRY = 0.45
"""Smaller lung over larger. The least of 409 films is 0.49: below, a lung is hidden or only half found."""

LEAST_CERTAINTY = 0.93
"""Of 268 held-out films of jsrt and wingspan_ctr the least has 0.94; bedside films whose masks are plainly wrong have
0.89 to 0.93."""

MOST_STRAY = 0.05
"""Of the same films 99% have less than 0.01, the most 0.03."""

MOST_TILT = 8.0
"""Degrees. Turning the reference masks by 6 changes the ratio by 0.010 on average, by 12 by 0.022: at 8 the change is
about the error of the measurement. 99% of the films of jsrt and 97% of wingspan_ctr lie within."""

EVEN = 0.055
"""Asymmetry of a patient who stands straight: the aortic arch takes from the left lung. Mean of 409 films."""

MOST_ASYMMETRY = 0.2
"""Beyond ``EVEN``, either way: the middle 98% of jsrt and wingspan_ctr lie within."""


def heart_share(anatomy: Anatomy) -> float | None:
    """Cardiothoracic ratio as it lies on the film, valid or not; None where the heart or a lung is missing.

    Widest extent of the heart over the widest extent of both lungs together, outer edge to outer edge, both along the
    film's rows and each at its own height: of four definitions tried on the reference masks of wingspan_ctr this one
    gives back their measured ratio (mean absolute difference 0.0012 over 179 films; the widest single row of each:
    0.011). It is the ratio of Danzer (1919) with the lungs' outer borders for the inner borders of the ribs.
    """
    heart, chest = extent(anatomy.heart), extent(anatomy.lungs)
    if heart is None or chest is None or not (anatomy.right_lung.any() and anatomy.left_lung.any()):
        return None
    return (heart.right - heart.left) / (chest.right - chest.left)


def invalid(anatomy: Anatomy, views: Iterable[str | None], age_years: float | None = None) -> Abstention | None:
    """Why a cardiothoracic ratio would mean nothing on this film; None where it is valid.

    ``views`` are the projections that its tags and its picture state, in DICOM's terms (PS3.3 C.8.1.1) or "LATERAL",
    None where one states nothing. An AP film shows the heart too large; where nothing says that it is a PA film, it is
    treated as an AP one. An age that is not known is taken for an adult's.
    """
    stated = {view.strip().upper() for view in views if view}
    if stated & LATERALS:
        return Abstention.NOT_FRONTAL
    if "PA" not in stated or any(view.startswith("AP") for view in stated):
        return Abstention.AP_VIEW
    if age_years is not None and age_years < ADULT_YEARS:
        return Abstention.CHILD
    return _unseen(anatomy) or _crooked(anatomy)


def _unseen(anatomy: Anatomy) -> Abstention | None:
    right, left, heart = (share(organ) for organ in (anatomy.right_lung, anatomy.left_lung, anatomy.heart))
    small = min(right, left) < max(SMALLEST_LUNG, LEAST_SYMMETRY * max(right, left)) or heart < SMALLEST_HEART
    if small or anatomy.certainty < LEAST_CERTAINTY or anatomy.stray > MOST_STRAY:
        return Abstention.LUNGS_NOT_SEEN
    return Abstention.CUT_OFF if cut_off(anatomy) - {Edge.TOP} else None


def _crooked(anatomy: Anatomy) -> Abstention | None:
    crooked = abs(tilt(anatomy)) > MOST_TILT or abs(asymmetry(anatomy) - EVEN) > MOST_ASYMMETRY
    return Abstention.ROTATED if crooked else None
