"""Findings for the tests of the words, drawn or by hand, and an independent reading of a text's claims."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from models.findings import ExpertOpinion, Finding, Label, Polarity, Region, Zone

NAMES = {
    Label.ATELECTASIS: "atelectasis",
    Label.CARDIOMEGALY: "cardiomegaly",
    Label.CONSOLIDATION: "consolidation",
    Label.EDEMA: "pulmonary edema",
    Label.EMPHYSEMA: "emphysema",
    Label.ENLARGED_CARDIOMEDIASTINUM: "widening of the cardiomediastinal silhouette",
    Label.FIBROSIS: "pulmonary fibrosis",
    Label.FRACTURE: "fractures?",
    Label.HERNIA: "hernia",
    Label.INFILTRATION: "infiltrates?",
    Label.LUNG_LESION: "lung lesions?",
    Label.LUNG_OPACITY: "lung opacit(?:y|ies)",
    Label.MASS: "mass(?:es)?",
    Label.NODULE: "nodules?",
    Label.PLEURAL_EFFUSION: "pleural effusions?",
    Label.PLEURAL_THICKENING: "pleural thickening",
    Label.PNEUMONIA: "pneumonia",
    Label.PNEUMOTHORAX: "pneumothora(?:x|ces)",
    Label.SUPPORT_DEVICES: "support devices",
}
LABELS = tuple(NAMES)
_ABSENT = re.compile(r"\bno (?:convincing |definite )?(?:evidence|sign)\b|^No .* seen\.$")
_UNCERTAIN = re.compile(r"may be present|cannot be excluded|^Possible ")


def finding(
    label: Label | str, probability: float, threshold: float = 0.5, *, uncertain: bool = False, zone: Zone | None = None
) -> Finding:
    """A finding of one expert."""
    opinions = (ExpertOpinion("embedded", "1.0", "0" * 64, probability, probability),)
    return Finding(Label(label), probability, threshold, uncertain, opinions, Region(zone) if zone else None)


def claims(text: str) -> dict[Label, Polarity]:
    """What a text claims, read by the tests' own names and not by the lexicon."""
    found: dict[Label, Polarity] = {}
    for line in re.split(r"(?<=\.)\s+", re.sub(r"(?m)^\d+\. ", "", text)):
        named = [label for label, name in NAMES.items() if re.search(rf"\b{name}\b", line, re.IGNORECASE)]
        found |= dict.fromkeys(named, _polarity(line))
    return found


def expected(findings: tuple[Finding, ...]) -> dict[Label, Polarity]:
    """What a text about these findings must claim, no more and no less."""
    return {found.label: found.polarity for found in findings}


def _polarity(line: str) -> Polarity:
    if _ABSENT.search(line):
        return Polarity.ABSENT
    return Polarity.UNCERTAIN if _UNCERTAIN.search(line) else Polarity.PRESENT


@st.composite
def a_finding(draw: st.DrawFn, label: Label) -> Finding:
    """Any finding of a label: probability and threshold in (0, 1), perhaps in doubt, perhaps with a zone."""
    chance = st.floats(0.01, 0.99)
    return finding(
        label,
        draw(chance),
        draw(chance),
        uncertain=draw(st.booleans()),
        zone=draw(st.none() | st.sampled_from(Zone)),
    )


@st.composite
def some_findings(draw: st.DrawFn, *, at_least: int = 0) -> tuple[Finding, ...]:
    """Findings of any set of labels, each at most once, in any order."""
    labels = draw(st.lists(st.sampled_from(LABELS), unique=True, min_size=at_least))
    return tuple(draw(a_finding(label)) for label in labels)
