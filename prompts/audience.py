"""Whom a text is written for."""

from __future__ import annotations

from enum import StrEnum


class Audience(StrEnum):
    """Whom a report is written for."""

    CLINICIAN = "clinician"
    PATIENT = "patient"
