"""Two studies of one patient, label by label."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.comparison import compare
from models.findings import Change, Finding, Label, Measure


def heart(ratio: float) -> Finding:
    finding = Finding(Label.CARDIOMEGALY, 0.9, 0.5, uncertain=False, experts=())
    return replace(finding, measure=Measure("cardiothoracic_ratio", ratio, 0.02))


def effusion(probability: float, *, uncertain: bool = False) -> Finding:
    return Finding(Label.PLEURAL_EFFUSION, probability, 0.5, uncertain, ())


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        (effusion(0.03), effusion(0.9), Change.NEW),
        (effusion(0.9), effusion(0.03), Change.RESOLVED),
        (effusion(0.8), effusion(0.9), Change.UNCHANGED),
        (effusion(0.45), effusion(0.55), None),
        (effusion(0.51), effusion(0.99), None),
        (effusion(0.03), effusion(0.9, uncertain=True), None),
        (heart(0.52), heart(0.58), Change.WORSE),
        (heart(0.58), heart(0.52), Change.BETTER),
        (heart(0.52), heart(0.55), Change.UNCHANGED),
    ],
)
def test_a_label_on_two_films(before: Finding, now: Finding, change: Change | None) -> None:
    (compared,) = compare([before], [now])
    assert (compared.label, compared.change, compared.before, compared.now) == (now.label, change, before, now)


def test_what_is_measured_is_compared_by_its_measure_and_the_errors_of_both() -> None:
    (compared,) = compare([heart(0.52)], [heart(0.58)])
    assert compared.unit == "cardiothoracic_ratio"
    assert compared.difference == pytest.approx(0.06)
    assert compared.noise == pytest.approx(0.04)


def test_the_noise_of_a_probability_is_widest_in_the_middle() -> None:
    (middle,) = compare([effusion(0.5)], [effusion(0.6)])
    (high,) = compare([effusion(0.97)], [effusion(0.98)])
    assert 0.3 < middle.noise < 0.5
    assert 0 < high.noise < 0.05


def test_what_both_films_lack_and_what_one_was_not_read_for_is_left_out() -> None:
    assert compare([effusion(0.03)], [effusion(0.02), heart(0.6)]) == ()


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_a_certain_probability_can_be_compared(probability: float) -> None:
    assert all(compared.noise > 0 for compared in compare([effusion(probability)], [effusion(0.9)]))
