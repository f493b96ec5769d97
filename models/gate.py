"""May the experts read this image at all? So far only what needs no knowledge of chests: size and contrast."""

from __future__ import annotations

import numpy as np

from models.anatomy import Anatomy
from models.base import Film, GrayImage
from models.findings import Gate, Verdict
from models.preprocess import shrink

SMALLEST_SIDE = 64
"""Pixels; below, not even the lungs can be told apart."""

SHARP_SIDE = 224
"""Pixels; below, the networks are shown an enlarged image: read, but marked."""

PROBE_SIDE = 64
INNER = (2.0, 98.0)
LEAST_SPREAD = 0.01
"""Of the whole range, between the inner percentiles: 2.5 grey levels of 256. The flattest of 2,752 films has 0.15."""


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
    low, high = float(image.min(initial=np.inf)), float(image.max(initial=-np.inf))
    if not np.isfinite((low, high)).all():
        return "The image holds no pixels, or values that are not numbers."
    if high <= low:
        return "The image is constant: every pixel has the same value."
    inner = np.percentile(shrink(image, PROBE_SIDE), INNER)
    if inner[1] - inner[0] < LEAST_SPREAD * (high - low):
        return "The image is almost constant: it shows no anatomy."
    return None
