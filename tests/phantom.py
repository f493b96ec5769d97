"""A drawn chest film, for tests where no real one may be: torso, two lungs, heart, spine, ribs, in plain numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float64]

AIR, SOFT, LUNG, HEART, BONE = 0.02, 0.62, 0.22, 0.80, 0.18
"""Brightness of the parts on a scale of 0 to 1 (MONOCHROME2: dense is bright); BONE is added to what it crosses."""


def draw_phantom(
    rows: int = 512,
    columns: int = 512,
    *,
    heart_width: float = 0.45,
    bits: int = 12,
    noise: float = 0.01,
    seed: int = 0,
) -> NDArray[np.uint16]:
    """Frontal film (rows, columns), values in ``bits`` bits, the same for the same arguments.

    ``heart_width`` is the cardiothoracic ratio: the heart's width as a share of the chest's inner width, which is 0.76
    of the film. The heart reaches further to the patient's left, the right of the film.
    """
    y, x = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    film = np.full((rows, columns), AIR)
    film = _paint(film, _ellipse(x, y, (0.5, 0.62), (0.47, 0.62), soft=0.02), SOFT)
    for centre in (0.3, 0.7):
        film = _paint(film, _ellipse(x, y, (centre, 0.45), (0.18, 0.33), soft=0.03), LUNG)
    film += BONE * _ribs(x, y) + BONE * _band(x, 0.5, 0.035)
    half = 0.76 * heart_width / 2
    film = _paint(film, _ellipse(x, y, (0.5 + 0.25 * half, 0.63), (half, 0.16), soft=0.05), HEART)
    film += noise * np.random.default_rng(seed).standard_normal(film.shape)
    return np.asarray(np.clip(film, 0, 1) * (2**bits - 1)).round().astype(np.uint16)


def _ellipse(x: Plane, y: Plane, centre: tuple[float, float], radii: tuple[float, float], *, soft: float) -> Plane:
    """1 inside, 0 outside, with an edge as wide as ``soft`` times the radius."""
    distance = np.hypot((x - centre[0]) / radii[0], (y - centre[1]) / radii[1])
    return np.asarray(np.clip((1 - distance) / soft + 0.5, 0, 1))


def _paint(film: Plane, mask: Plane, value: float) -> Plane:
    return film * (1 - mask) + value * mask


def _band(x: Plane, centre: float, width: float) -> Plane:
    return np.asarray(np.exp(-(((x - centre) / width) ** 2)))


def _ribs(x: Plane, y: Plane) -> Plane:
    """Eight pairs of arcs, lower towards the side walls."""
    sag = 0.35 * (x - 0.5) ** 2
    inside = _ellipse(x, y, (0.5, 0.47), (0.4, 0.4), soft=0.1)
    return inside * sum(_band(y - sag, 0.12 + 0.085 * rib, 0.012) for rib in range(8))
