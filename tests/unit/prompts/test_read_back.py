"""What the narrator says in English, the labeler reads back: on 10,000 sets of findings the same claims, no others."""

from __future__ import annotations

import random
from functools import cache

import pytest

from models.findings import Finding, Label, Polarity, Region, Zone
from prompts.audience import Audience
from prompts.facts import StudyFacts
from prompts.lexicons import load
from prompts.narrate import narrate
from prompts.statement import Statement
from service.verification.claims import Certainty, Status
from service.verification.labeler import read

Said = dict[Label | str, set[tuple[Polarity, Zone | None]]]


def random_findings(rng: random.Random) -> tuple[Finding, ...]:
    share = rng.choice([0.1, 0.3, 0.6, 1.0])
    labels = [label for label in Label if label is not Label.NO_FINDING and rng.random() < share]
    return tuple(random_finding(label, rng) for label in labels)


def random_finding(label: Label, rng: random.Random) -> Finding:
    region = Region(zone=rng.choice(list(Zone))) if rng.random() < 0.8 else None
    threshold = rng.choice([0.05, 0.2, 0.5, 0.7])
    return Finding(label, rng.random(), threshold, rng.random() < 0.25, (), region)


def expected(findings: tuple[Finding, ...], section: str) -> Said:
    lexicon = load("en")
    told = [one for one in findings if section == "findings" or one.polarity is not Polarity.ABSENT]
    return {one.label: {(one.polarity, None if one.polarity is Polarity.ABSENT else lexicon.zone(one))} for one in told}


@cache
def claims(text: str) -> tuple[tuple[Label | str, Polarity, Zone | None], ...]:
    """Read one sentence, once: a narrator repeats itself from report to report."""
    found = [claim for sentence in read(text) for claim in sentence.claims]
    assert all(claim.status is Status.CURRENT for claim in found)
    return tuple((claim.label or claim.observation, claim.polarity, claim.zone) for claim in found)


def heard(statements: tuple[Statement, ...]) -> Said:
    said: Said = {}
    for name, polarity, zone in (claim for one in statements for claim in claims(one.text)):
        said.setdefault(name, set()).add((polarity, zone))
    return said


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("seed", range(10))
def test_claims_equal_findings(seed: int, audience: Audience) -> None:
    rng = random.Random(seed)  # noqa: S311 - test cases, no secrets
    for _ in range(1000):
        findings = random_findings(rng)
        report = narrate(StudyFacts(findings, views=("PA",)), audience)
        for section in ("findings", "impression"):
            assert heard(report.sentences[section]) == expected(findings, section), getattr(report, section)


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("label", [label for label in Label if label is not Label.NO_FINDING])
def test_doubt_is_heard_where_there_is_some_and_nowhere_else(label: Label, audience: Audience) -> None:
    for probability, uncertain in ((0.95, False), (0.55, True), (0.45, True), (0.1, False)):
        facts = StudyFacts((Finding(label, probability, 0.5, uncertain, ()),), views=("PA",))
        (statement,) = narrate(facts, audience).sentences["findings"]
        certainties = {claim.certainty for one in read(statement.text) for claim in one.claims}
        assert certainties == {Certainty.POSSIBLE if uncertain else Certainty.CERTAIN}
