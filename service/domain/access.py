"""Who is calling, with what key, and what they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever is behind a request. ``id`` is stable and holds no patient data."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept: never the secret, only its SHA-256 (the secret has 256 random bits, so no slow hash)."""

    id: str
    name: str
    secret_sha256: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Something that was done to something. ``details`` holds no patient data."""

    id: str
    at: datetime
    principal: str
    action: str
    subject: str
    details: Mapping[str, str] = field(default_factory=dict)
