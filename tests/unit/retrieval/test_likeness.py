from __future__ import annotations

import numpy as np
import pytest

from models.findings import Label, Polarity
from service.retrieval.likeness import SPOKEN, Likeness

PRESENT, ABSENT, UNCERTAIN = Polarity.PRESENT, Polarity.ABSENT, Polarity.UNCERTAIN
EFFUSION, MASS, PTX = Label.PLEURAL_EFFUSION, Label.MASS, Label.PNEUMOTHORAX


def best(reports: list[dict[Label, Polarity]], study: dict[Label, Polarity]) -> int:
    return int(np.argmax(Likeness(reports).to(study)))


def test_the_same_findings_are_wholly_alike_and_others_not_at_all() -> None:
    scores = Likeness([{EFFUSION: PRESENT}, {MASS: PRESENT}]).to({EFFUSION: PRESENT})
    assert scores.tolist() == pytest.approx([1 + SPOKEN, 0])


def test_a_finding_that_the_study_lacks_counts_against_a_report() -> None:
    assert best([{EFFUSION: PRESENT, MASS: PRESENT}, {EFFUSION: PRESENT}], {EFFUSION: PRESENT}) == 1


def test_two_normal_films_are_alike_and_who_denies_more_of_what_was_read_is_first() -> None:
    assert best([{}, {PTX: ABSENT}, {MASS: PRESENT, PTX: ABSENT}], {PTX: ABSENT, MASS: ABSENT}) == 1


def test_doubt_is_nearer_to_doubt() -> None:
    assert best([{MASS: PRESENT}, {MASS: UNCERTAIN}, {MASS: ABSENT}], {MASS: UNCERTAIN}) == 1


def test_the_rarer_of_two_findings_decides() -> None:
    common: list[dict[Label, Polarity]] = [{EFFUSION: PRESENT}] * 20
    assert best([*common, {PTX: PRESENT}], {EFFUSION: PRESENT, PTX: PRESENT}) == 20


def test_no_reports_and_no_findings() -> None:
    assert Likeness([]).to({MASS: PRESENT}).shape == (0,)
    assert Likeness([{MASS: PRESENT}]).to({}).tolist() == [0]
    assert Likeness([{Label.NO_FINDING: PRESENT}]).to({Label.NO_FINDING: PRESENT}).tolist() == [1]
