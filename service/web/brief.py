"""A study as one line of the worklist."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from models.findings import Polarity
from service.usecases.lookup import Entry
from service.web.views import GateView


class BriefFindingView(BaseModel):
    """A finding that is present or in doubt."""

    label: str
    polarity: str
    probability: float
    threshold: float


class BriefImageView(BaseModel):
    """An image of the study; its preview is at ``/api/v1/images/{id}/preview.png``."""

    id: str
    view: str | None


class BriefView(BaseModel):
    """What a list shows of a study; the fields of the same names are those of the whole study."""

    id: str
    state: str
    created_at: datetime
    indication: str | None
    patient_ref: str | None
    accession: str | None
    prior_study_id: str | None
    priority: int
    priority_name: str
    unread: bool
    report_state: str | None
    report_id: str | None = Field(description="Of the report that counts")
    gate: GateView | None
    images: list[BriefImageView]
    findings: list[BriefFindingView] = Field(description="Present or in doubt only")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return the view of a study in the worklist."""
        study, report = entry.study, entry.report
        return cls(
            id=study.id,
            state=study.state.value,
            created_at=study.created_at,
            indication=study.indication,
            patient_ref=study.patient_ref,
            accession=study.accession,
            prior_study_id=study.prior_study_id,
            priority=study.priority.value,
            priority_name=study.priority.name.lower(),
            unread=entry.unread,
            report_state=report.state.value if report else None,
            report_id=report.id if report else None,
            gate=GateView.of_study(study),
            images=[BriefImageView(id=image.id, view=image.view) for image in study.images],
            findings=[
                BriefFindingView(
                    label=finding.label.value,
                    polarity=finding.polarity.value,
                    probability=finding.probability,
                    threshold=finding.threshold,
                )
                for finding in study.findings
                if finding.polarity is not Polarity.ABSENT
            ],
        )
