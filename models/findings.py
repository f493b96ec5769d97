"""What an expert can say about a chest film: the label vocabulary and the frozen records that carry a reading.

This is the lowest floor of the house: it imports nothing of ours, and everything above speaks in its terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray


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


class Abstention(StrEnum):
    """Why an expert keeps silent on a label that it was trained on."""

    AP_VIEW = "ap_view"
    NOT_FRONTAL = "not_frontal"
    ROTATED = "rotated"
    LUNGS_NOT_SEEN = "lungs_not_seen"
    CUT_OFF = "cut_off"
    CHILD = "child"


class Verdict(StrEnum):
    """Whether the experts may read an image: what is doubtful is read and marked, what is stopped is not read."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    DOUBTFUL = "doubtful"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate's verdict on one image, with its reasons as sentences; none for a pass.

    ``view`` is what the picture itself shows, whatever its tags say: "PA", "AP" or "LATERAL", None where it is unsure.
    """

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    view: str | None = None


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
class Measure:
    """A number taken from the film: its name ("cardiothoracic_ratio"), its value, and how far it errs.

    ``error`` is the mean absolute error on held-out films, as the card of the expert that measured it says.
    """

    name: str
    value: float
    error: float


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


def _nothing() -> Mapping[Label, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ExpertReading:
    """What one expert says about one image, for the labels it was trained on and no others.

    Every label of its card is in ``scores`` or in ``abstentions``. ``maps`` holds, where the network has them, the
    evidence for a label over the whole film: (rows, columns) of a coarse grid, in logits, whose mean is the score's.
    """

    expert: str
    version: str
    weights_sha256: str
    scores: Mapping[Label, Score]
    regions: Mapping[Label, Region] = field(default_factory=_nothing)
    measures: Mapping[Label, Measure] = field(default_factory=_nothing)
    abstentions: Mapping[Label, Abstention] = field(default_factory=_nothing)
    maps: Mapping[Label, NDArray[np.float32]] = field(default_factory=_nothing, compare=False, repr=False)


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
    """What all experts together say about one label, of an image or of a study.

    ``measure`` is the number behind it, where one was taken; ``abstentions`` are the reasons of experts that were
    asked and kept silent. ``doubt`` is the interval (low, high) of probability round the threshold within which the
    experts abstain; None of a finding that was stored before it was kept. A finding may be uncertain outside it, where
    experts contradict one another.
    """

    label: Label
    probability: float
    threshold: float
    uncertain: bool
    experts: tuple[ExpertOpinion, ...]
    region: Region | None = None
    measure: Measure | None = None
    abstentions: tuple[Abstention, ...] = ()
    doubt: tuple[float, float] | None = None

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


class Change(StrEnum):
    """A finding against the same finding of an earlier film."""

    NEW = "new"
    WORSE = "worse"
    UNCHANGED = "unchanged"
    BETTER = "better"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Compared:
    """One label on two films. ``change`` is None where either is in doubt, so that nothing can be said.

    ``difference`` is that of ``unit`` (a measure's name, or "probability"), now minus before; a difference within
    ``noise`` counts as none.
    """

    label: Label
    change: Change | None
    before: Finding
    now: Finding
    unit: str
    difference: float
    noise: float
