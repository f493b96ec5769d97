"""What the guard says of sentences that somebody wrote to get past it, and of honest ones that look like them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.findings import Change, Compared, Finding, Label, Measure, Region, Zone
from prompts.facts import Passage, StudyFacts
from service.domain.verification import Standing
from service.verification.grounds import Grounds
from service.verification.guard import check

DATA: dict[str, Any] = tomllib.loads((Path(__file__).parents[2] / "data" / "guard_adversarial.toml").read_text("utf-8"))


def found(label: Label, probability: float, zone: Zone | None = None, *, doubt: bool = False) -> Finding:
    return Finding(label, probability, 0.5, doubt, (), Region(zone) if zone else None)


def absent(*labels: Label) -> tuple[Finding, ...]:
    return tuple(found(label, 0.03) for label in labels)


HEART = replace(found(Label.CARDIOMEGALY, 0.9), measure=Measure("cardiothoracic_ratio", 0.56, 0.019))
EFFUSION = found(Label.PLEURAL_EFFUSION, 0.8, Zone.LEFT_LOWER)
PNEUMONIA = found(Label.PNEUMONIA, 0.48, doubt=True)
NO_AIR = found(Label.PNEUMOTHORAX, 0.03)
LUNGS = (Label.CONSOLIDATION, Label.ATELECTASIS, Label.EDEMA, Label.INFILTRATION, Label.NODULE, Label.MASS)
OTHERS = (Label.EMPHYSEMA, Label.FIBROSIS, Label.HERNIA, Label.PLEURAL_THICKENING)
CORE = (Label.CARDIOMEGALY, Label.PLEURAL_EFFUSION, Label.PNEUMONIA, Label.PNEUMOTHORAX)

MIXED = StudyFacts((HEART, EFFUSION, PNEUMONIA, NO_AIR, *absent(*LUNGS)), views=("PA",), indication="cough and fever")
CLEAR = StudyFacts(absent(*CORE, *LUNGS, *OTHERS), views=("PA",))
ILL = StudyFacts(
    (
        found(Label.SUPPORT_DEVICES, 0.97),
        found(Label.PNEUMOTHORAX, 0.93, Zone.RIGHT_UPPER),
        found(Label.MASS, 0.88, Zone.RIGHT_UPPER),
        found(Label.NODULE, 0.9, Zone.LEFT_MIDDLE),
        found(Label.FIBROSIS, 0.85),
        found(Label.ENLARGED_CARDIOMEDIASTINUM, 0.8),
        found(Label.FRACTURE, 0.9),
        found(Label.EDEMA, 0.46, doubt=True),
        *absent(Label.CARDIOMEGALY, Label.PLEURAL_EFFUSION, Label.CONSOLIDATION),
    ),
    views=("AP",),
    indication="Known COVID. History of lupus, smoker. There is a large left effusion. Evaluate for pneumothorax.",
)


def compared(before: Finding, now: Finding, change: Change | None) -> Compared:
    return Compared(now.label, change, before, now, "probability", now.probability - before.probability, 0.1)


COMPARISON = (
    compared(replace(EFFUSION, probability=0.55), EFFUSION, Change.WORSE),
    compared(HEART, HEART, Change.UNCHANGED),
    compared(replace(NO_AIR, probability=0.7), NO_AIR, Change.RESOLVED),
    compared(PNEUMONIA, PNEUMONIA, None),
)
PASSAGES = (
    Passage(
        "pneumothorax#mimics",
        "Pneumothorax: what mimics it",
        "A skin fold can mimic a pneumothorax. Bullae are bounded by a curved line. A pneumothorax is not seen on "
        "every supine film, so that a deep sulcus may be its only sign.",
    ),
    Passage(
        "site/protocol#1",
        "protocol",
        "A large right pneumothorax with mediastinal shift is an emergency. Pleural effusion can hide the diaphragm.",
    ),
)
STUDIES = {
    "mixed": Grounds(MIXED),
    "clear": Grounds(CLEAR),
    "ill": Grounds(ILL),
    "prior": Grounds(replace(MIXED, comparison=COMPARISON)),
    "chat": Grounds(MIXED, "Is there a pneumothorax? Is it sarcoidosis?", PASSAGES),
}


def supported(study: str, text: str) -> bool:
    """Whether every sentence of the text is let through, and there is one."""
    section = "answer" if study == "chat" else "findings"
    sentences = check({section: text}, STUDIES[study]).sentences
    return bool(sentences) and all(sentence.verdict is Standing.SUPPORTED for sentence in sentences)


def cases(verdict: str) -> Iterator[object]:
    for study in STUDIES:
        yield from (pytest.param(study, text, id=f"{study}: {text}") for text in DATA[study][verdict])
    for hole in DATA["holes"]:
        mark = pytest.mark.xfail(strict=True, reason=hole["reason"])
        for text in hole.get(verdict, ()):
            yield pytest.param(hole["study"], text, id=f"{hole['study']}: {text}", marks=mark)


@pytest.mark.parametrize(("study", "text"), [*cases("wrong")])
def test_what_nothing_supports_is_not_let_through(study: str, text: str) -> None:
    assert not supported(study, text)


@pytest.mark.parametrize(("study", "text"), [*cases("supported")])
def test_what_the_findings_say_is_let_through(study: str, text: str) -> None:
    assert supported(study, text)


def test_no_sentence_stands_twice() -> None:
    listed = [(study, text) for study in STUDIES for verdict in ("wrong", "supported") for text in DATA[study][verdict]]
    listed += [
        (hole["study"], text) for hole in DATA["holes"] for key in ("wrong", "supported") for text in hole.get(key, ())
    ]
    assert len(listed) == len(set(listed)) >= 150
