"""The port that every expert network implements, and the card that says what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.findings import ExpertReading, Label

GrayImage = NDArray[np.float32]
"""One film as (rows, columns) float32, bright is dense (MONOCHROME2), display window applied where the file has one.

The range is free: every expert rescales by its own rule (``models.preprocess``).
"""


class ExpertError(Exception):
    """An expert cannot be built or cannot read: its weights are missing or wrong, its runtime failed."""


@dataclass(frozen=True, slots=True)
class ExpertCard:
    """What an expert is, on what it was trained, how well it does: the whole card, as ``cxr experts card`` prints it.

    ``details`` holds the rest of the card's JSON (training data, split, metrics with intervals, limits).
    """

    name: str
    version: str
    labels: tuple[Label, ...]
    weights_sha256: str
    licence: str
    details: dict[str, Any]


class Expert(Protocol):
    """Reads chest films. Thread-safe; ``read`` blocks for the length of the inference."""

    @property
    def card(self) -> ExpertCard:
        """What this expert is."""
        ...

    def read(self, images: Sequence[GrayImage]) -> list[ExpertReading]:
        """Read a batch: one reading an image, in order. Raises ExpertError when the network fails."""
        ...
