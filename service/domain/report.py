"""A report: five sections, who wrote them, and from what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from service.domain.verification import Verification


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
class Remark:
    """What a reader decided about one sentence: ``kept`` as his own against the guard's doubt, or ``accepted``."""

    kind: Literal["kept", "accepted"]
    section: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, by id and by the name of that time, and when."""

    at: datetime
    principal: str
    name: str


@dataclass(frozen=True, slots=True)
class Addendum:
    """What was added after the signature, by whom and when."""

    at: datetime
    principal: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of a report, as it was: what ``state`` it came to, by whom and when.

    The first is the model's: it has the model's name for ``principal`` and ``name``. ``addendum`` is the text that the
    version added, None where it added none.
    """

    version: int
    at: datetime
    principal: str
    name: str
    state: ReportState
    sections: Sections
    remarks: tuple[Remark, ...] = ()
    addendum: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A report of one study.

    ``written_by`` names the model ("narrator", "openai:<model>"). ``provenance`` is the JSON of
    ``GET /reports/{id}/provenance``; it holds no patient data. ``verification`` is of the present sections; None where
    they were not checked yet. ``remarks`` are on sentences that it still has. ``version`` counts every change.
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
    verification: Verification | None = None
    remarks: tuple[Remark, ...] = ()
    signature: Signature | None = None
    addenda: tuple[Addendum, ...] = ()

    @property
    def is_signed(self) -> bool:
        """Whether its text is final."""
        return self.state in {ReportState.SIGNED, ReportState.ADDENDED}
