"""Makes what the tests of the service speak about: findings, studies, films."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from PIL import Image as Picture

from models.findings import Box, ExpertOpinion, ExpertReading, Finding, Gate, Label, Region, Score, Verdict, Zone
from service.domain.access import Principal
from service.domain.report import DraftOptions, Report, Sections
from service.domain.study import Image, Study, StudyState
from tests.dicom_factory import dataset, part10
from tests.phantom import draw_phantom

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ALICE, BOB = Principal("alice-id", "Alice"), Principal("bob-id", "Bob")


def finding(
    label: Label = Label.PLEURAL_EFFUSION, probability: float = 0.8, *, uncertain: bool = False, threshold: float = 0.5
) -> Finding:
    """One expert's finding without a place."""
    opinion = ExpertOpinion("fake", "1", "0" * 64, probability / 2, probability)
    return Finding(label, probability, threshold, uncertain, (opinion,))


def placed_finding() -> Finding:
    """A finding with zone and box."""
    return replace(finding(), region=Region(Zone.LEFT_LOWER, Box(1.0, 2.0, 30.5, 40.0)))


def reading() -> ExpertReading:
    """What the fake expert said of one image."""
    return ExpertReading("fake", "1", "0" * 64, {Label.PLEURAL_EFFUSION: Score(0.4, 0.8, 0.5, (0.4, 0.6))})


def image(image_id: str = "image-1", *, sha256: str = "a" * 64, gate: Gate | None = None) -> Image:
    """A frontal image that was let through, unless ``gate`` says otherwise."""
    passed = gate or Gate(Verdict.PASS)
    return Image(image_id, "film.png", sha256, 0, 64, 64, view="PA", modality="DX", gate=passed, readings=(reading(),))


def study(study_id: str = "study-1", *findings: Finding, state: StudyState = StudyState.READ) -> Study:
    """A study of one image; with an effusion where no finding is given."""
    return Study(
        id=study_id,
        created_at=START,
        owner=ALICE.id,
        content_key=f"content of {study_id}",
        state=state,
        images=(image(f"image of {study_id}"),),
        findings=findings or (finding(),),
    )


def stopped(reason: str = "The image is too small to be read.") -> Gate:
    """A gate that let nothing through."""
    return Gate(Verdict.STOP, (reason,))


def report(report_id: str = "report-1", study_id: str = "study-1") -> Report:
    """A draft by the narrator."""
    sections = Sections("Cough.", "One frontal view.", "None.", "There is an effusion.", "Effusion.")
    return Report(report_id, study_id, START, sections, "narrator", DraftOptions(), {"retrieved": []})


def png(seed: int = 0, side: int = 256) -> bytes:
    """A drawn chest film as an 8-bit PNG; another ``seed`` is another film."""
    out = io.BytesIO()
    Picture.fromarray(draw_phantom(side, side, bits=8, seed=seed).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def dicom(seed: int = 0, side: int = 256, tags: Mapping[str, object] | None = None) -> bytes:
    """A drawn chest film as DICOM Part 10, 12 bits, with ``tags`` by keyword."""
    return part10(dataset(draw_phantom(side, side, seed=seed), **(tags or {})))
