"""A report: five sections, who wrote them, and from what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class ReportState(StrEnum):
    """A signed report never changes; it can only be added to."""

    DRAFT = "draft"
    EDITED = "edited"
    SIGNED = "signed"
    ADDENDED = "addended"


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections of a radiology report, in their order of reading."""

    indication: str
    technique: str
    comparison: str
    findings: str
    impression: str


@dataclass(frozen=True, slots=True)
class Fallback:
    """Why the narrator wrote in the language model's place: a reason of ``ModelFailed`` and a sentence."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class DraftOptions:
    """How a draft is to be written. ``llm`` None: the site's model. A name of the ``cxr.llm`` plugs otherwise."""

    template: str = "report"
    language: str = "en"
    style: str = "calibrated"
    audience: str = "clinician"
    llm: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A report of one study.

    ``written_by`` names the model ("narrator", "openai:<model>"). ``provenance`` is the JSON of
    ``GET /reports/{id}/provenance``; it holds no patient data.
    """

    id: str
    study_id: str
    created_at: datetime
    sections: Sections
    written_by: str
    options: DraftOptions
    provenance: Mapping[str, Any]
    fallback: Fallback | None = None
    state: ReportState = ReportState.DRAFT
    version: int = 1
