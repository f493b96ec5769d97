"""What a text says, as records: claims about findings, and what else a sentence may have invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from models.findings import Change, Label, Polarity, Zone


class Certainty(StrEnum):
    """How sure the words are, surest first.

    A likely finding is present, or absent, with a hedge; what the film suggests, or a reader suspects, is present with
    more of one. A possible finding is uncertain, and so, though less, is one of two alternatives of which the words say
    that one is there ("atelectasis versus infiltrate").
    """

    CERTAIN = "certain"
    LIKELY = "likely"
    SUGGESTED = "suggested"
    ALTERNATIVE = "alternative"
    POSSIBLE = "possible"


class Status(StrEnum):
    """Whether a mention speaks of this film, of the past ("history of"), only asks, or says that nobody looked."""

    CURRENT = "current"
    PAST = "past"
    ASKED = "asked"
    NOT_ASSESSED = "not_assessed"


class Side(StrEnum):
    """The patient's side."""

    RIGHT = "right"
    LEFT = "left"
    BILATERAL = "bilateral"


class Height(StrEnum):
    """Third of the lung."""

    UPPER = "upper"
    MIDDLE = "middle"
    LOWER = "lower"


class Severity(StrEnum):
    """How much, from a border case to severe; sizes count too ("small" is mild, "large" is severe)."""

    BORDERLINE = "borderline"
    MINIMAL = "minimal"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class Acuity(StrEnum):
    """Acute or old."""

    ACUTE = "acute"
    CHRONIC = "chronic"


class RemarkKind(StrEnum):
    """What a sentence says besides findings."""

    PRIOR = "prior"
    RECOMMENDATION = "recommendation"
    MEASUREMENT = "measurement"
    DATE = "date"


class Section(StrEnum):
    """Part of a report."""

    INDICATION = "indication"
    TECHNIQUE = "technique"
    COMPARISON = "comparison"
    FINDINGS = "findings"
    IMPRESSION = "impression"
    RECOMMENDATION = "recommendation"
    ADDENDUM = "addendum"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """``text[start:end]`` of the text that was read."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the words at this place."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a sentence says of one observation.

    ``span`` holds the words that name it, ``cues`` those that turn it ("no", "cannot be excluded"). ``label`` is None
    for an observation beyond the vocabulary (scoliosis), which is a claim all the same; ``related`` are labels whose
    finding supports it too. Attributes that the text does not give are None.
    """

    span: Span
    observation: str
    label: Label | None
    polarity: Polarity
    certainty: Certainty = Certainty.CERTAIN
    status: Status = Status.CURRENT
    side: Side | None = None
    height: Height | None = None
    severity: Severity | None = None
    acuity: Acuity | None = None
    change: Change | None = None
    device: str | None = None
    related: tuple[Label, ...] = ()
    cues: tuple[Span, ...] = ()

    @property
    def zone(self) -> Zone | None:
        """Zone of the lungs, where the words give a side and a third, or both sides."""
        if self.side is Side.BILATERAL:
            return Zone.BILATERAL
        return Zone(f"{self.side}_{self.height}") if self.side and self.height else None

    @property
    def asserted(self) -> bool:
        """Whether the text says, or leaves open, that the film shows it."""
        return self.status is Status.CURRENT and self.polarity is not Polarity.ABSENT


@dataclass(frozen=True, slots=True)
class Remark:
    """A reference to an earlier film, a recommendation, a measurement or a date."""

    span: Span
    kind: RemarkKind


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a text, with all it claims; ``section`` is None outside any heading."""

    span: Span
    section: Section | None
    claims: tuple[Claim, ...] = ()
    remarks: tuple[Remark, ...] = ()


_STRENGTH: Mapping[Polarity, int] = MappingProxyType({Polarity.ABSENT: 0, Polarity.UNCERTAIN: 1, Polarity.PRESENT: 2})


def summary(sentences: tuple[Sentence, ...]) -> dict[Label, Polarity]:
    """Say what the text as a whole says of each label that it speaks of: present before uncertain before absent."""
    said: dict[Label, Polarity] = {}
    for claim in (claim for sentence in sentences for claim in sentence.claims if claim.status is Status.CURRENT):
        if claim.label is not None:
            known = said.get(claim.label, claim.polarity)
            said[claim.label] = max(known, claim.polarity, key=_STRENGTH.__getitem__)
    return said
