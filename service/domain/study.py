"""A study and its images, as this service knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from models.findings import ExpertReading, Finding, Gate
from service.domain.priority import Priority, priority_of


class StudyState(StrEnum):
    """How far a study has come. A state is only ever left for a later one."""

    RECEIVED = "received"
    READ = "read"
    DRAFTED = "drafted"


@dataclass(frozen=True, slots=True)
class WindowPreset:
    """A window that a file offers, in the units of its pixels as they are served: bright = dense, rescaled.

    ``function`` is the VOI LUT Function (0028,1056); ``name`` is None where the file's own might name a person.
    """

    center: float
    width: float
    function: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """One frame of one uploaded file.

    ``sha256`` is that of the file's bytes and names its blob; ``frame`` counts from 0 within the file; ``spacing_mm``
    is (between rows, between columns); ``tags`` are de-identified; ``windows`` are alternatives, the sender's choice
    first. ``gate`` is None until the image was looked at.
    """

    id: str
    file_name: str
    sha256: str
    frame: int
    rows: int
    columns: int
    view: str | None = None
    modality: str | None = None
    spacing_mm: tuple[float, float] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    windows: tuple[WindowPreset, ...] = ()
    gate: Gate | None = None
    readings: tuple[ExpertReading, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Study:
    """What was uploaded together, and what the experts say of it.

    ``content_key`` is a hash over the files' hashes: the same bytes are the same study. ``indication``, ``patient_ref``
    and ``accession`` come from outside; only the indication, cleared of patient data, ever reaches a prompt.
    """

    id: str
    created_at: datetime
    owner: str
    content_key: str
    state: StudyState = StudyState.RECEIVED
    indication: str | None = None
    language: str = "en"
    patient_ref: str | None = None
    accession: str | None = None
    prior_study_id: str | None = None
    images: tuple[Image, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def priority(self) -> Priority:
        """How urgent it is."""
        return priority_of(self.findings)
