"""What a text was made from, in full and without patient data: ``GET /reports/{id}/provenance``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from models.findings import ExpertReading
from service.domain.access import AuditEvent
from service.domain.study import Study
from service.ports import ChatRequest
from service.usecases.guarding import Guarded

READ = "study.read"
"""The audit event of a reading; its detail ``seconds`` is what the reading took."""


@dataclass(frozen=True, slots=True)
class Prompted:
    """What the model was asked, by which version of the prompt, with which retrieved texts in it."""

    request: ChatRequest
    version: str
    retrieved: tuple[str, ...] = ()


def provenance_of(study: Study, history: Iterable[AuditEvent], prompted: Prompted, done: Guarded) -> dict[str, Any]:
    """Return the provenance's JSON: experts, thresholds, the exact messages, model, parameters, timings in seconds.

    ``history`` is the study's audit trail: the reading was a job's earlier step, perhaps of an earlier process.
    """
    request, written = prompted.request, done.written
    return {
        "experts": _experts(reading for image in study.images for reading in image.readings),
        "thresholds": {finding.label.value: finding.threshold for finding in study.findings},
        "prompt": {"version": prompted.version, "language": request.facts.language},
        "site": request.site.version or None,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        "llm": {
            "name": written.written_by,
            "temperature": request.temperature,
            "seed": request.seed,
            "max_tokens": request.max_tokens,
            "deadline_s": request.deadline_s,
            "schema": request.schema,
            "prompt_tokens": written.prompt_tokens,
            "completion_tokens": written.completion_tokens,
        },
        "prior_study_id": study.prior_study_id if request.facts.comparison is not None else None,
        "retrieved": list(prompted.retrieved),
        "guard": {
            "policy": done.verification.policy,
            "answer": written.text,
            "changed": [asdict(repair) for repair in done.verification.repairs],
        },
        "timings": {
            "reading_s": _reading_s(history),
            "writing_s": round(written.seconds, 4),
            "judging_s": round(done.seconds, 4),
            "repairing_s": round(done.repair_s, 4),
        },
    }


def _experts(readings: Iterable[ExpertReading]) -> list[dict[str, Any]]:
    """Return each expert that read any image, with its own threshold for every label it spoke on."""
    experts: dict[tuple[str, str, str], dict[str, float]] = {}
    for reading in readings:
        thresholds = experts.setdefault((reading.expert, reading.version, reading.weights_sha256), {})
        thresholds |= {label.value: score.threshold for label, score in reading.scores.items()}
    return [
        {"expert": name, "version": version, "weights_sha256": weights_sha256, "thresholds": thresholds}
        for (name, version, weights_sha256), thresholds in sorted(experts.items())
    ]


def _reading_s(history: Iterable[AuditEvent]) -> float | None:
    seconds = [event.details["seconds"] for event in history if event.action == READ and "seconds" in event.details]
    return float(seconds[-1]) if seconds else None
