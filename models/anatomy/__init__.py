"""Lungs and heart of a frontal film, and what can be measured on them. Pure numpy; the network is an expert.

Lengths are compared in the film's own pixels, never on the squashed grid; sides are the *patient's*, except where a
docstring says the film's. Nothing here raises on empty masks: a measure of an organ that is not there is None or 0.
"""

from models.anatomy.grid import GRID, Extent, Mask, extent
from models.anatomy.pieces import components, solid
from models.anatomy.places import box_of, lung_share, mask_of, zone_of
from models.anatomy.pose import Edge, Plausibility, asymmetry, cut_off, plausibility, tilt
from models.anatomy.ratio import heart_share, invalid
from models.anatomy.record import Anatomy

__all__ = [
    "GRID",
    "Anatomy",
    "Edge",
    "Extent",
    "Mask",
    "Plausibility",
    "asymmetry",
    "box_of",
    "components",
    "cut_off",
    "extent",
    "heart_share",
    "invalid",
    "lung_share",
    "mask_of",
    "plausibility",
    "solid",
    "tilt",
    "zone_of",
]
