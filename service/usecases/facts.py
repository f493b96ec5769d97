"""What may be said about a study, in the terms of ``prompts``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from models.comparison import compare
from models.ensemble import ReadImage, silent_study
from models.findings import Finding, Verdict
from prompts.facts import StudyFacts
from service.domain.study import Image, Study, StudyState
from service.ports import UnitOfWork


async def known_facts(unit: UnitOfWork, study: Study, *, language: str | None = None) -> StudyFacts:
    """Return the facts with the prior study's part in them, where one was named, is here and was read."""
    prior = await unit.studies.get(study.prior_study_id) if study.prior_study_id else None
    return facts_of(study, language=language, prior=prior)


def facts_of(study: Study, *, language: str | None = None, prior: Study | None = None) -> StudyFacts:
    """Return the facts a text may rest on: findings, views, what was not read, the indication, change."""
    read_before = prior is not None and prior.state is not StudyState.RECEIVED
    return StudyFacts(
        findings=study.findings,
        views=tuple(_view(image) for image in study.images if not _stopped(image)),
        unread=tuple(_why(number, image) for number, image in enumerate(study.images, 1) if _stopped(image)),
        indication=study.indication,
        silence=silent_study(spoken(study.images)),
        language=language or study.language,
        comparison=compare(prior.findings, study.findings) if prior and read_before else None,
    )


def spoken(images: Sequence[Image]) -> list[ReadImage]:
    """Return the images that were read, as the rules for a study want them."""
    return [
        ReadImage(image.readings, image.view, image.gate.view, image.gate.verdict is Verdict.DOUBTFUL)
        for image in images
        if image.readings and image.gate
    ]


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
        "doubt": list(finding.doubt) if finding.doubt else None,
        "zone": region.zone.value if region and region.zone else None,
        "measure": asdict(finding.measure) if finding.measure else None,
        "abstentions": [abstention.value for abstention in finding.abstentions],
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


def _view(image: Image) -> str:
    """Return the view of the tags, else what the picture shows where the gate is sure, else nothing."""
    return image.view or (image.gate.view if image.gate else None) or ""


def _stopped(image: Image) -> bool:
    return image.gate is not None and image.gate.verdict is Verdict.STOP


def _why(number: int, image: Image) -> str:
    reasons = " ".join(image.gate.reasons) if image.gate else ""
    return f"Image {number} was not read. {reasons}".strip()
