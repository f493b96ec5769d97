"""What a text was made from, in full and without patient data: ``GET /reports/{id}/provenance``."""

from __future__ import annotations

from typing import Any

from service.domain.study import Study
from service.ports import ChatRequest
from service.usecases.generation import Written


def provenance_of(study: Study, request: ChatRequest, written: Written, prompt_version: str) -> dict[str, Any]:
    """Return the provenance's JSON: experts, thresholds, the exact messages, model, parameters, timings in seconds."""
    readings = [reading for image in study.images for reading in image.readings]
    return {
        "experts": sorted(
            {(reading.expert, reading.version, reading.weights_sha256) for reading in readings},
        ),
        "thresholds": {finding.label.value: finding.threshold for finding in study.findings},
        "prompt": {"version": prompt_version, "language": request.facts.language},
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        "llm": {
            "name": written.written_by,
            "temperature": request.temperature,
            "seed": request.seed,
            "max_tokens": request.max_tokens,
            "deadline_s": request.deadline_s,
            "prompt_tokens": written.prompt_tokens,
            "completion_tokens": written.completion_tokens,
        },
        "retrieved": [],
        "timings": {"writing_s": round(written.seconds, 4)},
    }
