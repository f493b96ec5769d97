"""The tables. A column has the name of the domain record's field; ``rows.py`` relies on it.

A change here needs a migration in ``migrations/versions``; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import ForeignKey, Index, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from models.findings import ExpertReading, Finding, Gate
from service.domain.conversation import TurnState
from service.domain.report import DraftOptions, Fallback, ReportState, Sections
from service.domain.study import StudyState
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
    }


class StudyRow(Row):
    """A study. The one before it may be of elsewhere, or gone: no foreign key."""

    __tablename__ = "study"
    __table_args__ = (
        Index(None, "created_at", "id"),
        Index(None, "state", "created_at", "id"),
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
    images: Mapped[list[ImageRow]] = relationship(
        order_by="ImageRow.position", lazy="selectin", cascade="all, delete-orphan", passive_deletes=True
    )


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
    gate: Mapped[Gate | None] = mapped_column(JsonOf(Gate))
    readings: Mapped[tuple[ExpertReading, ...]] = mapped_column(JsonOf(tuple[ExpertReading, ...]))
    findings: Mapped[tuple[Finding, ...]]


class ReportRow(Row):
    """A report."""

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
