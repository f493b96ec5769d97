"""What an expert can say about a chest film: the label vocabulary and the frozen records that carry a reading.

This is the lowest floor of the house: it imports nothing of ours, and everything above speaks in its terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Label(StrEnum):
    """The union of the NIH-14, CheXpert-14 and torchxrayvision vocabularies, by stable id.

    A label that no active expert reads is absent from the findings, never zero.
    """

    ATELECTASIS = "atelectasis"
    CARDIOMEGALY = "cardiomegaly"
    CONSOLIDATION = "consolidation"
    EDEMA = "edema"
    EMPHYSEMA = "emphysema"
    ENLARGED_CARDIOMEDIASTINUM = "enlarged_cardiomediastinum"
    FIBROSIS = "fibrosis"
    FRACTURE = "fracture"
    HERNIA = "hernia"
    INFILTRATION = "infiltration"
    LUNG_LESION = "lung_lesion"
    LUNG_OPACITY = "lung_opacity"
    MASS = "mass"
    NODULE = "nodule"
    PLEURAL_EFFUSION = "pleural_effusion"
    PLEURAL_THICKENING = "pleural_thickening"
    PNEUMONIA = "pneumonia"
    PNEUMOTHORAX = "pneumothorax"
    SUPPORT_DEVICES = "support_devices"
    NO_FINDING = "no_finding"


class Grade(StrEnum):
    """ChatCAD's four grades of a probability (Wang et al. 2023): cut at 0.2, 0.5 and 0.9, lower bound included."""

    ABSENT = "absent"
    SLIGHT = "slight"
    LIKELY = "likely"
    DEFINITE = "definite"

    @classmethod
    def of(cls, probability: float) -> Grade:
        """Grade of a calibrated probability in [0, 1]."""
        if probability >= 0.9:  # noqa: PLR2004 - ChatCAD's published bands
            return cls.DEFINITE
        if probability >= 0.5:  # noqa: PLR2004
            return cls.LIKELY
        return cls.SLIGHT if probability >= 0.2 else cls.ABSENT  # noqa: PLR2004


class Polarity(StrEnum):
    """What the experts together say of a label."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"


class Zone(StrEnum):
    """Where in the lungs, by the *patient's* side (the film's left is the patient's right) and height."""

    RIGHT_UPPER = "right_upper"
    RIGHT_MIDDLE = "right_middle"
    RIGHT_LOWER = "right_lower"
    LEFT_UPPER = "left_upper"
    LEFT_MIDDLE = "left_middle"
    LEFT_LOWER = "left_lower"
    BILATERAL = "bilateral"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in image pixels, origin top left: ``x0 <= x1`` along columns, ``y0 <= y1`` along rows."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Region:
    """Where a finding lies: a zone in words, a box in pixels; either may be unknown."""

    zone: Zone | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One expert's word on one label.

    ``raw`` is what the network put out (a sigmoid value in [0, 1], not a probability); ``probability`` is its
    calibrated value; ``threshold`` and ``doubt`` are on the scale of ``probability``: within ``doubt`` (an interval,
    low and high, that holds the threshold) the expert abstains.
    """

    raw: float
    probability: float
    threshold: float
    doubt: tuple[float, float]


@dataclass(frozen=True, slots=True)
class ExpertReading:
    """What one expert says about one image, for the labels it was trained on and no others."""

    expert: str
    version: str
    weights_sha256: str
    scores: Mapping[Label, Score]
    regions: Mapping[Label, Region] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class ExpertOpinion:
    """One expert's contribution to a finding, as provenance."""

    expert: str
    version: str
    weights_sha256: str
    raw: float
    probability: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What all experts together say about one label, of an image or of a study."""

    label: Label
    probability: float
    threshold: float
    uncertain: bool
    experts: tuple[ExpertOpinion, ...]
    region: Region | None = None

    @property
    def grade(self) -> Grade:
        """ChatCAD's grade of the calibrated probability."""
        return Grade.of(self.probability)

    @property
    def polarity(self) -> Polarity:
        """Present at or above the threshold, absent below it, uncertain where the experts abstain."""
        if self.uncertain:
            return Polarity.UNCERTAIN
        return Polarity.PRESENT if self.probability >= self.threshold else Polarity.ABSENT
