"""What the narrator writes, the labeler reads back: the same labels, polarities and zones, and nothing else."""

from __future__ import annotations

import random

import pytest

from models.findings import Finding, Label, Polarity, Region, Zone
from prompts import lexicons
from prompts.facts import StudyFacts
from prompts.narrate import narrate
from service.verification.labeler import read

Said = dict[Label | str, set[tuple[Polarity, Zone | None]]]


def random_findings(seed: int) -> tuple[Finding, ...]:
    rng = random.Random(seed)  # noqa: S311 - test cases, no secrets
    return tuple(
        Finding(
            label=label,
            probability=rng.random(),
            threshold=rng.choice([0.05, 0.2, 0.5, 0.7]),
            uncertain=rng.random() < 0.25,
            experts=(),
            region=Region(zone=rng.choice(list(Zone))) if rng.random() < 0.8 else None,
        )
        for label in Label
        if label is not Label.NO_FINDING and rng.random() < 0.6
    )


def expected(findings: tuple[Finding, ...], section: str) -> Said:
    lexicon = lexicons.load("en")
    told = [f for f in findings if section == "findings" or f.polarity is not Polarity.ABSENT]
    return {f.label: {(f.polarity, None if f.polarity is Polarity.ABSENT else lexicon.zone(f))} for f in told}


def heard(text: str) -> Said:
    said: Said = {}
    for claim in (claim for sentence in read(text) for claim in sentence.claims):
        said.setdefault(claim.label or claim.observation, set()).add((claim.polarity, claim.zone))
    return said


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_claims_equal_findings(first: int) -> None:
    for seed in range(first, first + 50):
        findings = random_findings(seed)
        if not findings:
            continue
        report = narrate(StudyFacts(findings=findings, views=("PA",)))
        for section, text in (("findings", report.findings), ("impression", report.impression)):
            assert heard(text) == expected(findings, section), (seed, text)
