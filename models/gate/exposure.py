"""Is a film burnt out, or far too dark or bright? Told from the small view of it, whose inner range is [0, 1]."""

from __future__ import annotations

from typing import Final

import numpy as np

from models.base import GrayImage
from models.gate.words import doubt

MARGIN: Final = 0.15
"""Of each side: what lies in it (collimation, letters, the ground beside the patient) is not looked at."""

AT_END: Final = 0.02
"""This near to 0 or 1 is black or white."""

MOST_BLACK: Final = 0.10
MOST_WHITE: Final = 0.35
DARKEST: Final = 0.22
BRIGHTEST: Final = 0.95
"""Limits beyond what any of 1,503 training films shows: black at most 0.06 of the middle, white at most 0.26, medians
from 0.26 to 0.92."""


def exposure_doubts(view: GrayImage) -> list[str]:
    """Why the exposure or the window of a film is to be doubted: one reason or none; ``view`` is square, in [0, 1]."""
    edge = round(MARGIN * len(view))
    middle = view[edge:-edge, edge:-edge]
    median = float(np.median(middle))
    found = {
        "black": float((middle <= AT_END).mean()) > MOST_BLACK,
        "white": float((middle >= 1 - AT_END).mean()) > MOST_WHITE,
        "dark": median < DARKEST,
        "bright": median > BRIGHTEST,
    }
    return [doubt(key) for key, is_so in found.items() if is_so][:1]
