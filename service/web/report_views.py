"""The JSON of reports: what one holds, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from service.domain.report import Addendum, Remark, Report, Revision

Action = Literal["drafted", "edited", "signed", "addended"]
_ACTIONS: dict[str, Action] = {"draft": "drafted", "edited": "edited", "signed": "signed", "addended": "addended"}


class SectionsView(BaseModel):
    """The sections of a report."""

    indication: str
    technique: str
    comparison: str
    findings: str
    impression: str


class FallbackView(BaseModel):
    """Why the narrator wrote in the language model's place."""

    reason: str
    detail: str


class RemarkView(BaseModel):
    """What a reader decided about one sentence."""

    section: str
    text: str
    reason: str


class AddendumView(BaseModel):
    """What was added after the signature."""

    at: datetime
    by: str
    text: str

    @classmethod
    def of(cls, addendum: Addendum) -> Self:
        """Return the view of an addendum."""
        return cls(at=addendum.at, by=addendum.name, text=addendum.text)


class ReportView(BaseModel):
    """A report."""

    id: str
    study_id: str
    state: str
    version: int
    created_at: datetime
    sections: SectionsView
    written_by: str
    fallback: FallbackView | None
    language: str
    style: str
    template: str
    audience: str
    accepted: list[RemarkView] = Field(description="Suggestions that were taken and still stand")
    kept: list[RemarkView] = Field(description="Sentences that a reader keeps as his own and that still stand")
    signed_at: datetime | None
    signed_by: str | None
    addenda: list[AddendumView]
    links: dict[str, str]

    @classmethod
    def of(cls, report: Report) -> Self:
        """Return the view of a report."""
        options, here = report.options, f"/api/v1/reports/{report.id}"
        return cls(
            id=report.id,
            study_id=report.study_id,
            state=report.state.value,
            version=report.version,
            created_at=report.created_at,
            sections=SectionsView.model_validate(report.sections, from_attributes=True),
            written_by=report.written_by,
            fallback=FallbackView.model_validate(report.fallback, from_attributes=True) if report.fallback else None,
            language=options.language,
            style=options.style,
            template=options.template,
            audience=options.audience,
            accepted=remarks_of(report.remarks, "accepted"),
            kept=remarks_of(report.remarks, "kept"),
            signed_at=report.signature.at if report.signature else None,
            signed_by=report.signature.name if report.signature else None,
            addenda=[AddendumView.of(addendum) for addendum in report.addenda],
            links={"self": here, "study": f"/api/v1/studies/{report.study_id}"}
            | {name: f"{here}/{name}" for name in ("provenance", "verification", "history", "sign", "addenda")},
        )


class RevisionView(BaseModel):
    """One version of a report, as it was."""

    version: int
    at: datetime
    by: str = Field(description="The reader's name; the model's for the first version")
    action: Action
    sections: SectionsView
    accepted: list[RemarkView]
    kept: list[RemarkView]
    addendum: str | None

    @classmethod
    def of(cls, revision: Revision) -> Self:
        """Return the view of a version."""
        return cls(
            version=revision.version,
            at=revision.at,
            by=revision.name,
            action=_ACTIONS[revision.state],
            sections=SectionsView.model_validate(revision.sections, from_attributes=True),
            accepted=remarks_of(revision.remarks, "accepted"),
            kept=remarks_of(revision.remarks, "kept"),
            addendum=revision.addendum,
        )


def remarks_of(remarks: Sequence[Remark], kind: Literal["accepted", "kept"]) -> list[RemarkView]:
    """Return the views of the remarks of one kind."""
    return [RemarkView.model_validate(remark, from_attributes=True) for remark in remarks if remark.kind == kind]
