"""The port that every expert network implements, and the card that says what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.anatomy import Anatomy
from models.findings import ExpertReading, Gate, Label

GrayImage = NDArray[np.float32]
"""One film as (rows, columns) float32, bright is dense (MONOCHROME2), display window applied where the file has one.

The range is free: every expert rescales by its own rule (``models.preprocess``).
"""


class ExpertError(Exception):
    """An expert cannot be built or cannot read: its weights are missing or wrong, its runtime failed."""


class ExpertBusy(ExpertError):  # noqa: N818 - named by what happens next: ask again after ``retry_after_s`` seconds
    """Too many films wait for the network already."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Film:
    """One film and what its file says of it, which may be wrong: the DICOM view position and the patient's age."""

    pixels: GrayImage
    view: str | None = None
    age_years: float | None = None


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


class Segmenter(Protocol):
    """Finds lungs and heart. Thread-safe; ``segment`` blocks for the length of the inference."""

    @property
    def card(self) -> ExpertCard:
        """What this network is."""
        ...

    def segment(self, images: Sequence[GrayImage]) -> list[Anatomy]:
        """Find the organs of a batch, in order. Raises ExpertError when the network fails."""
        ...

    def reading(self, anatomy: Anatomy, film: Film, seen: str | None = None) -> ExpertReading:
        """Say what the organs' sizes tell, or why they tell nothing; ``seen`` is the view that the picture shows."""
        ...


class Gatekeeper(Protocol):
    """Says which images the experts may read. Thread-safe."""

    def check(self, film: Film, anatomy: Anatomy | None) -> Gate:
        """Judge one film; ``anatomy`` is None where no segmenter is active or the film was too small for it."""
        ...
