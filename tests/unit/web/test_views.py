from __future__ import annotations

import json
from dataclasses import replace

import pytest

from models.findings import Gate, Verdict
from service.domain.study import Study, WindowPreset
from service.usecases.lookup import Entry
from service.web.report_requests import DraftRequest
from service.web.report_views import ReportView
from service.web.views import FindingsView, GateView, ImageView, StudyView
from tests.factories import image, placed_finding, report, stopped, study

PASS, DOUBT = Gate(Verdict.PASS), Gate(Verdict.DOUBTFUL, ("It is small.",))


def gated(*gates: Gate | None) -> Study:
    return replace(study(), images=tuple(replace(image(f"i{n}"), gate=gate) for n, gate in enumerate(gates)))


@pytest.mark.parametrize(
    ("gates", "verdict"),
    [((PASS,), "pass"), ((stopped(), DOUBT), "doubtful"), ((stopped(), DOUBT, PASS), "pass"), ((stopped(),), "stop")],
)
def test_one_readable_image_makes_a_study_readable(gates: tuple[Gate, ...], verdict: str) -> None:
    view = GateView.of_study(gated(*gates))
    assert view is not None
    assert view.verdict == verdict
    assert view.reasons == [reason for gate in gates for reason in gate.reasons]


def test_before_it_was_looked_at_a_study_has_no_gate() -> None:
    assert GateView.of_study(gated(None)) is None
    assert StudyView.of(Entry(gated(None))).gate is None


def test_a_study_shows_its_images_findings_and_reports() -> None:
    shown = json.loads(
        StudyView.of(Entry(replace(study(), findings=(placed_finding(),)), (report(),))).model_dump_json()
    )
    assert shown["findings"][0]["box"] == [1.0, 2.0, 30.5, 40.0]
    assert shown["reports"][0]["sections"]["impression"] == "Effusion."
    assert shown["images"][0]["links"]["preview"].endswith("/preview.png")
    assert shown["created_at"] == "2026-01-02T03:04:05Z"
    assert "owner" not in shown
    assert "content_key" not in shown
    assert "tags" not in shown["images"][0]


def test_an_image_shows_the_windows_that_its_file_offers() -> None:
    offered = (WindowPreset(100.0, 50.0, "SIGMOID", "LUNG"), WindowPreset(1.5, 2.0, "LINEAR"))
    shown = ImageView.of(replace(image("i1"), windows=offered)).model_dump()["windows"]
    assert shown == [
        {"name": "LUNG", "center": 100.0, "width": 50.0, "function": "SIGMOID"},
        {"name": None, "center": 1.5, "width": 2.0, "function": "LINEAR"},
    ]
    assert ImageView.of(image("i1")).windows == []


def test_a_report_shows_who_wrote_it_and_not_what_was_sent() -> None:
    shown = ReportView.of(report()).model_dump()
    assert (shown["written_by"], shown["state"], shown["version"]) == ("narrator", "draft", 1)
    assert "provenance" not in shown


def test_findings_are_told_of_the_study_and_of_each_image() -> None:
    read = replace(image("i1"), findings=(placed_finding(),))
    view = FindingsView.of(replace(study(), images=(read, image("i2"))))
    assert [finding.label for finding in view.findings] == ["pleural_effusion"]
    assert {key: len(found) for key, found in view.images.items()} == {"i1": 1, "i2": 0}


def test_a_draft_is_in_the_studys_language_unless_another_is_asked_for() -> None:
    german = replace(study(), language="de")
    assert DraftRequest().options(german).language == "de"
    assert DraftRequest(language="en").options(german).language == "en"
    assert DraftRequest().options(german).style == "calibrated"
