"""The tables. A column has the name of the domain record's field; ``rows.py`` relies on it.

A change here needs a migration in ``migrations/versions``; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import ForeignKey, Index, MetaData, String, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from models.findings import ExpertReading, Finding, Gate
from service.domain.conversation import CitedPassage, TurnState
from service.domain.report import DraftOptions, Fallback, Remark, ReportState, Sections
from service.domain.study import StudyState, WindowPreset
from service.domain.verification import Verification
from service.storage.columns import JsonOf, UtcTime, by_value


class Row(DeclarativeBase):
    """Base of every table."""

    # Named constraints can be altered by a migration; unnamed ones cannot on SQLite.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcTime(),
        StudyState: by_value(StudyState),
        ReportState: by_value(ReportState),
        TurnState: by_value(TurnState),
        Mapping[str, str]: JsonOf(Mapping[str, str]),
        tuple[Finding, ...]: JsonOf(tuple[Finding, ...]),
        tuple[Remark, ...]: JsonOf(tuple[Remark, ...]),
    }


class StudyRow(Row):
    """A study. The one before it may be of elsewhere, or gone: no foreign key.

    ``priority`` and ``rank`` follow from findings and reports and are kept for the worklist (``worklist.py``). They
    have a default because a column without one cannot be added to a filled table.
    """

    __tablename__ = "study"
    __table_args__ = (
        Index(None, "created_at", "id"),
        Index(None, "state", "created_at", "id"),
        Index(None, "rank", "created_at", "id"),
        Index(None, "priority", "rank", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    owner: Mapped[str]
    content_key: Mapped[str] = mapped_column(unique=True)
    state: Mapped[StudyState]
    indication: Mapped[str | None]
    language: Mapped[str]
    patient_ref: Mapped[str | None]
    accession: Mapped[str | None]
    prior_study_id: Mapped[str | None]
    findings: Mapped[tuple[Finding, ...]]
    priority: Mapped[int] = mapped_column(server_default=text("7"))
    rank: Mapped[int] = mapped_column(server_default=text("1"))
    images: Mapped[list[ImageRow]] = relationship(
        order_by="ImageRow.position", lazy="selectin", cascade="all, delete-orphan", passive_deletes=True
    )


class StudyFindingRow(Row):
    """A finding of a study that is present or in doubt: what the worklist is filtered by."""

    __tablename__ = "study_finding"

    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"), primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)
    polarity: Mapped[str]


class StudyWordsRow(Row):
    """What a study is searched by, folded; apart from the study, whose rows are too large to search through."""

    __tablename__ = "study_words"

    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"), primary_key=True)
    words: Mapped[str]


class StudySeenRow(Row):
    """The first time a principal opened a study."""

    __tablename__ = "study_seen"

    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"), primary_key=True)
    principal: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class ImageRow(Row):
    """An image; ``position`` is its place within the study, from 0."""

    __tablename__ = "image"
    __table_args__ = (UniqueConstraint("study_id", "position"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    position: Mapped[int]
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    frame: Mapped[int]
    rows: Mapped[int]
    columns: Mapped[int]
    view: Mapped[str | None]
    modality: Mapped[str | None]
    spacing_mm: Mapped[tuple[float, float] | None] = mapped_column(JsonOf(tuple[float, float]))
    tags: Mapped[Mapping[str, str]]
    # Nullable for the same reason as ReportRow.remarks.
    windows: Mapped[tuple[WindowPreset, ...] | None] = mapped_column(JsonOf(tuple[WindowPreset, ...]))
    gate: Mapped[Gate | None] = mapped_column(JsonOf(Gate))
    readings: Mapped[tuple[ExpertReading, ...]] = mapped_column(JsonOf(tuple[ExpertReading, ...]))
    findings: Mapped[tuple[Finding, ...]]


class ReportRow(Row):
    """A report. Once it is signed, triggers of the migration let its state and version go on, and nothing else."""

    __tablename__ = "report"
    __table_args__ = (Index(None, "study_id", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    sections: Mapped[Sections] = mapped_column(JsonOf(Sections))
    written_by: Mapped[str]
    options: Mapped[DraftOptions] = mapped_column(JsonOf(DraftOptions))
    provenance: Mapped[Mapping[str, Any]] = mapped_column(JsonOf(Mapping[str, Any]))
    fallback: Mapped[Fallback | None] = mapped_column(JsonOf(Fallback))
    state: Mapped[ReportState]
    version: Mapped[int]
    verification: Mapped[Verification | None] = mapped_column(JsonOf(Verification))
    # Nullable: a column that must be filled cannot be added to a filled table. The migration fills it.
    remarks: Mapped[tuple[Remark, ...] | None] = mapped_column(JsonOf(tuple[Remark, ...]))


class ReportVersionRow(Row):
    """A version of a report. Triggers of the migration refuse to change or remove one while its report is there."""

    __tablename__ = "report_version"

    report_id: Mapped[str] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    principal: Mapped[str]
    name: Mapped[str]
    state: Mapped[ReportState]
    sections: Mapped[Sections] = mapped_column(JsonOf(Sections))
    remarks: Mapped[tuple[Remark, ...]]
    addendum: Mapped[str | None]


class TurnRow(Row):
    """A turn of the conversation of one principal about one study."""

    __tablename__ = "turn"
    __table_args__ = (UniqueConstraint("study_id", "principal", "position"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"))
    principal: Mapped[str]
    position: Mapped[int]
    role: Mapped[Literal["user", "assistant"]] = mapped_column(String())
    text: Mapped[str]
    created_at: Mapped[datetime]
    state: Mapped[TurnState]
    written_by: Mapped[str | None]
    citations: Mapped[tuple[str, ...]] = mapped_column(JsonOf(tuple[str, ...]))
    failure: Mapped[str | None]
    # Nullable for the same reason as ReportRow.remarks.
    passages: Mapped[tuple[CitedPassage, ...] | None] = mapped_column(JsonOf(tuple[CitedPassage, ...]))
    verification: Mapped[Verification | None] = mapped_column(JsonOf(Verification))


class ApiKeyRow(Row):
    """An API key; a name may be used again once its key is revoked."""

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


_valid = ApiKeyRow.revoked_at.is_(None)
Index("uq_api_key_valid_name", ApiKeyRow.name, unique=True, sqlite_where=_valid, postgresql_where=_valid)


class RequestRow(Row):
    """The first use of an ``Idempotency-Key`` by a principal."""

    __tablename__ = "request"

    principal: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"), index=True)


class PhraseRow(Row):
    """A phrase of the site; ``position`` is its place, from 0."""

    __tablename__ = "phrase"

    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    section: Mapped[str]
    language: Mapped[str]
    text: Mapped[str]


class AuditRow(Row):
    """An audit event. It outlives its subject; triggers of the migration refuse to change or remove it."""

    __tablename__ = "audit_event"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime]
    principal: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    details: Mapped[Mapping[str, str]]
