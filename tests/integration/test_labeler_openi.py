"""The labeler on real reports: the figures that docs/labeler.md gives."""

from __future__ import annotations

import pytest

from service.evaluation.labeler import OURS, compare, speed
from service.evaluation.openi import Report, coding, reports
from service.openi import find_archive


@pytest.fixture(scope="module")
def held_out() -> list[Report]:
    archive = find_archive()
    if archive is None:
        pytest.skip("left out: needs the Open-i reports of the installed torchxrayvision")
    return [report for report in reports(archive) if report.held_out]


def test_the_documented_figures_are_reproduced(held_out: list[Report]) -> None:
    ours = next(each for each in compare(held_out, coding()) if each.name == OURS)
    averages = {row.name: row.f1.value for row in ours.rows[-2:]}
    assert ours.reports == 1280
    assert averages == {"micro": pytest.approx(0.953, abs=5e-4), "macro": pytest.approx(0.913, abs=5e-4)}


def test_at_least_2000_sentences_a_second_on_one_core(held_out: list[Report]) -> None:
    assert speed(held_out) >= 2000
