"""What may be said about a study, in the terms of ``prompts``."""

from __future__ import annotations

from models.findings import Finding, Verdict
from prompts.facts import StudyFacts
from service.domain.study import Image, Study


def facts_of(study: Study, *, language: str | None = None) -> StudyFacts:
    """Return the facts a text about the study may rest on: findings, views, what was not read, the indication."""
    return StudyFacts(
        findings=study.findings,
        views=tuple(image.view or "" for image in study.images if not _stopped(image)),
        unread=tuple(_why(number, image) for number, image in enumerate(study.images, 1) if _stopped(image)),
        indication=study.indication,
        language=language or study.language,
    )


def finding_json(finding: Finding) -> dict[str, object]:
    """Return one finding as ``GET /studies/{id}/findings`` shows it."""
    region = finding.region
    return {
        "label": finding.label.value,
        "probability": finding.probability,
        "grade": finding.grade.value,
        "polarity": finding.polarity.value,
        "uncertain": finding.uncertain,
        "threshold": finding.threshold,
        "zone": region.zone.value if region and region.zone else None,
        "box": [region.box.x0, region.box.y0, region.box.x1, region.box.y1] if region and region.box else None,
        "experts": [
            {
                "expert": opinion.expert,
                "version": opinion.version,
                "weights_sha256": opinion.weights_sha256,
                "raw": opinion.raw,
                "probability": opinion.probability,
            }
            for opinion in finding.experts
        ],
    }


def _stopped(image: Image) -> bool:
    return image.gate is not None and image.gate.verdict is Verdict.STOP


def _why(number: int, image: Image) -> str:
    reasons = " ".join(image.gate.reasons) if image.gate else ""
    return f"Image {number} was not read. {reasons}".strip()
