"""What happens to a film from the gate to the findings."""

from __future__ import annotations

import numpy as np
import pytest

from models.base import ExpertBusy, Film
from models.findings import Abstention, Finding, Gate, Label, Verdict, Zone
from models.panel import FilmReading, Panel
from tests.fakes import FakeExpert, FakeGate, FakeSegmenter

PASSED = Gate(Verdict.PASS)


def film(level: float = 0.9, view: str | None = "PA") -> Film:
    return Film(np.full((300, 400), level, dtype=np.float32), view)


def panel_of(*experts: FakeExpert, gate: Gate = PASSED) -> Panel:
    return Panel(experts or (FakeExpert(maps=True),), FakeSegmenter(), FakeGate(gate))


def found(read: FilmReading, label: Label) -> Finding:
    return next(finding for finding in read.findings if finding.label is label)


def test_what_the_gate_stops_has_no_readings_and_no_findings() -> None:
    expert, stop = FakeExpert(), Gate(Verdict.STOP, ("It is a photograph.",))
    read = panel_of(expert, gate=stop).read(film())
    assert (read.gate, read.readings, read.findings) == (stop, (), ())
    assert expert.reads == 0


def test_what_the_gate_doubts_is_read_with_its_reasons() -> None:
    doubt = Gate(Verdict.DOUBTFUL, ("It is cut off.",))
    read = panel_of(gate=doubt).read(film())
    assert read.gate == doubt
    assert read.findings


def test_the_gate_sees_the_film_with_its_organs() -> None:
    gate = FakeGate(PASSED)
    read = Panel([FakeExpert()], FakeSegmenter(), gate).read(film(view="LL"))
    seen, anatomy = gate.shown[0]
    assert seen.view == "LL"
    assert anatomy is read.anatomy is not None


def test_the_heart_is_measured_and_the_measure_reaches_the_finding() -> None:
    heart = found(panel_of().read(film()), Label.CARDIOMEGALY)
    assert heart.measure is not None
    assert heart.measure.value == pytest.approx(70 / 160)
    assert [opinion.expert for opinion in heart.experts] == ["organs"]


@pytest.mark.parametrize(("tagged", "seen"), [("AP", None), ("PA", "AP")])
def test_a_view_in_the_tags_or_in_the_picture_silences_the_measure(tagged: str, seen: str | None) -> None:
    read = panel_of(gate=Gate(Verdict.PASS, view=seen)).read(film(view=tagged))
    assert Label.CARDIOMEGALY not in {finding.label for finding in read.findings}
    assert read.readings[-1].abstentions == {Label.CARDIOMEGALY: Abstention.AP_VIEW}


def test_only_findings_that_may_be_there_have_a_place() -> None:
    read = panel_of().read(film(0.9))
    effusion, pneumothorax = found(read, Label.PLEURAL_EFFUSION), found(read, Label.PNEUMOTHORAX)
    assert effusion.region is not None
    assert effusion.region.zone in {Zone.LEFT_UPPER, Zone.LEFT_MIDDLE, Zone.LEFT_LOWER}
    assert effusion.region.box is not None
    assert effusion.region.box.x0 > 200  # the film's right half
    assert pneumothorax.region is None


def test_an_expert_without_maps_names_no_place() -> None:
    assert found(panel_of(FakeExpert()).read(film()), Label.PLEURAL_EFFUSION).region is None


def test_the_maps_do_not_leave_the_panel() -> None:
    assert all(not reading.maps for reading in panel_of().read(film()).readings)


def test_without_a_segmenter_nothing_is_measured() -> None:
    read = Panel([FakeExpert(maps=True)]).read(Film(np.linspace(0, 1, 90_000, dtype=np.float32).reshape(300, 300)))
    assert read.anatomy is None
    assert {finding.label for finding in read.findings} == {Label.PLEURAL_EFFUSION, Label.PNEUMOTHORAX}


def test_a_queue_that_is_full_is_told_to_the_caller() -> None:
    with pytest.raises(ExpertBusy):
        panel_of(FakeExpert(failure=ExpertBusy("full", 1.5))).read(film())
