"""Several readings become one, per label: of one image by several experts, of one study from several images.

The rules:

- A label's probability is the weighted mean of the calibrated probabilities of the experts that read it; threshold and
  interval of doubt are weighted means of theirs. The weights are the evidence of the experts' cards for this very
  label (``models.evidence``), equal where none is given. Each expert counts once however many images it saw. Nobody
  reads it: it is absent, never zero.
- It is uncertain when the mean falls into the mean interval of doubt, or when the readings contradict each other: those
  outside their own doubt that say present and those that say absent each hold at least DISSENT of the weight. A
  reading inside its own doubt contradicts nobody.
- An expert that was asked and kept silent has no part in the mean; its reason stays with the finding, unless it spoke
  on another image of the same study. The measure is the mean of the measured ones.
- In a study the frontal films speak, of these the ones that the gate let pass without doubt. Laterals and obliques
  count only when there is nothing else, and then everything is uncertain: the experts were trained on frontal films.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from models.evidence import UNMEASURED, Evidence
from models.findings import Abstention, ExpertOpinion, ExpertReading, Finding, Label, Measure, Region, Score

NOT_FRONTAL = frozenset({"LL", "RL", "LLO", "RLO", "LATERAL"})
"""View positions of films taken from the side or at an angle: DICOM's (PS3.3 C.8.1.1) and the word some write."""

DISSENT = 0.2
"""Share of the weight that makes a contradiction: one expert of five that weigh the same is heard."""


@dataclass(frozen=True, slots=True)
class ReadImage:
    """One image of a study as its experts read it.

    ``view`` is the DICOM view position, None or "" where unknown; ``shown`` is what the gate saw in the picture itself,
    and is believed over the tag. ``doubtful`` is the gate's mark.
    """

    readings: tuple[ExpertReading, ...]
    view: str | None = None
    shown: str | None = None
    doubtful: bool = False

    @property
    def frontal(self) -> bool:
        """Whether the film counts as frontal: everything but what is seen or stated to be lateral or oblique."""
        return (self.shown or self.view or "").strip().upper() not in NOT_FRONTAL


def combine(readings: Sequence[ExpertReading], evidence: Evidence | None = None) -> tuple[Finding, ...]:
    """One finding for each label that any reading scores, in the order of the vocabulary."""
    found = {label for reading in readings for label in reading.scores}
    return tuple(_finding(label, readings, evidence) for label in Label if label in found)


def combine_study(images: Sequence[ReadImage], evidence: Evidence | None = None) -> tuple[Finding, ...]:
    """One reading of a study from those of its images; empty when no image was read."""
    frontal, chosen = _chosen(images)
    found = combine([reading for image in chosen for reading in image.readings], evidence)
    return found if frontal else tuple(replace(finding, uncertain=True) for finding in found)


def silent(readings: Sequence[ExpertReading]) -> dict[Label, tuple[Abstention, ...]]:
    """Labels on which every expert that was asked kept silent, in the order of the vocabulary, with the reasons."""
    scored = {label for reading in readings for label in reading.scores}
    asked = {label for reading in readings for label in reading.abstentions}
    return {label: _abstentions(label, readings) for label in Label if label in asked - scored}


def silent_study(images: Sequence[ReadImage]) -> dict[Label, tuple[Abstention, ...]]:
    """Return what ``silent`` says of the images that speak for the study."""
    _, chosen = _chosen(images)
    return silent([reading for image in chosen for reading in image.readings])


@dataclass(frozen=True, slots=True)
class _Voice:
    """One expert on one label: its readings that score it, their mean, and the weight of its word."""

    readings: tuple[ExpertReading, ...]
    score: Score
    weight: float


def _chosen(images: Sequence[ReadImage]) -> tuple[bool, Sequence[ReadImage]]:
    """Whether there is a frontal film, and the images that speak for the study."""
    frontal = [image for image in images if image.frontal]
    clear = [image for image in frontal if not image.doubtful]
    return bool(frontal), clear or frontal or images


def _finding(label: Label, readings: Sequence[ExpertReading], evidence: Evidence | None) -> Finding:
    readers = [reading for reading in readings if label in reading.scores]
    voices = _voices(label, readers, evidence)
    whole = _mean([voice.score for voice in voices], [voice.weight for voice in voices])
    return Finding(
        label=label,
        probability=whole.probability,
        threshold=whole.threshold,
        uncertain=_doubted(whole) or _contradicted(label, voices),
        experts=tuple(_opinion(voice) for voice in voices),
        region=_region(label, readers),
        measure=_measure([reading.measures[label] for reading in readings if label in reading.measures]),
        abstentions=_abstentions(label, readings),
        doubt=whole.doubt,
    )


def _voices(label: Label, readers: Sequence[ExpertReading], evidence: Evidence | None) -> list[_Voice]:
    by_expert: dict[tuple[str, str], list[ExpertReading]] = {}
    for reading in readers:
        by_expert.setdefault((reading.expert, reading.version), []).append(reading)
    return [
        _Voice(tuple(group), _mean([reading.scores[label] for reading in group]), _weight(name, label, evidence))
        for (name, _), group in by_expert.items()
    ]


def _weight(expert: str, label: Label, evidence: Evidence | None) -> float:
    return 1.0 if evidence is None else evidence.get(expert, {}).get(label, UNMEASURED)


def _mean(scores: Sequence[Score], weights: Sequence[float] | None = None) -> Score:
    if len(scores) == 1:
        return scores[0]

    def mean(part: Callable[[Score], float]) -> float:
        return fmean(map(part, scores), weights)

    return Score(
        raw=mean(lambda score: score.raw),
        probability=mean(lambda score: score.probability),
        threshold=mean(lambda score: score.threshold),
        doubt=(mean(lambda score: score.doubt[0]), mean(lambda score: score.doubt[1])),
    )


def _opinion(voice: _Voice) -> ExpertOpinion:
    reading = voice.readings[0]
    return ExpertOpinion(
        reading.expert, reading.version, reading.weights_sha256, voice.score.raw, voice.score.probability
    )


def _doubted(score: Score) -> bool:
    """Inside the open interval of doubt: an interval of no width doubts nothing."""
    low, high = score.doubt
    return low < score.probability < high


def _contradicted(label: Label, voices: Sequence[_Voice]) -> bool:
    """Whether both sides hold enough of the weight; an expert's weight is shared by its readings of several images."""
    sides = {True: 0.0, False: 0.0}
    for voice in voices:
        for score in (reading.scores[label] for reading in voice.readings):
            if not _doubted(score):
                sides[score.probability >= score.threshold] += voice.weight / len(voice.readings)
    return min(sides.values()) >= DISSENT * sum(voice.weight for voice in voices)


def _abstentions(label: Label, readings: Sequence[ExpertReading]) -> tuple[Abstention, ...]:
    """Reasons of the experts that scored the label on no image, each once."""
    spoke = {reading.expert for reading in readings if label in reading.scores}
    silent_ones = (reading for reading in readings if label in reading.abstentions and reading.expert not in spoke)
    return tuple(dict.fromkeys(reading.abstentions[label] for reading in silent_ones))


def _measure(measures: Sequence[Measure]) -> Measure | None:
    """Mean of the same quantity over the images, as uncertain as the worst of them; other quantities are left out."""
    if not measures:
        return None
    alike = [measure for measure in measures if measure.name == measures[0].name]
    return replace(
        alike[0],
        value=fmean(measure.value for measure in alike),
        error=max(measure.error for measure in alike),
    )


def _region(label: Label, readers: Sequence[ExpertReading]) -> Region | None:
    """Where the reading that is surest of the label, among those that say where, puts it."""
    located = [reading for reading in readers if label in reading.regions]
    if not located:
        return None
    return max(located, key=lambda reading: reading.scores[label].probability).regions[label]
