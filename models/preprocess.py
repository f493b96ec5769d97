"""A film of any size and range becomes what a family of networks expects, by the very rule it was trained with.

The order (shrink first, then find the percentiles on the small image) keeps the cost at one pass over the film, and
makes no full-resolution copy but a float32 one where the caller's array is something else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.base import ExpertCard, ExpertError, GrayImage

Planes = NDArray[np.float32]
"""A batch for a network: (images, 1, size, size) float32."""

FLAT = 1e-6
"""A film whose inner range is below this share of its largest value has no contrast to stretch."""

REDUCING_GAP = 3.0
"""From 3 on, Pillow's documentation calls the result close to indistinguishable from the exact filter."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How one family of networks wants its input, as its card states it.

    The film is squashed to ``size`` x ``size`` (as the NIH films were before publication), stretched so that the
    percentiles ``low`` and ``high`` fall on 0 and 1, clipped, then moved to ``(value - mean) / std``.
    """

    size: int = 224
    low: float = 0.5
    high: float = 99.5
    mean: float = 0.5
    std: float = 0.5


def rule_of(card: ExpertCard, beside: Collection[str] = ()) -> Preprocessing:
    """Return the rule that a card states under ``preprocessing``, less what is ``beside`` it there for another reader.

    Raises ExpertError when the card states none, or one of other names.
    """
    try:
        stated = card.details["preprocessing"]
        return Preprocessing(**{name: value for name, value in stated.items() if name not in beside})
    except (KeyError, TypeError, AttributeError) as error:
        raise ExpertError(f"The card of {card.name} does not say how to prepare a film: {error!r}.") from error


def shrink(image: GrayImage, size: int) -> GrayImage:
    """Antialiased (triangle filter) resize of (rows, columns), any numeric type, to (size, size) float32.

    Films more than ``REDUCING_GAP`` times too large are first averaged down by a whole number, which is several times
    faster.
    """
    film = Image.fromarray(np.ascontiguousarray(image, dtype=np.float32))
    return np.asarray(film.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=REDUCING_GAP))


def stretch(image: GrayImage, low: float, high: float) -> GrayImage:
    """Rescale so that the two percentiles fall on 0 and 1, and clip; a flat image becomes all zero."""
    floor, ceiling = np.percentile(image, (low, high))
    if ceiling - floor <= FLAT * max(abs(floor), abs(ceiling)):
        return np.zeros_like(image)
    return np.asarray(np.clip((image - np.float32(floor)) / np.float32(ceiling - floor), 0.0, 1.0))


def normalise(image: GrayImage, rule: Preprocessing) -> GrayImage:
    """Values in [0, 1] to the range that the network was trained on."""
    return (image - np.float32(rule.mean)) / np.float32(rule.std)


def network_input(image: GrayImage, rule: Preprocessing) -> Planes:
    """One film as a batch of one: (rows, columns) to (1, 1, size, size).

    Raises ValueError when the film holds values that are not finite: a network's ReLU would swallow them unseen.
    """
    small = shrink(image, rule.size)
    if not np.isfinite(small).all():
        raise ValueError("the film holds values that are not finite numbers")
    return normalise(stretch(small, rule.low, rule.high), rule)[np.newaxis, np.newaxis]
