"""Several readings become one, per label: of one image by several experts, of one study from several images.

The rules:

- A label's probability is the mean of the calibrated probabilities of the experts that read it, each expert counting
  once however many images it saw; its threshold is the mean of theirs. Nobody reads it: it is absent, never zero.
- It is uncertain when the mean falls into the mean interval of doubt, or when two readings contradict each other: one
  present, one absent, both outside their own doubt. A reading inside its own doubt abstains and contradicts nobody.
- In a study the frontal films speak. Laterals and obliques count only when there is nothing else, and then
  everything is uncertain: the experts were trained on frontal films.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from models.findings import ExpertOpinion, ExpertReading, Finding, Label, Region, Score

NOT_FRONTAL = frozenset({"LL", "RL", "LLO", "RLO", "LATERAL"})
"""View positions of films taken from the side or at an angle: DICOM's (PS3.3 C.8.1.1) and the word some write."""


@dataclass(frozen=True, slots=True)
class ReadImage:
    """One image of a study as its experts read it; ``view`` is the DICOM view position, None or "" where unknown."""

    readings: tuple[ExpertReading, ...]
    view: str | None = None

    @property
    def frontal(self) -> bool:
        """Whether the film counts as frontal: everything but a stated lateral or oblique."""
        return (self.view or "").strip().upper() not in NOT_FRONTAL


def combine(readings: Sequence[ExpertReading]) -> tuple[Finding, ...]:
    """One finding for each label that any reading holds, in the order of the vocabulary."""
    found = {label for reading in readings for label in reading.scores}
    return tuple(_finding(label, readings) for label in Label if label in found)


def combine_study(images: Sequence[ReadImage]) -> tuple[Finding, ...]:
    """One reading of a study from those of its images; empty when no image was read."""
    frontal = [image for image in images if image.frontal]
    chosen = combine([reading for image in frontal or images for reading in image.readings])
    return chosen if frontal else tuple(replace(finding, uncertain=True) for finding in chosen)


def _finding(label: Label, readings: Sequence[ExpertReading]) -> Finding:
    readers = [reading for reading in readings if label in reading.scores]
    by_expert: dict[tuple[str, str], list[ExpertReading]] = {}
    for reading in readers:
        by_expert.setdefault((reading.expert, reading.version), []).append(reading)
    merged = [_mean([reading.scores[label] for reading in group]) for group in by_expert.values()]
    whole = _mean(merged)
    opinions = (_opinion(group[0], score) for group, score in zip(by_expert.values(), merged, strict=True))
    return Finding(
        label=label,
        probability=whole.probability,
        threshold=whole.threshold,
        uncertain=_doubted(whole) or _contradicted(reading.scores[label] for reading in readers),
        experts=tuple(opinions),
        region=_region(label, readers),
    )


def _mean(scores: Sequence[Score]) -> Score:
    return Score(
        raw=fmean(score.raw for score in scores),
        probability=fmean(score.probability for score in scores),
        threshold=fmean(score.threshold for score in scores),
        doubt=(fmean(score.doubt[0] for score in scores), fmean(score.doubt[1] for score in scores)),
    )


def _opinion(reading: ExpertReading, score: Score) -> ExpertOpinion:
    return ExpertOpinion(reading.expert, reading.version, reading.weights_sha256, score.raw, score.probability)


def _doubted(score: Score) -> bool:
    """Inside the open interval of doubt: an interval of no width doubts nothing."""
    low, high = score.doubt
    return low < score.probability < high


def _contradicted(scores: Iterable[Score]) -> bool:
    return len({score.probability >= score.threshold for score in scores if not _doubted(score)}) > 1


def _region(label: Label, readers: Sequence[ExpertReading]) -> Region | None:
    """Where the reading that is surest of the label, among those that say where, puts it."""
    located = [reading for reading in readers if label in reading.regions]
    if not located:
        return None
    return max(located, key=lambda reading: reading.scores[label].probability).regions[label]
