from __future__ import annotations

import pytest

from models.findings import Finding, Label
from service.domain.errors import Rejected
from service.domain.priority import Priority, priority_named, priority_of
from tests.factories import finding


@pytest.mark.parametrize(
    ("findings", "priority"),
    [
        ((), Priority.ROUTINE),
        ((finding(Label.NO_FINDING, 0.9),), Priority.ROUTINE),
        ((finding(Label.PNEUMOTHORAX, 0.9), finding(Label.SUPPORT_DEVICES, 0.9)), Priority.CRITICAL),
        ((finding(Label.SUPPORT_DEVICES, 0.9),), Priority.DEVICES),
        ((finding(Label.PNEUMOTHORAX, 0.1), finding(Label.EDEMA, 0.5)), Priority.ACUTE),
        ((finding(Label.PNEUMOTHORAX, 0.6, uncertain=True),), Priority.ROUTINE),
    ],
)
def test_the_most_urgent_finding_that_is_present_counts(findings: tuple[Finding, ...], priority: Priority) -> None:
    assert priority_of(findings) is priority


@pytest.mark.parametrize("label", Label)
def test_every_label_has_a_priority(label: Label) -> None:
    assert priority_of([finding(label, 0.9)]) in Priority


@pytest.mark.parametrize("name", ["1", "critical", "CRITICAL"])
def test_a_priority_has_a_number_and_a_name(name: str) -> None:
    assert priority_named(name) is Priority.CRITICAL


@pytest.mark.parametrize("name", ["0", "8", "urgent", "", "1.0"])
def test_a_priority_that_there_is_not_is_rejected(name: str) -> None:
    with pytest.raises(Rejected, match=r"7 \(routine\)"):
        priority_named(name)
