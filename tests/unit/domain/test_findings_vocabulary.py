from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.findings import Grade, Label, Polarity
from tests.factories import finding

NIH = {
    "atelectasis", "cardiomegaly", "consolidation", "edema", "emphysema", "fibrosis", "hernia", "infiltration", "mass",
    "nodule", "pleural_effusion", "pleural_thickening", "pneumonia", "pneumothorax",
}  # fmt: skip
CHEXPERT = {
    "atelectasis", "cardiomegaly", "consolidation", "edema", "enlarged_cardiomediastinum", "fracture", "lung_lesion",
    "lung_opacity", "no_finding", "pleural_effusion", "pneumonia", "pneumothorax", "support_devices",
}  # fmt: skip


def test_the_vocabulary_is_the_union_of_its_sources() -> None:
    assert {label.value for label in Label} == NIH | CHEXPERT
    assert len(Label) == 20


@pytest.mark.parametrize(
    ("probability", "grade"),
    [(0.0, "absent"), (0.19999, "absent"), (0.2, "slight"), (0.49999, "slight"), (0.5, "likely"), (0.89999, "likely"),
     (0.9, "definite"), (1.0, "definite")],
)  # fmt: skip
def test_a_grade_begins_at_its_lower_bound(probability: float, grade: str) -> None:
    assert Grade.of(probability) == grade
    assert finding(probability=probability).grade == grade


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_probable_is_never_a_lower_grade(one: float, other: float) -> None:
    order = list(Grade)
    low, high = sorted((one, other))
    assert order.index(Grade.of(low)) <= order.index(Grade.of(high))


@pytest.mark.parametrize(
    ("probability", "uncertain", "polarity"),
    [
        (0.3, False, Polarity.PRESENT),
        (0.29, False, Polarity.ABSENT),
        (0.3, True, Polarity.UNCERTAIN),
        (0.01, True, Polarity.UNCERTAIN),
    ],
)
def test_a_finding_is_present_from_its_own_threshold_unless_the_experts_abstain(
    probability: float, uncertain: bool, polarity: Polarity
) -> None:
    assert finding(probability=probability, uncertain=uncertain, threshold=0.3).polarity is polarity
