"""The JSON of the API: pydantic models made from domain objects, so that OpenAPI says what clients get."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, Field

from models.findings import Gate, Verdict
from service.domain.conversation import Turn
from service.domain.study import Image, Study
from service.usecases.facts import finding_json
from service.usecases.lookup import Entry
from service.web.report_views import ReportView
from service.web.verdicts import VerificationView

T = TypeVar("T")


class ExpertView(BaseModel):
    """One expert's share in a finding."""

    expert: str
    version: str
    weights_sha256: str
    raw: float
    probability: float


class MeasureView(BaseModel):
    """A number taken from the film."""

    name: str
    value: float
    error: float = Field(description="Mean absolute error on held-out films")


class FindingView(BaseModel):
    """What the experts say about one label."""

    label: str
    probability: float = Field(description="Calibrated, 0 to 1")
    grade: str
    polarity: str
    uncertain: bool
    threshold: float
    doubt: tuple[float, float] | None = Field(
        description="Low and high of the probabilities round the threshold at which the experts abstain; null in a "
        "study that was read before this was kept"
    )
    measure: MeasureView | None = Field(description="The number behind it, where one was taken")
    abstentions: list[str] = Field(description="Why experts that were asked kept silent")
    zone: str | None
    box: tuple[float, float, float, float] | None
    experts: list[ExpertView]


class GateView(BaseModel):
    """Whether an image, or any image of a study, was let through to the experts."""

    verdict: str
    reasons: list[str]
    view: str | None = Field(default=None, description="What the picture itself shows: PA, AP or LATERAL")

    @classmethod
    def of(cls, gate: Gate | None) -> Self | None:
        """Return the view of an image's gate."""
        return None if gate is None else cls(verdict=gate.verdict.value, reasons=list(gate.reasons), view=gate.view)

    @classmethod
    def of_study(cls, study: Study) -> Self | None:
        """Return the best verdict of the study's images with all reasons: one readable image makes it readable."""
        gates = [image.gate for image in study.images if image.gate]
        if not gates:
            return None
        order = [Verdict.PASS, Verdict.DOUBTFUL, Verdict.STOP]
        best = min((gate.verdict for gate in gates), key=order.index)
        return cls(verdict=best.value, reasons=[reason for gate in gates for reason in gate.reasons])


class WindowView(BaseModel):
    """A window that the file offers, in the units of the preview's and of ``/pixels``."""

    name: str | None
    center: float
    width: float
    function: str = Field(description="VOI LUT Function: LINEAR, LINEAR_EXACT or SIGMOID")


class ImageView(BaseModel):
    """One frame of one uploaded file."""

    id: str
    file_name: str
    sha256: str
    rows: int
    columns: int
    frame: int
    view: str | None
    modality: str | None
    spacing_mm: tuple[float, float] | None
    windows: list[WindowView] = Field(description="Alternatives, the sender's preference first; often none")
    gate: GateView | None
    findings: list[FindingView]
    links: dict[str, str]

    @classmethod
    def of(cls, image: Image) -> Self:
        """Return the view of an image."""
        return cls(
            id=image.id,
            file_name=image.file_name,
            sha256=image.sha256,
            rows=image.rows,
            columns=image.columns,
            frame=image.frame,
            view=image.view,
            modality=image.modality,
            spacing_mm=image.spacing_mm,
            windows=[WindowView.model_validate(window, from_attributes=True) for window in image.windows],
            gate=GateView.of(image.gate),
            findings=[FindingView.model_validate(finding_json(finding)) for finding in image.findings],
            links={
                name: f"/api/v1/images/{image.id}/{path}"
                for name, path in (
                    ("preview", "preview.png"),
                    ("pixels", "pixels"),
                    ("tags", "tags"),
                    ("anatomy", "anatomy"),
                )
            },
        )


class StudyView(BaseModel):
    """A study with all that is known of it."""

    id: str
    state: str
    created_at: datetime
    indication: str | None
    language: str
    patient_ref: str | None
    accession: str | None
    prior_study_id: str | None
    priority: int = Field(description="Tier of the most urgent finding that is present: 1 first, 7 for none")
    priority_name: str = Field(description="critical, acute, suspicious, unexplained, chronic, devices or routine")
    unread: bool = Field(description="Not signed, and not opened by the caller (PUT .../seen)")
    report_state: str | None = Field(description="Of the report that counts: the signed one, else the newest")
    images: list[ImageView]
    gate: GateView | None
    findings: list[FindingView]
    reports: list[ReportView]
    links: dict[str, str]
    notes: list[str] = Field(default=[], description="In the answer to an upload: what of it was not used, and why")

    @classmethod
    def of(cls, entry: Entry, notes: tuple[str, ...] = ()) -> Self:
        """Return the view of a study and its reports."""
        study, report, here = entry.study, entry.report, f"/api/v1/studies/{entry.study.id}"
        return cls(
            id=study.id,
            state=study.state.value,
            created_at=study.created_at,
            indication=study.indication,
            language=study.language,
            patient_ref=study.patient_ref,
            accession=study.accession,
            prior_study_id=study.prior_study_id,
            priority=study.priority.value,
            priority_name=study.priority.name.lower(),
            unread=entry.unread,
            report_state=report.state.value if report else None,
            images=[ImageView.of(image) for image in study.images],
            gate=GateView.of_study(study),
            findings=[FindingView.model_validate(finding_json(finding)) for finding in study.findings],
            reports=[ReportView.of(report) for report in entry.reports],
            links={"self": here} | {name: f"{here}/{name}" for name in ("findings", "events", "reports", "chat")},
            notes=list(notes),
        )


class FindingsView(BaseModel):
    """The findings of a study, and of each of its images."""

    study_id: str
    findings: list[FindingView]
    images: dict[str, list[FindingView]] = Field(description="By image id")

    @classmethod
    def of(cls, study: Study) -> Self:
        """Return the view of a study's findings."""
        view = StudyView.of(Entry(study))
        return cls(
            study_id=study.id, findings=view.findings, images={image.id: image.findings for image in view.images}
        )


class ChatMessageRequest(BaseModel, extra="forbid"):
    """A follow-up question."""

    message: str


class PassageView(BaseModel):
    """A piece of a document that an answer cites."""

    id: str
    title: str
    text: str


class TurnView(BaseModel):
    """One message of a conversation."""

    id: str
    role: str
    text: str
    state: str
    created_at: datetime
    written_by: str | None
    citations: list[str] = Field(description="Labels of the findings that the text speaks of")
    failure: str | None
    passages: list[PassageView] = Field(description="What it cites, as it was when it did")
    verification: VerificationView | None = Field(description="Of an answer: what each of its sentences rests on")

    @classmethod
    def of(cls, turn: Turn) -> Self:
        """Return the view of a turn."""
        fields: dict[str, Any] = {name: getattr(turn, name) for name in cls.model_fields}
        checked = VerificationView.of(turn.verification) if turn.verification else None
        return cls.model_validate(fields | {"verification": checked}, from_attributes=True)


class Page(BaseModel, Generic[T]):
    """One page of a list; ``next_cursor`` is null on the last."""

    items: list[T]
    next_cursor: str | None = None
