"""Rows to domain records and back, by name: a field without its column fails at once, and so does the reverse."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from service.domain.study import Image, Study
from service.storage.tables import ImageRow, Row, StudyRow

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RecordT = TypeVar("RecordT", bound="DataclassInstance")


def values(record: DataclassInstance, *without: str) -> dict[str, Any]:
    """Return the record's fields, by name, but for those in ``without``."""
    return {field.name: getattr(record, field.name) for field in fields(record) if field.name not in without}


def record_of(kind: type[RecordT], row: Row, **given: Any) -> RecordT:  # noqa: ANN401 - fields of any type
    """Build a domain record from a row; ``given`` are the fields that are no column of the same name."""
    names = (field.name for field in fields(kind) if field.name not in given)
    return kind(**{name: getattr(row, name) for name in names}, **given)


def study_row(study: Study, *, priority: int, rank: int) -> StudyRow:
    """Build the row of a study and those of its images."""
    images = [ImageRow(position=position, **values(image)) for position, image in enumerate(study.images)]
    return StudyRow(**values(study, "images"), priority=priority, rank=rank, images=images)


def study_of(row: StudyRow) -> Study:
    """Build the study with its images, in their order."""
    return record_of(Study, row, images=tuple(record_of(Image, image) for image in row.images))
