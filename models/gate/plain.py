"""What needs no knowledge of chests: size, contrast, values that are numbers."""

from __future__ import annotations

import math

import numpy as np

from models.anatomy import Anatomy
from models.base import Film, GrayImage
from models.findings import Gate, Verdict
from models.preprocess import shrink

SMALLEST_SIDE = 64
"""Pixels; below, not even the lungs can be told apart."""

SHARP_SIDE = 224
"""Pixels; below, the networks are shown an enlarged image: read, but marked."""

THIN = 384
"""Pixels of the shorter side down to which whole rows and columns are left out before the antialiased shrink."""

PROBE_SIDE = 64
INNER = (2.0, 98.0)
LEAST_SPREAD = 0.01
"""Of the whole range, between the inner percentiles: 2.5 grey levels of 256. The flattest of 2,752 films has 0.15."""


def thinned(image: GrayImage) -> GrayImage:
    """Return every n-th row and column, so that at least THIN remain: shrinking all of them takes ten times longer."""
    step = max(1, min(image.shape) // THIN)
    return image[::step, ::step]


class SizeAndContrast:
    """The gate that needs no knowledge of chests."""

    def check(self, film: Film, anatomy: Anatomy | None) -> Gate:  # noqa: ARG002 - the port's signature
        """Judge one film by its pixels alone."""
        return check(film.pixels)


def check(image: GrayImage) -> Gate:
    """Judge one film, (rows, columns). What is doubtful is read and marked, what is stopped is not read."""
    stops = tuple(reason for reason in (_too_small(image), _unreadable(image)) if reason)
    if stops:
        return Gate(Verdict.STOP, stops)
    doubts = tuple(reason for reason in (_small(image),) if reason)
    return Gate(Verdict.DOUBTFUL if doubts else Verdict.PASS, doubts)


def _size(image: GrayImage) -> str:
    return f"{image.shape[1]} x {image.shape[0]} pixels"


def _too_small(image: GrayImage) -> str | None:
    if min(image.shape) >= SMALLEST_SIDE:
        return None
    return f"The image is too small to be read: {_size(image)}, at least {SMALLEST_SIDE} on each side are needed."


def _small(image: GrayImage) -> str | None:
    if min(image.shape) >= SHARP_SIDE:
        return None
    return f"The image is small ({_size(image)}): fine detail such as a nodule or a pneumothorax may be lost."


def _unreadable(image: GrayImage) -> str | None:
    if not image.size or not _finite(image):
        return "The image holds no pixels, or values that are not numbers."
    thin = thinned(image)
    low, high = float(thin.min()), float(thin.max())
    if high <= low and image.min() == image.max():
        return "The image is constant: every pixel has the same value."
    inner = np.percentile(shrink(thin, PROBE_SIDE), INNER)
    if inner[1] - inner[0] <= LEAST_SPREAD * (high - low):
        return "The image is almost constant: it shows no anatomy."
    return None


def _finite(image: GrayImage) -> bool:
    """Whether all values are numbers: in one pass, for their sum is one only if they are, unless it overflows."""
    with np.errstate(invalid="ignore", over="ignore"):
        total = float(image.sum())
    return math.isfinite(total) or bool(np.isfinite(image).all())
